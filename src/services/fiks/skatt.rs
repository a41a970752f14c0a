//! What is passed on from the tax administration: paths, bodies and forms.

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json as kropp};

use super::TJENESTE;
use super::beregning::{Ekstrapost, SOEKER, Slag, Spurt, har_rett, verdier};
use super::beregningssvar::{Form, Svar, eldre, svar};
use super::faults::{Feil, json};
use super::handlers;
use super::operations::{SKATT_BEREGN, SKATT_GRUNNLAG, SKATT_VERDIER, SKATTEETATEN, sti};
use super::roller::{Omraade, Rolle};
use crate::access::Inbound;
use crate::formats::skattegrunnlag::{Oensket, Versjon, oppslag};
use crate::observe::Note;
use crate::town::Town;

/// Most people of one calculation.
const MAKS: usize = 10;
/// Largest amount of a row that is added, kroner, to either side of nothing.
const MEST: i64 = 1_000_000_000_000;
/// The row an addition of the municipality's own stands for in the older form, which names none.
const KOMMUNENS: &str = "kommune.skjoennsmessigeFradrag";

/// The paths of this part.
pub(super) fn routes() -> Router {
    Router::new()
        .route(&format!("/fiks{}", sti::PROXY[0]), get(proxy_v1))
        .route(&format!("/fiks{}", sti::PROXY[1]), get(proxy_v2))
        .route(&format!("/fiks{}", sti::BEREGNING), post(beregning))
        .route(&format!("/fiks{}", sti::UNDERSTI), post(understi))
        .route(&format!("/fiks{}", sti::VERDIER), get(mulige_verdier))
        .route(&format!("/fiks{}", sti::SUMMERT), post(summert))
}

/// Admits the caller and answers.
fn answer(
    inbound: &Inbound,
    headers: &HeaderMap,
    uri: &Uri,
    operation: &'static str,
    rolle: &str,
    rule: impl FnOnce(&Town, &Rolle) -> Svar,
) -> Response {
    let town = inbound.town();
    handlers::answer(inbound, uri, headers, (rolle, Omraade::Skatt), operation, |adgang| {
        let (value, people) = rule(&town, adgang.rolle)?;
        let about = people.into_iter().map(|id| town.key_of(id)).collect();
        Ok((json(StatusCode::OK, &value), Note { service: TJENESTE, operation, about, ..Note::default() }))
    })
}

type Fem = Path<(String, String, String, String, String)>;

async fn proxy_v1(inbound: Inbound, path: Fem, headers: HeaderMap, uri: Uri) -> Response {
    proxy(&inbound, path, &headers, &uri, Versjon::V1)
}

async fn proxy_v2(inbound: Inbound, path: Fem, headers: HeaderMap, uri: Uri) -> Response {
    proxy(&inbound, path, &headers, &uri, Versjon::V2)
}

/// The tax administration's own document. The role decides which package may be asked with.
fn proxy(
    inbound: &Inbound,
    Path((rolle, stadie, pakke, aar, pid)): Fem,
    headers: &HeaderMap,
    uri: &Uri,
    versjon: Versjon,
) -> Response {
    answer(inbound, headers, uri, SKATTEETATEN, &rolle, |town, rolle| {
        if !rolle.pakke.eq_ignore_ascii_case(&pakke) {
            return Err(Feil::IkkeTildelt);
        }
        let oensket = Oensket { stadie: &stadie, pakke: &pakke, aar: &aar, pid: &pid };
        let (value, id) = oppslag(town, &oensket, versjon).map_err(Feil::Skatt)?;
        Ok((value, vec![id]))
    })
}

#[derive(Deserialize)]
struct Bestilling {
    beregningstype: Option<String>,
    inntektsaar: i16,
    personer: Vec<BestiltPerson>,
}

#[derive(Deserialize)]
struct BestiltPerson {
    identifikator: String,
    #[serde(rename = "type")]
    slag: String,
    #[serde(default)]
    ekstraposter: Vec<BestiltPost>,
}

/// A row an order adds. Its words are called differently in the two forms, and what it is called in the municipality's
/// own accounts says nothing here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BestiltPost {
    teknisk_navn: Option<String>,
    #[serde(alias = "visningsnavn")]
    visningstekst: Option<String>,
    /// A number; in the older form text.
    beloep: Value,
}

impl BestiltPost {
    /// The row, when it may be added to a calculation of `slag`.
    fn les(self, slag: Slag) -> Result<Ekstrapost, Feil> {
        let navn = self.teknisk_navn.ok_or(Feil::Innhold("tekniskNavn mangler i en ekstrapost"))?;
        let verdi = verdier(slag).find(|verdi| verdi.navn == navn);
        let verdi = verdi.ok_or(Feil::Innhold("Ugyldig tekniskNavn i en ekstrapost"))?;
        let beloep = self.beloep.as_i64().or_else(|| self.beloep.as_str()?.parse().ok());
        let beloep = beloep.filter(|beloep| (-MEST..=MEST).contains(beloep));
        let beloep = beloep.ok_or(Feil::Innhold("Ugyldig beloep i en ekstrapost"))?;
        Ok(Ekstrapost { verdi, tekst: self.visningstekst.filter(|text| !text.is_empty()), beloep })
    }
}

/// A year of four digits.
fn inntektsaar(aar: i16) -> Result<i16, Feil> {
    if (1000..=9999).contains(&aar) { Ok(aar) } else { Err(Feil::Innhold("inntektsaar må ha fire sifre")) }
}

