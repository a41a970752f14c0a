//! A second municipal app, for tests of `url:` apps: written apart from the sample app, on a stock OpenID Connect
//! library, with habits of its own. It polls the feed once a second from a background task, keeps its own cache of
//! machine tokens, sends whole messages in one multipart request, and knows nothing of whoever is on the other side: no
//! idle probe, no poke. Every address comes from its settings.
#![allow(clippy::unwrap_used, reason = "test code")]

pub(crate) mod against_stand_ins;
mod login;
mod post;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

/// What the app is told: base URLs, its two clients, who it is.
#[derive(Clone)]
pub struct Settings {
    pub idporten_issuer: String,
    pub maskinporten_issuer: String,
    pub folkeregisteret_url: String,
    pub krr_url: String,
    pub eformidling_url: String,
    pub login_client: String,
    pub login_secret: String,
    pub redirect_uri: String,
    pub machine_client: String,
    /// PKCS #8 PEM.
    pub machine_key: String,
    pub machine_kid: String,
    pub orgnr: String,
    /// Pause between polls, in real time.
    pub every: Duration,
}

struct Soeknad {
    barn: String,
    soeker: String,
    start: Date,
    innen_fristen: bool,
    mottatt: Timestamp,
    kvittert: bool,
    vedtatt: bool,
    svar: Option<bool>,
}

#[derive(Default)]
struct Memory {
    next: Option<u64>,
    today: Option<Timestamp>,
    children: BTreeSet<String>,
    letters: BTreeSet<String>,
    applications: BTreeMap<String, Soeknad>,
    logins: BTreeMap<String, (PkceCodeVerifier, Nonce)>,
    sessions: BTreeMap<String, String>,
    tokens: BTreeMap<String, (String, Instant)>,
}

struct Stock {
    settings: Settings,
    http: reqwest::Client,
    memory: Mutex<Memory>,
}

type App = Arc<Stock>;

/// Serves the app on `listener` and polls, for as long as the returned task runs.
pub fn start(listener: tokio::net::TcpListener, settings: Settings) -> tokio::task::JoinHandle<()> {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let app = Arc::new(Stock { settings, http, memory: Mutex::default() });
    let routes = Router::new()
        .route("/", get(ready))
        .route("/helse", get(ready))
        .route("/login", get(login::login))
        .route("/callback", get(login::callback))
        .route("/api/soeknader", post(apply))
        .route("/api/soeknader/{id}/svar", post(answer))
        .route("/api/plasser", get(places))
        .with_state(Arc::clone(&app));
    tokio::spawn(async move {
        let poll = async {
            loop {
                if let Err(error) = app.round().await {
                    tracing::debug!(%error, "round cut short");
                }
                tokio::time::sleep(app.settings.every).await;
            }
        };
        let serve = async { axum::serve(listener, routes).await };
        tokio::select! { () = poll => {}, _ = serve => {} }
    })
}

impl Stock {
    async fn round(&self) -> Result<()> {
        let known = self.memory.lock().unwrap().next;
        let mut next = match known {
            Some(next) => next,
            None => self.register("hendelser/siste/sekvensnummer").await?.as_u64().context("no number")? + 1,
        };
        self.memory.lock().unwrap().next = Some(next);
        loop {
            let page = self.register(&format!("hendelser/feed?seq={next}")).await?;
            let page = page.as_array().context("no page")?.clone();
            let Some(last) = page.last() else { break };
            for entry in &page {
                let event = &entry["hendelse"];
                if event["hendelsetype"] == "personErOpprettet" {
                    self.welcome(event["folkeregisteridentifikator"].as_str().context("no id")?).await?;
                }
            }
            next = last["sekvensnummer"].as_u64().context("no number")? + 1;
            self.memory.lock().unwrap().next = Some(next);
        }
        self.office_hours().await
    }

