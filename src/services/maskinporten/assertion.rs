//! The assertion of a JWT bearer grant, checked claim by claim (`specs/eid.md` §5.2, §5.7, §5.8).

use serde_json::{Map, Value};

use super::faults::Fault;
use crate::access::{KnownClient, MachineGrant, TokenPolicy, Visit, find_client};
use crate::base::{Foedselsnummer, Orgnummer};
use crate::keys::{Algorithm, Issuer, Jws, parse_jwk};
use crate::town::state::Tjeneste;

/// Type of a system user's authorization details.
pub(super) const SYSTEMBRUKER: &str = "urn:altinn:systemuser";
/// Type of a consent's authorization details.
pub(super) const SAMTYKKE: &str = "urn:altinn:consent";

/// Seconds `iat` may be off, both ways.
const IAT_SLINGRING: i64 = 10;
/// Seconds from `iat` to `exp` at most.
const MAX_LEVETID: i64 = 120;
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

/// What becomes of an assertion.
pub(super) enum Verdict {
    Granted {
        client: KnownClient,
        grant: MachineGrant,
        hint: String,
    },
    Refused(Fault),
    /// 501, with the name of the operation.
    NotModelled(&'static str),
}

impl From<Fault> for Verdict {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault)
    }
}

/// Checks `assertion`; gives the client id it claims too, for the record.
pub(super) fn check(visit: &Visit, assertion: &str) -> (Verdict, Option<String>) {
    let Ok(jws) = Jws::parse(assertion) else {
        return (Fault::malformed("Invalid assertion. The assertion is not a JWT").into(), None);
    };
    let client = jws.text("iss").map(|iss| iss.chars().take(255).collect());
    let verdict = judge(visit, assertion, &jws).unwrap_or_else(|verdict| verdict);
    (verdict, client)
}

/// The checks in order. `Err` is an early verdict.
fn judge(visit: &Visit, assertion: &str, jws: &Jws<'_>) -> Result<Verdict, Verdict> {
    jws.algorithm(Algorithm::ASSERTIONS).map_err(|fault| {
        Fault::grant(None, format!("Invalid assertion. {fault}")).hinted("sign with RS256, RS384 or RS512")
    })?;
    let iss = jws.text("iss").ok_or_else(|| Fault::malformed("Invalid assertion. Missing claim: iss"))?;
    let client = find_client(visit, Tjeneste::Maskinporten, iss).ok_or_else(|| {
        Fault::grant("MP-100", "Invalid assertion. Client authentication failed. Unknown client").hinted(
            "no machine client of this id is registered in this world; register it, or start with --open-clients",
        )
    })?;
    let signed = check_signature(visit, &client, jws)?;
    check_claims(jws)?;
    check_audience(visit, jws)?;
    let left = check_times(visit, &client, jws)?;
    let until = visit.clocks.deadline_on(client.policy(), left);
    // Without `jti` the whole assertion is what may be used once.
    let once = jws.text("jti").unwrap_or(assertion);
    if !visit.state.use_once(visit.clocks, until, (Issuer::Maskinporten, iss), once) {
        let fault = Fault::grant("MP-012", "Invalid assertion. The assertion has been used before");
        return Err(fault.hinted("make a new assertion, with a new jti, for every token").into());
    }
    let scope = check_scope(&client, jws)?;
    check_delegation(&client, jws)?;
    check_details(jws.claims.get("authorization_details"))?;
    let grant = MachineGrant { scope, resource: resource(jws)?, pid: pid(jws)? };
    let hint = if signed { String::new() } else { unregistered_hint(iss) };
    Ok(Verdict::Granted { client, grant, hint })
}

fn unregistered_hint(iss: &str) -> String {
    format!(
        "client `{iss}` is not registered: signature and scopes were not checked; the strict policy refuses it (MP-100)"
    )
}

