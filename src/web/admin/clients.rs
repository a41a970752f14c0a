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
use super::eid::orgnr;
use super::paging::Page;
use super::problem::{Code, Problem};
use super::{DONE, Shared};
use crate::base::nearest;
use crate::clock::Instant;
use crate::town::decide::KlientCommand;
use crate::town::state::{
    Applikasjonstype, Autentisering, Integrasjonstype, Klient, Klientnoekkel, Klienttillegg, Tildeling, Tjeneste,
    Underklient,
};
use crate::town::{Cause, Command};
use crate::townhall::World;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, register))
        .routes(routes!(show, replace, retire_one))
        .routes(routes!(retire))
}

/// A registration.
#[derive(Deserialize, ToSchema)]
pub(super) struct Registration {
    /// `idporten`, `api_klient`, `ansattporten`, `maskinporten`, `krr` or `eformidling`; cannot be changed later.
    integration_type: Option<String>,
    client_id: Option<String>,
    /// The client id when not given.
    client_name: Option<String>,
    /// Shown on the login page; `client_name` when not given.
    display_name: Option<String>,
    description: Option<String>,
    /// Address or data of a picture.
    logo: Option<String>,
    /// Organisation number of the owner; the municipality's when not given.
    client_orgno: Option<String>,
    /// Organisation number of who runs it for its owner.
    supplier_orgno: Option<String>,
    /// `web`, `browser` or `native`; `web` when not given.
    application_type: Option<String>,
    /// `client_secret_basic`, `client_secret_post`, `private_key_jwt` or `none`. When not given: what fits a secret, keys
    /// or neither.
    token_endpoint_auth_method: Option<String>,
    client_secret: Option<String>,
    /// `authorization_code` and `refresh_token`, or the JWT bearer grant; that of the service when not given.
    grant_types: Option<Vec<String>>,
    redirect_uris: Option<Vec<String>>,
    post_logout_redirect_uris: Option<Vec<String>>,
    frontchannel_logout_uri: Option<String>,
    frontchannel_logout_session_required: Option<bool>,
    backchannel_logout_uri: Option<String>,
    scopes: Option<Vec<String>>,
    /// `S256` or `none`; `S256` when not given.
    code_challenge_method: Option<String>,
    /// A key set `{keys: […]}` of public RSA keys with `kid`.
    jwks: Option<Value>,
    access_token_lifetime: Option<u32>,
    refresh_token_lifetime: Option<u32>,
    authorization_lifetime: Option<u32>,
    sso_disabled: Option<bool>,
    /// Those it logs people in for.
    onbehalfof: Option<Vec<SubClient>>,
    /// `wall` or `virtual`: which clock its token times follow.
    clock: Option<String>,
    /// For a machine client: the issuer its tokens name, whatever address they are fetched at; that address when not given.
    issuer: Option<String>,
}

impl Fields for Registration {}

/// Somebody a client logs people in for.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SubClient {
    /// Value of the parameter `onbehalfof`.
    onbehalfof: String,
    name: String,
    orgno: String,
    #[serde(default)]
    description: String,
    #[serde(default = "yes")]
    active: bool,
}

fn yes() -> bool {
    true
}

