//! ID-porten: citizens' log-in, as Digdir documents it in 2024–2026 (`specs/eid.md` §3, §7). The protocol is
//! [`crate::oidc`]'s; here is what makes it ID-porten.

mod operations;
mod provider;

use axum::Router;

use crate::access::{Skin, Visit};
use crate::oidc;

pub use provider::PROVIDER;

const SERVICE: &str = "idporten";
const MOUNT: &str = "/idporten";

/// What the gate knows of the service.
pub const SKIN: Skin = Skin {
    service: SERVICE,
    mount: MOUNT,
    operations: &operations::OPERATIONS,
    takes_token: false,
    trouble: oidc::trouble,
};

/// The routes of this service.
pub fn routes() -> Router<()> {
    oidc::routes(&PROVIDER)
}

/// What stands in front of `/authorize` and `/logout` for the browser of somebody who comes to this service as `visit` does.
#[must_use]
pub fn sider(visit: &Visit) -> String {
    oidc::pages_at(visit, &PROVIDER)
}
