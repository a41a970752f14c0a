//! Parents: of the children at home, and of adults who have left home.

use std::collections::BTreeMap;

use super::calendar::age;
use super::civil::Civil;
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
/// Couples where the man is not the father of any child at home, per cent, where he is not the eldest's, and where the
/// woman is not the mother of any: such that about 78 of 100 children live with both, 17 with the mother, 4 with the
/// father (§3.1).
const STEPFATHER: u64 = 3;
const STEPFATHER_OF_ELDEST: u64 = 8;
const STEPMOTHER: u64 = 3;
/// Adults of Norwegian background for whom a mother in town, living or dead, is sought, per cent (own estimate, D). Fewer
/// find one: there are too few old people for everybody's parents.
const MOTHER_OF_ADULT_IN_TOWN: u64 = 60;
/// How often one is sought.
const ATTEMPTS: usize = 6;
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
        // Foster children have parents already, or none here.
        let own: Vec<usize> = children.clone().filter(|&child| roster.in_foster_home_since(child).is_none()).collect();
        let Some(&eldest) = own.first() else { continue };
        let mut stream = key.at(household as u64);
        let first = roster.members(household).start;
        let partner = roster.partner[first].some();
        match (roster.kjoenn[first], partner) {
            (Kjoenn::Kvinne, Some(partner)) => {
                let youngest_is_infant = roster.alder(children.end - 1) < 3;
                if roster.kjoenn[partner.index()] == Kjoenn::Mann
                    && !youngest_is_infant
                    && stream.uniform(100) < STEPMOTHER
                {
                    own.iter().for_each(|&child| roster.far[child] = partner);
                    link_other_parent(roster, partner.index(), children, &mut singles, &mut stream, &mut apart);
                    continue;
                }
                let step = step_children(roster, children.clone(), partner, &mut stream);
                for &child in &own {
                    roster.mor[child] = PersonId::at(first);
                    if child >= step {
                        roster.far[child] = partner;
                    }
                }
                if step > eldest {
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

/// Links adults who live on their own to a mother in town, and to the man she lives with or outlived. A widower's wife
/// counts too: brothers and sisters share her.
pub(super) fn link_adults(roster: &mut Roster, civil: &Civil, origins: &Origins, streams: Streams) {
    let mut kin = Kin::new(roster, civil, origins);
    let key = streams.key(Domain::Person, "mor_til_voksen");
    let fertility = &super::tables::tables().fertility[..26];
    for person in 0..roster.residents {
        let alder = roster.alder(person);
        let is_child_at_home = roster.rolle[person] == Rolle::Barn;
        if is_child_at_home || !(18..=80).contains(&alder) || !origins.is_norwegian(person) {
            continue;
        }
        let mut stream = key.at(person as u64);
        if stream.uniform(100) >= MOTHER_OF_ADULT_IN_TOWN {
            continue;
        }
        for _ in 0..ATTEMPTS {
            let gap = 19 + i32::try_from(stream.weighted(fertility)).unwrap_or(0);
            let candidates = &kin.women[usize::try_from(alder + gap).unwrap_or(0).min(105)];
            if candidates.is_empty() {
                continue;
            }
            let mother = candidates[stream.index(candidates.len())] as usize;
            if kin.accepts_mother(roster, person, mother) {
                kin.births[mother].push(roster.dato[person]);
                roster.mor[person] = PersonId::at(mother);
                let father = kin.husband_of(roster, mother).filter(|&man| kin.accepts_father(roster, man, person));
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

/// What is known while adults are linked to their parents.
struct Kin<'a> {
    civil: &'a Civil,
    /// Women who may have grown children, by the age they have or would have.
    women: Vec<Vec<u32>>,
    /// Birth dates of the children each row is mother of so far.
    births: Vec<Vec<DayNo>>,
    /// The widowed and their dead spouses, both ways.
    outlived: BTreeMap<PersonId, PersonId>,
}

impl<'a> Kin<'a> {
    fn new(roster: &Roster, civil: &'a Civil, origins: &Origins) -> Self {
        let mut women: Vec<Vec<u32>> = vec![Vec::new(); 106];
        let dead = civil.widowed.iter().map(|&(_, dead)| dead.index());
        for person in (0..roster.residents).chain(dead) {
            let alder = roster.alder(person);
            if roster.kjoenn[person] == Kjoenn::Kvinne && alder >= 35 && origins.is_norwegian(person) {
                women[usize::try_from(alder).unwrap_or(0).min(105)].push(u32::try_from(person).expect("a row"));
            }
        }
        let mut births = vec![Vec::new(); roster.len()];
        for child in 0..roster.residents {
            if let Some(mother) = roster.mor[child].some() {
                births[mother.index()].push(roster.dato[child]);
            }
        }
        let outlived = civil.widowed.iter().flat_map(|&(one, dead)| [(one, dead), (dead, one)]).collect();
        Self { civil, women, births, outlived }
    }

    /// The man a woman lives with, outlived, or left behind.
    fn husband_of(&self, roster: &Roster, woman: usize) -> Option<PersonId> {
        roster.partner[woman].some().or_else(|| self.outlived.get(&PersonId::at(woman)).copied())
    }

    /// Everybody a person lives with as a couple or was married to.
    fn unions_of(&self, roster: &Roster, person: usize) -> impl Iterator<Item = PersonId> + '_ {
        roster.partner[person].some().into_iter().chain(self.civil.spouses_of(PersonId::at(person)))
    }

    /// Whether `mother` can be `person`'s: age, spacing, and no union within the family (§16.2, §16.3 number 24).
    fn accepts_mother(&self, roster: &Roster, person: usize, mother: usize) -> bool {
        let born = roster.dato[person];
        let births = &self.births[mother];
        let is_spaced = births.iter().all(|day| (day.0 - born.0).abs() >= MIN_SPACING_DAYS);
        let lived = mother < roster.residents || roster.doedsdato[mother - roster.residents] >= born;
        let years = age(roster.dato[mother], born);
        if !(16..=46).contains(&years) || !is_spaced || !lived || births.len() >= usize::from(MOST_CHILDREN) {
            return false;
        }
        let husband = self.husband_of(roster, mother);
        self.unions_of(roster, person).all(|partner| {
            let at = partner.index();
            let is_sibling =
                roster.mor[at] == PersonId::at(mother) || husband.is_some_and(|father| roster.far[at] == father);
            let is_ancestor =
                at == mother || husband == Some(partner) || [roster.mor[mother], roster.far[mother]].contains(&partner);
            !is_sibling && !is_ancestor
        })
    }

    /// Whether `father` is a man of the right age who lived nine months before the birth, and nobody of the person's
    /// unions is his or he himself.
    fn accepts_father(&self, roster: &Roster, father: PersonId, person: usize) -> bool {
        let at = father.index();
        let years = age(roster.dato[at], roster.dato[person]);
        let lived = at < roster.residents || roster.doedsdato[at - roster.residents].0 > roster.dato[person].0 - 270;
        let is_kin = self.unions_of(roster, person).any(|other| other == father || roster.far[other.index()] == father);
        roster.kjoenn[at] == Kjoenn::Mann && (16..=60).contains(&years) && lived && !is_kin
    }
}
