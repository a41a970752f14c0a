//! The register services through the gate: tokens, worlds, methods and headers, which unit tests of the services cannot
//! show.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use byteby::app::{Config, Running, start};
use byteby::town::decide::{Cause, Command, KlientCommand};
use byteby::town::state::{Klient, Tjeneste};
use byteby::townhall::World;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::stock_app::against_stand_ins::stand_ins::APP_KEY;

pub(crate) const FOLKEREGISTER: &str = "folkeregister:deling/offentligmedhjemmel";
pub(crate) const UTEN_HJEMMEL: &str = "folkeregister:deling/offentligutenhjemmel";
pub(crate) const KONTAKT: &str = "krr:global/kontaktinformasjon.read";
const OMH: &str = "/folkeregisteret/offentlig-med-hjemmel/api/v1";
const OUH: &str = "/folkeregisteret/api/offentligutenhjemmel/v1";

/// Registers the client `maskin`, whose key this file holds.
pub(crate) async fn register_machine(world: &World) {
    register_machine_with(world, &[FOLKEREGISTER, KONTAKT, UTEN_HJEMMEL]).await;
}

/// The same with other scopes.
pub(crate) async fn register_machine_with(world: &World, scopes: &[&str]) {
    let jwk = json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "appen", "e": "AQAB",
        "n": URL_SAFE_NO_PAD.encode(&APP_KEY.n) });
    let orgnr = world.town().base.kommune.orgnr;
    let mut klient = Klient::maskinporten("maskin", "Fagsystem", orgnr, "appen", &jwk.to_string(), scopes);
    klient.access_token_levetid = 3600;
    let command = Command::Klient(KlientCommand::Registrer(Box::new(klient)));
    world.command(command, Cause::of("test client", &[b"maskin"])).await.expect("a registration");
}

/// A token of the client `maskin` from the town at `base`.
pub(crate) async fn machine_token(base: &str, scope: &str, resource: Option<&str>) -> String {
    let issuer = format!("{base}/maskinporten/");
    let pem: String = APP_KEY.pem.lines().filter(|line| !line.starts_with("--")).collect();
    let key = RsaKeyPair::from_pkcs8(&STANDARD.decode(pem).unwrap()).unwrap();
    let now = byteby::gate::wall::now().seconds();
    let mut claims = json!({ "aud": issuer, "iss": "maskin", "scope": scope, "iat": now, "exp": now + 60,
        "jti": format!("{scope} {resource:?}") });
    if let Some(resource) = resource {
        claims["resource"] = json!([resource]);
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({ "alg": "RS256", "kid": "appen" })), part(&claims));
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    let assertion = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", &assertion)];
    let answer: Value =
        Client::new().post(format!("{issuer}token")).form(&form).send().await.unwrap().json().await.unwrap();
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

struct Stage {
    town: Running,
    http: Client,
}

impl Stage {
    async fn set() -> Self {
        let town = start(Config { size: 1500, ..Config::on_free_port() }).await.expect("a town on a free port");
        let stage = Self { town, http: Client::new() };
        register_machine(&stage.town.main()).await;
        stage
    }

    async fn token(&self, scope: &str, resource: Option<&str>) -> String {
        machine_token(&self.town.base_url(), scope, resource).await
    }

    async fn ask(&self, method: Method, path: &str, token: Option<&str>, body: Option<Value>) -> Response {
        let mut request = self.http.request(method, format!("{}{path}", self.town.base_url()));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.expect("an answer")
    }

