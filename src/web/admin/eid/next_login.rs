//! Log-ins planned ahead: the next authorization request is answered without a page (`specs/eid.md` §10.2).

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::body::{Body, Fields, Named, Path, Query};
use super::super::problem::{Code, Problem};
use super::super::{DONE, Shared};
use super::{WhichIssuer, login_service, orgnr, person, visit};
use crate::access::{MAX_PLANNED, PlannedLogin, PlannedOutcome};
use crate::base::nearest;
use crate::oidc::Provider;
use crate::town::Town;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, plan, withdraw))
}

/// How often one plan may answer at most.
const MAX_TIMES: u32 = 100_000;
const RESULTS: [&str; 3] = ["login", "cancel", "error"];
const LOCALES: [&str; 4] = ["nb", "nn", "en", "se"];
/// Errors a planned log-in may end in: those of OAuth 2.0 and OpenID Connect for this answer.
const ERRORS: [&str; 11] = [
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_request",
    "invalid_scope",
    "login_required",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_response_type",
];

/// A log-in to plan.
#[derive(Deserialize, ToSchema)]
struct NextLogin {
    /// For this client only; for the next of any when not given.
    client_id: Option<String>,
    /// Who logs in: an identity number, or a selector whose first citizen is taken.
    pid: Option<String>,
    /// Who logs in: a name given to somebody.
    alias: Option<String>,
    /// Level reached; the lowest that will do when not given.
    acr: Option<String>,
    /// Methods used; those of the level when not given.
    amr: Option<Vec<String>>,
    /// `nb`, `nn`, `en` or `se`.
    locale: Option<String>,
    /// Organisation chosen where one is to be chosen.
    orgno: Option<String>,
    /// `login`, `cancel` or `error`; `login` when not given.
    result: Option<String>,
    /// With `error`: which error of OAuth.
    error: Option<String>,
    /// How many log-ins it answers; 1 when not given.
    #[schema(minimum = 1, maximum = 100_000)]
    times: Option<u32>,
}

impl Fields for NextLogin {}

/// A planned log-in.
#[derive(Serialize, ToSchema)]
struct PlannedView {
    id: u64,
    client_id: Option<String>,
    /// Identity number.
    pid: Option<String>,
    acr: Option<String>,
    amr: Vec<String>,
    locale: Option<String>,
    orgno: Option<String>,
    result: &'static str,
    error: Option<String>,
    /// How many log-ins it still answers.
    times: u32,
}

impl PlannedView {
    fn of(town: &Town, planned: PlannedLogin) -> Self {
        let number = planned.person.and_then(|key| town.person_by_key(key)).map(|person| person.nummer().to_string());
        let result = planned.outcome.name();
        let error = match planned.outcome {
            PlannedOutcome::Error(error) => Some(error),
            PlannedOutcome::Login | PlannedOutcome::Cancel => None,
        };
        Self {
            id: planned.id,
            client_id: planned.client_id,
            pid: number,
            acr: planned.acr,
            amr: planned.amr,
            locale: planned.locale,
            orgno: planned.orgnr.map(|orgnr| orgnr.to_string()),
            result,
            error,
            times: planned.times,
        }
    }
}