/// Checks the signature with the key the header names; `false` for an unregistered client, who has no key to check
/// with.
fn check_signature(visit: &Visit, client: &KnownClient, jws: &Jws<'_>) -> Result<bool, Verdict> {
    let x5c = jws.header.get("x5c");
    if x5c.is_some_and(|chain| !chain.as_array().is_some_and(|list| list.iter().all(Value::is_string))) {
        return Err(Fault::grant("MP-123", "Invalid assertion. Malformed x5c header").into());
    }
    if x5c.is_some() && jws.kid().is_some() {
        return Err(Fault::malformed("Invalid assertion. Either kid or x5c, not both").into());
    }
    if !client.registered {
        return Ok(false);
    }
    let keys = &client.klient.noekler;
    let Some(kid) = jws.kid() else {
        if keys.is_empty() && x5c.is_some() {
            return Err(Verdict::NotModelled("token.x5c"));
        }
        let fault = Fault::grant(None, "Invalid assertion. Client authentication failed. Missing kid in header");
        return Err(fault.hinted("the client has registered keys: put the kid of one of them in the header").into());
    };
    let Some(key) = keys.iter().find(|key| key.kid == kid) else {
        let known: Vec<&str> = keys.iter().map(|key| key.kid.as_str()).collect();
        let fault = Fault::grant(None, "Invalid assertion. Client authentication failed. Unknown key identifier (kid)");
        return Err(fault.hinted(format!("keys registered on this client: {}", known.join(", "))).into());
    };
    if client.is_key_expired(key.registrert, visit.clocks.world) {
        let fault = Fault::grant("MP-121", "Invalid assertion. The registered key has expired");
        return Err(fault.hinted("keys live one year of the world's clock; register the client again").into());
    }
    let signature = parse_jwk(&key.jwk).ok().map(|public| jws.verify(&public, Algorithm::ASSERTIONS));
    if signature != Some(Ok(())) {
        let fault = Fault::grant("MP-124", "Invalid assertion. Client authentication failed. Invalid JWT signature");
        return Err(fault.hinted("the signature does not fit the registered key of that kid").into());
    }
    Ok(true)
}

/// Shape of the claims: nothing unknown, nothing of a wrong type.
fn check_claims(jws: &Jws<'_>) -> Result<(), Fault> {
    if let Some(unknown) = jws.claims.keys().find(|name| !CLAIMS.contains(&name.as_str())) {
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
    Ok(())
}

/// `aud` is this issuer, byte for byte, as a text or a list of one.
fn check_audience(visit: &Visit, jws: &Jws<'_>) -> Result<(), Fault> {
    let aud = match jws.claims.get("aud") {
        Some(Value::String(one)) => Some(one.as_str()),
        Some(Value::Array(list)) if list.len() == 1 => list[0].as_str(),
        _ => None,
    };
    let accepted = visit.accepted_issuers(Issuer::Maskinporten);
    if aud.is_some_and(|aud| accepted.iter().any(|issuer| issuer == aud)) {
        return Ok(());
    }
    let hint = format!("aud must be the issuer, with its slash at the end: {}", accepted.join(" or "));
    Err(Fault::grant("MP-110", "Invalid assertion. Invalid aud claim").hinted(hint))
}

/// `iat` and `exp` on the clock the client follows. Gives the seconds the assertion still lives.
fn check_times(visit: &Visit, client: &KnownClient, jws: &Jws<'_>) -> Result<i64, Fault> {
    let now = visit.seconds(client.policy());
    let claim = |name: &str| {
        jws.seconds(name)
            .ok_or_else(|| Fault::malformed(format!("Invalid assertion. Missing or malformed claim: {name}")))
    };
    let (iat, exp) = (claim("iat")?, claim("exp")?);
    let clock = match client.policy() {
        TokenPolicy::Wall => "real time",
        TokenPolicy::Virtual => "the world's clock",
    };
    if exp <= now {
        let hint = format!("exp is {} s ago on {clock}", now - exp);
        return Err(Fault::grant("MP-130", "Invalid assertion. The assertion has expired").hinted(hint));
    }
    if (now - iat).abs() > IAT_SLINGRING {
        let hint = format!("iat is {} s from now on {clock}; {IAT_SLINGRING} s are allowed", iat - now);
        return Err(Fault::grant(None, "Invalid assertion. Claim iat is too far from the current time").hinted(hint));
    }
    if exp - iat > MAX_LEVETID {
        let hint = format!("exp - iat is {} s; at most {MAX_LEVETID} s", exp - iat);
        return Err(Fault::grant(None, "Invalid assertion. The lifetime of the assertion is too long").hinted(hint));
    }
    Ok(exp - now)
}

/// The scopes asked for, every one registered on the client.
fn check_scope(client: &KnownClient, jws: &Jws<'_>) -> Result<String, Fault> {
    let wanted: Vec<&str> = jws.text("scope").unwrap_or_default().split_ascii_whitespace().collect();
    if wanted.is_empty() {
        return Err(Fault::malformed("Invalid assertion. Missing claim: scope"));
    }
    for scope in &wanted {
        let shown: String = scope.chars().take(200).collect();
        if matches!(*scope, "openid" | "profile") {
            let description = format!("Invalid scope. Scope not allowed for Maskinporten clients: {shown}");
            return Err(Fault::new("invalid_scope", Some("MP-201"), description));
        }
        if client.registered && !client.klient.scopes.iter().any(|registered| registered == scope) {
            let description = format!("Invalid scope. The client does not have the scope: {shown}");
            let hint = format!("scopes registered on this client: {}", client.klient.scopes.join(" "));
            return Err(Fault::new("invalid_scope", Some("MP-200"), description).hinted(hint));
        }
    }
    Ok(wanted.join(" "))
}

/// Acting for another organisation. This town has no delegations, so every one asked for is missing.
fn check_delegation(client: &KnownClient, jws: &Jws<'_>) -> Result<(), Verdict> {
    let consumer = jws.text("consumer_org");
    if jws.text("iss_onbehalfof").is_some() {
        return Err(match consumer {
            Some(_) => Fault::malformed("Invalid assertion. Either consumer_org or iss_onbehalfof, not both").into(),
            None => Verdict::NotModelled("token.iss_onbehalfof"),
        });
    }
    let Some(consumer) = consumer else { return Ok(()) };
    if consumer.len() != 9 || !consumer.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::malformed("Invalid assertion. Malformed consumer_org").into());
    }
    if Orgnummer::parse(consumer) == Ok(client.klient.orgnr) {
        let description = "Invalid assertion. consumer_org is the organisation of the client itself";
        return Err(Fault::new("invalid_request", None, description).into());
    }
    let description =
        format!("Consumer {consumer} has not delegated access to the scope to supplier {}", client.klient.orgnr);
    Err(Fault::new("forbidden", Some("MP-251"), description).into())
}

