//! Small stand-ins for the national services, for tests of apps that talk to them: ID-porten, Maskinporten,
//! Folkeregisteret, KRR and eFormidling on one port, with the checks the real ones make. Needs nothing but HTTP, so that
//! tests of other apps can include this file too.
#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::missing_panics_doc, reason = "test code")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};

pub const ORGNR: &str = "312012340";
pub const LOGIN_CLIENT: &str = "barnehage-innlogging";
pub const LOGIN_SECRET: &str = "hemmelig: æ og %";
pub const MACHINE_CLIENT: &str = "barnehage-maskin";
pub const REDIRECT: &str = "http://app.example/callback";

/// A test key, its PEM and its modulus; the exponent is always 65537.
pub struct TestKey {
    pair: RsaKeyPair,
    pub pem: String,
    pub n: Vec<u8>,
}

fn make_key() -> TestKey {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()));
    // RSAPublicKey of 2048 bits: four bytes of sequence, four of integer, a zero, the modulus.
    let n = pair.public_key().as_ref()[9..265].to_vec();
    TestKey { pair, pem, n }
}

/// The key of the app's clients.
pub static APP_KEY: LazyLock<TestKey> = LazyLock::new(make_key);
/// The key the identity providers sign with.
pub static ISSUER_KEY: LazyLock<TestKey> = LazyLock::new(make_key);
/// A key nobody knows.
pub static STRANGERS_KEY: LazyLock<TestKey> = LazyLock::new(make_key);

/// What can be wrong with an ID token.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TokenFault {
    #[default]
    None,
    Nonce,
    Signature,
    Algorithm,
    Audience,
    Issuer,
    Expired,
    Level,
}

/// A message on its way or sent.
#[derive(Clone, Debug)]
pub struct Message {
    pub sbd: Value,
    pub files: Vec<File>,
}

#[derive(Clone, Debug)]
pub struct File {
    pub name: String,
    pub title: String,
    pub mime: String,
    pub bytes: Vec<u8>,
}

impl Message {
    pub fn kind(&self) -> &str {
        self.sbd["standardBusinessDocumentHeader"]["documentIdentification"]["type"].as_str().unwrap()
    }
    pub fn to(&self) -> &str {
        self.sbd["standardBusinessDocumentHeader"]["receiver"][0]["identifier"]["value"].as_str().unwrap()
    }
    pub fn process(&self) -> &str {
        self.sbd["standardBusinessDocumentHeader"]["businessScope"]["scope"][0]["identifier"].as_str().unwrap()
    }
    pub fn business(&self) -> &Value {
        &self.sbd[self.kind()]
    }
    pub fn title(&self) -> &str {
        &self.files[0].title
    }
    /// The text of the main document, from its text layer when it is a PDF.
    pub fn text(&self) -> String {
        self.files[0].text()
    }
}

impl File {
    pub fn text(&self) -> String {
        if self.mime != "application/pdf" {
            return String::from_utf8(self.bytes.clone()).unwrap();
        }
        let latin: String = self.bytes.iter().map(|byte| char::from(*byte)).collect();
        let shown = latin.lines().filter_map(|line| line.strip_prefix('(')?.strip_suffix(") Tj T*"));
        shown.map(|line| line.replace("\\(", "(").replace("\\)", ")")).collect::<Vec<_>>().join("\n")
    }
}

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub path: String,
    pub query: String,
    pub status: u16,
}

/// One request that goes wrong.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// Method, space, beginning of the path.
    pub on: String,
    /// What is answered instead.
    pub status: u16,
    /// Whether the request was carried out all the same, and only its answer got lost.
    pub carried_out: bool,
}

#[derive(Default)]
struct Grant {
    pid: String,
    acr: String,
    nonce: Value,
    challenge: String,
}

/// Everything the stand-ins know.
#[derive(Default)]
pub struct Town {
    pub clock: Timestamp,
    pub people: BTreeMap<String, Value>,
    pub krr: BTreeMap<String, Value>,
    pub feed: Vec<Value>,
    pub calls: Vec<Call>,
    pub sent: Vec<Message>,
    pub token_fault: TokenFault,
    /// What goes wrong next.
    pub troubles: Vec<Trouble>,
    out: BTreeMap<String, Message>,
    known_messages: BTreeSet<String>,
    tokens: BTreeMap<String, String>,
    used: BTreeSet<String>,
    grants: BTreeMap<String, Grant>,
    counter: u64,
}

