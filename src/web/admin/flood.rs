//! Floods: what happens to very many people at once, as one log item (`specs/folkeregister.md` §9).

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Body, Fields, Named};
use super::once;
use super::problem::Problem;
use crate::town::decide::FolkCommand;
use crate::town::{Cause, Command};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(check_identities))
}

/// Whose identity is checked.
#[derive(Deserialize, ToSchema)]
#[schema(as = IdentityCheck)]
pub(super) struct Wanted {
    /// How many of those who have not been checked, in the order of the register; everybody resident when not given.
    #[schema(minimum = 1)]
    antall: Option<u32>,
}

impl Fields for Wanted {}

/// A flood in the event feed.
#[derive(Serialize, ToSchema)]
pub(super) struct Flood {
    /// The log item.
    seq: u64,
    /// How many entries the feed got.
    antall: u64,
    /// The first of them, as the package with legal basis numbers it.
    first: u64,
    /// The last of them.
    last: u64,
}

/// Checks the identity of everybody resident anew: one log item, and for each of them one entry of the event feed.
#[utoipa::path(post, path = "/worlds/{world}/identity-check", tag = "log", request_body = Wanted,
    responses((status = 201, body = Flood)))]
pub(super) async fn check_identities(
    Named { world, .. }: Named,
    headers: HeaderMap,
    Body(wanted): Body<Wanted>,
) -> Result<(StatusCode, Json<Flood>), Problem> {
    let key = once::key(&headers)?;
    let now = world.town().now().millis().to_be_bytes();
    let seq = world.ledger().head().seq.to_be_bytes();
    let cause = match &key {
        Some(key) => Cause::of("admin identity check", &[key.as_bytes()]),
        None => Cause::of("admin identity check", &[&now, &seq]),
    };
    let done = world.command(Command::Folk(FolkCommand::Identitetskontroll { antall: wanted.antall }), cause).await?;
    let antall = done.events.iter().map(people_of).sum::<u64>();
    let last = done.town.feed_len();
    Ok((StatusCode::CREATED, Json(Flood { seq: done.seq, antall, first: last + 1 - antall, last })))
}

fn people_of(event: &crate::town::Event) -> u64 {
    match event {
        crate::town::Event::Folk(crate::town::event::FolkEvent::Identitetsgrunnlag(flood)) => flood.antall() as u64,
        _ => 0,
    }
}
