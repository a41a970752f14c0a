//! The keys and values of a durable store, and the walk over all of them when it is opened.
//!
//! A store may serve a log with a hole after a disk or copy fault without noticing (`specs/engineering.md` §4). So nothing
//! is believed: every record is checked for its number, its place in the hash chain and its checksum, every fork for
//! the items it shares, and every log against the mark of how far it once reached.
//!
//! ```text
//! key                     value
//! world, 0                the world: header, epoch, dropped; then, when somebody has set any, its terms
//! world, sequence number  a record
//! 0, 0                    the highest storage id ever used
//! ```
//! Numbers in keys are big-endian, so that the order of keys is the order of items. Every value begins with the format's
//! version and ends with a CRC32C of what stands before it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::directory::Mark;
use super::record::FORMAT;
use super::{Digest, Head, JournalFault, LogItem, WorldHeader, WorldId};

/// Length of a key.
pub(super) const KEY: usize = 16;
/// Worlds listed by name in a report about damage; the rest is counted.
const LISTED: usize = 12;

/// Where item `seq` of `world` is kept; 0 is the world itself.
pub(super) fn key(world: WorldId, seq: u64) -> [u8; KEY] {
    let mut key = [0; KEY];
    key[..8].copy_from_slice(&world.0.to_be_bytes());
    key[8..].copy_from_slice(&seq.to_be_bytes());
    key
}

fn place(key: &[u8]) -> Option<(WorldId, u64)> {
    let (world, seq) = key.split_at_checked(8)?;
    Some((WorldId(u64::from_be_bytes(world.try_into().ok()?)), u64::from_be_bytes(seq.try_into().ok()?)))
}

/// What is kept about a world.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Stored {
    pub(super) header: WorldHeader,
    pub(super) epoch: u64,
    pub(super) dropped: bool,
}

impl Stored {
    /// The value under [`key`]`(world, 0)`.
    pub(super) fn framed(&self) -> Vec<u8> {
        let mut out = written(self);
        out.extend_from_slice(&self.header.terms);
        checked(out)
    }

    /// Reads a world back. One that was stored before terms were kept has none.
    fn read(bytes: &[u8]) -> Result<Self, FrameFault> {
        let (mut stored, terms): (Self, _) =
            postcard::take_from_bytes(opened(bytes)?).map_err(|_| FrameFault::Damaged)?;
        terms.clone_into(&mut stored.header.terms);
        Ok(stored)
    }
}

/// The value under `(0, 0)`: the highest storage id.
pub(super) fn framed<T: serde::Serialize>(content: &T) -> Vec<u8> {
    checked(written(content))
}

/// The format's version, and `content` behind it.
fn written<T: serde::Serialize>(content: &T) -> Vec<u8> {
    // Numbers, text and lists of them: what stands in a header can always be written.
    postcard::to_extend(content, vec![FORMAT]).expect("a header can be written")
}

/// With a checksum of all of it behind.
fn checked(mut out: Vec<u8>) -> Vec<u8> {
    out.extend_from_slice(&crc32c::crc32c(&out).to_be_bytes());
    out
}

/// Why a framed value cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum FrameFault {
    Foreign(u8),
    Damaged,
}

pub(super) fn unframed<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, FrameFault> {
    postcard::from_bytes(opened(bytes)?).map_err(|_| FrameFault::Damaged)
}

/// What stands between version and checksum.
fn opened(bytes: &[u8]) -> Result<&[u8], FrameFault> {
    let (body, check) = bytes.len().checked_sub(4).map(|at| bytes.split_at(at)).ok_or(FrameFault::Damaged)?;
    if crc32c::crc32c(body).to_be_bytes() != check {
        return Err(FrameFault::Damaged);
    }
    match body.split_first() {
        Some((&FORMAT, content)) => Ok(content),
        Some((version, _)) => Err(FrameFault::Foreign(*version)),
        None => Err(FrameFault::Damaged),
    }
}

/// One world as the walk found it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) stored: Stored,
    /// The last good item.
    pub(super) good: Head,
    /// What is wrong behind it.
    pub(super) fault: Option<String>,
    /// Hashes of the items that forks and marks ask for.
    hashes: BTreeMap<u64, Digest>,
}

/// A whole store as the walk found it.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) worlds: BTreeMap<WorldId, Found>,
    /// Worlds of which not even the header can be read: name or storage id, and why.
    pub(super) lost: Vec<(String, String)>,
    pub(super) highest: u64,
    /// A value of another version of the format.
    foreign: Option<(String, u8)>,
}

/// How closely every record is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Depth {
    /// Number, chain and checksum: whoever replays the log afterwards reads the payload anyway.
    Chain,
    /// The payload too.
    Payload,
}

