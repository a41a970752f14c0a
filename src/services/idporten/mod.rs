//! ID-porten: citizens' log-in, as Digdir documents it in 2024–2026 (`specs/eid.md` §3, §7).
//!
//! OAuth 2.1 profile of OpenID Connect, authorization code flow only. Offered: discovery, keys, `/authorize` with a
//! login page and headless log-in, `/token` for codes, `/userinfo`, `/logout` with single sign-on sessions.
//!
//! Left out, and answered 501: pushed authorization requests, refresh tokens, introspection, revocation, DPoP,
//! representation (`authorization_details`), consent pages, log-in with eIDAS or e-mail. No client can be registered for
//! front- or back-channel log-out yet, so tokens carry no `sid`.

mod authorize;
mod citizens;
mod client_auth;
mod deliver;
mod discovery;
mod faults;
mod levels;
mod login;
mod logout;
mod operations;
mod pages;
#[cfg(test)]
mod tests;
mod texts;
mod token;
mod userinfo;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};

use crate::access::{Skin, limited, not_modelled, with_note};
use crate::observe::Note;

const SERVICE: &str = "idporten";

/// What the gate knows of the service.
pub const SKIN: Skin = Skin {
    service: SERVICE,
    mount: "/idporten",
    operations: &operations::OPERATIONS,
    takes_token: false,
    trouble: faults::trouble,
};

/// The routes of this service.
pub fn routes() -> Router<()> {
    limited(unlimited())
}

fn unlimited() -> Router<()> {
    Router::new()
        .route("/idporten/.well-known/openid-configuration", get(discovery::document))
        .route("/idporten/.well-known/oauth-authorization-server", get(discovery::document))
        .route("/idporten/jwks.json", get(discovery::jwks))
        .route("/idporten/authorize", get(authorize::get).post(authorize::post))
        .route("/idporten/{alias}/authorize", get(authorize::get).post(authorize::post))
        .route("/idporten/login", get(login::get).post(login::post))
        .route("/idporten/token", post(token::post))
        .route("/idporten/userinfo", get(userinfo::answer).post(userinfo::answer))
        .route("/idporten/logout", get(logout::get).post(logout::post))
        .route("/idporten/{alias}/logout", get(logout::get).post(logout::post))
        .route("/idporten/endsession", get(logout::get).post(logout::post))
        .route("/idporten/par", post(|| async { not_modelled(SERVICE, "idporten.par") }))
        .route("/idporten/token/introspect", post(|| async { not_modelled(SERVICE, "idporten.introspeksjon") }))
        .route("/idporten/tokeninfo", post(|| async { not_modelled(SERVICE, "idporten.introspeksjon") }))
        .route("/idporten/token/revoke", post(|| async { not_modelled(SERVICE, "idporten.tilbaketrekking") }))
        .route("/idporten/revoke", post(|| async { not_modelled(SERVICE, "idporten.tilbaketrekking") }))
}

fn note(operation: &'static str) -> Note {
    Note { service: SERVICE, operation, ..Note::default() }
}

/// `response` with `note`, unless it carries one of its own because something is not modelled.
fn noted(response: Response, note: Note) -> Response {
    if response.extensions().get::<Note>().is_some() { response } else { with_note(response, note) }
}
