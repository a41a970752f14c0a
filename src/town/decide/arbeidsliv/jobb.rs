//! Jobs lost and taken by hand.

use super::super::hverdag::arbeid::{self, Stilling};
use super::super::{Cause, Refusal};
use super::{NyStilling, enhet};
use crate::town::event::Event;
use crate::town::model::{Arbeidsmarked, VirksomhetId};
use crate::town::state::{Person, Town};

/// Ages of people with a job (`specs/population.md` §16.6, 39).
const ALDRE: std::ops::RangeInclusive<i32> = 13..=75;

/// All jobs of `person` are lost.
pub(super) fn mistes(person: &Person<'_>, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    if person.jobber().is_empty() && person.arbeidsmarked() != Arbeidsmarked::Sysselsatt {
        return Err(Refusal::new("no_job", format!("{} has no work to lose", person.navn().full())));
    }
    Ok(arbeid::mister(person, cause.origin))
}

/// `person` begins in the job `wanted`; what is not said of it is as in a job like it.
pub(super) fn begynner(person: &Person<'_>, wanted: &NyStilling, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let (town, name) = (person.town(), person.navn().full());
    if !ALDRE.contains(&person.alder()) {
        return Err(Refusal::new("age", format!("{name} is {} years old", person.alder())));
    }
    let held: Vec<VirksomhetId> = person.jobber().iter().map(|job| job.virksomhet).collect();
    let at = wanted.virksomhet.map(|orgnr| arbeidssted(town, enhet(town, orgnr)?)).transpose()?;
    if at.is_some_and(|unit| held.contains(&unit)) {
        return Err(Refusal::new("has_job", format!("{name} works there already")));
    }
    let like = arbeid::forbilde(person, at, &held, cause.origin);
    let none = || {
        let reason = "there is no job like it here: say `virksomhet`, `yrke`, `stillingsprosent` and `maanedsloenn`";
        Refusal::new("no_job", reason)
    };
    let unit = at.or_else(|| like.as_ref().map(|like| like.enhet)).ok_or_else(none)?;
    let stilling = Stilling {
        virksomhet: town.virksomhet(unit).orgnr,
        enhet: unit,
        yrke: wanted.yrke.or_else(|| like.as_ref().map(|like| like.yrke)).ok_or_else(none)?,
        stillingsprosent: percent(wanted, like.as_ref()).ok_or_else(none)?,
        maanedsloenn: wage(wanted, like.as_ref()).ok_or_else(none)?,
    };
    let mut events = if wanted.i_tillegg { Vec::new() } else { arbeid::slutter(person) };
    events.push(arbeid::begins(town, person.key(), &stilling));
    if person.arbeidsmarked() != Arbeidsmarked::Sysselsatt {
        events.push(arbeid::becomes(town, person.key(), Arbeidsmarked::Sysselsatt));
    }
    Ok(events)
}

fn percent(wanted: &NyStilling, like: Option<&Stilling>) -> Option<u8> {
    wanted.stillingsprosent.or_else(|| like.map(|like| like.stillingsprosent))
}

/// The wage said, or that of the job it is like, for as much of full time as it is to be.
fn wage(wanted: &NyStilling, like: Option<&Stilling>) -> Option<u32> {
    let by_part = |like: &Stilling| {
        let part = u64::from(wanted.stillingsprosent.unwrap_or(like.stillingsprosent));
        let wage = u64::from(like.maanedsloenn) * part / u64::from(like.stillingsprosent.max(1)) / 10 * 10;
        u32::try_from(wage).unwrap_or(u32::MAX).max(10)
    };
    wanted.maanedsloenn.or_else(|| like.map(by_part))
}

/// The sub-unit in which a job at `unit` sits.
fn arbeidssted(town: &Town, unit: VirksomhetId) -> Result<VirksomhetId, Refusal> {
    let name = town.enhetsnavn(unit);
    if !town.is_i_drift(unit) {
        return Err(Refusal::new("not_in_business", format!("{name} is not in business")));
    }
    if town.virksomhet(unit).form.is_underenhet() {
        return Ok(unit);
    }
    let open = town.underenheter_av(unit).into_iter().find(|sub| town.is_i_drift(*sub));
    open.ok_or_else(|| Refusal::new("no_sub_unit", format!("{name} has no sub-unit to work in")))
}
