//! `/logout`: the session ends, what it gave for login only ends with it, and the clients that took part are told: by
//! hidden frames in the browser, and from server to server (`specs/eid.md` §3.12).

mod told;

use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};

pub(super) use told::Told;
pub use told::logout_token;

use super::authorize::{cookie, error_page, issuer_of, session_cookie, with_session_cookie};
use super::pages::{self, Logout, Problem};
use super::texts::Texts;
use super::{Desk, Provider, noted};
use crate::access::{Inbound, Params, Visit, with_hint, with_query};
use crate::keys::Jws;
use crate::observe::Note;
use crate::town::decide::LeveringCommand;
use crate::town::{Cause, Command};
use crate::townhall::{HallError, World};

/// Seconds the browser stays for the frames when it runs no scripts.
const WAIT: u32 = 5;

pub(super) async fn get(
    desk: Desk,
    inbound: Inbound,
    uri: Uri,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    leave(&desk, &inbound, &uri, &headers, query.unwrap_or_default().as_bytes()).await
}

pub(super) async fn post(desk: Desk, inbound: Inbound, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    leave(&desk, &inbound, &uri, &headers, &body).await
}

async fn leave(desk: &Desk, inbound: &Inbound, uri: &Uri, headers: &HeaderMap, params: &[u8]) -> Response {
    let mut note = desk.note(desk.provider.names.utlogging);
    let (mut response, told) = answer(desk, uri.path(), headers, params, &mut note);
    if let Some(told) = told
        && let Err(error) = tell(&inbound.world, told).await
    {
        response = with_hint(response, &format!("no client is told by its back-channel address: {error}"));
    }
    noted(response, note)
}

/// Has the clients of a session that has ended told from server to server; what frames say, only a browser can.
async fn tell(world: &World, told: Told) -> Result<(), HallError> {
    if told.varsler.is_empty() {
        return Ok(());
    }
    let cause = Cause::of("logout", &[told.sid.as_bytes()]);
    let command = LeveringCommand::Utlogging { kilde: told.kilde, varsler: told.varsler };
    world.command(Command::Levering(command), cause).await.map(drop)
}

/// Ends the session behind `cookie` from beside (`specs/eid.md` §10.2); `notify` says whether clients are told from server
/// to server. `false` when there was no session any more.
///
/// # Errors
/// [`HallError`] when they could not be told; the session has ended all the same.
pub async fn end_session(
    provider: &'static Provider,
    visit: &Visit,
    world: &World,
    cookie: &str,
    notify: bool,
) -> Result<bool, HallError> {
    let desk = Desk::at(provider, visit.clone());
    let Some(ended) = desk.state.take_session(desk.clocks, provider.issuer, cookie) else { return Ok(false) };
    if notify {
        tell(world, Told::of(&desk, &ended)).await?;
    }
    Ok(true)
}

/// The answer to a log-out, and who is told from server to server.
pub(super) fn answer(
    desk: &Desk,
    path: &str,
    headers: &HeaderMap,
    params: &[u8],
    note: &mut Note,
) -> (Response, Option<Told>) {
    let Ok(params) = Params::parse(params) else { return (error_page(Texts::of("nb"), Problem::Request), None) };
    let locale = cookie(headers, desk.provider.language_cookie).or_else(|| params.get("ui_locales").map(str::to_owned));
    let texts = Texts::of(locale.as_deref().unwrap_or("nb"));
    if issuer_of(desk, path).is_none() {
        return (error_page(texts, Problem::Address), None);
    }
    if params.doubled(&[]).is_some() || params.get("state").is_some_and(|state| state.chars().any(char::is_control)) {
        return (error_page(texts, Problem::Request), None);
    }
    let client = match client(desk, &params) {
        Ok(client) => client,
        Err((problem, hint)) => return (with_hint(error_page(texts, problem), hint), None),
    };
    note.client.clone_from(&client);
    let session = cookie(headers, &session_cookie(desk).0);
    let ended = session.and_then(|session| desk.state.take_session(desk.clocks, desk.provider.issuer, &session));
    let Some(ended) = ended else {
        let hint = "no session cookie of this world, or the session has ended; headless log-ins leave none";
        return (with_hint(error_page(texts, Problem::NoSession), hint), None);
    };
    note.about = ended.authentication.person.into_iter().collect();
    let told = Told::of(desk, &ended);
    let (back, hint) = way_back(desk, &params, client.as_deref());
    let response = farewell(texts, back, told.frames.clone());
    (with_session_cookie(desk, with_hint(response, hint), None), Some(told))
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

/// Where the browser goes afterwards: the address the app wants, when it is registered.
fn way_back(desk: &Desk, params: &Params, client: Option<&str>) -> (Option<String>, &'static str) {
    let Some(uri) = params.get("post_logout_redirect_uri") else { return (None, "") };
    let known = client.and_then(|client| desk.client(client));
    let allowed = known.is_some_and(|known| {
        let registered = known.klient.post_logout_redirect_uris.iter().any(|registered| registered == uri);
        registered || !known.registered && known.may_return_to(uri)
    });
    if !allowed {
        return (None, "post_logout_redirect_uri is not registered on the client of id_token_hint or client_id");
    }
    let state: Vec<(&str, &str)> = params.get("state").map(|state| ("state", state)).into_iter().collect();
    (Some(with_query(uri, &state)), "")
}

/// The end: a redirect, or a page of our own. With frames to load the browser is shown a page first.
fn farewell(t: &Texts, back: Option<String>, frames: Vec<(String, String)>) -> Response {
    let stay = || ([(header::CACHE_CONTROL, "no-store")], Html(pages::logged_out(t))).into_response();
    let location = back.as_deref().and_then(|back| HeaderValue::from_str(back).ok());
    if frames.is_empty() {
        return match location {
            Some(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
            None => stay(),
        };
    }
    let refresh = location.and_then(|_| HeaderValue::from_str(&format!("{WAIT};url={}", back.as_deref()?)).ok());
    let mut response = pages::logout(Logout { t, back, frames });
    if let Some(refresh) = refresh {
        response.headers_mut().insert(header::REFRESH, refresh);
    }
    response
}
