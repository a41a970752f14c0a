//! Everyday life: work and education, school and kindergarten, doctors, the first entry in the contact register. What is
//! drawn comes from streams of the event's own cause.

pub(super) mod arbeid;
pub(super) mod kontakt;
pub(super) mod lege;
pub(super) mod nykommere;
pub(super) mod plasser;

use crate::base::{Domain, OriginKey, Purpose, Stream, StreamKey};
use crate::town::model::DayNo;
use crate::town::state::Town;

/// The stream of `origin` for `purpose`.
pub(super) fn stream(town: &Town, origin: OriginKey, purpose: &'static str) -> Stream {
    let header = &town.base.header;
    StreamKey::new(header.seed, header.schema, Domain::Hendelse, Purpose(purpose)).of_origin(origin)
}

/// The virtual day.
pub(super) fn today(town: &Town) -> DayNo {
    DayNo::of(town.now().dato())
}

/// The age of somebody as a place in a table.
pub(super) fn age(person: &crate::town::state::Person<'_>) -> usize {
    usize::try_from(person.alder()).unwrap_or(0)
}
