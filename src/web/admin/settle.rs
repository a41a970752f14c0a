//! Settling by request: what is still moving, an app that says it is idle, and writes that wait.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Body, Fields, Named, world_named};
use super::problem::{Code, Problem};
use super::{DONE, Shared};
use crate::access::{App, Inbound};
use crate::observe::{Mark, Observe};
use crate::settle::{Answer, Settler, Still, client, clock_number, says_idle};
use crate::townhall::{TownHall, World};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(moving)).routes(routes!(idle)).routes(routes!(acknowledge))
}

/// Everything a wait for the apps of one world needs, for the time of one request.
pub(super) struct Around {
    hall: TownHall,
    world: World,
    observe: Observe,
    apps: Vec<App>,
    client: reqwest::Client,
    wall: Box<dyn Fn() -> i64 + Send + Sync>,
    judge: Box<dyn Fn(&App, &Answer) -> bool + Send + Sync>,
}

impl Around {
    /// The apps that follow `world`.
    pub(super) fn of(world: &World, inbound: &Inbound) -> Result<Self, Problem> {
        let no_client = |error: reqwest::Error| Problem::new(Code::Internal, format!("apps cannot be asked: {error}"));
        let (wall, began, town) = (inbound.wall.0, tokio::time::Instant::now(), world.town());
        let passed = move || i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        Ok(Self {
            hall: inbound.hall.clone(),
            world: world.clone(),
            observe: inbound.observe.clone(),
            apps: inbound.access.apps.of_world(&inbound.hall, world.name()),
            client: client().map_err(no_client)?,
            wall: Box::new(move || wall.saturating_add(passed())),
            judge: Box::new(move |app, answer| says_idle(app, answer, &town)),
        })
    }

    pub(super) fn settler(&self) -> Settler<'_> {
        let Self { hall, world, observe, apps, client, wall, judge } = self;
        Settler { hall, world, observe, client, wall, apps, judge }
    }
}

/// What is still moving in a world.
#[derive(Serialize, ToSchema)]
struct Moving {
    /// Whether nothing is.
    settled: bool,
    /// Apps that follow this world.
    apps: Vec<String>,
    still: Vec<StillMoving>,
    last: Option<Last>,
}

/// Something that is not over.
#[derive(Serialize, ToSchema)]
struct StillMoving {
    /// `requests`, `deliveries`, `feed`, `busy`, `clock` or `restless`.
    kind: &'static str,
    /// The app it is about.
    app: Option<String>,
    /// In words.
    what: String,
}

/// How the last settle of a world ended.
#[derive(Serialize, ToSchema)]
struct Last {
    /// `probe`, `ack` or `quiet`; none when the wait was given up.
    mark: Option<&'static str>,
    /// Virtual time.
    at: String,
    /// Last item of the log when it was begun.
    seq: u64,
}

impl From<Still> for StillMoving {
    fn from(still: Still) -> Self {
        let (kind, app) = match &still {
            Still::Requests(_) => ("requests", None),
            Still::Deliveries(_) => ("deliveries", None),
            Still::Feed { app, .. } => ("feed", Some(app.clone())),
            Still::Busy(app) => ("busy", Some(app.clone())),
            Still::Clock { app, .. } => ("clock", Some(app.clone())),
            Still::Restless => ("restless", None),
        };
        Self { kind, app, what: still.to_string() }
    }
}

/// What is still moving. Apps with an idle probe are asked once; nothing is waited for.
#[utoipa::path(get, path = "/worlds/{world}/settle", tag = "clock", responses((status = 200, body = Moving)))]
async fn moving(Named { world, inbound }: Named) -> Result<Json<Moving>, Problem> {
    let around = Around::of(&world, &inbound)?;
    let still = around.settler().moving(world.town().feed_len()).await;
    let last = inbound.observe.settle.last(world.incarnation());
    Ok(Json(Moving {
        settled: still.is_empty(),
        apps: around.apps.iter().map(|app| app.name.clone()).collect(),
        still: still.into_iter().map(StillMoving::from).collect(),
        last: last.map(|last| Last { mark: last.mark.map(Mark::word), at: last.at.to_string(), seq: last.seq }),
    }))
}

