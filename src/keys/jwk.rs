//! Public keys of clients: read from JSON Web Keys and from PEM, written as JSON Web Keys.

use aws_lc_rs::rsa;
use serde_json::{Map, Value, json};

use super::base64url::{decode_url, encode_url};
use super::prepared::Prepared;
use super::{der, pem};
use crate::base::sha256;

/// Why a text is not a public key that can be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JwkFault {
    /// Not JSON, or not an object of the expected shape.
    #[error("not a JSON Web Key")]
    Form,
    /// A member is missing or not base64url.
    #[error("member `{0}` is missing or not base64url")]
    Member(&'static str),
    /// A private key was given where a public one belongs.
    #[error("the key carries private members")]
    Private,
    /// A key type or curve that is not modelled.
    #[error("key type `{0}` is not RSA or EC P-256")]
    Kind(String),
    /// An RSA key below 2048 or above 8192 bits.
    #[error("an RSA key has 2048 to 8192 bits, this one {0}")]
    Size(usize),
    /// No PEM block with a public key, or one that does not parse.
    #[error("not a PEM public key")]
    Pem,
}

/// The numbers of a public key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Material {
    /// RSA: modulus and exponent, big-endian without leading zeros.
    Rsa {
        /// Modulus.
        n: Vec<u8>,
        /// Exponent.
        e: Vec<u8>,
        /// The same for the library.
        prepared: Prepared,
    },
    /// A point on P-256, uncompressed (0x04, x, y).
    P256(Vec<u8>),
}

/// A public key with the name its owner gave it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicKey {
    /// `kid`, when the key has one.
    pub kid: Option<String>,
    /// `alg`, when the key is meant for one algorithm only.
    pub alg: Option<String>,
    pub(super) material: Material,
}

/// `rsaEncryption`, 1.2.840.113549.1.1.1.
const RSA_ENCRYPTION: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// The first 26 bytes of every `SubjectPublicKeyInfo` of a P-256 key; the uncompressed point follows.
const P256_SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

