//! Answers for what this town does not model: 501 with a problem document that names it, never an invented 200
//! (`DESIGN` §2 rule 9).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::observe::Note;

/// A problem document (RFC 9457) as a response.
#[must_use]
pub fn problem(status: StatusCode, title: &str, detail: &str) -> Response {
    let body = serde_json::json!({
        "type": "about:blank",
        "title": title,
        "status": status.as_u16(),
        "detail": detail,
    });
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

/// 501 for `operation` of `service`.
#[must_use]
pub fn not_modelled(service: &'static str, operation: &'static str) -> Response {
    let detail = format!("the operation `{operation}` of `{service}` is not modelled");
    let mut response = problem(StatusCode::NOT_IMPLEMENTED, "Not Implemented", &detail);
    response.extensions_mut().insert(Note { service, operation, ..Note::default() });
    response
}
