//! One request from socket to answer.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tower::ServiceExt;

use super::client::client_of;
use super::selection::{baggage_world, split_world};
use super::{Pace, Selection, Signs, host, select, wall};
use crate::access::{Inbound, WallTime, problem};
use crate::observe::{self, Note, Observe, RequestEntry};
use crate::townhall::{TownHall, World};

/// Largest body accepted, bytes (`specs/experience.md` §20).
const BODY_LIMIT: usize = 10 << 20;
/// Bytes of a body kept in the record (`specs/experience.md` §5).
const KEPT_BODY: usize = 256 << 10;

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
            async move { gate.answer(request, mount).await }
        })
    }

    async fn answer(&self, request: Request, mount: &str) -> Response {
        let wall = wall::now();
        let (mut parts, body) = request.into_parts();
        let Some(origin) = self.origin(&parts.headers, &parts.uri) else {
            let detail = "this name is not served here: use localhost, or allow the name with --allowed-hosts";
            return problem(StatusCode::MISDIRECTED_REQUEST, "Misdirected Request", detail);
        };
        let body = match Limited::new(body, BODY_LIMIT).collect().await {
            Ok(collected) => collected.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return problem(StatusCode::PAYLOAD_TOO_LARGE, "Content Too Large", "the limit is 10 MiB");
            }
            Err(_) => return problem(StatusCode::BAD_REQUEST, "Bad Request", "the body was cut off"),
        };
        let path = parts.uri.path().to_owned();
        let (in_path, rest) = split_world(&path);
        let rest = format!("{mount}{rest}");
        let own = is_own(&rest);
        let world = match self.world(&parts.headers, in_path, parts.uri.query(), &body) {
            Ok(world) => world,
            Err(refused) => return refused,
        };
        if let Some(uri) = with_path(&parts.uri, &rest) {
            parts.uri = uri;
        }
        self.pace.catch_up(&world, wall).await;
        if let Some(named) = admin_world(&rest).and_then(|name| self.hall.world(name)) {
            self.pace.catch_up(&named, wall).await;
        }
        let prefix = in_path.map_or_else(String::new, |name| format!("/w/{name}"));
        let request_id = format!("{:x}-{:x}", world.incarnation(), self.observe.last() + 1);
        let inbound = Inbound {
            hall: self.hall.clone(),
            world: world.clone(),
            observe: self.observe.clone(),
            access: self.access.clone(),
            base_url: format!("{origin}{prefix}"),
            public_url: format!("{}{prefix}", self.config.public_url.as_deref().unwrap_or(&origin)),
            wall,
            request_id: request_id.clone(),
            open_clients: self.config.open_clients,
        };
        parts.extensions.insert(inbound);
        let seen = Seen::of(&parts, &body);
        let request = Request::from_parts(parts, Body::from(body));
        if own {
            return self.own.clone().oneshot(request).await.into_response();
        }
        self.observe.begin(world.incarnation());
        let flight = InFlight { observe: &self.observe, incarnation: world.incarnation() };
        let response = self.mocks.clone().oneshot(request).await.into_response();
        let response = self.record(&world, wall, seen, response, &request_id).await;
        drop(flight);
        response
    }

    /// Scheme and host as the caller wrote them; `None` for a host that is not ours.
    fn origin(&self, headers: &HeaderMap, uri: &Uri) -> Option<String> {
        let host = headers
            .get(header::HOST)
            .and_then(|value| value.to_str().ok())
            .or_else(|| uri.authority().map(axum::http::uri::Authority::as_str))?;
        host::is_accepted(host, &self.config.allowed_hosts).then(|| format!("http://{host}"))
    }

    fn world(
        &self,
        headers: &HeaderMap,
        in_path: Option<&str>,
        query: Option<&str>,
        body: &Bytes,
    ) -> Result<World, Response> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let client = client_of(headers, query, body);
        let signs = Signs {
            path: in_path,
            header: text("byteby-world"),
            baggage: text("baggage").and_then(baggage_world),
            client: client.as_deref(),
        };
        match select(&self.hall, &signs) {
            Selection::World(name) => self.hall.world(&name).ok_or_else(|| {
                let detail = format!("there is no world named `{name}`");
                problem(StatusCode::NOT_FOUND, "Unknown world", &detail)
            }),
            Selection::Disagree(one, other) => {
                let detail = format!("the request names two worlds, `{one}` and `{other}`");
                let mut response = problem(StatusCode::CONFLICT, "Two worlds", &detail);
                hint(&mut response, "two-worlds");
                Err(response)
            }
        }
    }

    async fn record(&self, world: &World, wall: WallTime, seen: Seen, response: Response, id: &str) -> Response {
        let (mut parts, body) = response.into_parts();
        // Mock bodies are made in memory, so collecting one cannot fail.
        let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let town = world.town();
        let note = parts.extensions.remove::<Note>().unwrap_or_default();
        let hint = parts.headers.get("byteby-hint").and_then(|value| value.to_str().ok()).map(str::to_owned);
        self.observe.record(RequestEntry {
            id: 0,
            world: world.name().to_owned(),
            incarnation: world.incarnation(),
            at: town.now(),
            wall_ms: wall.0,
            note,
            app: seen.app,
            trace: seen.trace,
            method: seen.method,
            path: seen.path,
            query: seen.query,
            status: parts.status.as_u16(),
            request_body: observe::Body::bounded(&seen.body, KEPT_BODY),
            response_body: observe::Body::bounded(&observe::redacted(&bytes), KEPT_BODY),
            hint,
            seq: world.ledger().head().seq,
        });
        let ours = [
            ("byteby-request-id", id.to_owned()),
            ("byteby-world", world.name().to_owned()),
            ("byteby-time", town.now().to_string()),
            ("date", town.now().http_date()),
        ];
        for (name, value) in ours {
            if let Ok(value) = HeaderValue::from_str(&value) {
                parts.headers.insert(HeaderName::from_static(name), value);
            }
        }
        Response::from_parts(parts, Body::from(bytes))
    }
}

/// Ends a request in the record also when its connection is gone before the answer.
struct InFlight<'a> {
    observe: &'a Observe,
    incarnation: u64,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.observe.end(self.incarnation);
    }
}

/// What the record keeps of a request.
struct Seen {
    method: String,
    path: String,
    query: String,
    body: Bytes,
    app: Option<String>,
    trace: Option<String>,
}

impl Seen {
    fn of(parts: &axum::http::request::Parts, body: &Bytes) -> Self {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let trace = text("traceparent").and_then(|value| value.split('-').nth(1)).map(str::to_owned);
        let app = text("baggage").and_then(|value| {
            value.split(',').find_map(|member| member.trim().strip_prefix("byteby-app=").map(str::to_owned))
        });
        Self {
            method: parts.method.to_string(),
            path: observe::redacted_text(parts.uri.path()),
            query: observe::redacted_text(parts.uri.query().unwrap_or("")),
            body: observe::redacted(body),
            app,
            trace,
        }
    }
}

/// Paths of our own surface: pages and admin API.
fn is_own(path: &str) -> bool {
    path == "/" || path == "/ui" || path.starts_with("/ui/") || path.starts_with("/_byteby/") || path == "/favicon.ico"
}

/// The world an address of the admin API is about, which need not be the world the request belongs to.
fn admin_world(path: &str) -> Option<&str> {
    path.strip_prefix("/_byteby/v1/worlds/")?.split('/').next()
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

fn hint(response: &mut Response, text: &'static str) {
    response.headers_mut().insert("byteby-hint", HeaderValue::from_static(text));
}
