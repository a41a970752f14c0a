//! Findings: what the town noticed about the app or about itself, bounded and in order of appearance
//! (`specs/experience.md` §2, §8.4, §12).

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::Instant;

/// Findings held at once. When there are more, the world that has most loses its oldest, and the loss is counted: no world
/// pushes out what another has noticed.
const HELD: usize = 50_000;

/// Something noticed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Number in order of appearance, from 1, over all worlds of the process.
    pub id: u64,
    /// Incarnation of the world.
    pub incarnation: u64,
    /// Stable word for the kind, for example `real-data-suspected`, `never-settled`, `pointer-beyond-end`.
    pub kind: &'static str,
    /// Virtual time.
    pub at: Instant,
    /// One sentence for people, with no number that looks real in it.
    pub detail: String,
    /// The recorded request it is about.
    pub request: Option<u64>,
    /// The app or client it is about.
    pub app: Option<String>,
    /// Last item of the world's log when it was noticed.
    pub seq: u64,
}

#[derive(Default)]
struct Held {
    /// Of each world, oldest first.
    of_world: BTreeMap<u64, VecDeque<Arc<Finding>>>,
    count: usize,
    next: u64,
    dropped: u64,
}

/// The findings of a process. Cheap to clone; all clones are the same.
#[derive(Clone, Default)]
pub struct Findings(Arc<Mutex<Held>>);

impl std::fmt::Debug for Findings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Findings")
    }
}

impl Held {
    /// Drops the oldest finding of the world that has most; of several, of the first.
    fn drop_one(&mut self) {
        let most = self.of_world.iter().max_by_key(|&(world, findings)| (findings.len(), Reverse(*world)));
        let Some(world) = most.map(|(world, _)| *world) else { return };
        if let Some(findings) = self.of_world.get_mut(&world) {
            findings.pop_front();
            self.count -= 1;
            self.dropped += 1;
            if findings.is_empty() {
                self.of_world.remove(&world);
            }
        }
    }
}

impl Findings {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes `finding`; its `id` is given here. Gives the id.
    pub fn note(&self, mut finding: Finding) -> u64 {
        let mut held = self.held();
        held.next += 1;
        finding.id = held.next;
        held.of_world.entry(finding.incarnation).or_default().push_back(Arc::new(finding));
        held.count += 1;
        if held.count > HELD {
            held.drop_one();
        }
        held.next
    }

    /// Findings with ids above `after`, oldest first; of one world when `incarnation` is given.
    #[must_use]
    pub fn since(&self, after: u64, incarnation: Option<u64>) -> Vec<Arc<Finding>> {
        let held = self.held();
        let behind = |findings: &VecDeque<Arc<Finding>>| {
            let from = findings.partition_point(|finding| finding.id <= after);
            findings.range(from..).cloned().collect::<Vec<_>>()
        };
        if let Some(world) = incarnation {
            return held.of_world.get(&world).map_or_else(Vec::new, behind);
        }
        let mut all: Vec<Arc<Finding>> = held.of_world.values().flat_map(behind).collect();
        all.sort_unstable_by_key(|finding| finding.id);
        all
    }

    /// Id of the newest; 0 for none.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.held().next
    }

    /// Findings that are no longer held.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.held().dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::DEFAULT_START;

    fn finding(incarnation: u64) -> Finding {
        Finding {
            id: 0,
            incarnation,
            kind: "never-settled",
            at: DEFAULT_START,
            detail: "the app was still busy".into(),
            request: None,
            app: None,
            seq: 0,
        }
    }

    #[test]
    fn findings_are_bounded_counted_and_given_by_world() {
        let findings = Findings::default();
        (0..HELD + 5).for_each(|place| {
            findings.note(finding(1 + (place % 2) as u64));
        });
        assert_eq!(findings.dropped(), 5);
        assert_eq!(findings.last(), HELD as u64 + 5);
        let ids = |list: Vec<Arc<Finding>>| list.iter().map(|finding| finding.id).collect::<Vec<_>>();
        assert_eq!(ids(findings.since(HELD as u64 + 2, None)), [HELD as u64 + 3, HELD as u64 + 4, HELD as u64 + 5]);
        assert_eq!(ids(findings.since(HELD as u64 + 2, Some(2))), [HELD as u64 + 4]);
    }

    #[test]
    fn a_world_that_notices_much_pushes_out_its_own_only() {
        let findings = Findings::default();
        let quiet = findings.note(finding(1));
        (0..HELD + 5).for_each(|_| {
            findings.note(finding(2));
        });
        assert_eq!(findings.dropped(), 6);
        assert_eq!(findings.since(0, Some(1)).iter().map(|finding| finding.id).collect::<Vec<_>>(), [quiet]);
        assert_eq!(findings.since(0, Some(2)).len(), HELD - 1);
    }
}
