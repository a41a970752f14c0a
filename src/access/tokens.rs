//! Tokens of citizens and of machines: what stands in them, how they are signed, and how resource services check them
//! (`specs/eid.md` §3.8, §5.4).
//!
//! A citizen's token is good in its own world only: its `jti` carries a MAC over the world's incarnation. A machine
//! token is good in every world of the same seed that knows its client (`DESIGN` §5).

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value, json};

use super::clients::{KnownClient, find_client};
use super::clocks::TokenPolicy;
use super::inbound::Inbound;
use super::sessions::{Authentication, CodeGrant, Identity};
use super::visit::Visit;
use crate::base::{Foedselsnummer, Orgnummer, sha256};
use crate::keys::{Issuer, Jws, SigningKey};
use crate::town::model::PersonId;
use crate::town::state::{Autentisering, Tjeneste};

/// Seconds an ID token lives (`specs/eid.md` §3.8).
const ID_TOKEN_LEVETID: i64 = 120;

/// An organisation as tokens name it (`specs/eid.md` §2.2).
#[must_use]
pub fn organisasjon(orgnr: Orgnummer) -> Value {
    json!({ "authority": "iso6523-actorid-upis", "ID": format!("0192:{orgnr}") })
}

/// Claims in the order they were put in; a `None` is left out.
struct Claims(Map<String, Value>);

