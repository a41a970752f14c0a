//! Worlds: list, look at, reset, drop, attach; `make` makes and forks them, `terms` changes under which terms they are kept.

mod make;
mod terms;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Body, Fields, Named, Query};
use super::events::Index;
use super::paging::Page;
use super::problem::{Code, Problem};
use super::{DONE, Shared};
use crate::access::Inbound;
use crate::clock::Instant;
use crate::townhall::{Limits, MAIN, World};
pub(in crate::web) use make::free_name;
use terms::{WorldLimits, written};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, make::create))
        .routes(routes!(one, terms::change, drop_world))
        .routes(routes!(make::fork))
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
    /// Bytes it holds beyond what it began with, estimated from above.
    memory: u64,
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
        let Limits { worlds: _, events, memory, requests, deliveries } = terms.limits;
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
            limits: WorldLimits { events, memory, requests, deliveries },
            memory: world.memory(),
        }
    }
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

/// Does `work` on a thread that serves no requests: making a town or replaying a log is milliseconds to a second of
/// computation, and a store waits for its disk.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|panic| Problem::new(Code::Internal, panic.to_string()))?
}

/// Reads an instant of the request.
pub(super) fn instant(place: &str, text: &str) -> Result<Instant, Problem> {
    Instant::parse(text).ok_or_else(|| {
        let detail = format!("`{text}` is not an instant: write `2027-01-04T08:00` or `2027-01-04`");
        Problem::new(Code::Time, detail).at(place)
    })
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
    let (hall, name) = (inbound.hall.clone(), world.name().to_owned());
    let fresh = aside(move || Ok(hall.reset(&name)?)).await?;
    forget(&inbound, &index, &world);
    Ok(Json(WorldState::of(&inbound, &fresh)))
}

/// Forgets what lies beside a world that is gone.
fn forget(inbound: &Inbound, index: &Index, world: &World) {
    index.forget(world.incarnation());
    inbound.access.forget(world.incarnation());
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
    let (hall, name) = (inbound.hall.clone(), world.name().to_owned());
    aside(move || Ok(hall.drop_world(&name)?)).await?;
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
