//! One call: who asks, what they may, and how they are answered.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::SERVICE;
use super::faults::Feil;
use crate::access::{AudienceRule, Inbound, Params, Visit, bearer, json_no_store, service_base, with_hint, with_note};
use crate::base::Orgnummer;
use crate::observe::Note;
use crate::town::state::{Bryter, Klient, Tjeneste};
use crate::town::{Cause, Command, Town};

/// Scope for reading clients.
const READ: &str = "idporten:dcr.read";
/// Scope for changing clients.
const MODIFY: &str = "idporten:dcr.modify";
/// Scope for everything about clients.
const WRITE: &str = "idporten:dcr.write";
/// Scope for the clients one runs for others.
const SUPPLIER: &str = "idporten:dcr.supplier";
/// Scope for sub-clients.
const SUBCLIENTS: &str = "idporten:dcr/onbehalfof:write";
/// Scope for scopes and accesses.
const SCOPES: &str = "idporten:scopes.write";

/// Scopes one of which a call needs. Which of the six opens what is not documented in full: whoever may write may read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Needs {
    /// Nothing: the operation is open.
    Nothing,
    /// Reading clients.
    ReadClients,
    /// Changing clients, their keys and secrets.
    ChangeClients,
    /// Making and retiring clients.
    MakeClients,
    /// Reading sub-clients.
    ReadSubclients,
    /// Changing sub-clients.
    ChangeSubclients,
    /// Reading scopes and sources.
    ReadScopes,
    /// Changing scopes and accesses.
    ChangeScopes,
}

impl Needs {
    fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Nothing => &[],
            Self::ReadClients => &[READ, MODIFY, WRITE, SUPPLIER],
            Self::ChangeClients => &[MODIFY, WRITE, SUPPLIER],
            Self::MakeClients => &[WRITE, SUPPLIER],
            Self::ReadSubclients => &[READ, MODIFY, WRITE, SUPPLIER, SUBCLIENTS],
            Self::ChangeSubclients => &[MODIFY, WRITE, SUPPLIER, SUBCLIENTS],
            Self::ReadScopes => &[SCOPES, READ, WRITE],
            Self::ChangeScopes => &[SCOPES],
        }
    }
}

/// A request as handlers take it, before anybody has asked who sent it.
pub(super) struct Asked {
    inbound: Inbound,
    headers: HeaderMap,
    query: String,
    body: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for Asked {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let inbound = request.extensions().get::<Inbound>().cloned();
        let inbound = inbound.ok_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())?;
        let headers = request.headers().clone();
        let query = request.uri().query().unwrap_or_default().to_owned();
        let body = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        Ok(Self { inbound, headers, query, body })
    }
}

/// Who asks, and what for.
pub(super) struct Call {
    pub inbound: Inbound,
    pub visit: Visit,
    /// The organisation on whose behalf it is asked.
    pub consumer: Orgnummer,
    /// Whether it may make clients for others.
    pub supplier: bool,
    pub params: Params,
    body: Bytes,
    headers: HeaderMap,
    /// What the developer is told beside the body.
    pub hint: String,
}

/// What a call leads to.
pub(super) struct Answer {
    pub status: StatusCode,
    /// Nothing for 204.
    pub body: Option<Value>,
}

impl Answer {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body: Some(body) }
    }

    pub(super) fn created(body: Value) -> Self {
        Self { status: StatusCode::CREATED, body: Some(body) }
    }

    pub(super) fn done() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None }
    }
}

impl Asked {
    /// Lets `work` answer when the caller has one of the scopes that `needs` names.
    pub(super) async fn answer(
        self,
        operation: &'static str,
        needs: Needs,
        work: impl AsyncFnOnce(&mut Call) -> Result<Answer, Feil>,
    ) -> Response {
        let mut note = Note { service: SERVICE, operation, ..Note::default() };
        let response = match self.call(needs, &mut note) {
            Err(feil) => feil.response(),
            Ok(mut call) => match work(&mut call).await {
                Err(feil) => with_hint(feil.response(), &call.hint),
                Ok(Answer { status, body: None }) => with_hint(status.into_response(), &call.hint),
                Ok(Answer { status, body: Some(body) }) => with_hint(json_no_store(status, &body), &call.hint),
            },
        };
        with_note(response, note)
    }

