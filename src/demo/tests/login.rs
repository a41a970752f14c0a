//! ID-porten, and everything that must not be believed.

use super::*;
use crate::demo::stand_ins::TokenFault;
use crate::demo::{LoginAuth, SigningKey};

/// Whether the app takes the citizen of this session for logged in.
async fn is_in(app: &Running, session: &str) -> bool {
    app.post("/api/soeknader", session, json!({})).await.0 != 401
}

#[tokio::test]
async fn a_citizen_logs_in_with_either_way_of_proving_the_client() {
    let key = SigningKey { pem: APP_KEY.pem.clone(), kid: "appen".into() };
    for auth in [LoginAuth::Secret(LOGIN_SECRET.into()), LoginAuth::Key(key)] {
        let app = Running::start(BIRTH, |config| config.login_auth = auth).await;
        let answer = app.log_in(&mor(), |_| {}).await;
        assert_eq!((answer.status().as_u16(), location(&answer).as_str()), (303, "/"));
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        assert!(is_in(&app, &cookie_of(&answer)).await);
        assert!(!is_in(&app, "oekt=gjettet").await);
    }
}

#[tokio::test]
async fn a_wrong_secret_is_no_login() {
    let app = Running::start(BIRTH, |config| config.login_auth = LoginAuth::Secret("feil".into())).await;
    assert_eq!(app.log_in(&mor(), |_| {}).await.status(), 502);
}

#[tokio::test]
async fn an_id_token_that_is_not_right_is_refused() {
    let app = Running::start(BIRTH, |_| {}).await;
    for fault in [
        TokenFault::Nonce,
        TokenFault::Signature,
        TokenFault::Algorithm,
        TokenFault::Audience,
        TokenFault::Issuer,
        TokenFault::Expired,
        TokenFault::Level,
    ] {
        app.town.town().token_fault = fault;
        let answer = app.log_in(&mor(), |_| {}).await;
        assert_eq!(answer.status(), 401, "{fault:?}");
        assert!(!answer.headers().contains_key(header::SET_COOKIE), "{fault:?}");
    }
    app.town.town().token_fault = TokenFault::None;
    assert_eq!(app.log_in(&mor(), |_| {}).await.status(), 303);
}

#[tokio::test]
async fn a_callback_that_is_not_ours_is_refused() {
    let app = Running::start(BIRTH, |_| {}).await;
    let replace = |key: &'static str, value: &'static str| {
        move |url: &mut reqwest::Url| {
            let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
            url.query_pairs_mut()
                .clear()
                .extend_pairs(pairs.iter().map(|(k, v)| (k.as_str(), if k == key { value } else { v.as_str() })));
        }
    };
    assert_eq!(app.log_in(&mor(), replace("state", "en annens")).await.status(), 400);
    assert_eq!(app.log_in(&mor(), replace("iss", "http://en-annen.example")).await.status(), 400);
    assert_eq!(app.log_in(&mor(), replace("code", "gjettet")).await.status(), 502);
    let refused = |url: &mut reqwest::Url| {
        url.query_pairs_mut().append_pair("error", "access_denied");
    };
    let denied = app.log_in(&mor(), refused).await;
    assert_eq!(denied.status(), 401);

    // The same right answer, but from another browser than the one that began.
    let away = app.get("/login").await;
    let at = format!("{}&login_hint=testid:{}_idporten-loa-high", location(&away), mor());
    let back: reqwest::Url = location(&app.http.get(at).send().await.unwrap()).parse().unwrap();
    let path = format!("/callback?{}", back.query().unwrap());
    assert_eq!(app.get(&path).await.status(), 400);
}

#[tokio::test]
async fn a_callback_works_once() {
    let app = Running::start(BIRTH, |_| {}).await;
    let away = app.get("/login").await;
    let at = format!("{}&login_hint=testid:{}_idporten-loa-high", location(&away), mor());
    let back: reqwest::Url = location(&app.http.get(at).send().await.unwrap()).parse().unwrap();
    let url = format!("{}/callback?{}", app.base, back.query().unwrap());
    let come_back = || app.http.get(&url).header(header::COOKIE, cookie_of(&away)).send();
    assert_eq!(come_back().await.unwrap().status(), 303);
    assert_eq!(come_back().await.unwrap().status(), 400);
}

#[tokio::test]
async fn idporten_out_of_order_is_said_so() {
    let app = Running::start(BIRTH, |_| {}).await;
    app.town.fail("GET /idporten/", 500);
    let answer = app.get("/login").await;
    assert_eq!(answer.status(), 503);
    assert!(answer.text().await.unwrap().contains("Prøv igjen"));
}
