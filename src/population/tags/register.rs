//! Tags of people as the register and the contact register know them.

use super::Tags;
use crate::base::{Kjoenn, TextId};
use crate::population::calendar::{civil, plus_years};
use crate::population::origin::is_refugee_country;
use crate::town::model::{Base, Gradering, KontaktFlags, Landkode, Merke, Nummerskifte, PersonId, Personstatus};

/// Letters of a long name.
const LONG_NAME: usize = 60;

pub(super) fn tag(tags: &mut Tags<'_>) {
    people(tags);
    protection(tags);
    numbers(tags);
    moves(tags);
    namesakes(tags);
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
            (base.tekst.get(people.fornavn[row]).is_empty(), Merke::EttOrdNavn),
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
            Gradering::Klientadresse => tags.set(row.person, Merke::Klientadresse),
            Gradering::Ugradert => {}
        }
    }
}

fn numbers(tags: &mut Tags<'_>) {
    let base = tags.base;
    for person in tags.people() {
        let row = person.index();
        let number = base.personer.nummer[row];
        match base.personer.status[row] {
            Personstatus::Midlertidig => tags.set(person, Merke::Dnummer),
            Personstatus::Inaktiv => tags.set(person, Merke::DnummerInaktivt),
            Personstatus::Utflyttet => tags.set(person, Merke::Utvandret),
            _ => {}
        }
        if !number.is_d_number() {
            continue;
        }
        let (_, month, day) = civil(base.personer.foedselsdato[row]);
        let shown = format!("{:02}{:02}", day + 40, month + 80);
        if number.to_string()[..4] != shown {
            tags.set(person, Merke::DnummerFeilDato);
        }
        for &child in base.barn_of(person) {
            tags.set(child, Merke::ForelderMedDnummer);
        }
    }
    for row in &base.annullerte_doedsfall {
        tags.set(row.person, Merke::AnnullertDoedsfall);
    }
    for row in &base.tidligere_nummer {
        let merke = match row.grunn {
            Nummerskifte::Oppgradert => Merke::DnummerOppgradert,
            Nummerskifte::Kjoennsendring => Merke::EndretKjoenn,
            Nummerskifte::Dublett => Merke::Dublett,
        };
        tags.set(row.person, merke);
    }
}

fn moves(tags: &mut Tags<'_>) {
    let base = tags.base;
    let since = plus_years(tags.today, -1);
    for row in base.innflyttinger.iter().filter(|row| row.dato >= since && is_refugee_country(row.land)) {
        if tags.is_resident(row.person) && base.personer.foedeland[row.person.index()] != Landkode::NOR {
            tags.set(row.person, Merke::FlyktningFoersteAar);
        }
    }
    for pair in base.utflyttinger.windows(2).filter(|pair| pair[0].person == pair[1].person) {
        let person = pair[0].person;
        let back = base.innflyttinger_of(person).last().map(|row| row.dato);
        if tags.is_resident(person) && back.is_some_and(|day| day.0 - pair[0].dato.0 <= 365) {
            tags.set(person, Merke::InnOgUtToGanger);
        }
    }
}

/// People of the same name and date of birth.
fn namesakes(tags: &mut Tags<'_>) {
    let people = &tags.base.personer;
    let key = |person: PersonId| {
        let row = person.index();
        (people.foedselsdato[row], people.fornavn[row], people.etternavn[row], people.mellomnavn[row])
    };
    let mut all: Vec<PersonId> = tags.people().collect();
    all.sort_unstable_by_key(|&person| (key(person), person));
    for pair in all.windows(2).filter(|pair| key(pair[0]) == key(pair[1])) {
        tags.set(pair[0], Merke::NavneOgDatotvilling);
        tags.set(pair[1], Merke::NavneOgDatotvilling);
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
