//! The token endpoint and userinfo, the rows 24 to 30 and 34 to 36 of `specs/eid.md` §9.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::stage::{and, form, may_refresh, secret, tokens, told, town};
use super::{CB, ISSUER, VERIFIER, code, desk, exchange, form_header, request, token};
use crate::access::Visit;
use crate::access::fixture::{KARI, WALL, later, orgnr, pid, world_later};
use crate::base::{Orgnummer, sha256};
use crate::keys::{Sertifikatbestilling, Sertifikatslag, client_key, encode_std, encode_url};
use crate::observe::Note;
use crate::oidc::userinfo;
use crate::town::state::{Autentisering, Klient, Tildeling, Tjeneste};

pub(super) const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

pub(super) async fn ask(visit: &Visit, headers: &HeaderMap, form: &str) -> (u16, Value) {
    told(token(visit, headers, form).await).await
}

#[tokio::test]
async fn row_24_grant_types() {
    let visit = town();
    let base = visit.town.klienter.find(Tjeneste::Idporten, "app").unwrap().as_ref().clone();
    let mut only_refresh = may_refresh();
    only_refresh.tildelinger = vec![Tildeling::RefreshToken];
    let only = Klient { client_id: "bare-fornyelse".into(), tillegg: only_refresh.into(), ..base };
    let visit = and(&visit, only.with_secret("hemmelig"));
    let with = |code: &str, way: &str| exchange(code, &[("grant_type", way)]);
    for (client, way, expected) in [
        ("app", "", (400, "invalid_request")),
        ("app", "password", (400, "unsupported_grant_type")),
        ("app", "client_credentials", (400, "unsupported_grant_type")),
        ("app", "Authorization_code", (400, "unsupported_grant_type")),
        ("app", "urn:ietf:params:oauth:grant-type:jwt-bearer", (400, "unsupported_grant_type")),
        ("app", "refresh_token", (400, "unauthorized_client")),
        ("bare-fornyelse", "authorization_code", (400, "unauthorized_client")),
        ("fornyer", "refresh_token", (400, "invalid_request")),
    ] {
        let code = code(&visit, client, &pid(&visit, KARI), &[]).await;
        let (status, answer) = ask(&visit, &secret(client), &with(&code, way)).await;
        assert_eq!((status, answer["error"].as_str().unwrap()), expected, "row 24: {client} {way}");
    }
}

#[tokio::test]
async fn rows_25_and_26_client_authentication() {
    let visit = town();
    let odd = |text: &str| {
        let mut headers = form_header();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(text).unwrap());
        headers
    };
    let invalid = (401, "invalid_client");
    let both = (400, "invalid_request");
    let rows: Vec<(u8, HeaderMap, Vec<(&str, &str)>, (u16, &str))> = vec![
        (25, form_header(), vec![], invalid),
        (25, form_header(), vec![("client_id", "app")], invalid),
        (25, super::basic("app", "feil"), vec![], invalid),
        (25, super::basic("app", ""), vec![], invalid),
        (25, super::basic("ukjent", "hemmelig"), vec![], invalid),
        (25, super::basic("App", "hemmelig"), vec![], invalid),
        (25, odd("Basic"), vec![], invalid),
        (25, odd("Basic !!"), vec![], invalid),
        (25, odd("Bearer x"), vec![], invalid),
        (25, form_header(), vec![("client_id", "app"), ("client_secret", "hemmelig")], invalid),
        (25, secret("post"), vec![], invalid),
        (25, secret("offentlig"), vec![], invalid),
        (25, secret("noekkel"), vec![], invalid),
        (26, secret("app"), vec![("client_secret", "hemmelig")], both),
        (26, secret("app"), vec![("client_assertion", "x")], both),
        (26, form_header(), vec![("client_id", "app"), ("client_secret", "x"), ("client_assertion", "x")], both),
        (26, secret("app"), vec![("client_id", "alene")], both),
    ];
    let code = code(&visit, "app", &pid(&visit, KARI), &[]).await;
    for (row, headers, changes, expected) in rows {
        let response = token(&visit, &headers, &exchange(&code, &changes)).await;
        let challenge = response.headers().get(header::WWW_AUTHENTICATE).cloned();
        let tried = headers.contains_key(header::AUTHORIZATION) && expected.0 == 401;
        assert_eq!(challenge, tried.then(|| HeaderValue::from_static("Basic")), "row {row}: {changes:?}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json;charset=UTF-8");
        let (status, answer) = told(response).await;
        assert_eq!((status, answer["error"].as_str().unwrap()), expected, "row {row}: {headers:?} {changes:?}");
    }
    assert_eq!(ask(&visit, &secret("app"), &exchange(&code, &[])).await.0, 200, "none of that has used the code up");
    for (days, expected) in [(359, 200), (360, 401)] {
        let then = world_later(&visit, days * 86_400);
        let code = super::code(&then, "app", &pid(&visit, KARI), &[]).await;
        assert_eq!(ask(&then, &secret("app"), &exchange(&code, &[])).await.0, expected, "row 25: {days} days");
    }
}

