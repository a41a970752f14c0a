//! The login page: choosing a citizen instead of proving who one is (`specs/eid.md` §10.1).

use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

use super::authorize::{LANGUAGE_COOKIE, authentication, cookie, error_page, session_cookie, with_session_cookie};
use super::citizens::{self, Historie};
use super::deliver::Target;
use super::levels::{self, Method};
use super::pages::{self, Citizen, Login, Problem};
use super::texts::Texts;
use super::{note, noted};
use crate::access::{CodeGrant, Inbound, LoginRequest, Params, Visit, escape, find_client, with_hint};
use crate::observe::Note;
use crate::town::Town;
use crate::town::model::PersonId;
use crate::town::state::Tjeneste;

/// What a page shows beside the choice itself.
#[derive(Clone, Default)]
pub(super) struct View {
    /// Words searched for.
    pub search: String,
    /// Number typed before.
    pub pid: String,
    /// Why it was refused.
    pub message: Option<&'static str>,
}

pub(super) async fn get(inbound: Inbound, RawQuery(query): RawQuery) -> Response {
    let visit = Visit::of(&inbound);
    let response = show(&visit, query.unwrap_or_default().as_bytes()).await;
    noted(response, note("idporten.innloggingsside"))
}

/// The page again: after a search, or in another language.
pub(super) async fn show(visit: &Visit, query: &[u8]) -> Response {
    let params = Params::parse(query).unwrap_or_default();
    let id = params.get("innlogging").unwrap_or_default().to_owned();
    let language = params.get("lang").filter(|lang| matches!(*lang, "nb" | "nn" | "en"));
    if let Some(language) = language {
        visit.state.set_locale(visit.clocks, &id, language);
    }
    let view = View { search: params.get("sok").unwrap_or_default().chars().take(100).collect(), ..View::default() };
    // A search walks over every citizen: not on an async worker.
    let (page_visit, page_id) = (visit.clone(), id.clone());
    let page = tokio::task::spawn_blocking(move || page(&page_visit, &page_id, &view)).await;
    let mut response = page.unwrap_or_else(|_| error_page(Texts::of("nb"), Problem::Request));
    if let Some(value) = language.and_then(|language| {
        let path = Some(session_cookie(visit).1).filter(|path| !path.is_empty()).unwrap_or_else(|| "/".to_owned());
        HeaderValue::from_str(&format!("{LANGUAGE_COOKIE}={language}; Path={path}; SameSite=Lax")).ok()
    }) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// The login page of the open login `id`; an error page when there is none.
pub(super) fn page(visit: &Visit, id: &str, view: &View) -> Response {
    let Some(request) = visit.state.login(visit.clocks, id) else {
        return error_page(Texts::of("nb"), Problem::Stale);
    };
    let Some(client) = find_client(visit, Tjeneste::Idporten, &request.client_id) else {
        return error_page(Texts::of(&request.locale), Problem::Client);
    };
    let texts = Texts::of(&request.locale);
    let town = &visit.town;
    let lowest = levels::lowest(&request.acr_values);
    let suggestions = citizens::suggestions(town);
    let hits = citizens::search(town, &view.search);
    let html = pages::login(&Login {
        t: texts,
        action: format!("{}/login", prefix(visit)),
        id,
        query: format!("innlogging={id}&client_id={}", escape(&request.client_id)),
        client_id: &request.client_id,
        client: &client.klient.navn,
        levels: levels::REACHABLE.iter().filter(|acr| levels::rank(acr) >= Some(lowest)).copied().collect(),
        methods: levels::METHODS.iter().filter(|method| method.high || lowest < 3).collect(),
        suggestions: suggestions.iter().map(|&(id, story)| citizen(town, texts, id, story)).collect(),
        search: &view.search,
        hits: hits.iter().map(|&id| citizen(town, texts, id, Historie::Voksen)).collect(),
        pid: &view.pid,
        message: view.message,
        open: visit.open_clients,
    });
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(html)).into_response()
}

/// Path of this issuer as the browser sees it.
fn prefix(visit: &Visit) -> String {
    session_cookie(visit).1
}

fn citizen(town: &Town, texts: &Texts, id: PersonId, story: Historie) -> Citizen {
    let person = town.person(id);
    Citizen {
        pid: person.nummer().to_string(),
        navn: person.navn().full(),
        alder: person.alder(),
        historie: texts.historie(story),
    }
}

