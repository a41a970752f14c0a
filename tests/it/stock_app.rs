//! A second municipal app, for tests of `url:` apps: written apart from the sample app, on a stock OpenID Connect
//! library, with habits of its own. It polls the feed once a second from a background task, keeps its own cache of
//! machine tokens, sends whole messages in one multipart request, and knows nothing of whoever is on the other side: no
//! idle probe, no poke. Every address comes from its settings.
#![allow(clippy::unwrap_used, reason = "test code")]

mod against_stand_ins;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthenticationContextClass, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IdTokenFields,
    IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, StandardErrorResponse,
    StandardTokenResponse, TokenResponse,
};
use reqwest::multipart::{Form, Part};
use serde::{Deserialize, Serialize};
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

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pid {
    pid: String,
}
impl AdditionalClaims for Pid {}

type Tokens = StandardTokenResponse<
    IdTokenFields<
        Pid,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;
type Oidc = openidconnect::Client<
    Pid,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

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
        .route("/helse", get(ready))
        .route("/login", get(login))
        .route("/callback", get(callback))
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

    /// One letter, once: digital to those with a mailbox who have not reserved themselves, else paper.
    async fn letter(&self, what: &str, to: &str, group: &str, title: &str, text: &str, with_pdf: bool) -> Result<()> {
        let once = format!("{what} {to}");
        if self.memory.lock().unwrap().letters.contains(&once) {
            return Ok(());
        }
        let krr = self.krr(to).await?;
        let reserved = krr["reservasjon"] == "JA";
        let process = format!("urn:no:difi:profile:digitalpost:{}:ver1.0", if reserved { "vedtak" } else { group });
        let base = &self.settings.eformidling_url;
        let url = format!("{base}/api/capabilities/{to}?process={process}");
        let offered: Value = self.http.get(url).send().await?.error_for_status()?.json().await?;
        let digital = !reserved && offered.to_string().contains("digitalpost:xsd:digital::digital\"");
        let pdf = pdf(text);
        let (kind, standard, file, business) = if digital {
            let spraak = krr["spraak"].as_str().filter(|code| *code != "se").unwrap_or("nb");
            let business = json!({ "sikkerhetsnivaa": 4, "hoveddokument": "brev.txt", "tittel": title, "spraak": spraak,
                                   "digitalPostInfo": { "aapningskvittering": "true" } });
            let file = Part::text(text.to_owned()).file_name("brev.txt").mime_str("text/plain")?;
            ("digital", "urn:no:difi:digitalpost:xsd:digital::digital", file, business)
        } else {
            let file = Part::bytes(pdf.clone()).file_name("brev.pdf").mime_str("application/pdf")?;
            let mut business = json!({ "hoveddokument": "brev.pdf" });
            if let Some(post) = now_valid(&self.person(to).await?, "postadresse") {
                let place = &post["postboksadresse"];
                let address = json!({ "navn": name(&self.person(to).await?), "land": "Norge",
                    "adresselinje1": format!("Postboks {}", place["postboks"].as_str().unwrap_or("")),
                    "postnummer": place["poststed"]["postnummer"], "poststed": place["poststed"]["poststedsnavn"] });
                business["mottaker"] = address.clone();
                business["retur"] = json!({ "mottaker": { "navn": "Kommunen", "adresselinje1": "Torget 1", "land": "Norge",
                    "postnummer": "9999", "poststed": "BYTEBY" } });
            }
            ("print", "urn:no:difi:digitalpost:xsd:fysisk::print", file, business)
        };
        let party = |value: &str| json!([{ "identifier": { "authority": "iso6523-actorid-upis", "value": value } }]);
        let sbd = json!({
            "standardBusinessDocumentHeader": {
                "headerVersion": "1.0",
                "sender": party(&format!("0192:{}", self.settings.orgnr)),
                "receiver": party(to),
                "documentIdentification": { "standard": standard, "typeVersion": "2.0", "type": kind },
                "businessScope": { "scope": [{ "type": "ConversationId", "identifier": process }] },
            },
            kind: business,
        });
        let mut form = Form::new().percent_encode_noop().text("sbd", sbd.to_string()).part(title.to_owned(), file);
        if with_pdf {
            form = form.part("Vedtak", Part::bytes(pdf).file_name("vedtak.pdf").mime_str("application/pdf")?);
        }
        self.http
            .post(format!("{base}/api/messages/out/multipart"))
            .multipart(form)
            .send()
            .await?
            .error_for_status()?;
        self.memory.lock().unwrap().letters.insert(once);
        Ok(())
    }

    async fn krr(&self, id: &str) -> Result<Value> {
        let token = self.machine_token("krr:global/kontaktinformasjon.read").await?;
        let url = format!("{}/rest/v2/personer", self.settings.krr_url);
        let body = json!({ "personidentifikatorer": [id] });
        let answer = self.http.post(url).bearer_auth(token).json(&body).send().await?.error_for_status()?;
        let answer: Value = answer.json().await?;
        Ok(answer["personer"].get(0).cloned().unwrap_or_default())
    }

    async fn oidc(&self) -> Result<Oidc> {
        let issuer = IssuerUrl::new(self.settings.idporten_issuer.clone())?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &fetcher(&self.http)).await?;
        let secret = Some(ClientSecret::new(self.settings.login_secret.clone()));
        let client = Oidc::from_provider_metadata(metadata, ClientId::new(self.settings.login_client.clone()), secret);
        Ok(client.set_redirect_uri(RedirectUrl::new(self.settings.redirect_uri.clone())?))
    }

    async fn logged_in_as(&self, back: &BTreeMap<String, String>) -> Result<String> {
        let state = back.get("state").context("no state")?;
        let login = self.memory.lock().unwrap().logins.remove(state);
        let (verifier, nonce) = login.context("unknown state")?;
        ensure!(back.get("iss") == Some(&self.settings.idporten_issuer), "another issuer");
        let client = self.oidc().await?;
        let code = AuthorizationCode::new(back.get("code").context("no code")?.clone());
        let fetch = fetcher(&self.http);
        let tokens = client.exchange_code(code)?.set_pkce_verifier(verifier).request_async(&fetch).await?;
        let id_token = tokens.id_token().context("no id token")?;
        let claims = id_token.claims(&client.id_token_verifier(), &nonce)?;
        let level = claims.auth_context_ref().map_or("", |acr| acr.as_str());
        if !["idporten-loa-substantial", "idporten-loa-high"].contains(&level) {
            bail!("level {level}");
        }
        Ok(claims.additional_claims().pid.clone())
    }

    fn session(&self, headers: &HeaderMap) -> Option<String> {
        let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
        let id = cookies.split("; ").find_map(|pair| pair.strip_prefix("stock="))?;
        self.memory.lock().unwrap().sessions.get(id).cloned()
    }
}

