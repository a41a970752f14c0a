//! Parents: of the children at home, and of adults who have left home.

use super::calendar::age;
use super::origin::Origins;
use super::pool::Pool;
use super::roster::{Rolle, Roster};
use super::streams::Streams;
use crate::base::{Domain, Kjoenn, Stream};
use crate::town::model::{DayNo, Husstandstype, PersonId};

/// Lone mothers whose children's father lives elsewhere in town, per cent; another part is dead, the rest have none in
/// the register of this town (own estimate, D).
const FATHER_IN_TOWN: u64 = 55;
/// The same for lone fathers.
const MOTHER_IN_TOWN: u64 = 65;
/// Parents of children in lone families who are dead, per cent.
const OTHER_PARENT_DEAD: u64 = 4;
/// Couples where the man is not the father of any child at home, per cent, and where he is not the eldest's.
const STEPFATHER: u64 = 6;
const STEPFATHER_OF_ELDEST: u64 = 12;
/// Adults whose mother lives in town, per cent of those born in Norway.
const MOTHER_OF_ADULT_IN_TOWN: u64 = 45;
/// Deliveries of one mother are at least this far apart.
const MIN_SPACING_DAYS: i32 = 270;
/// Children one mother can get by linking adults.
const MOST_CHILDREN: u8 = 5;

/// A parent who left: lives elsewhere in town, and whether they were married comes with the civil status.
pub(super) struct Separated {
    /// Parent with the children.
    pub here: PersonId,
    /// The other one.
    pub there: PersonId,
    /// Birth date of their youngest child together.
    pub youngest: DayNo,
    /// Birth date of the eldest.
    pub eldest: DayNo,
}

/// Links the children at home to their parents and gives the pairs of parents who live apart.
pub(super) fn link_children(roster: &mut Roster, streams: Streams) -> Vec<Separated> {
    let mut apart = Vec::new();
    let mut singles = singles(roster);
    super::foster::link_parents(roster, &mut singles, streams);
    let key = streams.key(Domain::Husstand, "foreldre");
    for household in 0..roster.household_count() {
        let children = roster.children(household);
        let is_theirs = |child: &usize| roster.in_foster_home_since(*child).is_none();
        if !children.clone().any(|child| is_theirs(&child)) {
            continue;
        }
        let mut stream = key.at(household as u64);
        let first = roster.members(household).start;
        let partner = roster.partner[first].some();
        match (roster.kjoenn[first], partner) {
            (Kjoenn::Kvinne, Some(partner)) => {
                let step = step_children(roster, children.clone(), partner, &mut stream);
                let own: Vec<usize> = children.clone().filter(is_theirs).collect();
                for &child in &own {
                    roster.mor[child] = PersonId::at(first);
                    if child >= step {
                        roster.far[child] = partner;
                    }
                }
                if own.first().is_some_and(|&eldest| step > eldest) {
                    link_other_parent(roster, first, children.start..step, &mut singles, &mut stream, &mut apart);
                }
            }
            (Kjoenn::Kvinne, None) => {
                children.clone().for_each(|child| roster.mor[child] = PersonId::at(first));
                link_other_parent(roster, first, children, &mut singles, &mut stream, &mut apart);
            }
            (Kjoenn::Mann, _) => {
                children.clone().for_each(|child| roster.far[child] = PersonId::at(first));
                link_other_parent(roster, first, children, &mut singles, &mut stream, &mut apart);
            }
        }
    }
    apart
}

/// The first child that is the partner's own; the elder ones are not.
fn step_children(roster: &Roster, children: std::ops::Range<usize>, partner: PersonId, stream: &mut Stream) -> usize {
    let draw = stream.uniform(100);
    if roster.kjoenn[partner.index()] == Kjoenn::Kvinne {
        return children.start;
    }
    let youngest = children.end - 1;
    if draw < STEPFATHER && roster.alder(youngest) >= 3 {
        return children.end;
    }
    let second = children.start + 1;
    let far_apart = children.len() > 1 && roster.dato[second].0 - roster.dato[children.start].0 > 4 * 365;
    if far_apart && draw >= 100 - STEPFATHER_OF_ELDEST { second } else { children.start }
}

/// Residents who live alone, by sex and age: where the other parents are sought.
fn singles(roster: &Roster) -> [Pool; 2] {
    let mut singles = [Pool::new(), Pool::new()];
    for household in 0..roster.household_count() {
        let alone = roster.slag[household] == Husstandstype::Alene;
        if alone {
            let person = roster.members(household).start;
            let age = usize::try_from(roster.alder(person)).unwrap_or(0).min(105);
            singles[roster.kjoenn[person] as usize].push(age, u32::try_from(person).expect("a resident"));
        }
    }
    singles
}

