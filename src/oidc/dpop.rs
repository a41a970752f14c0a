//! Proof of possession: a token bound to a key of the client (RFC 9449, `specs/eid.md` §3.7, §9 row 33).

use axum::http::HeaderMap;

use super::Desk;
use crate::access::TokenPolicy;
use crate::base::sha256;
use crate::keys::{Algorithm, Jws, PublicKey, encode_url, parse_jwk};

/// Algorithms of a proof, as discovery lists them.
const ALGORITHMS: &[Algorithm] = &[Algorithm::Es256, Algorithm::Rs256];
/// Seconds a proof is good for after it was made.
const MAX_ALDER: i64 = 60;
/// Seconds a proof may come from the future: clocks differ.
const SKEW: i64 = 10;
/// Longest id of a proof.
const MAX_JTI: usize = 512;

/// What a proof is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use<'a> {
    /// Method of the request.
    pub method: &'a str,
    /// Path of the request behind the issuer.
    pub path: &'a str,
    /// Clock the proof follows.
    pub policy: TokenPolicy,
    /// The access token it comes with, at a resource.
    pub token: Option<&'a str>,
}

/// The thumbprint of the key that the proof of a request shows to be held; `None` without a proof. A proof is used up.
///
/// # Errors
/// What is wrong with it, for the developer.
pub(super) fn proof(desk: &Desk, headers: &HeaderMap, wanted: Use<'_>) -> Result<Option<String>, String> {
    let mut values = headers.get_all("dpop").iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err("more than one DPoP header".into());
    }
    let text = value.to_str().map_err(|_| "the DPoP header is not text")?;
    let jws = Jws::parse(text).map_err(|fault| fault.to_string())?;
    if jws.header.get("typ").and_then(serde_json::Value::as_str) != Some("dpop+jwt") {
        return Err("typ of the proof is dpop+jwt".into());
    }
    let key = key(&jws)?;
    jws.verify(&key, ALGORITHMS).map_err(|fault| fault.to_string())?;
    let jkt = key.thumbprint();
    check(desk, &jws, wanted)?;
    use_up(desk, &jws, wanted.policy, &jkt)?;
    Ok(Some(jkt))
}

/// The public key in the header. A private one must never be sent.
fn key(jws: &Jws<'_>) -> Result<PublicKey, String> {
    let jwk = jws.header.get("jwk").ok_or("the header of the proof carries the public key as jwk")?;
    parse_jwk(&jwk.to_string()).map_err(|fault| fault.to_string())
}

fn check(desk: &Desk, jws: &Jws<'_>, wanted: Use<'_>) -> Result<(), String> {
    if jws.text("htm") != Some(wanted.method) {
        return Err(format!("htm is {}", wanted.method));
    }
    let expected: Vec<String> =
        desk.own_issuers().iter().map(|issuer| normal(&format!("{issuer}{}", wanted.path))).collect();
    if !jws.text("htu").is_some_and(|htu| expected.contains(&normal(htu))) {
        return Err(format!("htu is the address of the request: {}", expected.join(" or ")));
    }
    let now = desk.seconds(wanted.policy);
    match jws.seconds("iat") {
        None => return Err("the proof has no iat".into()),
        Some(iat) if iat > now + SKEW => return Err(format!("iat is more than {SKEW} s in the future")),
        Some(iat) if iat <= now - MAX_ALDER => return Err(format!("the proof is {MAX_ALDER} s old")),
        Some(_) => {}
    }
    match wanted.token {
        Some(token) if jws.text("ath") != Some(encode_url(&sha256(&[token.as_bytes()]).0).as_str()) => {
            Err("ath is the SHA-256 of the access token in base64url".into())
        }
        _ => Ok(()),
    }
}

fn use_up(desk: &Desk, jws: &Jws<'_>, policy: TokenPolicy, jkt: &str) -> Result<(), String> {
    let jti = jws.text("jti").filter(|jti| (1..=MAX_JTI).contains(&jti.len())).ok_or("the proof has no jti")?;
    let until = desk.clocks.deadline_on(policy, MAX_ALDER + SKEW);
    let whose = format!("dpop {jkt}");
    if desk.state.use_once(desk.clocks, until, (desk.provider.issuer, &whose), jti) {
        Ok(())
    } else {
        Err("the proof (jti) has been used before".into())
    }
}

/// An address without query and fragment, its scheme and host in lower case and without a default port (RFC 9449 §4.3).
fn normal(uri: &str) -> String {
    let uri = uri.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = uri.split_once("://") else { return uri.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let (scheme, authority) = (scheme.to_ascii_lowercase(), authority.to_ascii_lowercase());
    let default = match scheme.as_str() {
        "https" => ":443",
        _ => ":80",
    };
    format!("{scheme}://{}{path}", authority.strip_suffix(default).unwrap_or(&authority))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_without_query_case_of_the_host_and_default_port() {
        for (uri, expected) in [
            ("HTTPS://Test.Example:443/Token?x=1#y", "https://test.example/Token"),
            ("http://localhost:80/t", "http://localhost/t"),
            ("http://localhost:2983/t", "http://localhost:2983/t"),
            ("https://localhost:80/t", "https://localhost:80/t"),
            ("token", "token"),
        ] {
            assert_eq!(normal(uri), expected);
        }
    }
}
