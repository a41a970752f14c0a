//! The login page: choosing a citizen instead of proving who one is (`specs/eid.md` §10.1).
//!
//! | file | holds |
//! | --- | --- |
//! | here | the requests of all pages of a log-in under way, and who goes on with them |
//! | `view` | what the login page shows |
//! | `others` | the pages of Europeans and of e-mail users |
//! | `failures` | making the log-in fail on purpose |

mod failures;
mod others;
mod view;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

pub(super) use view::{View, frame};

use super::authorize::{cookie, error_page, session_cookie, with_session_cookie};
use super::citizens::{self, Historie};
use super::flow::{self, Came};
use super::levels::{Method, TESTID};
use super::pages::Problem;
use super::representation::{self, Choice};
use super::texts::Texts;
use super::{Desk, consent, noted, work};
use crate::access::{Authentication, LoginRequest, OpenLogin, Params, Passed, with_hint};
use crate::observe::Note;
use crate::town::model::PersonId;

/// Languages that can be chosen. Pages for somebody who chose the last are in Bokmål.
const LANGUAGES: &[&str] = &["nb", "nn", "en", "se"];
/// Longest text of a search that is read.
const MAX_SOEK: usize = 200;

pub(super) async fn get(desk: Desk, RawQuery(query): RawQuery) -> Response {
    let response = show(&desk, query.unwrap_or_default().as_bytes()).await;
    noted(response, desk.note(desk.provider.names.innloggingsside))
}

