//! People with protected addresses (`specs/population.md` §14).

use super::roster::Roster;
use super::streams::Streams;
use crate::base::{Kjoenn, Stream};
use crate::town::model::{BeskyttelseRow, DayNo, Gradering, PersonId};

/// Residents with each kind of protection, per hundred thousand (§14). An address of a client gives away by itself that an
/// institution or a refugee service stands behind it.
const SHARES: [(Gradering, u64); 3] =
    [(Gradering::StrengtFortrolig, 50), (Gradering::Fortrolig, 40), (Gradering::Klientadresse, 60)];
/// At least this many households of each kind.
const MIN_HOUSEHOLDS: usize = 2;

/// Rows sorted by person. The first household of each kind has children; the first strict one is a mother of 18 to 45
/// alone with hers, the first confidential one has a child that `attends` says is in kindergarten, where any has
/// (`specs/folkeregister.md` §20). Among the strictly protected every second one is a child, always with a parent at home.
pub(super) fn rows(roster: &Roster, attends: impl Fn(PersonId) -> bool, streams: Streams) -> Vec<BeskyttelseRow> {
    let mut order: Vec<usize> = (0..roster.household_count()).collect();
    let mut stream = streams.kommune("adressebeskyttelse");
    stream.shuffle(&mut order);
    let mut taken = vec![false; roster.household_count()];
    let mut rows = Vec::new();
    for (gradering, share) in SHARES {
        let wanted = roster.residents as u64 * share / 100_000;
        let (mut people, mut children) = (0, 0);
        for number in 0.. {
            if number >= MIN_HOUSEHOLDS && people >= wanted {
                break;
            }
            let with_children = number == 0 || number > 1 && children * 2 < people;
            let small = |household: usize| roster.children(household).any(|child| attends(PersonId::at(child)));
            let first = (number == 0 && gradering == Gradering::Fortrolig)
                .then(|| {
                    pick(roster, &order, gradering, with_children, |household| !taken[household] && small(household))
                })
                .flatten();
            let any = || pick(roster, &order, gradering, with_children, |household| !taken[household]);
            let Some(household) = first.or_else(any) else { break };
            taken[household] = true;
            people += roster.members(household).len() as u64;
            children += roster.members(household).filter(|&person| roster.alder(person) < 18).count() as u64;
            protect(roster, household, gradering, &mut stream, &mut rows);
        }
    }
    rows.sort_by_key(|row| row.person);
    rows
}

fn pick(
    roster: &Roster,
    order: &[usize],
    gradering: Gradering,
    with_children: bool,
    is_open: impl Fn(usize) -> bool,
) -> Option<usize> {
    let is_fit = |household: usize| {
        let members = roster.members(household);
        let first = members.start;
        let alder = roster.alder(first);
        let young = roster.children(household).any(|child| roster.alder(child) < 16);
        let infant = roster.children(household).any(|child| roster.alder(child) < 1);
        let is_alone = roster.partner[first].some().is_none();
        let is_mother = roster.kjoenn[first] == Kjoenn::Kvinne && (18..=40).contains(&alder) && is_alone;
        match (with_children, gradering) {
            (true, Gradering::StrengtFortrolig) => young && !infant && is_mother && members.len() <= 4,
            (true, _) => young && members.len() <= 5,
            (false, _) => members.len() <= 2 && alder < 70 && !young,
        }
    };
    order.iter().copied().find(|&household| is_open(household) && is_fit(household))
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

#[cfg(test)]
mod tests {
    use super::super::tests::town;
    use super::*;
    use crate::population::calendar::age;

    #[test]
    fn every_second_of_the_strictly_protected_is_a_child_at_home_with_a_parent() {
        for (size, seed) in [(1_500, 3), (20_000, 4)] {
            let base = town(size, seed);
            let today = DayNo::of(base.header.start.dato());
            for (gradering, share) in SHARES {
                let people: Vec<PersonId> =
                    base.beskyttelser.iter().filter(|row| row.gradering == gradering).map(|row| row.person).collect();
                let wanted = usize::try_from(u64::from(size) * share / 100_000).unwrap();
                assert!(people.len() >= wanted.max(3) && people.len() <= wanted.max(4) + 5, "{}", people.len());
                let child = |person: &PersonId| age(base.personer.foedselsdato[person.index()], today) < 18;
                let children: Vec<PersonId> = people.iter().copied().filter(child).collect();
                for child in &children {
                    let row = child.index();
                    let parents = [base.personer.mor[row], base.personer.far[row]];
                    let is_strict = gradering == Gradering::StrengtFortrolig;
                    assert!(!is_strict || parents.iter().any(|parent| people.contains(parent)), "row {row}");
                }
                if size == 20_000 && gradering == Gradering::StrengtFortrolig {
                    assert!(children.len() * 3 >= people.len(), "{} of {}", children.len(), people.len());
                    assert!(children.len() * 3 <= people.len() * 2, "{} of {}", children.len(), people.len());
                }
            }
        }
    }
}
