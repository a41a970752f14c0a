//! The fixed ring of published test keys, and signing with one of them.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Map, Value, json};

use super::base64url::{encode_std, encode_url};
use super::jwk::PublicKey;
use super::pem;
use crate::base::{Seed, keyed_hash};

/// The files of the ring. Order is part of the promise "same seed, same key": append, never reorder.
const FILES: [&str; 6] = [
    include_str!("ring/test-key-1.pem"),
    include_str!("ring/test-key-2.pem"),
    include_str!("ring/test-key-3.pem"),
    include_str!("ring/test-key-4.pem"),
    include_str!("ring/test-key-5.pem"),
    include_str!("ring/test-key-6.pem"),
];

static RING: [OnceLock<SigningKey>; FILES.len()] = [const { OnceLock::new() }; FILES.len()];

/// Who signs. Each issuer of a town has a key of its own, so that a token of one never verifies with the keys of
/// another (`specs/eid.md` §1.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Issuer {
    /// Citizens' log-in.
    Idporten,
    /// Machine to machine.
    Maskinporten,
    /// Log-in as an employee.
    Ansattporten,
}

impl Issuer {
    /// The service id, as in addresses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Idporten => "idporten",
            Self::Maskinporten => "maskinporten",
            Self::Ansattporten => "ansattporten",
        }
    }
}

/// Which keys of the ring a town uses. Cheap to copy; a key is parsed when it is first used.
#[derive(Clone, Copy, Debug)]
pub struct KeyRing {
    first: usize,
}

impl KeyRing {
    /// The keys of the town with `seed`.
    ///
    /// # Panics
    /// Never: a remainder is below its divisor.
    #[must_use]
    pub fn for_seed(seed: Seed) -> Self {
        let slot = keyed_hash("keys/ring", &[&seed.0.to_be_bytes()]).word() % FILES.len() as u64;
        Self { first: usize::try_from(slot).expect("below the length of the ring") }
    }

    /// The active key of `issuer`.
    #[must_use]
    pub fn key(&self, issuer: Issuer) -> &'static SigningKey {
        let slot = (self.first + issuer as usize) % FILES.len();
        RING[slot].get_or_init(|| SigningKey::parse(FILES[slot], "byteby-"))
    }

    /// The JSON Web Key Set of `issuer`.
    #[must_use]
    pub fn jwks(&self, issuer: Issuer) -> Value {
        json!({ "keys": [self.key(issuer).jwk()] })
    }
}

/// The published key pair of the machine client that comes with every town. Worthless like the rest of the ring.
#[must_use]
pub fn client_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::parse(CLIENT_KEY_PEM, "test-client-"))
}

/// The file of [`client_key`], for apps that sign with it.
pub const CLIENT_KEY_PEM: &str = include_str!("ring/test-client-key.pem");

/// An RSA key pair that signs with RS256.
#[derive(Debug)]
pub struct SigningKey {
    pair: RsaKeyPair,
    public: PublicKey,
    certificate: Option<Vec<u8>>,
    header: String,
}

impl SigningKey {
    /// Reads a file of the ring.
    fn parse(text: &str, kid_prefix: &str) -> Self {
        let der = pem::block(text, "PRIVATE KEY").expect("a file of the ring has a private key");
        let pair = RsaKeyPair::from_pkcs8(&der).expect("a file of the ring has an RSA key of 2048 bits");
        let public = PublicKey::of_pkcs1(pair.public_key().as_ref()).expect("the library writes its own public key");
        let public = {
            let kid = format!("{kid_prefix}{}", public.thumbprint());
            public.named(&kid)
        };
        let header = encode_url(json!({"kid": public.kid, "alg": "RS256"}).to_string().as_bytes());
        Self { pair, public, certificate: pem::block(text, "CERTIFICATE"), header }
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The name of the key: a prefix that marks it as a test key, then its thumbprint.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.public.kid.as_deref().unwrap_or_default()
    }

