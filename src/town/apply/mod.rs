//! Putting events into the town. Cannot fail, draws nothing, derives nothing (`DESIGN` §2 rule 1).
//!
//! An event that names somebody the town does not know is a broken log; the journal's digests catch that before it
//! comes here, so such an event changes nothing.

mod eid;
mod faults;
mod folk;
mod hverdag;
mod klienter;
mod levering;
mod post;
mod uttrekk;
mod virksomheter;

use std::sync::Arc;

pub use eid::EidEvent;
pub use faults::FaultEvent;
pub use hverdag::HverdagEvent;
pub use klienter::KlientEvent;
pub use levering::LeveringEvent;
pub use post::PostEvent;
pub use uttrekk::UttrekkEvent;
pub use virksomheter::{Innehaver, NyVirksomhet, VirksomhetEvent};

use super::event::{Event, KontaktEvent, TidEvent};
use super::model::Livsslag;
use super::state::Town;

/// Puts `event` into `town`.
pub fn apply(town: &mut Town, event: &Event) {
    match event {
        Event::Folk(event) => folk::apply(town, event),
        Event::Kontakt(KontaktEvent::Endret { person, kontakt }) => {
            if let Some(id) = town.id_of(*person) {
                Arc::make_mut(&mut town.kontakt).endre(id, kontakt.clone(), None);
            }
        }
        Event::Kontakt(KontaktEvent::Foert { person, oppfoering }) => {
            if let Some(id) = town.id_of(*person) {
                let datoer = Some(oppfoering.datoer);
                Arc::make_mut(&mut town.kontakt).endre(id, oppfoering.kontakt.clone(), datoer);
            }
        }
        Event::Kontakt(KontaktEvent::Regler(regler)) => Arc::make_mut(&mut town.kontakt).regler = *regler,
        Event::Tid(event) => apply_tid(town, event),
        Event::Post(event) => post::apply(town, event),
        Event::Klient(event) => klienter::apply(town, event),
        Event::Fault(event) => faults::apply(town, event),
        Event::Levering(event) => levering::apply(town, event),
        Event::Eid(event) => eid::apply(town, event),
        Event::Hverdag(event) => hverdag::apply(town, event),
        Event::Virksomhet(event) => virksomheter::apply(town, event),
        Event::Uttrekk(event) => uttrekk::apply(town, event),
    }
}

fn apply_tid(town: &mut Town, event: &TidEvent) {
    let tid = Arc::make_mut(&mut town.tid);
    match event {
        TidEvent::Naadd(instant) => tid.now = tid.now.max(*instant),
        TidEvent::Modus(mode) => tid.mode = *mode,
        TidEvent::Takt(promille) => tid.takt = *promille,
        TidEvent::Liv(goes_on) => tid.liv = *goes_on,
        TidEvent::Planlagt(key, due) => {
            tid.queue.insert(*key, due.clone());
        }
        TidEvent::TattOpp(key) => {
            tid.queue.remove(key);
            if Livsslag::of_kind(key.kind).is_some() {
                tid.sist = tid.sist.max(Some(*key));
            }
        }
    }
}
