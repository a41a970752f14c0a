//! What is kept of an exchange with a mock, and the headers its answer gets (`specs/experience.md` §12.1, §16).

use std::sync::LazyLock;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::Value;

use super::familiar::Credentials;
use super::fault::Unanswered;
use super::stand_in;
use crate::access::{WallTime, with_hint};
use crate::base::Foedselsnummer;
use crate::observe::{
    self, About, Finding, Fit, Found, HEADERS, Named, Note, Observe, Operation, RequestEntry, Swapped, people_named,
    read_token, token_of,
};
use crate::services::operations;
use crate::town::Town;
use crate::town::model::PersonKey;
use crate::townhall::World;

/// Letters kept of the address an answer leads to; a signed answer in it has a few hundred.
const KEPT_LOCATION: usize = 8_000;
/// Longest header value kept, bytes.
const KEPT_HEADER: usize = 256;

const REQUEST_ID: HeaderName = HeaderName::from_static("byteby-request-id");
const WORLD: HeaderName = HeaderName::from_static("byteby-world");
const TIME: HeaderName = HeaderName::from_static("byteby-time");

/// [`HEADERS`], ready to be looked up.
static KEPT_HEADERS: LazyLock<[HeaderName; HEADERS.len()]> = LazyLock::new(|| HEADERS.map(HeaderName::from_static));

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
    /// Numbers that were swapped in it.
    pub(super) swapped: Swapped,
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
    is_form: bool,
    headers: Vec<(String, String)>,
    token: Option<String>,
    app: Option<String>,
    trace: Option<String>,
    cause: Option<u64>,
}

impl Seen {
    /// The body, with numbers of a real person's kind swapped.
    pub(super) fn body(&self) -> &Bytes {
        &self.body
    }

