//! Paths, tokens and extraction. What is answered stands in `rules`.

use std::collections::BTreeMap;

use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::{MethodRouter, any, get};
use axum::{Extension, Router};

use super::faults::{Api, Feil, JSON, XML, dokument, svar};
use super::operations::sti;
use super::rules::{self, Svar, TJENESTE, operasjon};
use crate::access::{AudienceRule, Inbound, bearer, not_modelled, with_note};
use crate::formats::skattegrunnlag::{Oensket, Versjon};
use crate::observe::Note;
use crate::town::Town;
use crate::town::skattehendelser::Liste;

/// Scopes of Summert skattegrunnlag, with the older name.
const SUMMERT: [&str; 2] = ["skatteetaten:summertskattegrunnlag", "skatteetaten:spesifisertsummertskattegrunnlag"];
/// Scope of Inntekt.
const INNTEKT: [&str; 1] = ["skatteetaten:inntekt"];
/// The lists in the order of their paths.
const LISTER: [Liste; 3] = [Liste::Oppgjoer, Liste::Utkast, Liste::Inntekt];

/// All paths of the service.
pub(super) fn routes() -> Router {
    let only_get = |handler: MethodRouter| handler.fallback(unknown);
    let mut router = Router::new()
        .route(&format!("/skatt{}", sti::SUMMERT), only_get(get(summert)))
        .route(&format!("/skatt{}", sti::SPESIFISERT), only_get(get(spesifisert)))
        .route(&format!("/skatt{}", sti::SPESIFISERT_OPPGJOER), only_get(get(spesifisert_oppgjoer)))
        .route(&format!("/skatt{}", sti::SISTE), only_get(get(siste)))
        .route(&format!("/skatt{}", sti::INNTEKT), only_get(get(maaneder)))
        .route(&format!("/skatt{}", sti::INNTEKT_GAMMEL), only_get(get(maaneder)));
    for (place, liste) in LISTER.into_iter().enumerate() {
        let with = |handler: MethodRouter| only_get(handler).layer(Extension(liste));
        router = router
            .route(&format!("/skatt{}", sti::HENDELSER[place]), with(get(hendelser)))
            .route(&format!("/skatt{}", sti::START[place]), with(get(start)));
    }
    router.route("/skatt/{*rest}", any(unknown))
}

/// The form an `Accept` header asks for: whether it is XML. `None` for a form that is not offered.
fn is_xml(headers: &HeaderMap) -> Option<bool> {
    let mut asked = false;
    for value in headers.get_all(header::ACCEPT) {
        for range in value.to_str().unwrap_or("").split(',') {
            let media = range.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
            match media.as_str() {
                "" => {}
                "*/*" | "application/*" | JSON => return Some(false),
                XML => return Some(true),
                _ => asked = true,
            }
        }
    }
    (!asked).then_some(false)
}

/// What an operation is, for its answer and the record.
#[derive(Clone, Copy)]
struct Om {
    api: Api,
    operation: &'static str,
    scopes: &'static [&'static str],
    /// Root and namespace in XML; none when only JSON is modelled.
    xml: Option<(&'static str, &'static str)>,
}

/// Admits the caller, answers in the form asked for, and tells the record who asked about whom.
fn answer(inbound: &Inbound, headers: &HeaderMap, om: Om, rule: impl FnOnce(&Town) -> Svar) -> Response {
    let note = |client: Option<String>| Note { service: TJENESTE, operation: om.operation, client, ..Note::default() };
    let form = is_xml(headers);
    let refuse = |feil: Feil, client| {
        let body = feil.into_response(Some(om.api), form == Some(true), &inbound.request_id);
        with_note(body, note(client))
    };
    let token = match bearer(inbound, headers, om.scopes, AudienceRule::Unchecked) {
        Ok(token) => token,
        Err(fault) => return refuse(Feil::Token(fault), None),
    };
    let client = Some(token.client_id.clone());
    let Some(as_xml) = form else { return refuse(Feil::Format, client) };
    let town = inbound.town();
    match rule(&town) {
        Err(feil) => refuse(feil, client),
        Ok((value, people)) => {
            let response = match (as_xml, om.xml) {
                (false, _) => svar(StatusCode::OK, JSON, value.to_string()),
                (true, Some((root, space))) => svar(StatusCode::OK, XML, dokument(root, space, &value)),
                (true, None) => return not_modelled(TJENESTE, om.operation),
            };
            let about = people.into_iter().map(|id| town.key_of(id)).collect();
            with_note(response, Note { about, ..note(client) })
        }
    }
}

