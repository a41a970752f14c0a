//! What is done to the login and token services from beside: keys rotated under load, log-ins planned ahead, tokens
//! spoiled, clients registered through the service that the real world has for it.

#![allow(clippy::disallowed_methods, reason = "an app's assertions follow the machine's clock")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use byteby::access::{DEMO_WEB_CLIENT, DEMO_WEB_SECRET};
use byteby::app::{Config, Running, start};
use byteby::keys::{Algorithm, Jws, parse_jwk_set};
use reqwest::header::LOCATION;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

const CALLBACK: &str = "http://localhost:2984/callback";
/// 43 letters of a code challenge's verifier, and its SHA-256.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn town() -> Running {
    start(Config { size: 1500, ..Config::on_free_port() }).await.expect("a town on a free port")
}

fn http() -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

fn citizen(town: &Running) -> String {
    let town = town.main().town();
    let found = town.people().find(|person| person.is_bosatt() && person.alder() >= 18).map(|person| person.nummer());
    found.expect("an adult in a town of 1500").to_string()
}

/// Parameters of an authorization request of the confidential client that comes with the town.
fn asked<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut params = vec![
        ("client_id", DEMO_WEB_CLIENT),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "s"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    params.extend_from_slice(more);
    params
}

async fn authorize(http: &Client, base: &str, more: &[(&str, &str)]) -> Response {
    http.get(format!("{base}/idporten/authorize")).query(&asked(more)).send().await.unwrap()
}

