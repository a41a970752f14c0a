//! The API as a program meets it: what each operation gives, and what is refused on either side of each limit
//! (`specs/eid.md` §6, §9 row 47).

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::access::{Inbound, Visit, fixture};
use crate::base::Orgnummer;
use crate::journal::MemoryJournal;
use crate::keys::{Issuer, client_key};
use crate::town::decide::EidCommand;
use crate::town::model::tests_town::TestTown;
use crate::town::state::Bryter;
use crate::town::{Cause, Command};
use crate::townhall::{Blobs, TownHall};

const ALL: &str = "idporten:dcr.read idporten:dcr.write idporten:scopes.write";
const NONE: Value = Value::Null;

/// A world with the service in front of it, and two organisations with a client each.
struct Verden {
    inbound: Inbound,
    router: Router,
    own: Orgnummer,
    other: Orgnummer,
}

/// Status and body.
type Svar = (u16, Value);

impl Verden {
    async fn new() -> Self {
        let hall = TownHall::open(Arc::new(MemoryJournal::default()), Blobs::default()).unwrap();
        let world = hall.create_on(TestTown::eksempel(), "main");
        let mut numbers = (31_000_001..).filter_map(Orgnummer::compose);
        let (own, other) = (numbers.next().unwrap(), numbers.next().unwrap());
        for (id, orgnr) in [("own", own), ("other", other)] {
            fixture::machine_of(&world, id, orgnr).await;
        }
        Self { inbound: fixture::inbound(hall, world), router: super::routes(), own, other }
    }

    async fn command(&self, command: Command) {
        self.inbound.world.command(command, Cause::of("test", &[])).await.unwrap();
    }

    /// A token of `client`, one of the two.
    fn token(&self, client: &str, scope: &str) -> String {
        let orgnr = if client == "own" { self.own } else { self.other };
        let claims = json!({
            "iss": "http://localhost:2983/maskinporten/", "client_id": client, "scope": scope, "jti": "x", "exp": 120,
            "consumer": {"authority": "iso6523-actorid-upis", "ID": format!("0192:{orgnr}")},
        });
        let state = Visit::of(&self.inbound).state;
        state.signing_key(Issuer::Maskinporten).sign(None, claims.as_object().unwrap())
    }

