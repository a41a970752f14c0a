//! Tokens of machines: what stands in them, opaque ones, and how resource services check both (`specs/eid.md` §5.3,
//! §5.4).
//!
//! A machine token is good in every world of the same seed that knows its client (`DESIGN` §5), an opaque one too: worlds
//! of one seed share the shelf it lies on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

use super::clients::{KnownClient, find_client};
use super::clocks::TokenPolicy;
use super::inbound::Inbound;
use super::shelf::Shelf;
use super::tokens::{AudienceRule, BearerFault, Claims, audience, bearer_text, checked, organisasjon, sign, texts};
use super::visit::Visit;
use crate::base::{Orgnummer, sha256};
use crate::keys::{Issuer, encode_url};
use crate::town::state::{Autentisering, Bryter, Tjeneste, Tokentype};

/// Opaque tokens that can be looked up. An hour at a rate no test reaches.
const MAX_OPAKE: usize = 20_000;

/// Opaque tokens of all worlds of a process, under a MAC of the world's secret, which worlds of one seed share.
#[derive(Clone, Debug)]
pub(super) struct OpakeTokens(Arc<Mutex<Shelf<[u8; 32], Arc<MachineToken>>>>);

impl Default for OpakeTokens {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Shelf::new(MAX_OPAKE))))
    }
}

impl OpakeTokens {
    fn held(&self) -> MutexGuard<'_, Shelf<[u8; 32], Arc<MachineToken>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whom a machine acts for, when it is not its own organisation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ActsFor {
    /// The organisation.
    pub konsument: Orgnummer,
    /// Where access was delegated (`delegation_source`); none for a registered sub-client.
    pub kilde: Option<String>,
}

/// A machine's request for a token, checked.
#[derive(Clone, Debug, Default)]
pub struct MachineGrant {
    /// Scopes granted, with a space between.
    pub scope: String,
    /// Audience asked for.
    pub resource: Vec<String>,
    /// End user the token is restricted to.
    pub pid: Option<String>,
    /// Whom the client acts for.
    pub acts_for: Option<ActsFor>,
    /// How the client proved who it is, when not with a registered key: the kind of its certificate.
    pub certificate: Option<&'static str>,
    /// System user or consent, as the token carries it.
    pub details: Option<Value>,
}

/// Claims of a machine's access token (`specs/eid.md` §5.4), and the seconds that are left of it, rounded down. It lives
/// as long as the client's tokens do, or as the shortest-lived of its scopes (§5.3).
#[must_use]
pub fn machine_claims(visit: &Visit, client: &KnownClient, grant: &MachineGrant) -> (Map<String, Value>, i64) {
    let klient = &client.klient;
    let eid = &visit.town.eid;
    let scopes = grant.scope.split(' ').filter_map(|scope| visit.town.scope(scope));
    let limits = scopes.map(|scope| scope.at_max_alder).filter(|&limit| limit > 0);
    let lifetime = i64::from(limits.fold(klient.access_token_levetid, u32::min));
    let policy = client.policy();
    let now = visit.seconds(policy);
    let resource = grant.resource.join(" ");
    let (consumer, supplier) = match &grant.acts_for {
        Some(other) => (other.konsument, Some(klient.orgnr)),
        None => (klient.orgnr, None),
    };
    let subject = [&grant.scope, "\n", &resource].concat();
    let jti = visit.state.draw_text(Issuer::Maskinporten, "access-token", &klient.client_id, &subject);
    let legacy = || eid.er_paa(Bryter::LegacyAud).then(|| json!("unspecified"));
    let client_orgno = eid.er_paa(Bryter::EmitClientOrgnoMaskinporten).then(|| klient.orgnr.to_string());
    let source = grant.acts_for.as_ref().and_then(|other| other.kilde.as_deref());

    let mut claims = Claims::default();
    claims.maybe("aud", audience(&grant.resource).or_else(legacy)).put("iss", client.machine_issuer(visit));
    claims.put("client_amr", grant.certificate.unwrap_or(Autentisering::PrivateKeyJwt.name()));
    claims.put("token_type", "Bearer").put("client_id", klient.client_id.as_str());
    claims.maybe("client_orgno", client_orgno).put("scope", grant.scope.as_str()).maybe("pid", grant.pid.as_deref());
    claims.put("consumer", organisasjon(consumer)).maybe("supplier", supplier.map(organisasjon));
    claims.maybe("delegation_source", source).maybe("authorization_details", grant.details.clone());
    claims.put("iat", now).put("exp", now + lifetime).put("jti", jti);
    (claims.done(), (now + lifetime).saturating_mul(1000).saturating_sub(visit.clocks.millis(policy)).div_euclid(1000))
}