    /// The public half as it stands in a key set, with its certificate in `x5c` (`specs/eid.md` §2.1).
    #[must_use]
    pub fn jwk(&self) -> Value {
        let mut jwk = self.public.to_jwk();
        if let (Some(members), Some(certificate)) = (jwk.as_object_mut(), &self.certificate) {
            members.insert("x5c".into(), json!([encode_std(certificate)]));
        }
        jwk
    }

    /// Signs `claims` into a compact JWS. The header is `kid`, `alg`, and `typ` when given. The signature has no random
    /// input, so equal claims give equal tokens. Costs about half a millisecond: not for an async worker.
    ///
    /// # Panics
    /// Never: a parsed key signs a short message.
    #[must_use]
    pub fn sign(&self, typ: Option<&str>, claims: &Map<String, Value>) -> String {
        let header =
            typ.map(|typ| encode_url(json!({"kid": self.kid(), "typ": typ, "alg": "RS256"}).to_string().as_bytes()));
        self.seal(header.as_deref().unwrap_or(&self.header), claims)
    }

    /// Signs under an encoded header.
    fn seal(&self, header: &str, claims: &Map<String, Value>) -> String {
        let payload = serde_json::to_vec(claims).expect("a JSON object has a text");
        let mut token = format!("{header}.{}", encode_url(&payload));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .expect("an RSA key of 2048 bits signs a SHA-256 digest");
        token.push('.');
        token.push_str(&encode_url(&signature));
        token
    }

    /// Signs under whatever header a test wants to try.
    #[cfg(test)]
    pub(crate) fn sign_parts(&self, header: &Value, claims: &Map<String, Value>) -> String {
        self.seal(&encode_url(header.to_string().as_bytes()), claims)
    }

    #[cfg(test)]
    pub(super) fn pair(&self) -> &RsaKeyPair {
        &self.pair
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_ring_parses_and_its_certificate_carries_its_key() {
        for text in FILES {
            let key = SigningKey::parse(text, "byteby-");
            assert_eq!(key.kid().len(), "byteby-".len() + 43);
            let certificate = key.certificate.as_deref().unwrap();
            let modulus = super::super::decode_url(key.jwk()["n"].as_str().unwrap()).unwrap();
            assert!(certificate.windows(modulus.len()).any(|window| window == modulus), "the same key in both");
            for edge in [b"700101000000Z", b"491231235959Z"] {
                assert!(certificate.windows(13).any(|window| window == edge), "good on any clock");
            }
        }
    }

    #[test]
    fn a_seed_gives_each_issuer_its_own_key_and_always_the_same() {
        for seed in 0..50 {
            let ring = KeyRing::for_seed(Seed(seed));
            let kids =
                [Issuer::Idporten, Issuer::Maskinporten, Issuer::Ansattporten].map(|issuer| ring.key(issuer).kid());
            assert!(kids[0] != kids[1] && kids[0] != kids[2] && kids[1] != kids[2]);
            assert_eq!(ring.key(Issuer::Idporten).kid(), KeyRing::for_seed(Seed(seed)).key(Issuer::Idporten).kid());
        }
        let used: std::collections::BTreeSet<_> =
            (0..50).map(|seed| KeyRing::for_seed(Seed(seed)).key(Issuer::Idporten).kid()).collect();
        assert_eq!(used.len(), FILES.len(), "every key of the ring serves some seed");
    }

    #[test]
    fn a_key_set_has_the_members_clients_look_for() {
        let jwks = KeyRing::for_seed(Seed(7)).jwks(Issuer::Idporten);
        let names: Vec<_> = jwks["keys"][0].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["kty", "use", "alg", "kid", "n", "e", "x5c"]);
        assert_eq!(jwks["keys"][0]["e"], "AQAB");
        assert!(!jwks.to_string().contains("\"d\""));
    }

    #[test]
    fn equal_claims_give_equal_tokens() {
        let claims = json!({"a": 1}).as_object().unwrap().clone();
        assert_eq!(client_key().sign(None, &claims), client_key().sign(None, &claims));
    }
}
