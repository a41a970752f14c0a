//! A request seen from the login and token services: the town, both clocks, and what the services remember.

use std::sync::Arc;

use super::addresses::service_base;
use super::clocks::{Clocks, TokenPolicy};
use super::inbound::Inbound;
use super::state::WorldState;
use crate::keys::{Issuer, SigningKey};
use crate::town::Town;
use crate::town::state::Bryter;

/// Worlds with protocol state before those that are gone are looked for.
const MANY_WORLDS: usize = 64;

/// What the login and token services work on: one moment of one world.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The published town.
    pub town: Arc<Town>,
    /// Name of its world.
    pub world: String,
    /// Protocol state of its world.
    pub state: Arc<WorldState>,
    /// Both clocks.
    pub clocks: Clocks,
    /// Origin and world prefix as the caller reached us, without a slash at the end.
    pub base_url: String,
    /// The same for a browser.
    pub public_url: String,
    /// Whether any client may come.
    pub open_clients: bool,
    /// Id of the request.
    pub request_id: String,
}

impl Visit {
    /// The visit behind `inbound`.
    #[must_use]
    pub fn of(inbound: &Inbound) -> Self {
        let town = inbound.town();
        let access = &inbound.access;
        if access.len() > MANY_WORLDS {
            let worlds = inbound.hall.worlds();
            // Twice as many as there are worlds: some are gone, and looking again costs once per that many new ones.
            if access.len() > 2 * worlds.len() {
                let alive = worlds.iter().filter_map(|info| inbound.hall.world(&info.name));
                let alive: std::collections::BTreeSet<u64> = alive.map(|world| world.incarnation()).collect();
                access.retain(|incarnation| alive.contains(&incarnation));
            }
        }
        let state = access.of_world(inbound.world.incarnation(), town.base.header.seed);
        let clocks = Clocks { wall_ms: inbound.wall.0, world: town.now() };
        Self {
            town,
            world: inbound.world.name().to_owned(),
            state,
            clocks,
            base_url: inbound.base_url.clone(),
            public_url: inbound.public_url.clone(),
            open_clients: inbound.open_clients,
            request_id: inbound.request_id.clone(),
        }
    }

    /// Now in whole seconds on the clock of `policy`.
    #[must_use]
    pub fn seconds(&self, policy: TokenPolicy) -> i64 {
        self.clocks.seconds(policy)
    }

    /// The issuer string of `issuer` at the address the caller used: Maskinporten's ends in a slash, the others' do not
    /// (`specs/eid.md` §1.1).
    #[must_use]
    pub fn issuer(&self, issuer: Issuer) -> String {
        issuer_at(&self.base_url, issuer)
    }

    /// The key that signs tokens of `issuer` at this moment; with its certificate in their header where this world wants
    /// that (`specs/eid.md` §2.1).
    #[must_use]
    pub fn token_key(&self, issuer: Issuer) -> Arc<SigningKey> {
        let key = self.state.signing_key(issuer);
        if self.town.eid.er_paa(Bryter::X5cInHeader) { Arc::new(key.chained()) } else { key }
    }

    /// Every issuer string of `issuer` in this world, the caller's own first.
    #[must_use]
    pub fn accepted_issuers(&self, issuer: Issuer) -> Vec<String> {
        let mut bases = vec![self.base_url.clone(), self.public_url.clone()];
        bases.extend(self.state.origins());
        let mut accepted: Vec<String> = Vec::with_capacity(bases.len());
        for base in bases {
            let name = issuer_at(&base, issuer);
            if !accepted.contains(&name) {
                accepted.push(name);
            }
        }
        accepted
    }
}

/// The issuer string of `issuer` below `base_url`.
#[must_use]
pub fn issuer_at(base_url: &str, issuer: Issuer) -> String {
    match issuer {
        Issuer::Idporten | Issuer::Ansattporten => service_base(base_url, issuer.name()),
        Issuer::Maskinporten => format!("{}/", service_base(base_url, "maskinporten")),
    }
}
