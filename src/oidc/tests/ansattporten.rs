//! Where Ansattporten differs from ID-porten (`specs/eid.md` §4).

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use super::super::desk::Desk;
use super::super::{authorize, discovery, login, token, userinfo};
use super::{CB, basic, exchange, form_header, redirected, request};
use crate::access::Visit;
use crate::access::fixture::{KARI, body, later, orgnr, pid, text, visit};
use crate::keys::{Algorithm, Issuer, Jws};
use crate::observe::Note;
use crate::services::ansattporten::PROVIDER;
use crate::town::state::{Klient, Tjeneste};

const ISSUER: &str = "http://localhost:2983/ansattporten";

fn klienter() -> Vec<Klient> {
    let client = |id: &str| Klient {
        tjeneste: Tjeneste::Ansattporten,
        ..Klient::idporten(id, id, orgnr(), &[CB]).with_secret("hemmelig")
    };
    let citizens = Klient::idporten("innbygger", "I", orgnr(), &[CB]).with_secret("hemmelig");
    vec![client("fagsystem"), client("annet"), Klient { pkce: false, ..client("uten-pkce") }, citizens]
}

fn desk(visit: &Visit) -> Desk {
    Desk::at(&PROVIDER, visit.clone())
}

async fn ask(visit: &Visit, query: &str, headers: &HeaderMap) -> Response {
    authorize::answer(&desk(visit), "/ansattporten/authorize", headers, query.as_bytes(), false, &mut Note::default())
        .await
}

/// `page`, `login`, `501`, `code` or an error code.
async fn outcome(visit: &Visit, client: &str, changes: &[(&str, &str)], headers: &HeaderMap) -> String {
    let response = ask(visit, &request(client, changes), headers).await;
    match response.status() {
        StatusCode::OK => "login".into(),
        StatusCode::NOT_IMPLEMENTED => "501".into(),
        StatusCode::BAD_REQUEST => "page".into(),
        _ => redirected(&response, CB).get("error").unwrap_or("code").to_owned(),
    }
}

#[tokio::test]
async fn row_9_state_nonce_and_pkce_are_demanded_of_every_client() {
    let visit = visit(&klienter());
    let resource = r#"[{"type":"ansattporten:altinn:resource","resource":"urn:altinn:resource:x"}]"#;
    let citizen = r#"[{"type":"idporten:fullmakt","permission_roles":["arbeid"]}]"#;
    for (client, changes, expected) in [
        ("fagsystem", vec![], "login"),
        ("fagsystem", vec![("state", "")], "invalid_request"),
        ("fagsystem", vec![("nonce", "")], "invalid_request"),
        ("uten-pkce", vec![("code_challenge", "")], "invalid_request"),
        ("uten-pkce", vec![], "login"),
        ("innbygger", vec![], "page"),
        ("fagsystem", vec![("acr_values", "substantial")], "login"),
        ("fagsystem", vec![("acr_values", "high entraid")], "login"),
        ("fagsystem", vec![("acr_values", "entraid")], "login"),
        ("fagsystem", vec![("acr_values", "idporten-loa-high")], "invalid_request"),
        ("fagsystem", vec![("authorization_details", resource)], "login"),
        ("fagsystem", vec![("authorization_details", citizen)], "invalid_authorization_details"),
    ] {
        assert_eq!(outcome(&visit, client, &changes, &HeaderMap::new()).await, expected, "{client} {changes:?}");
    }
}

