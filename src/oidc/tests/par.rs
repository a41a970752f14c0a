//! Pushed requests (§3.5, §9 rows 15 and 22) and signed responses (§3.3), and what rides on them: `onbehalfof`,
//! `dpop_jkt`.

use axum::http::StatusCode;
use serde_json::json;

use super::stage::{claims, push, secret, tokens, town};
use super::{CB, ask, form_header, hint, klienter, redirected, request};
use crate::access::fixture::{KARI, later, pid, visit, world_later};
use crate::access::{Visit, escape};
use crate::town::state::Bryter;

async fn pushed(visit: &Visit, client: &str, changes: &[(&str, &str)]) -> String {
    let (status, answer) = push(visit, &secret(client), &request(client, changes)).await;
    assert_eq!((status, &answer["expires_in"]), (201, &json!(120)), "{answer}");
    answer["request_uri"].as_str().unwrap().to_owned()
}

fn fetch(client: &str, uri: &str) -> String {
    format!("client_id={client}&request_uri={}", escape(uri))
}

/// Row 15.
#[tokio::test]
async fn row_15_a_pushed_request_is_fetched_once_by_its_client_within_120_seconds() {
    let visit = visit(&klienter());
    let login = hint(&pid(&visit, KARI));
    let changes = [("login_hint", login.as_str())];
    let uri = pushed(&visit, "app", &changes).await;
    assert!(uri.starts_with("urn:idporten:") && uri.len() == "urn:idporten:".len() + 43, "{uri}");
    for query in [
        fetch("alene", &uri),
        fetch("ukjent", &uri),
        format!("request_uri={}", escape(&uri)),
        format!("{}&request_uri=x", fetch("app", &uri)),
        format!("{}&client_id=app", fetch("app", &uri)),
        fetch("app", "urn:idporten:"),
        fetch("app", &format!("{uri}x")),
        fetch("app", &uri.replace("urn:idporten:", "urn:ansattporten:")),
    ] {
        assert_eq!(ask(&visit, &query).await.status(), StatusCode::BAD_REQUEST, "{query}");
    }
    // What else the browser carries is not looked at, however wrong.
    let query = format!("{}&scope=x&scope=y&state=%0a&response_mode=fragment", fetch("app", &uri));
    let params = redirected(&ask(&visit, &query).await, CB);
    assert!(params.get("code").is_some() && params.get("state") == Some("s t"));
    assert_eq!(ask(&visit, &fetch("app", &uri)).await.status(), StatusCode::BAD_REQUEST, "used");
    for (then, good) in [
        (later(&visit, 119), true),
        (later(&visit, 120), false),
        (world_later(&visit, 119), true),
        (world_later(&visit, 120), false),
    ] {
        let uri = pushed(&visit, "app", &changes).await;
        let expected = if good { StatusCode::FOUND } else { StatusCode::BAD_REQUEST };
        assert_eq!(ask(&then, &fetch("app", &uri)).await.status(), expected);
    }
}