/// One of `words`.
fn word(field: &str, given: &str, words: &[&'static str]) -> Result<String, Problem> {
    if words.contains(&given) {
        return Ok(given.to_owned());
    }
    let detail = format!("`{given}` is none of {}", words.join(", "));
    Err(Problem::value(&format!("/{field}"), detail).near(nearest(given, words.iter().copied())))
}

impl NextLogin {
    fn outcome(&self) -> Result<PlannedOutcome, Problem> {
        let result = word("result", self.result.as_deref().unwrap_or("login"), &RESULTS)?;
        match (result.as_str(), self.error.as_deref()) {
            ("error", Some(error)) => Ok(PlannedOutcome::Error(word("error", error, &ERRORS)?)),
            ("error", None) => Err(Problem::new(Code::MissingField, "`result` = `error` needs `error`").at("/error")),
            (_, Some(_)) => Err(Problem::value("/error", "`error` belongs to `result` = `error`")),
            ("cancel", None) => Ok(PlannedOutcome::Cancel),
            _ => Ok(PlannedOutcome::Login),
        }
    }

    fn acr(&self, provider: &Provider) -> Result<Option<String>, Problem> {
        self.acr.as_deref().map(|acr| word("acr", acr, provider.levels.reachable)).transpose()
    }
}

/// Log-ins planned at a login service, in order.
#[derive(Serialize, ToSchema)]
struct PlannedLogins {
    logins: Vec<PlannedView>,
}

/// Log-ins planned at a login service.
#[utoipa::path(get, path = "/worlds/{world}/eid/{issuer}/next-login", params(WhichIssuer), tag = "eid", responses((status = 200, body = PlannedLogins)))]
async fn list(Named { world, inbound }: Named, Path(which): Path<WhichIssuer>) -> Result<Json<PlannedLogins>, Problem> {
    let provider = login_service(&which.issuer, "issuer")?;
    let visit = visit(&inbound, &world);
    let all = visit.state.planned_logins(provider.issuer);
    Ok(Json(PlannedLogins { logins: all.into_iter().map(|planned| PlannedView::of(&visit.town, planned)).collect() }))
}

/// Plans the next log-in: the next authorization request that would show the login page is answered by it.
#[utoipa::path(post, path = "/worlds/{world}/eid/{issuer}/next-login", params(WhichIssuer), tag = "eid", request_body = NextLogin, responses((status = 201, body = PlannedView)))]
async fn plan(
    Named { world, inbound }: Named,
    Path(which): Path<WhichIssuer>,
    Body(wanted): Body<NextLogin>,
) -> Result<(StatusCode, Json<PlannedView>), Problem> {
    let provider = login_service(&which.issuer, "issuer")?;
    let visit = visit(&inbound, &world);
    let outcome = wanted.outcome()?;
    let who = match (&wanted.pid, &wanted.alias) {
        (None, None) if outcome != PlannedOutcome::Login => None,
        (pid, alias) => Some(person(&visit, pid.as_deref(), alias.as_deref(), "pid").await?),
    };
    let acr = wanted.acr(provider)?;
    let times = wanted.times.unwrap_or(1);
    if !(1..=MAX_TIMES).contains(&times) {
        return Err(Problem::value("/times", format!("from 1 to {MAX_TIMES} times")));
    }
    let planned = PlannedLogin {
        id: 0,
        issuer: provider.issuer,
        client_id: wanted.client_id,
        person: who,
        acr,
        amr: wanted.amr.unwrap_or_default(),
        locale: wanted.locale.as_deref().map(|locale| word("locale", locale, &LOCALES)).transpose()?,
        orgnr: wanted.orgno.as_deref().map(|text| orgnr("/orgno", text)).transpose()?,
        outcome,
        times,
    };
    let full = || {
        let detail = format!("as many log-ins are planned as a world may have, {MAX_PLANNED}");
        Problem::new(Code::Limit, detail).hint("withdraw them with DELETE")
    };
    let planned = visit.state.plan_login(planned).ok_or_else(full)?;
    Ok((StatusCode::CREATED, Json(PlannedView::of(&visit.town, planned))))
}

/// For whom.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfClient {
    /// What is planned for this client only; all when not given.
    client_id: Option<String>,
}

impl Fields for OfClient {}

/// Withdraws planned log-ins.
#[utoipa::path(delete, path = "/worlds/{world}/eid/{issuer}/next-login", params(WhichIssuer, OfClient), tag = "eid", responses((status = 204, description = "withdrawn")))]
async fn withdraw(
    Named { world, inbound }: Named,
    Path(which): Path<WhichIssuer>,
    Query(of): Query<OfClient>,
) -> Result<StatusCode, Problem> {
    let provider = login_service(&which.issuer, "issuer")?;
    visit(&inbound, &world).state.withdraw_logins(provider.issuer, of.client_id.as_deref());
    Ok(DONE)
}
