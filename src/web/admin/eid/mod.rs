//! Control of the login and token services beside their own protocol (`specs/eid.md` §10).

mod altinn;
mod employers;
mod grants;
mod keys;
mod next_login;
mod scopes;
mod sessions;
mod settings;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use super::Shared;
use super::find::one_by;
use super::problem::{Code, Problem};
use crate::access::{Inbound, Visit};
use crate::base::{Orgnummer, nearest};
use crate::keys::Issuer;
use crate::oidc::Provider;
use crate::services::{ansattporten, idporten};
use crate::town::decide::EidCommand;
use crate::town::model::PersonKey;
use crate::town::{Cause, Command, Town};
use crate::townhall::{MAIN, World};

/// Routes of this folder.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    let parts = [
        keys::routes,
        next_login::routes,
        sessions::routes,
        scopes::routes,
        grants::routes,
        altinn::routes,
        employers::routes,
        settings::routes,
    ];
    parts.into_iter().fold(OpenApiRouter::new(), |all, part| all.merge(part()))
}

/// The issuers of a town.
pub(super) const ISSUERS: [Issuer; 3] = [Issuer::Idporten, Issuer::Ansattporten, Issuer::Maskinporten];

/// Which issuer, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct WhichIssuer {
    /// `idporten`, `ansattporten` or `maskinporten`.
    issuer: String,
}

/// The issuer called `name`, which was given at `place` of the request.
pub(super) fn issuer_named(name: &str, place: &str) -> Result<Issuer, Problem> {
    let found = ISSUERS.into_iter().find(|issuer| issuer.name() == name);
    found.ok_or_else(|| {
        let names = ISSUERS.map(Issuer::name);
        Problem::value(place, format!("`{name}` is none of {}", names.join(", "))).near(nearest(name, names))
    })
}

/// The visit of somebody who came to the services of `world`, wherever the admin call itself went.
pub(super) fn visit(inbound: &Inbound, world: &World) -> Visit {
    let own = format!("/w/{}", inbound.world.name());
    let prefix = if world.name() == MAIN { String::new() } else { format!("/w/{}", world.name()) };
    let moved = |base: &str| format!("{}{prefix}", base.strip_suffix(own.as_str()).unwrap_or(base));
    Visit::of(&Inbound {
        world: world.clone(),
        base_url: moved(&inbound.base_url),
        public_url: moved(&inbound.public_url),
        ..inbound.clone()
    })
}

/// The login service called `name`, which was given at `place` of the request.
fn login_service(name: &str, place: &str) -> Result<&'static Provider, Problem> {
    match issuer_named(name, place)? {
        Issuer::Idporten => Ok(&idporten::PROVIDER),
        Issuer::Ansattporten => Ok(&ansattporten::PROVIDER),
        Issuer::Maskinporten => Err(Problem::value(place, "nobody logs in at `maskinporten`")),
    }
}

/// `text` as an organisation number, which was given at `place` of the request.
pub(super) fn orgnr(place: &str, text: &str) -> Result<Orgnummer, Problem> {
    Orgnummer::parse(text).map_err(|fault| Problem::value(place, format!("not an organisation number: {fault}")))
}

/// The person that an identity number or selector, or a name given to somebody, says; one of the two has to be given.
pub(super) async fn person(
    visit: &Visit,
    pid: Option<&str>,
    alias: Option<&str>,
    field: &str,
) -> Result<PersonKey, Problem> {
    match (pid, alias) {
        (Some(pid), None) => one_by(&visit.town, pid, &format!("/{field}")).await,
        (None, Some(alias)) => visit.state.person_named(alias).ok_or_else(|| {
            let known = visit.state.aliases();
            let near = nearest(alias, known.iter().map(|(name, _)| name.as_str()));
            Problem::new(Code::Nobody, format!("nobody is called `{alias}` here")).at("/alias").near(near)
        }),
        (Some(_), Some(_)) => Err(Problem::value("/alias", format!("give either `{field}` or `alias`"))),
        (None, None) => {
            let detail = format!("say who: `{field}` or `alias`");
            Err(Problem::new(Code::MissingField, detail).at(format!("/{field}")))
        }
    }
}

/// Gives the registers of `world` a command; the town right after.
async fn register(world: &World, command: EidCommand, what: &str, parts: &[&str]) -> Result<Arc<Town>, Problem> {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    Ok(world.command(Command::Eid(command), Cause::of(what, &parts)).await?.town)
}
