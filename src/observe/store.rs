//! Where recorded exchanges lie: encoded, in pieces of one size, so that a million of them leave no holes behind.
//!
//! Bodies in strings of their own would break the memory of a long run by fragmentation (`specs/core.md` §1). Here
//! memory is taken in slabs until the bound is reached and never again. Each world has a list of its own; when room is
//! needed, the world that holds most gives up its oldest entry, so that a noisy world cannot push out the entries of a
//! quiet one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::entry::{Body, Direction, Fit, Note, RequestEntry};
use crate::base::Digest;
use crate::clock::Instant;
use crate::town::model::PersonKey;

/// Bytes of a piece that carry an entry.
const PIECE: usize = 508;
/// Bytes of a piece with the number of the next.
const STRIDE: usize = PIECE + 4;
/// Pieces taken from the system at once.
const SLAB: usize = 1_024;
/// Bytes an entry has beside its bodies, most often: the token is the longest of them.
const AROUND: usize = 1_500;
/// No piece, no row.
const NIL: u32 = u32::MAX;

/// What is kept of an exchange as it is: enough to walk the lists without decoding.
#[derive(Clone, Copy)]
struct Row {
    id: u64,
    incarnation: u64,
    at: Instant,
    wall_ms: i64,
    service: &'static str,
    operation: &'static str,
    feed_read: Option<(u64, u64)>,
    feed_end: Option<u64>,
    seq: u64,
    status: u16,
    direction: Direction,
    fit: Fit,
    first: u32,
    last: u32,
    len: u32,
    older: u32,
    newer: u32,
}

/// The part of an entry that is encoded.
#[derive(Serialize, Deserialize)]
struct Text<'a> {
    request_id: &'a str,
    world: &'a str,
    client: Option<&'a str>,
    about: Vec<PersonKey>,
    message: Option<&'a str>,
    fault: Option<&'a str>,
    app: Option<&'a str>,
    trace: Option<&'a str>,
    method: &'a str,
    path: &'a str,
    query: &'a str,
    #[serde(borrow)]
    headers: Vec<(&'a str, &'a str)>,
    token: Option<&'a str>,
    location: Option<&'a str>,
    hint: Option<&'a str>,
    #[serde(borrow)]
    findings: Vec<&'a str>,
    cause: Option<u64>,
    wrote: Vec<u64>,
    /// What was kept of the bodies; their bytes follow behind the text.
    bodies: [Kept; 2],
}

/// What is known of a body beside its bytes.
#[derive(Serialize, Deserialize)]
struct Kept {
    head: usize,
    tail: usize,
    len: usize,
    digest: Option<Digest>,
}

impl Kept {
    fn of(body: &Body) -> Self {
        Self { head: body.kept.len(), tail: body.tail.len(), len: body.len, digest: body.digest }
    }

    /// The body whose bytes `rest` begins with, and what follows them.
    fn body<'a>(&self, rest: &'a [u8]) -> Option<(Body, &'a [u8])> {
        let (head, rest) = rest.split_at_checked(self.head)?;
        let (tail, rest) = rest.split_at_checked(self.tail)?;
        let [kept, tail] = [head, tail].map(bytes::Bytes::copy_from_slice);
        Some((Body { kept, tail, len: self.len, digest: self.digest }, rest))
    }
}

/// One world's entries.
struct Lane {
    oldest: u32,
    newest: u32,
    /// Pieces it holds.
    pieces: u32,
}

impl Default for Lane {
    fn default() -> Self {
        Self { oldest: NIL, newest: NIL, pieces: 0 }
    }
}

/// The store of a process.
pub(super) struct Store {
    slabs: Vec<Box<[u8]>>,
    free_piece: u32,
    taken_pieces: u32,
    most_pieces: u32,
    rows: Vec<Row>,
    free_row: u32,
    lanes: BTreeMap<u64, Lane>,
    /// Worlds by what they hold, so that the fullest is found at once.
    by_weight: BTreeSet<(u32, u64)>,
    held: usize,
    dropped: u64,
}

impl Store {
    /// A store that holds at most `bound` bytes.
    pub(super) fn with_bound(bound: usize) -> Self {
        let most = bound / (STRIDE + size_of::<Row>());
        Self {
            slabs: Vec::new(),
            free_piece: NIL,
            taken_pieces: 0,
            most_pieces: u32::try_from(most).unwrap_or(NIL - 1),
            rows: Vec::new(),
            free_row: NIL,
            lanes: BTreeMap::new(),
            by_weight: BTreeSet::new(),
            held: 0,
            dropped: 0,
        }
    }

    /// Entries held.
    pub(super) fn len(&self) -> usize {
        self.held
    }

    /// Entries given up for others.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Bytes taken from the system: never more than the bound.
    pub(super) fn footprint(&self) -> usize {
        self.slabs.iter().map(|slab| slab.len()).sum::<usize>() + self.rows.capacity() * size_of::<Row>()
    }

    fn piece(&mut self, piece: u32) -> &mut [u8] {
        let at = piece as usize;
        let start = (at % SLAB) * STRIDE;
        &mut self.slabs[at / SLAB][start..start + STRIDE]
    }

