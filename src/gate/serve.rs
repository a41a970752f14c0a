//! One request from socket to answer: the order of the steps. What a step does stands in its own file.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;

use super::admission::{self, Arrival, Surface};
use super::cors::{self, Verdict};
use super::record::{self, Exchange, InFlight, Seen};
use super::{
    AdminAccess, Cors, Network, Pace, Tls, admin_access, fault, limits, panics, public, quota, stand_in, wall, world,
};
use crate::access::{Inbound, problem};
use crate::observe::{Observe, Swapped};
use crate::townhall::{MAIN, TownHall, traced};
use crate::web::{CaCertificate, PublicUrl};

/// Where the certificate of this machine's authority is given out.
const CA_PEM: &str = "/_byteby/v1/ca.pem";

/// What the gate needs to know.
#[derive(Clone, Debug)]
pub struct GateConfig {
    /// Origin a browser uses; the caller's own when not set.
    pub public_url: PublicUrl,
    /// Further accepted host names.
    pub allowed_hosts: Vec<String>,
    /// Proxies whose word about the caller counts.
    pub trusted_proxies: Vec<Network>,
    /// Who may use the pages and the admin API.
    pub admin: AdminAccess,
    /// Origins whose pages may use the admin API, beside our own.
    pub admin_origins: Vec<String>,
    /// How the mocks treat pages of other origins.
    pub cors: Cors,
    /// Whether the mocks' answers carry `Byteby-*` headers.
    pub headers: bool,
    /// Accept unregistered clients with loopback redirect addresses.
    pub open_clients: bool,
    /// Where the certificate authority comes from.
    pub tls: Tls,
}

/// A router that is put together when the first request for it comes: a server that only mocks never pays for the pages
/// and the admin API, neither at its start nor in memory.
type OnDemand = Arc<LazyLock<Router, Box<dyn FnOnce() -> Router + Send>>>;

/// The gate over all routers.
#[derive(Clone)]
pub struct Gate {
    config: GateConfig,
    hall: TownHall,
    observe: Observe,
    access: crate::access::Access,
    pace: Pace,
    mocks: Router,
    own: OnDemand,
}

impl Gate {
    /// A gate that lets `mocks` answer for the national services and what `own` makes for our pages and admin API; it is
    /// called once, when they are first asked for.
    #[must_use]
    pub fn new(
        config: GateConfig,
        hall: TownHall,
        observe: Observe,
        access: crate::access::Access,
        mocks: Router,
        own: fn() -> Router,
    ) -> Self {
        // The limit is the gate's; a service with a narrower one of its own keeps it.
        let mocks = mocks.layer(DefaultBodyLimit::max(limits::BODY));
        // One request that breaks must not take its connection along.
        let mocks = mocks.layer(CatchPanicLayer::custom(broken));
        let own: Box<dyn FnOnce() -> Router + Send> = Box::new(move || own().layer(CatchPanicLayer::custom(broken)));
        let own = Arc::new(LazyLock::new(own));
        Self { config, hall, observe, access, pace: Pace::default(), mocks, own }
    }

    /// The running clocks.
    #[must_use]
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// The gate as a router. `mount` is put in front of every path: the port of one service serves its root.
    pub fn router(self, mount: &'static str) -> Router {
        let gate = Arc::new(self);
        panics::caught(Router::new().fallback(move |request: Request| {
            let gate = gate.clone();
            async move {
                let mut swapped = Swapped::default();
                let answer = gate.answer(request, mount, &mut swapped).await;
                gate.unasked(answer.unwrap_or_else(|refused| refused), &swapped).await
            }
        }))
    }

