//! Snapshots: one world in one file (`.bby`), to be carried to another machine or another day.
//!
//! ```text
//! "BBY\x1a" · format · length and JSON of the header · columns · log · blobs · SHA-256 of all before it
//! columns: length, file of columns
//! log:     length, 1 (deflated) or 0, then length and record for every item from the first on
//! blobs:   length, then length and bytes for each
//! ```
//! Lengths are big-endian, 4 bytes for the header and the records, 8 for all else. A fork's file holds the whole log, also
//! what its parent shares.
//!
//! A file may come from a stranger: the checksum keeps accidents away, not malice, so no length is believed and nothing
//! grows beyond a stated measure.

use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::columns::{ColumnFault, decode_columns};
use super::record::RecordFault;
use super::{Digest, Head, LogItem};
use crate::base::{parse_hex, sha256};
use crate::town::model::Base;

/// Version of the snapshot format.
pub const SNAPSHOT_FORMAT: u8 = 1;
/// Most bytes of a snapshot.
pub const MOST_SNAPSHOT: u64 = 512 << 20;
const MAGIC: &[u8; 4] = b"BBY\x1a";
/// Most bytes of a header.
const MOST_HEADER: usize = 64 << 10;
/// Most bytes of one record: a request's body, and room.
const MOST_RECORD: u64 = 16 << 20;
/// Most bytes of a whole log.
const MOST_LOG: u64 = 4 << 30;
/// A log may grow to so many times its deflated bytes, and this much more. One that would is written as it is.
const MOST_PER_BYTE: u64 = 64;
const ROOM: u64 = 1 << 20;
const STORED: u8 = 0;
const DEFLATED: u8 = 1;

/// What is in a snapshot, for people and programs to look at before it is loaded.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct SnapshotHeader {
    /// Version of the format.
    pub format: u8,
    /// Version of the program that wrote it.
    pub engine: String,
    /// Name of the world.
    pub world: String,
    /// Version of the data its base was made from.
    pub pack: String,
    /// Version of the generator.
    pub schema: u32,
    /// Seed.
    pub seed: u64,
    /// Residents on the first day.
    pub size: u32,
    /// First instant.
    pub date: String,
    /// Municipality profile.
    pub municipality: String,
    /// Digest of the base columns.
    pub base_digest: String,
    /// Where it was forked: sequence number, and hash of the last item it shares with its parent.
    pub parent: Option<SnapshotParent>,
    /// Virtual time.
    pub now: String,
    /// Items in the log.
    pub seq: u64,
    /// Hash of the last item.
    pub digest: String,
    /// Digest that does not see how independent requests interleaved.
    pub canonical: String,
    /// Blobs the log names, as far as they were there.
    pub blobs: u64,
}

/// Where a world in a snapshot was forked.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct SnapshotParent {
    /// The last item it shares.
    pub seq: u64,
    /// Hash of that item: the parent's digest at that moment.
    pub digest: String,
}

/// Why bytes are not a snapshot that can be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SnapshotFault {
    /// Something else, or a snapshot without its end.
    #[error("it is no whole snapshot")]
    Cut,
    /// Written by another version.
    #[error("it has snapshot format {0}, this program reads format {SNAPSHOT_FORMAT}")]
    Foreign(u8),
    /// The bytes have changed since they were written.
    #[error("its checksum does not fit: it was damaged on its way")]
    Checksum,
    /// Larger than a snapshot may be.
    #[error("it has {0} bytes, a snapshot has at most {MOST_SNAPSHOT}")]
    TooLarge(u64),
    /// The columns of its base cannot be used.
    #[error("its base: {0}")]
    Columns(#[from] ColumnFault),
    /// An item of its log cannot be used.
    #[error("its log is good up to item {good}, then: {what}")]
    Item {
        /// The last good item.
        good: u64,
        /// What is wrong with the next.
        what: RecordFault,
    },
    /// Whole, but not what it says it is.
    #[error("{0}")]
    Content(String),
}

fn wrong(what: impl Into<String>) -> SnapshotFault {
    SnapshotFault::Content(what.into())
}

fn digest_of(text: &str) -> Option<Digest> {
    Some(Digest(parse_hex(text)?.try_into().ok()?))
}

