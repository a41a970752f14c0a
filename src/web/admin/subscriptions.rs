//! Declared apps, and who is told of what (`specs/experience.md` §16).

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Body, Fields, Named};
use super::problem::{Code, Problem};
use super::{DONE, Shared};
use crate::base::{OriginKey, nearest};
use crate::courier::{is_never_sent_to, secret};
use crate::services::eformidling;
use crate::town::decide::{LeveringCommand, NyttAbonnement};
use crate::town::state::{
    Abonnement, Abonnementsnoekkel, Appadresse, DeliveryTarget, Gjentak, Leveringskilde, MeldingsId, Utvalg,
};
use crate::town::{Cause, Command, Town};
use crate::townhall::{Committed, TownHall, World};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(apps))
        .routes(routes!(declare, withdraw))
        .routes(routes!(list, subscribe, end_all))
        .routes(routes!(end))
}

/// An app as it is to be declared.
#[derive(Deserialize, ToSchema)]
pub(super) struct Declaration {
    /// Its address; everything at its origin may be sent to.
    url: String,
    /// Its name may lead to a private address although it looks like one of the internet.
    private: Option<bool>,
}

impl Fields for Declaration {}

/// A declared app.
#[derive(Serialize, ToSchema)]
pub(super) struct DeclaredApp {
    name: String,
    url: String,
    /// Scheme, host and port that may be sent to.
    origin: String,
    private: bool,
    /// The world its deliveries go out of.
    world: String,
}

impl DeclaredApp {
    fn of(hall: &TownHall, town: &Town, app: &DeliveryTarget) -> Self {
        Self {
            name: app.navn.to_string(),
            url: app.url.to_string(),
            origin: app.url.origin(),
            private: app.privat,
            world: hall.delivers_from(town, &app.url),
        }
    }
}

/// Declared apps.
#[derive(Serialize, ToSchema)]
pub(super) struct DeclaredApps {
    apps: Vec<DeclaredApp>,
}

/// An address that something may be sent to.
fn address(place: &str, text: &str) -> Result<Appadresse, Problem> {
    let refused = |why: String| Problem::new(Code::Address, why).at(place);
    let address = Appadresse::parse(text).map_err(|fault| refused(format!("`{text}`: {fault}")))?;
    if is_never_sent_to(&address) {
        let why = "link-local, metadata, multicast and unspecified addresses are never sent to";
        return Err(refused(format!("`{text}`: {why}")));
    }
    Ok(address)
}

async fn command(world: &World, command: LeveringCommand, what: &str, parts: &[&[u8]]) -> Result<Committed, Problem> {
    Ok(world.command(Command::Levering(command), Cause::of(what, parts)).await?)
}

/// Apps this world declares. Those of the server's settings stand beside them.
#[utoipa::path(get, path = "/worlds/{world}/apps", tag = "deliveries", responses((status = 200, body = DeclaredApps)))]
pub(super) async fn apps(Named { world, inbound }: Named) -> Json<DeclaredApps> {
    let town = world.town();
    let apps = town.leveringer.apper.values().map(|app| DeclaredApp::of(&inbound.hall, &town, app)).collect();
    Json(DeclaredApps { apps })
}

/// Which app, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Name {
    /// Name of the app.
    name: String,
}

/// Declares an app: only to declared apps is anything sent.
#[utoipa::path(put, path = "/worlds/{world}/apps/{name}", tag = "deliveries", params(Name), request_body = Declaration,
    responses((status = 200, body = DeclaredApp)))]
pub(super) async fn declare(
    Named { world, inbound }: Named,
    Path(Name { name }): Path<Name>,
    Body(wanted): Body<Declaration>,
) -> Result<Json<DeclaredApp>, Problem> {
    let url = address("/url", &wanted.url)?;
    let app = DeliveryTarget { navn: name.as_str().into(), url, privat: wanted.private.unwrap_or(false) };
    let asked = LeveringCommand::ErklaerApp(app.clone());
    let committed = command(&world, asked, "admin app", &[name.as_bytes()]).await?;
    Ok(Json(DeclaredApp::of(&inbound.hall, &committed.town, &app)))
}

/// Takes the declaration of an app back; what waits for it is held.
#[utoipa::path(delete, path = "/worlds/{world}/apps/{name}", tag = "deliveries", params(Name),
    responses((status = 204, description = "no longer declared")))]
pub(super) async fn withdraw(
    Named { world, .. }: Named,
    Path(Name { name }): Path<Name>,
) -> Result<StatusCode, Problem> {
    let town = world.town();
    if !town.leveringer.apper.contains_key(name.as_str()) {
        let near = nearest(&name, town.leveringer.apper.keys().map(AsRef::as_ref));
        return Err(Problem::new(Code::UnknownApp, format!("no app `{name}` is declared in this world")).near(near));
    }
    command(&world, LeveringCommand::FjernApp { navn: name.clone() }, "admin app withdrawn", &[name.as_bytes()])
        .await?;
    Ok(DONE)
}

