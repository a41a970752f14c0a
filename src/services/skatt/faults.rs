//! Error bodies (`specs/folkeregister.md` §19). Each interface has codes of its own for the same troubles; what the
//! gateway in front refuses has the gateway's.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::access::{BearerFault, Trouble, with_hint};
use crate::base::{hex, keyed_hash};
use crate::formats::xml;

/// Namespace of errors in XML.
const NAVNEROM: &str = "urn:no:skatteetaten:datasamarbeid:feil:v1";

/// An interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Api {
    /// Summert skattegrunnlag.
    Summert,
    /// Siste tilgjengelige skatteoppgjør.
    Siste,
    /// Inntekt.
    Inntekt,
    /// The change lists.
    Hendelser,
}

impl Api {
    /// The interface `path` (below the mount) belongs to.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("/api/")?;
        let table = [
            ("summertskattegrunnlag", Self::Summert),
            ("formueinntekt", Self::Summert),
            ("sistetilgjengeligeskatteoppgjoer", Self::Siste),
            ("inntekt", Self::Inntekt),
            ("innrapportert", Self::Inntekt),
            ("skatteoppgjoerhendelser", Self::Hendelser),
            ("skattemeldingutkasthendelser", Self::Hendelser),
            ("inntekthendelser", Self::Hendelser),
        ];
        let first = rest.split('/').next()?;
        table.into_iter().find(|(name, _)| *name == first).map(|(_, api)| api)
    }
}

/// What is wrong with a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Feil {
    /// No such path.
    Url,
    /// No good token.
    Token(BearerFault),
    /// The package is not granted, or may not ask for this stage.
    Rett,
    /// A number, year, stage or period that cannot be read.
    Input(&'static str),
    /// Nobody has that number.
    Person,
    /// Nobody has that number, and it looks like a real one.
    EktePerson,
    /// Nothing for that person and period.
    Ingen,
    /// A form that is not offered.
    Format,
    /// The citizen has not consented.
    Samtykke,
    /// The settlement has taken the draft's place.
    Borte,
}

/// Code and status of `feil` from `api`; of the gateway where the interface has none.
fn kode(api: Option<Api>, feil: Feil) -> (&'static str, StatusCode) {
    use StatusCode as S;
    let forbidden = matches!(feil, Feil::Rett | Feil::Token(BearerFault::WrongScope));
    let kind = match feil {
        Feil::Url => 0,
        Feil::Token(_) if !forbidden => 1,
        Feil::Token(_) | Feil::Rett => 2,
        Feil::Input(_) => 3,
        Feil::Person | Feil::EktePerson => 4,
        Feil::Ingen => 5,
        Feil::Format => 6,
        Feil::Samtykke => 7,
        Feil::Borte => 8,
    };
    let status = [
        S::NOT_FOUND,
        S::UNAUTHORIZED,
        S::FORBIDDEN,
        S::BAD_REQUEST,
        S::NOT_FOUND,
        S::NOT_FOUND,
        S::NOT_ACCEPTABLE,
        S::FORBIDDEN,
        S::GONE,
    ][kind];
    let codes = match api {
        Some(Api::Summert) => {
            ["SSG-003", "SSG-004", "SSG-005", "SSG-006", "SSG-007", "SSG-008", "SSG-009", "SSG-010", "SSG-011"]
        }
        Some(Api::Inntekt) => {
            ["IM-003", "IM-004", "IM-005", "IM-006", "IM-007", "IM-008", "IM-009", "IM-010", "IM-008"]
        }
        Some(Api::Siste) => {
            ["TD-006", "TD-002", "DAS-008", "TD-003", "TD-004", "TD-004", "TD-005", "DAS-008", "TD-004"]
        }
        Some(Api::Hendelser) => {
            ["FA-002", "FA-003", "DAS-008", "FA-004", "FA-005", "FA-005", "FA-006", "DAS-008", "FA-005"]
        }
        None => ["DAS-002", "DAS-008", "DAS-008", "DAS-002", "DAS-002", "DAS-002", "DAS-002", "DAS-008", "DAS-002"],
    };
    (codes[kind], status)
}

