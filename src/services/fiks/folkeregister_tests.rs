//! The population register behind roles: what the register says itself, and as much of it as the role may see.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{integrasjoner, roller};
use crate::access::{Inbound, Visit, fixture};
use crate::formats::skjema::Skjema;
use crate::journal::MemoryJournal;
use crate::keys::Issuer;
use crate::observe::Note;
use crate::services::folkeregisteret;
use crate::town::Town;
use crate::town::model::PersonId;
use crate::town::model::tests_town::{TestTown, rolle};
use crate::townhall::{Blobs, TownHall};

const OMH: &str = "/folkeregisteret/offentlig-med-hjemmel/api";
const MED_HJEMMEL: &str = "folkeregister-med-hjemmel";
const UTEN_HJEMMEL: &str = "folkeregister-uten-hjemmel";
const BARNEHAGE: &str = "folkeregister-barnehage";
/// Parts a client can ask for.
const ALT: &str = "part=person-basis&part=relasjon-utvidet&part=historikk&part=innflytting&part=foedselINorge";

struct Verden {
    inbound: Inbound,
    router: Router,
}

struct Svar {
    status: u16,
    headers: HeaderMap,
    note: Note,
    text: String,
}

impl Svar {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}", self.text))
    }

    fn hint(&self) -> &str {
        let hint = self.headers.get("byteby-hint").and_then(|hint| hint.to_str().ok()).unwrap_or("");
        hint.split(':').next().unwrap_or("")
    }
}

impl Verden {
    async fn new() -> Self {
        let hall = TownHall::open(Arc::new(MemoryJournal::default()), Blobs::default()).unwrap();
        let world = hall.create_on(TestTown::eksempel(), "main");
        fixture::machine(&world).await;
        let inbound = fixture::inbound(hall, world);
        let fiks = super::routes().merge(super::folkeregister(folkeregisteret::doer));
        Self { inbound, router: fiks.merge(folkeregisteret::routes()) }
    }

    fn town(&self) -> Arc<Town> {
        self.inbound.town()
    }

    fn number(&self, id: PersonId) -> String {
        self.town().person(id).nummer().to_string()
    }

    fn token(&self, scope: &str) -> String {
        let orgnr = self.town().base.kommune.orgnr;
        let claims = json!({
            "iss": "http://localhost:2983/maskinporten/", "client_id": "maskin", "scope": scope, "jti": "x", "exp": 120,
            "consumer": {"authority": "iso6523-actorid-upis", "ID": format!("0192:{orgnr}")},
        });
        let state = Visit::of(&self.inbound).state;
        state.signing_key(Issuer::Maskinporten).sign(None, claims.as_object().unwrap())
    }

    async fn send(&self, request: Request<Body>) -> Svar {
        let mut response = self.router.clone().oneshot(request).await.unwrap();
        let note = response.extensions_mut().remove::<Note>().unwrap_or_default();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Svar { status, headers, note, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    fn request(&self, method: &str, path: &str, scope: &str, accept: &str, body: &str) -> Request<Body> {
        let (id, passord) = (integrasjoner()[0].id(&self.town()), integrasjoner()[0].passord(&self.town()));
        Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token(scope)))
            .header("accept", accept)
            .header("IntegrasjonId", id)
            .header("IntegrasjonPassord", passord)
            .extension(self.inbound.clone())
            .body(Body::from(body.to_owned()))
            .unwrap()
    }

    fn role(&self, navn: &str) -> String {
        roller().iter().find(|one| one.navn == navn).unwrap().id(&self.town())
    }

    /// What the platform answers under a role; `path` begins with `/v1`.
    async fn fiks(&self, role: &str, method: &str, path: &str, accept: &str, body: &str) -> Svar {
        let path = format!("/fiks/folkeregister/api/v1/{}{path}", self.role(role));
        self.send(self.request(method, &path, "ks:fiks", accept, body)).await
    }

    async fn get(&self, role: &str, path: &str) -> Svar {
        self.fiks(role, "GET", path, "application/json", "").await
    }

    /// What the register answers itself, with legal basis.
    async fn register(&self, method: &str, path: &str, accept: &str, body: &str) -> Svar {
        let scope = "folkeregister:deling/offentligmedhjemmel";
        self.send(self.request(method, &format!("{OMH}{path}"), scope, accept, body)).await
    }
}

