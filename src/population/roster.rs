//! People in the order of the town: residents household by household, then the dead, then those who live elsewhere: the
//! emigrated and people with a D-number.

use super::adults::{EMPTY, Household};
use super::cells::Cells;
use super::families::Families;
use super::parts::Part;
use crate::base::Kjoenn;
use crate::town::model::{DayNo, HusstandId, Husstandstype, PersonId, Personstatus};

/// What somebody is in the household.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rolle {
    Referanse,
    Partner,
    Barn,
    Annen,
}

/// The people of a town before they have names and numbers.
pub(super) struct Roster {
    pub today: DayNo,
    /// Which part of a population these are.
    pub part: Part,
    /// How many live here; the rows after them are of the dead, and after those of people elsewhere.
    pub residents: usize,
    /// Slot of each resident.
    pub slot: Vec<u32>,
    pub dato: Vec<DayNo>,
    pub kjoenn: Vec<Kjoenn>,
    pub rolle: Vec<Rolle>,
    pub husstand: Vec<HusstandId>,
    pub partner: Vec<PersonId>,
    pub mor: Vec<PersonId>,
    pub far: Vec<PersonId>,
    pub rekkefoelge: Vec<u8>,
    /// Household types and where each household's members begin; members are consecutive people.
    pub slag: Vec<Husstandstype>,
    pub start: Vec<u32>,
    /// Index of the siblings at home, or [`EMPTY`].
    pub family: Vec<u32>,
    /// Date of death of each dead person, in row order.
    pub doedsdato: Vec<DayNo>,
    /// The resident whose background each dead person shares.
    pub doed_som: Vec<u32>,
    /// Status of the rows after the dead.
    pub utenfor: Vec<Personstatus>,
    /// Children whose household is a foster home, with the day they came; sorted.
    pub foster: Vec<(u32, DayNo)>,
    /// Those of them who came to the country without their parents; sorted.
    pub enslige: Vec<u32>,
}

impl Roster {
    /// Lays the households out one after the other.
    pub fn new(cells: &Cells, families: &Families, households: &[Household], part: Part) -> Self {
        let residents = cells.dato.len();
        let mut roster = Self {
            today: cells.today,
            part,
            residents,
            slot: Vec::with_capacity(residents),
            dato: Vec::with_capacity(residents + residents / 8),
            kjoenn: Vec::with_capacity(residents + residents / 8),
            rolle: Vec::with_capacity(residents),
            husstand: Vec::with_capacity(residents),
            partner: vec![PersonId::NONE; residents],
            mor: vec![PersonId::NONE; residents],
            far: vec![PersonId::NONE; residents],
            rekkefoelge: vec![11; residents],
            slag: Vec::with_capacity(households.len()),
            start: Vec::with_capacity(households.len() + 1),
            family: Vec::with_capacity(households.len()),
            doedsdato: Vec::new(),
            doed_som: Vec::new(),
            utenfor: Vec::new(),
            foster: Vec::new(),
            enslige: Vec::new(),
        };
        for (number, household) in households.iter().enumerate() {
            let husstand = HusstandId::at(number);
            roster.start.push(u32::try_from(roster.slot.len()).expect("a resident"));
            roster.slag.push(household.slag);
            roster.family.push(household.family);
            let first = PersonId::at(roster.slot.len());
            roster.push(cells, household.voksne[0], husstand, Rolle::Referanse);
            if household.voksne[1] != EMPTY {
                let second = PersonId::at(roster.slot.len());
                roster.push(cells, household.voksne[1], husstand, Rolle::Partner);
                roster.partner[first.index()] = second;
                roster.partner[second.index()] = first;
            }
            if household.family != EMPTY {
                for &child in families.children_of(household.family as usize) {
                    roster.push(cells, child, husstand, Rolle::Barn);
                }
            }
            for &other in &household.others {
                roster.push(cells, other, husstand, Rolle::Annen);
            }
        }
        roster.start.push(u32::try_from(roster.slot.len()).expect("a resident"));
        roster.number_multiple_births(cells);
        roster
    }

