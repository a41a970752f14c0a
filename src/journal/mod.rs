//! The event log: one ordered, hash-chained list of items per world, behind one trait for all stores.
//!
//! A log item is one transaction: the events of one command with their cause. A fork's log is a pointer to its parent
//! and its own tail; sequence numbers go on from the fork point. Nothing here knows a town: items are read and written
//! whole.
//!
//! Two stores keep the same contract (`tests/it/contract_journal.rs` runs both): [`MemoryJournal`], and
//! [`SledJournal`] below a directory. `directory` holds what is not sled there: the lock, the file of heads, the
//! checkpoints.
//!
//! Invariants: an item is acknowledged only after `durable`; `read` gives a gap-free stretch or a fault, never a hole;
//! a store that is damaged says so when it is opened and is not served.

mod book;
mod checkpoints;
mod columns;
mod columns_check;
mod directory;
mod export;
mod files;
mod memory;
mod record;
mod repair;
mod sled_store;
mod snapshot;
mod walk;

use crate::base::{Digest, OriginKey};
use crate::town::model::{Base, BaseHeader};

pub use columns::{COLUMNS_FORMAT, ColumnFault, decode_columns, digest_of_columns, encode_columns};
pub use export::{ExportFault, Exported, Exporter, read_export};
pub use files::{caught, write_whole};
pub use memory::MemoryJournal;
pub use record::{FORMAT, LogItem, RecordFault};
pub use repair::{Repaired, repair};
pub use sled_store::SledJournal;
pub use snapshot::{
    MOST_SNAPSHOT, SNAPSHOT_FORMAT, Snapshot, SnapshotFault, SnapshotHeader, SnapshotItems, SnapshotParent,
    read_snapshot, write_snapshot,
};

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
    /// Under which terms it is kept, as the town hall writes them; empty when nobody has set any. No part of what makes
    /// the world: a store writes them behind the header.
    #[serde(skip)]
    pub terms: Vec<u8>,
}

/// Where a world's log ends.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Head {
    /// Sequence number of the last item; 0 for none.
    pub seq: u64,
    /// Hash of the last item; all zero for none.
    pub hash: Digest,
}

impl Head {
    /// Where a log that ends here ends with `item` behind it.
    ///
    /// # Errors
    /// [`JournalFault::Numbering`] when another item is due.
    pub fn before(self, item: &LogItem) -> Result<Self, JournalFault> {
        let due = self.seq + 1;
        if item.seq != due {
            return Err(JournalFault::Numbering { due, found: item.seq });
        }
        Ok(Self { seq: due, hash: LogItem::hash(&item.encode(&self.hash)) })
    }
}

/// Receipt of a submitted batch, to be made durable.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Ticket(pub u64);

/// What a journal cannot do.
#[derive(Debug, thiserror::Error)]
pub enum JournalFault {
    /// No such world.
    #[error("there is no world with storage id {}", .0.0)]
    UnknownWorld(WorldId),
    /// The storage id has been used before.
    #[error("storage id {} is taken", .0.0)]
    Taken(WorldId),
    /// The world's log does not end where the writer believes.
    #[error("expected the log to end at {expected}, it ends at {found}")]
    Conflict {
        /// What the writer believed.
        expected: u64,
        /// Where it ends.
        found: u64,
    },
    /// The items of a batch are not numbered one after the other.
    #[error("item {due} is due in this batch, not {found}")]
    Numbering {
        /// The number due.
        due: u64,
        /// The number found.
        found: u64,
    },
    /// A newer owner has taken the world.
    #[error("the world has a newer owner")]
    Fenced,
    /// The log of a world is damaged from some item on. Nothing behind the good part is ever served.
    #[error("the log of world `{world}` is damaged after item {good}: {what}{survives}")]
    Damaged {
        /// Name of the world, or its storage id when the name is lost.
        world: String,
        /// Last good item.
        good: u64,
        /// What is wrong with the next.
        what: String,
        /// What is still good in the whole store, as a clause that goes on the sentence; empty when not looked at.
        survives: String,
    },
    /// The store cannot be opened at all.
    #[error("the log in `{path}` cannot be read: {what}; move it away to begin anew")]
    Unreadable {
        /// The directory.
        path: String,
        /// What went wrong.
        what: String,
    },
    /// Written by another version of the format.
    #[error("{what} has format {found}, this program reads format {FORMAT}")]
    Foreign {
        /// What was found.
        what: String,
        /// Its version.
        found: u8,
    },
    /// The file that says how far the logs reached is damaged or gone. The logs may be whole.
    #[error("`{path}`, which says how far the logs reached, is {what}; the logs themselves may be whole")]
    Marks {
        /// The file.
        path: String,
        /// Missing, or its first line that cannot be read.
        what: String,
    },
    /// The stored columns of a base are damaged.
    #[error("the columns of the base in `{path}` cannot be used: {what}")]
    Columns {
        /// The file.
        path: String,
        /// What is wrong with it.
        what: ColumnFault,
    },
    /// Another process has the directory.
    #[error("`{path}` is in use by {holder}; stop it or use another directory")]
    InUse {
        /// The directory.
        path: String,
        /// Who holds it.
        holder: String,
    },
    /// The directory cannot be read or written.
    #[error("{0}")]
    Store(String),
}

