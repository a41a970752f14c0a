//! Every operation of the service (`specs/eid.md` §6).

use super::SERVICE;
use crate::observe::Operation;

const fn op(method: &'static str, path: &'static str, name: &'static str) -> Operation {
    Operation::new(SERVICE, method, "/selvbetjening/api/v1", path, name)
}

/// The operations.
pub(super) const OPERATIONS: [Operation; 23] = [
    op("GET", "/clients", CLIENTS),
    op("POST", "/clients", NEW_CLIENT),
    op("GET", "/clients/{id}", CLIENT),
    op("PUT", "/clients/{id}", CHANGED_CLIENT),
    op("DELETE", "/clients/{id}", RETIRED_CLIENT),
    op("POST", "/clients/{id}/secret", SECRET),
    op("GET", "/clients/{id}/jwks", KEYS),
    op("POST", "/clients/{id}/jwks", NEW_KEYS),
    op("PUT", "/clients/{id}/jwks", NEW_KEYS),
    op("GET", "/clients/{id}/onbehalfof", SUBCLIENTS),
    op("POST", "/clients/{id}/onbehalfof", NEW_SUBCLIENT),
    op("GET", "/clients/{id}/onbehalfof/{obo}", SUBCLIENTS),
    op("PUT", "/clients/{id}/onbehalfof/{obo}", CHANGED_SUBCLIENT),
    op("DELETE", "/clients/{id}/onbehalfof/{obo}", RETIRED_SUBCLIENT),
    op("GET", "/scopes/all", ALL_SCOPES),
    op("GET", "/scopes/access", ACCESSES),
    op("PUT", "/scopes/access/{orgno}", GRANT),
    op("DELETE", "/scopes/access/{orgno}", WITHDRAWAL),
    op("GET", "/scopes", SCOPES),
    op("POST", "/scopes", NEW_SCOPE),
    op("PUT", "/scopes", CHANGED_SCOPE),
    op("DELETE", "/scopes", RETIRED_SCOPE),
    op("GET", "/delegationsources", SOURCES),
];

pub(super) const CLIENTS: &str = "selvbetjening.klienter.list";
pub(super) const CLIENT: &str = "selvbetjening.klient.hent";
pub(super) const NEW_CLIENT: &str = "selvbetjening.klient.opprett";
pub(super) const CHANGED_CLIENT: &str = "selvbetjening.klient.endre";
pub(super) const RETIRED_CLIENT: &str = "selvbetjening.klient.avvikle";
pub(super) const SECRET: &str = "selvbetjening.hemmelighet.opprett";
pub(super) const KEYS: &str = "selvbetjening.noekler.hent";
pub(super) const NEW_KEYS: &str = "selvbetjening.noekler.erstatt";
pub(super) const SUBCLIENTS: &str = "selvbetjening.onbehalfof.hent";
pub(super) const NEW_SUBCLIENT: &str = "selvbetjening.onbehalfof.opprett";
pub(super) const CHANGED_SUBCLIENT: &str = "selvbetjening.onbehalfof.endre";
pub(super) const RETIRED_SUBCLIENT: &str = "selvbetjening.onbehalfof.avvikle";
pub(super) const SCOPES: &str = "selvbetjening.scopes.list";
pub(super) const ALL_SCOPES: &str = "selvbetjening.scopes.alle";
pub(super) const NEW_SCOPE: &str = "selvbetjening.scope.opprett";
pub(super) const CHANGED_SCOPE: &str = "selvbetjening.scope.endre";
pub(super) const RETIRED_SCOPE: &str = "selvbetjening.scope.avvikle";
pub(super) const ACCESSES: &str = "selvbetjening.tilganger.list";
pub(super) const GRANT: &str = "selvbetjening.tilgang.gi";
pub(super) const WITHDRAWAL: &str = "selvbetjening.tilgang.trekk";
pub(super) const SOURCES: &str = "selvbetjening.delegeringskilder.list";
