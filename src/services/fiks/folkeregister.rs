//! The population register behind a role: the role decides the package and the parts, the register itself answers, in its
//! own words (`specs/folkeregister.md` §17).

use axum::Router;
use axum::extract::{Path, Request};
use axum::http::Uri;
use axum::response::Response;
use axum::routing::any;

use super::TJENESTE;
use super::faults::Feil;
use super::handlers::sted;
use super::operations::OPERATIONS;
use super::roller::{Omraade, admit};
use crate::access::{Doer, Gjest, Inbound, with_note};
use crate::observe::{Note, Operation};

/// Where the role stands in the path.
const BASE: &str = "/fiks/folkeregister/api/v1";

/// The paths of the register, behind the door `doer`.
pub(super) fn routes(doer: Doer) -> Router {
    let pass_on = move |inbound: Inbound, Path((rolle, _)): Path<(String, String)>, request: Request| async move {
        pass_on(doer, &inbound, &rolle, request).await
    };
    Router::new().route(&format!("{BASE}/{{rolle}}/{{*ressurs}}"), any(pass_on))
}

/// What follows the role in a path and its query, as they were written.
fn behind_the_role(uri: &Uri) -> Option<Uri> {
    let rest = uri.path().strip_prefix(BASE)?.strip_prefix('/')?;
    let path = &rest[rest.find('/')?..];
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{path}{query}").parse().ok()
}

/// The operation of a path, when it is one of the register's; literal paths come before those with variables.
fn operation(path: &str) -> Option<&'static Operation> {
    let of_register = |operation: &&Operation| operation.path.starts_with("/folkeregister/");
    OPERATIONS.iter().filter(of_register).find(|operation| operation.variables(path).is_some())
}

/// Admits the caller to the role, and lets the register answer as much as the role may see.
async fn pass_on(doer: Doer, inbound: &Inbound, rolle: &str, mut request: Request) -> Response {
    let uri = request.uri().clone();
    let known = operation(uri.path());
    let note = Note { service: TJENESTE, operation: known.map_or("", |known| known.name), ..Note::default() };
    let refused = |feil: Feil, client: Option<String>| {
        with_note(feil.response(sted(inbound, &uri)), Note { client, ..note.clone() })
    };
    let adgang = match admit(inbound, request.headers(), rolle, Omraade::Folkeregister) {
        Ok(adgang) => adgang,
        Err(feil) => return refused(feil, None),
    };
    let client = Some(adgang.client_id.clone());
    let (Some(known), Some(rest)) = (known, behind_the_role(&uri)) else { return refused(Feil::Ukjent, client) };
    if !known.takes(request.method().as_str()) {
        return refused(Feil::Metode, client);
    }
    *request.uri_mut() = rest;
    let gjest = Gjest {
        client_id: adgang.client_id,
        consumer: inbound.town().base.kommune.orgnr,
        pakke: adgang.rolle.pakke,
        deler: adgang.rolle.deler,
        base: format!("{}{BASE}/{rolle}/v1", inbound.base_url),
    };
    let mut response = doer(request, gjest).await;
    // What the register told of whom it was asked about is told of the platform's operation.
    let told = response.extensions_mut().remove::<Note>().unwrap_or_default();
    with_note(response, Note { service: TJENESTE, operation: known.name, client, ..told })
}
