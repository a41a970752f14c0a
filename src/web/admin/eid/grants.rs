//! Who may have a scope, and who has delegated it to whom (`specs/eid.md` §5.7, §6, §10.2).

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::body::{Body, Fields, Named, Query};
use super::super::problem::{Code, Problem};
use super::super::{DONE, Shared};
use super::{orgnr, register};
use crate::base::Orgnummer;
use crate::town::Town;
use crate::town::decide::EidCommand;
use crate::town::state::{Delegering, Oppfoering, Tilgang};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(accesses, grant, withdraw)).routes(routes!(delegations, delegate, take_back))
}

/// An organisation's access to a scope, to be set.
#[derive(Deserialize, ToSchema)]
struct NewAccess {
    scope: String,
    /// Who gets it.
    consumer_orgno: String,
    /// `APPROVED` or `DENIED`; `APPROVED` when not given.
    state: Option<String>,
}

impl Fields for NewAccess {}

/// An organisation's access to a scope.
#[derive(Serialize, ToSchema)]
#[schema(as = Access)]
struct AccessView {
    scope: String,
    state: &'static str,
    consumer_orgno: String,
    owner_orgno: String,
    created: String,
    last_updated: String,
}

impl AccessView {
    fn of(town: &Town, scope: &str, consumer: Orgnummer, entry: &Oppfoering<Tilgang>) -> Self {
        Self {
            scope: scope.to_owned(),
            state: entry.verdi.name(),
            consumer_orgno: consumer.to_string(),
            owner_orgno: town.scope(scope).map(|scope| scope.eier.to_string()).unwrap_or_default(),
            created: entry.tider.opprettet.utc(),
            last_updated: entry.tider.endret.utc(),
        }
    }
}

/// Accesses to a scope.
#[derive(Serialize, ToSchema)]
struct Accesses {
    access: Vec<AccessView>,
}

/// Which scope.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfScope {
    scope: String,
}

impl Fields for OfScope {}

/// Who has access to a scope, or was refused it.
#[utoipa::path(get, path = "/worlds/{world}/eid/access", params(OfScope), tag = "eid", responses((status = 200, body = Accesses)))]
async fn accesses(Named { world, .. }: Named, Query(which): Query<OfScope>) -> Json<Accesses> {
    let town = world.town();
    let all = town.tilganger(&which.scope);
    let view =
        |(consumer, entry): (&Orgnummer, &Oppfoering<Tilgang>)| AccessView::of(&town, &which.scope, *consumer, entry);
    Json(Accesses { access: all.iter().map(view).collect() })
}

/// Gives an organisation access to a scope, or refuses it.
#[utoipa::path(put, path = "/worlds/{world}/eid/access", tag = "eid", request_body = NewAccess, responses((status = 200, body = AccessView)))]
async fn grant(Named { world, .. }: Named, Body(wanted): Body<NewAccess>) -> Result<Json<AccessView>, Problem> {
    let konsument = orgnr("/consumer_orgno", &wanted.consumer_orgno)?;
    let word = wanted.state.as_deref().unwrap_or("APPROVED");
    let tilstand = Tilgang::from_name(word)
        .ok_or_else(|| Problem::value("/state", format!("`{word}` is none of APPROVED, DENIED")))?;
    let command = EidCommand::Tilgang { scope: wanted.scope.clone(), konsument, tilstand };
    let town = register(&world, command, "admin access", &[&wanted.scope, &wanted.consumer_orgno]).await?;
    let entry = town.tilgang(&wanted.scope, konsument);
    let entry = entry.ok_or_else(|| Problem::new(Code::Internal, "the access is not in the town after all"))?;
    Ok(Json(AccessView::of(&town, &wanted.scope, konsument, &entry)))
}

/// Whose access to which scope.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WhichAccess {
    scope: String,
    consumer_orgno: String,
}

impl Fields for WhichAccess {}