/// Row 22: what authorize would send back to the app, PAR answers as JSON.
#[tokio::test]
async fn row_22_errors_of_a_pushed_request_are_json() {
    let visit = town();
    let short = "a".repeat(42);
    for (changes, error) in [
        (vec![("redirect_uri", "")], "invalid_request"),
        (vec![("redirect_uri", "https://app.example/annet")], "invalid_request"),
        (vec![("response_type", "")], "invalid_request"),
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("response_mode", "fragment")], "invalid_request"),
        (vec![("scope", "")], "invalid_scope"),
        (vec![("scope", "openid ukjent:scope")], "invalid_scope"),
        (vec![("code_challenge", "")], "invalid_request"),
        (vec![("code_challenge", &short)], "invalid_request"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("state", "a\n")], "invalid_request"),
        (vec![("nonce", "a\u{7f}")], "invalid_request"),
        (vec![("prompt", "none login")], "invalid_request"),
        (vec![("max_age", "-1")], "invalid_request"),
        (vec![("acr_values", "Level4")], "invalid_request"),
        (vec![("request", "x")], "request_not_supported"),
        (vec![("request_uri", "https://app.example/r")], "invalid_request"),
        (vec![("request_uri", "urn:idporten:x")], "invalid_request"),
        (vec![("authorization_details", "x")], "invalid_authorization_details"),
        (vec![("resource", "/x")], "invalid_target"),
        (vec![("onbehalfof", "x")], "invalid_request"),
        (vec![("login_hint", "testid:1_x")], "invalid_request"),
        (vec![("dpop_jkt", "x")], "invalid_request"),
    ] {
        let (status, answer) = push(&visit, &secret("app"), &request("app", &changes)).await;
        assert_eq!((status, answer["error"].as_str().unwrap()), (400, error), "{changes:?}");
    }
    let doubled = format!("{}&scope=openid", request("app", &[]));
    let (status, answer) = push(&visit, &secret("app"), &doubled).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_request")));
    for (headers, form, expected) in [
        (super::basic("app", "feil"), request("app", &[]), (401, "invalid_client")),
        (form_header(), request("app", &[]), (401, "invalid_client")),
        (secret("app"), request("alene", &[]), (400, "invalid_request")),
        (axum::http::HeaderMap::new(), request("offentlig", &[]), (400, "invalid_request")),
    ] {
        let (status, answer) = push(&visit, &headers, &form).await;
        assert_eq!((status, answer["error"].as_str().unwrap()), expected, "{form}");
    }
    // Basic names the client, so the form need not; a public client names itself.
    assert_eq!(push(&visit, &secret("app"), &request("app", &[("client_id", "")])).await.0, 201);
    assert_eq!(push(&visit, &form_header(), &request("offentlig", &[])).await.0, 201);
}

#[tokio::test]
async fn a_pushed_request_goes_through_to_a_signed_answer() {
    let visit = town();
    let login = hint(&pid(&visit, KARI));
    let uri = pushed(&visit, "app", &[("login_hint", &login), ("response_mode", "query.jwt")]).await;
    let response = ask(&visit, &fetch("app", &uri)).await;
    let answer = crate::keys::Jws::parse(redirected(&response, CB).get("response").unwrap()).unwrap().claims;
    let names: Vec<&str> = answer.keys().map(String::as_str).collect();
    assert_eq!(names, ["iss", "aud", "exp", "code", "state"]);
    // What is wrong only in the browser goes back signed as well.
    let uri = pushed(&visit, "app", &[("prompt", "none"), ("response_mode", "form_post.jwt")]).await;
    let page = crate::access::fixture::text(ask(&visit, &fetch("app", &uri)).await).await;
    assert!(page.contains("name=\"response\"") && !page.contains("login_required"), "{page}");
}

/// Row 18 and §3.10.
#[tokio::test]
async fn row_18_a_sub_client_is_registered_and_named_in_the_id_token() {
    let visit = town();
    for (id, good) in [("kommune-a", true), ("Kommune-a", false), ("nedlagt", false), ("x", false)] {
        let (status, answer) = push(&visit, &secret("fornyer"), &request("fornyer", &[("onbehalfof", id)])).await;
        let expected = if good { 201 } else { 400 };
        assert_eq!(status, expected, "{id} {answer}");
    }
    let answer = tokens(&visit, "fornyer", &[("onbehalfof", "kommune-a")]).await;
    let id = claims(&answer["id_token"]);
    assert_eq!((&id["client_onbehalfof"], id.get("aud_onbehalfof")), (&json!("kommune-a"), None));
    assert!(!claims(&answer["access_token"]).contains_key("client_onbehalfof"), "no more rights for that");
    let both = super::stage::on(&visit, Bryter::OnbehalfofBothNames);
    let id = claims(&tokens(&both, "fornyer", &[("onbehalfof", "kommune-a")]).await["id_token"]);
    assert_eq!((&id["client_onbehalfof"], &id["aud_onbehalfof"]), (&json!("kommune-a"), &json!("kommune-a")));
}
