//! A log as text: one JSON object a line, for programs that read logs and for people with a search tool.
//!
//! The first line says which world and behind which item the log begins, every other line is one item with its hash, the last
//! line says where it ends. [`read_export`] reads it back and checks every hash, so a text that was changed or cut is seen.

use std::io::{BufRead, Write};

use serde::{Deserialize, Serialize};

use super::{Digest, Head, LogItem, WorldHeader};
use crate::base::{OriginKey, parse_hex};
use crate::clock::Instant;
use crate::town::{Cause, Event};

/// Version of the text.
const EXPORT_FORMAT: u8 = 1;

#[derive(Serialize, Deserialize)]
struct First {
    byteby_journal: u8,
    world: String,
    pack: String,
    schema: u32,
    seed: u64,
    size: u32,
    date: String,
    municipality: String,
    base_digest: String,
    after: Place,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct Place {
    seq: u64,
    hash: String,
}

impl Place {
    fn of(head: Head) -> Self {
        Self { seq: head.seq, hash: head.hash.to_string() }
    }
}

#[derive(Serialize, Deserialize)]
struct Line {
    seq: u64,
    at: String,
    at_ms: i64,
    hash: String,
    cause: Why,
    events: Vec<Event>,
}

#[derive(Serialize, Deserialize)]
struct Why {
    what: String,
    origin: String,
    parent: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Last {
    end: Place,
}

/// Writes a log line by line.
pub struct Exporter<W> {
    out: W,
    head: Head,
}

impl<W: Write> Exporter<W> {
    /// Begins the text of the world with `header`, whose items up to `after` are left out.
    ///
    /// # Errors
    /// When `out` takes nothing.
    pub fn begin(mut out: W, header: &WorldHeader, after: Head) -> std::io::Result<Self> {
        let base = &header.base;
        let first = First {
            byteby_journal: EXPORT_FORMAT,
            world: header.name.clone(),
            pack: base.pack.clone(),
            schema: base.schema,
            seed: base.seed.0,
            size: base.size,
            date: base.start.to_string(),
            municipality: base.profile.clone(),
            base_digest: header.base_digest.to_string(),
            after: Place::of(after),
        };
        line(&mut out, &first)?;
        Ok(Self { out, head: after })
    }

    /// Writes the next item.
    ///
    /// # Errors
    /// When the output takes nothing, or another item is due.
    pub fn item(&mut self, item: &LogItem) -> std::io::Result<()> {
        self.head = self.head.before(item).map_err(std::io::Error::other)?;
        let written = Line {
            seq: item.seq,
            at: item.at.to_string(),
            at_ms: item.at.millis(),
            hash: self.head.hash.to_string(),
            cause: Why {
                what: item.cause.what.clone(),
                origin: format!("{:032x}", item.cause.origin.0),
                parent: item.cause.parent,
            },
            events: item.events.clone(),
        };
        line(&mut self.out, &written)
    }

    /// Writes where the log ends.
    ///
    /// # Errors
    /// When the output takes nothing.
    pub fn end(mut self) -> std::io::Result<Head> {
        line(&mut self.out, &Last { end: Place::of(self.head) })?;
        self.out.flush()?;
        Ok(self.head)
    }
}

fn line(out: &mut impl Write, content: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, content).map_err(std::io::Error::from)?;
    out.write_all(b"\n")
}

/// Why a text is not a log.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ExportFault {
    /// It does not begin as one.
    #[error("it does not begin with the line of an exported log")]
    First,
    /// Written by another version.
    #[error("it has export format {0}, this program reads format {EXPORT_FORMAT}")]
    Foreign(u8),
    /// A line is wrong.
    #[error("it is good up to item {good}, then line {line}: {what}")]
    Line {
        /// The last good item.
        good: u64,
        /// Number of the line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
}

/// A log that was read from a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exported {
    /// Name of its world.
    pub world: String,
    /// Digest of the base it stands on.
    pub base_digest: String,
    /// Behind which item it begins.
    pub after: Head,
    /// Its items.
    pub items: Vec<LogItem>,
    /// Where it ends.
    pub head: Head,
}

/// Reads the text of a log and checks every hash.
///
/// # Errors
/// An [`ExportFault`] that says how far it is good.
pub fn read_export(text: impl BufRead) -> Result<Exported, ExportFault> {
    let mut lines = text.lines();
    let first = lines.next().and_then(Result::ok).ok_or(ExportFault::First)?;
    let first: First = serde_json::from_str(&first).map_err(|_| ExportFault::First)?;
    if first.byteby_journal != EXPORT_FORMAT {
        return Err(ExportFault::Foreign(first.byteby_journal));
    }
    let after = Head { seq: first.after.seq, hash: digest(&first.after.hash).ok_or(ExportFault::First)? };
    let mut read =
        Exported { world: first.world, base_digest: first.base_digest, after, items: Vec::new(), head: after };
    let mut ended = false;
    for (number, text) in (2..).zip(lines) {
        let wrong = |what: String| ExportFault::Line { good: read.head.seq, line: number, what };
        let text = text.map_err(|error| wrong(error.to_string()))?;
        if ended {
            return Err(wrong("there is more behind the end".to_owned()));
        }
        if let Ok(last) = serde_json::from_str::<Last>(&text) {
            if last.end != Place::of(read.head) {
                return Err(wrong(format!("the log is said to end at item {}", last.end.seq)));
            }
            ended = true;
            continue;
        }
        let item = item_of(&text).map_err(wrong)?;
        let head = read.head.before(&item.0).map_err(|fault| wrong(fault.to_string()))?;
        if head.hash.to_string() != item.1 {
            return Err(wrong(format!("item {} has another hash", item.0.seq)));
        }
        read.head = head;
        read.items.push(item.0);
    }
    if ended {
        return Ok(read);
    }
    let line = read.items.len() as u64 + 2;
    Err(ExportFault::Line { good: read.head.seq, line, what: "the end is missing".to_owned() })
}

fn digest(text: &str) -> Option<Digest> {
    Some(Digest(parse_hex(text)?.try_into().ok()?))
}

/// The item of a line, and the hash it says it has.
fn item_of(text: &str) -> Result<(LogItem, String), String> {
    let line: Line = serde_json::from_str(text).map_err(|fault| fault.to_string())?;
    let origin = u128::from_str_radix(&line.cause.origin, 16).map_err(|_| "its cause has no key".to_owned())?;
    let cause = Cause { origin: OriginKey(origin), what: line.cause.what, parent: line.cause.parent };
    let item = LogItem { seq: line.seq, at: Instant::from_millis(line.at_ms), cause, events: line.events };
    Ok((item, line.hash))
}
