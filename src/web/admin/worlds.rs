//! Worlds: list, make, look at, fork, reset, change, drop, attach.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Body, Fields, Named, Query};
use super::events::Index;
use super::paging::Page;
use super::problem::{Code, Problem};
use super::{DONE, Shared};
use crate::access::Inbound;
use crate::base::Seed;
use crate::clock::{Instant, Span};
use crate::population::Spec;
use crate::townhall::{Limits, MAIN, TownHall, UNNAMED_TTL, World, WorldSpec};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(one, change, drop_world))
        .routes(routes!(fork))
        .routes(routes!(reset))
        .routes(routes!(attach))
}

/// A world as it stands.
#[derive(Serialize, ToSchema)]
pub(super) struct WorldState {
    name: String,
    /// Items in the log.
    seq: u64,
    /// Hash of the last item.
    digest: String,
    /// Digest that does not see how independent requests interleaved.
    canonical: String,
    /// Virtual time.
    now: String,
    mode: &'static str,
    /// Residents.
    people: usize,
    /// The municipality.
    kommune: Kommune,
    /// Where it was forked.
    parent: Option<Parent>,
    /// Inputs of its base.
    base: BaseInputs,
    /// How long it is kept without use; for ever when null.
    ttl: Option<String>,
    /// Free words about it.
    labels: BTreeMap<String, String>,
    limits: WorldLimits,
}

/// What a world may do before a limit answers 429.
#[derive(Serialize, ToSchema)]
struct WorldLimits {
    /// Log items it may add to what it began with.
    events: u64,
    /// Requests into its mocks in one second; 0 for as many as come.
    requests: u32,
}

/// The municipality of a world.
#[derive(Serialize, ToSchema)]
struct Kommune {
    nummer: String,
    navn: String,
    orgnr: String,
}

/// Where a world was forked.
#[derive(Serialize, ToSchema)]
struct Parent {
    /// Name of the parent; none when it has been dropped.
    name: Option<String>,
    /// The item up to which the log is shared.
    seq: u64,
}

/// What makes the base again.
#[derive(Serialize, ToSchema)]
struct BaseInputs {
    pack: String,
    schema: u32,
    seed: u64,
    size: u32,
    date: String,
    municipality: String,
    /// Digest of the columns.
    digest: String,
}

impl WorldState {
    fn of(inbound: &Inbound, world: &World) -> Self {
        let (town, ledger, header) = (world.town(), world.ledger(), world.header());
        let head = ledger.head();
        let parent = header.parent.map(|(_, seq)| Parent { name: inbound.hall.parent_name(world), seq });
        let terms = world.terms();
        let Limits { events, requests, .. } = terms.limits;
        Self {
            name: world.name().to_owned(),
            seq: head.seq,
            digest: head.hash.to_string(),
            canonical: ledger.canonical().to_string(),
            now: town.now().to_string(),
            mode: town.tid.mode.word(),
            people: town.bosatte(),
            kommune: Kommune {
                nummer: town.base.kommune.nummer.to_string(),
                navn: town.base.kommune.navn.clone(),
                orgnr: town.base.kommune.orgnr.to_string(),
            },
            parent,
            base: BaseInputs {
                pack: header.base.pack.clone(),
                schema: header.base.schema,
                seed: header.base.seed.0,
                size: header.base.size,
                date: header.base.start.to_string(),
                municipality: header.base.profile.clone(),
                digest: header.base_digest.to_string(),
            },
            ttl: terms.ttl.map(written),
            labels: terms.labels,
            limits: WorldLimits { events, requests },
        }
    }
}

/// A time to live as it is written: `PT30M`.
fn written(ttl: Duration) -> String {
    let millis = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX);
    Span::Calendar { months: 0, days: 0, millis }.to_string()
}

/// All worlds.
#[derive(Serialize, ToSchema)]
pub(super) struct Worlds {
    worlds: Vec<WorldLine>,
    /// What to give as `after` for the rest.
    next: Option<String>,
}

/// A world in the list.
#[derive(Serialize, ToSchema)]
struct WorldLine {
    name: String,
    parent: Option<String>,
    forked_at: Option<u64>,
    now: String,
    seq: u64,
    /// How long it is kept without use; for ever when null.
    ttl: Option<String>,
    /// Free words about it.
    labels: BTreeMap<String, String>,
    /// Apps attached to it.
    attached: Vec<String>,
}

