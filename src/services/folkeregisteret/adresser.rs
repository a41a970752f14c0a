//! Dwellings and places abroad as the register writes them.

use super::innhold::{
    Adressenummer, Bostedsadresse, FriUtenlandskAdresse, Kretser, Matrikkeladresse, Matrikkelnummer, Poststed, Sted,
    UtenlandskAdresse, Vegadresse,
};
use super::tidspunkt::Dag;
use crate::base::Kommunenummer;
use crate::town::model::{Base, BoligId, DayNo, Eiendom, Gradering, Utenlandsadresse};
use crate::town::state::matrikkelnummer;

/// A home of which only the municipality is known.
pub(super) fn unknown(kommune: Kommunenummer, gradering: Gradering, flyttedato: DayNo) -> Bostedsadresse {
    Bostedsadresse {
        sted: Sted::UkjentBosted { bostedskommune: kommune.to_string() },
        adresse_identifikator_fra_matrikkelen: None,
        adressegradering: gradering.code(),
        flyttedato: Dag(flyttedato),
        kretser: None,
    }
}

/// A home here.
pub(super) fn home(base: &Base, bolig: Option<BoligId>, gradering: Gradering, flyttedato: DayNo) -> Bostedsadresse {
    let Some(bolig) = bolig else { return unknown(base.kommune.nummer, gradering, flyttedato) };
    let (row, homes) = (bolig.index(), &base.boliger);
    let (sted, address_id) = place(base, bolig);
    Bostedsadresse {
        sted,
        adresse_identifikator_fra_matrikkelen: Some(address_id),
        adressegradering: gradering.code(),
        flyttedato: Dag(flyttedato),
        kretser: Some(Kretser {
            grunnkrets: homes.grunnkrets[row],
            stemmekrets: homes.stemmekrets[row],
            skolekrets: homes.skolekrets[row],
            kirkekrets: homes.stemmekrets[row],
        }),
    }
}

/// Where a dwelling is: in a street, or on a property; and the cadastre's number of that address.
pub(super) fn place(base: &Base, bolig: BoligId) -> (Sted, String) {
    let (row, homes) = (bolig.index(), &base.boliger);
    let postal = base.poststeder[usize::from(homes.poststed[row])];
    let kommunenummer = base.kommune.nummer.to_string();
    let bruksenhetsnummer = String::from_utf8_lossy(&homes.bruksenhet[row]).into_owned();
    let bruksenhetstype = homes.bruksenhetstype[row].code();
    let poststed =
        Poststed { poststedsnavn: base.tekst.get(postal.navn).to_owned(), postnummer: format!("{:04}", postal.nummer) };
    if let Some((eiendom, undernummer)) = matrikkelnummer(base, bolig) {
        let Eiendom { gardsnummer: gaardsnummer, bruksnummer, festenummer, .. } = eiendom;
        let sted = Sted::Matrikkeladresse(Matrikkeladresse {
            bruksenhetsnummer,
            bruksenhetstype,
            matrikkelnummer: Matrikkelnummer { kommunenummer, gaardsnummer, bruksnummer, festenummer },
            undernummer: (undernummer != 0).then_some(undernummer),
            poststed,
        });
        return (sted, format!("8{gaardsnummer:05}{bruksnummer:05}{festenummer:03}{undernummer:02}"));
    }
    let street = base.gater[homes.gate[row] as usize];
    let (number, letter) = (homes.husnummer[row], homes.husbokstav[row]);
    let sted = Sted::Vegadresse(Vegadresse {
        kommunenummer,
        bruksenhetsnummer,
        bruksenhetstype,
        adressenavn: base.tekst.get(street.navn).to_owned(),
        adressenummer: Adressenummer {
            husnummer: number.to_string(),
            husbokstav: (letter != 0).then(|| char::from(letter).to_string()),
        },
        adressekode: street.kode.to_string(),
        poststed,
    });
    (sted, address_id(street.kode, number, letter))
}

/// The cadastre's number of an address: one for all units behind the same door number.
fn address_id(street: u16, number: u16, letter: u8) -> String {
    let letter = if letter == 0 { 0 } else { letter - b'A' + 1 };
    format!("9{street:05}{number:04}{letter:02}")
}

/// A place abroad in fields.
pub(super) fn abroad(there: &Utenlandsadresse) -> UtenlandskAdresse {
    UtenlandskAdresse {
        adressenavn: there.linje.to_string(),
        postkode: there.postkode.as_ref().map(ToString::to_string),
        by_eller_stedsnavn: there.by.to_string(),
        landkode: there.land.alpha2(),
    }
}

/// A place abroad in lines, as on an envelope.
pub(super) fn abroad_in_lines(there: &Utenlandsadresse) -> FriUtenlandskAdresse {
    let UtenlandskAdresse { adressenavn, postkode, by_eller_stedsnavn, landkode } = abroad(there);
    FriUtenlandskAdresse { adresselinje: [adressenavn], postkode, by_eller_stedsnavn, landkode }
}
