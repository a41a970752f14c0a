//! The ring of recorded requests, one per process, with a hard bound on the bytes it holds.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::armed::Armed;
use super::{ArmId, FaultCounters, Finding, Findings, RequestEntry, Settle, Verdict};

/// Default bound of the ring in bytes (`specs/experience.md` §5, `requests.memory`).
const DEFAULT_BOUND: usize = 64 << 20;

struct Ring {
    entries: VecDeque<Arc<RequestEntry>>,
    weight: usize,
    bound: usize,
    next: u64,
    dropped: u64,
    armed: BTreeMap<ArmId, Armed>,
    next_arm: u64,
    /// Requests being answered, by incarnation of their world.
    in_flight: BTreeMap<u64, u32>,
}

/// The record of requests. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Observe {
    ring: Arc<Mutex<Ring>>,
    activity: Arc<watch::Sender<u64>>,
    /// What was noticed.
    pub findings: Findings,
    /// What settling knows.
    pub settle: Settle,
    /// How often faults have struck.
    pub faults: FaultCounters,
}

impl std::fmt::Debug for Observe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observe")
    }
}

impl Default for Observe {
    fn default() -> Self {
        Self::with_bound(DEFAULT_BOUND)
    }
}

impl Observe {
    /// A record that holds at most `bound` bytes.
    #[must_use]
    pub fn with_bound(bound: usize) -> Self {
        let ring = Ring {
            entries: VecDeque::new(),
            weight: 0,
            bound,
            next: 1,
            dropped: 0,
            armed: BTreeMap::new(),
            next_arm: 1,
            in_flight: BTreeMap::new(),
        };
        Self {
            ring: Arc::new(Mutex::new(ring)),
            activity: Arc::new(watch::Sender::new(0)),
            findings: Findings::default(),
            settle: Settle::default(),
            faults: FaultCounters::default(),
        }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request of the world with this incarnation has arrived.
    pub fn begin(&self, incarnation: u64) {
        *self.ring().in_flight.entry(incarnation).or_insert(0) += 1;
        self.activity.send_modify(|count| *count += 1);
    }

    /// A request begun before is answered or gone.
    pub fn end(&self, incarnation: u64) {
        let mut ring = self.ring();
        if let Some(count) = ring.in_flight.get_mut(&incarnation) {
            *count -= 1;
            if *count == 0 {
                ring.in_flight.remove(&incarnation);
            }
        }
        drop(ring);
        self.activity.send_modify(|count| *count += 1);
    }

    /// Requests of the world being answered right now.
    #[must_use]
    pub fn in_flight(&self, incarnation: u64) -> u32 {
        self.ring().in_flight.get(&incarnation).copied().unwrap_or(0)
    }

    /// Changes with every request that begins or ends: what settling watches.
    #[must_use]
    pub fn activity(&self) -> watch::Receiver<u64> {
        self.activity.subscribe()
    }

    /// Records `entry`; its `id` is given here. Gives the id.
    pub fn record(&self, mut entry: RequestEntry) -> u64 {
        let mut ring = self.ring();
        entry.id = ring.next;
        ring.next += 1;
        let entry = Arc::new(entry);
        self.look(&entry);
        ring.armed.values_mut().for_each(|armed| armed.see(&entry));
        ring.weight += entry.weight();
        let id = entry.id;
        ring.entries.push_back(entry);
        while ring.weight > ring.bound {
            let Some(oldest) = ring.entries.pop_front() else { break };
            ring.weight -= oldest.weight();
            ring.dropped += 1;
        }
        id
    }

    /// Lets settling take note of `entry`. A feed read beyond its end is a finding: after the app was attached to another
    /// world its pointer may lie where the contract says an empty page, and it would miss events in silence.
    fn look(&self, entry: &Arc<RequestEntry>) {
        if !self.settle.saw(entry) {
            return;
        }
        let (from, end) = (entry.note.feed_read.map_or(0, |(from, _)| from), entry.note.feed_end.unwrap_or(0));
        self.findings.note(Finding {
            id: 0,
            incarnation: entry.incarnation,
            kind: "pointer-beyond-end",
            at: entry.at,
            detail: format!(
                "`{}` was read from {from}, but this world's feed ends at {end}: what comes next would be missed. \
                 Let the app start again from {}",
                entry.note.operation,
                end + 1
            ),
            request: Some(entry.id),
            app: entry.app.clone().or_else(|| entry.note.client.clone()),
            seq: entry.seq,
        });
    }

    /// Entries with ids above `after`, oldest first, that are still held; of one world when `incarnation` is given.
    #[must_use]
    pub fn since(&self, after: u64, incarnation: Option<u64>) -> Vec<Arc<RequestEntry>> {
        let ring = self.ring();
        let from = ring.entries.partition_point(|entry| entry.id <= after);
        let wanted = |entry: &&Arc<RequestEntry>| incarnation.is_none_or(|world| entry.incarnation == world);
        ring.entries.range(from..).filter(wanted).cloned().collect()
    }

    /// Id of the newest entry; 0 for none.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.ring().next - 1
    }