/// The running stand-ins.
#[derive(Clone)]
pub struct StandIns {
    pub base: String,
    town: Arc<Mutex<Town>>,
}

/// A synthetic identity number (month + 80) for a birth date and a running number; skips those without check digits.
pub fn synthetic_number(born: &str, nth: u32) -> String {
    let (year, month, day) = (&born[2..4], &born[5..7], &born[8..10]);
    let month: u32 = month.parse::<u32>().unwrap() + 80;
    let check = |digits: &[u32], weights: &[u32]| {
        let sum: u32 = digits.iter().zip(weights).map(|(d, w)| d * w).sum();
        (11 - sum % 11) % 11
    };
    let series = if &born[..4] < "2000" { 100 } else { 600 };
    (series..)
        .filter_map(|individual| {
            let first = format!("{day}{month}{year}{individual:03}");
            let mut d: Vec<u32> = first.chars().map(|c| c.to_digit(10).unwrap()).collect();
            d.push(check(&d, &[3, 7, 6, 1, 8, 9, 4, 5, 2]));
            d.push(check(&d, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]));
            d.iter().all(|digit| *digit < 10).then(|| d.iter().map(u32::to_string).collect())
        })
        .nth(nth as usize)
        .unwrap()
}

/// A person document with a home in `street`.
pub fn person(id: &str, name: (&str, &str), born: &str, street: &str) -> Value {
    json!({
        "identifikasjonsnummer": [{ "erGjeldende": true, "status": "iBruk", "foedselsEllerDNummer": id,
                                    "identifikatortype": "foedselsnummer" }],
        "status": [{ "erGjeldende": true, "status": "bosatt" }],
        "foedsel": [{ "erGjeldende": true, "foedselsaar": &born[..4], "foedselsdato": born }],
        "navn": [{ "erGjeldende": true, "fornavn": name.0, "etternavn": name.1 }],
        "bostedsadresse": [{ "erGjeldende": true, "adressegradering": "ugradert",
            "adresseIdentifikatorFraMatrikkelen": "900000141", "grunnkrets": 101,
            "vegadresse": { "kommunenummer": "9901", "bruksenhetsnummer": "H0101", "adressenavn": street,
                "adressenummer": { "husnummer": "14" },
                "poststed": { "poststedsnavn": "BYTEBY", "postnummer": "9999" } } }],
    })
}

/// A KRR entry: registered, with a mailbox, not reserved, Bokmål.
pub fn digital_citizen(id: &str) -> Value {
    json!({ "personidentifikator": id, "reservasjon": "NEI", "status": "AKTIV", "varslingsstatus": "KAN_VARSLES",
            "spraak": "nb", "digital_post": { "postkasseadresse": "x#1", "postkasseleverandoeradresse": "316000312" } })
}

impl StandIns {
    /// Starts on a free port of the loopback.
    pub async fn start(at: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let town = Arc::new(Mutex::new(Town { clock: at.parse().unwrap(), ..Town::default() }));
        let stand_ins = Self { base, town };
        let router = Router::new().fallback(answer).with_state(stand_ins.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        stand_ins
    }

    pub fn town(&self) -> MutexGuard<'_, Town> {
        self.town.lock().unwrap()
    }

    pub fn set_clock(&self, at: &str) {
        self.town().clock = at.parse().unwrap();
    }

    /// Births as the register shows them: each child with its parents' responsibility, one transaction for all.
    pub fn birth(&self, children: &[(&str, Value)], responsible: &[&str]) {
        let mut town = self.town();
        let at = town.clock.to_string();
        for (id, document) in children {
            let mut document = document.clone();
            document["familierelasjon"] = responsible
                .iter()
                .enumerate()
                .map(|(position, adult)| {
                    let role = if position == 0 { "mor" } else { "far" };
                    json!({ "erGjeldende": true, "relatertPerson": adult, "relatertPersonsRolle": role,
                            "minRolleForPerson": "barn" })
                })
                .collect();
            // The other parent first: an app may not count on the order.
            document["foreldreansvar"] = responsible
                .iter()
                .rev()
                .map(|adult| json!({ "erGjeldende": true, "ansvar": "felles", "ansvarlig": adult }))
                .collect();
            town.people.insert((*id).to_owned(), document);
            town.event(id, "personErOpprettet", &at);
        }
        for adult in responsible {
            town.event(adult, "endringIFamilierelasjon", &at);
            town.event(adult, "endringIForeldreansvar", &at);
        }
    }

