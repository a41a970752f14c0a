//! Tokens without a browser and without an assertion: what the login and token services would have given a client.

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Body, Fields, Named};
use super::eid::{issuer_named, person, visit};
use super::forge::Forge;
use super::problem::{Code, Problem};
use crate::access::{
    Authentication, CodeGrant, KnownClient, LoginRequest, MachineGrant, Visit, Wish, find_client, machine_access_token,
    machine_claims,
};
use crate::base::nearest;
use crate::keys::Issuer;
use crate::oidc::Provider;
use crate::services::{ansattporten, idporten};
use crate::town::model::PersonKey;
use crate::town::state::Tjeneste;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(mint))
}

/// The method of log-ins that nobody performs.
const METHOD: &str = "TestID";
/// Whose token, and for what.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewToken {
    /// `maskinporten` for a machine, `idporten` for a citizen, `ansattporten` for an employee.
    issuer: String,
    /// A client registered there.
    client_id: String,
    /// Scopes with spaces between; all the client may have when not given.
    scope: Option<String>,
    /// Audience.
    resource: Option<Vec<String>>,
    /// The citizen, an identity number or a selector. For Maskinporten the end user the token is restricted to.
    person: Option<String>,
    /// The same as `person`.
    pid: Option<String>,
    /// The citizen by a name given to somebody, instead of `person`.
    alias: Option<String>,
    /// Level of the citizen's log-in; substantial when not given.
    acr: Option<String>,
    /// Claims to set in the tokens; null takes one out.
    claims: Option<Map<String, Value>>,
    /// Seconds the tokens live; as the client is registered when not given.
    #[schema(minimum = 1)]
    ttl: Option<i64>,
    /// `RS256`, `RS384`, `RS512` or `none`; `RS256` when not given.
    alg: Option<String>,
    /// Name of the key in the header; that of the active key when not given.
    kid: Option<String>,
    /// `valid`, `wrong-key`, `none` or `expired`; `valid` when not given.
    sign: Option<String>,
}

impl Fields for NewToken {
    const LATER: &'static [&'static str] = &["consumer", "employee", "organisation", "delegation", "lifetime"];
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

impl NewToken {
    /// Who the token is about; `None` when nobody is named.
    async fn who(&self, visit: &Visit) -> Result<Option<PersonKey>, Problem> {
        let text = match (&self.person, &self.pid) {
            (Some(_), Some(_)) => return Err(Problem::value("/pid", "give either `person` or `pid`")),
            (person, pid) => person.as_deref().or(pid.as_deref()),
        };
        if text.is_none() && self.alias.is_none() {
            return Ok(None);
        }
        person(visit, text, self.alias.as_deref(), "person").await.map(Some)
    }

    fn forge(&mut self) -> Result<Forge, Problem> {
        Forge::of(self.claims.take(), self.ttl, self.alg.as_deref(), self.kid.take(), self.sign.as_deref())
    }
}

/// Mints a token for a citizen or a machine, as its issuer would or deliberately bad.
#[utoipa::path(post, path = "/worlds/{world}/tokens", tag = "clients", request_body = NewToken,
    responses((status = 201, body = Minted)))]
pub(super) async fn mint(
    Named { world, inbound }: Named,
    Body(wanted): Body<NewToken>,
) -> Result<(StatusCode, Json<Minted>), Problem> {
    let issuer = issuer_named(&wanted.issuer, "/issuer")?;
    let (tjeneste, provider) = match issuer {
        Issuer::Idporten => (Tjeneste::Idporten, Some(&idporten::PROVIDER)),
        Issuer::Ansattporten => (Tjeneste::Ansattporten, Some(&ansattporten::PROVIDER)),
        Issuer::Maskinporten => (Tjeneste::Maskinporten, None),
    };
    let visit = visit(&inbound, &world);
    let client = find_client(&visit, tjeneste, &wanted.client_id).ok_or_else(|| {
        let known = visit.town.klienter.alle.keys().filter(|(of, _)| *of == tjeneste).map(|(_, id)| id.as_str());
        let near = nearest(&wanted.client_id, known);
        let detail = format!("no client `{}` of {} is registered in this world", wanted.client_id, wanted.issuer);
        Problem { reason: Some("unknown_client"), ..Problem::new(Code::Refused, detail) }.at("/client_id").near(near)
    })?;
    let scope = scopes(&client, wanted.scope.as_deref())?;
    let minted = match provider {
        None => machine(&visit, &client, scope, wanted).await?,
        Some(provider) => citizen(&visit, provider, &client, scope, wanted).await?,
    };
    Ok((StatusCode::CREATED, Json(minted)))
}