pub(super) fn claims(changes: &Value) -> serde_json::Map<String, Value> {
    let good = json!({"iss": "noekkel", "sub": "noekkel", "aud": ISSUER, "iat": WALL, "exp": WALL + 120, "jti": "1"});
    let Value::Object(mut claims) = good else { unreachable!("an object") };
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => claims.remove(name),
            value => claims.insert(name.clone(), value.clone()),
        };
    }
    claims
}

async fn assert_with(visit: &Visit, client: &str, header: &Value, changes: &Value) -> (u16, Value) {
    let assertion = client_key().sign_parts(header, &claims(changes));
    let code = code(visit, client, &pid(visit, KARI), &[]).await;
    let fields = [("client_id", client), ("client_assertion_type", KIND), ("client_assertion", assertion.as_str())];
    ask(visit, &form_header(), &exchange(&code, &fields)).await
}

/// What is not in the table of [`super::token`]: times on both sides of each limit, and ids.
#[tokio::test]
async fn row_27_times_and_ids_of_an_assertion() {
    let header = json!({"alg": "RS256", "kid": client_key().kid()});
    for (changes, good) in [
        (json!({"iat": WALL - 120, "exp": WALL}), false),
        (json!({"iat": WALL - 119, "exp": WALL + 1}), true),
        (json!({"exp": WALL + 119}), true),
        (json!({"exp": WALL + 120}), true),
        (json!({"exp": WALL + 121}), false),
        (json!({"iat": null, "exp": WALL + 120}), true),
        (json!({"iat": null, "exp": WALL + 121}), false),
        (json!({"iat": WALL + 10, "exp": WALL + 130}), true),
        (json!({"iat": WALL + 11, "exp": WALL + 60}), false),
        (json!({"exp": 9_223_372_036_854_775_807_i64}), false),
        (json!({"iat": -9_223_372_036_854_775_808_i64}), false),
        (json!({"jti": ""}), false),
        (json!({"jti": "x".repeat(512)}), true),
        (json!({"jti": "x".repeat(513)}), false),
        (json!({"jti": 1}), false),
        (json!({"aud": "http://localhost:2983/ansattporten"}), false),
        (json!({"aud": []}), false),
        (json!({"iss": ["noekkel"]}), false),
    ] {
        let (status, answer) = assert_with(&town(), "noekkel", &header, &changes).await;
        let expected = if good { 200 } else { 401 };
        assert_eq!(status, expected, "{changes} {answer}");
        assert!(good || answer["error"] == "invalid_client");
    }
    let visit = town();
    assert_eq!(assert_with(&visit, "noekkel", &header, &json!({})).await.0, 200);
    assert_eq!(assert_with(&later(&visit, 119), "noekkel", &header, &json!({})).await.0, 401, "used, and still good");
    assert_eq!(assert_with(&visit, "noekkel", &header, &json!({"jti": "2"})).await.0, 200);
    for (alg, expected) in [("RS384", 401), ("none", 401), ("HS256", 401), ("ES256", 401), ("PS256", 401)] {
        let header = json!({"alg": alg, "kid": client_key().kid()});
        assert_eq!(assert_with(&visit, "noekkel", &header, &json!({"jti": alg})).await.0, expected, "{alg}");
    }
}

