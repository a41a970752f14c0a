//! A hall with one small town, and requests to our own routes as the gate would pass them on.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::access::{Access, Inbound, WallTime};
use crate::journal::{Journal, MemoryJournal};
use crate::observe::Observe;
use crate::town::model::PersonId;
use crate::town::model::tests_town::TestTown;
use crate::townhall::{Blobs, MAIN, TownHall};

/// An answer read to its end.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    /// The body as JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|fault| panic!("{fault}: {}", self.body))
    }

    /// Status and, for a problem, its code.
    pub(super) fn verdict(&self) -> (u16, String) {
        let code =
            serde_json::from_str::<Value>(&self.body).ok().and_then(|body| body["code"].as_str().map(str::to_owned));
        (self.status.as_u16(), code.unwrap_or_default())
    }
}

/// A server without sockets.
pub(super) struct Hall {
    pub(super) hall: TownHall,
    pub(super) observe: Observe,
    pub(super) access: Access,
    router: Router,
}

impl Hall {
    /// The small town known by heart, as the world `main`.
    pub(super) fn new() -> Self {
        Self::on(Arc::new(MemoryJournal::default()))
    }

    /// The same over this journal.
    pub(super) fn on(journal: Arc<dyn Journal>) -> Self {
        let hall = TownHall::open(journal, Blobs::default()).unwrap();
        hall.create_on(TestTown::eksempel(), MAIN);
        let no_demo: crate::scenario::DemoStarter = Arc::new(|_| Box::pin(async { Err("no sample app here".into()) }));
        let router = super::routes(super::Runner { demo: no_demo, wall: || 0 });
        Self { hall, observe: Observe::default(), access: Access::default(), router }
    }

    /// Identity number of a person of the small town.
    pub(super) fn nummer(&self, person: PersonId) -> String {
        self.hall.world(MAIN).unwrap().town().person(person).nummer().to_string()
    }

    /// What the gate puts together for a request to `world`.
    fn inbound(&self, world: &str) -> Inbound {
        let prefix = if world == MAIN { String::new() } else { format!("/w/{world}") };
        Inbound {
            hall: self.hall.clone(),
            world: self.hall.world(world).unwrap(),
            observe: self.observe.clone(),
            access: self.access.clone(),
            base_url: format!("http://localhost:2983{prefix}"),
            public_url: format!("http://localhost:2983{prefix}"),
            wall: WallTime(0),
            request_id: "1-1".into(),
            open_clients: false,
        }
    }

    /// Sends a request to `world`; `path` is without the world prefix, as behind the gate.
    pub(super) async fn send(
        &self,
        world: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).extension(self.inbound(world));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// A page of the world `main`.
    pub(super) async fn page(&self, path: &str) -> Answer {
        self.send(MAIN, "GET", path, &[], Body::empty()).await
    }

    /// A call of the admin API with a JSON body.
    pub(super) async fn admin(&self, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(MAIN, method, &format!("/_byteby/v1{path}"), &headers, body).await
    }
}
