//! A new citizenship (`specs/folkeregister.md` §21).

use super::utkast::Utkast;
use super::{Cause, Refusal, somebody};
use crate::town::event::Event;
use crate::town::model::{Entry, Fact, Hendelsestype, Landkode, PersonKey};
use crate::town::state::Town;

/// Decides that `key` is a citizen of `land` from today, beside the others when `beholder`: two are allowed since 2020
/// (Citizenship Act).
pub(super) fn decide(
    town: &Town,
    key: PersonKey,
    land: Landkode,
    beholder: bool,
    cause: &Cause,
) -> Result<Vec<Event>, Refusal> {
    let person = somebody(town, key)?;
    let name = person.navn().full();
    if person.is_doed() {
        return Err(Refusal::new("dead", format!("{name} is dead")));
    }
    if !land.is_kjent() {
        return Err(Refusal::new("country", format!("there is no country `{}`", land.as_str())));
    }
    let current: Vec<Entry> = person
        .entries()
        .into_iter()
        .filter(|entry| entry.is_gjeldende() && matches!(entry.fact, Fact::Statsborgerskap(_)))
        .collect();
    if current.iter().any(|entry| entry.fact == Fact::Statsborgerskap(land)) {
        return Err(Refusal::new("same_citizenship", format!("{name} is a citizen of {} already", land.as_str())));
    }
    let mut utkast = Utkast::new(town, cause, "folkeregistermyndigheten", "Statsborgerskap");
    // A stateless person keeps nothing.
    let keeps = |entry: &Entry| beholder && entry.fact != Fact::Statsborgerskap(Landkode::STATSLOES);
    let mut changes: Vec<_> =
        current.into_iter().filter(|entry| !keeps(entry)).map(|old| utkast.avslutt(old)).collect();
    changes.push(utkast.ny(key, Fact::Statsborgerskap(land)));
    utkast.registrer(key, Hendelsestype::EndringIStatsborgerskap, changes);
    Ok(utkast.events)
}
