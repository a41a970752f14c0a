//! Where the login services answer, and what the record calls it (`specs/eid.md` §1.1).

use axum::Router;
use axum::routing::{get, post};

use super::provider::{Names, Provider};
use super::{authorize, discovery, introspect, login, logout, par, revoke, token, userinfo};
use crate::access::limited;
use crate::observe::{About, Operation};

const LOGIN: &[About] = &[About::Field("login_hint")];
const CHOICE: &[About] = &[About::Field("velg"), About::Field("pid")];
const CITIZEN: &[About] = &[About::Token("pid")];

/// How many operations a login service has.
pub const OPERATION_COUNT: usize = 23;

/// The operations of a login service. What has an alias in its path is reached through another origin than the issuer's.
#[must_use]
pub const fn operations(service: &'static str, mount: &'static str, names: &Names) -> [Operation; OPERATION_COUNT] {
    macro_rules! op {
        ($method:literal, $path:literal, $name:expr) => {
            Operation::new(service, $method, mount, $path, $name)
        };
    }
    [
        op!("GET", "/.well-known/openid-configuration", names.discovery),
        op!("GET", "/.well-known/oauth-authorization-server", names.discovery),
        op!("GET", "/jwks.json", names.jwks),
        op!("GET", "/authorize", names.innlogging).about(LOGIN),
        op!("POST", "/authorize", names.innlogging).about(LOGIN),
        op!("GET", "/login", names.innloggingsside),
        op!("POST", "/login", names.innlogging).about(CHOICE),
        op!("POST", "/token", names.token),
        op!("GET", "/userinfo", names.userinfo).about(CITIZEN),
        op!("POST", "/userinfo", names.userinfo).about(CITIZEN),
        op!("GET", "/logout", names.utlogging),
        op!("POST", "/logout", names.utlogging),
        op!("GET", "/endsession", names.utlogging),
        op!("POST", "/endsession", names.utlogging),
        op!("POST", "/par", names.par),
        op!("POST", "/token/introspect", names.introspeksjon),
        op!("POST", "/tokeninfo", names.introspeksjon),
        op!("POST", "/token/revoke", names.tilbaketrekking),
        op!("POST", "/revoke", names.tilbaketrekking),
        op!("GET", "/{alias}/authorize", names.innlogging).about(LOGIN),
        op!("POST", "/{alias}/authorize", names.innlogging).about(LOGIN),
        op!("GET", "/{alias}/logout", names.utlogging),
        op!("POST", "/{alias}/logout", names.utlogging),
    ]
}

/// The routes of `provider`.
pub fn routes(provider: &'static Provider) -> Router<()> {
    let at = |path: &str| format!("{}{path}", provider.mount);
    let router: Router<&'static Provider> = Router::new()
        .route(&at("/.well-known/openid-configuration"), get(discovery::document))
        .route(&at("/.well-known/oauth-authorization-server"), get(discovery::document))
        .route(&at("/jwks.json"), get(discovery::jwks))
        .route(&at("/authorize"), get(authorize::get).post(authorize::post))
        .route(&at("/{alias}/authorize"), get(authorize::get).post(authorize::post))
        .route(&at("/login"), get(login::get).post(login::post))
        .route(&at("/token"), post(token::post))
        .route(&at("/userinfo"), get(userinfo::answer).post(userinfo::answer))
        .route(&at("/logout"), get(logout::get).post(logout::post))
        .route(&at("/{alias}/logout"), get(logout::get).post(logout::post))
        .route(&at("/endsession"), get(logout::get).post(logout::post))
        .route(&at("/par"), post(par::post))
        .route(&at("/token/introspect"), post(introspect::post))
        .route(&at("/tokeninfo"), post(introspect::post))
        .route(&at("/token/revoke"), post(revoke::post))
        .route(&at("/revoke"), post(revoke::post));
    limited(router.with_state(provider))
}