/// §3.6: without registered keys a certificate of the client's own organisation will do.
#[tokio::test]
async fn an_assertion_under_an_enterprise_certificate() {
    let visit = town();
    let base = visit.town.klienter.find(Tjeneste::Idporten, "noekkel").unwrap().as_ref().clone();
    let bare = Klient { client_id: "sertifikat".into(), noekler: Vec::new(), ..base };
    assert_eq!(bare.autentisering, Autentisering::PrivateKeyJwt);
    let visit = and(&visit, bare);
    let other = (31_000_001..).find_map(Orgnummer::compose).unwrap();
    let chain = |orgnr: Orgnummer, slag: Sertifikatslag, not_after: i64| -> Vec<String> {
        let order = Sertifikatbestilling { orgnr, navn: "TESTVIK KOMMUNE", slag, not_before: 0, not_after };
        order.issue(client_key().public()).unwrap().iter().map(|der| encode_std(der)).collect()
    };
    let (seal, far, world) = (Sertifikatslag::QcForEseal, 2_500_000_000, visit.clocks.world.seconds());
    assert!(world > WALL, "the world's clock is ahead");
    let mine = |jti: &str| json!({"iss": "sertifikat", "sub": "sertifikat", "jti": jti});
    for (place, (header, client, good)) in [
        (json!({"alg": "RS256", "x5c": chain(orgnr(), seal, far)}), "sertifikat", true),
        (json!({"alg": "RS256", "x5c": chain(other, seal, far)}), "sertifikat", false),
        (json!({"alg": "RS256", "x5c": chain(orgnr(), seal, WALL - 1)}), "sertifikat", false),
        // Good in real time, and over on the world's clock.
        (json!({"alg": "RS256", "x5c": chain(orgnr(), seal, world - 1)}), "sertifikat", false),
        (json!({"alg": "RS256", "x5c": chain(orgnr(), seal, world)}), "sertifikat", true),
        (json!({"alg": "RS256", "x5c": []}), "sertifikat", false),
        (json!({"alg": "RS256", "x5c": ["MIIB"]}), "sertifikat", false),
        (json!({"alg": "RS256", "x5c": chain(orgnr(), seal, far), "kid": "x"}), "sertifikat", false),
        (json!({"alg": "RS256"}), "sertifikat", false),
        (json!({"alg": "RS256", "x5c": chain(orgnr(), seal, far)}), "noekkel", false),
    ]
    .into_iter()
    .enumerate()
    {
        let changes = if client == "noekkel" { json!({"jti": "n"}) } else { mine(&place.to_string()) };
        let (status, answer) = assert_with(&visit, client, &header, &changes).await;
        assert_eq!(status, if good { 200 } else { 401 }, "{place}: {answer}");
    }
    for (place, slag) in Sertifikatslag::ALLE.into_iter().enumerate() {
        let header = json!({"alg": "RS256", "x5c": chain(orgnr(), slag, far)});
        let (_, answer) = assert_with(&visit, "sertifikat", &header, &mine(&format!("slag {place}"))).await;
        assert_eq!(super::stage::claims(&answer["access_token"])["client_amr"], slag.name());
    }
}

