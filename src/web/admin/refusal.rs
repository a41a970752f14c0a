//! Refusals in the form of the admin API that are made before a request reaches it.

use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::problem::{Code, Problem};
use crate::web::Lang;

/// A problem document with `code`: `detail` says what happened, `hint` the one thing to do. `headers` are those of the
/// request, whose language counts; `path` is its address.
#[must_use]
pub fn refusal(code: Code, detail: &str, hint: &str, headers: &HeaderMap, path: &str) -> Response {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Problem::new(code, detail).hint(hint).document(Lang::accepted(accepted), path, "")
}
