//! The flow, row by row of `specs/eid.md` §9, on a town of five.

mod ansattporten;
mod authorize;
mod dpop;
mod login;
mod logout;
mod others;
mod par;
mod planned;
mod refresh;
mod rows_authorize;
mod rows_keys;
mod rows_silent;
mod rows_token;
mod stage;
mod token;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::desk::Desk;
use super::{authorize as endpoint, token as token_endpoint};
use crate::access::fixture::orgnr;
use crate::access::{Params, Visit, escape};
use crate::base::sha256;
use crate::keys::{client_key, encode_url};
use crate::observe::Note;
use crate::town::state::{Applikasjonstype, Autentisering, Klient, Klientnoekkel};

pub(super) const CB: &str = "https://app.example/cb";
const ISSUER: &str = "http://localhost:2983/idporten";
const VERIFIER: &str = "0123456789-abcdefghijklmnopqrstuvwxyz_ABCDEF";

/// A public client, two with a secret, one with a key, one isolated, one native.
fn klienter() -> Vec<Klient> {
    let client = |id: &str| Klient::idporten(id, id, orgnr(), &[CB]);
    let key = client_key();
    let noekkel = Klientnoekkel {
        kid: key.kid().into(),
        jwk: key.public().to_jwk().to_string(),
        registrert: crate::clock::Instant::from_millis(0),
    };
    let mut scoped = client("app").with_secret("hemmelig");
    scoped.scopes.push("a:b".into());
    scoped.post_logout_redirect_uris = vec!["https://app.example/ute".into()];
    vec![
        client("offentlig"),
        scoped,
        Klient { autentisering: Autentisering::ClientSecretPost, ..client("post").with_secret("hemmelig") },
        Klient { autentisering: Autentisering::PrivateKeyJwt, noekler: vec![noekkel], ..client("noekkel") },
        Klient { sso_deaktivert: true, ..client("alene").with_secret("hemmelig") },
        Klient { pkce: false, ..client("uten-pkce").with_secret("hemmelig") },
        Klient {
            applikasjonstype: Applikasjonstype::Native,
            redirect_uris: vec!["http://127.0.0.1:*/cb".into()],
            ..client("mobil")
        },
    ]
}

/// ID-porten at `visit`.
fn desk(visit: &Visit) -> Desk {
    Desk::at(&crate::services::idporten::PROVIDER, visit.clone())
}

fn challenge() -> String {
    encode_url(&sha256(&[VERIFIER.as_bytes()]).0)
}

/// A good authorization request of `client`, with `changes`: an empty value takes the parameter away.
pub(super) fn request(client: &str, changes: &[(&str, &str)]) -> String {
    let challenge = challenge();
    let mut pairs: Vec<(&str, &str)> = vec![
        ("client_id", client),
        ("redirect_uri", CB),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "s t"),
        ("nonce", "n"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    for &(name, value) in changes {
        pairs.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            pairs.push((name, value));
        }
    }
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    pairs.join("&")
}

fn hint(pid: &str) -> String {
    format!("testid:{pid}_idporten-loa-high")
}

async fn ask(visit: &Visit, query: &str) -> Response {
    ask_with(visit, query, &HeaderMap::new()).await
}

async fn ask_with(visit: &Visit, query: &str, headers: &HeaderMap) -> Response {
    endpoint::answer(&desk(visit), "/idporten/authorize", headers, query.as_bytes(), false, &mut Note::default()).await
}

/// The parameters a redirect carries, after checking where it leads.
pub(super) fn redirected(response: &Response, to: &str) -> Params {
    assert_eq!(response.status(), StatusCode::FOUND);
    let location = response.headers()[header::LOCATION].to_str().unwrap();
    let (uri, query) = location.split_once('?').unwrap_or_else(|| panic!("no query in {location}"));
    assert_eq!(uri, to);
    Params::parse(query.as_bytes()).unwrap()
}

fn hinted(response: &Response) -> String {
    response.headers().get("byteby-hint").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// A code from a headless log-in.
async fn code(visit: &Visit, client: &str, pid: &str, changes: &[(&str, &str)]) -> String {
    let hint = hint(pid);
    let mut all: Vec<(&str, &str)> = vec![("login_hint", &hint)];
    all.extend_from_slice(changes);
    let response = ask(visit, &request(client, &all)).await;
    redirected(&response, CB).get("code").expect("a code").to_owned()
}

pub(super) fn form_header() -> HeaderMap {
    HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))])
}

pub(super) fn basic(user: &str, password: &str) -> HeaderMap {
    let mut headers = form_header();
    let text = format!("Basic {}", crate::keys::encode_std(format!("{user}:{password}").as_bytes()));
    headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&text).unwrap());
    headers
}

async fn token(visit: &Visit, headers: &HeaderMap, form: &str) -> Response {
    token_endpoint::answer(&desk(visit), headers, form.as_bytes(), &mut Note::default()).await
}

/// A good token request for `code`, with `changes` as in [`request`].
pub(super) fn exchange(code: &str, changes: &[(&str, &str)]) -> String {
    let mut pairs: Vec<(&str, &str)> =
        vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CB), ("code_verifier", VERIFIER)];
    for &(name, value) in changes {
        pairs.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            pairs.push((name, value));
        }
    }
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    pairs.join("&")
}
