//! `/userinfo` (`specs/eid.md` §3.13, §4 no. 6, §9 rows 34–36).

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::dpop::{self, Use};
use super::{Desk, noted};
use crate::access::{BearerFault, CitizenToken, bearer_text, citizen_token, given_name, json_no_store, with_hint};
use crate::observe::Note;

pub(super) async fn answer(desk: Desk, method: Method, headers: HeaderMap) -> Response {
    let mut note = desk.note(desk.provider.names.userinfo);
    let response = userinfo(&desk, method.as_str(), &headers, &mut note);
    noted(response, note)
}

/// The scheme of an `Authorization` header.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Bearer,
    Dpop,
}

pub(super) fn userinfo(desk: &Desk, method: &str, headers: &HeaderMap, note: &mut Note) -> Response {
    let (scheme, text) = match credentials(headers) {
        Ok(found) => found,
        // Without a token there is no error code (RFC 6750 §3.1).
        Err(fault @ BearerFault::Missing) => {
            return with_hint(challenge(StatusCode::UNAUTHORIZED, "Bearer"), fault.hint());
        }
        Err(fault) => return refused(Scheme::Bearer, fault.hint()),
    };
    let token = match citizen_token(desk, desk.provider.issuer, text) {
        Ok(token) => token,
        Err(fault) => return refused(scheme, fault.hint()),
    };
    note.client = Some(token.client_id.clone());
    if let Err(hint) = holds_key(desk, method, headers, scheme, text, &token) {
        return refused(scheme, &hint);
    }
    note.about = token.person.map(|id| desk.town.person(id).key()).into_iter().collect();
    if !token.scopes.iter().any(|scope| matches!(scope.as_str(), "openid" | "profile")) {
        let text = r#"Bearer error="insufficient_scope", error_description="Insufficient scope""#;
        return with_hint(challenge(StatusCode::FORBIDDEN, text), "userinfo needs the scope profile or openid");
    }
    json_no_store(StatusCode::OK, &Value::Object(claims(desk, &token)))
}

/// Scheme and token of the `Authorization` header.
fn credentials(headers: &HeaderMap) -> Result<(Scheme, &str), BearerFault> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match value.and_then(|value| value.split_once(' ')) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("dpop") => Ok((Scheme::Dpop, token.trim())),
        _ => bearer_text(headers).map(|token| (Scheme::Bearer, token)),
    }
}

/// Whether a bound token comes with its key, and an unbound one without.
fn holds_key(
    desk: &Desk,
    method: &str,
    headers: &HeaderMap,
    scheme: Scheme,
    text: &str,
    token: &CitizenToken,
) -> Result<(), String> {
    match (&token.jkt, scheme) {
        (None, Scheme::Bearer) => Ok(()),
        (None, Scheme::Dpop) => Err("the token is bound to no key: send it as Bearer".into()),
        (Some(_), Scheme::Bearer) => Err("the token is bound to a key: send it as DPoP, with a proof".into()),
        (Some(jkt), Scheme::Dpop) => {
            let policy = desk.client(&token.client_id).map(|client| client.policy()).unwrap_or_default();
            let wanted = Use { method, path: "/userinfo", policy, token: Some(text) };
            match dpop::proof(desk, headers, wanted)? {
                Some(shown) if shown == *jkt => Ok(()),
                Some(_) => Err("the proof is of another key than the token's".into()),
                None => Err("the proof is missing: send it in the header DPoP".into()),
            }
        }
    }
}

fn claims(desk: &Desk, token: &CitizenToken) -> Map<String, Value> {
    let mut claims = Map::new();
    let mut put = |name: &str, value: String| claims.insert(name.to_owned(), Value::from(value));
    put("sub", token.sub.clone());
    let navn = token.person.map(|id| desk.town.person(id).navn());
    let whole = desk.provider.full_name;
    if !whole {
        if let Some(pid) = &token.pid {
            put("pid", pid.clone());
        }
        put("locale", token.locale.clone());
    }
    let says = |name: &str| whole && token.pid.is_some() || token.clm.iter().any(|claim| claim == name);
    if let Some(navn) = navn.as_ref().filter(|_| says("given_name")) {
        put("given_name", given_name(navn));
    }
    if let Some(navn) = navn.filter(|_| says("family_name")) {
        put("family_name", navn.etternavn.to_string());
    }
    claims
}

fn refused(scheme: Scheme, hint: &str) -> Response {
    let text = match scheme {
        Scheme::Bearer => r#"Bearer error="invalid_token", error_description="Invalid access token""#,
        Scheme::Dpop => r#"DPoP error="invalid_token", error_description="Invalid access token", algs="ES256 RS256""#,
    };
    with_hint(challenge(StatusCode::UNAUTHORIZED, text), hint)
}

fn challenge(status: StatusCode, text: &'static str) -> Response {
    let mut response = status.into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(text));
    response
}
