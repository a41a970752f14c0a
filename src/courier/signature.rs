//! `Byteby-Signature`: which delivery this is, when it was signed, and that nobody changed the body.
//!
//! ```text
//! Byteby-Signature: t=1799046000,v1=<hex of HMAC-SHA-256 over "<id>.<t>.<body>">
//! Byteby-Delivery:  <id>
//! ```
//!
//! `t` is whole seconds of the world's clock when the delivery was made (or, when somebody asked for it, signed again), so
//! that a delivery sent once more is the same to the byte. The secret is a function of the seed and the subscription: no
//! secret stands in a log, and a run on another machine signs alike.

use aws_lc_rs::hmac;

use crate::base::{Seed, hex, keyed_hash};
use crate::town::state::{Abonnementsnoekkel, LeveringsId};

/// The secret of a subscription, as an app is told it.
#[must_use]
pub fn secret(seed: Seed, abonnement: Abonnementsnoekkel) -> String {
    let parts = [&seed.0.to_be_bytes()[..], &abonnement.0.0.to_be_bytes()];
    keyed_hash("levering/hemmelighet", &parts).to_string()
}

/// The value of `Byteby-Signature`.
#[must_use]
pub fn sign(secret: &str, id: LeveringsId, seconds: i64, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(format!("{id}.{seconds}.").as_bytes());
    context.update(body);
    format!("t={seconds},v1={}", hex(context.sign().as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::OriginKey;

    #[test]
    fn the_signature_is_the_hmac_anybody_can_compute() {
        let id = LeveringsId(OriginKey(1));
        // printf '00000000-0000-0000-0000-000000000001.5.hei' | openssl dgst -sha256 -hmac hemmelig
        let expected = "t=5,v1=ec5da07c9daad1f3604ce38468608d53f4f73d4a494bcf305a7a47579017c002";
        assert_eq!(sign("hemmelig", id, 5, b"hei"), expected);
        for other in [sign("hemmelig", id, 6, b"hei"), sign("hemmelig", id, 5, b"hej"), sign("annen", id, 5, b"hei")] {
            assert_ne!(other, expected);
        }
    }

    #[test]
    fn subscriptions_and_seeds_have_secrets_of_their_own() {
        let one = Abonnementsnoekkel(OriginKey(1));
        assert_eq!(secret(Seed(1), one), secret(Seed(1), one));
        assert_ne!(secret(Seed(1), one), secret(Seed(2), one));
        assert_ne!(secret(Seed(1), one), secret(Seed(1), Abonnementsnoekkel(OriginKey(2))));
    }
}
