//! Annulments: an event the registers have told of never happened (`specs/experience.md` §10.8, `specs/folkeregister.md`
//! §21).
//!
//! Every register change of the event is taken back in the order it was made, unless something newer stands on it. What
//! no register tells is restored from the event's trace: homes, households, couples, and after a death or a move out
//! also kindergarten, school, jobs and the contact entry.

use super::utkast::{Utkast, gjeldende};
use super::{Cause, Refusal, somebody};
use crate::town::decide::{foelger, kontaktregister, oppfoelging};
use crate::town::event::{Event, FolkEvent};
use crate::town::model::{
    Endring, Endringsslag, Entry, Fact, FactId, Gradering, Hendelsesart, Hendelsestype, LevdeSlik, PersonKey,
    Personstatus, Registrering,
};
use crate::town::state::{Person, Spor, Town};

/// Decides that the last event of kind `art` of `key` never happened.
pub(super) fn decide(town: &Town, key: PersonKey, art: Hendelsesart, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let person = somebody(town, key)?;
    let spor = town.folk.spor.get(&(key, art)).ok_or_else(|| {
        let name = person.navn().full();
        Refusal::new("no_such_event", format!("no `{}` of {name} has happened in this world", art.code()))
    })?;
    let rows: Vec<&Registrering> = (spor.rad..spor.rad + usize::from(spor.rader))
        .filter_map(|row| town.folk.feed.get(row))
        .map(AsRef::as_ref)
        .collect();
    let mut utkast = Utkast::new(town, cause, "folkeregistermyndigheten", "Annullering");
    match art {
        Hendelsesart::Innflytting => never_came(&mut utkast, &rows, cause)?,
        Hendelsesart::Flytting | Hendelsesart::Utflytting => moves_back(&mut utkast, &rows, spor, art)?,
        _ => {
            take_back_all(&mut utkast, &rows)?;
            for (_, foer) in spor.foer.iter() {
                lives_again(&mut utkast, &person, foer, &rows);
            }
        }
    }
    utkast.hendelse(FolkEvent::Annullert { person: key, art });
    Ok(utkast.events)
}

fn changed_since(person: &Person<'_>) -> Refusal {
    Refusal::new("changed_since", format!("something newer stands in the register about {}", person.navn().full()))
}

fn take_back_all(utkast: &mut Utkast<'_>, rows: &[&Registrering]) -> Result<(), Refusal> {
    rows.iter().try_for_each(|row| take_back(utkast, row))
}

/// The opposite of one register change.
fn take_back(utkast: &mut Utkast<'_>, row: &Registrering) -> Result<(), Refusal> {
    let Some(person) = utkast.town.person_by_key(row.person) else { return Ok(()) };
    let entries = person.entries();
    let mut changes = Vec::new();
    for endring in row.endringer.iter().rev() {
        changes.extend(opposite(utkast, &person, &entries, endring)?);
    }
    let slag = match row.slag {
        Hendelsestype::PersonErDoed => Hendelsestype::PersonErReaktivert,
        Hendelsestype::PersonErUtflyttet => Hendelsestype::PersonErBosatt,
        other => other,
    };
    utkast.registrer(row.person, slag, changes);
    Ok(())
}

fn opposite(
    utkast: &mut Utkast<'_>,
    person: &Person<'_>,
    entries: &[Entry],
    endring: &Endring,
) -> Result<Vec<Endring>, Refusal> {
    let key = person.key();
    let made = match &endring.ny {
        None => None,
        Some(ny) => {
            let standing = entries.iter().find(|entry| entry.id == ny.id && entry.is_gjeldende());
            Some(standing.cloned().ok_or_else(|| changed_since(person))?)
        }
    };
    let before = endring.gammel.as_ref().map(|old| (old.fact.clone(), old.gyldig_fra));
    let ended = matches!(endring.slag, Endringsslag::Opphoere | Endringsslag::Annullere);
    // What was history before it was removed stays removed: the register keeps no history of a removal.
    let was_current = endring.gammel.as_ref().is_none_or(|old| old.historisk_fra.is_none());
    Ok(match (made, before) {
        (Some(made), before) => utkast.rett(key, made, before),
        (None, Some((fact, fra))) if ended && was_current => vec![utkast.ny_fra(key, fact, fra)],
        (None, _) => Vec::new(),
    })
}