impl Claims {
    fn put(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    fn maybe(&mut self, name: &str, value: Option<impl Into<Value>>) -> &mut Self {
        if let Some(value) = value {
            self.put(name, value);
        }
        self
    }
}

/// `aud` of an access token: the resource, or all of them.
fn audience(resource: &[String]) -> Option<Value> {
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

/// What a code is exchanged for, before signing.
#[derive(Clone, Debug)]
pub struct CitizenClaims {
    /// Claims of the access token.
    pub access: Map<String, Value>,
    /// Claims of the ID token, with scope `openid`.
    pub id: Option<Map<String, Value>>,
    /// Seconds the access token lives.
    pub expires_in: i64,
}

/// Claims of the tokens that `code` is exchanged for (`specs/eid.md` §3.8).
#[must_use]
pub fn citizen_claims(
    visit: &Visit,
    client: &KnownClient,
    method: Autentisering,
    grant: &CodeGrant,
    code: &str,
) -> CitizenClaims {
    let (request, who) = (&grant.request, &grant.authentication);
    let klient = &client.klient;
    let now = visit.seconds(request.policy);
    let lifetime = i64::from(klient.access_token_levetid);
    let sub = visit.state.pairwise(request.provider, &klient.client_id, who.subject());
    let has = |scope: &str| request.scope.iter().any(|granted| granted == scope);
    let names = has("profile").then(|| supplied_names(visit, grant)).flatten();

    let mut access = Claims(Map::new());
    access.put("sub", sub.as_str()).put("iss", request.issuer.as_str()).put("client_amr", method.name());
    access.maybe("pid", who.pid.as_deref()).put("client_id", klient.client_id.as_str());
    access.maybe("aud", audience(&request.resource)).put("acr", who.acr.as_str());
    access.put("scope", request.scope.join(" ")).put("exp", now + lifetime).put("iat", now);
    access.maybe("clm", names.is_some().then(|| json!(["given_name", "family_name"])));
    access.put("client_orgno", klient.orgnr.to_string()).put("jti", visit.state.access_token_id(code));
    access.put("consumer", organisasjon(klient.orgnr)).maybe("authorization_details", grant.details.clone());

    let id = has("openid").then(|| {
        let mut id = Claims(Map::new());
        id.put("sub", sub.as_str()).put("amr", json!(who.amr)).put("iss", request.issuer.as_str());
        id.maybe("pid", who.pid.as_deref()).maybe("locale", has("profile").then(|| request.locale.as_str()));
        if let Some((given, family)) = &names {
            id.put("given_name", given.as_str()).put("family_name", family.as_str());
        }
        without_number(&mut id, who);
        id.maybe("sid", grant.sid.as_deref()).maybe("authorization_details", grant.details.clone());
        id.maybe("nonce", request.nonce.as_deref()).put("aud", klient.client_id.as_str());
        id.put("acr", who.acr.as_str()).put("auth_time", who.auth_time).put("iat", now);
        id.maybe("name", full_name(visit, grant));
        id.put("exp", now + ID_TOKEN_LEVETID).put("jti", visit.state.id_token_id(code));
        id.0
    });
    CitizenClaims { access: access.0, id, expires_in: lifetime }
}

/// What an ID token says of somebody without a Norwegian number (`specs/eid.md` §3.8).
fn without_number(id: &mut Claims, who: &Authentication) {
    match who.other.as_deref() {
        Some(Identity::European { identifier, given_name, family_name, birthdate }) => {
            id.put("eidas_person_identifier", identifier.as_str()).put("birthdate", birthdate.as_str());
            id.put("given_name", given_name.as_str()).put("family_name", family_name.as_str());
        }
        Some(Identity::Email(address)) => {
            id.put("email", address.as_str());
        }
        Some(Identity::WorkAccount { email, groups, .. }) => {
            id.put("email", email.as_str()).put("groups", json!(groups));
        }
        None => {}
    }
}

/// The register in which the clients of `issuer` stand.
fn tjeneste_of(issuer: Issuer) -> Tjeneste {
    match issuer {
        Issuer::Idporten => Tjeneste::Idporten,
        Issuer::Maskinporten => Tjeneste::Maskinporten,
        Issuer::Ansattporten => Tjeneste::Ansattporten,
    }
}

/// The full name in capitals, which Ansattporten's ID tokens carry (`specs/eid.md` §4 no. 5).
fn full_name(visit: &Visit, grant: &CodeGrant) -> Option<String> {
    let person = visit.town.person_by_key(grant.authentication.person?)?;
    (grant.request.provider == Issuer::Ansattporten).then(|| person.navn().full().to_uppercase())
}

/// Given and family name, when the eID used supplies them: BankID, Buypass and Commfides do, MinID and TestID do not.
fn supplied_names(visit: &Visit, grant: &CodeGrant) -> Option<(String, String)> {
    let who = &grant.authentication;
    if let Some(Identity::WorkAccount { given_name, family_name, .. }) = who.other.as_deref() {
        return Some((given_name.clone(), family_name.clone()));
    }
    let supplies =
        who.amr.iter().any(|method| matches!(method.as_str(), "BankID" | "BankID Mobil" | "Buypass" | "Commfides"));
    let navn = supplies.then(|| who.person.and_then(|key| visit.town.person_by_key(key))).flatten()?.navn();
    Some((given_name(&navn), navn.etternavn.to_string()))
}

/// First and middle name as the `given_name` claim has them.
#[must_use]
pub fn given_name(navn: &crate::town::model::Navn) -> String {
    navn.mellomnavn.as_ref().map_or_else(|| navn.fornavn.to_string(), |middle| format!("{} {middle}", navn.fornavn))
}

/// A machine's request for a token, checked.
#[derive(Clone, Debug, Default)]
pub struct MachineGrant {
    /// Scopes granted, as asked for.
    pub scope: String,
    /// Audience asked for.
    pub resource: Vec<String>,
    /// End user the token is restricted to.
    pub pid: Option<String>,
}

/// Claims of a machine's access token (`specs/eid.md` §5.4), and the seconds it lives.
#[must_use]
pub fn machine_claims(visit: &Visit, client: &KnownClient, grant: &MachineGrant) -> (Map<String, Value>, i64) {
    let klient = &client.klient;
    let now = visit.seconds(client.policy());
    let lifetime = i64::from(klient.access_token_levetid);
    let subject = [&grant.scope, "\n", &grant.resource.join(" ")].concat();
    let jti = visit.state.draw_text(Issuer::Maskinporten, "access-token", &klient.client_id, &subject);
    let mut claims = Claims(Map::new());
    claims.maybe("aud", audience(&grant.resource)).put("iss", visit.issuer(Issuer::Maskinporten));
    claims.put("client_amr", Autentisering::PrivateKeyJwt.name()).put("token_type", "Bearer");
    claims.put("client_id", klient.client_id.as_str()).put("scope", grant.scope.as_str());
    claims.maybe("pid", grant.pid.as_deref()).put("consumer", organisasjon(klient.orgnr));
    claims.put("iat", now).put("exp", now + lifetime).put("jti", jti);
    (claims.0, lifetime)
}

/// A machine's token that has been checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MachineToken {
    /// Client.
    pub client_id: String,
    /// The organisation on whose behalf it calls.
    pub consumer: Orgnummer,
    /// Scopes.
    pub scopes: Vec<String>,
    /// Audience; empty when the token names none.
    pub audience: Vec<String>,
    /// End user the token is restricted to.
    pub pid: Option<String>,
    /// Its id.
    pub jti: String,
    /// When it ends, in seconds on the clock of the client's policy.
    pub exp: i64,
}

/// A citizen's access token that has been checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CitizenToken {
    /// Client.
    pub client_id: String,
    /// Subject towards that client.
    pub sub: String,
    /// Identity number; none for somebody who is not in the population register.
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

/// Checks the machine token of a request: signature, time, audience, that its client is known in this world, and that it
/// has one of `scopes` (any token will do when the list is empty).
///
/// # Errors
/// [`BearerFault`]; the service maps it to its own body.
pub fn bearer(
    inbound: &Inbound,
    headers: &HeaderMap,
    scopes: &[&str],
    audience: AudienceRule<'_>,
) -> Result<Arc<MachineToken>, BearerFault> {
    let text = bearer_text(headers)?;
    machine_token(&Visit::of(inbound), text, scopes, audience)
}

/// [`bearer`] on a token at hand.
///
/// # Errors
/// [`BearerFault`].
pub fn machine_token(
    visit: &Visit,
    text: &str,
    scopes: &[&str],
    audience: AudienceRule<'_>,
) -> Result<Arc<MachineToken>, BearerFault> {
    let token = verified(visit, text)?;
    let client = find_client(visit, Tjeneste::Maskinporten, &token.client_id).ok_or(BearerFault::OtherWorld)?;
    if token.exp <= visit.seconds(client.policy()) {
        return Err(BearerFault::Expired);
    }
    if let AudienceRule::IfPresent(allowed) = audience
        && !token.audience.is_empty()
        && !token.audience.iter().any(|one| allowed.contains(&one.as_str()))
    {
        return Err(BearerFault::WrongAudience);
    }
    if !scopes.is_empty() && !token.scopes.iter().any(|scope| scopes.contains(&scope.as_str())) {
        return Err(BearerFault::WrongScope);
    }
    Ok(token)
}

/// The token with its signature checked. Checking costs 30 µs, so that a token that comes again within its life is
/// looked up by its digest instead.
fn verified(visit: &Visit, text: &str) -> Result<Arc<MachineToken>, BearerFault> {
    let digest = sha256(&[text.as_bytes()]).0;
    if let Some(token) = visit.state.protocol().verified.get(visit.clocks, &digest) {
        return Ok(token.clone());
    }
    let jws = checked(visit, Issuer::Maskinporten, text)?;
    let scope = jws.text("scope").ok_or(BearerFault::Malformed)?;
    let consumer = jws.claims.get("consumer").and_then(|consumer| consumer.get("ID")).and_then(Value::as_str);
    let consumer = consumer.and_then(|id| id.strip_prefix("0192:")).and_then(|number| Orgnummer::parse(number).ok());
    let token = Arc::new(MachineToken {
        client_id: jws.text("client_id").ok_or(BearerFault::Malformed)?.to_owned(),
        consumer: consumer.ok_or(BearerFault::Malformed)?,
        scopes: scope.split(' ').map(str::to_owned).collect(),
        audience: texts(jws.claims.get("aud")),
        pid: jws.text("pid").map(str::to_owned),
        jti: jws.text("jti").ok_or(BearerFault::Malformed)?.to_owned(),
        exp: jws.seconds("exp").ok_or(BearerFault::Malformed)?,
    });
    // Kept for as long as the longest-lived token might be asked about; its own end is looked at every time.
    let until = visit.clocks.deadline_on(TokenPolicy::Wall, 3600);
    visit.state.protocol().verified.put(visit.clocks, digest, token.clone(), until);
    Ok(token)
}

/// Takes a token of `issuer` apart and checks its signature.
fn checked<'a>(visit: &Visit, issuer: Issuer, text: &'a str) -> Result<Jws<'a>, BearerFault> {
    let jws = Jws::parse(text).map_err(|_| BearerFault::Malformed)?;
    visit.state.check_signature(visit.clocks, issuer, &jws).map_err(|_| BearerFault::BadSignature)?;
    Ok(jws)
}

