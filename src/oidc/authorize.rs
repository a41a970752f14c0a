//! `/authorize`: every check in the order of the contract, and where its error goes (`specs/eid.md` §3.3, §9).

pub(super) mod check;
mod optional;

use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};

use self::check::{Checked, Outcome};
use super::citizens::{self, Stengt};
use super::flow::{self, Came};
use super::pages::{self, Problem};
use super::texts::Texts;
use super::{Desk, consent, levels, noted, planned, work};
use crate::access::{Authentication, OpenLogin, Params, Passed, SsoSession, not_modelled, with_hint};
use crate::observe::Note;

pub(super) async fn get(desk: Desk, uri: Uri, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    handle(&desk, &uri, &headers, query.unwrap_or_default().as_bytes(), false).await
}

pub(super) async fn post(desk: Desk, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    handle(&desk, &uri, &headers, &body, true).await
}

async fn handle(desk: &Desk, uri: &Uri, headers: &HeaderMap, params: &[u8], posted: bool) -> Response {
    let mut note = desk.note(desk.provider.names.innlogging);
    let response = answer(desk, uri.path(), headers, params, posted, &mut note).await;
    noted(response, note)
}

/// The answer to an authorization request on `path` with the raw parameters `params`.
pub(super) async fn answer(
    desk: &Desk,
    path: &str,
    headers: &HeaderMap,
    params: &[u8],
    posted: bool,
    note: &mut Note,
) -> Response {
    let language = cookie(headers, desk.provider.language_cookie);
    let Some(issuer) = issuer_of(desk, path) else {
        let hint =
            "this address carries an alias of an issuer that has not been read since the start; read discovery again";
        return with_hint(error_page(Texts::of("nb"), Problem::Address), hint);
    };
    let Ok(params) = Params::parse(params) else {
        return with_hint(error_page(Texts::of("nb"), Problem::Request), "broken percent-encoding or invalid UTF-8");
    };
    note.client = params.get("client_id").map(str::to_owned);
    match check::check(desk, &issuer, &params, language.as_deref(), posted) {
        Outcome::Page { problem, hint } => {
            let locale = optional::locale(language.as_deref(), params.get("ui_locales"));
            with_hint(error_page(Texts::of(locale), problem), &hint)
        }
        Outcome::Refused { target, fault } => {
            with_hint(target.refuse(desk, fault.error, &fault.description).await, &fault.hint)
        }
        Outcome::NotModelled(operation) => not_modelled(desk.provider.service, operation),
        Outcome::Checked(checked) => {
            let hint = checked.hint.clone();
            with_hint(proceed(desk, headers, *checked, note).await, &hint)
        }
    }
}

/// The issuer an authorization request belongs to: the caller's own, or the one behind the alias in the path.
pub(super) fn issuer_of(desk: &Desk, path: &str) -> Option<String> {
    let segment = path.strip_prefix(desk.provider.mount)?.strip_prefix('/')?.split('/').next()?;
    match segment.strip_prefix('~') {
        Some(alias) => desk.state.origin_of(alias).map(|base| desk.issuer_below(&base)),
        None if path.matches('/').count() > 2 => None,
        None => Some(desk.own_issuer()),
    }
}

/// An error page: status 400, no redirect.
pub(super) fn error_page(texts: &Texts, problem: Problem) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::X_FRAME_OPTIONS, "DENY")];
    (StatusCode::BAD_REQUEST, headers, Html(pages::problem(texts, problem))).into_response()
}

/// The value of the cookie `name`.
#[must_use]
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}

/// Name and path of the session cookie: cookies ignore ports and worlds, so both stand in them
/// (`specs/core.md` §7). The path is empty on a host the service has to itself.
pub(super) fn session_cookie(desk: &Desk) -> (String, String) {
    let issuer = desk.own_issuer();
    let origin = issuer.split_once("://").map_or(issuer.as_str(), |(_, rest)| rest);
    let (host, path) = origin.find('/').map_or((origin, ""), |slash| origin.split_at(slash));
    let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
    (format!("byteby_{port}_{}_{}", desk.world, desk.provider.service), path.to_owned())
}

