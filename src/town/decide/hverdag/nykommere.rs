//! People who have just come: born, or moved here. They get a doctor, and where background life goes on a school, an
//! education, work and an entry in the contact register, as people of their age here have.

use super::super::oppfoelging;
use super::{age, arbeid, kontakt, lege, plasser, stream};
use crate::base::OriginKey;
use crate::town::apply::HverdagEvent;
use crate::town::derive::liv::arbeid::{KONTAKTALDER, arbeidstabeller};
use crate::town::event::Event;
use crate::town::model::{Arbeidsmarked, Landkode, PersonKey, Utdanning};
use crate::town::state::{Person, Town};

/// Youngest with an education and a place in the labour market.
const VOKSEN: usize = 16;
/// Of a thousand grown-ups from abroad those who have work when they come, and days until the others find it.
const MED_ARBEID: u64 = 400;
const LETER_DAGER: (u64, u64) = (60, 700);
/// Days until who comes from abroad logs in for the first time (`specs/life-events.md` §4.1).
const INNLOGGING_DAGER: (u64, u64) = (5, 60);

/// What follows for `people`, all of one family, who live here now. `town` is the town with them in it.
pub(in crate::town::decide) fn kommer(town: &Town, people: &[PersonKey], origin: OriginKey) -> Vec<Event> {
    let here: Vec<Person<'_>> =
        people.iter().filter_map(|key| town.person_by_key(*key)).filter(Person::is_bosatt).collect();
    let keys: Vec<PersonKey> = here.iter().map(Person::key).collect();
    let mothers = here.iter().find_map(|person| person.mor()?.fastlege());
    let mut events = lege::faar_plass(town, &keys, mothers, origin);
    if town.tid.is_levende() {
        // One after the other: sisters and brothers do not both take the last place of a kindergarten.
        let mut then = town.clone();
        events.iter().for_each(|event| crate::town::apply::apply(&mut then, event));
        for key in keys {
            let (PersonKey::World(own), Some(person)) = (key, then.person_by_key(key)) else { continue };
            let more = settles(&person, own);
            more.iter().for_each(|event| crate::town::apply::apply(&mut then, event));
            events.extend(more);
        }
    }
    events
}

fn settles(person: &Person<'_>, origin: OriginKey) -> Vec<Event> {
    let years = plasser::fyller(person);
    let mut stream = stream(person.town(), origin, "liv/nykommer");
    let in_kindergarten = stream.uniform(1000) < arbeidstabeller().i_barnehage(years);
    match age(person) {
        _ if person.is_newborn() => Vec::new(),
        VOKSEN.. => grown_up(person, origin),
        _ if years > 6 || years == 6 && is_school_year(person) => plasser::paa_skole(person),
        _ if in_kindergarten => plasser::i_barnehage(person),
        _ => Vec::new(),
    }
}

/// Whether the school year that begins this year has begun.
fn is_school_year(person: &Person<'_>) -> bool {
    let day = person.town().now().dato();
    (day.month(), day.day()) >= (8, 17)
}

/// Education and work like somebody of the same sex and age.
fn grown_up(person: &Person<'_>, origin: OriginKey) -> Vec<Event> {
    let town = person.town();
    let mut stream = stream(town, origin, "liv/voksen");
    let alder = age(person);
    let peers = town.base.oppslag().jevngamle(person.kjoenn(), alder);
    let model = (!peers.is_empty()).then(|| peers[stream.index(peers.len())] as usize);
    let columns = &town.base.personer;
    let utdanning = model.map_or(Utdanning::Grunnskole, |row| columns.utdanning[row]);
    let status = model.map_or(Arbeidsmarked::Utenfor, |row| columns.arbeidsmarked[row]);
    let mut events = Vec::new();
    if utdanning > Utdanning::Grunnskole {
        events.push(Event::Hverdag(HverdagEvent::Utdanning { person: person.key(), utdanning }));
    }
    let from_abroad = person.foedeland() != Landkode::NOR;
    let works = matches!(status, Arbeidsmarked::Sysselsatt | Arbeidsmarked::Arbeidsledig);
    let finds_at_once = !from_abroad || stream.uniform(1000) < MED_ARBEID;
    if works && finds_at_once {
        // The education counts for which job it is.
        let mut then = town.clone();
        events.iter().for_each(|event| crate::town::apply::apply(&mut then, event));
        if let Some(then) = then.person_by_key(person.key()) {
            events.extend(arbeid::begynner(&then, origin));
        }
    } else if works {
        let days = LETER_DAGER.0 + stream.uniform(LETER_DAGER.1);
        oppfoelging::ny_jobb(&mut events, town, person.key(), days, origin.child("ny jobb", 0));
    } else if matches!(status, Arbeidsmarked::Ufoer | Arbeidsmarked::Alderspensjonist) && !from_abroad {
        let fra = super::today(town);
        events.push(Event::Hverdag(HverdagEvent::Arbeidsmarked { person: person.key(), status, fra }));
    }
    if alder >= KONTAKTALDER && stream.uniform(1000) >= arbeidstabeller().kontakt(alder).uregistrert {
        if from_abroad {
            let days = INNLOGGING_DAGER.0 + stream.uniform(INNLOGGING_DAGER.1);
            oppfoelging::innlogging(&mut events, town, person.key(), days, origin.child("kontakt", 0));
        } else {
            events.extend(kontakt::registrerer(person, origin));
        }
    }
    events
}
