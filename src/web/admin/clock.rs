//! The clock of a world.

use axum::Json;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Body, Fields, Named};
use super::problem::{Code, Problem};
use super::settle::Around;
use super::worlds::instant;
use crate::access::Inbound;
use crate::clock::{Instant, Mode, Span};
use crate::observe::Mark;
use crate::settle::{self, clock_number};
use crate::town::decide::RATES;
use crate::townhall::{HallError, Turn, World};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(read, set)).routes(routes!(advance, call_off))
}

/// The clock as it stands.
#[derive(Serialize, ToSchema)]
pub(super) struct Clock {
    /// Virtual time.
    now: String,
    /// `frozen`, `auto` or `running`.
    mode: &'static str,
    /// Real-time factor of a running clock, with at most three decimals.
    #[schema(value_type = f64)]
    rate: Number,
    /// Whether background life goes on: `on` or `off`.
    life: &'static str,
    /// Number of the last change of the clock, as in its stream.
    number: u64,
    /// Whether somebody is moving it right now.
    advancing: bool,
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
            rate: rate_text(town.tid.takt),
            life: if town.tid.liv { "on" } else { "off" },
            number: clock_number(world),
            advancing: world.is_advancing(),
            pending: town.tid.queue.len(),
            next: world.next_due(Instant::from_millis(i64::MAX)).map(|key| key.at.to_string()),
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
    /// Real-time factor of a running clock: 2 runs twice as fast as real time, 0.5 half as fast. At most three decimals.
    #[schema(value_type = Option<f64>)]
    rate: Option<Number>,
    /// An instant not before now; everything due on the way happens.
    now: Option<String>,
    /// Whether people are born, move, marry and die by themselves: `on` or `off`.
    life: Option<String>,
}

impl Fields for SetClock {}

