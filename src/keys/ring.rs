//! The fixed ring of published test keys, and signing with one of them.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair,
};
use serde_json::{Map, Value, json};

use super::base64url::{encode_std, encode_url};
use super::jwk::PublicKey;
use super::jws::Algorithm;
use super::{certificate, pem};
use crate::base::{Seed, keyed_hash};
use crate::clock::Instant;

/// The files of the ring. Order is part of the promise "same seed, same key": append, never reorder.
const FILES: [&str; 12] = [
    include_str!("ring/test-key-1.pem"),
    include_str!("ring/test-key-2.pem"),
    include_str!("ring/test-key-3.pem"),
    include_str!("ring/test-key-4.pem"),
    include_str!("ring/test-key-5.pem"),
    include_str!("ring/test-key-6.pem"),
    include_str!("ring/test-key-7.pem"),
    include_str!("ring/test-key-8.pem"),
    include_str!("ring/test-key-9.pem"),
    include_str!("ring/test-key-10.pem"),
    include_str!("ring/test-key-11.pem"),
    include_str!("ring/test-key-12.pem"),
];

/// How many files of the ring a first key is chosen among. Fixed for good: another number would give every seed
/// another key.
const FIRST: usize = 6;
/// Keys an issuer goes through before its first one comes back. Together the three issuers use every file.
pub const GENERATIONS: usize = 4;

static RING: [OnceLock<Arc<SigningKey>>; FILES.len()] = [const { OnceLock::new() }; FILES.len()];

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
        let slot = keyed_hash("keys/ring", &[&seed.0.to_be_bytes()]).word() % FIRST as u64;
        Self { first: usize::try_from(slot).expect("below the length of the ring") }
    }

    /// The key that `issuer` signs with until its keys are rotated.
    #[must_use]
    pub fn key(&self, issuer: Issuer) -> &'static Arc<SigningKey> {
        self.generation(issuer, 0)
    }

    /// The key of `issuer` after `generation` rotations. The three issuers of a town share no file, and after
    /// [`GENERATIONS`] an issuer's first key comes again.
    #[must_use]
    pub fn generation(&self, issuer: Issuer, generation: usize) -> &'static Arc<SigningKey> {
        let turn = generation % GENERATIONS;
        // Three neighbours in the first half of the ring, the three others there, then the same in the second half.
        let slot = turn / 2 * FIRST + (self.first + issuer as usize + turn % 2 * (FIRST / 2)) % FIRST;
        RING[slot].get_or_init(|| Arc::new(SigningKey::parse(FILES[slot], "byteby-")))
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

