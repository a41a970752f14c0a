//! Finding the world of a request: its signs are read here, [`select`](super::select) decides.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;

use super::admission::Arrival;
use super::client::{client_of, flow_of};
use super::familiar::Credentials;
use super::{Selection, Signs, select};
use crate::access::{Access, problem};
use crate::townhall::{TownHall, World};

/// The world of a request.
///
/// # Errors
/// 404 for a world that is not there, 409 for signs that disagree.
pub(super) fn find(
    hall: &TownHall,
    access: &Access,
    arrival: &Arrival,
    parts: &Parts,
    body: &Bytes,
) -> Result<World, Response> {
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let client = client_of(&parts.headers, parts.extensions.get::<Credentials>(), parts.uri.query(), body);
    let flow = login_flow(hall, access, arrival, parts, body);
    let signs = Signs {
        path: arrival.world_in_path.as_deref(),
        host: arrival.world_in_host.as_deref(),
        header: text("byteby-world"),
        baggage: text("baggage").and_then(baggage),
        flow: flow.as_deref(),
        client: client.as_deref(),
    };
    match select(hall, &signs) {
        Selection::World(name) => hall.world(&name).ok_or_else(|| {
            let detail = format!("there is no world named `{name}`");
            problem(StatusCode::NOT_FOUND, "Unknown world", &detail)
        }),
        Selection::Disagree(one, other) => {
            let detail = format!("the request names two worlds, `{one}` and `{other}`");
            let mut response = problem(StatusCode::CONFLICT, "Two worlds", &detail);
            response.headers_mut().insert("byteby-hint", HeaderValue::from_static("two-worlds"));
            Err(response)
        }
    }
}

/// Whether the headers name a world, rightly or not.
pub(super) fn is_in_headers(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    text("byteby-world").is_some() || text("baggage").and_then(baggage).is_some()
}

/// The world of the log-in a request goes on with: the id of its page, or its code, says which it is of.
fn login_flow(hall: &TownHall, access: &Access, arrival: &Arrival, parts: &Parts, body: &Bytes) -> Option<String> {
    if !arrival.path.starts_with("/idporten/") && !arrival.path.starts_with("/ansattporten/") {
        return None;
    }
    let flow = flow_of(&parts.headers, parts.uri.query(), body)?;
    let world = hall.by_incarnation(access.world_of(&flow)?)?;
    Some(world.name().to_owned())
}

/// The world an address of the admin API is about, which need not be the world the request belongs to.
pub(super) fn of_admin(path: &str) -> Option<&str> {
    path.strip_prefix("/_byteby/v1/worlds/")?.split('/').next()
}

/// The world of a path and the rest behind it: `/w/test/krr` is (`test`, `/krr`). A well-known address of an issuer within
/// a world has the world in the middle (RFC 8414 §3.1): `/.well-known/x/w/test/krr` is (`test`, `/.well-known/x/krr`).
#[must_use]
pub(super) fn split(path: &str) -> (Option<&str>, Cow<'_, str>) {
    if let Some(name) = path.strip_prefix("/.well-known/").and_then(|rest| rest.split('/').next()) {
        let (well_known, issuer) = path.split_at("/.well-known/".len() + name.len());
        return match split_front(issuer) {
            (None, _) => (None, Cow::Borrowed(path)),
            (world, rest) => (world, Cow::Owned(format!("{well_known}{rest}"))),
        };
    }
    let (world, rest) = split_front(path);
    (world, Cow::Borrowed(rest))
}

fn split_front(path: &str) -> (Option<&str>, &str) {
    let Some(rest) = path.strip_prefix("/w/") else { return (None, path) };
    match rest.find('/') {
        Some(end) => (Some(&rest[..end]), &rest[end..]),
        None => (Some(rest), "/"),
    }
}

/// The member `byteby-world` of a baggage header.
fn baggage(header: &str) -> Option<&str> {
    header.split(',').find_map(|member| {
        let (key, value) = member.split_once('=')?;
        (key.trim() == "byteby-world").then(|| value.split(';').next().unwrap_or(value).trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_splits_into_world_and_rest() {
        for (path, world, rest) in [
            ("/krr/rest", None, "/krr/rest"),
            ("/w/test/krr/rest", Some("test"), "/krr/rest"),
            ("/w/test", Some("test"), "/"),
            ("/w/", Some(""), "/"),
            ("/www", None, "/www"),
            ("/.well-known/x/w/test/krr/", Some("test"), "/.well-known/x/krr/"),
            ("/.well-known/x/krr", None, "/.well-known/x/krr"),
            ("/.well-known/", None, "/.well-known/"),
            ("/w/test/.well-known/x/krr", Some("test"), "/.well-known/x/krr"),
        ] {
            let (found, behind) = split(path);
            assert_eq!((found, behind.as_ref()), (world, rest), "{path}");
        }
    }

    #[test]
    fn baggage_members_are_read_among_others() {
        assert_eq!(baggage("a=1, byteby-world=t-1;prop=x , b=2"), Some("t-1"));
        assert_eq!(baggage("a=1"), None);
    }
}
