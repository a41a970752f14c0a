//! `POST /token`: codes and refresh tokens into tokens (`specs/eid.md` §3.7, §9 rows 23–33).

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value};

use super::client_auth::{self, Proven};
use super::dpop::{self, Use};
use super::form::{self, Fault};
use super::{Desk, noted};
use crate::access::{
    CodeFault, CodeGrant, Given, Params, RefreshFault, RefreshGrant, RefreshToken, Wish, json_no_store, with_hint,
};
use crate::base::sha256;
use crate::keys::encode_url;
use crate::observe::Note;
use crate::town::state::{Autentisering, Bryter, Tildeling};

pub(super) async fn post(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    let mut note = desk.note(desk.provider.names.token);
    let response = answer(&desk, &headers, &body, &mut note).await;
    noted(response, note)
}

pub(super) async fn answer(desk: &Desk, headers: &HeaderMap, body: &[u8], note: &mut Note) -> Response {
    match exchange(desk, headers, body, note).await {
        Ok(response) => response,
        Err(fault) => fault.response(),
    }
}

async fn exchange(desk: &Desk, headers: &HeaderMap, body: &[u8], note: &mut Note) -> Result<Response, Fault> {
    let params = form::read(headers, body)?;
    let way = match params.get("grant_type") {
        None => return Err(Fault::bad("invalid_request", "Missing grant_type parameter")),
        Some("authorization_code") => Tildeling::AuthorizationCode,
        Some("refresh_token") => Tildeling::RefreshToken,
        Some(_) => return Err(Fault::bad("unsupported_grant_type", "Unsupported grant type")),
    };
    let proven = client_auth::authenticate(desk, headers, &params)?;
    note.client = Some(proven.client.klient.client_id.clone());
    if !may(desk, &proven, way) {
        let registered: Vec<&str> = proven.client.klient.tildelinger().iter().map(|way| way.name()).collect();
        let fault = Fault::bad("unauthorized_client", "The client may not use this grant type");
        return Err(fault.hinted(format!("grant_types of this client: {}", registered.join(" "))));
    }
    let wanted = Use { method: "POST", path: "/token", policy: proven.client.policy(), token: None };
    let jkt = dpop::proof(desk, headers, wanted)
        .map_err(|hint| Fault::bad("invalid_dpop_proof", "Invalid DPoP proof").hinted(hint))?;
    match way {
        Tildeling::RefreshToken => refresh(desk, &proven, &params, jkt, note).await,
        _ => redeem(desk, &proven, &params, jkt, note).await,
    }
}

/// Whether the client may get tokens this way.
fn may(desk: &Desk, proven: &Proven, way: Tildeling) -> bool {
    let denied = way == Tildeling::RefreshToken
        && proven.method == Autentisering::Ingen
        && desk.town.eid.er_paa(Bryter::DenyPublicRefresh);
    !denied && proven.client.klient.tildelinger().contains(&way)
}

/// Exchanges the code of the form.
async fn redeem(
    desk: &Desk,
    proven: &Proven,
    params: &Params,
    jkt: Option<String>,
    note: &mut Note,
) -> Result<Response, Fault> {
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
        if grant.request.dpop_jkt.is_some() && grant.request.dpop_jkt != jkt {
            return Err("the code is bound to another key than that of the DPoP proof (dpop_jkt)");
        }
        // A code that comes again is known for as long as anything it gave may live.
        let longest = klient.access_token_levetid.saturating_add(klient.autorisasjon_levetid);
        Ok(desk.clocks.deadline_on(grant.request.policy, i64::from(longest)))
    });
    let grant = Arc::new(redeemed.map_err(|fault| {
        let hint = match fault {
            CodeFault::Unknown => "this code was never given in this world, or is older than 60 s on either clock",
            CodeFault::Spent => "the code has been used before; the tokens it gave have been revoked",
            CodeFault::Mismatch(what) => what,
        };
        Fault::bad("invalid_grant", "Invalid or expired authorization code").hinted(hint)
    })?);
    note.about = grant.authentication.person.into_iter().collect();
    let wish = Wish { jkt: jkt.clone(), ..Wish::of_code(desk, &proven.client, proven.client_amr, &grant, code) };
    let given = wish.give(desk).await;
    let next = may(desk, proven, Tildeling::RefreshToken).then(|| {
        let of = RefreshGrant {
            // Who proves nothing else than the key stays with it (RFC 9449 §5).
            jkt: jkt.clone().filter(|_| proven.method == Autentisering::Ingen),
            end: desk.clocks.deadline(grant.request.policy, authorization_lifetime(desk, proven, &grant)),
            grant: grant.clone(),
        };
        desk.state.open_refresh(desk.clocks, code, of, i64::from(klient.refresh_token_levetid))
    });
    Ok(with_hint(tokens(&wish, given, next), &hint(proven, &grant)))
}

