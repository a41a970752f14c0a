//! Expectations opened ahead: matched when a request arrives, so that no verdict depends on what the record still holds
//! (`specs/experience.md` §12.1, §16).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Named, Object, Path};
use super::problem::{Code, Problem};
use super::requests::{Line, Near, nearest};
use super::wanted::Wanted;
use super::{DONE, Shared};
use crate::observe::{ArmId, Verdict};
use crate::town::Town;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(open)).routes(routes!(verify)).routes(routes!(one, close))
}

/// What was wanted of each open expectation. Counts are kept where requests are recorded.
#[derive(Clone, Default)]
pub(super) struct Open(Arc<Mutex<BTreeMap<(u64, ArmId), Arc<Wanted>>>>);

impl Open {
    fn held(&self) -> std::sync::MutexGuard<'_, BTreeMap<(u64, ArmId), Arc<Wanted>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, incarnation: u64, arm: ArmId) -> Option<Arc<Wanted>> {
        self.held().get(&(incarnation, arm)).cloned()
    }
}

/// How an expectation stands.
#[derive(Serialize, ToSchema)]
pub(super) struct Standing {
    id: u64,
    /// Whether it holds now. One that wants none, or at most so many, may still be broken.
    holds: bool,
    /// Requests that were as wanted since it was opened.
    count: u64,
    /// The first of them.
    requests: Vec<Line>,
}

impl Standing {
    fn of(town: &Town, id: ArmId, wanted: &Wanted, verdict: &Verdict) -> Self {
        Self {
            id: id.0,
            holds: wanted.is_enough(verdict.count),
            count: verdict.count,
            requests: verdict.entries.iter().map(|entry| Line::of(town, entry)).collect(),
        }
    }
}

/// Opens an expectation: requests from now on are matched as they arrive.
#[utoipa::path(post, path = "/worlds/{world}/expectations", tag = "requests", request_body = Wanted,
    responses((status = 201, body = Standing)))]
async fn open(
    State(all): State<Open>,
    Named { world, inbound }: Named,
    Object(body): Object,
) -> Result<(StatusCode, Json<Standing>), Problem> {
    let town = world.town();
    let wanted = Arc::new(Wanted::read(&town, body).await?);
    let (watched, of) = (wanted.clone(), world.clone());
    let incarnation = world.incarnation();
    let arm = inbound
        .observe
        .arm(incarnation, move |entry| watched.distance(&of.town(), entry).is_exact())
        .map_err(|full| Problem::new(Code::TooManyExpectations, full.to_string()).hint("close some with DELETE"))?;
    let mut held = all.held();
    // Worlds that are gone have taken their counts with them.
    held.retain(|(world, arm), _| inbound.observe.verdict(*world, *arm).is_some());
    held.insert((incarnation, arm), wanted.clone());
    Ok((StatusCode::CREATED, Json(Standing::of(&town, arm, &wanted, &Verdict::default()))))
}

/// Which expectation, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Which {
    id: u64,
}

fn unknown(id: u64) -> Problem {
    Problem::new(Code::UnknownAddress, format!("this world has no open expectation {id}"))
}

/// How an expectation stands now.
#[utoipa::path(get, path = "/worlds/{world}/expectations/{id}", params(Which), tag = "requests",
    responses((status = 200, body = Standing)))]
async fn one(
    State(all): State<Open>,
    Named { world, inbound }: Named,
    Path(which): Path<Which>,
) -> Result<Json<Standing>, Problem> {
    let arm = ArmId(which.id);
    let found = all.get(world.incarnation(), arm).zip(inbound.observe.verdict(world.incarnation(), arm));
    let (wanted, verdict) = found.ok_or_else(|| unknown(which.id))?;
    Ok(Json(Standing::of(&world.town(), arm, &wanted, &verdict)))
}

/// Closes an expectation.
#[utoipa::path(delete, path = "/worlds/{world}/expectations/{id}", params(Which), tag = "requests", responses((status = 204)))]
async fn close(
    State(all): State<Open>,
    Named { world, inbound }: Named,
    Path(which): Path<Which>,
) -> Result<StatusCode, Problem> {
    let arm = ArmId(which.id);
    inbound.observe.disarm(world.incarnation(), arm).ok_or_else(|| unknown(which.id))?;
    all.held().remove(&(world.incarnation(), arm));
    Ok(DONE)
}

/// A verdict on what the record holds.
#[derive(Serialize, ToSchema)]
struct Judged {
    /// Whether it holds.
    holds: bool,
    /// Requests that are as wanted.
    count: u64,
    /// The first of them.
    requests: Vec<Line>,
    /// What came nearest, when it does not hold.
    near: Vec<Near>,
    /// Entries that have left the record since the server began: what they were is not judged here.
    dropped: u64,
}

/// Requests a verdict shows.
const SHOWN: usize = 4;

/// Judges a wanted request once, against what the record holds now.
#[utoipa::path(post, path = "/worlds/{world}/expectations/verify", tag = "requests", request_body = Wanted,
    responses((status = 200, body = Judged)))]
async fn verify(Named { world, inbound }: Named, Object(body): Object) -> Result<Json<Judged>, Problem> {
    let town = world.town();
    let wanted = Wanted::read(&town, body).await?;
    let entries = inbound.observe.since(0, Some(world.incarnation()));
    let exact: Vec<_> = entries.iter().filter(|entry| wanted.distance(&town, entry).is_exact()).collect();
    let count = exact.len() as u64;
    let holds = wanted.is_enough(count);
    Ok(Json(Judged {
        holds,
        count,
        requests: exact.into_iter().take(SHOWN).map(|entry| Line::of(&town, entry)).collect(),
        near: if holds { Vec::new() } else { nearest(&town, &wanted, &entries) },
        dropped: inbound.observe.dropped(),
    }))
}
