//! Paths, tokens and extraction.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};

use super::faults::Feil;
use super::oppslag::{Versjon, look_up};
use super::rules::{ENDRINGER, INNBYGGER, Innsyn, KONTAKT_SCOPES, PERSON, POST_SCOPES, SPRAAK, TJENESTE};
use super::{endringer, innbygger};
use crate::access::{AudienceRule, BearerFault, Inbound, MachineToken, bearer, with_note};
use crate::observe::Note;

/// All paths of the service.
pub(super) fn routes() -> Router {
    Router::new()
        .route("/krr/rest/v1/personer", post(v1))
        .route("/krr/rest/v2/personer", post(v2))
        .route("/krr/rest/v1/person", get(own).patch(language))
        .route("/krr/rest/v2/krr/hentEndringer", post(changes))
        .route("/krr/{*rest}", any(|| async { Feil::Ukjent.into_response() }))
        .method_not_allowed_fallback(|| async { Feil::Metode.into_response() })
}

async fn v1(inbound: Inbound, headers: HeaderMap, body: Bytes) -> Response {
    machine(&inbound, &headers, PERSON, None, |innsyn| look_up(&inbound.town(), Versjon::V1, innsyn, &body))
}

async fn v2(inbound: Inbound, headers: HeaderMap, body: Bytes) -> Response {
    machine(&inbound, &headers, PERSON, None, |innsyn| look_up(&inbound.town(), Versjon::V2, innsyn, &body))
}

async fn changes(inbound: Inbound, headers: HeaderMap, body: Bytes) -> Response {
    machine(&inbound, &headers, ENDRINGER, Some(endringer::SCOPE), |innsyn| {
        endringer::since(&inbound.town(), innsyn, &body)
    })
}

/// Admits a machine, answers, and tells the record who asked about whom.
fn machine(
    inbound: &Inbound,
    headers: &HeaderMap,
    operation: &'static str,
    also: Option<&str>,
    rule: impl FnOnce(Innsyn) -> Result<(Response, Note), Feil>,
) -> Response {
    let admitted = admit(inbound, headers, also);
    let client = admitted.as_ref().ok().map(|(token, _)| token.client_id.clone());
    let answer = admitted.and_then(|(_, innsyn)| rule(innsyn));
    let (response, note) =
        answer.unwrap_or_else(|feil| (feil.into_response(), Note { service: TJENESTE, operation, ..Note::default() }));
    with_note(response, Note { client, ..note })
}

/// The machine's token and what it opens.
fn admit(inbound: &Inbound, headers: &HeaderMap, also: Option<&str>) -> Result<(Arc<MachineToken>, Innsyn), Feil> {
    let scopes = [KONTAKT_SCOPES[0], KONTAKT_SCOPES[1], POST_SCOPES[0], POST_SCOPES[1]];
    let token = bearer(inbound, headers, &scopes, AudienceRule::Unchecked).map_err(Feil::Token)?;
    let narrow = Feil::Token(BearerFault::WrongScope);
    if also.is_some_and(|also| !token.scopes.iter().any(|scope| scope == also)) {
        return Err(narrow);
    }
    Innsyn::of_machine(&token).map(|innsyn| (token, innsyn)).ok_or(narrow)
}

async fn own(inbound: Inbound, headers: HeaderMap) -> Response {
    let mut note = Note { service: TJENESTE, operation: INNBYGGER, ..Note::default() };
    let answer = innbygger::read(&inbound, &headers, &mut note).await;
    with_note(answer.unwrap_or_else(IntoResponse::into_response), note)
}

async fn language(inbound: Inbound, headers: HeaderMap, body: Bytes) -> Response {
    let mut note = Note { service: TJENESTE, operation: SPRAAK, ..Note::default() };
    let answer = innbygger::change(&inbound, &headers, &body, &mut note).await;
    with_note(answer.unwrap_or_else(IntoResponse::into_response), note)
}
