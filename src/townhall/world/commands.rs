//! Commands and due items on their way into a world: decided and applied under its lock, handed to the commit thread.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};

use tokio::sync::oneshot;

use super::{Committed, Receipt, Working, World, held};
use crate::base::OriginKey;
use crate::clock::{Instant, Mode};
use crate::journal::LogItem;
use crate::town::decide::{TidCommand, liv};
use crate::town::state::DueKey;
use crate::town::{Cause, Command, Event, Refusal, Town, carry_out, decide};
use crate::townhall::commit::{Entry, Job};
use crate::townhall::ledger::weight;
use crate::townhall::past::FIRST_SPACING;
use crate::townhall::{HallError, SETUP};

impl Working {
    /// Lets something happen in the town. When that panics, the town is set back by whoever comes next.
    pub(super) fn happens<T>(&mut self, what: impl FnOnce(&mut Town) -> T) -> T {
        self.torn = true;
        let answer = what(&mut self.town);
        self.torn = false;
        answer
    }

    /// Sets a town that was left in the middle of something back to what was last handed over. Nobody has heard of what
    /// was decided since.
    fn mend(&mut self) {
        if self.torn {
            let (town, seq, weight) = self.handed.clone();
            *self = Self { town: Town::clone(&town), seq, weight, handed: (town, seq, weight), torn: false };
        }
    }

    /// Books `events`, which have happened in the town: the next item of the log.
    fn book(&mut self, cause: Cause, events: Vec<Event>) -> LogItem {
        let item = LogItem { seq: self.seq + 1, at: self.town.now(), cause, events };
        self.seq = item.seq;
        self.weight = self.weight.saturating_add(weight(&item));
        crate::townhall::trail::note(item.seq);
        item
    }
}

/// Due items taken up one after the other.
#[derive(Default)]
pub(in crate::townhall) struct Run {
    /// The items, in order.
    pub(in crate::townhall) items: Vec<DueKey>,
    /// What they did, when that was asked for.
    pub(in crate::townhall) events: Vec<Event>,
    /// What to wait for before anybody may hear of them; none when there were none.
    pub(in crate::townhall) receipt: Option<Receipt>,
    /// Nothing more is due, as far as was asked for.
    pub(in crate::townhall) done: bool,
}

