//! Events of the population register.

use std::sync::Arc;

use crate::base::Orgnummer;
use crate::town::event::FolkEvent;
use crate::town::model::{Fact, HusstandId, PersonId, PersonKey, Registrering, fold};
use crate::town::state::{HusstandChanges, PersonChanges, Town};

/// Puts an event of the population register into the town.
pub(super) fn apply(town: &mut Town, event: &FolkEvent) {
    match event {
        FolkEvent::PersonKom { origin, husstand } => {
            let id = PersonId::at(town.person_count());
            let mut changes = PersonChanges::new(PersonKey::World(*origin));
            changes.husstand = *husstand;
            let folk = Arc::make_mut(&mut town.folk);
            folk.people.set(id.index(), Arc::new(changes));
            folk.by_origin.insert(*origin, id);
            folk.newcomers += 1;
            if let Some(husstand) = husstand {
                join(town, *husstand, id);
            }
        }
        FolkEvent::Registrert(change) => register(town, change),
        FolkEvent::Barnehageplass { barn, barnehage, .. } => {
            move_place(town, *barn, *barnehage);
        }
        FolkEvent::Holdt { person, holdt } => edit(town, *person, |changes| changes.holdt = *holdt),
    }
}

/// Changes the row of `key`, beginning it if the person has none yet.
fn edit(town: &mut Town, key: PersonKey, change: impl FnOnce(&mut PersonChanges)) {
    let Some(id) = town.id_of(key) else { return };
    let folk = Arc::make_mut(&mut town.folk);
    let mut row = folk.people.get(id.index()).cloned().unwrap_or_else(|| Arc::new(PersonChanges::new(key)));
    change(Arc::make_mut(&mut row));
    folk.people.set(id.index(), row);
}

/// Gives up the place held before and takes the new one.
fn move_place(town: &mut Town, barn: PersonKey, barnehage: Option<Orgnummer>) {
    let Some(before) = town.person_by_key(barn).map(|child| child.barnehage()) else { return };
    edit(town, barn, |changes| changes.barnehage = Some(barnehage));
    let folk = Arc::make_mut(&mut town.folk);
    for (unit, step) in [(before, -1), (barnehage, 1)] {
        if let Some(unit) = unit {
            let taken = folk.barnehageplasser.get(&unit).copied().unwrap_or(0) + step;
            folk.barnehageplasser.insert(unit, taken);
        }
    }
}

fn join(town: &mut Town, husstand: HusstandId, id: PersonId) {
    let mut medlemmer = match town.folk.husstander.get(husstand.index()) {
        Some(changes) => changes.medlemmer.clone(),
        None => town.base.medlemmer_of(husstand).to_vec(),
    };
    medlemmer.push(id);
    Arc::make_mut(&mut town.folk).husstander.set(husstand.index(), Arc::new(HusstandChanges { medlemmer }));
}

/// Folds the change into the person and appends it to the feed.
fn register(town: &mut Town, change: &Registrering) {
    edit(town, change.person, |changes| fold(&mut changes.entries, change));
    let id = town.id_of(change.person);
    let (event_document, person_document) = crate::town::state::document_ids(town.base.header.seed.0, change);
    let folk = Arc::make_mut(&mut town.folk);
    let row = u32::try_from(folk.feed_len).expect("fewer than 2^32 register changes in a world");
    folk.feed.set(folk.feed_len, Arc::new(change.clone()));
    folk.feed_len += 1;
    folk.documents.insert(event_document.0, row);
    folk.documents.insert(person_document.0, row);
    for ny in change.endringer.iter().filter_map(|endring| endring.ny.as_ref()) {
        if let (Fact::Identifikasjonsnummer(nummer), Some(id)) = (&ny.fact, id) {
            folk.by_nummer.insert(*nummer, id);
        }
    }
}
