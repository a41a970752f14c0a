//! `POST /token`: codes into tokens (`specs/eid.md` §3.7, §9 rows 23–30).

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::client_auth::{self, Fault, Proven};
use super::{Desk, noted};
use crate::access::{CodeFault, CodeGrant, Params, citizen_claims, json_no_store, not_modelled, with_hint};
use crate::base::sha256;
use crate::keys::encode_url;
use crate::observe::Note;
use crate::town::state::Autentisering;

pub(super) async fn post(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    let mut note = desk.note(desk.provider.names.token);
    let response = answer(&desk, &headers, &body, &mut note).await;
    noted(response, note)
}

pub(super) async fn answer(desk: &Desk, headers: &HeaderMap, body: &[u8], note: &mut Note) -> Response {
    let params = match form(headers, body) {
        Ok(params) => params,
        Err(fault) => return fault.response(),
    };
    match params.get("grant_type") {
        None => return Fault::bad("invalid_request", "Missing grant_type parameter").response(),
        Some("authorization_code" | "refresh_token") => {}
        Some(_) => return Fault::bad("unsupported_grant_type", "Unsupported grant type").response(),
    }
    let proven = match client_auth::authenticate(desk, headers, &params) {
        Ok(proven) => proven,
        Err(fault) => return fault.response(),
    };
    note.client = Some(proven.client.klient.client_id.clone());
    if params.get("grant_type") == Some("refresh_token") {
        return not_modelled(desk.provider.service, "token.refresh_token");
    }
    if headers.contains_key("dpop") {
        return not_modelled(desk.provider.service, "token.dpop");
    }
    match redeem(desk, &proven, &params) {
        Ok((code, grant)) => {
            note.about = grant.authentication.person.into_iter().collect();
            let response = tokens(desk, &proven, &grant, code).await;
            with_hint(response, &hint(&proven, &grant))
        }
        Err(fault) => fault.response(),
    }
}

fn form(headers: &HeaderMap, body: &[u8]) -> Result<Params, Fault> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Fault::bad("invalid_request", "Content-Type must be application/x-www-form-urlencoded"));
    }
    let params = Params::parse(body).map_err(|_| Fault::bad("invalid_request", "Malformed form"))?;
    match params.doubled(&["resource"]) {
        Some(_) => Err(Fault::bad("invalid_request", "Parameter given more than once")),
        None => Ok(params),
    }
}

/// Exchanges the code of the form.
fn redeem<'a>(desk: &Desk, proven: &Proven, params: &'a Params) -> Result<(&'a str, CodeGrant), Fault> {
    let code = params.get("code").ok_or_else(|| Fault::bad("invalid_request", "Missing code parameter"))?;
    let klient = &proven.client.klient;
    let redeemed = desk.state.redeem_code(desk.clocks, desk.provider.issuer, code, |grant| {
        if grant.request.client_id != klient.client_id {
            return Err("the code was given to another client");
        }
        if params.get("redirect_uri") != Some(grant.request.redirect_uri.as_str()) {
            return Err("redirect_uri is not the one of the authorization request");
        }
        check_verifier(grant.request.code_challenge.as_deref(), params.get("code_verifier"))?;
        Ok(desk.clocks.deadline_on(grant.request.policy, i64::from(klient.access_token_levetid)))
    });
    match redeemed {
        Ok(grant) => Ok((code, grant)),
        Err(fault) => {
            let hint = match fault {
                CodeFault::Unknown => "this code was never given in this world, or is older than 60 s on either clock",
                CodeFault::Spent => "the code has been used before; the tokens it gave have been revoked",
                CodeFault::Mismatch(what) => what,
            };
            Err(Fault::bad("invalid_grant", "Invalid or expired authorization code").hinted(hint))
        }
    }
}

/// PKCE with S256 (RFC 7636 §4.6).
fn check_verifier(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), &'static str> {
    let (challenge, verifier) = match (challenge, verifier) {
        (None, None) => return Ok(()),
        (None, Some(_)) => return Err("code_verifier without a code_challenge in the authorization request"),
        (Some(_), None) => return Err("code_verifier is missing"),
        (Some(challenge), Some(verifier)) => (challenge, verifier),
    };
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(unreserved) {
        return Err("code_verifier has 43 to 128 unreserved characters");
    }
    if encode_url(&sha256(&[verifier.as_bytes()]).0) == challenge {
        Ok(())
    } else {
        Err("code_verifier does not fit the code_challenge")
    }
}

/// The token response; both signatures are made off the async workers.
async fn tokens(desk: &Desk, proven: &Proven, grant: &CodeGrant, code: &str) -> Response {
    let claims = citizen_claims(desk, &proven.client, proven.method, grant, code);
    desk.state.remember_locale(desk.clocks, code, grant);
    let key = desk.key();
    let (access, id) = (claims.access, claims.id);
    let signed = tokio::task::spawn_blocking(move || (key.sign(None, &access), id.map(|id| key.sign(None, &id)))).await;
    let Ok((access_token, id_token)) = signed else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut body = Map::new();
    body.insert("access_token".into(), Value::from(access_token));
    body.insert("token_type".into(), json!("Bearer"));
    body.insert("expires_in".into(), json!(claims.expires_in));
    if let Some(id_token) = id_token {
        body.insert("id_token".into(), Value::from(id_token));
    }
    body.insert("scope".into(), Value::from(grant.request.scope.join(" ")));
    if let Some(details) = &grant.details {
        body.insert("authorization_details".into(), details.clone());
    }
    json_no_store(StatusCode::OK, &Value::Object(body))
}

/// What the strict policy would have refused.
fn hint(proven: &Proven, grant: &CodeGrant) -> String {
    if proven.client.registered {
        return String::new();
    }
    let mut hint = format!(
        "client `{}` is not registered: the strict policy refuses it (invalid_client)",
        grant.request.client_id
    );
    if proven.method != Autentisering::Ingen {
        hint.push_str("; its secret or assertion was not checked");
    }
    hint
}
