//! Which pages of other origins may read answers (`specs/experience.md` §20).
//!
//! `permissive` is for development: a page on this machine, or one of a declared app, may call every mock. `faithful`
//! allows exactly what each real API allows, so that a forbidden call fails on the laptop and not in production.

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::admission::{Arrival, Surface};
use super::host::is_loopback;
use super::refusal::refuse;
use super::{GateConfig, host};
use crate::access::{host_name, with_hint};
use crate::town::Town;
use crate::town::state::{Applikasjonstype, Klient, Tjeneste};
use crate::web::{Code, origin_of};

/// How the mocks treat pages of other origins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Cors {
    /// Pages on this machine and of declared apps may read everything.
    #[default]
    Permissive,
    /// As each real API.
    Faithful,
}

impl Cors {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Permissive, Self::Faithful];

    /// The word of the settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Permissive => "permissive",
            Self::Faithful => "faithful",
        }
    }
}

/// Whom a real API lets read its answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Readers {
    /// Every page (`*`), without credentials.
    Everybody,
    /// Pages that browser clients of this login service were registered with as redirect address.
    BrowserClients(Tjeneste),
}

/// What the real APIs allow, by the start of the path behind a world. What is not here allows nobody, which is what its
/// specification says by saying nothing: Folkeregisteret, KRR, the Integrasjonspunkt, Maskinporten's token endpoint.
const FAITHFUL: &[(&str, Readers)] = &[
    // `specs/eid.md` §2.7: discovery and JWKS `*`; token, userinfo and revoke for origins of browser clients.
    ("/idporten/.well-known/", Readers::Everybody),
    ("/idporten/jwks.json", Readers::Everybody),
    ("/idporten/token/revoke", Readers::BrowserClients(Tjeneste::Idporten)),
    ("/idporten/revoke", Readers::BrowserClients(Tjeneste::Idporten)),
    ("/idporten/token/", Readers::BrowserClients(Tjeneste::Idporten)),
    ("/idporten/token", Readers::BrowserClients(Tjeneste::Idporten)),
    ("/idporten/userinfo", Readers::BrowserClients(Tjeneste::Idporten)),
    ("/ansattporten/.well-known/", Readers::Everybody),
    ("/ansattporten/jwks.json", Readers::Everybody),
    ("/ansattporten/token/revoke", Readers::BrowserClients(Tjeneste::Ansattporten)),
    ("/ansattporten/revoke", Readers::BrowserClients(Tjeneste::Ansattporten)),
    ("/ansattporten/token/", Readers::BrowserClients(Tjeneste::Ansattporten)),
    ("/ansattporten/token", Readers::BrowserClients(Tjeneste::Ansattporten)),
    ("/ansattporten/userinfo", Readers::BrowserClients(Tjeneste::Ansattporten)),
    ("/maskinporten/.well-known/", Readers::Everybody),
    ("/.well-known/oauth-authorization-server/maskinporten", Readers::Everybody),
    ("/maskinporten/jwk", Readers::Everybody),
];

/// Seconds a browser may keep the answer to a pre-flight.
const MAX_AGE: &str = "600";

/// What may be said to the page that asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// No page of another origin asks, or it is told nothing: what the router says stands.
    Nothing,
    /// This origin may read, with credentials.
    Echo(HeaderValue),
    /// Everybody may read.
    Star,
    /// Nobody may read, whatever the router says.
    Closed,
}

/// Judges the page that sends a request; `town` is of the request's world, `declared` gives the addresses of apps beside
/// those the town knows.
pub(super) fn judge(
    config: &GateConfig,
    arrival: &Arrival,
    parts: &Parts,
    town: &Town,
    declared: impl Fn() -> Vec<String>,
) -> Verdict {
    let Some(sent) = parts.headers.get(header::ORIGIN) else { return Verdict::Nothing };
    // `null` is a page without an origin: a file, a sandbox.
    let origin = sent.to_str().ok().and_then(origin_of).unwrap_or_default();
    let echo = || Verdict::Echo(sent.clone());
    if arrival.surface == Surface::Own {
        let same = origin.eq_ignore_ascii_case(&arrival.origin);
        return match same {
            true => Verdict::Nothing,
            false if config.admin_origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(&origin)) => echo(),
            false => Verdict::Closed,
        };
    }
    match config.cors {
        Cors::Permissive if is_near(config, &origin) || is_declared(town, &declared(), &origin) => echo(),
        // The real API may still let everybody read, and the mock says so itself.
        Cors::Permissive => Verdict::Nothing,
        Cors::Faithful => match FAITHFUL.iter().find(|(start, _)| arrival.path.starts_with(start)) {
            Some((_, Readers::Everybody)) => Verdict::Star,
            Some((_, Readers::BrowserClients(of))) if is_browser_client(town, *of, &origin) => echo(),
            _ => Verdict::Closed,
        },
    }
}