/// Sets how the clock moves, and moves it.
#[utoipa::path(put, path = "/worlds/{world}/clock", tag = "clock", request_body = SetClock, responses((status = 200, body = Clock)))]
pub(super) async fn set(Named { world, inbound }: Named, Body(wanted): Body<SetClock>) -> Result<Json<Clock>, Problem> {
    let mode = wanted.mode.as_deref().map(mode).transpose()?;
    let to = wanted.now.as_deref().map(|text| instant("/now", text)).transpose()?;
    let rate = wanted.rate.as_ref().map(rate).transpose()?;
    let life = wanted.life.as_deref().map(switch).transpose()?;
    if mode.is_none() && to.is_none() && rate.is_none() && life.is_none() {
        return Err(Problem::new(Code::MissingField, "nothing is asked for: give `mode`, `rate`, `life` or `now`"));
    }
    if let Some(life) = life {
        world.set_life(life).await?;
    }
    if let Some(to) = to {
        let turn = world.take_clock().await?;
        run(&turn, &inbound, to, true).await?;
    }
    if let Some(rate) = rate {
        world.set_rate(rate).await?;
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

fn switch(word: &str) -> Result<bool, Problem> {
    match word {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Problem::value("/life", format!("`{word}` is neither on nor off"))),
    }
}

/// A factor as thousandths.
fn rate(factor: &Number) -> Result<u32, Problem> {
    let text = factor.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = part.trim_end_matches('0');
    let digits = format!("{whole}{part:0<3}");
    let promille = digits.parse().ok().filter(|promille| part.len() <= 3 && RATES.contains(promille));
    promille.ok_or_else(|| {
        let detail =
            format!("`{text}` is not a rate: from 0.001 to {}, with at most three decimals", RATES.end() / 1000);
        Problem::new(Code::Rate, detail).at("/rate")
    })
}

/// Thousandths as a factor.
pub(super) fn rate_text(promille: u32) -> Number {
    let text = format!("{}.{:03}", promille / 1000, promille % 1000);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    serde_json::from_str(text).expect("digits with at most one point are a number")
}

/// Moves the clock. Checks first, so that a step backwards runs nothing on the way.
async fn run(turn: &Turn, inbound: &Inbound, to: Instant, settle: bool) -> Result<settle::Advanced, Problem> {
    let backwards = |error: HallError| match Problem::from(error) {
        problem if problem.code == Code::ClockBackwards => problem.hint("fork from an earlier world instead"),
        problem => problem,
    };
    turn.check(to).map_err(backwards)?;
    let around = Around::of(turn.world(), inbound)?;
    let settler = settle.then(|| around.settler());
    Ok(settle::advance(turn, to, settler.as_ref()).await?)
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
    /// Whether apps are waited for at every instant at which something happens that they can notice. By default they are.
    settle: Option<bool>,
}

impl Fields for Advance {}

/// What happened on the way.
#[derive(Serialize, ToSchema)]
pub(super) struct Advanced {
    now: String,
    /// Due items run.
    items: u64,
    /// Items still waiting.
    pending: usize,
    /// Whether it was called off before it came to its end.
    cancelled: bool,
    /// How well it is known that apps had finished, the weakest on the way: `probe`, `ack` or `quiet`.
    settled: Option<&'static str>,
    /// How often they were waited for.
    settles: u64,
    /// How often that wait was given up.
    unsettled: u64,
    /// Items in the log.
    seq: u64,
    /// Hash of the last item.
    digest: String,
    canonical: String,
}

/// Moves the clock; everything due on the way happens.
///
/// Two at once do not mix: the second is refused. A caller who hangs up calls it off like `DELETE` does: at the next
/// item, and what has happened stays.
#[utoipa::path(post, path = "/worlds/{world}/clock/advance", tag = "clock", request_body = Advance, responses((status = 200, body = Advanced)))]
pub(super) async fn advance(
    Named { world, inbound }: Named,
    Body(wanted): Body<Advance>,
) -> Result<Json<Advanced>, Problem> {
    let turn = world.take_clock().await?;
    let to = target(&world, &wanted)?;
    let done = run(&turn, &inbound, to, wanted.settle.unwrap_or(true)).await?;
    let ledger = world.ledger();
    Ok(Json(Advanced {
        now: done.now.to_string(),
        items: done.items,
        pending: done.pending,
        cancelled: done.cancelled,
        settled: done.mark.map(Mark::word),
        settles: done.settles,
        unsettled: done.unsettled,
        seq: ledger.head().seq,
        digest: ledger.head().hash.to_string(),
        canonical: ledger.canonical().to_string(),
    }))
}

/// Calls off the movement that is under way, at its next item. What has happened stays.
#[utoipa::path(delete, path = "/worlds/{world}/clock/advance", tag = "clock", responses((status = 200, body = Clock)))]
async fn call_off(Named { world, .. }: Named) -> Result<Json<Clock>, Problem> {
    if !world.cancel_advance() {
        return Err(Problem::new(Code::NotAdvancing, "nobody is moving the clock of this world"));
    }
    Ok(Json(Clock::of(&world)))
}

fn target(world: &World, wanted: &Advance) -> Result<Instant, Problem> {
    match (wanted.by.as_deref(), wanted.to.as_deref(), wanted.until.as_deref()) {
        (Some(text), None, None) => {
            let span = Span::parse(text).map_err(|fault| Problem::new(Code::Time, fault.to_string()).at("/by"))?;
            Ok(span.after(world.town().now()))
        }
        (None, Some(text), None) => instant("/to", text),
        (None, None, Some("next-event")) => match world.next_due(Instant::from_millis(i64::MAX)) {
            Some(key) => Ok(key.at.max(world.town().now())),
            None => Err(Problem::new(Code::NothingDue, "nothing is waiting for its time in this world")),
        },
        (None, None, Some(other)) => Err(Problem::value("/until", format!("`{other}`: only `next-event` is known"))),
        (None, None, None) => Err(Problem::new(Code::MissingField, "how far? give one of `by`, `to` and `until`")),
        _ => Err(Problem::new(Code::BadValue, "give only one of `by`, `to` and `until`")),
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn factors_are_read_and_written_in_thousandths() {
        for (text, promille, again) in [
            ("1", 1000, "1"),
            ("2.0", 2000, "2.0"),
            ("0.5", 500, "0.5"),
            ("0.001", 1, "0.001"),
            ("100000", 100_000_000, "100000"),
            ("1.25", 1250, "1.25"),
        ] {
            let number: Number = serde_json::from_str(text).unwrap();
            assert_eq!(rate(&number).map_err(|problem| problem.detail), Ok(promille), "{text}");
            assert_eq!(rate_text(promille).to_string().trim_end_matches(".0"), again.trim_end_matches(".0"));
        }
        for text in ["0", "-1", "0.0001", "1.2345", "100001", "1e30"] {
            let number: Number = serde_json::from_str(text).unwrap();
            assert_eq!(rate(&number).map_err(|problem| problem.code), Err(Code::Rate), "{text}");
        }
    }
}
