//! Work: who takes a job where, changes it, loses it, leaves work; educations that are completed.
//!
//! A job is a place somebody of the same sex, age and education had on the town's first day: so occupations, employers,
//! hours and wages stay as they were dealt. Where that employer is gone, a firm founded since takes its place.

use super::super::Cause;
use super::super::oppfoelging;
use super::{age, stream, today};
use crate::base::{Kjoenn, Orgnummer, OriginKey, Stream};
use crate::town::apply::HverdagEvent;
use crate::town::derive::liv::arbeid::{TIDLIG_PENSJON, arbeidstabeller};
use crate::town::event::Event;
use crate::town::model::{Arbeidsmarked, PersonKey, Utdanning, VirksomhetId};
use crate::town::state::{Person, Town};

/// Places looked at for each kind of people before the next kind's are.
const FORSOEK: usize = 8;
/// Youngest who lives off an own business, and who has a second job.
const SELVSTENDIG_FRA: usize = 20;
const BISTILLING_FRA: usize = 18;
/// Second jobs are small: per cent of full time.
const BISTILLING: [u8; 6] = [5, 10, 10, 15, 20, 25];
/// Age from which who stops working has a pension.
const PENSJONSALDER: usize = 67;
/// Days somebody is out of work, at least and beyond that.
const LEDIG_DAGER: (u64, u64) = (20, 380);
/// Wages of one place differ by so many per thousand around that of who had it first.
const LOENN: (u64, u64) = (950, 101);

/// A job to be had.
pub(in crate::town::decide) struct Stilling {
    pub(in crate::town::decide) virksomhet: Orgnummer,
    pub(in crate::town::decide) enhet: VirksomhetId,
    pub(in crate::town::decide) yrke: u16,
    pub(in crate::town::decide) stillingsprosent: u8,
    pub(in crate::town::decide) maanedsloenn: u32,
}

/// A job as one ordered by hand is like: one of those in the sub-unit `at`, or one for `person` outside the units `ikke`.
pub(in crate::town::decide) fn forbilde(
    person: &Person<'_>,
    at: Option<VirksomhetId>,
    ikke: &[VirksomhetId],
    origin: OriginKey,
) -> Option<Stilling> {
    let town = person.town();
    let mut stream = stream(town, origin, "liv/stilling");
    let there: Vec<usize> = at.into_iter().flat_map(|unit| town.base.oppslag().jobber_i(unit)).collect();
    if there.is_empty() {
        return stilling(town, person, ikke, &mut stream);
    }
    let model = town.base.arbeidsforhold[there[stream.index(there.len())]];
    Some(Stilling {
        virksomhet: town.virksomhet(model.virksomhet).orgnr,
        enhet: model.virksomhet,
        yrke: model.yrke,
        stillingsprosent: model.stillingsprosent,
        maanedsloenn: model.maanedsloenn,
    })
}

/// A job for `person` outside the units `ikke`.
fn stilling(town: &Town, person: &Person<'_>, ikke: &[VirksomhetId], stream: &mut Stream) -> Option<Stilling> {
    let (kjoenn, alder, utdanning) = (person.kjoenn(), age(person), person.utdanning());
    let other = if kjoenn == Kjoenn::Kvinne { Kjoenn::Mann } else { Kjoenn::Kvinne };
    let below = Utdanning::ALL[(utdanning as usize).saturating_sub(1)];
    let kinds = [(kjoenn, utdanning), (kjoenn, below), (other, utdanning), (kjoenn, Utdanning::Grunnskole)];
    for (kjoenn, utdanning) in kinds {
        let jobs = town.base.oppslag().jobber(kjoenn, alder, utdanning);
        for _ in 0..FORSOEK {
            if jobs.is_empty() {
                break;
            }
            let model = town.base.arbeidsforhold[jobs[stream.index(jobs.len())] as usize];
            let (word, wage) = (stream.word(), stream.uniform(LOENN.1));
            let enhet =
                if town.is_i_drift(model.virksomhet) { Some(model.virksomhet) } else { in_a_new_firm(town, word) };
            let Some(enhet) = enhet.filter(|enhet| !ikke.contains(enhet)) else { continue };
            let maanedsloenn = u64::from(model.maanedsloenn) * (LOENN.0 + wage) / 1000 / 10 * 10;
            return Some(Stilling {
                virksomhet: town.virksomhet(enhet).orgnr,
                enhet,
                yrke: model.yrke,
                stillingsprosent: model.stillingsprosent,
                maanedsloenn: u32::try_from(maanedsloenn).unwrap_or(u32::MAX).max(10),
            });
        }
    }
    None
}

/// A unit founded here that looks for people: the one whose number comes next after a drawn one.
fn in_a_new_firm(town: &Town, word: u64) -> Option<VirksomhetId> {
    let open = &town.virksomheter.med_plass;
    let body = 32_000_000 + u32::try_from(word % 8_000_000).expect("below eight million");
    let from = (body..40_000_000).find_map(Orgnummer::compose)?;
    open.get_next(&from).or_else(|| open.get_min().map(|(orgnr, id)| (orgnr, id))).map(|(_, id)| *id)
}

pub(in crate::town::decide) fn begins(town: &Town, person: PersonKey, job: &Stilling) -> Event {
    Event::Hverdag(HverdagEvent::Jobb {
        person,
        virksomhet: job.virksomhet,
        yrke: job.yrke,
        stillingsprosent: job.stillingsprosent,
        maanedsloenn: job.maanedsloenn,
        fra: today(town),
    })
}

pub(in crate::town::decide) fn becomes(town: &Town, person: PersonKey, status: Arbeidsmarked) -> Event {
    Event::Hverdag(HverdagEvent::Arbeidsmarked { person, status, fra: today(town) })
}

