//! How the answers write a calculation: the current form and its sub-paths, and the older summed form.

use serde_json::{Value, json};

use super::beregning::{Beregning, Funnet, Ledd, Post, Slag, Spurt, beregn, finn_alle, stadie};
use super::faults::{Feil, skatt};
use crate::formats::skattegrunnlag::utc;
use crate::town::Town;
use crate::town::model::PersonId;

/// An answer with whom it is about.
pub(super) type Svar = Result<(Value, Vec<PersonId>), Feil>;

/// Which form the answer has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// With the type of calculation in it.
    MedSlag,
    /// The newer one behind a path of its own.
    Understi,
}

/// Headings rows are shown under.
const KATEGORIER: [&str; 5] = ["INNTEKT", "FRADRAG", "FORMUE", "GJELD", "ANNET"];

/// The current form. Whoever nothing is known of is named by a code.
pub(super) fn svar(town: &Town, slag: Slag, aar: i16, spurte: &[Spurt], form: Form) -> Svar {
    let (funnet, savnet) = finn_alle(town, slag, aar, spurte);
    let beregning = beregn(town, slag, &funnet, &spurte.iter().collect::<Vec<_>>());
    let (inn, ut) = beregning.summer();
    let side =
        |beloep: i64, all: &[Ledd]| json!({ "beloep": beloep, "beregning": all.iter().map(node).collect::<Vec<_>>() });
    let missing = savnet.iter().map(|(_, avslag)| {
        let (kode, _, melding) = skatt(*avslag);
        json!({ "kode": kode, "melding": melding })
    });
    let mut answer = json!({
        "inntektsaar": aar,
        "stadie": stadie(&funnet).unwrap_or("UKJENT"),
        "personer": funnet.iter().map(|one| om_person(town, one)).collect::<Vec<_>>(),
        "visningsposter": visningsposter(&funnet),
        "beregningsbeloep": inn - ut,
        "inntekt": side(inn, &beregning.inntekt),
        "fradrag": side(ut, &beregning.fradrag),
        "soeketidspunkt": utc(town.now()),
    });
    if form == Form::MedSlag {
        answer["beregningstype"] = slag.kode().into();
    }
    answer["feilmeldinger"] = missing.collect();
    Ok((answer, funnet.iter().map(|one| one.person).collect()))
}

/// Name of somebody as these forms write it.
fn navn(town: &Town, person: PersonId) -> Value {
    let navn = town.person(person).navn();
    json!({ "etternavn": &*navn.etternavn, "fornavn": &*navn.fornavn, "mellomnavn": navn.mellomnavn.as_deref() })
}

fn om_person(town: &Town, one: &Funnet<'_>) -> Value {
    let mut out = json!({
        "identifikator": one.nummer,
        "type": one.spurt.slag,
        "skjermet": one.grunnlag.skjermet,
        "stadie": one.grunnlag.stadie.ord().to_uppercase(),
        "navn": navn(town, one.person),
    });
    if let Some(dato) = one.grunnlag.oppgjoersdato {
        out["skatteoppgjoersdato"] = dato.to_string().into();
    }
    out["registreringstidpunkt"] = utc(one.grunnlag.ajourholdt).into();
    out
}

