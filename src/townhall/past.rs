//! Past instants of a world: a few checkpoints in memory, and replay from the newest at or before the item asked for.
//!
//! A checkpoint is a published town, so keeping one costs only the pages that are rewritten afterwards. There are at most
//! eight, evenly spaced; the spacing is doubled when they are full (`specs/core.md` §1). A fork inherits them as one
//! pointer.

use std::sync::Arc;

use super::world::Published;
use super::{HallError, Ledger};
use crate::journal::{Journal, LogItem, WorldId};
use crate::town::{Town, apply};

/// Most checkpoints of a world.
const MAX_CHECKPOINTS: usize = 8;
/// Items between the first checkpoints.
pub(super) const FIRST_SPACING: u64 = 512;
/// Log items held in memory at once while a world is replayed.
const READ_AT_ONCE: usize = 1_024;

/// The checkpoints of one log, oldest first. They stand at whole multiples of the spacing.
#[derive(Clone, Debug)]
pub(super) struct Checkpoints {
    spacing: u64,
    kept: Vec<Published>,
}

impl Default for Checkpoints {
    fn default() -> Self {
        Self { spacing: FIRST_SPACING, kept: Vec::new() }
    }
}

impl Checkpoints {
    /// Whether the town after item `seq` is to be kept.
    pub(super) fn is_due(&self, seq: u64) -> bool {
        seq.is_multiple_of(self.spacing) && self.kept.last().is_none_or(|last| last.seq() < seq)
    }

    /// Takes `published` as a checkpoint when its turn has come.
    pub(super) fn offer(&mut self, published: &Published) {
        if !self.is_due(published.seq()) {
            return;
        }
        self.kept.push(published.clone());
        if self.kept.len() > MAX_CHECKPOINTS {
            self.spacing *= 2;
            self.kept.retain(|kept| kept.seq().is_multiple_of(self.spacing));
        }
    }

    /// The newest checkpoint at or before item `seq`.
    pub(super) fn newest(&self, seq: u64) -> Option<&Published> {
        self.kept.iter().rev().find(|kept| kept.seq() <= seq)
    }

    /// Those a fork at item `seq` shares.
    pub(super) fn until(self: &Arc<Self>, seq: u64) -> Arc<Self> {
        if self.kept.last().is_none_or(|last| last.seq() <= seq) {
            return self.clone();
        }
        let kept = self.kept.iter().filter(|kept| kept.seq() <= seq).cloned().collect();
        Arc::new(Self { spacing: self.spacing, kept })
    }
}

/// Runs the log of `world` on from `moment` up to item `until`, or to its end; `passed` sees every item and what it
/// made on the way.
pub(super) fn replay(
    journal: &dyn Journal,
    world: WorldId,
    moment: Published,
    until: u64,
    mut passed: impl FnMut(&LogItem, &Town, &Ledger),
) -> Result<Published, HallError> {
    let Published { town, mut ledger } = moment;
    let mut town = Town::clone(&town);
    while ledger.head().seq < until {
        let next = ledger.head().seq + 1;
        let limit = usize::try_from(until - next).unwrap_or(usize::MAX).saturating_add(1).min(READ_AT_ONCE);
        let items = journal.read(world, next, limit)?;
        for item in &items {
            item.events.iter().for_each(|event| apply(&mut town, event));
            ledger.book(item);
            passed(item, &town, &ledger);
        }
        if items.len() < limit {
            break;
        }
    }
    Ok(Published { town: Arc::new(town), ledger })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Digest;
    use crate::journal::Head;
    use crate::town::model::tests_town::TestTown;

    fn offered(upto: u64) -> Checkpoints {
        let town = Arc::new(Town::new(Arc::new(TestTown::eksempel())));
        let mut checkpoints = Checkpoints::default();
        for seq in 1..=upto {
            let ledger = Ledger::at(Head { seq, hash: Digest::default() });
            checkpoints.offer(&Published { town: town.clone(), ledger });
        }
        checkpoints
    }

    #[test]
    fn checkpoints_are_at_most_eight_evenly_spaced_and_the_spacing_doubles() {
        for (upto, spacing, count) in
            [(511, 512, 0), (512, 512, 1), (4_096, 512, 8), (4_608, 1_024, 4), (40_000, 8_192, 4)]
        {
            let checkpoints = offered(upto);
            let seqs: Vec<u64> = checkpoints.kept.iter().map(Published::seq).collect();
            let expected: Vec<u64> = (1..=count).map(|place| place * spacing).collect();
            assert_eq!((checkpoints.spacing, seqs), (spacing, expected), "{upto}");
        }
    }

    #[test]
    fn a_fork_shares_the_checkpoints_up_to_its_point_and_the_newest_fitting_one_is_found() {
        let checkpoints = Arc::new(offered(2_048));
        assert!(Arc::ptr_eq(&checkpoints, &checkpoints.until(2_048)), "nothing is copied when all are shared");
        let some = checkpoints.until(1_600);
        assert_eq!(some.kept.iter().map(Published::seq).collect::<Vec<_>>(), [512, 1_024, 1_536]);
        let newest = |seq| checkpoints.newest(seq).map(Published::seq);
        assert_eq!(
            [newest(511), newest(512), newest(1_535), newest(9_999)],
            [None, Some(512), Some(1_024), Some(2_048)]
        );
    }
}
