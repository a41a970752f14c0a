//! How a service writes a delivery. Registered by each service under its id, so that the courier, which sends, knows no
//! service and no service knows how anything is sent (`specs/core.md` §9).

use bytes::Bytes;

use crate::town::Town;
use crate::town::state::Levering;

/// A delivery written down: what the real service would send, to the byte. Where to is the subscription's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rendered {
    /// Method.
    pub method: &'static str,
    /// Headers of the real service, in lower case; length and host are added when it is sent.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Bytes,
    /// Name of the operation for the record, `service.ressurs.handling`.
    pub operation: &'static str,
    /// Message id it is about.
    pub message: Option<String>,
}

/// Writes a delivery. The same bytes every time: everything it needs stands in the delivery or in the base.
/// `None` for a subject this service never sends.
pub type Rendering = fn(&Town, &Levering) -> Option<Rendered>;
