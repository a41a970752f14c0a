//! The record of a process: exchanges within a hard bound of memory, requests under way, armed expectations, findings.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::armed::Armoury;
use super::store::{Store, encode};
use super::{ArmId, FaultCounters, Finding, Findings, RequestEntry, Settle, TooManyArmed, Tripwire, Verdict};

/// Entries decoded under one hold of the lock, so that a long list never keeps requests waiting.
const AT_ONCE: usize = 64;

/// Settings of the record (`specs/experience.md` §5, `[requests]`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// Most bytes the record holds (`requests.memory`).
    pub memory: usize,
    /// Most bytes kept of one body (`requests.bodies`).
    pub bodies: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { memory: 64 << 20, bodies: 256 << 10 }
    }
}

struct Ring {
    store: Store,
    last: u64,
    /// Requests being answered, by incarnation of their world.
    in_flight: BTreeMap<u64, u32>,
}

/// The record. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Observe(Arc<Record>);

/// What all clones of an [`Observe`] share.
pub struct Record {
    ring: Mutex<Ring>,
    armoury: Mutex<Armoury>,
    arrivals: AtomicU64,
    activity: watch::Sender<u64>,
    bounds: Bounds,
    /// What was noticed.
    pub findings: Findings,
    /// What keeps real people's numbers out.
    pub tripwire: Tripwire,
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

impl std::ops::Deref for Observe {
    type Target = Record;