    /// The next request that begins like `on` (method, space, path) is answered with `status`, and not carried out.
    pub fn fail(&self, on: &str, status: u16) {
        self.town().troubles.push(Trouble { on: on.to_owned(), status, carried_out: false });
    }

    pub fn calls(&self, method: &str, prefix: &str) -> usize {
        self.town().calls.iter().filter(|call| call.method == method && call.path.starts_with(prefix)).count()
    }
}

impl Town {
    pub fn event(&mut self, id: &str, kind: &str, at: &str) {
        let number = self.feed.len() + 1;
        self.feed.push(json!({ "sekvensnummer": number, "hendelse": {
            "folkeregisteridentifikator": id, "hendelsetype": kind, "hendelsesdokument": format!("{number:032x}"),
            "ajourholdstidspunkt": at } }));
    }

    fn next(&mut self, what: &str) -> String {
        self.counter += 1;
        format!("{what}-{}", self.counter)
    }
}

#[allow(clippy::disallowed_methods, reason = "tokens follow the machine's clock")]
fn unix_now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// Signs claims; `alg` is only what the header says.
pub fn sign(key: &TestKey, kid: &str, alg: &str, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(&json!({ "alg": alg, "kid": kid })), encode(claims));
    let mut signature = vec![0; key.pair.public_modulus_len()];
    key.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The claims of an assertion signed with the app's key.
fn assertion(text: &str) -> Option<Value> {
    let (signed, signature) = text.rsplit_once('.')?;
    let public = RsaPublicKeyComponents { n: APP_KEY.n.clone(), e: vec![1, 0, 1] };
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    public.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?).ok()
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://x/?{text}")).unwrap();
    url.query_pairs().into_owned().collect()
}

type Reply = (u16, Value);

fn refuse(status: u16, exception: &str) -> Reply {
    (status, json!({ "status": status, "exception": format!("no.difi.meldingsutveksling.exceptions.{exception}") }))
}

async fn answer(State(here): State<StandIns>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 10_000_000).await.unwrap();
    let parts = multipart(&head.headers, &body).await;
    let path = head.uri.path().to_owned();
    let query = head.uri.query().unwrap_or_default().to_owned();
    let mut town = here.town();
    let line = format!("{} {path}", head.method);
    let trouble = town.troubles.iter().position(|trouble| line.starts_with(&trouble.on));
    let trouble = trouble.map(|position| town.troubles.remove(position));
    let mut redirect = None;
    let (mut status, mut reply) = if trouble.as_ref().is_some_and(|trouble| !trouble.carried_out) {
        (500, Value::Null)
    } else if path == "/idporten/authorize" {
        redirect = authorize(&here.base, &mut town, &pairs(&query));
        (if redirect.is_some() { 302 } else { 400 }, Value::Null)
    } else if let Some(path) = path.strip_prefix("/idporten/") {
        idporten(&here.base, &mut town, path, &head.headers, &body)
    } else if let Some(path) = path.strip_prefix("/maskinporten/") {
        maskinporten(&here.base, &mut town, path, &body)
    } else if let Some(path) = path.strip_prefix("/folkeregisteret/offentlig-med-hjemmel/api/v1/") {
        folkeregisteret(&town, path, &head.headers, &query)
    } else if path == "/krr/rest/v2/personer" {
        krr(&town, &head.headers, &body)
    } else if path == "/eformidling/api/messages/out/multipart" {
        whole_message(&mut town, parts)
    } else if let Some(path) = path.strip_prefix("/eformidling/api/") {
        eformidling(&mut town, head.method.as_str(), path, &pairs(&query), &head.headers, &body)
    } else {
        (404, Value::Null)
    };
    if let Some(trouble) = trouble {
        (status, reply) = (trouble.status, json!({ "kode": "FREG-001", "melding": "prøv igjen" }));
    }
    town.calls.push(Call { method: head.method.to_string(), path, query, status });
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&town.clock).unwrap();
    let mut response = (StatusCode::from_u16(status).unwrap(), Body::from(reply.to_string())).into_response();
    let headers = response.headers_mut();
    headers.insert(header::DATE, date.parse().unwrap());
    headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
    if let Some(to) = redirect {
        headers.insert(header::LOCATION, to.parse().unwrap());
    }
    response
}

