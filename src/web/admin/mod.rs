//! The admin API: worlds, clock, life events, people and the record of requests (`specs/experience.md` §16).
//!
//! Requests are read strictly, answers are typed, and every address of the specification that this version does not
//! have answers 501 with a problem document that names it.

mod addresses;
mod body;
mod cast;
mod clients;
mod clock;
mod control;
mod deliveries;
mod diff;
mod document;
mod eid;
mod events;
mod expectations;
mod faults;
mod find;
mod findings;
mod flood;
mod forge;
mod log;
mod messages;
mod once;
mod paging;
mod people;
mod places;
mod problem;
mod refusal;
mod registers;
mod requests;
mod rows;
mod runs;
mod server;
mod services;
mod settle;
mod snapshots;
mod streams;
mod subscriptions;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_apps;
#[cfg(test)]
mod tests_deliveries;
#[cfg(test)]
mod tests_once;
#[cfg(test)]
mod tests_worlds;
mod tokens;
mod undeclared;
mod wanted;
mod why;
mod worlds;

use axum::Router;
use axum::extract::{FromRef, MatchedPath, OriginalUri, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;

use crate::access::Inbound;
use crate::web::Lang;
pub use addresses::{CaCertificate, PublicUrl, origin_of};
pub(in crate::web) use document::document;
pub use problem::Code;
use problem::Problem;
pub use refusal::refusal;
pub use runs::Runner;
pub(in crate::web) use worlds::free_name;

/// Where the admin API begins.
const BASE: &str = "/_byteby/v1";

/// Addresses of the specification that come later: what they are called, and how their path begins behind `BASE`.
const LATER: &[(&str, &str)] = &[
    ("scenarios by request", "/scenarios"),
    ("lanes", "/worlds/{world}/lanes"),
    ("the privacy ledger", "/worlds/{world}/privacy"),
];

/// Every part of the admin API with its routes. The document, the list of known addresses and the router are made from
/// this one list.
const PARTS: &[fn() -> OpenApiRouter<Shared>] = &[
    document::routes,
    server::routes,
    control::routes,
    services::routes,
    addresses::routes,
    worlds::routes,
    diff::routes,
    clock::routes,
    settle::routes,
    streams::routes,
    log::routes,
    events::routes,
    flood::routes,
    people::routes,
    places::routes,
    cast::routes,
    requests::routes,
    expectations::routes,
    findings::routes,
    why::routes,
    messages::routes,
    clients::routes,
    deliveries::routes,
    subscriptions::routes,
    tokens::routes,
    eid::routes,
    faults::routes,
    runs::routes,
    snapshots::routes,
    registers::routes,
];

/// What routes keep between requests, beside the worlds.
#[derive(Clone)]
pub(super) struct Shared {
    events: events::Index,
    expectations: expectations::Open,
    runs: runs::Runs,
}

impl FromRef<Shared> for expectations::Open {
    fn from_ref(shared: &Shared) -> Self {
        shared.expectations.clone()
    }
}

impl FromRef<Shared> for events::Index {
    fn from_ref(shared: &Shared) -> Self {
        shared.events.clone()
    }
}

impl FromRef<Shared> for runs::Runs {
    fn from_ref(shared: &Shared) -> Self {
        shared.runs.clone()
    }
}

/// The routes of the admin API.
pub(super) fn routes(runner: Runner) -> Router {
    let api = PARTS.iter().fold(OpenApiRouter::new(), |api, part| api.merge(part()));
    let (api, _) = api.split_for_parts();
    let api = api
        .method_not_allowed_fallback(method)
        .fallback(elsewhere)
        .with_state(Shared {
            events: events::Index::default(),
            expectations: expectations::Open::default(),
            runs: runs::Runs::new(runner),
        })
        .layer(from_fn(undeclared::refuse))
        .layer(from_fn(settle::wait))
        .layer(from_fn_with_state(once::Once::default(), finish));
    Router::new().nest(BASE, api)
}

/// Guards writes, sees that a key works once, and turns what went wrong into a problem document in the caller's
/// language.
async fn finish(
    State(once): State<once::Once>,
    OriginalUri(uri): OriginalUri,
    request: Request,
    next: Next,
) -> Response {
    let (lang, request_id) = caller(&request);
    let said = |mut response: Response| match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem.document(lang, uri.path(), &request_id),
        None => response,
    };
    if let Some(problem) = guard(request.method(), request.uri().path(), request.headers()) {
        return said(problem.into_response());
    }
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    match once::key(request.headers()) {
        Err(problem) => said(problem.into_response()),
        Ok(Some(key)) if writes => {
            let world = incarnation(&request);
            said(once.answer(world, &key, request, |request| async { said(next.run(request).await) }).await)
        }
        Ok(_) => said(next.run(request).await),
    }
}

