//! Requests and answers as a client sees them, without the network.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::super::pakker::{OMH, PAKKER, Pakke};
use super::super::rules::{self, Query, Svar};
use crate::access::Answers;
use crate::base::OriginKey;
use crate::town::decide::FolkCommand;
use crate::town::model::tests_town::{TestTown, rolle, uten_gate};
use crate::town::model::{PersonId, PersonKey};
use crate::town::{Cause, Command, Town, apply, decide};

/// Where the feed is read.
pub(super) const FEED: &str = "http://localhost:2983/folkeregisteret/offentlig-med-hjemmel/api/v1/hendelser/feed";

pub(super) fn town() -> Town {
    Town::new(Arc::new(TestTown::eksempel()))
}

pub(super) fn number(town: &Town, id: PersonId) -> String {
    town.person(id).nummer().to_string()
}

pub(super) fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())).collect()
}

pub(super) fn query(text: &str) -> Query {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').map_or((pair.into(), String::new()), |(k, v)| (k.into(), v.into())))
        .collect()
}

pub(super) fn finish(answer: Svar) -> Response {
    answer.map_or_else(|feil| rules::refused(feil, "test"), |(response, _)| response)
}

pub(super) fn text_of(response: Response) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let bytes = runtime.block_on(async { response.into_body().collect().await.unwrap().to_bytes() });
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(super) fn json_of(response: Response) -> Value {
    serde_json::from_str(&text_of(response)).unwrap()
}

pub(super) fn look_up(town: &Town, id: &str, parts: &str, headers: &HeaderMap) -> Svar {
    look_up_in(town, &OMH, id, parts, headers)
}

pub(super) fn look_up_in(town: &Town, pakke: &Pakke, id: &str, parts: &str, headers: &HeaderMap) -> Svar {
    rules::person(&Arc::new(town.clone()), &Answers::default(), pakke, id, &query(parts), headers)
}

/// What `pakke` sees of somebody.
pub(super) fn seen_by(pakke: &Pakke, town: &Town, id: PersonId, parts: &str) -> Value {
    let response = finish(look_up_in(town, pakke, &number(town, id), parts, &HeaderMap::new()));
    assert_eq!(response.status(), StatusCode::OK);
    json_of(response)
}

pub(super) fn person(town: &Town, id: PersonId, parts: &str) -> Value {
    seen_by(&OMH, town, id, parts)
}

/// Status and reason key of a refusal.
pub(super) fn refusal(answer: Svar) -> (u16, String) {
    let response = finish(answer);
    let hint = response.headers().get("byteby-hint").and_then(|hint| hint.to_str().ok()).unwrap_or("").to_owned();
    (response.status().as_u16(), hint.split(':').next().unwrap_or("").to_owned())
}

#[test]
fn a_newborn_reads_as_the_contract_shows() {
    let town = town();
    let jonas = person(&town, rolle::JONAS, "");
    let born = json!("2026-09-10T00:00:00.000000+02:00");
    let registered = jonas["identifikasjonsnummer"][0]["ajourholdstidspunkt"].clone();
    let meta = |extra: Value| {
        let mut entry = json!({"ajourholdstidspunkt": registered, "erGjeldende": true, "kilde": "folkeregistermyndigheten",
            "aarsak": "Fødsel", "gyldighetstidspunkt": born});
        entry.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        entry
    };
    assert_eq!(
        jonas["identifikasjonsnummer"][0].to_string(),
        meta(json!({"status": "iBruk", "foedselsEllerDNummer": number(&town, rolle::JONAS),
            "identifikatortype": "foedselsnummer"}))
        .to_string(),
        "in this order of keys"
    );
    assert_eq!(
        jonas["bostedsadresse"][0].to_string(),
        meta(json!({
            "vegadresse": {"kommunenummer": "9901", "bruksenhetsnummer": "H0101", "bruksenhetstype": "bolig",
                "adressenavn": "Lia", "adressenummer": {"husnummer": "7"}, "adressekode": "1050",
                "poststed": {"poststedsnavn": "NORDVIK", "postnummer": "9992"}},
            "adresseIdentifikatorFraMatrikkelen": "901050000700", "adressegradering": "ugradert",
            "flyttedato": "2026-09-10", "grunnkrets": 102, "stemmekrets": 1, "skolekrets": 1, "kirkekrets": 1
        }))
        .to_string()
    );
    assert_eq!(
        jonas["foedsel"][0],
        json!({"ajourholdstidspunkt": registered, "erGjeldende": true, "kilde": "folkeregistermyndigheten",
            "aarsak": "Fødsel", "foedselsaar": "2026", "foedselsdato": "2026-09-10",
            "foedekommuneINorge": "9901", "foedeland": "NOR"})
    );
    assert_eq!(jonas["navn"][0]["fornavn"], "JONAS");
    assert_eq!(jonas["navn"][0]["aarsak"], "Første gangs navnevalg");
    let keys: Vec<&String> = jonas.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "identifikasjonsnummer",
            "status",
            "kjoenn",
            "foedsel",
            "sivilstand",
            "navn",
            "bostedsadresse",
            "statsborgerskap"
        ]
    );
}