/// The parameter `name` of the address a response leads to.
fn returned(response: &Response, name: &str) -> Option<String> {
    let location = response.headers().get(LOCATION)?.to_str().unwrap();
    let url = reqwest::Url::parse(location).unwrap();
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

async fn exchange(http: &Client, base: &str, code: &str) -> Value {
    let form =
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
    let request = http.post(format!("{base}/idporten/token")).basic_auth(DEMO_WEB_CLIENT, Some(DEMO_WEB_SECRET));
    let answer = request.form(&form).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

/// Tokens of a log-in without a page.
async fn log_in(http: &Client, base: &str, pid: &str) -> Value {
    let hint = format!("testid:{pid}_idporten-loa-high");
    let answer = authorize(http, base, &[("login_hint", &hint)]).await;
    let code = returned(&answer, "code").unwrap_or_else(|| panic!("no code: {}", answer.status()));
    exchange(http, base, &code).await
}

/// Whether a key of `set` verifies `token`.
fn verifies(set: &str, token: &str) -> bool {
    let jws = Jws::parse(token).unwrap();
    let keys = parse_jwk_set(set).unwrap();
    let key = keys.iter().find(|key| key.kid.as_deref() == jws.kid());
    key.is_some_and(|key| jws.verify(key, &[Algorithm::Rs256]).is_ok())
}

async fn jwks(http: &Client, base: &str) -> String {
    http.get(format!("{base}/idporten/jwks.json")).send().await.unwrap().text().await.unwrap()
}

async fn admin(http: &Client, base: &str, method: reqwest::Method, path: &str, body: &Value) -> (u16, Value) {
    let mut request = http.request(method, format!("{base}/_byteby/v1/worlds/main/{path}"));
    if !body.is_null() {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
}

/// Sixteen threads log in while the keys are announced, activated and retired; a key is retired when those who may have
/// been given a token of it have read the key set, as the real service waits for its clients' caches.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rotation_under_load_loses_no_log_in() {
    let town = town().await;
    let (base, pid) = (town.base_url(), citizen(&town));
    let (stop, logins) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    // A log-in holds it for reading; whoever has it for writing knows that none is under way.
    let under_way = Arc::new(tokio::sync::RwLock::new(()));
    let kids = Arc::new(RwLock::new(std::collections::BTreeSet::new()));
    let mut people = Vec::new();
    for _ in 0..16 {
        let (base, pid, stop, logins) = (base.clone(), pid.clone(), stop.clone(), logins.clone());
        let (under_way, kids) = (under_way.clone(), kids.clone());
        people.push(tokio::spawn(async move {
            let http = http();
            while !stop.load(Ordering::Relaxed) {
                let whole = under_way.read().await;
                let tokens = log_in(&http, &base, &pid).await;
                let set = jwks(&http, &base).await;
                for name in ["access_token", "id_token"] {
                    let token = tokens[name].as_str().unwrap();
                    assert!(verifies(&set, token), "{name} does not verify with the key set fetched after it");
                    let kid = Jws::parse(token).unwrap().kid().unwrap().to_owned();
                    kids.write().unwrap().insert(kid);
                }
                logins.fetch_add(1, Ordering::Relaxed);
                drop(whole);
            }
        }));
    }
    let http = http();
    let step = async |action: &str| {
        let before = logins.load(Ordering::Relaxed);
        let (status, answer) =
            admin(&http, &base, reqwest::Method::POST, "eid/idporten/keys", &json!({ "action": action })).await;
        assert_eq!(status, 200, "{action}: {answer}");
        // Some log in after each step, however slow the machine.
        while logins.load(Ordering::Relaxed) < before + 16 {
            assert!(!people.iter().any(tokio::task::JoinHandle::is_finished), "a log-in was lost");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    for _ in 0..5 {
        step("announce").await;
        step("activate").await;
        // Everybody who began before the new key signed is done.
        drop(under_way.write().await);
        step("retire").await;
    }
    stop.store(true, Ordering::Relaxed);
    for one in people {
        one.await.expect("no log-in was lost");
    }
    assert_eq!(kids.read().unwrap().len(), 4, "every key of the issuer has signed");
    assert!(logins.load(Ordering::Relaxed) >= 240, "{logins:?}");
    town.stop().await;
}

#[tokio::test]
async fn a_planned_log_in_answers_once_in_place_of_the_page_and_leaves_a_session() {
    let town = town().await;
    let (base, pid, http) = (town.base_url(), citizen(&town), http());
    let plan = async |body: Value| {
        let (status, answer) = admin(&http, &base, reqwest::Method::POST, "eid/idporten/next-login", &body).await;
        assert_eq!(status, 201, "{answer}");
    };
    plan(json!({"pid": pid, "client_id": "en-annen"})).await;
    let page = authorize(&http, &base, &[]).await;
    assert_eq!(page.status(), StatusCode::OK, "planned for another client: the page is shown");
    plan(json!({"pid": pid, "client_id": DEMO_WEB_CLIENT, "amr": ["BankID"], "locale": "nn"})).await;
    let high = authorize(&http, &base, &[("prompt", "none")]).await;
    assert_eq!(returned(&high, "error").as_deref(), Some("login_required"), "prompt=none shows no page to replace");
    let answer = authorize(&http, &base, &[]).await;
    let code = returned(&answer, "code").expect("a code without a page");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let tokens = exchange(&http, &base, &code).await;
    let claims = Jws::parse(tokens["id_token"].as_str().unwrap()).unwrap().claims;
    assert_eq!((&claims["pid"], &claims["amr"], &claims["locale"]), (&json!(pid), &json!(["BankID"]), &json!("nn")));
    assert_eq!(claims["acr"], "idporten-loa-substantial", "the lowest that will do");
    let again = http.get(format!("{base}/idporten/authorize")).query(&asked(&[])).header("cookie", cookie);
    assert!(returned(&again.send().await.unwrap(), "code").is_some(), "single sign-on");
    assert_eq!(authorize(&http, &base, &[]).await.status(), StatusCode::OK, "it was good for one log-in");

    for (body, error) in [
        (json!({"result": "cancel"}), "access_denied"),
        (json!({"result": "error", "error": "temporarily_unavailable"}), "temporarily_unavailable"),
    ] {
        plan(body).await;
        assert_eq!(returned(&authorize(&http, &base, &[]).await, "error").as_deref(), Some(error));
    }
    plan(json!({"pid": pid, "acr": "idporten-loa-substantial"})).await;
    let page = authorize(&http, &base, &[("acr_values", "idporten-loa-high")]).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.headers()["byteby-hint"].to_str().unwrap().contains("planned"), "too low, and it stays planned");
    assert!(returned(&authorize(&http, &base, &[]).await, "code").is_some());
    town.stop().await;
}

#[tokio::test]
async fn tokens_and_key_sets_are_wrong_in_the_way_a_fault_says() {
    let town = town().await;
    let (base, pid, http) = (town.base_url(), citizen(&town), http());
    let fault = async |body: Value| {
        let (status, answer) = admin(&http, &base, reqwest::Method::POST, "faults", &body).await;
        assert!(matches!(status, 200 | 201), "{answer}");
    };
    let heal = async || {
        assert_eq!(admin(&http, &base, reqwest::Method::DELETE, "faults", &Value::Null).await.0, 204);
    };
    for (kind, claim, value) in [
        ("wrong_iss", "iss", json!("https://feil.example")),
        ("wrong_aud", "aud", json!("feil-klient")),
        ("wrong_nonce", "nonce", json!("feil")),
        ("acr_downgrade", "acr", json!("idporten-loa-substantial")),
    ] {
        fault(json!({"on": "idporten.token", "kind": kind, "name": "feil"})).await;
        let tokens = log_in(&http, &base, &pid).await;
        let token = tokens["id_token"].as_str().unwrap();
        assert_eq!(Jws::parse(token).unwrap().claims[claim], value, "{kind}");
        assert!(verifies(&jwks(&http, &base).await, token), "nothing else is wrong with it");
    }
    fault(json!({"on": "idporten", "kind": "missing_claim", "claim": "sub", "name": "feil"})).await;
    let tokens = log_in(&http, &base, &pid).await;
    assert!(!Jws::parse(tokens["id_token"].as_str().unwrap()).unwrap().claims.contains_key("sub"));
    fault(json!({"on": "idporten.token", "kind": "duplicate_jti", "name": "feil"})).await;
    let jti = |tokens: &Value| Jws::parse(tokens["access_token"].as_str().unwrap()).unwrap().claims["jti"].clone();
    assert_eq!(jti(&log_in(&http, &base, &pid).await), jti(&log_in(&http, &base, &pid).await));
    heal().await;
    assert_ne!(jti(&log_in(&http, &base, &pid).await), jti(&log_in(&http, &base, &pid).await));

    let token = log_in(&http, &base, &pid).await["id_token"].as_str().unwrap().to_owned();
    fault(json!({"on": "idporten.jwks", "kind": "stale_jwks"})).await;
    assert!(!verifies(&jwks(&http, &base).await, &token), "the key that signs is not there yet");
    heal().await;
    fault(json!({"on": "idporten.jwks", "kind": "html_instead_of_json", "count": 1})).await;
    assert!(jwks(&http, &base).await.starts_with("<!doctype html>"));
    assert!(verifies(&jwks(&http, &base).await, &token));
    town.stop().await;
}

#[tokio::test]
async fn a_client_made_by_self_service_gets_its_token_at_once() {
    let town = town().await;
    let (base, http) = (town.base_url(), http());
    let orgnr = town.main().town().base.kommune.orgnr.to_string();
    let key = byteby::keys::client_key();
    let jwk = key.public().to_jwk();
    let admin_client = json!({"integration_type": "maskinporten", "client_orgno": orgnr,
        "scopes": ["idporten:dcr.write"], "jwks": {"keys": [jwk]}});
    let (status, answer) = admin(&http, &base, reqwest::Method::PUT, "clients/forvalter", &admin_client).await;
    assert_eq!(status, 201, "{answer}");
    let ask = async |client: &str, scope: &str| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let claims = json!({"aud": format!("{base}/maskinporten/"), "iss": client, "scope": scope, "iat": now,
            "exp": now + 100, "jti": format!("{client}-{scope}")});
        let assertion = key.sign(None, claims.as_object().unwrap());
        let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", &assertion)];
        let answer = http.post(format!("{base}/maskinporten/token")).form(&form).send().await.unwrap();
        let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        body["access_token"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
    };
    let token = ask("forvalter", "idporten:dcr.write").await;
    let send = async |path: String, body: &Value| {
        let request = http.post(format!("{base}/selvbetjening/api/v1{path}")).bearer_auth(&token);
        let answer = request.header("content-type", "application/json").body(body.to_string()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED, "{path}");
        let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        body
    };
    let scope = "folkeregister:deling/offentligmedhjemmel";
    let record = json!({"integration_type": "maskinporten", "client_name": "Ny", "description": "Ny klient",
        "token_endpoint_auth_method": "private_key_jwt", "grant_types": ["jwt_bearer_token"], "scopes": [scope]});
    let made = send("/clients".into(), &record).await;
    let id = made["client_id"].as_str().unwrap();
    send(format!("/clients/{id}/jwks"), &json!({"keys": [key.public().to_jwk()]})).await;
    let token = ask(id, scope).await;
    let consumer = Jws::parse(&token).unwrap().claims["consumer"]["ID"].clone();
    assert_eq!(consumer, format!("0192:{orgnr}"));
    town.stop().await;
}

/// The number of the rule that the page of a log-in shows as broken.
fn broken_rule(page: &str) -> Option<u8> {
    let row = page.split("<tr class=\"broken\"><td class=\"number\">").nth(1)?;
    row.split('<').next()?.parse().ok()
}

#[tokio::test]
async fn the_page_of_a_log_in_shows_all_it_led_to() {
    let town = town().await;
    let (base, pid, http) = (town.base_url(), citizen(&town), http());
    let tokens = log_in(&http, &base, &pid).await;
    let other = log_in(&http, &base, &pid).await;
    let info = http.get(format!("{base}/idporten/userinfo")).bearer_auth(tokens["access_token"].as_str().unwrap());
    assert_eq!(info.send().await.unwrap().status(), StatusCode::OK);
    let (_, record) =
        admin(&http, &base, reqwest::Method::GET, "requests?operation=idporten.innlogging", &Value::Null).await;
    let page_of = async |place: usize| {
        let path = record["requests"][place]["login_page"].as_str().unwrap();
        http.get(format!("{base}{path}?lang=en")).send().await.unwrap().text().await.unwrap()
    };
    let page = page_of(0).await;
    for part in ["GET /idporten/authorize", "POST /idporten/token", "GET /idporten/userinfo", "code_verifier"] {
        assert!(page.contains(part), "{part}");
    }
    let jti = |tokens: &Value| {
        Jws::parse(tokens["access_token"].as_str().unwrap()).unwrap().claims["jti"].as_str().unwrap().to_owned()
    };
    assert!(page.contains(&jti(&tokens)) && !page.contains(&jti(&other)), "its own tokens, decoded, and no others");
    assert!(page.contains(DEMO_WEB_CLIENT) && page.contains("not broken") && broken_rule(&page).is_none());
    assert!(!page.contains(DEMO_WEB_SECRET), "a secret is not shown");
    assert!(!page_of(1).await.contains("userinfo"), "what belongs to another log-in is not here");
    let list = http.get(format!("{base}/ui/logins")).send().await.unwrap().text().await.unwrap();
    assert!(list.contains("/ui/logins/") && list.contains("kode gitt"));
    town.stop().await;
}

#[tokio::test]
async fn the_page_of_a_refused_log_in_names_the_rule_it_broke() {
    let town = town().await;
    let (base, pid, http) = (town.base_url(), citizen(&town), http());
    let hint = format!("testid:{pid}_idporten-loa-high");
    let ask = async |changes: &[(&str, Option<&str>)]| {
        let mut params = asked(&[("login_hint", hint.as_str())]);
        for (name, value) in changes {
            params.retain(|(known, _)| known != name);
            params.extend(value.map(|value| (*name, value)));
        }
        http.get(format!("{base}/idporten/authorize")).query(&params).send().await.unwrap();
        let path = "requests?operation=idporten.innlogging&limit=1000";
        let (_, record) = admin(&http, &base, reqwest::Method::GET, path, &Value::Null).await;
        let page = record["requests"].as_array().unwrap().last().unwrap()["login_page"].as_str().unwrap().to_owned();
        let page = http.get(format!("{base}{page}?lang=en")).send().await.unwrap().text().await.unwrap();
        let broken = broken_rule(&page);
        // A refusal is about one rule: the page claims nothing of the others.
        assert!(broken.is_none() || !page.contains("not broken"), "{changes:?}");
        broken
    };
    assert_eq!(ask(&[]).await, None);
    for (changes, rule) in [
        (vec![("client_id", None)], 1),
        (vec![("client_id", Some("ukjent"))], 1),
        (vec![("redirect_uri", Some("http://localhost:2984/annen"))], 2),
        (vec![("redirect_uri", None)], 2),
        (vec![("response_type", Some("token"))], 4),
        (vec![("response_mode", Some("fragment"))], 5),
        (vec![("scope", Some("openid finnes:ikke"))], 6),
        (vec![("code_challenge", None)], 7),
        (vec![("code_challenge", Some("kort"))], 7),
        (vec![("prompt", Some("alltid"))], 10),
        (vec![("max_age", Some("-1"))], 10),
        (vec![("prompt", Some("none")), ("login_hint", None)], 11),
        (vec![("acr_values", Some("Level4"))], 13),
        (vec![("request", Some("x.y.z"))], 14),
        (vec![("resource", Some("relativ"))], 17),
        (vec![("onbehalfof", Some("ukjent"))], 18),
        (vec![("login_hint", Some("testid:1_idporten-loa-high"))], 19),
    ] {
        assert_eq!(ask(&changes).await, Some(rule), "{changes:?}");
    }
    town.stop().await;
}

#[tokio::test]
async fn a_session_begun_from_beside_is_single_sign_on_for_whoever_carries_its_cookie() {
    let town = town().await;
    let (base, pid, http) = (town.base_url(), citizen(&town), http());
    let body = json!({"issuer": "idporten", "pid": pid});
    let (status, begun) = admin(&http, &base, reqwest::Method::POST, "sessions", &body).await;
    assert_eq!(status, 201, "{begun}");
    let part = |name: &str| begun["cookie"][name].as_str().unwrap();
    let cookie = format!("{}={}", part("name"), part("value"));
    let ask = async || {
        let request = http.get(format!("{base}/idporten/authorize")).query(&asked(&[])).header("cookie", &cookie);
        returned(&request.send().await.unwrap(), "code")
    };
    let code = ask().await.expect("no page: the session is good");
    let tokens = exchange(&http, &base, &code).await;
    let claims = Jws::parse(tokens["id_token"].as_str().unwrap()).unwrap().claims;
    assert_eq!(claims["pid"], pid);
    let one = format!("sessions/{}", begun["sid"].as_str().unwrap());
    assert_eq!(admin(&http, &base, reqwest::Method::DELETE, &one, &Value::Null).await.0, 204);
    assert_eq!(ask().await, None);
    town.stop().await;
}