    /// Entries that have left the ring.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.ring().dropped
    }

    /// Matches `predicate` against every request of the world from now on.
    pub fn arm(&self, incarnation: u64, predicate: impl Fn(&RequestEntry) -> bool + Send + Sync + 'static) -> ArmId {
        let mut ring = self.ring();
        let id = ArmId(ring.next_arm);
        ring.next_arm += 1;
        ring.armed.insert(id, Armed::new(incarnation, Box::new(predicate)));
        id
    }

    /// What an armed expectation has seen so far.
    #[must_use]
    pub fn verdict(&self, arm: ArmId) -> Verdict {
        self.ring().armed.get(&arm).map(|armed| armed.verdict.clone()).unwrap_or_default()
    }

    /// Disarms and gives the last word.
    pub fn disarm(&self, arm: ArmId) -> Verdict {
        self.ring().armed.remove(&arm).map(|armed| armed.verdict).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::clock::DEFAULT_START;
    use crate::observe::{Body, Note};

    fn entry(path: &str, body: usize) -> RequestEntry {
        RequestEntry {
            id: 0,
            world: "main".into(),
            incarnation: 1,
            at: DEFAULT_START,
            wall_ms: 0,
            note: Note { service: "krr", operation: "krr.person.hent", ..Note::default() },
            app: None,
            trace: None,
            method: "POST".into(),
            path: path.into(),
            query: String::new(),
            status: 200,
            request_body: Body::bounded(&Bytes::from(vec![b'x'; body]), 1 << 20),
            response_body: Body::default(),
            hint: None,
            seq: 0,
        }
    }

    #[test]
    fn the_ring_never_holds_more_than_its_bound_and_loses_no_verdict() {
        let observe = Observe::with_bound(100_000);
        let arm = observe.arm(1, |entry| entry.path == "/wanted");
        observe.record(entry("/wanted", 1000));
        for _ in 0..1000 {
            observe.record(entry("/other", 1000));
        }
        let held = observe.since(0, None);
        assert!(held.iter().map(|entry| entry.weight()).sum::<usize>() <= 100_000);
        assert_eq!(held.len() as u64 + observe.dropped(), 1001);
        assert!(held.iter().all(|entry| entry.path == "/other"));
        assert_eq!(observe.verdict(arm).count, 1);
        assert_eq!(observe.disarm(arm).entries.len(), 1);
    }

    #[test]
    fn entries_are_given_by_world_and_number() {
        let observe = Observe::default();
        observe.record(entry("/a", 0));
        let mut other = entry("/b", 0);
        other.incarnation = 2;
        observe.record(other);
        let ids = |list: Vec<Arc<RequestEntry>>| list.iter().map(|entry| entry.id).collect::<Vec<_>>();
        assert_eq!(ids(observe.since(0, None)), [1, 2]);
        assert_eq!(ids(observe.since(0, Some(2))), [2]);
        assert_eq!(ids(observe.since(1, Some(1))), Vec::<u64>::new());
    }
}