    fn next_of(&self, piece: u32) -> u32 {
        let at = piece as usize;
        let end = (at % SLAB + 1) * STRIDE;
        let bytes = &self.slabs[at / SLAB][end - 4..end];
        u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }

    fn link(&mut self, piece: u32, next: u32) {
        self.piece(piece)[PIECE..].copy_from_slice(&next.to_le_bytes());
    }

    /// A piece that nobody holds; `None` when the bound is reached.
    fn take_piece(&mut self) -> Option<u32> {
        if self.free_piece != NIL {
            let piece = self.free_piece;
            self.free_piece = self.next_of(piece);
            return Some(piece);
        }
        if self.taken_pieces >= self.most_pieces {
            return None;
        }
        let piece = self.taken_pieces;
        if piece as usize / SLAB == self.slabs.len() {
            let left = (self.most_pieces - piece) as usize;
            self.slabs.push(vec![0; left.min(SLAB) * STRIDE].into_boxed_slice());
        }
        self.taken_pieces += 1;
        Some(piece)
    }

    fn take_row(&mut self, row: Row) -> u32 {
        if self.free_row != NIL {
            let place = self.free_row;
            self.free_row = self.rows[place as usize].newer;
            self.rows[place as usize] = row;
            return place;
        }
        if self.rows.len() == self.rows.capacity() {
            // Never beyond one row for each piece, which is what the bound reckons with.
            let left = self.most_pieces as usize - self.rows.len();
            self.rows.reserve_exact(left.min((self.rows.len() / 4).max(64)));
        }
        self.rows.push(row);
        u32::try_from(self.rows.len() - 1).unwrap_or(NIL)
    }

    /// Keeps `entry`, which [`encode`] has made `text` of. One that is larger than the whole store is counted as dropped
    /// at once.
    pub(super) fn push(&mut self, entry: &RequestEntry, text: &[u8]) {
        let wanted = u32::try_from(text.len().div_ceil(PIECE)).unwrap_or(NIL);
        if wanted > self.most_pieces {
            self.dropped += 1;
        } else {
            let ends = self.write(text);
            self.append(entry, ends, u32::try_from(text.len()).unwrap_or(NIL), wanted);
        }
    }

    /// Gives the first and the last piece.
    fn write(&mut self, bytes: &[u8]) -> (u32, u32) {
        let (mut first, mut last) = (NIL, NIL);
        for part in bytes.chunks(PIECE) {
            let piece = loop {
                match self.take_piece() {
                    Some(piece) => break piece,
                    None => self.give_up_oldest_of_fullest(),
                }
            };
            self.piece(piece)[..part.len()].copy_from_slice(part);
            self.link(piece, NIL);
            if first == NIL {
                first = piece;
            } else {
                self.link(last, piece);
            }
            last = piece;
        }
        (first, last)
    }

    fn append(&mut self, entry: &RequestEntry, (first, last): (u32, u32), len: u32, pieces: u32) {
        let lane = self.lanes.entry(entry.incarnation).or_default();
        let newest = lane.newest;
        let row = Row {
            id: entry.id,
            incarnation: entry.incarnation,
            at: entry.at,
            wall_ms: entry.wall_ms,
            service: entry.note.service,
            operation: entry.note.operation,
            feed_read: entry.note.feed_read,
            feed_end: entry.note.feed_end,
            seq: entry.seq,
            status: entry.status,
            direction: entry.direction,
            fit: entry.fit,
            first,
            last,
            len,
            older: newest,
            newer: NIL,
        };
        let place = self.take_row(row);
        if newest != NIL {
            self.rows[newest as usize].newer = place;
        }
        self.reweigh(entry.incarnation, |lane| {
            lane.newest = place;
            if lane.oldest == NIL {
                lane.oldest = place;
            }
            lane.pieces += pieces;
        });
        self.held += 1;
    }

    /// Changes a lane and its place in the order of weights.
    fn reweigh(&mut self, incarnation: u64, change: impl FnOnce(&mut Lane)) {
        let Some(lane) = self.lanes.get_mut(&incarnation) else { return };
        self.by_weight.remove(&(lane.pieces, incarnation));
        change(lane);
        if lane.oldest == NIL {
            self.lanes.remove(&incarnation);
        } else {
            self.by_weight.insert((lane.pieces, incarnation));
        }
    }

    fn give_up_oldest_of_fullest(&mut self) {
        // Pieces are short only because entries hold them.
        let Some((_, incarnation)) = self.by_weight.last().copied() else { return };
        self.give_up_oldest(incarnation);
        self.dropped += 1;
    }

