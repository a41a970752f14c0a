//! Bad input: every row of `specs/folkeregister.md` §22 about look-ups, the feed and documents, with status and body. The
//! rows about tokens are in `tests/it/registers.rs`, those about routes in `calls`.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::super::pakker::{OMH, OUH, PAKKER};
use super::super::rules::{self, Svar};
use super::calls::{FEED, finish, headers, json_of, look_up, look_up_in, number, query, refusal, town};
use crate::town::model::tests_town::{TestTown, rolle};
use crate::town::{Town, derive};

/// Status, reason key and body of an answer.
pub(super) fn told(answer: Svar) -> (u16, String, Value) {
    let response = finish(answer);
    let hint = response.headers().get("byteby-hint").and_then(|hint| hint.to_str().ok()).unwrap_or("").to_owned();
    (response.status().as_u16(), hint.split(':').next().unwrap_or("").to_owned(), json_of(response))
}

fn standard(melding: &str) -> Value {
    json!({"kode": "FREG-001", "melding": melding})
}

pub(super) fn refused(answer: Svar, status: u16, key: &str, melding: &str) {
    assert_eq!(told(answer), (status, key.to_owned(), standard(melding)));
}

/// A real person's kind of number, made here so that none stands in the source.
pub(super) fn looks_real() -> String {
    (0..1000)
        .map(|iii| format!("010180{iii:03}"))
        .find_map(|nine| (0..100).map(|k| format!("{nine}{k:02}")).find(|number| crate::base::looks_real(number)))
        .expect("one of them fits")
}

#[test]
fn numbers_of_people() {
    const FORMAT: (u16, &str, &str) = (400, "id-format", "Ugyldig personidentifikator");
    const UKJENT: (u16, &str, &str) = (404, "person-unknown", "Fant ingen person for forespurt identifikator");
    let town = town();
    let real = looks_real();
    for (id, (status, key, melding)) in [
        ("123", FORMAT),
        ("abcdefghijk", FORMAT),
        ("229091956361", FORMAT),
        ("2290919563", FORMAT),
        ("2290919563x", FORMAT),
        ("22909195637", UKJENT),
        ("00909195636", UKJENT),
        ("22909195636", UKJENT),
        (real.as_str(), (404, "person-unknown-real-shaped", UKJENT.2)),
    ] {
        for pakke in PAKKER {
            refused(look_up_in(&town, pakke, id, "", &HeaderMap::new()), status, key, melding);
        }
    }
}

#[test]
fn an_ended_number_gives_the_person_it_was_of() {
    let spec = crate::population::Spec { size: 1_500, ..Default::default() };
    let town = Town::new(Arc::new(crate::population::generate(&spec).expect("a town")));
    let mut kinds = std::collections::BTreeSet::new();
    for row in &town.base.tidligere_nummer {
        let ended = row.nummer.to_string();
        let (status, _, person) = told(look_up(&town, &ended, "part=historikk&part=navn", &HeaderMap::new()));
        let numbers: Vec<(&Value, &Value)> = person["identifikasjonsnummer"]
            .as_array()
            .expect("numbers")
            .iter()
            .map(|entry| (&entry["foedselsEllerDNummer"], &entry["status"]))
            .collect();
        let now = number(&town, row.person);
        assert_eq!(status, 200);
        assert!(numbers.contains(&(&json!(ended), &json!("opphoert"))), "{numbers:?}");
        assert!(numbers.contains(&(&json!(now), &json!("iBruk"))), "{numbers:?}");
        // In a bulk look-up it is answered under the number in force, or as ordered with a message.
        let body = json!({"foedselsEllerDNummer": [ended, now]}).to_string();
        let bulk = |parts: &str| told(rules::bulk(&town, &OMH, &query(parts), &HeaderMap::new(), body.as_bytes())).2;
        let loose = bulk("part=navn");
        assert_eq!(
            (loose["oppslag"].as_array().map(Vec::len), &loose["oppslag"][0]["foedselsEllerDNummer"]),
            (Some(1), &json!(now))
        );
        let ordered = bulk("part=navn&somBestilt=true");
        assert!(
            ordered["oppslag"][0]["feilmelding"].is_object()
                && ordered["oppslag"][1]["folkeregisterperson"].is_object()
        );
        kinds.insert(row.grunn);
    }
    assert_eq!(kinds.len(), 3, "{kinds:?}");
}

#[test]
fn parts_and_forms() {
    let town = town();
    let kari = number(&town, rolle::KARI);
    let ask = |pakke, parts: &str, accept: &str| {
        let accept = if accept.is_empty() { HeaderMap::new() } else { headers(&[("accept", accept)]) };
        look_up_in(&town, pakke, &kari, parts, &accept)
    };
    for parts in ["part=foo", "part=navn-historikk", "part=navn&part=preferertKontaktadresse", "part=navn,foo"] {
        refused(ask(&OMH, parts, ""), 400, "part-unknown", "Ugyldig verdi for part");
        let thin = json!({"alvorlighetsgrad": "ERROR", "feilkode": "FREG-001", "feilmelding": "Ugyldig verdi for part",
            "httpStatus": 406});
        assert_eq!(told(ask(&OUH, parts, "")), (406, "part-unknown".to_owned(), thin));
    }
    let nothing = told(ask(&OMH, "", ""));
    assert_eq!(nothing, told(ask(&OMH, "part=", "")), "no part at all");
    assert_eq!(nothing, told(ask(&OMH, "part=person-basis", "*/*")));
    let (status, _, left_out) = told(ask(&OUH, "part=familierelasjon&part=navn", ""));
    assert_eq!((status, left_out.as_object().map(|person| person.len())), (200, Some(2)), "{left_out}");
    for accept in ["text/html", "application/pdf", "text/plain", "application/atom+xml"] {
        refused(ask(&OMH, "", accept), 406, "accept", "Ikke støttet medietype i Accept");
    }
}