/// All rows under their headings, those of the same name put together.
fn visningsposter(funnet: &[Funnet<'_>]) -> Value {
    let mut out = Vec::new();
    for kategori in KATEGORIER {
        let wanted = super::beregning::omtaler().iter().filter(|omtale| omtale.kategori == kategori);
        let poster: Vec<Value> = wanted.filter_map(|omtale| visningspost(funnet, omtale.navn, omtale.tekst)).collect();
        if !poster.is_empty() {
            out.push(json!({ "kategori": kategori, "poster": poster }));
        }
    }
    Value::Array(out)
}

fn visningspost(funnet: &[Funnet<'_>], name: &str, tekst: &str) -> Option<Value> {
    let of = |one: &Funnet<'_>| one.rader.iter().find(|(omtale, _)| omtale.navn == name).map(|(_, beloep)| *beloep);
    let amounts: Vec<(&str, i64)> =
        funnet.iter().filter_map(|one| of(one).map(|beloep| (one.nummer.as_str(), beloep))).collect();
    let sum: i64 = amounts.iter().map(|(_, beloep)| beloep).sum();
    let personer: Vec<Value> =
        amounts.iter().map(|(nummer, beloep)| json!({ "identifikator": nummer, "beloep": beloep })).collect();
    (!personer.is_empty()).then(|| {
        json!({ "personer": personer, "beloep": sum, "tekniskNavn": name, "visningstekst": tekst, "infotekst": null })
    })
}

/// A row of a calculation.
fn beregningspost(post: &Post) -> Value {
    json!({
        "tekniskNavn": post.navn,
        "visningstekst": post.tekst,
        "operasjon": post.operasjon,
        "beloep": post.beloep,
        "kilde": if post.egen.is_some() { "MANUELL_INPUT" } else { "SKATTEETATEN" },
        "kanEndreVisningstekst": post.egen == Some(true),
        "identifikator": post.hvem,
        "infotekst": null,
        "eksempeltekst": null,
    })
}

/// A part of a calculation: with rows of its own, or with a basis that has them.
fn node(ledd: &Ledd) -> Value {
    let poster: Vec<Value> = ledd.poster.iter().map(beregningspost).collect();
    let (slag, grunnlag, own) = match &ledd.grunnlag {
        None => ("POST", json!([]), poster),
        Some((navn, tekst)) => {
            let basis = json!([{
                "tekniskNavn": navn,
                "visningstekst": tekst,
                "beloep": ledd.beloep,
                "operasjon": "ADDERE",
                "beregningsposter": poster,
            }]);
            ("GRUNNLAG", basis, Vec::new())
        }
    };
    json!({
        "tekniskNavn": ledd.navn,
        "visningstekst": ledd.tekst,
        "beloep": ledd.beloep,
        "operasjon": "ADDERE",
        "type": slag,
        "beregningsgrunnlag": grunnlag,
        "beregningsposter": own,
    })
}

/// The older summed form: each person's calculation, and that of all. It answers for all or for nobody.
pub(super) fn eldre(town: &Town, slag: Slag, aar: i16, spurte: &[Spurt]) -> Svar {
    let (funnet, savnet) = finn_alle(town, slag, aar, spurte);
    if let Some((_, avslag)) = savnet.first() {
        return Err(Feil::Skatt(*avslag));
    }
    let mut personer = Vec::new();
    for one in &funnet {
        let own = beregn(town, slag, std::slice::from_ref(one), &[one.spurt]);
        let (inn, ut) = own.summer();
        let mut out = json!({
            "personidentifikator": one.nummer,
            "personType": one.spurt.slag,
            "skjermet": one.grunnlag.skjermet,
            "stadie": one.grunnlag.stadie.ord().to_uppercase(),
            "beloep": inn - ut,
            "grunnlag": grupper(&own),
            "personnavn": navn(town, one.person),
        });
        if let Some(dato) = one.grunnlag.oppgjoersdato {
            out["skatteoppgjoersdato"] = dato.to_string().into();
        }
        out["registreringstidpunkt"] = utc(one.grunnlag.ajourholdt).into();
        out["skattFeilmelding"] = Value::Null;
        personer.push(out);
    }
    let all = beregn(town, slag, &funnet, &spurte.iter().collect::<Vec<_>>());
    let (inn, ut) = all.summer();
    let answer = json!({
        "inntektsaar": aar,
        "stadie": stadie(&funnet),
        "summertSkattegrunnlagPersoner": personer,
        "samletBeloep": inn - ut,
        "samletGrunnlag": grupper(&all),
        "soeketidspunkt": utc(town.now()),
        "beregningstype": slag.kode(),
    });
    Ok((answer, funnet.iter().map(|one| one.person).collect()))
}

/// The parts of a calculation as the older form groups them.
fn grupper(beregning: &Beregning) -> Vec<Value> {
    let added = beregning.inntekt.iter().map(|ledd| (ledd, "ADDERE"));
    let taken = beregning.fradrag.iter().map(|ledd| (ledd, "SUBTRAHERE"));
    added.chain(taken).map(|(ledd, operasjon)| gruppe(ledd, operasjon)).collect()
}

fn gruppe(ledd: &Ledd, operasjon: &str) -> Value {
    let poster: Vec<Value> = ledd
        .poster
        .iter()
        .map(|post| {
            let kilde = match post.navn.split_once('.') {
                Some(("nav", _)) => "NAV",
                Some(("kommune", _)) => "KOMMUNE",
                _ => "SKATTEETATEN",
            };
            json!({
                "tekniskNavn": post.navn,
                "visningsnavn": post.tekst,
                "beloep": post.beloep,
                "kilde": kilde,
                "kanEndreVisningsnavn": post.egen == Some(true),
            })
        })
        .collect();
    json!({
        "navn": ledd.nummer.map_or_else(|| ledd.navn.to_uppercase(), ToOwned::to_owned),
        "beskrivelse": ledd.tekst,
        "beloep": ledd.beloep,
        "operasjon": operasjon,
        "poster": poster,
    })
}
