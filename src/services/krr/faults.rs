//! Error bodies (`specs/folkeregister.md` §18.5).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

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
    /// No such path.
    Ukjent,
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

/// The register's answer when it cannot serve a request. Nothing is published but the statuses; the body is that of its
/// other errors.
pub(super) fn trouble(trouble: &Trouble<'_>) -> Response {
    let error = trouble.status.canonical_reason().unwrap_or("Error");
    let message = match trouble.status {
        StatusCode::UNAUTHORIZED => "Unauthorized",
        StatusCode::TOO_MANY_REQUESTS => "Too many requests",
        StatusCode::SERVICE_UNAVAILABLE => "The service is temporarily unavailable",
        status if status.is_server_error() => "Internal error",
        _ => "The request could not be handled",
    };
    let mut response = json(trouble.status, &Kropp { status: trouble.status.as_u16(), error, message });
    let throttled = trouble.status == StatusCode::TOO_MANY_REQUESTS;
    if throttled || trouble.retry_after_ms.is_some() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(trouble.retry_after_seconds(1)));
    }
    response
}
