//! The change lists of the tax administration (`specs/folkeregister.md` §19.4): who has a new draft, a new settlement, or
//! newly reported wages, in order of time, each with a number.
//!
//! A list is derived from incomes, jobs and the calendar at the town's instant. It reaches back twelve months before the
//! town's first day, as the population register's feed does, and grows at its end only, so that a number stays with its
//! item. Numbers have gaps, as the real ones have.

use jiff::ToSpan;

use super::inntekt::{self, Inntektsleser};
use super::maanedsinntekt::{self, Maaned};
use super::model::PersonId;
use super::skattegrunnlag::Tidspunkter;
use super::state::Town;
use crate::base::keyed_hash;
use crate::clock::Instant;

/// Numbers from one item to the next, on the whole.
const STEG: u64 = 11;

/// Which list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Liste {
    /// Drafts.
    Utkast,
    /// Settlements.
    Oppgjoer,
    /// Reported wages.
    Inntekt,
}

/// An item of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hendelse {
    /// Its number.
    pub sekvensnummer: u64,
    /// Whom it is about.
    pub person: PersonId,
    /// Income year.
    pub aar: i16,
    /// When it was registered.
    pub registrert: Instant,
}

/// The number of the item at `place`.
fn nummer(town: &Town, place: usize) -> u64 {
    let place = u64::try_from(place).unwrap_or(u64::MAX / STEG);
    let seed = town.base.header.seed.0.to_be_bytes();
    place * STEG + 1 + keyed_hash("skatt/sekvens", &[&seed, &place.to_be_bytes()]).word() % (STEG - 2)
}

/// The first place whose number is not below `fra`.
fn plass(town: &Town, fra: u64, len: usize) -> usize {
    let guess = usize::try_from(fra / STEG).unwrap_or(usize::MAX).min(len);
    let from = guess.saturating_sub(1);
    (from..len).find(|place| nummer(town, *place) >= fra).unwrap_or(len)
}

/// Twelve months before the town's first day.
fn begynner(town: &Town) -> Instant {
    let start = town.base.header.start.dato();
    Instant::midnight(start.checked_sub(12.months()).unwrap_or(start))
}

/// The whole list at the town's instant: when, whom, which year, in order.
fn alle(town: &Town, liste: Liste) -> Vec<(Instant, PersonId, i16)> {
    let (from, now) = (begynner(town), town.now());
    let mut rows = match liste {
        Liste::Inntekt => rapporter(town, from, now),
        Liste::Utkast | Liste::Oppgjoer => skatt(town, liste, from, now),
    };
    rows.sort_unstable();
    rows
}

fn skatt(town: &Town, liste: Liste, from: Instant, now: Instant) -> Vec<(Instant, PersonId, i16)> {
    let years = inntekt::aar(town);
    // A settlement comes within sixteen months of the year's end.
    let first = (from.dato().year() - 2).max(years.start);
    let reader = Inntektsleser::ny(town, first..years.end);
    let mut rows = Vec::new();
    for person in town.people() {
        for row in reader.rader(&person) {
            let aar = row.aar.cast_signed();
            let times = Tidspunkter::av(&person, aar);
            let at = if liste == Liste::Utkast { times.utkast } else { times.oppgjoer };
            if from <= at && at <= now {
                rows.push((at, person.id, aar));
            }
        }
    }
    rows
}

fn rapporter(town: &Town, from: Instant, now: Instant) -> Vec<(Instant, PersonId, i16)> {
    let mut rows = Vec::new();
    let (first, last) = (Maaned::of(from), Maaned::of(now));
    for person in town.people() {
        for oppgave in maanedsinntekt::av(&person, first, last) {
            if from <= oppgave.rapportert {
                rows.push((oppgave.rapportert, person.id, oppgave.maaned.aar));
            }
        }
    }
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// At most `antall` items of `liste` from number `fra` on.
#[must_use]
pub fn les(town: &Town, liste: Liste, fra: u64, antall: usize) -> Vec<Hendelse> {
    let all = alle(town, liste);
    let from = plass(town, fra, all.len());
    let page = all.iter().enumerate().skip(from).take(antall);
    page.map(|(place, &(registrert, person, aar))| Hendelse {
        sekvensnummer: nummer(town, place),
        person,
        aar,
        registrert,
    })
    .collect()
}

/// The number of the first item of `liste` at or after `fra`; `None` when there is none.
#[must_use]
pub fn start(town: &Town, liste: Liste, fra: Instant) -> Option<u64> {
    let all = alle(town, liste);
    let place = all.partition_point(|row| row.0 < fra);
    (place < all.len()).then(|| nummer(town, place))
}

#[cfg(test)]
mod tests;
