//! Refresh tokens, introspection and revocation: §9 rows 24, 31, 32, 37 and 38, and the rules of §3.7, §3.14, §3.15.

use serde_json::{Value, json};

use super::stage::{
    API, and, asked, claims, form, given_back, info, may_refresh, on, refresh, secret, tokens, told, town,
};
use super::{code, exchange, form_header, hinted, token};
use crate::access::Visit;
use crate::access::fixture::{KARI, body, later, pid, world_later};
use crate::town::state::{Bryter, Klient, Klienttillegg, Tjeneste};

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned()
}

async fn spa(visit: &Visit) -> Value {
    let code = code(visit, "spa", &pid(visit, KARI), &[]).await;
    body(token(visit, &form_header(), &exchange(&code, &[("client_id", "spa")])).await).await
}

#[tokio::test]
async fn only_clients_with_the_grant_get_refresh_tokens() {
    let visit = town();
    let answer = tokens(&visit, "fornyer", &[]).await;
    let names: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    let expected =
        ["access_token", "token_type", "expires_in", "id_token", "refresh_token", "refresh_token_expires_in", "scope"];
    assert_eq!(names, expected);
    assert!(text(&answer, "refresh_token").len() >= 700);
    assert_eq!(answer["refresh_token_expires_in"], 600);
    assert!(tokens(&visit, "app", &[]).await.get("refresh_token").is_none());
    assert!(spa(&visit).await.get("refresh_token").is_some(), "a public client too, when it is registered for it");
    let denied = on(&visit, Bryter::DenyPublicRefresh);
    assert!(spa(&denied).await.get("refresh_token").is_none());
    assert!(tokens(&denied, "fornyer", &[]).await.get("refresh_token").is_some(), "only public clients are denied");
    let kept = text(&spa(&visit).await, "refresh_token");
    let (status, answer) = refresh(&denied, &form_header(), &kept, &[("client_id", "spa")]).await;
    assert_eq!((status, &answer["error"]), (400, &json!("unauthorized_client")));
}

/// Row 31, and both ends of §3.7 on either clock.
#[tokio::test]
async fn row_31_a_refresh_token_fits_its_client_until_it_rests_too_long_or_the_authorization_is_over() {
    let visit = town();
    let fresh = async || text(&tokens(&visit, "fornyer", &[]).await, "refresh_token");
    for (then, expected) in [
        (visit.clone(), 200),
        (later(&visit, 599), 200),
        (later(&visit, 600), 400),
        (world_later(&visit, 599), 200),
        (world_later(&visit, 600), 400),
    ] {
        let (status, answer) = refresh(&then, &secret("fornyer"), &fresh().await, &[]).await;
        assert_eq!(status, expected, "{answer}");
        assert!(status == 200 || answer["error"] == "invalid_grant");
    }
    // Refreshed every nine minutes it still ends two hours after the log-in.
    let mut token = fresh().await;
    for step in 1..=13 {
        let (status, answer) = refresh(&later(&visit, step * 540), &secret("fornyer"), &token, &[]).await;
        assert_eq!(status, 200, "{step}");
        let left = 7200 - step * 540;
        assert_eq!(answer["refresh_token_expires_in"], json!(left.min(600)), "{step}");
        token = text(&answer, "refresh_token");
    }
    assert_eq!(refresh(&later(&visit, 7199), &secret("fornyer"), &token, &[]).await.0, 200);
    let (status, answer) = refresh(&later(&visit, 7200), &secret("fornyer"), &token, &[]).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")));

    let other = and(
        &visit,
        Klient {
            client_id: "fornyer-2".into(),
            ..visit.town.klienter.find(crate::town::state::Tjeneste::Idporten, "fornyer").unwrap().as_ref().clone()
        }
        .with_secret("hemmelig"),
    );
    let kept = fresh().await;
    for (headers, text) in [
        (secret("fornyer-2"), kept.clone()),
        (secret("fornyer"), String::from("x")),
        (secret("fornyer"), format!("{kept}x")),
        (secret("fornyer"), kept.replace("..", ".x.")),
    ] {
        let (status, answer) = refresh(&other, &headers, &text, &[]).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")));
    }
    assert_eq!(refresh(&visit, &secret("fornyer"), &kept, &[]).await.0, 200, "a foreign attempt leaves it good");
    let fork = Visit { state: crate::access::Access::new().of_world(2, crate::base::Seed(7)), ..visit.clone() };
    assert_eq!(refresh(&fork, &secret("fornyer"), &kept, &[]).await.0, 400, "another world");
    let missing = token_form(&visit, "grant_type=refresh_token").await;
    assert_eq!((missing.0, &missing.1["error"]), (400, &json!("invalid_request")));
}

