//! The discovery document and the key set (`specs/eid.md` §3.1, §2.1; issuer alias: `specs/experience.md` §7).

use axum::response::Response;
use serde_json::{Value, json};

use super::{Desk, origins};
use crate::access::{public_json, with_note};

pub(super) async fn document(desk: Desk) -> Response {
    with_note(public_json(&discovery(&desk)), desk.note(desk.provider.names.discovery))
}

pub(super) async fn jwks(desk: Desk) -> Response {
    let keys = desk.state.jwks(desk.clocks, desk.provider.issuer);
    with_note(public_json(&keys), desk.note(desk.provider.names.jwks))
}

/// The document for the address the caller used. What a browser visits is where [`origins::pages`] says.
pub(super) fn discovery(desk: &Desk) -> Value {
    let issuer = desk.own_issuer();
    let alias = desk.state.remember_origin(&desk.base_url);
    let browser = origins::pages(desk, &alias);
    let at = |path: &str| format!("{issuer}{path}");
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{browser}/authorize"),
        "end_session_endpoint": format!("{browser}/logout"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/jwks.json"),
        "pushed_authorization_request_endpoint": at("/par"),
        "introspection_endpoint": at("/token/introspect"),
        "revocation_endpoint": at("/token/revoke"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post", "query.jwt", "form_post.jwt"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "scopes_supported": ["openid", "profile"],
        "subject_types_supported": ["public", "pairwise"],
        "acr_values_supported": desk.levels().acr,
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "none", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "authorization_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["consent", "login", "none"],
        "ui_locales_supported": ["en", "nb", "nn", "se"],
        "display_values_supported": ["page"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "dpop_signing_alg_values_supported": ["ES256", "RS256"],
        "authorization_details_types_supported": desk.provider.details_types,
    })
}
