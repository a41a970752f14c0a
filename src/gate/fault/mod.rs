//! Faults: what the rules of the world and the header of a request say is to go wrong with it
//! (`specs/experience.md` §10.3, §16).
//!
//! Rules are facts of the town; how often they have struck lies beside it. They touch the mocks only: pages and admin API
//! never come here. What strikes is told in `Byteby-Fault` and in the record, whatever became of the answer.

mod body;
mod firewall;
mod header;
mod spoil;
mod strike;

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, Version};
use axum::response::{IntoResponse, Response};

use super::record::Exchange;
use super::resettable::Reset;
use crate::access::{Access, Skin, Trouble, problem, with_hint};
use crate::observe::{Note, Observe};
use crate::services::SKINS;
use crate::town::state::Fault;
use crate::townhall::TownHall;
use body::{Pieces, Step};
use spoil::is_spoiling;

/// The header that asks for a fault, and the one that tells of it.
const HEADER: &str = "byteby-fault";

/// Marks the answer of a request that gets none: the record writes no status for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unanswered;

/// What strikes one request.
#[derive(Debug, Default)]
pub(super) struct Injected {
    /// Names and faults in the order they struck.
    struck: Vec<(String, Fault)>,
    service: Option<&'static Skin>,
    operation: &'static str,
    /// Path below the service's mount.
    path: String,
    client: Option<String>,
    /// What resets the connection; none for HTTP/2, where the stream alone is reset.
    connection: Option<Reset>,
}

/// Looks what strikes `request`.
///
/// # Errors
/// 400 when its own header asks for something that cannot be.
pub(super) fn look(
    observe: &Observe,
    hall: &TownHall,
    exchange: &Exchange,
    request: &Request,
) -> Result<Injected, Response> {
    let asked = header::asked(request.headers()).map_err(refused)?;
    let town = exchange.world.town();
    if asked.is_none() && town.faults.rules.is_empty() {
        return Ok(Injected::default());
    }
    let Some((skin, below)) = Skin::of_path(SKINS, request.uri().path()) else { return Ok(Injected::default()) };
    if asked == Some(Fault::TokenExpiry) && !skin.takes_token {
        return Err(refused(format!("`{}` takes no access token that could end", skin.service)));
    }
    let operation = skin.operation(request.method().as_str(), request.uri().path()).unwrap_or("");
    let mut injected = Injected { service: Some(skin), operation, path: below.to_owned(), ..Injected::default() };
    if request.version() < Version::HTTP_2 {
        injected.connection = request.extensions().get::<Reset>().cloned();
    }
    let call = strike::Call::of(&town, skin, operation, exchange, request);
    injected.struck.extend(asked.filter(|fault| call.meets(*fault)).map(|fault| ("request".to_owned(), fault)));
    strike::rules(&call, observe, hall, &mut injected.struck);
    injected.client = call.client;
    Ok(injected)
}

/// 400 for a header that cannot be followed. The body says nothing of us, the header beside it does.
fn refused(why: String) -> Response {
    let detail = "a header of the request cannot be followed";
    with_hint(problem(StatusCode::BAD_REQUEST, "Bad Request", detail), &format!("Byteby-Fault: {why}"))
}

/// Whether `fault` takes the place of the service's answer.
fn is_ending(fault: Fault) -> bool {
    !matches!(fault, Fault::Latency { .. } | Fault::SlowBody { .. } | Fault::Truncate { .. }) && !is_spoiling(fault)
}

impl Injected {
    fn ending(&self) -> Option<Fault> {
        self.struck.iter().map(|(_, fault)| *fault).find(|fault| is_ending(*fault))
    }

