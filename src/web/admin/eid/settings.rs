//! Switches of the login and token services, where documentation and real answers disagree (`specs/eid.md` §11).

use std::collections::BTreeMap;

use axum::Json;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Shared;
use super::super::body::{Named, Object, unknown};
use super::super::problem::Problem;
use super::register;
use crate::town::Town;
use crate::town::decide::{EidCommand, MAX_FORSINKELSE};
use crate::town::state::Bryter;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, set))
}

/// Seconds of the world's clock until a change of a client reaches the login and token services.
const DELAY: &str = "propagation_delay";

type Settings = BTreeMap<&'static str, Value>;

fn view(town: &Town) -> Json<Settings> {
    let switches = Bryter::alle().map(|bryter| (bryter.name(), town.eid.er_paa(bryter).into()));
    Json(switches.chain([(DELAY, town.eid.forsinkelse.into())]).collect())
}

/// How the switches stand, and how many seconds a change of a client takes (`propagation_delay`).
#[utoipa::path(get, path = "/worlds/{world}/eid/settings", tag = "eid", responses((status = 200, body = BTreeMap<String, Value>)))]
async fn list(Named { world, .. }: Named) -> Json<Settings> {
    view(&world.town())
}

/// Sets some of the switches, or `propagation_delay`.
#[utoipa::path(put, path = "/worlds/{world}/eid/settings", tag = "eid", request_body = BTreeMap<String, Value>, responses((status = 200, body = BTreeMap<String, Value>)))]
async fn set(Named { world, .. }: Named, Object(wanted): Object) -> Result<Json<Settings>, Problem> {
    let mut orders = Vec::new();
    for (name, value) in &wanted {
        let place = format!("/{name}");
        if name == DELAY {
            let seconds = value.as_u64().and_then(|seconds| u32::try_from(seconds).ok());
            let seconds = seconds.filter(|&seconds| seconds <= MAX_FORSINKELSE);
            let wanted = || Problem::value(&place, format!("a whole number of seconds, at most {MAX_FORSINKELSE}"));
            orders.push((DELAY, EidCommand::Forsinkelse(seconds.ok_or_else(wanted)?)));
            continue;
        }
        let known = || Bryter::alle().map(Bryter::name).chain([DELAY]);
        let bryter = Bryter::from_name(name).ok_or_else(|| unknown(name, known()))?;
        let Value::Bool(paa) = value else { return Err(Problem::value(&place, "a switch is true or false")) };
        orders.push((bryter.name(), EidCommand::Bryter { bryter, paa: *paa }));
    }
    for (name, order) in orders {
        register(&world, order, "admin switch", &[name]).await?;
    }
    Ok(view(&world.town()))
}
