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
use crate::town::decide::EidCommand;
use crate::town::state::Bryter;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, set))
}

fn view(town: &Town) -> Json<BTreeMap<&'static str, bool>> {
    Json(Bryter::alle().map(|bryter| (bryter.name(), town.eid.er_paa(bryter))).collect())
}

/// How the switches stand.
#[utoipa::path(get, path = "/worlds/{world}/eid/settings", tag = "eid", responses((status = 200, body = BTreeMap<String, bool>)))]
async fn list(Named { world, .. }: Named) -> Json<BTreeMap<&'static str, bool>> {
    view(&world.town())
}

/// Sets some of the switches.
#[utoipa::path(put, path = "/worlds/{world}/eid/settings", tag = "eid", request_body = BTreeMap<String, bool>, responses((status = 200, body = BTreeMap<String, bool>)))]
async fn set(
    Named { world, .. }: Named,
    Object(wanted): Object,
) -> Result<Json<BTreeMap<&'static str, bool>>, Problem> {
    let mut orders = Vec::new();
    for (name, value) in &wanted {
        let bryter = Bryter::from_name(name).ok_or_else(|| unknown(name, Bryter::alle().map(Bryter::name)))?;
        let Value::Bool(paa) = value else {
            return Err(Problem::value(&format!("/{name}"), "a switch is true or false"));
        };
        orders.push((bryter, *paa));
    }
    for (bryter, paa) in orders {
        register(&world, EidCommand::Bryter { bryter, paa }, "admin switch", &[bryter.name()]).await?;
    }
    Ok(view(&world.town()))
}
