//! Signed tokens: making them for the app's own clients, checking those ID-porten makes; and random texts.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::SigningKey;

/// Seconds since 1970 by this machine's clock, which is what tokens are checked against.
#[expect(clippy::disallowed_methods, reason = "the app is an ordinary program: its tokens follow the machine's clock")]
pub(super) fn unix_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX))
}

/// 32 unguessable bytes as 43 characters: states, nonces, code verifiers, session ids.
///
/// # Panics
/// When the operating system has no randomness to give; then no login would be safe.
pub(super) fn random_text() -> String {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// PKCE: the challenge that belongs to a verifier (method `S256`).
pub(super) fn s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

/// A private key that signs.
pub(super) struct Signer {
    kid: String,
    pair: RsaKeyPair,
    own: hmac::Key,
}

impl Signer {
    /// Reads a PEM; `None` when there is no RSA private key in it.
    pub(super) fn from_pem(key: &SigningKey) -> Option<Self> {
        // Text before the first line of dashes is a remark (RFC 7468 §2).
        let mut lines = key.pem.lines().map(str::trim).skip_while(|line| !line.starts_with("-----BEGIN "));
        lines.next()?;
        let body: String = lines.take_while(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(body).ok()?;
        let pair = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der)).ok()?;
        Some(Self { kid: key.kid.clone(), pair, own: hmac::Key::new(hmac::HMAC_SHA256, &der) })
    }

    /// A compact JWS over `claims`, RS256.
    pub(super) fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.kid });
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .expect("an RSA key that was read can sign");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// 16 bytes that are always the same for the same words and that nobody without this key can compute. Ids made of
    /// them make sending idempotent without giving the person away.
    pub(super) fn own_digest(&self, words: &[&str]) -> [u8; 16] {
        let tag = hmac::sign(&self.own, words.join("\u{1f}").as_bytes());
        let mut short = [0; 16];
        short.copy_from_slice(&tag.as_ref()[..16]);
        short
    }

    /// [`Self::own_digest`] in the shape of a UUID.
    pub(super) fn own_uuid(&self, words: &[&str]) -> String {
        let mut b = self.own_digest(words);
        b[6] = b[6] & 0x0f | 0x80; // version 8: made by rules of one's own
        b[8] = b[8] & 0x3f | 0x80;
        let n = u128::from_be_bytes(b);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            n >> 96,
            (n >> 80) & 0xffff,
            (n >> 64) & 0xffff,
            (n >> 48) & 0xffff,
            n & 0xffff_ffff_ffff
        )
    }
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The claims of `token` if it is signed with RS256 by the key of `jwks` it names.
pub(super) fn verified_claims(token: &str, jwks: &Value) -> Result<Value, &'static str> {
    let mut parts = token.split('.');
    let (Some(head), Some(body), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("ikke et signert token");
    };
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| "ikke base64url");
    let header: Value = serde_json::from_slice(&bytes(head)?).map_err(|_| "hodet er ikke JSON")?;
    // The algorithm is ours to choose, not the token's: `none` and symmetric ones are refused here.
    if header["alg"] != "RS256" {
        return Err("feil algoritme");
    }
    let key = jwks["keys"]
        .as_array()
        .and_then(|keys| keys.iter().find(|key| key["kid"] == header["kid"] && key["kty"] == "RSA"))
        .ok_or("ukjent nøkkel")?;
    let part = |name: &str| key[name].as_str().ok_or("ufullstendig nøkkel").and_then(bytes);
    RsaPublicKeyComponents { n: part("n")?, e: part("e")? }
        .verify(&RSA_PKCS1_2048_8192_SHA256, format!("{head}.{body}").as_bytes(), &bytes(signature)?)
        .map_err(|_| "signaturen stemmer ikke")?;
    serde_json::from_slice(&bytes(body)?).map_err(|_| "innholdet er ikke JSON")
}
