//! Moving a world's clock: item by item in order, in slices, called off only between items.
//!
//! One movement at a time. One that somebody asked for refuses a second one, and lets one of the clock's own (`running`
//! catching up, `auto` going on) come to the end of its item first. What has been run stays run: a movement that is
//! called off, dropped or failed leaves a log that is whole up to its last item (`specs/core.md` §4).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::world::Receipt;
use super::{Advance, HallError, World};
use crate::clock::Instant;
use crate::town::decide::TidCommand;
use crate::town::state::DueKey;
use crate::town::{Cause, Command, Event, Refusal};

/// Items run before the flush is waited for and others get their turn (`specs/core.md` §4): a few milliseconds.
const SLICE: usize = 64;

/// Who moves the clock of a world.
#[derive(Debug, Default)]
pub(super) struct Turns {
    turn: Arc<Mutex<()>>,
    /// Somebody asked for a movement that is not over.
    asked: AtomicBool,
    /// That movement is to end at the next item.
    cancelled: AtomicBool,
    /// Holders for whom an automatic clock stands still.
    holds: AtomicU32,
}

/// Takes back that somebody asked.
struct Asked(World);

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.turns().asked.store(false, Ordering::SeqCst);
    }
}

/// The right to move one world's clock, until dropped.
pub struct Turn {
    world: World,
    /// Dropped before the guard, so that the next one who asks finds the way free.
    asked: Option<Asked>,
    _guard: OwnedMutexGuard<()>,
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Turn({})", self.world.name())
    }
}

/// An automatic clock stands still while one of these lives: whoever holds it moves the clock.
pub struct Hold(World);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.turns().holds.fetch_sub(1, Ordering::SeqCst);
    }
}

impl std::fmt::Debug for Hold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hold({})", self.0.name())
    }
}

/// What one slice ran.
#[derive(Debug, Default)]
pub struct Slice {
    /// The items, in order.
    pub items: Vec<DueKey>,
    /// What they did.
    pub events: Vec<Event>,
    /// Nothing more is due, as far as was asked for.
    pub done: bool,
}

impl World {
    /// Begins a movement of the clock that somebody asked for, after the item the clock is at by itself.
    ///
    /// # Errors
    /// [`HallError::ClockBusy`] when somebody else's movement is not over.
    pub async fn take_clock(&self) -> Result<Turn, HallError> {
        let turns = self.turns();
        if turns.asked.swap(true, Ordering::SeqCst) {
            return Err(HallError::ClockBusy(self.name().to_owned()));
        }
        turns.cancelled.store(false, Ordering::SeqCst);
        // From here on a dropped future takes it back.
        let asked = Some(Asked(self.clone()));
        let guard = turns.turn.clone().lock_owned().await;
        Ok(Turn { world: self.clone(), asked, _guard: guard })
    }

    /// Begins a movement of the clock's own; none while any other is not over.
    #[must_use]
    pub fn try_clock(&self) -> Option<Turn> {
        if self.turns().asked.load(Ordering::SeqCst) {
            return None;
        }
        let guard = self.turns().turn.clone().try_lock_owned().ok()?;
        Some(Turn { world: self.clone(), asked: None, _guard: guard })
    }

    /// Calls off the movement somebody asked for, at its next item. Whether there was one.
    pub fn cancel_advance(&self) -> bool {
        let under_way = self.turns().asked.load(Ordering::SeqCst);
        self.turns().cancelled.store(under_way, Ordering::SeqCst);
        under_way
    }

    /// Whether a movement that somebody asked for is not over.
    #[must_use]
    pub fn is_advancing(&self) -> bool {
        self.turns().asked.load(Ordering::SeqCst)
    }

    /// Keeps an automatic clock from moving until the answer is dropped.
    #[must_use]
    pub fn hold(&self) -> Hold {
        self.turns().holds.fetch_add(1, Ordering::SeqCst);
        Hold(self.clone())
    }

