//! What the service says when it cannot serve a request: a page to people, JSON to programs (`specs/eid.md` §2.7).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

use super::pages;
use super::texts::Texts;
use crate::access::{Trouble, json_no_store};

/// The service's answer. The codes are those of OAuth 2.1.
#[must_use]
pub fn trouble(trouble: &Trouble<'_>) -> Response {
    let handling = trouble.operation.split_once('.').map_or("", |(_, handling)| handling);
    let for_people = matches!(handling, "innlogging" | "innloggingsside" | "utlogging");
    let mut response = if for_people { page(trouble.status) } else { document(trouble.status) };
    let throttled = trouble.status == StatusCode::TOO_MANY_REQUESTS;
    if throttled || trouble.retry_after_ms.is_some() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(trouble.retry_after_seconds(1)));
    }
    response
}

fn page(status: StatusCode) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::X_FRAME_OPTIONS, "DENY")];
    (status, headers, Html(pages::down(Texts::of("nb")))).into_response()
}

fn document(status: StatusCode) -> Response {
    let (error, description) = match status {
        StatusCode::UNAUTHORIZED => ("invalid_client", "Client authentication failed"),
        StatusCode::FORBIDDEN => ("access_denied", "Access denied"),
        StatusCode::TOO_MANY_REQUESTS => ("temporarily_unavailable", "Too many requests"),
        StatusCode::SERVICE_UNAVAILABLE => ("temporarily_unavailable", "Service temporarily unavailable"),
        status if status.is_server_error() => ("server_error", "Internal error"),
        _ => ("invalid_request", "Invalid request"),
    };
    json_no_store(status, &json!({ "error": error, "error_description": description }))
}
