//! Decisions on the clock.

use super::skjer::Vedtak;
use super::{Cause, Refusal, levering, liv, oppfoelging, post};
use crate::clock::{Instant, Mode};
use crate::town::event::{Event, TidEvent};
use crate::town::state::{Due, DueKey, Lodd, Town};

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
pub(super) fn decide(town: &Town, command: &TidCommand, cause: &Cause) -> Result<Vedtak, Refusal> {
    let event = match command {
        TidCommand::TaOpp(key) => return take_up(town, key, liv::under(town, key), cause),
        TidCommand::Naa(instant) if *instant < town.now() => {
            let at = town.now();
            let detail =
                format!("the clock stands at {at} and never goes backwards; fork from an earlier point instead");
            return Err(Refusal::new("clock_backwards", detail));
        }
        TidCommand::Takt(promille) if !RATES.contains(promille) => {
            let (least, most) = (RATES.start(), RATES.end());
            let detail = format!("a rate of {promille} thousandths is not between {least} and {most}");
            return Err(Refusal::new("clock_rate", detail));
        }
        // The item that stood at this instant has said it already.
        TidCommand::Naa(instant) => (*instant != town.now()).then_some(TidEvent::Naadd(*instant)),
        TidCommand::Modus(mode) => (*mode != town.tid.mode).then_some(TidEvent::Modus(*mode)),
        TidCommand::Takt(promille) => (*promille != town.tid.takt).then_some(TidEvent::Takt(*promille)),
        TidCommand::Liv(goes_on) => (*goes_on != town.tid.liv).then_some(TidEvent::Liv(*goes_on)),
    };
    Ok(event.map(Event::Tid).into_iter().collect::<Vec<_>>().into())
}

/// Takes up the item under `key`: of the queue, or the candidate `lodd`, which has that key.
pub(super) fn take_up(town: &Town, key: &DueKey, lodd: Option<Lodd>, cause: &Cause) -> Result<Vedtak, Refusal> {
    let due = town.tid.queue.get(key);
    let [reached, taken] = [TidEvent::Naadd(key.at.max(town.now())), TidEvent::TattOpp(*key)].map(Event::Tid);
    // The item decides on the instant it is due at.
    let mut then = town.clone();
    super::super::apply::apply(&mut then, &reached);
    let Vedtak { events: follows, etterpaa } = match (due, lodd) {
        (Some(Due::Post(due)), _) => post::decide_due(&then, due, cause).into(),
        (Some(Due::Levering(due)), _) => levering::decide_due(&then, *due).into(),
        (Some(Due::Folk(due)), _) => oppfoelging::decide_due(&then, *due, cause).into(),
        (None, Some(lodd)) => {
            let happened = liv::happens(&then, &lodd, cause);
            // What does not happen is no event (`specs/core.md` §4).
            if happened.events.is_empty() {
                return Err(Refusal::new(liv::LAPSED, "nothing comes of it"));
            }
            happened
        }
        (None, None) => return Err(Refusal::new("not_due", "this item has been taken up already")),
    };
    let mut events = Vec::with_capacity(follows.len() + 2);
    events.extend([reached, taken]);
    events.extend(follows);
    Ok(Vedtak { events, etterpaa })
}