    fn deref(&self) -> &Record {
        &self.0
    }
}

impl Default for Observe {
    fn default() -> Self {
        Self::new(Bounds::default(), Tripwire::default())
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Observe {
    /// A record within `bounds` behind `tripwire`.
    #[must_use]
    pub fn new(bounds: Bounds, tripwire: Tripwire) -> Self {
        let ring = Ring { store: Store::with_bound(bounds.memory), last: 0, in_flight: BTreeMap::new() };
        Self(Arc::new(Record {
            ring: Mutex::new(ring),
            armoury: Mutex::default(),
            arrivals: AtomicU64::new(0),
            activity: watch::Sender::new(0),
            bounds,
            findings: Findings::default(),
            tripwire,
            settle: Settle::default(),
            faults: FaultCounters::default(),
        }))
    }

    /// Its settings.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Id of a request that has just arrived in the world of this incarnation, as `Byteby-Request-Id` carries it.
    #[must_use]
    pub fn arrival(&self, incarnation: u64) -> String {
        format!("{incarnation:x}-{:x}", self.arrivals.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// A request of the world with this incarnation has arrived.
    pub fn begin(&self, incarnation: u64) {
        *held(&self.ring).in_flight.entry(incarnation).or_insert(0) += 1;
        self.stir();
    }

    /// A request begun before is answered or gone.
    pub fn end(&self, incarnation: u64) {
        let mut ring = held(&self.ring);
        if let Some(count) = ring.in_flight.get_mut(&incarnation) {
            *count -= 1;
            if *count == 0 {
                ring.in_flight.remove(&incarnation);
            }
        }
        drop(ring);
        self.stir();
    }

    /// Tells those who watch. Who begins to watch now reads the count of requests afterwards, behind the same lock.
    fn stir(&self) {
        if self.activity.receiver_count() > 0 {
            self.activity.send_modify(|count| *count += 1);
        }
    }

    /// Requests of the world being answered right now.
    #[must_use]
    pub fn in_flight(&self, incarnation: u64) -> u32 {
        held(&self.ring).in_flight.get(&incarnation).copied().unwrap_or(0)
    }

    /// Changes with every request that begins or ends: what settling watches.
    #[must_use]
    pub fn activity(&self) -> watch::Receiver<u64> {
        self.activity.subscribe()
    }

    /// Records `entry`, a request or a delivery; its `id` is given here. Gives the id.
    pub fn record(&self, mut entry: RequestEntry) -> u64 {
        // The long part is done before anybody has to wait.
        let text = encode(&entry);
        let mut ring = held(&self.ring);
        ring.last += 1;
        entry.id = ring.last;
        self.look(&entry);
        ring.store.push(&entry, &text);
        drop(ring);
        held(&self.armoury).see(&entry);
        entry.id
    }

    /// At most `limit` entries with ids above `after` that are still held and for which `wanted` holds, oldest first; of
    /// one world when `incarnation` is given.
    #[must_use]
    pub fn search(
        &self,
        after: u64,
        incarnation: Option<u64>,
        limit: usize,
        wanted: impl Fn(&RequestEntry) -> bool,
    ) -> Vec<Arc<RequestEntry>> {
        let places = held(&self.ring).store.places(after, incarnation);
        let mut found = Vec::new();
        let mut scratch = Vec::new();
        for part in places.chunks(AT_ONCE) {
            let entries: Vec<RequestEntry> = {
                let ring = held(&self.ring);
                part.iter().filter_map(|(id, place)| ring.store.read(*id, *place, &mut scratch)).collect()
            };
            found.extend(entries.into_iter().filter(|entry| wanted(entry)).take(limit - found.len()).map(Arc::new));
            if found.len() >= limit {
                break;
            }
        }
        found
    }

    /// Lets settling take note of `entry`. A feed read beyond its end is a finding: after the app was attached to another
    /// world its pointer may lie where the contract says an empty page, and it would miss events in silence.
    fn look(&self, entry: &RequestEntry) {
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
        self.search(after, incarnation, usize::MAX, |_| true)
    }

    /// Id of the newest entry; 0 for none.
    #[must_use]
    pub fn last(&self) -> u64 {
        held(&self.ring).last
    }

    /// Entries that have left the record to make room for others.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        held(&self.ring).store.dropped()
    }

    /// Entries held and the bytes set aside for them.
    #[must_use]
    pub fn usage(&self) -> (usize, usize) {
        let ring = held(&self.ring);
        (ring.store.len(), ring.store.footprint())
    }

    /// Matches `predicate` against every request of the world from now on.
    ///
    /// # Errors
    /// When the world has as many as it may have.
    pub fn arm(
        &self,
        incarnation: u64,
        predicate: impl Fn(&RequestEntry) -> bool + Send + Sync + 'static,
    ) -> Result<ArmId, TooManyArmed> {
        held(&self.armoury).arm(incarnation, Arc::new(predicate))
    }

    /// What an armed expectation of the world has seen so far.
    #[must_use]
    pub fn verdict(&self, incarnation: u64, arm: ArmId) -> Option<Verdict> {
        held(&self.armoury).verdict(incarnation, arm)
    }

    /// Disarms and gives the last word.
    pub fn disarm(&self, incarnation: u64, arm: ArmId) -> Option<Verdict> {
        held(&self.armoury).disarm(incarnation, arm)
    }

    /// Forgets everything about a world that is gone.
    pub fn forget(&self, incarnation: u64) {
        held(&self.ring).store.forget(incarnation);
        held(&self.armoury).forget(incarnation);
    }

    /// Forgets worlds for which `is_there` does not hold.
    pub fn retain(&self, is_there: impl Fn(u64) -> bool) {
        let mut known: Vec<u64> = held(&self.ring).store.worlds().collect();
        known.extend(held(&self.armoury).worlds());
        known.into_iter().filter(|incarnation| !is_there(*incarnation)).for_each(|gone| self.forget(gone));
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::clock::DEFAULT_START;
    use crate::observe::{Body, Direction, Fit, Note};
    use crate::town::model::PersonKey;

    fn bounded(memory: usize) -> Observe {
        Observe::new(Bounds { memory, ..Bounds::default() }, Tripwire::default())
    }

    fn entry(path: &str, body: usize) -> RequestEntry {
        RequestEntry {
            world: "main".into(),
            incarnation: 1,
            at: DEFAULT_START,
            note: Note { service: "krr", operation: "krr.person.hent", ..Note::default() },
            method: "POST".into(),
            path: path.into(),
            status: 200,
            request_body: Body::bounded(&Bytes::from(vec![b'x'; body]), 1 << 20),
            ..RequestEntry::default()
        }
    }

    fn of(incarnation: u64, path: &str, body: usize) -> RequestEntry {
        RequestEntry { incarnation, ..entry(path, body) }
    }

    #[test]
    fn an_entry_comes_back_as_it_was_recorded() {
        let observe = Observe::default();
        let whole = RequestEntry {
            id: 1,
            request_id: "1-2a".into(),
            direction: Direction::Out,
            wall_ms: 17,
            note: Note {
                service: "krr",
                operation: "krr.person.hent",
                client: Some("app".into()),
                about: vec![PersonKey::Base(7)],
                feed_read: Some((3, 9)),
                feed_end: Some(12),
                message: Some("m".into()),
                fault: Some("treg (latency)".into()),
            },
            app: Some("barnehage".into()),
            trace: Some("00aa".into()),
            query: "a=b".into(),
            headers: vec![("accept".into(), "application/json".into())],
            token: Some("{}".into()),
            response_body: Body::bounded(&Bytes::from(vec![b'y'; 5_000]), 1_000),
            location: Some("https://app.example/cb?code=1".into()),
            hint: Some("slowly".into()),
            fit: Fit::NotModelled,
            findings: vec!["real-data-suspected".into()],
            cause: Some(4),
            seq: 12,
            wrote: vec![11, 12],
            ..entry("/krr/æøå", 700)
        };
        observe.record(whole.clone());
        assert_eq!(*observe.since(0, None)[0], whole);
    }

    #[test]
    fn the_record_never_holds_more_than_its_bound_and_loses_no_verdict() {
        let observe = bounded(100_000);
        let arm = observe.arm(1, |entry| entry.path == "/wanted").unwrap();
        observe.record(entry("/wanted", 1000));
        for body in 0..1000 {
            observe.record(entry("/other", body * 7 % 3_000));
            assert!(observe.usage().1 <= 100_000);
        }
        let held = observe.since(0, None);
        assert!(held.len() > 20, "{}", held.len());
        assert_eq!(held.len() as u64 + observe.dropped(), 1001);
        assert!(held.iter().all(|entry| entry.path == "/other"));
        assert!(held.windows(2).all(|pair| pair[0].id + 1 == pair[1].id) && held.last().unwrap().id == 1001);
        assert_eq!(observe.verdict(1, arm).unwrap().count, 1);
        assert_eq!(observe.verdict(2, arm).map(|verdict| verdict.count), None, "another world's");
        assert_eq!(observe.disarm(1, arm).unwrap().entries[0].request_body.len, 1000);
        assert!(observe.disarm(1, arm).is_none());
    }

    #[test]
    fn an_entry_larger_than_the_record_is_counted_and_pushes_nobody_out() {
        let observe = bounded(20_000);
        observe.record(entry("/small", 10));
        observe.record(entry("/large", 100_000));
        assert_eq!((observe.usage().0, observe.dropped(), observe.last()), (1, 1, 2));
    }

    #[test]
    fn a_noisy_world_cannot_push_out_the_entries_of_others() {
        let observe = bounded(200_000);
        for quiet in 2..=4 {
            (0..5).for_each(|_| {
                observe.record(of(quiet, "/quiet", 800));
            });
        }
        (0..5_000).for_each(|_| {
            observe.record(of(1, "/noisy", 800));
        });
        for quiet in 2..=4 {
            assert_eq!(observe.since(0, Some(quiet)).len(), 5, "world {quiet}");
        }
        // A second noisy world gets as much as the first, not what is left of it.
        (0..5_000).for_each(|_| {
            observe.record(of(5, "/noisy", 800));
        });
        let (one, other) = (observe.since(0, Some(1)).len(), observe.since(0, Some(5)).len());
        assert!(one.abs_diff(other) <= 1 && one > 10, "{one} and {other}");
    }

    #[test]
    fn a_world_that_is_gone_frees_its_entries_and_expectations() {
        let observe = bounded(100_000);
        for _ in 0..super::super::armed::MOST {
            observe.arm(2, |_| true).unwrap();
        }
        assert_eq!(observe.arm(2, |_| true), Err(TooManyArmed));
        observe.record(of(1, "/a", 10));
        observe.record(of(2, "/b", 10));
        observe.retain(|incarnation| incarnation == 1);
        assert_eq!((observe.usage().0, observe.dropped()), (1, 0));
        assert!(observe.since(0, Some(2)).is_empty());
        assert!(observe.arm(2, |_| true).is_ok());
        (0..200).for_each(|_| {
            observe.record(of(3, "/c", 900));
        });
        assert!(observe.usage().1 <= 100_000);
    }

    #[test]
    fn entries_are_given_by_world_number_and_wish() {
        let observe = Observe::default();
        observe.record(entry("/a", 0));
        observe.record(of(2, "/b", 0));
        observe.record(entry("/c", 0));
        let ids = |list: Vec<Arc<RequestEntry>>| list.iter().map(|entry| entry.id).collect::<Vec<_>>();
        assert_eq!(ids(observe.since(0, None)), [1, 2, 3]);
        assert_eq!(ids(observe.since(0, Some(2))), [2]);
        assert_eq!(ids(observe.since(1, Some(1))), [3]);
        assert_eq!(ids(observe.search(0, None, 1, |entry| entry.path != "/a")), [2]);
        assert_ne!(observe.arrival(1), observe.arrival(1), "ids are given on arrival, each once");
    }
}