    /// Reads a request whose numbers have been swapped.
    pub(super) fn of(parts: &Parts, body: &Bytes) -> Self {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let trace = text("traceparent").and_then(|value| value.split('-').nth(1)).map(str::to_owned);
        let baggage = |wanted: &str| {
            let mut members =
                text("baggage").unwrap_or_default().split(',').filter_map(|member| member.split_once('='));
            let value = members.find(|(name, _)| name.trim() == wanted).map(|(_, value)| value);
            value.map(|value| value.split(';').next().unwrap_or(value).trim().to_owned())
        };
        Self {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            body: body.clone(),
            is_form: text("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")),
            headers: kept_headers(&parts.headers),
            token: match parts.extensions.get::<Credentials>() {
                Some(known) => known.token().map(str::to_owned),
                None => text("authorization").and_then(token_of).map(str::to_owned),
            },
            app: baggage("byteby-app"),
            trace,
            cause: baggage("byteby-cause").and_then(|seq| seq.trim_start_matches('#').parse().ok()),
        }
    }

    fn fields(&self) -> Vec<(String, String)> {
        let text = if self.is_form { std::str::from_utf8(&self.body).unwrap_or_default() } else { &self.query };
        text.split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// People the operation's own rules find in the request, for one whose handler did not get that far.
    fn people(&self, town: &Town, operation: &Operation, variables: &[(&'static str, &str)]) -> Vec<PersonKey> {
        if operation.about.is_empty() {
            return Vec::new();
        }
        let fields = self.fields();
        let token: Option<Value> = self.token.as_deref().map(read_token);
        let claims = token.as_ref().and_then(|token| token.get("claims"));
        let named = people_named(operation.about, &Named { variables, fields: &fields, body: &self.body, claims });
        let mut people = Vec::new();
        for number in named.iter().flat_map(|text| text.split(|letter: char| !letter.is_ascii_digit())) {
            let found = Foedselsnummer::parse(number).ok().and_then(|number| town.find(number));
            people.extend(found.map(|id| town.key_of(id)).filter(|key| !people.contains(key)));
        }
        people
    }

    /// The body without secrets: signatures of tokens, and secrets of clients in a form.
    fn kept_body(&self, observe: &Observe) -> Bytes {
        let body = observe.tripwire.without_signatures(&self.body);
        if !self.is_form {
            return body;
        }
        const SECRET: &str = "client_secret=";
        let Some(text) = std::str::from_utf8(&body).ok().filter(|text| text.contains(SECRET)) else { return body };
        let shown = |pair: &str| if pair.starts_with(SECRET) { format!("{SECRET}***") } else { pair.to_owned() };
        Bytes::from(text.split('&').map(shown).collect::<Vec<_>>().join("&"))
    }
}

fn kept_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let kept = |name: &HeaderName| {
        let value = headers.get(name)?;
        let text = String::from_utf8_lossy(value.as_bytes());
        let text = if text.len() <= KEPT_HEADER { text.into_owned() } else { text.chars().take(KEPT_HEADER).collect() };
        Some((name.as_str().to_owned(), text))
    };
    KEPT_HEADERS.iter().filter_map(kept).collect()
}

/// What the answer is about, as far as its handler and the operation's own rules say.
struct Read {
    note: Note,
    fit: Fit,
    /// What there is instead, for a request that fits no operation.
    hint: Option<String>,
    /// The address holds an identity number where the operation has none.
    stray: bool,
}

fn read(seen: &Seen, town: &Town, mut note: Note, status: StatusCode) -> Read {
    let all = operations();
    match all.find(&seen.method, &seen.path) {
        Found::Operation(operation, variables) => {
            if note.service.is_empty() {
                (note.service, note.operation) = (operation.service, operation.name);
            }
            if note.about.is_empty() {
                note.about = seen.people(town, operation, &variables);
            }
            let modelled = operation.modelled && status != StatusCode::NOT_IMPLEMENTED;
            let fit = if modelled { Fit::Matched } else { Fit::NotModelled };
            Read { note, fit, hint: None, stray: stray(seen, operation, &variables) }
        }
        found => {
            if note.service.is_empty() {
                note.service = all.service_of(&seen.path);
            }
            let fit = if matches!(found, Found::Nothing) { Fit::NoOperation } else { Fit::OtherMethod };
            let stray = has_number(&seen.path) || has_number(&seen.query);
            Read { note, fit, hint: all.hint(&seen.method, &seen.path), stray }
        }
    }
}

/// Whether the address holds an identity number where the operation declares none.
fn stray(seen: &Seen, operation: &Operation, variables: &[(&'static str, &str)]) -> bool {
    let path = |wanted: &str| operation.about.iter().any(|rule| matches!(rule, About::Path(name) if *name == wanted));
    let field = |wanted: &str| operation.about.iter().any(|rule| matches!(rule, About::Field(name) if *name == wanted));
    let mut parameters = seen.query.split('&').filter_map(|pair| pair.split_once('='));
    variables.iter().any(|(name, value)| has_number(value) && !path(name))
        || parameters.any(|(name, value)| has_number(value) && !field(name))
}

fn has_number(text: &str) -> bool {
    let mut runs = text.split(|letter: char| !letter.is_ascii_digit());
    runs.any(|run| run.len() == 11 && Foedselsnummer::parse(run).is_ok())
}

/// Records `exchange` with its `response` and the log items it `wrote`, and gives the response its headers. With `ours`
/// off none of them is Byteby's, for byte-exact work.
pub(super) async fn finish(
    observe: &Observe,
    exchange: Exchange,
    response: Response,
    wrote: Vec<u64>,
    ours: bool,
) -> Response {
    let Exchange { world, wall, id, seen, swapped } = exchange;
    let (mut parts, body) = response.into_parts();
    // Mock bodies are made in memory, so collecting one cannot fail.
    let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let town = world.town();
    let note = parts.extensions.remove::<Note>().unwrap_or_default();
    let Read { note, fit, hint, stray } = read(&seen, &town, note, parts.status);
    if let Some(hint) = hint {
        parts = with_hint(Response::from_parts(parts, Body::empty()), &hint).into_parts().0;
    }
    let of_answer = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let hint = of_answer("byteby-hint").map(str::to_owned);
    let location = of_answer("location").map(|location| {
        let shown = observe.tripwire.without_signatures(&Bytes::copy_from_slice(location.as_bytes()));
        String::from_utf8_lossy(&shown).chars().take(KEPT_LOCATION).collect()
    });
    let (seq, bound) = (world.ledger().head().seq, observe.bounds().bodies);
    let mut entry = RequestEntry {
        request_id: id.clone(),
        world: world.name().to_owned(),
        incarnation: world.incarnation(),
        at: town.now(),
        wall_ms: wall.0,
        request_body: observe::Body::bounded(&seen.kept_body(observe), bound),
        response_body: observe::Body::bounded(&observe.tripwire.without_signatures(&bytes), bound),
        app: seen.app.or_else(|| note.client.clone()),
        note,
        trace: seen.trace,
        method: seen.method,
        path: seen.path,
        query: seen.query,
        headers: seen.headers,
        token: seen.token,
        status: if parts.extensions.get::<Unanswered>().is_some() { 0 } else { parts.status.as_u16() },
        location,
        hint,
        fit,
        cause: seen.cause,
        seq,
        wrote,
        ..RequestEntry::default()
    };
    if stray {
        entry.findings.push(IDENTIFIER_IN_URL.to_owned());
    }
    if !swapped.is_empty() {
        entry.findings.push(stand_in::REAL_DATA.to_owned());
        hide(observe, &mut entry, &swapped, bound);
        parts = with_hint(Response::from_parts(parts, Body::empty()), stand_in::HINT).into_parts().0;
    }
    let (operation, app) = (entry.note.operation, entry.app.clone());
    let request = observe.record(entry);
    if stray {
        observe.findings.note(Finding {
            id: 0,
            incarnation: world.incarnation(),
            kind: IDENTIFIER_IN_URL,
            at: town.now(),
            detail: format!("an identity number stands in the address of {operation}, where logs keep it"),
            request: Some(request),
            app: app.clone(),
            seq,
        });
    }
    stand_in::notice(observe, &world, &swapped, Some(request), app);
    stand_in::restore(&mut parts.headers, &swapped);
    let bytes = swapped.restored(&bytes).map_or(bytes, Bytes::from);
    let written = [
        (header::DATE, HeaderValue::try_from(town.now().http_date())),
        (REQUEST_ID, HeaderValue::try_from(id)),
        (WORLD, HeaderValue::from_str(world.name())),
        (TIME, HeaderValue::try_from(town.now().to_string())),
    ];
    for (name, value) in written {
        if let Ok(value) = value {
            parts.headers.insert(name, value);
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

/// Kind of the finding about identity numbers in addresses (`specs/experience.md` §12.4).
const IDENTIFIER_IN_URL: &str = "identifier-in-url";

/// Puts marks where numbers were swapped, in everything an entry keeps.
fn hide(observe: &Observe, entry: &mut RequestEntry, swapped: &Swapped, bound: usize) {
    let text = |text: &mut String| {
        if let Some(hidden) = swapped.hidden(text.as_bytes()) {
            *text = String::from_utf8_lossy(&hidden).into_owned();
        }
        *text = observe.tripwire.redacted_text(text);
    };
    let fields =
        [&mut entry.path, &mut entry.query].into_iter().chain(entry.headers.iter_mut().map(|(_, value)| value));
    let optional = [
        &mut entry.note.client,
        &mut entry.note.message,
        &mut entry.app,
        &mut entry.trace,
        &mut entry.token,
        &mut entry.hint,
        &mut entry.location,
    ];
    fields.chain(optional.into_iter().flatten()).for_each(text);
    for body in [&mut entry.request_body, &mut entry.response_body] {
        // A mark is longer than a number, so the bound is asked again; length and digest stay those of what came.
        let whole = swapped.hidden(&body.kept).map_or_else(|| body.kept.clone(), Bytes::from);
        let shown = observe::Body::bounded(&observe.tripwire.redacted(&whole), bound);
        body.kept = shown.kept;
        body.tail = swapped.hidden(&body.tail).map_or_else(|| body.tail.clone(), Bytes::from);
        body.tail = observe.tripwire.redacted(&body.tail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_numbers_in_addresses_are_told_from_other_digits() {
        for (text, expected) in [
            ("/personer/22909195636", true),
            ("a=22909195636&b=1", true),
            ("/personer/22909195637", false),
            ("/personer/229091956361", false),
            ("", false),
        ] {
            assert_eq!(has_number(text), expected, "{text}");
        }
    }
}
