//! Worlds out of inputs, out of a snapshot and out of another world.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::terms::{checked, time_to_live};
use super::{WorldState, aside, instant};
use crate::access::Inbound;
use crate::base::Seed;
use crate::population::Spec;
use crate::townhall::{MAIN, TownHall, UNNAMED_TTL, World, WorldSpec};
use crate::web::admin::body::{Body, Fields, Named};
use crate::web::admin::problem::Problem;
use crate::web::admin::snapshots;

/// A new world. What is not given is as in the world `main`.
#[derive(Deserialize, ToSchema)]
pub(in crate::web::admin) struct NewWorld {
    /// Its name; one of its own when not given.
    name: Option<String>,
    /// Residents.
    size: Option<u32>,
    /// A number, or any text: its hash.
    seed: Option<Value>,
    /// First instant.
    date: Option<String>,
    /// Municipality profile.
    municipality: Option<String>,
    /// A snapshot kept here, in place of inputs of a base.
    from: Option<String>,
    /// How long it is kept without use, `PT30M`. Half an hour for one without a name, for ever for one with.
    ttl: Option<String>,
    /// Free words about it, for example who owns it.
    labels: Option<BTreeMap<String, String>>,
}

impl Fields for NewWorld {
    const LATER: &'static [&'static str] = &["clock", "tokens"];
}

/// Makes a world.
#[utoipa::path(post, path = "/worlds", tag = "worlds", request_body = NewWorld, responses((status = 201, body = WorldState)))]
pub(in crate::web::admin) async fn create(
    inbound: Inbound,
    Body(wanted): Body<NewWorld>,
) -> Result<(StatusCode, Json<WorldState>), Problem> {
    let default = inbound.hall.world(MAIN).unwrap_or_else(|| inbound.world.clone());
    let before = Spec::of_header(&default.header().base);
    let inputs = wanted.size.is_some() || wanted.seed.is_some() || wanted.date.is_some();
    let file = match &wanted.from {
        Some(_) if inputs || wanted.municipality.is_some() => {
            return Err(Problem::value("/from", "a snapshot has its own size, seed, date and municipality"));
        }
        Some(id) => Some(snapshots::kept(&inbound, id).await.map_err(|problem| problem.at("/from"))?),
        None => None,
    };
    let base = Spec {
        seed: wanted.seed.as_ref().map(seed).transpose()?.unwrap_or(before.seed),
        size: wanted.size.unwrap_or(before.size),
        start: wanted.date.as_deref().map(|text| instant("/date", text)).transpose()?.unwrap_or(before.start),
        profile: wanted.municipality.unwrap_or(before.profile),
        // This program makes towns of its own schema; that of `main` may be an older one.
        schema: Spec::default().schema,
    };
    let unnamed = wanted.name.is_none().then_some(UNNAMED_TTL);
    let ttl = wanted.ttl.as_deref().map(time_to_live).transpose()?.or(unnamed);
    let labels = wanted.labels.unwrap_or_default();
    checked(&labels)?;
    let name = wanted.name.unwrap_or_else(|| free_name(&inbound, base.size));
    let hall = inbound.hall.clone();
    let world = aside(move || {
        let world = match file {
            Some(file) => hall.load(&file, &name),
            None => hall.create(&WorldSpec { name, base }),
        }?;
        let mut terms = world.terms();
        (terms.ttl, terms.labels) = (ttl, labels);
        hall.set_terms(&world, terms)?;
        Ok(world)
    })
    .await?;
    Ok((StatusCode::CREATED, Json(WorldState::of(&inbound, &world))))
}

/// `by-<size>`, with a number behind when that is taken.
pub(in crate::web) fn free_name(inbound: &Inbound, size: u32) -> String {
    let names = std::iter::once(format!("by-{size}")).chain((2..).map(|count: u32| format!("by-{size}-{count}")));
    let mut free = names.filter(|name| inbound.hall.world(name).is_none());
    free.next().unwrap_or_else(|| format!("by-{size}"))
}

/// A decimal number is itself, any other text its hash (`DESIGN` §4).
fn seed(value: &Value) -> Result<Seed, Problem> {
    match value {
        Value::Number(number) => number.as_u64().map(Seed),
        Value::String(text) => Some(Seed::parse(text)),
        _ => None,
    }
    .ok_or_else(|| Problem::value("/seed", "a seed is a whole number or a text"))
}

/// A fork.
#[derive(Deserialize, ToSchema)]
pub(in crate::web::admin) struct Fork {
    /// Its name; one of its own when not given.
    name: Option<String>,
    /// Where: after the log item with this number, or as it was at this virtual instant. Now when not given.
    #[schema(value_type = Option<Object>)]
    at: Option<Value>,
}

impl Fields for Fork {}

/// Forks a world, as it is now or as it was.
#[utoipa::path(post, path = "/worlds/{world}/fork", tag = "worlds", request_body = Fork, responses((status = 201, body = WorldState)))]
pub(in crate::web::admin) async fn fork(
    Named { world, inbound }: Named,
    Body(wanted): Body<Fork>,
) -> Result<(StatusCode, Json<WorldState>), Problem> {
    let hall = inbound.hall.clone();
    let child = aside(move || {
        let name = wanted.name.as_deref();
        let made = match wanted.at {
            None => hall.fork(world.name(), name),
            Some(at) => hall.fork_at(world.name(), item(&hall, &world, &at)?, name),
        };
        Ok(made?)
    })
    .await?;
    Ok((StatusCode::CREATED, Json(WorldState::of(&inbound, &child))))
}

/// The log item that `at` means.
fn item(hall: &TownHall, world: &World, at: &Value) -> Result<u64, Problem> {
    match at {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => match text.parse() {
            Ok(seq) => Some(seq),
            Err(_) => return Ok(hall.item_at(world, instant("/at", text)?)?),
        },
        _ => None,
    }
    .ok_or_else(|| Problem::value("/at", "the number of a log item, or an instant as `2027-01-04T08:00`"))
}
