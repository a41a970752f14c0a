//! Enterprises that end: wound up, bankrupt, or without the sole trader they were.

use super::super::hverdag::{arbeid, today};
use super::super::{Cause, oppfoelging};
use super::{foretak, roller};
use crate::base::{Orgnummer, OriginKey};
use crate::town::apply::{HverdagEvent, Innehaver, VirksomhetEvent};
use crate::town::event::Event;
use crate::town::model::{DayNo, Organisasjonsform, PersonId, PersonKey, Rolletype, VirksomhetId, Virksomhetsslag};
use crate::town::state::{Person, Town};

/// Days from the opening of a bankruptcy until the company is deleted, at least and beyond that.
const BOBEHANDLING: (u64, u64) = (240, 240);

fn slettet(town: &Town, unit: VirksomhetId) -> Event {
    let virksomhet = town.virksomhet(unit).orgnr;
    Event::Virksomhet(VirksomhetEvent::Slettet { virksomhet, dato: today(town) })
}

/// `unit` and what is below it.
fn med_underenheter(town: &Town, unit: VirksomhetId) -> Vec<VirksomhetId> {
    std::iter::once(unit)
        .chain(town.underenheter_av(unit))
        .filter(|unit| town.virksomhet(*unit).slettet == DayNo::NONE)
        .collect()
}

/// Why `unit` cannot end, as a code and in words behind its name; `None` for a private firm no other depends on.
pub(in crate::town::decide) fn hindring(town: &Town, unit: VirksomhetId) -> Option<(&'static str, &'static str)> {
    let row = town.virksomhet(unit);
    let private = matches!(row.form, Organisasjonsform::As | Organisasjonsform::Enk) && !row.orgnr.is_utenbys();
    let of_the_public = town.aksjer_i(unit).iter().any(|share| share.eier == VirksomhetId(0));
    let is_service = |one: VirksomhetId| town.virksomhet(one).slag != Virksomhetsslag::Annet;
    if !private {
        Some(("form", "is neither a company nor a sole proprietorship of this town"))
    } else if !town.is_i_drift(unit) {
        Some(("not_in_business", "is not in business"))
    } else if of_the_public || med_underenheter(town, unit).into_iter().any(is_service) {
        Some(("public_service", "runs a service of the municipality"))
    } else if town.base.oppslag().baerer_andre(unit) {
        Some(("others_depend", "owns others, or is their auditor or accountant"))
    } else {
        None
    }
}

/// Whether background life may end `unit`: it can end, and nobody in it is kept from chance.
fn may_end(town: &Town, unit: VirksomhetId) -> bool {
    let free = |person: PersonId| !town.person(person).is_holdt();
    hindring(town, unit).is_none()
        && med_underenheter(town, unit).iter().flat_map(|one| town.ansatte_i(*one)).all(free)
        && town.roller_i(unit).iter().filter_map(|role| role.person.some()).all(free)
}

/// The jobs in `units` end. Who has no other looks for one; those in `ikke` leave for other reasons.
fn without_work(town: &Town, units: &[VirksomhetId], ikke: &[PersonKey], origin: OriginKey) -> Vec<Event> {
    let mut people: Vec<PersonId> = units.iter().flat_map(|unit| town.ansatte_i(*unit)).collect();
    people.sort_unstable();
    people.dedup();
    let mut events = Vec::new();
    for person in people.into_iter().map(|id| town.person(id)).filter(|person| !ikke.contains(&person.key())) {
        let jobs = person.jobber();
        let (lost, kept): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| units.contains(&job.virksomhet));
        if kept.is_empty() && person.is_bosatt() {
            events.extend(arbeid::mister(&person, origin));
            continue;
        }
        events.extend(lost.into_iter().map(|job| {
            let virksomhet = town.virksomhet(job.virksomhet).orgnr;
            let (person, fra, til) = (person.key(), job.fra, today(town));
            Event::Hverdag(HverdagEvent::Jobbslutt { person, virksomhet, fra, til })
        }));
    }
    events
}

