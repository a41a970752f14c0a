//! The basis of everybody's identity checked anew, in one command: a flood in the event feed.

use std::sync::Arc;

use super::{Cause, Refusal};
use crate::town::event::{Event, FolkEvent};
use crate::town::model::{DayNo, Identitetsflom, Identitetsgrunnlagstatus, PersonKey, Personstatus, UNIK_FRA};
use crate::town::state::{Person, Town};

/// Source of the changes.
const KILDE: &str = "FREG automatisk";
/// Reason of the changes.
const AARSAK: &str = "Patch";

/// Decides the flood: everybody who is resident in the country and does not have the best status the register knows on
/// that day gets it, the first `antall` in the order of the register.
pub(super) fn decide(town: &Town, antall: Option<u32>, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let gyldig_fra = DayNo::of(town.now().dato());
    let status =
        if gyldig_fra < UNIK_FRA { Identitetsgrunnlagstatus::Kontrollert } else { Identitetsgrunnlagstatus::Unik };
    let wanted = antall.map_or(usize::MAX, |antall| usize::try_from(antall).unwrap_or(usize::MAX));
    let lacks =
        |person: &Person<'_>| person.status() == Personstatus::Bosatt && person.identitetsgrunnlag() != Some(status);
    let (mut base, mut verden): (Vec<(u32, u32)>, Vec<_>) = (Vec::new(), Vec::new());
    for person in town.people().filter(lacks).take(wanted) {
        match (person.key(), base.last_mut()) {
            (PersonKey::World(origin), _) => verden.push(origin),
            (PersonKey::Base(row), Some((first, count))) if *first + *count == row => *count += 1,
            (PersonKey::Base(row), _) => base.push((row, 1)),
        }
    }
    if base.is_empty() && verden.is_empty() {
        let reason = format!("everybody resident has the status `{}` already, or nobody was asked for", status.code());
        return Err(Refusal::new("nobody_to_check", reason));
    }
    verden.sort_unstable();
    let flom = Identitetsflom {
        origin: cause.origin,
        registrert: town.now(),
        gyldig_fra,
        kilde: KILDE.into(),
        aarsak: AARSAK.into(),
        status,
        base,
        verden,
    };
    Ok(vec![Event::Folk(FolkEvent::Identitetsgrunnlag(Arc::new(flom)))])
}