/// Walks a store. `scan` gives its keys and values in order, from a key on.
pub(super) fn walk<K, V, I>(scan: impl Fn([u8; KEY]) -> I, marks: &[Mark], depth: Depth) -> Walk
where
    K: AsRef<[u8]>,
    V: AsRef<[u8]>,
    I: Iterator<Item = Result<(K, V), String>>,
{
    let mut walk = Walk::default();
    let headers = walk.headers(&scan);
    let mut wanted: BTreeSet<(WorldId, u64)> = marks.iter().map(|mark| (mark.world, mark.head.seq)).collect();
    wanted.extend(headers.iter().filter_map(|stored| stored.header.parent));
    for stored in headers {
        let asked = wanted.range((stored.header.id, 0)..=(stored.header.id, u64::MAX)).map(|(_, seq)| *seq);
        let found = walk.world(&scan, stored, &asked.collect(), depth);
        walk.worlds.insert(found.stored.header.id, found);
    }
    walk.hold_against(marks);
    walk
}

impl Walk {
    /// First pass: the worlds, one jump each.
    fn headers<K, V, I>(&mut self, scan: &impl Fn([u8; KEY]) -> I) -> Vec<Stored>
    where
        K: AsRef<[u8]>,
        V: AsRef<[u8]>,
        I: Iterator<Item = Result<(K, V), String>>,
    {
        let mut headers = Vec::new();
        let mut next = WorldId(0);
        while let Some(entry) = scan(key(next, 0)).next() {
            let (found, value) = match entry {
                Ok(entry) => entry,
                Err(what) => {
                    self.lost.push((next.0.to_string(), what));
                    break;
                }
            };
            let Some((world, seq)) = place(found.as_ref()) else {
                self.lost.push((next.0.to_string(), "there is a key of another length".to_owned()));
                break;
            };
            if world.0 == 0 {
                self.highest = unframed(value.as_ref()).unwrap_or(0);
            } else if seq != 0 {
                self.lost.push((world.0.to_string(), "its header is missing".to_owned()));
            } else {
                match Stored::read(value.as_ref()) {
                    Ok(stored) if stored.header.format != FORMAT => {
                        self.foreign = Some((format!("world `{}`", stored.header.name), stored.header.format));
                    }
                    Ok(stored) if stored.header.id == world => headers.push(stored),
                    Err(FrameFault::Foreign(version)) => {
                        self.foreign = Some((format!("the world with storage id {}", world.0), version));
                    }
                    _ => self.lost.push((world.0.to_string(), "its header cannot be read".to_owned())),
                }
            }
            self.highest = self.highest.max(world.0);
            let Some(after) = world.0.checked_add(1) else { break };
            next = WorldId(after);
        }
        headers
    }

    /// Second pass, once for each world, parents before their forks.
    fn world<K, V, I>(
        &self,
        scan: &impl Fn([u8; KEY]) -> I,
        stored: Stored,
        asked: &BTreeSet<u64>,
        depth: Depth,
    ) -> Found
    where
        K: AsRef<[u8]>,
        V: AsRef<[u8]>,
        I: Iterator<Item = Result<(K, V), String>>,
    {
        let world = stored.header.id;
        let mut found = Found { stored, good: Head::default(), fault: None, hashes: BTreeMap::new() };
        if let Some((parent, at)) = found.stored.header.parent {
            match self.shared(parent, at) {
                Ok(hash) => found.good = Head { seq: at, hash },
                Err((good, what)) => {
                    found.good.seq = good;
                    found.fault = Some(what);
                    return found;
                }
            }
        }
        found.hashes.insert(found.good.seq, found.good.hash);
        for entry in scan(key(world, 1)) {
            let (at, value) = match entry {
                Ok((at, value)) => (place(at.as_ref()), value),
                Err(what) => {
                    found.fault = Some(what);
                    break;
                }
            };
            match at {
                Some((owner, _)) if owner != world => break,
                Some((_, seq)) if seq == found.good.seq + 1 => {}
                Some((_, seq)) => {
                    found.fault = Some(format!("item {} is missing, item {seq} follows", found.good.seq + 1));
                    break;
                }
                None => {
                    found.fault = Some("there is a key of another length".to_owned());
                    break;
                }
            }
            let due = found.good.seq + 1;
            let checked = match depth {
                Depth::Chain => LogItem::check(value.as_ref(), due, &found.good.hash).map(drop),
                Depth::Payload => LogItem::decode(value.as_ref(), due, &found.good.hash).map(drop),
            };
            if let Err(fault) = checked {
                found.fault = Some(format!("item {due}: {fault}"));
                break;
            }
            found.good = Head { seq: due, hash: LogItem::hash(value.as_ref()) };
            if asked.contains(&due) {
                found.hashes.insert(due, found.good.hash);
            }
        }
        found
    }

