//! What settling needs to know of the requests of a world (`specs/core.md` §8): how much work there was, how far the
//! feeds have been asked, what apps have said of themselves, and what belongs to something that was settled before.
//!
//! Bookkeeping only. Who waits, and asks apps, is `settle`. A settle's result is never logged (`DESIGN` §2 rule 10).

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::RequestEntry;
use super::late::{Belongs, Past};
use crate::clock::Instant;
use crate::town::model::PersonKey;

/// Shortest interval a poller is taken to have, milliseconds: pages of one round lie closer together than rounds.
const SHORTEST_POLL_MS: i64 = 2_000;
/// Reads of a feed whose distances are kept.
const READS: usize = 16;
/// Apps and clients told apart in one world.
const CALLERS: usize = 1_000;
/// Worlds with a book of their own; the one touched longest ago makes room.
const WORLDS: usize = 4_096;
/// Operations that look whether something waits end so; an empty peek is answered 204.
const PEEK: &str = ".kikk";
/// Operations of this group ask how a service is.
const HEALTH: &str = ".drift.";

/// Whether a request cannot mean work: empty pages of a feed, empty peeks, discovery, keys, health. Without this a quick
/// poller would never let the town be quiet.
#[must_use]
pub fn is_noise(entry: &RequestEntry) -> bool {
    let (operation, path) = (entry.note.operation, entry.path.as_str());
    let empty_page = entry.note.feed_read.is_some_and(|(from, to)| to < from);
    let empty_peek = operation.ends_with(PEEK) && entry.status == 204;
    empty_page
        || empty_peek
        || operation.contains(HEALTH)
        || operation.is_empty()
        || path.contains("/.well-known/")
        || path.ends_with("/jwk")
        || path.ends_with("/jwks")
}

/// How well it is known that an app had finished, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Mark {
    /// It said so: its idle probe, its poke's answer, or by its own call.
    Probe,
    /// It asked above the last item of its feeds.
    Ack,
    /// Nothing came from it for a while.
    Quiet,
}

impl Mark {
    /// The word in answers and reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Ack => "ack",
            Self::Quiet => "quiet",
        }
    }
}

/// The last settle of a world.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LastSettle {
    /// How well it is known; none when the wait was given up.
    pub mark: Option<Mark>,
    /// Virtual time.
    pub at: Instant,
    /// Last item of the log when it was begun.
    pub seq: u64,
}

/// How far one caller has asked a feed.
#[derive(Clone, Debug, Default)]
struct Reads {
    /// Highest number asked from, not counting reads beyond the feed's end.
    from: u64,
    /// Real times of the last reads, milliseconds.
    walls: VecDeque<i64>,
}

/// The book of one world.
#[derive(Clone, Debug, Default)]
struct Book {
    /// Requests that may mean work.
    work: u64,
    reads: BTreeMap<(&'static str, Option<String>), Reads>,
    /// Who asked beyond the end of a feed, and from which number.
    beyond: BTreeMap<(&'static str, Option<String>), u64>,
    /// Up to which log item apps have said that they are idle; without a name it counts for all.
    idle: BTreeMap<Option<String>, u64>,
    /// Up to which change of the clock apps have followed it.
    acks: BTreeMap<String, u64>,
    last: Option<LastSettle>,
    /// Number of the last request that is past.
    closed: u64,
    past: Past,
    touched: u64,
}

#[derive(Default)]
struct Held {
    books: BTreeMap<u64, Book>,
    touches: u64,
}

impl Held {
    fn book(&mut self, incarnation: u64) -> &mut Book {
        self.touches += 1;
        let touched = self.touches;
        if !self.books.contains_key(&incarnation) && self.books.len() >= WORLDS {
            let oldest = self.books.iter().min_by_key(|(_, book)| book.touched).map(|(incarnation, _)| *incarnation);
            oldest.map(|oldest| self.books.remove(&oldest));
        }
        let book = self.books.entry(incarnation).or_default();
        book.touched = touched;
        book
    }
}

/// Puts `value` under `key` unless the map is full of others.
fn keep<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: V) {
    if map.len() < CALLERS || map.contains_key(&key) {
        map.insert(key, value);
    }
}

/// What settling knows of all worlds. Cheap to clone; all clones are the same.
#[derive(Clone, Default)]
pub struct Settle(Arc<Mutex<Held>>);

impl std::fmt::Debug for Settle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Settle")
    }
}

impl Settle {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a recorded request. True when it asked a feed beyond its end, for the first time from there.
    pub(super) fn saw(&self, entry: &RequestEntry) -> bool {
        let mut held = self.held();
        let book = held.book(entry.incarnation);
        book.work += u64::from(!is_noise(entry));
        let Some((from, _)) = entry.note.feed_read else { return false };
        let operation = entry.note.operation;
        // A poller at the end asks for the number after the last; anything above skips what is yet to come.
        if entry.note.feed_end.is_some_and(|end| from > end + 1) {
            let caller = (operation, entry.app.clone().or_else(|| entry.note.client.clone()));
            let is_new = book.beyond.get(&caller) != Some(&from);
            keep(&mut book.beyond, caller, from);
            return is_new;
        }
        // A client id says which client read, not which of the declared apps it belongs to.
        let app = entry.app.clone().filter(|app| entry.note.client.as_ref() != Some(app));
        let caller = (operation, app);
        if book.reads.len() < CALLERS || book.reads.contains_key(&caller) {
            let reads = book.reads.entry(caller).or_default();
            reads.from = reads.from.max(from);
            reads.walls.push_back(entry.wall_ms);
            if reads.walls.len() > READS {
                reads.walls.pop_front();
            }
        }
        false
    }

