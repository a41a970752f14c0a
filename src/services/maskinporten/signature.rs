//! Who signed an assertion: a key registered on the client, or a certificate of its organisation (`specs/eid.md` §5.2).

use serde_json::Value;

use super::faults::Fault;
use crate::access::{KnownClient, TokenPolicy, Visit};
use crate::keys::{Algorithm, Jws, PublicKey, Virksomhetssertifikat, decode_std};

/// Checks the signature with the key the header names. Gives the kind of certificate, when it was one. An unregistered
/// client has no key to check with.
pub(super) fn check(visit: &Visit, client: &KnownClient, jws: &Jws<'_>) -> Result<Option<&'static str>, Fault> {
    let x5c = jws.header.get("x5c");
    let chain = x5c.map(read_x5c).transpose()?;
    let has_kid = jws.header.contains_key("kid");
    if chain.is_some() && has_kid {
        return Err(Fault::malformed("Invalid assertion. Either kid or x5c, not both"));
    }
    let keys = &client.klient.noekler;
    match chain {
        // Certificates prove who the organisation is, so they are looked at whatever the client policy.
        Some(chain) if !client.registered => certificate(visit, client, &chain, jws).map(Some),
        Some(chain) if keys.is_empty() => certificate(visit, client, &chain, jws).map(Some),
        Some(_) => {
            let fault = Fault::grant(None, "Invalid assertion. Client authentication failed. Missing kid in header");
            Err(fault.hinted("the client has registered keys: sign with one of them and name it by kid, not by x5c"))
        }
        None if !client.registered => Ok(None),
        None => registered_key(visit, client, jws).map(|()| None),
    }
}

fn registered_key(visit: &Visit, client: &KnownClient, jws: &Jws<'_>) -> Result<(), Fault> {
    let keys = &client.klient.noekler;
    let Some(kid) = jws.kid() else {
        let fault = Fault::grant(None, "Invalid assertion. Client authentication failed. Missing kid in header");
        return Err(fault.hinted("put the kid of a registered key in the header, or x5c when the client has none"));
    };
    let Some(key) = keys.iter().find(|key| key.kid == kid) else {
        let known: Vec<&str> = keys.iter().map(|key| key.kid.as_str()).collect();
        let fault = Fault::grant(None, "Invalid assertion. Client authentication failed. Unknown key identifier (kid)");
        return Err(fault.hinted(format!("keys registered on this client: {}", known.join(", "))));
    };
    if client.is_key_expired(key.registrert, visit.clocks.world) {
        let fault = Fault::grant("MP-121", "Invalid assertion. The registered key has expired");
        return Err(fault.hinted("keys live one year of the world's clock; post the client's keys again"));
    }
    match visit.state.registered_key(&key.jwk) {
        Ok(public) => verify(jws, &public, "the signature does not fit the registered key of that kid"),
        Err(_) => Err(bad_signature("the registered key cannot be used")),
    }
}

fn verify(jws: &Jws<'_>, key: &PublicKey, hint: &str) -> Result<(), Fault> {
    jws.verify(key, Algorithm::ASSERTIONS).map_err(|_| bad_signature(hint))
}

fn bad_signature(hint: &str) -> Fault {
    Fault::grant("MP-124", "Invalid assertion. Client authentication failed. Invalid JWT signature").hinted(hint)
}

/// `x5c`: a list of certificates in standard base64 (RFC 7515 §4.1.6).
fn read_x5c(value: &Value) -> Result<Vec<Vec<u8>>, Fault> {
    let list = value.as_array().filter(|list| !list.is_empty());
    let chain = list.and_then(|list| list.iter().map(|one| decode_std(one.as_str()?)).collect::<Option<Vec<_>>>());
    chain.ok_or_else(|| {
        Fault::grant("MP-123", "Invalid assertion. Malformed x5c header")
            .hinted("x5c is a list of texts: DER certificates in standard base64, the client's own first")
    })
}

/// Judges a chain, and gives the kind of certificate.
fn certificate(visit: &Visit, client: &KnownClient, chain: &[Vec<u8>], jws: &Jws<'_>) -> Result<&'static str, Fault> {
    let Some(leaf) = Virksomhetssertifikat::read(chain) else {
        let fault = Fault::grant("MP-120", "Invalid assertion. Client authentication failed. Invalid certificate");
        return Err(fault.hinted("the chain does not end in the test authority of enterprise certificates"));
    };
    // Over when either clock says so; under `virtual` the world's clock alone (§2.6).
    let clocks = [TokenPolicy::Virtual, client.policy()].map(|policy| visit.seconds(policy));
    if clocks.iter().any(|&now| !leaf.holds(now)) {
        let fault = Fault::grant("MP-124", "Invalid assertion. Client authentication failed. Expired certificate");
        return Err(fault.hinted("the certificate has ended, or has not begun, on real time or the world's clock"));
    }
    if client.registered && leaf.orgnr != Some(client.klient.orgnr) {
        let description = "Invalid assertion. Client authentication failed. Wrong organisation number in certificate";
        let hint = format!("the client belongs to {}, the certificate to another organisation", client.klient.orgnr);
        return Err(Fault::grant("MP-122", description).hinted(hint));
    }
    verify(jws, &leaf.key, "the signature does not fit the first certificate of x5c")?;
    Ok(leaf.slag.name())
}
