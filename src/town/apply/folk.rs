//! Events of the population register.

use std::sync::Arc;

use crate::base::Orgnummer;
use crate::town::event::FolkEvent;
use crate::town::model::{
    DayNo, Endring, Fact, Hendelsesart, HusstandId, Lesere, LevdeSlik, PersonId, PersonKey, Registrering, Verge,
    er_bolig, fold, leterekke,
};
use crate::town::state::{Flom, HusstandChanges, PersonChanges, Spor, Town};

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
        FolkEvent::Registrert(change) => {
            let moves = change.endringer.iter().any(|endring| {
                let fact = endring.ny.as_ref().map(|ny| &ny.fact).or(endring.gammel.as_ref().map(|old| &old.fact));
                fact.is_some_and(Fact::is_hjem)
            });
            if moves { moving(town, change.person, |town| register(town, change)) } else { register(town, change) }
        }
        FolkEvent::Barnehageplass { barn, barnehage, fra } => {
            move_place(town, *barn, *barnehage);
            if let Some(id) = town.id_of(*barn) {
                super::hverdag::in_kindergarten(town, id, barnehage.map(|_| *fra));
            }
        }
        FolkEvent::Holdt { person, holdt } => edit(town, *person, |changes| changes.holdt = *holdt),
        FolkEvent::Hjem { person, bolig } => {
            let today = DayNo::of(town.now().dato());
            moving(town, *person, |town| edit(town, *person, |changes| changes.flyttinger.push((today, *bolig))));
        }
        FolkEvent::NyHusstand { medlemmer } => {
            let ny = HusstandId::at(town.husstand_count());
            let folk = Arc::make_mut(&mut town.folk);
            folk.nye_husstander += 1;
            folk.husstander.set(ny.index(), Arc::new(HusstandChanges { medlemmer: Vec::new() }));
            medlemmer.iter().for_each(|key| change_household(town, *key, Some(ny)));
        }
        FolkEvent::TilHusstand { person, hos } => {
            if let Some(husstand) = town.person_by_key(*hos).and_then(|host| host.husstand()) {
                change_household(town, *person, Some(husstand));
            }
        }
        FolkEvent::UtAvHusstand { person } => change_household(town, *person, None),
        FolkEvent::Partner { person, partner } => edit(town, *person, |changes| changes.partner = Some(*partner)),
        FolkEvent::Livshendelse(spor) => {
            let foer = spor.foer.iter().map(|lived| (spor.person, lived.clone())).collect();
            traced(town, (spor.person, spor.art), spor.rader, foer);
        }
        FolkEvent::Flyttespor(spor) => {
            traced(town, (spor.person, spor.art), spor.rader, spor.foer.as_slice().into());
        }
        FolkEvent::Annullert { person, art } => {
            Arc::make_mut(&mut town.folk).spor.remove(&(*person, *art));
        }
        FolkEvent::Identitetsgrunnlag(hendelse) => {
            let folk = Arc::make_mut(&mut town.folk);
            let id_of = |origin| folk.by_origin.get(&origin).copied();
            let flom = Flom::new(hendelse.clone(), folk.feed_len, id_of);
            let row = |place| u32::try_from(place).expect("fewer than 2^32 register changes in a world");
            folk.dokumenter.flom(row(flom.foerste), row(flom.slutt()));
            folk.feed_len = flom.slutt();
            folk.flommer.insert(flom.foerste, Arc::new(flom));
        }
    }
}

/// Remembers the life event that made the last `rader` register changes.
fn traced(town: &mut Town, of: (PersonKey, Hendelsesart), rader: u16, foer: Arc<[(PersonKey, LevdeSlik)]>) {
    let folk = Arc::make_mut(&mut town.folk);
    let rad = folk.feed_len.saturating_sub(usize::from(rader));
    folk.spor.insert(of, Spor { rad, rader, foer });
}

/// Does `what`, and keeps the number of residents of the dwellings it empties and fills.
fn moving(town: &mut Town, key: PersonKey, what: impl FnOnce(&mut Town)) {
    let home = |town: &Town| town.person_by_key(key).and_then(|person| person.bolig());
    let before = home(town);
    what(town);
    let after = home(town);
    if before != after {
        let base = town.base.clone();
        let folk = Arc::make_mut(&mut town.folk);
        let mut free = folk.ledige.take().unwrap_or_else(|| base.oppslag().ledige().clone());
        for (bolig, step) in [(before, -1), (after, 1)] {
            let Some(bolig) = bolig else { continue };
            let beyond = folk.beboere.edit(bolig.index(), || 0);
            *beyond += step;
            let is_free = er_bolig(&base, bolig) && i32::from(base.beboere()[bolig.index()]) + *beyond == 0;
            let place = leterekke(&base, bolig);
            if is_free {
                free.insert(place, bolig);
            } else {
                free.remove(&place);
            }
        }
        folk.ledige = Some(free);
    }
}

