//! What is mocked, at which fidelity, by which version of the public contract.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Fields, Path, Query};
use super::problem::{Code, Problem};
use crate::access::Inbound;
use crate::base::nearest;
use crate::web::fidelity::{Card, cards};
use crate::web::{Entry, Lang, SERVICES, entries};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(operations))
        .routes(routes!(errors))
        .routes(routes!(error))
}

/// Services of this version.
#[derive(Serialize, ToSchema)]
struct Services {
    services: Vec<ServiceLine>,
}

/// A service in the list.
#[derive(Serialize, ToSchema)]
struct ServiceLine {
    service: &'static str,
    name: &'static str,
    /// What replaces the real origin in an app's settings.
    base_url: String,
    /// The environment variable that carries it.
    variable: &'static str,
    contract: &'static str,
    version: &'static str,
    /// Operations answered.
    offered: usize,
    /// Operations of the contract.
    operations: usize,
}

/// The mocked services, with the share of their contracts that is offered.
#[utoipa::path(get, path = "/services", tag = "services", responses((status = 200, body = Services)))]
async fn list(inbound: Inbound) -> Json<Services> {
    let line = |card: &'static Card| {
        let service = SERVICES.iter().find(|service| service.id == card.service)?;
        Some(ServiceLine {
            service: service.id,
            name: &card.name,
            base_url: format!("{}{}", inbound.base_url, service.base),
            variable: service.variable,
            contract: &card.contract,
            version: &card.version,
            offered: card.offered(),
            operations: card.operations.len(),
        })
    };
    Json(Services { services: cards().iter().filter_map(line).collect() })
}

/// Which service, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Which {
    /// Service id.
    service: String,
}

/// The fidelity card of a service.
#[utoipa::path(get, path = "/services/{service}", params(Which), tag = "services", responses((status = 200, body = Card)))]
async fn one(Path(which): Path<Which>) -> Result<Json<&'static Card>, Problem> {
    let card = cards().iter().find(|card| card.service == which.service);
    card.map(Json).ok_or_else(|| {
        let near = nearest(&which.service, cards().iter().map(|card| card.service.as_str()));
        Problem::new(Code::UnknownAddress, format!("there is no service `{}`", which.service)).near(near)
    })
}

/// Which operations.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only of this service.
    service: Option<String>,
    /// Only those answered, or only those that are not.
    offered: Option<String>,
}

impl Fields for Wanted {}

/// Operations of the contracts.
#[derive(Serialize, ToSchema)]
struct Operations {
    operations: Vec<OperationLine>,
}

/// An operation in the list.
#[derive(Serialize, ToSchema)]
struct OperationLine {
    name: &'static str,
    service: &'static str,
    calls: &'static [String],
    offered: bool,
}

/// Every operation with its stable name.
#[utoipa::path(get, path = "/ops", params(Wanted), tag = "services", responses((status = 200, body = Operations)))]
async fn operations(Query(wanted): Query<Wanted>) -> Result<Json<Operations>, Problem> {
    let offered = match wanted.offered.as_deref() {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(other) => return Err(Problem::value("?offered", format!("`{other}` is neither true nor false"))),
    };
    let of_service = |card: &&Card| wanted.service.as_deref().is_none_or(|service| card.service == service);
    let lines = cards().iter().filter(of_service).flat_map(|card| {
        card.operations.iter().map(|operation| OperationLine {
            name: &operation.name,
            service: &card.service,
            calls: &operation.calls,
            offered: operation.offered,
        })
    });
    let operations = lines.filter(|line| offered.is_none_or(|offered| line.offered == offered)).collect();
    Ok(Json(Operations { operations }))
}

/// The catalogue of errors.
#[derive(Serialize, ToSchema)]
struct Errors {
    errors: Vec<ErrorLine>,
}

/// An error of the catalogue.
#[derive(Serialize, ToSchema)]
struct ErrorLine {
    code: &'static str,
    /// Status in this API; none for codes that only the command line and scenarios use.
    status: Option<u16>,
    title: &'static str,
    /// What to do about it.
    advice: &'static str,
}

impl ErrorLine {
    fn of(entry: &Entry, lang: Lang) -> Self {
        Self { code: entry.code, status: entry.status, title: entry.title(lang), advice: entry.advice(lang) }
    }
}

/// Every error code, in the caller's language.
#[utoipa::path(get, path = "/errors", tag = "services", responses((status = 200, body = Errors)))]
async fn errors(lang: Lang) -> Json<Errors> {
    Json(Errors { errors: entries().values().map(|entry| ErrorLine::of(entry, lang)).collect() })
}

/// Which code, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct WhichCode {
    /// `BB` and four digits.
    code: String,
}

/// One error code.
#[utoipa::path(get, path = "/errors/{code}", params(WhichCode), tag = "services", responses((status = 200, body = ErrorLine)))]
async fn error(lang: Lang, Path(which): Path<WhichCode>) -> Result<Json<ErrorLine>, Problem> {
    let entry = entries().get(which.code.as_str());
    entry.map(|entry| Json(ErrorLine::of(entry, lang))).ok_or_else(|| {
        let near = nearest(&which.code, entries().keys().copied());
        Problem::new(Code::UnknownAddress, format!("there is no error code `{}`", which.code)).near(near)
    })
}
