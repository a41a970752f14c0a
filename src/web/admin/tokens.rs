//! Tokens without a browser and without an assertion: what the login and token services would have given a client.

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Body, Fields, Named};
use super::eid::visit;
use super::find::one_by;
use super::problem::{Code, Problem};
use crate::access::{
    Authentication, CodeGrant, KnownClient, LoginRequest, MachineGrant, Visit, citizen_claims, find_client,
    machine_claims, sign,
};
use crate::base::nearest;
use crate::keys::Issuer;
use crate::town::state::Tjeneste;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(mint))
}

/// Levels a log-in reaches here.
const LEVELS: [&str; 2] = ["idporten-loa-substantial", "idporten-loa-high"];
/// The method of log-ins that nobody performs.
const METHOD: &str = "TestID";
const ISSUERS: [&str; 2] = ["idporten", "maskinporten"];

/// Whose token, and for what.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewToken {
    /// `maskinporten` for a machine, `idporten` for a citizen.
    issuer: String,
    /// A client registered there.
    client_id: String,
    /// Scopes with spaces between; all the client may have when not given.
    scope: Option<String>,
    /// Audience.
    resource: Option<Vec<String>>,
    /// The citizen, an identity number or a selector. For Maskinporten the end user the token is restricted to.
    person: Option<String>,
    /// Level of the citizen's log-in; substantial when not given.
    acr: Option<String>,
}

impl Fields for NewToken {
    const LATER: &'static [&'static str] =
        &["consumer", "employee", "organisation", "delegation", "lifetime", "claims"];
}

/// A token as its issuer gives it.
#[derive(Serialize, ToSchema)]
pub(super) struct Minted {
    access_token: String,
    token_type: &'static str,
    /// Seconds it lives.
    expires_in: i64,
    scope: String,
    /// For a citizen with scope `openid`.
    id_token: Option<String>,
}

/// The scopes asked for, which the client must have.
fn scopes(client: &KnownClient, wanted: Option<&str>) -> Result<Vec<String>, Problem> {
    let Some(wanted) = wanted else { return Ok(client.klient.scopes.clone()) };
    let wanted: Vec<String> = wanted.split_whitespace().map(str::to_owned).collect();
    let known = |scope: &&String| client.klient.scopes.contains(scope);
    if let Some(wrong) = wanted.iter().find(|scope| !known(scope)).filter(|_| client.registered) {
        let near = nearest(wrong, client.klient.scopes.iter().map(String::as_str));
        let detail = format!("the client may not have the scope `{wrong}`");
        return Err(Problem { reason: Some("invalid_scope"), ..Problem::new(Code::Refused, detail) }
            .at("/scope")
            .near(near)
            .hint(format!("scopes: {}", client.klient.scopes.join(" "))));
    }
    Ok(wanted)
}

/// Mints a token for a citizen or a machine.
#[utoipa::path(post, path = "/worlds/{world}/tokens", tag = "clients", request_body = NewToken,
    responses((status = 201, body = Minted)))]
pub(super) async fn mint(
    Named { world, inbound }: Named,
    Body(wanted): Body<NewToken>,
) -> Result<(StatusCode, Json<Minted>), Problem> {
    let tjeneste = match wanted.issuer.as_str() {
        "idporten" => Tjeneste::Idporten,
        "maskinporten" => Tjeneste::Maskinporten,
        "ansattporten" => return Err(Problem::not_in_version("a token of Ansattporten").at("/issuer")),
        other => {
            let detail = format!("`{other}` is none of {}", ISSUERS.join(", "));
            return Err(Problem::value("/issuer", detail).near(nearest(other, ISSUERS)));
        }
    };
    let visit = visit(&inbound, &world);
    let client = find_client(&visit, tjeneste, &wanted.client_id).ok_or_else(|| {
        let known = visit.town.klienter.alle.keys().filter(|(of, _)| *of == tjeneste).map(|(_, id)| id.as_str());
        let near = nearest(&wanted.client_id, known);
        let detail = format!("no client `{}` of {} is registered in this world", wanted.client_id, wanted.issuer);
        Problem { reason: Some("unknown_client"), ..Problem::new(Code::Refused, detail) }.at("/client_id").near(near)
    })?;
    let scope = scopes(&client, wanted.scope.as_deref())?;
    let minted = match tjeneste {
        Tjeneste::Maskinporten => machine(&visit, &client, scope, wanted).await?,
        Tjeneste::Idporten | Tjeneste::Ansattporten => citizen(&visit, &client, scope, wanted).await?,
    };
    Ok((StatusCode::CREATED, Json(minted)))
}

