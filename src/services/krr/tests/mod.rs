//! A world with the register in front of it, and short ways to ask.

mod endringer;
mod innbygger;
mod oppslag;
mod rader;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::access::{Inbound, Visit, fixture};
use crate::formats::skjema::Skjema;
use crate::journal::MemoryJournal;
use crate::keys::Issuer;
use crate::town::decide::KontaktCommand;
use crate::town::model::tests_town::TestTown;
use crate::town::model::{Base, PersonId, PersonKey};
use crate::town::{Cause, Command, Town};
use crate::townhall::{Blobs, TownHall};

/// Scopes that open everything but the log of changes.
pub(super) const ALT: &str = "krr:global/kontaktinformasjon.read krr:global/digitalpost.read";

pub(super) struct Verden {
    pub(super) inbound: Inbound,
    router: Router,
}

/// Status, headers and body.
struct Svar {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Svar {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{} {}", self.status, self.text))
    }

    fn hint(&self) -> &str {
        self.headers.get("byteby-hint").map_or("", |value| value.to_str().unwrap())
    }
}

impl Verden {
    pub(super) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A world on the town of [`TestTown`] with a change to its columns.
    pub(super) async fn with(change: impl FnOnce(&mut Base)) -> Self {
        let hall = TownHall::open(Arc::new(MemoryJournal::default()), Blobs::default()).unwrap();
        let mut base = TestTown::eksempel();
        change(&mut base);
        let world = hall.create_on(base, "main");
        fixture::machine(&world).await;
        let inbound = Inbound { open_clients: true, ..fixture::inbound(hall, world) };
        Self { inbound, router: super::routes() }
    }

    pub(super) fn town(&self) -> Arc<Town> {
        self.inbound.town()
    }

    pub(super) async fn command(&self, command: Command) {
        self.inbound.world.command(command, Cause::of("test", &[])).await.unwrap();
    }

    pub(super) async fn kontakt(&self, command: KontaktCommand) {
        self.command(Command::Kontakt(command)).await;
    }

    pub(super) fn number(&self, id: PersonId) -> String {
        self.town().person(id).nummer().to_string()
    }

    /// A machine's token with `scope`; for another organisation when `supplier` is its own.
    fn token_of(&self, scope: &str, supplier: bool) -> String {
        let organisation = |orgnr: &str| json!({"authority": "iso6523-actorid-upis", "ID": format!("0192:{orgnr}")});
        let orgnr = self.town().base.kommune.orgnr.to_string();
        let mut claims = json!({
            "iss": "http://localhost:2983/maskinporten/", "client_id": "maskin", "scope": scope, "jti": "x", "exp": 120,
            "consumer": organisation(&orgnr),
        });
        if supplier {
            claims["supplier"] = organisation("314099885");
        }
        let state = Visit::of(&self.inbound).state;
        state.signing_key(Issuer::Maskinporten).sign(None, claims.as_object().unwrap())
    }

    fn token(&self, scope: &str) -> String {
        self.token_of(scope, false)
    }

    /// A citizen's token with `scope`.
    fn own_token(&self, id: PersonId, scope: &str) -> String {
        let visit = Visit::of(&self.inbound);
        let claims = json!({
            "iss": "http://localhost:2983/idporten", "client_id": "app", "scope": scope, "exp": 120, "sub": "x",
            "acr": "idporten-loa-substantial", "pid": self.number(id), "jti": visit.state.access_token_id("kode"),
        });
        visit.state.signing_key(Issuer::Idporten).sign(None, claims.as_object().unwrap())
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Svar {
        let mut request =
            Request::builder().method(method).uri(format!("/krr/rest{path}")).extension(self.inbound.clone());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Svar { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    /// A machine's question, whose good answer fits the schema `schema`.
    pub(super) async fn ask(&self, path: &str, scope: &str, body: &Value, schema: &str) -> Value {
        let bearer = format!("Bearer {}", self.token(scope));
        let answer = self.send("POST", path, &[("authorization", &bearer)], &body.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        fits(schema, &answer.json());
        answer.json()
    }

    /// The entries of `people` in version 1.
    async fn entries(&self, people: &[PersonId], scope: &str) -> Vec<Value> {
        let numbers: Vec<String> = people.iter().map(|id| self.number(*id)).collect();
        let body = json!({"personidentifikatorer": numbers});
        let answer = self.ask("/v1/personer", scope, &body, "krr/personer").await;
        answer["personer"].as_array().unwrap().clone()
    }

    pub(super) async fn entry(&self, id: PersonId) -> Value {
        self.entries(&[id], ALT).await.remove(0)
    }
}

fn fits(schema: &str, body: &Value) {
    assert_eq!(Skjema::named(schema).fault(body), None, "{body}");
}

pub(super) fn key(id: PersonId) -> PersonKey {
    PersonKey::Base(id.0)
}
