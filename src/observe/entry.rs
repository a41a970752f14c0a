//! One recorded request, and what a service tells about it.

use bytes::Bytes;

use crate::base::{Digest, sha256};
use crate::clock::Instant;
use crate::town::model::PersonKey;

/// What a handler tells the recorder, through the extensions of its response.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Note {
    /// Service id (`specs/names.md` §1).
    pub service: &'static str,
    /// Operation name, `service.ressurs.handling`.
    pub operation: &'static str,
    /// Client id of the caller, when known.
    pub client: Option<String>,
    /// People the request is about.
    pub about: Vec<PersonKey>,
    /// First and last sequence number a feed read asked for and got; (from, from − 1) for an empty page.
    pub feed_read: Option<(u64, u64)>,
    /// Number of the last item of that feed when it was read.
    pub feed_end: Option<u64>,
    /// Message id the request is about.
    pub message: Option<String>,
    /// Faults that struck it, by name of their rules with the kind behind: `treg (latency)`.
    pub fault: Option<String>,
}

/// A recorded body: whole up to a bound, otherwise its beginning, length and digest.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Body {
    /// The bytes kept.
    pub kept: Bytes,
    /// Length of the whole body.
    pub len: usize,
    /// Digest of the whole body when it was cut.
    pub digest: Option<Digest>,
}

impl Body {
    /// Keeps at most `bound` bytes of `bytes`.
    #[must_use]
    pub fn bounded(bytes: &Bytes, bound: usize) -> Self {
        if bytes.len() <= bound {
            return Self { kept: bytes.clone(), len: bytes.len(), digest: None };
        }
        // A copy, so that the long body can be freed.
        let kept = Bytes::copy_from_slice(&bytes[..bound]);
        Self { kept, len: bytes.len(), digest: Some(sha256(&[bytes])) }
    }

    /// The kept bytes as text, with replacement characters where they are none.
    #[must_use]
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.kept)
    }
}

/// One request into a mock, with its answer.
#[derive(Clone, Debug)]
pub struct RequestEntry {
    /// Number in order of arrival, from 1, over all worlds of the process.
    pub id: u64,
    /// World.
    pub world: String,
    /// Incarnation of the world.
    pub incarnation: u64,
    /// Virtual time.
    pub at: Instant,
    /// Real time, milliseconds since 1970.
    pub wall_ms: i64,
    /// What the service said about it.
    pub note: Note,
    /// App, when the request named one.
    pub app: Option<String>,
    /// Trace id.
    pub trace: Option<String>,
    /// Method.
    pub method: String,
    /// Path as the service saw it, without the world prefix.
    pub path: String,
    /// Query string, without the question mark.
    pub query: String,
    /// Status of the answer; 0 when a fault kept it from being given.
    pub status: u16,
    /// Body asked with.
    pub request_body: Body,
    /// Body answered with.
    pub response_body: Body,
    /// What `Byteby-Hint` said.
    pub hint: Option<String>,
    /// Last item of the world's log when the answer was made.
    pub seq: u64,
}

impl RequestEntry {
    /// Bytes this entry holds on to, for the bound of the ring.
    #[must_use]
    pub fn weight(&self) -> usize {
        std::mem::size_of::<Self>()
            + self.request_body.kept.len()
            + self.response_body.kept.len()
            + self.path.len()
            + self.query.len()
            + self.note.about.len() * std::mem::size_of::<PersonKey>()
            + self.hint.as_ref().map_or(0, String::len)
    }
}