/// Writes a snapshot: `columns` as [`encode_columns`](super::encode_columns) makes them, every item of the log, and
/// the blobs they name.
///
/// # Errors
/// The first error of `items`.
///
/// # Panics
/// Never: memory takes every byte.
pub fn write_snapshot<F>(
    header: &SnapshotHeader,
    columns: &[u8],
    items: impl Iterator<Item = Result<LogItem, F>>,
    blobs: &[impl AsRef<[u8]>],
) -> Result<Vec<u8>, F> {
    let mut out = Vec::with_capacity(columns.len() + (64 << 10));
    out.extend_from_slice(MAGIC);
    out.push(SNAPSHOT_FORMAT);
    let header = serde_json::to_vec(header).expect("numbers and text can be written");
    out.extend_from_slice(&short(header.len()).to_be_bytes());
    out.extend_from_slice(&header);
    out.extend_from_slice(&(columns.len() as u64).to_be_bytes());
    out.extend_from_slice(columns);
    let mut log = Vec::new();
    let mut before = Digest::default();
    for item in items {
        let record = item?.encode(&before);
        before = LogItem::hash(&record);
        log.extend_from_slice(&short(record.len()).to_be_bytes());
        log.extend_from_slice(&record);
    }
    let mut deflater = DeflateEncoder::new(Vec::new(), Compression::default());
    deflater.write_all(&log).expect("memory takes every byte");
    let deflated = deflater.finish().expect("memory takes every byte");
    let (method, log) = if log.len() as u64 <= room(deflated.len()) { (DEFLATED, deflated) } else { (STORED, log) };
    out.extend_from_slice(&(log.len() as u64 + 1).to_be_bytes());
    out.push(method);
    out.extend_from_slice(&log);
    let length: usize = blobs.iter().map(|blob| blob.as_ref().len() + 8).sum();
    out.extend_from_slice(&(length as u64).to_be_bytes());
    for blob in blobs {
        out.extend_from_slice(&(blob.as_ref().len() as u64).to_be_bytes());
        out.extend_from_slice(blob.as_ref());
    }
    let check = sha256(&[&out]);
    out.extend_from_slice(&check.0);
    Ok(out)
}

fn short(length: usize) -> u32 {
    u32::try_from(length).expect("less than 4 GiB")
}

/// Bytes a log of `deflated` bytes may grow to.
fn room(deflated: usize) -> u64 {
    (deflated as u64).saturating_mul(MOST_PER_BYTE).saturating_add(ROOM).min(MOST_LOG)
}

/// Reads the bytes of the snapshot at `path`.
///
/// # Errors
/// When it cannot be read or is larger than a snapshot may be.
pub fn read_snapshot(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path)?;
    // One byte more than may be, so that a file that is too large is seen as such.
    file.take(MOST_SNAPSHOT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A snapshot whose frame is whole. What is inside is checked as it is read.
#[derive(Clone, Debug)]
pub struct Snapshot<'a> {
    /// What it says about itself.
    pub header: SnapshotHeader,
    /// Digest of the base columns.
    pub base_digest: Digest,
    /// Where its log ends.
    pub head: Head,
    /// Canonical digest of its log.
    pub canonical: Digest,
    columns: &'a [u8],
    log: &'a [u8],
    blobs: &'a [u8],
}

/// The first `count` bytes, taken off the front.
fn front<'a>(bytes: &mut &'a [u8], count: u64) -> Result<&'a [u8], SnapshotFault> {
    let count = usize::try_from(count).map_err(|_| SnapshotFault::Cut)?;
    let (front, rest) = bytes.split_at_checked(count).ok_or(SnapshotFault::Cut)?;
    *bytes = rest;
    Ok(front)
}

