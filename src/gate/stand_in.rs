//! Swapping real people's numbers at the door, and back on the way out (`specs/experience.md` §12.5).

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt;

use super::client::credentials;
use super::familiar::Familiar;
use crate::observe::{Finding, Observe, Swapped, Tripwire};
use crate::townhall::World;

/// Kind of the finding.
pub(super) const REAL_DATA: &str = "real-data-suspected";
/// What the developer is told beside the answer.
pub(super) const HINT: &str = "real-data-suspected: a number looks like a real person's; it was answered as an unknown \
                               person's and is kept nowhere";

/// Swaps the numbers in the address and the headers of a request.
pub(super) fn head(tripwire: &Tripwire, parts: &mut Parts, swapped: &mut Swapped) {
    let uri = parts.uri.to_string();
    if let Some(inside) = tripwire.swap(uri.as_bytes(), swapped)
        && let Ok(inside) = inside.try_into()
    {
        parts.uri = inside;
    }
    // Two `Authorization` headers are for the service to judge.
    let shown = parts.headers.get_all(header::AUTHORIZATION).iter().nth(1).is_none();
    let familiar = parts.extensions.get::<Familiar>().filter(|_| shown).cloned();
    for (name, value) in &mut parts.headers {
        let is_credentials = name == header::AUTHORIZATION;
        if let Some(familiar) = familiar.as_ref().filter(|_| is_credentials)
            && let Some(known) = familiar.read(tripwire, value)
        {
            parts.extensions.insert(known);
            continue;
        }
        let inside = match is_credentials.then(|| value.to_str().ok().and_then(credentials)).flatten() {
            Some(credentials) => tripwire.swap(&credentials, swapped).map(|inside| {
                let encoded = STANDARD.encode(inside);
                format!("Basic {encoded}").into_bytes()
            }),
            None => tripwire.swap(value.as_bytes(), swapped),
        };
        if let Some(Ok(inside)) = inside.map(|inside| HeaderValue::from_bytes(&inside)) {
            *value = inside;
        }
    }
}

/// Swaps the numbers in a body.
pub(super) fn body(tripwire: &Tripwire, body: Bytes, swapped: &mut Swapped) -> Bytes {
    tripwire.swap(&body, swapped).map_or(body, Bytes::from)
}

/// Gives the caller's own numbers back in the headers of a mock's answer. Our own help shows marks instead.
pub(super) fn restore(headers: &mut HeaderMap, swapped: &Swapped) {
    each(
        headers,
        |name, value| if name.starts_with("byteby-") { swapped.hidden(value) } else { swapped.restored(value) },
    );
}

fn each(headers: &mut HeaderMap, change: impl Fn(&str, &[u8]) -> Option<Vec<u8>>) {
    for (name, value) in headers {
        if let Some(Ok(changed)) = change(name.as_str(), value.as_bytes()).map(|bytes| HeaderValue::from_bytes(&bytes))
        {
            *value = changed;
        }
    }
}

/// An answer of our own, with marks where numbers were. What is streamed is answered to nobody's number.
pub(super) async fn hide(response: Response, swapped: &Swapped) -> Response {
    if swapped.is_empty() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    each(&mut parts.headers, |_, value| swapped.hidden(value));
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("text/event-stream") {
        return Response::from_parts(parts, body);
    }
    let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let bytes = match swapped.hidden(&bytes) {
        Some(hidden) => {
            // A mark is longer than what it stands for.
            parts.headers.remove(header::CONTENT_LENGTH);
            Bytes::from(hidden)
        }
        None => bytes,
    };
    Response::from_parts(parts, Body::from(bytes))
}

/// Notes the finding. `request` is the recorded request, when it was recorded.
pub(super) fn notice(observe: &Observe, world: &World, swapped: &Swapped, request: Option<u64>, app: Option<String>) {
    if swapped.is_empty() {
        return;
    }
    let (what, are) = if swapped.len() == 1 { ("a number", "looks") } else { ("numbers", "look") };
    observe.findings.note(Finding {
        id: 0,
        incarnation: world.incarnation(),
        kind: REAL_DATA,
        at: world.town().now(),
        detail: format!(
            "{what} that {are} like a real person's came in: {}. Only synthetic numbers (month + 80) belong here",
            swapped.marks()
        ),
        request,
        app,
        seq: world.ledger().head().seq,
    });
    observe.tripwire.trip();
}
