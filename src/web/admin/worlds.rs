//! Worlds: list, make, look at, fork, drop, attach.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Body, Fields, Named};
use super::events::Index;
use super::problem::{Code, Problem};
use super::{DONE, Shared};
use crate::access::Inbound;
use crate::base::Seed;
use crate::clock::Instant;
use crate::population::Spec;
use crate::townhall::{MAIN, World, WorldSpec};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(one, drop_world))
        .routes(routes!(fork))
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
        }
    }
}

/// All worlds.
#[derive(Serialize, ToSchema)]
pub(super) struct Worlds {
    worlds: Vec<WorldLine>,
}

/// A world in the list.
#[derive(Serialize, ToSchema)]
struct WorldLine {
    name: String,
    parent: Option<String>,
    forked_at: Option<u64>,
    now: String,
    seq: u64,
}

/// All worlds of this process.
#[utoipa::path(get, path = "/worlds", tag = "worlds", responses((status = 200, body = Worlds)))]
pub(super) async fn list(inbound: Inbound) -> Json<Worlds> {
    let line = |info: crate::townhall::WorldInfo| WorldLine {
        name: info.name,
        parent: info.parent,
        forked_at: info.forked_at,
        now: info.now.to_string(),
        seq: info.seq,
    };
    Json(Worlds { worlds: inbound.hall.worlds().into_iter().map(line).collect() })
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
}

impl Fields for NewWorld {
    const LATER: &'static [&'static str] = &["ttl", "labels", "from", "clock", "tokens"];
}

/// Makes a world.
#[utoipa::path(post, path = "/worlds", tag = "worlds", request_body = NewWorld, responses((status = 201, body = WorldState)))]
pub(super) async fn create(
    inbound: Inbound,
    Body(wanted): Body<NewWorld>,
) -> Result<(StatusCode, Json<WorldState>), Problem> {
    let default = inbound.hall.world(MAIN).unwrap_or_else(|| inbound.world.clone());
    let before = Spec::of_header(&default.header().base);
    let base = Spec {
        seed: wanted.seed.as_ref().map(seed).transpose()?.unwrap_or(before.seed),
        size: wanted.size.unwrap_or(before.size),
        start: wanted.date.as_deref().map(|text| instant("/date", text)).transpose()?.unwrap_or(before.start),
        profile: wanted.municipality.unwrap_or(before.profile),
        schema: before.schema,
    };
    let name = wanted.name.unwrap_or_else(|| free_name(&inbound, base.size));
    let hall = inbound.hall.clone();
    // Making a town is milliseconds to a second of pure computation, too long for a thread that serves requests.
    let made = tokio::task::spawn_blocking(move || hall.create(&WorldSpec { name, base })).await;
    let world = made.map_err(|panic| Problem::new(Code::Internal, panic.to_string()))??;
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

/// A fork.
#[derive(Deserialize, ToSchema)]
pub(super) struct Fork {
    /// Its name; one of its own when not given.
    name: Option<String>,
}

impl Fields for Fork {
    const LATER: &'static [&'static str] = &["at"];
}

/// Forks a world.
#[utoipa::path(post, path = "/worlds/{world}/fork", tag = "worlds", request_body = Fork, responses((status = 201, body = WorldState)))]
pub(super) async fn fork(
    Named { world, inbound }: Named,
    Body(wanted): Body<Fork>,
) -> Result<(StatusCode, Json<WorldState>), Problem> {
    let child = inbound.hall.fork(world.name(), wanted.name.as_deref())?;
    Ok((StatusCode::CREATED, Json(WorldState::of(&inbound, &child))))
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
    index.forget(world.incarnation());
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