/// Seconds a grant may be refreshed: the client's limit, or a scope's when that is shorter.
fn authorization_lifetime(desk: &Desk, proven: &Proven, grant: &CodeGrant) -> i64 {
    let scopes = grant.request.scope.iter().filter_map(|name| desk.town.scope(name));
    let limits = scopes.map(|scope| scope.autorisasjon_max_alder).filter(|&limit| limit > 0);
    i64::from(limits.fold(proven.client.klient.autorisasjon_levetid, u32::min))
}

/// Exchanges the refresh token of the form.
async fn refresh(
    desk: &Desk,
    proven: &Proven,
    params: &Params,
    jkt: Option<String>,
    note: &mut Note,
) -> Result<Response, Fault> {
    let text = params.get("refresh_token");
    let text = text.ok_or_else(|| Fault::bad("invalid_request", "Missing refresh_token parameter"))?;
    let klient = &proven.client.klient;
    let strict = desk.town.eid.er_paa(Bryter::StrictRefresh);
    let refreshed = desk.state.refresh(desk.clocks, desk.provider.issuer, text, strict, |of| {
        if of.grant.request.client_id != klient.client_id {
            return Err(refused("the refresh token was given to another client"));
        }
        if of.jkt.is_some() && of.jkt != jkt {
            return Err(refused("the refresh token is bound to another key than that of the DPoP proof"));
        }
        narrowed(params, &of.grant)?;
        Ok(i64::from(klient.refresh_token_levetid))
    });
    let refreshed = refreshed.map_err(|fault| match fault {
        RefreshFault::Unknown => refused("never given in this world, or its idle or absolute end has passed"),
        RefreshFault::Revoked => refused("the grant of this refresh token has been revoked"),
        RefreshFault::Spent => refused("strict_refresh: this token has been used before, so the grant is revoked"),
        RefreshFault::Misfit(fault) => fault,
    })?;
    let grant = &refreshed.of.grant;
    note.about = grant.authentication.person.into_iter().collect();
    let scope = narrowed(params, grant)?;
    let wish = Wish {
        client: &proven.client,
        client_amr: proven.client_amr,
        grant,
        scope: &scope,
        access_token_id: refreshed.access_token_id,
        id_token_id: desk.town.eid.er_paa(Bryter::RefreshReturnsIdToken).then_some(refreshed.id_token_id),
        nonce: false,
        jkt,
    };
    let given = wish.give(desk).await;
    Ok(tokens(&wish, given, Some(refreshed.token)))
}

fn refused(hint: &str) -> Fault {
    Fault::bad("invalid_grant", "Invalid, expired or revoked refresh token").hinted(hint)
}

/// Row 32: the scopes asked for, all of them granted before; those granted when none are named.
fn narrowed(params: &Params, grant: &CodeGrant) -> Result<Vec<String>, Fault> {
    let granted = &grant.request.scope;
    let Some(wanted) = params.get("scope") else { return Ok(granted.clone()) };
    let mut scope: Vec<String> = Vec::new();
    for word in wanted.split_ascii_whitespace() {
        if !granted.iter().any(|known| known == word) {
            let fault = Fault::bad("invalid_scope", "Scope not granted before");
            return Err(fault.hinted(format!("granted: {}", granted.join(" "))));
        }
        if !scope.iter().any(|known| known == word) {
            scope.push(word.to_owned());
        }
    }
    if scope.is_empty() { Ok(granted.clone()) } else { Ok(scope) }
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

/// The token response.
fn tokens(wish: &Wish<'_>, given: Given, next: Option<RefreshToken>) -> Response {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("access_token", given.access_token.into());
    put("token_type", if wish.jkt.is_some() { "DPoP" } else { "Bearer" }.into());
    put("expires_in", given.expires_in.into());
    if let Some(id_token) = given.id_token {
        put("id_token", id_token.into());
    }
    if let Some(next) = next {
        put("refresh_token", next.text.into());
        put("refresh_token_expires_in", next.expires_in.into());
    }
    put("scope", wish.scope.join(" ").into());
    if let Some(details) = &wish.grant.details {
        put("authorization_details", details.clone());
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