    /// Whether somebody keeps an automatic clock from moving.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.turns().holds.load(Ordering::SeqCst) > 0
    }

    /// Moves the clock to `to`, running every due item in order.
    ///
    /// # Errors
    /// As [`World::command`] and [`World::take_clock`]; going backwards is refused before anything is run.
    pub async fn advance(&self, to: Instant) -> Result<Advance, HallError> {
        self.take_clock().await?.advance(to).await
    }
}

impl Turn {
    /// The world whose clock it is.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Whether this movement is to end at the next item.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        let turns = self.world.turns();
        if self.asked.is_some() { &turns.cancelled } else { &turns.asked }.load(Ordering::SeqCst)
    }

    /// Runs at most 64 items due at or before `until`, one log item each, and waits until they are durable and published.
    /// Commands of others find their way in between: the world is let go as soon as one waits.
    ///
    /// # Errors
    /// As [`World::command`]; what was run before stays.
    pub async fn slice(&self, until: Instant) -> Result<Slice, HallError> {
        let (slice, receipt) = self.enter_slice(until, true)?;
        self.wait(receipt).await?;
        tokio::task::yield_now().await;
        Ok(slice)
    }

    /// Runs a slice without waiting for it to be published, and says what happened when `told`.
    fn enter_slice(&self, until: Instant, told: bool) -> Result<(Slice, Option<Receipt>), HallError> {
        let mut slice = Slice::default();
        let mut last: Option<Receipt> = None;
        while !slice.done && slice.items.len() < SLICE && !self.is_cancelled() {
            let run = self.world.enter_due(until, SLICE - slice.items.len(), told)?;
            slice.items.extend(run.items);
            slice.events.extend(run.events);
            slice.done = run.done;
            last = run.receipt.or(last);
        }
        Ok((slice, last))
    }

    /// Waits until a slice is durable and published. The commit thread answers in order: when the last is, all are.
    async fn wait(&self, receipt: Option<Receipt>) -> Result<(), HallError> {
        match receipt {
            Some(receipt) => receipt.await.map_err(|_| self.world.stopped("the commit thread is gone"))?,
            None => Ok(()),
        }
    }

    /// Says that the clock has reached `to`; nothing when it stands there already.
    ///
    /// # Errors
    /// As [`World::command`]; going backwards is refused.
    pub async fn reach(&self, to: Instant) -> Result<(), HallError> {
        let cause = Cause::of("clock", &[&to.millis().to_be_bytes()]);
        self.world.command(Command::Tid(TidCommand::Naa(to)), cause).await.map(|_| ())
    }

    /// Refuses an instant before now.
    ///
    /// # Errors
    /// [`HallError::Refused`] with the code `clock_backwards`.
    pub fn check(&self, to: Instant) -> Result<(), HallError> {
        let now = self.world.town().now();
        if to < now {
            let detail = format!("the clock stands at {now} and never goes backwards");
            return Err(Refusal::new("clock_backwards", detail).into());
        }
        Ok(())
    }

    /// Moves the clock to `to` without waiting for anybody.
    ///
    /// # Errors
    /// As [`World::advance`].
    pub async fn advance(&self, to: Instant) -> Result<Advance, HallError> {
        self.check(to)?;
        let mut items = 0;
        // A slice is decided while the one before it is written.
        let mut under_way: Option<Receipt> = None;
        loop {
            let (slice, receipt) = self.enter_slice(to, false)?;
            items += slice.items.len() as u64;
            self.wait(under_way.take()).await?;
            let cancelled = !slice.done && self.is_cancelled();
            if slice.done || cancelled {
                self.wait(receipt).await?;
                if slice.done {
                    self.reach(to).await?;
                }
                return Ok(self.standing(items, cancelled));
            }
            under_way = receipt;
            tokio::task::yield_now().await;
        }
    }

    /// How the clock stands after `items` items.
    #[must_use]
    pub fn standing(&self, items: u64, cancelled: bool) -> Advance {
        let town = self.world.town();
        Advance { now: town.now(), items, pending: town.tid.queue.len(), cancelled }
    }
}

#[cfg(test)]
#[path = "advance_tests.rs"]
mod tests;
