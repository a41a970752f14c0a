//! A journal that is as slow as a test says: its flushes, and whatever begins, renames or ends a world.

use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};

use crate::base::{Digest, OriginKey};
use crate::journal::{Head, Journal, JournalFault, LogItem, MemoryJournal, Ticket, WorldHeader, WorldId};

/// Items in each batch so far.
pub(crate) type Batches = Arc<Mutex<Vec<usize>>>;

/// How something slow ends.
pub(crate) type Ends = Option<Mutex<Receiver<Result<(), JournalFault>>>>;

/// The journal.
#[derive(Default)]
pub(crate) struct Slow {
    pub(crate) inside: MemoryJournal,
    /// How each flush ends; at once when not set.
    pub(crate) flushes: Ends,
    /// How each change of the list of worlds ends, once a world is there; at once when not set.
    pub(crate) changes: Ends,
    pub(crate) batches: Batches,
}

impl Slow {
    fn wait(ends: &Ends) -> Result<(), JournalFault> {
        let Some(ends) = ends else { return Ok(()) };
        ends.lock().unwrap().recv().expect("the test says how everything slow ends")
    }
}

impl Journal for Slow {
    fn worlds(&self) -> Result<Vec<WorldHeader>, JournalFault> {
        self.inside.worlds()
    }
    fn next_world(&self) -> Result<WorldId, JournalFault> {
        self.inside.next_world()
    }
    fn create(&self, header: &WorldHeader) -> Result<(), JournalFault> {
        self.inside.create(header)
    }
    fn open(&self, world: WorldId, epoch: u64) -> Result<Head, JournalFault> {
        self.inside.open(world, epoch)
    }
    fn submit(
        &self,
        world: WorldId,
        epoch: u64,
        expected: u64,
        batch_id: OriginKey,
        batch: &[LogItem],
    ) -> Result<Ticket, JournalFault> {
        self.batches.lock().unwrap().push(batch.len());
        self.inside.submit(world, epoch, expected, batch_id, batch)
    }
    fn durable(&self, _ticket: Ticket) -> Result<(), JournalFault> {
        Self::wait(&self.flushes)
    }
    fn read(&self, world: WorldId, from: u64, limit: usize) -> Result<Vec<LogItem>, JournalFault> {
        self.inside.read(world, from, limit)
    }
    fn restore(&self, header: &WorldHeader, items: &mut dyn Iterator<Item = LogItem>) -> Result<Head, JournalFault> {
        self.inside.restore(header, items)
    }
    fn fork(&self, child: &WorldHeader) -> Result<(), JournalFault> {
        Self::wait(&self.changes)?;
        self.inside.fork(child)
    }
    fn drop_world(&self, world: WorldId) -> Result<(), JournalFault> {
        Self::wait(&self.changes)?;
        self.inside.drop_world(world)
    }
    fn renew(&self, world: WorldId, child: &WorldHeader) -> Result<(), JournalFault> {
        Self::wait(&self.changes)?;
        self.inside.renew(world, child)
    }
    fn rename(&self, world: WorldId, name: &str) -> Result<(), JournalFault> {
        Self::wait(&self.changes)?;
        self.inside.rename(world, name)
    }
    fn set_terms(&self, world: WorldId, terms: &[u8]) -> Result<(), JournalFault> {
        Self::wait(&self.changes)?;
        self.inside.set_terms(world, terms)
    }
    fn checkpoint(&self, world: WorldId, seq: u64, digest: Digest, bytes: &[u8]) -> Result<(), JournalFault> {
        self.inside.checkpoint(world, seq, digest, bytes)
    }
    fn latest_checkpoint(&self, world: WorldId, seq: u64) -> Result<Option<(u64, Digest, Vec<u8>)>, JournalFault> {
        self.inside.latest_checkpoint(world, seq)
    }
}
