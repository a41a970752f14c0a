//! Summert skattegrunnlag as the tax administration and those who pass it on write it (`specs/folkeregister.md` §19.1,
//! §19.5).

use serde_json::{Map, Value, json};

use super::skattepakker::{self, Pakke, Rett};
use crate::base::{Foedselsnummer, looks_real};
use crate::clock::Instant;
use crate::town::Town;
use crate::town::model::PersonId;
use crate::town::skattegrunnlag::{self, Rad, Skattegrunnlag, Spesifisering, Stadie};

/// Employer named for benefits of the unemployed, which has no number among the synthetic ones.
const VELFERDSETATEN: &str = "ARBEIDS- OG VELFERDSETATEN";

/// Which version of the document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Versjon {
    /// Version 2: one category a row, `ajourholdstidspunkt`.
    V2,
    /// The older specified one: one category a row, `registreringstidpunkt` (spelt so).
    Spesifisert,
    /// Version 1 of the summed one: categories as a list, no specifications, `registreringstidpunkt`.
    V1,
}

/// `instant` in UTC with three digits of fraction and `Z`, as these interfaces write times.
#[must_use]
pub fn utc(instant: Instant) -> String {
    let timestamp = jiff::Timestamp::from_millisecond(instant.millis()).unwrap_or(jiff::Timestamp::MIN);
    timestamp.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn spesifisering(town: &Town, one: &Spesifisering) -> Value {
    match one {
        Spesifisering::Loenn { arbeidsgiver: Some(unit), beloep } => json!({
            "type": "LoennOgTilsvarendeYtelser",
            "arbeidsgiversNavn": town.enhetsnavn(*unit),
            "organisasjonsnummer": town.virksomhet(*unit).orgnr.to_string(),
            "beloep": beloep,
        }),
        Spesifisering::Loenn { arbeidsgiver: None, beloep } => json!({
            "type": "LoennOgTilsvarendeYtelser",
            "arbeidsgiversNavn": VELFERDSETATEN,
            "beloep": beloep,
        }),
        Spesifisering::Naering { beloep } => json!({
            "type": "Naeringsopplysninger",
            "naeringstype": "annenNaering",
            "naeringsinntektTilordnetInnehaver": beloep,
        }),
    }
}

fn rad(town: &Town, row: &Rad, versjon: Versjon) -> Value {
    let mut out = Map::new();
    out.insert("tekniskNavn".into(), row.teknisk_navn.into());
    out.insert("beloep".into(), row.beloep.into());
    if versjon != Versjon::V1 && !row.spesifisering.is_empty() {
        let all = row.spesifisering.iter().map(|one| spesifisering(town, one)).collect();
        out.insert("spesifisering".into(), Value::Array(all));
    }
    let kategori = row.kategori.ord();
    out.insert("kategori".into(), if versjon == Versjon::V1 { json!([kategori]) } else { json!(kategori) });
    Value::Object(out)
}

/// The document about the person with number `nummer`, with the rows `pakke` is given.
#[must_use]
pub fn dokument(
    town: &Town,
    nummer: Foedselsnummer,
    grunnlag: &Skattegrunnlag,
    pakke: &Pakke,
    versjon: Versjon,
) -> Value {
    let mut out = Map::new();
    out.insert("personidentifikator".into(), nummer.to_string().into());
    out.insert("inntektsaar".into(), grunnlag.aar.to_string().into());
    let rows: Vec<Value> =
        grunnlag.rader.iter().filter(|row| pakke.slipper(row)).map(|row| rad(town, row, versjon)).collect();
    if !rows.is_empty() {
        out.insert("grunnlag".into(), Value::Array(rows));
    }
    out.insert("skjermet".into(), grunnlag.skjermet.into());
    if let Some(dato) = grunnlag.oppgjoersdato {
        out.insert("skatteoppgjoersdato".into(), dato.to_string().into());
    }
    out.insert("stadie".into(), grunnlag.stadie.ord().into());
    let name = if versjon == Versjon::V2 { "ajourholdstidspunkt" } else { "registreringstidpunkt" };
    out.insert(name.into(), utc(grunnlag.ajourholdt).into());
    Value::Object(out)
}

/// Why a look-up is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Avslag {
    /// A number, year or stage that cannot be read.
    Input(&'static str),
    /// The package is not granted, or may not ask for this stage.
    Rett,
    /// The package needs consent.
    Samtykke,
    /// Nobody has that number; whether it looks like a real person's.
    Person {
        /// It does.
        ekte: bool,
    },
    /// Nothing for that person and year at that stage.
    Ingen,
    /// The settlement has taken the draft's place.
    Borte,
}

/// What is asked, as it stands in a path.
#[derive(Clone, Copy, Debug)]
pub struct Oensket<'a> {
    /// Stage.
    pub stadie: &'a str,
    /// Package.
    pub pakke: &'a str,
    /// Income year.
    pub aar: &'a str,
    /// Identity number.
    pub pid: &'a str,
}

/// The person with number `text`.
///
/// # Errors
/// [`Avslag::Input`] when it has not eleven digits, [`Avslag::Person`] when nobody has it.
pub fn person(town: &Town, text: &str) -> Result<PersonId, Avslag> {
    if text.len() != 11 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Avslag::Input("Personidentifikator må ha elleve sifre"));
    }
    let unknown = Avslag::Person { ekte: looks_real(text) };
    let nummer = Foedselsnummer::parse(text).map_err(|_| unknown)?;
    town.find(nummer).ok_or(unknown)
}

/// The document that is asked for, at the town's instant, with whom it is about.
///
/// # Errors
/// [`Avslag`].
pub fn oppslag(town: &Town, oensket: &Oensket<'_>, versjon: Versjon) -> Result<(Value, PersonId), Avslag> {
    let stadie = Stadie::parse(oensket.stadie).ok_or(Avslag::Input("Ukjent stadie"))?;
    let is_year = oensket.aar.len() == 4 && oensket.aar.bytes().all(|byte| byte.is_ascii_digit());
    let aar: Option<i16> = oensket.aar.parse().ok().filter(|_| is_year);
    let aar = aar.ok_or(Avslag::Input("Inntektsår må ha fire sifre"))?;
    let pakke = match skattepakker::summert(oensket.pakke) {
        Rett::Gitt(pakke) if pakke.stadier.contains(&stadie) => pakke,
        Rett::Samtykke => return Err(Avslag::Samtykke),
        Rett::Gitt(_) | Rett::Ingen => return Err(Avslag::Rett),
    };
    let id = person(town, oensket.pid)?;
    let person = town.person(id);
    let grunnlag = skattegrunnlag::av(&person, aar, stadie).map_err(|none| match none {
        skattegrunnlag::Ingen::Grunnlag => Avslag::Ingen,
        skattegrunnlag::Ingen::Erstattet => Avslag::Borte,
    })?;
    Ok((dokument(town, person.nummer(), &grunnlag, pakke, versjon), id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_utc_with_three_digits() {
        let at = Instant::parse("2026-04-09T07:31:02.120+02:00").unwrap();
        assert_eq!(utc(at), "2026-04-09T05:31:02.120Z");
        assert_eq!(utc(Instant::parse("2027-01-04T08:00:00+01:00").unwrap()), "2027-01-04T07:00:00.000Z");
    }
}
