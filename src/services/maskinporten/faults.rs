//! The error bodies of Maskinporten (`specs/eid.md` §5.8).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use crate::access::{Trouble, Visit, json_no_store, with_hint};
use crate::base::{hex, keyed_hash};
use crate::keys::Issuer;

/// Codes and what they stand for.
const SITUATIONS: &[(&str, &str)] = &[
    ("MP-011", "malformed assertion or parameter value"),
    ("MP-012", "the assertion has been used before"),
    ("MP-100", "the client is unknown"),
    ("MP-110", "the audience of the assertion is not this issuer"),
    ("MP-120", "the certificate is not trusted, or is of another environment"),
    ("MP-121", "the registered key has expired"),
    ("MP-122", "the certificate is of another organisation than the client"),
    ("MP-123", "malformed x5c header"),
    ("MP-124", "the signature of the assertion is invalid, or the certificate has expired"),
    ("MP-130", "the assertion has expired"),
    ("MP-200", "the scope is not registered on the client"),
    ("MP-201", "the scope is not allowed for this kind of client"),
    ("MP-250", "the consumer has no access to the scope"),
    ("MP-251", "no delegation from the consumer to the supplier"),
    ("MP-301", "unknown type of authorization details"),
    ("MP-302", "unknown field in authorization details"),
    ("MP-303", "bad value in authorization details, or system user or consent not found"),
];

/// What `code` stands for.
pub(super) fn situation(code: &str) -> Option<&'static str> {
    SITUATIONS.iter().find(|(known, _)| *known == code).map(|(_, situation)| *situation)
}

/// A refusal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fault {
    pub error: &'static str,
    /// `MP-…`; `None` where the real service documents none, and then there is no `error_uri`.
    pub code: Option<&'static str>,
    pub description: String,
    /// Help for the developer, for the header beside the body.
    pub hint: String,
}

impl Fault {
    pub(super) fn new(error: &'static str, code: Option<&'static str>, description: impl Into<String>) -> Self {
        Self { error, code, description: description.into(), hint: String::new() }
    }

    /// `invalid_request`, MP-011.
    pub(super) fn malformed(description: impl Into<String>) -> Self {
        Self::new("invalid_request", Some("MP-011"), description)
    }

    /// `invalid_grant` with `code`.
    pub(super) fn grant(code: impl Into<Option<&'static str>>, description: impl Into<String>) -> Self {
        Self::new("invalid_grant", code.into(), description)
    }

    pub(super) fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    fn status(&self) -> StatusCode {
        if self.error == "forbidden" { StatusCode::FORBIDDEN } else { StatusCode::BAD_REQUEST }
    }

    pub(super) fn response(&self, visit: &Visit) -> Response {
        let description = traced(&self.description, &visit.request_id);
        let mut body = json!({ "error": self.error, "error_description": description });
        if let Some(code) = self.code {
            body["error_uri"] = json!(format!("{}errors/{code}", visit.issuer(Issuer::Maskinporten)));
        }
        with_hint(json_no_store(self.status(), &body), &self.hint)
    }
}

/// A description as the service writes it, with the trace of the request behind.
fn traced(description: &str, request_id: &str) -> String {
    let trace = keyed_hash("maskinporten/trace", &[request_id.as_bytes()]);
    format!("{description} (trace_id: {})", hex(&trace.0[..16]))
}

/// The service's answer when it cannot serve a request. The codes are those of OAuth 2.1; no `MP-` code is documented
/// for any of them.
pub(super) fn trouble(trouble: &Trouble<'_>) -> Response {
    let (error, description) = match trouble.status {
        StatusCode::UNAUTHORIZED => ("invalid_client", "Client authentication failed"),
        StatusCode::FORBIDDEN => ("forbidden", "Access denied"),
        StatusCode::TOO_MANY_REQUESTS => ("temporarily_unavailable", "Too many requests"),
        StatusCode::SERVICE_UNAVAILABLE => ("temporarily_unavailable", "Service temporarily unavailable"),
        status if status.is_server_error() => ("server_error", "Internal error"),
        _ => ("invalid_request", "Invalid request"),
    };
    let body = json!({ "error": error, "error_description": traced(description, trouble.request_id) });
    let mut response = json_no_store(trouble.status, &body);
    if trouble.status == StatusCode::TOO_MANY_REQUESTS || trouble.retry_after_ms.is_some() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(trouble.retry_after_seconds(1)));
    }
    response
}
