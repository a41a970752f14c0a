//! The API as a program meets it: what each operation gives, and what is refused on either side of each limit
//! (`specs/eid.md` §6, §9 row 47).

mod clients;
mod keys;
mod scopes;

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
async fn what_is_registered_here_is_what_the_town_knows() {
    let verden = Verden::new().await;
    let (_, made) = verden.create(json!({"backchannel_logout_uri": "https://app.example/bak"})).await;
    assert_eq!(made["backchannel_logout_session_required"], true);
    let town = verden.inbound.town();
    let klient = town.klienter.alle.values().find(|klient| klient.client_id == id_of(&made)).unwrap();
    assert_eq!(klient.redirect_uris, ["https://app.example/cb"]);
    assert!(klient.eldes && klient.pkce && klient.tillegg.needs_sid());
}
