//! What the gate refuses itself, before any router: documents of our own API with one thing to do. The refusals of the
//! mocks' own limits look like the real thing and are not here.

use axum::http::request::Parts;
use axum::response::Response;

use crate::web::{Code, refusal};

/// A refusal with `code`: `detail` says what happened, `hint` what to do.
pub(super) fn refuse(parts: &Parts, code: Code, detail: &str, hint: &str) -> Response {
    refusal(code, detail, hint, &parts.headers, parts.uri.path())
}