/// All worlds of this process.
#[utoipa::path(get, path = "/worlds", params(Page), tag = "worlds", responses((status = 200, body = Worlds)))]
pub(super) async fn list(inbound: Inbound, Query(page): Query<Page>) -> Json<Worlds> {
    let line = |info: crate::townhall::WorldInfo| WorldLine {
        name: info.name,
        parent: info.parent,
        forked_at: info.forked_at,
        now: info.now.to_string(),
        seq: info.seq,
        ttl: info.ttl.map(written),
        labels: info.labels,
        attached: info.attached,
    };
    let (worlds, next) = page.of(inbound.hall.worlds().into_iter(), |info| info.name.clone());
    Json(Worlds { worlds: worlds.into_iter().map(line).collect(), next })
}

/// A world as it stands.
#[utoipa::path(get, path = "/worlds/{world}", tag = "worlds", responses((status = 200, body = WorldState)))]
pub(super) async fn one(Named { world, inbound }: Named) -> Json<WorldState> {
    Json(WorldState::of(&inbound, &world))
}

/// A new world. What is not given is as in the world `main`.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewWorld {
    /// Its name; one of its own when not given.
    name: Option<String>,
    /// Residents.
    size: Option<u32>,
    /// A number, or any text: its hash.
    seed: Option<Value>,
    /// First instant.
    date: Option<String>,
    /// Municipality profile.
    municipality: Option<String>,
    /// A snapshot kept here, in place of inputs of a base.
    from: Option<String>,
    /// How long it is kept without use, `PT30M`. Half an hour for one without a name, for ever for one with.
    ttl: Option<String>,
    /// Free words about it, for example who owns it.
    labels: Option<BTreeMap<String, String>>,
}

impl Fields for NewWorld {
    const LATER: &'static [&'static str] = &["clock", "tokens"];
}

/// Makes a world.
#[utoipa::path(post, path = "/worlds", tag = "worlds", request_body = NewWorld, responses((status = 201, body = WorldState)))]
pub(super) async fn create(
    inbound: Inbound,
    Body(wanted): Body<NewWorld>,
) -> Result<(StatusCode, Json<WorldState>), Problem> {
    let default = inbound.hall.world(MAIN).unwrap_or_else(|| inbound.world.clone());
    let before = Spec::of_header(&default.header().base);
    let inputs = wanted.size.is_some() || wanted.seed.is_some() || wanted.date.is_some();
    let file = match &wanted.from {
        Some(_) if inputs || wanted.municipality.is_some() => {
            return Err(Problem::value("/from", "a snapshot has its own size, seed, date and municipality"));
        }
        Some(id) => Some(super::snapshots::kept(&inbound, id).await.map_err(|problem| problem.at("/from"))?),
        None => None,
    };
    let base = Spec {
        seed: wanted.seed.as_ref().map(seed).transpose()?.unwrap_or(before.seed),
        size: wanted.size.unwrap_or(before.size),
        start: wanted.date.as_deref().map(|text| instant("/date", text)).transpose()?.unwrap_or(before.start),
        profile: wanted.municipality.unwrap_or(before.profile),
        schema: before.schema,
    };
    let unnamed = wanted.name.is_none().then_some(UNNAMED_TTL);
    let ttl = wanted.ttl.as_deref().map(time_to_live).transpose()?.or(unnamed);
    let labels = wanted.labels.unwrap_or_default();
    checked(&labels)?;
    let name = wanted.name.unwrap_or_else(|| free_name(&inbound, base.size));
    let hall = inbound.hall.clone();
    // Making a town is milliseconds to a second of pure computation, too long for a thread that serves requests.
    let made = tokio::task::spawn_blocking(move || match file {
        Some(file) => hall.load(&file, &name),
        None => hall.create(&WorldSpec { name, base }),
    })
    .await;
    let world = made.map_err(|panic| Problem::new(Code::Internal, panic.to_string()))??;
    let mut terms = world.terms();
    (terms.ttl, terms.labels) = (ttl, labels);
    inbound.hall.set_terms(&world, terms)?;
    Ok((StatusCode::CREATED, Json(WorldState::of(&inbound, &world))))
}

/// `by-<size>`, with a number behind when that is taken.
pub(in crate::web) fn free_name(inbound: &Inbound, size: u32) -> String {
    let names = std::iter::once(format!("by-{size}")).chain((2..).map(|count: u32| format!("by-{size}-{count}")));
    let mut free = names.filter(|name| inbound.hall.world(name).is_none());
    free.next().unwrap_or_else(|| format!("by-{size}"))
}