async fn token_form(visit: &Visit, form: &str) -> (u16, Value) {
    told(token(visit, &secret("fornyer"), form).await).await
}

/// Row 32.
#[tokio::test]
async fn row_32_a_refresh_narrows_and_never_widens() {
    let visit = town();
    let answer = tokens(&visit, "fornyer", &[("scope", "openid profile")]).await;
    let token = text(&answer, "refresh_token");
    for (scope, expected) in [
        ("openid", Ok("openid")),
        ("profile openid", Ok("profile openid")),
        ("openid openid", Ok("openid")),
        ("", Ok("openid profile")),
        ("openid a:b", Err("invalid_scope")),
        (API, Err("invalid_scope")),
    ] {
        let (status, answer) = refresh(&visit, &secret("fornyer"), &token, &[("scope", scope)]).await;
        match expected {
            Ok(granted) => {
                assert_eq!((status, &answer["scope"]), (200, &json!(granted)), "{scope}");
                assert_eq!(claims(&answer["access_token"])["scope"], json!(granted));
            }
            Err(error) => assert_eq!((status, &answer["error"]), (400, &json!(error)), "{scope}"),
        }
    }
}

#[tokio::test]
async fn a_refresh_gives_a_new_access_token_of_the_same_person_and_an_id_token_only_when_told_to() {
    let visit = town();
    let answer = tokens(&visit, "fornyer", &[]).await;
    let (first, log_in) = (claims(&answer["access_token"]), claims(&answer["id_token"]));
    let then = later(&visit, 300);
    let (_, again) = refresh(&then, &secret("fornyer"), &text(&answer, "refresh_token"), &[]).await;
    let second = claims(&again["access_token"]);
    assert!(again.get("id_token").is_none());
    assert_ne!(first["jti"], second["jti"]);
    for name in ["sub", "pid", "client_id", "scope", "acr", "iss"] {
        assert_eq!(first[name], second[name], "{name}");
    }
    assert_eq!(info(&then, &again["access_token"]).await.0, 200);
    let switched = on(&then, Bryter::RefreshReturnsIdToken);
    let (_, again) = refresh(&switched, &secret("fornyer"), &text(&again, "refresh_token"), &[]).await;
    let id = claims(&again["id_token"]);
    assert_eq!((&id["auth_time"], &id["sub"], id.get("nonce")), (&log_in["auth_time"], &log_in["sub"], None));
    assert_ne!(id["jti"], log_in["jti"]);
    let (_, narrow) =
        refresh(&switched, &secret("fornyer"), &text(&again, "refresh_token"), &[("scope", "profile")]).await;
    assert!(narrow.get("id_token").is_none());
}

#[tokio::test]
async fn an_old_refresh_token_stays_good_and_under_the_strict_rule_its_reuse_ends_the_grant() {
    let visit = town();
    let first = text(&tokens(&visit, "fornyer", &[]).await, "refresh_token");
    let (_, second) = refresh(&visit, &secret("fornyer"), &first, &[]).await;
    let (status, third) = refresh(&visit, &secret("fornyer"), &first, &[]).await;
    assert_eq!(status, 200);
    assert_ne!(second["refresh_token"], third["refresh_token"]);

    let strict = on(&visit, Bryter::StrictRefresh);
    let (status, fourth) = refresh(&strict, &secret("fornyer"), &first, &[]).await;
    assert_eq!(status, 200);
    assert_eq!(info(&strict, &fourth["access_token"]).await.0, 200);
    let (status, answer) = refresh(&strict, &secret("fornyer"), &first, &[]).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "used before");
    for answer in [&second, &third, &fourth] {
        assert_eq!(info(&strict, &answer["access_token"]).await.0, 401, "the whole grant is over");
        assert_eq!(refresh(&strict, &secret("fornyer"), &text(answer, "refresh_token"), &[]).await.0, 400);
    }
}

