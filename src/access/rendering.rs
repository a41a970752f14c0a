//! How a service writes a delivery. Registered by each service under its id, so that the courier, which sends, knows no
//! service and no service knows how anything is sent (`specs/core.md` §9).

use std::time::Duration;

use bytes::Bytes;

use super::clocks::Clocks;
use super::state::WorldState;
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
    /// How long the real service waits, when that is known.
    pub patience: Option<Patience>,
}

/// How long somebody waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For an answer.
    pub answer: Duration,
}

/// What a delivery is written with.
#[derive(Clone, Copy, Debug)]
pub struct Writing<'a> {
    /// The town.
    pub town: &'a Town,
    /// The delivery.
    pub levering: &'a Levering,
    /// Protocol state of the world: the keys that sign now.
    pub state: &'a WorldState,
    /// Both clocks, at this attempt.
    pub clocks: Clocks,
}

/// Writes a delivery. The same bytes every time, signed tokens apart: everything else it needs stands in the delivery or
/// in the base. `None` for a subject this service never sends.
pub type Rendering = fn(&Writing<'_>) -> Option<Rendered>;
