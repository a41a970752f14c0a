//! Worlds in files: the base a stored world stands on, snapshots out of a world and back into one.

use std::sync::Arc;

use bytes::Bytes;

use super::hall::held;
use super::past::Checkpoints;
use super::world::Published;
use super::{HallError, Ledger, TownHall, World};
use crate::base::Digest;
use crate::journal::{
    FORMAT, Head, JournalFault, LogItem, SNAPSHOT_FORMAT, Snapshot, SnapshotFault, SnapshotHeader, SnapshotParent,
    WorldHeader, WorldId, caught, encode_columns, write_snapshot,
};
use crate::population::Spec;
use crate::town::model::Base;
use crate::town::{Town, apply};

/// Log items held in memory at once while a snapshot is written.
const READ_AT_ONCE: usize = 4_096;

/// A snapshot that was replayed from its first item to its last and holds what it says.
pub struct Replayed {
    /// The town at its end.
    pub town: Town,
    /// Both digests of its log.
    pub ledger: Ledger,
}

/// Replays `snapshot` on `base` and holds the result against its header; `passed` sees every item and what it made.
///
/// # Errors
/// When an item cannot be read or applied, or a digest is another one than the header says.
pub fn replay_snapshot(
    snapshot: &Snapshot<'_>,
    base: Arc<Base>,
    mut passed: impl FnMut(&LogItem, &Town, &Ledger),
) -> Result<Replayed, SnapshotFault> {
    let wrong = |what: String| SnapshotFault::Content(what);
    let mut replayed = Replayed { town: Town::new(base), ledger: Ledger::default() };
    for item in snapshot.items() {
        let item = item?;
        // Events of a stranger may name what is not there; the town relies on its own events.
        caught(|| item.events.iter().for_each(|event| apply(&mut replayed.town, event)))
            .map_err(|what| wrong(format!("item {} cannot be replayed: {what}", item.seq)))?;
        if replayed.town.now() != item.at {
            let (now, said) = (replayed.town.now(), item.at);
            return Err(wrong(format!("after item {} it is {now}, the item says {said}", item.seq)));
        }
        replayed.ledger.book(&item);
        passed(&item, &replayed.town, &replayed.ledger);
    }
    let canonical = replayed.ledger.canonical();
    if canonical != snapshot.canonical {
        let said = snapshot.canonical;
        return Err(wrong(format!("its log replays to the digest {canonical}, its header says {said}")));
    }
    Ok(replayed)
}

impl TownHall {
    /// The base that a stored world stands on: one that is held already, else the stored columns, else made again.
    pub(super) fn stored_base(&self, header: &WorldHeader) -> Result<Arc<Base>, HallError> {
        if let Some(base) = self.held_base(&header.base_digest) {
            return Ok(base);
        }
        if let Some(base) = self.0.journal.columns(&header.base_digest)? {
            return Ok(self.hold_base(base));
        }
        // The columns were never stored, or somebody has taken the file away.
        let base = self.base(&Spec::of_header(&header.base))?;
        if base.digest != header.base_digest {
            let (was, is) = (header.base_digest.to_string(), base.digest.to_string());
            return Err(HallError::OtherBase(header.name.clone(), was, is));
        }
        self.0.journal.keep_columns(&base)?;
        Ok(base)
    }

    fn held_base(&self, digest: &Digest) -> Option<Arc<Base>> {
        let worlds = held(&self.0.worlds);
        worlds.named.values().map(|world| world.town().base.clone()).find(|base| base.digest == *digest)
    }

    /// Shares `base` with later worlds of its header, unless they have another one already.
    fn hold_base(&self, base: Base) -> Arc<Base> {
        let slot = held(&self.0.bases).entry(base.header.clone()).or_default().clone();
        let mut shared = held(&slot);
        match shared.upgrade() {
            Some(other) if other.digest == base.digest => other,
            Some(_) => Arc::new(base),
            None => {
                let base = Arc::new(base);
                *shared = Arc::downgrade(&base);
                base
            }
        }
    }

