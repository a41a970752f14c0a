//! Logs on disk: the only file that knows sled.
//!
//! sled 0.34 keeps its promise when the process is killed, but not when its files are damaged: it has been seen to open
//! a file that lost its end and to serve a log with a hole, and to panic inside its reader (`specs/engineering.md` §4). So
//! every call is caught, and everything is walked before anything is served (`walk`).
//!
//! One tree, one `Batch` per commit, no timer: the caller flushes.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::book::{Admission, Book, Entry};
use super::columns::{decode_columns, encode_columns};
use super::directory::{Directory, Mark};
use super::files::{self, one_line};
use super::walk::{Depth, Stored, Walk, framed, key, walk};
use super::{Digest, Head, Journal, JournalFault, LogItem, OriginKey, Ticket, WorldHeader, WorldId};
use crate::town::model::Base;

/// Bytes of sled's page cache. The log is appended to and read once at the start, so a cache earns little; sled takes
/// about twice the figure (`specs/engineering.md` §4).
const CACHE_BYTES: u64 = 4 << 20;
/// Batches between two marks. A mark costs one small file, so once in a thousand is nothing.
const MARKED_EVERY: u64 = 1_000;
/// Records written at once when a whole log is taken in.
const RESTORED_AT_ONCE: usize = 1_000;
/// Records removed at once when a world goes.
const REMOVED_AT_ONCE: usize = 1_000;

/// Times a locked log is tried again, and the pause before each.
const TRIES: usize = 100;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

/// Runs a call into sled; a panic inside becomes a sentence.
pub(super) fn caught<T>(act: impl FnOnce() -> sled::Result<T>) -> Result<T, String> {
    files::caught(act)?.map_err(|error| one_line(&error.to_string()))
}

/// Opens the log below a directory this process holds. Whoever else has the log locked is about to let it go: a log closed
/// just now, or a program being started, which has the open files of this one for a moment.
pub(super) fn open_log(path: &Path) -> Result<sled::Db, String> {
    let config = sled::Config::new().path(path).cache_capacity(CACHE_BYTES).flush_every_ms(None);
    let mut opened = caught(|| config.open());
    for _ in 0..TRIES {
        if !opened.as_ref().is_err_and(|what| what.contains("could not acquire lock")) {
            break;
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "waits for another thread of the machine, not for a virtual instant"
        )]
        std::thread::sleep(PAUSE);
        opened = caught(|| config.open());
    }
    opened
}

/// Walks the whole log; a panic on the way ends the walk as an error of the store.
pub(super) fn walk_log(log: &sled::Db, marks: &[Mark], depth: Depth) -> Result<Walk, String> {
    let scan = |from: [u8; super::walk::KEY]| {
        let mut entries = log.range(from..);
        std::iter::from_fn(move || match caught(|| entries.next().transpose()) {
            Ok(entry) => entry.map(Ok),
            Err(what) => Some(Err(what)),
        })
    };
    caught(|| Ok(walk(scan, marks, depth)))
}

/// A journal below a directory. One process holds the directory at a time.
pub struct SledJournal {
    log: sled::Db,
    book: Mutex<Book>,
    flushed: AtomicU64,
    /// A write failed: what the disk holds is not known, so nothing more is taken.
    failed: AtomicBool,
    /// The marks as they stand in their file.
    marks: Mutex<Vec<Mark>>,
    /// The last ticket when they were written.
    marked: AtomicU64,
    /// The last to go: whoever finds the directory free must find the log free too.
    directory: Directory,
}

impl std::fmt::Debug for SledJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SledJournal({})", self.directory.path().display())
    }
}

