//! The login page: choosing a citizen instead of proving who one is (`specs/eid.md` §10.1).

use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

use super::authorize::{cookie, error_page, session_cookie, with_session_cookie};
use super::citizens::{self, Historie};
use super::deliver::Target;
use super::levels::{self, Method};
use super::pages::{self, Citizen, Login, Problem};
use super::texts::Texts;
use super::{Desk, noted};
use crate::access::{Authentication, CodeGrant, LoginRequest, Params, escape, with_hint};
use crate::observe::Note;
use crate::town::Town;
use crate::town::model::PersonId;

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

pub(super) async fn get(desk: Desk, RawQuery(query): RawQuery) -> Response {
    let response = show(&desk, query.unwrap_or_default().as_bytes()).await;
    noted(response, desk.note(desk.provider.names.innloggingsside))
}

/// The page again: after a search, or in another language.
pub(super) async fn show(desk: &Desk, query: &[u8]) -> Response {
    let params = Params::parse(query).unwrap_or_default();
    let id = params.get("innlogging").unwrap_or_default().to_owned();
    let language = params.get("lang").filter(|lang| matches!(*lang, "nb" | "nn" | "en"));
    if let Some(language) = language {
        desk.state.set_locale(desk.clocks, desk.provider.issuer, &id, language);
    }
    let view = View { search: params.get("sok").unwrap_or_default().chars().take(100).collect(), ..View::default() };
    // A search walks over every citizen: not on an async worker.
    let (page_desk, page_id) = (desk.clone(), id.clone());
    let page = tokio::task::spawn_blocking(move || page(&page_desk, &page_id, &view)).await;
    let mut response = page.unwrap_or_else(|_| error_page(Texts::of("nb"), Problem::Request));
    if let Some(value) = language.and_then(|language| {
        let path = Some(session_cookie(desk).1).filter(|path| !path.is_empty()).unwrap_or_else(|| "/".to_owned());
        HeaderValue::from_str(&format!("{}={language}; Path={path}; SameSite=Lax", desk.provider.language_cookie)).ok()
    }) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// The login page of the open login `id`; an error page when there is none.
pub(super) fn page(desk: &Desk, id: &str, view: &View) -> Response {
    let Some(request) = desk.state.login(desk.clocks, desk.provider.issuer, id) else {
        return error_page(Texts::of("nb"), Problem::Stale);
    };
    let Some(client) = desk.client(&request.client_id) else {
        return error_page(Texts::of(&request.locale), Problem::Client);
    };
    let texts = Texts::of(&request.locale);
    let town = &desk.town;
    let suggestions = citizens::suggestions(town);
    let hits = citizens::search(town, &view.search);
    let html = pages::login(&Login {
        t: texts,
        action: format!("{}/login", prefix(desk)),
        id,
        query: format!("innlogging={id}&client_id={}", escape(&request.client_id)),
        client_id: &request.client_id,
        client: &client.klient.navn,
        levels: desk.levels().offered(&request.acr_values),
        methods: desk.levels().methods_for(&request.acr_values),
        suggestions: suggestions.iter().map(|&(id, story)| citizen(town, texts, id, story)).collect(),
        search: &view.search,
        hits: hits.iter().map(|&id| citizen(town, texts, id, Historie::Voksen)).collect(),
        pid: &view.pid,
        message: view.message,
        open: desk.open_clients,
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
fn prefix(desk: &Desk) -> String {
    session_cookie(desk).1
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

pub(super) async fn post(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    let mut note = desk.note(desk.provider.names.innlogging);
    let response = choose(&desk, &headers, &body, &mut note).await;
    noted(response, note)
}

/// The choice made on the page.
pub(super) async fn choose(desk: &Desk, headers: &HeaderMap, body: &[u8], note: &mut Note) -> Response {
    let params = Params::parse(body).unwrap_or_default();
    let id = params.get("innlogging").unwrap_or_default();
    let Some(request) = desk.state.login(desk.clocks, desk.provider.issuer, id) else {
        let hint = "this login page has been answered already, or waited for more than 30 minutes";
        return with_hint(error_page(Texts::of("nb"), Problem::Stale), hint);
    };
    note.client = Some(request.client_id.clone());
    if params.get("action") == Some("cancel") {
        return match desk.state.close_login(desk.clocks, desk.provider.issuer, id) {
            Some(request) => target(&request).refuse(desk, "access_denied", "The user cancelled").await,
            None => error_page(Texts::of(&request.locale), Problem::Stale),
        };
    }
    match choice(desk, &request, &params) {
        Ok(choice) => finish(desk, headers, id, choice, note).await,
        Err(message) => {
            let typed = params.get("pid").unwrap_or_default();
            // A number of the real series goes nowhere, not even back to the page it came from.
            let pid = if crate::base::looks_real(typed) { "" } else { typed };
            let view = View { pid: pid.chars().take(11).collect(), message: Some(message), ..View::default() };
            page(desk, id, &view)
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
fn choice(desk: &Desk, request: &LoginRequest, params: &Params) -> Result<Choice, &'static str> {
    let texts = Texts::of(&request.locale);
    let pid = params.get("velg").or_else(|| params.get("pid")).unwrap_or_default();
    let person = citizens::find(&desk.town, pid).ok_or(texts.unknown)?;
    citizens::check(&person).map_err(|closed| texts.stengt(closed))?;
    let mut offered = desk.levels().offered(&request.acr_values).into_iter();
    // Lowest first: the level that is enough, unless another is asked for.
    let acr = offered.find(|acr| params.get("acr").is_none_or(|wanted| *acr == wanted)).ok_or(texts.bad_level)?;
    let name = params.get("amr").unwrap_or(levels::TESTID);
    let method = desk.levels().methods.iter().find(|method| method.name == name);
    let method = method.filter(|method| desk.levels().reaches(method, acr)).ok_or(texts.bad_level)?;
    Ok(Choice { person: person.id, acr, method })
}

/// Closes the page, begins a session and sends the code.
async fn finish(desk: &Desk, headers: &HeaderMap, id: &str, choice: Choice, note: &mut Note) -> Response {
    let Some(request) = desk.state.close_login(desk.clocks, desk.provider.issuer, id) else {
        return error_page(Texts::of("nb"), Problem::Stale);
    };
    let person = desk.town.person(choice.person);
    note.about = vec![person.key()];
    let now = desk.seconds(request.policy);
    let who = person.nummer().to_string();
    let who = Authentication::of_citizen(person.key(), &who, choice.acr, choice.method.amr, now);
    let isolated = desk.client(&request.client_id).is_some_and(|client| desk.is_isolated(&client.klient));
    let before = cookie(headers, &session_cookie(desk).0);
    let session = desk.state.begin_session(desk.clocks, &request, &who, isolated, before.as_deref());
    let target = target(&request);
    let code = desk.state.issue_code(desk.clocks, CodeGrant::of(request.clone(), who));
    desk.state.touch_session(desk.clocks, &session, &request, &code);
    let response = target.send(desk, &[("code", &code)]).await;
    with_session_cookie(desk, response, Some(&session))
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