#[tokio::test]
async fn every_resource_says_what_the_register_says_itself() {
    let verden = Verden::new().await;
    let (kari, jonas) = (verden.number(rolle::KARI), verden.number(rolle::JONAS));
    let row = verden.town().feed_row(3).unwrap();
    let (event, person) = (row.hendelsesdokument.to_string(), row.persondokument.to_string());
    let people = json!({"foedselsEllerDNummer": [kari, jonas]}).to_string();
    let events = json!({ "dokumentidentifikator": [event] }).to_string();
    let persons = json!({ "dokumentidentifikator": [person] }).to_string();
    let xml = "application/xml";
    for (method, path, body, operation) in [
        ("GET", format!("/v1/personer/{kari}"), "", "person.hent"),
        ("GET", format!("/v1/personer/{kari}?{ALT}"), "", "person.hent"),
        ("GET", format!("/v1/personer/{kari}/?part=navn"), "", "person.hent"),
        ("GET", "/v1/personer/22909195636".to_owned(), "", "person.hent"),
        ("GET", format!("/v1/personer/{kari}?part=foo"), "", "person.hent"),
        ("POST", "/v1/personer/bulkoppslag?part=navn".to_owned(), people.as_str(), "person.bulkoppslag"),
        ("POST", "/v1/personer/bulkoppslag/arkiv/".to_owned(), persons.as_str(), "person.arkivbulk"),
        ("GET", format!("/v1/personer/arkiv/{person}"), "", "person.arkiv"),
        ("GET", "/v1/personer/soek?navn=nord%C3%A5s&maksTreff=3".to_owned(), "", "person.soek"),
        ("GET", "/v1/personer/soek?maksTreff=0".to_owned(), "", "person.soek"),
        (
            "GET",
            "/v1/personer/entydigsoek?navn=kari%20nord%C3%A5s&foedselsdato=19900517".to_owned(),
            "",
            "person.entydigsoek",
        ),
        ("GET", "/v1/personer/xsd".to_owned(), "", "person.xsd"),
        ("GET", "/v1/hendelser/feed?seq=2".to_owned(), "", "hendelser.les"),
        ("HEAD", "/v1/hendelser/feed/?seq=2".to_owned(), "", "hendelser.les"),
        ("GET", "/v1/hendelser/feed".to_owned(), "", "hendelser.les"),
        ("GET", "/v1/hendelser/siste/sekvensnummer".to_owned(), "", "hendelser.siste"),
        ("GET", format!("/v1/hendelser/{event}"), "", "hendelse.hent"),
        ("POST", "/v1/hendelser/bulkoppslag".to_owned(), events.as_str(), "hendelse.bulkoppslag"),
        ("GET", "/v1/hendelser/xsd".to_owned(), "", "hendelser.xsd"),
        ("GET", "/v1/hendelser/feedxsd".to_owned(), "", "hendelser.feedxsd"),
        ("POST", "/v1/uttrekk/tilpasset".to_owned(), "{}", "uttrekk.tilpasset"),
        ("GET", "/v1/uttrekk/komplett?feedsekvensnr=x".to_owned(), "", "uttrekk.komplett"),
        ("GET", "/v1/uttrekk/e9ca4d76-2ed7-43bc-bb50-469304df1e1c/batch/0".to_owned(), "", "uttrekk.batch"),
    ] {
        for accept in ["application/json", xml] {
            let here = verden.fiks(MED_HJEMMEL, method, &path, accept, body).await;
            let there = verden.register(method, &path, accept, body).await;
            let address = |text: &str| {
                text.replace(
                    &format!("/fiks/folkeregister/api/v1/{}/v1/", verden.role(MED_HJEMMEL)),
                    &format!("{OMH}/v1/"),
                )
            };
            assert_eq!((here.status, address(&here.text)), (there.status, there.text.clone()), "{path} {accept}");
            assert_eq!(here.headers.get("content-type"), there.headers.get("content-type"), "{path}");
            assert_eq!(here.headers.get("etag"), there.headers.get("etag"), "{path}");
            let (told, own) = (&here.note, &there.note);
            assert_eq!((told.service, told.operation), ("fiks", format!("fiks.folkeregister.{operation}").as_str()));
            assert_eq!((&told.about, told.feed_read), (&own.about, own.feed_read), "{path}");
            assert_eq!(told.client.as_deref(), Some("maskin"), "{path}");
        }
    }
    let feed = verden.fiks(MED_HJEMMEL, "GET", "/v1/hendelser/feed?seq=2", xml, "").await.text;
    let own =
        format!("http://localhost:2983/fiks/folkeregister/api/v1/{}/v1/hendelser/feed?seq=2", verden.role(MED_HJEMMEL));
    assert!(feed.contains(&own), "links stay with the platform: {}", &feed[..600]);
}

