//! Decisions on the clock.

use super::{Cause, Refusal, levering, liv, oppfoelging, post};
use crate::clock::{Instant, Mode};
use crate::town::event::{Event, TidEvent};
use crate::town::state::{Due, DueKey, Town};

/// What can be asked of the clock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TidCommand {
    /// Take up the item under this key; its instant becomes now.
    TaOpp(DueKey),
    /// The clock reaches an instant, with nothing due before it.
    Naa(Instant),
    /// The clock moves another way.
    Modus(Mode),
    /// A running clock goes at this rate, in thousandths of real time.
    Takt(u32),
    /// Background life goes on, or stands still.
    Liv(bool),
}

/// Rates a running clock may have, in thousandths of real time: from one minute in sixteen hours to a year in five
/// minutes. A faster one would be `auto`.
pub const RATES: std::ops::RangeInclusive<u32> = 1..=100_000_000;

/// Decides a step of the clock.
pub(super) fn decide(town: &Town, command: &TidCommand, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    match command {
        TidCommand::TaOpp(key) => take_up(town, key, cause),
        TidCommand::Naa(instant) if *instant < town.now() => Err(Refusal::new(
            "clock_backwards",
            format!("the clock stands at {} and never goes backwards; fork from an earlier point instead", town.now()),
        )),
        // The item that stood at this instant has said it already.
        TidCommand::Naa(instant) if *instant == town.now() => Ok(Vec::new()),
        TidCommand::Naa(instant) => Ok(vec![Event::Tid(TidEvent::Naadd(*instant))]),
        TidCommand::Modus(mode) if *mode == town.tid.mode => Ok(Vec::new()),
        TidCommand::Modus(mode) => Ok(vec![Event::Tid(TidEvent::Modus(*mode))]),
        TidCommand::Takt(promille) if !RATES.contains(promille) => Err(Refusal::new(
            "clock_rate",
            format!("a rate of {promille} thousandths is not between {} and {}", RATES.start(), RATES.end()),
        )),
        TidCommand::Takt(promille) if *promille == town.tid.takt => Ok(Vec::new()),
        TidCommand::Takt(promille) => Ok(vec![Event::Tid(TidEvent::Takt(*promille))]),
        TidCommand::Liv(goes_on) if *goes_on == town.tid.liv => Ok(Vec::new()),
        TidCommand::Liv(goes_on) => Ok(vec![Event::Tid(TidEvent::Liv(*goes_on))]),
    }
}

fn take_up(town: &Town, key: &DueKey, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let due = town.tid.queue.get(key);
    let lodd = if due.is_none() { liv::under(town, key) } else { None };
    if due.is_none() && lodd.is_none() {
        return Err(Refusal::new("not_due", "this item has been taken up already"));
    }
    let mut events = vec![Event::Tid(TidEvent::Naadd(key.at.max(town.now()))), Event::Tid(TidEvent::TattOpp(*key))];
    // The item decides on the instant it is due at.
    let mut then = town.clone();
    super::super::apply::apply(&mut then, &events[0]);
    match (due, lodd) {
        (Some(Due::Post(due)), _) => events.extend(post::decide_due(&then, due, cause)),
        (Some(Due::Levering(due)), _) => events.extend(levering::decide_due(&then, *due)),
        (Some(Due::Folk(due)), _) => events.extend(oppfoelging::decide_due(&then, *due, cause)),
        // What does not happen is no event (`specs/core.md` §4).
        (None, lodd) => match lodd.map(|lodd| liv::happens(&then, &lodd, cause)) {
            Some(happened) if !happened.is_empty() => events.extend(happened),
            _ => return Err(Refusal::new(liv::LAPSED, "nothing comes of it")),
        },
    }
    Ok(events)
}