#[test]
fn part_and_history_choose_what_is_shown() {
    let town = town();
    let keys = |parts: &str| -> Vec<String> {
        person(&town, rolle::KARI, parts).as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(keys("part=navn&part=Status"), ["identifikasjonsnummer", "status", "navn"]);
    assert_eq!(keys("part=relasjon-utvidet"), ["identifikasjonsnummer", "familierelasjon", "foreldreansvar"]);
    assert_eq!(keys("part=RettsligHandleevne"), ["identifikasjonsnummer"], "an element the person lacks is absent");
    let names = |parts: &str| -> Vec<(bool, String)> {
        person(&town, rolle::KARI, parts)["navn"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| (entry["erGjeldende"].as_bool().unwrap(), entry["etternavn"].as_str().unwrap().to_owned()))
            .collect()
    };
    assert_eq!(names("part=navn"), [(true, "NORDÅS".to_owned())]);
    assert_eq!(names("part=navn,historikk"), [(false, "ØYE".to_owned()), (true, "NORDÅS".to_owned())]);
    let homes = person(&town, rolle::KARI, "part=bostedsadresse&part=historikk");
    let homes = homes["bostedsadresse"].as_array().unwrap();
    assert_eq!(homes.len(), 3);
    assert_eq!(homes[0]["opphoerstidspunkt"], homes[1]["gyldighetstidspunkt"]);
    assert!(homes[2].get("opphoerstidspunkt").is_none());
    let unnamed = person(&town, rolle::JONAS, "part=navn&part=historikk");
    assert_eq!(unnamed["navn"].as_array().unwrap().len(), 1, "the temporary name is annulled, not history");
}

#[test]
fn a_dead_persons_death_is_one_object_and_no_home_is_current() {
    let town = town();
    let einar = person(&town, rolle::EINAR, "");
    assert_eq!(einar["doedsfall"]["doedsdato"], "2026-05-12");
    assert_eq!(einar["status"][0]["status"], "doed");
    assert!(einar.get("bostedsadresse").is_none());
    let roar = person(&town, rolle::ROAR, "part=bostedsadresse");
    assert_eq!(roar["bostedsadresse"][0]["ukjentBosted"], json!({"bostedskommune": "9901"}));
}

/// Everything every operation says about somebody, as text.
pub(super) fn everything_about(town: &Town, id: PersonId) -> String {
    let mut all = person(town, id, "part=person-basis&part=relasjon-utvidet&part=historikk").to_string();
    let key = town.key_of(id);
    for row in town.feed(1, 1000).into_iter().filter(|row| row.registrering.person == key) {
        let (event, archived) = (row.hendelsesdokument.to_string(), row.persondokument.to_string());
        all += &text_of(finish(rules::event(town, &event, &HeaderMap::new())));
        all += &text_of(finish(rules::archive(town, &archived, &query("part=historikk"), &HeaderMap::new())));
        all += &text_of(finish(rules::archive(town, &archived, &query("part=foedsel"), &HeaderMap::new())));
    }
    all
}

#[test]
fn strictly_confidential_people_have_no_home_anywhere() {
    let mut town = town();
    let line = PersonKey::Base(rolle::LINE.0);
    let cause = Cause { origin: OriginKey::of("test", &[b"barn"]), what: "test".into(), parent: None };
    let birth = Command::Folk(FolkCommand::Foedsel { mor: line, medforelder: None, barn: vec![None] });
    for event in decide(&town, &birth, &cause).expect("a birth") {
        apply(&mut town, &event);
    }
    let child = PersonId::at(town.base.person_count());
    for id in [rolle::LINE, rolle::EMMA, child] {
        let all = everything_about(&town, id);
        for secret in
            ["vegadresse", "\"bostedsadresse\":[", "9901", "Kaivegen", "Lia", "NORDVIK", "kommunenummer", "H0101"]
        {
            assert!(!all.contains(secret), "{id:?}: {secret}");
        }
        let document = person(&town, id, "");
        assert_eq!(document["adressebeskyttelse"][0]["graderingsnivaa"], "strengtFortrolig", "{id:?}");
        let open = &document["postadresse"][0];
        assert_eq!(open["adressegradering"], "ugradert", "{id:?}");
        assert_eq!(open["postboksadresse"]["poststed"]["poststedsnavn"], "OSLO", "{id:?}");
    }
    assert!(everything_about(&town, rolle::KARI).contains("9901"), "the search for secrets would find one");
}

#[test]
fn a_home_without_a_street_has_the_number_of_its_property() {
    let mut base = TestTown::eksempel();
    let home = base.bosteder[base.bosteder_of(rolle::KARI).last().unwrap().index()].bolig;
    uten_gate(&mut base, home);
    let town = Town::new(Arc::new(base));
    let home = person(&town, rolle::KARI, "part=bostedsadresse")["bostedsadresse"][0].clone();
    assert!(home.get("vegadresse").is_none());
    assert_eq!(
        home["matrikkeladresse"],
        json!({
            "bruksenhetsnummer": "H0101", "bruksenhetstype": "bolig",
            "matrikkelnummer": {"kommunenummer": "9901", "gaardsnummer": 43, "bruksnummer": 98, "festenummer": 0},
            "undernummer": 2, "poststed": {"poststedsnavn": "NORDVIK", "postnummer": "9992"}
        })
    );
    let street = person(&town, rolle::PIOTR, "part=bostedsadresse")["bostedsadresse"][0].clone();
    assert_ne!(home["adresseIdentifikatorFraMatrikkelen"], street["adresseIdentifikatorFraMatrikkelen"]);
    assert_eq!((&home["grunnkrets"], &home["skolekrets"]), (&json!(102), &json!(1)));
}

#[test]
fn every_address_of_a_confidential_person_is_marked() {
    let town = town();
    let all = everything_about(&town, rolle::PIOTR);
    assert!(!all.contains("\"ugradert\"") && all.contains("\"adressegradering\":\"fortrolig\""));
    let homes = person(&town, rolle::PIOTR, "part=bostedsadresse&part=historikk");
    assert_eq!(homes["bostedsadresse"].as_array().unwrap().len(), 3);
}

#[test]
fn the_feed_is_read_by_position() {
    let town = town();
    let last = town.feed_len();
    assert!(last > 10);
    let page = |seq: u64| -> Vec<u64> {
        let response = finish(rules::feed(&town, &OMH, &query(&format!("seq={seq}")), &HeaderMap::new(), FEED));
        let rows = json_of(response);
        rows.as_array().unwrap().iter().map(|row| row["sekvensnummer"].as_u64().unwrap()).collect()
    };
    assert_eq!(page(1), (1..=last).collect::<Vec<_>>());
    assert_eq!(page(0), page(1));
    assert_eq!(page(last), [last]);
    assert!(page(last + 1).is_empty());
    assert!(page(last + 5000).is_empty());
    let first = json_of(finish(rules::feed(&town, &OMH, &query("seq=1"), &HeaderMap::new(), FEED)))[0].clone();
    let keys: Vec<&String> = first["hendelse"].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["folkeregisteridentifikator", "hendelsetype", "hendelsesdokument", "persondokument", "ajourholdstidspunkt"]
    );
    for (media, expected) in [("application/json", "application/json"), ("text/plain", "text/plain")] {
        let response = finish(rules::last_number(&town, &OMH, &headers(&[("accept", media)])));
        assert_eq!(response.headers()["content-type"], expected);
        assert_eq!(text_of(response), last.to_string(), "a bare number");
    }
    let empty = Town::new(Arc::new(TestTown::tom_by().ferdig()));
    assert_eq!(text_of(finish(rules::last_number(&empty, &OMH, &HeaderMap::new()))), "0");
}

