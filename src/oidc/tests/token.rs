//! `/token` and `/userinfo`.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::super::userinfo::userinfo;
use super::{ISSUER, VERIFIER, basic, code, exchange, form_header, hinted, klienter, token};
use crate::access::fixture::{KARI, OLA, WALL, body, later, orgnr, pid, visit, world_later};
use crate::access::{Visit, escape};
use crate::keys::{Algorithm, Issuer, Jws, KeyRing, client_key};
use crate::observe::Note;

fn claims_of(visit: &Visit, token: &Value) -> serde_json::Map<String, Value> {
    let jws = Jws::parse(token.as_str().unwrap()).unwrap();
    assert_eq!(jws.verify(visit.state.ring().key(Issuer::Idporten).public(), &[Algorithm::Rs256]), Ok(()));
    jws.claims
}

fn names(map: &serde_json::Map<String, Value>) -> Vec<&str> {
    map.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_code_becomes_tokens_with_the_claims_of_the_contract() {
    let visit = visit(&klienter());
    let kari = pid(&visit, KARI);
    let code = code(&visit, "app", &kari, &[("ui_locales", "nn")]).await;
    let response = token(&visit, &basic("app", "hemmelig"), &exchange(&code, &[])).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json;charset=UTF-8");
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    assert_eq!(response.headers()[header::PRAGMA], "no-cache");
    let answer = body(response).await;
    assert_eq!(names(answer.as_object().unwrap()), ["access_token", "token_type", "expires_in", "id_token", "scope"]);
    assert_eq!((&answer["expires_in"], &answer["scope"]), (&json!(120), &json!("openid profile")));
    let id = claims_of(&visit, &answer["id_token"]);
    let expected = ["sub", "amr", "iss", "pid", "locale", "nonce", "aud", "acr", "auth_time", "iat", "exp", "jti"];
    assert_eq!(names(&id), expected);
    assert_eq!(
        (&id["iss"], &id["aud"], &id["pid"], &id["locale"]),
        (&json!(ISSUER), &json!("app"), &json!(kari), &json!("nn"))
    );
    assert_eq!((&id["amr"], &id["acr"], &id["nonce"]), (&json!(["TestID"]), &json!("idporten-loa-high"), &json!("n")));
    assert_eq!((&id["auth_time"], &id["iat"], &id["exp"]), (&json!(WALL), &json!(WALL), &json!(WALL + 120)));
    assert_eq!((id["jti"].as_str().unwrap().len(), id["sub"].as_str().unwrap().len()), (11, 43));
    let access = claims_of(&visit, &answer["access_token"]);
    let expected = [
        "sub",
        "iss",
        "client_amr",
        "pid",
        "client_id",
        "acr",
        "scope",
        "exp",
        "iat",
        "client_orgno",
        "jti",
        "consumer",
    ];
    assert_eq!(names(&access), expected);
    assert_eq!((&access["sub"], &access["client_amr"]), (&id["sub"], &json!("client_secret_basic")));
    assert_eq!(access["consumer"], json!({"authority": "iso6523-actorid-upis", "ID": format!("0192:{}", orgnr())}));
}

#[tokio::test]
async fn scopes_and_resource_decide_what_is_there() {
    let visit = visit(&klienter());
    let kari = pid(&visit, KARI);
    let fetch = async |changes: &[(&str, &str)]| {
        let code = code(&visit, "app", &kari, changes).await;
        body(token(&visit, &basic("app", "hemmelig"), &exchange(&code, &[])).await).await
    };
    let plain = fetch(&[("scope", "a:b")]).await;
    assert!(plain.get("id_token").is_none(), "plain OAuth without openid");
    let openid = claims_of(&visit, &fetch(&[("scope", "openid"), ("nonce", "")]).await["id_token"]);
    assert!(!openid.contains_key("locale") && !openid.contains_key("nonce"));
    let one = claims_of(&visit, &fetch(&[("resource", "https://api.example")]).await["access_token"]);
    assert_eq!(one["aud"], "https://api.example");
}

#[tokio::test]
async fn the_subject_is_stable_for_a_client_and_different_for_others() {
    let visit = visit(&klienter());
    let kari = pid(&visit, KARI);
    let subject = async |client: &str, person: &str| {
        let code = code(&visit, client, person, &[]).await;
        let answer = body(token(&visit, &basic(client, "hemmelig"), &exchange(&code, &[])).await).await;
        claims_of(&visit, &answer["id_token"])["sub"].clone()
    };
    assert_eq!(subject("app", &kari).await, subject("app", &kari).await);
    assert_ne!(subject("app", &kari).await, subject("alene", &kari).await);
    assert_ne!(subject("app", &kari).await, subject("app", &pid(&visit, OLA)).await);
}

#[tokio::test]
async fn each_client_authenticates_by_its_own_method_only() {
    type Row<'a> = (&'a str, HeaderMap, Vec<(&'a str, &'a str)>, StatusCode);
    let visit = visit(&klienter());
    let kari = pid(&visit, KARI);
    let (ok, no) = (StatusCode::OK, StatusCode::UNAUTHORIZED);
    let secret = ("client_secret", "hemmelig");
    let rows: Vec<Row<'_>> = vec![
        ("app", basic("app", "hemmelig"), vec![], ok),
        ("app", basic("app", "hemmelig"), vec![("client_id", "app")], ok),
        ("app", basic("app", "feil"), vec![], no),
        ("app", basic("ukjent", "hemmelig"), vec![], no),
        ("app", form_header(), vec![("client_id", "app")], no),
        ("app", form_header(), vec![("client_id", "app"), secret], no),
        ("app", form_header(), vec![], no),
        ("app", basic("app", "hemmelig"), vec![("client_id", "post")], StatusCode::BAD_REQUEST),
        ("app", basic("app", "hemmelig"), vec![secret], StatusCode::BAD_REQUEST),
        ("post", form_header(), vec![("client_id", "post"), secret], ok),
        ("post", form_header(), vec![("client_id", "post"), ("client_secret", "feil")], no),
        ("post", basic("post", "hemmelig"), vec![], no),
        ("offentlig", form_header(), vec![("client_id", "offentlig")], ok),
        ("offentlig", basic("offentlig", "x"), vec![], no),
        ("offentlig", form_header(), vec![("client_id", "offentlig"), ("client_secret", "x")], no),
    ];
    for (client, headers, changes, expected) in rows {
        let code = code(&visit, client, &kari, &[]).await;
        let response = token(&visit, &headers, &exchange(&code, &changes)).await;
        assert_eq!(response.status(), expected, "{client} {changes:?}");
        let challenge = response.headers().get(header::WWW_AUTHENTICATE).cloned();
        let tried = headers.contains_key(header::AUTHORIZATION) && expected == no;
        assert_eq!(challenge, tried.then(|| HeaderValue::from_static("Basic")), "{client} {changes:?}");
        if expected != ok {
            assert!(!hinted(&response).is_empty() || expected == StatusCode::BAD_REQUEST);
            let error = body(response).await["error"].clone();
            assert_eq!(error, if expected == no { "invalid_client" } else { "invalid_request" });
        }
    }
}

