//! Logs in memory: for tests, and for towns that need not outlive the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::book::{Admission, Book, Entry};
use super::checkpoints::thinned;
use super::{Digest, Head, Journal, JournalFault, LogItem, OriginKey, Ticket, WorldHeader, WorldId};

/// What is stored under one world: its own tail.
#[derive(Default)]
struct Log {
    items: Vec<LogItem>,
    hashes: Vec<Digest>,
    checkpoints: BTreeMap<u64, (Digest, Vec<u8>)>,
}

#[derive(Default)]
struct Store {
    book: Book,
    logs: BTreeMap<WorldId, Log>,
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

/// Place in memory of the item that stands `distance` items behind the start of a tail.
fn place(distance: u64) -> usize {
    usize::try_from(distance).unwrap_or(usize::MAX)
}

impl Store {
    fn log(&self, world: WorldId) -> Result<&Log, JournalFault> {
        self.logs.get(&world).ok_or(JournalFault::UnknownWorld(world))
    }

    /// Items `from..=to` of the tail stored under `world`.
    fn tail(&self, world: WorldId, from: u64, to: u64) -> Result<&[LogItem], JournalFault> {
        let start = self.book.entry(world)?.start();
        let items = &self.log(world)?.items;
        Ok(items.get(place(from - start - 1)..place(to - start)).unwrap_or_default())
    }

    /// The hash of item `seq` of `world`; all zero for none.
    fn hash_of(&self, world: WorldId, seq: u64) -> Result<Digest, JournalFault> {
        let Some(stretch) = self.book.stretches(world, seq, seq)?.pop() else { return Ok(Digest::default()) };
        let start = self.book.entry(stretch.world)?.start();
        Ok(self.log(stretch.world)?.hashes.get(place(seq - start - 1)).copied().unwrap_or_default())
    }

    fn begin(&mut self, header: &WorldHeader) -> Result<(), JournalFault> {
        self.book.check_new(header)?;
        self.enter(header, header.parent.map(|(parent, _)| parent))
    }

    /// Begins a log whose shared part is read by way of the world `shared`.
    fn enter(&mut self, header: &WorldHeader, shared: Option<WorldId>) -> Result<(), JournalFault> {
        let head = match header.parent.zip(shared) {
            Some(((_, at), shared)) => Head { seq: at, hash: self.hash_of(shared, at)? },
            None => Head::default(),
        };
        self.book.enter(Entry::new(header.clone(), 0, false, head));
        self.logs.insert(header.id, Log::default());
        Ok(())
    }

    fn forget(&mut self, world: WorldId) -> Result<(), JournalFault> {
        self.book.drop_world(world)?;
        for gone in self.book.sweep() {
            self.logs.remove(&gone);
        }
        Ok(())
    }
}

impl Journal for MemoryJournal {
    fn worlds(&self) -> Result<Vec<WorldHeader>, JournalFault> {
        Ok(self.store().book.headers())
    }

    fn next_world(&self) -> Result<WorldId, JournalFault> {
        Ok(self.store().book.next_world())
    }

    fn create(&self, header: &WorldHeader) -> Result<(), JournalFault> {
        self.store().begin(header)
    }

    fn open(&self, world: WorldId, epoch: u64) -> Result<Head, JournalFault> {
        Ok(self.store().book.open(world, epoch)?.0)
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
        let mut hash = match store.book.admit(world, epoch, expected, batch_id, batch)? {
            Admission::Again(ticket) => return Ok(ticket),
            Admission::Append(before) => before,
        };
        let log = store.logs.get_mut(&world).ok_or(JournalFault::UnknownWorld(world))?;
        for item in batch {
            hash = LogItem::hash(&item.encode(&hash));
            log.hashes.push(hash);
            log.items.push(item.clone());
        }
        store.book.appended(world, batch_id, Head { seq: expected + batch.len() as u64, hash })
    }

    fn durable(&self, _ticket: Ticket) -> Result<(), JournalFault> {
        Ok(())
    }

    fn read(&self, world: WorldId, from: u64, limit: usize) -> Result<Vec<LogItem>, JournalFault> {
        let store = self.store();
        let to = from.saturating_add(limit as u64).saturating_sub(1);
        let mut items = Vec::new();
        for stretch in store.book.stretches(world, from, to)? {
            items.extend_from_slice(store.tail(stretch.world, stretch.from, stretch.to)?);
        }
        Ok(items)
    }

    fn restore(&self, header: &WorldHeader, items: &mut dyn Iterator<Item = LogItem>) -> Result<Head, JournalFault> {
        let (mut log, mut head) = (Log::default(), Head::default());
        for item in items {
            head = head.before(&item)?;
            log.hashes.push(head.hash);
            log.items.push(item);
        }
        let mut store = self.store();
        store.book.check_new(header)?;
        store.book.enter(Entry::new(header.clone(), 0, false, head));
        store.logs.insert(header.id, log);
        Ok(head)
    }

    fn fork(&self, child: &WorldHeader) -> Result<(), JournalFault> {
        self.store().begin(child)
    }

    fn drop_world(&self, world: WorldId) -> Result<(), JournalFault> {
        self.store().forget(world)
    }

    fn renew(&self, world: WorldId, fresh: &WorldHeader) -> Result<(), JournalFault> {
        let mut store = self.store();
        store.book.check_renewal(world, fresh)?;
        store.enter(fresh, Some(world))?;
        store.forget(world)
    }

    fn rename(&self, world: WorldId, name: &str) -> Result<(), JournalFault> {
        self.store().book.rename(world, name).map(|_| ())
    }

    fn set_terms(&self, world: WorldId, terms: &[u8]) -> Result<(), JournalFault> {
        self.store().book.set_terms(world, terms).map(|_| ())
    }

    fn checkpoint(&self, world: WorldId, seq: u64, digest: Digest, bytes: &[u8]) -> Result<(), JournalFault> {
        let mut store = self.store();
        let log = store.logs.get_mut(&world).ok_or(JournalFault::UnknownWorld(world))?;
        log.checkpoints.insert(seq, (digest, bytes.to_vec()));
        let seqs: Vec<u64> = log.checkpoints.keys().copied().collect();
        for seq in thinned(&seqs) {
            log.checkpoints.remove(&seq);
        }
        Ok(())
    }

    fn latest_checkpoint(&self, world: WorldId, seq: u64) -> Result<Option<(u64, Digest, Vec<u8>)>, JournalFault> {
        let store = self.store();
        for (world, to) in store.book.ancestry(world, seq)? {
            if let Some((seq, (digest, bytes))) = store.log(world)?.checkpoints.range(..=to).next_back() {
                return Ok(Some((*seq, *digest, bytes.clone())));
            }
        }
        Ok(None)
    }
}
