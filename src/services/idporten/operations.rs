//! Every operation of the service (`specs/eid.md` §3).

use super::SERVICE;
use crate::observe::{About, Operation};

const BASE: &str = "/idporten";
const LOGIN: &[About] = &[About::Field("login_hint")];
const CHOICE: &[About] = &[About::Field("velg"), About::Field("pid")];
const CITIZEN: &[About] = &[About::Token("pid")];

const fn op(method: &'static str, path: &'static str, name: &'static str) -> Operation {
    Operation::new(SERVICE, method, BASE, path, name)
}

/// The operations. What has an alias in its path is reached through another origin than the issuer's.
pub(super) const OPERATIONS: [Operation; 23] = [
    op("GET", "/.well-known/openid-configuration", "idporten.discovery"),
    op("GET", "/.well-known/oauth-authorization-server", "idporten.discovery"),
    op("GET", "/jwks.json", "idporten.jwks"),
    op("GET", "/authorize", "idporten.innlogging").about(LOGIN),
    op("POST", "/authorize", "idporten.innlogging").about(LOGIN),
    op("GET", "/login", "idporten.innloggingsside"),
    op("POST", "/login", "idporten.innlogging").about(CHOICE),
    op("POST", "/token", "idporten.token"),
    op("GET", "/userinfo", "idporten.userinfo").about(CITIZEN),
    op("POST", "/userinfo", "idporten.userinfo").about(CITIZEN),
    op("GET", "/logout", "idporten.utlogging"),
    op("POST", "/logout", "idporten.utlogging"),
    op("GET", "/endsession", "idporten.utlogging"),
    op("POST", "/endsession", "idporten.utlogging"),
    op("POST", "/par", "idporten.par").missing(),
    op("POST", "/token/introspect", "idporten.introspeksjon").missing(),
    op("POST", "/tokeninfo", "idporten.introspeksjon").missing(),
    op("POST", "/token/revoke", "idporten.tilbaketrekking").missing(),
    op("POST", "/revoke", "idporten.tilbaketrekking").missing(),
    op("GET", "/{alias}/authorize", "idporten.innlogging").about(LOGIN),
    op("POST", "/{alias}/authorize", "idporten.innlogging").about(LOGIN),
    op("GET", "/{alias}/logout", "idporten.utlogging"),
    op("POST", "/{alias}/logout", "idporten.utlogging"),
];