/// Whether a token of `client` with `scope` is a name without meaning: the client wants it so, or one of the scopes.
fn is_opaque(visit: &Visit, client: &KnownClient, scope: &str) -> bool {
    let mut scopes = scope.split(' ').filter_map(|scope| visit.town.scope(scope));
    client.klient.tillegg.opake_tokens || scopes.any(|scope| scope.tokentype == Tokentype::Opaque)
}

/// The access token with `claims`: signed, or a name under which it can be looked up.
pub async fn machine_access_token(visit: &Visit, client: &KnownClient, claims: Map<String, Value>) -> String {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    if !is_opaque(visit, client, text("scope")) {
        return sign(visit.token_key(Issuer::Maskinporten), claims).await;
    }
    let name = encode_url(&visit.state.mac("opaque", &[text("jti").as_bytes()]));
    if let Ok(token) = token_of(&claims) {
        // An hour longer than it is good, so that its end can be told.
        let lifetime = token.exp - visit.seconds(client.policy());
        let until = visit.clocks.deadline_on(client.policy(), lifetime + 3600);
        let key = visit.state.mac("opaque/key", &[name.as_bytes()]);
        visit.state.opake().held().put(visit.clocks, key, Arc::new(token), until);
    }
    name
}

/// A machine's token that has been checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MachineToken {
    /// Client.
    pub client_id: String,
    /// The organisation on whose behalf it calls.
    pub consumer: Orgnummer,
    /// The organisation that calls for it, when it is another.
    pub supplier: Option<Orgnummer>,
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

/// Checks the machine token of a request: signature, time, audience, that its client is known in this world, and that it
/// has one of `scopes` (any token will do when the list is empty). An opaque token is looked up instead.
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

/// The token with its signature checked, or looked up. Checking costs 30 µs, so that a token that comes again within its
/// life is looked up by its digest instead.
fn verified(visit: &Visit, text: &str) -> Result<Arc<MachineToken>, BearerFault> {
    if !text.contains('.') {
        let key = visit.state.mac("opaque/key", &[text.as_bytes()]);
        return visit.state.opake().held().get(visit.clocks, &key).cloned().ok_or(BearerFault::Malformed);
    }
    let digest = sha256(&[text.as_bytes()]).0;
    if let Some(token) = visit.state.protocol().verified.get(visit.clocks, &digest) {
        return Ok(token.clone());
    }
    let jws = checked(visit, Issuer::Maskinporten, text)?;
    let token = Arc::new(token_of(&jws.claims)?);
    // Kept for as long as the longest-lived token might be asked about; its own end is looked at every time.
    let until = visit.clocks.deadline_on(TokenPolicy::Wall, 3600);
    visit.state.protocol().verified.put(visit.clocks, digest, token.clone(), until);
    Ok(token)
}

/// What a resource service wants to know of a token with `claims`.
fn token_of(claims: &Map<String, Value>) -> Result<MachineToken, BearerFault> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let own = |name: &str| text(name).map(str::to_owned).ok_or(BearerFault::Malformed);
    let organisation = |name: &str| {
        let id = claims.get(name)?.get("ID")?.as_str()?;
        Orgnummer::parse(id.strip_prefix("0192:")?).ok()
    };
    Ok(MachineToken {
        client_id: own("client_id")?,
        consumer: organisation("consumer").ok_or(BearerFault::Malformed)?,
        supplier: organisation("supplier"),
        scopes: own("scope")?.split(' ').map(str::to_owned).collect(),
        audience: texts(claims.get("aud")),
        pid: text("pid").map(str::to_owned),
        jti: own("jti")?,
        exp: claims.get("exp").and_then(Value::as_i64).ok_or(BearerFault::Malformed)?,
    })
}
