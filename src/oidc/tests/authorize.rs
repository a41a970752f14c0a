//! `/authorize`: where each error goes, and what passes right beside it.

use axum::http::StatusCode;
use serde_json::json;

use super::{CB, ISSUER, ask, hint, hinted, klienter, redirected, request};
use crate::access::Visit;
use crate::access::fixture::{KARI, later, pid, text, visit, world_later};
use crate::keys::Issuer;

/// What a request leads to, in one word: `page`, `login`, `code`, an error code, or `501`.
pub(super) async fn outcome(visit: &Visit, query: &str) -> String {
    let response = ask(visit, query).await;
    match response.status() {
        StatusCode::BAD_REQUEST => {
            assert!(!hinted(&response).is_empty(), "an error page comes with a hint: {query}");
            let page = text(response).await;
            assert!(page.starts_with("<!doctype html>") && !page.to_lowercase().contains("byteby"), "{page}");
            "page".into()
        }
        StatusCode::OK => "login".into(),
        StatusCode::NOT_IMPLEMENTED => "501".into(),
        StatusCode::FOUND => {
            let params = redirected(&response, CB);
            assert_eq!(params.get("iss"), Some(ISSUER));
            if params.get("code").is_some() {
                return "code".into();
            }
            assert!(params.get("error_description").is_some());
            params.get("error").unwrap().into()
        }
        other => other.to_string(),
    }
}

#[tokio::test]
async fn a_machine_client_cannot_log_citizens_in() {
    let key = crate::keys::client_key();
    let jwk = key.public().to_jwk().to_string();
    let machine = crate::town::state::Klient::maskinporten(
        "maskin",
        "M",
        crate::access::fixture::orgnr(),
        key.kid(),
        &jwk,
        &["a:b"],
    );
    let visit = visit(&[machine]);
    assert_eq!(outcome(&visit, &request("maskin", &[])).await, "page");
}

#[tokio::test]
async fn rules_differ_with_the_registration() {
    let visit = visit(&klienter());
    assert_eq!(outcome(&visit, &request("app", &[("state", "")])).await, "login", "only public clients need state");
    assert_eq!(outcome(&visit, &request("app", &[("scope", "openid a:b")])).await, "login");
    assert_eq!(
        outcome(&visit, &request("uten-pkce", &[("code_challenge", ""), ("code_challenge_method", "")])).await,
        "login"
    );
    assert_eq!(outcome(&visit, &request("uten-pkce", &[("code_challenge_method", "plain")])).await, "invalid_request");
}

#[tokio::test]
async fn the_state_comes_back_letter_by_letter_and_a_doubled_one_does_not() {
    let visit = visit(&klienter());
    let state = r#"{"to": "/a?b=c&d", "x": "100%"}"#;
    let response = ask(&visit, &request("offentlig", &[("state", state), ("prompt", "none")])).await;
    assert_eq!(redirected(&response, CB).get("state"), Some(state));
    let doubled = format!("{}&state=other", request("offentlig", &[]));
    assert_eq!(redirected(&ask(&visit, &doubled).await, CB).get("state"), None);
}

