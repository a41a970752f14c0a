//! Paths and extraction; what every form has in common.

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::{any, post};

use super::faults::{Feil, Sted};
use super::operations::{KRR, OPERATIONS};
use super::roller::{Adgang, Omraade, admit};
use super::{TJENESTE, krr, skatt};
use crate::access::{Inbound, not_modelled, with_note};
use crate::observe::Note;

/// All paths of the service.
pub(super) fn routes() -> Router {
    Router::new()
        .route("/fiks/register/api/v1/ks/{rolle}/krr/person", post(krr_person))
        .merge(skatt::routes())
        .route("/fiks/{*rest}", any(elsewhere))
        .method_not_allowed_fallback(
            |inbound: Inbound, uri: Uri| async move { Feil::Metode.response(sted(&inbound, &uri)) },
        )
}

/// Where a request goes wrong, for the error body.
pub(super) fn sted<'a>(inbound: &'a Inbound, uri: &'a Uri) -> Sted<'a> {
    let path = uri.path();
    Sted {
        path: path.strip_prefix("/fiks").unwrap_or(path),
        request_id: &inbound.request_id,
        now: inbound.town().now(),
    }
}

/// Admits the caller to the role in the path, answers, and tells the record who asked about whom.
pub(super) fn answer(
    inbound: &Inbound,
    uri: &Uri,
    headers: &HeaderMap,
    (rolle, omraade): (&str, Omraade),
    operation: &'static str,
    form: impl FnOnce(&Adgang) -> Result<(Response, Note), Feil>,
) -> Response {
    let adgang = admit(inbound, headers, rolle, omraade);
    let client = adgang.as_ref().ok().map(|adgang| adgang.client_id.clone());
    let (response, note) = adgang.and_then(|adgang| form(&adgang)).unwrap_or_else(|feil| {
        (feil.response(sted(inbound, uri)), Note { service: TJENESTE, operation, ..Note::default() })
    });
    with_note(response, Note { client, ..note })
}

async fn krr_person(
    inbound: Inbound,
    Path(rolle): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(&inbound, &uri, &headers, (&rolle, Omraade::Krr), KRR, |_| krr::person(&inbound.town(), &body))
}

/// What this town knows of and does not model, and what nobody knows of.
async fn elsewhere(inbound: Inbound, uri: Uri) -> Response {
    let path = uri.path();
    match OPERATIONS.iter().find(|operation| !operation.modelled && operation.variables(path).is_some()) {
        Some(operation) => not_modelled(TJENESTE, operation.name),
        None => Feil::Ukjent.response(sted(&inbound, &uri)),
    }
}
