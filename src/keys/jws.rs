//! JSON Web Signatures in compact form: taking them apart, checking them, making them with RS256.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Map, Value};

use super::base64url::decode_url;
use super::jwk::{Material, PublicKey};

/// The signature algorithms a caller may allow. `none` and the HMAC family cannot even be named.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl Algorithm {
    /// What client assertions may be signed with (`specs/eid.md` §3.6, §5.2).
    pub const ASSERTIONS: &'static [Self] = &[Self::Rs256, Self::Rs384, Self::Rs512];

    /// The `alg` value.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Rs256, Self::Rs384, Self::Rs512, Self::Ps256, Self::Es256].into_iter().find(|alg| alg.name() == name)
    }
}

/// Why a text is not a signature to be trusted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JwsFault {
    /// Not three parts of base64url with a JSON object in the first two.
    #[error("not a JSON Web Token")]
    Form,
    /// `alg` is missing, `none`, unknown or not among those allowed here.
    #[error("signature algorithm `{0}` is not allowed")]
    Algorithm(String),
    /// A `crit` header names an extension that is not understood.
    #[error("critical header extensions are not understood")]
    Critical,
    /// The key is of another kind than the algorithm, or meant for another algorithm.
    #[error("the key does not fit the algorithm")]
    KeyMismatch,
    /// The signature does not fit the key.
    #[error("the signature does not verify")]
    Signature,
}