/// `units` are deleted with everything below them; their jobs end. Who works in two of them leaves once.
fn nedlagt(town: &Town, units: &[VirksomhetId], ikke: &[PersonKey], origin: OriginKey) -> Vec<Event> {
    let mut all: Vec<VirksomhetId> = units.iter().flat_map(|unit| med_underenheter(town, *unit)).collect();
    let mut events = without_work(town, &all, ikke, origin);
    // Sub-units first: none outlives what it belongs to.
    all.reverse();
    events.extend(all.into_iter().map(|unit| slettet(town, unit)));
    events
}

/// A firm is wound up.
pub(in crate::town::decide) fn legges_ned(town: &Town, unit: VirksomhetId, cause: &Cause) -> Vec<Event> {
    if !may_end(town, unit) {
        return Vec::new();
    }
    nedlagt(town, &[unit], &[], cause.origin)
}

/// A company goes bankrupt: its establishments close, a trustee takes over, and it is deleted when the estate is.
pub(in crate::town::decide) fn gaar_konkurs(town: &Town, unit: VirksomhetId, cause: &Cause) -> Vec<Event> {
    if may_end(town, unit) { konkurs_i(town, unit, cause) } else { Vec::new() }
}

/// What a bankruptcy in `unit` is.
pub(in crate::town::decide) fn konkurs_i(town: &Town, unit: VirksomhetId, cause: &Cause) -> Vec<Event> {
    let (orgnr, dato) = (town.virksomhet(unit).orgnr, today(town));
    let mut events = vec![Event::Virksomhet(VirksomhetEvent::Konkurs { virksomhet: orgnr, dato })];
    let mut below = med_underenheter(town, unit);
    events.extend(without_work(town, &below, &[], cause.origin));
    below.remove(0);
    events.extend(below.into_iter().map(|unit| slettet(town, unit)));
    let seats = town.roller_i(unit);
    events.extend(seats.iter().filter(|role| role.rolle == Rolletype::Dagl).map(|role| roller::slutter(town, role)));
    let seated: Vec<PersonId> = seats.iter().filter_map(|role| role.person.some()).collect();
    if let Some(trustee) = super::nye::noen(town, cause.origin.child("bostyrer", 0), &seated) {
        let innehaver = Innehaver::Person(trustee.key());
        let role = VirksomhetEvent::Rolle { virksomhet: orgnr, rolle: Rolletype::Bobe, innehaver, fra: dato };
        events.push(Event::Virksomhet(role));
    }
    let origin = cause.origin.child("bo", 0);
    let days = BOBEHANDLING.0 + super::super::hverdag::stream(town, origin, "liv/bo").uniform(BOBEHANDLING.1);
    oppfoelging::slett_virksomhet(&mut events, town, orgnr, days, origin);
    events
}

/// A bankrupt company is deleted, when its time has come.
pub(in crate::town::decide) fn bo_avsluttet(town: &Town, orgnr: Orgnummer) -> Vec<Event> {
    let Some(unit) = town.enhet_med(orgnr) else { return Vec::new() };
    let row = town.virksomhet(unit);
    if row.konkurs == DayNo::NONE || row.slettet != DayNo::NONE {
        return Vec::new();
    }
    let mut all = med_underenheter(town, unit);
    all.reverse();
    all.into_iter().map(|unit| slettet(town, unit)).collect()
}

/// What becomes of the firms and roles of somebody who leaves the municipality. A sole trader's firm closes; of the dead
/// and the emigrated (`borte`) every role ends, and somebody else takes it over where background life goes on.
pub(in crate::town::decide) fn forlater(
    person: &Person<'_>,
    borte: bool,
    forlot: &[PersonKey],
    origin: OriginKey,
) -> Vec<Event> {
    let town = person.town();
    let firms = foretak(person);
    let mut events = nedlagt(town, &firms, forlot, origin);
    if !borte {
        return events;
    }
    let with: Vec<PersonId> = forlot.iter().filter_map(|key| town.id_of(*key)).collect();
    for (place, role) in (0u32..).zip(person.roller()) {
        if firms.contains(&role.virksomhet) || town.virksomhet(role.virksomhet).slettet != DayNo::NONE {
            continue;
        }
        events.push(roller::slutter(town, &role));
        if town.tid.is_levende() && town.is_i_drift(role.virksomhet) {
            events.extend(roller::etterfoelger(town, &role, person, &with, origin.child("etterfølger", place)));
        }
    }
    events
}
