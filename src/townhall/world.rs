//! One world: its published town, the lock commands go through, and the clock's steps.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::oneshot;

use super::advance::Turns;
use super::commit::{Entry, Job};
use super::watch::Moments;
use super::{HallError, Ledger};
use crate::base::OriginKey;
use crate::clock::{Instant, Mode};
use crate::journal::{LogItem, WorldHeader, WorldId};
use crate::town::decide::TidCommand;
#[cfg(doc)]
use crate::town::decide::RATES;
use crate::town::state::DueKey;
use crate::town::{Cause, Command, Event, Refusal, Town, apply, decide};

/// What readers see: a town and the digests of the log that made it.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) town: Arc<Town>,
    pub(super) ledger: Ledger,
}

/// What a caller waits for before an answer may be given.
pub(super) type Receipt = oneshot::Receiver<Result<(), HallError>>;

struct Working {
    town: Town,
    ledger: Ledger,
}

struct Inner {
    header: WorldHeader,
    epoch: u64,
    working: Mutex<Working>,
    published: ArcSwap<Published>,
    stopped: AtomicBool,
    commits: Sender<Job>,
    turns: Turns,
    moments: Moments,
}

/// A world. Cheap to clone; all clones are the same world.
#[derive(Clone)]
pub struct World(Arc<Inner>);

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
    pub(super) fn new(header: WorldHeader, epoch: u64, town: Town, ledger: Ledger, commits: Sender<Job>) -> Self {
        let published = Published { town: Arc::new(town.clone()), ledger: ledger.clone() };
        let moments = Moments::new(ledger.head().seq);
        Self(Arc::new(Inner {
            header,
            epoch,
            working: Mutex::new(Working { town, ledger }),
            published: ArcSwap::from_pointee(published),
            stopped: AtomicBool::new(false),
            commits,
            turns: Turns::default(),
            moments,
        }))
    }

    /// Name people use.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.header.name
    }

    /// Storage id: differs between two worlds that had the same name one after the other.
    #[must_use]
    pub fn incarnation(&self) -> u64 {
        self.0.header.id.0
    }

    /// What makes this world again.
    #[must_use]
    pub fn header(&self) -> &WorldHeader {
        &self.0.header
    }

    pub(super) fn id(&self) -> WorldId {
        self.0.header.id
    }

    pub(super) fn epoch(&self) -> u64 {
        self.0.epoch
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
    pub(super) fn moment(&self) -> (Arc<Town>, Ledger) {
        let published = self.0.published.load();
        (published.town.clone(), published.ledger.clone())
    }

    pub(super) fn publish(&self, published: Published) {
        let seq = published.ledger.head().seq;
        self.0.published.store(Arc::new(published));
        self.0.moments.publish(seq);
    }

    pub(super) fn moments(&self) -> &Moments {
        &self.0.moments
    }

    pub(super) fn turns(&self) -> &Turns {
        &self.0.turns
    }

    pub(super) fn stop(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
    }

    /// Whether a flush failed and nothing more can happen here.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }

    fn lock(&self) -> MutexGuard<'_, Working> {
        self.0.working.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides and applies `command`; answers when it is durable and published. An answer that changes nothing waits too:
    /// "no" and "so already" may rest on items that are still on their way to the disk.
    ///
    /// # Errors
    /// [`HallError::Refused`] when the town says no, [`HallError::Stopped`] when the log cannot be written.
    pub async fn command(&self, command: Command, cause: Cause) -> Result<Committed, HallError> {
        let (answer, waiting) = self.enter(&command, cause)?;
        if let Some(waiting) = waiting {
            waiting.await.map_err(|_| self.stopped("the commit thread is gone"))??;
        }
        Ok(answer?)
    }

    /// The part of a command under the lock: its answer, and what to wait for before it may be given.
    fn enter(
        &self,
        command: &Command,
        cause: Cause,
    ) -> Result<(Result<Committed, Refusal>, Option<Receipt>), HallError> {
        self.enter_locked(&mut self.lock(), command, cause)
    }

    /// Takes up the next item due at or before `until` of the working town, without waiting for the disk. `None` when
    /// there is no such item.
    pub(super) fn enter_next(&self, until: Instant) -> Result<Option<(DueKey, Committed, Receipt)>, HallError> {
        let mut working = self.lock();
        let next = working.town.tid.next().map(|(key, _)| *key).filter(|key| key.at <= until);
        let Some(key) = next else { return Ok(None) };
        let (answer, receipt) =
            self.enter_locked(&mut working, &Command::Tid(TidCommand::TaOpp(key)), cause_of_due(&key))?;
        let receipt = receipt.expect("taking an item off the queue is an event, and events have a receipt");
        Ok(Some((key, answer?, receipt)))
    }

    fn enter_locked(
        &self,
        working: &mut Working,
        command: &Command,
        cause: Cause,
    ) -> Result<(Result<Committed, Refusal>, Option<Receipt>), HallError> {
        if self.is_stopped() {
            return Err(self.stopped("an earlier item could not be written"));
        }
        let events = match decide(&working.town, command, &cause) {
            Ok(events) if !events.is_empty() => events,
            settled => {
                let seq = working.ledger.head().seq;
                let town = || Arc::new(working.town.clone());
                let answer = settled.map(|events| Committed { seq, events, town: town() });
                let is_published = self.0.published.load().ledger.head().seq == seq;
                let receipt = if is_published { None } else { Some(self.hand_over(None)?) };
                return Ok((answer, receipt));
            }
        };
        for event in &events {
            apply(&mut working.town, event);
        }
        let item = LogItem { seq: working.ledger.head().seq + 1, at: working.town.now(), cause, events };
        working.ledger.book(&item);
        let town = Arc::new(working.town.clone());
        let committed = Committed { seq: item.seq, events: item.events.clone(), town: town.clone() };
        let batch = OriginKey::of("batch", &[&self.id().0.to_be_bytes(), &item.seq.to_be_bytes()]);
        let receipt = self.hand_over(Some(Entry { item, batch, town, ledger: working.ledger.clone() }))?;
        Ok((Ok(committed), Some(receipt)))
    }

    /// Hands a job to the commit thread. Called under the lock, so that the thread sees this world's jobs in their order.
    fn hand_over(&self, entry: Option<Entry>) -> Result<Receipt, HallError> {
        let (done, receipt) = oneshot::channel();
        let job = Job { world: self.clone(), entry, done };
        self.0.commits.send(job).map_err(|_| self.stopped("the commit thread is gone"))?;
        Ok(receipt)
    }

    pub(super) fn stopped(&self, reason: &str) -> HallError {
        HallError::Stopped { world: self.name().to_owned(), reason: reason.to_owned() }
    }

    /// The next due item at or before `until`.
    #[must_use]
    pub fn next_due(&self, until: Instant) -> Option<DueKey> {
        let town = self.town();
        town.tid.next().map(|(key, _)| *key).filter(|key| key.at <= until)
    }

    /// Runs the next item due at or before `until`, if there is one.
    pub async fn step(&self, until: Instant) -> Result<Option<Committed>, HallError> {
        loop {
            let Some(key) = self.next_due(until) else { return Ok(None) };
            match self.command(Command::Tid(TidCommand::TaOpp(key)), cause_of_due(&key)).await {
                Ok(committed) => return Ok(Some(committed)),
                // Somebody else took this item up in the meantime: look again.
                Err(HallError::Refused(refusal)) if refusal.code == "not_due" => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Changes how the clock moves.
    pub async fn set_mode(&self, mode: Mode) -> Result<Committed, HallError> {
        self.command(Command::Tid(TidCommand::Modus(mode)), Cause::of("clock mode", &[mode.word().as_bytes()])).await
    }

    /// Changes the pace of a running clock: `promille` virtual milliseconds per real second.
    ///
    /// # Errors
    /// As [`World::command`]; a rate outside [`RATES`] is refused.
    pub async fn set_rate(&self, promille: u32) -> Result<Committed, HallError> {
        let cause = Cause::of("clock rate", &[&promille.to_be_bytes()]);
        self.command(Command::Tid(TidCommand::Takt(promille)), cause).await
    }
}

/// The cause of taking up the item under `key`.
fn cause_of_due(key: &DueKey) -> Cause {
    Cause { origin: key.origin.child("due", key.ordinal), what: "due".to_owned(), parent: None }
}