    fn call(self, needs: Needs, note: &mut Note) -> Result<Call, Feil> {
        let visit = Visit::of(&self.inbound);
        let params = Params::parse(self.query.as_bytes()).map_err(|fault| Feil::bad(fault.to_string()))?;
        let open = needs == Needs::Nothing || !visit.town.eid.er_paa(Bryter::AdminAuth);
        let anonymous = open && !self.headers.contains_key(header::AUTHORIZATION);
        let (consumer, supplier) = if anonymous {
            // Without `admin_auth` it is the municipality that asks.
            (visit.town.base.kommune.orgnr, true)
        } else {
            let base = service_base(&visit.base_url, SERVICE);
            let audience = [base.as_str(), "unspecified"];
            let token = bearer(&self.inbound, &self.headers, needs.scopes(), AudienceRule::IfPresent(&audience))?;
            note.client = Some(token.client_id.clone());
            (token.consumer, token.scopes.iter().any(|scope| scope == SUPPLIER))
        };
        let Self { inbound, headers, body, .. } = self;
        Ok(Call { inbound, visit, consumer, supplier, params, body, headers, hint: String::new() })
    }
}

impl Call {
    /// The town at this moment.
    pub(super) fn town(&self) -> &Arc<Town> {
        &self.visit.town
    }

    /// Gives the town a command; what it refuses is the caller's mistake.
    pub(super) async fn command(&mut self, command: Command, what: &str, parts: &[&str]) -> Result<(), Feil> {
        let own = self.consumer.to_string();
        let parts: Vec<&[u8]> = std::iter::once(own.as_str()).chain(parts.iter().copied()).map(str::as_bytes).collect();
        let committed = self.inbound.world.command(command, Cause::of(what, &parts)).await?;
        self.visit.town = committed.town;
        Ok(())
    }

    /// The body, a JSON object.
    pub(super) fn object(&self) -> Result<Map<String, Value>, Feil> {
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
            return Err(Feil { status: StatusCode::UNSUPPORTED_MEDIA_TYPE, ..Feil::bad("Send application/json") });
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(Feil::bad("The body must be a JSON object")),
            Err(fault) => Err(Feil::bad(format!("The body is not JSON: {fault}"))),
        }
    }

    /// The body as `T`. Fields nobody knows are overlooked, and the developer is told.
    pub(super) fn read<T: serde::de::DeserializeOwned>(&mut self, known: &[&str]) -> Result<T, Feil> {
        let object = self.object()?;
        let unknown: Vec<&str> = object.keys().map(String::as_str).filter(|name| !known.contains(name)).collect();
        if !unknown.is_empty() {
            let near = unknown.iter().filter_map(|name| crate::base::nearest(name, known.iter().copied()));
            let near: Vec<&str> = near.collect();
            self.hint = format!("fields that are not known here: {}", unknown.join(", "));
            if !near.is_empty() {
                self.hint = format!("{}; did you mean {}?", self.hint, near.join(", "));
            }
        }
        serde_json::from_value(Value::Object(object)).map_err(|fault| Feil::bad(fault.to_string()))
    }

    /// Whether what is out of use is asked for too.
    pub(super) fn with_inactive(&self) -> bool {
        self.params.get("inactive") == Some("true")
    }

    /// Whether the caller administers `klient`: it is its own, or it runs it for its owner.
    pub(super) fn sees(&self, klient: &Klient) -> bool {
        klient.orgnr == self.consumer || klient.tillegg.leverandoer == Some(self.consumer)
    }

    /// The client of the caller called `id`; one out of use only when it is asked for.
    pub(super) fn client(&self, id: &str) -> Result<Arc<Klient>, Feil> {
        let services = [Tjeneste::Idporten, Tjeneste::Ansattporten, Tjeneste::Maskinporten];
        let mut found = services.into_iter().filter_map(|of| self.town().klienter.alle.get(&(of, id.to_owned())));
        let found = found.find(|klient| self.sees(klient) && (klient.aktiv || self.with_inactive()));
        found.cloned().ok_or_else(|| {
            let id: String = id.chars().take(60).collect();
            Feil::unknown(format!("No such client: {id}")).hinted(
                "the organisation of the token sees its own clients only; ?inactive=true shows those out of use",
            )
        })
    }

    /// The same, for a change: it must be in use.
    pub(super) fn client_in_use(&self, id: &str) -> Result<Arc<Klient>, Feil> {
        let klient = self.client(id)?;
        if klient.aktiv { Ok(klient) } else { Err(Feil::conflict("The client is out of use")) }
    }
}

/// A path of the service that leads nowhere.
pub(super) async fn nowhere() -> Response {
    let note = Note { service: SERVICE, ..Note::default() };
    with_note(Feil::unknown("No such resource").hinted("route-unknown: no operation has this path").response(), note)
}