fn member(key: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, JwkFault> {
    key.get(name)
        .and_then(Value::as_str)
        .and_then(decode_url)
        .filter(|bytes| !bytes.is_empty())
        .ok_or(JwkFault::Member(name))
}

/// Bits of a big-endian number.
fn bits(number: &[u8]) -> usize {
    let significant = number.iter().skip_while(|&&byte| byte == 0);
    let mut significant = significant.copied();
    significant.next().map_or(0, |first| significant.count() * 8 + 8 - first.leading_zeros() as usize)
}

fn strip_zeros(number: &[u8]) -> Vec<u8> {
    let leading = number.iter().take_while(|&&byte| byte == 0).count();
    number[leading..].to_vec()
}

/// Reads one JSON Web Key.
///
/// # Errors
/// [`JwkFault`] as its variants say; a key with private members is refused rather than stored.
pub fn parse_jwk(text: &str) -> Result<PublicKey, JwkFault> {
    let value: Value = serde_json::from_str(text).map_err(|_| JwkFault::Form)?;
    from_value(&value)
}

/// Reads a JSON Web Key Set, or a single key as a set of one.
///
/// # Errors
/// The fault of the first key that cannot be used.
pub fn parse_jwk_set(text: &str) -> Result<Vec<PublicKey>, JwkFault> {
    let value: Value = serde_json::from_str(text).map_err(|_| JwkFault::Form)?;
    match value.get("keys") {
        Some(Value::Array(keys)) => keys.iter().map(from_value).collect(),
        Some(_) => Err(JwkFault::Form),
        None => Ok(vec![from_value(&value)?]),
    }
}

fn from_value(value: &Value) -> Result<PublicKey, JwkFault> {
    let key = value.as_object().ok_or(JwkFault::Form)?;
    if ["d", "p", "q", "k"].iter().any(|private| key.contains_key(*private)) {
        return Err(JwkFault::Private);
    }
    let text = |name: &str| key.get(name).and_then(Value::as_str).map(str::to_owned);
    let material = match (key.get("kty").and_then(Value::as_str), key.get("crv").and_then(Value::as_str)) {
        (Some("RSA"), _) => rsa_material(member(key, "n")?, member(key, "e")?)?,
        (Some("EC"), Some("P-256")) => {
            let (x, y) = (member(key, "x")?, member(key, "y")?);
            if x.len() != 32 || y.len() != 32 {
                return Err(JwkFault::Member(if x.len() == 32 { "y" } else { "x" }));
            }
            Material::P256([&[4], x.as_slice(), y.as_slice()].concat())
        }
        (Some(kind), curve) => {
            return Err(JwkFault::Kind(format!("{kind} {}", curve.unwrap_or_default()).trim().into()));
        }
        (None, _) => return Err(JwkFault::Member("kty")),
    };
    Ok(PublicKey { kid: text("kid"), alg: text("alg"), material })
}

fn rsa_material(n: Vec<u8>, e: Vec<u8>) -> Result<Material, JwkFault> {
    let size = bits(&n);
    if !(2048..=8192).contains(&size) {
        return Err(JwkFault::Size(size));
    }
    Ok(Material::Rsa { n: strip_zeros(&n), e: strip_zeros(&e), prepared: Prepared::default() })
}

impl PublicKey {
    /// Reads a PEM `PUBLIC KEY` (RSA or P-256) or `RSA PUBLIC KEY`. The key has no `kid`; give it one with
    /// [`PublicKey::named`].
    ///
    /// # Errors
    /// [`JwkFault::Pem`] when there is no such block, [`JwkFault::Size`] for a short RSA key.
    pub fn from_pem(text: &str) -> Result<Self, JwkFault> {
        let der = pem::block(text, "PUBLIC KEY").or_else(|| pem::block(text, "RSA PUBLIC KEY")).ok_or(JwkFault::Pem)?;
        match der.strip_prefix(P256_SPKI.as_slice()) {
            Some(point) if point.len() == 65 => {
                Ok(Self { kid: None, alg: None, material: Material::P256(point.to_vec()) })
            }
            _ => Self::rsa_from_der(&der),
        }
    }

    /// Reads the RSA key of a DER `SubjectPublicKeyInfo` or `RSAPublicKey`.
    ///
    /// # Errors
    /// [`JwkFault::Pem`] when it is neither, [`JwkFault::Size`] for a short key.
    pub(super) fn rsa_from_der(der: &[u8]) -> Result<Self, JwkFault> {
        let key = rsa::PublicKey::from_der(der).map_err(|_| JwkFault::Pem)?;
        let (n, e) = pkcs1_numbers(key.as_ref()).ok_or(JwkFault::Pem)?;
        Ok(Self { kid: None, alg: None, material: rsa_material(n, e)? })
    }

    /// The key as a DER `SubjectPublicKeyInfo`; `None` for a key that is not RSA.
    pub(super) fn to_spki(&self) -> Option<Vec<u8>> {
        let Material::Rsa { n, e, .. } = &self.material else { return None };
        let key = der::write(der::SEQUENCE, &[&der::unsigned(n), &der::unsigned(e)]);
        let kind = der::write(der::SEQUENCE, &[&der::write(der::OID, &[&RSA_ENCRYPTION]), &der::write(der::NULL, &[])]);
        Some(der::write(der::SEQUENCE, &[&kind, &der::write(der::BIT_STRING, &[&[0], &key])]))
    }

    /// The same key under the name `kid`.
    #[must_use]
    pub fn named(self, kid: &str) -> Self {
        Self { kid: Some(kid.to_owned()), ..self }
    }

    /// Whether this is an RSA key, the only kind the self-service API takes (`specs/eid.md` §3.2).
    #[must_use]
    pub fn is_rsa(&self) -> bool {
        matches!(self.material, Material::Rsa { .. })
    }

    /// The RFC 7638 thumbprint: 43 characters of base64url.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let canonical = match &self.material {
            Material::Rsa { n, e, .. } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode_url(e), encode_url(n))
            }
            Material::P256(point) => format!(
                r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
                encode_url(&point[1..33]),
                encode_url(&point[33..])
            ),
        };
        encode_url(&sha256(&[canonical.as_bytes()]).0)
    }

    /// The key as a JSON Web Key with `use` = `sig`.
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        let mut out = Map::new();
        let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
        put("kty", json!(if self.is_rsa() { "RSA" } else { "EC" }));
        put("use", json!("sig"));
        if let Some(alg) = &self.alg {
            put("alg", json!(alg));
        }
        if let Some(kid) = &self.kid {
            put("kid", json!(kid));
        }
        match &self.material {
            Material::Rsa { n, e, .. } => {
                put("n", json!(encode_url(n)));
                put("e", json!(encode_url(e)));
            }
            Material::P256(point) => {
                put("crv", json!("P-256"));
                put("x", json!(encode_url(&point[1..33])));
                put("y", json!(encode_url(&point[33..])));
            }
        }
        Value::Object(out)
    }

    /// The public half of a pair held by aws-lc-rs, given as `RSAPublicKey` in DER.
    pub(super) fn of_pkcs1(der: &[u8]) -> Option<Self> {
        let (n, e) = pkcs1_numbers(der)?;
        Some(Self {
            kid: None,
            alg: Some("RS256".into()),
            material: Material::Rsa { n, e, prepared: Prepared::default() },
        })
    }
}