/// A claim that is a text or a list of texts.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Checks a citizen's access token of `issuer`: signature, that it is of this very world, time, and that it has not been taken back.
///
/// # Errors
/// [`BearerFault`]; never `WrongScope` or `WrongAudience`, which are the caller's to judge.
pub fn citizen_token(visit: &Visit, issuer: Issuer, text: &str) -> Result<CitizenToken, BearerFault> {
    let jws = checked(visit, issuer, text)?;
    let claim = |name: &str| jws.text(name).map(str::to_owned).ok_or(BearerFault::Malformed);
    // An ID token is signed with the same key; only access tokens name a client and a scope.
    let (client_id, scope, jti) = (claim("client_id")?, claim("scope")?, claim("jti")?);
    if !visit.state.is_of_this_world(&jti) {
        return Err(BearerFault::OtherWorld);
    }
    let client = find_client(visit, tjeneste_of(issuer), &client_id).ok_or(BearerFault::OtherWorld)?;
    if jws.seconds("exp").ok_or(BearerFault::Malformed)? <= visit.seconds(client.policy()) {
        return Err(BearerFault::Expired);
    }
    if visit.state.is_revoked(visit.clocks, &jti) {
        return Err(BearerFault::Revoked);
    }
    let pid = jws.text("pid").map(str::to_owned);
    let person = match &pid {
        None => None,
        Some(pid) => {
            let nummer = Foedselsnummer::parse(pid).map_err(|_| BearerFault::Malformed)?;
            Some(visit.town.find(nummer).ok_or(BearerFault::OtherWorld)?)
        }
    };
    Ok(CitizenToken {
        client_id,
        sub: claim("sub")?,
        pid,
        person,
        scopes: scope.split(' ').map(str::to_owned).collect(),
        acr: claim("acr")?,
        clm: texts(jws.claims.get("clm")),
        jti,
    })
}