    async fn machine_token(&self, scope: &str) -> Result<String> {
        let kept = self.memory.lock().unwrap().tokens.get(scope).cloned();
        if let Some((token, _)) = kept.filter(|(_, until)| Instant::now() < *until) {
            return Ok(token);
        }
        let settings = &self.settings;
        let body: String = settings.machine_key.lines().filter(|line| !line.starts_with("--")).collect();
        let key = RsaKeyPair::from_pkcs8(&STANDARD.decode(body)?)?;
        #[allow(clippy::disallowed_methods, reason = "an app's tokens follow the machine's clock")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!(
            "{}.{}",
            part(json!({ "alg": "RS256", "kid": settings.machine_kid })),
            part(json!({ "aud": settings.maskinporten_issuer, "iss": settings.machine_client, "scope": scope,
                         "iat": now, "exp": now + 60, "jti": CsrfToken::new_random().secret() }))
        );
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)?;
        let assertion = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", &assertion)];
        let url = format!("{}token", settings.maskinporten_issuer);
        let answer: Value = self.http.post(url).form(&form).send().await?.error_for_status()?.json().await?;
        let token = answer["access_token"].as_str().context("no token")?.to_owned();
        let until = Instant::now() + Duration::from_secs(answer["expires_in"].as_u64().unwrap_or(0) * 9 / 10);
        self.memory.lock().unwrap().tokens.insert(scope.to_owned(), (token.clone(), until));
        Ok(token)
    }

    async fn register(&self, path: &str) -> Result<Value> {
        let token = self.machine_token("folkeregister:deling/offentligmedhjemmel").await?;
        let base = &self.settings.folkeregisteret_url;
        let url = format!("{base}/folkeregisteret/offentlig-med-hjemmel/api/v1/{path}");
        let answer = self.http.get(url).bearer_auth(token).send().await?.error_for_status()?;
        let date = answer.headers()[header::DATE].to_str()?.to_owned();
        self.memory.lock().unwrap().today = Some(jiff::fmt::rfc2822::parse(&date)?.timestamp());
        Ok(answer.json().await?)
    }

    async fn person(&self, id: &str) -> Result<Value> {
        self.register(&format!("personer/{id}?part=person-basis&part=relasjon-utvidet")).await
    }

    fn day(&self) -> Option<Date> {
        let zone = TimeZone::get("Europe/Oslo").unwrap();
        self.memory.lock().unwrap().today.map(|now| now.to_zoned(zone).date())
    }

    /// A newborn's responsible adults, one for each home.
    async fn welcome(&self, id: &str) -> Result<()> {
        if self.memory.lock().unwrap().children.contains(id) {
            return Ok(());
        }
        let child = self.person(id).await?;
        let born: Date =
            now_valid(&child, "foedsel").context("no birth")?["foedselsdato"].as_str().unwrap_or("").parse()?;
        let newborn = self.day().is_some_and(|day| day <= born + 60.days());
        if newborn && child["doedsfall"].is_null() {
            let mut homes = Vec::new();
            for adult in responsible(&child) {
                let home =
                    now_valid(&self.person(&adult).await?, "bostedsadresse").map(|home| home["vegadresse"].clone());
                if home.is_some() && homes.contains(&home) {
                    continue;
                }
                homes.push(home);
                let text = format!("Vi tilbyr hjemmebesøk til {}.\nHelsestasjonen", name(&child));
                self.letter(&format!("besøk {id}"), &adult, "info", "Tilbud om hjemmebesøk", &text, false).await?;
                if child["adressebeskyttelse"].is_array() {
                    break; // a protected child has one home, and it is the mother's
                }
            }
        }
        self.memory.lock().unwrap().children.insert(id.to_owned());
        Ok(())
    }

    /// Receipts that did not get away, and decisions after two days.
    async fn office_hours(&self) -> Result<()> {
        let now = self.memory.lock().unwrap().today.context("no date yet")?;
        let open: Vec<(String, String, String, bool)> = {
            let memory = self.memory.lock().unwrap();
            let open = memory
                .applications
                .iter()
                .filter(|(_, s)| !s.kvittert || (!s.vedtatt && s.mottatt + 48.hours() <= now));
            open.map(|(id, s)| (id.clone(), s.soeker.clone(), s.barn.clone(), s.kvittert)).collect()
        };
        for (id, soeker, barn, kvittert) in open {
            let child = name(&self.person(&barn).await?);
            if kvittert {
                let text = format!("Søknad {id}: {child} får plass.");
                self.letter(&format!("vedtak {id}"), &soeker, "vedtak", "Vedtak om barnehageplass", &text, true)
                    .await?;
            } else {
                self.receipt(&id, &soeker, &child).await?;
            }
            let mut memory = self.memory.lock().unwrap();
            let soeknad = memory.applications.get_mut(&id).unwrap();
            if kvittert { soeknad.vedtatt = true } else { soeknad.kvittert = true }
        }
        Ok(())
    }

    async fn receipt(&self, id: &str, to: &str, child: &str) -> Result<()> {
        let text = format!("Vi har fått søknad {id} for {child}.");
        self.letter(&format!("kvittering {id}"), to, "info", "Kvittering på søknad om barnehage", &text, false).await
    }

    fn session(&self, headers: &HeaderMap) -> Option<String> {
        let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
        let id = cookies.split("; ").find_map(|pair| pair.strip_prefix("stock="))?;
        self.memory.lock().unwrap().sessions.get(id).cloned()
    }
}

