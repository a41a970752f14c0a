//! The record of exchanges with the mocks.

use std::sync::Arc;

use axum::Json;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Fields, Named, Object, Path, Query};
use super::find::all_by;
use super::problem::{Code, Problem};
use super::wanted::Wanted;
use crate::observe::{Body, Difference, RequestEntry, near, read_token};
use crate::town::Town;
use crate::town::model::PersonKey;
use crate::townhall::MAIN;
use crate::web::logins;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(near_misses)).routes(routes!(one))
}

/// Entries in an answer when nothing else is asked for.
const DEFAULT_LIMIT: usize = 100;
/// Most entries in an answer.
const MAX_LIMIT: usize = 1000;

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Entries behind this one.
    after: Option<u64>,
    limit: Option<usize>,
    /// Only of this service.
    service: Option<String>,
    /// Only of this operation.
    operation: Option<String>,
    /// Only about somebody: an identity number or a selector.
    about: Option<String>,
    /// Only from this app.
    app: Option<String>,
    /// Only from this client.
    as_client: Option<String>,
    /// Only with this status.
    status: Option<u16>,
    /// Only this way: `in` or `out`.
    direction: Option<String>,
    /// Only those that raised a finding of this kind.
    finding: Option<String>,
    /// Only about this message.
    message: Option<String>,
}

impl Fields for Filter {}

/// Entries found.
#[derive(Serialize, ToSchema)]
pub(super) struct Requests {
    requests: Vec<Line>,
    /// What to ask for next.
    next: u64,
    /// Entries that have left the record since the server began, of all worlds.
    dropped: u64,
}

/// One exchange, without bodies.
#[derive(Serialize, ToSchema)]
#[schema(as = Request)]
pub(super) struct Line {
    id: u64,
    /// Id as in `Byteby-Request-Id`.
    request_id: String,
    /// `in` for a request into a mock, `out` for a delivery.
    direction: &'static str,
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
    /// Where the answer leads, when it is a redirect.
    location: Option<String>,
    /// Page that shows the log-in this request began, with all it led to.
    login_page: Option<String>,
    /// Identity numbers of the people it is about.
    about: Vec<String>,
    /// First and last sequence number of a feed that was read.
    feed_read: Option<(u64, u64)>,
    message: Option<String>,
    hint: Option<String>,
    /// How it fits the operations of its service: `matched`, `not-modelled`, `other-method` or `no-operation`.
    verdict: &'static str,
    /// Kinds of findings it raised.
    findings: Vec<String>,
    /// The log item that led to it, when the caller said so.
    cause: Option<u64>,
    /// Faults that were injected, with their kinds.
    fault: Option<String>,
    /// Last log item when the answer was made.
    seq: u64,
    /// Log items it wrote.
    wrote: Vec<u64>,
}

impl Line {
    pub(super) fn of(town: &Town, entry: &RequestEntry) -> Self {
        let note = &entry.note;
        let number = |key| town.person_by_key(key).map(|person| person.nummer().to_string());
        Self {
            id: entry.id,
            request_id: entry.request_id.clone(),
            direction: entry.direction.word(),
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
            location: entry.location.clone(),
            login_page: logins::is_beginning(entry).then(|| {
                let world = if entry.world == MAIN { String::new() } else { format!("/w/{}", entry.world) };
                format!("{world}/ui/logins/{}", entry.id)
            }),
            about: note.about.iter().filter_map(|key| number(*key)).collect(),
            feed_read: note.feed_read,
            message: note.message.clone(),
            hint: entry.hint.clone(),
            verdict: entry.fit.word(),
            findings: entry.findings.clone(),
            cause: entry.cause,
            fault: note.fault.clone(),
            seq: entry.seq,
            wrote: entry.wrote.clone(),
        }
    }
}

/// Requests that apps sent to the services, and deliveries out of them.
#[utoipa::path(get, path = "/worlds/{world}/requests", tag = "requests", params(Filter),
    responses((status = 200, body = Requests)))]
pub(super) async fn list(
    Named { world, inbound }: Named,
    Query(wanted): Query<Filter>,
) -> Result<Json<Requests>, Problem> {
    let after = wanted.after.unwrap_or(0);
    let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
    let town = world.town();
    let about: Option<Vec<PersonKey>> = match &wanted.about {
        Some(about) => Some(all_by(&town, about, "about").await?),
        None => None,
    };
    let same = |wanted: &Option<String>, got: Option<&str>| wanted.as_deref().is_none_or(|wanted| got == Some(wanted));
    let fits = |entry: &RequestEntry| {
        let note = &entry.note;
        same(&wanted.service, Some(note.service))
            && same(&wanted.operation, Some(note.operation))
            && same(&wanted.app, entry.app.as_deref())
            && same(&wanted.as_client, note.client.as_deref())
            && same(&wanted.message, note.message.as_deref())
            && same(&wanted.direction, Some(entry.direction.word()))
            && wanted.status.is_none_or(|status| entry.status == status)
            && wanted.finding.as_ref().is_none_or(|kind| entry.findings.contains(kind))
            && about.as_ref().is_none_or(|about| about.iter().any(|key| note.about.contains(key)))
    };
    let entries = inbound.observe.search(after, Some(world.incarnation()), limit, fits);
    let requests: Vec<Line> = entries.iter().map(|entry| Line::of(&town, entry)).collect();
    let next = requests.last().map_or(after, |line| line.id);
    Ok(Json(Requests { requests, next, dropped: inbound.observe.dropped() }))
}

