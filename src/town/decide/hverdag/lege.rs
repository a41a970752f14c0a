//! Lists of general practitioners: who comes gets a place, who leaves gives it up, a doctor who leaves is followed by
//! another (`specs/population.md` §9).

use super::{age, stream};
use crate::base::OriginKey;
use crate::town::apply::HverdagEvent;
use crate::town::decide::liv::soek;
use crate::town::event::Event;
use crate::town::model::{PersonId, PersonKey, Utdanning, VirksomhetId};
use crate::town::state::{Person, Town};

/// Most patients of a list that is opened.
const TAK: u16 = 1_003;
/// Lists of a thousand that stay without a permanent doctor.
const UTEN_LEGE: u64 = 49;
/// Ages of doctors.
const ALDRE: std::ops::RangeInclusive<usize> = 30..=62;

fn has_room(town: &Town, liste: u16, people: usize) -> bool {
    let most = town.fastlegeliste(liste).map_or(0, |list| i64::from(list.tak));
    town.pasienter(liste) + i64::try_from(people).unwrap_or(i64::MAX) <= most
}

/// Places for `people`, who come together, on the list `som` when it has room, else on another, else on a new one.
pub(in crate::town::decide) fn faar_plass(
    town: &Town,
    people: &[PersonKey],
    som: Option<u16>,
    origin: OriginKey,
) -> Vec<Event> {
    let count = town.fastlegeliste_count();
    if people.is_empty() || count == 0 {
        return Vec::new();
    }
    let first = u16::try_from(stream(town, origin, "liv/fastlege").uniform(u64::from(count))).expect("a list");
    let in_turn = (0..count).map(|step| (first + step) % count);
    let found = som.into_iter().chain(in_turn).find(|liste| has_room(town, *liste, people.len()));
    let mut events = Vec::new();
    let liste = found.unwrap_or_else(|| {
        let office = town.fastlegeliste(first).and_then(|list| list.kontor.some());
        let kontor = office.map(|unit| town.virksomhet(unit).orgnr);
        events.push(Event::Hverdag(HverdagEvent::Fastlegeliste { liste: count, lege: None, kontor, tak: TAK }));
        count
    });
    let place = |person: &PersonKey| Event::Hverdag(HverdagEvent::Fastlege { person: *person, liste: Some(liste) });
    events.extend(people.iter().map(place));
    events
}

/// `person` gives up the place on a list; a doctor leaves their own list.
pub(in crate::town::decide) fn forlater(person: &Person<'_>, origin: OriginKey) -> Vec<Event> {
    let town = person.town();
    let mut events = Vec::new();
    if person.fastlege().is_some() {
        events.push(Event::Hverdag(HverdagEvent::Fastlege { person: person.key(), liste: None }));
    }
    if person.utdanning() != Utdanning::HoeyereLang {
        return events;
    }
    for liste in 0..town.fastlegeliste_count() {
        let Some(list) = town.fastlegeliste(liste).filter(|list| list.lege == person.id) else { continue };
        let lege =
            if town.tid.is_levende() { next_doctor(town, person, origin.child("lege", liste.into())) } else { None };
        let kontor = list.kontor.some().map(|unit: VirksomhetId| town.virksomhet(unit).orgnr);
        events.push(Event::Hverdag(HverdagEvent::Fastlegeliste { liste, lege, kontor, tak: list.tak }));
    }
    events
}

fn next_doctor(town: &Town, before: &Person<'_>, origin: OriginKey) -> Option<PersonKey> {
    let mut stream = stream(town, origin, "liv/lege");
    if stream.uniform(1000) < UTEN_LEGE {
        return None;
    }
    let doctors: Vec<PersonId> =
        (0..town.fastlegeliste_count()).filter_map(|liste| town.fastlegeliste(liste)?.lege.some()).collect();
    let fits = |one: &Person<'_>| {
        one.is_bosatt()
            && !one.is_holdt()
            && one.id != before.id
            && one.utdanning() == Utdanning::HoeyereLang
            && ALDRE.contains(&age(one))
            && !doctors.contains(&one.id)
    };
    soek::first(town, &mut stream, fits).map(|one| one.key())
}