/// Another resident, somebody dead, or nobody as the other parent of `children`.
fn link_other_parent(
    roster: &mut Roster,
    here: usize,
    children: std::ops::Range<usize>,
    singles: &mut [Pool; 2],
    stream: &mut Stream,
    apart: &mut Vec<Separated>,
) {
    let (eldest, youngest) = (roster.dato[children.start], roster.dato[children.end - 1]);
    let is_father = roster.kjoenn[here] == Kjoenn::Kvinne;
    let draw = stream.uniform(100);
    let in_town = if is_father { FATHER_IN_TOWN } else { MOTHER_IN_TOWN };
    let own = roster.alder(here);
    let gap = i32::try_from(stream.uniform(8)).expect("years") - 2;
    let wish = if is_father { own + gap } else { own - gap };
    let lowest = age(eldest, roster.today) + 17;
    let highest = age(youngest, roster.today) + if is_father { 65 } else { 49 };
    let other = if draw < in_town {
        let pool = &mut singles[usize::from(is_father)];
        let near = (lowest.max(wish - 6), highest.min(wish + 8));
        pool.take_nearest(wish, near.0, near.1).map(PersonId)
    } else if draw < in_town + OTHER_PARENT_DEAD {
        let kjoenn = if is_father { Kjoenn::Mann } else { Kjoenn::Kvinne };
        let years = wish.clamp(lowest, highest);
        let born = DayNo(
            super::calendar::plus_years(roster.today, -years).0 - i32::try_from(stream.uniform(364)).unwrap_or(0),
        );
        let since = u64::try_from(roster.today.0 - youngest.0 - 30).unwrap_or(0);
        (since > 60).then(|| {
            let died = DayNo(youngest.0 + 1 + i32::try_from(stream.uniform(since)).expect("some years"));
            roster.push_dead(kjoenn, born, died, here)
        })
    } else {
        None
    };
    let Some(other) = other else { return };
    for child in children {
        if roster.in_foster_home_since(child).is_some() {
            continue;
        }
        if is_father { roster.far[child] = other } else { roster.mor[child] = other }
    }
    if other.index() < roster.residents {
        apart.push(Separated { here: PersonId::at(here), there: other, youngest, eldest });
    }
}

/// Links adults who live on their own to a mother in town, and to the man she lives with or outlived.
pub(super) fn link_adults(
    roster: &mut Roster,
    spouse_of_widow: &[(PersonId, PersonId)],
    origins: &Origins,
    streams: Streams,
) {
    let key = streams.key(Domain::Person, "mor_til_voksen");
    let mut women: Vec<Vec<u32>> = vec![Vec::new(); 106];
    for person in 0..roster.residents {
        let alder = roster.alder(person);
        if roster.kjoenn[person] == Kjoenn::Kvinne && alder >= 35 && origins.is_norwegian(person) {
            women[usize::try_from(alder).unwrap_or(0).min(105)].push(u32::try_from(person).expect("a resident"));
        }
    }
    let mut births = births_of_mothers(roster);
    let dead_husband: std::collections::BTreeMap<PersonId, PersonId> = spouse_of_widow.iter().copied().collect();
    for person in 0..roster.residents {
        let alder = roster.alder(person);
        let is_child_at_home = roster.rolle[person] == Rolle::Barn;
        if is_child_at_home || !(18..=72).contains(&alder) || !origins.is_norwegian(person) {
            continue;
        }
        let mut stream = key.at(person as u64);
        if stream.uniform(100) >= MOTHER_OF_ADULT_IN_TOWN {
            continue;
        }
        for _ in 0..4 {
            let gap = 19 + i32::try_from(stream.weighted(&super::tables::tables().fertility[..26])).unwrap_or(0);
            let candidates = &women[usize::try_from(alder + gap).unwrap_or(0).min(105)];
            if candidates.is_empty() || alder + gap > 105 {
                continue;
            }
            let mother = candidates[stream.index(candidates.len())] as usize;
            if accepts(roster, &births[mother], person, mother) {
                births[mother].push(roster.dato[person]);
                roster.mor[person] = PersonId::at(mother);
                let partner =
                    roster.partner[mother].some().or_else(|| dead_husband.get(&PersonId::at(mother)).copied());
                let father = partner.filter(|partner| fits_as_father(roster, *partner, person));
                if let Some(father) = father
                    && stream.uniform(100) < 80
                {
                    roster.far[person] = father;
                }
                break;
            }
        }
    }
}

/// Birth dates of the children each resident is mother of so far.
fn births_of_mothers(roster: &Roster) -> Vec<Vec<DayNo>> {
    let mut births = vec![Vec::new(); roster.residents];
    for child in 0..roster.residents {
        if let Some(mother) = roster.mor[child].some()
            && mother.index() < roster.residents
        {
            births[mother.index()].push(roster.dato[child]);
        }
    }
    births
}

/// Whether `mother` can be `person`'s: age, spacing, and no union within the family (§16.2, §16.3 number 24).
fn accepts(roster: &Roster, births: &[DayNo], person: usize, mother: usize) -> bool {
    let born = roster.dato[person];
    let years = age(roster.dato[mother], born);
    let is_spaced = births.iter().all(|day| (day.0 - born.0).abs() >= MIN_SPACING_DAYS);
    let partner = roster.partner[person].some();
    let is_kin_of_partner = partner.is_some_and(|partner| {
        let at = partner.index();
        let same_mother = roster.mor[at] == PersonId::at(mother);
        let same_father = roster.partner[mother].some().is_some_and(|father| roster.far[at] == father);
        let is_mother = at == mother;
        let is_father = roster.partner[mother] == partner;
        let is_grandparent = [roster.mor[mother], roster.far[mother]].contains(&partner);
        same_mother || same_father || is_mother || is_father || is_grandparent
    });
    (16..=46).contains(&years) && is_spaced && births.len() < usize::from(MOST_CHILDREN) && !is_kin_of_partner
}

/// Whether `father` is a man of the right age who lived nine months before the birth, and not the person's partner.
fn fits_as_father(roster: &Roster, father: PersonId, person: usize) -> bool {
    let at = father.index();
    let years = age(roster.dato[at], roster.dato[person]);
    let lived = at < roster.residents || roster.doedsdato[at - roster.residents].0 > roster.dato[person].0 - 270;
    let is_kin_of_partner =
        roster.partner[person].some().is_some_and(|partner| partner == father || roster.far[partner.index()] == father);
    roster.kjoenn[at] == Kjoenn::Mann && (16..=60).contains(&years) && lived && !is_kin_of_partner
}