const SUMMERT_V2: Om = Om {
    api: Api::Summert,
    operation: operasjon::SUMMERT,
    scopes: &SUMMERT,
    xml: Some(("summertSkattegrunnlag", "urn:no:skatteetaten:datasamarbeid:summertskattegrunnlag:v2")),
};

const SPESIFISERT: Om = Om {
    xml: Some((
        "spesifisertSummertSkattegrunnlag",
        "urn:no:skatteetaten:datasamarbeid:spesifisertsummertskattegrunnlag:v1",
    )),
    ..SUMMERT_V2
};

const MAANED: Om = Om { api: Api::Inntekt, operation: operasjon::MAANED, scopes: &INNTEKT, xml: None };

type Fire = Path<(String, String, String, String)>;
type Spoersmaal = Query<BTreeMap<String, String>>;

async fn summert(inbound: Inbound, Path((stadie, pakke, aar, pid)): Fire, headers: HeaderMap) -> Response {
    let asked = Oensket { stadie: &stadie, pakke: &pakke, aar: &aar, pid: &pid };
    answer(&inbound, &headers, SUMMERT_V2, |town| rules::summert(town, &asked, Versjon::V2))
}

async fn spesifisert(inbound: Inbound, Path((stadie, pakke, aar, pid)): Fire, headers: HeaderMap) -> Response {
    let asked = Oensket { stadie: &stadie, pakke: &pakke, aar: &aar, pid: &pid };
    answer(&inbound, &headers, SPESIFISERT, |town| rules::summert(town, &asked, Versjon::Spesifisert))
}

async fn spesifisert_oppgjoer(
    inbound: Inbound,
    Path((pakke, aar, pid)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let asked = Oensket { stadie: "oppgjoer", pakke: &pakke, aar: &aar, pid: &pid };
    answer(&inbound, &headers, SPESIFISERT, |town| rules::summert(town, &asked, Versjon::Spesifisert))
}

async fn siste(inbound: Inbound, Path(pid): Path<String>, headers: HeaderMap) -> Response {
    let om = Om {
        api: Api::Siste,
        operation: operasjon::SISTE,
        xml: Some(("tilgjengeligdata", "urn:no:skatteetaten:datasamarbeid:tilgjengeligdata:v1")),
        ..SUMMERT_V2
    };
    answer(&inbound, &headers, om, |town| rules::siste(town, &pid))
}

async fn maaneder(
    inbound: Inbound,
    Path((pakke, pid)): Path<(String, String)>,
    Query(query): Spoersmaal,
    headers: HeaderMap,
) -> Response {
    let at = |name: &str| query.get(name).map(String::as_str);
    answer(&inbound, &headers, MAANED, |town| rules::maaneder(town, &pakke, &pid, at("fraOgMed"), at("tilOgMed")))
}

/// The scopes of the look-up behind a list.
fn of_list(liste: Liste, operation: &'static str) -> Om {
    let scopes: &'static [&'static str] = if liste == Liste::Inntekt { &INNTEKT } else { &SUMMERT };
    Om { api: Api::Hendelser, operation, scopes, xml: None }
}

async fn hendelser(
    inbound: Inbound,
    Extension(liste): Extension<Liste>,
    Query(query): Spoersmaal,
    headers: HeaderMap,
) -> Response {
    let at = |name: &str| query.get(name).map(String::as_str);
    answer(&inbound, &headers, of_list(liste, operasjon::HENDELSER), |town| {
        rules::hendelser(town, liste, at("fraSekvensnummer"), at("antall"))
    })
}

async fn start(
    inbound: Inbound,
    Extension(liste): Extension<Liste>,
    Query(query): Spoersmaal,
    headers: HeaderMap,
) -> Response {
    let dato = query.get("dato").map(String::as_str);
    answer(&inbound, &headers, of_list(liste, operasjon::START), |town| rules::start(town, liste, dato))
}

async fn unknown(inbound: Inbound, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().strip_prefix("/skatt").unwrap_or("");
    Feil::Url.into_response(Api::of_path(path), is_xml(&headers) == Some(true), &inbound.request_id)
}
