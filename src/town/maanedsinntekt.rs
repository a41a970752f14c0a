//! What employers have reported month by month (`specs/folkeregister.md` §19.3): the wages of every job, by the unit that
//! pays.
//!
//! A month is reported in the first days of the next: most employers by the fifth, the others by the tenth, an employer
//! all its wages of a month at once. At the town's instant only what has been reported is known.

use super::derive::Loennsaar;
use super::model::{DayNo, VirksomhetId};
use super::state::{Person, Town};
use crate::base::keyed_hash;
use crate::clock::Instant;

/// Of a thousand reports those that are late.
const SENE: u64 = 60;
/// Last day of the month by which reports are due, and by which the late ones are in.
const FRIST: u64 = 5;
const KOMPLETT: u64 = 10;
/// Below this share of a post, per cent, wages are by the hour.
const TIMELOENN: u8 = 30;
/// Hours of a full month.
const TIMER: u32 = 163;

/// A calendar month.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Maaned {
    /// Year.
    pub aar: i16,
    /// 1 to 12.
    pub maaned: i8,
}

impl Maaned {
    /// Reads `2026-07`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (aar, maaned) = text.split_once('-')?;
        let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(aar, 4) || !digits(maaned, 2) {
            return None;
        }
        let found = Self { aar: aar.parse().ok()?, maaned: maaned.parse().ok()? };
        (1..=12).contains(&found.maaned).then_some(found)
    }

    /// The month `instant` lies in.
    #[must_use]
    pub fn of(instant: Instant) -> Self {
        let dato = instant.dato();
        Self { aar: dato.year(), maaned: dato.month() }
    }

    /// The month after this one.
    #[must_use]
    pub fn neste(self) -> Self {
        match self.maaned {
            12 => Self { aar: self.aar + 1, maaned: 1 },
            maaned => Self { maaned: maaned + 1, ..self },
        }
    }

    /// Months since year 0: for the length of a period.
    #[must_use]
    pub fn nummer(self) -> i32 {
        i32::from(self.aar) * 12 + i32::from(self.maaned)
    }
}

impl std::fmt::Display for Maaned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.aar, self.maaned)
    }
}

/// One employer's wages to one person in a month, from one place of work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Oppgave {
    /// Month.
    pub maaned: Maaned,
    /// The unit that reports.
    pub opplysningspliktig: VirksomhetId,
    /// The place of work.
    pub virksomhet: VirksomhetId,
    /// Kroner.
    pub beloep: u32,
    /// Hours, when wages are by the hour.
    pub timer: Option<u32>,
    /// When it was reported.
    pub rapportert: Instant,
}

/// When `employer` reports `maaned`.
#[must_use]
pub fn rapportert(town: &Town, employer: VirksomhetId, maaned: Maaned) -> Instant {
    let orgnr = town.virksomhet(employer).orgnr.value().to_be_bytes();
    let seed = town.base.header.seed.0.to_be_bytes();
    let draw = keyed_hash("inntekt/rapport", &[&seed, &orgnr, &maaned.nummer().to_be_bytes()]).word();
    let late = draw % 1_000 < SENE;
    let day = if late { FRIST + (draw >> 16) % (KOMPLETT - FRIST) } else { (draw >> 16) % FRIST };
    let neste = maaned.neste();
    let first = DayNo::of(jiff::civil::date(neste.aar, neste.maaned, 1));
    // In office hours, on a whole minute.
    let minutes = 8 * 60 + (draw >> 32) % (8 * 60);
    let millis = i64::try_from(minutes * 60_000).unwrap_or(0);
    Instant::midnight(DayNo(first.0 + i32::try_from(day).unwrap_or(0)).dato()).plus_millis(millis)
}

/// What had been reported about `person` at the town's instant for the months `fra` to `til`, oldest first.
#[must_use]
pub fn av(person: &Person<'_>, fra: Maaned, til: Maaned) -> Vec<Oppgave> {
    let town = person.town();
    let now = town.now();
    let jobs = person.arbeidsforhold();
    let mut found = Vec::new();
    let til = til.min(Maaned::of(now));
    let mut maaned = fra;
    while maaned <= til {
        let year = Loennsaar::ny(maaned.aar, town.base.loennsaar);
        for job in &jobs {
            let beloep = year.maaned(job, usize::from(maaned.maaned.unsigned_abs()));
            if beloep == 0 {
                continue;
            }
            let opplysningspliktig = town.arbeidsgiver(job.virksomhet);
            let rapportert = rapportert(town, opplysningspliktig, maaned);
            if rapportert > now {
                continue;
            }
            let hourly = job.stillingsprosent < TIMELOENN;
            let timer = hourly.then(|| (u32::from(job.stillingsprosent) * TIMER / 100).max(1));
            let virksomhet = job.virksomhet;
            found.push(Oppgave { maaned, opplysningspliktig, virksomhet, beloep, timer, rapportert });
        }
        maaned = maaned.neste();
    }
    found
}

#[cfg(test)]
mod tests;
