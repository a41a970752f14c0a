//! Extracts: orders, batches that are not ready, the end, whose they are and for how long (`specs/folkeregister.md` §14, §22).

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Request};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::super::pakker::{OMH, OUH, PAKKER, Pakke};
use super::super::{rules, soek, uttrekk};
use super::calls::{number, person, query};
use super::daarlig_inndata::told;
use crate::access::{Inbound, Visit, fixture};
use crate::formats::skjema::Skjema;
use crate::journal::MemoryJournal;
use crate::keys::Issuer;
use crate::town::model::tests_town::{TestTown, rolle};
use crate::town::model::{Base, DocumentId, Gradering, PersonId};
use crate::town::{Cause, Command, Town};
use crate::townhall::{Blobs, TownHall};

/// A world and a machine that asks in it.
struct Verden {
    inbound: Inbound,
}

/// Status, headers and body.
type Svar = (u16, HeaderMap, String);

impl Verden {
    async fn of(base: Base) -> Self {
        let hall = TownHall::open(Arc::new(MemoryJournal::default()), Blobs::default()).unwrap();
        let world = hall.create_on(base, "main");
        fixture::machine(&world).await;
        Self { inbound: fixture::inbound(hall, world) }
    }

    async fn new() -> Self {
        Self::of(TestTown::eksempel()).await
    }

    fn town(&self) -> Arc<Town> {
        self.inbound.town()
    }

    fn token(&self, pakke: &Pakke, orgnr: &str) -> String {
        let claims = json!({
            "iss": "http://localhost:2983/maskinporten/", "client_id": "maskin", "scope": pakke.scope, "jti": "x",
            "exp": 120, "consumer": {"authority": "iso6523-actorid-upis", "ID": format!("0192:{orgnr}")},
        });
        let state = Visit::of(&self.inbound).state;
        state.signing_key(Issuer::Maskinporten).sign(None, claims.as_object().unwrap())
    }

