//! One world: its published town, and the lock commands go through.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::oneshot;

use super::advance::Turns;
use super::commit::Job;
use super::past::{Checkpoints, FIRST_SPACING};
use super::terms::{Limits, Meter, Terms};
use super::watch::Moments;
use super::{HallError, Ledger};
use crate::clock::Instant;
use crate::journal::{WorldHeader, WorldId};
use crate::town::model::Base;
use crate::town::{Event, Town};

mod commands;
#[cfg(test)]
mod tests;

/// What readers see: a town and the digests of the log that made it.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) town: Arc<Town>,
    pub(super) ledger: Ledger,
}

impl Published {
    /// A town on its first instant, with an empty log.
    pub(super) fn first(base: Arc<Base>) -> Self {
        Self { town: Arc::new(Town::new(base)), ledger: Ledger::default() }
    }

    /// The last item of the log that made it.
    pub(super) fn seq(&self) -> u64 {
        self.ledger.head().seq
    }
}

/// What a caller waits for before an answer may be given.
pub(super) type Receipt = oneshot::Receiver<Result<(), HallError>>;

/// The town behind everything that was decided, on its way to the disk or there. Its digests are made on the way.
struct Working {
    town: Town,
    /// The last item of its log.
    seq: u64,
    /// What its log weighs.
    weight: u64,
    /// The same as it was when something was last handed to the commit thread.
    handed: (Arc<Town>, u64, u64),
    /// Something is happening in [`Self::town`]. Seen by whoever comes next, it was broken off in the middle.
    torn: bool,
}

struct Inner {
    epoch: u64,
    /// The first item of its own, less one.
    start: u64,
    /// What a reset leads back to: where it was forked or made, with what setting it up added.
    beginning: Mutex<Published>,
    checkpoints: Mutex<Arc<Checkpoints>>,
    /// Labels and time to live.
    keeping: Mutex<Keeping>,
    /// What the log weighed there.
    began_with: u64,
    /// Limit on items of its own.
    most_events: AtomicU64,
    /// Limit on what its own items weigh.
    most_memory: AtomicU64,
    /// Limit on requests a second; 0 for none.
    most_requests: AtomicU32,
    most_deliveries: AtomicU32,
    meter: Meter,
    /// Real time of the last use, milliseconds; 0 before the first.
    used_ms: AtomicI64,
    /// The head's number when a sweep last looked.
    seen: AtomicU64,
    working: Mutex<Working>,
    /// Commands that wait for it: whoever holds it for many items lets go.
    asking: AtomicU32,
    published: ArcSwap<Published>,
    stopped: AtomicBool,
    /// Somebody dropped it, or began it anew.
    over: AtomicBool,
    commits: Sender<Job>,
    turns: Turns,
    moments: Moments,
}

/// The part of a world's terms that nobody asks for on the way of a request.
#[derive(Default)]
struct Keeping {
    ttl: Option<std::time::Duration>,
    labels: BTreeMap<String, String>,
}

/// A world. Cheap to clone; all clones are the same world, and each keeps the name under which it was found.
#[derive(Clone)]
pub struct World(Arc<Inner>, Arc<WorldHeader>);

/// What a world is made of when it begins or is opened again.
pub(super) struct Opening {
    pub(super) header: WorldHeader,
    pub(super) epoch: u64,
    /// Where its own log begins, with what setting it up has added.
    pub(super) beginning: Published,
    pub(super) now: Published,
    /// What the log weighed where its own part begins.
    pub(super) began_with: u64,
    pub(super) checkpoints: Arc<Checkpoints>,
    pub(super) terms: Terms,
    pub(super) commits: Sender<Job>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "World({})", self.name())
    }
}

/// A command that happened.
#[derive(Clone, Debug)]
pub struct Committed {
    /// Log item it became; the head's number when nothing changed.
    pub seq: u64,
    /// What happened.
    pub events: Vec<Event>,
    /// The town right after.
    pub town: Arc<Town>,
}

/// How far an `advance` came.
#[derive(Clone, Debug)]
pub struct Advance {
    /// The clock afterwards.
    pub now: Instant,
    /// Due items run.
    pub items: u64,
    /// Items still waiting.
    pub pending: usize,
    /// Whether it was called off before it came to its end.
    pub cancelled: bool,
}