/// Modulus and exponent of a DER `RSAPublicKey` (RFC 8017 A.1.1), as aws-lc-rs writes it after its own checks.
fn pkcs1_numbers(input: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (key, rest) = der::read(input)?;
    let [n, e] = key.within(der::SEQUENCE)?.try_into().ok().filter(|_| rest.is_empty())?;
    Some((strip_zeros(n.of(der::INTEGER)?), strip_zeros(e.of(der::INTEGER)?)))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::signature::KeyPair;

    use super::*;
    use crate::keys::client_key;

    #[test]
    fn a_key_survives_the_way_through_jwk_and_pem() {
        let key = client_key().public().clone();
        let again = parse_jwk(&key.to_jwk().to_string()).unwrap();
        assert_eq!(again, key);
        let spki: PublicKeyX509Der<'_> = KeyPair::public_key(client_key().pair()).as_der().unwrap();
        let armour = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            crate::keys::encode_std(spki.as_ref())
        );
        let read = PublicKey::from_pem(&armour).unwrap();
        assert_eq!(read.thumbprint(), key.thumbprint());
    }

    #[test]
    fn the_thumbprint_of_the_standard_s_example() {
        // RFC 7638 §3.1.
        let jwk = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
        assert_eq!(parse_jwk(jwk).unwrap().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn what_is_not_a_usable_public_key_is_refused_with_its_reason() {
        for (text, fault) in [
            ("[]", JwkFault::Form),
            ("{", JwkFault::Form),
            ("{}", JwkFault::Member("kty")),
            (r#"{"kty":"RSA","n":"AQAB"}"#, JwkFault::Member("e")),
            (r#"{"kty":"RSA","n":"AQ=B","e":"AQAB"}"#, JwkFault::Member("n")),
            (r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, JwkFault::Size(17)),
            (r#"{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQ"}"#, JwkFault::Private),
            (r#"{"kty":"oct","k":"AQAB"}"#, JwkFault::Private),
            (r#"{"kty":"EC","crv":"P-384","x":"AQ","y":"AQ"}"#, JwkFault::Kind("EC P-384".into())),
            (r#"{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}"#, JwkFault::Member("x")),
            (r#"{"kty":"OKP","crv":"Ed25519","x":"AQ"}"#, JwkFault::Kind("OKP Ed25519".into())),
        ] {
            assert_eq!(parse_jwk(text).unwrap_err(), fault, "{text}");
        }
        assert_eq!(PublicKey::from_pem("no armour"), Err(JwkFault::Pem));
    }

    #[test]
    fn a_key_of_rsa_has_between_2048_and_8192_bits() {
        for (first, bytes, bits) in [
            (0x80, 128, Err(1_024)),
            (0x7f, 256, Err(2_047)),
            (0x80, 256, Ok(())),
            (0xff, 1_024, Ok(())),
            (0x01, 1_025, Err(8_193)),
        ] {
            let n = encode_url(&[&[first], vec![0xff; bytes - 1].as_slice()].concat());
            let read = parse_jwk(&format!(r#"{{"kty":"RSA","n":"{n}","e":"AQAB"}}"#));
            assert_eq!(read.map(|_| ()), bits.map_err(JwkFault::Size), "{bytes} bytes that begin with {first:#x}");
        }
    }
}