/// A decimal number is itself, any other text its hash (`DESIGN` §4).
fn seed(value: &Value) -> Result<Seed, Problem> {
    match value {
        Value::Number(number) => number.as_u64().map(Seed),
        Value::String(text) => Some(Seed::parse(text)),
        _ => None,
    }
    .ok_or_else(|| Problem::value("/seed", "a seed is a whole number or a text"))
}

/// Reads an instant of the request.
pub(super) fn instant(place: &str, text: &str) -> Result<Instant, Problem> {
    Instant::parse(text).ok_or_else(|| {
        let detail = format!("`{text}` is not an instant: write `2027-01-04T08:00` or `2027-01-04`");
        Problem::new(Code::Time, detail).at(place)
    })
}

/// Reads a time to live: a span of real time of at least a second, so without months and working days.
fn time_to_live(text: &str) -> Result<Duration, Problem> {
    let wrong = || {
        let detail = format!("`{text}` is not a time to live: write `PT30M` or `P1D`, at least a second");
        Problem::new(Code::Time, detail).at("/ttl")
    };
    match Span::parse(text) {
        Ok(Span::Calendar { months: 0, days, millis }) => {
            let millis = i64::from(days).checked_mul(86_400_000).and_then(|days| days.checked_add(millis));
            let millis = millis.and_then(|millis| u64::try_from(millis).ok()).filter(|millis| *millis >= 1_000);
            millis.map(Duration::from_millis).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

/// Most labels of a world.
const MAX_LABELS: usize = 32;
/// Longest name and value of a label, bytes.
const MAX_LABEL: usize = 200;

fn checked(labels: &BTreeMap<String, String>) -> Result<(), Problem> {
    let fits = |text: &String| !text.is_empty() && text.len() <= MAX_LABEL;
    if labels.len() <= MAX_LABELS && labels.iter().all(|(name, value)| fits(name) && fits(value)) {
        return Ok(());
    }
    let detail = format!("a world has at most {MAX_LABELS} labels of 1 to {MAX_LABEL} bytes each");
    Err(Problem::value("/labels", detail))
}

/// A fork.
#[derive(Deserialize, ToSchema)]
pub(super) struct Fork {
    /// Its name; one of its own when not given.
    name: Option<String>,
    /// Where: after the log item with this number, or as it was at this virtual instant. Now when not given.
    #[schema(value_type = Option<Object>)]
    at: Option<Value>,
}

impl Fields for Fork {}

/// Forks a world, as it is now or as it was.
#[utoipa::path(post, path = "/worlds/{world}/fork", tag = "worlds", request_body = Fork, responses((status = 201, body = WorldState)))]
pub(super) async fn fork(
    Named { world, inbound }: Named,
    Body(wanted): Body<Fork>,
) -> Result<(StatusCode, Json<WorldState>), Problem> {
    let (hall, name) = (inbound.hall.clone(), wanted.name.as_deref());
    let child = match wanted.at {
        None => hall.fork(world.name(), name)?,
        Some(at) => {
            let (source, name) = (world.clone(), wanted.name.clone());
            // Replaying a part of the log is milliseconds of computation.
            let made = tokio::task::spawn_blocking(move || {
                let seq = item(&hall, &source, &at)?;
                hall.fork_at(source.name(), seq, name.as_deref()).map_err(Problem::from)
            });
            made.await.map_err(|panic| Problem::new(Code::Internal, panic.to_string()))??
        }
    };
    Ok((StatusCode::CREATED, Json(WorldState::of(&inbound, &child))))
}

/// The log item that `at` means.
fn item(hall: &TownHall, world: &World, at: &Value) -> Result<u64, Problem> {
    match at {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => match text.parse() {
            Ok(seq) => Some(seq),
            Err(_) => return Ok(hall.item_at(world, instant("/at", text)?)?),
        },
        _ => None,
    }
    .ok_or_else(|| Problem::value("/at", "the number of a log item, or an instant as `2027-01-04T08:00`"))
}

/// Nothing: a reset has no settings.
#[derive(Deserialize, ToSchema)]
pub(super) struct Reset {}

impl Fields for Reset {}

/// Leads a world back to where it was forked or made. Tokens and sessions of before are good no more.
#[utoipa::path(post, path = "/worlds/{world}/reset", tag = "worlds", request_body = Reset, responses((status = 200, body = WorldState)))]
pub(super) async fn reset(
    State(index): State<Index>,
    Named { world, inbound }: Named,
    Body(Reset {}): Body<Reset>,
) -> Result<Json<WorldState>, Problem> {
    let fresh = inbound.hall.reset(world.name())?;
    forget(&inbound, &index, &world);
    Ok(Json(WorldState::of(&inbound, &fresh)))
}

/// Forgets what lies beside a world that is gone.
fn forget(inbound: &Inbound, index: &Index, world: &World) {
    index.forget(world.incarnation());
    inbound.access.forget(world.incarnation());
}

/// What to change of a world; what is not given stays.
#[derive(Deserialize, ToSchema)]
pub(super) struct Change {
    /// Another name.
    name: Option<String>,
    /// How long it is kept without use, `PT30M`; null for ever.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[allow(clippy::option_option, reason = "not given and given as null are two different wishes")]
    ttl: Option<Option<String>>,
    /// Labels to set; one that is null goes.
    labels: Option<BTreeMap<String, Option<String>>>,
    limits: Option<NewLimits>,
}

impl Fields for Change {}

/// Limits to set; what is not given stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewLimits {
    /// Log items it may add to what it began with.
    events: Option<u64>,
    /// Requests into its mocks in one second; 0 for as many as come.
    requests: Option<u32>,
}

/// Tells a null from a field that is not there.
#[allow(clippy::option_option, reason = "not given and given as null are two different wishes")]
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Changes a world's name, time to live, labels or limits.
#[utoipa::path(patch, path = "/worlds/{world}", tag = "worlds", request_body = Change, responses((status = 200, body = WorldState)))]
pub(super) async fn change(
    Named { world, inbound }: Named,
    Body(wanted): Body<Change>,
) -> Result<Json<WorldState>, Problem> {
    let mut terms = world.terms();
    if let Some(ttl) = wanted.ttl {
        if ttl.is_some() && world.name() == MAIN {
            return Err(Problem::new(Code::DefaultWorld, format!("`{MAIN}` is kept for ever")));
        }
        terms.ttl = ttl.as_deref().map(time_to_live).transpose()?;
    }
    for (name, value) in wanted.labels.into_iter().flatten() {
        match value {
            Some(value) => terms.labels.insert(name, value),
            None => terms.labels.remove(&name),
        };
    }
    checked(&terms.labels)?;
    if let Some(limits) = wanted.limits {
        terms.limits.events = limits.events.unwrap_or(terms.limits.events);
        terms.limits.requests = limits.requests.unwrap_or(terms.limits.requests);
    }
    let world = match wanted.name.filter(|name| name != world.name()) {
        Some(_) if world.name() == MAIN => {
            let detail = format!("`{MAIN}` is where every request without a sign goes, so it keeps its name");
            return Err(Problem::new(Code::DefaultWorld, detail));
        }
        Some(name) => inbound.hall.rename(world.name(), &name)?,
        None => world,
    };
    inbound.hall.set_terms(&world, terms)?;
    Ok(Json(WorldState::of(&inbound, &world)))
}

/// Drops a world.
#[utoipa::path(delete, path = "/worlds/{world}", tag = "worlds", responses((status = 204, description = "gone")))]
pub(super) async fn drop_world(
    State(index): State<Index>,
    Named { world, inbound }: Named,
) -> Result<StatusCode, Problem> {
    if world.name() == MAIN {
        let detail = format!("`{MAIN}` is where every request without a sign goes, so it stays");
        return Err(Problem::new(Code::DefaultWorld, detail));
    }
    inbound.hall.drop_world(world.name())?;
    forget(&inbound, &index, &world);
    Ok(DONE)
}

/// Which app follows the world.
#[derive(Deserialize, ToSchema)]
pub(super) struct Attach {
    /// A client id, or `*` for every request that names no client of its own.
    app: String,
}

impl Fields for Attach {}

/// An app and the world it follows.
#[derive(Serialize, ToSchema)]
pub(super) struct Attached {
    app: String,
    world: String,
}

/// Lets an app follow a world: its requests that name no world go there.
#[utoipa::path(put, path = "/worlds/{world}/attach", tag = "worlds", request_body = Attach, responses((status = 200, body = Attached)))]
pub(super) async fn attach(
    Named { world, inbound }: Named,
    Body(wanted): Body<Attach>,
) -> Result<Json<Attached>, Problem> {
    if wanted.app.is_empty() {
        return Err(Problem::value("/app", "an app is a client id, or `*`"));
    }
    inbound.hall.attach(&wanted.app, world.name())?;
    Ok(Json(Attached { app: wanted.app, world: world.name().to_owned() }))
}