    async fn send(&self, pakke: &Pakke, orgnr: &str, path: &str, body: Option<&str>, accept: &str) -> Svar {
        let request = Request::builder()
            .method(if body.is_some() { "POST" } else { "GET" })
            .uri(format!("{}{path}", pakke.base))
            .header("authorization", format!("Bearer {}", self.token(pakke, orgnr)))
            .header("accept", accept)
            .extension(self.inbound.clone())
            .body(Body::from(body.unwrap_or("").to_owned()))
            .unwrap();
        let response = super::super::routes().oneshot(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
        (status, headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn ask(&self, pakke: &Pakke, path: &str, body: Option<&str>) -> (u16, String, Value) {
        let own = self.town().base.kommune.orgnr.to_string();
        let (status, headers, text) = self.send(pakke, &own, path, body, "application/json").await;
        let hint = headers.get("byteby-hint").and_then(|hint| hint.to_str().ok()).unwrap_or("");
        (status, hint.split(':').next().unwrap_or("").to_owned(), serde_json::from_str(&text).unwrap())
    }

    /// The id of an order.
    async fn order(&self, pakke: &Pakke, body: &Value) -> String {
        let (status, _, receipt) = self.ask(pakke, "/uttrekk/tilpasset", Some(&body.to_string())).await;
        let fault = Skjema::named("folkeregister/uttrekksjobb").fault(&receipt);
        assert_eq!((status, fault), (200, None), "{receipt}");
        receipt["jobbId"].as_str().expect("an id").to_owned()
    }

    async fn batch(&self, pakke: &Pakke, jobb: &str, number: &str) -> (u16, String, Value) {
        let answer = self.ask(pakke, &format!("/uttrekk/{jobb}/batch/{number}"), None).await;
        if answer.0 == 200 {
            assert_eq!(Skjema::named("folkeregister/uttrekksbatch").fault(&answer.2), None, "{}", answer.2);
        }
        answer
    }

    /// Identifiers of all batches up to the end, each with how often it was asked for.
    async fn fetch(&self, pakke: &Pakke, jobb: &str) -> Vec<(usize, Vec<String>)> {
        let mut batches = Vec::new();
        for place in 0.. {
            let mut asked = 0;
            let batch = loop {
                asked += 1;
                let (status, key, batch) = self.batch(pakke, jobb, &place.to_string()).await;
                if status == 200 {
                    break batch;
                }
                let pending = format!("Batch {place} i jobb {jobb} er ikke klar");
                assert_eq!((status, key.as_str(), batch), (404, "batch-pending", json!({ "feilmelding": pending })));
            };
            let lists = batch.as_object().expect("an object").values();
            let ids = lists.flat_map(|list| list.as_array().expect("a list"));
            let ids: Vec<String> = ids.map(|id| id.as_str().expect("a text").to_owned()).collect();
            let is_end = ids.is_empty();
            batches.push((asked, ids));
            if is_end {
                break;
            }
        }
        batches
    }
}

fn bosatte() -> Value {
    json!({"personstatustyper": ["bosatt"]})
}

#[tokio::test]
async fn an_extract_is_ordered_waited_for_fetched_and_ended() {
    let verden = Verden::new().await;
    let jobb = verden.order(&OMH, &bosatte()).await;
    let batches = verden.fetch(&OMH, &jobb).await;
    assert_eq!(batches.iter().map(|(asked, ids)| (*asked, ids.len())).collect::<Vec<_>>(), [(3, 10), (2, 0)]);
    // What has been ready stays so; the end is told again at once.
    assert_eq!(verden.batch(&OMH, &jobb, "0").await.2["foedselsEllerDNummer"], json!(batches[0].1));
    assert_eq!(verden.batch(&OMH, &jobb, "1").await, (200, String::new(), json!({})));
    // The numbers are those of a bulk look-up.
    let body = json!({"foedselsEllerDNummer": batches[0].1}).to_string();
    let found = rules::bulk(&verden.town(), &OMH, &query("part=navn"), &HeaderMap::new(), body.as_bytes());
    assert_eq!(told(found).2["oppslag"].as_array().map(Vec::len), Some(10));
    let nobody = verden.order(&OMH, &json!({"personstatustyper": ["bosatt"], "statsborgerskap": "KEN"})).await;
    let none: Vec<(usize, Vec<String>)> = verden.fetch(&OMH, &nobody).await;
    assert_eq!(none, [(2, vec![])], "nobody is the end at once");
}

#[tokio::test]
async fn what_is_ordered_is_who_fits() {
    use rolle::{ASTRID, EINAR, EMMA, JONAS, KARI, LINE, NORA, NYFOEDT, OLA, PIOTR, ROAR, TOM};
    let verden = Verden::new().await;
    let town = verden.town();
    for (order, expected) in [
        (json!({"personstatustyper": ["doed"]}), vec![EINAR]),
        (json!({"personstatustyper": ["doed"], "doedsaarFraOgMed": "2026", "doedsaarTilOgMed": "2026"}), vec![EINAR]),
        (json!({"personstatustyper": ["doed"], "doedsaarTilOgMed": "2025"}), vec![]),
        (json!({"personstatustyper": ["utflyttet", "doed"]}), vec![EINAR, TOM]),
        (json!({"personstatustyper": ["aktiv", "inaktiv"]}), vec![]),
        (json!({"personstatustyper": ["bosatt"], "foedselsaarFraOgMed": "2018"}), vec![NORA, JONAS, NYFOEDT, EMMA]),
        (json!({"personstatustyper": ["bosatt"], "foedselsaarTilOgMed": "1970", "kjoenn": "mann"}), vec![ROAR]),
        (json!({"personstatustyper": ["bosatt"], "sivilstandstype": "gift"}), vec![KARI, OLA]),
        (
            json!({"personstatustyper": ["bosatt"], "sivilstandstype": "ugift", "kjoenn": "mann", "foedselsaarTilOgMed": "1999"}),
            vec![PIOTR, ROAR],
        ),
        (json!({"personstatustyper": ["bosatt"], "statsborgerskap": "POL"}), vec![PIOTR]),
        (
            json!({"personstatustyper": ["bosatt"], "kommunenummer": {"bostedskommunenummer": "9901"},
            "foedselsaarTilOgMed": "1989"}),
            vec![OLA, ASTRID, PIOTR, ROAR],
        ),
        (json!({"personstatustyper": ["bosatt"], "kommunenummer": {"bostedskommunenummer": "0301"}}), vec![]),
        (json!({"personstatustyper": ["bosatt"], "kommunenummer": {"oppholdskommunenummer": "9901"}}), vec![]),
        (
            json!({"personstatustyper": ["bosatt"], "foedselsaarFraOgMed": "1992", "foedselsaarTilOgMed": "1992"}),
            vec![LINE],
        ),
        (
            json!({"personstatustyper": ["bosatt"], "foedselsaarFraOgMed": "1992", "foedselsaarTilOgMed": "1992",
            "kommunenummer": {"bostedskommunenummer": "9901"}}),
            vec![],
        ),
    ] {
        let jobb = verden.order(&OMH, &order).await;
        let mut found = verden.fetch(&OMH, &jobb).await.swap_remove(0).1;
        let mut expected: Vec<String> = expected.into_iter().map(|id| number(&town, id)).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{order}");
        // Else the organisation runs out of orders.
        verden.fetch(&OMH, &jobb).await;
    }
    // A graded home is in a municipality for those packages only that see it.
    for pakke in PAKKER {
        let piotr = number(&town, PIOTR);
        let seen = told_order(&town, pakke).contains(&piotr);
        assert_eq!(seen, ["offentlig-med-hjemmel", "offentligutenhjemmel"].contains(&pakke.id), "{}", pakke.id);
    }
}

/// Who lives in the municipality as `pakke` sees it.
fn told_order(town: &Town, pakke: &Pakke) -> String {
    let order = json!({"personstatustyper": ["bosatt"], "kommunenummer": {"bostedskommunenummer": "9901"}});
    let order: uttrekk::Bestilling = serde_json::from_value(order).expect("an order");
    String::from_utf8(soek::uttrekk(town, pakke, &order).expect("an order")).expect("digits")
}

#[tokio::test]
async fn orders_that_are_none() {
    let verden = Verden::new().await;
    let format = json!({"feilmelding": "Ugyldig bestilling av uttrekk"});
    for order in [
        json!({}),
        json!({"personstatustyper": []}),
        json!({"personstatustyper": "bosatt"}),
        json!({"personstatustyper": ["midlertidig"]}),
        json!({"personstatustyper": ["bosatt"], "kommunenummer": "9901"}),
        json!({"personstatustyper": ["bosatt"], "kommunenummer": {}}),
        json!({"personstatustyper": ["bosatt"], "kommunenummer": {"bostedskommunenummer": "9901", "oppholdskommunenummer": "9901"}}),
        json!({"personstatustyper": ["bosatt"], "kommunenummer": {"bostedskommunenummer": "99"}}),
        json!({"personstatustyper": ["bosatt"], "kommunenummer": {"bostedskommunenummer": 9901}}),
        json!({"personstatustyper": ["bosatt"], "kommunenummer": {"kommunenummer": "9901"}}),
        json!({"personstatustyper": ["bosatt"], "foedselsaarFraOgMed": 2019}),
        json!({"personstatustyper": ["bosatt"], "foedselsaarTilOgMed": "19"}),
        json!({"personstatustyper": ["bosatt"], "doedsaarFraOgMed": "i fjor"}),
        json!({"personstatustyper": ["bosatt"], "kjoenn": "begge"}),
        json!({"personstatustyper": ["bosatt"], "statsborgerskap": "NO"}),
        json!({"personstatustyper": ["bosatt"], "sivilstandstype": "samboer"}),
        json!({"personstatustyper": ["bosatt"], "noe": "annet"}),
    ] {
        for pakke in [&OMH, &OUH] {
            let answer = verden.ask(pakke, "/uttrekk/tilpasset", Some(&order.to_string())).await;
            assert_eq!(answer, (400, "extract-format".to_owned(), format.clone()), "{order}");
        }
    }
    let answer = verden.ask(&OMH, "/uttrekk/tilpasset", Some("{")).await;
    assert_eq!(answer, (400, "extract-format".to_owned(), format));
    let answer = verden.ask(&OMH, "/uttrekk/tilpasset", Some("<bestilling/>")).await;
    assert_eq!(answer, (400, "content-type".to_owned(), json!({"feilmelding": "Ugyldig forespørsel"})));
    for text in [
        "",
        "?feedsekvensnr=",
        "?feedsekvensnr=-1",
        "?feedsekvensnr=x",
        "?feedsekvensnr=1&feedsekvensnr=2",
        "?feedsekvensnr=999999",
    ] {
        let answer = verden.ask(&OMH, &format!("/uttrekk/komplett{text}"), None).await;
        let melding = json!({"feilmelding": "Ugyldig eller manglende sekvensnummer"});
        assert_eq!(answer, (400, "seq-format".to_owned(), melding), "{text}");
    }
    let own = verden.town().base.kommune.orgnr.to_string();
    for (path, body) in
        [("/uttrekk/tilpasset", Some("{}")), ("/uttrekk/komplett?feedsekvensnr=1", None), ("/uttrekk/0/batch/0", None)]
    {
        let (status, _, text) = verden.send(&OMH, &own, path, body, "text/html").await;
        let melding = r#"{"kode":"FREG-001","melding":"Ikke støttet medietype i Accept"}"#;
        assert_eq!((status, text.as_str()), (406, melding), "{path}");
    }
}

#[tokio::test]
async fn a_batch_that_is_none_and_a_job_that_is_not_yours() {
    let verden = Verden::new().await;
    let jobb = verden.order(&OUH, &bosatte()).await;
    for number in ["-1", "x", "1.5", "%20", "+1"] {
        let answer = verden.batch(&OUH, &jobb, number).await;
        let body = json!({"feilmelding": "Ugyldig batchnummer"});
        assert_eq!(answer, (400, "batch-format".to_owned(), body), "{number}");
    }
    let gone = (410, "job-unknown".to_owned(), json!({"feilmelding": "Jobben eller batchen finnes ikke"}));
    for (pakke, jobb, number) in [
        (&OUH, "e9ca4d76-2ed7-43bc-bb50-469304df1e1c", "0"),
        (&OUH, "noe", "0"),
        (&OMH, &jobb, "0"),
        (&OUH, &jobb, "2"),
        (&OUH, &jobb, "99999999999999999999999"),
    ] {
        assert_eq!(verden.batch(pakke, jobb, number).await, gone, "{jobb} {number}");
    }
    let (status, _, text) =
        verden.send(&OUH, "314099885", &format!("/uttrekk/{jobb}/batch/0"), None, "application/json").await;
    assert_eq!((status, text), (410, gone.2.to_string()), "another organisation");
    // A day later it is gone, by the town's clock and to the minute.
    let day = verden.town().now().plus_millis(24 * 3_600_000);
    verden.inbound.world.advance(day.plus_millis(-60_000)).await.unwrap();
    assert_eq!(verden.batch(&OUH, &jobb, "0").await.0, 404);
    verden.inbound.world.advance(day).await.unwrap();
    assert_eq!(verden.batch(&OUH, &jobb, "0").await, gone);
}

#[tokio::test]
async fn ten_run_at_once_and_the_eleventh_waits_for_the_end_of_one() {
    let verden = Verden::new().await;
    let mut jobs = std::collections::BTreeSet::new();
    for _ in 0..10 {
        jobs.insert(verden.order(&OMH, &bosatte()).await);
    }
    assert_eq!(jobs.len(), 10, "the same order at the same instant is another job");
    let own = verden.town().base.kommune.orgnr.to_string();
    let order = bosatte().to_string();
    let (status, headers, text) = verden.send(&OMH, &own, "/uttrekk/tilpasset", Some(&order), "*/*").await;
    assert_eq!(status, 429);
    assert_eq!(text, r#"{"feilmelding":"Det kjører allerede 10 uttrekk for virksomheten"}"#);
    assert_eq!(headers["retry-after"], "1000", "in milliseconds");
    assert!(headers["byteby-hint"].to_str().unwrap().starts_with("extract-limit"));
    assert_eq!(verden.ask(&OMH, "/uttrekk/komplett?feedsekvensnr=1", None).await.0, 429, "both kinds count");
    let (status, ..) = verden.send(&OMH, "314099885", "/uttrekk/tilpasset", Some(&order), "*/*").await;
    assert_eq!(status, 200, "another organisation has its own ten");
    verden.fetch(&OMH, jobs.first().unwrap()).await;
    verden.order(&OMH, &bosatte()).await;
    assert_eq!(verden.ask(&OMH, "/uttrekk/tilpasset", Some(&order)).await.0, 429);
    let day = verden.town().now().plus_millis(24 * 3_600_000);
    verden.inbound.world.advance(day).await.unwrap();
    verden.order(&OMH, &bosatte()).await;
    assert_eq!(verden.town().uttrekk.loepende(verden.town().base.kommune.orgnr, day), 1, "the old ones are over");
}

#[tokio::test]
async fn a_fork_has_its_parents_extracts_and_the_same_ones_of_its_own() {
    let mut verden = Verden::new().await;
    let jobb = verden.order(&OMH, &bosatte()).await;
    let fetched = verden.fetch(&OMH, &jobb).await;
    let fork = verden.inbound.hall.fork("main", Some("gren")).unwrap();
    let parent = std::mem::replace(&mut verden.inbound.world, fork);
    assert_eq!(verden.fetch(&OMH, &jobb).await, fetched, "with the same waiting: that is not the town's");
    // What happens afterwards changes nothing of what was extracted; the same order at the same instant is the same job.
    let again = verden.order(&OMH, &bosatte()).await;
    assert_ne!(again, jobb);
    verden.inbound.world = parent;
    assert_eq!(verden.order(&OMH, &bosatte()).await, again);
    let einar = crate::town::decide::FolkCommand::Doedsfall { person: verden.town().key_of(rolle::ROAR) };
    verden.inbound.world.command(Command::Folk(einar), Cause::of("test", &[b"d"])).await.unwrap();
    assert_eq!(verden.fetch(&OMH, &again).await[0].1.len(), 10);
    let later = verden.order(&OMH, &bosatte()).await;
    assert_eq!(verden.fetch(&OMH, &later).await[0].1.len(), 9);
}

#[tokio::test]
async fn batches_hold_five_thousand_and_are_read_in_xml_too() {
    let base = Arc::try_unwrap(super::soek::crowd(10_001).base).expect("nobody else has it");
    let verden = Verden::of(base).await;
    let jobb = verden.order(&OMH, &json!({"personstatustyper": ["bosatt", "doed", "utflyttet"]})).await;
    let sizes: Vec<usize> = verden.fetch(&OMH, &jobb).await.iter().map(|(_, ids)| ids.len()).collect();
    assert_eq!(sizes, [5_000, 5_000, 1, 0]);
    let own = verden.town().base.kommune.orgnr.to_string();
    let xml = async |path: &str, body| verden.send(&OMH, &own, path, body, "application/xml").await;
    let (status, headers, receipt) = xml("/uttrekk/tilpasset", Some(r#"{"personstatustyper": ["doed"]}"#)).await;
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "application/xml"));
    let id =
        receipt.split("<jobbId>").nth(1).and_then(|rest| rest.split("</jobbId>").next()).expect("an id").to_owned();
    let root = r#"<uttrekksjobb xmlns="folkeregisteret:tilgjengeliggjoering:person:v1">"#;
    assert!(receipt.contains(&format!("{root}<jobbId>{id}</jobbId></uttrekksjobb>")), "{receipt}");
    verden.fetch(&OMH, &id).await;
    let (_, _, batch) = xml(&format!("/uttrekk/{id}/batch/0"), None).await;
    let einar = number(&verden.town(), rolle::EINAR);
    assert!(
        batch.contains(&format!("<foedselsEllerDNummer>{einar}</foedselsEllerDNummer></uttrekksbatch>")),
        "{batch}"
    );
    let (_, _, end) = xml(&format!("/uttrekk/{id}/batch/1"), None).await;
    assert!(
        end.ends_with(r#"<uttrekksbatch xmlns="folkeregisteret:tilgjengeliggjoering:person:v1"></uttrekksbatch>"#),
        "{end}"
    );
}

#[tokio::test]
async fn everybody_is_extracted_as_of_a_number_of_the_feed() {
    let verden = Verden::new().await;
    let town = verden.town();
    let last = town.feed_len();
    let order = async |number: u64| {
        let (status, _, receipt) = verden.ask(&OMH, &format!("/uttrekk/komplett?feedsekvensnr={number}"), None).await;
        assert_eq!(status, 200, "{receipt}");
        let jobb = receipt["jobbId"].as_str().expect("an id").to_owned();
        verden.fetch(&OMH, &jobb).await.swap_remove(0).1
    };
    let archived = |ids: &[String]| -> Vec<Value> {
        let body = json!({ "dokumentidentifikator": ids }).to_string();
        let asked = query("part=person-basis&part=historikk");
        let answer = told(rules::archive_bulk(&town, &OMH, &asked, &HeaderMap::new(), body.as_bytes())).2;
        answer.as_array().expect("people").clone()
    };
    let now = archived(&order(last).await);
    let live: Vec<Value> =
        (0..12).map(|row| person(&town, PersonId(row), "part=person-basis&part=historikk")).collect();
    assert_eq!(now, live, "as everybody is now");
    let before = order(0).await;
    let documents = archived(&before);
    // Jonas and the child without a name were not born; Kari lived in the other street, Einar lived.
    assert_eq!(documents.len(), 10);
    let kari = documents.iter().find(|document| document["navn"].to_string().contains("KARI"));
    let homes = kari.expect("Kari")["bostedsadresse"].as_array().expect("homes").clone();
    let current = homes.iter().find(|home| home["erGjeldende"] == json!(true)).expect("a home");
    assert_eq!(current["vegadresse"]["adressenavn"], "Kaivegen");
    assert!(documents.iter().all(|document| document.get("doedsfall").is_none()));
    let single = rules::archive(&town, &OMH, &before[0], &query(""), &HeaderMap::new());
    assert_eq!(told(single).0, 200);
}

#[test]
fn at_each_number_of_the_feed_everybody_has_the_newest_document_they_then_had() {
    let town = super::oracle::families_changed().town;
    let last = town.feed_len();
    for number in [0, 1, last / 3, last - 40, last - 1, last] {
        let ids = town.persondokumenter_ved(number);
        let mut newest = std::collections::BTreeMap::new();
        for row in town.feed(1, usize::MAX).into_iter().take_while(|row| row.sekvensnummer <= number) {
            if row.registrering.slag.code() != "personErOpphoertSomDublett" {
                newest.insert(town.id_of(row.registrering.person).expect("somebody"), row.persondokument);
            }
        }
        let created: std::collections::BTreeSet<_> = town
            .feed(number + 1, usize::MAX)
            .into_iter()
            .filter(|row| row.registrering.slag.code() == "personErOpprettet")
            .map(|row| town.id_of(row.registrering.person).expect("somebody"))
            .collect();
        let there = town.people().map(|person| person.id).filter(|id| !created.contains(id));
        let mut ids = ids.into_iter();
        let mut first = 0;
        for id in there {
            let document: DocumentId = ids.next().expect("one each");
            match newest.get(&id) {
                Some(expected) => assert_eq!(document, *expected, "{id:?} at {number}"),
                None => {
                    assert_eq!(town.person_foer_feeden(document), Some(id), "{id:?} at {number}");
                    first += 1;
                }
            }
        }
        assert_eq!(ids.next(), None);
        assert!(first > 500, "{first} of {number}");
    }
    // Whose life the feed does not know of has the same document now; nothing secret is in an old one.
    let mut same = 0;
    for (id, person) in town.persondokumenter_ved(last).into_iter().zip(town.people()) {
        let text = id.to_string();
        let archived = |parts: &str| told(rules::archive(&town, &OMH, &text, &query(parts), &HeaderMap::new())).2;
        if town.person_foer_feeden(id).is_some() && same < 300 {
            assert_eq!(archived("part=historikk"), self::person(&town, person.id, "part=historikk"), "{text}");
            same += 1;
        }
        if person.gradering() == Gradering::StrengtFortrolig {
            let first = town.persondokumenter_ved(0);
            let mut own = first.into_iter().filter(|first| town.person_foer_feeden(*first) == Some(person.id));
            let Some(first) = own.next() else { continue };
            let old = rules::archive(
                &town,
                &OMH,
                &first.to_string(),
                &query("part=person-basis&part=historikk"),
                &HeaderMap::new(),
            );
            let old = told(old).2.to_string();
            assert!(!old.contains("bostedsadresse") && !old.contains("\"9901\""), "{old}");
        }
    }
    assert!(same > 200);
}

#[test]
fn documents_of_before_the_feed_go_out_of_date_when_they_were_replaced_three_years_ago() {
    let mut town = Town::new(Arc::new(TestTown::eksempel()));
    let first = town.persondokumenter_ved(0);
    let of = |id: PersonId| {
        first.iter().find(|first| town.person_foer_feeden(**first) == Some(id)).expect("one").to_string()
    };
    let (kari, roar) = (of(rolle::KARI), of(rolle::ROAR));
    let ask = |town: &Town, id: &str| told(rules::archive(town, &OMH, id, &query(""), &HeaderMap::new())).0;
    assert_eq!([ask(&town, &kari), ask(&town, &roar)], [200, 200]);
    let later = town.now().plus_millis(4 * 366 * 86_400_000);
    crate::town::apply(&mut town, &crate::town::Event::Tid(crate::town::event::TidEvent::Naadd(later)));
    assert_eq!([ask(&town, &kari), ask(&town, &roar)], [400, 200], "Kari moved, Roar did not");
}