#[test]
fn the_record_learns_what_a_reader_has_seen() {
    let town = town();
    let last = town.feed_len();
    for (seq, expected) in [(1, (1, last)), (last, (last, last)), (last + 1, (last + 1, last))] {
        let Ok((_, note)) = rules::feed(&town, &OMH, &query(&format!("seq={seq}")), &HeaderMap::new(), FEED) else {
            panic!()
        };
        assert_eq!((note.operation, note.feed_read), ("folkeregisteret.hendelser.les", Some(expected)));
    }
    let Ok((_, note)) = look_up(&town, &number(&town, rolle::OLA), "", &HeaderMap::new()) else { panic!() };
    assert_eq!((note.service, note.operation), ("folkeregisteret", "folkeregisteret.person.hent"));
    assert_eq!(note.about, [PersonKey::Base(rolle::OLA.0)]);
}

#[test]
fn an_unchanged_feed_is_304_until_something_happens() {
    let mut town = town();
    let ask = |town: &Town, etag: &str| {
        let asked = headers(&[("if-none-match", etag)]);
        let response = finish(rules::feed(town, &OMH, &query("seq=5"), &asked, FEED));
        (response.status(), response.headers()["etag"].to_str().unwrap().to_owned(), text_of(response))
    };
    let (status, etag, _) = ask(&town, "\"other\"");
    assert_eq!(status, StatusCode::OK);
    assert_eq!(ask(&town, &etag), (StatusCode::NOT_MODIFIED, etag.clone(), String::new()));
    assert_eq!(ask(&town, &format!("W/{etag}, \"x\"")).0, StatusCode::NOT_MODIFIED);
    let cause = Cause { origin: OriginKey::of("test", &[b"navn"]), what: "test".into(), parent: None };
    let barn = PersonKey::Base(rolle::NYFOEDT.0);
    let name = FolkCommand::Navnevalg { barn, fornavn: "Oskar".into(), mellomnavn: None, etternavn: None };
    for event in decide(&town, &Command::Folk(name), &cause).expect("a name") {
        apply(&mut town, &event);
    }
    assert_eq!(ask(&town, &etag).0, StatusCode::OK);
}