    /// Grows with every request that may mean work: read before and after a wait, it says whether the wait was quiet.
    #[must_use]
    pub fn work(&self, incarnation: u64) -> u64 {
        self.held().books.get(&incarnation).map_or(0, |book| book.work)
    }

    /// Whether `app` has asked the feed `operation` above `number`: the one acknowledgement a poller gives. A read that
    /// names no app counts for every app.
    #[must_use]
    pub fn asked_above(&self, incarnation: u64, app: &str, operation: &str, number: u64) -> bool {
        let held = self.held();
        let Some(book) = held.books.get(&incarnation) else { return false };
        reads_of(book, app, operation).any(|reads| reads.from > number)
    }

    /// Whether two of the app's own poll intervals have passed at real time `wall_ms` without a read of the feed, in a
    /// wait that began at `began_ms`. An app that has not read twice has no interval yet.
    #[must_use]
    pub fn is_overdue(&self, incarnation: u64, app: &str, operation: &str, began_ms: i64, wall_ms: i64) -> bool {
        let held = self.held();
        let Some(book) = held.books.get(&incarnation) else { return false };
        let mut walls: Vec<i64> =
            reads_of(book, app, operation).flat_map(|reads| reads.walls.iter().copied()).collect();
        walls.sort_unstable();
        let interval = walls.windows(2).map(|pair| pair[1] - pair[0]).max();
        let (Some(interval), Some(last)) = (interval, walls.last()) else { return false };
        wall_ms - began_ms.max(*last) > 2 * interval.max(SHORTEST_POLL_MS)
    }

    /// An app says that it is idle, with the log at item `seq`. Without a name it speaks for all apps.
    pub fn say_idle(&self, incarnation: u64, app: Option<&str>, seq: u64) {
        keep(&mut self.held().book(incarnation).idle, app.map(str::to_owned), seq);
    }

    /// Whether `app` has said that it is idle at or after item `seq`.
    #[must_use]
    pub fn said_idle(&self, incarnation: u64, app: &str, seq: u64) -> bool {
        let held = self.held();
        let Some(book) = held.books.get(&incarnation) else { return false };
        [Some(app.to_owned()), None].iter().any(|name| book.idle.get(name).is_some_and(|said| *said >= seq))
    }

    /// An app has followed the clock up to its change `number`.
    pub fn ack_clock(&self, incarnation: u64, app: &str, number: u64) {
        let mut held = self.held();
        let book = held.book(incarnation);
        let number = book.acks.get(app).copied().unwrap_or(0).max(number);
        keep(&mut book.acks, app.to_owned(), number);
    }

    /// Apps that follow the clock and have not come to its change `number`, each with where it is.
    #[must_use]
    pub fn behind(&self, incarnation: u64, number: u64) -> Vec<(String, u64)> {
        let held = self.held();
        let acks = held.books.get(&incarnation).map(|book| &book.acks);
        let behind = acks.into_iter().flatten().filter(|(_, at)| **at < number);
        behind.map(|(app, at)| (app.clone(), *at)).collect()
    }

    /// Writes down how a settle ended.
    pub fn ended(&self, incarnation: u64, last: LastSettle) {
        self.held().book(incarnation).last = Some(last);
    }

    /// How the last settle of a world ended.
    #[must_use]
    pub fn last(&self, incarnation: u64) -> Option<LastSettle> {
        self.held().books.get(&incarnation).and_then(|book| book.last)
    }

    /// Something happened to `people` that apps can notice.
    pub fn touched(&self, incarnation: u64, people: impl IntoIterator<Item = PersonKey>) {
        self.held().book(incarnation).past.touched(people);
    }

    /// What `entry` did belongs to what is being settled; from now on it is past.
    pub fn close(&self, incarnation: u64, entries: &[Arc<RequestEntry>]) {
        let mut held = self.held();
        let book = held.book(incarnation);
        entries.iter().for_each(|entry| book.past.close(entry));
        book.closed = entries.last().map_or(book.closed, |entry| entry.id.max(book.closed));
    }

    /// Number of the last request that is past.
    #[must_use]
    pub fn closed(&self, incarnation: u64) -> u64 {
        self.held().books.get(&incarnation).map_or(0, |book| book.closed)
    }

    /// Why `entry`, which came after a settle, belongs to something before it. `nothing_since` says that nothing new has
    /// happened since that settle, so that an earlier item is the only cause there can be.
    #[must_use]
    pub fn belongs(&self, incarnation: u64, entry: &RequestEntry, nothing_since: bool) -> Option<Belongs> {
        self.held().books.get(&incarnation).and_then(|book| book.past.belongs(entry, nothing_since))
    }

    /// Whether an app of this world has asked about any of `people`.
    #[must_use]
    pub fn is_watched(&self, incarnation: u64, people: &[PersonKey]) -> bool {
        self.held().books.get(&incarnation).is_some_and(|book| book.past.is_watched(people))
    }

    /// Forgets a world that is gone.
    pub fn forget(&self, incarnation: u64) {
        self.held().books.remove(&incarnation);
    }
}

/// Reads of a feed by `app`, and by callers that named no app.
fn reads_of<'a>(book: &'a Book, app: &'a str, operation: &'a str) -> impl Iterator<Item = &'a Reads> {
    let fits = move |(read, caller): &(&'static str, Option<String>)| {
        *read == operation && caller.as_deref().is_none_or(|caller| caller == app)
    };
    book.reads.iter().filter(move |(key, _)| fits(key)).map(|(_, reads)| reads)
}

#[cfg(test)]
#[path = "settle_tests.rs"]
mod tests;
