//! Sub-state of the contact and reservation register: entries that differ from the base, and the log of changes.
//!
//! Numbers of changes are positions: 1 to N belong to the base's last twelve months, a world goes on at N + 1
//! (`specs/folkeregister.md` §18.3). A number is never part of an event.

use std::sync::Arc;

use super::{PageTable, Person, Town};
use crate::town::derive;
use crate::town::model::{Kontakt, KontaktFlags, Kontaktdatoer, Kontaktoppfoering, Kontaktregler, PersonId};

/// Entries changed in this world, and the log of the changes.
#[derive(Clone, Debug, Default)]
pub struct KontaktRegister {
    /// Changed entries, by position of the person.
    endret: PageTable<Arc<Kontaktoppfoering>>,
    /// Whose entry changed, in order of the log.
    pub endringer: PageTable<PersonId>,
    /// How many changes there are.
    pub antall: usize,
    /// What the register of this world does its own way.
    pub regler: Kontaktregler,
}

impl KontaktRegister {
    /// Takes up that the entry of `person` changed. Without `datoer` all its dates are the entry's own.
    pub(in crate::town) fn endre(&mut self, person: PersonId, kontakt: Kontakt, datoer: Option<Kontaktdatoer>) {
        let datoer = datoer.unwrap_or_else(|| Kontaktdatoer::alle(kontakt.oppdatert, !kontakt.utloept));
        self.endret.set(person.index(), Arc::new(Kontaktoppfoering { kontakt, datoer }));
        self.endringer.set(self.antall, person);
        self.antall += 1;
    }

    /// The entry of `person` as this world left it, when it changed here.
    #[must_use]
    pub fn endret(&self, person: PersonId) -> Option<&Kontaktoppfoering> {
        self.endret.get(person.index()).map(AsRef::as_ref)
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

    /// Whether logging in puts them into the register: they may stand there and do not, or no more
    /// (`specs/folkeregister.md` §21, `specs/core.md` §5).
    #[must_use]
    pub fn foeres_ved_innlogging(&self) -> bool {
        self.kan_staa_i_kontaktregisteret() && self.kontaktoppfoering().status() != "AKTIV"
    }
}

impl Town {
    /// Whether `person` looks after their entry themselves, neither reserved nor taken out, and it is `utloept` or not: without
    /// spelling out the entry.
    #[must_use]
    pub fn foelger_kontakten(&self, person: PersonId, utloept: bool) -> bool {
        if let Some(Kontaktoppfoering { kontakt, datoer }) = self.kontakt.endret(person) {
            let is_own = kontakt.registrert && !kontakt.reservert && datoer.slettet.is_none();
            return is_own && kontakt.utloept == utloept;
        }
        let flags = self.base.personer.kontakt.get(person.index());
        flags.is_some_and(|flags| {
            flags.has(KontaktFlags::REGISTRERT)
                && !flags.has(KontaktFlags::RESERVERT)
                && flags.has(KontaktFlags::UTLOEPT) == utloept
        })
    }

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
