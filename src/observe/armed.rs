//! Expectations armed ahead: a predicate, how often it has held, and the first entries it held for.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::RequestEntry;

/// Names an armed expectation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ArmId(pub u64);

/// How often an armed expectation has held so far.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Matching requests.
    pub count: u64,
    /// The first few of them, with shortened bodies.
    pub entries: Vec<Arc<RequestEntry>>,
}

/// A world has as many armed expectations as it may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a world can have {MOST} expectations at once")]
pub struct TooManyArmed;

/// Entries a verdict keeps alive beyond the record.
pub const KEPT: usize = 4;
/// Bytes of each body such an entry keeps.
const KEPT_BODY: usize = 2 << 10;
/// Expectations armed at once in one world.
pub const MOST: usize = 1_000;

type Predicate = Arc<dyn Fn(&RequestEntry) -> bool + Send + Sync>;

struct Armed {
    incarnation: u64,
    predicate: Predicate,
    verdict: Verdict,
}

/// All armed expectations of a process.
#[derive(Default)]
pub(super) struct Armoury {
    armed: BTreeMap<ArmId, Armed>,
    by_world: BTreeMap<u64, usize>,
    last: u64,
}

impl Armoury {
    pub(super) fn arm(&mut self, incarnation: u64, predicate: Predicate) -> Result<ArmId, TooManyArmed> {
        let count = self.by_world.entry(incarnation).or_insert(0);
        if *count >= MOST {
            return Err(TooManyArmed);
        }
        *count += 1;
        self.last += 1;
        let id = ArmId(self.last);
        self.armed.insert(id, Armed { incarnation, predicate, verdict: Verdict::default() });
        Ok(id)
    }

    /// Matches `entry` against what is armed in its world.
    pub(super) fn see(&mut self, entry: &RequestEntry) {
        if !self.by_world.contains_key(&entry.incarnation) {
            return;
        }
        let mut shortened = None;
        for armed in self.armed.values_mut().filter(|armed| armed.incarnation == entry.incarnation) {
            if (armed.predicate)(entry) {
                armed.verdict.count += 1;
                if armed.verdict.entries.len() < KEPT {
                    let kept = shortened.get_or_insert_with(|| Arc::new(entry.shortened(KEPT_BODY)));
                    armed.verdict.entries.push(kept.clone());
                }
            }
        }
    }

    pub(super) fn verdict(&self, incarnation: u64, arm: ArmId) -> Option<Verdict> {
        self.armed.get(&arm).filter(|armed| armed.incarnation == incarnation).map(|armed| armed.verdict.clone())
    }

    pub(super) fn disarm(&mut self, incarnation: u64, arm: ArmId) -> Option<Verdict> {
        self.verdict(incarnation, arm)?;
        if let Some(count) = self.by_world.get_mut(&incarnation) {
            *count -= 1;
            if *count == 0 {
                self.by_world.remove(&incarnation);
            }
        }
        self.armed.remove(&arm).map(|armed| armed.verdict)
    }

    pub(super) fn forget(&mut self, incarnation: u64) {
        if self.by_world.remove(&incarnation).is_some() {
            self.armed.retain(|_, armed| armed.incarnation != incarnation);
        }
    }

    pub(super) fn worlds(&self) -> impl Iterator<Item = u64> {
        self.by_world.keys().copied()
    }
}
