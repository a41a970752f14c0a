//! Control of the login and token services beside their own protocol (`specs/eid.md` §10).

mod keys;

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use super::Shared;
use super::problem::Problem;
use crate::access::{Inbound, Visit};
use crate::base::nearest;
use crate::keys::Issuer;
use crate::townhall::{MAIN, World};

/// Routes of this folder.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().merge(keys::routes())
}

/// The issuers of a town.
pub(super) const ISSUERS: [Issuer; 2] = [Issuer::Idporten, Issuer::Maskinporten];

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
