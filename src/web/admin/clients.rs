//! Registered clients of the login and token services, with the field names of the self-service API
//! (`specs/eid.md` §3.2).

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Body, Fields, Named, Path, Query};
use super::paging::Page;
use super::problem::{Code, Problem};
use super::{DONE, Shared};
use crate::base::{Orgnummer, nearest};
use crate::clock::Instant;
use crate::town::decide::KlientCommand;
use crate::town::state::{Applikasjonstype, Autentisering, Klient, Klientnoekkel, Tjeneste};
use crate::town::{Cause, Command};
use crate::townhall::World;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, register)).routes(routes!(retire))
}

/// A registration.
#[derive(Deserialize, ToSchema)]
pub(super) struct Registration {
    /// `idporten`, `ansattporten` or `maskinporten`; cannot be changed later.
    integration_type: String,
    client_id: String,
    /// Shown on the login page; the client id when not given.
    client_name: Option<String>,
    /// Organisation number of the owner; the municipality's when not given.
    client_orgno: Option<String>,
    /// `web`, `browser` or `native`; `web` when not given.
    application_type: Option<String>,
    /// `client_secret_basic`, `client_secret_post`, `private_key_jwt` or `none`. When not given: what fits a secret, keys
    /// or neither.
    token_endpoint_auth_method: Option<String>,
    client_secret: Option<String>,
    redirect_uris: Option<Vec<String>>,
    post_logout_redirect_uris: Option<Vec<String>>,
    scopes: Option<Vec<String>>,
    /// `S256` or `none`; `S256` when not given.
    code_challenge_method: Option<String>,
    /// A key set `{keys: […]}` of public RSA keys with `kid`.
    jwks: Option<Value>,
    access_token_lifetime: Option<u32>,
    refresh_token_lifetime: Option<u32>,
    authorization_lifetime: Option<u32>,
    sso_disabled: Option<bool>,
    /// `wall` or `virtual`: which clock its token times follow.
    clock: Option<String>,
}

impl Fields for Registration {
    const LATER: &'static [&'static str] = &[
        "display_name",
        "description",
        "logo",
        "supplier_orgno",
        "grant_types",
        "frontchannel_logout_uri",
        "frontchannel_logout_session_required",
        "backchannel_logout_uri",
        "onbehalfof",
    ];
}

/// A client as it is registered. Secrets are never shown.
#[derive(Serialize, ToSchema)]
#[schema(as = Client)]
pub(super) struct ClientView {
    integration_type: &'static str,
    client_id: String,
    client_name: String,
    client_orgno: String,
    application_type: &'static str,
    token_endpoint_auth_method: &'static str,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    scopes: Vec<String>,
    code_challenge_method: &'static str,
    /// Names of its keys.
    kids: Vec<String>,
    access_token_lifetime: u32,
    refresh_token_lifetime: u32,
    authorization_lifetime: u32,
    sso_disabled: bool,
    clock: &'static str,
    active: bool,
}

const SERVICES: [(&str, Tjeneste); 3] = [
    ("idporten", Tjeneste::Idporten),
    ("ansattporten", Tjeneste::Ansattporten),
    ("maskinporten", Tjeneste::Maskinporten),
];
const TYPES: [(&str, Applikasjonstype); 3] =
    [("web", Applikasjonstype::Web), ("browser", Applikasjonstype::Browser), ("native", Applikasjonstype::Native)];
const METHODS: [(&str, Autentisering); 4] = [
    ("client_secret_basic", Autentisering::ClientSecretBasic),
    ("client_secret_post", Autentisering::ClientSecretPost),
    ("private_key_jwt", Autentisering::PrivateKeyJwt),
    ("none", Autentisering::Ingen),
];
const CHALLENGES: [(&str, bool); 2] = [("S256", true), ("none", false)];
const CLOCKS: [(&str, bool); 2] = [("wall", false), ("virtual", true)];

/// The value `word` stands for in `list`.
fn choice<T: Copy, const N: usize>(field: &str, word: &str, list: [(&'static str, T); N]) -> Result<T, Problem> {
    let found = list.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let words = list.map(|(name, _)| name);
        let detail = format!("`{word}` is none of {}", words.join(", "));
        Problem::value(&format!("/{field}"), detail).near(nearest(word, words))
    })
}