/// A compact JWS taken apart. Nothing in it is to be believed before [`Jws::verify`].
#[derive(Clone, Debug)]
pub struct Jws<'a> {
    /// The protected header.
    pub header: Map<String, Value>,
    /// The payload, a JSON object.
    pub claims: Map<String, Value>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Takes `token` apart.
    ///
    /// # Errors
    /// [`JwsFault::Form`].
    pub fn parse(token: &'a str) -> Result<Self, JwsFault> {
        let (signed, signature) = token.rsplit_once('.').ok_or(JwsFault::Form)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsFault::Form)?;
        let object = |part: &str| -> Option<Map<String, Value>> { serde_json::from_slice(&decode_url(part)?).ok() };
        Ok(Self {
            header: object(header).ok_or(JwsFault::Form)?,
            claims: object(payload).ok_or(JwsFault::Form)?,
            signed,
            signature: decode_url(signature).ok_or(JwsFault::Form)?,
        })
    }

    /// `kid` of the header.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.header.get("kid").and_then(Value::as_str)
    }

    /// A claim that is a text.
    #[must_use]
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Value::as_str)
    }

    /// A claim that is a whole number of seconds; a fraction is rounded towards the past.
    #[must_use]
    pub fn seconds(&self, claim: &str) -> Option<i64> {
        let number = self.claims.get(claim)?;
        #[expect(clippy::cast_possible_truncation, reason = "a fraction of a second has no meaning here")]
        number.as_i64().or_else(|| number.as_f64().filter(|float| float.abs() < 1e15).map(|float| float.floor() as i64))
    }

    /// The algorithm of the header, when it is one of `allowed`.
    ///
    /// # Errors
    /// [`JwsFault::Algorithm`] otherwise, [`JwsFault::Critical`] for a header nobody here understands.
    pub fn algorithm(&self, allowed: &[Algorithm]) -> Result<Algorithm, JwsFault> {
        let name = self.header.get("alg").and_then(Value::as_str).unwrap_or_default();
        let algorithm = Algorithm::from_name(name).filter(|found| allowed.contains(found));
        let algorithm = algorithm.ok_or_else(|| JwsFault::Algorithm(name.chars().take(20).collect()))?;
        if self.header.contains_key("crit") { Err(JwsFault::Critical) } else { Ok(algorithm) }
    }

    /// Checks the signature against `key`.
    ///
    /// # Errors
    /// Every [`JwsFault`] but `Form`.
    pub fn verify(&self, key: &PublicKey, allowed: &[Algorithm]) -> Result<(), JwsFault> {
        let algorithm = self.algorithm(allowed)?;
        if key.alg.as_deref().is_some_and(|alg| alg != algorithm.name()) {
            return Err(JwsFault::KeyMismatch);
        }
        let message = self.signed.as_bytes();
        let outcome = match (&key.material, algorithm) {
            (Material::P256(point), Algorithm::Es256) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, &self.signature)
            }
            (Material::Rsa { .. }, Algorithm::Es256) => return Err(JwsFault::KeyMismatch),
            (Material::Rsa { n, e, prepared }, algorithm) => {
                let key = prepared.of(n, e, algorithm).ok_or(JwsFault::Signature)?;
                key.verify_sig(message, &self.signature)
            }
            (Material::P256(_), _) => return Err(JwsFault::KeyMismatch),
        };
        outcome.map_err(|_| JwsFault::Signature)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::Seed;
    use crate::keys::{Issuer, KeyRing, client_key, encode_url};

    fn token() -> String {
        client_key().sign(None, json!({"iss": "a", "n": 1}).as_object().unwrap())
    }

    #[test]
    fn what_is_signed_verifies_and_a_foreign_key_does_not() {
        let token = token();
        let jws = Jws::parse(&token).unwrap();
        assert_eq!(jws.verify(client_key().public(), Algorithm::ASSERTIONS), Ok(()));
        assert_eq!(jws.text("iss"), Some("a"));
        let ring = KeyRing::for_seed(Seed(1));
        let foreign = ring.key(Issuer::Maskinporten).public();
        assert_eq!(jws.verify(foreign, Algorithm::ASSERTIONS), Err(JwsFault::Signature));
    }

    #[test]
    fn a_changed_letter_anywhere_breaks_it() {
        let token = token();
        let (head, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = head.split_once('.').unwrap();
        let forged = format!("{header}.{}.{signature}", encode_url(br#"{"iss":"b","n":1}"#));
        let jws = Jws::parse(&forged).unwrap();
        assert_eq!(jws.verify(client_key().public(), Algorithm::ASSERTIONS), Err(JwsFault::Signature));
    }

    #[test]
    fn algorithms_that_need_no_private_key_are_refused_before_any_key_is_looked_at() {
        let payload = encode_url(br#"{"iss":"a"}"#);
        for alg in ["none", "None", "HS256", "RS1", "", "ES256", "PS256"] {
            let header = encode_url(json!({"alg": alg}).to_string().as_bytes());
            for signature in ["", "AQID"] {
                let text = format!("{header}.{payload}.{signature}");
                let jws = Jws::parse(&text).unwrap();
                let refused = Err(JwsFault::Algorithm(alg.to_owned()));
                assert_eq!(jws.verify(client_key().public(), Algorithm::ASSERTIONS), refused, "{alg}");
            }
        }
        let header = encode_url(br#"{"alg":"RS256","crit":["b64"]}"#);
        let text = format!("{header}.{payload}.AQID");
        let verdict = Jws::parse(&text).unwrap().verify(client_key().public(), Algorithm::ASSERTIONS);
        assert_eq!(verdict, Err(JwsFault::Critical));
    }

    #[test]
    fn every_algorithm_of_the_list_verifies_what_the_library_signs() {
        use aws_lc_rs::signature as sig;
        let rng = aws_lc_rs::rand::SystemRandom::new();
        let rsa = client_key().pair();
        for (alg, padding) in [
            (Algorithm::Rs384, &sig::RSA_PKCS1_SHA384 as &dyn sig::RsaEncoding),
            (Algorithm::Rs512, &sig::RSA_PKCS1_SHA512),
            (Algorithm::Ps256, &sig::RSA_PSS_SHA256),
        ] {
            let header = encode_url(json!({"alg": alg.name()}).to_string().as_bytes());
            let message = format!("{header}.{}", encode_url(b"{}"));
            let mut signature = vec![0; rsa.public_modulus_len()];
            rsa.sign(padding, &rng, message.as_bytes(), &mut signature).unwrap();
            let text = format!("{message}.{}", encode_url(&signature));
            let jws = Jws::parse(&text).unwrap();
            let mut key = client_key().public().clone();
            assert_eq!(jws.verify(&key, &[alg]), Err(JwsFault::KeyMismatch), "the key says RS256 only");
            key.alg = None;
            assert_eq!(jws.verify(&key, &[alg]), Ok(()), "{}", alg.name());
            assert_eq!(jws.verify(&key, &[Algorithm::Rs256]), Err(JwsFault::Algorithm(alg.name().into())));
        }
        let pair = sig::EcdsaKeyPair::generate(&sig::ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = sig::KeyPair::public_key(&pair).as_ref().to_vec();
        let key = PublicKey { kid: None, alg: None, material: Material::P256(point) };
        let message = format!("{}.{}", encode_url(br#"{"alg":"ES256"}"#), encode_url(b"{}"));
        let signature = pair.sign(&rng, message.as_bytes()).unwrap();
        let text = format!("{message}.{}", encode_url(signature.as_ref()));
        let jws = Jws::parse(&text).unwrap();
        assert_eq!(jws.verify(&key, &[Algorithm::Es256]), Ok(()));
        assert_eq!(jws.verify(client_key().public(), &[Algorithm::Es256]), Err(JwsFault::KeyMismatch));
    }

    #[test]
    fn what_is_no_token_is_not_taken_apart() {
        let good = encode_url(b"{}");
        for text in
            ["", ".", "..", "a.b", "a.b.c", "e30.e30", "e30.e30.=", &format!("{good}.W10.AQID"), "e30.e30.e30.e30"]
        {
            assert_eq!(Jws::parse(text).unwrap_err(), JwsFault::Form, "{text}");
        }
        assert!(Jws::parse("e30.e30.AQID").is_ok());
    }

    #[test]
    fn numbers_of_seconds_are_whole() {
        let text = format!("e30.{}.AQID", encode_url(br#"{"a":12,"b":12.9,"c":"12","d":-1.5}"#));
        let jws = Jws::parse(&text).unwrap();
        assert_eq!(
            (jws.seconds("a"), jws.seconds("b"), jws.seconds("c"), jws.seconds("d")),
            (Some(12), Some(12), None, Some(-2))
        );
    }
}
