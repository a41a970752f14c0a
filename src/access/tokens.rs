//! Tokens of citizens: what stands in them, how they are signed, and how resource services check them
//! (`specs/eid.md` §3.8); and what they have in common with those of machines.
//!
//! A citizen's token is good in its own world only: its `jti` carries a MAC over the world's incarnation.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value, json};

use super::clients::find_client;
use super::visit::Visit;
use crate::base::{Foedselsnummer, Orgnummer};
use crate::keys::{Issuer, Jws, SigningKey};
use crate::town::model::PersonId;
use crate::town::state::Tjeneste;

/// An organisation as tokens name it (`specs/eid.md` §2.2).
#[must_use]
pub fn organisasjon(orgnr: Orgnummer) -> Value {
    json!({ "authority": "iso6523-actorid-upis", "ID": format!("0192:{orgnr}") })
}

/// Claims in the order they were put in; a `None` is left out.
#[derive(Default)]
pub(super) struct Claims(pub(super) Map<String, Value>);

impl Claims {
    pub(super) fn put(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn maybe(&mut self, name: &str, value: Option<impl Into<Value>>) -> &mut Self {
        if let Some(value) = value {
            self.put(name, value);
        }
        self
    }

    /// The claims.
    pub(super) fn done(self) -> Map<String, Value> {
        self.0
    }
}

/// `aud` of an access token: the resource, or all of them.
pub(super) fn audience(resource: &[String]) -> Option<Value> {
    match resource {
        [] => None,
        [one] => Some(json!(one)),
        several => Some(json!(several)),
    }
}

/// Signs `claims` off the async workers: one signature costs about half a millisecond of a core.
///
/// # Panics
/// Only while the program is being taken down.
pub async fn sign(key: impl AsRef<SigningKey> + Send + 'static, claims: Map<String, Value>) -> String {
    tokio::task::spawn_blocking(move || key.as_ref().sign(None, &claims)).await.expect("signing cannot fail")
}

/// The register in which the clients of `issuer` stand.
fn tjeneste_of(issuer: Issuer) -> Tjeneste {
    match issuer {
        Issuer::Idporten => Tjeneste::Idporten,
        Issuer::Maskinporten => Tjeneste::Maskinporten,
        Issuer::Ansattporten => Tjeneste::Ansattporten,
    }
}

/// A citizen's access token that has been checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CitizenToken {
    /// Client.
    pub client_id: String,
    /// Subject towards that client.
    pub sub: String,
    /// Identity number it carries; none for somebody who is not in the population register, and none of a pseudonymous one.
    pub pid: Option<String>,
    /// The citizen.
    pub person: Option<PersonId>,
    /// Scopes.
    pub scopes: Vec<String>,
    /// Level of the log-in.
    pub acr: String,
    /// Claims that userinfo adds.
    pub clm: Vec<String>,
    /// Its id.
    pub jti: String,
    /// The citizen's number even when the token does not carry it.
    pub number: Option<String>,
    /// Thumbprint of the key it is bound to.
    pub jkt: Option<String>,
    /// Language of the log-in; Bokmål when it is not known any more.
    pub locale: String,
    /// All it carries, or stands for.
    pub claims: Map<String, Value>,
}

/// Which audience a resource service demands of a machine token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AudienceRule<'a> {
    /// None: most APIs do not look.
    Unchecked,
    /// A token that names an audience has to name one of these; one that names none is good.
    IfPresent(&'a [&'a str]),
}

/// Why a bearer token is no good.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BearerFault {
    /// No `Authorization: Bearer …`.
    #[error("no bearer token")]
    Missing,
    /// Not a token at all, or not one of the kind asked for.
    #[error("the token is malformed")]
    Malformed,
    /// Signed by somebody else: another issuer, another seed, or changed on the way.
    #[error("the signature of the token does not verify")]
    BadSignature,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Taken back.
    #[error("the token has been revoked")]
    Revoked,
    /// Meant for another service.
    #[error("the token is for another audience")]
    WrongAudience,
    /// Lacks the scope.
    #[error("the token lacks the scope")]
    WrongScope,
    /// A citizen's token of another world, or a machine token whose client this world does not know.
    #[error("the token belongs to another world")]
    OtherWorld,
}

