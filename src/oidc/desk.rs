//! A request at one of the login services: the service, and the moment of the world it is served in.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::levels::Levels;
use super::origins::{self, Side};
use super::provider::Provider;
use crate::access::{Inbound, KnownClient, Visit, find_client, issuer_at, with_hint, with_note};
use crate::keys::{Issuer, SigningKey};
use crate::observe::Note;
use crate::town::decide::KontaktCommand;
use crate::town::model::PersonKey;
use crate::town::state::Klient;
use crate::town::{Cause, Command};
use crate::townhall::{HallError, World};

/// What every handler of the login services works on.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    /// The service.
    pub provider: &'static Provider,
    visit: Visit,
    /// The world, where a log-in may change a register; none for a desk looked at from beside.
    world: Option<World>,
}

impl Deref for Desk {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl FromRequestParts<&'static Provider> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, provider: &&'static Provider) -> Result<Self, Self::Rejection> {
        let inbound = Inbound::from_request_parts(parts, provider).await.map_err(IntoResponse::into_response)?;
        let desk = Self { world: Some(inbound.world.clone()), ..Self::at(provider, Visit::of(&inbound)) };
        if origins::serves(&desk, Side::of(parts.uri.path())) {
            return Ok(desk);
        }
        let hint =
            "the pages for browsers and the endpoints for programs stand on two hosts here; discovery names both";
        Err(with_hint(StatusCode::NOT_FOUND.into_response(), hint))
    }
}

impl Desk {
    /// The desk of `provider` at `visit`.
    pub(super) fn at(provider: &'static Provider, visit: Visit) -> Self {
        Self { provider, visit, world: None }
    }

    /// Has the contact register take up that the citizen `key` has logged in, where that changes anything.
    ///
    /// # Errors
    /// [`HallError`] when the world could not take it up.
    pub(super) async fn takes_up(&self, key: PersonKey) -> Result<(), HallError> {
        let lacks = self.visit.town.person_by_key(key).is_some_and(|person| person.foeres_ved_innlogging());
        let Some(world) = self.world.as_ref().filter(|_| lacks && self.provider.issuer == Issuer::Idporten) else {
            return Ok(());
        };
        let now = self.visit.town.now().millis().to_be_bytes();
        let cause = Cause::of(self.provider.names.innlogging, &[&key.bytes(), &now]);
        world.command(Command::Kontakt(KontaktCommand::Innlogging { person: key }), cause).await.map(drop)
    }

    /// The issuer string at the address the caller used.
    pub(super) fn own_issuer(&self) -> String {
        self.visit.issuer(self.provider.issuer)
    }

    /// The issuer string below another origin.
    pub(super) fn issuer_below(&self, base_url: &str) -> String {
        issuer_at(base_url, self.provider.issuer)
    }

    /// Every issuer string of the service in this world.
    pub(super) fn own_issuers(&self) -> Vec<String> {
        self.visit.accepted_issuers(self.provider.issuer)
    }

    /// The client `client_id` of this service.
    pub(super) fn client(&self, client_id: &str) -> Option<KnownClient> {
        find_client(&self.visit, self.provider.tjeneste, client_id)
    }

    /// Whether `klient` has single sign-on with itself only.
    pub(super) fn is_isolated(&self, klient: &Klient) -> bool {
        !self.provider.sso || klient.sso_deaktivert
    }

    /// The service's levels of assurance.
    pub(super) fn levels(&self) -> &'static Levels {
        &self.provider.levels
    }

    /// The key that signs.
    pub(super) fn key(&self) -> Arc<SigningKey> {
        self.visit.state.signing_key(self.provider.issuer)
    }

    /// A note for the record, under the operation's name.
    pub(super) fn note(&self, operation: &'static str) -> Note {
        Note { service: self.provider.service, operation, ..Note::default() }
    }
}

/// `response` with `note`, unless it carries one of its own because something is not modelled.
pub(super) fn noted(response: Response, note: Note) -> Response {
    if response.extensions().get::<Note>().is_some() { response } else { with_note(response, note) }
}