    fn give_up_oldest(&mut self, incarnation: u64) {
        let Some(place) = self.lanes.get(&incarnation).map(|lane| lane.oldest) else { return };
        let row = self.rows[place as usize];
        // The pieces hang together already: as a whole they come before those that are free.
        if row.last != NIL {
            self.link(row.last, self.free_piece);
            self.free_piece = row.first;
        }
        let freed = u32::try_from((row.len as usize).div_ceil(PIECE)).unwrap_or(NIL);
        if row.newer != NIL {
            self.rows[row.newer as usize].older = NIL;
        }
        self.rows[place as usize].id = 0;
        self.rows[place as usize].newer = self.free_row;
        self.free_row = place;
        self.held -= 1;
        self.reweigh(incarnation, |lane| {
            lane.oldest = row.newer;
            if row.newer == NIL {
                lane.newest = NIL;
            }
            lane.pieces -= freed;
        });
    }

    /// Forgets a world. Its entries are not counted as dropped: nobody can ask for them.
    pub(super) fn forget(&mut self, incarnation: u64) {
        while self.lanes.contains_key(&incarnation) {
            self.give_up_oldest(incarnation);
        }
    }

    /// Worlds that hold something.
    pub(super) fn worlds(&self) -> impl Iterator<Item = u64> {
        self.lanes.keys().copied()
    }

    /// Places of the entries with ids above `after`, oldest first: (id, row).
    pub(super) fn places(&self, after: u64, incarnation: Option<u64>) -> Vec<(u64, u32)> {
        let mut found = Vec::new();
        let mut walk = |lane: &Lane| {
            let from = found.len();
            let mut place = lane.newest;
            while place != NIL && self.rows[place as usize].id > after {
                found.push((self.rows[place as usize].id, place));
                place = self.rows[place as usize].older;
            }
            found[from..].reverse();
        };
        match incarnation {
            Some(one) => self.lanes.get(&one).into_iter().for_each(&mut walk),
            None => {
                self.lanes.values().for_each(&mut walk);
                found.sort_unstable();
            }
        }
        found
    }

    /// The entry at `place`, when it is still the one numbered `id`.
    pub(super) fn read(&self, id: u64, place: u32, scratch: &mut Vec<u8>) -> Option<RequestEntry> {
        let row = self.rows.get(place as usize).filter(|row| row.id == id)?;
        scratch.clear();
        let (mut piece, mut left) = (row.first, row.len as usize);
        while piece != NIL && left > 0 {
            let at = piece as usize;
            let start = (at % SLAB) * STRIDE;
            let part = left.min(PIECE);
            scratch.extend_from_slice(&self.slabs[at / SLAB][start..start + part]);
            left -= part;
            piece = self.next_of(piece);
        }
        decode(row, scratch)
    }
}

/// The bytes kept of `entry`; its number is given later and stands elsewhere.
pub(super) fn encode(entry: &RequestEntry) -> Vec<u8> {
    let text = Text {
        request_id: &entry.request_id,
        world: &entry.world,
        client: entry.note.client.as_deref(),
        about: entry.note.about.clone(),
        message: entry.note.message.as_deref(),
        fault: entry.note.fault.as_deref(),
        app: entry.app.as_deref(),
        trace: entry.trace.as_deref(),
        method: &entry.method,
        path: &entry.path,
        query: &entry.query,
        headers: entry.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        token: entry.token.as_deref(),
        location: entry.location.as_deref(),
        hint: entry.hint.as_deref(),
        findings: entry.findings.iter().map(String::as_str).collect(),
        cause: entry.cause,
        wrote: entry.wrote.clone(),
        bodies: [Kept::of(&entry.request_body), Kept::of(&entry.response_body)],
    };
    let bodies = [&entry.request_body, &entry.response_body];
    let bytes: usize = bodies.iter().map(|body| body.kept.len() + body.tail.len()).sum();
    let into = Vec::with_capacity(bytes + AROUND);
    let mut out = postcard::to_extend(&text, into).expect("plain data in memory can always be written");
    for part in bodies.into_iter().flat_map(|body| [&body.kept, &body.tail]) {
        out.extend_from_slice(part);
    }
    out
}

fn decode(row: &Row, bytes: &[u8]) -> Option<RequestEntry> {
    let (text, rest): (Text<'_>, &[u8]) = postcard::take_from_bytes(bytes).ok()?;
    let (request_body, rest) = text.bodies[0].body(rest)?;
    let (response_body, _) = text.bodies[1].body(rest)?;
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Some(RequestEntry {
        id: row.id,
        request_id: text.request_id.to_owned(),
        direction: row.direction,
        world: text.world.to_owned(),
        incarnation: row.incarnation,
        at: row.at,
        wall_ms: row.wall_ms,
        note: Note {
            service: row.service,
            operation: row.operation,
            client: owned(text.client),
            about: text.about,
            feed_read: row.feed_read,
            feed_end: row.feed_end,
            message: owned(text.message),
            fault: owned(text.fault),
        },
        app: owned(text.app),
        trace: owned(text.trace),
        method: text.method.to_owned(),
        path: text.path.to_owned(),
        query: text.query.to_owned(),
        headers: text.headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        token: owned(text.token),
        status: row.status,
        location: owned(text.location),
        request_body,
        response_body,
        hint: owned(text.hint),
        fit: row.fit,
        findings: text.findings.into_iter().map(str::to_owned).collect(),
        cause: text.cause,
        seq: row.seq,
        wrote: text.wrote,
    })
}