impl BearerFault {
    /// What to do, for the `Byteby-Hint` header.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Missing => "send `Authorization: Bearer <access token>`",
            Self::Malformed => "this is not a signed access token of this service's issuer; did you send an ID token?",
            Self::BadSignature => {
                "signed with another key: a token of another issuer, of a town with another seed, or changed"
            }
            Self::Expired => "the token's `exp` has passed on the clock its client follows; fetch a new one",
            Self::Revoked => "the code behind this token was used twice, or the user logged out",
            Self::WrongAudience => "the token's `aud` names another service; leave `resource` out or name this one",
            Self::WrongScope => "fetch a token with the scope this operation needs",
            Self::OtherWorld => {
                "the token is of another world: citizens' tokens are good in their own world only, and a machine token's \
                 client has to be registered here"
            }
        }
    }
}

/// The token of an `Authorization: Bearer` header.
///
/// # Errors
/// [`BearerFault::Missing`] without one, [`BearerFault::Malformed`] for several or for something else than text.
pub fn bearer_text(headers: &HeaderMap) -> Result<&str, BearerFault> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(BearerFault::Missing)?;
    if values.next().is_some() {
        return Err(BearerFault::Malformed);
    }
    let value = value.to_str().map_err(|_| BearerFault::Malformed)?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(BearerFault::Missing);
    }
    let token = token.trim();
    if token.is_empty() { Err(BearerFault::Malformed) } else { Ok(token) }
}

/// Takes a token of `issuer` apart and checks its signature.
pub(super) fn checked<'a>(visit: &Visit, issuer: Issuer, text: &'a str) -> Result<Jws<'a>, BearerFault> {
    let jws = Jws::parse(text).map_err(|_| BearerFault::Malformed)?;
    visit.state.check_signature(visit.clocks, issuer, &jws).map_err(|_| BearerFault::BadSignature)?;
    Ok(jws)
}

/// A claim that is a text or a list of texts.
pub(super) fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Checks a citizen's access token of `issuer`: signature, that it is of this very world, time, and that it has not been
/// taken back.
///
/// # Errors
/// [`BearerFault`]; never `WrongScope` or `WrongAudience`, which are the caller's to judge.
pub fn citizen_token(visit: &Visit, issuer: Issuer, text: &str) -> Result<CitizenToken, BearerFault> {
    let claims = if text.contains('.') { checked(visit, issuer, text)?.claims } else { opaque(visit, issuer, text)? };
    let claim = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned).ok_or(BearerFault::Malformed);
    // An ID token is signed with the same key; only access tokens name a client and a scope.
    let (client_id, scope, jti) = (claim("client_id")?, claim("scope")?, claim("jti")?);
    if !visit.state.is_of_this_world(&jti) {
        return Err(BearerFault::OtherWorld);
    }
    let client = find_client(visit, tjeneste_of(issuer), &client_id).ok_or(BearerFault::OtherWorld)?;
    let exp = claims.get("exp").and_then(Value::as_i64).ok_or(BearerFault::Malformed)?;
    if exp <= visit.seconds(client.policy()) {
        return Err(BearerFault::Expired);
    }
    if visit.state.is_revoked(visit.clocks, &jti) {
        return Err(BearerFault::Revoked);
    }
    let issued = visit.state.issued(visit.clocks, &jti);
    let pid = claims.get("pid").and_then(Value::as_str).map(str::to_owned);
    // A pseudonymous token does not say whose it is; the service still knows.
    let number = pid.clone().or_else(|| issued.as_ref()?.pid.clone());
    let person = match &number {
        // Somebody with an account at work is in the population register and shows no number.
        None => issued.as_ref().and_then(|issued| visit.town.id_of(issued.person?)),
        Some(pid) => {
            let nummer = Foedselsnummer::parse(pid).map_err(|_| BearerFault::Malformed)?;
            Some(visit.town.find(nummer).ok_or(BearerFault::OtherWorld)?)
        }
    };
    Ok(CitizenToken {
        client_id,
        sub: claim("sub")?,
        pid,
        number,
        person,
        scopes: scope.split(' ').map(str::to_owned).collect(),
        acr: claim("acr")?,
        clm: texts(claims.get("clm")),
        jti,
        jkt: claims.get("cnf").and_then(|cnf| cnf.get("jkt")).and_then(Value::as_str).map(str::to_owned),
        locale: issued.map_or_else(|| "nb".to_owned(), |issued| issued.locale.clone()),
        claims,
    })
}

/// The claims behind a token that says nothing by itself.
fn opaque(visit: &Visit, issuer: Issuer, text: &str) -> Result<Map<String, Value>, BearerFault> {
    let issued = visit.state.issued(visit.clocks, text).filter(|issued| issued.provider == issuer);
    issued.and_then(|issued| issued.claims.clone()).ok_or(BearerFault::Malformed)
}
