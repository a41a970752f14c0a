//! What clients see of the contact register.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::faults::Feil;
use super::rules::{Innsyn, Versjon, look_up};
use crate::access::BearerFault;
use crate::base::OriginKey;
use crate::town::decide::KontaktCommand;
use crate::town::model::tests_town::{TestTown, rolle};
use crate::town::model::{PersonId, PersonKey, Personstatus};
use crate::town::{Cause, Command, Town, apply, decide};

const ALT: Innsyn = Innsyn { kontaktinformasjon: true, digitalpost: true };

fn town() -> Town {
    Town::new(Arc::new(TestTown::eksempel()))
}

fn number(town: &Town, id: PersonId) -> String {
    town.person(id).nummer().to_string()
}

fn body_of(response: axum::response::Response) -> Value {
    let collected = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(async { response.into_body().collect().await.unwrap().to_bytes() });
    serde_json::from_slice(&collected).unwrap()
}

fn ask(town: &Town, versjon: Versjon, innsyn: Innsyn, body: &Value) -> Value {
    let (response, _) = look_up(town, versjon, innsyn, body.to_string().as_bytes()).expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    body_of(response)["personer"].take()
}

fn one(town: &Town, id: PersonId, innsyn: Innsyn) -> Value {
    let answer = ask(town, Versjon::V1, innsyn, &json!({"personidentifikatorer": [number(town, id)]}));
    answer[0].clone()
}

#[test]
fn a_registered_citizen_has_every_field_and_no_null() {
    let town = town();
    let kari = one(&town, rolle::KARI, ALT);
    let keys: Vec<&String> = kari.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "personidentifikator",
            "reservasjon",
            "reservasjon_oppdatert",
            "status",
            "varslingsstatus",
            "kontaktinformasjon",
            "digital_post",
            "spraak",
            "spraak_oppdatert",
        ]
    );
    assert_eq!(
        (&kari["reservasjon"], &kari["status"], &kari["varslingsstatus"], &kari["spraak"]),
        (&json!("NEI"), &json!("AKTIV"), &json!("KAN_VARSLES"), &json!("nb"))
    );
    let contact = &kari["kontaktinformasjon"];
    assert!(contact["mobiltelefonnummer"].as_str().unwrap().starts_with("+4749"));
    assert!(contact["epostadresse"].as_str().unwrap().ends_with("@innbygger.example"));
    let time = contact["epostadresse_oppdatert"].as_str().unwrap();
    assert!(time.len() == 22 && (time.ends_with("+01") || time.ends_with("+02")), "{time}");
    let mailbox = &kari["digital_post"];
    assert!(mailbox["postkasseadresse"].as_str().unwrap().starts_with("kari.nordas#9"), "{mailbox}");
    assert_eq!(mailbox["postkasseleverandoeradresse"], "314099885");
}

