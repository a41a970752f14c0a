//! Clients, their secrets and their sub-clients.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;
use tower::ServiceExt;

use super::{ALL, NONE, Verden, id_of, machine_client, web_client, with};

#[tokio::test]
async fn a_client_is_made_with_a_secret_that_is_shown_once() {
    let verden = Verden::new().await;
    let (status, made) = verden.create(json!({"grant_types": ["authorization_code", "refresh_token"]})).await;
    assert_eq!(status, 201, "{made}");
    let id = id_of(&made);
    assert_eq!(id.len(), 36);
    let secret = made["client_secret"].as_str().unwrap();
    assert!(secret.len() >= 32);
    let town = verden.inbound.town();
    let klient = town.klienter.alle.values().find(|klient| klient.client_id == id).unwrap();
    assert!(klient.hemmelighet.unwrap().fits(secret));
    let (status, shown) = verden.ask("GET", &format!("/clients/{id}"), &NONE).await;
    assert_eq!((status, shown.get("client_secret")), (200, None));
    for (field, value) in [
        ("client_orgno", json!(verden.own.to_string())),
        ("integration_type", json!("idporten")),
        ("active", json!(true)),
        ("access_token_lifetime", json!(120)),
        ("refresh_token_lifetime", json!(600)),
        ("authorization_lifetime", json!(7200)),
        ("code_challenge_method", json!("S256")),
        ("created", json!("2027-01-04T07:00:00Z")),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    let (_, listed) = verden.ask("GET", "/clients", &NONE).await;
    let ids: Vec<&str> = listed.as_array().unwrap().iter().map(|one| one["client_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 2, "its own two and nobody else's: {ids:?}");
    let (status, second) = verden.ask("POST", &format!("/clients/{id}/secret"), &NONE).await;
    assert_eq!(status, 201);
    let klient = verden.inbound.town().klienter.alle.values().find(|klient| klient.client_id == id).cloned().unwrap();
    assert!(klient.hemmelighet.unwrap().fits(second["client_secret"].as_str().unwrap()));
    assert!(!klient.hemmelighet.unwrap().fits(secret), "the old one is over");
    let (_, another) = verden.create(json!({})).await;
    assert_ne!(id_of(&another), id);
}

#[tokio::test]
async fn what_a_new_client_lacks_or_has_wrong_is_refused() {
    let verden = Verden::new().await;
    for (changes, status) in [
        (json!({}), 201),
        (json!({"integration_type": null}), 400),
        (json!({"integration_type": "idport"}), 400),
        (json!({"client_name": null}), 400),
        (json!({"client_name": ""}), 400),
        (json!({"description": null}), 400),
        (json!({"token_endpoint_auth_method": null}), 400),
        (json!({"token_endpoint_auth_method": "tls_client_auth"}), 400),
        (json!({"token_endpoint_auth_method": "private_key_jwt"}), 201),
        (json!({"token_endpoint_auth_method": "none"}), 201),
        (json!({"application_type": "browser"}), 400),
        (json!({"application_type": "browser", "token_endpoint_auth_method": "none"}), 201),
        (json!({"application_type": null}), 400),
        (json!({"grant_types": null}), 400),
        (json!({"grant_types": ["implicit"]}), 400),
        (json!({"grant_types": ["jwt_bearer_token"]}), 400),
        (json!({"redirect_uris": null}), 400),
        (json!({"redirect_uris": ["/cb"]}), 400),
        (json!({"redirect_uris": ["http://localhost:3000/cb"]}), 201),
        (json!({"redirect_uris": ["https://localhost:3000/cb"]}), 400),
        (json!({"post_logout_redirect_uris": null}), 400),
        (json!({"scopes": null}), 201),
        (json!({"scopes": ["openid", "finnes:ikke"]}), 400),
        (json!({"scopes": ["openid", "idporten:dcr.read"]}), 400),
        (json!({"frontchannel_logout_uri": "https://app.example/ut"}), 201),
        (json!({"frontchannel_logout_uri": "https://annen.example/ut"}), 400),
        (json!({"client_orgno": verden.own.to_string()}), 201),
        (json!({"client_orgno": verden.other.to_string()}), 403),
        (json!({"client_orgno": "123456789"}), 400),
        (json!({"noe_ukjent": 1}), 201),
        (json!({"access_token_lifetime": "lenge"}), 400),
    ] {
        let (found, answer) = verden.create(changes.clone()).await;
        assert_eq!(found, status, "{changes}: {answer}");
        if status >= 400 {
            assert!(answer["error"].is_string() && answer["error_description"].is_string(), "{answer}");
            assert!(!answer.to_string().to_lowercase().contains("byteby"));
        }
    }
    for (changes, status) in [
        (json!({}), 201),
        (json!({"grant_types": ["urn:ietf:params:oauth:grant-type:jwt-bearer"]}), 201),
        (json!({"grant_types": ["authorization_code"]}), 400),
        (json!({"token_endpoint_auth_method": "client_secret_basic"}), 400),
        (json!({"scopes": null}), 400),
        (json!({"scopes": ["openid"]}), 400),
        (json!({"integration_type": "krr"}), 400),
    ] {
        let (found, answer) = verden.ask("POST", "/clients", &with(machine_client(), changes.clone())).await;
        assert_eq!(found, status, "{changes}: {answer}");
    }
    let token = verden.token("own", ALL);
    for body in ["", "[]", "{", "null"] {
        let request = Request::post("/selvbetjening/api/v1/clients")
            .extension(verden.inbound.clone())
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"))
            .body(Body::from(body));
        let response = verden.router.clone().oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{body}");
    }
}

#[tokio::test]
async fn a_client_is_replaced_whole_and_its_kind_is_fixed() {
    let verden = Verden::new().await;
    let (_, made) = verden.create(json!({"sso_disabled": true, "display_name": "Vist"})).await;
    let path = format!("/clients/{}", id_of(&made));
    let secret = made["client_secret"].as_str().unwrap();
    let hash = async || {
        let town = verden.inbound.town();
        town.klienter.alle.values().find(|klient| klient.client_id == id_of(&made)).unwrap().hemmelighet
    };
    let (_, shown) = verden.ask("GET", &path, &NONE).await;
    assert_eq!(verden.ask("PUT", &path, &shown).await, (200, shown.clone()), "what was read can be sent back");
    let (status, changed) = verden.ask("PUT", &path, &with(web_client(), json!({"client_name": "Nytt"}))).await;
    assert_eq!((status, &changed["client_name"]), (200, &json!("Nytt")), "{changed}");
    assert_eq!((&changed["sso_disabled"], changed.get("display_name")), (&json!(false), None), "the whole object");
    assert!(hash().await.unwrap().fits(secret), "the secret is left alone");
    for (changes, status) in [
        (json!({"integration_type": "api_klient"}), 400),
        (json!({"integration_type": null}), 400),
        (json!({"client_id": "annen"}), 400),
        (json!({"client_orgno": verden.other.to_string()}), 400),
        (json!({"token_endpoint_auth_method": "client_secret_post"}), 200),
    ] {
        let (found, answer) = verden.ask("PUT", &path, &with(web_client(), changes.clone())).await;
        assert_eq!(found, status, "{changes}: {answer}");
    }
    assert!(hash().await.unwrap().fits(secret), "one secret method for another");
    verden.ask("PUT", &path, &with(web_client(), json!({"token_endpoint_auth_method": "private_key_jwt"}))).await;
    assert_eq!(hash().await, None, "leaving the secret methods deletes the secret");
    assert_eq!(verden.ask("POST", &format!("{path}/secret"), &NONE).await.0, 400);
    let (status, back) = verden.ask("PUT", &path, &web_client()).await;
    assert_eq!((status, back.get("client_secret")), (200, None));
    assert!(!hash().await.unwrap().fits(secret));
}

#[tokio::test]
async fn a_client_out_of_use_is_listed_on_request_and_cannot_be_changed() {
    let verden = Verden::new().await;
    let (_, made) = verden.create(json!({})).await;
    let path = format!("/clients/{}", id_of(&made));
    assert_eq!(verden.ask("DELETE", &path, &NONE).await.0, 204);
    assert_eq!(verden.ask("GET", &path, &NONE).await.0, 404);
    let (status, shown) = verden.ask("GET", &format!("{path}?inactive=true"), &NONE).await;
    assert_eq!((status, &shown["active"]), (200, &json!(false)));
    let count = async |path: &str| verden.ask("GET", path, &NONE).await.1.as_array().unwrap().len();
    assert_eq!((count("/clients").await, count("/clients?inactive=true").await), (1, 2));
    assert_eq!(verden.ask("PUT", &path, &web_client()).await.0, 404);
    assert_eq!(verden.ask("DELETE", &path, &NONE).await.0, 404);
    assert_eq!(verden.ask("PUT", &format!("{path}?inactive=true"), &web_client()).await.0, 409);
}

#[tokio::test]
async fn a_supplier_makes_and_sees_the_clients_it_runs_for_others() {
    let verden = Verden::new().await;
    let supplier = verden.token("own", "idporten:dcr.supplier");
    let body = with(web_client(), json!({"client_orgno": verden.other.to_string()}));
    let (status, made) = verden.send(Some(&supplier), "POST", "/clients", &body).await;
    assert_eq!((status, &made["supplier_orgno"]), (201, &json!(verden.own.to_string())), "{made}");
    let path = format!("/clients/{}", id_of(&made));
    assert_eq!(verden.ask("GET", &path, &NONE).await.0, 200);
    let owner = verden.token("other", "idporten:dcr.read");
    assert_eq!(verden.send(Some(&owner), "GET", &path, &NONE).await.0, 200, "its owner sees it too");
}

#[tokio::test]
async fn sub_clients_are_kept_for_good() {
    let verden = Verden::new().await;
    let (_, made) = verden.create(json!({})).await;
    let path = format!("/clients/{}/onbehalfof", id_of(&made));
    let own = verden.own.to_string();
    let body = json!({"onbehalfof": "kommune-1", "name": "Kommunen", "orgno": own, "description": "En kommune"});
    let (status, one) = verden.ask("POST", &path, &body).await;
    assert_eq!((status, &one["active"]), (201, &json!(true)), "{one}");
    assert_eq!(verden.ask("POST", &path, &body).await.0, 409);
    let at = format!("{path}/kommune-1");
    let (status, changed) = verden.ask("PUT", &at, &json!({"name": "Ny", "orgno": own})).await;
    assert_eq!((status, &changed["description"]), (200, &json!("")), "the whole object: {changed}");
    assert_eq!(verden.ask("DELETE", &at, &NONE).await.0, 204);
    assert_eq!(verden.ask("GET", &path, &NONE).await.1, json!([]));
    assert_eq!(verden.ask("GET", &format!("{path}?inactive=true"), &NONE).await.1[0]["active"], false);
    assert_eq!(verden.ask("POST", &path, &body).await.0, 409, "out of use is not gone");
    assert_eq!(verden.ask("PUT", &at, &json!({"name": "Ny", "orgno": own})).await.0, 404);
    let (status, again) = verden.ask("PUT", &at, &json!({"name": "Ny", "orgno": own, "active": true})).await;
    assert_eq!((status, &again["active"]), (200, &json!(true)));
    for (body, status) in [
        (json!({"onbehalfof": "b", "name": "B", "orgno": own}), 201),
        (json!({"onbehalfof": "c", "name": "C"}), 400),
        (json!({"onbehalfof": "c", "orgno": own}), 400),
        (json!({"name": "C", "orgno": own}), 400),
        (json!({"onbehalfof": "c", "name": "C", "orgno": "1"}), 400),
        (json!({"onbehalfof": "a b", "name": "C", "orgno": own}), 400),
    ] {
        assert_eq!(verden.ask("POST", &path, &body).await.0, status, "{body}");
    }
}