#[test]
fn positions_in_the_feed() {
    let town = town();
    for text in ["", "seq=", "seq=abc", "seq=-1", "seq=1.5", "seq=1&seq=2", "seq=99999999999999999999"] {
        for pakke in PAKKER {
            let answer = rules::feed(&town, pakke, &query(text), &HeaderMap::new(), FEED);
            refused(answer, 400, "seq-format", "Ugyldig eller manglende sekvensnummer");
        }
    }
    for pakke in PAKKER {
        let beyond = format!("seq={}", town.feed_len_for(pakke.lesere) + 1);
        let answer = told(rules::feed(&town, pakke, &query(&beyond), &HeaderMap::new(), FEED));
        assert_eq!(answer, (200, String::new(), json!([])), "{}", pakke.id);
    }
    refused(
        rules::feed(&town, &OMH, &query("seq=1"), &headers(&[("accept", "text/html")]), FEED),
        406,
        "accept",
        "Ikke støttet medietype i Accept",
    );
}

#[test]
fn documents() {
    let town = town();
    let event = |id: &str| rules::event(&town, id, &HeaderMap::new());
    let archive = |id: &str| rules::archive(&town, id, &query(""), &HeaderMap::new());
    for id in ["xyz", "0", &"0".repeat(31), &"0".repeat(33), &"g".repeat(32)] {
        refused(event(id), 400, "doc-format", "Ugyldig dokumentidentifikator");
        refused(archive(id), 400, "doc-format", "Ugyldig dokumentidentifikator");
    }
    let row = town.feed_row(1).expect("something happened");
    for (answer, what) in [
        (event(&"0".repeat(32)), "no document"),
        (event(&row.persondokument.to_string()), "a person document"),
        (archive(&row.hendelsesdokument.to_string()), "an event document"),
    ] {
        assert_eq!(told(answer), (404, "doc-unknown".to_owned(), standard("Fant ikke dokumentet")), "{what}");
    }
}

#[test]
fn bodies_of_bulk_look_ups() {
    const SIZE: (&str, &str) = ("bulk-size", "Antall identifikatorer må være fra 1 til 1000");
    const FORM: (&str, &str) = ("bulk-format", "Ugyldig forespørsel");
    let town = town();
    let kari = number(&town, rolle::KARI);
    let many = |count: usize| json!({"foedselsEllerDNummer": vec![&kari; count]}).to_string();
    for (body, (key, melding)) in [
        (many(0), SIZE),
        (many(1001), SIZE),
        ("<bestilling/>".to_owned(), SIZE),
        (r#"{"foedselsEllerDNummer": [1]}"#.to_owned(), FORM),
        (r#"{"foedselsEllerDNummer": ["1", null]}"#.to_owned(), FORM),
        (r#"{"personer": []}"#.to_owned(), FORM),
        ("{".to_owned(), FORM),
        ("<!DOCTYPE a [<!ENTITY b \"c\">]><a/>".to_owned(), FORM),
        (r#"{"foedselsEllerDNummer": ["123"]}"#.to_owned(), ("id-format", "Ugyldig personidentifikator")),
        ("garbage".to_owned(), ("content-type", "Ugyldig forespørsel")),
        (String::new(), ("content-type", "Ugyldig forespørsel")),
    ] {
        refused(rules::bulk(&town, &OMH, &query(""), &HeaderMap::new(), body.as_bytes()), 400, key, melding);
    }
    for (count, accept, status) in [(1_000, "application/json", 200), (1, "text/html", 406)] {
        let asked = headers(&[("accept", accept)]);
        let answer = rules::bulk(&town, &OMH, &query("part=navn"), &asked, many(count).as_bytes());
        assert_eq!(finish(answer).status(), status);
    }
    let ids = |list: Value| json!({ "dokumentidentifikator": list }).to_string();
    for (body, key) in [
        (ids(json!([])), "bulk-size"),
        (ids(json!(vec!["0".repeat(32); 1001])), "bulk-size"),
        (ids(json!([5])), "bulk-format"),
        (ids(json!(["xyz"])), "doc-format"),
    ] {
        assert_eq!(refusal(rules::event_bulk(&town, &HeaderMap::new(), body.as_bytes())), (400, key.to_owned()));
        let people = rules::archive_bulk(&town, &query(""), &HeaderMap::new(), body.as_bytes());
        assert_eq!(refusal(people), (400, key.to_owned()));
    }
}

#[test]
fn what_is_older_than_three_years_is_gone() {
    let mut base = TestTown::eksempel();
    base.feed = std::sync::OnceLock::from(derive::base_feed(&base).to_vec());
    let later = base.header.start.plus_millis(3 * 366 * 86_400_000);
    base.header.start = later;
    let town = Town::new(Arc::new(base));
    assert_eq!(
        refusal(rules::feed(&town, &OMH, &query("seq=1"), &HeaderMap::new(), FEED)),
        (406, "seq-expired".into())
    );
    let row = town.feed_row(1).unwrap();
    let (event, person) = (row.hendelsesdokument.to_string(), row.persondokument.to_string());
    refused(rules::event(&town, &event, &HeaderMap::new()), 400, "doc-expired", "Dokumentet er slettet");
    let archived = rules::archive(&town, &person, &query(""), &HeaderMap::new());
    refused(archived, 400, "doc-expired", "Dokumentet er slettet");
}