#[tokio::test]
async fn a_secret_with_odd_letters_is_form_encoded_before_base64() {
    let mut klienter = klienter();
    klienter[1] = klienter[1].clone().with_secret("a+b %:æ");
    let visit = visit(&klienter);
    let code = code(&visit, "app", &pid(&visit, KARI), &[]).await;
    let headers = basic("app", &escape("a+b %:æ"));
    assert_eq!(token(&visit, &headers, &exchange(&code, &[])).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_secret_expires_after_360_days_of_the_world_s_clock() {
    let visit = visit(&klienter());
    for (days, status) in [(359, StatusCode::OK), (360, StatusCode::UNAUTHORIZED)] {
        let then = world_later(&visit, days * 86_400);
        let code = code(&then, "app", &pid(&visit, KARI), &[]).await;
        assert_eq!(token(&then, &basic("app", "hemmelig"), &exchange(&code, &[])).await.status(), status, "{days}");
    }
}

#[tokio::test]
async fn an_assertion_is_checked_claim_by_claim() {
    let foreign = KeyRing::for_seed(crate::base::Seed(1)).key(Issuer::Maskinporten);
    let kid = client_key().kid();
    let good = json!({"iss": "noekkel", "sub": "noekkel", "aud": ISSUER, "iat": WALL, "exp": WALL + 120, "jti": "1"});
    let rows: Vec<(Value, Value, bool)> = vec![
        (json!({}), json!({}), true),
        (json!({"aud": [ISSUER]}), json!({}), true),
        (json!({"exp": WALL + 1}), json!({}), true),
        (json!({"iss": null}), json!({}), false),
        (json!({"sub": null}), json!({}), false),
        (json!({"sub": "app"}), json!({}), false),
        (json!({"iss": "app", "sub": "app"}), json!({}), false),
        (json!({"aud": format!("{ISSUER}/token")}), json!({}), false),
        (json!({"aud": format!("{ISSUER}/")}), json!({}), false),
        (json!({"aud": [ISSUER, ISSUER]}), json!({}), false),
        (json!({"aud": null}), json!({}), false),
        (json!({"exp": null}), json!({}), false),
        (json!({"exp": WALL}), json!({}), false),
        (json!({"exp": WALL + 121}), json!({}), false),
        (json!({"jti": null}), json!({}), false),
        (json!({}), json!({"kid": null}), false),
        (json!({}), json!({"kid": "other"}), false),
        (json!({}), json!({"alg": "none"}), false),
        (json!({}), json!({"alg": "HS256"}), false),
        (json!({}), json!({"alg": "PS256"}), false),
    ];
    for (changes, header, expected) in rows {
        let visit = visit(&klienter());
        let merge = |base: &Value, changes: &Value| {
            let mut map = base.as_object().unwrap().clone();
            for (name, value) in changes.as_object().unwrap() {
                if value.is_null() {
                    map.remove(name)
                } else {
                    map.insert(name.clone(), value.clone())
                };
            }
            map
        };
        let header = merge(&json!({"alg": "RS256", "kid": kid}), &header);
        let claims = merge(&good, &changes);
        let header = Value::Object(header);
        for (key, expected) in [(client_key(), expected), (foreign, false)] {
            let assertion = key.sign_parts(&header, &claims);
            let code = code(&visit, "noekkel", &pid(&visit, KARI), &[]).await;
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            let fields = [("client_id", "noekkel"), ("client_assertion_type", kind), ("client_assertion", &assertion)];
            let response = token(&visit, &form_header(), &exchange(&code, &fields)).await;
            let status = if expected { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
            assert_eq!(response.status(), status, "{changes} {header}: {}", hinted(&response));
            if expected {
                let again = token(&visit, &form_header(), &exchange(&code, &fields)).await;
                assert_eq!(again.status(), StatusCode::UNAUTHORIZED, "the same jti again");
            }
        }
    }
}

#[tokio::test]
async fn an_assertion_needs_the_client_id_in_the_body() {
    let visit = visit(&klienter());
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let response =
        token(&visit, &form_header(), &exchange("c", &[("client_assertion_type", kind), ("client_assertion", "x")]))
            .await;
    assert_eq!(
        (response.status(), body(response).await["error"].clone()),
        (StatusCode::BAD_REQUEST, json!("invalid_request"))
    );
}

#[tokio::test]
async fn requests_that_are_no_token_request_are_refused() {
    let visit = visit(&klienter());
    let app = basic("app", "hemmelig");
    for (form, status, error) in [
        ("", 400, "invalid_request"),
        ("grant_type=password", 400, "unsupported_grant_type"),
        ("grant_type=authorization_code", 400, "invalid_request"),
        ("grant_type=authorization_code&code=x&code=y", 400, "invalid_request"),
        ("grant_type=authorization_code&code=%zz", 400, "invalid_request"),
        ("grant_type=authorization_code&code=x", 400, "invalid_grant"),
    ] {
        let response = token(&visit, &app, form).await;
        assert_eq!(response.status().as_u16(), status, "{form}");
        assert_eq!(body(response).await["error"], error, "{form}");
    }
    let mut json = app.clone();
    json.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    assert_eq!(body(token(&visit, &json, "{}").await).await["error"], "invalid_request");
    let refresh = token(&visit, &app, "grant_type=refresh_token&refresh_token=x").await;
    assert_eq!(body(refresh).await["error"], "unauthorized_client");
    let mut dpop = app.clone();
    dpop.insert("dpop", HeaderValue::from_static("x"));
    assert_eq!(body(token(&visit, &dpop, &exchange("c", &[])).await).await["error"], "invalid_dpop_proof");
}

#[tokio::test]
async fn a_code_fits_one_client_one_address_and_one_verifier() {
    let visit = visit(&klienter());
    let kari = pid(&visit, KARI);
    let too_short = &VERIFIER[..42];
    let unlucky = format!("{VERIFIER}!");
    for (headers, changes) in [
        (basic("alene", "hemmelig"), vec![]),
        (basic("app", "hemmelig"), vec![("redirect_uri", "")]),
        (basic("app", "hemmelig"), vec![("redirect_uri", "https://app.example/cb/")]),
        (basic("app", "hemmelig"), vec![("code_verifier", "")]),
        (basic("app", "hemmelig"), vec![("code_verifier", "0123456789-abcdefghijklmnopqrstuvwxyz_ABCDEG")]),
        (basic("app", "hemmelig"), vec![("code_verifier", too_short)]),
        (basic("app", "hemmelig"), vec![("code_verifier", unlucky.as_str())]),
        (basic("app", "hemmelig"), vec![("code", "never.given")]),
    ] {
        let code = code(&visit, "app", &kari, &[]).await;
        let response = token(&visit, &headers, &exchange(&code, &changes)).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{changes:?}");
        assert_eq!(body(response).await["error"], "invalid_grant", "{changes:?}");
        let response = token(&visit, &basic("app", "hemmelig"), &exchange(&code, &[])).await;
        assert_eq!(response.status(), StatusCode::OK, "a mistake does not use the code up: {changes:?}");
    }
    for (clocks, status) in [(later(&visit, 59), 200), (later(&visit, 60), 400), (world_later(&visit, 60), 400)] {
        let code = code(&visit, "app", &kari, &[]).await;
        let response = token(&clocks, &basic("app", "hemmelig"), &exchange(&code, &[])).await;
        assert_eq!(response.status().as_u16(), status);
    }
    let changes = [("code_challenge", ""), ("code_challenge_method", "")];
    let without = code(&visit, "uten-pkce", &kari, &changes).await;
    let response = token(&visit, &basic("uten-pkce", "hemmelig"), &exchange(&without, &[])).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST, "a verifier without a challenge");
    let response = token(&visit, &basic("uten-pkce", "hemmelig"), &exchange(&without, &[("code_verifier", "")])).await;
    assert_eq!(response.status(), StatusCode::OK);
}

fn ask_userinfo(visit: &Visit, authorization: Option<&str>) -> axum::response::Response {
    let headers = authorization
        .map(|text| HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(text).unwrap())]))
        .unwrap_or_default();
    userinfo(&super::desk(visit), "GET", &headers, &mut Note::default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_exchanges_one_succeeds_and_its_tokens_are_taken_back() {
    let visit = visit(&klienter());
    let code = code(&visit, "app", &pid(&visit, KARI), &[]).await;
    let form = exchange(&code, &[]);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (visit, form) = (visit.clone(), form.clone());
        tasks.spawn(async move {
            let response = token(&visit, &basic("app", "hemmelig"), &form).await;
            (response.status(), body(response).await)
        });
    }
    let answers = tasks.join_all().await;
    let good: Vec<_> = answers.iter().filter(|(status, _)| *status == StatusCode::OK).collect();
    assert_eq!(good.len(), 1);
    assert!(answers.iter().all(|(status, answer)| *status == StatusCode::OK || answer["error"] == "invalid_grant"));
    let access = format!("Bearer {}", good[0].1["access_token"].as_str().unwrap());
    assert_eq!(ask_userinfo(&visit, Some(&access)).status(), StatusCode::UNAUTHORIZED, "taken back by the second use");
}

