//! What a handler knows about the request at hand, put together once by the gate.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::state::Access;
use crate::observe::Observe;
use crate::town::Town;
use crate::townhall::{TownHall, World};

/// Real time, read once per request by the shell: milliseconds since 1970-01-01T00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct WallTime(pub i64);

impl WallTime {
    /// Whole seconds, as tokens carry them.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

/// The request's surroundings.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// All worlds.
    pub hall: TownHall,
    /// The world this request belongs to.
    pub world: World,
    /// Protocol state of all worlds.
    pub access: Access,
    /// The record of requests.
    pub observe: Observe,
    /// Origin and world prefix as the caller reached us, without a slash at the end: `http://localhost:2983` or
    /// `http://localhost:2983/w/test`. Links a service writes stay below it.
    pub base_url: String,
    /// The same for what a browser uses.
    pub public_url: String,
    /// Real time.
    pub wall: WallTime,
    /// Id of this request, as in `Byteby-Request-Id`.
    pub request_id: String,
    /// Any client id with a loopback redirect address is accepted (`up --open-clients`).
    pub open_clients: bool,
}

impl Inbound {
    /// The published town.
    #[must_use]
    pub fn town(&self) -> Arc<Town> {
        self.world.town()
    }
}

impl<S: Sync> FromRequestParts<S> for Inbound {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        // Only a router mounted outside the gate can lack it.
        parts.extensions.get::<Self>().cloned().ok_or((StatusCode::INTERNAL_SERVER_ERROR, "no world for this request"))
    }
}