async fn machine(visit: &Visit, client: &KnownClient, scope: Vec<String>, wanted: NewToken) -> Result<Minted, Problem> {
    if wanted.acr.is_some() {
        return Err(Problem::value("/acr", "a machine has no level: leave `acr` out"));
    }
    let pid = match wanted.person.as_deref() {
        None => None,
        Some(text) => {
            let key = one_by(&visit.town, text, "/person").await?;
            visit.town.person_by_key(key).map(|person| person.nummer().to_string())
        }
    };
    let grant = MachineGrant { scope: scope.join(" "), resource: wanted.resource.unwrap_or_default(), pid };
    let (claims, expires_in) = machine_claims(visit, client, &grant);
    let access_token = sign(visit.state.signing_key(Issuer::Maskinporten), claims).await;
    Ok(Minted { access_token, token_type: "Bearer", expires_in, scope: grant.scope, id_token: None })
}

async fn citizen(visit: &Visit, client: &KnownClient, scope: Vec<String>, wanted: NewToken) -> Result<Minted, Problem> {
    let missing = || Problem::new(Code::MissingField, "a citizen's token needs `person`").at("/person");
    let who = wanted.person.as_deref().ok_or_else(missing)?;
    let key = one_by(&visit.town, who, "/person").await?;
    let person = visit.town.person_by_key(key).ok_or_else(|| Problem::new(Code::Nobody, "nobody").at("/person"))?;
    if person.is_doed() {
        let detail = format!("{} is dead and logs in nowhere", person.navn().full());
        return Err(Problem { reason: Some("dead"), ..Problem::new(Code::Refused, detail) }.at("/person"));
    }
    let acr = wanted.acr.unwrap_or_else(|| LEVELS[0].to_owned());
    if !LEVELS.contains(&acr.as_str()) {
        let detail = format!("`{acr}` is none of {}", LEVELS.join(", "));
        return Err(Problem::value("/acr", detail).near(nearest(&acr, LEVELS)));
    }
    let policy = client.policy();
    let request = LoginRequest {
        scope,
        resource: wanted.resource.unwrap_or_default(),
        policy,
        ..LoginRequest::of(Issuer::Idporten, &visit.issuer(Issuer::Idporten), &client.klient.client_id)
    };
    let pid = person.nummer().to_string();
    let who = Authentication::of_citizen(key, &pid, &acr, &[METHOD], visit.seconds(policy));
    let grant = CodeGrant::of(request, who);
    // As if a code had been given and exchanged, so that userinfo and logout know the token like any other.
    let code = visit.state.issue_code(visit.clocks, grant);
    let until = visit.clocks.deadline_on(policy, i64::from(client.klient.access_token_levetid));
    let grant = visit.state.redeem_code(visit.clocks, Issuer::Idporten, &code, |_| Ok(until));
    let grant = grant.map_err(|fault| Problem::new(Code::Internal, format!("the code was lost: {fault:?}")))?;
    let claims = citizen_claims(visit, client, client.klient.autentisering, &grant, &code);
    visit.state.remember_locale(visit.clocks, &code, &grant);
    let key = visit.state.signing_key(Issuer::Idporten);
    let id_token = match claims.id {
        Some(id) => Some(sign(key.clone(), id).await),
        None => None,
    };
    let access_token = sign(key, claims.access).await;
    let scope = grant.request.scope.join(" ");
    Ok(Minted { access_token, token_type: "Bearer", expires_in: claims.expires_in, scope, id_token })
}
