//! Children who live with neither parent: foster children, and minors who came to the country alone
//! (`specs/population.md` §3.1, §14).

use super::calendar::age;
use super::origin::Origins;
use super::pool::Pool;
use super::roster::{Rolle, Roster};
use super::streams::{Given, Streams};
use crate::base::{Domain, Kjoenn, Stream};
use crate::town::model::{DayNo, FosterhjemRow, HusstandId, Landkode, PersonId};

/// Foster children, per mille of all children (§14), and at least one.
const FOSTER_CHILDREN: usize = 9;
/// Residents per unaccompanied minor (own estimate, D): about the number settled in the country. At least one.
const RESIDENTS_PER_UNACCOMPANIED: usize = 3_000;
/// Countries they come from (own estimate, D).
const COUNTRIES: [Landkode; 5] =
    [Landkode(*b"AFG"), Landkode(*b"SYR"), Landkode(*b"SOM"), Landkode(*b"ERI"), Landkode(*b"UKR")];
/// Ages of unaccompanied minors.
const UNACCOMPANIED_AGES: std::ops::RangeInclusive<i32> = 15..=17;
/// Ages of foster mothers.
const FOSTER_PARENT_AGES: std::ops::RangeInclusive<i32> = 30..=64;
/// Foster children whose mother lives in town, and those whose father does, per cent (own estimate, D).
const MOTHER_IN_TOWN: u64 = 70;
const FATHER_IN_TOWN: u64 = 40;
/// The longest time in a foster home, in days.
const LONGEST_STAY: i32 = 9 * 365;

/// Decides which of the children at home are in a foster home, and since when. They live with a couple; parents are
/// linked afterwards.
pub(super) fn place(roster: &mut Roster, streams: Streams) {
    let mut candidates: Vec<usize> = Vec::new();
    let mut children = 0;
    for household in 0..roster.household_count() {
        let first = roster.members(household).start;
        let is_couple = roster.partner[first].some().is_some_and(|other| roster.kjoenn[other.index()] == Kjoenn::Mann);
        let of_age = FOSTER_PARENT_AGES.contains(&roster.alder(first));
        for child in roster.children(household).filter(|&child| roster.alder(child) < 18) {
            children += 1;
            let is_single_birth = roster.rekkefoelge[child] == 11;
            if is_couple && of_age && is_single_birth && roster.alder(child) >= 1 {
                candidates.push(child);
            }
        }
    }
    streams.kommune("fosterbarn").shuffle(&mut candidates);
    let mut taken = vec![false; roster.household_count()];
    let wanted =
        [(roster.residents / RESIDENTS_PER_UNACCOMPANIED).max(1), ((children * FOSTER_CHILDREN + 500) / 1_000).max(1)];
    let key = streams.key(Domain::Person, "i_fosterhjem_siden");
    for (is_foster, wanted) in [(false, wanted[0]), (true, wanted[1])] {
        let mut left = wanted;
        for &child in &candidates {
            let household = roster.husstand[child].index();
            let fits = is_foster || UNACCOMPANIED_AGES.contains(&roster.alder(child));
            if left == 0 || taken[household] || !fits {
                continue;
            }
            taken[household] = true;
            left -= 1;
            let row = u32::try_from(child).expect("a resident");
            roster.foster.push((row, since(roster, child, is_foster, &mut key.at(child as u64))));
            if !is_foster {
                roster.enslige.push(row);
            }
        }
    }
    roster.foster.sort_unstable();
    roster.enslige.sort_unstable();
}

/// The day the child came: not before its birth; who came to the country alone came after the twelfth birthday.
fn since(roster: &Roster, child: usize, is_foster: bool, stream: &mut Stream) -> DayNo {
    let latest = roster.today.0 - 20;
    let years = if is_foster { 0 } else { 12 };
    let earliest = (super::calendar::plus_years(roster.dato[child], years).0 + 20).max(latest - LONGEST_STAY);
    let days = u64::try_from(latest - earliest).unwrap_or(0).max(1);
    DayNo(earliest + i32::try_from(stream.uniform(days)).expect("some years"))
}

/// Gives foster children parents of their own, elsewhere in town or outside it. `singles` are residents who live alone;
/// at least one foster child's mother is among them.
pub(super) fn link_parents(roster: &mut Roster, singles: &mut [Pool; 2], streams: Streams) {
    let key = streams.key(Domain::Person, "fosterbarns_foreldre");
    let mut is_first = true;
    for (child, _) in roster.foster.clone() {
        let child = child as usize;
        if roster.is_unaccompanied(child) {
            continue;
        }
        let mut stream = key.at(child as u64);
        let years = age(roster.dato[child], roster.today);
        let wish = years + 20 + i32::try_from(stream.uniform(14)).expect("years");
        let draws = (stream.uniform(100), stream.uniform(100));
        if (is_first || draws.0 < MOTHER_IN_TOWN)
            && let Some(mother) = singles[0].take_nearest(wish, years + 17, years + 45)
        {
            roster.mor[child] = PersonId(mother);
            is_first = false;
        }
        if draws.1 < FATHER_IN_TOWN
            && let Some(father) = singles[1].take_nearest(wish + 3, years + 17, years + 60)
        {
            roster.far[child] = PersonId(father);
        }
    }
}

/// Backgrounds of the children: of their parents, not of the household they live in; who came alone was born where most
/// such children come from.
pub(super) fn origins(roster: &Roster, origins: &mut Origins, given: Given<'_>) {
    let Given { tables, streams, .. } = given;
    let from: Vec<usize> =
        (0..tables.countries.len()).filter(|&at| COUNTRIES.contains(&tables.countries[at].code)).collect();
    let key = streams.key(Domain::Person, "landbakgrunn_alene");
    for &(row, since) in &roster.foster {
        let child = row as usize;
        if roster.is_unaccompanied(child) {
            let country = from[key.at(u64::from(row)).index(from.len())];
            origins.came_alone(child, country, tables, since);
        } else {
            let parent = roster.mor[child].some().or(roster.far[child].some());
            origins.follow_parent(child, parent.map(PersonId::index));
        }
    }
}

/// One row per child in a foster home, sorted by child.
pub(super) fn rows(roster: &Roster) -> Vec<FosterhjemRow> {
    let of = |&(child, fra): &(u32, DayNo)| {
        let husstand: HusstandId = roster.husstand[child as usize];
        FosterhjemRow { barn: PersonId(child), husstand, fra }
    };
    roster.foster.iter().map(of).collect()
}

/// Foster parents of a child: the couple it lives with.
pub(super) fn foster_parents(roster: &Roster, child: usize) -> impl Iterator<Item = PersonId> + '_ {
    let members = roster.members(roster.husstand[child].index());
    members.filter(|&member| matches!(roster.rolle[member], Rolle::Referanse | Rolle::Partner)).map(PersonId::at)
}