type Fetched = Pin<Box<dyn Future<Output = Result<HttpResponse, reqwest::Error>> + Send>>;

/// Our HTTP client as the library wants one.
fn fetcher(http: &reqwest::Client) -> impl Fn(HttpRequest) -> Fetched + use<> {
    let http = http.clone();
    move |request| {
        let http = http.clone();
        Box::pin(async move {
            let answer = http.execute(request.try_into()?).await?;
            let mut response = HttpResponse::new(Vec::new());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            *response.body_mut() = answer.bytes().await?.to_vec();
            Ok(response)
        })
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

/// One page with one line for each line of the text.
fn pdf(text: &str) -> Vec<u8> {
    let latin = |text: &str| text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect::<Vec<u8>>();
    let shown: String = text.lines().map(|line| format!("({line}) Tj T*\n")).collect();
    let content = latin(&format!("BT /F 12 Tf 14 TL 50 780 Td\n{shown}ET"));
    let font = "<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding>>";
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F {font}>>>>>>")
            .into(),
    ];
    objects.push(
        [format!("<</Length {}>>stream\n", content.len()).into_bytes(), content, b"\nendstream".to_vec()].concat(),
    );
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut xref = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        xref += &format!("{:010} 00000 n \n", file.len());
        file.extend([format!("{} 0 obj\n", index + 1).as_bytes(), object, b"\nendobj\n"].concat());
    }
    let end = format!("{xref}trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{}\n%%EOF", objects.len() + 1, file.len());
    file.extend(end.into_bytes());
    file
}

fn said(status: u16, body: Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

async fn ready(State(app): State<App>) -> Response {
    let ready = app.memory.lock().unwrap().next.is_some();
    said(if ready { 200 } else { 503 }, json!({ "ready": ready }))
}

async fn login(State(app): State<App>) -> Response {
    let Ok(client) = app.oidc().await else { return said(503, json!({})) };
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = CoreAuthenticationFlow::AuthorizationCode;
    let (url, state, nonce) = client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("profile".into()))
        .add_auth_context_value(AuthenticationContextClass::new("idporten-loa-substantial".into()))
        .set_pkce_challenge(challenge)
        .url();
    app.memory.lock().unwrap().logins.insert(state.into_secret(), (verifier, nonce));
    Redirect::to(url.as_str()).into_response()
}

async fn callback(State(app): State<App>, Query(back): Query<BTreeMap<String, String>>) -> Response {
    match app.logged_in_as(&back).await {
        Ok(pid) => {
            let id = CsrfToken::new_random().into_secret();
            let cookie = format!("stock={id}; Path=/; HttpOnly");
            app.memory.lock().unwrap().sessions.insert(id, pid);
            ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        Err(error) => {
            tracing::debug!(%error, "login refused");
            said(401, json!({}))
        }
    }
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
