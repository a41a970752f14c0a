//! Address protection given, changed and lifted (`specs/folkeregister.md` §8, §21, `specs/life-events.md` §16).

use super::husstand::hele;
use super::utkast::{Utkast, gjeldende};
use super::{Cause, Refusal, resident};
use crate::town::derive;
use crate::town::event::{Event, FolkEvent};
use crate::town::model::{Endring, Entry, Fact, Gradering, Hendelsestype, PersonKey};
use crate::town::state::{Person, Town};

/// Decides the protection of `key`, and of everybody in the household when `hele_husstanden`.
pub(super) fn decide(
    town: &Town,
    key: PersonKey,
    gradering: Gradering,
    hele_husstanden: bool,
    cause: &Cause,
) -> Result<Vec<Event>, Refusal> {
    let person = resident(town, key)?;
    if gradering == Gradering::Klientadresse {
        return Err(Refusal::new("address_only", "a client's address is graded by itself, not the person"));
    }
    let group = if hele_husstanden { hele(&person) } else { vec![person] };
    let group: Vec<Person<'_>> = group.into_iter().filter(|one| protection(one) != gradering).collect();
    if group.is_empty() {
        let detail = format!("{} is {} already", person.navn().full(), gradering.code());
        return Err(Refusal::new("same_protection", detail));
    }
    let mut utkast = Utkast::new(town, cause, "folkeregistermyndigheten", "Adressebeskyttelse");
    for one in &group {
        protect(&mut utkast, one, gradering);
    }
    Ok(utkast.events)
}

/// The protection of the person; a client's address is none.
fn protection(person: &Person<'_>) -> Gradering {
    match person.gradering() {
        Gradering::Klientadresse => Gradering::Ugradert,
        other => other,
    }
}

/// An address the register keeps of somebody's life here.
fn is_address(fact: &Fact) -> bool {
    fact.is_hjem() || matches!(fact, Fact::DeltBosted { .. } | Fact::Oppholdsadresse(_))
}

/// Every address there is, the current ones before the history and that newest first: an annulment in the feed names no
/// value, so the order says which.
fn newest_first(entries: &[Entry]) -> Vec<Entry> {
    let kept = entries.iter().rev().filter(|entry| entry.fjernet.is_none() && is_address(&entry.fact));
    let (mut current, history): (Vec<Entry>, Vec<Entry>) = kept.cloned().partition(Entry::is_gjeldende);
    current.extend(history);
    current
}

fn protect(utkast: &mut Utkast<'_>, person: &Person<'_>, gradering: Gradering) {
    let (key, entries, before) = (person.key(), person.entries(), protection(person));
    let strict = gradering == Gradering::StrengtFortrolig;
    if strict && let Some(bolig) = person.bolig() {
        // The town goes on knowing where, also when the register does not.
        utkast.hendelse(FolkEvent::Hjem { person: key, bolig: Some(bolig) });
    }
    let old = gjeldende(&entries, |fact| matches!(fact, Fact::Adressebeskyttelse(_)));
    // The element has no history: what was is removed.
    let mut changes: Vec<Endring> = old.map(|old| utkast.annuller(old)).into_iter().collect();
    if gradering != Gradering::Ugradert {
        changes.push(utkast.ny(key, Fact::Adressebeskyttelse(gradering)));
    }
    if strict {
        changes.extend(newest_first(&entries).into_iter().map(|entry| utkast.annuller(entry)));
    } else if before == Gradering::StrengtFortrolig {
        changes.extend(home_again(utkast, person, &entries, gradering));
    } else {
        for entry in entries.iter().filter(|entry| entry.is_gjeldende()) {
            changes.extend(graded(&entry.fact, gradering).map(|fact| utkast.korriger(key, entry.clone(), fact)));
        }
    }
    utkast.registrer(key, Hendelsestype::EndringIAdressebeskyttelse, changes);
    let open = gjeldende(&entries, |fact| matches!(fact, Fact::Postadresse { .. }));
    let contact = match (strict, open) {
        (true, None) => utkast.ny(key, derive::aapen_postadresse()),
        (false, Some(open)) if before == Gradering::StrengtFortrolig => utkast.annuller(open),
        _ => return,
    };
    utkast.av("Postadresse");
    utkast.registrer(key, Hendelsestype::EndringIKontaktinformasjon, vec![contact]);
    utkast.av("Adressebeskyttelse");
}

/// The same address with another grading; nothing for what has none.
fn graded(fact: &Fact, gradering: Gradering) -> Option<Fact> {
    match fact.clone() {
        Fact::Bostedsadresse { bolig, flyttedato, .. } => Some(Fact::Bostedsadresse { bolig, gradering, flyttedato }),
        Fact::BostedAnnenKommune { kommune, flyttedato, .. } => {
            Some(Fact::BostedAnnenKommune { kommune, gradering, flyttedato })
        }
        Fact::DeltBosted { bolig, fra, .. } => Some(Fact::DeltBosted { bolig, gradering, fra }),
        _ => None,
    }
}

/// The home the register did not have, with the day of the move when it was the same before.
fn home_again(
    utkast: &mut Utkast<'_>,
    person: &Person<'_>,
    entries: &[Entry],
    gradering: Gradering,
) -> Option<Endring> {
    let bolig = person.bolig();
    let since = entries.iter().rev().find_map(|entry| match entry.fact {
        Fact::Bostedsadresse { bolig: one, flyttedato, .. } if one == bolig => Some(flyttedato),
        _ => None,
    });
    let flyttedato = since.unwrap_or(utkast.dato);
    let fact = Fact::Bostedsadresse { bolig, gradering, flyttedato };
    bolig.map(|_| utkast.ny_fra(person.key(), fact, Some(flyttedato)))
}
