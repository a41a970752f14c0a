//! People who have just come: born, or moved here. They get a doctor, and where background life goes on a school, an
//! education, work and an entry in the contact register, as people of their age here have.

use super::super::oppfoelging;
use super::super::skjer::Skjer;
use super::{age, arbeid, kontakt, lege, plasser, stream};
use crate::base::{OriginKey, Stream};
use crate::town::apply::HverdagEvent;
use crate::town::derive::liv::arbeid::{KONTAKTALDER, arbeidstabeller};
use crate::town::event::Event;
use crate::town::model::{Arbeidsmarked, Landkode, PersonKey, Utdanning};
use crate::town::state::Person;

/// Youngest with an education and a place in the labour market.
const VOKSEN: usize = 16;
/// Of a thousand grown-ups from abroad those who have work when they come, and days until the others find it.
const MED_ARBEID: u64 = 400;
const LETER_DAGER: (u64, u64) = (60, 700);
/// Days until who comes from abroad logs in for the first time (`specs/life-events.md` §4.1).
const INNLOGGING_DAGER: (u64, u64) = (5, 60);

/// What follows for `people`, all of one family, who live here now: in the town of `skjer`.
pub(in crate::town::decide) fn kommer(skjer: &mut Skjer<'_>, people: &[PersonKey], origin: OriginKey) {
    let town = &*skjer.town;
    let here: Vec<Person<'_>> =
        people.iter().filter_map(|key| town.person_by_key(*key)).filter(Person::is_bosatt).collect();
    let keys: Vec<PersonKey> = here.iter().map(Person::key).collect();
    let mothers = here.iter().find_map(|person| person.mor()?.fastlege());
    let doctor = lege::faar_plass(town, &keys, mothers, origin);
    skjer.skje(doctor);
    if skjer.town.tid.is_levende() {
        // One after the other: sisters and brothers do not both take the last place of a kindergarten.
        for key in keys {
            if let PersonKey::World(own) = key {
                settles(skjer, key, own);
            }
        }
    }
}

fn settles(skjer: &mut Skjer<'_>, key: PersonKey, origin: OriginKey) {
    let Some(person) = skjer.town.person_by_key(key) else { return };
    let years = plasser::fyller(&person);
    let mut stream = stream(skjer.town, origin, "liv/nykommer");
    let in_kindergarten = stream.uniform(1000) < arbeidstabeller().i_barnehage(years);
    let place = match age(&person) {
        _ if person.is_newborn() => Vec::new(),
        VOKSEN.. => return grown_up(skjer, key, origin),
        _ if years > 6 || years == 6 && is_school_year(&person) => plasser::paa_skole(&person),
        _ if in_kindergarten => plasser::i_barnehage(&person),
        _ => Vec::new(),
    };
    skjer.skje(place);
}

/// Whether the school year that begins this year has begun.
fn is_school_year(person: &Person<'_>) -> bool {
    let day = person.town().now().dato();
    (day.month(), day.day()) >= (8, 17)
}

/// Education and work like somebody of the same sex and age.
fn grown_up(skjer: &mut Skjer<'_>, key: PersonKey, origin: OriginKey) {
    let Some(person) = skjer.town.person_by_key(key) else { return };
    let (alder, from_abroad) = (age(&person), person.foedeland() != Landkode::NOR);
    let mut stream = stream(skjer.town, origin, "liv/voksen");
    let (utdanning, status) = as_a_peer(&person, alder, &mut stream);
    if utdanning > Utdanning::Grunnskole {
        // The education counts for which job it is.
        skjer.skje(vec![Event::Hverdag(HverdagEvent::Utdanning { person: key, utdanning })]);
    }
    let works = matches!(status, Arbeidsmarked::Sysselsatt | Arbeidsmarked::Arbeidsledig);
    let finds_at_once = !from_abroad || stream.uniform(1000) < MED_ARBEID;
    let has_pension = matches!(status, Arbeidsmarked::Ufoer | Arbeidsmarked::Alderspensjonist);
    let mut work = Vec::new();
    if works && finds_at_once {
        work.extend(skjer.town.person_by_key(key).into_iter().flat_map(|person| arbeid::begynner(&person, origin)));
    } else if works {
        let days = LETER_DAGER.0 + stream.uniform(LETER_DAGER.1);
        oppfoelging::ny_jobb(&mut work, skjer.town, key, days, origin.child("ny jobb", 0));
    } else if has_pension && !from_abroad {
        let fra = super::today(skjer.town);
        work.push(Event::Hverdag(HverdagEvent::Arbeidsmarked { person: key, status, fra }));
    }
    skjer.skje(work);
    if alder >= KONTAKTALDER && stream.uniform(1000) >= arbeidstabeller().kontakt(alder).uregistrert {
        let mut entry = Vec::new();
        if from_abroad {
            let days = INNLOGGING_DAGER.0 + stream.uniform(INNLOGGING_DAGER.1);
            oppfoelging::innlogging(&mut entry, skjer.town, key, days, origin.child("kontakt", 0));
        } else if let Some(person) = skjer.town.person_by_key(key) {
            entry = kontakt::registrerer(&person, origin);
        }
        skjer.skje(entry);
    }
}

/// Education and place in the labour market of somebody of the same sex and age as `person`.
fn as_a_peer(person: &Person<'_>, alder: usize, stream: &mut Stream) -> (Utdanning, Arbeidsmarked) {
    let base = &person.town().base;
    let peers = base.oppslag().jevngamle(person.kjoenn(), alder);
    let model = (!peers.is_empty()).then(|| peers[stream.index(peers.len())] as usize);
    model.map_or((Utdanning::Grunnskole, Arbeidsmarked::Utenfor), |row| {
        (base.personer.utdanning[row], base.personer.arbeidsmarked[row])
    })
}
