//! What every part of the generator is given: size, profile, tables, and the keys of the random streams, one per
//! (domain, purpose), opened at an entity's index.

use super::parts::Part;
use super::tables::{Profile, Tables};
use crate::base::{Domain, Purpose, Seed, Stream, StreamKey};

/// What the town is made from.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub size: u32,
    pub profile: &'a Profile,
    pub tables: &'a Tables,
    pub streams: Streams,
    /// Which part of a larger population the town is.
    pub part: Part,
}

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
