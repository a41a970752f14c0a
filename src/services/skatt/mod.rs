//! Skatteetaten's sharing interfaces about income (`specs/folkeregister.md` §19): Summert skattegrunnlag with its older
//! form, Siste tilgjengelige skatteoppgjør, Inntekt month by month, and the change lists.
//!
//! Everything is derived from the town at its instant. Not modelled, and answered 501 by name: Inntekt and the change
//! lists in XML. Consent (package `sbl`) is always missing.

mod faults;
mod handlers;
mod operations;
mod rules;

use crate::access::Skin;

/// The service's paths, all beginning with `/skatt`.
pub fn routes() -> axum::Router {
    handlers::routes()
}

/// What the gate knows of the service.
pub const SKIN: Skin = Skin {
    service: rules::TJENESTE,
    mount: "/skatt",
    operations: &operations::OPERATIONS,
    takes_token: true,
    trouble: faults::trouble,
};
