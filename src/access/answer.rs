//! Finishing touches on a mock's answer: what the recorder and the developer are told beside the body.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::observe::Note;

/// `body` as JSON that must not be stored, as token endpoints answer (`specs/eid.md` §2.7).
#[must_use]
pub fn json_no_store(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// `body` as JSON that clients may keep for an hour and pages of any origin may read, as metadata and key sets are
/// (`specs/eid.md` §2.1, §2.7).
#[must_use]
pub fn public_json(body: &Value) -> Response {
    let mut response = (StatusCode::OK, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// `response` with `text` in `Byteby-Hint`: help for the developer that no body of a mock may carry. An empty text adds
/// nothing, several calls add several sentences.
#[must_use]
pub fn with_hint(mut response: Response, text: &str) -> Response {
    const NAME: &str = "byteby-hint";
    // A header holds one line of printable ASCII; whatever else an app sent us is left out.
    let clean: String = text.chars().filter(|letter| matches!(letter, ' '..='~')).take(500).collect();
    if clean.is_empty() {
        return response;
    }
    let before = response.headers().get(NAME).and_then(|value| value.to_str().ok()).map(|before| format!("{before}; "));
    if let Ok(value) = HeaderValue::from_str(&format!("{}{clean}", before.unwrap_or_default())) {
        response.headers_mut().insert(NAME, value);
    }
    response
}

/// `response` with `note` for the recorder.
#[must_use]
pub fn with_note(mut response: Response, note: Note) -> Response {
    response.extensions_mut().insert(note);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_add_up_on_one_clean_line() {
        let response = json_no_store(StatusCode::OK, &serde_json::json!({}));
        let response = with_hint(with_hint(with_hint(response, "one\r\nSet-Cookie: æ=1"), ""), "two");
        assert_eq!(response.headers()["byteby-hint"], "oneSet-Cookie: =1; two");
    }
}
