//! What the register knows of the identity of people from other countries: numbers given elsewhere, passports, permits.
//! Decoration of facts in the columns (`DESIGN` §2 rule 4): who came from where and when is drawn there, here only the
//! spelling of documents.

use std::sync::Arc;

use super::utland;
use crate::base::{Domain, Purpose, Stream, StreamKey};
use crate::town::model::{
    Base, DayNo, Fact, Identitetsgrunnlagstatus, Idnummertype, Landkode, Legitimasjonsdokument, OppholdAnnetSted,
    Oppholdsadresse, Oppholdssted, Oppholdstillatelse, PersonId, Utenlandsadresse,
};

/// Citizens of these live here without a permit: the European Economic Area and Switzerland.
const FRI_FLYT: &str = "AUT BEL BGR CHE CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ISL ITA LIE LTU LUX LVA MLT NLD \
    NOR POL PRT ROU SVK SVN SWE";
/// Neighbours with a common population register agreement: their numbers are kept as identity numbers.
const NORDEN: &str = "DNK FIN ISL SWE";
/// The identity of everybody who moved here since this day was checked in person: 1 January 2012.
const KONTROLL_SIDEN: DayNo = DayNo(15_340);
/// Permits by years since arrival: how long after it begins, when it ends, the kind.
const TILLATELSER: [(i32, Option<i32>, Oppholdstillatelse); 3] = [
    (0, Some(3), Oppholdstillatelse::Midlertidig),
    (3, Some(5), Oppholdstillatelse::Midlertidig),
    (5, None, Oppholdstillatelse::Permanent),
];
/// D-number people whose identity was checked in person, per cent.
const KONTROLLERT: u64 = 40;
/// D-number people without a known address abroad, per cent.
const UTEN_ADRESSE: u64 = 8;

pub(super) fn stream(base: &Base, purpose: &'static str, key: u64) -> Stream {
    StreamKey::new(base.header.seed, base.header.schema, Domain::Faktum, Purpose(purpose)).at(key)
}

fn is_one_of(list: &str, land: Landkode) -> bool {
    list.split(' ').any(|code| code == land.as_str())
}

/// The day `years` years after `day`; 29 February becomes the 28th.
pub(super) fn aar_etter(day: DayNo, years: i32) -> DayNo {
    let dato = day.dato();
    let span = jiff::Span::new().years(years);
    DayNo::of(dato.checked_add(span).unwrap_or(dato))
}

/// What a D-number is given on: a passport, a number at home, and where home is.
pub(super) fn med_dnummer(base: &Base, person: PersonId, fra: DayNo) -> Vec<Fact> {
    let mut stream = stream(base, "identitet", u64::from(person.0));
    let land = base.personer.foedeland[person.index()];
    let status = match stream.uniform(100) {
        ..KONTROLLERT => Identitetsgrunnlagstatus::Kontrollert,
        _ => Identitetsgrunnlagstatus::IkkeKontrollert,
    };
    let mut facts = vec![Fact::Identitetsgrunnlag(status), passport(land, fra, &mut stream)];
    facts.extend(number_elsewhere(land, &mut stream));
    let sted = if stream.uniform(100) < UTEN_ADRESSE {
        Oppholdssted::Ukjent
    } else {
        Oppholdssted::Utland(utland::adresse(land, &mut stream))
    };
    facts.push(Fact::Oppholdsadresse(Box::new(Oppholdsadresse { sted, fra: Some(fra), annet_sted: None })));
    facts
}

/// What somebody who becomes resident without having had a D-number is known by.
pub(super) fn ved_innflytting(base: &Base, person: PersonId, dato: DayNo) -> Vec<Fact> {
    let mut stream = stream(base, "identitet", u64::from(person.0));
    papers(base.personer.foedeland[person.index()], dato, &mut stream)
}

/// What somebody from `land` who comes on `dato` is known by, with the permit to stay where one is needed.
pub fn identitet_fra(land: Landkode, dato: DayNo, stream: &mut Stream) -> Vec<Fact> {
    let mut facts = papers(land, dato, stream);
    if trenger_tillatelse(land) {
        facts.push(utlending(stream));
        facts.push(tillatelse(dato, 0));
    }
    facts
}

