//! Asks for everything, and looks through every answer.

use std::collections::{BTreeMap, BTreeSet};

use byteby::observe::Found;
use byteby::services::operations;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::fiks::Plattform;
use super::town::{HIDDEN, OPEN};
use crate::registers::{FOLKEREGISTER, KONTAKT, machine_token};

/// Scope of the platform.
const FIKS: &str = "ks:fiks";
/// Scopes of the tax administration.
const SKATT: &str = "skatteetaten:summertskattegrunnlag";
const INNTEKT: &str = "skatteetaten:inntekt";
/// What a path begins with, and the scope of the token that goes with it.
const DOORS: &[(&str, &str)] = &[
    ("/folkeregisteret/api/offentligutenhjemmel/", "folkeregister:deling/offentligutenhjemmel"),
    ("/folkeregisteret/api/privatutenhjemmel/", "folkeregister:deling/privatutenhjemmel"),
    ("/folkeregisteret/api/privat/", "folkeregister:deling/privat"),
    (
        "/folkeregisteret/api/privatutenfolkeregisteridentifikator/",
        "folkeregister:deling/privatutenfolkeregisteridentifikator",
    ),
    ("/folkeregisteret/api/finans/", "folkeregister:deling/finans"),
    ("/folkeregisteret/api/presse/", "folkeregister:deling/presse"),
    (
        "/folkeregisteret/api/presseutenfolkeregisteridentifikator/",
        "folkeregister:deling/presseutenfolkeregisteridentifikator",
    ),
    ("/folkeregisteret/api/eid/", "folkeregister:deling/utstedereid"),
    ("/folkeregisteret", FOLKEREGISTER),
    ("/krr/rest", KONTAKT),
    ("/fiks", FIKS),
    ("/skatt/api/inntekt/", INNTEKT),
    ("/skatt", SKATT),
];

/// Scopes of the machine that asks.
pub(super) fn scopes() -> Vec<&'static str> {
    DOORS.iter().map(|(_, scope)| *scope).collect()
}

/// The access packages of the population register beside the one that sees most.
pub(super) fn other_packages() -> impl Iterator<Item = String> {
    DOORS.iter().filter(|(door, _)| door.starts_with("/folkeregisteret/api/")).map(|(door, _)| format!("{door}v1"))
}

pub(super) const ADMIN: &str = "/_byteby/v1";
pub(super) const WORLD: &str = "/_byteby/v1/worlds/main";
/// The register itself, in the package that sees most.
pub(super) const OMH: &str = "/folkeregisteret/offentlig-med-hjemmel/api/v1";

/// Asks, and looks through every answer.
pub(super) struct Sweep {
    /// Follows redirects.
    pub(super) http: Client,
    /// Does not.
    still: Client,
    pub(super) base: String,
    tokens: BTreeMap<&'static str, String>,
    pub(super) fiks: Plattform,
    /// What was asked, with the marks of hidden homes that stood in the answer.
    pub(super) leaks: Vec<String>,
    /// Paths whose answers showed the open home.
    pub(super) open: BTreeSet<String>,
    /// Operations of the mocks, by method and path as declared, that answered with success.
    pub(super) answered: BTreeSet<String>,
    pub(super) asked: usize,
}

/// An answer: status, headers and body.
pub(super) struct Svar {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Vec<u8>,
}

impl Svar {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Sweep {
    pub(super) async fn set(base: &str) -> Self {
        let mut tokens = BTreeMap::new();
        for scope in scopes() {
            tokens.insert(scope, machine_token(base, scope, None).await);
        }
        let client = |follow| Client::builder().redirect(follow).build().unwrap();
        let http = client(reqwest::redirect::Policy::limited(5));
        let told: Value = http.get(format!("{base}{WORLD}/fiks")).send().await.unwrap().json().await.unwrap();
        Self {
            http,
            still: client(reqwest::redirect::Policy::none()),
            base: base.to_owned(),
            tokens,
            fiks: Plattform::of(&told),
            leaks: Vec::new(),
            open: BTreeSet::new(),
            answered: BTreeSet::new(),
            asked: 0,
        }
    }

    pub(super) fn look(&mut self, what: &str, text: &str) {
        let found = HIDDEN.in_text(text);
        if !found.is_empty() {
            let at = text.to_lowercase().find(&found[0].to_lowercase()).unwrap_or(0);
            let from = (0..=at.saturating_sub(120)).rev().find(|&from| text.is_char_boundary(from)).unwrap_or(0);
            let around: String = text[from..].chars().take(280).collect();
            self.leaks.push(format!("{what}: {found:?} in …{around}…"));
        }
        if !OPEN.in_text(text).is_empty() {
            self.open.insert(what.split('?').next().unwrap().to_owned());
        }
    }

