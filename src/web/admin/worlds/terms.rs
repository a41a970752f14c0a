//! Under which terms a world is kept, and its name: how they are written, and how they are changed.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::{WorldState, aside};
use crate::clock::Span;
use crate::townhall::MAIN;
use crate::web::admin::body::{Body, Fields, Named};
use crate::web::admin::problem::{Code, Problem};

/// What a world may do before a limit answers 429.
#[derive(Serialize, ToSchema)]
pub(super) struct WorldLimits {
    /// Log items it may add to what it began with.
    pub(super) events: u64,
    /// Bytes it may hold beyond what it began with.
    pub(super) memory: u64,
    /// Requests into its mocks in one second; 0 for as many as come.
    pub(super) requests: u32,
    /// Deliveries begun in one second, what is above waits; 0 for as many as there are.
    pub(super) deliveries: u32,
}

/// A time to live as it is written: `PT30M`.
pub(super) fn written(ttl: Duration) -> String {
    let millis = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX);
    Span::Calendar { months: 0, days: 0, millis }.to_string()
}

/// Reads a time to live: a span of real time of at least a second, so without months and working days.
pub(super) fn time_to_live(text: &str) -> Result<Duration, Problem> {
    let wrong = || {
        let detail = format!("`{text}` is not a time to live: write `PT30M` or `P1D`, at least a second");
        Problem::new(Code::Time, detail).at("/ttl")
    };
    match Span::parse(text) {
        Ok(Span::Calendar { months: 0, days, millis }) => {
            let millis = i64::from(days).checked_mul(86_400_000).and_then(|days| days.checked_add(millis));
            let millis = millis.and_then(|millis| u64::try_from(millis).ok()).filter(|millis| *millis >= 1_000);
            millis.map(Duration::from_millis).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

/// Most labels of a world.
const MAX_LABELS: usize = 32;
/// Longest name and value of a label, bytes.
const MAX_LABEL: usize = 200;

pub(super) fn checked(labels: &BTreeMap<String, String>) -> Result<(), Problem> {
    let fits = |text: &String| !text.is_empty() && text.len() <= MAX_LABEL;
    if labels.len() <= MAX_LABELS && labels.iter().all(|(name, value)| fits(name) && fits(value)) {
        return Ok(());
    }
    let detail = format!("a world has at most {MAX_LABELS} labels of 1 to {MAX_LABEL} bytes each");
    Err(Problem::value("/labels", detail))
}

/// What to change of a world; what is not given stays.
#[derive(Deserialize, ToSchema)]
pub(in crate::web::admin) struct Change {
    /// Another name.
    name: Option<String>,
    /// How long it is kept without use, `PT30M`; null for ever.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[allow(clippy::option_option, reason = "not given and given as null are two different wishes")]
    ttl: Option<Option<String>>,
    /// Labels to set; one that is null goes.
    labels: Option<BTreeMap<String, Option<String>>>,
    limits: Option<NewLimits>,
}

impl Fields for Change {}

/// Limits to set; what is not given stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewLimits {
    /// Log items it may add to what it began with.
    events: Option<u64>,
    /// Bytes it may hold beyond what it began with.
    memory: Option<u64>,
    /// Requests into its mocks in one second; 0 for as many as come.
    requests: Option<u32>,
    /// Deliveries begun in one second, what is above waits; 0 for as many as there are.
    deliveries: Option<u32>,
}

/// Tells a null from a field that is not there.
#[allow(clippy::option_option, reason = "not given and given as null are two different wishes")]
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Changes a world's name, time to live, labels or limits.
#[utoipa::path(patch, path = "/worlds/{world}", tag = "worlds", request_body = Change, responses((status = 200, body = WorldState)))]
pub(in crate::web::admin) async fn change(
    Named { world, inbound }: Named,
    Body(wanted): Body<Change>,
) -> Result<Json<WorldState>, Problem> {
    let mut terms = world.terms();
    if let Some(ttl) = wanted.ttl {
        if ttl.is_some() && world.name() == MAIN {
            return Err(Problem::new(Code::DefaultWorld, format!("`{MAIN}` is kept for ever")));
        }
        terms.ttl = ttl.as_deref().map(time_to_live).transpose()?;
    }
    for (name, value) in wanted.labels.into_iter().flatten() {
        match value {
            Some(value) => terms.labels.insert(name, value),
            None => terms.labels.remove(&name),
        };
    }
    checked(&terms.labels)?;
    if let Some(limits) = wanted.limits {
        let now = &mut terms.limits;
        now.events = limits.events.unwrap_or(now.events);
        now.memory = limits.memory.unwrap_or(now.memory);
        now.requests = limits.requests.unwrap_or(now.requests);
        now.deliveries = limits.deliveries.unwrap_or(now.deliveries);
    }
    let name = wanted.name.filter(|name| name != world.name());
    if name.is_some() && world.name() == MAIN {
        let detail = format!("`{MAIN}` is where every request without a sign goes, so it keeps its name");
        return Err(Problem::new(Code::DefaultWorld, detail));
    }
    let hall = inbound.hall.clone();
    let world = aside(move || {
        let world = name.map_or(Ok(world.clone()), |name| hall.rename(world.name(), &name))?;
        hall.set_terms(&world, terms)?;
        Ok(world)
    })
    .await?;
    Ok(Json(WorldState::of(&inbound, &world)))
}