#[tokio::test]
async fn a_posted_request_is_answered_with_see_other() {
    let visit = visit(&klienter());
    let form = request("offentlig", &[("login_hint", &hint(&pid(&visit, KARI)))]);
    let headers = axum::http::HeaderMap::new();
    let response = super::endpoint::answer(
        &super::desk(&visit),
        "/idporten/authorize",
        &headers,
        form.as_bytes(),
        true,
        &mut crate::observe::Note::default(),
    )
    .await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn each_response_mode_carries_the_same_answer() {
    let visit = visit(&klienter());
    let login_hint = hint(&pid(&visit, KARI));
    let with = |mode: &'static str| request("offentlig", &[("login_hint", &login_hint), ("response_mode", mode)]);
    let page = text(ask(&visit, &with("form_post")).await).await;
    assert!(
        page.contains(&format!("action=\"{CB}\"").replace('/', "&#47;")) || page.contains(&format!("action=\"{CB}\"")),
        "{page}"
    );
    for name in ["code", "state", "iss"] {
        assert!(page.contains(&format!("name=\"{name}\"")), "{page}");
    }
    let params = redirected(&ask(&visit, &with("query.jwt")).await, CB);
    let jws = crate::keys::Jws::parse(params.get("response").unwrap()).unwrap();
    let key = visit.state.ring().key(Issuer::Idporten).public();
    assert_eq!(jws.verify(key, &[crate::keys::Algorithm::Rs256]), Ok(()));
    let now = crate::access::fixture::WALL;
    assert_eq!((&jws.claims["aud"], &jws.claims["iss"]), (&json!("offentlig"), &json!(ISSUER)));
    assert_eq!((&jws.claims["exp"], &jws.claims["state"]), (&json!(now + 600), &json!("s t")));
    assert!(jws.claims.contains_key("code"));
    let refused = request("offentlig", &[("prompt", "none"), ("response_mode", "query.jwt")]);
    let params = redirected(&ask(&visit, &refused).await, CB);
    let jws = crate::keys::Jws::parse(params.get("response").unwrap()).unwrap();
    assert_eq!(jws.claims["error"], "login_required");
    let page = text(ask(&visit, &with("form_post.jwt")).await).await;
    assert!(page.contains("name=\"response\"") && !page.contains("name=\"code\""));
}

#[tokio::test]
async fn an_alias_in_the_path_carries_the_issuer_the_app_knows() {
    let browser = visit(&klienter());
    let app = Visit { base_url: "http://byteby:2983".into(), ..browser.clone() };
    let document = super::super::discovery::discovery(&super::desk(&app));
    assert_eq!(document["issuer"], "http://byteby:2983/idporten");
    assert_eq!(document["token_endpoint"], "http://byteby:2983/idporten/token");
    let endpoint = document["authorization_endpoint"].as_str().unwrap();
    let path = endpoint.strip_prefix("http://localhost:2983").unwrap();
    assert!(path.starts_with("/idporten/~") && path.ends_with("/authorize"), "{path}");
    let query = request("offentlig", &[("login_hint", &hint(&pid(&browser, KARI)))]);
    let ask = async |path: &str| {
        let headers = axum::http::HeaderMap::new();
        let mut note = crate::observe::Note::default();
        super::endpoint::answer(&super::desk(&browser), path, &headers, query.as_bytes(), false, &mut note).await
    };
    assert_eq!(redirected(&ask(path).await, CB).get("iss"), Some("http://byteby:2983/idporten"));
    assert_eq!(ask("/idporten/~nowhere/authorize").await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(ask("/idporten/nowhere/authorize").await.status(), StatusCode::BAD_REQUEST);
    let same = super::super::discovery::discovery(&super::desk(&browser));
    assert_eq!(same["authorization_endpoint"], format!("{ISSUER}/authorize"), "no alias where none is needed");
}

#[tokio::test]
async fn discovery_has_the_fields_of_the_contract() {
    let document = super::super::discovery::discovery(&super::desk(&visit(&[])));
    let names: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "issuer",
            "authorization_endpoint",
            "end_session_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "jwks_uri",
            "pushed_authorization_request_endpoint",
            "introspection_endpoint",
            "revocation_endpoint",
            "response_types_supported",
            "response_modes_supported",
            "grant_types_supported",
            "scopes_supported",
            "subject_types_supported",
            "acr_values_supported",
            "token_endpoint_auth_methods_supported",
            "token_endpoint_auth_signing_alg_values_supported",
            "id_token_signing_alg_values_supported",
            "authorization_signing_alg_values_supported",
            "code_challenge_methods_supported",
            "prompt_values_supported",
            "ui_locales_supported",
            "display_values_supported",
            "claims_parameter_supported",
            "request_parameter_supported",
            "request_uri_parameter_supported",
            "authorization_response_iss_parameter_supported",
            "frontchannel_logout_supported",
            "frontchannel_logout_session_supported",
            "backchannel_logout_supported",
            "backchannel_logout_session_supported",
            "dpop_signing_alg_values_supported",
            "authorization_details_types_supported",
        ]
    );
    for endpoint in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "end_session_endpoint"] {
        assert!(document[endpoint].as_str().unwrap().starts_with(ISSUER), "{endpoint}");
    }
    assert_eq!(document["jwks_uri"], format!("{ISSUER}/jwks.json"));
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(document["prompt_values_supported"], json!(["consent", "login", "none"]));
    assert_eq!(document["acr_values_supported"].as_array().unwrap().len(), 7);
    assert_eq!(document["request_uri_parameter_supported"], false);
}

#[tokio::test]
async fn an_open_town_lets_unregistered_apps_in_and_says_what_strict_would_do() {
    let visit = Visit { open_clients: true, ..visit(&klienter()) };
    let login_hint = hint(&pid(&visit, KARI));
    let local = "http://localhost:9000/cb";
    let bare = [
        ("redirect_uri", local),
        ("login_hint", &login_hint),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
        ("state", ""),
    ];
    let response = ask(&visit, &request("hvem som helst", &bare)).await;
    assert!(redirected(&response, local).get("code").is_some());
    let hints = hinted(&response);
    assert!(hints.contains("not registered") && hints.contains("code_challenge") && hints.contains("state"), "{hints}");
    let far = [("redirect_uri", "https://app.example/cb"), ("login_hint", login_hint.as_str())];
    assert_eq!(ask(&visit, &request("hvem som helst", &far)).await.status(), StatusCode::BAD_REQUEST);
    let registered = [("redirect_uri", local), ("login_hint", login_hint.as_str())];
    assert_eq!(
        ask(&visit, &request("app", &registered)).await.status(),
        StatusCode::BAD_REQUEST,
        "a registration counts"
    );
}

#[tokio::test]
async fn the_same_requests_give_the_same_codes_and_time_plays_no_part() {
    let (first, second) = (visit(&klienter()), visit(&klienter()));
    let second = world_later(&later(&second, 1000), 5);
    let kari = pid(&first, KARI);
    let _ = super::code(&second, "app", &kari, &[]).await;
    for _ in 0..3 {
        let one = super::code(&first, "offentlig", &kari, &[]).await;
        assert_eq!(one, super::code(&second, "offentlig", &kari, &[]).await);
    }
}
