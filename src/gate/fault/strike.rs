//! Which rules strike a request.
//!
//! Chance is drawn from a stream keyed by the seed, the rule, the caller and its operation, and how many requests of that
//! caller the rule was asked about before: so runs repeat, requests of others do not disturb it, and the town is never
//! touched (`specs/experience.md` §13).

use axum::extract::Request;

use super::super::client::client_of;
use super::super::record::Exchange;
use super::{firewall, is_ending};
use crate::access::{Skin, bearer_text};
use crate::base::{Domain, OriginKey, Purpose, StreamKey};
use crate::observe::Observe;
use crate::town::Town;
use crate::town::model::PersonKey;
use crate::town::state::{ALWAYS, Fault, FaultRule};
use crate::townhall::TownHall;

/// Worlds with counters before those that are gone are looked for.
const MANY_WORLDS: usize = 64;

/// A request as rules see it.
pub(super) struct Call<'a> {
    town: &'a Town,
    incarnation: u64,
    skin: &'static Skin,
    operation: &'static str,
    request: &'a Request,
    body: &'a [u8],
    /// The client it names.
    pub(super) client: Option<String>,
}

impl<'a> Call<'a> {
    pub(super) fn of(
        town: &'a Town,
        skin: &'static Skin,
        operation: &'static str,
        exchange: &'a Exchange,
        request: &'a Request,
    ) -> Self {
        let body = exchange.seen.body();
        let client = client_of(request.headers(), request.extensions().get(), request.uri().query(), body);
        Self { town, incarnation: exchange.world.incarnation(), skin, operation, request, body, client }
    }

    fn is_for(&self, rule: &FaultRule) -> bool {
        let service = rule.on == self.skin.service && rule.fault.fits_service(self.operation);
        let operation = !self.operation.is_empty() && rule.on == self.operation && rule.fault.fits(self.operation);
        let client = rule.client_id.is_none() || rule.client_id == self.client;
        (service || operation) && client && self.meets(rule.fault) && rule.about.is_none_or(|person| self.names(person))
    }

    /// Whether the request is of the kind that `fault` is about: a firewall refuses only what it takes for an attack.
    pub(super) fn meets(&self, fault: Fault) -> bool {
        fault != Fault::Gateway || firewall::refuses(self.request.uri())
    }

    /// Whether the request names `person`: by identity number in path, query or body, or as the citizen of its token.
    fn names(&self, person: PersonKey) -> bool {
        let Some(person) = self.town.person_by_key(person) else { return false };
        let number = person.nummer().to_string();
        let within = |bytes: &[u8]| bytes.windows(number.len()).any(|part| part == number.as_bytes());
        within(self.request.uri().path().as_bytes())
            || self.request.uri().query().is_some_and(|query| within(query.as_bytes()))
            || within(self.body)
            || self.citizen().is_some_and(|claims| within(&claims))
    }

    /// The claims of its bearer token, unverified.
    fn citizen(&self) -> Option<Vec<u8>> {
        let token = bearer_text(self.request.headers()).ok()?;
        crate::keys::decode_url(token.split('.').nth(1)?)
    }

    /// Whom ordinals are counted for.
    fn caller(&self) -> OriginKey {
        let client = self.client.as_deref().unwrap_or("");
        OriginKey::of("fault/caller", &[client.as_bytes(), self.operation.as_bytes()])
    }

    /// Whether chance lets `rule` strike.
    fn drawn(&self, rule: &FaultRule, serial: u64, observe: &Observe) -> bool {
        if rule.p == ALWAYS {
            return true;
        }
        let caller = self.caller();
        let ordinal = observe.faults.ask(self.incarnation, serial, caller.0.to_be_bytes());
        let header = &self.town.base.header;
        let key = StreamKey::new(header.seed, header.schema, Domain::Tjeneste, Purpose("fault"));
        let what = OriginKey::of("fault", &[rule.name.as_bytes(), &caller.0.to_be_bytes(), &ordinal.to_be_bytes()]);
        key.of_origin(what).chance_ppm(rule.p)
    }
}

/// Adds the rules that strike `call` to `struck`, by name. Behind one that ends the request no other is asked that would
/// end it too.
pub(super) fn rules(call: &Call<'_>, observe: &Observe, hall: &TownHall, struck: &mut Vec<(String, Fault)>) {
    if observe.faults.worlds() > MANY_WORLDS {
        forget_the_gone(observe, hall);
    }
    for set in call.town.faults.holding(call.town.now()) {
        let rule = &set.rule;
        let ended = struck.iter().any(|(_, fault)| is_ending(*fault));
        if ended && is_ending(rule.fault) || !call.is_for(rule) || !call.drawn(rule, set.serial, observe) {
            continue;
        }
        if observe.faults.strike(call.incarnation, set.serial, rule.count) {
            struck.push((rule.name.clone(), rule.fault));
        }
    }
}

fn forget_the_gone(observe: &Observe, hall: &TownHall) {
    let worlds = hall.worlds();
    // Twice as many as there are worlds: some are gone, and looking again costs once per that many new ones.
    if observe.faults.worlds() > 2 * worlds.len() {
        let alive: Vec<u64> = worlds.iter().filter_map(|info| Some(hall.world(&info.name)?.incarnation())).collect();
        observe.faults.retain(|incarnation| alive.contains(&incarnation));
    }
}
