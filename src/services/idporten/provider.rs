//! ID-porten among the login services (`specs/eid.md` §3).

use super::{MOUNT, SERVICE};
use crate::keys::Issuer;
use crate::oidc::{self, Levels, Names, Provider};
use crate::town::state::Tjeneste;

pub(super) const NAMES: Names = oidc::names!("idporten");

/// The service, as data.
pub static PROVIDER: Provider = Provider {
    service: SERVICE,
    mount: MOUNT,
    issuer: Issuer::Idporten,
    tjeneste: Tjeneste::Idporten,
    urn: "urn:idporten:",
    levels: Levels {
        acr: &[
            "idporten-loa-low",
            "idporten-loa-substantial",
            "idporten-loa-high",
            "eidas-loa-low",
            "eidas-loa-substantial",
            "eidas-loa-high",
            "selfregistered-email",
        ],
        ranks: &[("idporten-loa-low", 1), ("idporten-loa-substantial", 2), ("idporten-loa-high", 3)],
        fallback: 2,
        reachable: &["idporten-loa-substantial", "idporten-loa-high"],
        methods: oidc::METHODS,
    },
    sso: true,
    demands_all: false,
    language_cookie: "IDPORTEN_SELECTED_LANGUAGE",
    details_types: &["idporten:fullmakt"],
    full_name: false,
    names: NAMES,
};
