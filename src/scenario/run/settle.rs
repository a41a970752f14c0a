//! Settling: the only wait on real time (`specs/experience.md` §8.4, `specs/core.md` §8).
//!
//! An app with a poke address is asked to work and answers when it has; one with an idle probe is asked until it is
//! idle; a poller has taken note of an item when it has asked *above* its number. What is left is quiet time.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;

use super::http::Jar;
use super::{IdleProbe, LiveApp, Run};
use crate::clock::Instant;
use crate::observe::RequestEntry;
use crate::scenario::fault::Sentence;
use crate::scenario::plan::App;

/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(5);
/// Shortest interval a poller is taken to have, milliseconds: pages of one round lie closer together than rounds.
const SHORTEST_POLL_MS: i64 = 2_000;
/// Where the sample app answers whether it is idle.
const DEMO_IDLE: &str = "/idle";

/// Requests that cannot mean work: empty pages of a feed, discovery, keys. Without this a quick poller would never let
/// the town be quiet.
pub(super) fn is_noise(entry: &RequestEntry) -> bool {
    let empty_page = entry.note.feed_read.is_some_and(|(from, to)| to < from);
    let path = entry.path.as_str();
    empty_page
        || path.contains("/.well-known/")
        || path.ends_with("/jwk")
        || path.ends_with("/jwks")
        || entry.note.operation.is_empty()
}

/// What an app is still waited for.
enum Waiting {
    Feed(u64),
    Idle,
    Quiet,
}