#[tokio::test]
async fn limits_of_scopes_shorten_tokens_and_grants() {
    let visit = town();
    let answer = tokens(&visit, "fornyer", &[("scope", "openid api:kort")]).await;
    let access = claims(&answer["access_token"]);
    assert_eq!(
        (&answer["expires_in"], access["exp"].as_i64()),
        (&json!(30), access["iat"].as_i64().map(|iat| iat + 30))
    );
    assert_eq!(answer["refresh_token_expires_in"], 300);
    let (_, narrow) =
        refresh(&visit, &secret("fornyer"), &text(&answer, "refresh_token"), &[("scope", "openid")]).await;
    assert_eq!(narrow["expires_in"], 120);
}

#[tokio::test]
async fn opaque_tokens_are_forty_three_letters_and_work_like_others() {
    let visit = town();
    let answer = tokens(&visit, "fornyer", &[("scope", "openid profile api:skjult")]).await;
    let access = text(&answer, "access_token");
    assert_eq!((access.len(), access.contains('.')), (43, false));
    let (status, told) = info(&visit, &answer["access_token"]).await;
    assert_eq!((status, &told["pid"]), (200, &json!(pid(&visit, KARI))));
    assert_eq!(info(&later(&visit, 119), &answer["access_token"]).await.0, 200);
    assert_eq!(info(&later(&visit, 120), &answer["access_token"]).await.0, 401);
    let question = form(&[("token", &access)]);
    let (_, told) = asked(&visit, &secret("innsyn"), &question).await;
    assert_eq!((&told["active"], &told["jti"]), (&json!(true), &json!(access)));
    let (_, unknown) = asked(&visit, &secret("innsyn"), &form(&[("token", &"a".repeat(43))])).await;
    assert_eq!(unknown, json!({"active": false}));
    assert_eq!(given_back(&visit, &secret("fornyer"), &question).status(), 200);
    assert_eq!(info(&visit, &answer["access_token"]).await.0, 401);
    let wanting = Klienttillegg { opake_tokens: true, ..may_refresh() };
    let base = visit.town.klienter.find(crate::town::state::Tjeneste::Idporten, "app").unwrap().as_ref().clone();
    let with = and(
        &visit,
        Klient { client_id: "ugjennomsiktig".into(), tillegg: wanting.into(), ..base }.with_secret("hemmelig"),
    );
    assert_eq!(text(&tokens(&with, "ugjennomsiktig", &[]).await, "access_token").len(), 43);
}

#[tokio::test]
async fn a_pseudonymous_token_says_nothing_of_the_number_but_who_may_ask_is_told() {
    let visit = town();
    let answer = tokens(&visit, "fornyer", &[("scope", "openid profile api:pseudonym")]).await;
    assert!(!claims(&answer["access_token"]).contains_key("pid") && !claims(&answer["id_token"]).contains_key("pid"));
    let (status, told) = info(&visit, &answer["access_token"]).await;
    assert_eq!((status, told.get("pid")), (200, None));
    let (_, told) = asked(&visit, &secret("innsyn"), &form(&[("token", &text(&answer, "access_token"))])).await;
    assert_eq!(told["pid"], json!(pid(&visit, KARI)));
}

