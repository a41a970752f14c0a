//! The self-service API behind the login and token services: clients, their keys and secrets, sub-clients, scopes and
//! who may have them (`specs/eid.md` §6).
//!
//! The token of Maskinporten that comes with a call decides who asks: its `consumer` sees and changes its own entries,
//! and those it runs for others. Changes hold at once. What is asked for wrongly is refused with the two words all
//! services of this family use, `error` and `error_description`; the documentation names no others.
//!
//! Left out: administration by people in the portal, certificates, statistics.

mod call;
mod clients;
mod faults;
mod keys;
mod operations;
mod record;
mod scope_record;
mod scopes;
mod subclients;
#[cfg(test)]
mod tests;

pub use scope_record::{ScopeRecord, ScopeView};

use axum::Router;
use axum::routing::{any, get, post, put};

use crate::access::{Skin, limited};

const SERVICE: &str = "selvbetjening";

/// What the gate knows of the service.
pub const SKIN: Skin = Skin {
    service: SERVICE,
    mount: "/selvbetjening",
    operations: &operations::OPERATIONS,
    takes_token: true,
    trouble: faults::trouble,
};

/// The routes of this service.
pub fn routes() -> Router<()> {
    limited(Router::new().nest("/selvbetjening/api/v1", api()).route("/selvbetjening/{*rest}", any(call::nowhere)))
}

fn api() -> Router<()> {
    Router::new()
        .route("/clients", get(clients::list).post(clients::create))
        .route("/clients/{id}", get(clients::show).put(clients::replace).delete(clients::retire))
        .route("/clients/{id}/secret", post(clients::new_secret))
        .route("/clients/{id}/jwks", get(keys::show).post(keys::create).put(keys::replace))
        .route("/clients/{id}/onbehalfof", get(subclients::list).post(subclients::create))
        .route(
            "/clients/{id}/onbehalfof/{obo}",
            get(subclients::show).put(subclients::replace).delete(subclients::retire),
        )
        .route("/scopes", get(scopes::list).post(scopes::create).put(scopes::replace).delete(scopes::retire))
        .route("/scopes/all", get(scopes::catalogue))
        .route("/scopes/access", get(scopes::accesses))
        .route("/scopes/access/{orgno}", put(scopes::grant).delete(scopes::withdraw))
        .route("/delegationsources", get(scopes::delegation_sources))
}
