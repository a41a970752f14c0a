//! What every store knows about its worlds without looking: headers, owners, ends of logs, who shares whose items. The
//! rules of the contract that need no stored item are here, once for all stores.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Digest, Head, JournalFault, LogItem, OriginKey, Ticket, WorldHeader, WorldId};

/// Batches remembered per world. A retry follows its first try at once; the town hall has at most one batch per waiting
/// request under way.
const RECENT_BATCHES: usize = 256;

/// One world's line in the book.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) header: WorldHeader,
    /// The owner's epoch; 0 before anybody opened the world.
    pub(super) epoch: u64,
    /// Forgotten by name, kept because a fork shares items.
    pub(super) dropped: bool,
    pub(super) head: Head,
    recent: VecDeque<(OriginKey, Ticket)>,
}

impl Entry {
    pub(super) fn new(header: WorldHeader, epoch: u64, dropped: bool, head: Head) -> Self {
        Self { header, epoch, dropped, head, recent: VecDeque::new() }
    }

    /// The item before which this world's own tail begins.
    pub(super) fn start(&self) -> u64 {
        self.header.parent.map_or(0, |(_, at)| at)
    }
}

/// What a submitted batch is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Admission {
    /// One that was taken before, under this ticket.
    Again(Ticket),
    /// A new one, to be chained to this hash.
    Append(Digest),
}

/// Consecutive items that are stored under one world.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stretch {
    pub(super) world: WorldId,
    pub(super) from: u64,
    pub(super) to: u64,
}

/// The book of one store.
#[derive(Default, Debug)]
pub(super) struct Book {
    worlds: BTreeMap<WorldId, Entry>,
    highest: u64,
    /// Ids below the highest that nobody has used: of two worlds that begin at once, the later one may come first.
    left_out: BTreeSet<u64>,
    tickets: u64,
}

impl Book {
    pub(super) fn headers(&self) -> Vec<WorldHeader> {
        self.worlds.values().filter(|entry| !entry.dropped).map(|entry| entry.header.clone()).collect()
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.worlds.values()
    }

    pub(super) fn next_world(&self) -> WorldId {
        WorldId(self.highest + 1)
    }

    /// Every id up to `id` counts as used.
    pub(super) fn reserve(&mut self, id: u64) {
        self.highest = self.highest.max(id);
    }

    pub(super) fn last_ticket(&self) -> Ticket {
        Ticket(self.tickets)
    }

    /// The world, dropped or not.
    pub(super) fn entry(&self, world: WorldId) -> Result<&Entry, JournalFault> {
        self.worlds.get(&world).ok_or(JournalFault::UnknownWorld(world))
    }

    /// The world, unless it was dropped.
    pub(super) fn live(&self, world: WorldId) -> Result<&Entry, JournalFault> {
        self.entry(world)
            .and_then(|entry| if entry.dropped { Err(JournalFault::UnknownWorld(world)) } else { Ok(entry) })
    }

    fn live_mut(&mut self, world: WorldId) -> Result<&mut Entry, JournalFault> {
        self.live(world)?;
        self.worlds.get_mut(&world).ok_or(JournalFault::UnknownWorld(world))
    }

    fn check_id(&self, id: WorldId) -> Result<(), JournalFault> {
        let is_used = id.0 <= self.highest && !self.left_out.contains(&id.0);
        if is_used { Err(JournalFault::Taken(id)) } else { Ok(()) }
    }

    /// Whether a world with this header can begin now: a new id, and for a fork a parent that reaches the fork point.
    pub(super) fn check_new(&self, header: &WorldHeader) -> Result<(), JournalFault> {
        self.check_id(header.id)?;
        if let Some((parent, at)) = header.parent {
            let head = self.live(parent)?.head;
            if at > head.seq {
                return Err(JournalFault::Conflict { expected: at, found: head.seq });
            }
        }
        Ok(())
    }

    /// Whether a log with this header can begin now in place of that of `world`. Its parent may have been dropped: it is
    /// kept as long as somebody shares it.
    pub(super) fn check_renewal(&self, world: WorldId, fresh: &WorldHeader) -> Result<(), JournalFault> {
        let entry = self.live(world)?;
        self.check_id(fresh.id)?;
        if fresh.parent != entry.header.parent {
            let (expected, found) = (entry.start(), fresh.parent.map_or(0, |(_, at)| at));
            return Err(JournalFault::Conflict { expected, found });
        }
        Ok(())
    }

    /// Gives `world` another name and its entry.
    pub(super) fn rename(&mut self, world: WorldId, name: &str) -> Result<Entry, JournalFault> {
        let entry = self.live_mut(world)?;
        name.clone_into(&mut entry.header.name);
        Ok(entry.clone())
    }

