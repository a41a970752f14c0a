//! Whom a log-in is on behalf of, in refreshed tokens, in introspection and in pushed requests (`specs/eid.md` §3.9, §4.2).

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::super::tests::{CB, basic, exchange, redirected, request};
use super::super::{authorize, introspect, par, token};
use super::tests::{RESOURCE, ansattporten, details, pid, tokens, town};
use crate::access::fixture::body;
use crate::access::fixture_roller::{BYGG, orgnr};
use crate::keys::Jws;
use crate::observe::Note;
use crate::town::model::tests_town::rolle::KARI;

/// The answer of an endpoint.
pub(super) async fn answered(response: axum::response::Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, body(response).await)
}

#[tokio::test]
async fn who_is_represented_stays_in_refreshed_tokens_and_is_told_to_whoever_introspects() {
    let visit = town();
    let desk = ansattporten(&visit);
    let wanted = details(RESOURCE, &["a"], &json!({}));
    let hint = format!("testid:{}_high_{}", pid(&visit, KARI), orgnr(BYGG));
    let changes = [("authorization_details", wanted.as_str()), ("scope", "openid innsyn:les")];
    let [answer, _, access] = tokens(&desk, "fornyer", &hint, &changes).await;
    let details = answer["authorization_details"].clone();
    assert_eq!((details.as_array().unwrap().len(), &access["authorization_details"]), (1, &details));
    let secret = basic("fornyer", "hemmelig");
    let form = format!("grant_type=refresh_token&refresh_token={}", answer["refresh_token"].as_str().unwrap());
    let (status, again) = answered(token::answer(&desk, &secret, form.as_bytes(), &mut Note::default()).await).await;
    assert_eq!((status, &again["authorization_details"]), (200, &details), "{again}");
    let refreshed = Jws::parse(again["access_token"].as_str().unwrap()).unwrap();
    assert_eq!(refreshed.claims["authorization_details"], details);
    for text in [&answer["access_token"], &again["access_token"]] {
        let form = format!("token={}", text.as_str().unwrap());
        let told = introspect::answer(&desk, &basic("innsyn", "hemmelig"), form.as_bytes(), &mut Note::default());
        let (status, told) = answered(told).await;
        assert_eq!((status, &told["active"], &told["authorization_details"]), (200, &json!(true), &details));
    }
}

#[tokio::test]
async fn a_pushed_request_asks_for_representation_too() {
    let visit = town();
    let desk = ansattporten(&visit);
    let push = async |wanted: &str| {
        let hint = format!("testid:{}_high_{}", pid(&visit, KARI), orgnr(BYGG));
        let query = request("fagsystem", &[("authorization_details", wanted), ("login_hint", &hint)]);
        let secret = basic("fagsystem", "hemmelig");
        answered(par::answer(&desk, &secret, query.as_bytes(), &mut Note::default())).await
    };
    let (status, refused) = push(r#"[{"type":"ansattporten:altinn:resource"}]"#).await;
    assert_eq!((status, &refused["error"]), (400, &json!("invalid_authorization_details")));
    let (status, pushed) = push(&details(RESOURCE, &["a"], &json!({}))).await;
    assert_eq!(status, 201, "{pushed}");
    let uri = pushed["request_uri"].as_str().unwrap();
    assert!(uri.starts_with("urn:ansattporten:"), "{uri}");
    let query = format!("client_id=fagsystem&request_uri={}", crate::access::escape(uri));
    let none = HeaderMap::new();
    let path = "/ansattporten/authorize";
    let response = authorize::answer(&desk, path, &none, query.as_bytes(), false, &mut Note::default()).await;
    let code = redirected(&response, CB).get("code").expect("a code").to_owned();
    let form = exchange(&code, &[]);
    let answer = token::answer(&desk, &basic("fagsystem", "hemmelig"), form.as_bytes(), &mut Note::default()).await;
    let named = &body(answer).await["authorization_details"][0]["authorized_parties"][0]["name"];
    assert_eq!(named, "FJORD BYGG AS");
}
