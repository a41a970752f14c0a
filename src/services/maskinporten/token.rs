//! `POST /token`: the form, the grant and the answer (`specs/eid.md` §5.2, §5.3).

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use super::assertion::{self, Verdict};
use super::faults::Fault;
use super::note;
use crate::access::{Inbound, Params, Visit, json_no_store, machine_claims, not_modelled, sign, with_hint, with_note};
use crate::keys::Issuer;
use crate::observe::Note;

/// The only grant.
pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

pub(super) async fn post(inbound: Inbound, headers: HeaderMap, body: Bytes) -> Response {
    let visit = Visit::of(&inbound);
    let mut note = note("maskinporten.token");
    let response = answer(&visit, &headers, &body, &mut note).await;
    // What is not modelled carries a note of its own.
    if response.status() == StatusCode::NOT_IMPLEMENTED { response } else { with_note(response, note) }
}

pub(super) async fn answer(visit: &Visit, headers: &HeaderMap, body: &[u8], note: &mut Note) -> Response {
    let verdict = match form(headers, body) {
        Ok(assertion) => {
            let (verdict, client) = assertion::check(visit, &assertion);
            note.client = client;
            verdict
        }
        Err(fault) => Verdict::Refused(fault),
    };
    match verdict {
        Verdict::Refused(fault) => fault.response(visit),
        Verdict::NotModelled(operation) => not_modelled("maskinporten", operation),
        Verdict::Granted { client, grant, hint } => {
            let (claims, expires_in) = machine_claims(visit, &client, &grant);
            let token = sign(visit.state.signing_key(Issuer::Maskinporten), claims).await;
            let body = json!({
                "access_token": token,
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
