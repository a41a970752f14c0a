//! Mocked eFormidling: the REST API of the Integrasjonspunkt, version 4 ("NextMove"), as a municipality's application
//! meets it.
//!
//! Modelled: capabilities of citizens; creating, filling, sending and following `digital`, `print` and `digital_dpv`
//! messages to citizens; conversations and statuses of outgoing messages; subscriptions to their statuses. Everything else
//! of the API answers 501 and names the operation: messages between organisations, the in-box, the management pages.
//!
//! | file | holds |
//! | --- | --- |
//! | `operations` | every operation by method and path |
//! | `messages`, `uploads` | the out-store: create, add files, send, list, delete |
//! | `followup` | conversations and statuses |
//! | `subscriptions`, `webhook` | who is told of statuses, and what they are sent |
//! | `ruting` | what the registry knows about a receiver |
//! | `sbd`, `identifikator`, `json_in`, `disposition` | reading what clients send |
//! | `wire`, `sbd_out`, `paging`, `faults` | writing what clients get |
//!
//! Decisions of ours where the original leaves room: no authentication; a slash at the end of a path is accepted and
//! hinted at; a file name with a path in it is refused; after sending was asked for, no more files are taken; error paths
//! of business messages are those of the document.

mod disposition;
mod faults;
mod followup;
mod identifikator;
mod json_in;
mod messages;
mod operations;
mod paging;
mod ruting;
mod sbd;
mod sbd_out;
mod subscriptions;
#[cfg(test)]
mod tests;
mod uploads;
mod webhook;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::Value;

use crate::access::{Inbound, Skin, Trouble, not_modelled};
use crate::base::Orgnummer;
use crate::observe::Note;
use crate::town::Command;
use crate::town::decide::{Cause, PostCommand};
use crate::town::model::PersonKey;
use crate::town::state::{MeldingsId, Meldingsnoekkel, Town};
use crate::townhall::{Committed, HallError};
use faults::Fault;
use operations::{Act, Found, Row};

const SERVICE: &str = "eformidling";
/// Where the service is mounted; the port of its own is mounted here by the gate.
const MOUNT: &str = "/eformidling";

/// What the gate knows of the service.
pub const SKIN: Skin =
    Skin { service: SERVICE, mount: MOUNT, operations: &operations::DECLARED, takes_token: false, trouble };

/// The routes of the service, below `/eformidling`.
pub fn routes() -> Router {
    Router::new()
        .route(MOUNT, any(enter))
        .route("/eformidling/", any(enter))
        .route("/eformidling/{*rest}", any(enter))
        .layer(DefaultBodyLimit::disable())
}

/// Reads the conditions of a subscription; `None` when they cannot be read.
#[must_use]
pub fn message_filter(text: &str) -> Option<crate::town::state::Meldingsfilter> {
    subscriptions::filter(Some(text))
}

/// Writes what subscribers are sent.
#[must_use]
pub fn rendering(writing: &crate::access::Writing<'_>) -> Option<crate::access::Rendered> {
    webhook::rendering(writing)
}

/// What an operation answers when it goes well.
enum Answer {
    /// 200 with JSON.
    Json(Value),
    /// 200 with JSON that says its character set, as one operation of the original does.
    JsonUtf8(Value),
    /// This status without a body.
    Empty(StatusCode),
}

/// Why an operation does not go well.
enum Nei {
    /// The original's own refusal.
    Fault(Fault),
    /// This town does not model it.
    IkkeModellert,
}

impl From<Fault> for Nei {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// One call with its surroundings.
struct Call {
    inbound: Inbound,
    town: Arc<Town>,
    parts: Parts,
    body: Bytes,
    query: Vec<(String, String)>,
    variables: Vec<String>,
    note: Note,
    hint: Option<&'static str>,
}

impl Call {
    /// The organisation whose integration point this is: the municipality.
    fn own(&self) -> Orgnummer {
        self.town.base.kommune.orgnr
    }

    fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    fn header(&self, name: impl header::AsHeaderName) -> Option<String> {
        // Clients write names of files in UTF-8 here, which is not ASCII.
        self.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    fn variable(&self) -> &str {
        self.variables.first().map_or("", String::as_str)
    }

    fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Hints at parameters the operation does not know: the original ignores them, and the list comes back unfiltered.
    fn known_params(&mut self, known: &[&str]) {
        if self.query.iter().any(|(key, _)| !known.contains(&key.as_str())) {
            self.hint.get_or_insert("unknown-query-parameter");
        }
    }

    /// The message a path names.
    fn noekkel(&mut self) -> Result<Meldingsnoekkel, Fault> {
        let given = self.variable().to_owned();
        self.note.message = Some(given.clone());
        let id = MeldingsId::parse(&given).ok_or_else(|| Fault::message_not_found(&given))?;
        Ok(Meldingsnoekkel { eier: self.own(), id })
    }

    fn about(&mut self, person: PersonKey) {
        if !self.note.about.contains(&person) {
            self.note.about.push(person);
        }
    }

    /// Gives the town a command. What it refuses although our own checks passed is what another request changed since.
    async fn command(&mut self, command: PostCommand, what: &'static str, parts: &[&[u8]]) -> Result<Committed, Nei> {
        let own = self.own().to_string();
        let mut all = vec![own.as_bytes()];
        all.extend_from_slice(parts);
        let committed = self.inbound.world.command(Command::Post(command.clone()), Cause::of(what, &all)).await;
        match committed {
            Ok(committed) => {
                self.town = committed.town.clone();
                Ok(committed)
            }
            Err(HallError::Refused(refusal)) => Err(self.refused(refusal.code, &refusal.reason, &command).into()),
            Err(error) => Err(Fault::illegal_state(error.to_string()).into()),
        }
    }

    fn refused(&self, code: &str, reason: &str, command: &PostCommand) -> Fault {
        let now = self.inbound.town();
        match (code, command) {
            ("message_exists", PostCommand::OpprettMelding(ny)) => {
                Fault::message_exists(ny.id.map(|id| id.to_string()).unwrap_or_default())
            }
            ("unknown_message", PostCommand::LastOppFil { melding, .. } | PostCommand::SendMelding { melding }) => {
                Fault::message_not_found(&melding.id.to_string())
            }
            ("duplicate_filename", PostCommand::LastOppFil { fil, .. }) => Fault::duplicate_filename(&fil.navn),
            ("duplicate_filename", PostCommand::OpprettMelding(ny)) => {
                let twice = ny
                    .filer
                    .iter()
                    .enumerate()
                    .find(|(place, fil)| ny.filer[..*place].iter().any(|earlier| earlier.navn == fil.navn));
                Fault::duplicate_filename(twice.map_or("", |(_, fil)| &fil.navn))
            }
            ("files_too_large", PostCommand::LastOppFil { melding, fil }) => {
                let there = now.post.i_utboksen(*melding);
                let sum = there.map_or(0, |there| there.filer.iter().map(|fil| fil.size).sum());
                let tjeneste =
                    there.map_or(crate::town::state::Meldingstjeneste::Dpi, |there| there.melding.tjeneste());
                Fault::files_too_large(sum + fil.size, tjeneste.kode(), tjeneste.stoerste_sum())
            }
            ("files_too_large", PostCommand::OpprettMelding(ny)) => {
                let tjeneste = ny.innhold.dokumenttype().tjeneste();
                Fault::files_too_large(
                    ny.filer.iter().map(|fil| fil.size).sum(),
                    tjeneste.kode(),
                    tjeneste.stoerste_sum(),
                )
            }
            _ => Fault::illegal_state(reason),
        }
    }
}

async fn enter(request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let inbound = match Inbound::from_request_parts(&mut parts, &()).await {
        Ok(inbound) => inbound,
        Err(rejection) => return rejection.into_response(),
    };
    let full = parts.uri.path().strip_prefix(MOUNT).unwrap_or(parts.uri.path()).to_owned();
    let path = disposition::percent_decoded(&full).and_then(|bytes| String::from_utf8(bytes).ok());
    let path = path.unwrap_or_else(|| full.clone());
    let path = if path.is_empty() { "/".to_owned() } else { path };
    let mut hint = None;
    let trimmed = match path.strip_suffix('/') {
        Some(trimmed) if !trimmed.is_empty() => {
            hint = Some("trailing-slash");
            trimmed
        }
        _ => path.as_str(),
    };
    let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map(|Query(query)| query).unwrap_or_default();
    let trace = query.iter().any(|(key, value)| key == "trace" && value == "true");
    let town = inbound.town();
    let found = operations::find(parts.method.as_str(), trimmed);
    let (row, variables) = match found {
        Found::Operation(row, variables) => (row, variables),
        Found::OtherMethods(methods) => return other_methods(&parts.method, &methods, &full, &town),
        Found::Nothing => {
            let hint = full.starts_with("/noarkExchange").then_some("noarkExchange-ended-with-version-3");
            let answer = refusal(&Fault::no_resource(&full), &full, &town, trace);
            return finish(answer, Note { service: SERVICE, operation: "eformidling.ukjent", ..Note::default() }, hint);
        }
    };
    // The gate has read the body within its bounds, so this cannot fail.
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let note = Note { service: SERVICE, operation: row.operation.name, ..Note::default() };
    let mut call = Call { inbound, town, parts, body, query, variables, note, hint };
    let answer = match act(&mut call, &row).await {
        Ok(Answer::Json(value)) => with_type(StatusCode::OK, &value, "application/json"),
        Ok(Answer::JsonUtf8(value)) => with_type(StatusCode::OK, &value, "application/json;charset=utf-8"),
        Ok(Answer::Empty(status)) => status.into_response(),
        Err(Nei::Fault(fault)) => refusal(&fault, &full, &call.town, trace),
        Err(Nei::IkkeModellert) => not_modelled(SERVICE, row.operation.name),
    };
    finish(answer, call.note, call.hint)
}

async fn act(call: &mut Call, row: &Row) -> Result<Answer, Nei> {
    match row.act {
        Act::Capabilities => messages::capabilities(call),
        Act::Create => messages::create(call).await,
        Act::CreateAndSend => uploads::create_and_send(call).await,
        Act::Upload => uploads::upload(call).await,
        Act::Send => messages::send(call).await,
        Act::ListOut => messages::list(call),
        Act::GetOut => messages::get(call),
        Act::DeleteOut => messages::delete(call).await,
        Act::Conversations => followup::conversations(call, false),
        Act::ConversationQueue => followup::conversations(call, true),
        Act::Conversation => followup::conversation(call),
        Act::ConversationOfMessage => followup::conversation_of_message(call),
        Act::DeleteConversation => followup::delete_conversation(call).await,
        Act::DeleteConversationOfMessage => followup::delete_conversation_of_message(call).await,
        Act::Statuses => followup::statuses(call),
        Act::StatusesOfMessage => followup::statuses_of_message(call),
        // No service is put on the status queue unless configured (`difi.move.feature.status-queue-includes`), and none is.
        Act::PeekStatus => Ok(Answer::Empty(StatusCode::NO_CONTENT)),
        Act::DeleteStatus => Ok(Answer::Empty(StatusCode::NOT_FOUND)),
        Act::Subscriptions => subscriptions::list(call),
        Act::Subscribe => subscriptions::create(call).await,
        Act::Subscription => subscriptions::one(call),
        Act::ChangeSubscription => subscriptions::change(call).await,
        Act::DeleteSubscription => subscriptions::delete(call).await,
        Act::DeleteSubscriptions => subscriptions::delete_all(call).await,
        Act::NotModelled => Err(Nei::IkkeModellert),
    }
}

fn other_methods(method: &Method, methods: &[&str], path: &str, town: &Town) -> Response {
    let mut allow = methods.to_vec();
    if allow.contains(&"GET") {
        allow.push("HEAD");
    }
    let note = Note { service: SERVICE, operation: "eformidling.ukjent", ..Note::default() };
    if method == Method::OPTIONS {
        allow.push("OPTIONS");
        let mut response = StatusCode::OK.into_response();
        if let Ok(value) = HeaderValue::from_str(&allow.join(",")) {
            response.headers_mut().insert(header::ALLOW, value);
        }
        return finish(response, note, None);
    }
    let fault = Fault::method(method.as_str(), allow.join(", "));
    finish(refusal(&fault, path, town, false), note, None)
}

fn with_type(status: StatusCode, value: &Value, media: &'static str) -> Response {
    let mut response = (status, Body::from(value.to_string())).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response
}

fn refusal(fault: &Fault, path: &str, town: &Town, trace: bool) -> Response {
    let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = with_type(status, &fault.body(path, town.now(), trace), "application/json");
    if let Some(allow) = fault.allow.as_deref().and_then(|allow| HeaderValue::from_str(allow).ok()) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// The service's answer when it cannot serve a request.
fn trouble(trouble: &Trouble<'_>) -> Response {
    let fault = Fault::trouble(trouble.status);
    let mut response = with_type(trouble.status, &fault.body(trouble.path, trouble.now, false), "application/json");
    let throttled = trouble.status == StatusCode::TOO_MANY_REQUESTS;
    if throttled || trouble.retry_after_ms.is_some() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(trouble.retry_after_seconds(1)));
    }
    finish(response, Note::default(), None)
}

/// Headers the original's security layer puts on every answer.
const HEADERS: [(&str, &str); 7] = [
    ("vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
    ("cache-control", "no-cache, no-store, max-age=0, must-revalidate"),
    ("pragma", "no-cache"),
    ("expires", "0"),
    ("x-content-type-options", "nosniff"),
    ("x-xss-protection", "0"),
    ("x-frame-options", "DENY"),
];

fn finish(mut response: Response, note: Note, hint: Option<&'static str>) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Some(hint) = hint {
        response.headers_mut().insert(HeaderName::from_static("byteby-hint"), HeaderValue::from_static(hint));
    }
    response.extensions_mut().insert(note);
    response
}