/// Rows 28 and 29.
#[tokio::test]
async fn rows_28_and_29_what_a_code_is_exchanged_with() {
    let visit = town();
    let kari = pid(&visit, KARI);
    let fields = [("client_assertion_type", KIND), ("client_assertion", "e30.e30.")];
    let (status, answer) = ask(&visit, &form_header(), &exchange("x", &fields)).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_request")), "row 28");
    for (length, good) in [(42, false), (43, true), (44, true), (127, true), (128, true), (129, false)] {
        let verifier: String = VERIFIER.chars().cycle().take(length).collect();
        let challenge = encode_url(&sha256(&[verifier.as_bytes()]).0);
        let code = code(&visit, "app", &kari, &[("code_challenge", &challenge)]).await;
        let (status, answer) = ask(&visit, &secret("app"), &exchange(&code, &[("code_verifier", &verifier)])).await;
        assert_eq!(status, if good { 200 } else { 400 }, "row 29: {length} {answer}");
        assert!(good || answer["error"] == "invalid_grant");
    }
    for letter in ["-", ".", "_", "~", "!", "+", "æ", " "] {
        let verifier = format!("{VERIFIER}{letter}");
        let challenge = encode_url(&sha256(&[verifier.as_bytes()]).0);
        let code = code(&visit, "app", &kari, &[("code_challenge", &challenge)]).await;
        let (status, _) = ask(&visit, &secret("app"), &exchange(&code, &[("code_verifier", &verifier)])).await;
        assert_eq!(status, if "-._~".contains(letter) { 200 } else { 400 }, "row 29: {letter}");
    }
    for (then, expected) in [(later(&visit, 59), 200), (later(&visit, 60), 400), (world_later(&visit, 60), 400)] {
        let code = code(&visit, "app", &kari, &[]).await;
        assert_eq!(ask(&then, &secret("app"), &exchange(&code, &[])).await.0, expected, "row 29");
    }
    let missing = ask(&visit, &secret("app"), &exchange("", &[])).await;
    assert_eq!((missing.0, &missing.1["error"]), (400, &json!("invalid_request")));
    let code = code(&visit, "app", &kari, &[]).await;
    for (client, changes) in [
        ("alene", vec![]),
        ("app", vec![("redirect_uri", "")]),
        ("app", vec![("redirect_uri", "https://app.example/cb/")]),
        ("app", vec![("code_verifier", "")]),
        ("app", vec![("code", "never.given")]),
    ] {
        let (status, answer) = ask(&visit, &secret(client), &exchange(&code, &changes)).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "row 29: {client} {changes:?}");
    }
    let (_, first) = ask(&visit, &secret("app"), &exchange(&code, &[])).await;
    assert_eq!(super::stage::info(&visit, &first["access_token"]).await.0, 200);
    let (status, answer) = ask(&visit, &secret("app"), &exchange(&code, &[])).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "row 30");
    assert_eq!(super::stage::info(&visit, &first["access_token"]).await.0, 401, "row 30");
}

fn userinfo_of(visit: &Visit, authorization: &[&str]) -> (StatusCode, Option<String>) {
    let mut headers = HeaderMap::new();
    for text in authorization {
        headers.append(header::AUTHORIZATION, HeaderValue::from_str(text).unwrap());
    }
    let response = userinfo::userinfo(&desk(visit), "GET", &headers, &mut Note::default());
    let challenge = response.headers().get(header::WWW_AUTHENTICATE).map(|value| value.to_str().unwrap().to_owned());
    (response.status(), challenge)
}

