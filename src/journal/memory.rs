//! Logs in memory: for tests, and for towns that need not outlive the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Digest, Head, Journal, JournalFault, LogItem, OriginKey, Ticket, WorldHeader, WorldId};

#[derive(Default)]
struct Log {
    header: Option<WorldHeader>,
    epoch: u64,
    items: Vec<LogItem>,
    hashes: Vec<Digest>,
    batches: BTreeMap<OriginKey, Ticket>,
    checkpoints: BTreeMap<u64, (Digest, Vec<u8>)>,
    dropped: bool,
}

#[derive(Default)]
struct Store {
    logs: BTreeMap<WorldId, Log>,
    tickets: u64,
}

/// A journal that keeps everything in memory.
#[derive(Default)]
pub struct MemoryJournal(Mutex<Store>);

impl MemoryJournal {
    /// An empty journal.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    fn log(&mut self, world: WorldId) -> Result<&mut Log, JournalFault> {
        self.logs.get_mut(&world).ok_or(JournalFault::UnknownWorld(world))
    }

    /// The item before which a fork's own tail begins, and its hash.
    fn start_of(&self, world: WorldId) -> Result<Head, JournalFault> {
        let log = self.logs.get(&world).ok_or(JournalFault::UnknownWorld(world))?;
        match log.header.as_ref().and_then(|header| header.parent) {
            Some((parent, at)) => Ok(Head { seq: at, hash: self.hash_of(parent, at)? }),
            None => Ok(Head { seq: 0, hash: Digest::default() }),
        }
    }

    fn hash_of(&self, world: WorldId, seq: u64) -> Result<Digest, JournalFault> {
        let start = self.start_of(world)?;
        if seq <= start.seq {
            let parent = self.logs.get(&world).and_then(|log| log.header.as_ref()?.parent);
            return match parent {
                Some((parent, at)) if seq < at => self.hash_of(parent, seq),
                _ => Ok(start.hash),
            };
        }
        let index = usize::try_from(seq - start.seq - 1).unwrap_or(usize::MAX);
        let log = self.logs.get(&world).ok_or(JournalFault::UnknownWorld(world))?;
        log.hashes.get(index).copied().ok_or(JournalFault::Damaged { good: start.seq, what: "no such item".into() })
    }

    fn head_of(&self, world: WorldId) -> Result<Head, JournalFault> {
        let start = self.start_of(world)?;
        let log = self.logs.get(&world).ok_or(JournalFault::UnknownWorld(world))?;
        let hash = log.hashes.last().copied().unwrap_or(start.hash);
        Ok(Head { seq: start.seq + log.items.len() as u64, hash })
    }

    fn read(&self, world: WorldId, from: u64, to: u64) -> Result<Vec<LogItem>, JournalFault> {
        let log = self.logs.get(&world).ok_or(JournalFault::UnknownWorld(world))?;
        let mut items = match log.header.as_ref().and_then(|header| header.parent) {
            Some((parent, at)) => self.read(parent, from, at.min(to))?,
            None => Vec::new(),
        };
        items.extend(log.items.iter().filter(|item| item.seq >= from && item.seq <= to).cloned());
        Ok(items)
    }
}

impl Journal for MemoryJournal {
    fn worlds(&self) -> Result<Vec<WorldHeader>, JournalFault> {
        let store = self.store();
        Ok(store.logs.values().filter(|log| !log.dropped).filter_map(|log| log.header.clone()).collect())
    }

    fn create(&self, header: &WorldHeader) -> Result<(), JournalFault> {
        self.store().logs.insert(header.id, Log { header: Some(header.clone()), ..Log::default() });
        Ok(())
    }

    fn open(&self, world: WorldId, epoch: u64) -> Result<Head, JournalFault> {
        let mut store = self.store();
        let log = store.log(world)?;
        if epoch < log.epoch {
            return Err(JournalFault::Fenced);
        }
        log.epoch = epoch;
        store.head_of(world)
    }

    fn submit(
        &self,
        world: WorldId,
        epoch: u64,
        expected: u64,
        batch_id: OriginKey,
        batch: &[LogItem],
    ) -> Result<Ticket, JournalFault> {
        let mut store = self.store();
        let head = store.head_of(world)?;
        let tickets = store.tickets;
        let log = store.log(world)?;
        if epoch < log.epoch {
            return Err(JournalFault::Fenced);
        }
        if let Some(ticket) = log.batches.get(&batch_id) {
            return Ok(*ticket);
        }
        if head.seq != expected {
            return Err(JournalFault::Conflict { expected, found: head.seq });
        }
        let mut before = head.hash;
        for item in batch {
            before = LogItem::hash(&item.encode(&before));
            log.hashes.push(before);
            log.items.push(item.clone());
        }
        let ticket = Ticket(tickets + 1);
        log.batches.insert(batch_id, ticket);
        store.tickets += 1;
        Ok(ticket)
    }

    fn durable(&self, _ticket: Ticket) -> Result<(), JournalFault> {
        Ok(())
    }

    fn read(&self, world: WorldId, from: u64) -> Result<Vec<LogItem>, JournalFault> {
        self.store().read(world, from, u64::MAX)
    }

    fn fork(&self, child: &WorldHeader) -> Result<(), JournalFault> {
        let mut store = self.store();
        if let Some((parent, at)) = child.parent {
            let head = store.head_of(parent)?;
            if at > head.seq {
                return Err(JournalFault::Conflict { expected: at, found: head.seq });
            }
        }
        store.logs.insert(child.id, Log { header: Some(child.clone()), ..Log::default() });
        Ok(())
    }

    fn drop_world(&self, world: WorldId) -> Result<(), JournalFault> {
        let mut store = self.store();
        store.log(world)?.dropped = true;
        // A dropped log goes when nobody shares its items any more; that may free its parent in turn.
        loop {
            let shared = |id: WorldId| {
                store.logs.values().any(|log| log.header.as_ref().and_then(|h| h.parent).is_some_and(|(p, _)| p == id))
            };
            let gone: Vec<WorldId> =
                store.logs.iter().filter(|(id, log)| log.dropped && !shared(**id)).map(|(id, _)| *id).collect();
            if gone.is_empty() {
                return Ok(());
            }
            for id in gone {
                store.logs.remove(&id);
            }
        }
    }

    fn checkpoint(&self, world: WorldId, seq: u64, digest: Digest, bytes: &[u8]) -> Result<(), JournalFault> {
        self.store().log(world)?.checkpoints.insert(seq, (digest, bytes.to_vec()));
        Ok(())
    }

    fn latest_checkpoint(&self, world: WorldId, seq: u64) -> Result<Option<(u64, Digest, Vec<u8>)>, JournalFault> {
        let mut store = self.store();
        let found = store.log(world)?.checkpoints.range(..=seq).next_back();
        Ok(found.map(|(seq, (digest, bytes))| (*seq, *digest, bytes.clone())))
    }
}
