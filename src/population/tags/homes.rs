//! Tags that follow from where people live.

use super::Tags;
use crate::town::model::{INGEN_GATE, Merke, Personstatus};

pub(super) fn tag(tags: &mut Tags<'_>) {
    let base = tags.base;
    for person in tags.residents() {
        let Some(spell) = base.bosteder_of(person).last() else { continue };
        match base.bosteder[spell.index()].bolig.some() {
            None => tags.set(person, Merke::UkjentBosted),
            Some(bolig) if base.boliger.gate[bolig.index()] == INGEN_GATE => tags.set(person, Merke::Gaardsadresse),
            Some(_) => {}
        }
    }
    for owner in base.hjemler.iter().filter_map(|row| row.person.some()) {
        if base.personer.status[owner.index()] == Personstatus::Utflyttet {
            tags.set(owner, Merke::UtvandretMedEiendom);
        }
    }
}