#[tokio::test]
async fn rows_34_to_36_userinfo() {
    let visit = town();
    let login = tokens(&visit, "fornyer", &[]).await;
    let bearer = |answer: &Value, name: &str| format!("Bearer {}", answer[name].as_str().unwrap());
    let (good, id) = (bearer(&login, "access_token"), bearer(&login, "id_token"));
    let api = bearer(&tokens(&visit, "fornyer", &[("scope", "a:b")]).await, "access_token");
    let openid = bearer(&tokens(&visit, "fornyer", &[("scope", "openid")]).await, "access_token");
    let profile = bearer(&tokens(&visit, "fornyer", &[("scope", "profile")]).await, "access_token");
    for good in [&good, &openid, &profile] {
        assert_eq!(userinfo_of(&visit, &[good]).0, StatusCode::OK);
    }
    for missing in [&[][..], &["Basic eDp5"], &["Bearer"]] {
        let (status, challenge) = userinfo_of(&visit, missing);
        assert_eq!(status, StatusCode::UNAUTHORIZED, "row 34: {missing:?}");
        assert!(missing == ["Bearer"] || challenge.as_deref() == Some("Bearer"), "row 34: {missing:?} {challenge:?}");
    }
    // Another level under the signature that was made for the first.
    let tampered = {
        let parts: Vec<&str> = good.split('.').collect();
        let mut claims = crate::keys::Jws::parse(good.trim_start_matches("Bearer ")).unwrap().claims;
        claims.insert("acr".into(), json!("idporten-loa-low"));
        format!("{}.{}.{}", parts[0], encode_url(Value::Object(claims).to_string().as_bytes()), parts[2])
    };
    for (then, bad) in [
        (visit.clone(), vec!["Bearer x"]),
        (visit.clone(), vec!["Bearer a.b.c"]),
        (visit.clone(), vec![id.as_str()]),
        (visit.clone(), vec![tampered.as_str()]),
        (visit.clone(), vec![good.as_str(), good.as_str()]),
        (later(&visit, 120), vec![good.as_str()]),
    ] {
        let (status, challenge) = userinfo_of(&then, &bad);
        assert_eq!(status, StatusCode::UNAUTHORIZED, "row 35: {bad:?}");
        assert!(challenge.unwrap().contains("error=\"invalid_token\""), "row 35: {bad:?}");
    }
    assert_eq!(userinfo_of(&later(&visit, 119), &[&good]).0, StatusCode::OK);
    let (status, challenge) = userinfo_of(&visit, &[&api]);
    assert_eq!(status, StatusCode::FORBIDDEN, "row 36");
    assert!(challenge.unwrap().contains("error=\"insufficient_scope\""), "row 36");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_hundred_identical_assertions_exactly_one_gives_a_token() {
    let visit = town();
    let header = json!({"alg": "RS256", "kid": client_key().kid()});
    let assertion = client_key().sign_parts(&header, &claims(&json!({})));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..200 {
        // Each with a code of its own, so that nothing but the assertion can stop it.
        let code = code(&visit, "noekkel", &pid(&visit, KARI), &[]).await;
        let fields =
            [("client_id", "noekkel"), ("client_assertion_type", KIND), ("client_assertion", assertion.as_str())];
        let (visit, form) = (visit.clone(), exchange(&code, &fields));
        tasks.spawn(async move { ask(&visit, &form_header(), &form).await });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1);
    assert!(answers.iter().all(|(status, answer)| *status == 200 || answer["error"] == "invalid_client"));
}

/// One after another or all at once, with others in between: every client gets the same bytes (§10.8).
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_requests_of_a_client_give_the_same_bytes_whatever_comes_between() {
    let clients = ["a", "b", "c"];
    let stage = || {
        let visit = town();
        let base = visit.town.klienter.find(Tjeneste::Idporten, "fornyer").unwrap().as_ref().clone();
        clients.iter().fold(visit, |visit, id| {
            let klient = Klient { client_id: (*id).into(), virtuell_klokke: true, ..base.clone() };
            and(&visit, klient.with_secret("hemmelig"))
        })
    };
    // Pushed, logged in, exchanged, refreshed twice from one token: everything a client is given, in order.
    async fn story(visit: Visit, client: &'static str) -> Vec<Value> {
        let kari = super::hint(&pid(&visit, KARI));
        let mut told = Vec::new();
        for state in ["1", "2"] {
            let changes = [("login_hint", kari.as_str()), ("state", state), ("response_mode", "query.jwt")];
            let (_, pushed) = super::stage::push(&visit, &secret(client), &request(client, &changes)).await;
            let query = form(&[("client_id", client), ("request_uri", pushed["request_uri"].as_str().unwrap())]);
            let params = super::redirected(&super::ask(&visit, &query).await, CB);
            let response = params.get("response").unwrap().to_owned();
            let code = crate::keys::Jws::parse(&response).unwrap().claims["code"].as_str().unwrap().to_owned();
            let (_, first) = ask(&visit, &secret(client), &exchange(&code, &[])).await;
            let text = first["refresh_token"].as_str().unwrap().to_owned();
            told.extend([pushed, json!(response), first]);
            for scope in ["openid", "profile"] {
                told.push(super::stage::refresh(&visit, &secret(client), &text, &[("scope", scope)]).await.1);
            }
        }
        told
    }
    let alone = {
        let visit = stage();
        let mut all = Vec::new();
        for client in clients {
            all.push(story(visit.clone(), client).await);
        }
        all
    };
    let together = {
        // Another process at another real time: only the world's clock counts.
        let visit = later(&stage(), 12_345);
        let tasks: Vec<_> = clients.iter().rev().map(|client| tokio::spawn(story(visit.clone(), client))).collect();
        let mut all = Vec::new();
        for task in tasks {
            all.insert(0, task.await.unwrap());
        }
        all
    };
    assert_eq!(alone, together);
    assert_ne!(alone[0][2]["access_token"], alone[0][7]["access_token"], "a second log-in is another one");
}
