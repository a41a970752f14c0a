//! Scopes and who has access to them.

use serde_json::{Value, json};

use super::{ALL, NONE, Verden};

#[tokio::test]
async fn scopes_and_accesses_belong_to_their_owner() {
    let verden = Verden::new().await;
    let body = json!({"prefix": "testetat", "subscope": "plan/les.alt-1", "description": "Planer",
        "allowed_integration_types": ["maskinporten"]});
    let (status, made) = verden.ask("POST", "/scopes", &body).await;
    assert_eq!((status, &made["name"]), (201, &json!("testetat:plan/les.alt-1")), "{made}");
    let at = "/scopes?scope=testetat:plan/les.alt-1";
    let (_, shown) = verden.ask("GET", at, &NONE).await;
    assert_eq!(verden.ask("PUT", at, &shown).await, (200, shown.clone()), "what was read can be sent back");
    let (_, changed) = verden.ask("PUT", at, &json!({"description": "Nytt", "visibility": "PRIVATE"})).await;
    assert_eq!((&changed["description"], &changed["allowed_integration_types"]), (&json!("Nytt"), &json!([])));
    let foreign = verden.token("other", ALL);
    for (method, body) in [("GET", NONE), ("PUT", json!({"description": "x"})), ("DELETE", NONE)] {
        assert_eq!(verden.send(Some(&foreign), method, at, &body).await.0, 400, "{method}: unknown to others");
    }
    let stolen = json!({"prefix": "testetat", "subscope": "annet", "description": "x"});
    assert_eq!(verden.send(Some(&foreign), "POST", "/scopes", &stolen).await.0, 400, "the prefix has an owner");
    let own = verden.ask("GET", "/scopes", &NONE).await.1;
    assert_eq!(own.as_array().unwrap().len(), 1);
    let public = |all: &Value| all.as_array().unwrap().iter().any(|one| one["prefix"] == "testetat");
    assert!(!public(&verden.ask("GET", "/scopes/all", &NONE).await.1), "a private scope is not in the catalogue");

    let access = format!("/scopes/access/{}?scope=testetat:plan/les.alt-1", verden.other);
    let (status, row) = verden.ask("PUT", &access, &NONE).await;
    assert_eq!(status, 200, "{row}");
    let names: Vec<&String> = row.as_object().unwrap().keys().collect();
    assert_eq!(names, ["scope", "state", "created", "last_updated", "consumer_orgno", "owner_orgno"]);
    let list = "/scopes/access?scope=testetat:plan/les.alt-1";
    assert_eq!(verden.ask("GET", list, &NONE).await.1, json!([row]));
    assert_eq!(verden.ask("DELETE", &access, &NONE).await.0, 204);
    assert_eq!(verden.ask("DELETE", &access, &NONE).await.0, 404);
    assert_eq!(verden.ask("GET", list, &NONE).await.1, json!([]));
    assert_eq!(verden.ask("GET", &format!("{list}&inactive=true"), &NONE).await.1[0]["state"], "DENIED");

    assert_eq!(verden.ask("DELETE", at, &NONE).await.0, 204);
    assert_eq!(verden.ask("GET", "/scopes", &NONE).await.1, json!([]));
    assert_eq!(verden.ask("POST", "/scopes", &body).await.0, 409, "out of use is not gone");
    assert_eq!(verden.ask("PUT", at, &json!({"description": "x"})).await.0, 409);
    assert_eq!(verden.ask("PUT", at, &json!({"description": "x", "active": true})).await.1["active"], true);
    for (method, path, body, status) in [
        ("GET", "/scopes?scope=finnes:ikke", NONE, 400),
        ("PUT", "/scopes", json!({"description": "x"}), 400),
        ("PUT", "/scopes?scope=finnes:ikke", json!({"description": "x"}), 400),
        ("DELETE", "/scopes?scope=finnes:ikke", NONE, 400),
        ("GET", "/scopes/access?scope=finnes:ikke", NONE, 400),
        ("PUT", "/scopes/access/1?scope=testetat:plan/les.alt-1", NONE, 400),
        ("POST", "/scopes", json!({"subscope": "x", "description": "x"}), 400),
        ("POST", "/scopes", json!({"prefix": "testetat", "description": "x"}), 400),
        ("POST", "/scopes", json!({"prefix": "testetat", "subscope": "x"}), 400),
        ("POST", "/scopes", json!({"prefix": "testetat", "subscope": "a b", "description": "x"}), 400),
        ("POST", "/scopes", json!({"prefix": "testetat", "subscope": "x", "description": "x", "visibility": "X"}), 400),
        ("PUT", at, json!({"description": "x", "subscope": "annet"}), 400),
    ] {
        let (found, answer) = verden.ask(method, path, &body).await;
        assert_eq!(found, status, "{method} {path} {body}: {answer}");
    }
    let (status, sources) = verden.ask("GET", "/delegationsources", &NONE).await;
    assert_eq!((status, sources), (200, json!([{"issuer": "https://tt02.altinn.no/", "name": "Altinn"}])));
}
