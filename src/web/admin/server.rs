//! Health, version and addresses of the server.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use crate::access::Inbound;
use crate::journal::FORMAT;
use crate::population::{PACK, SCHEMA};
use crate::townhall::MAIN;
use crate::web::SERVICES;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(live)).routes(routes!(ready)).routes(routes!(version)).routes(routes!(server))
}

/// Whether the process answers.
#[derive(Serialize, ToSchema)]
pub(super) struct Live {
    status: &'static str,
}

/// The process answers.
#[utoipa::path(get, path = "/health/live", tag = "server", responses((status = 200, body = Live)))]
pub(super) async fn live() -> Json<Live> {
    Json(Live { status: "live" })
}

/// Whether requests can be served, and what is missing.
#[derive(Serialize, ToSchema)]
pub(super) struct Ready {
    status: &'static str,
    missing: Vec<String>,
}

/// Ready when the default world is open and takes writes.
#[utoipa::path(get, path = "/health/ready", tag = "server", responses((status = 200, body = Ready), (status = 503, description = "something is missing", body = Ready)))]
pub(super) async fn ready(inbound: Inbound) -> Response {
    let missing = match inbound.hall.world(MAIN) {
        None => vec![format!("world {MAIN}")],
        Some(world) if world.is_stopped() => vec![format!("world {MAIN} has stopped")],
        Some(_) => Vec::new(),
    };
    let (code, status) =
        if missing.is_empty() { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready") };
    (code, Json(Ready { status, missing })).into_response()
}

/// Versions of everything that shapes a town.
#[derive(Serialize, ToSchema)]
pub(super) struct Version {
    /// The program.
    version: &'static str,
    /// The data under `population/`.
    pack: &'static str,
    /// The generator.
    schema: u32,
    /// The records of the log.
    log_format: u8,
}

/// What this program is.
#[utoipa::path(get, path = "/version", tag = "server", responses((status = 200, body = Version)))]
pub(super) async fn version() -> Json<Version> {
    Json(Version { version: env!("CARGO_PKG_VERSION"), pack: PACK, schema: SCHEMA, log_format: FORMAT })
}

/// Where things are.
#[derive(Serialize, ToSchema)]
pub(super) struct Server {
    /// Origin and world prefix as the caller reached us.
    base_url: String,
    /// The same for what a browser uses.
    public_url: String,
    /// The world this address belongs to.
    world: String,
    /// Worlds open.
    worlds: usize,
    /// Services and where an app finds them.
    services: Vec<ServiceAddress>,
}

/// One service's address.
#[derive(Serialize, ToSchema)]
pub(super) struct ServiceAddress {
    service: &'static str,
    base_url: String,
    variable: &'static str,
}

/// Addresses.
#[utoipa::path(get, path = "/server", tag = "server", responses((status = 200, body = Server)))]
pub(super) async fn server(inbound: Inbound) -> Json<Server> {
    let address = |service: &crate::web::Service| ServiceAddress {
        service: service.id,
        base_url: format!("{}{}", inbound.base_url, service.base),
        variable: service.variable,
    };
    Json(Server {
        services: SERVICES.iter().map(address).collect(),
        world: inbound.world.name().to_owned(),
        worlds: inbound.hall.worlds().len(),
        base_url: inbound.base_url,
        public_url: inbound.public_url,
    })
}
