//! `POST /token/introspect`: what a token means, for the API it is meant for (RFC 7662, `specs/eid.md` §3.14, §9 rows
//! 37 and 38).

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::form::{self, Fault};
use super::{Desk, client_auth, noted};
use crate::access::{CitizenToken, citizen_token, json_no_store, with_hint};
use crate::observe::Note;
use crate::town::state::Autentisering;

/// The scope a client needs to ask.
const SCOPE: &str = "idporten:token.introspection";

/// Claims that are told as they stand in the token.
const TOLD: &[&str] = &[
    "exp",
    "iat",
    "iss",
    "sub",
    "scope",
    "client_id",
    "client_orgno",
    "consumer",
    "acr",
    "aud",
    "jti",
    "authorization_details",
    "cnf",
];

pub(super) async fn post(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    let mut note = desk.note(desk.provider.names.introspeksjon);
    let response = answer(&desk, &headers, &body, &mut note);
    noted(response, note)
}

pub(super) fn answer(desk: &Desk, headers: &HeaderMap, body: &[u8], note: &mut Note) -> Response {
    introspect(desk, headers, body, note).unwrap_or_else(|fault| fault.response())
}

fn introspect(desk: &Desk, headers: &HeaderMap, body: &[u8], note: &mut Note) -> Result<Response, Fault> {
    let params = form::read(headers, body)?;
    let proven = client_auth::authenticate(desk, headers, &params)?;
    let klient = &proven.client.klient;
    note.client = Some(klient.client_id.clone());
    if proven.method == Autentisering::Ingen {
        return Err(Fault::client("a client without a secret or a key cannot ask about tokens"));
    }
    if proven.client.registered && !klient.scopes.iter().any(|scope| scope == SCOPE) {
        let fault = Fault::new(StatusCode::FORBIDDEN, "insufficient_scope", "The client may not introspect tokens");
        return Err(fault.hinted(format!("register the scope {SCOPE} on the client that asks")));
    }
    let text = params.get("token").ok_or_else(|| Fault::bad("invalid_request", "Missing token parameter"))?;
    let inactive = |hint: &str| Ok(with_hint(json_no_store(StatusCode::OK, &json!({ "active": false })), hint));
    let token = match citizen_token(desk, desk.provider.issuer, text) {
        Ok(token) => token,
        Err(fault) => return inactive(fault.hint()),
    };
    if !is_meant_for(desk, &token, &klient.client_id) {
        return inactive("no scope of this token has the caller as enforced_aud_for_introspection");
    }
    note.about = token.person.map(|id| desk.town.person(id).key()).into_iter().collect();
    Ok(json_no_store(StatusCode::OK, &Value::Object(meaning(desk, &token))))
}

/// Whether the owner of one of the token's scopes lets the caller ask.
fn is_meant_for(desk: &Desk, token: &CitizenToken, client_id: &str) -> bool {
    let mut scopes = token.scopes.iter().filter_map(|name| desk.town.scope(name));
    scopes.any(|scope| scope.innsyn_for.as_deref() == Some(client_id))
}

fn meaning(desk: &Desk, token: &CitizenToken) -> Map<String, Value> {
    let mut told = Map::new();
    let mut put = |name: &str, value: Value| told.insert(name.to_owned(), value);
    put("active", json!(true));
    put("token_type", json!(if token.jkt.is_some() { "DPoP" } else { "Bearer" }));
    let exp = token.claims.get("exp").and_then(Value::as_i64).unwrap_or_default();
    let policy = desk.client(&token.client_id).map(|client| client.policy()).unwrap_or_default();
    put("expires_in", json!(exp - desk.seconds(policy)));
    for &name in TOLD {
        if let Some(value) = token.claims.get(name) {
            put(name, value.clone());
        }
    }
    // Also of a pseudonymous token: who may ask may know.
    if let Some(pid) = &token.number {
        put("pid", json!(pid));
    }
    told
}
