//! `POST /par`: an authorization request sent ahead, by program (RFC 9126, `specs/eid.md` §3.5, §9 row 22).

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;

use super::authorize::check::{self, Outcome};
use super::form::{self, Fault};
use super::{Desk, client_auth, noted};
use crate::access::{PUSHED_LEVETID, json_no_store, not_modelled, with_hint};
use crate::observe::Note;

pub(super) async fn post(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    let mut note = desk.note(desk.provider.names.par);
    let response = answer(&desk, &headers, &body, &mut note);
    noted(response, note)
}

pub(super) fn answer(desk: &Desk, headers: &HeaderMap, body: &[u8], note: &mut Note) -> Response {
    push(desk, headers, body, note).unwrap_or_else(|fault| fault.response())
}

fn push(desk: &Desk, headers: &HeaderMap, body: &[u8], note: &mut Note) -> Result<Response, Fault> {
    let params = form::read(headers, body)?;
    let proven = client_auth::authenticate(desk, headers, &params)?;
    let client_id = proven.client.klient.client_id.clone();
    note.client = Some(client_id.clone());
    if params.get("request_uri").is_some() {
        return Err(Fault::bad("invalid_request", "request_uri must not be pushed"));
    }
    let policy = proven.client.policy();
    let hint = match check::check_of(desk, &desk.own_issuer(), proven.client, &params, None, false) {
        // Only an address to go back to can be wrong here, and nobody goes anywhere yet.
        Outcome::Page { hint, .. } => {
            return Err(Fault::bad("invalid_request", "Invalid redirect_uri").hinted(hint));
        }
        Outcome::Refused { fault, .. } => {
            return Err(Fault::bad(fault.error, fault.description).hinted(fault.hint));
        }
        Outcome::NotModelled(operation) => return Ok(not_modelled(desk.provider.service, operation)),
        Outcome::Checked(checked) => checked.hint,
    };
    let name = desk.state.push_request(desk.clocks, desk.provider.issuer, policy, &client_id, body);
    let body = json!({ "request_uri": format!("{}{name}", desk.provider.urn), "expires_in": PUSHED_LEVETID });
    Ok(with_hint(json_no_store(StatusCode::CREATED, &body), &hint))
}
