//! Settling, the only wait on real time (`specs/experience.md` §8.4, `specs/core.md` §8), and moving a clock with it.
//!
//! An app with a poke address is asked to work and answers when it has; one with an idle probe is asked until it is
//! idle; a poller has taken note of an item when it has asked *above* its number; one that follows the clock says how
//! far it is. What is left is quiet time. All conditions must hold together: one counter of work is read before they are
//! looked at and again after the quiet time.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `probe` | asking an app, and reading its answer |
//! | `advance` | moving a clock and settling once per virtual instant |
//! | `auto` | clocks that move on by themselves |
//!
//! The record of who asked what is `observe::Settle`.

mod advance;
mod auto;
mod probe;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use advance::{Advanced, advance};
pub use auto::Auto;
pub use probe::{ANSWER, Answer, check_idle, client, says_idle};

use crate::access::App;
use crate::observe::{Belongs, Finding, LastSettle, Mark, Observe, RequestEntry};
use crate::town::event::{FolkEvent, KontaktEvent};
use crate::town::model::PersonKey;
use crate::town::{Event, Town};
use crate::townhall::{TownHall, World};

/// Longest real time of one settle, when an app does not say (`specs/experience.md` §4.2).
pub const SETTLE_MAX: Duration = Duration::from_secs(10);
/// Quiet time of apps that do not say when they are idle.
pub const QUIET: Duration = Duration::from_millis(150);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// Something that is not over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Still {
    /// Requests being answered.
    Requests(u32),
    /// Deliveries to be answered by an app.
    Deliveries(usize),
    /// An app has not asked a feed above a number.
    Feed {
        /// The app.
        app: String,
        /// The feed's operation.
        operation: String,
        /// The number.
        number: u64,
    },
    /// An app's probe does not say that it is idle.
    Busy(String),
    /// An app follows the clock, and is behind.
    Clock {
        /// The app.
        app: String,
        /// The change of the clock it has come to.
        at: u64,
        /// The change it is waited for.
        number: u64,
    },
    /// New requests came while it was to be quiet.
    Restless,
}

impl std::fmt::Display for Still {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Requests(count) => write!(f, "{count} requests under way"),
            Self::Deliveries(count) => write!(f, "{count} deliveries under way"),
            Self::Feed { app, operation, number } => write!(f, "`{app}` has not asked `{operation}` above {number}"),
            Self::Busy(app) => write!(f, "`{app}` is not idle"),
            Self::Clock { app, at, number } => {
                write!(f, "`{app}` follows the clock at change {at}, which is at {number}")
            }
            Self::Restless => f.write_str("new requests keep coming"),
        }
    }
}

/// A feed item that was not read in two of the app's own poll intervals.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    /// The app.
    pub app: String,
    /// The feed's operation.
    pub operation: String,
    /// The item's number.
    pub number: u64,
}

/// How a settle ended.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// How well it is known that every app had finished; the weakest of all apps. None without apps, or when the wait
    /// was given up.
    pub mark: Option<Mark>,
    /// What was still moving when the wait was given up.
    pub still: Vec<Still>,
    /// What apps did not read.
    pub unread: Vec<Unread>,
    /// Requests that belong to something that was settled before.
    pub late: Vec<(Arc<RequestEntry>, Belongs)>,
    /// The longest wait there could have been.
    pub limit: Duration,
}

/// Waits for the apps of one world.
#[derive(Clone, Copy)]
pub struct Settler<'a> {
    /// All worlds, for what is to be delivered.
    pub hall: &'a TownHall,
    /// The world.
    pub world: &'a World,
    /// The record of requests.
    pub observe: &'a Observe,
    /// What apps are asked with.
    pub client: &'a reqwest::Client,
    /// Real time in milliseconds since 1970.
    pub wall: &'a (dyn Fn() -> i64 + Send + Sync),
    /// The apps.
    pub apps: &'a [App],
    /// Whether an app's answer to its idle probe says that it is idle.
    pub judge: &'a (dyn Fn(&App, &Answer) -> bool + Send + Sync),
}