/// A page of the log-in again: after a search, in another language, or another way of logging in.
pub(super) async fn show(desk: &Desk, query: &[u8]) -> Response {
    let params = Params::parse(query).unwrap_or_default();
    let id = params.get("innlogging").unwrap_or_default().to_owned();
    let language = params.get("lang").filter(|lang| LANGUAGES.contains(lang));
    if let Some(language) = language {
        desk.state.set_locale(desk.clocks, desk.provider.issuer, &id, language);
    }
    let text = |name: &str| params.get(name).unwrap_or_default().chars().take(MAX_SOEK).collect::<String>();
    let view = View {
        search: text("sok"),
        historie: params.get("historie").and_then(Historie::from_name),
        steg: text("steg"),
        land: text("land"),
        ..View::default()
    };
    let mut response = page(desk, &id, view).await;
    if let Some(value) = language.and_then(|language| {
        let path = Some(session_cookie(desk).1).filter(|path| !path.is_empty()).unwrap_or_else(|| "/".to_owned());
        HeaderValue::from_str(&format!("{}={language}; Path={path}; SameSite=Lax", desk.provider.language_cookie)).ok()
    }) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// The page that the log-in `id` waits behind; an error page when there is none.
pub(super) async fn page(desk: &Desk, id: &str, view: View) -> Response {
    let Some(open) = desk.state.login(desk.clocks, desk.provider.issuer, id) else {
        return error_page(Texts::of("nb"), Problem::Stale);
    };
    if desk.client(&open.request.client_id).is_none() {
        return error_page(Texts::of(&open.request.locale), Problem::Client);
    }
    match flow::step(desk, &open) {
        consent::STEG => return consent::page(desk, id, &open),
        representation::STEG => return representation::page(desk, id, &open, &view),
        _ => {}
    }
    // A search walks over every citizen: not on an async worker.
    let (desk, id) = (desk.clone(), id.to_owned());
    let shown = tokio::task::spawn_blocking(move || view::page(&desk, &id, &open, &view)).await;
    shown.unwrap_or_else(|_| error_page(Texts::of("nb"), Problem::Request))
}

pub(super) async fn post(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    let mut note = desk.note(desk.provider.names.innlogging);
    let response = choose(&desk, &headers, &body, &mut note).await;
    noted(response, note)
}

/// What was chosen on a page.
pub(super) async fn choose(desk: &Desk, headers: &HeaderMap, body: &[u8], note: &mut Note) -> Response {
    let params = Params::parse(body).unwrap_or_default();
    let id = params.get("innlogging").unwrap_or_default();
    let steg = params.get("steg").unwrap_or_default();
    let open = desk.state.login(desk.clocks, desk.provider.issuer, id);
    // A form of the page before is as stale as one of a log-in that is over (`specs/eid.md` §9 row 21).
    let later = [consent::STEG, representation::STEG];
    let is_of = |open: &Arc<OpenLogin>| match flow::step(desk, open) {
        "" => !later.contains(&steg),
        step => step == steg,
    };
    let Some(open) = open.filter(is_of) else {
        let hint = "this page has been answered already, or waited for more than 30 minutes";
        return with_hint(error_page(Texts::of("nb"), Problem::Stale), hint);
    };
    note.client = Some(open.request.client_id.clone());
    match (params.get("action"), steg) {
        (Some("cancel"), _) => refuse(desk, id, "access_denied", "The user cancelled").await,
        (Some("fail"), _) => failures::fail(desk, id, params.get("error").unwrap_or_default()).await,
        (_, consent::STEG) => consented(desk, id, &params, note).await,
        (_, representation::STEG) => represented(desk, id, &open, &params, note).await,
        _ => {
            let chosen = match steg {
                "epost" => others::email(desk, &open.request, &params),
                "eidas" => others::european(desk, &open.request, &params),
                work::STEG => employee(desk, &open.request, &params),
                _ => citizen(desk, &open.request, &params),
            };
            match chosen {
                Ok(who) => authenticated(desk, headers, id, who, note).await,
                Err(message) => page(desk, id, again(&params, steg, message)).await,
            }
        }
    }
}

/// The page once more, with what was typed and what is wrong with it.
fn again(params: &Params, steg: &str, message: String) -> View {
    let typed = params.get("pid").unwrap_or_default();
    // A number of the real series goes nowhere, not even back to the page it came from.
    let pid = if crate::base::looks_real(typed) { "" } else { typed };
    let text = |name: &str| params.get(name).unwrap_or_default().chars().take(100).collect::<String>();
    View {
        pid: pid.chars().take(60).collect(),
        acr: text("acr"),
        amr: text("amr"),
        email: text("email"),
        land: text("land"),
        steg: steg.to_owned(),
        message: Some(message),
        ..View::default()
    }
}

/// Takes the log-in from its page and sends an error to the app.
async fn refuse(desk: &Desk, id: &str, error: &str, description: &str) -> Response {
    match desk.state.close_login(desk.clocks, desk.provider.issuer, id) {
        Some(open) => flow::target(&open.request, true).refuse(desk, error, description).await,
        None => error_page(Texts::of("nb"), Problem::Stale),
    }
}

/// Reads the choice of a citizen; `Err` is the message for the page.
fn citizen(desk: &Desk, request: &LoginRequest, params: &Params) -> Result<Authentication, String> {
    let t = Texts::of(&request.locale);
    let said = ["velg", "pid", "alias"].into_iter().find_map(|name| params.get(name));
    let person = named(desk, said.ok_or(t.t("feil.ingen"))?).ok_or(t.t("feil.ukjent"))?;
    let person = desk.town.person(person);
    citizens::check(&person).map_err(|closed| t.t(closed.key()))?;
    let mut offered = desk.levels().offered(&request.acr_values).into_iter();
    // Lowest first: the level that is enough, unless another is asked for.
    let acr = offered.find(|acr| params.get("acr").is_none_or(|wanted| *acr == wanted)).ok_or(t.t("feil.nivaa"))?;
    let method = method(desk, params.get("amr").unwrap_or(TESTID));
    let method = method.filter(|method| desk.levels().reaches(method, acr)).ok_or(t.t("feil.nivaa"))?;
    if !method.is_among(person.eider()) {
        return Err(t.f("feil.har_ikke", method.name));
    }
    let pid = person.nummer().to_string();
    Ok(Authentication::of_citizen(person.key(), &pid, acr, &[method.amr], desk.seconds(request.policy)))
}

/// Reads the choice of somebody with an account at work; `Err` is the message for the page.
fn employee(desk: &Desk, request: &LoginRequest, params: &Params) -> Result<Authentication, String> {
    let t = Texts::of(&request.locale);
    if !desk.levels().takes_work(&request.acr_values) {
        return Err(t.t("feil.nivaa").to_owned());
    }
    let said = ["velg", "pid", "alias"].into_iter().find_map(|name| params.get(name));
    let person = named(desk, said.ok_or(t.t("feil.ingen"))?).ok_or(t.t("feil.ukjent"))?;
    let person = desk.town.person(person);
    citizens::check(&person).map_err(|closed| t.t(closed.key()))?;
    let who = work::authentication(&person, desk.seconds(request.policy));
    who.ok_or_else(|| t.f("feil.jobb", &person.navn().full()))
}

/// The way of logging in called `name`: by its `amr`, or by the eID alone.
fn method(desk: &Desk, name: &str) -> Option<&'static Method> {
    let methods = desk.levels().methods;
    let called = |of: fn(&Method) -> &'static str| methods.iter().find(|method| of(method) == name);
    called(|method| method.amr).or_else(|| called(|method| method.name))
}