#[tokio::test]
async fn a_living_persons_document_has_what_clients_count_on() {
    let verden = Verden::new().await;
    for (role, schema) in [
        (MED_HJEMMEL, "folkeregister/person-offentlig-med-hjemmel"),
        (BARNEHAGE, "folkeregister/person-offentlig-med-hjemmel"),
        (UTEN_HJEMMEL, "folkeregister/person-offentligutenhjemmel"),
    ] {
        for id in (0..12).map(PersonId) {
            let document = verden.get(role, &format!("/v1/personer/{}", verden.number(id))).await.json();
            assert_eq!(Skjema::named(schema).fault(&document), None, "{role}");
            for element in ["navn", "status", "foedsel"] {
                let current = document[element].as_array().expect("a list").iter();
                assert_eq!(current.filter(|entry| entry["erGjeldende"] == json!(true)).count(), 1, "{role} {element}");
            }
        }
    }
}

#[tokio::test]
async fn the_role_decides_the_package_and_the_parts() {
    let verden = Verden::new().await;
    let nora = verden.number(rolle::NORA);
    let keys = async |role: &str, parts: &str| -> Vec<String> {
        let document = verden.get(role, &format!("/v1/personer/{nora}?{parts}")).await.json();
        document.as_object().expect("an object").keys().cloned().collect()
    };
    // Everything with legal basis; without it neither family nor responsibility.
    let all = keys(MED_HJEMMEL, ALT).await;
    for (element, without, kindergarten) in [
        ("navn", true, true),
        ("bostedsadresse", true, true),
        ("familierelasjon", false, true),
        ("foreldreansvar", false, true),
        ("foedselINorge", true, false),
    ] {
        assert!(all.iter().any(|key| key == element), "{element} of {all:?}");
        assert_eq!(keys(UTEN_HJEMMEL, ALT).await.iter().any(|key| key == element), without, "{element}");
        assert_eq!(keys(BARNEHAGE, ALT).await.iter().any(|key| key == element), kindergarten, "{element}");
    }
    assert_eq!(keys(BARNEHAGE, "part=foedselINorge").await, ["identifikasjonsnummer"], "left out, no error");
    // Former values are a part the kindergarten's role lacks.
    let homes = async |role: &str| {
        let person = verden.get(role, &format!("/v1/personer/{nora}?part=bostedsadresse&part=historikk")).await.json();
        person["bostedsadresse"].as_array().map_or(0, Vec::len)
    };
    assert_eq!((homes(MED_HJEMMEL).await, homes(UTEN_HJEMMEL).await, homes(BARNEHAGE).await), (2, 2, 1));
    let found = async |role: &str| {
        let past = "/v1/personer/soek?navn=kari%20%C3%B8ye&opplysningsgrunnlag=historisk";
        verden.get(role, past).await.json()["foedselsEllerDNummer"].as_array().map_or(0, Vec::len)
    };
    assert_eq!((found(MED_HJEMMEL).await, found(BARNEHAGE).await), (1, 0));
    let source = verden.get(UTEN_HJEMMEL, &format!("/v1/personer/{nora}?part=navn")).await.text;
    assert!(!source.contains("kilde"), "{source}");
    // What the package lacks is no resource of it.
    let row = verden.town().feed_row(3).unwrap();
    for path in [
        format!("/v1/hendelser/{}", row.hendelsesdokument),
        format!("/v1/personer/arkiv/{}", row.persondokument),
        "/v1/uttrekk/komplett?feedsekvensnr=1".to_owned(),
    ] {
        let answer = verden.get(UTEN_HJEMMEL, &path).await;
        let body = json!({"kode": "FREG-001", "melding": "Ressursen finnes ikke"});
        assert_eq!((answer.status, answer.hint(), answer.json()), (404, "route-not-in-package", body), "{path}");
    }
    assert_eq!(verden.get(UTEN_HJEMMEL, &format!("/v1/personer/{nora}?part=foo")).await.status, 406);
    assert_eq!(verden.get(BARNEHAGE, &format!("/v1/personer/{nora}?part=foo")).await.status, 400);
}

#[tokio::test]
async fn event_documents_hold_as_much_as_the_role_may_see() {
    let verden = Verden::new().await;
    let town = verden.town();
    let jonas = town.key_of(rolle::JONAS);
    let born = town
        .feed(1, 1_000)
        .into_iter()
        .find(|row| row.registrering.person == jonas && row.registrering.slag.code() == "personErOpprettet");
    let path = format!("/v1/hendelser/{}", born.expect("Jonas was born").hendelsesdokument);
    let told = async |role: &str| -> Vec<String> {
        let event = verden.get(role, &path).await.json();
        let changes = event["hendelse"]["egenskapshendelse"].as_array().expect("changes");
        changes.iter().map(|change| change["entitet"].as_str().expect("one").to_owned()).collect()
    };
    let (full, kindergarten) = (told(MED_HJEMMEL).await, told(BARNEHAGE).await);
    assert!(full.iter().any(|entitet| entitet == "foedselINorge") && full.len() > 8, "{full:?}");
    let expected: Vec<String> = full.into_iter().filter(|entitet| entitet != "foedselINorge").collect();
    assert_eq!(kindergarten, expected);
}

