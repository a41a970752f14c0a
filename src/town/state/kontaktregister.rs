//! Sub-state of the contact and reservation register: entries that differ from the base, and the log of changes.
//!
//! Numbers of changes are positions: 1 to N belong to the base's last twelve months, a world goes on at N + 1
//! (`specs/folkeregister.md` §18.3). A number is never part of an event.

use imbl::OrdMap;
use std::sync::Arc;

use super::{PageTable, Person, Town};
use crate::town::derive;
use crate::town::model::{Kontakt, KontaktFlags, Kontaktdatoer, Kontaktoppfoering, Kontaktregler, PersonId};

/// Entries changed in this world, by person. Sparse: most people never change theirs.
#[derive(Clone, Debug, Default)]
pub struct KontaktRegister {
    /// Changed entries.
    pub endret: OrdMap<PersonId, Arc<Kontakt>>,
    /// Dates of changed entries. One that is missing has all its dates at the entry's own.
    pub datoer: OrdMap<PersonId, Kontaktdatoer>,
    /// Whose entry changed, in order of the log.
    pub endringer: PageTable<PersonId>,
    /// How many changes there are.
    pub antall: usize,
    /// What the register of this world does its own way.
    pub regler: Kontaktregler,
}

impl KontaktRegister {
    /// Takes up that the entry of `person` changed.
    pub(in crate::town) fn endre(&mut self, person: PersonId, kontakt: Kontakt, datoer: Option<Kontaktdatoer>) {
        self.endret.insert(person, Arc::new(kontakt));
        match datoer {
            Some(datoer) => self.datoer.insert(person, datoer),
            None => self.datoer.remove(&person),
        };
        self.endringer.set(self.antall, person);
        self.antall += 1;
    }

    /// What this world knows about `person`, when anything changed.
    pub(super) fn oppfoering(&self, person: PersonId) -> Option<Kontaktoppfoering> {
        let kontakt = Kontakt::clone(self.endret.get(&person)?);
        let datoer = self.datoer.get(&person).copied();
        let datoer = datoer.unwrap_or_else(|| Kontaktdatoer::alle(kontakt.oppdatert, !kontakt.utloept));
        Some(Kontaktoppfoering { kontakt, datoer })
    }
}

/// Youngest age in the contact register (`specs/folkeregister.md` §18, `specs/population.md` §16.5).
const MIN_ALDER: i32 = 15;

impl Person<'_> {
    /// Whether an entry of theirs can be made or changed: a resident of fifteen or over.
    #[must_use]
    pub fn kan_staa_i_kontaktregisteret(&self) -> bool {
        self.is_bosatt() && self.alder() >= MIN_ALDER
    }

    /// Whether they look after their entry themselves, neither reserved nor taken out, and it is `utloept` or not: without
    /// spelling out the entry.
    #[must_use]
    pub fn foelger_kontakten(&self, utloept: bool) -> bool {
        let register = &self.town().kontakt;
        if let Some(kontakt) = register.endret.get(&self.id) {
            let slettet = register.datoer.get(&self.id).is_some_and(|datoer| datoer.slettet.is_some());
            return kontakt.registrert && !kontakt.reservert && !slettet && kontakt.utloept == utloept;
        }
        let flags = self.town().base.personer.kontakt.get(self.id.index());
        flags.is_some_and(|flags| {
            flags.has(KontaktFlags::REGISTRERT)
                && !flags.has(KontaktFlags::RESERVERT)
                && flags.has(KontaktFlags::UTLOEPT) == utloept
        })
    }

    /// Whether logging in puts them into the register: they may stand there and do not, or no more
    /// (`specs/folkeregister.md` §21, `specs/core.md` §5).
    #[must_use]
    pub fn foeres_ved_innlogging(&self) -> bool {
        self.kan_staa_i_kontaktregisteret() && self.kontaktoppfoering().status() != "AKTIV"
    }
}

impl Town {
    /// Number of the last change of the contact register; 0 when there is none.
    #[must_use]
    pub fn siste_kontaktendring(&self) -> u64 {
        (derive::kontaktendringer(&self.base).len() + self.kontakt.antall) as u64
    }

    /// Whose entries changed by the changes numbered `etter + 1` and on, `most` of them at most.
    #[must_use]
    pub fn kontaktendringer(&self, etter: u64, most: usize) -> Vec<PersonId> {
        let base = derive::kontaktendringer(&self.base);
        let first = usize::try_from(etter).unwrap_or(usize::MAX);
        let at = |place: usize| match base.get(place) {
            Some(person) => Some(*person),
            None => self.kontakt.endringer.get(place - base.len()).copied(),
        };
        let last = base.len() + self.kontakt.antall;
        (first..last).take(most).filter_map(at).collect()
    }
}