impl SledJournal {
    /// Opens the journal below `path`, or begins one there. Every stored item is checked first.
    ///
    /// # Errors
    /// [`JournalFault::InUse`] when another process has it, [`JournalFault::Damaged`], [`JournalFault::Unreadable`] or
    /// [`JournalFault::Foreign`] when it cannot be served as it is; see [`repair`](super::repair) then.
    pub fn open(path: &Path) -> Result<Self, JournalFault> {
        let directory = Directory::take(path)?;
        let marks = directory.marks()?;
        let unreadable = |what: String| JournalFault::Unreadable { path: path.display().to_string(), what };
        let log = open_log(&directory.log()).map_err(unreadable)?;
        let found = walk_log(&log, marks.as_deref().unwrap_or_default(), Depth::Chain).map_err(unreadable)?;
        if let Some(fault) = found.fault() {
            return Err(fault);
        }
        if marks.is_none() && !found.worlds.is_empty() {
            return Err(directory.marks_missing());
        }
        let marks = marks.unwrap_or_default();
        let mut book = Book::default();
        book.reserve(found.highest);
        for world in found.worlds.into_values() {
            book.enter(Entry::new(world.stored.header, world.stored.epoch, world.stored.dropped, world.good));
        }
        let journal = Self {
            directory,
            log,
            book: Mutex::new(book),
            flushed: AtomicU64::new(0),
            failed: AtomicBool::new(false),
            marks: Mutex::new(marks),
            marked: AtomicU64::new(0),
        };
        // A drop that was cut short is finished now.
        let gone = journal.book().sweep();
        journal.remove(&gone)?;
        // What a killed process wrote may still be on its way to the disk; a mark must not run ahead of it.
        journal.directory.sync_log()?;
        journal.mark()?;
        Ok(journal)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write<T>(&self, act: impl FnOnce() -> sled::Result<T>) -> Result<T, JournalFault> {
        let path = self.directory.path().display();
        if self.failed.load(Ordering::SeqCst) {
            return Err(JournalFault::Store(format!("an earlier write to `{path}` failed, restart to go on")));
        }
        caught(act).map_err(|what| {
            self.failed.store(true, Ordering::SeqCst);
            JournalFault::Store(format!("cannot write to `{path}`: {what}"))
        })
    }

    /// Tickets given before the flush began are safe after it.
    fn flush(&self) -> Result<(), JournalFault> {
        let upto = self.book().last_ticket();
        self.write(|| self.log.flush())?;
        self.flushed.fetch_max(upto.0, Ordering::SeqCst);
        if upto.0 >= self.marked.load(Ordering::SeqCst) + MARKED_EVERY { self.mark() } else { Ok(()) }
    }

    /// Flushes and writes down how far every log reaches. sled ends a log where its file is damaged and says nothing;
    /// against the marks a lost end is seen. What was written since the last mark has no such defence.
    fn mark(&self) -> Result<(), JournalFault> {
        // The marks lock is held throughout, so that a world dropped meanwhile does not come back into the file.
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        let (upto, heads) = {
            let book = self.book();
            let mark =
                |entry: &Entry| Mark { world: entry.header.id, head: entry.head, name: entry.header.name.clone() };
            (book.last_ticket(), book.entries().filter(|entry| !entry.dropped).map(mark).collect::<Vec<_>>())
        };
        self.write(|| self.log.flush())?;
        self.directory.set_marks(&heads)?;
        self.marked.store(upto.0, Ordering::SeqCst);
        *marks = heads;
        Ok(())
    }

    /// Writes all of `items` behind the header of `world`.
    fn write_all(&self, world: WorldId, items: &mut dyn Iterator<Item = LogItem>) -> Result<Head, JournalFault> {
        let mut head = Head::default();
        loop {
            let mut records = sled::Batch::default();
            let before = head;
            for item in (&mut *items).take(RESTORED_AT_ONCE) {
                let bytes = item.encode(&head.hash);
                head = head.before(&item)?;
                records.insert(&key(world, head.seq), bytes);
            }
            if head == before {
                return Ok(head);
            }
            self.write(|| self.log.apply_batch(records))?;
        }
    }

    /// The bytes of item `seq`, stored under `world`.
    fn record(&self, world: WorldId, seq: u64) -> Result<sled::IVec, JournalFault> {
        let bytes = caught(|| self.log.get(key(world, seq))).and_then(|bytes| bytes.ok_or("it is missing".to_owned()));
        bytes.map_err(|what| self.damaged(world, seq, &what))
    }

    fn damaged(&self, world: WorldId, seq: u64, what: &str) -> JournalFault {
        let name = self.book().entry(world).map_or_else(|_| world.0.to_string(), |entry| entry.header.name.clone());
        let what = format!("item {seq}: {what}");
        JournalFault::Damaged { world: name, good: seq.saturating_sub(1), what, survives: String::new() }
    }

    /// The hash of item `seq` of `world`; all zero for none.
    fn hash_of(&self, world: WorldId, seq: u64) -> Result<Digest, JournalFault> {
        let stretch = self.book().stretches(world, seq, seq)?.pop();
        stretch.map_or(Ok(Digest::default()), |found| Ok(LogItem::hash(&self.record(found.world, seq)?)))
    }

    /// Begins a log whose header passes `check`; its shared part is read by way of the world `shared`.
    fn begin(
        &self,
        header: &WorldHeader,
        shared: Option<WorldId>,
        check: impl Fn(&Book) -> Result<(), JournalFault>,
    ) -> Result<(), JournalFault> {
        check(&self.book())?;
        let head = match header.parent.zip(shared) {
            Some(((_, at), shared)) => Head { seq: at, hash: self.hash_of(shared, at)? },
            None => Head::default(),
        };
        let stored = Stored { header: header.clone(), epoch: 0, dropped: false };
        {
            let mut book = self.book();
            check(&book)?;
            self.write(|| self.log.insert(key(header.id, 0), stored.framed()))?;
            book.enter(Entry::new(header.clone(), 0, false, head));
        }
        self.flush()
    }

    /// Writes down what `change` made of the line of a world that was not dropped.
    fn rewrite(&self, change: impl FnOnce(&mut Book) -> Result<Entry, JournalFault>) -> Result<(), JournalFault> {
        {
            let mut book = self.book();
            let Entry { header, epoch, .. } = change(&mut book)?;
            let world = header.id;
            let stored = Stored { header, epoch, dropped: false };
            self.write(|| self.log.insert(key(world, 0), stored.framed()))?;
        }
        self.flush()
    }

    /// Takes the records of worlds out that nobody needs, their headers last: a removal that is cut short goes on at
    /// the next opening.
    fn remove(&self, gone: &[WorldId]) -> Result<(), JournalFault> {
        if gone.is_empty() {
            return Ok(());
        }
        let highest = framed(&(self.book().next_world().0 - 1));
        self.write(|| self.log.insert(key(WorldId(0), 0), highest))?;
        for world in gone {
            for from in [1, 0] {
                while self.remove_some(*world, from)? {}
            }
            self.directory.forget_checkpoints(*world);
        }
        self.flush()
    }

    /// Removes the first records of `world` from `from` on; whether there were any.
    fn remove_some(&self, world: WorldId, from: u64) -> Result<bool, JournalFault> {
        self.write(|| {
            let mut batch = sled::Batch::default();
            let mut some = false;
            for entry in self.log.range(key(world, from)..=key(world, u64::MAX)).take(REMOVED_AT_ONCE) {
                batch.remove(entry?.0);
                some = true;
            }
            self.log.apply_batch(batch).map(|()| some)
        })
    }
}

impl Drop for SledJournal {
    fn drop(&mut self) {
        // A process that ends within its last moments loses nothing that was submitted; what cannot be written any
        // more was never acknowledged.
        let _ = self.mark();
    }
}

impl Journal for SledJournal {
    fn worlds(&self) -> Result<Vec<WorldHeader>, JournalFault> {
        Ok(self.book().headers())
    }

