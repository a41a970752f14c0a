//! The keys of the generator's random streams: one per (domain, purpose), opened at an entity's index.

use crate::base::{Domain, Purpose, Seed, Stream, StreamKey};

/// Seed and schema, from which every key is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Streams {
    pub seed: Seed,
    pub schema: u32,
}

impl Streams {
    /// The key for `purpose` about entities of `domain`.
    pub fn key(self, domain: Domain, purpose: &'static str) -> StreamKey {
        StreamKey::new(self.seed, self.schema, domain, Purpose(purpose))
    }

    /// The one stream of the municipality for `purpose`.
    pub fn kommune(self, purpose: &'static str) -> Stream {
        self.key(Domain::Kommune, purpose).at(0)
    }
}
