//! The two digests of a world (`DESIGN` §5): the hash chain fixes the raw order, the canonical sum does not see the
//! interleaving of independent requests.

use imbl::OrdMap;

use crate::base::{Digest, OriginKey, Sum256, keyed_hash};
use crate::journal::{Head, LogItem};

/// Digests of a world's log, kept item by item. A clone is cheap.
#[derive(Clone, Debug)]
pub struct Ledger {
    head: Head,
    canonical: Sum256,
    ordinals: OrdMap<OriginKey, u32>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self { head: Head { seq: 0, hash: Digest::default() }, canonical: Sum256::default(), ordinals: OrdMap::new() }
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

    /// The canonical digest: a sum over events, each with its ordinal among the events of every entity it touches.
    #[must_use]
    pub fn canonical(&self) -> Digest {
        self.canonical.digest()
    }

    /// Books `item` as the next of the log.
    ///
    /// # Panics
    /// Never: every event can be written.
    pub fn book(&mut self, item: &LogItem) {
        self.head = Head { seq: item.seq, hash: LogItem::hash(&item.encode(&self.head.hash)) };
        for event in &item.events {
            let mut placed = Vec::new();
            for entity in event.entities() {
                let ordinal = self.ordinals.get(&entity).copied().unwrap_or(0) + 1;
                self.ordinals.insert(entity, ordinal);
                placed.extend_from_slice(&entity.0.to_be_bytes());
                placed.extend_from_slice(&ordinal.to_be_bytes());
            }
            let bytes = postcard::to_allocvec(event.canonical().as_ref()).expect("every event can be written");
            self.canonical.add(&keyed_hash("canonical", &[&placed, &bytes, &item.cause.origin.0.to_be_bytes()]));
        }
    }
}
