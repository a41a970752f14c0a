//! One request from socket to answer: the order of the steps. What a step does stands in its own file.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;

use super::admission::{self, Surface};
use super::record::{self, Exchange, InFlight, Seen};
use super::{Pace, fault, limits, quota, stand_in, wall, world};
use crate::access::Inbound;
use crate::observe::{Observe, Swapped};
use crate::townhall::{MAIN, TownHall, traced};

/// What the gate needs to know.
#[derive(Clone, Debug)]
pub struct GateConfig {
    /// Origin a browser uses; the caller's own when not set.
    pub public_url: Option<String>,
    /// Further accepted host names.
    pub allowed_hosts: Vec<String>,
    /// Accept unregistered clients with loopback redirect addresses.
    pub open_clients: bool,
}

/// The gate over all routers.
#[derive(Clone)]
pub struct Gate {
    config: GateConfig,
    hall: TownHall,
    observe: Observe,
    access: crate::access::Access,
    pace: Pace,
    mocks: Router,
    own: Router,
}

impl Gate {
    /// A gate that lets `mocks` answer for the national services and `own` for our pages and admin API.
    #[must_use]
    pub fn new(
        config: GateConfig,
        hall: TownHall,
        observe: Observe,
        access: crate::access::Access,
        mocks: Router,
        own: Router,
    ) -> Self {
        Self { config, hall, observe, access, pace: Pace::default(), mocks, own }
    }

    /// The running clocks.
    #[must_use]
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// The gate as a router. `mount` is put in front of every path: the port of one service serves its root.
    pub fn router(self, mount: &'static str) -> Router {
        Router::new().fallback(move |request: Request| {
            let gate = self.clone();
            async move {
                let mut swapped = Swapped::default();
                match gate.answer(request, mount, &mut swapped).await {
                    Ok(answer) => answer,
                    Err(refused) => gate.refused(refused, &swapped).await,
                }
            }
        })
    }

    /// The answer of a router, or the refusal of a step before it.
    async fn answer(&self, request: Request, mount: &str, swapped: &mut Swapped) -> Result<Response, Response> {
        let wall = wall::now();
        let (mut parts, body) = request.into_parts();
        let tripwire = &self.observe.tripwire;
        stand_in::head(tripwire, &mut parts, swapped);
        let arrival = admission::admit(&self.config, &parts, mount)?;
        let body = stand_in::body(tripwire, limits::body(body).await?, swapped);
        let world = world::find(&self.hall, &self.access, &arrival, &parts, &body)?;
        quota::admit(&world, arrival.surface, &parts.method, wall)?;
        self.pace.catch_up(&world, wall).await;
        if let Some(named) = world::of_admin(&arrival.path).and_then(|name| self.hall.world(name)) {
            named.used(wall.0);
            self.pace.catch_up(&named, wall).await;
        }
        if let Some(uri) = with_path(&parts.uri, &arrival.path) {
            parts.uri = uri;
        }
        let prefix = arrival.prefix();
        let id = self.observe.arrival(world.incarnation());
        parts.extensions.insert(Inbound {
            hall: self.hall.clone(),
            world: world.clone(),
            observe: self.observe.clone(),
            access: self.access.clone(),
            base_url: format!("{}{prefix}", arrival.origin),
            public_url: format!("{}{prefix}", self.config.public_url.as_deref().unwrap_or(&arrival.origin)),
            wall,
            request_id: id.clone(),
            open_clients: self.config.open_clients,
        });
        let seen = Seen::of(&parts, &body);
        let request = Request::from_parts(parts, Body::from(body));
        match arrival.surface {
            Surface::Own => {
                let response = self.own.clone().oneshot(request).await.into_response();
                stand_in::notice(&self.observe, &world, swapped, None, None);
                Ok(stand_in::hide(response, swapped).await)
            }
            Surface::Mock => {
                let swapped = std::mem::take(swapped);
                Ok(self.mocked(Exchange { world, wall, id, seen, swapped }, request).await)
            }
        }
    }

    /// A refusal of the gate itself: no number stands in it, and the finding is the default world's.
    async fn refused(&self, refused: Response, swapped: &Swapped) -> Response {
        if let Some(main) = self.hall.world(MAIN) {
            stand_in::notice(&self.observe, &main, swapped, None, None);
        }
        stand_in::hide(refused, swapped).await
    }

    /// A mock's answer, recorded.
    async fn mocked(&self, exchange: Exchange, request: Request) -> Response {
        let under_way = InFlight::begin(&self.observe, exchange.world.incarnation());
        let faults = match fault::look(&self.observe, &self.hall, &exchange, &request) {
            Ok(faults) => faults,
            Err(refused) => return refused,
        };
        let (response, wrote) = match faults.answer(&exchange) {
            Some(response) => (response, Vec::new()),
            None => {
                let (response, wrote) = traced(self.mocks.clone().oneshot(request)).await;
                (response.into_response(), wrote)
            }
        };
        let response = record::finish(&self.observe, exchange, faults.tell(response), wrote).await;
        let response = faults.deliver(response).await;
        drop(under_way);
        response
    }
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.parse().ok()?);
    Uri::from_parts(parts).ok()
}