fn authorize(base: &str, town: &mut Town, query: &BTreeMap<String, String>) -> Option<String> {
    let (pid, acr) = query.get("login_hint")?.strip_prefix("testid:")?.split_once('_')?;
    let given = |key: &str| query.get(key).map_or("", String::as_str);
    let right = given("client_id") == LOGIN_CLIENT
        && given("redirect_uri") == REDIRECT
        && given("response_type") == "code"
        && given("scope").split(' ').any(|scope| scope == "openid")
        && given("code_challenge_method") == "S256"
        && given("code_challenge").len() == 43
        && town.people.contains_key(pid);
    if !right {
        return None;
    }
    let code = town.next("kode");
    let nonce = query.get("nonce").map_or(Value::Null, |nonce| json!(nonce));
    let challenge = query["code_challenge"].clone();
    town.grants.insert(code.clone(), Grant { pid: pid.to_owned(), acr: acr.to_owned(), nonce, challenge });
    let mut to = reqwest::Url::parse(REDIRECT).unwrap();
    to.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", query.get("state").map_or("", String::as_str))
        .append_pair("iss", &format!("{base}/idporten"));
    Some(to.into())
}

fn idporten(base: &str, town: &mut Town, path: &str, headers: &HeaderMap, body: &Bytes) -> Reply {
    let issuer = format!("{base}/idporten");
    match path {
        ".well-known/openid-configuration" => (
            200,
            json!({ "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
                    "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/jwks"),
                    "response_types_supported": ["code"], "subject_types_supported": ["pairwise"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "authorization_response_iss_parameter_supported": true }),
        ),
        "jwks" => {
            let n = URL_SAFE_NO_PAD.encode(&ISSUER_KEY.n);
            let key = json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "utsteder", "n": n, "e": "AQAB" });
            (200, json!({ "keys": [key] }))
        }
        "token" => {
            let form = pairs(std::str::from_utf8(body).unwrap());
            let Some(grant) = form.get("code").and_then(|code| town.grants.remove(code)) else {
                return (400, json!({ "error": "invalid_grant" }));
            };
            let basic = format!("{LOGIN_CLIENT}:hemmelig%3A+%C3%A6+og+%25");
            let known = headers
                .get(header::AUTHORIZATION)
                .is_some_and(|given| given.to_str().unwrap() == format!("Basic {}", STANDARD.encode(&basic)))
                || form.get("client_assertion").and_then(|text| assertion(text)).is_some_and(|claims| {
                    claims["iss"] == LOGIN_CLIENT
                        && claims["sub"] == LOGIN_CLIENT
                        && claims["aud"] == issuer.as_str()
                        && form["client_id"] == LOGIN_CLIENT
                });
            if !known {
                return (401, json!({ "error": "invalid_client" }));
            }
            let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, form["code_verifier"].as_bytes()));
            if challenge != grant.challenge || form["redirect_uri"] != REDIRECT {
                return (400, json!({ "error": "invalid_grant" }));
            }
            let id_token = id_token(&issuer, town.token_fault, grant);
            (
                200,
                json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 120, "scope": "openid profile",
                          "id_token": id_token }),
            )
        }
        _ => (404, Value::Null),
    }
}