#[tokio::test]
async fn a_session_serves_the_same_client_and_no_other() {
    let visit = visit(&klienter());
    let page = text(ask(&visit, &request("fagsystem", &[]), &HeaderMap::new()).await).await;
    assert!(page.contains("value=\"substantial\"") && !page.contains("idporten-loa"), "{page}");
    let id = page.split("name=\"innlogging\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let form = format!("innlogging={id}&pid={}&acr=high&amr=TestID&action=login", pid(&visit, KARI));
    let elsewhere = Desk::at(&crate::services::idporten::PROVIDER, visit.clone());
    let foreign = login::choose(&elsewhere, &form_header(), form.as_bytes(), &mut Note::default()).await;
    assert_eq!(foreign.status(), StatusCode::BAD_REQUEST, "a login page of another service");
    let response = login::choose(&desk(&visit), &form_header(), form.as_bytes(), &mut Note::default()).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let set = response.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(set.starts_with("byteby_2983_main_ansattporten=") && set.contains("Path=/ansattporten;"), "{set}");
    let cookie = set.split(';').next().unwrap().to_owned();
    let headers = HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())]);
    assert_eq!(outcome(&visit, "fagsystem", &[("prompt", "none")], &headers).await, "code");
    assert_eq!(outcome(&visit, "annet", &[("prompt", "none")], &headers).await, "login_required");
    // Thirty minutes between two requests, two hours from the log-in.
    for (seconds, expected) in
        [(1_799, "code"), (3_598, "code"), (5_397, "code"), (7_196, "code"), (7_200, "login_required")]
    {
        let then = later(&visit, seconds);
        assert_eq!(outcome(&then, "fagsystem", &[("prompt", "none")], &headers).await, expected, "{seconds}");
    }
    // The same value in the other service's cookie is nobody's session.
    let stolen = cookie.replace("_ansattporten=", "_idporten=");
    let headers = HeaderMap::from_iter([(header::COOKIE, stolen.parse().unwrap())]);
    let query = request("innbygger", &[("prompt", "none")]);
    let mut note = Note::default();
    let path = "/idporten/authorize";
    let response = authorize::answer(&elsewhere, path, &headers, query.as_bytes(), false, &mut note).await;
    assert_eq!(redirected(&response, CB).get("error"), Some("login_required"));
}

#[tokio::test]
async fn tokens_are_its_own_and_carry_the_full_name() {
    let visit = visit(&klienter());
    let hint = format!("testid:{}_high", pid(&visit, KARI));
    let code = async || {
        let response = ask(&visit, &request("fagsystem", &[("login_hint", &hint)]), &HeaderMap::new()).await;
        let params = redirected(&response, CB);
        assert_eq!(params.get("iss"), Some(ISSUER));
        params.get("code").unwrap().to_owned()
    };
    let secret = basic("fagsystem", "hemmelig");
    let form = exchange(&code().await, &[]);
    let elsewhere = Desk::at(&crate::services::idporten::PROVIDER, visit.clone());
    let foreign = token::answer(&elsewhere, &secret, form.as_bytes(), &mut Note::default()).await;
    assert_eq!(foreign.status(), StatusCode::UNAUTHORIZED, "its clients are not the other service's");
    let citizens = basic("innbygger", "hemmelig");
    let foreign = token::answer(&elsewhere, &citizens, form.as_bytes(), &mut Note::default()).await;
    assert_eq!(body(foreign).await["error"], "invalid_grant", "nor its codes");
    let answer = body(token::answer(&desk(&visit), &secret, form.as_bytes(), &mut Note::default()).await).await;
    let jws = Jws::parse(answer["id_token"].as_str().unwrap()).unwrap();
    let ring = visit.state.ring();
    assert_eq!(jws.verify(ring.key(Issuer::Ansattporten).public(), &[Algorithm::Rs256]), Ok(()));
    assert!(jws.verify(ring.key(Issuer::Idporten).public(), &[Algorithm::Rs256]).is_err());
    assert_eq!((&jws.claims["iss"], &jws.claims["acr"]), (&json!(ISSUER), &json!("high")));
    assert_eq!((&jws.claims["name"], &jws.claims["pid"]), (&json!("KARI FJORD"), &json!(pid(&visit, KARI))));
    let access = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, access.parse().unwrap())]);
    assert_eq!(userinfo::userinfo(&desk(&visit), "GET", &headers, &mut Note::default()).status(), StatusCode::OK);
    let foreign = userinfo::userinfo(&elsewhere, "GET", &headers, &mut Note::default());
    assert_eq!(foreign.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn discovery_names_its_own_levels_and_types() {
    let document = discovery::discovery(&desk(&visit(&[])));
    assert_eq!(document["issuer"], ISSUER);
    assert_eq!(document["authorization_endpoint"], format!("{ISSUER}/authorize"));
    assert_eq!(document["acr_values_supported"], json!(["substantial", "high", "entraid"]));
    assert_eq!(document["authorization_details_types_supported"].as_array().unwrap().len(), 3);
}
