//! The clock of a world.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Body, Fields, Named};
use super::problem::{Code, Problem};
use super::worlds::instant;
use crate::clock::{Instant, Mode, Span};
use crate::townhall::World;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(read, set)).routes(routes!(advance))
}

/// The clock as it stands.
#[derive(Serialize, ToSchema)]
pub(super) struct Clock {
    /// Virtual time.
    now: String,
    mode: &'static str,
    /// Items waiting for their time.
    pending: usize,
    /// When the next of them is due.
    next: Option<String>,
}

impl Clock {
    fn of(world: &World) -> Self {
        let town = world.town();
        Self {
            now: town.now().to_string(),
            mode: town.tid.mode.word(),
            pending: town.tid.queue.len(),
            next: town.tid.next().map(|(key, _)| key.at.to_string()),
        }
    }
}

/// The clock as it stands.
#[utoipa::path(get, path = "/worlds/{world}/clock", tag = "clock", responses((status = 200, body = Clock)))]
pub(super) async fn read(Named { world, .. }: Named) -> Json<Clock> {
    Json(Clock::of(&world))
}

/// How the clock is to move, and where to.
#[derive(Deserialize, ToSchema)]
pub(super) struct SetClock {
    mode: Option<String>,
    /// An instant not before now; everything due on the way happens.
    now: Option<String>,
}

impl Fields for SetClock {
    const LATER: &'static [&'static str] = &["rate"];
}

/// Sets how the clock moves, and moves it.
#[utoipa::path(put, path = "/worlds/{world}/clock", tag = "clock", request_body = SetClock, responses((status = 200, body = Clock)))]
pub(super) async fn set(Named { world, .. }: Named, Body(wanted): Body<SetClock>) -> Result<Json<Clock>, Problem> {
    let mode = wanted.mode.as_deref().map(mode).transpose()?;
    let to = wanted.now.as_deref().map(|text| instant("/now", text)).transpose()?;
    if mode.is_none() && to.is_none() {
        return Err(Problem::new(Code::MissingField, "nothing is asked for: give `mode`, `now` or both"));
    }
    if let Some(to) = to {
        run(&world, to).await?;
    }
    if let Some(mode) = mode {
        world.set_mode(mode).await?;
    }
    Ok(Json(Clock::of(&world)))
}

fn mode(word: &str) -> Result<Mode, Problem> {
    let all = [Mode::Frozen, Mode::Auto, Mode::Running];
    all.into_iter().find(|mode| mode.word() == word).ok_or_else(|| {
        let near = crate::base::nearest(word, all.map(Mode::word));
        Problem::value("/mode", format!("`{word}` is not a mode: frozen, auto or running")).near(near)
    })
}

/// Checks first, so that a step backwards runs nothing on the way.
async fn run(world: &World, to: Instant) -> Result<crate::townhall::Advance, Problem> {
    let now = world.town().now();
    if to < now {
        let detail = format!("the clock stands at {now} and never goes backwards");
        return Err(Problem::new(Code::ClockBackwards, detail).hint("fork from an earlier world instead"));
    }
    Ok(world.advance(to).await?)
}

/// How far to go: exactly one of the three.
#[derive(Deserialize, ToSchema)]
pub(super) struct Advance {
    /// A span: `P3M`, `PT36H`, `2 virkedager`.
    by: Option<String>,
    /// An instant.
    to: Option<String>,
    /// `next-event`: the instant of the next item.
    until: Option<String>,
}

impl Fields for Advance {
    const LATER: &'static [&'static str] = &["settle"];
}

/// What happened on the way.
#[derive(Serialize, ToSchema)]
pub(super) struct Advanced {
    now: String,
    /// Due items run.
    items: u64,
    /// Items still waiting.
    pending: usize,
    /// Items in the log.
    seq: u64,
    /// Hash of the last item.
    digest: String,
    canonical: String,
}

/// Moves the clock; everything due on the way happens.
#[utoipa::path(post, path = "/worlds/{world}/clock/advance", tag = "clock", request_body = Advance, responses((status = 200, body = Advanced)))]
pub(super) async fn advance(
    Named { world, .. }: Named,
    Body(wanted): Body<Advance>,
) -> Result<Json<Advanced>, Problem> {
    let to = target(&world, &wanted)?;
    let done = run(&world, to).await?;
    let ledger = world.ledger();
    Ok(Json(Advanced {
        now: done.now.to_string(),
        items: done.items,
        pending: done.pending,
        seq: ledger.head().seq,
        digest: ledger.head().hash.to_string(),
        canonical: ledger.canonical().to_string(),
    }))
}

fn target(world: &World, wanted: &Advance) -> Result<Instant, Problem> {
    match (wanted.by.as_deref(), wanted.to.as_deref(), wanted.until.as_deref()) {
        (Some(text), None, None) => {
            let span = Span::parse(text).map_err(|fault| Problem::new(Code::Time, fault.to_string()).at("/by"))?;
            Ok(span.after(world.town().now()))
        }
        (None, Some(text), None) => instant("/to", text),
        (None, None, Some("next-event")) => match world.town().tid.next() {
            Some((key, _)) => Ok(key.at.max(world.town().now())),
            None => Err(Problem::new(Code::NothingDue, "nothing is waiting for its time in this world")),
        },
        (None, None, Some(other)) => Err(Problem::value("/until", format!("`{other}`: only `next-event` is known"))),
        (None, None, None) => Err(Problem::new(Code::MissingField, "how far? give one of `by`, `to` and `until`")),
        _ => Err(Problem::new(Code::BadValue, "give only one of `by`, `to` and `until`")),
    }
}
