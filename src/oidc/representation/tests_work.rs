//! Accounts at work, and the scope for heads (`specs/eid.md` §4.1, §4 no. 7).

use axum::http::{HeaderMap, header};
use serde_json::{Value, json};

use super::super::userinfo;
use super::tests::{RESOURCE, ansattporten, details, grant, headless, idporten, pid, tokens, town};
use super::tests_tokens::answered;
use crate::access::Visit;
use crate::access::fixture_roller::{KOMMUNE, orgnr};
use crate::observe::Note;
use crate::town::model::tests_town::rolle::{KARI, LINE, OLA, PIOTR};

#[tokio::test]
async fn a_work_account_has_an_address_and_groups_and_no_number() {
    let mut visit = town();
    let hint = |visit: &Visit, person| format!("testid:{}_entraid", pid(visit, person));
    let wanted = r#"[{"type":"ansattporten:orgno"}]"#;
    let asked = [("acr_values", "high entraid"), ("authorization_details", wanted)];
    let desk = ansattporten(&visit);
    let [answer, id, access] = tokens(&desk, "fagsystem", &hint(&visit, OLA), &asked).await;
    assert_eq!((&id["acr"], &id["amr"]), (&json!("entraid"), &json!(["entraid_pwd", "entraid_mfa"])));
    assert_eq!(id["email"], "ola.nordas@nordvik-kommune.example", "the larger of his two jobs");
    assert_eq!((&id["given_name"], &id["family_name"]), (&json!("Ola"), &json!("Nordås")));
    assert_eq!(id["groups"].as_array().unwrap().len(), 3, "the municipality, the department, the kindergarten");
    assert!(id["groups"].as_array().unwrap().iter().all(|group| group.as_str().unwrap().len() == 36));
    assert_eq!((id.get("pid"), access.get("pid")), (None, None));
    let expected = json!([{
        "type": "ansattporten:orgno",
        "authorized_parties": [{
            "orgno": { "authority": "iso6523-actorid-upis", "ID": format!("0192:{}", orgnr(KOMMUNE)) },
            "name": "NORDVIK KOMMUNE",
        }],
    }]);
    assert_eq!(answer["authorization_details"].to_string(), expected.to_string());
    let by_citizen = tokens(&desk, "fagsystem", &format!("testid:{}_high", pid(&visit, OLA)), &[]).await;
    assert_ne!(by_citizen[1]["sub"], id["sub"], "another subject than the citizen");
    assert!(by_citizen[1].get("authorization_details").is_none(), "nobody asked");
    // Rights are there when they were given, to everybody's clients or to one.
    grant(&mut visit, OLA, KOMMUNE, "ansattporten:orgno", &["Write"]);
    grant(&mut visit, OLA, KOMMUNE, "ansattporten:orgno/annet", &["Admin"]);
    let [answer, ..] = tokens(&ansattporten(&visit), "fagsystem", &hint(&visit, OLA), &asked).await;
    assert_eq!(answer["authorization_details"][0]["authorized_parties"][0]["rights"], json!(["Write"]));
    // Without an address there is no employer, and without a job no account.
    let [answer, ..] =
        tokens(&desk, "fagsystem", &format!("testid:{}_high", pid(&visit, OLA)), &[("authorization_details", wanted)])
            .await;
    assert_eq!(answer["authorization_details"], json!([{ "type": "ansattporten:orgno" }]));
    for (person, changes) in [(KARI, &asked[..1]), (OLA, &[][..]), (OLA, &[("acr_values", "high")][..])] {
        let params = headless(&desk, "fagsystem", &hint(&visit, person), changes).await.expect("a redirect");
        assert_eq!(params.get("error"), Some("invalid_request"), "{person:?} {changes:?}");
    }
    // At ID-porten there are none.
    let params = headless(&idporten(&visit), "innbygger", &hint(&visit, OLA), &[]).await.expect("a redirect");
    assert_eq!(params.get("error"), Some("invalid_request"));
}

#[tokio::test]
async fn userinfo_names_an_employee_whose_names_were_asked_for() {
    let visit = town();
    let desk = ansattporten(&visit);
    let hint = format!("testid:{}_entraid", pid(&visit, OLA));
    for (scope, names) in [("openid profile", Some("Ola")), ("openid", None)] {
        let changes = [("acr_values", "entraid"), ("scope", scope)];
        let [answer, id, _] = tokens(&desk, "fagsystem", &hint, &changes).await;
        let text = format!("Bearer {}", answer["access_token"].as_str().unwrap());
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, text.parse().unwrap())]);
        let (status, told) = answered(userinfo::userinfo(&desk, "GET", &headers, &mut Note::default())).await;
        assert_eq!((status, &told["sub"], told.get("pid")), (200, &id["sub"], None));
        assert_eq!(told.get("given_name").and_then(Value::as_str), names, "{scope}");
        assert_eq!(id.get("given_name").and_then(Value::as_str), names, "{scope}");
    }
}

#[tokio::test]
async fn the_scope_for_heads_asks_for_what_they_are_the_head_of() {
    let visit = town();
    let desk = ansattporten(&visit);
    let hint = |person, chosen: &str| format!("testid:{}_high{chosen}", pid(&visit, person));
    let scope = [("scope", "openid ansattporten:sjef")];
    let [answer, ..] = tokens(&desk, "sjef", &hint(LINE, ""), &scope).await;
    let parties = &answer["authorization_details"][0]["authorized_parties"];
    assert_eq!(parties[0]["name"], "FJORD BYGG AS");
    assert_eq!(answer["scope"], "openid ansattporten:sjef");
    let [answer, ..] = tokens(&desk, "sjef", &hint(PIOTR, ""), &scope).await;
    assert_eq!(answer["authorization_details"], json!([{ "type": "ansattporten:orgno" }]));
    // With a resource the organisations of both: the sub-unit is nobody's to be the head of.
    let wanted = details(RESOURCE, &["a"], &json!({}));
    let both = [scope[0], ("authorization_details", wanted.as_str())];
    let [answer, ..] = tokens(&desk, "sjef", &hint(LINE, ""), &both).await;
    assert_eq!(answer["authorization_details"][0]["authorized_parties"].as_array().unwrap().len(), 1);
    // Another client may not ask for it.
    let params = headless(&desk, "fagsystem", &hint(LINE, ""), &scope).await.expect("a redirect");
    assert_eq!(params.get("error"), Some("invalid_scope"));
}
