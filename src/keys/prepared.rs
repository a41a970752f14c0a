//! An RSA public key as the library wants it, kept: putting it together costs as much as checking a signature with it.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RsaParameters, RsaPublicKeyComponents,
};

use super::jws::Algorithm;

/// What the library made of a key, for each algorithm it was asked for; clones share it. Nothing of it is part of the key:
/// any two are equal.
#[derive(Clone, Default)]
pub(super) struct Prepared(Arc<[OnceLock<Option<ParsedPublicKey>>; 4]>);

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Prepared")
    }
}

impl PartialEq for Prepared {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Prepared {}

impl Prepared {
    /// The key of modulus `n` and exponent `e` for `algorithm`, put together at the first call; `None` when it is no key, or
    /// the algorithm none of RSA's. Always called with the same two numbers.
    pub(super) fn of(&self, n: &[u8], e: &[u8], algorithm: Algorithm) -> Option<&ParsedPublicKey> {
        let (place, parameters): (usize, &'static RsaParameters) = match algorithm {
            Algorithm::Rs256 => (0, &RSA_PKCS1_2048_8192_SHA256),
            Algorithm::Rs384 => (1, &RSA_PKCS1_2048_8192_SHA384),
            Algorithm::Rs512 => (2, &RSA_PKCS1_2048_8192_SHA512),
            Algorithm::Ps256 => (3, &RSA_PSS_2048_8192_SHA256),
            Algorithm::Es256 => return None,
        };
        self.0[place].get_or_init(|| RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).ok()).as_ref()
    }
}
