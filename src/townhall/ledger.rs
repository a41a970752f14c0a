//! The two digests of a world (`DESIGN` §5): the hash chain fixes the raw order, the canonical sum does not see the
//! interleaving of independent requests.

use imbl::OrdMap;

use crate::base::{Digest, OriginKey, Sum256, keyed_hash};
use crate::clock::Instant;
use crate::journal::{Head, LogItem};
use crate::town::Event;
use crate::town::event::TidEvent;

/// What one event may cost in pages, lists and indexes that are no longer shared with a parent.
const EVENT_WEIGHT: u64 = 2_048;

/// What `item` weighs.
pub(super) fn weight(item: &LogItem) -> u64 {
    weight_of(item, item.encoded_len())
}

/// What `item` weighs, which is `encoded` bytes long as a record. Events are held decoded, in the log and in the state they
/// made; the files they name are counted where they first come.
fn weight_of(item: &LogItem, encoded: usize) -> u64 {
    let files = item.events.iter().map(Event::file_bytes).fold(0, u64::saturating_add);
    let (events, encoded) = (item.events.len() as u64, encoded as u64);
    files.saturating_add(events * EVENT_WEIGHT + 2 * encoded)
}

/// Digests of a world's log, kept item by item. A clone is cheap.
#[derive(Clone, Debug)]
pub struct Ledger {
    head: Head,
    weight: u64,
    canonical: Sum256,
    ordinals: OrdMap<OriginKey, u32>,
    /// Where the clock stands, once it has moved.
    clock: Option<Instant>,
    /// The last item that changed the clock.
    clock_seq: u64,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            head: Head { seq: 0, hash: Digest::default() },
            weight: 0,
            canonical: Sum256::default(),
            ordinals: OrdMap::new(),
            clock: None,
            clock_seq: 0,
        }
    }
}

impl Ledger {
    /// The ledger of a log of which only the end is known.
    #[cfg(test)]
    pub(super) fn at(head: Head) -> Self {
        Self { head, ..Self::default() }
    }

    /// Where the log ends.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// What the log weighs: bytes of memory that are held because of it, estimated from above. A fork's log weighs what
    /// its parent's weighed there, and what came on top.
    #[must_use]
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// The canonical digest: a sum over events, each with its ordinal among the events of every entity it touches, and
    /// where the clock stands. How the clock came there (in one go or many, told to or by itself) is not in it, so that
    /// runs with the same items agree.
    #[must_use]
    pub fn canonical(&self) -> Digest {
        let mut sum = self.canonical;
        if let Some(now) = self.clock {
            sum.add(&keyed_hash("canonical/clock", &[&now.millis().to_be_bytes()]));
        }
        sum.digest()
    }

    /// Number of the last item that changed the clock; 0 before the first.
    #[must_use]
    pub fn clock_seq(&self) -> u64 {
        self.clock_seq
    }

    /// Books `item` as the next of the log.
    ///
    /// # Panics
    /// Never: every event can be written.
    pub fn book(&mut self, item: &LogItem) {
        let bytes = item.encode(&self.head.hash);
        self.head = Head { seq: item.seq, hash: LogItem::hash(&bytes) };
        self.weight = self.weight.saturating_add(weight_of(item, bytes.len()));
        for event in &item.events {
            match event {
                Event::Tid(TidEvent::Naadd(at)) => {
                    self.clock_seq = item.seq;
                    self.clock = self.clock.max(Some(*at));
                    continue;
                }
                Event::Tid(TidEvent::Modus(_) | TidEvent::Takt(_)) => {
                    self.clock_seq = item.seq;
                    continue;
                }
                _ => {}
            }
            let mut placed = Vec::new();
            for entity in event.entities() {
                let ordinal = self.ordinals.get(&entity).copied().unwrap_or(0) + 1;
                self.ordinals.insert(entity, ordinal);
                placed.extend_from_slice(&entity.0.to_be_bytes());
                placed.extend_from_slice(&ordinal.to_be_bytes());
            }
            let bytes = postcard::to_extend(event.canonical().as_ref(), Vec::with_capacity(512));
            let bytes = bytes.expect("every event can be written");
            self.canonical.add(&keyed_hash("canonical", &[&placed, &bytes, &item.cause.origin.0.to_be_bytes()]));
        }
    }
}
