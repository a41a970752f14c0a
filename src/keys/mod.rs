//! Keys and signatures: the ring of published test keys, JSON Web Keys and JSON Web Signatures (RFC 7515, 7517, 7638).
//!
//! The ring is fixed and worthless on purpose (`ring/README.md`): making RSA keys at start-up would cost more than the
//! whole start-up budget, and the same seed has to give the same tokens on every machine. All cryptography is
//! aws-lc-rs; nothing here knows a protocol, a clock or a town.
//!
//! Left out: encryption (JWE), revocation of certificates, signatures with anything but RS256.

mod base64url;
mod certificate;
mod der;
mod jwk;
mod jws;
mod pem;
mod prepared;
mod ring;
mod virksomhet;
mod x509;

pub use base64url::{decode_std, decode_url, encode_std, encode_url};
pub use jwk::{JwkFault, PublicKey, parse_jwk, parse_jwk_set};
pub use jws::{Algorithm, Jws, JwsFault};
pub use ring::{CLIENT_KEY_PEM, GENERATIONS, Issuer, KeyRing, SigningKey, client_key, unsigned};
pub use virksomhet::{ENTERPRISE_CA_PEM, Sertifikatbestilling, Sertifikatslag, Virksomhetssertifikat};
