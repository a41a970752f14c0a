//! `/logout`: the session ends, and what it gave for login only ends with it (`specs/eid.md` §3.12).
//!
//! No client can be registered for front- or back-channel notices yet, so nobody is notified.

use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};

use super::authorize::{cookie, error_page, issuer_of, session_cookie, with_session_cookie};
use super::pages::{self, Problem};
use super::texts::Texts;
use super::{Desk, noted};
use crate::access::{Params, with_hint, with_query};
use crate::keys::Jws;
use crate::observe::Note;

pub(super) async fn get(desk: Desk, uri: Uri, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let mut note = desk.note(desk.provider.names.utlogging);
    let response = answer(&desk, uri.path(), &headers, query.unwrap_or_default().as_bytes(), &mut note);
    noted(response, note)
}

pub(super) async fn post(desk: Desk, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let mut note = desk.note(desk.provider.names.utlogging);
    let response = answer(&desk, uri.path(), &headers, &body, &mut note);
    noted(response, note)
}

pub(super) fn answer(desk: &Desk, path: &str, headers: &HeaderMap, params: &[u8], note: &mut Note) -> Response {
    let Ok(params) = Params::parse(params) else { return error_page(Texts::of("nb"), Problem::Request) };
    let locale = cookie(headers, desk.provider.language_cookie).or_else(|| params.get("ui_locales").map(str::to_owned));
    let texts = Texts::of(locale.as_deref().unwrap_or("nb"));
    if issuer_of(desk, path).is_none() {
        return error_page(texts, Problem::Address);
    }
    if params.doubled(&[]).is_some() || params.get("state").is_some_and(|state| state.chars().any(char::is_control)) {
        return error_page(texts, Problem::Request);
    }
    let client = match client(desk, &params) {
        Ok(client) => client,
        Err((problem, hint)) => return with_hint(error_page(texts, problem), hint),
    };
    note.client.clone_from(&client);
    let session = cookie(headers, &session_cookie(desk).0);
    if !session.is_some_and(|session| desk.state.end_session(desk.clocks, desk.provider.issuer, &session)) {
        let hint = "no session cookie of this world, or the session has ended; headless log-ins leave none";
        return with_hint(error_page(texts, Problem::NoSession), hint);
    }
    with_session_cookie(desk, farewell(desk, &params, client.as_deref(), texts), None)
}

/// The client named by `id_token_hint` and `client_id`; an expired hint will do, a forged one will not.
fn client(desk: &Desk, params: &Params) -> Result<Option<String>, (Problem, &'static str)> {
    let named = params.get("client_id").map(str::to_owned);
    let Some(hint) = params.get("id_token_hint") else { return Ok(named) };
    let ours = |jws: &Jws<'_>| desk.state.check_signature(desk.clocks, desk.provider.issuer, jws).is_ok();
    let hinted = Jws::parse(hint).ok().filter(ours);
    let hinted = hinted.and_then(|jws| jws.text("aud").map(str::to_owned));
    let hinted = hinted.ok_or((Problem::IdTokenHint, "id_token_hint is not an ID token of this issuer"))?;
    if named.is_some_and(|named| named != hinted) {
        return Err((Problem::IdTokenHint, "id_token_hint is of another client than client_id"));
    }
    Ok(Some(hinted))
}

/// Where the browser goes: to the registered address, or to a page of our own.
fn farewell(desk: &Desk, params: &Params, client: Option<&str>, texts: &Texts) -> Response {
    let stay = || ([(header::CACHE_CONTROL, "no-store")], Html(pages::logged_out(texts))).into_response();
    let Some(uri) = params.get("post_logout_redirect_uri") else { return stay() };
    let known = client.and_then(|client| desk.client(client));
    let allowed = known.is_some_and(|known| {
        let registered = known.klient.post_logout_redirect_uris.iter().any(|registered| registered == uri);
        registered || !known.registered && known.may_return_to(uri)
    });
    if !allowed {
        let hint = "post_logout_redirect_uri is not registered on the client of id_token_hint or client_id";
        return with_hint(stay(), hint);
    }
    let state: Vec<(&str, &str)> = params.get("state").map(|state| ("state", state)).into_iter().collect();
    match HeaderValue::from_str(&with_query(uri, &state)) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        Err(_) => stay(),
    }
}