impl World {
    fn lock(&self) -> MutexGuard<'_, Working> {
        let mut working = held(&self.0.working);
        working.mend();
        working
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
        self.0.asking.fetch_add(1, Ordering::SeqCst);
        let mut working = self.lock();
        self.0.asking.fetch_sub(1, Ordering::SeqCst);
        self.enter_locked(&mut working, command, cause)
    }

    /// Takes up at most `most` items due at or before `until` of the working town, one transaction each, without waiting
    /// for the disk, and says what they did when `told`. The world is locked meanwhile: fewer are taken up when somebody
    /// waits for it.
    ///
    /// # Errors
    /// As [`World::command`]; what was taken up before stays.
    pub(in crate::townhall) fn enter_due(&self, until: Instant, most: usize, told: bool) -> Result<Run, HallError> {
        let mut working = self.lock();
        if self.is_stopped() {
            return Err(self.stopped("an earlier item could not be written"));
        }
        let (mut run, mut items) =
            (Run { items: Vec::with_capacity(most), ..Run::default() }, Vec::with_capacity(most));
        let mut ended = Ok(());
        while items.len() < most {
            working.town.les_paa_livet();
            let room = self.room_behind(working.seq, working.weight);
            let found = match &room {
                Ok(()) => working.happens(|town| liv::carry_out_next(town, until, cause_of_due)),
                // Nothing may happen any more; whether anything would is asked of a copy.
                Err(_) => liv::carry_out_next(&mut working.town.clone(), until, cause_of_due),
            };
            let (key, events) = match found {
                Ok(Some(found)) => found,
                Ok(None) => {
                    run.done = true;
                    break;
                }
                Err(refusal) => {
                    ended = Err(refusal.into());
                    break;
                }
            };
            ended = room;
            if ended.is_err() {
                break;
            }
            let item = working.book(cause_of_due(&key), events);
            run.items.push(key);
            if told {
                run.events.extend_from_slice(&item.events);
            }
            // Checkpoints are towns that were published.
            let is_checkpoint = item.seq.is_multiple_of(FIRST_SPACING);
            items.push(item);
            if is_checkpoint || self.0.asking.load(Ordering::SeqCst) > 0 {
                break;
            }
        }
        if !items.is_empty() {
            run.receipt = Some(self.hand_over(Some(self.entry(&mut working, items)))?);
        }
        ended.map(|()| run)
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
        let room = self.room_behind(working.seq, working.weight);
        let decided = match &room {
            Ok(()) => working.happens(|town| carry_out(town, command, &cause)),
            Err(_) => decide(&working.town, command, &cause),
        };
        let events = match decided {
            Ok(events) if !events.is_empty() => events,
            settled => {
                let seq = working.seq;
                let town = || Arc::new(working.town.clone());
                let answer = settled.map(|events| Committed { seq, events, town: town() });
                let is_published = self.0.published.load().seq() == seq;
                let receipt = if is_published { None } else { Some(self.hand_over(None)?) };
                return Ok((answer, receipt));
            }
        };
        room?;
        let item = working.book(cause, events);
        let (seq, events) = (item.seq, item.events.clone());
        let entry = self.entry(working, vec![item]);
        let committed = Committed { seq, events, town: entry.town.clone() };
        let receipt = self.hand_over(Some(entry))?;
        Ok((Ok(committed), Some(receipt)))
    }

    /// `items`, the last of the log of `working`, on their way to the commit thread.
    fn entry(&self, working: &mut Working, items: Vec<LogItem>) -> Entry {
        let first = items.first().map_or(0, |item| item.seq);
        let batch = OriginKey::of("batch", &[&self.id().0.to_be_bytes(), &first.to_be_bytes()]);
        let is_setup = items.first().is_some_and(|item| item.cause.what == SETUP);
        let town = Arc::new(working.town.clone());
        working.handed = (town.clone(), working.seq, working.weight);
        Entry { items, last: working.seq, batch, is_setup, town }
    }

    /// Hands a job to the commit thread. Called under the lock, so that the thread sees this world's jobs in their order.
    fn hand_over(&self, entry: Option<Entry>) -> Result<Receipt, HallError> {
        let (done, receipt) = oneshot::channel();
        let job = Job { world: self.clone(), entry, done };
        self.0.commits.send(job).map_err(|_| self.stopped("the commit thread is gone"))?;
        Ok(receipt)
    }

    /// The next due item at or before `until`.
    #[must_use]
    pub fn next_due(&self, until: Instant) -> Option<DueKey> {
        liv::next(&self.town(), until, cause_of_due)
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

    /// Lets background life go on, or stand still.
    ///
    /// # Errors
    /// As [`World::command`].
    pub async fn set_life(&self, goes_on: bool) -> Result<Committed, HallError> {
        let cause = Cause::of("life", &[&[u8::from(goes_on)], &self.town().now().millis().to_be_bytes()]);
        self.command(Command::Tid(TidCommand::Liv(goes_on)), cause).await
    }

    /// Changes the pace of a running clock: `promille` thousandths of real time.
    ///
    /// # Errors
    /// As [`World::command`]; a rate outside [`crate::town::decide::RATES`] is refused.
    pub async fn set_rate(&self, promille: u32) -> Result<Committed, HallError> {
        let cause = Cause::of("clock rate", &[&promille.to_be_bytes()]);
        self.command(Command::Tid(TidCommand::Takt(promille)), cause).await
    }
}

/// The cause of taking up the item under `key`.
fn cause_of_due(key: &DueKey) -> Cause {
    Cause { origin: key.origin.child("due", key.ordinal), what: "due".to_owned(), parent: None }
}