    pub(super) async fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Value>,
        accept: &str,
    ) -> (u16, Vec<u8>) {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base)).header("accept", accept);
        if let Some((door, scope)) = DOORS.iter().find(|(door, _)| path.starts_with(door)) {
            request = request.bearer_auth(&self.tokens[scope]);
            if *door == "/fiks" {
                request = self.fiks.signed(request);
            }
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let svar = self.looked_at(&method, path, request).await;
        (svar.status, svar.bytes)
    }

    /// The same as a browser does it: with a cookie and a form, and staying where it is.
    pub(super) async fn browse(&mut self, path: &str, cookie: &str, form: Option<&[(&str, &str)]>) -> Svar {
        let method = if form.is_some() { Method::POST } else { Method::GET };
        let request = self.still.request(method.clone(), format!("{}{path}", self.base)).header("cookie", cookie);
        let request = match form {
            Some(form) => request.form(form),
            None => request,
        };
        self.looked_at(&method, path, request).await
    }

    async fn looked_at(&mut self, method: &Method, path: &str, request: reqwest::RequestBuilder) -> Svar {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = answer.bytes().await.unwrap().to_vec();
        self.asked += 1;
        if status < 400
            && let Found::Operation(operation, _) =
                operations().find(method.as_str(), path.split('?').next().unwrap_or_default())
        {
            self.answered.insert(format!("{} {}", operation.method, operation.template()));
        }
        let label = format!("{method} {path}");
        self.look(&label, &format!("{headers:?}\n{}", String::from_utf8_lossy(&bytes)));
        Svar { status, headers, bytes }
    }

    pub(super) async fn get(&mut self, path: &str) -> Value {
        let (status, bytes) = self.ask(Method::GET, path, None, "application/json").await;
        assert!(status < 500 || status == 501, "{path}: {status}");
        serde_json::from_slice(&bytes).unwrap_or(Value::Null)
    }

    pub(super) async fn post(&mut self, path: &str, body: Value) -> (u16, Value) {
        let (status, bytes) = self.ask(Method::POST, path, Some(body), "application/json").await;
        assert!(status < 500 || status == 501, "{path}: {status}");
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// Everything the town answers about `people` and about everybody.
    pub(super) async fn round(&mut self, people: &[String]) {
        for form in ["application/json", "text/csv", "application/x-ndjson"] {
            for list in ["people", "households", "businesses"] {
                self.ask(Method::GET, &format!("{WORLD}/{list}?limit=10000"), None, form).await;
            }
        }
        let mut about: BTreeSet<String> = people.iter().cloned().collect();
        for number in people {
            let one = self.get(&format!("{WORLD}/people/{number}")).await;
            // Their family too.
            let text = one.to_string();
            about.extend(
                text.split(|letter: char| !letter.is_ascii_digit()).filter(|word| word.len() == 11).map(str::to_owned),
            );
        }
        for number in &about {
            self.get(&format!("{WORLD}/people/{number}")).await;
            self.ask(Method::GET, &format!("/ui/people/{number}"), None, "text/html").await;
            for part in
                ["", "?part=historikk", "?part=bostedsadresse&part=historikk", "?part=postadresse", "?part=foedsel"]
            {
                self.get(&format!("{OMH}/personer/{number}{part}")).await;
            }
            for process in ["urn:no:difi:profile:arkivmelding:administrasjon:ver1.0", ""] {
                self.get(&format!("/eformidling/api/capabilities/{number}?process={process}")).await;
            }
        }
        for page in ["/ui", "/ui/people", "/ui/messages", "/ui/people?q=hemmeligsti", "/ui/people?q=dulgtvik"] {
            self.ask(Method::GET, page, None, "text/html").await;
        }
        self.registers(OMH).await;
        self.questions(&people[0]).await;
        self.searches(OMH, people).await;
        self.packages(people).await;
        self.contact_and_tax(people).await;
        self.platform(people).await;
        for number in people {
            self.min_profil(number).await;
        }
        self.records().await;
    }

    /// Questions that try to make a fault or a hit say where somebody lives. A question of the caller's own that stands in
    /// the answer gives nothing away, so it names the street only in parts.
    async fn questions(&mut self, number: &str) {
        let questions = [
            format!("id == '{number}' && int(adresse.adressenavn) == 3"),
            format!("id == '{number}' && adresse.adressenavn.bokstav == 3"),
            format!("id == '{number}' && adresse.adressenavn + 1 == 2"),
            "bosatt && adresse != null && adresse.adressenavn == 'Hemmelig' + 'stien'".to_owned(),
            "bosatt && husstand.adresse.adressenavn == 'Hemmelig' + 'stien'".to_owned(),
            "bosatt && husstand.bolig.grunnkrets == '642' + '07'".to_owned(),
            "bosatt && husstand.bolig.bruksenhetsnummer == 'H77' + '03'".to_owned(),
            "bosatt && adresse.matrikkelnummer.gaardsnummer == 61870 + 3".to_owned(),
            "adresse.nothing == 1".to_owned(),
            "adresse != null && adresse.adresse.exists(line, line.startsWith('Hemmelig' + 'stien'))".to_owned(),
            "adresse != null && adresse.poststed == 'DULGT' + 'VIKA'".to_owned(),
        ];
        for question in questions {
            let asked: String = question.bytes().map(|byte| format!("%{byte:02x}")).collect();
            for list in ["people", "households", "businesses"] {
                let found = self.get(&format!("{WORLD}/{list}?fields=id&where={asked}")).await;
                let some = found[list].as_array().is_some_and(|found| !found.is_empty());
                assert!(!some || question.starts_with("id"), "{list} where {question}: {found}");
            }
            self.post(&format!("{WORLD}/cast"), json!({"cast": {"hen": {"where": question}}})).await;
            self.post(&format!("{WORLD}/events"), json!({"kind": "kontaktendring", "of": question})).await;
            let call = json!({"service": "folkeregisteret", "about": number, "body": question});
            self.post(&format!("{WORLD}/expectations/verify"), call.clone()).await;
            self.post(&format!("{WORLD}/requests/near-misses"), call).await;
        }
    }

    /// Logs and records, each entry by itself too.
    async fn records(&mut self) {
        for path in
            ["findings", "messages", "clients", "deliveries", "subscriptions", "apps", "faults", "clock", "settle"]
        {
            self.get(&format!("{WORLD}/{path}")).await;
        }
        let log = self.get(&format!("{WORLD}/events?limit=1000")).await;
        for item in log["items"].as_array().unwrap() {
            self.get(&format!("{WORLD}/why/{}", item["seq"])).await;
        }
        let mut after = 0;
        loop {
            let page = self.get(&format!("{WORLD}/requests?after={after}&limit=1000")).await;
            let Some(last) = page["requests"].as_array().and_then(|rows| rows.last()) else { break };
            let newest = last["id"].as_u64().unwrap_or(after);
            for id in after + 1..=newest.min(after + 60) {
                self.get(&format!("{WORLD}/requests/{id}")).await;
            }
            if newest <= after {
                break;
            }
            after = newest;
        }
    }

    /// Every address of the admin API that can be read, from its own document: what comes later is looked at too. Where a
    /// path wants a name, a likely one is given; that nothing is there is an answer as well.
    pub(super) async fn everything_else(&mut self, number: &str) {
        let document = self.get(&format!("{ADMIN}/openapi.json")).await;
        let paths = document["paths"].as_object().unwrap().clone();
        let mut read = 0;
        for (template, _) in paths.iter().filter(|(_, path)| path.get("get").is_some()) {
            let template = template.strip_prefix(ADMIN).unwrap_or(template);
            if NOT_READ.iter().any(|(exempt, _)| *exempt == template) {
                continue;
            }
            let word = |part: &str| match part {
                "{world}" => "main".to_owned(),
                "{issuer}" => "idporten".to_owned(),
                "{service}" => "folkeregisteret".to_owned(),
                "{client_id}" => "maskin".to_owned(),
                "{code}" => "BB1801".to_owned(),
                "{id}" if template.contains("people") => number.to_owned(),
                part if part.starts_with('{') => "1".to_owned(),
                part => part.to_owned(),
            };
            let path = template.split('/').map(word).collect::<Vec<_>>().join("/");
            self.get(&format!("{ADMIN}{path}")).await;
            read += 1;
        }
        assert!(read > 40, "{read}");
    }

    pub(super) async fn event(&mut self, kind: &str, of: &str, more: Value) -> Value {
        let mut body = json!({"kind": kind, "of": of});
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name.as_str()] = value.clone();
        }
        let (status, made) = self.post(&format!("{WORLD}/events"), body.clone()).await;
        assert_eq!(status, 201, "{body}: {made}");
        made
    }
}

/// What the admin API offers to read and the test does not, and why.
const NOT_READ: &[(&str, &str)] = &[
    ("/ca.pem", "a certificate"),
    ("/worlds/{world}/properties", "the land register: says where there are homes, not who lives there; asked apart"),
    ("/snapshots/{id}", "a file, looked into below"),
    ("/worlds/{world}/clock/stream", "the events of the log, which are read one by one"),
    ("/worlds/{world}/events/stream", "the events of the log, which are read one by one"),
];