/// Rows 37 and 38.
#[tokio::test]
async fn row_37_introspection_answers_whom_the_scope_names() {
    let visit = town();
    let answer = tokens(&visit, "fornyer", &[("scope", "openid api:les"), ("resource", "https://api.example/")]).await;
    let access = text(&answer, "access_token");
    let question = form(&[("token", &access)]);
    let (status, told) = asked(&visit, &secret("innsyn"), &question).await;
    assert_eq!((status, &told["active"]), (200, &json!(true)));
    let claims = claims(&answer["access_token"]);
    for name in
        ["exp", "iat", "iss", "sub", "scope", "client_id", "client_orgno", "consumer", "acr", "aud", "jti", "pid"]
    {
        assert_eq!(told[name], claims[name], "{name}");
    }
    assert_eq!((&told["token_type"], &told["expires_in"]), (&json!("Bearer"), &json!(120)));
    let (_, told) = asked(&later(&visit, 119), &secret("innsyn"), &question).await;
    assert_eq!((&told["active"], &told["expires_in"]), (&json!(true), &json!(1)));

    // Another API may ask too, but not about this one's tokens.
    let mut other = visit.town.klienter.find(Tjeneste::Idporten, "innsyn").unwrap().as_ref().clone();
    other.client_id = "innsyn-annen".into();
    let with_other = and(&visit, other);
    let (status, told) = asked(&with_other, &secret("innsyn-annen"), &question).await;
    assert_eq!((status, told), (200, json!({"active": false})), "meant for another API");

    let plain = text(&tokens(&visit, "fornyer", &[("scope", "openid a:b")]).await, "access_token");
    for (then, token, what) in [
        (later(&visit, 120), access.clone(), "expired"),
        (visit.clone(), plain, "of scopes that name nobody"),
        (visit.clone(), "x.y.z".into(), "no token"),
        (visit.clone(), text(&answer, "id_token"), "an ID token"),
        (visit.clone(), text(&answer, "refresh_token"), "a refresh token"),
    ] {
        let (status, told) = asked(&then, &secret("innsyn"), &form(&[("token", &token)])).await;
        assert_eq!((status, told), (200, json!({"active": false})), "{what}");
    }
    for (headers, form, expected) in [
        (secret("fornyer"), question.clone(), (403, "insufficient_scope")),
        (super::basic("innsyn", "feil"), question.clone(), (401, "invalid_client")),
        (form_header(), question.clone(), (401, "invalid_client")),
        (form_header(), format!("{question}&client_id=innsyn"), (401, "invalid_client")),
        (form_header(), format!("{question}&client_id=spa"), (401, "invalid_client")),
        (secret("innsyn"), String::new(), (400, "invalid_request")),
        (secret("innsyn"), "token=".into(), (400, "invalid_request")),
    ] {
        let (status, told) = asked(&visit, &headers, &form).await;
        assert_eq!((status, told["error"].as_str().unwrap()), expected, "{form}");
    }
    let (_, told) = asked(&visit, &secret("innsyn"), &question).await;
    assert_eq!(told["active"], true);
    given_back(&visit, &secret("fornyer"), &question);
    assert_eq!(asked(&visit, &secret("innsyn"), &question).await.1, json!({"active": false}), "taken back");
}

/// §3.15 and row 38.
#[tokio::test]
async fn row_38_a_token_given_back_takes_its_grant_with_it_and_nothing_else() {
    let visit = town();
    for given in ["access_token", "refresh_token"] {
        let answer = tokens(&visit, "fornyer", &[]).await;
        let beside = tokens(&visit, "fornyer", &[]).await;
        let (_, refreshed) = refresh(&visit, &secret("fornyer"), &text(&answer, "refresh_token"), &[]).await;
        let question = form(&[("token", &text(&answer, given)), ("token_type_hint", "nonsense")]);
        // Somebody else's attempt is answered the same and does nothing.
        for (headers, form, hint) in [
            (secret("app"), question.as_str(), "another client's"),
            (secret("fornyer"), "token=unknown", "no such token"),
        ] {
            let response = given_back(&visit, &headers, form);
            assert!(hinted(&response).contains(hint), "{}", hinted(&response));
            assert_eq!(told(response).await, (200, Value::Null));
        }
        assert_eq!(info(&visit, &answer["access_token"]).await.0, 200);
        let response = given_back(&visit, &secret("fornyer"), &question);
        assert_eq!((hinted(&response).as_str(), told(response).await), ("", (200, Value::Null)));
        for dead in [&answer, &refreshed] {
            assert_eq!(info(&visit, &dead["access_token"]).await.0, 401, "{given}");
            assert_eq!(refresh(&visit, &secret("fornyer"), &text(dead, "refresh_token"), &[]).await.0, 400, "{given}");
        }
        assert_eq!(info(&visit, &beside["access_token"]).await.0, 200, "another grant of the same client");
    }
    for (headers, form, expected) in [
        (secret("fornyer"), "", (400, "invalid_request")),
        (super::basic("fornyer", "feil"), "token=x", (401, "invalid_client")),
        (form_header(), "token=x", (401, "invalid_client")),
    ] {
        let (status, told) = told(given_back(&visit, &headers, form)).await;
        assert_eq!((status, told["error"].as_str().unwrap()), expected);
    }
}

#[tokio::test]
async fn a_code_used_twice_takes_its_refresh_token_back_too() {
    let visit = town();
    let code = code(&visit, "fornyer", &pid(&visit, KARI), &[]).await;
    let answer = body(token(&visit, &secret("fornyer"), &exchange(&code, &[])).await).await;
    assert_eq!(token(&visit, &secret("fornyer"), &exchange(&code, &[])).await.status(), 400);
    assert_eq!(refresh(&visit, &secret("fornyer"), &text(&answer, "refresh_token"), &[]).await.0, 400);
    assert_eq!(info(&visit, &answer["access_token"]).await.0, 401);
}
