//! Tokens that are not as their issuer would make them: for tests of APIs that must refuse them (`specs/eid.md` §10.2).

use serde_json::{Map, Value};

use super::clients::choice;
use super::problem::Problem;
use crate::access::Visit;
use crate::keys::{Algorithm, Issuer, client_key, unsigned};

/// Seconds since an expired token ended.
const UTLOEPT: i64 = 60;
/// Longest life of a token, seconds: ten years.
const MAX_LEVETID: i64 = 315_360_000;

const SIGNS: [(&str, Signature); 4] = [
    ("valid", Signature::Valid),
    ("wrong-key", Signature::WrongKey),
    ("none", Signature::None),
    ("expired", Signature::Expired),
];
const ALGORITHMS: [(&str, Algorithm); 3] =
    [("RS256", Algorithm::Rs256), ("RS384", Algorithm::Rs384), ("RS512", Algorithm::Rs512)];

/// How a token is signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Signature {
    /// With the key that the header names.
    Valid,
    /// With another key than the header names.
    WrongKey,
    /// Not at all: algorithm `none`.
    None,
    /// With the right key, and its time is over.
    Expired,
}

/// What is to be different about a token.
#[derive(Clone, Debug)]
pub(super) struct Forge {
    claims: Map<String, Value>,
    ttl: Option<i64>,
    algorithm: Algorithm,
    kid: Option<String>,
    signature: Signature,
}

impl Forge {
    /// What the fields of a request say.
    pub(super) fn of(
        claims: Option<Map<String, Value>>,
        ttl: Option<i64>,
        alg: Option<&str>,
        kid: Option<String>,
        sign: Option<&str>,
    ) -> Result<Self, Problem> {
        if let Some(ttl) = ttl.filter(|ttl| !(1..=MAX_LEVETID).contains(ttl)) {
            let detail = format!("a token lives 1 to {MAX_LEVETID} seconds, not {ttl}; an expired one has `sign`");
            return Err(Problem::value("/ttl", detail));
        }
        let (alg, sign) = (alg.unwrap_or("RS256"), sign.unwrap_or("valid"));
        let none = alg == "none" || sign == "none";
        Ok(Self {
            claims: claims.unwrap_or_default(),
            ttl,
            algorithm: if none { Algorithm::Rs256 } else { choice("alg", alg, ALGORITHMS)? },
            kid,
            signature: if none { Signature::None } else { choice("sign", sign, SIGNS)? },
        })
    }

    /// Whether nothing is to be different: the token is what its issuer would give.
    pub(super) fn is_plain(&self) -> bool {
        let usual = self.algorithm == Algorithm::Rs256 && self.signature == Signature::Valid;
        usual && self.claims.is_empty() && self.ttl.is_none() && self.kid.is_none()
    }

    /// Seconds a token lives that would live `usual` seconds.
    pub(super) fn expires_in(&self, usual: i64) -> i64 {
        if self.signature == Signature::Expired { 0 } else { self.ttl.unwrap_or(usual) }
    }

    /// `claims` as they are to be. What the request sets comes last, so that it may set times too.
    fn changed(&self, mut claims: Map<String, Value>) -> Map<String, Value> {
        let time = |claims: &Map<String, Value>, name: &str| claims.get(name).and_then(Value::as_i64);
        if let (Some(ttl), Some(iat)) = (self.ttl, time(&claims, "iat")) {
            claims.insert("exp".to_owned(), Value::from(iat + ttl));
        }
        if self.signature == Signature::Expired
            && let (Some(iat), Some(exp)) = (time(&claims, "iat"), time(&claims, "exp"))
        {
            // As if it had been given that long ago.
            let back = exp - iat + UTLOEPT;
            for name in ["iat", "exp", "nbf", "auth_time"] {
                if let Some(at) = time(&claims, name) {
                    claims.insert(name.to_owned(), Value::from(at - back));
                }
            }
        }
        for (name, value) in &self.claims {
            if value.is_null() {
                claims.shift_remove(name);
            } else {
                claims.insert(name.clone(), value.clone());
            }
        }
        claims
    }

    /// `claims` of a token of `issuer`, changed and signed as the request says. Signing costs half a millisecond, so it is
    /// done off the async workers.
    pub(super) async fn token(&self, visit: &Visit, issuer: Issuer, claims: Map<String, Value>) -> String {
        let claims = self.changed(claims);
        let key = visit.state.signing_key(issuer);
        let kid = self.kid.clone().unwrap_or_else(|| key.kid().to_owned());
        let (signature, algorithm) = (self.signature, self.algorithm);
        let signed = tokio::task::spawn_blocking(move || match signature {
            Signature::None => unsigned(&kid, &claims),
            Signature::WrongKey => client_key().sign_with(algorithm, &kid, &claims).unwrap_or_default(),
            Signature::Valid | Signature::Expired => key.sign_with(algorithm, &kid, &claims).unwrap_or_default(),
        });
        signed.await.unwrap_or_default()
    }
}
