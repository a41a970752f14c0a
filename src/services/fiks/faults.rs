//! Error bodies of the platform (`specs/eformidling.md` §19.2): its fields that say nothing are left out.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use crate::access::{BearerFault, Trouble, with_hint};
use crate::base::{hex, keyed_hash};
use crate::clock::Instant;
use crate::formats::skattegrunnlag::Avslag;

/// What is wrong with a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Feil {
    /// No good token.
    Token(BearerFault),
    /// The token lacks the scope.
    Scope,
    /// No such integration, or another password.
    Integrasjon,
    /// No role has this id.
    UkjentRolle,
    /// The role is for something else, or has not been granted to the integration or its organisation.
    IkkeTildelt,
    /// The body is not what the form asks for.
    Format,
    /// The body says something impossible.
    Innhold(&'static str),
    /// The tax administration refuses: passed on in its own form.
    Skatt(Avslag),
    /// No such path.
    Ukjent,
    /// The path has no such method.
    Metode,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Kropp<'a> {
    timestamp: String,
    status: u16,
    error: &'static str,
    error_id: String,
    path: &'a str,
    original_path: &'a str,
    message: &'a str,
}

/// Where and when a request went wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sted<'a> {
    /// Path below the service's mount.
    pub(super) path: &'a str,
    /// Id of the request.
    pub(super) request_id: &'a str,
    /// Virtual time.
    pub(super) now: Instant,
}

fn answer(status: StatusCode, message: &str, sted: Sted<'_>) -> Response {
    let id = hex(&keyed_hash("fiks/feil", &[sted.request_id.as_bytes()]).0[..16]);
    let body = Kropp {
        timestamp: sted.now.to_string(),
        status: status.as_u16(),
        error: status.canonical_reason().unwrap_or("Error"),
        error_id: [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-"),
        path: sted.path,
        original_path: sted.path,
        message,
    };
    json(status, &body)
}

/// `body` as JSON.
pub(super) fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    use axum::response::IntoResponse;
    let bytes = serde_json::to_vec(body).unwrap_or_default();
    let mut response = (status, bytes).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl Feil {
    /// The platform's answer.
    pub(super) fn response(self, sted: Sted<'_>) -> Response {
        let (status, message, hint) = match self {
            Self::Token(fault) => (StatusCode::UNAUTHORIZED, "Unauthorized", fault.hint()),
            Self::Scope => (StatusCode::FORBIDDEN, "Access is denied", "scope-mismatch: the token needs `ks:fiks`"),
            Self::Integrasjon => (
                StatusCode::UNAUTHORIZED,
                "Unauthorized",
                "integration: send IntegrasjonId and IntegrasjonPassord as the admin API's list of roles has them",
            ),
            Self::UkjentRolle => (
                StatusCode::NOT_FOUND,
                "Rolle finnes ikke",
                "role-unknown: the admin API lists the municipality's roles with their ids",
            ),
            Self::IkkeTildelt => (
                StatusCode::FORBIDDEN,
                "Access is denied",
                "role-not-granted: the role is for another register, or not granted to this integration or organisation",
            ),
            Self::Innhold(what) => {
                (StatusCode::BAD_REQUEST, what, "body: read as JSON, but not an order that can be carried out")
            }
            Self::Skatt(avslag) => return fra_skatt(avslag, sted),
            Self::Format => (StatusCode::BAD_REQUEST, "Malformed request", "body: not what this form asks for"),
            Self::Ukjent => (StatusCode::NOT_FOUND, "No such resource", "route-unknown: no operation has this path"),
            Self::Metode => {
                (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", "method: the path exists with another method")
            }
        };
        with_hint(answer(status, message, sted), hint)
    }
}

/// Code, status and words of the tax administration for a refusal.
pub(super) fn skatt(avslag: Avslag) -> (&'static str, StatusCode, &'static str) {
    match avslag {
        Avslag::Input(what) => ("SSG-006", StatusCode::BAD_REQUEST, what),
        Avslag::Rett => ("SSG-005", StatusCode::FORBIDDEN, "Virksomheten har ikke tilgang til opplysningene"),
        Avslag::Samtykke => ("SSG-010", StatusCode::FORBIDDEN, "Samtykke mangler eller er ikke gyldig"),
        Avslag::Person { .. } => {
            ("SSG-007", StatusCode::NOT_FOUND, "Fant ingen person med oppgitt personidentifikator")
        }
        Avslag::Ingen => ("SSG-008", StatusCode::NOT_FOUND, "Fant ingen opplysninger for oppgitt person og periode"),
        Avslag::Borte => ("SSG-011", StatusCode::GONE, "Skattegrunnlaget finnes ikke lenger"),
    }
}

/// A refusal of the tax administration, in its own form.
fn fra_skatt(avslag: Avslag, sted: Sted<'_>) -> Response {
    let (kode, status, melding) = skatt(avslag);
    let id = hex(&keyed_hash("skatt/korrelasjonsid", &[sted.request_id.as_bytes()]).0[..16]);
    let hint = match avslag {
        Avslag::Person { ekte: true } => {
            "person-unknown-real-shaped: the number looks like a real person's; only synthetic numbers exist here"
        }
        _ => "skatteetaten: the tax administration's own refusal",
    };
    with_hint(json(status, &serde_json::json!({ "kode": kode, "melding": melding, "korrelasjonsid": id })), hint)
}

/// The platform's answer when it cannot serve a request.
pub(super) fn trouble(trouble: &Trouble<'_>) -> Response {
    let message = match trouble.status {
        StatusCode::UNAUTHORIZED => "Unauthorized",
        StatusCode::TOO_MANY_REQUESTS => "Too many requests",
        status if status.is_server_error() => "Internal error",
        _ => "The request could not be handled",
    };
    let sted = Sted { path: trouble.path, request_id: trouble.request_id, now: trouble.now };
    let mut response = answer(trouble.status, message, sted);
    if trouble.status == StatusCode::TOO_MANY_REQUESTS || trouble.retry_after_ms.is_some() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(trouble.retry_after_seconds(1)));
    }
    response
}
