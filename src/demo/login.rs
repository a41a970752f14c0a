//! Logging in through ID-porten: authorization code with PKCE, and every check a client owes its users.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::jose::{random_text, s256, unix_now, verified_claims};
use super::registers::{read, send};
use super::{App, Failure, LoginAuth, pages};

const IDPORTEN: &str = "ID-porten";
const SESSION_COOKIE: &str = "oekt";
const LOGIN_COOKIE: &str = "innlogging";
/// A login that is not back after this many seconds was given up.
const LOGIN_SECONDS: i64 = 600;
/// A session ends this many seconds after login.
const SESSION_SECONDS: i64 = 3600;
/// Levels good enough to apply on behalf of a child.
const LEVELS: [&str; 2] = ["idporten-loa-substantial", "idporten-loa-high"];

/// What has to be the same when the citizen comes back from ID-porten.
pub(super) struct PendingLogin {
    nonce: String,
    verifier: String,
    /// ID-porten's metadata at the start, so that the whole flow uses one issuer.
    metadata: Value,
    until: i64,
}

/// A logged-in citizen.
pub(super) struct Session {
    pid: String,
    until: i64,
}

/// What ID-porten sends back with the citizen.
#[derive(Deserialize)]
pub(super) struct Callback {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// `GET /login`: off to ID-porten.
pub(super) async fn login(State(app): State<Arc<App>>) -> Response {
    match app.start_login().await {
        Ok((url, state)) => {
            let cookie = app.cookie(LOGIN_COOKIE, &state, LOGIN_SECONDS);
            ([(header::SET_COOKIE, cookie)], Redirect::to(&url)).into_response()
        }
        Err(failure) => {
            tracing::warn!(%failure, "innlogging kunne ikke starte");
            refused(StatusCode::SERVICE_UNAVAILABLE, "ID-porten svarer ikke nå. Prøv igjen om litt.")
        }
    }
}

/// `GET /callback`: back from ID-porten.
pub(super) async fn callback(
    State(app): State<Arc<App>>,
    Query(back): Query<Callback>,
    headers: HeaderMap,
) -> Response {
    // The state must be one we gave out and belong to this browser, or somebody could log a citizen in as another.
    let state = back.state.unwrap_or_default();
    let same_browser = cookie_value(&headers, LOGIN_COOKIE).is_some_and(|kept| kept == state);
    let Some(pending) = app.book().pending.remove(&state).filter(|p| same_browser && unix_now() <= p.until) else {
        return refused(StatusCode::BAD_REQUEST, "Innloggingen er ukjent eller for gammel. Begynn på nytt.");
    };
    if back.iss.as_deref() != pending.metadata["issuer"].as_str() {
        return refused(StatusCode::BAD_REQUEST, "Svaret kom ikke fra ID-porten.");
    }
    let Some(code) = back.code.filter(|_| back.error.is_none()) else {
        return refused(StatusCode::UNAUTHORIZED, "Innloggingen ble avbrutt.");
    };
    match app.redeem(&code, &pending).await {
        Ok(Ok(pid)) => {
            let id = random_text();
            let now = unix_now();
            let mut book = app.book();
            book.sessions.retain(|_, session| now <= session.until);
            book.sessions.insert(id.clone(), Session { pid, until: now + SESSION_SECONDS });
            drop(book);
            let cookie = app.cookie(SESSION_COOKIE, &id, SESSION_SECONDS);
            ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        Ok(Err(why)) => {
            tracing::warn!(why, "avviste et ID-token");
            refused(StatusCode::UNAUTHORIZED, "Innloggingen kunne ikke bekreftes.")
        }
        Err(failure) => {
            tracing::warn!(%failure, "innlogging kunne ikke fullføres");
            refused(StatusCode::BAD_GATEWAY, "ID-porten svarte ikke som ventet. Prøv igjen.")
        }
    }
}

/// `POST /logout`: ends the session in this app.
pub(super) async fn logout(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if let Some(id) = cookie_value(&headers, SESSION_COOKIE) {
        app.book().sessions.remove(&id);
    }
    ([(header::SET_COOKIE, app.cookie(SESSION_COOKIE, "", 0))], Redirect::to("/")).into_response()
}

impl App {
    /// Who the request's session cookie belongs to.
    pub(super) fn logged_in(&self, headers: &HeaderMap) -> Option<String> {
        let id = cookie_value(headers, SESSION_COOKIE)?;
        self.book().sessions.get(&id).filter(|session| unix_now() <= session.until).map(|session| session.pid.clone())
    }

    async fn start_login(&self) -> Result<(String, String), Failure> {
        let issuer = self.config.idporten_issuer.trim_end_matches('/');
        let metadata = format!("{issuer}/.well-known/openid-configuration");
        let metadata: Value = read(IDPORTEN, send(IDPORTEN, self.http.get(metadata)).await?).await?;
        let says = metadata["issuer"].as_str().unwrap_or_default().trim_end_matches('/');
        if says != issuer {
            return Err(Failure::Content { service: IDPORTEN, why: "metadata fra en annen utsteder" });
        }
        let mut url = metadata["authorization_endpoint"]
            .as_str()
            .and_then(|url| reqwest::Url::parse(url).ok())
            .ok_or(Failure::Content { service: IDPORTEN, why: "uten authorization_endpoint" })?;
        let (state, nonce, verifier) = (random_text(), random_text(), random_text());
        url.query_pairs_mut()
            .append_pair("client_id", &self.config.login_client_id)
            .append_pair("redirect_uri", &self.config.redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", "openid profile")
            .append_pair("acr_values", LEVELS[0])
            .append_pair("ui_locales", "nb")
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &s256(&verifier))
            .append_pair("code_challenge_method", "S256");
        let now = unix_now();
        let mut book = self.book();
        book.pending.retain(|_, pending| now <= pending.until);
        book.pending.insert(state.clone(), PendingLogin { nonce, verifier, metadata, until: now + LOGIN_SECONDS });
        Ok((url.into(), state))
    }

    /// Trades the code for an ID token and checks it. The inner error is a token that must not be trusted.
    async fn redeem(&self, code: &str, pending: &PendingLogin) -> Result<Result<String, &'static str>, Failure> {
        let endpoint = |name: &str| {
            pending.metadata[name].as_str().ok_or(Failure::Content { service: IDPORTEN, why: "ufullstendig metadata" })
        };
        let client = &self.config.login_client_id;
        let mut form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", self.config.redirect_uri.clone()),
            ("code_verifier", pending.verifier.clone()),
            ("client_id", client.clone()),
        ];
        let mut request = self.http.post(endpoint("token_endpoint")?);
        match (&self.config.login_auth, &self.login_key) {
            (LoginAuth::Secret(secret), _) => {
                let pair = format!("{}:{}", form_encoded(client), form_encoded(secret));
                request = request.header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair)));
            }
            (LoginAuth::Public, _) => {} // the client id in the form and the code verifier are all there is
            (LoginAuth::Key(_), signer) => {
                let now = unix_now();
                let assertion = json!({
                    "iss": client, "sub": client, "aud": pending.metadata["issuer"],
                    "iat": now, "exp": now + 100, "jti": random_text(),
                });
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                form.push(("client_assertion_type", kind.to_owned()));
                form.extend(signer.as_ref().map(|signer| ("client_assertion", signer.sign(&assertion))));
            }
        }
        let tokens: Value = read(IDPORTEN, send(IDPORTEN, request.form(&form)).await?).await?;
        let jwks: Value = read(IDPORTEN, send(IDPORTEN, self.http.get(endpoint("jwks_uri")?)).await?).await?;
        let Some(id_token) = tokens["id_token"].as_str() else { return Ok(Err("uten ID-token")) };
        Ok(verified_claims(id_token, &jwks).and_then(|claims| self.checked_pid(&claims, pending)))
    }

    fn checked_pid(&self, claims: &Value, pending: &PendingLogin) -> Result<String, &'static str> {
        let now = unix_now();
        let client = self.config.login_client_id.as_str();
        let for_us = claims["aud"] == client
            || claims["aud"].as_array().is_some_and(|all| all.iter().any(|audience| audience == client));
        let acr = claims["acr"].as_str().unwrap_or_default();
        // Ten seconds of slack between two machines' clocks.
        let checks = [
            (claims["iss"] == pending.metadata["issuer"], "feil utsteder"),
            (for_us, "til en annen klient"),
            (claims["nonce"] == pending.nonce.as_str(), "feil nonce"),
            (claims["exp"].as_i64().is_some_and(|exp| now < exp + 10), "utløpt"),
            (claims["iat"].as_i64().is_some_and(|iat| iat <= now + 10), "fra framtiden"),
            (LEVELS.contains(&acr), "for lavt nivå"),
        ];
        if let Some((_, why)) = checks.iter().find(|(holds, _)| !holds) {
            return Err(why);
        }
        claims["pid"].as_str().map(str::to_owned).ok_or("uten fødselsnummer")
    }

    fn cookie(&self, name: &str, value: &str, seconds: i64) -> String {
        let secure = if self.config.redirect_uri.starts_with("https:") { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, Html(pages::message("Innlogging", why))).into_response()
}

fn cookie_value(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// RFC 6749 §2.3.1: id and secret are form-encoded before they go into Basic.
fn form_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => {
                let digit = |nibble: u8| char::from(b"0123456789ABCDEF"[usize::from(nibble)]);
                out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }
    out
}
