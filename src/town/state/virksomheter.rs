//! Sub-state of the register of organisations: what has changed since the base, and who was founded.

use std::sync::Arc;

use imbl::OrdMap;

use super::{PageTable, Person, Town};
use crate::base::Orgnummer;
use crate::town::model::{AksjeRow, DayNo, PersonId, RolleRow, Virksomhet, VirksomhetId};

/// What a world knows about an organisation beyond the base.
#[derive(Clone, Debug)]
pub struct VirksomhetChanges {
    /// The row as it stands; its text is that of the base, unless [`navn`](Self::navn) says otherwise.
    pub rad: Virksomhet,
    /// Name of one founded here.
    pub navn: Option<Arc<str>>,
    /// Roles, when they changed here.
    pub roller: Option<Vec<RolleRow>>,
    /// Shareholders, when they changed here.
    pub aksjer: Option<Vec<AksjeRow>>,
    /// Units below it that were founded here.
    pub underenheter: Vec<VirksomhetId>,
    /// Jobs a unit founded here is to fill.
    pub plasser: u16,
}

/// Sub-state of the register of organisations.
#[derive(Clone, Debug, Default)]
pub struct Virksomheter {
    /// Changes by position.
    pub endret: PageTable<Arc<VirksomhetChanges>>,
    /// How many were founded after the base.
    pub nye: usize,
    /// Those by number.
    pub by_orgnr: OrdMap<Orgnummer, VirksomhetId>,
    /// Sub-units founded here that still have jobs to fill.
    pub med_plass: OrdMap<Orgnummer, VirksomhetId>,
    /// Units in which somebody has held a role since the base.
    pub roller_til: OrdMap<PersonId, Vec<VirksomhetId>>,
}

impl Town {
    /// How many organisations there are or have been, in the base and since.
    #[must_use]
    pub fn virksomhet_count(&self) -> usize {
        self.base.virksomheter.len() + self.virksomheter.nye
    }

    fn endret(&self, virksomhet: VirksomhetId) -> Option<&VirksomhetChanges> {
        self.virksomheter.endret.get(virksomhet.index()).map(AsRef::as_ref)
    }

    /// The organisation at `virksomhet` as it stands. Its name is [`enhetsnavn`](Self::enhetsnavn).
    ///
    /// # Panics
    /// When there is none at that position.
    #[must_use]
    pub fn virksomhet(&self, virksomhet: VirksomhetId) -> Virksomhet {
        match self.endret(virksomhet) {
            Some(changes) => changes.rad,
            None => self.base.virksomheter[virksomhet.index()],
        }
    }

    /// Its name, as the central register writes it.
    ///
    /// # Panics
    /// As [`virksomhet`](Self::virksomhet).
    #[must_use]
    pub fn enhetsnavn(&self, virksomhet: VirksomhetId) -> &str {
        match self.endret(virksomhet).and_then(|changes| changes.navn.as_deref()) {
            Some(name) => name,
            None => self.base.tekst.get(self.virksomhet(virksomhet).navn),
        }
    }

    /// The organisation with number `orgnr`.
    #[must_use]
    pub fn enhet_med(&self, orgnr: Orgnummer) -> Option<VirksomhetId> {
        self.virksomheter.by_orgnr.get(&orgnr).copied().or_else(|| self.base.oppslag().virksomhet(orgnr))
    }

    /// Roles in `virksomhet`.
    #[must_use]
    pub fn roller_i(&self, virksomhet: VirksomhetId) -> &[RolleRow] {
        match self.endret(virksomhet).and_then(|changes| changes.roller.as_deref()) {
            Some(roles) => roles,
            None => self.base.roller_of(virksomhet),
        }
    }

    /// Shareholders of `virksomhet`.
    #[must_use]
    pub fn aksjer_i(&self, virksomhet: VirksomhetId) -> &[AksjeRow] {
        match self.endret(virksomhet).and_then(|changes| changes.aksjer.as_deref()) {
            Some(shares) => shares,
            None => self.base.aksjer_of(virksomhet),
        }
    }

    /// Sub-units of `virksomhet`, in the order of the register.
    #[must_use]
    pub fn underenheter_av(&self, virksomhet: VirksomhetId) -> Vec<VirksomhetId> {
        let mut units: Vec<VirksomhetId> = self.base.oppslag().underenheter(virksomhet).collect();
        units.extend(self.endret(virksomhet).map_or(&[][..], |changes| &changes.underenheter));
        units
    }

    /// Whether `virksomhet` is in business: neither deleted nor bankrupt, nor is what it belongs to.
    #[must_use]
    pub fn is_i_drift(&self, virksomhet: VirksomhetId) -> bool {
        let mut at = virksomhet;
        // Levels of a unit are few; the bound only guards against a ring.
        for _ in 0..8 {
            let row = self.virksomhet(at);
            if row.slettet != DayNo::NONE || row.konkurs != DayNo::NONE {
                return false;
            }
            match row.overordnet.some() {
                Some(above) => at = above,
                None => break,
            }
        }
        true
    }
}

impl Person<'_> {
    /// Roles held, each with its organisation.
    #[must_use]
    pub fn roller(&self) -> Vec<RolleRow> {
        let town = self.town();
        let of_base = (self.id.index() < town.base.person_count()).then(|| town.base.oppslag().roller_til(self.id));
        let mut units: Vec<VirksomhetId> =
            of_base.into_iter().flatten().map(|row| town.base.roller[row].virksomhet).collect();
        units.extend(town.virksomheter.roller_til.get(&self.id).map_or(&[][..], Vec::as_slice));
        units.sort_unstable();
        units.dedup();
        let own = units.into_iter().flat_map(|unit| town.roller_i(unit));
        own.filter(|role| role.person == self.id).copied().collect()
    }
}
