//! Kontakt- og reservasjonsregisteret: the machine look-up, versions 1 and 2, the logged-in citizen's own entry, the log of
//! changes, and MinProfil, the page on which citizens see to their entry (`specs/folkeregister.md` §18).
//!
//! `rules` says what is shown of an entry, `oppslag`, `innbygger` and `endringer` to whom; `handlers` are paths and
//! tokens. Not modelled: mailboxes with a key of their own (the certificate is of a published key).

mod endringer;
mod faults;
mod handlers;
mod innbygger;
mod minprofil;
mod operations;
mod oppslag;
mod rules;
mod sertifikat;
mod wire;

#[cfg(test)]
mod tests;

use crate::access::{Skin, Visit};

/// The service's paths, all beginning with `/krr`, without [`minprofil`].
pub fn routes() -> axum::Router {
    handlers::routes()
}

/// MinProfil: the page at `/krr/minprofil`. `innlogging` says where the pages of ID-porten stand for whoever comes to them as
/// a visit does: services do not know each other.
pub fn minprofil(innlogging: fn(&Visit) -> String) -> axum::Router {
    minprofil::routes(innlogging)
}

/// What the gate knows of the service.
pub const SKIN: Skin = Skin {
    service: rules::TJENESTE,
    mount: "/krr",
    operations: &operations::OPERATIONS,
    takes_token: true,
    trouble: faults::trouble,
};
