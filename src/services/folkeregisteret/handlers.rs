//! Paths, tokens and extraction. What is answered stands in `rules`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query as QueryOf};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get, post};
use axum::{Extension, Router};

use super::faults;
use super::operations::MALER;
use super::pakker::{BASER, PAKKER, Pakke};
use super::rules::{self, Query, Svar, TJENESTE, operasjon};
use super::soek;
use crate::access::{AudienceRule, BearerFault, Inbound, MachineToken, bearer, not_modelled};
use crate::observe::Operation;
use crate::town::Town;

/// The package of a path, for its handlers.
type Av = Extension<&'static Pakke>;

/// The name of an operation, for its handler.
#[derive(Clone, Copy)]
struct Navn(&'static str);

/// The handler of a modelled operation.
fn handler(operation: &'static str) -> MethodRouter {
    match operation {
        operasjon::PERSON => get(person),
        operasjon::BULK => post(bulk),
        operasjon::SOEK => get(search),
        operasjon::ENTYDIGSOEK => get(unique_search),
        operasjon::ARKIVBULK => post(archive_bulk),
        operasjon::ARKIV => get(archive),
        operasjon::FEED => get(feed),
        operasjon::SISTE => get(last_number),
        operasjon::HENDELSE => get(event),
        operasjon::HENDELSEBULK => post(event_bulk),
        _ => get(xsd).layer(Extension(Navn(operation))),
    }
}

/// All paths of the service; a slash at the end is accepted everywhere.
pub(super) fn routes() -> Router {
    let mut router = Router::new();
    for (pakke, (base, tjenester)) in PAKKER.into_iter().zip(BASER) {
        for mal in MALER.iter().filter(|mal| tjenester.har(mal.tjenester)) {
            let method =
                if mal.modelled { handler(mal.name) } else { any(missing_one).layer(Extension(Navn(mal.name))) };
            let method = method.layer(Extension(pakke));
            if !mal.path.ends_with("{*rest}") {
                router = router.route(&format!("{base}{}/", mal.path), method.clone());
            }
            router = router.route(&format!("{base}{}", mal.path), method);
        }
        // Named one by one, so that no wider path of the package answers for them.
        for mal in MALER.iter().filter(|mal| !tjenester.har(mal.tjenester)) {
            router = router.route(&format!("{base}{}", mal.path), any(unknown_path));
            if !mal.path.ends_with("{*rest}") {
                router = router.route(&format!("{base}{}/", mal.path), any(unknown_path));
            }
        }
    }
    router.route("/folkeregisteret/{*rest}", any(unknown_path))
}

/// The machine token of the request, or the register's refusal.
fn admit(inbound: &Inbound, pakke: &Pakke, headers: &HeaderMap) -> Result<Arc<MachineToken>, faults::Feil> {
    let scopes: Vec<&str> = [pakke.scope].into_iter().chain(pakke.segment).collect();
    bearer(inbound, headers, &scopes, AudienceRule::IfPresent(&["unspecified"])).map_err(|fault| match fault {
        BearerFault::Missing => faults::TOKEN_MISSING,
        BearerFault::WrongAudience => faults::TOKEN_AUDIENCE,
        BearerFault::WrongScope => faults::SCOPE_MISMATCH,
        _ => faults::TOKEN_INVALID,
    })
}

/// Admits the caller, answers, and tells the record who asked about whom.
fn answer(
    inbound: &Inbound,
    pakke: &Pakke,
    headers: &HeaderMap,
    operation: &'static str,
    rule: impl FnOnce(&Arc<Town>) -> Svar,
) -> Response {
    let token = match admit(inbound, pakke, headers) {
        Ok(token) => token,
        Err(feil) => return rules::refused(feil, operation),
    };
    match rule(&inbound.town()) {
        Ok((mut response, mut note)) => {
            note.client = Some(token.client_id.clone());
            response.extensions_mut().insert(note);
            response
        }
        Err(feil) => rules::refused(feil, operation),
    }
}

async fn person(
    inbound: Inbound,
    Extension(pakke): Av,
    Path(id): Path<String>,
    QueryOf(query): QueryOf<Query>,
    headers: HeaderMap,
) -> Response {
    let answers = &inbound.access.answers;
    let rule = |town: &Arc<Town>| rules::person(town, answers, pakke, &id, &query, &headers);
    answer(&inbound, pakke, &headers, operasjon::PERSON, rule)
}

async fn bulk(
    inbound: Inbound,
    Extension(pakke): Av,
    QueryOf(query): QueryOf<Query>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(&inbound, pakke, &headers, operasjon::BULK, |town| rules::bulk(town, pakke, &query, &headers, &body))
}

async fn search(
    inbound: Inbound,
    Extension(pakke): Av,
    QueryOf(query): QueryOf<Query>,
    headers: HeaderMap,
) -> Response {
    answer(&inbound, pakke, &headers, operasjon::SOEK, |town| soek::liste(town, pakke, &query, &headers))
}

async fn unique_search(
    inbound: Inbound,
    Extension(pakke): Av,
    QueryOf(query): QueryOf<Query>,
    headers: HeaderMap,
) -> Response {
    answer(&inbound, pakke, &headers, operasjon::ENTYDIGSOEK, |town| soek::entydig(town, pakke, &query, &headers))
}

async fn archive(
    inbound: Inbound,
    Extension(pakke): Av,
    Path(id): Path<String>,
    QueryOf(query): QueryOf<Query>,
    headers: HeaderMap,
) -> Response {
    answer(&inbound, pakke, &headers, operasjon::ARKIV, |town| rules::archive(town, &id, &query, &headers))
}

async fn archive_bulk(
    inbound: Inbound,
    Extension(pakke): Av,
    QueryOf(query): QueryOf<Query>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(&inbound, pakke, &headers, operasjon::ARKIVBULK, |town| rules::archive_bulk(town, &query, &headers, &body))
}

async fn event(inbound: Inbound, Extension(pakke): Av, Path(id): Path<String>, headers: HeaderMap) -> Response {
    answer(&inbound, pakke, &headers, operasjon::HENDELSE, |town| rules::event(town, &id, &headers))
}

async fn event_bulk(inbound: Inbound, Extension(pakke): Av, headers: HeaderMap, body: Bytes) -> Response {
    answer(&inbound, pakke, &headers, operasjon::HENDELSEBULK, |town| rules::event_bulk(town, &headers, &body))
}

async fn feed(inbound: Inbound, Extension(pakke): Av, QueryOf(query): QueryOf<Query>, headers: HeaderMap) -> Response {
    let address = format!("{}{}/hendelser/feed", inbound.base_url, pakke.base);
    let rule = |town: &Arc<Town>| rules::feed(town, pakke, &query, &headers, &address);
    answer(&inbound, pakke, &headers, operasjon::FEED, rule)
}

async fn last_number(inbound: Inbound, Extension(pakke): Av, headers: HeaderMap) -> Response {
    answer(&inbound, pakke, &headers, operasjon::SISTE, |town| rules::last_number(town, pakke, &headers))
}

async fn xsd(
    inbound: Inbound,
    Extension(pakke): Av,
    Extension(Navn(operation)): Extension<Navn>,
    headers: HeaderMap,
) -> Response {
    answer(&inbound, pakke, &headers, operation, |_| rules::xsd(operation))
}

async fn missing_one(Extension(Navn(operation)): Extension<Navn>) -> Response {
    not_modelled(TJENESTE, operation)
}

/// A path of the register that this package does not have is told apart from one that is none.
async fn unknown_path(uri: Uri) -> Response {
    let path = uri.path();
    let below = |(base, _): &(&'static str, _)| {
        let known = |mal: &super::operations::Mal| {
            Operation::new(TJENESTE, "*", base, mal.path, mal.name).variables(path).is_some()
        };
        MALER.iter().any(known)
    };
    let feil = if BASER.iter().any(below) { faults::ROUTE_NOT_IN_PACKAGE } else { faults::ROUTE_UNKNOWN };
    if path.contains("/hendelser/feed") { feil.of_feed(path) } else { feil.into_response() }
}