    async fn send(&self, token: Option<&str>, method: &str, path: &str, body: &Value) -> Svar {
        let path = format!("/selvbetjening/api/v1{path}");
        let mut request = Request::builder().method(method).uri(path).extension(self.inbound.clone());
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = request.header("content-type", "application/json").body(Body::from(body)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR);
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status.as_u16(), serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// A call of the first organisation with all it may have.
    async fn ask(&self, method: &str, path: &str, body: &Value) -> Svar {
        self.send(Some(&self.token("own", ALL)), method, path, body).await
    }

    /// A new client with `changes` to a small login client.
    async fn create(&self, changes: Value) -> Svar {
        self.ask("POST", "/clients", &with(web_client(), changes)).await
    }
}

fn web_client() -> Value {
    json!({
        "integration_type": "idporten", "application_type": "web", "client_name": "Skjema", "description": "Et skjema",
        "token_endpoint_auth_method": "client_secret_basic", "grant_types": ["authorization_code"],
        "redirect_uris": ["https://app.example/cb"], "post_logout_redirect_uris": ["https://app.example/"],
        "scopes": ["openid", "profile"],
    })
}

fn machine_client() -> Value {
    json!({
        "integration_type": "maskinporten", "client_name": "Maskin", "description": "En maskin",
        "token_endpoint_auth_method": "private_key_jwt", "grant_types": ["jwt_bearer_token"],
        "scopes": ["folkeregister:deling/offentligmedhjemmel"],
    })
}

/// `body` with `changes`; null takes a field out.
fn with(mut body: Value, changes: Value) -> Value {
    let fields = body.as_object_mut().unwrap();
    for (name, value) in changes.as_object().cloned().unwrap_or_default() {
        if value.is_null() {
            fields.remove(&name);
        } else {
            fields.insert(name, value);
        }
    }
    body
}

fn id_of(made: &Value) -> String {
    made["client_id"].as_str().unwrap_or_else(|| panic!("no client: {made}")).to_owned()
}

fn key(changes: Value) -> Value {
    let mut key = client_key().public().to_jwk();
    key["kid"] = json!("k-1");
    with(key, changes)
}

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
async fn a_token_opens_its_own_organisation_s_entries_and_what_its_scopes_say() {
    let verden = Verden::new().await;
    let (_, made) = verden.create(json!({})).await;
    let path = format!("/clients/{}", id_of(&made));
    let foreign = verden.token("other", ALL);
    for (method, at) in [
        ("GET", path.clone()),
        ("PUT", path.clone()),
        ("DELETE", path.clone()),
        ("POST", format!("{path}/secret")),
        ("GET", format!("{path}/jwks")),
        ("GET", format!("{path}/onbehalfof")),
    ] {
        let (status, _) = verden.send(Some(&foreign), method, &at, &web_client()).await;
        assert_eq!(status, 404, "{method} {at}: another organisation's client is not there");
    }
    for (scope, method, at, status) in [
        ("idporten:dcr.read", "GET", path.as_str(), 200),
        ("idporten:dcr.read", "PUT", &path, 403),
        ("idporten:dcr.read", "DELETE", &path, 403),
        ("idporten:dcr.read", "POST", "/clients", 403),
        ("idporten:dcr.modify", "PUT", &path, 200),
        ("idporten:dcr.modify", "POST", "/clients", 403),
        ("idporten:dcr/onbehalfof:write", "GET", &path, 403),
        ("idporten:scopes.write", "GET", &path, 403),
        ("idporten:scopes.write", "GET", "/scopes", 200),
        ("idporten:dcr.modify", "GET", "/scopes", 403),
        ("idporten:dcr.write", "POST", "/clients", 201),
        ("folkeregister:deling/offentligmedhjemmel", "GET", "/clients", 403),
    ] {
        let token = verden.token("own", scope);
        let (found, answer) = verden.send(Some(&token), method, at, &web_client()).await;
        assert_eq!(found, status, "{scope} {method} {at}: {answer}");
    }
    assert_eq!(verden.send(None, "GET", "/clients", &NONE).await.0, 401);
    assert_eq!(verden.send(Some("nei"), "GET", "/clients", &NONE).await.0, 401);
    assert_eq!(verden.send(None, "GET", "/scopes/all", &NONE).await.0, 200, "the catalogue is open");
    assert_eq!(verden.send(None, "GET", "/nowhere", &NONE).await.0, 404);
    verden.command(Command::Eid(EidCommand::Bryter { bryter: Bryter::AdminAuth, paa: false })).await;
    let (status, listed) = verden.send(None, "GET", "/clients", &NONE).await;
    assert_eq!((status, listed), (200, json!([])), "without the check the municipality asks");
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
async fn keys_are_replaced_as_a_set_of_at_most_five_rsa_keys() {
    let verden = Verden::new().await;
    let (_, made) = verden.ask("POST", "/clients", &machine_client()).await;
    let path = format!("/clients/{}/jwks", id_of(&made));
    assert_eq!(verden.ask("GET", &path, &NONE).await, (200, json!({"keys": []})));
    let many = |count: usize| -> Value {
        let keys: Vec<Value> = (0..count).map(|n| key(json!({"kid": format!("k-{n}")}))).collect();
        json!({ "keys": keys })
    };
    let ec = json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "e", "e": "AQAB", "n": "AQAB"});
    for (body, status) in [
        (many(5), 201),
        (many(6), 400),
        (json!({"keys": [key(json!({}))]}), 201),
        (json!({"keys": [key(json!({"kid": "aZ09._-"}))]}), 201),
        (json!({"keys": [key(json!({"kid": "a b"}))]}), 400),
        (json!({"keys": [key(json!({"kid": "æ"}))]}), 400),
        (json!({"keys": [key(json!({"kid": ""}))]}), 400),
        (json!({"keys": [key(json!({"kid": null}))]}), 400),
        (json!({"keys": [key(json!({"alg": null}))]}), 400),
        (json!({"keys": [key(json!({"alg": "RS512"}))]}), 201),
        (json!({"keys": [key(json!({"alg": "PS256"}))]}), 400),
        (json!({"keys": [key(json!({"use": "enc"}))]}), 400),
        (json!({"keys": [key(json!({"n": null}))]}), 400),
        (json!({"keys": [key(json!({"n": "AQAB"}))]}), 400),
        (json!({"keys": [key(json!({"d": "AQAB"}))]}), 400),
        (json!({"keys": [ec]}), 400),
        (json!({"keys": [key(json!({})), key(json!({}))]}), 400),
        (json!({"keys": {}}), 400),
        (json!({}), 400),
        (json!({"keys": []}), 201),
    ] {
        let (found, answer) = verden.ask("POST", &path, &body).await;
        assert_eq!(found, status, "{body}: {answer}");
    }
    let (status, set) = verden.ask("PUT", &path, &many(2)).await;
    assert_eq!((status, set["keys"].as_array().unwrap().len()), (200, 2));
    let (_, set) = verden.ask("PUT", &path, &many(1)).await;
    assert_eq!(set["keys"].as_array().unwrap().len(), 1, "the whole set is replaced");
}

#[tokio::test]
async fn a_key_posted_again_begins_a_new_year() {
    let verden = Verden::new().await;
    let (_, made) = verden.ask("POST", "/clients", &machine_client()).await;
    let path = format!("/clients/{}/jwks", id_of(&made));
    let set = json!({"keys": [key(json!({}))]});
    verden.ask("POST", &path, &set).await;
    let first = verden.ask("GET", &path, &NONE).await.1["last_updated"].clone();
    let later = verden.inbound.world.town().now().plus_millis(30 * 86_400_000);
    verden.inbound.world.advance(later).await.unwrap();
    verden.ask("POST", &path, &set).await;
    let second = verden.ask("GET", &path, &NONE).await.1["last_updated"].clone();
    assert_eq!((first, second), (json!("2027-01-04T07:00:00Z"), json!("2027-02-03T07:00:00Z")));
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

#[tokio::test]
async fn what_is_registered_here_is_what_the_town_knows() {
    let verden = Verden::new().await;
    let (_, made) = verden.create(json!({"backchannel_logout_uri": "https://app.example/bak"})).await;
    assert_eq!(made["backchannel_logout_session_required"], true);
    let town = verden.inbound.town();
    let klient = town.klienter.alle.values().find(|klient| klient.client_id == id_of(&made)).unwrap();
    assert_eq!(klient.redirect_uris, ["https://app.example/cb"]);
    assert!(klient.eldes && klient.pkce && klient.tillegg.needs_sid());
}