/// One exchange with its headers and bodies.
#[derive(Serialize, ToSchema)]
pub(super) struct Exchange {
    #[serde(flatten)]
    line: Line,
    /// Request headers that tell something.
    #[schema(value_type = Object)]
    headers: Map<String, Value>,
    /// Header and claims of the token that was shown.
    #[schema(value_type = Object)]
    token: Option<Value>,
    request_body: BodyView,
    response_body: BodyView,
}

/// A body as the record kept it.
#[derive(Serialize, ToSchema)]
struct BodyView {
    text: String,
    /// The end of a body that was cut.
    tail: Option<String>,
    /// Length of the whole body.
    length: usize,
    /// SHA-256 of the whole body when it was cut.
    sha256: Option<String>,
}

impl BodyView {
    fn of(body: &Body) -> Self {
        let tail = body.digest.is_some().then(|| String::from_utf8_lossy(&body.tail).into_owned());
        let sha256 = body.digest.map(|digest| digest.to_string());
        Self { text: body.text().into_owned(), tail, length: body.len, sha256 }
    }
}

/// Which entry, in the path: its number, or its id as in `Byteby-Request-Id`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Which {
    id: String,
}

/// The entry that `id` names in the world of this incarnation: by number, or by its id as in `Byteby-Request-Id`.
pub(super) fn entry_by(inbound: &crate::access::Inbound, incarnation: u64, id: &str) -> Option<Arc<RequestEntry>> {
    match id.parse::<u64>() {
        Ok(number) => {
            let before = number.saturating_sub(1);
            inbound.observe.search(before, Some(incarnation), 1, |_| true).into_iter().find(|entry| entry.id == number)
        }
        Err(_) => inbound.observe.search(0, Some(incarnation), 1, |entry| entry.request_id == id).into_iter().next(),
    }
}

/// One exchange with its bodies.
#[utoipa::path(get, path = "/worlds/{world}/requests/{id}", params(Which), tag = "requests", responses((status = 200, body = Exchange)))]
pub(super) async fn one(Named { world, inbound }: Named, Path(which): Path<Which>) -> Result<Json<Exchange>, Problem> {
    let entry = entry_by(&inbound, world.incarnation(), &which.id).ok_or_else(|| {
        let shown: String = which.id.chars().filter(|letter| letter.is_ascii_graphic()).take(40).collect();
        Problem::new(Code::UnknownAddress, format!("the record of this world does not hold request {shown}"))
    })?;
    Ok(Json(Exchange {
        line: Line::of(&world.town(), &entry),
        headers: entry.headers.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect(),
        token: entry.token.as_deref().map(read_token),
        request_body: BodyView::of(&entry.request_body),
        response_body: BodyView::of(&entry.response_body),
    }))
}

/// A field that is not as wanted.
#[derive(Serialize, ToSchema)]
pub(super) struct Field {
    /// Path of the field.
    felt: String,
    /// What was wanted.
    forventet: String,
    /// What was there.
    fikk: String,
}

impl Field {
    pub(super) fn of(difference: Difference) -> Self {
        Self { felt: difference.field, forventet: difference.wanted, fikk: difference.got }
    }
}

/// An exchange that was nearly what was wanted.
#[derive(Serialize, ToSchema)]
pub(super) struct Near {
    request: Line,
    /// The fields that differ, and no others.
    differences: Vec<Field>,
}

/// The exchanges nearest to a wanted one.
#[derive(Serialize, ToSchema)]
pub(super) struct NearMisses {
    /// Nearest first, at most three.
    near: Vec<Near>,
    /// Entries that have left the record since the server began, of all worlds.
    dropped: u64,
}

/// What was nearly the wanted request.
pub(super) fn nearest(town: &Arc<Town>, wanted: &Wanted, entries: &[Arc<RequestEntry>]) -> Vec<Near> {
    let all = entries.iter().map(|entry| (wanted.distance(town, entry), entry));
    let near = near::nearest(all).into_iter();
    near.map(|(entry, differences)| Near {
        request: Line::of(town, entry),
        differences: differences.into_iter().map(Field::of).collect(),
    })
    .collect()
}

/// What came nearest to a wanted request, with the fields that differ.
#[utoipa::path(post, path = "/worlds/{world}/requests/near-misses", tag = "requests", request_body = Wanted,
    responses((status = 200, body = NearMisses)))]
pub(super) async fn near_misses(
    Named { world, inbound }: Named,
    Object(body): Object,
) -> Result<Json<NearMisses>, Problem> {
    let town = world.town();
    let wanted = Wanted::read(&town, body).await?;
    let entries = inbound.observe.since(0, Some(world.incarnation()));
    Ok(Json(NearMisses { near: nearest(&town, &wanted, &entries), dropped: inbound.observe.dropped() }))
}