#[tokio::test]
async fn userinfo_answers_the_owner_of_a_good_token_only() {
    let visit = visit(&klienter());
    let kari = pid(&visit, KARI);
    let fetch = async |scope: &str| {
        let code = code(&visit, "app", &kari, &[("scope", scope), ("ui_locales", "se")]).await;
        body(token(&visit, &basic("app", "hemmelig"), &exchange(&code, &[])).await).await
    };
    let answer = fetch("openid profile").await;
    let access = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    let id_token = format!("Bearer {}", answer["id_token"].as_str().unwrap());
    let good = ask_userinfo(&visit, Some(&access));
    assert_eq!(good.status(), StatusCode::OK);
    let claims = body(good).await;
    let sub = claims_of(&visit, &answer["id_token"])["sub"].clone();
    assert_eq!(claims, json!({"sub": sub, "pid": kari, "locale": "se"}));

    let none = ask_userinfo(&visit, None);
    assert_eq!(
        (none.status(), none.headers()[header::WWW_AUTHENTICATE].clone()),
        (StatusCode::UNAUTHORIZED, HeaderValue::from_static("Bearer"))
    );
    let fork = Visit { state: crate::access::Access::new().of_world(2, crate::base::Seed(7)), ..visit.clone() };
    for (visit, text, words) in [
        (&visit, "Bearer abc", "signed access token"),
        (&visit, id_token.as_str(), "ID token"),
        (&later(&visit, 120), access.as_str(), "exp"),
        (&fork, access.as_str(), "another world"),
    ] {
        let response = ask_userinfo(visit, Some(text));
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{words}");
        let challenge = response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
        assert!(hinted(&response).contains(words), "{}", hinted(&response));
    }
    assert_eq!(ask_userinfo(&later(&visit, 119), Some(&access)).status(), StatusCode::OK);
    assert_eq!(ask_userinfo(&world_later(&visit, 86_400), Some(&access)).status(), StatusCode::OK, "real time only");
    let api = fetch("a:b").await;
    let api = format!("Bearer {}", api["access_token"].as_str().unwrap());
    let refused = ask_userinfo(&visit, Some(&api));
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(refused.headers()[header::WWW_AUTHENTICATE].to_str().unwrap().contains("insufficient_scope"));
}

