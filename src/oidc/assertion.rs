//! Client assertions: `private_key_jwt`, signed with a registered key or under a certificate of the client's organisation
//! (`specs/eid.md` §3.6, §9 row 27).

use serde_json::Value;

use super::Desk;
use super::form::Fault;
use crate::access::{KnownClient, TokenPolicy};
use crate::keys::{Algorithm, Jws, Virksomhetssertifikat, decode_std};
use crate::town::state::Autentisering;

/// Seconds from `iat` to `exp` at most.
const MAX_LEVETID: i64 = 120;
/// Seconds an assertion may come from the future: clocks differ.
const SKEW: i64 = 10;
/// Longest id of an assertion.
const MAX_JTI: usize = 512;

/// Checks an assertion of `client` claim by claim, and uses it up. Gives the word of `client_amr`.
pub(super) fn check(desk: &Desk, client: &KnownClient, text: &str) -> Result<&'static str, Fault> {
    let id = client.klient.client_id.as_str();
    let jws = Jws::parse(text).map_err(|fault| Fault::client(fault.to_string()))?;
    jws.algorithm(Algorithm::ASSERTIONS).map_err(|fault| Fault::client(fault.to_string()))?;
    if jws.text("iss") != Some(id) || jws.text("sub") != Some(id) {
        return Err(Fault::client("iss and sub of the assertion must both be the client_id"));
    }
    let client_amr = signed_by(desk, client, &jws)?;
    let accepted = desk.own_issuers();
    let aud = match jws.claims.get("aud") {
        Some(Value::String(one)) => Some(one.as_str()),
        Some(Value::Array(list)) if list.len() == 1 => list[0].as_str(),
        _ => None,
    };
    if !aud.is_some_and(|aud| accepted.iter().any(|issuer| issuer == aud)) {
        return Err(Fault::client(format!("aud must be the issuer and nothing else: {}", accepted.join(" or "))));
    }
    times_and_use(desk, client, &jws)?;
    Ok(client_amr)
}

fn times_and_use(desk: &Desk, client: &KnownClient, jws: &Jws<'_>) -> Result<(), Fault> {
    let now = desk.seconds(client.policy());
    let exp = jws.seconds("exp").ok_or_else(|| Fault::client("the assertion has no exp"))?;
    if exp <= now {
        return Err(Fault::client("the assertion has expired"));
    }
    let iat = jws.seconds("iat").unwrap_or(now);
    if iat > now + SKEW {
        return Err(Fault::client(format!("iat is more than {SKEW} s in the future")));
    }
    if exp.saturating_sub(iat) > MAX_LEVETID {
        return Err(Fault::client(format!("exp is more than {MAX_LEVETID} s after iat")));
    }
    let jti = jws.text("jti").filter(|jti| (1..=MAX_JTI).contains(&jti.len()));
    let jti = jti.ok_or_else(|| Fault::client("the assertion has no jti"))?;
    let until = desk.clocks.deadline_on(client.policy(), exp - now);
    if desk.state.use_once(desk.clocks, until, (desk.provider.issuer, &client.klient.client_id), jti) {
        Ok(())
    } else {
        Err(Fault::client("the assertion (jti) has been used before"))
    }
}

/// Checks the signature: with the registered key that `kid` names, or by a certificate when no key is registered.
fn signed_by(desk: &Desk, client: &KnownClient, jws: &Jws<'_>) -> Result<&'static str, Fault> {
    let keys = &client.klient.noekler;
    match (jws.kid(), jws.header.get("x5c")) {
        (Some(_), Some(_)) => Err(Fault::client("either kid or x5c in the header, not both")),
        (None, Some(x5c)) if keys.is_empty() => certificate(desk, client, x5c, jws),
        (None, _) => Err(Fault::client(format!("no kid in the header; registered keys: {}", names(client)))),
        (Some(kid), None) => {
            let key = keys.iter().find(|key| key.kid == kid);
            let key = key.ok_or_else(|| Fault::client(format!("unknown kid; registered keys: {}", names(client))))?;
            if client.is_key_expired(key.registrert, desk.clocks.world) {
                return Err(Fault::client("keys live one year of the world's clock; post the client's keys again"));
            }
            let public = desk.state.registered_key(&key.jwk).map_err(|fault| Fault::client(fault.to_string()))?;
            jws.verify(&public, Algorithm::ASSERTIONS).map_err(|fault| Fault::client(fault.to_string()))?;
            Ok(Autentisering::PrivateKeyJwt.name())
        }
    }
}

fn names(client: &KnownClient) -> String {
    client.klient.noekler.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>().join(", ")
}

/// A certificate of the organisation that owns the client, with the authority behind it.
fn certificate(desk: &Desk, client: &KnownClient, x5c: &Value, jws: &Jws<'_>) -> Result<&'static str, Fault> {
    let chain = x5c.as_array().filter(|list| !list.is_empty());
    let chain = chain.and_then(|list| list.iter().map(|one| decode_std(one.as_str()?)).collect::<Option<Vec<_>>>());
    let chain = chain.ok_or_else(|| Fault::client("x5c is a list of DER certificates in standard base64"))?;
    let leaf = Virksomhetssertifikat::read(&chain);
    let leaf =
        leaf.ok_or_else(|| Fault::client("x5c does not end in the test authority of enterprise certificates"))?;
    // Over when either clock says so; under `virtual` the world's clock alone (`specs/eid.md` §2.6).
    if [TokenPolicy::Virtual, client.policy()].iter().any(|&policy| !leaf.holds(desk.seconds(policy))) {
        return Err(Fault::client("the certificate has ended, or has not begun, on real time or the world's clock"));
    }
    if leaf.orgnr != Some(client.klient.orgnr) {
        let hint = format!("the client belongs to {}, the certificate to another organisation", client.klient.orgnr);
        return Err(Fault::client(hint));
    }
    jws.verify(&leaf.key, Algorithm::ASSERTIONS).map_err(|fault| Fault::client(fault.to_string()))?;
    Ok(leaf.slag.name())
}