impl World {
    pub(super) fn new(opening: Opening) -> Self {
        let Opening { header, epoch, beginning, now, began_with, checkpoints, terms, commits } = opening;
        let (seq, weight) = (now.seq(), now.ledger.weight());
        let handed = (now.town.clone(), seq, weight);
        let working = Working { town: Town::clone(&now.town), seq, weight, handed, torn: false };
        let inner = Inner {
            epoch,
            start: header.parent.map_or(0, |(_, at)| at),
            beginning: Mutex::new(beginning),
            checkpoints: Mutex::new(checkpoints),
            keeping: Mutex::default(),
            began_with,
            most_events: AtomicU64::new(u64::MAX),
            most_memory: AtomicU64::new(u64::MAX),
            most_requests: AtomicU32::new(0),
            most_deliveries: AtomicU32::new(0),
            meter: Meter::default(),
            used_ms: AtomicI64::new(0),
            seen: AtomicU64::new(now.seq()),
            working: Mutex::new(working),
            asking: AtomicU32::new(0),
            moments: Moments::new(now.seq()),
            published: ArcSwap::from_pointee(now),
            stopped: AtomicBool::new(false),
            over: AtomicBool::new(false),
            commits,
            turns: Turns::default(),
        };
        let world = Self(Arc::new(inner), Arc::new(header));
        world.set_terms(terms);
        world
    }

    /// The same world under another name.
    pub(super) fn renamed(&self, name: &str) -> Self {
        Self(self.0.clone(), Arc::new(WorldHeader { name: name.to_owned(), ..WorldHeader::clone(&self.1) }))
    }