fn id_token(issuer: &str, fault: TokenFault, grant: Grant) -> String {
    let now = unix_now();
    let mut claims = json!({
        "iss": issuer, "aud": LOGIN_CLIENT, "sub": "parvis", "pid": grant.pid, "acr": grant.acr, "amr": ["TestID"],
        "nonce": grant.nonce, "auth_time": now, "iat": now, "exp": now + 120, "jti": "r8Xk2LmQz0A", "locale": "nb",
    });
    match fault {
        TokenFault::Nonce => claims["nonce"] = json!("en annens"),
        TokenFault::Audience => claims["aud"] = json!("en annen klient"),
        TokenFault::Issuer => claims["iss"] = json!("http://en-annen.example"),
        TokenFault::Expired => claims["exp"] = json!(now - 60),
        TokenFault::Level => claims["acr"] = json!("idporten-loa-low"),
        TokenFault::None | TokenFault::Signature | TokenFault::Algorithm => {}
    }
    let key = if fault == TokenFault::Signature { &STRANGERS_KEY } else { &ISSUER_KEY };
    sign(key, "utsteder", if fault == TokenFault::Algorithm { "none" } else { "RS256" }, &claims)
}

fn maskinporten(base: &str, town: &mut Town, path: &str, body: &Bytes) -> Reply {
    let issuer = format!("{base}/maskinporten/");
    match path {
        ".well-known/oauth-authorization-server" => {
            (200, json!({ "issuer": issuer, "token_endpoint": format!("{issuer}token") }))
        }
        "token" => {
            let form = pairs(std::str::from_utf8(body).unwrap());
            let claims = assertion(&form["assertion"]).unwrap_or_default();
            let known = ["aud", "iss", "scope", "iat", "exp", "jti"];
            let (iat, exp) = (claims["iat"].as_i64().unwrap_or(0), claims["exp"].as_i64().unwrap_or(0));
            let right = form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
                && claims["aud"] == issuer.as_str()
                && claims["iss"] == MACHINE_CLIENT
                && (unix_now() - iat).abs() <= 10
                && exp > unix_now()
                && exp - iat <= 120
                && claims.as_object().is_some_and(|all| all.keys().all(|key| known.contains(&key.as_str())))
                && town.used.insert(claims["jti"].to_string());
            if !right {
                return (400, json!({ "error": "invalid_grant" }));
            }
            let token = town.next("token");
            let scope = claims["scope"].as_str().unwrap().to_owned();
            town.tokens.insert(token.clone(), scope.clone());
            (200, json!({ "access_token": token, "token_type": "Bearer", "expires_in": 119, "scope": scope }))
        }
        _ => (404, Value::Null),
    }
}

impl Town {
    /// Ends every machine token given so far.
    pub fn end_tokens(&mut self) {
        self.tokens.clear();
    }

    fn allowed(&self, headers: &HeaderMap, scope: &str) -> Result<(), Reply> {
        let token = headers.get(header::AUTHORIZATION).and_then(|text| text.to_str().ok()?.strip_prefix("Bearer "));
        let Some(scopes) = token.and_then(|token| self.tokens.get(token)) else { return Err((401, json!({}))) };
        if scopes.split(' ').any(|given| given == scope) { Ok(()) } else { Err((403, json!({}))) }
    }
}

fn folkeregisteret(town: &Town, path: &str, headers: &HeaderMap, query: &str) -> Reply {
    if let Err(refused) = town.allowed(headers, "folkeregister:deling/offentligmedhjemmel") {
        return refused;
    }
    if path == "hendelser/siste/sekvensnummer" {
        return (200, json!(town.feed.len()));
    }
    if path == "hendelser/feed" {
        let from: usize = pairs(query)["seq"].parse().unwrap();
        let page: Vec<&Value> = town.feed.iter().skip(from.max(1) - 1).take(1000).collect();
        return (200, json!(page));
    }
    let Some(document) = path.strip_prefix("personer/").and_then(|id| town.people.get(id)) else {
        return (404, json!({ "kode": "FREG-001", "melding": "ukjent person" }));
    };
    let url = reqwest::Url::parse(&format!("http://x/?{query}")).unwrap();
    let mut parts = BTreeSet::from(["identifikasjonsnummer".to_owned()]);
    for (_, part) in url.query_pairs().filter(|(key, _)| key == "part") {
        let collection: &[&str] = match part.as_ref() {
            "person-basis" => {
                &["status", "foedsel", "navn", "bostedsadresse", "postadresse", "adressebeskyttelse", "doedsfall"]
            }
            "relasjon-utvidet" => &["familierelasjon", "foreldreansvar"],
            one => &[one],
        };
        parts.extend(collection.iter().map(|part| (*part).to_owned()));
    }
    let mut shown = document.clone();
    shown.as_object_mut().unwrap().retain(|element, _| parts.contains(element));
    (200, shown)
}

