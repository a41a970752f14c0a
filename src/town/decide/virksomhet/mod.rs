//! Enterprises: those that are founded, wound up and go bankrupt, and who holds which role in them.

pub(super) mod nye;
pub(super) mod roller;
pub(super) mod slutt;

use crate::base::Orgnummer;
use crate::town::apply::{Innehaver, VirksomhetEvent};
use crate::town::event::Event;
use crate::town::model::{BygningId, Gradering, PersonKey, RolleRow, Rolletype, VirksomhetId};
use crate::town::state::{Person, Town};

/// The holder of a role as events name it.
fn innehaver(town: &Town, role: &RolleRow) -> Innehaver {
    match role.person.some() {
        Some(person) => Innehaver::Person(town.key_of(person)),
        None => Innehaver::Enhet(town.virksomhet(role.enhet).orgnr),
    }
}

/// Live sole proprietorships of `person`.
fn foretak(person: &Person<'_>) -> Vec<VirksomhetId> {
    let own = person.roller().into_iter().filter(|role| role.rolle == Rolletype::Innh);
    own.map(|role| role.virksomhet).filter(|unit| person.town().is_i_drift(*unit)).collect()
}

/// The building of somebody's home, unless it must not be known.
fn hjemme(person: &Person<'_>) -> Option<BygningId> {
    let bolig = person.bolig().filter(|_| person.gradering() == Gradering::Ugradert)?;
    person.town().base.boliger.bygning[bolig.index()].some()
}

/// What a sole trader has at home: it moves when they do.
pub(super) struct Hjemmefirma {
    person: PersonKey,
    bygning: BygningId,
    enheter: Vec<Orgnummer>,
}

/// The firms of `person` and their sub-units that are in the building they live in; `None` when there are none.
pub(super) fn hjemmefirma(town: &Town, person: PersonKey) -> Option<Hjemmefirma> {
    let owner = town.person_by_key(person)?;
    let firms = foretak(&owner);
    if firms.is_empty() {
        return None;
    }
    let bygning = owner.bolig().and_then(|bolig| town.base.boliger.bygning[bolig.index()].some())?;
    let units = firms.into_iter().flat_map(|firm| std::iter::once(firm).chain(town.underenheter_av(firm)));
    let at_home = units.map(|unit| town.virksomhet(unit)).filter(|row| row.bygning.some() == Some(bygning));
    Some(Hjemmefirma { person, bygning, enheter: at_home.map(|row| row.orgnr).collect() })
}

impl Hjemmefirma {
    /// The units move along in `town`, where their owner has moved already.
    pub(super) fn flytter_med(&self, town: &Town) -> Vec<Event> {
        let bygning = town.person_by_key(self.person).and_then(|owner| hjemme(&owner));
        let moves = |&virksomhet: &Orgnummer| Event::Virksomhet(VirksomhetEvent::Flyttet { virksomhet, bygning });
        if bygning == Some(self.bygning) { Vec::new() } else { self.enheter.iter().map(moves).collect() }
    }
}
