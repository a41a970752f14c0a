//! People with protected addresses (`specs/population.md` §14).

use super::roster::Roster;
use super::streams::Streams;
use crate::base::{Kjoenn, Stream};
use crate::town::model::{BeskyttelseRow, DayNo, Gradering, PersonId};

/// Strictly confidential and confidential, per hundred thousand residents.
const STRICT: u64 = 50;
const CONFIDENTIAL: u64 = 40;
/// At least this many households of each kind.
const MIN_HOUSEHOLDS: usize = 2;

/// Rows sorted by person. The first household of each kind has children; the first strict one is a mother of 18 to 45
/// alone with hers.
pub(super) fn rows(roster: &Roster, streams: Streams) -> Vec<BeskyttelseRow> {
    let mut order: Vec<usize> = (0..roster.household_count()).collect();
    let mut stream = streams.kommune("adressebeskyttelse");
    stream.shuffle(&mut order);
    let mut taken = vec![false; roster.household_count()];
    let mut rows = Vec::new();
    for (gradering, per_mille) in [(Gradering::StrengtFortrolig, STRICT), (Gradering::Fortrolig, CONFIDENTIAL)] {
        let wanted = roster.residents as u64 * per_mille / 100_000;
        let mut people = 0;
        for number in 0.. {
            if number >= MIN_HOUSEHOLDS && people >= wanted {
                break;
            }
            let with_children = number % 2 == 0;
            let Some(household) = pick(roster, &order, &taken, gradering, number, with_children) else { break };
            taken[household] = true;
            people += roster.members(household).len() as u64;
            protect(roster, household, gradering, &mut stream, &mut rows);
        }
    }
    rows.sort_by_key(|row| row.person);
    rows
}

fn pick(
    roster: &Roster,
    order: &[usize],
    taken: &[bool],
    gradering: Gradering,
    number: usize,
    with_children: bool,
) -> Option<usize> {
    let is_fit = |household: usize| {
        let members = roster.members(household);
        let first = members.start;
        let alder = roster.alder(first);
        let young = roster.children(household).any(|child| roster.alder(child) < 16);
        let infant = roster.children(household).any(|child| roster.alder(child) < 1);
        let is_alone = roster.partner[first].some().is_none();
        let is_mother = roster.kjoenn[first] == Kjoenn::Kvinne && (18..=40).contains(&alder) && is_alone;
        match (with_children, gradering, number) {
            (true, Gradering::StrengtFortrolig, _) => young && !infant && is_mother && members.len() <= 4,
            (true, ..) => young && members.len() <= 5,
            (false, ..) => members.len() <= 2 && alder < 70 && !young,
        }
    };
    order.iter().copied().find(|&household| !taken[household] && is_fit(household))
}

/// Everybody at home is protected since the same day, children not before their birth.
fn protect(
    roster: &Roster,
    household: usize,
    gradering: Gradering,
    stream: &mut Stream,
    rows: &mut Vec<BeskyttelseRow>,
) {
    let since = roster.today.0 - 30 - i32::try_from(stream.uniform(3 * 365)).expect("three years");
    for person in roster.members(household) {
        let fra = DayNo(since.max(roster.dato[person].0));
        rows.push(BeskyttelseRow { person: PersonId::at(person), gradering, fra });
    }
}
