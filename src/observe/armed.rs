//! Expectations armed ahead: a predicate, how often it has held, and the first entries it held for.

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
    /// The first sixteen of them.
    pub entries: Vec<Arc<RequestEntry>>,
}

/// Entries a verdict keeps alive beyond the ring.
pub const KEPT: usize = 16;

type Predicate = Box<dyn Fn(&RequestEntry) -> bool + Send + Sync>;

pub(super) struct Armed {
    pub(super) world: u64,
    pub(super) predicate: Predicate,
    pub(super) verdict: Verdict,
}

impl Armed {
    pub(super) fn new(world: u64, predicate: Predicate) -> Self {
        Self { world, predicate, verdict: Verdict::default() }
    }

    pub(super) fn see(&mut self, entry: &Arc<RequestEntry>) {
        if entry.incarnation == self.world && (self.predicate)(entry) {
            self.verdict.count += 1;
            if self.verdict.entries.len() < KEPT {
                self.verdict.entries.push(entry.clone());
            }
        }
    }
}