/// Authorization details: their shape, then that there is no such system user or consent in this town.
fn check_details(details: Option<&Value>) -> Result<(), Fault> {
    let Some(details) = details else { return Ok(()) };
    let bad = |code, description: &str| Fault::new("invalid_authorization_details", Some(code), description);
    let Some([Value::Object(element)]) = details.as_array().map(Vec::as_slice) else {
        return Err(bad("MP-303", "authorization_details must be a list with one element"));
    };
    let fields: &[&str] = match element.get("type").and_then(Value::as_str) {
        Some(SYSTEMBRUKER) => &["type", "systemuser_org", "externalRef"],
        Some(SAMTYKKE) => &["type", "id", "from"],
        _ => return Err(bad("MP-301", "Unknown type in authorization_details")),
    };
    if let Some(unknown) = element.keys().find(|name| !fields.contains(&name.as_str())) {
        let unknown: String = unknown.chars().take(40).collect();
        return Err(bad("MP-302", &format!("Unknown field in authorization_details: {unknown}")));
    }
    if !has_values(element, fields[1]) {
        return Err(bad("MP-303", "Missing or malformed value in authorization_details"));
    }
    let what = if fields[1] == "id" { "Consent" } else { "System user" };
    Err(Fault::new("invalid_altinn_customer_configuration", Some("MP-303"), format!("{what} not found")))
}

/// Whether the fields that name a system user or a consent have values of the right shape.
fn has_values(element: &Map<String, Value>, kind: &str) -> bool {
    let text = |value: Option<&Value>| value.is_some_and(Value::is_string);
    if kind == "id" {
        return text(element.get("id")) && text(element.get("from"));
    }
    let org = element.get("systemuser_org").and_then(Value::as_object);
    let named = org.is_some_and(|org| {
        org.get("authority").and_then(Value::as_str) == Some("iso6523-actorid-upis")
            && org.get("ID").and_then(Value::as_str).is_some_and(|id| id.starts_with("0192:"))
    });
    named && element.get("externalRef").is_none_or(Value::is_string)
}

/// `resource`: a list of absolute addresses.
fn resource(jws: &Jws<'_>) -> Result<Vec<String>, Fault> {
    let Some(value) = jws.claims.get("resource") else { return Ok(Vec::new()) };
    let uris = value.as_array().filter(|list| !list.is_empty()).and_then(|list| {
        list.iter().map(|uri| uri.as_str().filter(|uri| is_absolute(uri)).map(str::to_owned)).collect()
    });
    uris.ok_or_else(|| {
        Fault::malformed("Invalid assertion. Malformed resource").hinted("resource is a list of absolute addresses")
    })
}

fn is_absolute(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|letter: char| letter.is_ascii_alphabetic()) && !rest.is_empty() && !rest.contains('#')
    }) && uri.bytes().all(|byte| byte.is_ascii_graphic())
}

/// `pid`: the end user the token is restricted to, a synthetic identity number.
fn pid(jws: &Jws<'_>) -> Result<Option<String>, Fault> {
    let Some(pid) = jws.text("pid") else { return Ok(None) };
    match Foedselsnummer::parse(pid) {
        Ok(_) => Ok(Some(pid.to_owned())),
        // The number itself is not repeated: it may be a real person's.
        Err(fault) => Err(Fault::malformed("Invalid assertion. Malformed pid").hinted(fault.to_string())),
    }
}
