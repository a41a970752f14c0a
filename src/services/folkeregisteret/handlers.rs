//! Paths, tokens and extraction. What is answered stands in `rules`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query as QueryOf};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Extension, Router};

use super::faults;
use super::operations::{OMH, OPERATIONS};
use super::rules::{self, Query, Svar, TJENESTE, operasjon};
use crate::access::{AudienceRule, BearerFault, Inbound, MachineToken, bearer, not_modelled};
use crate::town::Town;

/// Scope of the package with legal basis.
const SCOPE: &str = "folkeregister:deling/offentligmedhjemmel";

/// The name of an operation, for its handler.
#[derive(Clone, Copy)]
struct Navn(&'static str);

/// All paths of the service; a slash at the end is accepted everywhere.
pub(super) fn routes() -> Router {
    let modelled = [
        ("/personer/{id}", get(person)),
        ("/personer/bulkoppslag", post(bulk)),
        ("/personer/bulkoppslag/arkiv", post(archive_bulk)),
        ("/personer/arkiv/{id}", get(archive)),
        ("/hendelser/feed", get(feed)),
        ("/hendelser/siste/sekvensnummer", get(last_number)),
        ("/hendelser/{id}", get(event)),
        ("/hendelser/bulkoppslag", post(event_bulk)),
    ];
    let missing = OPERATIONS.iter().filter(|operation| operation.base == OMH && !operation.modelled);
    let missing = missing.map(|operation| (operation.path, any(missing_one).layer(Extension(Navn(operation.name)))));
    let mut router = Router::new();
    for (path, method) in modelled.into_iter().chain(missing) {
        if !path.ends_with("{*rest}") {
            router = router.route(&format!("{OMH}{path}/"), method.clone());
        }
        router = router.route(&format!("{OMH}{path}"), method);
    }
    router
        .route("/folkeregisteret/api/{pakke}/{*rest}", any(other_package))
        .route("/folkeregisteret/{*rest}", any(unknown_path))
}

/// The machine token of the request, or the register's refusal.
fn admit(inbound: &Inbound, headers: &HeaderMap) -> Result<Arc<MachineToken>, faults::Feil> {
    bearer(inbound, headers, &[SCOPE], AudienceRule::IfPresent(&["unspecified"])).map_err(|fault| match fault {
        BearerFault::Missing => faults::TOKEN_MISSING,
        BearerFault::WrongAudience => faults::TOKEN_AUDIENCE,
        BearerFault::WrongScope => faults::SCOPE_MISMATCH,
        _ => faults::TOKEN_INVALID,
    })
}

/// Admits the caller, answers, and tells the record who asked about whom.
fn answer(
    inbound: &Inbound,
    headers: &HeaderMap,
    operation: &'static str,
    rule: impl FnOnce(&Arc<Town>) -> Svar,
) -> Response {
    let token = match admit(inbound, headers) {
        Ok(token) => token,
        Err(feil) => return rules::Avslag::Feil(feil).into_response(operation),
    };
    match rule(&inbound.town()) {
        Ok((mut response, mut note)) => {
            note.client = Some(token.client_id.clone());
            response.extensions_mut().insert(note);
            response
        }
        Err(refusal) => refusal.into_response(operation),
    }
}

async fn person(
    inbound: Inbound,
    Path(id): Path<String>,
    QueryOf(query): QueryOf<Query>,
    headers: HeaderMap,
) -> Response {
    let answers = &inbound.access.answers;
    answer(&inbound, &headers, operasjon::PERSON, |town| rules::person(town, answers, &id, &query, &headers))
}

async fn bulk(inbound: Inbound, QueryOf(query): QueryOf<Query>, headers: HeaderMap, body: Bytes) -> Response {
    answer(&inbound, &headers, operasjon::BULK, |town| rules::bulk(town, &query, &headers, &body))
}

async fn archive(
    inbound: Inbound,
    Path(id): Path<String>,
    QueryOf(query): QueryOf<Query>,
    headers: HeaderMap,
) -> Response {
    answer(&inbound, &headers, operasjon::ARKIV, |town| rules::archive(town, &id, &query, &headers))
}

async fn archive_bulk(inbound: Inbound, QueryOf(query): QueryOf<Query>, headers: HeaderMap, body: Bytes) -> Response {
    answer(&inbound, &headers, operasjon::ARKIVBULK, |town| rules::archive_bulk(town, &query, &headers, &body))
}

async fn event(inbound: Inbound, Path(id): Path<String>, headers: HeaderMap) -> Response {
    answer(&inbound, &headers, operasjon::HENDELSE, |town| rules::event(town, &id, &headers))
}

async fn event_bulk(inbound: Inbound, headers: HeaderMap, body: Bytes) -> Response {
    answer(&inbound, &headers, operasjon::HENDELSEBULK, |town| rules::event_bulk(town, &headers, &body))
}

async fn feed(inbound: Inbound, QueryOf(query): QueryOf<Query>, headers: HeaderMap) -> Response {
    answer(&inbound, &headers, operasjon::FEED, |town| rules::feed(town, &query, &headers))
}

async fn last_number(inbound: Inbound, headers: HeaderMap) -> Response {
    answer(&inbound, &headers, operasjon::SISTE, |town| rules::last_number(town, &headers))
}

async fn missing_one(Extension(Navn(operation)): Extension<Navn>) -> Response {
    not_modelled(TJENESTE, operation)
}

async fn other_package(uri: Uri) -> Response {
    match OPERATIONS.iter().find(|operation| operation.base != OMH && operation.variables(uri.path()).is_some()) {
        Some(operation) => not_modelled(TJENESTE, operation.name),
        None => faults::ROUTE_UNKNOWN.into_response(),
    }
}

async fn unknown_path() -> Response {
    faults::ROUTE_UNKNOWN.into_response()
}