fn number(bytes: &mut &[u8], width: u64) -> Result<u64, SnapshotFault> {
    Ok(front(bytes, width)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

impl<'a> Snapshot<'a> {
    /// Looks at the frame of `file`: its checksum, its header, its parts.
    ///
    /// # Errors
    /// A [`SnapshotFault`] that names the first thing wrong.
    pub fn open(file: &'a [u8]) -> Result<Self, SnapshotFault> {
        if file.len() as u64 > MOST_SNAPSHOT {
            return Err(SnapshotFault::TooLarge(file.len() as u64));
        }
        let mut rest = file.strip_prefix(MAGIC).ok_or(SnapshotFault::Cut)?;
        let version = number(&mut rest, 1)?;
        if version != u64::from(SNAPSHOT_FORMAT) {
            return Err(SnapshotFault::Foreign(u8::try_from(version).unwrap_or(u8::MAX)));
        }
        let (body, check) = file.split_at(file.len().checked_sub(32).ok_or(SnapshotFault::Cut)?);
        if sha256(&[body]).0 != *check {
            return Err(SnapshotFault::Checksum);
        }
        let mut rest = body.get(MAGIC.len() + 1..).ok_or(SnapshotFault::Cut)?;
        let length = number(&mut rest, 4)?;
        if length > MOST_HEADER as u64 {
            return Err(wrong("its header is larger than a header may be"));
        }
        let header: SnapshotHeader = serde_json::from_slice(front(&mut rest, length)?)
            .map_err(|fault| wrong(format!("its header cannot be read: {fault}")))?;
        let length = number(&mut rest, 8)?;
        let columns = front(&mut rest, length)?;
        let length = number(&mut rest, 8)?;
        let log = front(&mut rest, length)?;
        let length = number(&mut rest, 8)?;
        let blobs = front(&mut rest, length)?;
        if !rest.is_empty() {
            return Err(wrong("there is more than a snapshot"));
        }
        let digest = |text: &str| digest_of(text).ok_or_else(|| wrong(format!("`{text}` is no digest")));
        let head = Head { seq: header.seq, hash: digest(&header.digest)? };
        let (base_digest, canonical) = (digest(&header.base_digest)?, digest(&header.canonical)?);
        Ok(Self { header, base_digest, head, canonical, columns, log, blobs })
    }

    /// The base.
    ///
    /// # Errors
    /// When its columns cannot be used or are of another base than the header says.
    pub fn base(&self) -> Result<Base, SnapshotFault> {
        let base = decode_columns(self.columns)?;
        if base.digest == self.base_digest {
            Ok(base)
        } else {
            Err(wrong(format!("its base has digest {}, its header says {}", base.digest, self.base_digest)))
        }
    }

    /// The items of the log, checked one after the other; behind the last good one the fault, then nothing.
    #[must_use]
    pub fn items(&self) -> SnapshotItems<'a> {
        let (method, bytes) = self.log.split_first().map_or((u8::MAX, self.log), |(method, bytes)| (*method, bytes));
        let source: Box<dyn Read + 'a> = match method {
            DEFLATED => Box::new(DeflateDecoder::new(bytes)),
            _ => Box::new(bytes),
        };
        let known = matches!(method, STORED | DEFLATED);
        let fault = (!known).then(|| wrong("its log is packed in a way this program does not know"));
        let room = if method == STORED { bytes.len() as u64 } else { room(bytes.len()) };
        SnapshotItems { source, room, head: Head::default(), end: self.head, fault, over: false }
    }

    /// The blobs, each with its digest.
    ///
    /// # Errors
    /// When there are other ones than the header says.
    pub fn blobs(&self) -> Result<Vec<(Digest, &'a [u8])>, SnapshotFault> {
        let (mut rest, mut found) = (self.blobs, Vec::new());
        while !rest.is_empty() {
            let length = number(&mut rest, 8)?;
            let blob = front(&mut rest, length)?;
            found.push((sha256(&[blob]), blob));
        }
        if found.len() as u64 == self.header.blobs {
            Ok(found)
        } else {
            Err(wrong(format!("it has {} blobs, its header says {}", found.len(), self.header.blobs)))
        }
    }
}

/// The items of a snapshot's log.
pub struct SnapshotItems<'a> {
    source: Box<dyn Read + 'a>,
    /// Bytes that may still come.
    room: u64,
    head: Head,
    end: Head,
    fault: Option<SnapshotFault>,
    over: bool,
}

impl SnapshotItems<'_> {
    /// The next `count` bytes; none at the end of the log. Memory grows with what is there, not with what is promised.
    fn bytes(&mut self, count: u64) -> Result<Option<Vec<u8>>, SnapshotFault> {
        self.room = self.room.checked_sub(count).ok_or_else(|| wrong("its log grows beyond all measure"))?;
        let mut bytes = Vec::new();
        let read = self.source.by_ref().take(count).read_to_end(&mut bytes);
        match read.map_err(|error| wrong(format!("its log cannot be unpacked: {error}")))? as u64 {
            0 => Ok(None),
            found if found == count => Ok(Some(bytes)),
            _ => Err(wrong("its log is cut off")),
        }
    }

    fn item(&mut self) -> Result<Option<LogItem>, SnapshotFault> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        // At the end there is no length left to read; what the look for one takes of the room is given back.
        let before = self.room;
        self.room = self.room.max(4);
        let Some(length) = self.bytes(4)? else {
            if self.head == self.end {
                return Ok(None);
            }
            let (found, said) = (self.head, self.end);
            return Err(wrong(format!(
                "its log ends at item {} with {}, its header says item {} with {}",
                found.seq, found.hash, said.seq, said.hash
            )));
        };
        self.room = before.checked_sub(4).ok_or_else(|| wrong("its log grows beyond all measure"))?;
        let length = length.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        if length > MOST_RECORD {
            return Err(wrong(format!("item {} is larger than an item may be", self.head.seq + 1)));
        }
        let record = self.bytes(length)?.ok_or_else(|| wrong("its log is cut off"))?;
        let due = self.head.seq + 1;
        let item = LogItem::decode(&record, due, &self.head.hash)
            .map_err(|what| SnapshotFault::Item { good: self.head.seq, what })?;
        self.head = Head { seq: due, hash: LogItem::hash(&record) };
        Ok(Some(item))
    }
}

impl Iterator for SnapshotItems<'_> {
    type Item = Result<LogItem, SnapshotFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let next = self.item().transpose();
        self.over = !matches!(next, Some(Ok(_)));
        next
    }
}