/// An RSA key pair that signs with RS256. A copy shares the pair.
#[derive(Clone, Debug)]
pub struct SigningKey {
    pair: Arc<RsaKeyPair>,
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
        let header = header_of(&public);
        Self { pair: Arc::new(pair), public, certificate: pem::block(text, "CERTIFICATE"), header }
    }

    /// The same key under another name.
    #[must_use]
    pub fn called(&self, kid: &str) -> Self {
        let public = self.public.clone().named(kid);
        let header = header_of(&public);
        Self { public, header, ..self.clone() }
    }

    /// The same key with a certificate that is good until `end`, cut to whole seconds and to what a certificate of the ring
    /// can say, 1970 to 2049. Made from the key's own certificate and signed again, so that equal ends give equal bytes.
    #[must_use]
    pub fn certified_until(&self, end: Instant) -> Self {
        let certificate = self.certificate.as_deref().map(|der| certificate::ending(der, end, &self.pair));
        Self { certificate, ..self.clone() }
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

    /// When its certificate ends.
    #[must_use]
    pub fn certificate_end(&self) -> Option<Instant> {
        certificate::end(self.certificate.as_deref()?)
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

    /// The same key, whose tokens carry its certificate in `x5c` of the header.
    #[must_use]
    pub fn chained(&self) -> Self {
        let x5c: Vec<String> = self.certificate.iter().map(|der| encode_std(der)).collect();
        let header = json!({"kid": self.kid(), "x5c": x5c, "alg": "RS256"});
        Self { header: encode_url(header.to_string().as_bytes()), ..self.clone() }
    }

    /// Signs `claims` under a header that also carries the certificate in `x5c`, as logout tokens do
    /// (`specs/eid.md` §2.1).
    #[must_use]
    pub fn sign_chained(&self, typ: &str, claims: &Map<String, Value>) -> String {
        let x5c: Vec<String> = self.certificate.iter().map(|der| encode_std(der)).collect();
        let header = json!({"kid": self.kid(), "typ": typ, "x5c": x5c, "alg": "RS256"});
        self.seal(&encode_url(header.to_string().as_bytes()), claims)
    }

    /// Signs `claims` with `algorithm` under a header with the `kid` given, which may be anybody's: what a bad token for a
    /// test of an API is made of. `None` for an algorithm that is not RSASSA-PKCS1-v1_5.
    ///
    /// # Panics
    /// Never: a parsed key signs a short message.
    #[must_use]
    pub fn sign_with(&self, algorithm: Algorithm, kid: &str, claims: &Map<String, Value>) -> Option<String> {
        let encoding: &'static dyn RsaEncoding = match algorithm {
            Algorithm::Rs256 => &RSA_PKCS1_SHA256,
            Algorithm::Rs384 => &RSA_PKCS1_SHA384,
            Algorithm::Rs512 => &RSA_PKCS1_SHA512,
            Algorithm::Ps256 | Algorithm::Es256 => return None,
        };
        let header = encode_url(json!({"kid": kid, "alg": algorithm.name()}).to_string().as_bytes());
        Some(self.seal_with(encoding, &header, claims))
    }

    /// Signs under an encoded header.
    fn seal(&self, header: &str, claims: &Map<String, Value>) -> String {
        self.seal_with(&RSA_PKCS1_SHA256, header, claims)
    }

    fn seal_with(&self, encoding: &'static dyn RsaEncoding, header: &str, claims: &Map<String, Value>) -> String {
        let payload = serde_json::to_vec(claims).expect("a JSON object has a text");
        let mut token = format!("{header}.{}", encode_url(&payload));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(encoding, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .expect("an RSA key of 2048 bits signs a digest");
        token.push('.');
        token.push_str(&encode_url(&signature));
        token
    }

    /// Signs under whatever header a test wants to try.
    #[cfg(test)]
    pub(crate) fn sign_parts(&self, header: &Value, claims: &Map<String, Value>) -> String {
        self.seal(&encode_url(header.to_string().as_bytes()), claims)
    }

    /// Signs with PS256, which no client assertion may have.
    #[cfg(test)]
    pub(crate) fn sign_pss(&self, claims: &Map<String, Value>) -> String {
        let header = json!({"kid": self.kid(), "alg": "PS256"});
        self.seal_with(&aws_lc_rs::signature::RSA_PSS_SHA256, &encode_url(header.to_string().as_bytes()), claims)
    }

    #[cfg(test)]
    pub(super) fn pair(&self) -> &RsaKeyPair {
        &self.pair
    }
}

/// `claims` as a token with algorithm `none` and an empty signature, which nobody must accept.
///
/// # Panics
/// Never: a JSON object has a text.
#[must_use]
pub fn unsigned(kid: &str, claims: &Map<String, Value>) -> String {
    let payload = serde_json::to_vec(claims).expect("a JSON object has a text");
    let header = json!({"kid": kid, "alg": "none"});
    format!("{}.{}.", encode_url(header.to_string().as_bytes()), encode_url(&payload))
}

/// The encoded header of tokens signed with `key`.
fn header_of(key: &PublicKey) -> String {
    encode_url(json!({"kid": key.kid, "alg": "RS256"}).to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUERS: [Issuer; 3] = [Issuer::Idporten, Issuer::Maskinporten, Issuer::Ansattporten];

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
        assert_eq!(used.len(), FIRST, "every first key of the ring serves some seed");
    }

    #[test]
    fn the_issuers_of_a_town_go_through_the_whole_ring_and_share_no_key() {
        for seed in 0..20 {
            let ring = KeyRing::for_seed(Seed(seed));
            let kids = |generations: std::ops::Range<usize>| -> std::collections::BTreeSet<&str> {
                let each = generations.flat_map(|turn| ISSUERS.map(|issuer| ring.generation(issuer, turn).kid()));
                each.collect()
            };
            assert_eq!(kids(0..GENERATIONS).len(), FILES.len());
            assert_eq!(kids(0..9).len(), FILES.len(), "then they come again");
            assert_eq!(ring.generation(Issuer::Idporten, GENERATIONS).kid(), ring.key(Issuer::Idporten).kid());
        }
    }

    #[test]
    fn the_first_key_of_a_seed_is_the_one_it_always_was() {
        let kid = KeyRing::for_seed(Seed(7)).key(Issuer::Idporten).kid();
        assert_eq!(kid, "byteby-SNP972aXACDJ6YagpFgB9F0f2YIZ-4cTdJl1vOTvsrA", "a longer ring must not move it");
    }

    #[test]
    fn a_key_under_another_name_verifies_what_it_signs_under_that_name() {
        let other = KeyRing::for_seed(Seed(7)).generation(Issuer::Idporten, 1).called("gammel");
        let token = other.sign(None, &Map::new());
        let jws = super::super::Jws::parse(&token).unwrap();
        assert_eq!((jws.kid(), other.jwk()["kid"].as_str()), (Some("gammel"), Some("gammel")));
        assert_eq!(jws.verify(other.public(), &[super::super::Algorithm::Rs256]), Ok(()));
    }

    #[test]
    fn a_token_is_signed_with_each_algorithm_and_under_any_name() {
        let key = client_key();
        let open = PublicKey { alg: None, ..key.public().clone() };
        for algorithm in [Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512] {
            let token = key.sign_with(algorithm, "hvem", &Map::new()).unwrap();
            let jws = super::super::Jws::parse(&token).unwrap();
            assert_eq!((jws.kid(), jws.verify(&open, &[algorithm])), (Some("hvem"), Ok(())));
        }
        assert_eq!(key.sign_with(Algorithm::Es256, "hvem", &Map::new()), None);
        let bare = unsigned("hvem", &Map::new());
        assert!(bare.ends_with('.'));
        let refused = super::super::Jws::parse(&bare).unwrap().verify(&open, Algorithm::ASSERTIONS);
        assert_eq!(refused, Err(super::super::JwsFault::Algorithm("none".into())));
    }

    #[test]
    fn a_key_has_the_members_clients_look_for() {
        let jwk = KeyRing::for_seed(Seed(7)).key(Issuer::Idporten).jwk();
        let names: Vec<_> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["kty", "use", "alg", "kid", "n", "e", "x5c"]);
        assert_eq!(jwk["e"], "AQAB");
        assert!(!jwk.to_string().contains("\"d\""));
    }

    #[test]
    fn equal_claims_give_equal_tokens() {
        let claims = json!({"a": 1}).as_object().unwrap().clone();
        assert_eq!(client_key().sign(None, &claims), client_key().sign(None, &claims));
    }
}