    /// Name people use.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.1.name
    }

    /// Storage id: differs between two worlds that had the same name one after the other.
    #[must_use]
    pub fn incarnation(&self) -> u64 {
        self.1.id.0
    }

    /// What makes this world again.
    #[must_use]
    pub fn header(&self) -> &WorldHeader {
        &self.1
    }

    pub(super) fn id(&self) -> WorldId {
        self.1.id
    }

    pub(super) fn epoch(&self) -> u64 {
        self.0.epoch
    }

    /// Under which terms it is kept.
    #[must_use]
    pub fn terms(&self) -> Terms {
        let keeping = held(&self.0.keeping);
        let limits = Limits {
            events: self.0.most_events.load(Ordering::Relaxed),
            memory: self.0.most_memory.load(Ordering::Relaxed),
            requests: self.0.most_requests.load(Ordering::Relaxed),
            deliveries: self.0.most_deliveries.load(Ordering::Relaxed),
            ..Limits::default()
        };
        Terms { ttl: keeping.ttl, labels: keeping.labels.clone(), limits }
    }

    /// Sets the terms under which it is kept; [`super::TownHall::set_terms`] writes them down too.
    pub(super) fn set_terms(&self, terms: Terms) {
        self.0.most_events.store(terms.limits.events, Ordering::Relaxed);
        self.0.most_memory.store(terms.limits.memory, Ordering::Relaxed);
        self.0.most_requests.store(terms.limits.requests, Ordering::Relaxed);
        self.0.most_deliveries.store(terms.limits.deliveries, Ordering::Relaxed);
        *held(&self.0.keeping) = Keeping { ttl: terms.ttl, labels: terms.labels };
    }

    /// Writes down that the world was used at `wall_ms`, milliseconds of real time.
    pub fn used(&self, wall_ms: i64) {
        self.0.used_ms.fetch_max(wall_ms, Ordering::Relaxed);
    }

    /// Real time of the last use as far as it is known, milliseconds; 0 before the first.
    #[must_use]
    pub fn last_used(&self) -> i64 {
        self.0.used_ms.load(Ordering::Relaxed)
    }

    /// Whether its time to live without use is over at `wall_ms`. A log that has grown since the last look is use too.
    pub(super) fn is_over(&self, wall_ms: i64) -> bool {
        let head = self.0.published.load().seq();
        if self.0.seen.swap(head, Ordering::Relaxed) != head || self.last_used() == 0 {
            self.used(wall_ms);
        }
        let Some(ttl) = held(&self.0.keeping).ttl else { return false };
        let idle = wall_ms.saturating_sub(self.last_used());
        u128::try_from(idle).is_ok_and(|idle| idle >= ttl.as_millis())
    }

    /// Counts a request into this world's mocks at `wall_ms`.
    ///
    /// # Errors
    /// [`HallError::Limit`] when there have been too many within this second of real time.
    pub fn admit(&self, wall_ms: i64) -> Result<(), HallError> {
        let limit = self.0.most_requests.load(Ordering::Relaxed);
        if limit == 0 || self.0.meter.admit(wall_ms, limit) {
            return Ok(());
        }
        Err(self.limit("requests", u64::from(limit)))
    }

    /// Whether anything more may be added to the log.
    ///
    /// # Errors
    /// [`HallError::Limit`] when not.
    pub fn has_room(&self) -> Result<(), HallError> {
        let published = self.0.published.load();
        self.room_behind(published.seq(), published.ledger.weight())
    }

    /// The same of a log that ends with item `seq` and weighs `weight`.
    fn room_behind(&self, seq: u64, weight: u64) -> Result<(), HallError> {
        let events = self.0.most_events.load(Ordering::Relaxed);
        if seq - self.0.start >= events {
            return Err(self.limit("events", events));
        }
        let memory = self.0.most_memory.load(Ordering::Relaxed);
        if self.beyond_beginning(weight) >= memory { Err(self.limit("memory", memory)) } else { Ok(()) }
    }

    fn beyond_beginning(&self, weight: u64) -> u64 {
        weight.saturating_sub(self.0.began_with)
    }

    /// Bytes it holds beyond what it began with, estimated from above.
    #[must_use]
    pub fn memory(&self) -> u64 {
        self.beyond_beginning(self.0.published.load().ledger.weight())
    }

    /// What its log weighed where its own part begins.
    pub(super) fn began_with(&self) -> u64 {
        self.0.began_with
    }

    fn limit(&self, name: &'static str, limit: u64) -> HallError {
        HallError::Limit { name, world: self.name().to_owned(), limit }
    }

    /// The published town.
    #[must_use]
    pub fn town(&self) -> Arc<Town> {
        self.0.published.load().town.clone()
    }

    /// Digests and head of the published log.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.0.published.load().ledger.clone()
    }

    /// Town and ledger of one and the same moment.
    pub(super) fn moment(&self) -> Published {
        Published::clone(&self.0.published.load())
    }

    /// Where a reset leads back to.
    pub(super) fn beginning(&self) -> Published {
        held(&self.0.beginning).clone()
    }

    /// The checkpoints of its log.
    pub(super) fn checkpoints(&self) -> Arc<Checkpoints> {
        held(&self.0.checkpoints).clone()
    }

    /// Publishes the town after a transaction, which was part of setting the world up when `is_setup`.
    pub(super) fn publish(&self, is_setup: bool, published: Published) {
        if published.seq().is_multiple_of(FIRST_SPACING) {
            Arc::make_mut(&mut held(&self.0.checkpoints)).offer(&published);
        }
        if is_setup {
            let mut beginning = held(&self.0.beginning);
            if beginning.seq() + 1 == published.seq() {
                *beginning = published.clone();
            }
        }
        let seq = published.seq();
        self.0.published.store(Arc::new(published));
        self.0.moments.publish(seq);
    }

    pub(super) fn stop(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
        self.0.moments.end();
    }

    /// Stops the world because it was dropped or begun anew: who still asks it is told that it is not there.
    pub(super) fn end(&self) {
        self.0.over.store(true, Ordering::SeqCst);
        self.stop();
    }

    pub(super) fn moments(&self) -> &Moments {
        &self.0.moments
    }

    pub(super) fn turns(&self) -> &Turns {
        &self.0.turns
    }

    /// Whether nothing more can happen here: a flush failed, or the world was dropped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }

    pub(super) fn stopped(&self, reason: &str) -> HallError {
        if self.0.over.load(Ordering::SeqCst) {
            return HallError::UnknownWorld(self.name().to_owned());
        }
        HallError::Stopped { world: self.name().to_owned(), reason: reason.to_owned() }
    }
}