/// Somebody who was taken for dead has home, household, couple, kindergarten and contact entry again, and children who had
/// to move are back.
fn lives_again(utkast: &mut Utkast<'_>, person: &Person<'_>, foer: &LevdeSlik, rows: &[&Registrering]) {
    let (town, key) = (utkast.town, person.key());
    if foer.bolig.is_some() {
        utkast.hendelse(FolkEvent::Hjem { person: key, bolig: foer.bolig });
    }
    let still_there =
        |one: &&PersonKey| town.person_by_key(**one).is_some_and(|one| one.is_bosatt() && one.bolig() == foer.bolig);
    match foer.med.iter().find(still_there) {
        Some(hos) => utkast.hendelse(FolkEvent::TilHusstand { person: key, hos: *hos }),
        None => utkast.hendelse(FolkEvent::NyHusstand { medlemmer: vec![key] }),
    }
    couple_again(utkast, key, foer);
    for row in rows.iter().filter(|row| row.slag == Hendelsestype::EndringIBostedsadresse) {
        let home = row.endringer.iter().find_map(|endring| match endring.gammel.as_ref().map(|old| &old.fact) {
            Some(Fact::Bostedsadresse { bolig, gradering, .. }) if *gradering != Gradering::StrengtFortrolig => *bolig,
            _ => None,
        });
        if home.is_some() && home == foer.bolig {
            utkast.hendelse(FolkEvent::Hjem { person: row.person, bolig: home });
            utkast.hendelse(FolkEvent::TilHusstand { person: row.person, hos: key });
        }
    }
    everyday_again(utkast, person, foer);
}

/// With the partner of before, who is still alone.
fn couple_again(utkast: &mut Utkast<'_>, key: PersonKey, foer: &LevdeSlik) {
    let alone =
        |one: &PersonKey| utkast.town.person_by_key(*one).is_some_and(|one| one.is_bosatt() && one.partner().is_none());
    if let Some(partner) = foer.partner.filter(alone) {
        utkast.par(key, partner);
    }
}

/// Kindergarten, school, doctor, jobs, roles and the contact entry.
fn everyday_again(utkast: &mut Utkast<'_>, person: &Person<'_>, foer: &LevdeSlik) {
    if foer.barnehage.is_some() {
        let fra = utkast.dato;
        utkast.hendelse(FolkEvent::Barnehageplass { barn: person.key(), barnehage: foer.barnehage, fra });
    }
    utkast.events.extend(foelger::gjenopptar(person, foer));
    utkast.events.extend(kontaktregister::gjenopprett(person));
}