/// The ends of all jobs of `person`, today.
pub(in crate::town::decide) fn slutter(person: &Person<'_>) -> Vec<Event> {
    let town = person.town();
    let end = |job: crate::town::model::ArbeidsforholdRow| {
        let virksomhet = town.virksomhet(job.virksomhet).orgnr;
        Event::Hverdag(HverdagEvent::Jobbslutt { person: person.key(), virksomhet, fra: job.fra, til: today(town) })
    };
    person.uavsluttede_jobber().into_iter().map(end).collect()
}

/// Somebody takes up work, or changes to another: what they have ends. Nothing when there is no job for them.
fn works(person: &Person<'_>, origin: OriginKey) -> Vec<Event> {
    let town = person.town();
    let mut stream = stream(town, origin, "liv/jobb");
    let tables = arbeidstabeller();
    let alder = age(person);
    let has = person.jobber();
    let mut before: Vec<VirksomhetId> = has.iter().map(|job| job.virksomhet).collect();
    let mut events = slutter(person);
    let own_business = stream.uniform(1000) < tables.andel("self_employed") && alder >= SELVSTENDIG_FRA;
    if !own_business {
        let Some(job) = stilling(town, person, &before, &mut stream) else { return Vec::new() };
        events.push(begins(town, person.key(), &job));
        before.push(job.enhet);
        if stream.uniform(1000) < tables.andel("more_than_one_job")
            && alder >= BISTILLING_FRA
            && let Some(second) = stilling(town, person, &before, &mut stream)
        {
            events.push(begins(town, person.key(), &small(second, &mut stream)));
        }
    }
    if person.arbeidsmarked() != Arbeidsmarked::Sysselsatt {
        events.push(becomes(town, person.key(), Arbeidsmarked::Sysselsatt));
    }
    events
}

/// The same work for a few hours.
fn small(job: Stilling, stream: &mut Stream) -> Stilling {
    let percent = BISTILLING[stream.index(BISTILLING.len())].min(job.stillingsprosent);
    let wage = u64::from(job.maanedsloenn) * u64::from(percent) / u64::from(job.stillingsprosent.max(1));
    let maanedsloenn = u32::try_from(wage / 10 * 10).unwrap_or(u32::MAX).max(10);
    Stilling { stillingsprosent: percent, maanedsloenn, ..job }
}

/// Somebody takes up work.
pub(in crate::town::decide) fn begynner(person: &Person<'_>, origin: OriginKey) -> Vec<Event> {
    works(person, origin)
}

/// Somebody who works changes job.
pub(in crate::town::decide) fn bytter(person: &Person<'_>, origin: OriginKey) -> Vec<Event> {
    works(person, origin)
}

/// Somebody leaves the labour force: for a pension, for disability benefit, or for something else.
pub(in crate::town::decide) fn gaar_av(person: &Person<'_>, origin: OriginKey) -> Vec<Event> {
    let town = person.town();
    let mut stream = stream(town, origin, "liv/går av");
    let (alder, tables) = (age(person), arbeidstabeller());
    let (early, benefit) = (stream.uniform(1000), stream.uniform(1000));
    let status = match alder {
        PENSJONSALDER.. => Arbeidsmarked::Alderspensjonist,
        TIDLIG_PENSJON.. if early < tables.andel("early_pension_62_66") => Arbeidsmarked::Alderspensjonist,
        _ if benefit < tables.til_ufoer(alder) => Arbeidsmarked::Ufoer,
        _ => Arbeidsmarked::Utenfor,
    };
    let mut events = slutter(person);
    events.push(becomes(town, person.key(), status));
    events
}

/// Somebody loses their work and will look for another.
pub(in crate::town::decide) fn mister(person: &Person<'_>, origin: OriginKey) -> Vec<Event> {
    let town = person.town();
    let mut events = slutter(person);
    if age(person) >= PENSJONSALDER {
        events.push(becomes(town, person.key(), Arbeidsmarked::Alderspensjonist));
        return events;
    }
    events.push(becomes(town, person.key(), Arbeidsmarked::Arbeidsledig));
    let origin = OriginKey::of("liv/ny jobb", &[&origin.0.to_be_bytes(), &person.key().bytes()]);
    // Only background life finds work by itself.
    if town.tid.is_levende() {
        let days = LEDIG_DAGER.0 + stream(town, origin, "liv/ledig").uniform(LEDIG_DAGER.1);
        oppfoelging::ny_jobb(&mut events, town, person.key(), days, origin);
    }
    events
}

/// Somebody who was out of work, or has just come, finds work: when its time has come.
pub(in crate::town::decide) fn finner(town: &Town, person: PersonKey, cause: &Cause) -> Vec<Event> {
    let Some(person) = town.person_by_key(person).filter(|person| person.is_bosatt() && !person.is_holdt()) else {
        return Vec::new();
    };
    let waits = matches!(person.arbeidsmarked(), Arbeidsmarked::Arbeidsledig | Arbeidsmarked::Utenfor);
    if !town.tid.is_levende() || !waits || age(&person) >= PENSJONSALDER {
        return Vec::new();
    }
    works(&person, cause.origin)
}

/// Somebody completes the next education.
pub(in crate::town::decide) fn fullfoerer(person: &Person<'_>) -> Vec<Event> {
    let next = match person.utdanning() {
        Utdanning::Uoppgitt | Utdanning::Grunnskole => Utdanning::VideregaaendeSkole,
        Utdanning::VideregaaendeSkole => Utdanning::HoeyereKort,
        Utdanning::HoeyereKort | Utdanning::HoeyereLang => Utdanning::HoeyereLang,
    };
    vec![Event::Hverdag(HverdagEvent::Utdanning { person: person.key(), utdanning: next })]
}
