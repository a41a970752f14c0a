//! What an assertion says: the shape of its claims, and the audience (`specs/eid.md` §5.2).

use serde_json::Value;

use super::details::{self, Details};
use super::faults::Fault;
use crate::access::{KnownClient, Visit};
use crate::base::{Foedselsnummer, Orgnummer};
use crate::keys::{Issuer, Jws};
use crate::town::state::Bryter;

/// Claims an assertion may have; any other is refused (§11 "unknown claims in Maskinporten grant").
const CLAIMS: &[&str] = &[
    "aud",
    "iss",
    "scope",
    "iat",
    "exp",
    "jti",
    "resource",
    "pid",
    "consumer_org",
    "authorization_details",
    "iss_onbehalfof",
    "sub",
    "nbf",
];

/// Whom a client wants to act for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum For {
    /// Its own organisation.
    Seg,
    /// An organisation that has delegated to it.
    Konsument(Orgnummer),
    /// A sub-client registered on it, by id.
    Underklient(String),
}

/// What is asked for, in the right shape.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// Scopes, each once.
    pub scopes: Vec<String>,
    pub resource: Vec<String>,
    pub pid: Option<Foedselsnummer>,
    pub acts_for: For,
    pub details: Option<Details>,
}

/// Reads the claims: nothing unknown, nothing of a wrong type or for another audience.
pub(super) fn read(visit: &Visit, client: &KnownClient, jws: &Jws<'_>) -> Result<Asked, Fault> {
    let ignores = visit.town.eid.er_paa(Bryter::IgnoreUnknownGrantClaims);
    if let Some(unknown) = jws.claims.keys().find(|name| !ignores && !CLAIMS.contains(&name.as_str())) {
        let unknown: String = unknown.chars().take(40).collect();
        return Err(Fault::malformed("Invalid assertion").hinted(format!("unknown claim `{unknown}`")));
    }
    for name in ["scope", "jti", "sub", "pid", "consumer_org", "iss_onbehalfof"] {
        if jws.claims.get(name).is_some_and(|value| !value.is_string()) {
            return Err(Fault::malformed(format!("Invalid assertion. Claim {name} must be a string")));
        }
    }
    if jws.text("sub").is_some_and(|sub| Some(sub) != jws.text("iss")) {
        return Err(Fault::malformed("Invalid assertion. Claim sub must equal iss"));
    }
    let mut scopes: Vec<String> = Vec::new();
    for scope in jws.text("scope").unwrap_or_default().split_ascii_whitespace() {
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    if scopes.is_empty() {
        return Err(Fault::malformed("Invalid assertion. Missing claim: scope"));
    }
    let asked = Asked {
        scopes,
        resource: resource(visit, jws)?,
        pid: pid(jws)?,
        acts_for: acts_for(client, jws)?,
        details: jws.claims.get("authorization_details").map(details::read).transpose()?,
    };
    check_audience(visit, client, jws)?;
    Ok(asked)
}

/// `aud` is this issuer, byte for byte, as a text or a list of one.
fn check_audience(visit: &Visit, client: &KnownClient, jws: &Jws<'_>) -> Result<(), Fault> {
    let aud = match jws.claims.get("aud") {
        Some(Value::String(one)) => Some(one.as_str()),
        Some(Value::Array(list)) if list.len() == 1 => list[0].as_str(),
        _ => None,
    };
    let mut accepted = visit.accepted_issuers(Issuer::Maskinporten);
    let own = client.machine_issuer(visit);
    if !accepted.contains(&own) {
        accepted.push(own);
    }
    if aud.is_some_and(|aud| accepted.iter().any(|issuer| issuer == aud)) {
        return Ok(());
    }
    let hint = format!("aud must be the issuer, with its slash at the end: {}", accepted.join(" or "));
    Err(Fault::grant("MP-110", "Invalid assertion. Invalid aud claim").hinted(hint))
}

/// `consumer_org` or `iss_onbehalfof`, of which one excludes the other.
fn acts_for(client: &KnownClient, jws: &Jws<'_>) -> Result<For, Fault> {
    let (consumer, under) = (jws.text("consumer_org"), jws.text("iss_onbehalfof"));
    match (consumer, under) {
        (Some(_), Some(_)) => {
            Err(Fault::malformed("Invalid assertion. Either consumer_org or iss_onbehalfof, not both"))
        }
        (None, Some(id)) => Ok(For::Underklient(id.to_owned())),
        (None, None) => Ok(For::Seg),
        (Some(consumer), None) => match Orgnummer::parse(consumer) {
            Ok(orgnr) if orgnr == client.klient.orgnr => {
                let description = "Invalid assertion. consumer_org is the organisation of the client itself";
                Err(Fault::new("invalid_request", None, description))
            }
            Ok(orgnr) => Ok(For::Konsument(orgnr)),
            Err(fault) => {
                let fault = fault.to_string();
                Err(Fault::malformed("Invalid assertion. Malformed consumer_org").hinted(fault))
            }
        },
    }
}

/// `resource`: a list of absolute addresses, or one of them where that is overlooked.
fn resource(visit: &Visit, jws: &Jws<'_>) -> Result<Vec<String>, Fault> {
    let Some(value) = jws.claims.get("resource") else { return Ok(Vec::new()) };
    let single = visit.town.eid.er_paa(Bryter::LenientResource);
    let list = match value {
        Value::Array(list) if !list.is_empty() => list.as_slice(),
        Value::String(_) if single => std::slice::from_ref(value),
        _ => &[],
    };
    let absolute = |uri: &Value| uri.as_str().filter(|uri| is_absolute(uri)).map(str::to_owned);
    let uris: Option<Vec<String>> = list.iter().map(absolute).collect();
    uris.filter(|uris| !uris.is_empty()).ok_or_else(|| {
        Fault::malformed("Invalid assertion. Malformed resource").hinted("resource is a list of absolute addresses")
    })
}

fn is_absolute(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|letter: char| letter.is_ascii_alphabetic()) && !rest.is_empty() && !rest.contains('#')
    }) && uri.bytes().all(|byte| byte.is_ascii_graphic())
}

/// `pid`: the end user the token is restricted to, a synthetic identity number.
fn pid(jws: &Jws<'_>) -> Result<Option<Foedselsnummer>, Fault> {
    let Some(pid) = jws.text("pid") else { return Ok(None) };
    // The number itself is not repeated: it may be a real person's.
    let malformed = |fault: crate::base::IdentifierFault| {
        Fault::malformed("Invalid assertion. Malformed pid").hinted(fault.to_string())
    };
    Foedselsnummer::parse(pid).map(Some).map_err(malformed)
}
