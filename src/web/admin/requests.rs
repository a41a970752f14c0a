//! The record of requests into the mocks.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Fields, Named, Path, Query};
use super::problem::{Code, Problem};
use crate::observe::{Body, RequestEntry};
use crate::town::Town;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one))
}

/// Entries in an answer when nothing else is asked for.
const DEFAULT_LIMIT: usize = 100;
/// Most entries in an answer.
const MAX_LIMIT: usize = 1000;

/// Which entries.
#[derive(Deserialize, IntoParams)]
pub(super) struct Wanted {
    /// Entries behind this one.
    after: Option<u64>,
    limit: Option<usize>,
    /// Only of this service.
    service: Option<String>,
    /// Only of this operation.
    operation: Option<String>,
}

impl Fields for Wanted {
    const LATER: &'static [&'static str] = &["about", "app", "status", "query", "body", "near_misses"];
}

/// Entries found.
#[derive(Serialize, ToSchema)]
pub(super) struct Requests {
    requests: Vec<Line>,
    /// What to ask for next.
    next: u64,
    /// Entries that have left the record since the server began.
    dropped: u64,
}

/// One request, without bodies.
#[derive(Serialize, ToSchema)]
#[schema(as = Request)]
pub(super) struct Line {
    id: u64,
    at: String,
    /// Real time, milliseconds since 1970.
    wall_ms: i64,
    service: &'static str,
    operation: &'static str,
    client: Option<String>,
    app: Option<String>,
    trace: Option<String>,
    method: String,
    path: String,
    query: String,
    status: u16,
    /// Identity numbers of the people it is about.
    about: Vec<String>,
    /// First and last sequence number of a feed that was read.
    feed_read: Option<(u64, u64)>,
    message: Option<String>,
    hint: Option<String>,
    /// Faults that were injected, with their kinds.
    fault: Option<String>,
    /// Last log item when the answer was made.
    seq: u64,
}

impl Line {
    fn of(town: &Town, entry: &RequestEntry) -> Self {
        let note = &entry.note;
        let number = |key| town.person_by_key(key).map(|person| person.nummer().to_string());
        Self {
            id: entry.id,
            at: entry.at.to_string(),
            wall_ms: entry.wall_ms,
            service: note.service,
            operation: note.operation,
            client: note.client.clone(),
            app: entry.app.clone(),
            trace: entry.trace.clone(),
            method: entry.method.clone(),
            path: entry.path.clone(),
            query: entry.query.clone(),
            status: entry.status,
            about: note.about.iter().filter_map(|key| number(*key)).collect(),
            feed_read: note.feed_read,
            message: note.message.clone(),
            hint: entry.hint.clone(),
            fault: note.fault.clone(),
            seq: entry.seq,
        }
    }
}

/// Requests that apps sent to the services.
#[utoipa::path(get, path = "/worlds/{world}/requests", tag = "requests", responses((status = 200, body = Requests)))]
pub(super) async fn list(Named { world, inbound }: Named, Query(wanted): Query<Wanted>) -> Json<Requests> {
    let after = wanted.after.unwrap_or(0);
    let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
    let town = world.town();
    let fits = |entry: &RequestEntry| {
        wanted.service.as_deref().is_none_or(|service| entry.note.service == service)
            && wanted.operation.as_deref().is_none_or(|operation| entry.note.operation == operation)
    };
    let entries = inbound.observe.since(after, Some(world.incarnation()));
    let requests: Vec<Line> =
        entries.iter().filter(|entry| fits(entry)).take(limit).map(|entry| Line::of(&town, entry)).collect();
    let next = requests.last().map_or(after, |line| line.id);
    Json(Requests { requests, next, dropped: inbound.observe.dropped() })
}

/// One request with its bodies.
#[derive(Serialize, ToSchema)]
pub(super) struct Exchange {
    #[serde(flatten)]
    line: Line,
    request_body: BodyView,
    response_body: BodyView,
}

/// A body as the record kept it.
#[derive(Serialize, ToSchema)]
struct BodyView {
    text: String,
    /// Length of the whole body.
    length: usize,
    /// SHA-256 of the whole body when only its beginning was kept.
    sha256: Option<String>,
}

impl BodyView {
    fn of(body: &Body) -> Self {
        Self { text: body.text().into_owned(), length: body.len, sha256: body.digest.map(|digest| digest.to_string()) }
    }
}

/// Which entry, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Which {
    id: u64,
}

/// One request with its bodies.
#[utoipa::path(get, path = "/worlds/{world}/requests/{id}", tag = "requests", responses((status = 200, body = Exchange)))]
pub(super) async fn one(Named { world, inbound }: Named, Path(which): Path<Which>) -> Result<Json<Exchange>, Problem> {
    let before = which.id.saturating_sub(1);
    let entries = inbound.observe.since(before, Some(world.incarnation()));
    let entry = entries.first().filter(|entry| entry.id == which.id).ok_or_else(|| {
        Problem::new(Code::UnknownAddress, format!("the record of this world does not hold request {}", which.id))
    })?;
    Ok(Json(Exchange {
        line: Line::of(&world.town(), entry),
        request_body: BodyView::of(&entry.request_body),
        response_body: BodyView::of(&entry.response_body),
    }))
}