/// A subscription to be made. Exactly one of `url` and `app` says where to.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewSubscription {
    /// Who sends: `eformidling` (statuses of messages) or `byteby` (changes of the population register).
    service: String,
    /// Its name; the app's or the address when not given.
    name: Option<String>,
    /// The whole address. The app at its origin is declared with it when it is not yet.
    url: Option<String>,
    /// A declared app.
    app: Option<String>,
    /// Where at the app: `/hook`.
    path: Option<String>,
    /// Of `eformidling`: conditions as its own API takes them, `status=LEVERT,LEST&serviceIdentifier=DPI`.
    filter: Option<String>,
    /// How often a failed delivery is tried again: `none`, `documented` or `standard`; what the service does when not
    /// given.
    retry: Option<String>,
}

impl Fields for NewSubscription {}

/// A subscription.
#[derive(Serialize, ToSchema)]
pub(super) struct SubscriptionView {
    id: String,
    /// Its number in the service's own API.
    number: u64,
    service: &'static str,
    name: String,
    url: String,
    filter: Option<String>,
    retry: &'static str,
    /// Waits on the world's clock before each further attempt, in seconds.
    retry_after: Vec<i64>,
    /// Since when.
    from: String,
    /// What `Byteby-Signature` is made with.
    secret: String,
    /// Whether deliveries are held, because the app is attached elsewhere or not declared.
    held: bool,
}

/// The id of a subscription as it is written.
pub(super) fn shown_id(noekkel: Abonnementsnoekkel) -> String {
    MeldingsId(noekkel.0.0).to_string()
}

impl SubscriptionView {
    fn of(hall: &TownHall, world: &World, town: &Town, abonnement: &Abonnement) -> Self {
        let filter = match &abonnement.utvalg {
            Utvalg::Meldinger { filter, .. } => filter.tekst.as_ref().map(ToString::to_string),
            Utvalg::Registerendringer | Utvalg::Utlogginger => None,
        };
        Self {
            id: shown_id(abonnement.noekkel),
            number: abonnement.nummer,
            service: abonnement.kilde.name(),
            name: abonnement.navn.to_string(),
            url: abonnement.adresse.to_string(),
            filter,
            retry: abonnement.gjentak.word(),
            retry_after: abonnement.gjentak.ventetider().iter().map(|wait| wait / 1000).collect(),
            from: abonnement.opprettet.to_string(),
            secret: secret(town.base.header.seed, abonnement.noekkel),
            held: hall.holds(world, town, abonnement).is_some(),
        }
    }
}

/// Subscriptions of a world.
#[derive(Serialize, ToSchema)]
pub(super) struct Subscriptions {
    subscriptions: Vec<SubscriptionView>,
}

/// Who is told of what.
#[utoipa::path(get, path = "/worlds/{world}/subscriptions", tag = "deliveries",
    responses((status = 200, body = Subscriptions)))]
pub(super) async fn list(Named { world, inbound }: Named) -> Json<Subscriptions> {
    let town = world.town();
    let all = Leveringskilde::ALL.into_iter().flat_map(|kilde| town.leveringer.av(kilde));
    let view = |abonnement| SubscriptionView::of(&inbound.hall, &world, &town, abonnement);
    Json(Subscriptions { subscriptions: all.map(|abonnement| view(abonnement)).collect() })
}

/// One of the words of a closed list.
fn word<T: Copy>(place: &str, given: &str, all: &[(&'static str, T)]) -> Result<T, Problem> {
    let found = all.iter().find(|(word, _)| *word == given).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
        let detail = format!("`{given}` is none of {}", words.join(", "));
        Problem::value(place, detail).near(nearest(given, words.iter().copied()))
    })
}

impl NewSubscription {
    /// The address, and the app to be declared for it.
    fn target(&self, hall: &TownHall, town: &Town) -> Result<(Appadresse, Option<DeliveryTarget>), Problem> {
        match (&self.url, &self.app) {
            (Some(url), None) => {
                if self.path.is_some() {
                    return Err(Problem::value("/path", "`path` goes with `app`; `url` is the whole address"));
                }
                let adresse = address("/url", url)?;
                if hall.outgoing().declared(town, &adresse).is_some() {
                    return Ok((adresse, None));
                }
                let origin = Appadresse::parse(&adresse.origin()).map_err(|fault| {
                    Problem::new(Code::Internal, format!("the origin of `{url}` is no address: {fault}"))
                })?;
                let app = DeliveryTarget { navn: adresse.authority().into(), url: origin, privat: false };
                Ok((adresse, Some(app)))
            }
            (None, Some(name)) => {
                let app = town.leveringer.apper.get(name.as_str()).ok_or_else(|| {
                    let near = nearest(name, town.leveringer.apper.keys().map(AsRef::as_ref));
                    Problem::new(Code::UnknownApp, format!("no app `{name}` is declared in this world"))
                        .at("/app")
                        .near(near)
                })?;
                let path = self.path.as_deref().unwrap_or("");
                if !path.is_empty() && !path.starts_with('/') {
                    return Err(Problem::value("/path", "a path begins with a slash"));
                }
                let base = app.url.to_string();
                Ok((address("/path", &format!("{}{path}", base.trim_end_matches('/')))?, None))
            }
            _ => Err(Problem::new(Code::MissingField, "where to? give exactly one of `url` and `app`")),
        }
    }

