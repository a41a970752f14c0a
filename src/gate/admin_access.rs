//! Who may use the pages and the admin API (`specs/experience.md` §20).

use std::net::IpAddr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::admission::Arrival;
use super::refusal::refuse;
use crate::access::{Params, host_name};
use crate::base::keyed_hash;
use crate::web::{Code, Door, door};

/// Where the form of the page at the door goes.
pub(super) const SIGN_IN: &str = "/ui/token";
/// Shortest token somebody may choose, bytes.
pub const SHORTEST_TOKEN: usize = 16;

/// Who may use the pages and the admin API.
#[derive(Clone, PartialEq, Eq)]
pub enum AdminAccess {
    /// Callers on this machine: the default on loopback.
    Local,
    /// Callers on this machine and in private ranges, for containers.
    Peers,
    /// Whoever has the token: the default on every other address.
    Token(String),
}

impl std::fmt::Debug for AdminAccess {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl AdminAccess {
    /// The word of the settings.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Peers => "peers",
            Self::Token(_) => "token",
        }
    }
}

/// A token nobody can guess: 160 bits, hexadecimal.
///
/// # Panics
/// When the machine has no randomness.
#[must_use]
pub fn new_token() -> String {
    let mut bytes = [0; 20];
    aws_lc_rs::rand::fill(&mut bytes).expect("an operating system has randomness");
    crate::base::hex(&bytes)
}

/// Addresses of our own surface that everybody may read: whether the process lives, the certificate that lets others
/// trust it, and how the page at the door looks.
const OPEN: [&str; 4] = ["/_byteby/v1/health/live", "/_byteby/v1/ca.pem", "/ui/byteby.css", "/favicon.ico"];

/// Lets a request to our own surface through, or says why not.
///
/// # Errors
/// 403 for a caller from elsewhere, 401 without the token: as a page for pages, as a problem document for programs.
pub(super) fn check(access: &AdminAccess, arrival: &Arrival, parts: &Parts) -> Result<(), Response> {
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    if reads && OPEN.contains(&arrival.path.as_str()) {
        return Ok(());
    }
    let is_page = !arrival.path.starts_with("/_byteby/");
    match access {
        AdminAccess::Token(token) if has_token(token, parts) => Ok(()),
        AdminAccess::Token(_) if is_page => {
            let address = parts.uri.path_and_query().map_or("/ui", |text| text.as_str());
            Err(door(Door::Token, if reads { address } else { "/ui" }, &parts.headers))
        }
        AdminAccess::Token(_) => {
            let detail = "this server wants a token for its admin API, and the request carries none or another one";
            let hint = "send `Authorization: Bearer <token>`; `byteby up` printed it, or BYTEBY_ADMIN_TOKEN sets it";
            let mut response = refuse(parts, Code::AdminToken, detail, hint);
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            Err(response)
        }
        AdminAccess::Local | AdminAccess::Peers if is_near(access, arrival) => Ok(()),
        AdminAccess::Local | AdminAccess::Peers if is_page => Err(door(Door::Peer, "/ui", &parts.headers)),
        AdminAccess::Local | AdminAccess::Peers => {
            let detail = "the admin API is open to callers on this machine only";
            let hint = "start the server with `--admin token`, or with `--admin peers` within a container network";
            Err(refuse(parts, Code::AdminPeer, detail, hint))
        }
    }
}

/// Answers the form of the page at the door: a cookie for the right token, the page again for a wrong one.
pub(super) fn sign_in(access: &AdminAccess, parts: &Parts, body: &Bytes) -> Response {
    let params = Params::parse(body).unwrap_or_default();
    // Only an address of our own: `//elsewhere` would lead away.
    let ours = |next: &&str| next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']);
    let next = params.get("next").filter(ours).unwrap_or("/ui");
    let AdminAccess::Token(token) = access else {
        return (StatusCode::SEE_OTHER, [(header::LOCATION, "/ui")]).into_response();
    };
    if !same(token.as_bytes(), params.get("token").unwrap_or_default().trim().as_bytes()) {
        return door(Door::WrongToken, next, &parts.headers);
    }
    let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Strict", cookie_name(parts), cookie_value(token));
    match (HeaderValue::from_str(next), HeaderValue::from_str(&cookie)) {
        (Ok(next), Ok(cookie)) => {
            (StatusCode::SEE_OTHER, [(header::LOCATION, next), (header::SET_COOKIE, cookie)]).into_response()
        }
        _ => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// Whether the caller is as near as `access` asks for: it, and everybody an untrusted proxy says it speaks for.
fn is_near(access: &AdminAccess, arrival: &Arrival) -> bool {
    let near = |address: IpAddr| address.is_loopback() || *access == AdminAccess::Peers && is_private(address);
    arrival.caller.address.is_some_and(near) && arrival.caller.hearsay.iter().all(|address| address.is_some_and(near))
}

/// Addresses of a local network (RFC 1918, RFC 4193) or link (RFC 3927, RFC 4291 §2.5.6).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}

fn has_token(token: &str, parts: &Parts) -> bool {
    let text = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let bearer = text(header::AUTHORIZATION).and_then(|value| value.split_once(' '));
    if let Some((_, sent)) = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) {
        return same(token.as_bytes(), sent.trim().as_bytes());
    }
    let name = cookie_name(parts);
    let lines = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let expected = cookie_value(token);
    pairs.any(|(found, value)| found == name && same(expected.as_bytes(), value.as_bytes()))
}

/// Compares without telling by its time how much is right. Hashes have one length, so that tells nothing either.
fn same(ours: &[u8], theirs: &[u8]) -> bool {
    let hash = |bytes: &[u8]| keyed_hash("admin token", &[bytes]).0;
    verify_slices_are_equal(&hash(ours), &hash(theirs)).is_ok()
}

/// Cookies do not know ports, so the port stands in the name.
fn cookie_name(parts: &Parts) -> String {
    let host = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("");
    let name = host_name(host);
    let port = host.rsplit(':').next().filter(|port| port.parse::<u16>().is_ok() && !name.ends_with(port));
    format!("byteby_{}_admin", port.unwrap_or("0"))
}

/// What the cookie holds: not the token itself, so that a stolen cookie does not open the API to programs elsewhere.
fn cookie_value(token: &str) -> String {
    keyed_hash("admin cookie", &[token.as_bytes()]).to_string()
}