/// Everybody who moved, within the municipality or out of it, lives where and with whom they did.
fn moves_back(utkast: &mut Utkast<'_>, rows: &[&Registrering], spor: &Spor, art: Hendelsesart) -> Result<(), Refusal> {
    let town = utkast.town;
    let moved: Vec<(Person<'_>, &LevdeSlik)> =
        spor.foer.iter().filter_map(|(key, foer)| Some((town.person_by_key(*key)?, foer))).collect();
    let Some((first, lived)) = moved.first().copied() else { return Ok(()) };
    // A move the register does not hear of leaves no entry to look at: all who moved are still where the first is.
    if let Some((person, _)) = moved.iter().find(|(person, _)| person.bolig() != first.bolig() || person.is_doed()) {
        return Err(changed_since(person));
    }
    let is_gone = |key: &PersonKey| moved.iter().any(|(person, _)| person.key() == *key);
    let is_home = |key: &PersonKey| {
        !is_gone(key) && town.person_by_key(*key).is_some_and(|one| one.is_bosatt() && one.bolig() == lived.bolig)
    };
    let waiting: Vec<&PersonKey> = lived.med.iter().filter(|key| is_home(key)).collect();
    if let Some(bolig) = lived.bolig
        && usize::try_from(town.beboere(bolig)).is_ok_and(|count| count > waiting.len())
    {
        let name = first.navn().full();
        return Err(Refusal::new("home_taken", format!("somebody else lives in the dwelling {name} moved from")));
    }
    take_back_all(utkast, rows)?;
    for (person, foer) in &moved {
        utkast.hendelse(FolkEvent::Hjem { person: person.key(), bolig: foer.bolig });
    }
    let together = first.husstand_medlemmer();
    let is_whole = together.len() == moved.len() && together.iter().all(|one| is_gone(&one.key()));
    match waiting.first() {
        Some(hos) => {
            for (person, _) in &moved {
                utkast.hendelse(FolkEvent::TilHusstand { person: person.key(), hos: **hos });
            }
        }
        // They moved as a household and still are one.
        None if is_whole => {}
        None => {
            let medlemmer = moved.iter().map(|(person, _)| person.key()).collect();
            utkast.hendelse(FolkEvent::NyHusstand { medlemmer });
        }
    }
    for (person, foer) in &moved {
        if person.partner().map(|one| one.key()) != foer.partner {
            couple_again(utkast, person.key(), foer);
        }
        if art == Hendelsesart::Utflytting {
            everyday_again(utkast, person, foer);
        }
    }
    Ok(())
}

/// Those who came never did: from another country their numbers are withdrawn, from another municipality they still live
/// there. Refused once the register has anything newer about them.
fn never_came(utkast: &mut Utkast<'_>, rows: &[&Registrering], cause: &Cause) -> Result<(), Refusal> {
    let town = utkast.town;
    let created = rows.iter().filter(|row| row.slag == Hendelsestype::PersonErOpprettet);
    let people: Vec<Person<'_>> = created.filter_map(|row| town.person_by_key(row.person)).collect();
    let made: Vec<FactId> =
        rows.iter().flat_map(|row| &row.endringer).filter_map(|endring| endring.ny.as_ref().map(|ny| ny.id)).collect();
    let mut abroad = false;
    for person in &people {
        let entries = person.entries();
        let newer = entries.iter().any(|entry| entry.is_gjeldende() && !made.contains(&entry.id));
        if newer || !person.is_bosatt() {
            return Err(changed_since(person));
        }
        let arrived = |entry: &Entry| matches!(entry.fact, Fact::Innflytting(_));
        if !entries.iter().any(arrived) {
            let homes = rows.iter().filter(|row| row.person == person.key());
            for row in homes.filter(|row| row.slag == Hendelsestype::EndringIBostedsadresse) {
                take_back(utkast, row)?;
            }
            continue;
        }
        abroad = true;
        let key = person.key();
        if let Some(status) = gjeldende(&entries, |fact| matches!(fact, Fact::Status(_))) {
            let change = utkast.korriger(key, status, Fact::Status(Personstatus::Opphoert));
            utkast.registrer(key, Hendelsestype::PersonErOpphoert, vec![change]);
        }
        if let Some(home) = gjeldende(&entries, Fact::is_hjem) {
            let change = utkast.annuller(home);
            utkast.registrer(key, Hendelsestype::EndringIBostedsadresse, vec![change]);
        }
        if let Some(arrival) = gjeldende(&entries, |fact| matches!(fact, Fact::Innflytting(_))) {
            let change = utkast.annuller(arrival);
            utkast.registrer(key, Hendelsestype::EndringIInnflytting, vec![change]);
        }
    }
    utkast.forlat(&people);
    if abroad {
        oppfoelging::slett_kontakt(&mut utkast.events, town, &people, cause);
    }
    Ok(())
}