    fn read(&self, adresse: Appadresse) -> Result<NyttAbonnement, Problem> {
        let kilde = word("/service", &self.service, &Leveringskilde::AAPNE.map(|kilde| (kilde.name(), kilde)))?;
        let written = adresse.to_string();
        let name = self.name.as_ref().or(self.app.as_ref()).unwrap_or(&written);
        let mut nytt = NyttAbonnement::standard(kilde, name, adresse);
        if let Some(text) = &self.filter {
            let Utvalg::Meldinger { filter, .. } = &mut nytt.utvalg else {
                return Err(Problem::value("/filter", "only `eformidling` has conditions"));
            };
            let read = eformidling::message_filter(text);
            *filter = read.ok_or_else(|| {
                let wanted = "write `status=LEVERT,LEST&serviceIdentifier=DPI&direction=OUTGOING`";
                Problem::value("/filter", format!("`{text}` is no filter: {wanted}"))
            })?;
        }
        if let Some(retry) = &self.retry {
            nytt.gjentak = word("/retry", retry, &Gjentak::ALL.map(|gjentak| (gjentak.word(), gjentak)))?;
        }
        Ok(nytt)
    }
}

/// Has an app told of what happens.
#[utoipa::path(post, path = "/worlds/{world}/subscriptions", tag = "deliveries", request_body = NewSubscription,
    responses((status = 201, body = SubscriptionView)))]
pub(super) async fn subscribe(
    Named { world, inbound }: Named,
    Body(wanted): Body<NewSubscription>,
) -> Result<(StatusCode, Json<SubscriptionView>), Problem> {
    let (adresse, app) = wanted.target(&inbound.hall, &world.town())?;
    let nytt = wanted.read(adresse)?;
    if let Some(app) = app {
        let name = app.navn.clone();
        command(&world, LeveringCommand::ErklaerApp(app), "admin app", &[name.as_bytes()]).await?;
    }
    let (kilde, navn, adresse) = (nytt.kilde, nytt.navn.clone(), nytt.adresse.clone());
    let parts = [kilde.name(), &navn, &adresse.canonical().to_string()].map(str::to_owned);
    let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
    let asked = LeveringCommand::Abonner(Box::new(nytt));
    let committed = command(&world, asked, "admin subscription", &parts).await?;
    let town = committed.town;
    let made = town.leveringer.av(kilde).find(|one| *one.navn == *navn && one.adresse == adresse);
    let made = made.ok_or_else(|| Problem::new(Code::Internal, "the subscription is not in the town after all"))?;
    Ok((StatusCode::CREATED, Json(SubscriptionView::of(&inbound.hall, &world, &town, made))))
}

/// Which subscription, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Which {
    /// Id of the subscription.
    subscription: String,
}

/// Ends a subscription; what was not taken yet is given up.
#[utoipa::path(delete, path = "/worlds/{world}/subscriptions/{subscription}", tag = "deliveries", params(Which),
    responses((status = 204, description = "ended")))]
pub(super) async fn end(Named { world, .. }: Named, Path(which): Path<Which>) -> Result<StatusCode, Problem> {
    let id = MeldingsId::parse(&which.subscription).map(|id| Abonnementsnoekkel(OriginKey(id.0)));
    let noekkel = id.filter(|id| world.town().leveringer.abonnementer.contains_key(id)).ok_or_else(|| {
        let detail = format!("this world has no subscription `{}`", which.subscription);
        Problem::new(Code::UnknownSubscription, detail)
    })?;
    let parts = noekkel.0.0.to_be_bytes();
    command(&world, LeveringCommand::SlettAbonnement { noekkel }, "admin subscription ended", &[&parts]).await?;
    Ok(DONE)
}

/// Ends every subscription.
#[utoipa::path(delete, path = "/worlds/{world}/subscriptions", tag = "deliveries",
    responses((status = 204, description = "ended")))]
pub(super) async fn end_all(Named { world, .. }: Named) -> Result<StatusCode, Problem> {
    for kilde in Leveringskilde::ALL {
        let asked = LeveringCommand::SlettAlle { kilde };
        command(&world, asked, "admin subscriptions ended", &[kilde.name().as_bytes()]).await?;
    }
    Ok(DONE)
}
