//! Enterprises: those that are founded, wound up and go bankrupt, and who holds which role in them.

pub(super) mod nye;
pub(super) mod roller;
pub(super) mod slutt;

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

/// Whether `person` has a firm of their own.
pub(super) fn driver_foretak(town: &Town, person: PersonKey) -> bool {
    town.person_by_key(person).is_some_and(|person| !foretak(&person).is_empty())
}

/// The building of somebody's home, unless it must not be known.
fn hjemme(person: &Person<'_>) -> Option<BygningId> {
    let bolig = person.bolig().filter(|_| person.gradering() == Gradering::Ugradert)?;
    person.town().base.boliger.bygning[bolig.index()].some()
}

/// A sole trader works at home: the firm of `person` moves when they do. `town` before, `then` after the move.
pub(super) fn flytter_med(town: &Town, then: &Town, person: PersonKey) -> Vec<Event> {
    let (Some(before), Some(after)) = (town.person_by_key(person), then.person_by_key(person)) else {
        return Vec::new();
    };
    let old = before.bolig().and_then(|bolig| town.base.boliger.bygning[bolig.index()].some());
    let bygning = hjemme(&after);
    if old == bygning {
        return Vec::new();
    }
    let mut events = Vec::new();
    for firm in foretak(&before) {
        for unit in std::iter::once(firm).chain(town.underenheter_av(firm)) {
            let row = town.virksomhet(unit);
            if row.bygning.some() == old && old.is_some() {
                events.push(Event::Virksomhet(VirksomhetEvent::Flyttet { virksomhet: row.orgnr, bygning }));
            }
        }
    }
    events
}