/// Exactly one applicant, the others of the kind `annen`, nobody twice.
fn godkjenn(spurte: Vec<Spurt>, annen: &str) -> Result<Vec<Spurt>, Feil> {
    if !(1..=MAKS).contains(&spurte.len()) {
        return Err(Feil::Innhold("Det må være fra en til ti personer"));
    }
    if spurte.iter().filter(|one| one.slag == SOEKER).count() != 1 {
        return Err(Feil::Innhold("Det må være nøyaktig en SOEKER"));
    }
    if spurte.iter().any(|one| one.slag != SOEKER && one.slag != annen) {
        return Err(Feil::Innhold("Ukjent type person"));
    }
    let mut numbers: Vec<&str> = spurte.iter().map(|one| one.identifikator.as_str()).collect();
    numbers.sort_unstable();
    if numbers.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Feil::Innhold("En person er oppgitt to ganger"));
    }
    Ok(spurte)
}

/// The people of an order.
fn spurte(order: Vec<BestiltPerson>, slag: Slag, annen: &str) -> Result<Vec<Spurt>, Feil> {
    let mut out = Vec::new();
    for one in order {
        let rows = one.ekstraposter.into_iter().map(|post| post.les(slag));
        let ekstraposter = rows.collect::<Result<_, _>>()?;
        out.push(Spurt { identifikator: one.identifikator, slag: one.slag, ekstraposter });
    }
    godkjenn(out, annen)
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Feil> {
    serde_json::from_slice(body).map_err(|_| Feil::Format)
}

async fn beregning(inbound: Inbound, Path(rolle): Path<String>, headers: HeaderMap, uri: Uri, body: Bytes) -> Response {
    answer(&inbound, &headers, &uri, SKATT_BEREGN, &rolle, |town, rolle| {
        let order: Bestilling = read(&body)?;
        let slag = order.beregningstype.as_deref().and_then(Slag::of_kode);
        let slag = slag.filter(|slag| *slag != Slag::Bolig).ok_or(Feil::Innhold("Ukjent beregningstype"))?;
        har_rett(rolle, slag)?;
        let aar = inntektsaar(order.inntektsaar)?;
        svar(town, slag, aar, &spurte(order.personer, slag, "PARTNER")?, Form::MedSlag)
    })
}

async fn understi(
    inbound: Inbound,
    Path((rolle, slag)): Path<(String, String)>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Response {
    answer(&inbound, &headers, &uri, SKATT_BEREGN, &rolle, |town, rolle| {
        let slag = Slag::of_sti(&slag).ok_or(Feil::Ukjent)?;
        har_rett(rolle, slag)?;
        let order: Bestilling = read(&body)?;
        let aar = inntektsaar(order.inntektsaar)?;
        svar(town, slag, aar, &spurte(order.personer, slag, "ANNET")?, Form::Understi)
    })
}

/// The rows that may be added to the calculation the role is for.
async fn mulige_verdier(inbound: Inbound, Path(rolle): Path<String>, headers: HeaderMap, uri: Uri) -> Response {
    answer(&inbound, &headers, &uri, SKATT_VERDIER, &rolle, |_, rolle| {
        let slag = Slag::of_rolle(rolle).ok_or(Feil::IkkeTildelt)?;
        let rows = verdier(slag).map(
            |verdi| kropp!({ "tekniskNavn": verdi.navn, "visningstekst": verdi.tekst, "operasjon": verdi.operasjon }),
        );
        Ok((kropp!({ "beregningstype": slag.kode(), "ekstraposter": rows.collect::<Vec<_>>() }), Vec::new()))
    })
}

#[derive(Deserialize)]
struct Eldre {
    /// Text; later also a number.
    inntektsaar: Value,
    beregningstype: String,
    soekere: Vec<Soeker>,
}

/// An applicant of the older form. Its rows stood in two lists first, then in one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Soeker {
    personidentifikator: String,
    person_type: String,
    #[serde(default)]
    nav_poster: Vec<BestiltPost>,
    #[serde(default)]
    kommune_poster: Vec<BestiltPost>,
    #[serde(default)]
    poster: Vec<BestiltPost>,
}

impl Soeker {
    fn spurt(self, slag: Slag) -> Result<Spurt, Feil> {
        let own = self.kommune_poster.into_iter().map(|mut post| {
            post.teknisk_navn.get_or_insert_with(|| KOMMUNENS.to_owned());
            post
        });
        let rows = self.nav_poster.into_iter().chain(own).chain(self.poster);
        let ekstraposter = rows.map(|post| post.les(slag)).collect::<Result<_, _>>()?;
        Ok(Spurt { identifikator: self.personidentifikator, slag: self.person_type, ekstraposter })
    }
}

/// The older form of the calculation.
async fn summert(inbound: Inbound, Path(rolle): Path<String>, headers: HeaderMap, uri: Uri, body: Bytes) -> Response {
    answer(&inbound, &headers, &uri, SKATT_GRUNNLAG, &rolle, |town, rolle| {
        let order: Eldre = read(&body)?;
        let slag = Slag::of_kode(&order.beregningstype).ok_or(Feil::Innhold("Ukjent beregningstype"))?;
        har_rett(rolle, slag)?;
        let year = order.inntektsaar.as_i64().or_else(|| order.inntektsaar.as_str()?.parse().ok());
        let aar = inntektsaar(year.and_then(|year| i16::try_from(year).ok()).unwrap_or(0))?;
        let spurte = order.soekere.into_iter().map(|one| one.spurt(slag)).collect::<Result<_, _>>()?;
        eldre(town, slag, aar, &godkjenn(spurte, "EKTEFELLE")?)
    })
}