    /// The hash of item `at` of `parent`, or how far what a fork shares with it is good.
    fn shared(&self, parent: WorldId, at: u64) -> Result<Digest, (u64, String)> {
        let Some(found) = self.worlds.get(&parent) else {
            return Err((0, format!("the world it was forked from (storage id {}) is missing", parent.0)));
        };
        if at == 0 {
            return Ok(Digest::default());
        }
        if at > found.good.seq {
            let (name, good) = (&found.stored.header.name, found.good.seq);
            return Err((good, format!("it shares items up to {at} with `{name}`, of which only {good} are good")));
        }
        let inside = found.hashes.get(&at).copied();
        // A fork below its parent's own fork point shares what the parent shares.
        let above = || found.stored.header.parent.and_then(|(grand, _)| self.shared(grand, at).ok());
        inside.or_else(above).ok_or_else(|| (0, format!("item {at} of the world it was forked from is missing")))
    }

    /// A log that ends before its mark has lost its end, and one with another item there is not the log that was here.
    fn hold_against(&mut self, marks: &[Mark]) {
        for mark in marks {
            let Some(found) = self.worlds.get_mut(&mark.world) else {
                let id = mark.world.0.to_string();
                match self.lost.iter_mut().find(|(name, _)| *name == id) {
                    Some((name, _)) => name.clone_from(&mark.name),
                    None => self.lost.push((mark.name.clone(), "it is missing".to_owned())),
                }
                continue;
            };
            if found.fault.is_some() {
                continue;
            }
            let seq = mark.head.seq;
            if found.good.seq < seq {
                found.fault = Some(format!("item {} is missing, the log once reached item {seq}", found.good.seq + 1));
            } else if found.hashes.get(&seq).is_some_and(|hash| *hash != mark.head.hash) {
                found.fault = Some(format!("item {seq} is not the one that was there"));
            }
        }
    }

    /// Whether a dropped world still shares its items with a live one, directly or through others.
    fn is_needed(&self, world: WorldId) -> bool {
        let mut children =
            self.worlds.values().filter(|found| found.stored.header.parent.is_some_and(|p| p.0 == world));
        children.any(|child| !child.stored.dropped || self.is_needed(child.stored.header.id))
    }

    /// Worlds that were not dropped.
    pub(super) fn live(&self) -> impl Iterator<Item = &Found> {
        self.worlds.values().filter(|found| !found.stored.dropped)
    }

    /// Worlds that count: live, or shared by a live one.
    pub(super) fn kept(&self) -> impl Iterator<Item = &Found> {
        self.worlds.values().filter(|found| !found.stored.dropped || self.is_needed(found.stored.header.id))
    }

    /// The first thing that forbids to serve this store, with a clause about what is still good.
    pub(super) fn fault(&self) -> Option<JournalFault> {
        if let Some((what, found)) = &self.foreign {
            return Some(JournalFault::Foreign { what: what.clone(), found: *found });
        }
        let (world, good, what) = match self.live().find(|found| found.fault.is_some()) {
            Some(found) => (found.stored.header.name.clone(), found.good.seq, found.fault.clone().unwrap_or_default()),
            None => self.lost.first().map(|(name, what)| (name.clone(), 0, what.clone()))?,
        };
        Some(JournalFault::Damaged { world, good, what, survives: self.survives() })
    }

    fn survives(&self) -> String {
        let mut text = String::new();
        let live: Vec<&Found> = self.live().collect();
        for found in live.iter().take(LISTED) {
            let (name, good) = (&found.stored.header.name, found.good.seq);
            let extent = if found.fault.is_some() { "up to item" } else { "whole, to item" };
            let _ = write!(text, "{} `{name}` {extent} {good}", if text.is_empty() { "; good are" } else { "," });
        }
        if live.len() > LISTED {
            let _ = write!(text, " and {} more worlds", live.len() - LISTED);
        }
        if text.is_empty() { "; no world is good".to_owned() } else { text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Seed;
    use crate::population::Spec;

    fn stored(terms: &[u8]) -> Stored {
        let base = Spec { size: 1500, seed: Seed(7), ..Spec::default() }.header();
        let (id, name, base_digest) = (WorldId(3), "gren".to_owned(), Digest([5; 32]));
        let parent = Some((WorldId(1), 40));
        let header = WorldHeader { id, name, base, base_digest, parent, format: FORMAT, terms: terms.to_vec() };
        Stored { header, epoch: 2, dropped: false }
    }

    #[test]
    fn terms_stand_behind_the_header_and_a_world_without_any_is_written_as_ever() {
        let (with, without) = (stored(b"terms"), stored(b""));
        assert_eq!(Stored::read(&with.framed()), Ok(with.clone()));
        assert_eq!(Stored::read(&without.framed()), Ok(without.clone()));
        assert_eq!(without.framed(), framed(&without), "the first version had nothing behind the header");
        assert_eq!(unframed::<Stored>(&with.framed()), Ok(without), "which reads on without the terms");
        let mut bad = with.framed();
        let terms = bad.len() - 5;
        bad[terms] ^= 1;
        assert_eq!(Stored::read(&bad), Err(FrameFault::Damaged));
    }
}