/// Real time without requests that counts as quiet for `app`.
fn quiet_of(app: &App) -> Duration {
    let speaks = app.idle.is_some() || app.poke.is_some();
    app.quiet_ms.map_or(if speaks { Duration::ZERO } else { QUIET }, Duration::from_millis)
}

impl Settler<'_> {
    fn incarnation(&self) -> u64 {
        self.world.incarnation()
    }

    /// Grows with everything that may mean work: requests, and what the town writes down.
    fn activity(&self) -> (u64, u64) {
        (self.observe.settle.work(self.incarnation()), self.world.ledger().head().seq)
    }

    /// Requests and deliveries that are not answered.
    fn under_way(&self) -> Vec<Still> {
        let requests = Some(self.observe.in_flight(self.incarnation())).filter(|count| *count > 0);
        let deliveries = Some(self.hall.deliveries_due(self.world)).filter(|count| *count > 0);
        requests.map(Still::Requests).into_iter().chain(deliveries.map(Still::Deliveries)).collect()
    }

    /// Waits until every app has taken note of what has happened, up to feed number `number`; 0 waits for a first read
    /// of each feed. Findings are noted, and what was done until now is past.
    pub async fn settle(&self, number: u64) -> Settled {
        if self.apps.is_empty() {
            return Settled::default();
        }
        let (began, seq) = ((self.wall)(), self.world.ledger().head().seq);
        let wait = Wait { settler: *self, number, seq, began, unread: Mutex::default(), still: Mutex::default() };
        let longest = |app: &App| app.settle_max_ms.map_or(SETTLE_MAX, Duration::from_millis);
        let limit = self.apps.iter().map(longest).max().unwrap_or(SETTLE_MAX);
        let poked = Mutex::default();
        let over = tokio::time::timeout(limit, async {
            wait.poke(&poked).await;
            wait.until_settled().await;
        });
        let in_time = over.await.is_ok();
        let unread = taken(&wait.unread);
        let poked = taken(&poked);
        let marks = self.apps.iter().map(|app| self.mark(app, seq, &poked, &unread));
        let mark = if in_time { marks.max() } else { None };
        let still = if in_time { Vec::new() } else { taken(&wait.still) };
        let settled = Settled { mark, still, unread, late: self.close(), limit };
        self.note(&settled, seq);
        settled
    }

    /// How well it is known that `app` has finished.
    fn mark(&self, app: &App, seq: u64, poked: &[String], unread: &[Unread]) -> Mark {
        let said = self.observe.settle.said_idle(self.incarnation(), &app.name, seq);
        if app.idle.is_some() || said || poked.contains(&app.name) {
            return Mark::Probe;
        }
        let has_read = !app.feeds.is_empty() && unread.iter().all(|unread| unread.app != app.name);
        if has_read { Mark::Ack } else { Mark::Quiet }
    }

    /// What was done since the last settle becomes past; gives what goes on with something that was past before.
    fn close(&self) -> Vec<(Arc<RequestEntry>, Belongs)> {
        let incarnation = self.incarnation();
        let since = self.observe.since(self.observe.settle.closed(incarnation), Some(incarnation));
        let late = |entry: &Arc<RequestEntry>| {
            self.observe.settle.belongs(incarnation, entry, false).map(|belongs| (entry.clone(), belongs))
        };
        let late = since.iter().filter_map(late).collect();
        self.observe.settle.close(incarnation, &since);
        late
    }

    /// Requests above entry `after` that belong to something that was settled, when nothing new has happened since.
    #[must_use]
    pub fn late(&self, after: u64) -> Vec<(Arc<RequestEntry>, Belongs)> {
        let incarnation = self.incarnation();
        let since = self.observe.since(after, Some(incarnation));
        let belongs = |entry: Arc<RequestEntry>| {
            let belongs = self.observe.settle.belongs(incarnation, &entry, true)?;
            Some((entry, belongs))
        };
        since.into_iter().filter_map(belongs).collect()
    }

    /// The same since the last settle, noted as findings.
    pub fn note_late(&self) {
        for (entry, belongs) in self.late(self.observe.settle.closed(self.incarnation())) {
            self.note_one_late(&entry, belongs);
        }
    }

    fn note_one_late(&self, entry: &RequestEntry, belongs: Belongs) {
        let operation = if entry.note.operation.is_empty() { &entry.path } else { entry.note.operation };
        let detail = format!("`{operation}` came after the town had settled, but its {} is older", belongs.word());
        self.finding("late-after-settle", detail, entry.app.clone(), Some(entry.id));
    }

    /// What is still moving right now. Asks apps with a probe once, and waits for nothing.
    pub async fn moving(&self, number: u64) -> Vec<Still> {
        let (began, seq) = ((self.wall)(), self.world.ledger().head().seq);
        let wait = Wait { settler: *self, number, seq, began, unread: Mutex::default(), still: Mutex::default() };
        wait.look().await
    }

    /// Settling without any app to wait for: nobody has made a request for [`QUIET`].
    pub async fn quiet(&self) {
        loop {
            let before = self.activity();
            tokio::time::sleep(QUIET).await;
            if self.under_way().is_empty() && self.activity() == before {
                return;
            }
        }
    }

    fn note(&self, settled: &Settled, seq: u64) {
        let last = LastSettle { mark: settled.mark, at: self.world.town().now(), seq };
        self.observe.settle.ended(self.incarnation(), last);
        for unread in &settled.unread {
            let Unread { app, operation, number } = unread;
            let detail =
                format!("`{app}` did not read item {number} of `{operation}` in two of its own poll intervals");
            self.finding("feed-not-read", detail, Some(app.clone()), None);
        }
        if settled.mark.is_none() {
            let still: Vec<String> = settled.still.iter().map(Still::to_string).collect();
            let detail = format!("not settled in {} ms: {}", settled.limit.as_millis(), still.join("; "));
            self.finding("never-settled", detail, None, None);
        }
        for (entry, belongs) in &settled.late {
            self.note_one_late(entry, *belongs);
        }
    }

    fn finding(&self, kind: &'static str, detail: String, app: Option<String>, request: Option<u64>) {
        let (at, seq) = (self.world.town().now(), self.world.ledger().head().seq);
        let incarnation = self.incarnation();
        self.observe.findings.note(Finding { id: 0, incarnation, kind, at, detail, request, app, seq });
    }
}

