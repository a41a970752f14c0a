//! Small stand-ins for the national services, for tests of apps that talk to them: ID-porten, Maskinporten,
//! Folkeregisteret, KRR and eFormidling on one port, with the checks the real ones make. Needs nothing but HTTP, so that
//! tests of other apps can include this file too.
#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::missing_panics_doc, reason = "test code")]

mod eformidling;
mod eid;
mod registers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

pub use eid::APP_KEY;

use eformidling::{eformidling, multipart, whole_message};
use eid::{Grant, authorize, idporten, maskinporten};
use registers::{folkeregisteret, krr, skatt};

pub const ORGNR: &str = "312012340";
pub const LOGIN_CLIENT: &str = "barnehage-innlogging";
pub const LOGIN_SECRET: &str = "hemmelig: æ og %";
pub const MACHINE_CLIENT: &str = "barnehage-maskin";
pub const REDIRECT: &str = "http://app.example/callback";

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

/// Everything the stand-ins know.
#[derive(Default)]
pub struct Town {
    pub clock: Timestamp,
    pub people: BTreeMap<String, Value>,
    pub krr: BTreeMap<String, Value>,
    /// Tax documents by stage, year and identity number, with slashes between.
    pub skatt: BTreeMap<String, Value>,
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

fn pairs(text: &str) -> BTreeMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://x/?{text}")).unwrap();
    url.query_pairs().into_owned().collect()
}

type Reply = (u16, Value);

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
    } else if let Some(path) = path.strip_prefix("/skatt/api/summertskattegrunnlag/v2/") {
        skatt(&town, path, &head.headers)
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