#[test]
fn event_documents_have_the_other_spelling_and_annulments_no_content() {
    let town = town();
    let named = town
        .feed(1, 1000)
        .into_iter()
        .find(|row| {
            row.registrering.person == PersonKey::Base(rolle::JONAS.0)
                && row.sekvensnummer > 1
                && row.registrering.slag.code() == "endringINavn"
        })
        .expect("Jonas got a name");
    let id = named.hendelsesdokument.to_string();
    let document = json_of(finish(rules::event(&town, &id, &HeaderMap::new())));
    assert_eq!((&document["dokumentidentifikator"], &document["skjemaversjon"]), (&json!(id), &json!("1.0")));
    let event = &document["hendelse"];
    assert_eq!(event["hendelsestype"], "endringINavn");
    assert_eq!(event["egenskapshendelse"][0], json!({"entitet": "navn", "entitetsendring": "annullere"}));
    let chosen = &event["egenskapshendelse"][1];
    assert_eq!(chosen["entitetsendring"], "registrereNy");
    assert_eq!(chosen["navn"]["fornavn"], "JONAS");
    assert!(chosen["navn"].get("erGjeldende").is_none());
    let open = town.feed(1, 1000).into_iter().find(|row| row.registrering.slag.code() == "endringIKontaktinformasjon");
    let open = json_of(finish(rules::event(&town, &open.unwrap().hendelsesdokument.to_string(), &HeaderMap::new())));
    let change = &open["hendelse"]["egenskapshendelse"][0];
    assert_eq!(change["entitet"], "kontaktadresse");
    assert!(change["postadresse"].is_object());
}

