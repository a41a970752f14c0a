//! Tags that follow from where people live.

use super::Tags;
use crate::town::model::{BoligId, Merke};

pub(super) fn tag(tags: &mut Tags<'_>) {
    let base = tags.base;
    for person in tags.residents() {
        let spells = base.bosteder_of(person);
        if spells.last().is_some_and(|spell| base.bosteder[spell.index()].bolig == BoligId::NONE) {
            tags.set(person, Merke::UkjentBosted);
        }
    }
}