/// The world that the address of `request` names, by its incarnation; 0 for an address of the server itself.
fn incarnation(request: &Request) -> u64 {
    let name = request.uri().path().strip_prefix("/worlds/").and_then(|rest| rest.split('/').next());
    let inbound = request.extensions().get::<Inbound>();
    let world = name.zip(inbound).and_then(|(name, inbound)| inbound.hall.world(name));
    world.map_or(0, |world| world.incarnation())
}

/// The caller's language and the id of the request.
fn caller(request: &Request) -> (Lang, String) {
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let id = request.extensions().get::<Inbound>().map(|inbound| inbound.request_id.clone());
    (Lang::accepted(accepted), id.unwrap_or_default())
}

/// Why a write is refused before anybody reads it (`specs/experience.md` §20).
fn guard(method: &Method, path: &str, headers: &HeaderMap) -> Option<Problem> {
    // Methods that no address takes are answered as such.
    if !matches!(*method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE) {
        return None;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if is_cross_site(text("sec-fetch-site")) {
        let detail = "the request was sent by a page of another site";
        return Some(Problem::new(Code::CrossSite, detail));
    }
    // A form of another site cannot send DELETE, and one without a body has no type to state.
    let kind = text("content-type").map(|kind| kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase());
    let bodiless = *method == Method::DELETE && kind.is_none();
    let upload = *method == Method::PUT && snapshots::is_upload(path, kind.as_deref());
    if bodiless || upload || kind.as_deref() == Some("application/json") {
        return None;
    }
    let detail = match kind {
        Some(kind) => format!("writes carry `application/json`, this one carries `{kind}`"),
        None => "writes carry `Content-Type: application/json`, this one carries none".to_owned(),
    };
    Some(Problem::new(Code::ContentType, detail).hint("add the header `Content-Type: application/json`"))
}

/// Whether a browser says that another site's page sent this.
pub(in crate::web) fn is_cross_site(sec_fetch_site: Option<&str>) -> bool {
    sec_fetch_site.is_some_and(|site| site.eq_ignore_ascii_case("cross-site"))
}

async fn method(OriginalUri(uri): OriginalUri, matched: MatchedPath, method: Method) -> Problem {
    let path = uri.path().strip_prefix(BASE).unwrap_or(uri.path());
    let route = matched.as_str().strip_prefix(BASE).unwrap_or_default();
    let known: Vec<String> = document::methods(route).map(str::to_ascii_uppercase).collect();
    Problem::new(Code::Method, format!("`{path}` does not take {method}; it takes {}", known.join(", ")))
}

async fn elsewhere(OriginalUri(uri): OriginalUri) -> Problem {
    let path = uri.path().strip_prefix(BASE).unwrap_or(uri.path());
    let general = match path.strip_prefix("/worlds/").and_then(|rest| rest.split_once('/')) {
        Some((_, rest)) => format!("/worlds/{{world}}/{rest}"),
        None => path.to_owned(),
    };
    let begins = |start: &str| general.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if let Some((what, _)) = LATER.iter().find(|(_, start)| begins(start)) {
        return Problem::not_in_version(&format!("{what}, `{path}`,"));
    }
    let near = crate::base::nearest(&general, LATER.iter().map(|(_, start)| *start).chain(document::addresses()));
    Problem::new(Code::UnknownAddress, format!("the admin API has no `{path}`")).near(near)
}

/// 204.
const DONE: StatusCode = StatusCode::NO_CONTENT;