/// `response` with the session cookie set to `value`, or cleared without one.
pub(super) fn with_session_cookie(desk: &Desk, response: Response, value: Option<&str>) -> Response {
    let (name, path) = session_cookie(desk);
    with_cookie(response, &name, if path.is_empty() { "/" } else { &path }, value)
}

/// `response` with the cookie `name` of `path` set to `value`, or cleared without one.
#[must_use]
pub fn with_cookie(mut response: Response, name: &str, path: &str, value: Option<&str>) -> Response {
    let text = match value {
        Some(value) => format!("{name}={value}; Path={path}; HttpOnly; SameSite=Lax"),
        None => format!("{name}=; Path={path}; Max-Age=0; HttpOnly; SameSite=Lax"),
    };
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// A checked request: headless log-in, single sign-on, or the login page.
async fn proceed(desk: &Desk, headers: &HeaderMap, checked: Checked, note: &mut Note) -> Response {
    if checked.test_login.is_some() {
        return headless(desk, checked, note).await;
    }
    let Checked { target, request, client, prompt, max_age, .. } = checked;
    let (name, _) = session_cookie(desk);
    let cookie = cookie(headers, &name);
    let session = cookie.as_deref().and_then(|cookie| desk.state.session(desk.clocks, desk.provider.issuer, cookie));
    let now = desk.seconds(request.policy);
    let own = session.filter(|session| session.is_usable_by(&request.client_id, desk.is_isolated(&client.klient)));
    let high_enough = |session: &SsoSession| desk.levels().satisfies(&session.authentication.acr, &request.acr_values);
    let step_up = own.as_ref().is_some_and(|session| !high_enough(session));
    let fresh = prompt.login || consent::wants_authentication(desk, &request);
    let usable = own.filter(|session| {
        let who = &session.authentication;
        // A largest age of 0 is a wish for a new log-in, also within the same second (OpenID Connect Core §3.1.2.1).
        let young = max_age.is_none_or(|max_age| max_age > 0 && now - who.auth_time <= max_age);
        let open = |key| desk.town.person_by_key(key).is_some_and(|person| citizens::check(&person).is_ok());
        !fresh && young && high_enough(session) && who.person.is_none_or(open)
    });
    let open = OpenLogin { consent: prompt.consent, step_up, ..OpenLogin::of(request) };
    match (usable, cookie) {
        (Some(session), Some(cookie)) => {
            let passed = Passed::by(session.authentication, Some(&cookie));
            let came = Came::Asked { after_form: target.after_form, may_ask: !prompt.none };
            flow::go_on(desk, open, passed, came, note).await
        }
        _ if prompt.none => {
            let response = target.refuse(desk, "login_required", "Login required").await;
            with_hint(response, "prompt=none, and this browser has no session that would do")
        }
        _ => {
            let isolated = desk.is_isolated(&client.klient);
            planned::or_page(desk, headers, &target, open, isolated, note).await
        }
    }
}

/// `login_hint=testid:…`: no page, no session left (`specs/eid.md` §7.2).
async fn headless(desk: &Desk, checked: Checked, note: &mut Note) -> Response {
    let Checked { target, request, test_login, .. } = checked;
    // `proceed` comes here only with one.
    let Some(login) = test_login else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let person = desk.town.person(login.person);
    note.about = vec![person.key()];
    if let Err(closed) = citizens::check(&person) {
        let response = target.refuse(desk, "access_denied", "The user cannot be authenticated").await;
        return with_hint(response, closed_hint(closed));
    }
    let now = desk.seconds(request.policy);
    let account = (login.acr == work::ENTRAID).then(|| work::authentication(&person, now)).flatten();
    let who = account.unwrap_or_else(|| {
        let pid = person.nummer().to_string();
        Authentication::of_citizen(person.key(), &pid, &login.acr, &[levels::TESTID], now)
    });
    let passed = Passed { headless: true, representing: login.representing, ..Passed::by(who, None) };
    let came = Came::Asked { after_form: target.after_form, may_ask: false };
    let response = flow::go_on(desk, OpenLogin::of(request), passed, came, note).await;
    with_session_cookie(desk, response, None)
}

pub(super) fn closed_hint(closed: Stengt) -> &'static str {
    match closed {
        Stengt::Doed => "this citizen is registered dead",
        Stengt::Sperret => "this citizen's number has been withdrawn",
        Stengt::Barn => "this citizen is under 13",
    }
}
