//! Ansattporten: log-in as an employee or on behalf of an organisation (`specs/eid.md` §4). The protocol is
//! [`crate::oidc`]'s; here is what makes it Ansattporten.

mod operations;
mod provider;

use axum::Router;

use crate::access::Skin;
use crate::oidc;

pub use provider::PROVIDER;

const SERVICE: &str = "ansattporten";
const MOUNT: &str = "/ansattporten";

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