#[test]
fn the_newest_archived_document_is_the_live_one() {
    let town = town();
    for id in (0..town.base.person_count()).map(PersonId::at) {
        let key = town.key_of(id);
        let Some(row) = town.feed(1, 1000).into_iter().rfind(|row| row.registrering.person == key) else { continue };
        let archived =
            rules::archive(&town, &row.persondokument.to_string(), &query("part=historikk"), &HeaderMap::new());
        assert_eq!(json_of(finish(archived)), person(&town, id, "part=historikk"), "{id:?}");
    }
}

#[test]
fn bulk_look_ups_of_people() {
    let town = town();
    let (kari, ola) = (number(&town, rolle::KARI), number(&town, rolle::OLA));
    let unknown = "22909195636".to_owned();
    let body = json!({"foedselsEllerDNummer": [kari, unknown, ola, kari]}).to_string();
    let ask = |text: &str, pairs: &[(&'static str, &str)], body: &str| {
        finish(rules::bulk(&town, &OMH, &query(text), &headers(pairs), body.as_bytes()))
    };
    let numbers = |answer: &Value| -> Vec<String> {
        let list = answer["oppslag"].as_array().unwrap();
        list.iter().map(|row| row["foedselsEllerDNummer"].as_str().unwrap().to_owned()).collect()
    };
    let ordered = json_of(ask("part=navn&somBestilt=true", &[], &body));
    assert_eq!(numbers(&ordered), [&kari, &unknown, &ola, &kari].map(Clone::clone));
    assert_eq!(ordered["oppslag"][0]["folkeregisterperson"]["navn"][0]["fornavn"], "KARI");
    assert!(ordered["oppslag"][1]["feilmelding"]["feilmelding"].is_string());
    assert!(ordered["oppslag"][1].get("folkeregisterperson").is_none());
    let loose = json_of(ask("part=navn", &[("content-type", "application/json;charset=UTF-8")], &body));
    let mut got = numbers(&loose);
    got.sort();
    let mut expected = vec![kari.clone(), ola];
    expected.sort();
    assert_eq!(got, expected, "unknown people and repetitions are left out");
    let many = |count: usize| json!({"foedselsEllerDNummer": vec![&kari; count]}).to_string();
    assert_eq!(ask("", &[], &many(1000)).status(), StatusCode::OK);
}

#[test]
fn bulk_look_ups_of_documents_keep_the_order_and_leave_out_the_unknown() {
    let town = town();
    let rows = town.feed(1, 3);
    let nothing = "0".repeat(32);
    let events = json!({"dokumentidentifikator": [rows[2].hendelsesdokument.to_string(), nothing,
        rows[0].hendelsesdokument.to_string(), rows[1].persondokument.to_string()]});
    let answer = json_of(finish(rules::event_bulk(&town, &HeaderMap::new(), events.to_string().as_bytes())));
    let ids: Vec<&Value> = answer.as_array().unwrap().iter().map(|row| &row["dokumentidentifikator"]).collect();
    assert_eq!(ids, [&json!(rows[2].hendelsesdokument.to_string()), &json!(rows[0].hendelsesdokument.to_string())]);
    let people = json!({"dokumentidentifikator": [rows[1].persondokument.to_string(), nothing]});
    let answer =
        finish(rules::archive_bulk(&town, &query("part=navn"), &HeaderMap::new(), people.to_string().as_bytes()));
    assert_eq!(json_of(answer).as_array().unwrap().len(), 1);
}

#[test]
fn refusals_have_the_registers_bodies_and_headers() {
    let town = town();
    let response = finish(look_up(&town, "22909195637", "", &HeaderMap::new()));
    for (name, value) in [("content-type", "application/json"), ("cache-control", "no-store, no-cache")] {
        assert_eq!(response.headers()[name], value);
    }
    assert!(response.headers().contains_key("expires") && response.headers().contains_key("strict-transport-security"));
    let text = text_of(response);
    assert_eq!(text, r#"{"kode":"FREG-001","melding":"Fant ingen person for forespurt identifikator"}"#);
    let refused = rules::refused(super::super::faults::SCOPE_MISMATCH, "test");
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let body = json_of(refused);
    let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["alvorlighetsgrad", "feilkode", "feilmelding", "httpStatus"]);
    assert_eq!(body["httpStatus"], 403);
    assert!(!body.to_string().to_lowercase().contains("byteby"));
}

#[test]
fn paths_are_found_with_and_without_a_slash_and_tokens_are_asked_for() {
    const OMH: &str = "/folkeregisteret/offentlig-med-hjemmel/api/v1";
    // Without a gate there is no world: a handler that is reached says so with 500, a path that is none with 404.
    let status = |method: &str, path: &str| {
        let request = axum::http::Request::builder().method(method).uri(path).body(axum::body::Body::empty()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(tower::ServiceExt::oneshot(super::super::routes(), request)).unwrap().status().as_u16()
    };
    for (method, path, expected) in [
        ("GET", "/personer/22909195636", 500),
        ("GET", "/hendelser/feed", 500),
        ("HEAD", "/hendelser/feed", 500),
        ("GET", "/hendelser/siste/sekvensnummer", 500),
        ("POST", "/personer/bulkoppslag", 500),
        ("POST", "/personer/bulkoppslag/arkiv", 500),
        ("POST", "/hendelser/bulkoppslag", 500),
        ("GET", "/personer/soek", 500),
        ("GET", "/personer/entydigsoek", 500),
        ("GET", "/personer/xsd", 500),
        ("GET", "/hendelser/feedxsd", 500),
        ("POST", "/uttrekk/tilpasset", 501),
        ("GET", "/finnes/ikke", 404),
    ] {
        assert_eq!(status(method, &format!("{OMH}{path}")), expected, "{method} {path}");
        assert_eq!(status(method, &format!("{OMH}{path}/")), expected, "{method} {path}/");
    }
    for pakke in PAKKER {
        let looks_up = !matches!(pakke.id, "privat" | "presse") && !pakke.id.ends_with("identifikator");
        let expected = if looks_up { 500 } else { 404 };
        assert_eq!(status("GET", &format!("{}/personer/22909195636", pakke.base)), expected, "{}", pakke.id);
        let archive = if pakke.hjemmel { 500 } else { 404 };
        assert_eq!(status("GET", &format!("{}/hendelser/{}", pakke.base, "0".repeat(32))), archive, "{}", pakke.id);
        assert_eq!(status("GET", &format!("{}/hendelser/feed/", pakke.base)), 500, "{}", pakke.id);
    }
    assert_eq!(status("GET", "/folkeregisteret/api/ukjent/v1/personer/22909195636"), 404);
    for pakke in PAKKER.into_iter().filter(|pakke| !pakke.hjemmel) {
        for path in ["/uttrekk/komplett", "/uttrekk/komplett/", "/personer/bulkoppslag/arkiv/"] {
            assert_eq!(status("GET", &format!("{}{path}", pakke.base)), 404, "{} {path}", pakke.id);
        }
    }
}

/// Where a feed was asked for, the 404 has a shape of its own.
#[test]
fn a_feed_that_is_none_is_refused_in_its_own_shape() {
    for (path, own) in [
        ("/folkeregisteret/api/ukjent/v1/hendelser/feed?seq=1", true),
        ("/folkeregisteret/api/finans/v1/hendelser/feed/1", true),
        ("/folkeregisteret/api/ukjent/v1/personer/1", false),
    ] {
        let request = axum::http::Request::builder().uri(path).body(axum::body::Body::empty()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let response =
            runtime.block_on(tower::ServiceExt::oneshot(super::super::routes(), request)).expect("an answer");
        assert_eq!(response.status(), 404);
        assert!(response.headers()["byteby-hint"].to_str().unwrap().starts_with("route-unknown"), "{path}");
        let body = json_of(response);
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        if own {
            assert_eq!(keys, ["code", "message", "httpStatus", "feilreferanse"]);
            assert_eq!((&body["code"], &body["httpStatus"]), (&json!("FREG-001"), &json!(404)));
            assert_eq!(body["feilreferanse"].as_str().map(str::len), Some(16));
        } else {
            assert_eq!(keys, ["kode", "melding"]);
        }
    }
}