/// The word for `value` in `list`.
fn word_of<T: PartialEq, const N: usize>(value: &T, list: &[(&'static str, T); N]) -> &'static str {
    list.iter().find(|(_, other)| other == value).map_or("", |(name, _)| name)
}

impl ClientView {
    fn of(klient: &Klient) -> Self {
        Self {
            integration_type: klient.tjeneste.name(),
            client_id: klient.client_id.clone(),
            client_name: klient.navn.clone(),
            client_orgno: klient.orgnr.to_string(),
            application_type: word_of(&klient.applikasjonstype, &TYPES),
            token_endpoint_auth_method: klient.autentisering.name(),
            redirect_uris: klient.redirect_uris.clone(),
            post_logout_redirect_uris: klient.post_logout_redirect_uris.clone(),
            scopes: klient.scopes.clone(),
            code_challenge_method: word_of(&klient.pkce, &CHALLENGES),
            kids: klient.noekler.iter().map(|key| key.kid.clone()).collect(),
            access_token_lifetime: klient.access_token_levetid,
            refresh_token_lifetime: klient.refresh_token_levetid,
            authorization_lifetime: klient.autorisasjon_levetid,
            sso_disabled: klient.sso_deaktivert,
            clock: word_of(&klient.virtuell_klokke, &CLOCKS),
            active: klient.aktiv,
        }
    }
}

fn keys(jwks: Option<&Value>) -> Result<Vec<Klientnoekkel>, Problem> {
    let Some(jwks) = jwks else { return Ok(Vec::new()) };
    let fault = || Problem::value("/jwks", "`jwks` is a key set: {\"keys\": [{\"kid\": …, \"kty\": \"RSA\", …}]}");
    let list = jwks.get("keys").and_then(Value::as_array).ok_or_else(fault)?;
    list.iter()
        .map(|key| {
            let kid = key.get("kid").and_then(Value::as_str).ok_or_else(fault)?;
            // The town sets the time of registration.
            Ok(Klientnoekkel { kid: kid.to_owned(), jwk: key.to_string(), registrert: Instant::from_millis(0) })
        })
        .collect()
}

impl Registration {
    fn client(self, world: &World) -> Result<Klient, Problem> {
        let town = world.town();
        let orgnr = match self.client_orgno.as_deref() {
            None => town.base.kommune.orgnr,
            Some(text) => Orgnummer::parse(text)
                .map_err(|fault| Problem::value("/client_orgno", format!("not an organisation number: {fault}")))?,
        };
        let redirects: Vec<&str> = self.redirect_uris.iter().flatten().map(String::as_str).collect();
        let name = self.client_name.as_deref().unwrap_or(&self.client_id);
        let mut klient = Klient::idporten(&self.client_id, name, orgnr, &redirects);
        klient.tjeneste = choice("integration_type", &self.integration_type, SERVICES)?;
        klient.noekler = keys(self.jwks.as_ref())?;
        if klient.tjeneste == Tjeneste::Maskinporten {
            klient.scopes = Vec::new();
        }
        if let Some(secret) = &self.client_secret {
            klient = klient.with_secret(secret);
        } else if !klient.noekler.is_empty() {
            klient.autentisering = Autentisering::PrivateKeyJwt;
        }
        if let Some(word) = &self.token_endpoint_auth_method {
            klient.autentisering = choice("token_endpoint_auth_method", word, METHODS)?;
        }
        if let Some(word) = &self.application_type {
            klient.applikasjonstype = choice("application_type", word, TYPES)?;
        }
        if let Some(word) = &self.code_challenge_method {
            klient.pkce = choice("code_challenge_method", word, CHALLENGES)?;
        }
        if let Some(word) = &self.clock {
            klient.virtuell_klokke = choice("clock", word, CLOCKS)?;
        }
        klient.post_logout_redirect_uris = self.post_logout_redirect_uris.unwrap_or_default();
        klient.scopes = self.scopes.unwrap_or(klient.scopes);
        klient.access_token_levetid = self.access_token_lifetime.unwrap_or(klient.access_token_levetid);
        klient.refresh_token_levetid = self.refresh_token_lifetime.unwrap_or(klient.refresh_token_levetid);
        klient.autorisasjon_levetid = self.authorization_lifetime.unwrap_or(klient.autorisasjon_levetid);
        klient.sso_deaktivert = self.sso_disabled.unwrap_or(klient.sso_deaktivert);
        Ok(klient)
    }
}

/// Registered clients.
#[derive(Serialize, ToSchema)]
pub(super) struct Clients {
    clients: Vec<ClientView>,
    /// What to give as `after` for the rest: service and client id with a slash between.
    next: Option<String>,
}

/// Registered clients.
#[utoipa::path(get, path = "/worlds/{world}/clients", params(Page), tag = "clients", responses((status = 200, body = Clients)))]
pub(super) async fn list(Named { world, .. }: Named, Query(page): Query<Page>) -> Json<Clients> {
    let town = world.town();
    let name = |klient: &&std::sync::Arc<Klient>| format!("{}/{}", klient.tjeneste.name(), klient.client_id);
    let (clients, next) = page.of(town.klienter.alle.values(), name);
    Json(Clients { clients: clients.into_iter().map(|klient| ClientView::of(klient)).collect(), next })
}

/// Registers a client.
#[utoipa::path(post, path = "/worlds/{world}/clients", tag = "clients", request_body = Registration, responses((status = 200, description = "it was known and now is so", body = ClientView), (status = 201, body = ClientView)))]
pub(super) async fn register(
    Named { world, .. }: Named,
    Body(wanted): Body<Registration>,
) -> Result<(StatusCode, Json<ClientView>), Problem> {
    let klient = wanted.client(&world)?;
    let place = (klient.tjeneste, klient.client_id.clone());
    let cause = Cause::of("admin client", &[place.0.name().as_bytes(), place.1.as_bytes()]);
    let known = world.town().klienter.alle.contains_key(&place);
    let committed = world.command(Command::Klient(KlientCommand::Registrer(Box::new(klient))), cause).await?;
    let made = committed.town.klienter.alle.get(&place).map(|klient| ClientView::of(klient));
    let view = made.ok_or_else(|| Problem::new(Code::Internal, "the client is not in the town after all"))?;
    Ok((if known { StatusCode::OK } else { StatusCode::CREATED }, Json(view)))
}

/// Which client, in the path: its service and id.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Which {
    service: String,
    client_id: String,
}

/// Retires a client.
#[utoipa::path(delete, path = "/worlds/{world}/clients/{service}/{client_id}", params(Which), tag = "clients", responses((status = 204, description = "retired")))]
pub(super) async fn retire(Named { world, .. }: Named, Path(which): Path<Which>) -> Result<StatusCode, Problem> {
    let tjeneste = choice("service", &which.service, SERVICES)?;
    let cause = Cause::of("admin client retired", &[which.service.as_bytes(), which.client_id.as_bytes()]);
    world.command(Command::Klient(KlientCommand::Avvikle { tjeneste, client_id: which.client_id }), cause).await?;
    Ok(DONE)
}
