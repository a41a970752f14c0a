//! Every operation of the service (`specs/eid.md` §5).

use super::SERVICE;
use crate::observe::Operation;

const fn op(method: &'static str, base: &'static str, path: &'static str, name: &'static str) -> Operation {
    Operation::new(SERVICE, method, base, path, name)
}

/// The operations.
pub(super) const OPERATIONS: [Operation; 5] = [
    op("GET", "/maskinporten", "/.well-known/oauth-authorization-server", "maskinporten.metadata"),
    op("GET", "", "/.well-known/oauth-authorization-server/maskinporten", "maskinporten.metadata"),
    op("GET", "/maskinporten", "/jwk", "maskinporten.jwk"),
    op("POST", "/maskinporten", "/token", "maskinporten.token"),
    op("GET", "/maskinporten", "/errors/{code}", "maskinporten.feilkode"),
];
