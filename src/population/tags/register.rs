//! Tags of people as the register and the contact register know them.

use super::Tags;
use crate::base::{Kjoenn, TextId};
use crate::population::calendar::civil;
use crate::town::model::{Base, Gradering, KontaktFlags, Merke};

/// Letters of a long name.
const LONG_NAME: usize = 60;

pub(super) fn tag(tags: &mut Tags<'_>) {
    people(tags);
    protection(tags);
}

fn people(tags: &mut Tags<'_>) {
    let base = tags.base;
    let people = &base.personer;
    for person in tags.residents() {
        let row = person.index();
        let alder = tags.alder(person);
        let flags = people.kontakt[row];
        let is_woman = people.kjoenn[row] == Kjoenn::Kvinne;
        let has_partner = people.partner[row].some().is_some();
        let (_, month, day) = civil(people.foedselsdato[row]);
        let reserved = flags.has(KontaktFlags::RESERVERT);
        let registered = flags.has(KontaktFlags::REGISTRERT);
        let name = full_name(base, row);
        for (holds, merke) in [
            (base.tekst.get(people.fornavn[row]).contains('*'), Merke::NyfoedtUtenNavn),
            ((month, day) == (2, 29), Merke::Skuddaarsbarn),
            (alder >= 100, Merke::Hundreaaring),
            (reserved && alder == 30, Merke::ReservertTrettiaaring),
            (reserved && is_woman && (20..=40).contains(&alder) && has_partner, Merke::ReservertMedPartner),
            (registered && alder >= 90, Merke::RegistrertNittiaaring),
            (!registered && alder >= 18, Merke::UregistrertVoksen),
            (flags.has(KontaktFlags::UTLOEPT), Merke::UtloeptKontakt),
            (name.chars().count() >= LONG_NAME, Merke::LangtNavn),
            (name.chars().any(is_special), Merke::SpesialtegnINavn),
        ] {
            if holds {
                tags.set(person, merke);
            }
        }
    }
}

fn protection(tags: &mut Tags<'_>) {
    for row in &tags.base.beskyttelser {
        match row.gradering {
            Gradering::StrengtFortrolig => tags.set(row.person, Merke::StrengtFortrolig),
            Gradering::Fortrolig => tags.set(row.person, Merke::Fortrolig),
            _ => {}
        }
    }
}

/// First, middle and last name of a row.
fn full_name(base: &Base, row: usize) -> String {
    let people = &base.personer;
    let text = |id: TextId| base.tekst.get(id);
    let middle = people.mellomnavn[row];
    if middle.0 == u32::MAX {
        format!("{} {}", text(people.fornavn[row]), text(people.etternavn[row]))
    } else {
        format!("{} {} {}", text(people.fornavn[row]), text(middle), text(people.etternavn[row]))
    }
}

/// Hyphen, apostrophe, or a letter that is not Norwegian.
fn is_special(letter: char) -> bool {
    !letter.is_ascii_alphabetic() && !"æøåÆØÅ *".contains(letter)
}