/// Whom `text` means: an identity number, or a name a test gave somebody.
fn named(desk: &Desk, text: &str) -> Option<PersonId> {
    let numbered = citizens::find(&desk.town, text).map(|person| person.id);
    numbered.or_else(|| desk.town.id_of(desk.state.person_named(text.trim())?))
}

/// Begins a session, unless the eID gives none, and goes on.
async fn authenticated(desk: &Desk, headers: &HeaderMap, id: &str, who: Authentication, note: &mut Note) -> Response {
    let Some(open) = desk.state.close_login(desk.clocks, desk.provider.issuer, id) else {
        return error_page(Texts::of("nb"), Problem::Stale);
    };
    let isolated = desk.client(&open.request.client_id).is_some_and(|client| desk.is_isolated(&client.klient));
    let session = others::gives_session(&who).then(|| {
        let before = cookie(headers, &session_cookie(desk).0);
        desk.state.begin_session(desk.clocks, &open.request, &who, isolated, before.as_deref())
    });
    let passed = Passed::by(who, session.as_deref());
    let response = flow::go_on(desk, (*open).clone(), passed, Came::Page(id), note).await;
    match session {
        Some(session) => with_session_cookie(desk, response, Some(&session)),
        None => response,
    }
}

/// The answer of the page that asks whom to act for.
async fn represented(desk: &Desk, id: &str, open: &OpenLogin, params: &Params, note: &mut Note) -> Response {
    let Some(passed) = open.passed.clone() else { return error_page(Texts::of("nb"), Problem::Stale) };
    let choice = representation::choose(desk, &open.request, &passed.authentication, params);
    if let Choice::Again(key) = choice {
        let message = Texts::of(&open.request.locale).t(key).to_owned();
        return page(desk, id, View { message: Some(message), ..View::default() }).await;
    }
    if desk.state.close_login(desk.clocks, desk.provider.issuer, id).is_none() {
        return error_page(Texts::of(&open.request.locale), Problem::Stale);
    }
    note.about = passed.authentication.person.into_iter().collect();
    match choice {
        Choice::Chosen(details) => {
            let passed = Passed { details: Some(details), ..passed };
            flow::go_on(desk, open.clone(), passed, Came::Page(id), note).await
        }
        Choice::Refused(error) | Choice::Again(error) => {
            flow::target(&open.request, true).refuse(desk, error, "Nobody is represented").await
        }
    }
}

/// The answer of the consent page.
async fn consented(desk: &Desk, id: &str, params: &Params, note: &mut Note) -> Response {
    let Some(open) = desk.state.close_login(desk.clocks, desk.provider.issuer, id) else {
        return error_page(Texts::of("nb"), Problem::Stale);
    };
    let Some(passed) = open.passed.clone() else { return error_page(Texts::of("nb"), Problem::Stale) };
    note.about = passed.authentication.person.into_iter().collect();
    match consent::answered(desk, &open, passed, params) {
        Some((open, passed)) => flow::go_on(desk, open, passed, Came::Page(id), note).await,
        None => flow::target(&open.request, true).refuse(desk, "access_denied", "The user refused").await,
    }
}
