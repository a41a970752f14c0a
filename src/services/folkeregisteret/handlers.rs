//! Paths and extraction. What is answered stands in `rules`, who may ask in `kaller`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query as QueryOf};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get, post};
use axum::{Extension, Router};

use super::faults;
use super::kaller::{Adgang, Kaller};
use super::operations::MALER;
use super::pakker::{BASER, PAKKER, Pakke, Tjenester};
use super::rules::{self, Query, Svar, TJENESTE, operasjon};
use super::{soek, uttrekk};
use crate::access::with_note;
use crate::observe::{Note, Operation};
use crate::town::Town;

/// The name of an operation, for its handler.
#[derive(Clone, Copy)]
struct Navn(&'static str);

/// The handler of a modelled operation.
fn handler(operation: &'static str) -> MethodRouter {
    match operation {
        operasjon::PERSON => get(person),
        operasjon::BULK => post(bulk),
        operasjon::TILPASSET => post(order_extract),
        operasjon::KOMPLETT => get(order_everything),
        operasjon::BATCH => get(extract_batch),
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

/// The paths of a package below `base`; a slash at the end is accepted everywhere.
pub(super) fn of_package(base: &str, pakke: &'static Pakke, tjenester: Tjenester) -> Router {
    let mut router = Router::new();
    for mal in &MALER {
        // What the package lacks is named one by one, so that no wider path of it answers for them.
        let method = if tjenester.har(mal.tjenester) {
            handler(mal.name).layer(Extension(pakke))
        } else {
            any(|| async { faults::ROUTE_NOT_IN_PACKAGE })
        };
        router = router.route(&format!("{base}{}/", mal.path), method.clone());
        router = router.route(&format!("{base}{}", mal.path), method);
    }
    router
}

/// All paths of the service.
pub(super) fn routes() -> Router {
    let packages = PAKKER.into_iter().zip(BASER).map(|(pakke, (base, tjenester))| of_package(base, pakke, tjenester));
    packages.fold(Router::new(), Router::merge).route("/folkeregisteret/{*rest}", any(unknown_path))
}

/// Answers who has been admitted, and tells the record who asked about whom.
fn answer(kaller: &Kaller, operation: &'static str, rule: impl FnOnce(&Arc<Town>) -> Svar) -> Response {
    let answer = kaller.adgang.as_ref().map_err(|feil| *feil).and_then(|adgang| {
        let (response, note) = rule(&kaller.inbound.town())?;
        Ok(with_note(response, Note { client: Some(adgang.client_id.clone()), ..note }))
    });
    answer.unwrap_or_else(|feil| rules::refused(feil, operation))
}

async fn person(kaller: Kaller, Path(id): Path<String>, QueryOf(query): QueryOf<Query>) -> Response {
    let answers = &kaller.inbound.access.answers;
    let rule = |town: &Arc<Town>| rules::person(town, answers, &kaller.pakke, &id, &query, &kaller.headers);
    answer(&kaller, operasjon::PERSON, rule)
}

async fn bulk(kaller: Kaller, QueryOf(query): QueryOf<Query>, body: Bytes) -> Response {
    let rule = |town: &Arc<Town>| rules::bulk(town, &kaller.pakke, &query, &kaller.headers, &body);
    answer(&kaller, operasjon::BULK, rule)
}

async fn search(kaller: Kaller, QueryOf(query): QueryOf<Query>) -> Response {
    answer(&kaller, operasjon::SOEK, |town| soek::liste(town, &kaller.pakke, &query, &kaller.headers))
}

async fn unique_search(kaller: Kaller, QueryOf(query): QueryOf<Query>) -> Response {
    answer(&kaller, operasjon::ENTYDIGSOEK, |town| soek::entydig(town, &kaller.pakke, &query, &kaller.headers))
}

async fn archive(kaller: Kaller, Path(id): Path<String>, QueryOf(query): QueryOf<Query>) -> Response {
    answer(&kaller, operasjon::ARKIV, |town| rules::archive(town, &kaller.pakke, &id, &query, &kaller.headers))
}

async fn archive_bulk(kaller: Kaller, QueryOf(query): QueryOf<Query>, body: Bytes) -> Response {
    let rule = |town: &Arc<Town>| rules::archive_bulk(town, &kaller.pakke, &query, &kaller.headers, &body);
    answer(&kaller, operasjon::ARKIVBULK, rule)
}

async fn event(kaller: Kaller, Path(id): Path<String>) -> Response {
    answer(&kaller, operasjon::HENDELSE, |town| rules::event(town, &kaller.pakke, &id, &kaller.headers))
}

async fn event_bulk(kaller: Kaller, body: Bytes) -> Response {
    answer(&kaller, operasjon::HENDELSEBULK, |town| rules::event_bulk(town, &kaller.pakke, &kaller.headers, &body))
}

async fn feed(kaller: Kaller, QueryOf(query): QueryOf<Query>) -> Response {
    let address = format!("{}/hendelser/feed", kaller.base);
    answer(&kaller, operasjon::FEED, |town| rules::feed(town, &kaller.pakke, &query, &kaller.headers, &address))
}

async fn last_number(kaller: Kaller) -> Response {
    answer(&kaller, operasjon::SISTE, |town| rules::last_number(town, &kaller.pakke, &kaller.headers))
}

async fn xsd(kaller: Kaller, Extension(Navn(operation)): Extension<Navn>) -> Response {
    answer(&kaller, operation, |_| rules::xsd(operation))
}

/// The answer about an extract, with what the record should know of it.
fn about_extract(answer: uttrekk::Uttrekksvar, adgang: &Adgang, operation: &'static str) -> Response {
    let (response, note) = answer.unwrap_or_else(|refusal| (refusal, rules::note(operation)));
    with_note(response, Note { client: Some(adgang.client_id.clone()), ..note })
}

async fn order_extract(kaller: Kaller, body: Bytes) -> Response {
    match &kaller.adgang {
        Ok(adgang) => about_extract(uttrekk::tilpasset(&kaller, adgang, &body).await, adgang, operasjon::TILPASSET),
        Err(feil) => rules::refused(*feil, operasjon::TILPASSET),
    }
}

async fn order_everything(kaller: Kaller, QueryOf(query): QueryOf<Query>) -> Response {
    match &kaller.adgang {
        Ok(adgang) => about_extract(uttrekk::komplett(&kaller, adgang, &query).await, adgang, operasjon::KOMPLETT),
        Err(feil) => rules::refused(*feil, operasjon::KOMPLETT),
    }
}

async fn extract_batch(kaller: Kaller, Path((jobb, number)): Path<(String, String)>) -> Response {
    match &kaller.adgang {
        Ok(adgang) => about_extract(uttrekk::batch(&kaller, adgang, &jobb, &number).await, adgang, operasjon::BATCH),
        Err(feil) => rules::refused(*feil, operasjon::BATCH),
    }
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
