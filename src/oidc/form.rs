//! The forms that programs post, and the error bodies they get (`specs/eid.md` §2.7, §9 row 23).

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use crate::access::{Params, json_no_store, with_hint};

/// An error body of the token endpoint and its neighbours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fault {
    pub status: StatusCode,
    pub error: &'static str,
    pub description: String,
    pub hint: String,
    /// Whether the caller tried Basic authentication and is told so.
    pub basic: bool,
}

impl Fault {
    /// `error` with `status`.
    pub(super) fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self { status, error, description: description.into(), hint: String::new(), basic: false }
    }

    /// 400 with `error`.
    pub(super) fn bad(error: &'static str, description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, description)
    }

    /// 401 `invalid_client`.
    pub(super) fn client(hint: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", "Client authentication failed").hinted(hint)
    }

    pub(super) fn hinted(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    pub(super) fn response(&self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        let mut response = json_no_store(self.status, &body);
        if self.basic {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic"));
        }
        with_hint(response, &self.hint)
    }
}

/// Reads the form of a request; only `resource` may stand there more than once.
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Params, Fault> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Fault::bad("invalid_request", "Content-Type must be application/x-www-form-urlencoded"));
    }
    let params = Params::parse(body).map_err(|_| Fault::bad("invalid_request", "Malformed form"))?;
    match params.doubled(&["resource"]) {
        Some(_) => Err(Fault::bad("invalid_request", "Parameter given more than once")),
        None => Ok(params),
    }
}
