//! Kontakt- og reservasjonsregisteret: the machine look-up, versions 1 and 2 (`specs/folkeregister.md` §18).
//!
//! Not modelled, and answered 501 by name: the logged-in citizen's own entry, the change feed, and encryption
//! certificates of mailboxes (the field is left out).

mod faults;
mod handlers;
mod operations;
mod rules;
mod wire;

#[cfg(test)]
mod tests;

use crate::access::Skin;

/// The service's paths, all beginning with `/krr`.
pub fn routes() -> axum::Router {
    handlers::routes()
}

/// What the gate knows of the service.
pub const SKIN: Skin = Skin {
    service: rules::TJENESTE,
    mount: "/krr",
    operations: &operations::OPERATIONS,
    takes_token: true,
    trouble: faults::trouble,
};