fn now_valid(document: &Value, element: &str) -> Option<Value> {
    document[element].as_array()?.iter().find(|entry| entry["erGjeldende"] == true).cloned()
}

fn name(document: &Value) -> String {
    let name = now_valid(document, "navn").unwrap_or_default();
    let parts = ["fornavn", "mellomnavn", "etternavn"].iter().filter_map(|part| name[part].as_str());
    parts.collect::<Vec<_>>().join(" ")
}

/// Everybody with parental responsibility, the mother first.
fn responsible(child: &Value) -> Vec<String> {
    let list = |element: &str| child[element].as_array().cloned().unwrap_or_default();
    let mothers = list("familierelasjon");
    let is_mother = |id: &str| mothers.iter().any(|m| m["relatertPersonsRolle"] == "mor" && m["relatertPerson"] == id);
    let mut all: Vec<String> =
        list("foreldreansvar").iter().filter_map(|f| f["ansvarlig"].as_str().map(str::to_owned)).collect();
    all.sort_by_key(|id| !is_mother(id));
    all
}

fn said(status: u16, body: Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

async fn ready(State(app): State<App>) -> Response {
    let ready = app.memory.lock().unwrap().next.is_some();
    said(if ready { 200 } else { 503 }, json!({ "ready": ready }))
}

#[derive(Deserialize)]
struct Wish {
    barn: String,
    oensket_start: Date,
}

async fn apply(State(app): State<App>, headers: HeaderMap, Json(wish): Json<Wish>) -> Response {
    let Some(soeker) = app.session(&headers) else { return said(401, json!({})) };
    let Ok(child) = app.person(&wish.barn).await else { return said(403, json!({})) };
    if !responsible(&child).contains(&soeker) {
        return said(403, json!({}));
    }
    let mottatt = app.memory.lock().unwrap().today;
    let (Some(mottatt), Some(day)) = (mottatt, app.day()) else { return said(503, json!({})) };
    let year = if wish.oensket_start.month() < 8 { wish.oensket_start.year() - 1 } else { wish.oensket_start.year() };
    let innen_fristen = day <= Date::constant(year, 3, 1);
    let id = format!("S{}", app.memory.lock().unwrap().applications.len() + 1001);
    let kvittert = app.receipt(&id, &soeker, &name(&child)).await.is_ok();
    let (barn, start) = (wish.barn, wish.oensket_start);
    let soeknad = Soeknad { barn, soeker, start, innen_fristen, mottatt, kvittert, vedtatt: false, svar: None };
    let body = json!({ "id": id, "status": "mottatt", "frist_overholdt": soeknad.innen_fristen });
    app.memory.lock().unwrap().applications.insert(id, soeknad);
    said(201, body)
}

#[derive(Deserialize)]
struct Reply {
    svar: String,
}

async fn answer(
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(reply): Json<Reply>,
) -> Response {
    let Some(pid) = app.session(&headers) else { return said(401, json!({})) };
    let mut memory = app.memory.lock().unwrap();
    let Some(soeknad) = memory.applications.get_mut(&id).filter(|s| s.soeker == pid && s.vedtatt) else {
        return said(404, json!({}));
    };
    soeknad.svar = Some(reply.svar == "ja");
    said(200, json!({ "id": id }))
}

async fn places(State(app): State<App>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let fresh = app.register("hendelser/siste/sekvensnummer").await;
    let (Ok(_), Some(today)) = (fresh, app.day()) else { return said(503, json!({})) };
    let memory = app.memory.lock().unwrap();
    let own = memory.applications.values().filter(|s| query.get("barn") == Some(&s.barn) && s.svar == Some(true));
    let places = own.map(|s| json!({ "status": if s.start <= today { "aktiv" } else { "venter" }, "fra": s.start }));
    said(200, json!({ "plasser": places.collect::<Vec<_>>() }))
}
