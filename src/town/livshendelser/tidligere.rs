//! Which earlier life event a correction or an annulment is of (`specs/experience.md` §10.8).

use crate::town::Refusal;
use crate::town::event::{Event, FolkEvent};
use crate::town::model::{Hendelsesart, PersonKey, Registrering};
use crate::town::state::Town;

/// How the number of a log item is written where a life event is asked for whom it is of: `#42`.
#[must_use]
pub fn logg_nummer(of: &str) -> Option<u64> {
    let digits = of.strip_prefix('#')?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Whom the life event in `events`, those of one log item of this world, was of, and what it was. It must be the last of
/// its kind of that person, as only that can be taken back.
///
/// # Errors
/// [`Refusal`] when there is no such event there, or more than one, or it is not the last or has been annulled.
pub fn tidligere(town: &Town, events: &[Event]) -> Result<(PersonKey, Hendelsesart), Refusal> {
    let mut changes: Vec<&Registrering> = Vec::new();
    let mut found: Vec<(PersonKey, Hendelsesart, Option<&Registrering>)> = Vec::new();
    for event in events {
        let (person, art, rader) = match event {
            Event::Folk(FolkEvent::Registrert(change)) => {
                changes.push(change);
                continue;
            }
            Event::Folk(FolkEvent::Livshendelse(spor)) => (spor.person, spor.art, spor.rader),
            Event::Folk(FolkEvent::Flyttespor(spor)) => (spor.person, spor.art, spor.rader),
            _ => continue,
        };
        let first = changes.len().checked_sub(usize::from(rader)).and_then(|place| changes.get(place).copied());
        found.push((person, art, first));
    }
    let [(person, art, first)] = found.as_slice() else {
        return Err(if found.is_empty() {
            Refusal::new("no_such_event", "that log item is no life event that can be corrected or annulled")
        } else {
            Refusal::new("several_events", "that log item holds several life events: say whom and which kind")
        });
    };
    let spor = town.folk.spor.get(&(*person, *art));
    let detail = || format!("that `{}` has been annulled already", art.code());
    let spor = spor.ok_or_else(|| Refusal::new("no_such_event", detail()))?;
    if town.folk.feed.get(spor.rad).map(AsRef::as_ref) != *first {
        let detail = format!("a later `{}` of the same person stands in its place", art.code());
        return Err(Refusal::new("changed_since", detail));
    }
    Ok((*person, *art))
}
