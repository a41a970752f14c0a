//! The pages (`specs/experience.md` §17): rendered here, without scripts, without anything from elsewhere.

mod api;
mod door;
mod front;
mod logins;
mod messages;
mod numbers;
mod people;
mod pyramid;
mod shell;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

pub use door::{Door, door};
#[cfg(test)]
pub(in crate::web) use front::STORIES;
use shell::Caller;

/// Nothing from elsewhere, no scripts, no frames around us, forms only to ourselves.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("../byteby.css");

/// The icon of a tab: a house of four bytes, no coat of arms.
const ICON: &str = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><path fill='#1f5f5b' d='M8 1 15 7v8H1V7z'/>\
                    <path fill='#fff' d='M4 8h3v2H4zm5 0h3v2H9zm-5 3h3v2H4zm5 0h3v2H9z'/></svg>";

/// The routes of the pages.
pub(super) fn routes() -> Router {
    Router::new()
        .route("/", get(front::page))
        .route("/ui", get(front::page))
        .route("/ui/", get(front::page))
        .route("/ui/worlds", post(front::choose))
        .route("/ui/people", get(people::list))
        .route("/ui/people/{id}", get(people::one))
        .route("/ui/messages", get(messages::list))
        .route("/ui/logins", get(logins::list))
        .route("/ui/logins/{id}", get(logins::one))
        .route("/ui/api", get(api::api))
        .route("/ui/errors", get(api::errors))
        .route("/ui/byteby.css", get(style))
        .route("/favicon.ico", get(icon))
        .route("/ui/{*rest}", get(nowhere))
        .with_state(numbers::Cache::default())
        .layer(from_fn(headers))
}

async fn headers(request: Request, next: Next) -> Response {
    guarded(next.run(request).await)
}

/// `response` with the headers every page has.
fn guarded(mut response: Response) -> Response {
    let ours = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in ours {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn style() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, STYLE).into_response()
}

async fn icon() -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml")], ICON).into_response()
}

async fn nowhere(caller: Caller) -> Response {
    shell::sentence(&caller, StatusCode::NOT_FOUND, "missing.title", "missing.text")
}