    /// Gives `world` other terms and its entry.
    pub(super) fn set_terms(&mut self, world: WorldId, terms: &[u8]) -> Result<Entry, JournalFault> {
        let entry = self.live_mut(world)?;
        terms.clone_into(&mut entry.header.terms);
        Ok(entry.clone())
    }

    pub(super) fn enter(&mut self, entry: Entry) {
        let id = entry.header.id.0;
        self.left_out.extend(self.highest + 1..id);
        self.left_out.remove(&id);
        self.reserve(id);
        self.worlds.insert(entry.header.id, entry);
    }

    /// Takes ownership; tells the head and whether the epoch is a new one.
    pub(super) fn open(&mut self, world: WorldId, epoch: u64) -> Result<(Head, bool), JournalFault> {
        let entry = self.live_mut(world)?;
        if epoch < entry.epoch {
            return Err(JournalFault::Fenced);
        }
        let renewed = epoch != entry.epoch;
        entry.epoch = epoch;
        Ok((entry.head, renewed))
    }

    /// Whether `batch` may be appended.
    pub(super) fn admit(
        &self,
        world: WorldId,
        epoch: u64,
        expected: u64,
        batch_id: OriginKey,
        batch: &[LogItem],
    ) -> Result<Admission, JournalFault> {
        let entry = self.live(world)?;
        if epoch < entry.epoch {
            return Err(JournalFault::Fenced);
        }
        if let Some((_, ticket)) = entry.recent.iter().rev().find(|(id, _)| *id == batch_id) {
            return Ok(Admission::Again(*ticket));
        }
        if entry.head.seq != expected {
            return Err(JournalFault::Conflict { expected, found: entry.head.seq });
        }
        for (due, item) in (expected + 1..).zip(batch) {
            if item.seq != due {
                return Err(JournalFault::Numbering { due, found: item.seq });
            }
        }
        Ok(Admission::Append(entry.head.hash))
    }

    /// Books an appended batch: the log of `world` now ends at `head`.
    pub(super) fn appended(&mut self, world: WorldId, batch_id: OriginKey, head: Head) -> Result<Ticket, JournalFault> {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let entry = self.live_mut(world)?;
        entry.head = head;
        if entry.recent.len() == RECENT_BATCHES {
            entry.recent.pop_front();
        }
        entry.recent.push_back((batch_id, ticket));
        Ok(ticket)
    }

    /// Where the items `from..=to` of `world` are stored, oldest first; `to` is cut at the end of the log.
    pub(super) fn stretches(&self, world: WorldId, from: u64, to: u64) -> Result<Vec<Stretch>, JournalFault> {
        let mut out = Vec::new();
        let mut entry = self.live(world)?;
        let (from, mut to) = (from.max(1), to.min(entry.head.seq));
        while from <= to {
            let start = entry.start();
            if to > start {
                out.push(Stretch { world: entry.header.id, from: from.max(start + 1), to });
            }
            let Some((parent, at)) = entry.header.parent else { break };
            to = to.min(at);
            entry = self.entry(parent)?;
        }
        out.reverse();
        Ok(out)
    }

    /// The world and its parents, each with the last item of it that `world` shares below `to`, newest first.
    pub(super) fn ancestry(&self, world: WorldId, to: u64) -> Result<Vec<(WorldId, u64)>, JournalFault> {
        let mut entry = self.live(world)?;
        let mut to = to.min(entry.head.seq);
        let mut out = vec![(world, to)];
        while let Some((parent, at)) = entry.header.parent {
            to = to.min(at);
            out.push((parent, to));
            entry = self.entry(parent)?;
        }
        Ok(out)
    }

    /// Marks `world` as dropped and gives its entry.
    pub(super) fn drop_world(&mut self, world: WorldId) -> Result<Entry, JournalFault> {
        let entry = self.live_mut(world)?;
        entry.dropped = true;
        entry.recent.clear();
        Ok(entry.clone())
    }

    /// Takes out the dropped worlds that nobody shares any more; that may free their parents in turn.
    pub(super) fn sweep(&mut self) -> Vec<WorldId> {
        let mut gone = Vec::new();
        loop {
            let shared = |id: WorldId| self.worlds.values().any(|e| e.header.parent.is_some_and(|(p, _)| p == id));
            let round: Vec<WorldId> =
                self.worlds.iter().filter(|(id, entry)| entry.dropped && !shared(**id)).map(|(id, _)| *id).collect();
            if round.is_empty() {
                return gone;
            }
            for id in round {
                self.worlds.remove(&id);
                gone.push(id);
            }
        }
    }
}
