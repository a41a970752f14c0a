//! `POST /token/revoke`: a client gives a token back, and all others of the same grant with it (RFC 7009, `specs/eid.md`
//! §3.15, §9 row 38).

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::form::{self, Fault};
use super::{Desk, client_auth, noted};
use crate::access::{citizen_token, with_hint};
use crate::observe::Note;

pub(super) async fn post(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    let mut note = desk.note(desk.provider.names.tilbaketrekking);
    let response = answer(&desk, &headers, &body, &mut note);
    noted(response, note)
}

pub(super) fn answer(desk: &Desk, headers: &HeaderMap, body: &[u8], note: &mut Note) -> Response {
    revoke(desk, headers, body, note).unwrap_or_else(|fault| fault.response())
}

fn revoke(desk: &Desk, headers: &HeaderMap, body: &[u8], note: &mut Note) -> Result<Response, Fault> {
    let params = form::read(headers, body)?;
    let proven = client_auth::authenticate(desk, headers, &params)?;
    let client_id = proven.client.klient.client_id.as_str();
    note.client = Some(client_id.to_owned());
    let text = params.get("token").ok_or_else(|| Fault::bad("invalid_request", "Missing token parameter"))?;
    // The hint about its type is not needed: a token says itself what it is.
    let found = match desk.state.refresh_grant(desk.clocks, desk.provider.issuer, text) {
        Some((of, id)) => Some((of.grant.request.client_id.clone(), id)),
        None => citizen_token(desk, desk.provider.issuer, text).ok().map(|token| (token.client_id, token.jti)),
    };
    let hint = match found {
        None => "no such token: never given in this world, over, or taken back before",
        Some((owner, _)) if owner != client_id => "the token is another client's; nothing happens",
        Some((_, id)) => {
            desk.state.revoke(desk.clocks, proven.client.policy(), &id);
            ""
        }
    };
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    Ok(with_hint((StatusCode::OK, headers).into_response(), hint))
}
