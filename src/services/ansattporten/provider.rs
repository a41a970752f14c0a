//! Ansattporten among the login services (`specs/eid.md` §4).

use super::{MOUNT, SERVICE};
use crate::keys::Issuer;
use crate::oidc::{self, Levels, Names, Provider};
use crate::town::state::Tjeneste;

pub(super) const NAMES: Names = oidc::names!("ansattporten");

/// The service, as data.
pub static PROVIDER: Provider = Provider {
    service: SERVICE,
    mount: MOUNT,
    issuer: Issuer::Ansattporten,
    tjeneste: Tjeneste::Ansattporten,
    urn: "urn:ansattporten:",
    levels: Levels {
        acr: &["substantial", "high", "entraid"],
        // A work account is no level among the others: it is asked for by name.
        ranks: &[("substantial", 2), ("high", 3)],
        fallback: 2,
        reachable: &["substantial", "high"],
        methods: oidc::METHODS,
    },
    sso: false,
    demands_all: true,
    language_cookie: "ANSATTPORTEN_SELECTED_LANGUAGE",
    details_types: &["ansattporten:altinn:resource", "ansattporten:altinn:service", "ansattporten:orgno"],
    full_name: true,
    names: NAMES,
};
