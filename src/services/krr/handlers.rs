//! Paths, tokens and extraction.

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};

use super::faults::Feil;
use super::rules::{self, Innsyn, KONTAKT_SCOPES, PERSON, POST_SCOPES, TJENESTE, Versjon};
use crate::access::{AudienceRule, Inbound, bearer, not_modelled, with_note};
use crate::observe::Note;

/// All paths of the service.
pub(super) fn routes() -> Router {
    Router::new()
        .route("/krr/rest/v1/personer", post(v1))
        .route("/krr/rest/v2/personer", post(v2))
        .route("/krr/rest/v1/person", any(|| async { not_modelled(TJENESTE, "krr.innbygger.hent") }))
        .route("/krr/rest/v2/krr/hentEndringer", any(|| async { not_modelled(TJENESTE, "krr.endringer.hent") }))
        .route("/krr/{*rest}", any(|| async { Feil::Ukjent.into_response() }))
}

async fn v1(inbound: Inbound, headers: HeaderMap, body: Bytes) -> Response {
    look_up(&inbound, Versjon::V1, &headers, &body)
}

async fn v2(inbound: Inbound, headers: HeaderMap, body: Bytes) -> Response {
    look_up(&inbound, Versjon::V2, &headers, &body)
}

fn look_up(inbound: &Inbound, versjon: Versjon, headers: &HeaderMap, body: &[u8]) -> Response {
    let scopes = [KONTAKT_SCOPES[0], KONTAKT_SCOPES[1], POST_SCOPES[0], POST_SCOPES[1]];
    let answer = bearer(inbound, headers, &scopes, AudienceRule::Unchecked).map_err(Feil::Token).and_then(|token| {
        let (response, note) = rules::look_up(&inbound.town(), versjon, Innsyn::of(&token.scopes), body)?;
        Ok(with_note(response, Note { client: Some(token.client_id.clone()), ..note }))
    });
    answer.unwrap_or_else(|feil| {
        with_note(feil.into_response(), Note { service: TJENESTE, operation: PERSON, ..Note::default() })
    })
}