#[tokio::test]
async fn bankid_supplies_names_and_testid_does_not() {
    let visit = visit(&klienter());
    let page = crate::access::fixture::text(super::ask(&visit, &super::request("app", &[])).await).await;
    let id = page.split("name=\"innlogging\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let form = format!("innlogging={id}&pid={}&acr=idporten-loa-high&amr=BankID&action=login", pid(&visit, KARI));
    let response =
        super::super::login::choose(&super::desk(&visit), &form_header(), form.as_bytes(), &mut Note::default()).await;
    let location = response.headers()[header::LOCATION].to_str().unwrap();
    let code = location.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let answer = body(token(&visit, &basic("app", "hemmelig"), &exchange(code, &[])).await).await;
    let id = claims_of(&visit, &answer["id_token"]);
    assert_eq!(
        (&id["given_name"], &id["family_name"], &id["amr"]),
        (&json!("Kari"), &json!("Fjord"), &json!(["BankID"]))
    );
    assert_eq!(claims_of(&visit, &answer["access_token"])["clm"], json!(["given_name", "family_name"]));
    let access = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    assert_eq!(body(ask_userinfo(&visit, Some(&access))).await["given_name"], "Kari");
}

#[tokio::test]
async fn an_unregistered_client_s_secret_is_not_checked_and_the_hint_says_so() {
    let visit = Visit { open_clients: true, ..visit(&klienter()) };
    let local = "http://localhost:9000/cb";
    let login_hint = super::hint(&pid(&visit, KARI));
    let query = super::request("fremmed", &[("redirect_uri", local), ("login_hint", &login_hint)]);
    let code = super::redirected(&super::ask(&visit, &query).await, local).get("code").unwrap().to_owned();
    let response =
        token(&visit, &basic("fremmed", "hva som helst"), &exchange(&code, &[("redirect_uri", local)])).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(hinted(&response).contains("not registered") && hinted(&response).contains("not checked"));
}