    fn next_world(&self) -> Result<WorldId, JournalFault> {
        Ok(self.book().next_world())
    }

    fn create(&self, header: &WorldHeader) -> Result<(), JournalFault> {
        self.begin(header, None, |book| book.check_new(header))?;
        self.mark()
    }

    fn open(&self, world: WorldId, epoch: u64) -> Result<Head, JournalFault> {
        let mut book = self.book();
        let (head, renewed) = book.open(world, epoch)?;
        if renewed {
            // Not flushed here: it goes to disk with the first item written under this epoch, and before that there
            // is nothing an older owner could spoil.
            let entry = book.entry(world)?;
            let stored = Stored { header: entry.header.clone(), epoch, dropped: false };
            self.write(|| self.log.insert(key(world, 0), stored.framed()))?;
        }
        Ok(head)
    }

    fn submit(
        &self,
        world: WorldId,
        epoch: u64,
        expected: u64,
        batch_id: OriginKey,
        batch: &[LogItem],
    ) -> Result<Ticket, JournalFault> {
        let mut book = self.book();
        let mut hash = match book.admit(world, epoch, expected, batch_id, batch)? {
            Admission::Again(ticket) => return Ok(ticket),
            Admission::Append(before) => before,
        };
        let mut records = sled::Batch::default();
        for item in batch {
            let bytes = item.encode(&hash);
            hash = LogItem::hash(&bytes);
            records.insert(&key(world, item.seq), bytes);
        }
        self.write(|| self.log.apply_batch(records))?;
        book.appended(world, batch_id, Head { seq: expected + batch.len() as u64, hash })
    }

    fn durable(&self, ticket: Ticket) -> Result<(), JournalFault> {
        if ticket.0 <= self.flushed.load(Ordering::SeqCst) { Ok(()) } else { self.flush() }
    }

