//! Requests and answers, in process, on a town small enough to know by heart (`tests_town`).

mod abonnement;
mod brukt;
mod daarlig_inndata;
mod flyt;
mod mottakere;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::access::{Inbound, fixture};
use crate::clock::{Instant, Span};
use crate::journal::MemoryJournal;
use crate::observe::Note;
use crate::town::model::PersonId;
use crate::town::model::tests_town::TestTown;
use crate::town::state::{Brev, Town};
use crate::townhall::{Blobs, TownHall, World};

/// A world with the service in front of it.
struct Verden {
    inbound: Inbound,
    router: Router,
}

/// An answer.
struct Svar {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    body: Vec<u8>,
    note: Note,
}

impl Svar {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }

    /// Name of the exception without its package.
    fn exception(&self) -> String {
        let json = self.json();
        let name = json["exception"].as_str().unwrap_or_default();
        name.rsplit('.').next().unwrap_or_default().to_owned()
    }
}

impl Verden {
    fn new() -> Self {
        Self::named("main")
    }

    fn named(name: &str) -> Self {
        let hall = TownHall::open(Arc::new(MemoryJournal::default()), Blobs::default()).unwrap();
        let world = hall.create_on(TestTown::eksempel(), name);
        Self::of(hall, world)
    }

    fn of(hall: TownHall, world: World) -> Self {
        let inbound = fixture::inbound(hall, world);
        Self { inbound, router: super::routes() }
    }

    fn town(&self) -> Arc<Town> {
        self.inbound.town()
    }

    fn nummer(&self, person: PersonId) -> String {
        self.town().person(person).nummer().to_string()
    }

    fn own(&self) -> String {
        self.town().base.kommune.orgnr.to_string()
    }

    async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Svar {
        let mut request = Request::builder().method(method).uri(format!("/eformidling{path}"));
        for (name, value) in headers {
            request = request.header(*name, value.as_bytes());
        }
        let request = request.extension(self.inbound.clone()).body(body.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        let note = parts.extensions.get::<Note>().cloned().unwrap_or_default();
        Svar { status: parts.status, headers: parts.headers, body, note }
    }

    async fn get(&self, path: &str) -> Svar {
        self.call("GET", path, &[], Body::empty()).await
    }

    async fn create(&self, sbd: &Value) -> Svar {
        let headers = [("content-type", "application/json")];
        self.call("POST", "/api/messages/out", &headers, sbd.to_string()).await
    }

    async fn upload(&self, id: &str, name: &str, mime: &str, bytes: &'static str) -> Svar {
        let disposition = format!("attachment; filename=\"{name}\"");
        let headers = [("content-type", mime), ("content-disposition", disposition.as_str())];
        self.call("PUT", &format!("/api/messages/out/{id}?title=Brev"), &headers, bytes).await
    }

    async fn send(&self, id: &str) -> Svar {
        self.call("POST", &format!("/api/messages/out/{id}"), &[], Body::empty()).await
    }

    /// Creates, fills with `brev.txt` and sends; the message id.
    async fn letter(&self, sbd: &Value) -> String {
        let created = self.create(sbd).await;
        assert_eq!(created.status, 200, "{}", String::from_utf8_lossy(&created.body));
        let id =
            created.json()["standardBusinessDocumentHeader"]["documentIdentification"]["instanceIdentifier"].clone();
        let id = id.as_str().unwrap().to_owned();
        assert_eq!(self.upload(&id, "brev.txt", "text/plain", "Hei og velkommen").await.status, 200);
        assert_eq!(self.send(&id).await.status, 200);
        id
    }

    async fn advance(&self, span: &str) {
        let to = Span::parse(span).unwrap().after(self.town().now());
        self.inbound.world.advance(to).await.unwrap();
    }

    /// Statuses of a message, in order.
    async fn statuses(&self, id: &str) -> Vec<String> {
        let page = self.get(&format!("/api/statuses/{id}")).await.json();
        page["content"].as_array().unwrap().iter().map(|item| item["status"].as_str().unwrap().to_owned()).collect()
    }

    /// Letters of `person`, in order of receipt.
    fn brev(&self, person: PersonId) -> Vec<Arc<Brev>> {
        let town = self.town();
        town.post.brev_til(town.key_of(person)).cloned().collect()
    }

    /// When the conversation of `id` got `status`.
    fn tid(&self, id: &str, status: &str) -> Instant {
        let town = self.town();
        let samtale = town.post.samtaler.values().find(|s| s.melding.noekkel.id.to_string() == id).unwrap();
        samtale.statuser.iter().find(|linje| linje.status.kode() == status).unwrap().tid
    }
}

/// A UUID that ends in `n`.
fn uuid(n: u32) -> String {
    format!("6b2e7a34-8f0c-4d0b-9a3c-{n:012x}")
}

fn urn(process: &str) -> String {
    format!("urn:no:difi:profile:digitalpost:{process}:ver1.0")
}

/// A document with the header every client sends.
fn sbd(kind: &str, process: &str, receiver: &str, n: u32, message: Value) -> Value {
    let standard = match kind {
        "print" => "urn:no:difi:digitalpost:xsd:fysisk::print".to_owned(),
        other => format!("urn:no:difi:digitalpost:xsd:digital::{other}"),
    };
    json!({
        "standardBusinessDocumentHeader": {
            "headerVersion": "1.0",
            "receiver": [{ "identifier": { "authority": "iso6523-actorid-upis", "value": receiver } }],
            "documentIdentification": {
                "standard": standard, "typeVersion": "1.0", "type": kind, "instanceIdentifier": uuid(n),
            },
            "businessScope": { "scope": [{
                "type": "ConversationId", "instanceIdentifier": uuid(n), "identifier": urn(process),
            }] },
        },
        kind: message,
    })
}

fn digital(receiver: &str, n: u32) -> Value {
    sbd(
        "digital",
        "info",
        receiver,
        n,
        json!({
            "sikkerhetsnivaa": 3, "hoveddokument": "brev.txt", "tittel": "Tilbud om hjemmebesøk", "spraak": "nn",
            "digitalPostInfo": { "aapningskvittering": false },
        }),
    )
}

fn print(receiver: &str, n: u32) -> Value {
    sbd(
        "print",
        "vedtak",
        receiver,
        n,
        json!({ "hoveddokument": "brev.txt", "printinstruksjoner": { "spraak": "nb" } }),
    )
}