    /// The snapshot of `world` as it is published now.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn save(&self, world: &World) -> Result<Vec<u8>, HallError> {
        let Published { town, ledger } = world.moment();
        let (base, header, head) = (&town.base, world.header(), ledger.head());
        let mut wanted: Vec<Digest> = Vec::new();
        let mut parent = None;
        self.each_published(world, head, |item, at| {
            wanted.extend(item.events.iter().flat_map(crate::town::Event::blobs));
            if header.parent.is_some_and(|(_, seq)| seq == at.seq) {
                parent = Some(SnapshotParent { seq: at.seq, digest: at.hash.to_string() });
            }
        })?;
        wanted.sort_unstable();
        wanted.dedup();
        let blobs: Vec<Bytes> = wanted.iter().filter_map(|digest| self.blobs().get(digest)).collect();
        let header = SnapshotHeader {
            format: SNAPSHOT_FORMAT,
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            world: world.name().to_owned(),
            pack: base.header.pack.clone(),
            schema: base.header.schema,
            seed: base.header.seed.0,
            size: base.header.size,
            date: base.header.start.to_string(),
            municipality: base.header.profile.clone(),
            base_digest: base.digest.to_string(),
            parent,
            now: town.now().to_string(),
            seq: head.seq,
            digest: head.hash.to_string(),
            canonical: ledger.canonical().to_string(),
            blobs: blobs.len() as u64,
        };
        let items = Items { hall: self, world, next: 1, last: head.seq, waiting: Vec::new().into_iter() };
        write_snapshot(&header, &encode_columns(base), items, &blobs)
    }

    /// Shows `look` every published item of `world` up to `to`, with the head it makes.
    fn each_published(&self, world: &World, to: Head, mut look: impl FnMut(&LogItem, Head)) -> Result<(), HallError> {
        let mut head = Head::default();
        for item in (Items { hall: self, world, next: 1, last: to.seq, waiting: Vec::new().into_iter() }) {
            let item = item?;
            head = head.before(&item)?;
            look(&item, head);
        }
        Ok(())
    }

    /// Makes the world `name` out of a snapshot. Everything in the file is checked and replayed before anything is kept.
    /// A reset leads back to the snapshot.
    ///
    /// # Errors
    /// When the snapshot cannot be used, the name is taken, or the store fails.
    pub fn load(&self, file: &[u8], name: &str) -> Result<World, HallError> {
        let claim = self.claim(name)?;
        let snapshot = Snapshot::open(file)?;
        let base = match self.held_base(&snapshot.base_digest) {
            Some(base) => base,
            None => self.hold_base(snapshot.base()?),
        };
        let mut checkpoints = Checkpoints::default();
        let replayed = replay_snapshot(&snapshot, base.clone(), |item, town, ledger| {
            if checkpoints.is_due(item.seq) {
                checkpoints.offer(&Published { town: Arc::new(town.clone()), ledger: ledger.clone() });
            }
        })?;
        for (_, blob) in snapshot.blobs()? {
            let kept = self.blobs().put(&Bytes::copy_from_slice(blob));
            kept.map_err(|error| JournalFault::Store(format!("cannot keep a blob: {error}")))?;
        }
        let journal = &self.0.journal;
        journal.keep_columns(&base)?;
        // The log of the snapshot is a stem that nobody sees; the world is a fork at its end, so that a reset leads back
        // to the snapshot. The stem stays as long as somebody shares it.
        let terms = self.terms(None);
        let header = |id: WorldId, parent| WorldHeader {
            id,
            name: name.to_owned(),
            base: base.header.clone(),
            base_digest: base.digest,
            parent,
            format: FORMAT,
            terms: terms.written(),
        };
        let stem = header(self.next_id(), None);
        // The replay has read every item of these bytes already.
        let head = journal.restore(&stem, &mut snapshot.items().map_while(Result::ok))?;
        if head != snapshot.head {
            journal.drop_world(stem.id)?;
            return Err(SnapshotFault::Content("its log was kept only in part".to_owned()).into());
        }
        let header = header(self.next_id(), Some((stem.id, head.seq)));
        journal.fork(&header)?;
        journal.drop_world(stem.id)?;
        journal.open(header.id, self.0.epoch)?;
        let now = Published { town: Arc::new(replayed.town), ledger: replayed.ledger };
        let world = self.open_world(header, (now.clone(), now.ledger.weight()), now, Arc::new(checkpoints), terms);
        Ok(self.enter(world, claim))
    }
}

/// The items of a world's log, read part by part.
struct Items<'a> {
    hall: &'a TownHall,
    world: &'a World,
    next: u64,
    last: u64,
    waiting: std::vec::IntoIter<LogItem>,
}

impl Iterator for Items<'_> {
    type Item = Result<LogItem, HallError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(item) = self.waiting.next() {
            self.next = item.seq + 1;
            return Some(Ok(item));
        }
        if self.next > self.last {
            return None;
        }
        let left = usize::try_from(self.last - self.next + 1).unwrap_or(usize::MAX);
        match self.hall.log(self.world, self.next, left.min(READ_AT_ONCE)) {
            Ok(items) if items.is_empty() => None,
            Ok(items) => {
                self.waiting = items.into_iter();
                self.next()
            }
            Err(fault) => {
                self.next = self.last + 1;
                Some(Err(fault))
            }
        }
    }
}
