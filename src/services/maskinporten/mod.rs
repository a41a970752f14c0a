//! Maskinporten: tokens for machines, as Digdir documents it in 2024–2026 (`specs/eid.md` §5).
//!
//! One grant, the JWT bearer grant of RFC 7523 §2.1: with a registered key or an enterprise certificate, for the client's
//! own organisation or one that delegated to it, as a system user or with a consent. Scopes, accesses, delegations and the
//! rest are the town's.
//!
//! Left out: Skyporten, revocation of certificates.

mod assertion;
mod claims;
mod details;
mod faults;
mod operations;
mod scopes;
mod signature;
#[cfg(test)]
mod tests;
mod token;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;

use crate::access::{Inbound, Skin, Visit, limited, public_json, with_note};
use crate::keys::Issuer;
use crate::observe::Note;

const SERVICE: &str = "maskinporten";

/// What the gate knows of the service.
pub const SKIN: Skin = Skin {
    service: SERVICE,
    mount: "/maskinporten",
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
        .route("/maskinporten/.well-known/oauth-authorization-server", get(metadata))
        .route("/maskinporten/.well-known/oauth-authorization-server/", get(metadata))
        // What comes of putting the path behind an issuer that ends in a slash.
        .route("/maskinporten//.well-known/oauth-authorization-server", get(metadata))
        // The inserted form of RFC 8414 §3.1, with and without the slash that the issuer ends in.
        .route("/.well-known/oauth-authorization-server/maskinporten", get(metadata))
        .route("/.well-known/oauth-authorization-server/maskinporten/", get(metadata))
        .route("/maskinporten/jwk", get(jwk))
        .route("/maskinporten/token", post(token::post))
        .route("/maskinporten/errors/{code}", get(error_page))
}

fn note(operation: &'static str) -> Note {
    Note { service: SERVICE, operation, ..Note::default() }
}

/// The metadata document at the address the caller used.
async fn metadata(inbound: Inbound) -> Response {
    let visit = Visit::of(&inbound);
    visit.state.remember_origin(&visit.base_url);
    let issuer = visit.issuer(Issuer::Maskinporten);
    let document = json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}token"),
        "jwks_uri": format!("{issuer}jwk"),
        "grant_types_supported": [token::GRANT],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "RS384", "RS512"],
        "authorization_details_types_supported": [details::SYSTEMBRUKER, details::SAMTYKKE],
    });
    with_note(public_json(&document), note("maskinporten.metadata"))
}

async fn jwk(inbound: Inbound) -> Response {
    let visit = Visit::of(&inbound);
    with_note(public_json(&visit.state.jwks(visit.clocks, Issuer::Maskinporten)), note("maskinporten.jwk"))
}

/// What `error_uri` leads to: one sentence about the code.
async fn error_page(Path(code): Path<String>) -> Response {
    let response = match faults::situation(&code) {
        Some(situation) => (StatusCode::OK, format!("{code}: {situation}\n")).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    };
    with_note(response, note("maskinporten.feilkode"))
}