async fn machine(
    visit: &Visit,
    client: &KnownClient,
    scope: Vec<String>,
    mut wanted: NewToken,
) -> Result<Minted, Problem> {
    if wanted.acr.is_some() {
        return Err(Problem::value("/acr", "a machine has no level: leave `acr` out"));
    }
    let forge = wanted.forge()?;
    let who = wanted.who(visit).await?.and_then(|key| visit.town.person_by_key(key));
    let pid = who.map(|person| person.nummer().to_string());
    let grant = MachineGrant {
        scope: scope.join(" "),
        resource: wanted.resource.unwrap_or_default(),
        pid,
        ..Default::default()
    };
    let (claims, expires_in) = machine_claims(visit, client, &grant);
    let access_token = if forge.is_plain() {
        machine_access_token(visit, client, claims).await
    } else {
        forge.token(visit, Issuer::Maskinporten, claims).await
    };
    let expires_in = forge.expires_in(expires_in);
    Ok(Minted { access_token, token_type: "Bearer", expires_in, scope: grant.scope, id_token: None })
}

async fn citizen(
    visit: &Visit,
    provider: &Provider,
    client: &KnownClient,
    scope: Vec<String>,
    mut wanted: NewToken,
) -> Result<Minted, Problem> {
    let forge = wanted.forge()?;
    let missing = || Problem::new(Code::MissingField, "a citizen's token needs `person` or `alias`").at("/person");
    let key = wanted.who(visit).await?.ok_or_else(missing)?;
    let person = visit.town.person_by_key(key).ok_or_else(|| Problem::new(Code::Nobody, "nobody").at("/person"))?;
    if person.is_doed() {
        let detail = format!("{} is dead and logs in nowhere", person.navn().full());
        return Err(Problem { reason: Some("dead"), ..Problem::new(Code::Refused, detail) }.at("/person"));
    }
    let levels = provider.levels.reachable;
    let acr = wanted.acr.unwrap_or_else(|| levels.first().copied().unwrap_or_default().to_owned());
    if !levels.contains(&acr.as_str()) {
        let detail = format!("`{acr}` is none of {}", levels.join(", "));
        return Err(Problem::value("/acr", detail).near(nearest(&acr, levels.iter().copied())));
    }
    let policy = client.policy();
    let issuer = provider.issuer;
    let request = LoginRequest {
        scope,
        resource: wanted.resource.unwrap_or_default(),
        policy,
        ..LoginRequest::of(issuer, &visit.issuer(issuer), &client.klient.client_id)
    };
    let pid = person.nummer().to_string();
    let who = Authentication::of_citizen(key, &pid, &acr, &[METHOD], visit.seconds(policy));
    let grant = CodeGrant::of(request, who);
    // As if a code had been given and exchanged, so that userinfo and logout know the token like any other.
    let code = visit.state.issue_code(visit.clocks, grant);
    let until = visit.clocks.deadline_on(policy, i64::from(client.klient.access_token_levetid));
    let grant = visit.state.redeem_code(visit.clocks, issuer, &code, |_| Ok(until));
    let grant = grant.map_err(|fault| Problem::new(Code::Internal, format!("the code was lost: {fault:?}")))?;
    let wish = Wish::of_code(visit, client, client.klient.autentisering.name(), &grant, &code);
    let claims = wish.claims(visit);
    wish.remember(visit, &claims);
    let id_token = match claims.id {
        Some(id) => Some(forge.token(visit, issuer, id).await),
        None => None,
    };
    let access_token = if claims.opaque && forge.is_plain() {
        visit.state.access_token_id(&code)
    } else {
        forge.token(visit, issuer, claims.access).await
    };
    let scope = grant.request.scope.join(" ");
    let expires_in = forge.expires_in(claims.expires_in);
    Ok(Minted { access_token, token_type: "Bearer", expires_in, scope, id_token })
}