#[tokio::test]
async fn an_extract_is_ordered_and_fetched_behind_a_role() {
    let verden = Verden::new().await;
    let order = json!({"personstatustyper": ["bosatt"], "foedselsaarFraOgMed": "2018"}).to_string();
    let receipt = verden.fiks(BARNEHAGE, "POST", "/v1/uttrekk/tilpasset", "application/json", &order).await.json();
    assert_eq!(Skjema::named("folkeregister/uttrekksjobb").fault(&receipt), None);
    let path = format!("/v1/uttrekk/{}/batch/", receipt["jobbId"].as_str().unwrap());
    let mut statuses = Vec::new();
    for number in [0, 0, 0, 1, 1] {
        statuses.push(verden.get(BARNEHAGE, &format!("{path}{number}")).await.status);
    }
    assert_eq!(statuses, [404, 404, 200, 404, 200]);
    let batch = verden.get(BARNEHAGE, &format!("{path}0")).await.json();
    assert_eq!(Skjema::named("folkeregister/uttrekksbatch").fault(&batch), None);
    assert_eq!(batch["foedselsEllerDNummer"].as_array().map(Vec::len), Some(4));
    // The package is another one's, the organisation the same.
    assert_eq!(verden.get(UTEN_HJEMMEL, &format!("{path}0")).await.status, 410);
    assert_eq!(verden.register("GET", &format!("{path}0"), "*/*", "").await.status, 200);
}

#[tokio::test]
async fn the_platform_refuses_in_its_own_words_and_the_register_in_its_own() {
    let verden = Verden::new().await;
    let kari = verden.number(rolle::KARI);
    let good = format!("/fiks/folkeregister/api/v1/{}/v1/personer/{kari}", verden.role(MED_HJEMMEL));
    let of = |path: &str| verden.request("GET", path, "ks:fiks", "*/*", "");
    let without = |header: &str| {
        let mut request = of(&good);
        request.headers_mut().remove(header);
        request
    };
    let with = |header: &'static str, value: String| {
        let mut request = of(&good);
        request.headers_mut().insert(header, value.parse().unwrap());
        request
    };
    let other = |role: &str| good.replace(&verden.role(MED_HJEMMEL), role);
    let barnehage = |header: &'static str| {
        let system = &integrasjoner()[1];
        let value = if header == "IntegrasjonId" { system.id(&verden.town()) } else { system.passord(&verden.town()) };
        value.parse::<axum::http::HeaderValue>().unwrap()
    };
    let mut not_granted = of(&good);
    for header in ["IntegrasjonId", "IntegrasjonPassord"] {
        not_granted.headers_mut().insert(header, barnehage(header));
    }
    for (request, status, message) in [
        (without("authorization"), 401, "Unauthorized"),
        (verden.request("GET", &good, "folkeregister:deling/offentligmedhjemmel", "*/*", ""), 403, "Access is denied"),
        (without("IntegrasjonId"), 401, "Unauthorized"),
        (with("IntegrasjonPassord", "feil".into()), 401, "Unauthorized"),
        (of(&other("0b5f9f0e-6d35-4e0b-9f62-111111111111")), 404, "Rolle finnes ikke"),
        (of(&other(&verden.role("krr"))), 403, "Access is denied"),
        (not_granted, 403, "Access is denied"),
        (of(&good.replace("/v1/personer", "/personer")), 404, "No such resource"),
        (of(&good.replace("/v1/personer", "/v2/personer")), 404, "No such resource"),
        (of(&good.replace("/personer/", "/annet/noe/")), 404, "No such resource"),
        (verden.request("DELETE", &good, "ks:fiks", "*/*", ""), 405, "Method not allowed"),
        (verden.request("GET", &good.replace(&kari, "bulkoppslag"), "ks:fiks", "*/*", ""), 405, "Method not allowed"),
    ] {
        let path = request.uri().path().trim_start_matches("/fiks").to_owned();
        let answer = verden.send(request).await;
        let body = answer.json();
        assert_eq!((answer.status, &body["message"], &body["path"]), (status, &json!(message), &json!(path)));
        assert_eq!(Skjema::named("fiks/feil").fault(&body), None, "{body}");
        assert_eq!(answer.note.service, "fiks");
    }
    let unknown = verden.get(MED_HJEMMEL, "/v1/personer/22909195636").await;
    let body = json!({"kode": "FREG-001", "melding": "Fant ingen person for forespurt identifikator"});
    assert_eq!((unknown.status, unknown.json()), (404, body));
}