fn krr(town: &Town, headers: &HeaderMap, body: &Bytes) -> Reply {
    if let Err(refused) = town.allowed(headers, "krr:global/kontaktinformasjon.read") {
        return refused;
    }
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return (400, json!({ "status": 400 })) };
    let found: Vec<Value> = body["personidentifikatorer"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|id| match town.krr.get(id.as_str().unwrap()) {
            Some(entry) => Some(entry.clone()),
            None => (body["inkluderIkkeRegistrerte"] == true).then(|| {
                json!({ "personidentifikator": id, "reservasjon": "NEI", "status": "IKKE_REGISTRERT",
                        "varslingsstatus": "KAN_IKKE_VARSLES" })
            }),
        })
        .collect();
    (200, json!({ "personer": found }))
}

/// What a citizen can be sent for a process, by the table of the counterpart look-up.
fn document_types(town: &Town, id: &str, process: &str) -> Option<Vec<&'static str>> {
    let document = town.people.get(id)?;
    let entry = town.krr.get(id).cloned().unwrap_or_default();
    let mailbox = entry["status"] == "AKTIV" && entry["digital_post"].is_object();
    let decision = process.contains(":vedtak:");
    let off = decision && (entry["reservasjon"] == "JA" || entry["varslingsstatus"] != "KAN_VARSLES");
    let address = document["bostedsadresse"].is_array() && document["adressebeskyttelse"].is_null();
    let print = address.then_some("print");
    Some(match (mailbox, off) {
        (true, false) => vec!["digital"],
        (_, true) => print.into_iter().collect(),
        (false, false) => print.into_iter().chain(["digital_dpv"]).collect(),
    })
}