/// Who says that it is idle.
#[derive(Deserialize, ToSchema)]
struct SaysIdle {
    /// Name of the app, as declared; without it the call speaks for every app.
    app: Option<String>,
}

impl Fields for SaysIdle {}

/// An app says that it has done everything it was set to do.
#[utoipa::path(post, path = "/worlds/{world}/settled", tag = "clock", request_body = SaysIdle,
    responses((status = 204, description = "Noted.")))]
async fn idle(Named { world, inbound }: Named, Body(said): Body<SaysIdle>) -> StatusCode {
    inbound.observe.settle.say_idle(world.incarnation(), said.app.as_deref(), world.ledger().head().seq);
    DONE
}

/// How far an app has followed the clock.
#[derive(Deserialize, ToSchema)]
struct ClockAck {
    /// Name of the app, as declared.
    app: String,
    /// Number of the change it has come to, from the stream.
    number: u64,
}

impl Fields for ClockAck {}

/// An app has set its own clock to a change of the stream. From then on settling waits for it to follow.
#[utoipa::path(post, path = "/worlds/{world}/clock/ack", tag = "clock", request_body = ClockAck,
    responses((status = 204, description = "Noted.")))]
async fn acknowledge(Named { world, inbound }: Named, Body(ack): Body<ClockAck>) -> Result<StatusCode, Problem> {
    let newest = clock_number(&world);
    if ack.number > newest {
        return Err(Problem::value("/number", format!("the clock is at change {newest}, not yet at {}", ack.number)));
    }
    inbound.observe.settle.ack_clock(world.incarnation(), &ack.app, ack.number);
    Ok(DONE)
}

/// `?wait=settled` on any write: it is answered when the apps have settled. `Byteby-Settled` says how well that is known.
pub(super) async fn wait(mut request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let asked = request.uri().query().and_then(split_wait);
    let Some((wanted, rest)) = asked.filter(|_| !reads) else { return next.run(request).await };
    if wanted != "settled" {
        let detail = format!("`{wanted}`: only `settled` can be waited for");
        return Problem::value("wait", detail).into_response();
    }
    let world = request.uri().path().strip_prefix("/worlds/").and_then(|path| path.split('/').next());
    let world = world.map(str::to_owned);
    if let Some(uri) = with_query(request.uri(), &rest) {
        *request.uri_mut() = uri;
    }
    let Some(inbound) = request.extensions().get::<Inbound>().cloned() else { return next.run(request).await };
    let mut response = next.run(request).await;
    if !response.status().is_success() {
        return response;
    }
    let named = world.map_or_else(|| Ok(inbound.world.clone()), |name| world_named(&inbound, &name));
    // A world that is gone has nothing to wait for.
    let Ok(world) = named else { return response };
    let around = match Around::of(&world, &inbound) {
        Ok(around) => around,
        Err(problem) => return problem.into_response(),
    };
    let settled = around.settler().settle(world.town().feed_len()).await;
    let mark = match settled.mark {
        Some(mark) => mark.word(),
        None if around.apps.is_empty() => "nobody",
        None => "never",
    };
    response.headers_mut().insert("byteby-settled", HeaderValue::from_static(mark));
    response
}

/// The value of `wait` in a query, and the query without it.
fn split_wait(query: &str) -> Option<(String, String)> {
    let (wait, rest): (Vec<&str>, Vec<&str>) =
        query.split('&').partition(|pair| pair.split('=').next() == Some("wait"));
    let value = wait.first()?.split_once('=').map_or("", |(_, value)| value);
    Some((value.to_owned(), rest.join("&")))
}

fn with_query(uri: &Uri, query: &str) -> Option<Uri> {
    let mark = if query.is_empty() { "" } else { "?" };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(format!("{}{mark}{query}", uri.path()).parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn the_wish_to_wait_is_taken_out_of_a_query() {
        for (query, expected) in [
            ("wait=settled", Some(("settled", ""))),
            ("a=1&wait=settled&b=2", Some(("settled", "a=1&b=2"))),
            ("wait", Some(("", ""))),
            ("waits=settled", None),
        ] {
            let expected = expected.map(|(wait, rest)| (wait.to_owned(), rest.to_owned()));
            assert_eq!(split_wait(query), expected, "{query}");
        }
    }
}