impl Feil {
    /// The administration's words.
    fn melding(self) -> &'static str {
        match self {
            Self::Url => "Ukjent url",
            Self::Token(BearerFault::WrongScope) | Self::Rett => "Virksomheten har ikke tilgang til opplysningene",
            Self::Token(_) => "Tilgangstokenet mangler eller er ikke gyldig",
            Self::Input(what) => what,
            Self::Person | Self::EktePerson => "Fant ingen person med oppgitt personidentifikator",
            Self::Ingen => "Fant ingen opplysninger for oppgitt person og periode",
            Self::Format => "Formatet støttes ikke, bruk application/json eller application/xml",
            Self::Samtykke => "Samtykke mangler eller er ikke gyldig",
            Self::Borte => "Skattegrunnlaget finnes ikke lenger",
        }
    }

    /// What the person at the keyboard should know.
    fn hint(self) -> &'static str {
        match self {
            Self::Url => "route-unknown: no operation has this path; new paths take no slash at the end, and only GET",
            Self::Token(fault) => fault.hint(),
            Self::Rett => {
                "package: municipalities have kommuneforeldrebetaling (oppgjoer, utkast), kommuneboligsosialeformaal, \
                 kommunelangtidsoppholdinstitusjon and kommunepersonligassistanse (oppgjoer); Inntekt has digisos and \
                 kommuneBoligsosialeFormaal"
            }
            Self::Input(_) => {
                "input: eleven digits, a year of four, stadie utkast, fastsatt or oppgjoer, months as 2026-07"
            }
            Self::Person => "person-unknown: nobody in this world has that number",
            Self::EktePerson => {
                "person-unknown-real-shaped: the number looks like a real person's; only synthetic numbers exist here"
            }
            Self::Ingen => "nothing-yet: nothing of that period, or it had not come so far at Byteby-Time",
            Self::Format => "accept: ask for application/json or application/xml",
            Self::Samtykke => "consent: the package sbl needs the citizen's consent, which is not modelled",
            Self::Borte => "replaced: the settlement has come; ask for stadie oppgjoer",
        }
    }

    /// The answer of `api`; as XML when that was asked for.
    pub(super) fn into_response(self, api: Option<Api>, as_xml: bool, request_id: &str) -> Response {
        let (code, status) = kode(api, self);
        with_hint(body(status, code, self.melding(), as_xml, request_id), self.hint())
    }
}

/// An error body.
fn body(status: StatusCode, kode: &str, melding: &str, as_xml: bool, request_id: &str) -> Response {
    let id = hex(&keyed_hash("skatt/korrelasjonsid", &[request_id.as_bytes()]).0[..16]);
    let value = json!({ "kode": kode, "melding": melding, "korrelasjonsid": id });
    if as_xml { svar(status, XML, dokument("feil", NAVNEROM, &value)) } else { svar(status, JSON, value.to_string()) }
}

/// `value` as an XML document.
pub(super) fn dokument(rot: &str, navnerom: &str, value: &Value) -> String {
    xml::document(rot, navnerom, value).expect("the keys of a JSON object are text")
}

/// Media types.
pub(super) const JSON: &str = "application/json";
pub(super) const XML: &str = "application/xml";

/// A body that must not be stored.
pub(super) fn svar(status: StatusCode, media: &'static str, body: String) -> Response {
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The answer when a request cannot be served: the interface's codes for what it has, otherwise the gateway's.
pub(super) fn trouble(trouble: &Trouble<'_>) -> Response {
    let api = Api::of_path(trouble.path);
    let unexpected = match api {
        Some(Api::Summert) => "SSG-001",
        Some(Api::Inntekt) => "IM-001",
        Some(Api::Siste) => "TD-001",
        Some(Api::Hendelser) => "FA-001",
        None => "DAS-001",
    };
    let (code, melding) = match trouble.status {
        StatusCode::UNAUTHORIZED => {
            let feil = Feil::Token(BearerFault::Expired);
            (kode(api, feil).0, feil.melding())
        }
        StatusCode::FORBIDDEN => ("DAS-008", Feil::Rett.melding()),
        StatusCode::NOT_FOUND => ("DAS-002", Feil::Url.melding()),
        StatusCode::INTERNAL_SERVER_ERROR => (unexpected, "Uventet feil på tjenesten"),
        _ => ("DAS-001", "Tjenesten er ikke tilgjengelig, prøv igjen senere"),
    };
    let mut response = body(trouble.status, code, melding, false, trouble.request_id);
    if trouble.status == StatusCode::TOO_MANY_REQUESTS || trouble.retry_after_ms.is_some() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(trouble.retry_after_seconds(1)));
    }
    response
}