impl Run<'_> {
    /// Waits until the apps have taken note of everything up to feed number `number`.
    pub(super) async fn settle(&mut self, number: Option<u64>) {
        if self.apps.is_empty() {
            return;
        }
        let names: Vec<String> = self.apps.keys().cloned().collect();
        for name in names {
            let Some(app) = self.apps.get(&name) else { continue };
            if let Some(poke) = &app.poke {
                self.poke(app, poke).await;
            }
            let limit = app.settle_max;
            let waiting = tokio::time::timeout(limit, self.settled(app, number)).await;
            if let Ok(Some(unread)) = waiting {
                self.finding("feed-not-read", Sentence::new("run.feed-not-read", &[&name, &unread.to_string()]));
            } else if waiting.is_err() {
                let still = self.still(&name, number);
                self.finding(
                    "never-settled",
                    Sentence::new("run.never-settled", &[&name, &limit.as_secs().to_string(), &still]),
                );
            }
        }
    }

    async fn poke(&self, app: &LiveApp, path: &str) {
        if let Ok(url) = format!("{}{path}", app.url).parse() {
            // Whether it went well shows in what the app does; a poke that is not heard shows as work not done.
            let _ = self.exchange(Method::POST, url, &[], None, &mut Jar::default()).await;
        }
    }

    /// Waits for one app; gives the number of a feed item that was not read in two of its poll intervals.
    async fn settled(&self, app: &LiveApp, number: Option<u64>) -> Option<u64> {
        let poller = app.poke.is_none() && !app.feeds.is_empty();
        let unread = match number {
            Some(number) if poller => self.asked_above(app, number).await,
            // No item to read, but the clock has moved: the app learns of it when it asks next.
            None if poller => {
                self.asked_at(app, self.now()).await;
                None
            }
            _ => None,
        };
        loop {
            let before = self.around.observe.last();
            self.wait_quiet(app.quiet).await;
            if self.is_idle(app).await && self.quiet_since(before) {
                return unread;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Nothing in flight, and nothing but noise since request `before`.
    fn quiet_since(&self, before: u64) -> bool {
        let world = self.world.incarnation();
        self.around.observe.in_flight(world) == 0
            && self.around.observe.since(before, Some(world)).iter().all(|entry| is_noise(entry))
    }

    async fn wait_quiet(&self, quiet: Duration) {
        loop {
            let before = self.around.observe.last();
            tokio::time::sleep(quiet).await;
            if self.quiet_since(before) {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until a declared feed has been asked at or after virtual time `now`, or two of the app's own poll intervals
    /// have passed.
    async fn asked_at(&self, app: &LiveApp, now: Instant) {
        let started = (self.around.wall)();
        while !self.feed_reads(app).iter().any(|entry| entry.at >= now) && !self.is_overdue(app, started) {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Reads of the feeds the app declared, oldest first.
    fn feed_reads(&self, app: &LiveApp) -> Vec<Arc<RequestEntry>> {
        let mut reads = self.around.observe.since(0, Some(self.world.incarnation()));
        reads.retain(|entry| {
            entry.note.feed_read.is_some() && app.feeds.iter().any(|feed| *feed == entry.note.operation)
        });
        reads
    }

    /// Whether two of the app's own poll intervals have passed since real time `started` without a read.
    fn is_overdue(&self, app: &LiveApp, started: i64) -> bool {
        let reads: Vec<i64> = self.feed_reads(app).iter().map(|entry| entry.wall_ms).collect();
        let interval = reads.windows(2).map(|pair| pair[1] - pair[0]).max();
        let (Some(interval), Some(last)) = (interval, reads.last()) else { return false };
        let since = (self.around.wall)() - started.max(*last);
        since > 2 * interval.max(SHORTEST_POLL_MS)
    }

    /// Waits until every declared feed has been asked above `number`. When two of the app's own poll intervals pass
    /// without that, the number is given back.
    async fn asked_above(&self, app: &LiveApp, number: u64) -> Option<u64> {
        let started = (self.around.wall)();
        loop {
            if self.feed_reads(app).iter().filter_map(|entry| entry.note.feed_read).any(|(from, _)| from > number) {
                return None;
            }
            if self.is_overdue(app, started) {
                return Some(number);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn is_idle(&self, app: &LiveApp) -> bool {
        let (path, declared): (&str, Option<&App>) = match &app.idle {
            IdleProbe::None => return true,
            IdleProbe::Demo => (DEMO_IDLE, None),
            IdleProbe::Declared(place) => {
                let declared = &self.plan.apps[*place].1;
                match &declared.idle {
                    Some((path, _)) => (path, Some(declared)),
                    None => return true,
                }
            }
        };
        let Ok(url) = format!("{}{path}", app.url).parse() else { return true };
        let Ok(answer) = self.exchange(Method::GET, url, &[], None, &mut Jar::default()).await else { return false };
        match declared.and_then(|app| app.idle.as_ref()) {
            Some((_, that)) => self.scoped(Some(answer.verdi()), |scope| that.holds(scope)).unwrap_or(false),
            None => serde_json::from_str::<serde_json::Value>(&answer.text).is_ok_and(|json| json["idle"] == true),
        }
    }

    /// What was still moving when the wait was given up.
    fn still(&self, name: &str, number: Option<u64>) -> String {
        let in_flight = self.around.observe.in_flight(self.world.incarnation());
        let waiting = match self.apps.get(name) {
            _ if in_flight > 0 => Waiting::Quiet,
            Some(app) if !matches!(app.idle, IdleProbe::None) => Waiting::Idle,
            Some(app) if !app.feeds.is_empty() => Waiting::Feed(number.unwrap_or(0)),
            _ => Waiting::Quiet,
        };
        match waiting {
            Waiting::Feed(number) => format!("feed {number}"),
            Waiting::Idle => "idle".to_owned(),
            Waiting::Quiet => format!("in flight: {in_flight}"),
        }
    }

    /// Notes when the app had asked above the feed numbers of each entry: `@entry.read`.
    pub(super) fn note_reads(&mut self) {
        let mut reads = Vec::new();
        for (entry, (_, last)) in &self.feed_numbers {
            if self.instants.get(entry).is_none_or(|instants| instants.read.is_some()) {
                continue;
            }
            let above =
                self.requests.iter().find(|request| request.note.feed_read.is_some_and(|(from, _)| from > *last));
            if let Some(request) = above {
                reads.push((entry.clone(), request.at));
            }
        }
        for (entry, at) in reads {
            if let Some(instants) = self.instants.get_mut(&entry) {
                instants.read = Some(at);
            }
        }
    }
}