/// Withdraws an organisation's access to a scope.
#[utoipa::path(delete, path = "/worlds/{world}/eid/access", params(WhichAccess), tag = "eid", responses((status = 204, description = "withdrawn")))]
async fn withdraw(Named { world, .. }: Named, Query(which): Query<WhichAccess>) -> Result<StatusCode, Problem> {
    let konsument = orgnr("?consumer_orgno", &which.consumer_orgno)?;
    let command = EidCommand::Tilgang { scope: which.scope.clone(), konsument, tilstand: Tilgang::Denied };
    register(&world, command, "admin access withdrawn", &[&which.scope, &which.consumer_orgno]).await?;
    Ok(DONE)
}

/// A delegation: the consumer lets the supplier use a scope in its name.
#[derive(Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
struct NewDelegation {
    scope: String,
    /// Who has the access.
    consumer_orgno: String,
    /// Who may use it.
    supplier_orgno: String,
}

impl Fields for NewDelegation {}

impl NewDelegation {
    fn delegering(&self, sign: &str) -> Result<Delegering, Problem> {
        Ok(Delegering {
            konsument: orgnr(&format!("{sign}consumer_orgno"), &self.consumer_orgno)?,
            leverandoer: orgnr(&format!("{sign}supplier_orgno"), &self.supplier_orgno)?,
            scope: self.scope.clone(),
        })
    }

    fn parts(&self) -> [&str; 3] {
        [&self.scope, &self.consumer_orgno, &self.supplier_orgno]
    }
}

/// A delegation that was made.
#[derive(Serialize, ToSchema)]
#[schema(as = Delegation)]
struct DelegationView {
    scope: String,
    consumer_orgno: String,
    supplier_orgno: String,
    /// Whether it holds.
    active: bool,
    created: String,
    last_updated: String,
}

impl DelegationView {
    fn of(delegering: &Delegering, entry: &Oppfoering<bool>) -> Self {
        Self {
            scope: delegering.scope.clone(),
            consumer_orgno: delegering.konsument.to_string(),
            supplier_orgno: delegering.leverandoer.to_string(),
            active: entry.verdi,
            created: entry.tider.opprettet.utc(),
            last_updated: entry.tider.endret.utc(),
        }
    }
}

/// Delegations.
#[derive(Serialize, ToSchema)]
struct Delegations {
    delegations: Vec<DelegationView>,
}

/// Delegations that were ever made.
#[utoipa::path(get, path = "/worlds/{world}/eid/delegations", tag = "eid", responses((status = 200, body = Delegations)))]
async fn delegations(Named { world, .. }: Named) -> Json<Delegations> {
    let town = world.town();
    let all = town.eid.delegeringer.iter();
    Json(Delegations { delegations: all.map(|(delegering, entry)| DelegationView::of(delegering, entry)).collect() })
}

/// Delegates a scope.
#[utoipa::path(put, path = "/worlds/{world}/eid/delegations", tag = "eid", request_body = NewDelegation, responses((status = 200, body = DelegationView)))]
async fn delegate(
    Named { world, .. }: Named,
    Body(wanted): Body<NewDelegation>,
) -> Result<Json<DelegationView>, Problem> {
    let delegering = wanted.delegering("/")?;
    let command = EidCommand::Deleger(delegering.clone());
    let town = register(&world, command, "admin delegation", &wanted.parts()).await?;
    let entry = town.eid.delegeringer.get(&delegering);
    let entry = entry.ok_or_else(|| Problem::new(Code::Internal, "the delegation is not in the town after all"))?;
    Ok(Json(DelegationView::of(&delegering, entry)))
}

/// Takes a delegation back.
#[utoipa::path(delete, path = "/worlds/{world}/eid/delegations", params(NewDelegation), tag = "eid", responses((status = 204, description = "taken back")))]
async fn take_back(Named { world, .. }: Named, Query(which): Query<NewDelegation>) -> Result<StatusCode, Problem> {
    let command = EidCommand::TrekkDelegering(which.delegering("?")?);
    register(&world, command, "admin delegation taken back", &which.parts()).await?;
    Ok(DONE)
}
