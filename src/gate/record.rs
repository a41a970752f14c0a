//! What is kept of an exchange with a mock, and the headers its answer gets (`specs/experience.md` §12.1, §16).

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use http_body_util::BodyExt;

use super::fault::Unanswered;
use crate::access::WallTime;
use crate::observe::{self, Note, Observe, RequestEntry};
use crate::townhall::World;

/// Bytes of a body kept in the record (`specs/experience.md` §5).
const KEPT_BODY: usize = 256 << 10;

/// A request to a mock on its way through the gate.
pub(super) struct Exchange {
    /// The world it belongs to.
    pub(super) world: World,
    /// When it came, real time.
    pub(super) wall: WallTime,
    /// Its id, as in `Byteby-Request-Id`.
    pub(super) id: String,
    /// What the record keeps of it.
    pub(super) seen: Seen,
}

/// Counts a request as under way until it is dropped: also when its connection is gone before the answer.
pub(super) struct InFlight<'a> {
    observe: &'a Observe,
    incarnation: u64,
}

impl<'a> InFlight<'a> {
    /// A request into the world of this incarnation begins.
    pub(super) fn begin(observe: &'a Observe, incarnation: u64) -> Self {
        observe.begin(incarnation);
        Self { observe, incarnation }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.observe.end(self.incarnation);
    }
}

/// What the record keeps of a request.
pub(super) struct Seen {
    method: String,
    path: String,
    query: String,
    body: Bytes,
    app: Option<String>,
    trace: Option<String>,
}

impl Seen {
    /// The body, with what looks like a real identity number taken out.
    pub(super) fn body(&self) -> &Bytes {
        &self.body
    }

    /// Reads a request; what looks like a real identity number is taken out.
    pub(super) fn of(parts: &Parts, body: &Bytes) -> Self {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let trace = text("traceparent").and_then(|value| value.split('-').nth(1)).map(str::to_owned);
        let app = text("baggage").and_then(|value| {
            value.split(',').find_map(|member| member.trim().strip_prefix("byteby-app=").map(str::to_owned))
        });
        Self {
            method: parts.method.to_string(),
            path: observe::redacted_text(parts.uri.path()),
            query: observe::redacted_text(parts.uri.query().unwrap_or("")),
            body: observe::redacted(body),
            app,
            trace,
        }
    }
}

/// Records `exchange` with its `response`, and gives the response its headers. With `ours` off none of them is
/// Byteby's, for byte-exact work.
pub(super) async fn finish(observe: &Observe, exchange: Exchange, response: Response, ours: bool) -> Response {
    let Exchange { world, wall, id, seen } = exchange;
    let (mut parts, body) = response.into_parts();
    // Mock bodies are made in memory, so collecting one cannot fail.
    let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let town = world.town();
    let note = parts.extensions.remove::<Note>().unwrap_or_default();
    let hint = parts.headers.get("byteby-hint").and_then(|value| value.to_str().ok()).map(str::to_owned);
    observe.record(RequestEntry {
        id: 0,
        world: world.name().to_owned(),
        incarnation: world.incarnation(),
        at: town.now(),
        wall_ms: wall.0,
        note,
        app: seen.app,
        trace: seen.trace,
        method: seen.method,
        path: seen.path,
        query: seen.query,
        status: if parts.extensions.get::<Unanswered>().is_some() { 0 } else { parts.status.as_u16() },
        request_body: observe::Body::bounded(&seen.body, KEPT_BODY),
        response_body: observe::Body::bounded(&observe::redacted(&bytes), KEPT_BODY),
        hint,
        seq: world.ledger().head().seq,
    });
    let written = [
        ("date", town.now().http_date()),
        ("byteby-request-id", id),
        ("byteby-world", world.name().to_owned()),
        ("byteby-time", town.now().to_string()),
    ];
    for (name, value) in written {
        if let Ok(value) = HeaderValue::from_str(&value) {
            parts.headers.insert(HeaderName::from_static(name), value);
        }
    }
    if !ours {
        let names: Vec<HeaderName> = parts.headers.keys().filter(|name| is_ours(name)).cloned().collect();
        names.iter().for_each(|name| drop(parts.headers.remove(name)));
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn is_ours(name: &HeaderName) -> bool {
    name.as_str().starts_with("byteby-")
}