    fn push(&mut self, cells: &Cells, slot: u32, husstand: HusstandId, rolle: Rolle) {
        self.slot.push(slot);
        self.dato.push(cells.dato[slot as usize]);
        self.kjoenn.push(cells.kjoenn(slot));
        self.rolle.push(rolle);
        self.husstand.push(husstand);
    }

    fn number_multiple_births(&mut self, cells: &Cells) {
        let mut person_of = vec![0u32; self.slot.len()];
        for (person, &slot) in self.slot.iter().enumerate() {
            person_of[slot as usize] = u32::try_from(person).expect("a resident");
        }
        for &(first, second) in &cells.twins {
            self.rekkefoelge[person_of[first as usize] as usize] = 21;
            self.rekkefoelge[person_of[second as usize] as usize] = 22;
        }
        for three in &cells.triplets {
            for (slot, code) in three.iter().zip(31..) {
                self.rekkefoelge[person_of[*slot as usize] as usize] = code;
            }
        }
    }

    /// Adds somebody who died, of the same background as the resident `like`.
    pub fn push_dead(&mut self, kjoenn: Kjoenn, dato: DayNo, doedsdato: DayNo, like: usize) -> PersonId {
        debug_assert!(self.utenfor.is_empty(), "the dead come before the people elsewhere");
        self.doedsdato.push(doedsdato);
        self.doed_som.push(u32::try_from(like).expect("a resident"));
        self.push_row(kjoenn, dato)
    }

    /// Adds somebody who lives elsewhere; after the last of the dead.
    pub fn push_elsewhere(&mut self, kjoenn: Kjoenn, dato: DayNo, status: Personstatus) -> PersonId {
        self.utenfor.push(status);
        self.push_row(kjoenn, dato)
    }

    fn push_row(&mut self, kjoenn: Kjoenn, dato: DayNo) -> PersonId {
        let person = PersonId::at(self.dato.len());
        // Whoever is no resident is born on a day that no other part has such people on.
        let dato = self.part.own_day(dato);
        self.dato.push(dato);
        self.kjoenn.push(kjoenn);
        self.husstand.push(HusstandId::NONE);
        self.partner.push(PersonId::NONE);
        self.mor.push(PersonId::NONE);
        self.far.push(PersonId::NONE);
        self.rekkefoelge.push(11);
        person
    }

    /// The day a child came into the foster home it lives in; none for everybody else.
    pub fn in_foster_home_since(&self, person: usize) -> Option<DayNo> {
        let place = self.foster.binary_search_by_key(&person, |&(child, _)| child as usize).ok()?;
        Some(self.foster[place].1)
    }

    /// Whether a child came to the country without its parents.
    pub fn is_unaccompanied(&self, person: usize) -> bool {
        self.enslige.binary_search_by_key(&person, |&child| child as usize).is_ok()
    }

    /// All rows: residents, the dead, people elsewhere.
    pub fn len(&self) -> usize {
        self.dato.len()
    }

    /// First row of the people elsewhere.
    pub fn first_elsewhere(&self) -> usize {
        self.residents + self.doedsdato.len()
    }

    /// Status of every row.
    pub fn statuses(&self) -> Vec<Personstatus> {
        let mut statuses = vec![Personstatus::Bosatt; self.residents];
        statuses.resize(self.first_elsewhere(), Personstatus::Doed);
        statuses.extend(&self.utenfor);
        statuses
    }

    /// How many households there are.
    pub fn household_count(&self) -> usize {
        self.slag.len()
    }

    /// The members of a household, as rows.
    pub fn members(&self, household: usize) -> std::ops::Range<usize> {
        self.start[household] as usize..self.start[household + 1] as usize
    }

    /// Age of a resident today, or a dead person's age today had they lived.
    pub fn alder(&self, person: usize) -> i32 {
        super::calendar::age(self.dato[person], self.today)
    }

    /// Children at home of a household, as rows.
    pub fn children(&self, household: usize) -> std::ops::Range<usize> {
        let members = self.members(household);
        let from = members.clone().find(|&person| self.rolle[person] == Rolle::Barn).unwrap_or(members.end);
        let to = (from..members.end).find(|&person| self.rolle[person] != Rolle::Barn).unwrap_or(members.end);
        from..to
    }
}
