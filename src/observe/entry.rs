//! One recorded exchange, and what a service tells about it.

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

/// A recorded body: whole up to a bound, otherwise its beginning, its end, its length and its digest.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Body {
    /// The bytes kept from the beginning.
    pub kept: Bytes,
    /// The bytes kept from the end; empty when nothing was cut.
    pub tail: Bytes,
    /// Length of the whole body.
    pub len: usize,
    /// Digest of the whole body when it was cut.
    pub digest: Option<Digest>,
}

impl Body {
    /// Keeps at most `bound` bytes of `bytes`: all of it, or three parts of the bound from the beginning and one from the
    /// end.
    #[must_use]
    pub fn bounded(bytes: &Bytes, bound: usize) -> Self {
        if bytes.len() <= bound {
            return Self { kept: bytes.clone(), tail: Bytes::new(), len: bytes.len(), digest: None };
        }
        let end = bound / 4;
        // Copies, so that the long body can be freed.
        Self {
            kept: Bytes::copy_from_slice(&bytes[..bound - end]),
            tail: Bytes::copy_from_slice(&bytes[bytes.len() - end..]),
            len: bytes.len(),
            digest: Some(sha256(&[bytes])),
        }
    }

    /// The kept beginning as text, with replacement characters where it is none.
    #[must_use]
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.kept)
    }

    /// The same body with at most `bound` bytes kept.
    #[must_use]
    fn shortened(&self, bound: usize) -> Self {
        if self.kept.len() + self.tail.len() <= bound {
            return self.clone();
        }
        let digest = self.digest.or_else(|| Some(sha256(&[&self.kept])));
        Self {
            kept: Bytes::copy_from_slice(&self.kept[..bound.min(self.kept.len())]),
            tail: Bytes::new(),
            len: self.len,
            digest,
        }
    }
}

/// Which way an exchange went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub enum Direction {
    /// Into a mock.
    #[default]
    In,
    /// Out of one: a delivery to an app.
    Out,
}

impl Direction {
    /// The word in documents.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// How a request fits the operations its service declares.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub enum Fit {
    /// One operation, and it is modelled. Deliveries out have this too.
    #[default]
    Matched,
    /// An operation this town does not model: 501.
    NotModelled,
    /// The path exists with other methods.
    OtherMethod,
    /// No operation has this path.
    NoOperation,
}

impl Fit {
    /// The word in documents.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::NotModelled => "not-modelled",
            Self::OtherMethod => "other-method",
            Self::NoOperation => "no-operation",
        }
    }
}

/// One exchange: a request into a mock with its answer, or a delivery out of one with the app's answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestEntry {
    /// Number in order of recording, from 1, over all worlds of the process.
    pub id: u64,
    /// Id as in `Byteby-Request-Id`, given when the request arrived.
    pub request_id: String,
    /// Which way it went.
    pub direction: Direction,
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
    /// App, as far as it can be told: by baggage, by certificate, or by the client it came from.
    pub app: Option<String>,
    /// Trace id.
    pub trace: Option<String>,
    /// Method.
    pub method: String,
    /// Path as the service saw it, without the world prefix; for a delivery the address it went to.
    pub path: String,
    /// Query string, without the question mark.
    pub query: String,
    /// Request headers that tell something, in the order of [`super::HEADERS`]. Never `Authorization`.
    pub headers: Vec<(String, String)>,
    /// Header and claims of the token the caller showed, as they stood in it; never its signature.
    /// [`super::read_token`] makes a document of it.
    pub token: Option<String>,
    /// Status of the answer; 0 when a fault kept it from being given, or a delivery got none.
    pub status: u16,
    /// Where the answer leads, when it is a redirect.
    pub location: Option<String>,
    /// Body asked with.
    pub request_body: Body,
    /// Body answered with.
    pub response_body: Body,
    /// What `Byteby-Hint` said, or why a delivery did not arrive.
    pub hint: Option<String>,
    /// How it fits the declared operations.
    pub fit: Fit,
    /// Kinds of findings it raised.
    pub findings: Vec<String>,
    /// The log item that led to it, when the caller said so (baggage `byteby-cause`) or a delivery was due for it.
    pub cause: Option<u64>,
    /// Last item of the world's log when the answer was made.
    pub seq: u64,
    /// Sequence numbers of the log items it wrote.
    pub wrote: Vec<u64>,
}

impl Default for RequestEntry {
    /// An empty exchange of no world, to fill in.
    fn default() -> Self {
        Self {
            id: 0,
            request_id: String::new(),
            direction: Direction::In,
            world: String::new(),
            incarnation: 0,
            at: Instant::from_millis(0),
            wall_ms: 0,
            note: Note::default(),
            app: None,
            trace: None,
            method: String::new(),
            path: String::new(),
            query: String::new(),
            headers: Vec::new(),
            token: None,
            status: 0,
            location: None,
            request_body: Body::default(),
            response_body: Body::default(),
            hint: None,
            fit: Fit::Matched,
            findings: Vec::new(),
            cause: None,
            seq: 0,
            wrote: Vec::new(),
        }
    }
}

impl RequestEntry {
    /// The same entry with at most `bound` bytes of each body.
    #[must_use]
    pub(super) fn shortened(&self, bound: usize) -> Self {
        Self {
            request_body: self.request_body.shortened(bound),
            response_body: self.response_body.shortened(bound),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_body_keeps_both_ends_its_length_and_its_digest() {
        let whole = Bytes::from((0..=255_u8).collect::<Vec<_>>());
        let body = Body::bounded(&whole, 100);
        assert_eq!((body.kept.len(), body.tail.len(), body.len), (75, 25, 256));
        assert_eq!((body.kept[0], body.tail[24]), (0, 255));
        assert_eq!(body.digest, Some(sha256(&[&whole])));
        let short = Body::bounded(&whole, 256);
        assert_eq!((short.kept, short.tail, short.digest), (whole, Bytes::new(), None));
    }
}
