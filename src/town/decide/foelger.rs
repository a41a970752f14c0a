//! What a life event means in the other registers: the one place that knows several (`DESIGN` §3). Who dies or leaves
//! gives up jobs, roles, doctor and school on the day; a sole trader's firm closes, and moves when they move; who comes
//! is given what people here have.

use super::hverdag::{arbeid, lege, nykommere, plasser};
use super::{Cause, virksomhet};
use crate::base::{Orgnummer, OriginKey};
use crate::town::apply::{HverdagEvent, Innehaver, VirksomhetEvent, apply};
use crate::town::event::{Event, FolkEvent};
use crate::town::model::{DayNo, HaddeJobb, Hendelsestype, LevdeSlik, PersonKey, Rolletype};
use crate::town::state::{Person, Town};

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
                    use Hendelsestype::{PersonErDoed, PersonErOpphoert, PersonErUtflyttet};
                    if matches!(change.slag, PersonErDoed | PersonErUtflyttet | PersonErOpphoert) {
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

/// Somebody who was taken for dead or gone has jobs, roles, school and doctor again, where they are still to be had. A firm of
/// their own that closed stays closed.
pub(super) fn gjenopptar(person: &Person<'_>, foer: &LevdeSlik) -> Vec<Event> {
    let (town, key) = (person.town(), person.key());
    let today = DayNo::of(town.now().dato());
    let unit = |orgnr: Orgnummer| town.enhet_med(orgnr).filter(|unit| !town.is_slettet(*unit));
    let mut events = Vec::new();
    for job in foer.jobber.iter().filter(|job| unit(job.virksomhet).is_some()) {
        let HaddeJobb { virksomhet, yrke, stillingsprosent, maanedsloenn } = *job;
        let fra = today;
        let begins = HverdagEvent::Jobb { person: key, virksomhet, yrke, stillingsprosent, maanedsloenn, fra };
        events.push(Event::Hverdag(begins));
    }
    if foer.skole.is_some() {
        events.push(Event::Hverdag(HverdagEvent::Skoleplass { barn: key, skole: foer.skole, fra: today }));
    }
    if foer.fastlege.is_some() {
        events.push(Event::Hverdag(HverdagEvent::Fastlege { person: key, liste: foer.fastlege }));
    }
    for &(virksomhet, rolle) in &foer.roller {
        let single = matches!(rolle, Rolletype::Lede | Rolletype::Nest | Rolletype::Dagl);
        let taken = |unit| single && town.roller_i(unit).iter().any(|one| one.rolle == rolle);
        if unit(virksomhet).is_some_and(|unit| !taken(unit)) {
            let innehaver = Innehaver::Person(key);
            events.push(Event::Virksomhet(VirksomhetEvent::Rolle { virksomhet, rolle, innehaver, fra: today }));
        }
    }
    events
}
