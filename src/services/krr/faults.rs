//! Error bodies (`specs/folkeregister.md` §18.5).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::minprofil;
use crate::access::{BearerFault, Trouble, with_hint};

/// What is wrong with a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Feil {
    /// No good token.
    Token(BearerFault),
    /// The body is not the JSON object asked for.
    Format,
    /// Nobody or too many asked for.
    Antall,
    /// The question for changes names no number.
    Endringsformat,
    /// The citizen's change names no language of the register.
    Spraak,
    /// The citizen cannot stand in the register.
    IkkeIRegisteret,
    /// An answer in another form is asked for.
    Accept,
    /// No such path.
    Ukjent,
    /// The path has no such method.
    Metode,
    /// The world takes no more writes.
    Intern,
}

#[derive(Serialize)]
struct Kropp {
    status: u16,
    error: &'static str,
    message: &'static str,
}

impl IntoResponse for Feil {
    fn into_response(self) -> Response {
        let (status, message, hint) = match self {
            Self::Token(BearerFault::WrongScope) => {
                (StatusCode::FORBIDDEN, "Forbidden", BearerFault::WrongScope.hint())
            }
            Self::Token(fault) => (StatusCode::UNAUTHORIZED, "Unauthorized", fault.hint()),
            Self::Format => (
                StatusCode::BAD_REQUEST,
                "Malformed JSON request",
                "krr-format: send {\"personidentifikatorer\": [\"...\"]} as application/json",
            ),
            Self::Antall => (
                StatusCode::BAD_REQUEST,
                "personidentifikatorer: size must be between 1 and 1000",
                "krr-size: send between 1 and 1000 identifiers",
            ),
            Self::Endringsformat => (
                StatusCode::BAD_REQUEST,
                "Malformed JSON request",
                "krr-format: send {\"fraEndringsId\": 0} with the last change you have seen, as application/json",
            ),
            Self::Spraak => (
                StatusCode::BAD_REQUEST,
                "spraak: must be one of nb, nn, en, se",
                "krr-language: send {\"spraak\": \"en\"}; nothing else can be changed here",
            ),
            Self::IkkeIRegisteret => (
                StatusCode::BAD_REQUEST,
                "The person cannot be registered",
                "krr-person: only residents of 15 and over stand in the register",
            ),
            Self::Accept => (
                StatusCode::NOT_ACCEPTABLE,
                "Not acceptable",
                "accept: the entry comes as application/json or application/jose",
            ),
            Self::Metode => (
                StatusCode::METHOD_NOT_ALLOWED,
                "Method not allowed",
                "method: look-ups are POST, the citizen's own entry GET or PATCH",
            ),
            Self::Intern => (StatusCode::INTERNAL_SERVER_ERROR, "Internal error", "the world takes no more writes"),
            Self::Ukjent => (StatusCode::NOT_FOUND, "No such resource", "route-unknown: no operation has this path"),
        };
        let error = status.canonical_reason().unwrap_or("Error");
        with_hint(json(status, &Kropp { status: status.as_u16(), error, message }), hint)
    }
}

/// `body` as JSON.
pub(super) fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    let bytes = serde_json::to_vec(body).unwrap_or_default();
    let mut response = (status, bytes).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The register's answer when it cannot serve a request: a page to people. To programs nothing is published but the
/// statuses; the body is that of its other errors.
pub(super) fn trouble(trouble: &Trouble<'_>) -> Response {
    let mut response =
        if minprofil::is_own(trouble.operation) { minprofil::down(trouble.status) } else { body(trouble) };
    let throttled = trouble.status == StatusCode::TOO_MANY_REQUESTS;
    if throttled || trouble.retry_after_ms.is_some() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(trouble.retry_after_seconds(1)));
    }
    response
}

fn body(trouble: &Trouble<'_>) -> Response {
    let error = trouble.status.canonical_reason().unwrap_or("Error");
    let message = match trouble.status {
        StatusCode::UNAUTHORIZED => "Unauthorized",
        StatusCode::TOO_MANY_REQUESTS => "Too many requests",
        StatusCode::SERVICE_UNAVAILABLE => "The service is temporarily unavailable",
        status if status.is_server_error() => "Internal error",
        _ => "The request could not be handled",
    };
    json(trouble.status, &Kropp { status: trouble.status.as_u16(), error, message })
}
