//! What a life event means in the other registers: the one place that knows several (`DESIGN` §3). Who dies or leaves
//! gives up jobs, roles, doctor and school on the day; a sole trader's firm closes, and moves when they move; who comes
//! is given what people here have.

use super::hverdag::{arbeid, lege, nykommere, plasser};
use super::{Cause, virksomhet};
use crate::base::OriginKey;
use crate::town::apply::apply;
use crate::town::event::{Event, FolkEvent};
use crate::town::model::{Hendelsestype, PersonKey};
use crate::town::state::Town;

/// Who comes, goes and moves in a life event.
#[derive(Default)]
struct Bevegelser {
    kom: Vec<PersonKey>,
    forlot: Vec<PersonKey>,
    /// Of those who left: dead or out of the country.
    borte: Vec<PersonKey>,
    flyttet: Vec<PersonKey>,
}

impl Bevegelser {
    fn i(events: &[Event]) -> Self {
        let mut all = Self::default();
        for event in events {
            match event {
                Event::Folk(FolkEvent::PersonKom { origin, .. }) => all.kom.push(PersonKey::World(*origin)),
                Event::Folk(FolkEvent::Hjem { person, bolig: None }) => all.forlot.push(*person),
                Event::Folk(FolkEvent::Hjem { person, .. }) if !all.kom.contains(person) => all.flyttet.push(*person),
                Event::Folk(FolkEvent::Registrert(change)) => {
                    if matches!(change.slag, Hendelsestype::PersonErDoed | Hendelsestype::PersonErUtflyttet) {
                        all.borte.push(change.person);
                    }
                }
                _ => {}
            }
        }
        all
    }
}

/// Adds to `events`, which are about to happen to `town`, what follows from them.
pub(super) fn legg_til(town: &Town, events: &mut Vec<Event>, cause: &Cause) {
    let moves = Bevegelser::i(events);
    if moves.kom.is_empty() && moves.forlot.is_empty() && moves.flyttet.is_empty() {
        return;
    }
    for key in &moves.forlot {
        let Some(person) = town.person_by_key(*key) else { continue };
        let origin = OriginKey::of("liv/forlater", &[&cause.origin.0.to_be_bytes(), &key.bytes()]);
        events.extend(arbeid::slutter(&person));
        events.extend(plasser::ut_av_skolen(&person));
        events.extend(lege::forlater(&person, origin));
        events.extend(virksomhet::slutt::forlater(&person, moves.borte.contains(key), &moves.forlot, origin));
    }
    let firms: Vec<PersonKey> =
        moves.flyttet.iter().copied().filter(|key| virksomhet::driver_foretak(town, *key)).collect();
    if moves.kom.is_empty() && firms.is_empty() {
        return;
    }
    let mut then = town.clone();
    events.iter().for_each(|event| apply(&mut then, event));
    for key in firms {
        events.extend(virksomhet::flytter_med(town, &then, key));
    }
    events.extend(nykommere::kommer(&then, &moves.kom, cause.origin));
}