    fn read(&self, world: WorldId, from: u64, limit: usize) -> Result<Vec<LogItem>, JournalFault> {
        let to = from.saturating_add(limit as u64).saturating_sub(1);
        let stretches = self.book().stretches(world, from, to)?;
        let mut items = Vec::new();
        let Some(first) = stretches.first() else { return Ok(items) };
        let mut hash = self.hash_of(world, first.from - 1)?;
        for stretch in stretches {
            let mut entries = self.log.range(key(stretch.world, stretch.from)..=key(stretch.world, stretch.to));
            for seq in stretch.from..=stretch.to {
                let entry = caught(|| entries.next().transpose()).map_err(|what| self.damaged(world, seq, &what))?;
                let (_, bytes) = entry.ok_or_else(|| self.damaged(world, seq, "it is missing"))?;
                let item = LogItem::decode(&bytes, seq, &hash);
                items.push(item.map_err(|fault| self.damaged(world, seq, &fault.to_string()))?);
                hash = LogItem::hash(&bytes);
            }
        }
        Ok(items)
    }

    fn restore(&self, header: &WorldHeader, items: &mut dyn Iterator<Item = LogItem>) -> Result<Head, JournalFault> {
        self.book().check_new(header)?;
        // A world that is dropped and that nobody shares goes at the next opening. So it is written as one, and becomes
        // a world with its last record.
        let mut stored = Stored { header: header.clone(), epoch: 0, dropped: true };
        self.write(|| self.log.insert(key(header.id, 0), stored.framed()))?;
        let head = match self.write_all(header.id, items).and_then(|head| self.flush().map(|()| head)) {
            Ok(head) => head,
            Err(fault) => {
                self.book().reserve(header.id.0);
                self.remove(&[header.id])?;
                return Err(fault);
            }
        };
        stored.dropped = false;
        {
            let mut book = self.book();
            book.check_new(header)?;
            self.write(|| self.log.insert(key(header.id, 0), stored.framed()))?;
            book.enter(Entry::new(header.clone(), 0, false, head));
        }
        self.flush()?;
        self.mark()?;
        Ok(head)
    }

    fn keep_columns(&self, base: &Base) -> Result<(), JournalFault> {
        self.directory.keep_columns(&base.digest, || encode_columns(base))
    }

    fn columns(&self, digest: &Digest) -> Result<Option<Base>, JournalFault> {
        let Some(file) = self.directory.columns(digest)? else { return Ok(None) };
        let path = self.directory.columns_path(digest);
        let damaged = |what| JournalFault::Columns { path: path.display().to_string(), what };
        let base = decode_columns(&file).map_err(damaged)?;
        if base.digest != *digest {
            let what = format!("they have digest {}", base.digest);
            return Err(damaged(super::ColumnFault::Content(what)));
        }
        Ok(Some(base))
    }

    fn fork(&self, child: &WorldHeader) -> Result<(), JournalFault> {
        self.begin(child, child.parent.map(|(parent, _)| parent), |book| book.check_new(child))
    }

    fn renew(&self, world: WorldId, fresh: &WorldHeader) -> Result<(), JournalFault> {
        self.begin(fresh, Some(world), |book| book.check_renewal(world, fresh))?;
        self.drop_world(world)
    }

    fn rename(&self, world: WorldId, name: &str) -> Result<(), JournalFault> {
        self.rewrite(|book| book.rename(world, name))
    }

    fn set_terms(&self, world: WorldId, terms: &[u8]) -> Result<(), JournalFault> {
        self.rewrite(|book| book.set_terms(world, terms))
    }

    fn drop_world(&self, world: WorldId) -> Result<(), JournalFault> {
        let gone = {
            // A world that is about to go needs no mark any more: without it its absence would look like damage.
            let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
            let mut book = self.book();
            book.live(world)?;
            if marks.iter().any(|mark| mark.world == world) {
                marks.retain(|mark| mark.world != world);
                self.directory.set_marks(&marks)?;
            }
            let entry = book.drop_world(world)?;
            let stored = Stored { header: entry.header, epoch: entry.epoch, dropped: true };
            self.write(|| self.log.insert(key(world, 0), stored.framed()))?;
            book.sweep()
        };
        self.flush()?;
        self.remove(&gone)
    }

    fn checkpoint(&self, world: WorldId, seq: u64, digest: Digest, bytes: &[u8]) -> Result<(), JournalFault> {
        self.book().entry(world)?;
        self.directory.keep_checkpoint(world, seq, digest, bytes)
    }

    fn latest_checkpoint(&self, world: WorldId, seq: u64) -> Result<Option<(u64, Digest, Vec<u8>)>, JournalFault> {
        let ancestry = self.book().ancestry(world, seq)?;
        Ok(ancestry.into_iter().find_map(|(world, to)| self.directory.checkpoint(world, to)))
    }
}