    /// The answer of a router, or the refusal of a step before it.
    async fn answer(&self, request: Request, mount: &str, swapped: &mut Swapped) -> Result<Response, Response> {
        let wall = wall::now();
        let (mut parts, body) = request.into_parts();
        let tripwire = &self.observe.tripwire;
        stand_in::head(tripwire, &mut parts, swapped);
        let arrival = admission::admit(&self.config, &parts, mount)?;
        let body = stand_in::body(tripwire, limits::body(body, &arrival, &parts).await?, swapped);
        if parts.method == Method::POST && arrival.path == admin_access::SIGN_IN && arrival.surface == Surface::Own {
            return Ok(admin_access::sign_in(&self.config.admin, &parts, &body));
        }
        let world = world::find(&self.hall, &self.access, &arrival, &parts, &body)?;
        let apps = || {
            let settings = self.access.apps.of_world(&self.hall, world.name()).into_iter().map(|app| app.url);
            settings.chain(world.town().leveringer.apper.values().map(|app| app.url.origin())).collect()
        };
        let verdict = cors::judge(&self.config, &arrival, &parts, &world.town(), apps);
        if let Some(answer) = cors::preflight(&verdict, &arrival, &parts) {
            return Ok(answer);
        }
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
            public_url: public::base(self.config.public_url.get().as_deref(), &arrival, &parts.headers, world.name()),
            wall,
            request_id: id.clone(),
            open_clients: self.config.open_clients,
        });
        let mut response = match arrival.surface {
            Surface::Own => {
                self.surround(&mut parts, &arrival, &verdict).await;
                let request = Request::from_parts(parts, Body::from(body));
                let response = Router::clone(&self.own).oneshot(request).await.into_response();
                let about = world::of_admin(&arrival.path).and_then(|name| self.hall.world(name)).unwrap_or(world);
                let swapped = std::mem::take(swapped);
                stand_in::notice(&self.observe, &about, &swapped, None, None);
                stand_in::hide(response, &swapped).await
            }
            Surface::Mock => {
                let seen = Seen::of(&parts, &body);
                let request = Request::from_parts(parts, Body::from(body));
                let swapped = std::mem::take(swapped);
                self.mocked(Exchange { world, wall, id, seen, swapped }, request).await
            }
        };
        cors::say(&verdict, &mut response);
        Ok(response)
    }

    /// Gives a request to our own surface what only the gate has.
    async fn surround(&self, parts: &mut Parts, arrival: &Arrival, verdict: &Verdict) {
        parts.extensions.insert(self.config.public_url.clone());
        if matches!(verdict, Verdict::Echo(_)) {
            // The admin API refuses writes of other sites; this one is let in by `admin_origins`.
            parts.headers.remove("sec-fetch-site");
        }
        if arrival.path == CA_PEM {
            let tls = self.config.tls.clone();
            let made = tokio::task::spawn_blocking(move || tls.authority()).await;
            let pem = match made {
                Ok(Ok(authority)) => Ok(authority.pem().to_owned()),
                Ok(Err(fault)) => Err(fault.to_string()),
                Err(fault) => Err(fault.to_string()),
            };
            parts.extensions.insert(CaCertificate(pem));
        }
    }

    /// An answer of the gate itself, which no router gave: no number stands in it, and the finding is the default world's.
    async fn unasked(&self, answer: Response, swapped: &Swapped) -> Response {
        if swapped.is_empty() {
            return answer;
        }
        if let Some(main) = self.hall.world(MAIN) {
            stand_in::notice(&self.observe, &main, swapped, None, None);
        }
        stand_in::hide(answer, swapped).await
    }

    /// A mock's answer, recorded.
    async fn mocked(&self, exchange: Exchange, request: Request) -> Response {
        let under_way = InFlight::begin(&self.observe, exchange.world.incarnation());
        let faults = match fault::look(&self.observe, &self.hall, &exchange, &request) {
            Ok(faults) => faults,
            Err(refused) => {
                stand_in::notice(&self.observe, &exchange.world, &exchange.swapped, None, None);
                return stand_in::hide(refused, &exchange.swapped).await;
            }
        };
        let (response, wrote) = match faults.answer(&exchange) {
            Some(response) => (response, Vec::new()),
            None => {
                let (response, wrote) = traced(self.mocks.clone().oneshot(request)).await;
                (faults.spoil(&self.access, &exchange, response.into_response()).await, wrote)
            }
        };
        let response = faults.tell(response);
        let response = record::finish(&self.observe, exchange, response, wrote, self.config.headers).await;
        let response = faults.deliver(response).await;
        drop(under_way);
        response
    }
}

/// The answer of a request whose handler panicked. What it said stands in the log of the program, not in the answer.
fn broken(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a request could not be answered: its handler panicked");
    problem(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error", "the request could not be answered")
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