fn taken<T: Default>(mutex: &Mutex<T>) -> T {
    std::mem::take(&mut *mutex.lock().unwrap_or_else(PoisonError::into_inner))
}

fn put<T>(mutex: &Mutex<T>, value: T) {
    *mutex.lock().unwrap_or_else(PoisonError::into_inner) = value;
}

/// One settle under way. What it finds lies in cells, so that it is there when the wait is given up.
struct Wait<'a> {
    settler: Settler<'a>,
    number: u64,
    /// Last log item when it began.
    seq: u64,
    /// Real time when it began.
    began: i64,
    unread: Mutex<Vec<Unread>>,
    still: Mutex<Vec<Still>>,
}

impl Wait<'_> {
    /// Asks every app with a poke address to do its round; those that answered well have done it.
    async fn poke(&self, poked: &Mutex<Vec<String>>) {
        let mut done = Vec::new();
        for app in self.settler.apps {
            let Some(path) = &app.poke else { continue };
            put(&self.still, vec![Still::Busy(app.name.clone())]);
            let answer = probe::post(self.settler.client, &format!("{}{path}", app.url)).await;
            // A poke that is not heard shows as work not done.
            if answer.is_ok_and(|answer| answer.is_good()) {
                done.push(app.name.clone());
                put(poked, done.clone());
            }
        }
    }

    async fn until_settled(&self) {
        let (observe, incarnation) = (self.settler.observe, self.settler.incarnation());
        loop {
            let before = self.settler.activity();
            let still = self.look().await;
            if still.is_empty() {
                let said = |app: &&App| !observe.settle.said_idle(incarnation, &app.name, self.seq);
                let quiet = self.settler.apps.iter().filter(said).map(quiet_of).max().unwrap_or_default();
                if !quiet.is_zero() {
                    tokio::time::sleep(quiet).await;
                }
                if self.settler.activity() == before && self.settler.under_way().is_empty() {
                    return;
                }
                put(&self.still, vec![Still::Restless]);
            } else {
                put(&self.still, still);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// What is not over yet. Apps are asked only when all else is.
    async fn look(&self) -> Vec<Still> {
        let mut still = self.settler.under_way();
        for app in self.settler.apps {
            // A poke answers for the feeds too: the app has read them in its round.
            if app.poke.is_none() {
                app.feeds.iter().for_each(|feed| still.extend(self.feed(app, feed)));
            }
        }
        let number = clock_number(self.settler.world);
        let behind = self.settler.observe.settle.behind(self.settler.incarnation(), number);
        let known = |app: &String| self.settler.apps.iter().any(|known| known.name == *app);
        still.extend(behind.into_iter().filter(|(app, _)| known(app)).map(|(app, at)| Still::Clock {
            app,
            at,
            number,
        }));
        if !still.is_empty() {
            return still;
        }
        for app in self.settler.apps {
            if !self.is_idle(app).await {
                still.push(Still::Busy(app.name.clone()));
            }
        }
        still
    }

    /// What is missing of a feed; a feed the app has left alone for two of its intervals is waited for no longer.
    fn feed(&self, app: &App, operation: &str) -> Option<Still> {
        let settle = &self.settler.observe.settle;
        let (incarnation, number) = (self.settler.incarnation(), self.number);
        if settle.asked_above(incarnation, &app.name, operation, number) {
            return None;
        }
        let unread = Unread { app: app.name.clone(), operation: operation.to_owned(), number };
        let mut given_up = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        if given_up.contains(&unread) {
            return None;
        }
        if settle.is_overdue(incarnation, &app.name, operation, self.began, (self.settler.wall)()) {
            given_up.push(unread);
            return None;
        }
        Some(Still::Feed { app: unread.app, operation: unread.operation, number })
    }

    async fn is_idle(&self, app: &App) -> bool {
        let Some(idle) = &app.idle else { return true };
        if self.settler.observe.settle.said_idle(self.settler.incarnation(), &app.name, self.seq) {
            return true;
        }
        let answer = probe::get(self.settler.client, &format!("{}{}", app.url, idle.path)).await;
        answer.is_ok_and(|answer| (self.settler.judge)(app, &answer))
    }
}

/// The number of the clock's present position: what the stream of the clock calls it, and an app acknowledges. It grows
/// with every change, because virtual time never goes back.
#[must_use]
pub fn clock_number(world: &World) -> u64 {
    world.ledger().clock_seq()
}

/// People to whom something happened in `events`.
#[must_use]
pub fn people_of(town: &Town, events: &[Event]) -> Vec<PersonKey> {
    let person = |event: &Event| match event {
        Event::Folk(FolkEvent::PersonKom { origin, .. }) => Some(PersonKey::World(*origin)),
        Event::Folk(FolkEvent::Registrert(change)) => Some(change.person),
        Event::Folk(FolkEvent::Barnehageplass { barn, .. }) => Some(*barn),
        Event::Folk(FolkEvent::Hjem { person, .. }) => Some(*person),
        Event::Kontakt(KontaktEvent::Endret { person, .. } | KontaktEvent::Foert { person, .. }) => Some(*person),
        Event::Post(event) => town.post.samtale(event.melding()).map(|samtale| samtale.melding.til),
        _ => None,
    };
    events.iter().filter_map(person).collect()
}
