//! `POST /token`: the form, the grant and the answer (`specs/eid.md` §5.2, §5.3).

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use super::assertion::{self, Granted};
use super::faults::Fault;
use super::note;
use crate::access::{
    Inbound, Params, Visit, json_no_store, machine_access_token, machine_claims, with_hint, with_note,
};
use crate::observe::Note;

/// The only grant.
pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

pub(super) async fn post(inbound: Inbound, headers: HeaderMap, body: Bytes) -> Response {
    let visit = Visit::of(&inbound);
    let mut note = note("maskinporten.token");
    let response = answer(&visit, &headers, &body, &mut note).await;
    with_note(response, note)
}

pub(super) async fn answer(visit: &Visit, headers: &HeaderMap, body: &[u8], note: &mut Note) -> Response {
    let granted = form(headers, body).and_then(|assertion| {
        let (granted, client) = assertion::check(visit, &assertion);
        note.client = client;
        granted
    });
    match granted {
        Err(fault) => fault.response(visit),
        Ok(Granted { client, grant, about, hint }) => {
            note.about.extend(about);
            let (claims, expires_in) = machine_claims(visit, &client, &grant);
            let body = json!({
                "access_token": machine_access_token(visit, &client, claims).await,
                "token_type": "Bearer",
                "expires_in": expires_in,
                "scope": grant.scope,
            });
            with_hint(json_no_store(StatusCode::OK, &body), &hint)
        }
    }
}

/// The assertion in the form.
fn form(headers: &HeaderMap, body: &[u8]) -> Result<String, Fault> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Fault::new("invalid_request", None, "Content-Type must be application/x-www-form-urlencoded"));
    }
    let params =
        Params::parse(body).map_err(|fault| Fault::new("invalid_request", None, format!("Malformed form: {fault}")))?;
    if let Some(name) = params.doubled(&[]) {
        let name: String = name.chars().take(40).collect();
        return Err(Fault::new("invalid_request", None, format!("Parameter given more than once: {name}")));
    }
    match params.get("grant_type") {
        None => Err(Fault::new("invalid_request", None, "Missing parameter: grant_type")),
        Some(GRANT) => {
            let assertion = params.get("assertion").map(str::to_owned);
            assertion.ok_or_else(|| Fault::new("invalid_request", None, "Missing parameter: assertion"))
        }
        Some(_) => Err(Fault::new("unsupported_grant_type", None, "Unsupported grant type")
            .hinted(format!("the only grant_type is {GRANT}"))),
    }
}
