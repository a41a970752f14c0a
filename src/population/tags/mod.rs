//! Tags of the edge people, read off the columns (`specs/population.md` §16.9). One file per area; each reads the whole
//! base and sets bits, nothing else.

mod arbeid;
mod homes;
mod kin;
mod register;
mod virksomheter;

use super::calendar::age;
use crate::town::model::{Base, DayNo, Merke, PersonId, Personstatus};

/// The tags of every row.
pub(super) fn tags(base: &Base) -> Vec<u64> {
    let today = DayNo::of(base.header.start.dato());
    let mut tags = Tags { base, today, bits: vec![0; base.person_count()] };
    register::tag(&mut tags);
    homes::tag(&mut tags);
    kin::tag(&mut tags);
    arbeid::tag(&mut tags);
    virksomheter::tag(&mut tags);
    tags.bits
}

/// Tags in the making.
struct Tags<'a> {
    base: &'a Base,
    today: DayNo,
    /// Bits of [`Merke`] by position in its list, of every row.
    bits: Vec<u64>,
}

impl Tags<'_> {
    /// Tags `person`.
    fn set(&mut self, person: PersonId, merke: Merke) {
        self.bits[person.index()] |= 1 << (merke as u8);
    }

    /// Whether `person` is tagged so already; areas run in the order of [`tags`].
    fn has(&self, person: PersonId, merke: Merke) -> bool {
        self.bits[person.index()] & (1 << (merke as u8)) != 0
    }

    /// Whether `person` lives here.
    fn is_resident(&self, person: PersonId) -> bool {
        self.base.personer.status[person.index()] == Personstatus::Bosatt
    }

    /// Age today in whole years.
    fn alder(&self, person: PersonId) -> i32 {
        age(self.base.personer.foedselsdato[person.index()], self.today)
    }

    /// All rows.
    fn people(&self) -> impl Iterator<Item = PersonId> + use<> {
        (0..self.base.person_count()).map(PersonId::at)
    }

    /// All rows of residents.
    fn residents(&self) -> Vec<PersonId> {
        (0..self.base.person_count()).map(PersonId::at).filter(|&person| self.is_resident(person)).collect()
    }
}