#[test]
fn scopes_decide_what_is_seen_but_reservation_always_is() {
    let town = town();
    let contact_only = one(&town, rolle::KARI, Innsyn { kontaktinformasjon: true, digitalpost: false });
    assert!(contact_only.get("digital_post").is_none() && contact_only.get("kontaktinformasjon").is_some());
    let post_only = one(&town, rolle::OLA, Innsyn { kontaktinformasjon: false, digitalpost: true });
    for hidden in ["kontaktinformasjon", "varslingsstatus", "spraak"] {
        assert!(post_only.get(hidden).is_none(), "{hidden}");
    }
    assert_eq!(post_only["reservasjon"], "JA");
    let scopes = |names: &[&str]| Innsyn::of(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    assert_eq!(scopes(&["krr:global/kontaktinfo.read", "krr:global/digitalpost.read"]), ALT);
    assert_eq!(scopes(&["openid"]), Innsyn { kontaktinformasjon: false, digitalpost: false });
}

#[test]
fn reserved_expired_deleted_and_missing_people() {
    let mut town = town();
    let ola = one(&town, rolle::OLA, ALT);
    assert_eq!((&ola["reservasjon"], &ola["varslingsstatus"]), (&json!("JA"), &json!("KAN_IKKE_VARSLES")));
    assert!(ola["reservasjonstidspunkt"].is_string() && ola["kontaktinformasjon"].is_object());
    let piotr = one(&town, rolle::PIOTR, ALT);
    assert_eq!((&piotr["status"], &piotr["varslingsstatus"]), (&json!("AKTIV"), &json!("KAN_IKKE_VARSLES")));
    assert!(piotr["kontaktinformasjon"]["epostadresse"].is_string(), "expired data is returned with its dates");
    let nora = one(&town, rolle::NORA, ALT);
    assert_eq!(
        nora,
        json!({"personidentifikator": number(&town, rolle::NORA), "reservasjon": "NEI", "status": "IKKE_REGISTRERT",
            "varslingsstatus": "KAN_IKKE_VARSLES"})
    );
    let base = Arc::get_mut(&mut town.base).expect("the only owner");
    base.personer.status[rolle::ASTRID.index()] = Personstatus::Doed;
    let astrid = one(&town, rolle::ASTRID, ALT);
    assert_eq!((&astrid["status"], &astrid["varslingsstatus"]), (&json!("SLETTET"), &json!("KAN_IKKE_VARSLES")));
    assert!(astrid.get("kontaktinformasjon").is_none() && astrid.get("spraak").is_none());
}

#[test]
fn version_two_leaves_out_who_is_not_registered_unless_asked() {
    let town = town();
    let (kari, nora) = (number(&town, rolle::KARI), number(&town, rolle::NORA));
    let asked = json!([nora, kari, "22909195637", "12345", kari]);
    for (versjon, extra, expected) in [
        (Versjon::V2, json!(false), vec![kari.as_str()]),
        (Versjon::V2, json!(true), vec![&nora, &kari, "22909195637", "12345"]),
        (Versjon::V1, json!(false), vec![&nora, &kari, "22909195637", "12345"]),
    ] {
        let answer =
            ask(&town, versjon, ALT, &json!({"personidentifikatorer": asked, "inkluderIkkeRegistrerte": extra}));
        let got: Vec<&str> =
            answer.as_array().unwrap().iter().map(|row| row["personidentifikator"].as_str().unwrap()).collect();
        assert_eq!(got, expected, "{versjon:?} {extra}");
    }
}

#[test]
fn a_reservation_in_the_world_shows_at_once() {
    let mut town = town();
    let key = PersonKey::Base(rolle::KARI.0);
    let cause = Cause { origin: OriginKey::of("test", &[b"reservasjon"]), what: "test".into(), parent: None };
    let command = Command::Kontakt(KontaktCommand::Reservasjon { person: key, reservert: true });
    for event in decide(&town, &command, &cause).expect("may reserve") {
        apply(&mut town, &event);
    }
    let kari = one(&town, rolle::KARI, ALT);
    assert_eq!(kari["reservasjon"], "JA");
    assert_eq!(kari["reservasjonstidspunkt"], "2027-01-04T08:00:00+01");
    assert_eq!(kari["varslingsstatus"], "KAN_IKKE_VARSLES");
}

#[test]
fn bad_requests_have_the_body_of_the_register() {
    let town = town();
    let many = json!({"personidentifikatorer": vec!["22909195636"; 1001]}).to_string();
    let limit = json!({"personidentifikatorer": vec!["22909195636"; 1000]}).to_string();
    assert!(look_up(&town, Versjon::V2, ALT, limit.as_bytes()).is_ok());
    for (body, feil, status, error) in [
        (r#"{"personidentifikatorer": []}"#, Feil::Antall, 400, "Bad Request"),
        (many.as_str(), Feil::Antall, 400, "Bad Request"),
        ("<xml/>", Feil::Format, 400, "Bad Request"),
        (r#"{"fnr": "1"}"#, Feil::Format, 400, "Bad Request"),
    ] {
        let got = look_up(&town, Versjon::V2, ALT, body.as_bytes()).map(|_| ()).expect_err("a refusal");
        assert_eq!(got, feil);
        let response = got.into_response();
        assert_eq!(response.status().as_u16(), status);
        let body = body_of(response);
        assert_eq!((&body["status"], &body["error"]), (&json!(status), &json!(error)));
        assert!(body["message"].is_string());
    }
    for (fault, status) in [(BearerFault::Missing, 401), (BearerFault::Expired, 401), (BearerFault::WrongScope, 403)] {
        assert_eq!(Feil::Token(fault).into_response().status().as_u16(), status, "{fault:?}");
    }
}
