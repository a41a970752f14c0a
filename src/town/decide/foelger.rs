//! What a life event means in the other registers: the one place that knows several (`DESIGN` §3). Who dies or leaves
//! gives up jobs, roles, doctor and school on the day; a sole trader's firm closes, and moves when they move; who comes
//! is given what people here have.

use super::hverdag::{arbeid, lege, nykommere, plasser};
use super::skjer::Skjer;
use super::{Cause, virksomhet};
use crate::base::{Orgnummer, OriginKey};
use crate::town::apply::{HverdagEvent, Innehaver, VirksomhetEvent};
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

/// What follows in a town in which it has happened: for who came, and for the firms of who moved.
pub(super) struct Etterpaa {
    kom: Vec<PersonKey>,
    firmaer: Vec<virksomhet::Hjemmefirma>,
    origin: OriginKey,
}

/// Adds to `events`, which are about to happen to `town`, what follows for those who leave, and says what follows when it
/// has happened.
pub(super) fn legg_til(town: &Town, events: &mut Vec<Event>, cause: &Cause) -> Etterpaa {
    let moves = Bevegelser::i(events);
    for key in &moves.forlot {
        let Some(person) = town.person_by_key(*key) else { continue };
        let origin = OriginKey::of("liv/forlater", &[&cause.origin.0.to_be_bytes(), &key.bytes()]);
        events.extend(arbeid::slutter(&person));
        events.extend(plasser::ut_av_skolen(&person));
        events.extend(lege::forlater(&person, origin));
        events.extend(virksomhet::slutt::forlater(&person, moves.borte.contains(key), &moves.forlot, origin));
    }
    let firmaer = moves.flyttet.iter().filter_map(|key| virksomhet::hjemmefirma(town, *key)).collect();
    Etterpaa { kom: moves.kom, firmaer, origin: cause.origin }
}

impl Etterpaa {
    /// Lets it happen in the town of `skjer`, in which the life event has happened.
    pub(super) fn skjer(self, skjer: &mut Skjer<'_>) {
        for firma in self.firmaer {
            let moves = firma.flytter_med(skjer.town);
            skjer.skje(moves);
        }
        if !self.kom.is_empty() {
            nykommere::kommer(skjer, &self.kom, self.origin);
        }
    }
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
