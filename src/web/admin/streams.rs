//! Server-sent events: the clock and the log of a world (`specs/experience.md` §8.3, §16).
//!
//! A stream is a cursor over the log. It reads a page when its reader has taken the one before, so a slow reader costs
//! one page of memory and nothing more; one that is far behind on the clock gets only where the clock stands. Streams end
//! with their world and with the server, and are no requests under way.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use serde_json::json;
use tokio::sync::watch;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::Named;
use super::clock::rate_text;
use super::log::Item;
use super::problem::Problem;
use crate::access::Inbound;
use crate::clock::{Instant, Mode};
use crate::journal::LogItem;
use crate::town::Event;
use crate::town::event::TidEvent;
use crate::townhall::{Moment, TownHall, World};

/// Log items read at once.
const PAGE: usize = 64;
/// A reader of the clock further behind than this many items is not told every change.
const FAR_BEHIND: u64 = 1_024;
/// A comment is sent after so much silence, so that a connection that is gone is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(clock)).routes(routes!(events))
}

/// Every change of the clock as it happens: `{number, now, mode, rate}`. The first message is where the clock stands, or
/// with `Last-Event-ID` what came after it.
#[utoipa::path(get, path = "/worlds/{world}/clock/stream", tag = "clock",
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String)))]
async fn clock(Named { world, inbound }: Named, headers: HeaderMap) -> Result<Response, Problem> {
    let newest = world.ledger().clock_seq();
    let (after, told) = match last_event_id(&headers)? {
        Some(id) => (id.min(world.ledger().head().seq), true),
        None => (newest, false),
    };
    let (town, _) = inbound.hall.past(&world, after)?;
    let stands = Stands { number: newest.min(after), now: town.now(), mode: town.tid.mode, takt: town.tid.takt };
    let first = (!told).then(|| stands.message());
    Ok(stream(Cursor::new(&world, &inbound, after, Some(stands)), first))
}

/// Every item of the log as it comes. With `Last-Event-ID` from the item after that one.
#[utoipa::path(get, path = "/worlds/{world}/events/stream", tag = "log",
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String)))]
async fn events(Named { world, inbound }: Named, headers: HeaderMap) -> Result<Response, Problem> {
    let head = world.ledger().head().seq;
    let after = last_event_id(&headers)?.unwrap_or(head).min(head);
    Ok(stream(Cursor::new(&world, &inbound, after, None), None))
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.parse().ok());
    let fault = || Problem::value("Last-Event-ID", "it is the number of a log item");
    number.map(Some).ok_or_else(fault)
}

fn stream(cursor: Cursor, first: Option<String>) -> Response {
    let first = first.map(|text| format!("retry: 1000\n{text}"));
    let pull = Pull { next: Some(Box::pin(cursor.next(first))) };
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    (headers, Body::from_stream(pull)).into_response()
}

/// Where the clock stood after a change.
struct Stands {
    number: u64,
    now: Instant,
    mode: Mode,
    takt: u32,
}

impl Stands {
    /// Takes in an item; whether it changed the clock.
    fn follow(&mut self, item: &LogItem) -> bool {
        let mut changed = false;
        for event in &item.events {
            match event {
                Event::Tid(TidEvent::Naadd(at)) => self.now = self.now.max(*at),
                Event::Tid(TidEvent::Modus(mode)) => self.mode = *mode,
                Event::Tid(TidEvent::Takt(takt)) => self.takt = *takt,
                _ => continue,
            }
            changed = true;
        }
        if changed {
            self.number = item.seq;
        }
        changed
    }

    fn message(&self) -> String {
        let (now, mode) = (self.now.to_string(), self.mode.word());
        let data = json!({ "number": self.number, "now": now, "mode": mode, "rate": rate_text(self.takt) });
        message("clock", self.number, &data.to_string())
    }
}

fn message(event: &str, id: u64, data: &str) -> String {
    format!("event: {event}\nid: {id}\ndata: {data}\n\n")
}

/// A place in the log.
struct Cursor {
    hall: TownHall,
    world: World,
    watch: watch::Receiver<Moment>,
    after: u64,
    /// Only changes of the clock are told.
    clock: Option<Stands>,
}

impl Cursor {
    fn new(world: &World, inbound: &Inbound, after: u64, clock: Option<Stands>) -> Self {
        Self { hall: inbound.hall.clone(), world: world.clone(), watch: world.watch(), after, clock }
    }

    /// The next piece of text, and the cursor behind it; none at the end.
    async fn next(mut self, first: Option<String>) -> Option<(Bytes, Self)> {
        if let Some(first) = first {
            return Some((first.into(), self));
        }
        loop {
            let moment = *self.watch.borrow_and_update();
            if moment.seq > self.after {
                let text = self.page(moment.seq)?;
                if !text.is_empty() {
                    return Some((text.into(), self));
                }
                continue;
            }
            if moment.ended {
                return None;
            }
            tokio::select! {
                changed = self.watch.changed() => changed.ok()?,
                () = tokio::time::sleep(HEARTBEAT) => return Some((": here\n\n".into(), self)),
            }
        }
    }

    /// The messages of the next page; none when the log cannot be read.
    fn page(&mut self, head: u64) -> Option<String> {
        if let Some(stands) = &mut self.clock
            && head - self.after > FAR_BEHIND
        {
            let town = self.world.town();
            *stands = Stands {
                number: self.world.ledger().clock_seq(),
                now: town.now(),
                mode: town.tid.mode,
                takt: town.tid.takt,
            };
            self.after = head;
            return Some(stands.message());
        }
        let items = self.hall.log(&self.world, self.after + 1, PAGE).ok()?;
        self.after = items.last()?.seq;
        let town = self.world.town();
        let text = |item: LogItem| match &mut self.clock {
            Some(stands) => stands.follow(&item).then(|| stands.message()),
            None => {
                let seq = item.seq;
                let line = serde_json::to_string(&Item::of(&town, item)).ok()?;
                Some(message("item", seq, &line))
            }
        };
        Some(items.into_iter().filter_map(text).collect())
    }
}

type Next = Pin<Box<dyn Future<Output = Option<(Bytes, Cursor)>> + Send>>;

/// A cursor as a body: the next page is read when it is asked for.
struct Pull {
    next: Option<Next>,
}

impl Stream for Pull {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(next) = self.next.as_mut() else { return Poll::Ready(None) };
        let Poll::Ready(next) = next.as_mut().poll(context) else { return Poll::Pending };
        let Some((bytes, cursor)) = next else {
            self.next = None;
            return Poll::Ready(None);
        };
        self.next = Some(Box::pin(cursor.next(None)));
        Poll::Ready(Some(Ok(bytes)))
    }
}