/// Takes somebody out of the household and into another, or none.
fn change_household(town: &mut Town, key: PersonKey, husstand: Option<HusstandId>) {
    let Some(id) = town.id_of(key) else { return };
    if let Some(before) = town.person(id).husstand() {
        members(town, before).retain(|&member| member != id);
    }
    edit(town, key, |changes| changes.husstand = Some(husstand.unwrap_or(HusstandId::NONE)));
    if let Some(husstand) = husstand {
        join(town, husstand, id);
    }
}

/// The members of `husstand` to be changed, beginning with those of the base.
fn members(town: &mut Town, husstand: HusstandId) -> &mut Vec<PersonId> {
    let base = &town.base;
    let row = Arc::make_mut(&mut town.folk)
        .husstander
        .edit(husstand.index(), || Arc::new(HusstandChanges { medlemmer: base.medlemmer_of(husstand).to_vec() }));
    &mut Arc::make_mut(row).medlemmer
}

/// Changes the row of `key`, beginning it if the person has none yet.
fn edit(town: &mut Town, key: PersonKey, change: impl FnOnce(&mut PersonChanges)) {
    let Some(id) = town.id_of(key) else { return };
    let folk = Arc::make_mut(&mut town.folk);
    change(Arc::make_mut(folk.people.edit(id.index(), || Arc::new(PersonChanges::new(key)))));
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
    members(town, husstand).push(id);
}

/// Folds the change into the person and appends it to the feed.
fn register(town: &mut Town, change: &Arc<Registrering>) {
    let row = u32::try_from(town.folk.feed_len).expect("fewer than 2^32 register changes in a world");
    let rows = |endring: &Endring| usize::from(endring.ny.is_some()) + usize::from(endring.gammel.is_some());
    edit(town, change.person, |changes| {
        // Most people have few changes, and a list that grows by itself begins with room for four.
        changes.entries.reserve_exact(change.endringer.iter().map(rows).sum());
        fold(&mut changes.entries, change);
        changes.rader.push(row);
    });
    let id = town.id_of(change.person);
    let folk = Arc::make_mut(&mut town.folk);
    let seen = folk.sett(folk.feed_len);
    folk.feed_sett.set(folk.feed_len, Lesere::tell(seen, change.slag));
    folk.feed.set(folk.feed_len, change.clone());
    folk.feed_len += 1;
    folk.dokumenter.har(row + 1);
    guardians(town, change);
    let folk = Arc::make_mut(&mut town.folk);
    for ny in change.endringer.iter().filter_map(|endring| endring.ny.as_ref()) {
        let Some(id) = id else { continue };
        match &ny.fact {
            Fact::Identifikasjonsnummer(nummer) => {
                folk.by_nummer.insert(*nummer, id);
            }
            Fact::Kjoenn(_) | Fact::Foedsel { .. } if matches!(change.person, PersonKey::Base(_)) => {
                folk.foedsel_endret.insert(id);
            }
            _ => {}
        }
    }
}

/// Keeps who acts for whom, for the guardians of this world.
fn guardians(town: &mut Town, change: &Registrering) {
    let of = |fact: &Fact| match fact {
        Fact::Vergemaal(one) => match one.verge {
            Verge::Person(verge) => Some((verge, one.slag)),
            Verge::UtenNummer(_) => None,
        },
        _ => None,
    };
    for endring in &change.endringer {
        let old = endring.gammel.as_ref().and_then(|old| of(&old.fact));
        let new = endring.ny.as_ref().and_then(|ny| of(&ny.fact));
        let pair = |verge: PersonKey| Some((town.id_of(verge)?, town.id_of(change.person)?));
        let (old, new) =
            (old.and_then(|(verge, _)| pair(verge)), new.and_then(|(verge, slag)| Some((pair(verge)?, slag))));
        let folk = Arc::make_mut(&mut town.folk);
        if let Some(pair) = old {
            folk.verger.remove(&pair);
        }
        if let Some((pair, slag)) = new {
            folk.verger.insert(pair, slag);
        }
    }
}