    async fn get(&self, path: &str, token: &str) -> Response {
        self.ask(Method::GET, path, Some(token), None).await
    }
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

#[tokio::test]
async fn an_opaque_token_opens_the_registers_as_a_signed_one_does() {
    let stage = Stage::set().await;
    let main = stage.town.main();
    let signed = stage.token(FOLKEREGISTER, None).await;
    let mut client = (**main.town().klienter.find(Tjeneste::Maskinporten, "maskin").unwrap()).clone();
    client.tillegg.opake_tokens = true;
    let command = Command::Klient(KlientCommand::Registrer(Box::new(client)));
    main.command(command, Cause::of("test client", &[b"opaque"])).await.expect("a registration");
    let opaque = stage.token(KONTAKT, None).await;
    assert_eq!((signed.split('.').count(), opaque.split('.').count()), (3, 1));
    let somebody = main.town().people().find(|person| person.is_bosatt()).unwrap().nummer().to_string();
    let body = json!({ "personidentifikatorer": [somebody] });
    let answer = stage.ask(Method::POST, "/krr/rest/v2/personer", Some(&opaque), Some(body)).await;
    assert_eq!(answer.status(), 200);
    let path = format!("{OMH}/hendelser/siste/sekvensnummer");
    assert_eq!(stage.get(&path, &signed).await.status(), 200, "tokens of before are as good as they were");
    assert_eq!(stage.get(&path, &opaque).await.status(), 403, "a scope is a scope");
    stage.town.stop().await;
}

#[tokio::test]
async fn only_the_right_token_opens_the_population_register() {
    let stage = Stage::set().await;
    let path = format!("{OMH}/hendelser/siste/sekvensnummer");
    let good = stage.token(FOLKEREGISTER, None).await;
    let scope = stage.token(KONTAKT, None).await;
    let audience = stage.token(FOLKEREGISTER, Some("https://example.org/api")).await;
    let mut forged = good.clone();
    forged.replace_range(forged.len() - 8.., "AAAAAAAA");
    for (token, status, reason) in [
        (None, 401, "token-missing"),
        (Some("garbage"), 401, "token-invalid"),
        (Some(forged.as_str()), 401, "token-invalid"),
        (Some(audience.as_str()), 401, "token-audience"),
        (Some(scope.as_str()), 403, "scope-mismatch"),
        (Some(good.as_str()), 200, ""),
    ] {
        let response = stage.ask(Method::GET, &path, token, None).await;
        assert_eq!(response.status(), status, "{reason}");
        assert!(header(&response, "byteby-hint").starts_with(reason), "{reason}: {:?}", response.headers());
        assert_eq!(header(&response, "content-type"), "application/json");
        let body: Value = response.json().await.expect("JSON");
        if status == 200 {
            assert!(body.as_u64().is_some_and(|last| last > 0), "{body}");
        } else {
            assert_eq!(body["httpStatus"], status);
        }
    }
    stage.town.stop().await;
}

#[tokio::test]
async fn a_poller_reads_the_feed_and_looks_people_up() {
    let stage = Stage::set().await;
    let token = stage.token(FOLKEREGISTER, None).await;
    let page: Value = stage.get(&format!("{OMH}/hendelser/feed/?seq=1"), &token).await.json().await.unwrap();
    let first = &page[0]["hendelse"];
    let event = first["hendelsesdokument"].as_str().unwrap();
    let document: Value = stage.get(&format!("{OMH}/hendelser/{event}"), &token).await.json().await.unwrap();
    assert_eq!(document["hendelse"]["hendelsestype"], first["hendelsetype"]);
    assert_eq!(document["hendelse"]["ajourholdstidspunkt"], first["ajourholdstidspunkt"]);
    let id = first["folkeregisteridentifikator"].as_str().unwrap();
    let response = stage.get(&format!("{OMH}/personer/{id}?part=navn&part=status"), &token).await;
    assert_eq!(header(&response, "cache-control"), "no-store, no-cache");
    let person: Value = response.json().await.unwrap();
    assert_eq!(person["identifikasjonsnummer"][0]["foedselsEllerDNummer"], id);
    // A HEAD has the headers of the GET and nothing else.
    let path = format!("{OMH}/hendelser/feed?seq=1");
    let head = stage.ask(Method::HEAD, &path, Some(&token), None).await;
    let etag = header(&head, "etag").to_owned();
    assert_eq!((head.status().as_u16(), head.text().await.unwrap()), (200, String::new()));
    let again = stage.http.get(format!("{}{path}", stage.town.base_url())).bearer_auth(&token);
    let again = again.header("if-none-match", &etag).send().await.unwrap();
    assert_eq!((again.status().as_u16(), header(&again, "etag")), (304, etag.as_str()));
    stage.town.stop().await;
}

/// Two packages of one town: each has its own door, numbers and view; the paths of one are none of the other's.
#[tokio::test]
async fn packages_stand_side_by_side() {
    let stage = Stage::set().await;
    let (full, thin) = (stage.token(FOLKEREGISTER, None).await, stage.token(UTEN_HJEMMEL, None).await);
    let person = stage.town.main().town().people().find(|person| person.barn().len() > 1).unwrap().nummer().to_string();
    let look_up = format!("/personer/{person}?part=familierelasjon&part=sivilstand");
    let seen: Value = stage.get(&format!("{OMH}{look_up}"), &full).await.json().await.unwrap();
    assert!(seen["familierelasjon"].is_array() && seen["sivilstand"][0]["kilde"].is_string(), "{seen}");
    let seen: Value = stage.get(&format!("{OUH}{look_up}"), &thin).await.json().await.unwrap();
    assert!(seen.get("familierelasjon").is_none() && seen["sivilstand"][0].get("kilde").is_none(), "{seen}");
    for (path, token) in [(format!("{OUH}{look_up}"), &full), (format!("{OMH}{look_up}"), &thin)] {
        let response = stage.get(&path, token).await;
        assert!(response.status() == 403 && header(&response, "byteby-hint").starts_with("scope-mismatch"), "{path}");
    }
    let page: Value = stage.get(&format!("{OUH}/hendelser/feed?seq=1"), &thin).await.json().await.unwrap();
    let keys: Vec<&String> = page[0]["hendelse"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["folkeregisteridentifikator", "hendelsetype", "ajourholdstidspunkt"]);
    for path in ["/personer/arkiv/0", "/hendelser/00000000000000000000000000000000", "/uttrekk/komplett"] {
        let response = stage.get(&format!("{OUH}{path}"), &thin).await;
        assert_eq!(response.status(), 404, "{path}");
        assert!(header(&response, "byteby-hint").starts_with("route-not-in-package"), "{path}");
    }
    for (path, accept, media, begins) in [
        (look_up.as_str(), "application/xml", "application/xml", "<folkeregisterperson xmlns="),
        ("/hendelser/feed?seq=1", "application/atom+xml", "application/atom+xml", "<feed xmlns="),
        ("/hendelser/siste/sekvensnummer", "application/xml", "application/xml", "<sisteSekvensnummer xmlns="),
        ("/personer/xsd", "application/xml", "application/xml", "<xs:schema "),
        ("/hendelser/feedxsd", "*/*", "application/xml", "<xs:schema "),
    ] {
        let request = stage.http.get(format!("{}{OUH}{path}", stage.town.base_url())).bearer_auth(&thin);
        let response = request.header("accept", accept).send().await.unwrap();
        assert_eq!((response.status().as_u16(), header(&response, "content-type")), (200, media), "{path}");
        let text = response.text().await.unwrap();
        assert!(text.contains(begins), "{path}: {}", &text[..text.len().min(300)]);
    }
    let feed = stage.http.get(format!("{}{OUH}/hendelser/feed/?seq=1", stage.town.base_url())).bearer_auth(&thin);
    let feed = feed.header("accept", "application/xml").send().await.unwrap().text().await.unwrap();
    assert!(feed.contains(&format!("<id>{}{OUH}/hendelser/feed</id>", stage.town.base_url())), "{}", &feed[..400]);
    stage.town.stop().await;
}

/// A flood is one command and one item of the log, and who reads on from before it gets each entry once.
#[tokio::test]
async fn a_flood_is_one_log_item_and_is_read_page_by_page() {
    let stage = Stage::set().await;
    let token = stage.token(FOLKEREGISTER, None).await;
    let last = async || -> u64 {
        stage.get(&format!("{OMH}/hendelser/siste/sekvensnummer"), &token).await.json().await.unwrap()
    };
    let (before, head) = (last().await, stage.town.main().ledger().head().seq);
    let flood = "/_byteby/v1/worlds/main/identity-check";
    let answer = stage.ask(Method::POST, flood, None, Some(json!({}))).await;
    assert_eq!(answer.status(), 201);
    let made: Value = answer.json().await.unwrap();
    let many = made["antall"].as_u64().unwrap();
    assert!(many > 1_000, "{made}");
    assert_eq!(made, json!({ "seq": head + 1, "antall": many, "first": before + 1, "last": before + many }));
    assert_eq!((last().await, stage.town.main().ledger().head().seq), (before + many, head + 1));
    let (mut next, mut people) = (before + 1, std::collections::BTreeSet::new());
    loop {
        let page: Value = stage.get(&format!("{OMH}/hendelser/feed/?seq={next}"), &token).await.json().await.unwrap();
        let Some(end) = page.as_array().unwrap().last() else { break };
        next = end["sekvensnummer"].as_u64().unwrap() + 1;
        for row in page.as_array().unwrap() {
            assert_eq!(row["hendelse"]["hendelsetype"], "endringIIdentitetsgrunnlag");
            assert!(people.insert(row["hendelse"]["folkeregisteridentifikator"].to_string()), "{row}");
        }
    }
    assert_eq!((people.len() as u64, next), (many, before + many + 1));
    // Nobody is left to check, and that is said.
    let again = stage.ask(Method::POST, flood, None, Some(json!({ "antall": 5 }))).await;
    assert_eq!(again.status(), 409);
    assert_eq!(again.json::<Value>().await.unwrap()["reason"], "nobody_to_check");
    stage.town.stop().await;
}

#[tokio::test]
async fn the_contact_register_knows_the_same_people() {
    let stage = Stage::set().await;
    let token = stage.token(KONTAKT, None).await;
    let town = stage.town.main().town();
    let registered = town.people().find(|person| person.is_bosatt() && person.kontakt().kan_varsles()).unwrap();
    let child = town.people().find(|person| person.alder() < 10 && person.is_bosatt()).unwrap();
    let asked = json!({ "personidentifikatorer": [child.nummer().to_string(), registered.nummer().to_string()] });
    let ask = async |path: &str, token: Option<&str>| stage.ask(Method::POST, path, token, Some(asked.clone())).await;
    let answer: Value = ask("/krr/rest/v2/personer", Some(&token)).await.json().await.unwrap();
    assert_eq!(answer["personer"].as_array().unwrap().len(), 1);
    assert_eq!(answer["personer"][0]["personidentifikator"], registered.nummer().to_string());
    assert_eq!(answer["personer"][0]["varslingsstatus"], "KAN_VARSLES");
    let answer: Value = ask("/krr/rest/v1/personer", Some(&token)).await.json().await.unwrap();
    assert_eq!(answer["personer"][0]["status"], "IKKE_REGISTRERT");
    assert_eq!(ask("/krr/rest/v2/personer", None).await.status(), 401);
    let other = stage.token(FOLKEREGISTER, None).await;
    assert_eq!(ask("/krr/rest/v2/personer", Some(&other)).await.status(), 403);
    stage.town.stop().await;
}
