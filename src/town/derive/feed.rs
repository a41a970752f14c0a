//! The base's part of the event feed.

use rayon::prelude::*;

use super::historikk::{Rad, historikk};
use super::plan::may_have_changed;
use super::tid::{MAX_DAGER, Registertid};
use crate::clock::{Instant, Span};
use crate::town::model::{Base, DayNo, PersonId, Registrering};

/// How far back the feed goes before the first instant (`DESIGN` §9).
const TILBAKE: Span = Span::Calendar { months: 12, days: 0, millis: 0 };

/// The first instant the feed knows of.
pub(super) fn begynner(base: &Base) -> Instant {
    TILBAKE.before(base.header.start)
}

/// Everybody's changes of the last twelve months, in feed order.
pub(super) fn feed(base: &Base) -> Vec<Registrering> {
    let tid = Registertid::new(base);
    let from = begynner(base);
    let since = DayNo(DayNo::of(from.dato()).0 - MAX_DAGER - 1);
    let people: Vec<Vec<Rad>> = (0..base.person_count())
        .into_par_iter()
        .map(|index| {
            let person = PersonId::at(index);
            if !may_have_changed(tid, person, since) {
                return Vec::new();
            }
            let (mut rows, _) = historikk(tid, person);
            rows.retain(|row| row.registrering.registrert >= from);
            rows
        })
        .collect();
    let mut rows: Vec<Rad> = people.into_iter().flatten().collect();
    rows.sort_by_key(|row| (row.registrering.registrert, row.sak, row.rang, row.registrering.person));
    rows.into_iter().map(|row| row.registrering).collect()
}