/// A store of logs (`DESIGN` §5). Blocking; the town hall calls it from its commit thread.
pub trait Journal: Send + Sync {
    /// Headers of all worlds, in order of their ids.
    fn worlds(&self) -> Result<Vec<WorldHeader>, JournalFault>;

    /// The smallest storage id above every one ever used here, those of dropped worlds included: a token of a dropped
    /// world must not be good in a later one.
    fn next_world(&self) -> Result<WorldId, JournalFault>;

    /// Begins the log of a world that has no parent. Durable when it returns.
    fn create(&self, header: &WorldHeader) -> Result<(), JournalFault>;

    /// Takes ownership of `world` under `epoch` and tells where its log ends. A smaller epoch than the last is
    /// [`JournalFault::Fenced`].
    fn open(&self, world: WorldId, epoch: u64) -> Result<Head, JournalFault>;

    /// Appends `batch` behind item `expected`, all of it or nothing. The same `batch_id` again, among the world's last
    /// ones of this process, is answered with the first ticket, so that a retry after an uncertain answer is harmless.
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

    /// At most `limit` items of `world` with sequence numbers from `from` on, its parents' shared prefix included.
    /// Fewer than `limit` means that the log ends there. Submitted items that are not yet durable may be among them.
    fn read(&self, world: WorldId, from: u64, limit: usize) -> Result<Vec<LogItem>, JournalFault>;

    /// Begins the log of a fork: `child.parent` names the parent and the item up to which it is shared. Durable when
    /// it returns, and with it everything submitted before.
    fn fork(&self, child: &WorldHeader) -> Result<(), JournalFault>;

    /// Forgets `world`. What its forks share stays readable for them, and goes with the last of them.
    fn drop_world(&self, world: WorldId) -> Result<(), JournalFault>;

    /// Begins the log of a world that has no parent with all of `items`, from item 1 on. When it returns, all of it is
    /// durable; when the process ends before, nothing of it is there.
    fn restore(&self, header: &WorldHeader, items: &mut dyn Iterator<Item = LogItem>) -> Result<Head, JournalFault>;

    /// Keeps the columns of `base` for the worlds that stand on it, once for all of them. Durable when it returns. A
    /// store whose worlds end with the process keeps nothing.
    fn keep_columns(&self, base: &Base) -> Result<(), JournalFault> {
        let _ = base;
        Ok(())
    }

    /// The kept base with this digest; `None` when there is none.
    fn columns(&self, digest: &Digest) -> Result<Option<Base>, JournalFault> {
        let _ = digest;
        Ok(None)
    }

    /// Begins the log of `fresh` where that of `world` began, with the same parent, and forgets `world`: a reset. Durable
    /// when it returns. Killed in between, both are there; the one with the higher id is the right one.
    fn renew(&self, world: WorldId, fresh: &WorldHeader) -> Result<(), JournalFault>;

    /// Gives `world` another name. Durable when it returns.
    fn rename(&self, world: WorldId, name: &str) -> Result<(), JournalFault>;

    /// Keeps `terms` with the header of `world`. Durable when it returns.
    fn set_terms(&self, world: WorldId, terms: &[u8]) -> Result<(), JournalFault>;

    /// Keeps `bytes` as the state after item `seq`, at most eight per world, evenly thinned. A checkpoint is a cache:
    /// losing one loses nothing.
    fn checkpoint(&self, world: WorldId, seq: u64, digest: Digest, bytes: &[u8]) -> Result<(), JournalFault>;

    /// The newest checkpoint at or before `seq`, with its sequence number and digest; one of a parent counts up to the
    /// fork point.
    fn latest_checkpoint(&self, world: WorldId, seq: u64) -> Result<Option<(u64, Digest, Vec<u8>)>, JournalFault>;
}
