//! Kontakt- og reservasjonsregisteret: the machine look-up, versions 1 and 2, the logged-in citizen's own entry, and the
//! log of changes (`specs/folkeregister.md` §18).
//!
//! `rules` says what is shown of an entry, `oppslag`, `innbygger` and `endringer` to whom; `handlers` are paths and
//! tokens. Not modelled: MinProfil beyond the language, and mailboxes with a key of their own (the certificate is of a
//! published key).

mod endringer;
mod faults;
mod handlers;
mod innbygger;
mod operations;
mod oppslag;
mod rules;
mod sertifikat;
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
