//! Scopes: what tokens may be for, whose they are (`specs/eid.md` §5.7, §10.2).

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::body::{Body, Fields, Named, Path, Query};
use super::super::paging::Page;
use super::super::problem::{Code, Problem};
use super::super::{DONE, Shared};
use super::{orgnr, register};
use crate::base::nearest;
use crate::services::selvbetjening::{ScopeRecord, ScopeView};
use crate::town::Town;
use crate::town::decide::EidCommand;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show, set, retire))
}

impl Fields for ScopeRecord {}

/// Which scope, in the path; a slash in its name is written `%2F`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct WhichScope {
    /// Its name, `prefix:subscope`.
    name: String,
}

/// Scopes.
#[derive(Serialize, ToSchema)]
struct EidScopes {
    scopes: Vec<ScopeView>,
    /// What to give as `after` for the rest.
    next: Option<String>,
}

fn unknown(town: &Town, name: &str) -> Problem {
    let all = town.scopes();
    let near = nearest(name, all.iter().map(|scope| scope.navn.as_str())).map(str::to_owned);
    let problem = Problem::new(Code::Refused, format!("there is no scope `{name}`")).near(near.as_deref());
    Problem { reason: Some("unknown_scope"), ..problem }
}

/// Scopes of the town, in use or not.
#[utoipa::path(get, path = "/worlds/{world}/eid/scopes", params(Page), tag = "eid", responses((status = 200, body = EidScopes)))]
async fn list(Named { world, .. }: Named, Query(page): Query<Page>) -> Json<EidScopes> {
    let town = world.town();
    let all = town.scopes();
    let (scopes, next) = page.of(all.iter(), |scope| scope.navn.clone());
    Json(EidScopes { scopes: scopes.into_iter().map(|scope| ScopeView::of(&town, scope)).collect(), next })
}

/// A scope.
#[utoipa::path(get, path = "/worlds/{world}/eid/scopes/{name}", params(WhichScope), tag = "eid", responses((status = 200, body = ScopeView)))]
async fn show(Named { world, .. }: Named, Path(which): Path<WhichScope>) -> Result<Json<ScopeView>, Problem> {
    let town = world.town();
    let scope = town.scope(&which.name).ok_or_else(|| unknown(&town, &which.name))?;
    Ok(Json(ScopeView::of(&town, &scope)))
}

/// Makes a scope, or replaces the whole of it.
#[utoipa::path(put, path = "/worlds/{world}/eid/scopes/{name}", params(WhichScope), tag = "eid", request_body = ScopeRecord, responses((status = 200, body = ScopeView), (status = 201, description = "it is new", body = ScopeView)))]
async fn set(
    Named { world, .. }: Named,
    Path(which): Path<WhichScope>,
    Body(mut record): Body<ScopeRecord>,
) -> Result<(StatusCode, Json<ScopeView>), Problem> {
    let town = world.town();
    let name = which.name;
    let (prefix, rest) = name.split_once(':').unwrap_or(("", &name));
    for (field, given, own) in [
        ("name", &record.name, name.as_str()),
        ("prefix", &record.prefix, prefix),
        ("subscope", &record.subscope, rest),
    ] {
        if given.as_deref().is_some_and(|given| given != own) {
            return Err(Problem::value(&format!("/{field}"), format!("the address says `{name}`")));
        }
    }
    let before = town.scope(&name);
    let owner = match record.owner_orgno.as_deref() {
        Some(text) => orgnr("/owner_orgno", text)?,
        None => {
            let other = before.clone().or_else(|| town.scope_med_prefiks(prefix));
            other.map_or(town.base.kommune.orgnr, |scope| scope.eier)
        }
    };
    record.description.get_or_insert_with(|| name.clone());
    let active = record.active.unwrap_or(true);
    let scope = record.scope(&name, owner).map_err(|(field, fault)| Problem::value(&format!("/{field}"), fault))?;
    let scope = crate::town::state::Scope { aktiv: active, ..scope };
    let town = register(&world, EidCommand::Scope(Box::new(scope)), "admin scope", &[&name]).await?;
    let made =
        town.scope(&name).ok_or_else(|| Problem::new(Code::Internal, "the scope is not in the town after all"))?;
    let status = if before.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(ScopeView::of(&town, &made))))
}

/// Takes a scope out of use.
#[utoipa::path(delete, path = "/worlds/{world}/eid/scopes/{name}", params(WhichScope), tag = "eid", responses((status = 204, description = "out of use")))]
async fn retire(Named { world, .. }: Named, Path(which): Path<WhichScope>) -> Result<StatusCode, Problem> {
    let name = which.name;
    let town = world.town();
    if town.scope(&name).is_none() {
        return Err(unknown(&town, &name));
    }
    register(&world, EidCommand::AvvikleScope(name.clone()), "admin scope retired", &[&name]).await?;
    Ok(DONE)
}