    /// The answer in the service's place; `None` when the service is to answer.
    pub(super) fn answer(&self, exchange: &Exchange) -> Option<Response> {
        let skin = self.service?;
        let trouble = |status: StatusCode, retry_after_ms: Option<u32>| {
            let now = exchange.world.town().now();
            let (operation, path, request_id) = (self.operation, self.path.as_str(), exchange.id.as_str());
            (skin.trouble)(&Trouble { status, retry_after_ms, operation, path, now, request_id })
        };
        let mut response = match self.ending()? {
            Fault::Error { status } => {
                trouble(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), None)
            }
            Fault::Throttle { retry_after_ms } => trouble(StatusCode::TOO_MANY_REQUESTS, retry_after_ms),
            Fault::Outage { retry_after_ms, silent: false } => trouble(StatusCode::SERVICE_UNAVAILABLE, retry_after_ms),
            Fault::TokenExpiry => trouble(StatusCode::UNAUTHORIZED, None),
            Fault::Gateway => firewall::refusal(&exchange.id),
            _ => {
                let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
                response.extensions_mut().insert(Unanswered);
                response
            }
        };
        let client = self.client.clone();
        let note = Note { service: skin.service, operation: self.operation, client, ..Note::default() };
        response.extensions_mut().insert(note);
        Some(response)
    }

    /// `response` with what the faults make wrong about it.
    pub(super) async fn spoil(&self, access: &Access, exchange: &Exchange, response: Response) -> Response {
        let Some(skin) = self.service else { return response };
        let faults = self.struck.iter().map(|(_, fault)| *fault);
        let world = &exchange.world;
        let state = || access.of_world(world.incarnation(), world.town().base.header.seed);
        spoil::spoil(response, faults, self.operation, skin.issuer(), state).await
    }

    /// `response` with what struck, for the record and for the caller.
    pub(super) fn tell(&self, mut response: Response) -> Response {
        if self.struck.is_empty() {
            return response;
        }
        let names: Vec<&str> = self.struck.iter().map(|(name, _)| name.as_str()).collect();
        if let Ok(value) = HeaderValue::from_str(&names.join(", ")) {
            response.headers_mut().insert(HEADER, value);
        }
        let words: Vec<String> = self.struck.iter().map(|(name, fault)| format!("{name} ({})", fault.kind())).collect();
        let mut note = response.extensions_mut().remove::<Note>().unwrap_or_default();
        note.fault = Some(words.join(", "));
        response.extensions_mut().insert(note);
        response
    }

    /// Sends `response` the way the faults want it: late, slowly, in part, or not at all.
    pub(super) async fn deliver(&self, response: Response) -> Response {
        for (_, fault) in &self.struck {
            if let Fault::Latency { delay_ms } = fault {
                tokio::time::sleep(millis(*delay_ms)).await;
            }
        }
        match self.ending() {
            Some(Fault::Timeout { after_ms }) => {
                tokio::time::sleep(millis(after_ms)).await;
                return cut_off();
            }
            Some(Fault::Reset | Fault::Outage { silent: true, .. }) => {
                if let Some(connection) = &self.connection {
                    connection.ask();
                }
                return cut_off();
            }
            _ => {}
        }
        let of_body = self
            .struck
            .iter()
            .map(|(_, fault)| *fault)
            .find(|fault| matches!(fault, Fault::SlowBody { .. } | Fault::Truncate { .. }));
        match of_body {
            Some(Fault::SlowBody { delay_ms }) => {
                in_pieces(response, |bytes| Pieces::slow(bytes, millis(delay_ms))).await
            }
            Some(Fault::Truncate { percent }) => in_pieces(response, |bytes| Pieces::cut(bytes, percent)).await,
            _ => response,
        }
    }
}

fn millis(millis: u32) -> Duration {
    Duration::from_millis(u64::from(millis))
}

/// A response whose body fails before its first byte: the connection ends before anything of it is written.
fn cut_off() -> Response {
    let mut response = Response::new(Body::new(Pieces::of(vec![Step::Fail], 1)));
    response.extensions_mut().insert(Unanswered);
    response
}

async fn in_pieces(response: Response, pieces: impl FnOnce(axum::body::Bytes) -> Pieces) -> Response {
    let (parts, body) = response.into_parts();
    // Mock bodies are made in memory, so collecting one cannot fail.
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    Response::from_parts(parts, Body::new(pieces(bytes)))
}