pub(super) async fn post(inbound: Inbound, headers: HeaderMap, body: Bytes) -> Response {
    let visit = Visit::of(&inbound);
    let mut note = note("idporten.innlogging");
    let response = choose(&visit, &headers, &body, &mut note).await;
    noted(response, note)
}

/// The choice made on the page.
pub(super) async fn choose(visit: &Visit, headers: &HeaderMap, body: &[u8], note: &mut Note) -> Response {
    let params = Params::parse(body).unwrap_or_default();
    let id = params.get("innlogging").unwrap_or_default();
    let Some(request) = visit.state.login(visit.clocks, id) else {
        let hint = "this login page has been answered already, or waited for more than 30 minutes";
        return with_hint(error_page(Texts::of("nb"), Problem::Stale), hint);
    };
    note.client = Some(request.client_id.clone());
    if params.get("action") == Some("cancel") {
        return match visit.state.close_login(visit.clocks, id) {
            Some(request) => target(&request).refuse(visit, "access_denied", "The user cancelled").await,
            None => error_page(Texts::of(&request.locale), Problem::Stale),
        };
    }
    match choice(visit, &request, &params) {
        Ok(choice) => finish(visit, headers, id, choice, note).await,
        Err(message) => {
            let typed = params.get("pid").unwrap_or_default();
            // A number of the real series goes nowhere, not even back to the page it came from.
            let pid = if crate::base::looks_real(typed) { "" } else { typed };
            let view = View { pid: pid.chars().take(11).collect(), message: Some(message), ..View::default() };
            page(visit, id, &view)
        }
    }
}

/// A choice that can be granted.
struct Choice {
    person: PersonId,
    acr: &'static str,
    method: &'static Method,
}

/// Reads the choice; `Err` is the message for the page.
fn choice(visit: &Visit, request: &LoginRequest, params: &Params) -> Result<Choice, &'static str> {
    let texts = Texts::of(&request.locale);
    let pid = params.get("velg").or_else(|| params.get("pid")).unwrap_or_default();
    let person = citizens::find(&visit.town, pid).ok_or(texts.unknown)?;
    citizens::check(&person).map_err(|closed| texts.stengt(closed))?;
    let lowest = levels::REACHABLE.iter().find(|acr| levels::satisfies(acr, &request.acr_values));
    let wanted = params.get("acr").map_or(lowest, |wanted| levels::REACHABLE.iter().find(|acr| **acr == wanted));
    let acr = wanted.filter(|acr| levels::satisfies(acr, &request.acr_values)).ok_or(texts.bad_level)?;
    let name = params.get("amr").unwrap_or(levels::TESTID);
    let method = levels::METHODS.iter().find(|method| method.name == name);
    let method = method.filter(|method| method.high || levels::rank(acr) < Some(3)).ok_or(texts.bad_level)?;
    Ok(Choice { person: person.id, acr, method })
}

/// Closes the page, begins a session and sends the code.
async fn finish(visit: &Visit, headers: &HeaderMap, id: &str, choice: Choice, note: &mut Note) -> Response {
    let Some(request) = visit.state.close_login(visit.clocks, id) else {
        return error_page(Texts::of("nb"), Problem::Stale);
    };
    let person = visit.town.person(choice.person);
    note.about = vec![person.key()];
    let now = visit.seconds(request.policy);
    let who = authentication(person.key(), &person.nummer().to_string(), choice.acr, choice.method.amr, now);
    let isolated =
        find_client(visit, Tjeneste::Idporten, &request.client_id).is_some_and(|client| client.klient.sso_deaktivert);
    let before = cookie(headers, &session_cookie(visit).0);
    let session = visit.state.begin_session(visit.clocks, &request, &who, isolated, before.as_deref());
    let target = target(&request);
    let code = visit.state.issue_code(visit.clocks, CodeGrant { request: request.clone(), authentication: who });
    visit.state.touch_session(visit.clocks, &session, &request, &code);
    let response = target.send(visit, &[("code", &code)]).await;
    with_session_cookie(visit, response, Some(&session))
}

fn target(request: &LoginRequest) -> Target {
    Target {
        redirect_uri: request.redirect_uri.clone(),
        mode: request.response_mode,
        issuer: request.issuer.clone(),
        client_id: request.client_id.clone(),
        state: request.state.clone(),
        policy: request.policy,
        after_form: true,
    }
}