fn papers(land: Landkode, dato: DayNo, stream: &mut Stream) -> Vec<Fact> {
    let mut facts = Vec::new();
    if dato >= KONTROLL_SIDEN {
        facts.push(Fact::Identitetsgrunnlag(Identitetsgrunnlagstatus::Kontrollert));
        facts.push(passport(land, dato, stream));
    }
    facts.extend(number_elsewhere(land, stream));
    facts
}

/// The number of the immigration authorities, for who needs their permit.
pub(super) fn utlendingsnummer(base: &Base, person: PersonId) -> Fact {
    utlending(&mut stream(base, "utlendingsnummer", u64::from(person.0)))
}

fn utlending(stream: &mut Stream) -> Fact {
    Fact::Utlendingsnummer(format!("{}{}", 1_990 + stream.uniform(37), digits(8, stream)).into())
}

/// Whether somebody with this citizenship lives here by a permit.
pub(super) fn trenger_tillatelse(land: Landkode) -> bool {
    !is_one_of(FRI_FLYT, land)
}

/// Days on which somebody who came on `dato` got each permit, up to `before`.
pub(super) fn tillatelser(dato: DayNo, before: DayNo) -> impl Iterator<Item = (u8, DayNo)> {
    let days = (0u8..).zip(TILLATELSER).map(move |(number, (after, ..))| (number, aar_etter(dato, after)));
    days.take_while(move |(_, day)| *day < before)
}

/// The permit with this number of somebody who came on `dato`.
pub(super) fn tillatelse(dato: DayNo, number: u8) -> Fact {
    let (after, until, tillatelse) = TILLATELSER[usize::from(number).min(TILLATELSER.len() - 1)];
    let til = until.map(|years| DayNo(aar_etter(dato, years).0 - 1));
    Fact::Opphold { tillatelse, fra: Some(aar_etter(dato, after)), til }
}

/// Where somebody who emigrated gets letters.
pub(super) fn adresse_etter_utflytting(base: &Base, person: PersonId, land: Landkode, dato: DayNo) -> Utenlandsadresse {
    let key = u64::from(person.0) << 24 | u64::from((dato.0 + (1 << 23)).cast_unsigned() & 0x00ff_ffff);
    utland::adresse(land, &mut stream(base, "postadresse_i_utlandet", key))
}

/// A stay elsewhere of somebody who lives here.
pub(super) fn opphold_annet_sted(fra: DayNo, annet_sted: OppholdAnnetSted) -> Fact {
    Fact::Oppholdsadresse(Box::new(Oppholdsadresse {
        sted: Oppholdssted::Ukjent,
        fra: Some(fra),
        annet_sted: Some(annet_sted),
    }))
}

fn digits(count: usize, stream: &mut Stream) -> String {
    (0..count).map(|_| char::from(b'0' + u8::try_from(stream.uniform(10)).unwrap_or(0))).collect()
}

fn letter(stream: &mut Stream) -> char {
    char::from(b'A' + u8::try_from(stream.uniform(26)).unwrap_or(0))
}

/// Ten years from some day before `fra`.
fn passport(land: Landkode, fra: DayNo, stream: &mut Stream) -> Fact {
    let from = DayNo(fra.0 - 30 - i32::try_from(stream.uniform(3_000)).unwrap_or(0));
    let slag = if is_one_of(FRI_FLYT, land) && stream.uniform(3) == 0 { "nasjonaltIdKort" } else { "pass" };
    Fact::Legitimasjonsdokument(Box::new(Legitimasjonsdokument {
        nummer: format!("{}{}{}", letter(stream), letter(stream), digits(7, stream)).into(),
        slag: slag.into(),
        land,
        fra: from,
        til: DayNo(aar_etter(from, 10).0 - 1),
    }))
}

/// A number of the country somebody came from. None looks like a number of this country: each begins with a letter.
fn number_elsewhere(land: Landkode, stream: &mut Stream) -> Option<Fact> {
    let slag = if is_one_of(NORDEN, land) {
        Idnummertype::UtenlandskIdentifikasjonsnummer
    } else if is_one_of(FRI_FLYT, land) {
        Idnummertype::TaxIdentificationNumber
    } else if stream.uniform(4) == 0 {
        Idnummertype::SocialSecurityNumber
    } else {
        return None;
    };
    let nummer: Arc<str> = format!("{}{}", letter(stream), digits(9, stream)).into();
    Some(Fact::UtenlandskPersonidentifikasjon { nummer, slag, land })
}
