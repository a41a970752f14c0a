//! The event log: one ordered, hash-chained list of items per world, behind one trait for all stores.
//!
//! A log item is one transaction: the events of one command with their cause. A fork's log is a pointer to its parent
//! and its own tail; sequence numbers go on from the fork point. Nothing here knows a town: items are read and written
//! whole.
//!
//! Invariants: an item is acknowledged only after `durable`; `read` gives a gap-free prefix or a fault, never a hole.

mod memory;
mod record;

use crate::base::{Digest, OriginKey};
use crate::town::model::BaseHeader;

pub use memory::MemoryJournal;
pub use record::{FORMAT, LogItem, RecordFault};

/// Storage id of a world: its incarnation. A world that is reset or made again under the same name gets another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub struct WorldId(pub u64);

/// Everything that makes a world again: the inputs of its base, and where it was forked.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct WorldHeader {
    /// Storage id.
    pub id: WorldId,
    /// Name people use.
    pub name: String,
    /// Inputs of the base.
    pub base: BaseHeader,
    /// Digest of the base columns: a generator that makes other columns cannot open this world.
    pub base_digest: Digest,
    /// Parent and the sequence number up to which its log is shared.
    pub parent: Option<(WorldId, u64)>,
    /// Version of the record format.
    pub format: u8,
}

/// Where a world's log ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// Sequence number of the last item; 0 for none.
    pub seq: u64,
    /// Hash of the last item; all zero for none.
    pub hash: Digest,
}

/// Receipt of a submitted batch, to be made durable.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Ticket(pub u64);

/// What a journal cannot do.
#[derive(Debug, thiserror::Error)]
pub enum JournalFault {
    /// No such world.
    #[error("there is no world with storage id {0:?}")]
    UnknownWorld(WorldId),
    /// The world's log does not end where the writer believes.
    #[error("expected the log to end at {expected}, it ends at {found}")]
    Conflict {
        /// What the writer believed.
        expected: u64,
        /// Where it ends.
        found: u64,
    },
    /// A newer owner has taken the world.
    #[error("the world has a newer owner")]
    Fenced,
    /// The store is damaged from some item on.
    #[error("the log is damaged after item {good}: {what}")]
    Damaged {
        /// Last good item.
        good: u64,
        /// What is wrong with the next.
        what: String,
    },
    /// The directory is in use or cannot be read or written.
    #[error("{0}")]
    Store(String),
}

/// A store of logs (`DESIGN` §5). Blocking; the town hall calls it from its commit thread.
pub trait Journal: Send + Sync {
    /// Headers of all worlds, in order of their ids.
    fn worlds(&self) -> Result<Vec<WorldHeader>, JournalFault>;

    /// Begins the log of a world that has no parent.
    fn create(&self, header: &WorldHeader) -> Result<(), JournalFault>;

    /// Takes ownership of `world` under `epoch` and tells where its log ends. A smaller epoch than the last is
    /// [`JournalFault::Fenced`].
    fn open(&self, world: WorldId, epoch: u64) -> Result<Head, JournalFault>;

    /// Appends `batch` behind item `expected`. The same `batch_id` again is answered with the first ticket, so that a
    /// retry after an uncertain answer is harmless.
    fn submit(
        &self,
        world: WorldId,
        epoch: u64,
        expected: u64,
        batch_id: OriginKey,
        batch: &[LogItem],
    ) -> Result<Ticket, JournalFault>;

    /// Returns when everything up to `ticket` is safe.
    fn durable(&self, ticket: Ticket) -> Result<(), JournalFault>;

    /// Items of `world` with sequence numbers from `from` on, its parents' shared prefix included.
    fn read(&self, world: WorldId, from: u64) -> Result<Vec<LogItem>, JournalFault>;

    /// Begins the log of a fork: `child.parent` names the parent and the item up to which it is shared.
    fn fork(&self, child: &WorldHeader) -> Result<(), JournalFault>;

    /// Forgets `world`. What its forks share stays readable for them.
    fn drop_world(&self, world: WorldId) -> Result<(), JournalFault>;

    /// Keeps `bytes` as the state after item `seq`. A checkpoint is a cache: losing one loses nothing.
    fn checkpoint(&self, world: WorldId, seq: u64, digest: Digest, bytes: &[u8]) -> Result<(), JournalFault>;

    /// The newest checkpoint at or before `seq`, with its sequence number and digest.
    fn latest_checkpoint(&self, world: WorldId, seq: u64) -> Result<Option<(u64, Digest, Vec<u8>)>, JournalFault>;
}