fn eformidling(
    town: &mut Town,
    method: &str,
    path: &str,
    query: &BTreeMap<String, String>,
    headers: &HeaderMap,
    body: &Bytes,
) -> Reply {
    if let Some(id) = path.strip_prefix("capabilities/") {
        let process = query.get("process").map_or("urn:no:difi:profile:digitalpost:info:ver1.0", String::as_str);
        let Some(types) = document_types(town, id, process) else { return refuse(404, "IdentifierNotFoundException") };
        let item = |kind| {
            let service = if kind == "digital_dpv" { "DPV" } else { "DPI" };
            let medium = if kind == "print" { "fysisk" } else { "digital" };
            json!({ "process": process, "serviceIdentifier": service,
                    "documentTypes": [{ "type": kind, "standard": format!("urn:no:difi:digitalpost:xsd:{medium}::{kind}") }] })
        };
        return (200, json!({ "capabilities": types.into_iter().map(item).collect::<Vec<_>>() }));
    }
    let id = path.strip_prefix("messages/out").unwrap_or_default().trim_matches('/');
    match (method, id) {
        ("POST", "") => create(town, body),
        ("GET", id) => match town.out.get(id) {
            Some(message) => (200, message.sbd.clone()),
            None => refuse(404, "MessageNotFoundException"),
        },
        ("PUT", id) => {
            let Some(message) = town.out.get_mut(id) else { return refuse(404, "MessageNotFoundException") };
            let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
            let (Some(mime), Some(disposition)) = (text(header::CONTENT_TYPE), text(header::CONTENT_DISPOSITION))
            else {
                return (400, json!({ "exception": "org.springframework.web.bind.MissingRequestHeaderException" }));
            };
            let name = disposition.split("filename=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
            if message.files.iter().any(|file| file.name == name) {
                return refuse(400, "DuplicateFilenameException");
            }
            let (title, mime) = (query.get("title").cloned().unwrap_or_default(), mime.to_owned());
            message.files.push(File { name, title, mime, bytes: body.to_vec() });
            (200, Value::Null)
        }
        ("POST", id) => {
            let Some(message) = town.out.get(id) else { return refuse(404, "MessageNotFoundException") };
            let main = message.business()["hoveddokument"].as_str();
            if message.kind() != "digital_dpv" && !message.files.iter().any(|file| Some(file.name.as_str()) == main) {
                return refuse(400, "MissingPrimaryDocumentException");
            }
            let message = town.out.remove(id).unwrap();
            town.sent.push(message);
            (200, Value::Null)
        }
        _ => (405, Value::Null),
    }
}

/// The parts of a multipart body; none when it is something else.
async fn multipart(headers: &HeaderMap, body: &Bytes) -> Vec<File> {
    let mut request = Request::new(Body::from(body.clone()));
    *request.headers_mut() = headers.clone();
    let Ok(mut form) = Multipart::from_request(request, &()).await else { return Vec::new() };
    let mut files = Vec::new();
    while let Some(field) = form.next_field().await.unwrap() {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let (title, name, mime) = (text(field.name()), text(field.file_name()), text(field.content_type()));
        files.push(File { name, title, mime, bytes: field.bytes().await.unwrap().to_vec() });
    }
    files
}

/// Create, upload and send in one.
fn whole_message(town: &mut Town, mut parts: Vec<File>) -> Reply {
    let Some(sbd) = parts.iter().position(|part| part.title == "sbd") else { return refuse(400, "sbd") };
    let sbd = Bytes::from(parts.remove(sbd).bytes);
    let (status, reply) = create(town, &sbd);
    if status == 200 {
        let id = &reply["standardBusinessDocumentHeader"]["documentIdentification"]["instanceIdentifier"];
        let mut message = town.out.remove(id.as_str().unwrap()).unwrap();
        message.files = parts;
        town.sent.push(message);
    }
    (status, reply)
}

fn create(town: &mut Town, body: &Bytes) -> Reply {
    let Ok(mut sbd) = serde_json::from_slice::<Value>(body) else { return refuse(400, "HttpMessageNotReadable") };
    town.counter += 1;
    let made = format!("00000000-0000-4000-8000-{:012}", town.counter);
    let named = &mut sbd["standardBusinessDocumentHeader"]["documentIdentification"]["instanceIdentifier"];
    if named.is_null() {
        *named = json!(made);
    }
    let head = &sbd["standardBusinessDocumentHeader"];
    let message = Message { sbd: sbd.clone(), files: Vec::new() };
    let (kind, business) = (message.kind(), message.business());
    let text = |pointer: &str| business.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let own_address = text("/mottaker/adresselinje1") && text("/mottaker/postnummer") && text("/mottaker/navn");
    let types = document_types(town, message.to(), message.process()).unwrap_or_default();
    if !types.contains(&kind) && !(kind == "print" && own_address) {
        return refuse(400, "ReceiverDoesNotAcceptDocumentTypeException");
    }
    let id = head["documentIdentification"]["instanceIdentifier"].as_str().unwrap_or_default().to_owned();
    let shape: Vec<usize> = id.split('-').map(str::len).collect();
    if town.known_messages.contains(&id) {
        return refuse(400, "MessageAlreadyExistsException");
    }
    let standard = head["documentIdentification"]["standard"].as_str().unwrap_or_default();
    let scope = &head["businessScope"]["scope"][0];
    let fields = match kind {
        "digital" => {
            text("/hoveddokument")
                && text("/tittel")
                && text("/spraak")
                && [3, 4].contains(&business["sikkerhetsnivaa"].as_i64().unwrap_or(0))
                && business["digitalPostInfo"].is_object()
        }
        "print" => text("/hoveddokument") && own_address == text("/retur/mottaker/adresselinje1"),
        "digital_dpv" => text("/tittel") && text("/sammendrag") && text("/innhold"),
        _ => false,
    };
    let right = fields
        && shape == [8, 4, 4, 4, 12]
        && head["headerVersion"] == "1.0"
        && head["documentIdentification"]["typeVersion"].is_string()
        && standard.ends_with(&format!("::{kind}"))
        && scope["type"] == "ConversationId"
        && sbd.as_object().unwrap().len() == 2
        && head["sender"][0]["identifier"]["value"] == format!("0192:{ORGNR}").as_str();
    if !right {
        return (400, json!({ "exception": "jakarta.validation.ConstraintViolationException" }));
    }
    town.known_messages.insert(id.clone());
    town.out.insert(id, message);
    (200, sbd)
}