/// A client as it is registered. Secrets are never shown.
#[derive(Serialize, ToSchema)]
#[schema(as = Client)]
pub(super) struct ClientView {
    integration_type: &'static str,
    client_id: String,
    client_name: String,
    display_name: Option<String>,
    description: String,
    logo: Option<String>,
    client_orgno: String,
    supplier_orgno: Option<String>,
    application_type: &'static str,
    token_endpoint_auth_method: &'static str,
    grant_types: Vec<&'static str>,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    frontchannel_logout_uri: Option<String>,
    frontchannel_logout_session_required: bool,
    backchannel_logout_uri: Option<String>,
    backchannel_logout_session_required: bool,
    scopes: Vec<String>,
    code_challenge_method: &'static str,
    /// Names of its keys.
    kids: Vec<String>,
    access_token_lifetime: u32,
    refresh_token_lifetime: u32,
    authorization_lifetime: u32,
    sso_disabled: bool,
    onbehalfof: Vec<SubClient>,
    clock: &'static str,
    /// The issuer a machine client's tokens name, when it is pinned.
    issuer: Option<String>,
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
pub(super) fn choice<T: Copy, const N: usize>(
    field: &str,
    word: &str,
    list: [(&'static str, T); N],
) -> Result<T, Problem> {
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
        let rest = &klient.tillegg;
        let sub_client = |one: &Underklient| SubClient {
            onbehalfof: one.id.clone(),
            name: one.navn.clone(),
            orgno: one.orgnr.to_string(),
            description: one.beskrivelse.clone(),
            active: one.aktiv,
        };
        Self {
            integration_type: klient.integrasjonstype().name(),
            client_id: klient.client_id.clone(),
            client_name: klient.navn.clone(),
            display_name: rest.visningsnavn.clone(),
            description: rest.beskrivelse.clone(),
            logo: rest.logo.clone(),
            client_orgno: klient.orgnr.to_string(),
            supplier_orgno: rest.leverandoer.map(|orgnr| orgnr.to_string()),
            application_type: word_of(&klient.applikasjonstype, &TYPES),
            token_endpoint_auth_method: klient.autentisering.name(),
            grant_types: klient.tildelinger().iter().map(|one| one.name()).collect(),
            redirect_uris: klient.redirect_uris.clone(),
            post_logout_redirect_uris: klient.post_logout_redirect_uris.clone(),
            frontchannel_logout_uri: rest.frontchannel_logout_uri.clone(),
            frontchannel_logout_session_required: rest.frontchannel_logout_session_required,
            backchannel_logout_uri: rest.backchannel_logout_uri.clone(),
            backchannel_logout_session_required: rest.backchannel_logout_uri.is_some(),
            scopes: klient.scopes.clone(),
            code_challenge_method: word_of(&klient.pkce, &CHALLENGES),
            kids: klient.noekler.iter().map(|key| key.kid.clone()).collect(),
            access_token_lifetime: klient.access_token_levetid,
            refresh_token_lifetime: klient.refresh_token_levetid,
            authorization_lifetime: klient.autorisasjon_levetid,
            sso_disabled: klient.sso_deaktivert,
            onbehalfof: rest.onbehalfof.iter().map(sub_client).collect(),
            clock: word_of(&klient.virtuell_klokke, &CLOCKS),
            issuer: rest.utsteder.clone(),
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

/// The kind of integration called `word`.
fn kind(word: &str) -> Result<Integrasjonstype, Problem> {
    Integrasjonstype::from_name(word).ok_or_else(|| {
        let words = Integrasjonstype::ALLE.map(Integrasjonstype::name);
        let detail = format!("`{word}` is none of {}", words.join(", "));
        Problem::value("/integration_type", detail).near(nearest(word, words))
    })
}

/// The service whose clients of this kind are.
fn service_of(kind: Integrasjonstype) -> Tjeneste {
    SERVICES.into_iter().find(|(name, _)| *name == kind.service()).map_or(Tjeneste::Idporten, |(_, service)| service)
}

impl Registration {
    /// The registration it describes, of the client `client_id`, which may be known already.
    fn client(self, world: &World, client_id: &str, before: Option<&Klient>) -> Result<Klient, Problem> {
        let town = world.town();
        let owner = match self.client_orgno.as_deref() {
            None => town.base.kommune.orgnr,
            Some(text) => orgnr("/client_orgno", text)?,
        };
        let missing = || Problem::new(Code::MissingField, "missing field `integration_type`").at("/integration_type");
        let word = self.integration_type.clone().or_else(|| before.map(|one| one.integrasjonstype().name().to_owned()));
        let kind = kind(&word.ok_or_else(missing)?)?;
        let redirects: Vec<&str> = self.redirect_uris.iter().flatten().map(String::as_str).collect();
        let name = self.client_name.as_deref().unwrap_or(client_id);
        let mut klient = Klient::idporten(client_id, name, owner, &redirects);
        klient.tjeneste = service_of(kind);
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
        klient.tillegg = Box::new(self.rest()?);
        klient.post_logout_redirect_uris = self.post_logout_redirect_uris.unwrap_or_default();
        klient.scopes = self.scopes.unwrap_or(klient.scopes);
        klient.access_token_levetid = self.access_token_lifetime.unwrap_or(klient.access_token_levetid);
        klient.refresh_token_levetid = self.refresh_token_lifetime.unwrap_or(klient.refresh_token_levetid);
        klient.autorisasjon_levetid = self.authorization_lifetime.unwrap_or(klient.autorisasjon_levetid);
        klient.sso_deaktivert = self.sso_disabled.unwrap_or(klient.sso_deaktivert);
        // What follows from service and scopes is not written down, so that scopes can be added later.
        let login = [Integrasjonstype::Idporten, Integrasjonstype::ApiKlient];
        if klient.integrasjonstype() != kind && !(kind == login[0] && login.contains(&klient.integrasjonstype())) {
            klient.tillegg.integrasjonstype = Some(kind);
        }
        Ok(klient)
    }

    /// What a record has beside what every log-in needs.
    fn rest(&self) -> Result<Klienttillegg, Problem> {
        let grant = |word: &String| {
            let words = Tildeling::ALLE.map(Tildeling::name);
            let detail = || format!("`{word}` is none of {}", words.join(", "));
            Tildeling::from_name(word)
                .ok_or_else(|| Problem::value("/grant_types", detail()).near(nearest(word, words)))
        };
        let sub_client = |one: &SubClient| {
            Ok(Underklient {
                id: one.onbehalfof.clone(),
                navn: one.name.clone(),
                orgnr: orgnr("/onbehalfof", &one.orgno)?,
                beskrivelse: one.description.clone(),
                aktiv: one.active,
            })
        };
        Ok(Klienttillegg {
            beskrivelse: self.description.clone().unwrap_or_default(),
            visningsnavn: self.display_name.clone(),
            logo: self.logo.clone(),
            leverandoer: self.supplier_orgno.as_deref().map(|text| orgnr("/supplier_orgno", text)).transpose()?,
            tildelinger: self.grant_types.iter().flatten().map(grant).collect::<Result<_, _>>()?,
            frontchannel_logout_uri: self.frontchannel_logout_uri.clone(),
            frontchannel_logout_session_required: self.frontchannel_logout_session_required.unwrap_or(false),
            backchannel_logout_uri: self.backchannel_logout_uri.clone(),
            onbehalfof: self.onbehalfof.iter().flatten().map(sub_client).collect::<Result<_, Problem>>()?,
            utsteder: self.issuer.clone(),
            ..Klienttillegg::default()
        })
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
    let missing = || Problem::new(Code::MissingField, "missing field `client_id`").at("/client_id");
    let client_id = wanted.client_id.clone().ok_or_else(missing)?;
    let klient = wanted.client(&world, &client_id, None)?;
    put(&world, klient).await
}

/// Registers `klient`, or replaces what was registered.
async fn put(world: &World, klient: Klient) -> Result<(StatusCode, Json<ClientView>), Problem> {
    let place = (klient.tjeneste, klient.client_id.clone());
    let cause = Cause::of("admin client", &[place.0.name().as_bytes(), place.1.as_bytes()]);
    let known = world.town().klienter.alle.contains_key(&place);
    let committed = world.command(Command::Klient(KlientCommand::Registrer(Box::new(klient))), cause).await?;
    let made = committed.town.klienter.alle.get(&place).map(|klient| ClientView::of(klient));
    let view = made.ok_or_else(|| Problem::new(Code::Internal, "the client is not in the town after all"))?;
    Ok((if known { StatusCode::OK } else { StatusCode::CREATED }, Json(view)))
}

/// Which client, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct WhichClient {
    client_id: String,
}

/// The client called `client_id`, of whichever service; `None` when no service has one.
fn found(world: &World, client_id: &str) -> Result<Option<std::sync::Arc<Klient>>, Problem> {
    let town = world.town();
    let of = |(_, service): &(&str, Tjeneste)| town.klienter.alle.get(&(*service, client_id.to_owned())).cloned();
    let all: Vec<_> = SERVICES.iter().filter_map(of).collect();
    match all.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        several => {
            let of: Vec<&str> = several.iter().map(|klient| klient.tjeneste.name()).collect();
            let detail = format!("`{client_id}` is a client of {}", of.join(" and of "));
            Err(Problem::value("client_id", detail).hint("say which: /clients/{service}/{client_id}, or POST /clients"))
        }
    }
}

fn unknown(world: &World, client_id: &str) -> Problem {
    let town = world.town();
    let near = nearest(client_id, town.klienter.alle.keys().map(|(_, id)| id.as_str())).map(str::to_owned);
    let detail = format!("no client `{client_id}` is registered");
    Problem { reason: Some("unknown_client"), ..Problem::new(Code::Refused, detail) }.near(near.as_deref())
}

/// A client.
#[utoipa::path(get, path = "/worlds/{world}/clients/{client_id}", params(WhichClient), tag = "clients", responses((status = 200, body = ClientView)))]
pub(super) async fn show(
    Named { world, .. }: Named,
    Path(which): Path<WhichClient>,
) -> Result<Json<ClientView>, Problem> {
    let klient = found(&world, &which.client_id)?.ok_or_else(|| unknown(&world, &which.client_id))?;
    Ok(Json(ClientView::of(&klient)))
}

/// Registers a client, or replaces the whole of its registration.
#[utoipa::path(put, path = "/worlds/{world}/clients/{client_id}", params(WhichClient), tag = "clients", request_body = Registration, responses((status = 200, description = "it was known and now is so", body = ClientView), (status = 201, body = ClientView)))]
pub(super) async fn replace(
    Named { world, .. }: Named,
    Path(which): Path<WhichClient>,
    Body(wanted): Body<Registration>,
) -> Result<(StatusCode, Json<ClientView>), Problem> {
    if wanted.client_id.as_ref().is_some_and(|id| *id != which.client_id) {
        return Err(Problem::value("/client_id", format!("the address says `{}`", which.client_id)));
    }
    // With a kind the client is told from another of the same name at another service.
    let before = match wanted.integration_type.as_deref() {
        None => found(&world, &which.client_id)?,
        Some(word) => world.town().klienter.alle.get(&(service_of(kind(word)?), which.client_id.clone())).cloned(),
    };
    put(&world, wanted.client(&world, &which.client_id, before.as_deref())?).await
}

/// Retires a client, of whichever service it is.
#[utoipa::path(delete, path = "/worlds/{world}/clients/{client_id}", params(WhichClient), tag = "clients", responses((status = 204, description = "retired")))]
pub(super) async fn retire_one(
    Named { world, .. }: Named,
    Path(which): Path<WhichClient>,
) -> Result<StatusCode, Problem> {
    let klient = found(&world, &which.client_id)?.ok_or_else(|| unknown(&world, &which.client_id))?;
    let cause = Cause::of("admin client retired", &[klient.tjeneste.name().as_bytes(), which.client_id.as_bytes()]);
    let command = KlientCommand::Avvikle { tjeneste: klient.tjeneste, client_id: which.client_id };
    world.command(Command::Klient(command), cause).await?;
    Ok(DONE)
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
