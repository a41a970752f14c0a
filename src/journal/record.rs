//! One log item and its bytes: version, sequence number, virtual time, hash of the item before, payload, checksum.

use super::Digest;
use crate::base::sha256;
use crate::clock::Instant;
use crate::town::decide::Cause;
use crate::town::event::Event;

/// Version of the record format, the first byte of every record.
pub const FORMAT: u8 = 1;

/// One transaction in a world's log.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct LogItem {
    /// Sequence number, from 1, without gaps.
    pub seq: u64,
    /// Virtual time after the transaction.
    pub at: Instant,
    /// Why it happened.
    pub cause: Cause,
    /// What happened.
    pub events: Vec<Event>,
}

/// Why bytes are not a log item.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RecordFault {
    /// Shorter than a record can be.
    #[error("the record is cut off")]
    Short,
    /// Written by another version.
    #[error("the record has format {0}, this program reads {FORMAT}")]
    Version(u8),
    /// The bytes have changed since they were written.
    #[error("the checksum does not fit")]
    Checksum,
    /// The chain is broken: another item stood before this one.
    #[error("the record does not follow the one before it")]
    Chain,
    /// Not the next sequence number.
    #[error("the record has sequence number {found}, {expected} is due")]
    Sequence {
        /// The number due.
        expected: u64,
        /// The number found.
        found: u64,
    },
    /// The payload is none this version knows.
    #[error("the payload cannot be read: {0}")]
    Payload(String),
}

/// Length of what stands before the payload: version, sequence number, time, hash of the item before.
const HEAD: usize = 1 + 8 + 8 + 32;
/// Length of the checksum behind it.
const CHECK: usize = 4;

impl LogItem {
    /// The bytes of this item behind an item with hash `before`.
    ///
    /// # Panics
    /// Never: every event can be written.
    #[must_use]
    pub fn encode(&self, before: &Digest) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024);
        out.push(FORMAT);
        out.extend_from_slice(&self.seq.to_be_bytes());
        out.extend_from_slice(&self.at.millis().to_be_bytes());
        out.extend_from_slice(&before.0);
        let mut out = postcard::to_extend(&(&self.cause, &self.events), out).expect("every event can be written");
        out.extend_from_slice(&crc32c::crc32c(&out).to_be_bytes());
        out
    }

    /// How many bytes [`Self::encode`] gives, whatever stood before.
    ///
    /// # Panics
    /// Never: every event can be written.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let payload = postcard::experimental::serialized_size(&(&self.cause, &self.events));
        HEAD + payload.expect("every event can be written") + CHECK
    }

    /// Reads the item with sequence number `expected` behind an item with hash `before`.
    ///
    /// # Errors
    /// A [`RecordFault`] that names the first thing wrong.
    pub fn decode(bytes: &[u8], expected: u64, before: &Digest) -> Result<Self, RecordFault> {
        let (at, payload) = Self::check(bytes, expected, before)?;
        let ((cause, events), rest) =
            postcard::take_from_bytes(payload).map_err(|fault| RecordFault::Payload(fault.to_string()))?;
        // The encoding has no field names: bytes left over are the only sign of an event with one field too few here.
        if !rest.is_empty() {
            return Err(RecordFault::Payload(format!("{} bytes are left over", rest.len())));
        }
        Ok(Self { seq: expected, at, cause, events })
    }

    /// Everything [`LogItem::decode`] checks but the payload itself, which it gives with the virtual time.
    ///
    /// # Errors
    /// A [`RecordFault`] that names the first thing wrong.
    ///
    /// # Panics
    /// Never: the length is looked at first.
    pub fn check<'a>(bytes: &'a [u8], expected: u64, before: &Digest) -> Result<(Instant, &'a [u8]), RecordFault> {
        if bytes.len() < HEAD + CHECK {
            return Err(RecordFault::Short);
        }
        if bytes[0] != FORMAT {
            return Err(RecordFault::Version(bytes[0]));
        }
        let (body, check) = bytes.split_at(bytes.len() - CHECK);
        if crc32c::crc32c(body).to_be_bytes() != check {
            return Err(RecordFault::Checksum);
        }
        let number = |from: usize| u64::from_be_bytes(body[from..from + 8].try_into().expect("eight bytes"));
        let found = number(1);
        if found != expected {
            return Err(RecordFault::Sequence { expected, found });
        }
        if body[17..HEAD] != before.0 {
            return Err(RecordFault::Chain);
        }
        Ok((Instant::from_millis(number(9).cast_signed()), &body[HEAD..]))
    }

    /// The hash that chains the next item to these `bytes`.
    #[must_use]
    pub fn hash(bytes: &[u8]) -> Digest {
        sha256(&[bytes])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::town::event::TidEvent;

    fn item() -> LogItem {
        LogItem {
            seq: 7,
            at: Instant::from_millis(1_799_046_000_000),
            cause: Cause::of("test", &[b"a"]),
            events: vec![Event::Tid(TidEvent::Naadd(Instant::from_millis(1_799_046_000_000)))],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let before = sha256(&[b"before"]);
        assert_eq!(LogItem::decode(&item().encode(&before), 7, &before), Ok(item()));
        assert_eq!(item().encoded_len(), item().encode(&before).len());
    }

    #[test]
    fn every_kind_of_damage_is_named() {
        let before = sha256(&[b"before"]);
        let good = item().encode(&before);
        assert_eq!(LogItem::decode(&good[..20], 7, &before), Err(RecordFault::Short));
        assert_eq!(LogItem::decode(&good, 8, &before), Err(RecordFault::Sequence { expected: 8, found: 7 }));
        assert_eq!(LogItem::decode(&good, 7, &sha256(&[])), Err(RecordFault::Chain));
        for place in 1..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 0x40;
            assert_eq!(LogItem::decode(&bad, 7, &before), Err(RecordFault::Checksum), "byte {place}");
        }
        let mut longer = good[..good.len() - 4].to_vec();
        longer.push(0);
        longer.extend_from_slice(&crc32c::crc32c(&longer).to_be_bytes());
        assert!(matches!(LogItem::decode(&longer, 7, &before), Err(RecordFault::Payload(_))));
        let mut foreign = good;
        foreign[0] = 9;
        assert_eq!(LogItem::decode(&foreign, 7, &before), Err(RecordFault::Version(9)));
    }
}
