//! KS Fiks: the municipalities' way to the national registers, where a role decides what a caller may see
//! (`specs/folkeregister.md` §17, §18.4, §19.5).
//!
//! `roller` has the roles and integrations of the town's municipality and the check that every form begins with; each
//! form stands in a file of its own; the population register answers behind a door. Not modelled, and answered 501 by
//! name: `SvarUt`, Fiks IO, Fiks protokoll, and what else is passed on from the tax administration.

mod beregning;
mod beregningssvar;
mod faults;
mod folkeregister;
mod handlers;
mod krr;
mod operations;
mod roller;
mod skatt;

#[cfg(test)]
mod folkeregister_tests;
#[cfg(test)]
mod tests;

use crate::access::{Doer, Skin};

pub use roller::{Integrasjon, Omraade, Rolle, integrasjoner, roller};

/// Service id.
const TJENESTE: &str = "fiks";

/// The service's paths, all beginning with `/fiks`.
pub fn routes() -> axum::Router {
    handlers::routes()
}

/// The paths of the population register (`specs/folkeregister.md` §17), which answers at `doer`.
pub fn folkeregister(doer: Doer) -> axum::Router {
    folkeregister::routes(doer)
}

/// What the gate knows of the service.
pub const SKIN: Skin = Skin {
    service: TJENESTE,
    mount: "/fiks",
    operations: &operations::OPERATIONS,
    takes_token: true,
    trouble: faults::trouble,
};
