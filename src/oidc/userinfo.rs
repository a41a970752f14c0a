//! `/userinfo` (`specs/eid.md` §3.13, §9 rows 34–36).

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::{Desk, noted};
use crate::access::{BearerFault, CitizenToken, bearer_text, citizen_token, given_name, json_no_store, with_hint};
use crate::observe::Note;

pub(super) async fn answer(desk: Desk, headers: HeaderMap) -> Response {
    let mut note = desk.note(desk.provider.names.userinfo);
    let response = userinfo(&desk, &headers, &mut note);
    noted(response, note)
}

pub(super) fn userinfo(desk: &Desk, headers: &HeaderMap, note: &mut Note) -> Response {
    let token = bearer_text(headers).and_then(|text| citizen_token(desk, desk.provider.issuer, text));
    let token = match token {
        Ok(token) => token,
        // Without a token there is no error code (RFC 6750 §3.1).
        Err(fault @ BearerFault::Missing) => {
            return with_hint(challenge(StatusCode::UNAUTHORIZED, "Bearer"), fault.hint());
        }
        Err(fault) => {
            let text = r#"Bearer error="invalid_token", error_description="Invalid access token""#;
            return with_hint(challenge(StatusCode::UNAUTHORIZED, text), fault.hint());
        }
    };
    note.client = Some(token.client_id.clone());
    note.about = token.person.map(|person| desk.town.key_of(person)).into_iter().collect();
    if !token.scopes.iter().any(|scope| matches!(scope.as_str(), "openid" | "profile")) {
        let text = r#"Bearer error="insufficient_scope", error_description="Insufficient scope""#;
        return with_hint(challenge(StatusCode::FORBIDDEN, text), "userinfo needs the scope profile or openid");
    }
    json_no_store(StatusCode::OK, &Value::Object(claims(desk, &token)))
}

fn claims(desk: &Desk, token: &CitizenToken) -> Map<String, Value> {
    let mut claims = Map::new();
    let mut put = |name: &str, value: String| claims.insert(name.to_owned(), Value::from(value));
    put("sub", token.sub.clone());
    if let Some(pid) = &token.pid {
        put("pid", pid.clone());
    }
    put("locale", desk.state.locale(desk.clocks, &token.jti));
    let Some(person) = token.person else { return claims };
    let navn = desk.town.person(person).navn();
    if token.clm.iter().any(|claim| claim == "given_name") {
        put("given_name", given_name(&navn));
    }
    if token.clm.iter().any(|claim| claim == "family_name") {
        put("family_name", navn.etternavn.to_string());
    }
    claims
}

fn challenge(status: StatusCode, text: &'static str) -> Response {
    let mut response = status.into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(text));
    response
}