/// The answer to a pre-flight; `None` for every other request. No router is asked: a browser sends it before the call.
pub(super) fn preflight(verdict: &Verdict, arrival: &Arrival, parts: &Parts) -> Option<Response> {
    let wanted = parts.headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
    if parts.method != Method::OPTIONS || !parts.headers.contains_key(header::ORIGIN) {
        return None;
    }
    if matches!(verdict, Verdict::Nothing | Verdict::Closed) {
        let refused = if arrival.surface == Surface::Own {
            let detail = "pages of other origins may not use the admin API";
            refuse(parts, Code::CrossSite, detail, "start the server with `--admin-origins ORIGIN` to let one in")
        } else {
            with_hint(
                StatusCode::FORBIDDEN.into_response(),
                "CORS: this API lets no page of that origin read its answers",
            )
        };
        return Some(refused);
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, wanted.clone());
    if let Some(names) = parts.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    if parts.headers.contains_key("access-control-request-private-network") {
        headers.insert("access-control-allow-private-network", HeaderValue::from_static("true"));
    }
    let by = [header::ACCESS_CONTROL_REQUEST_METHOD, header::ACCESS_CONTROL_REQUEST_HEADERS];
    by.iter().for_each(|name| vary(headers, name));
    say(verdict, &mut response);
    Some(response)
}

/// Writes the verdict into an answer.
pub(super) fn say(verdict: &Verdict, response: &mut Response) {
    let headers = response.headers_mut();
    match verdict {
        Verdict::Nothing => {}
        Verdict::Closed => {
            headers.remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
            headers.remove(header::ACCESS_CONTROL_ALLOW_CREDENTIALS);
        }
        Verdict::Star => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            headers.remove(header::ACCESS_CONTROL_ALLOW_CREDENTIALS);
        }
        Verdict::Echo(origin) => {
            // With credentials a star would mean a header called `*`, so every name is written out.
            let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
            names.retain(|name| !name.starts_with("access-control-") && *name != "vary" && *name != "set-cookie");
            let exposed = HeaderValue::from_str(&names.join(", ")).ok().filter(|_| !names.is_empty());
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            if let Some(exposed) = exposed {
                headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
            }
            vary(headers, &header::ORIGIN);
        }
    }
}

/// Adds `name` to `Vary`, once.
fn vary(headers: &mut HeaderMap, name: &HeaderName) {
    let there = headers.get_all(header::VARY).iter().filter_map(|value| value.to_str().ok());
    if !there.flat_map(|line| line.split(',')).any(|word| word.trim().eq_ignore_ascii_case(name.as_str())) {
        headers.append(header::VARY, HeaderValue::from_name(name.clone()));
    }
}

/// A page on this machine, or on a host the settings allow.
fn is_near(config: &GateConfig, origin: &str) -> bool {
    let host = origin.split_once("://").map(|(_, authority)| host_name(authority));
    host.is_some_and(|name| is_loopback(&name) || host::is_listed(&name, &config.allowed_hosts))
}

/// A page of an app that was declared, or that some client was registered for.
fn is_declared(town: &Town, declared: &[String], origin: &str) -> bool {
    town.klienter.alle.values().any(|klient| has_origin(klient, origin))
        || declared
            .iter()
            .any(|address| origin_of_address(address).is_some_and(|known| known.eq_ignore_ascii_case(origin)))
}

/// Scheme, host and port of an address.
fn origin_of_address(address: &str) -> Option<String> {
    let uri: Uri = address.parse().ok()?;
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}

fn is_browser_client(town: &Town, of: Tjeneste, origin: &str) -> bool {
    let mut clients = town.klienter.alle.values();
    clients.any(|klient| {
        klient.tjeneste == of
            && klient.applikasjonstype == Applikasjonstype::Browser
            && klient.aktiv
            && has_origin(klient, origin)
    })
}

fn has_origin(klient: &Klient, origin: &str) -> bool {
    let addresses = klient.redirect_uris.iter().chain(&klient.post_logout_redirect_uris);
    let mut origins = addresses.filter_map(|address| origin_of_address(address));
    !origin.is_empty() && origins.any(|known| known.eq_ignore_ascii_case(origin))
}
