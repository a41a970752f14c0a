//! Certificates of the ring with another end: the same X.509 certificate, signed again by its own key.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use super::der::{self, SEQUENCE};
use crate::clock::Instant;

/// Tag and length of a `UTCTime` with seconds.
const UTC_TIME: [u8; 2] = [0x17, 13];
/// First second of 1970 and last one of 2049: between them a certificate writes years with two digits (RFC 5280
/// §4.1.2.5).
const YEARS: (i64, i64) = (0, 2_524_607_999);

/// Where in `der` the text of `notAfter` begins, and the range of what is signed.
fn places(der: &[u8]) -> Option<(usize, std::ops::Range<usize>)> {
    let body = der::read(der)?.0.of(SEQUENCE)?;
    let (_, after) = der::read(body)?;
    // What is signed is the first element of the certificate with its own tag and length.
    let signed = der.len() - body.len()..der.len() - after.len();
    // The two times of the validity are the first ones of a certificate of the ring; the second is the end.
    let times = signed.clone().filter(|&place| der.get(place..place + 2) == Some(UTC_TIME.as_slice()));
    times.skip(1).map(|place| (place + UTC_TIME.len(), signed.clone())).next()
}

/// The certificate `der`, made by `pair` for itself, with `notAfter` at `end`. Nothing else changes, its length neither.
pub(super) fn ending(der: &[u8], end: Instant, pair: &RsaKeyPair) -> Vec<u8> {
    let mut out = der.to_vec();
    let Some((place, signed)) = places(der) else { return out };
    let text = utc_time(end);
    out[place..place + text.len()].copy_from_slice(text.as_bytes());
    let mut fresh = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &out[signed], &mut fresh)
        .expect("an RSA key of 2048 bits signs a SHA-256 digest");
    // The signature is the end of the certificate, as long as before.
    let from = out.len() - fresh.len();
    out[from..].copy_from_slice(&fresh);
    out
}

/// `notAfter` of the certificate `der` of the ring.
pub(super) fn end(der: &[u8]) -> Option<Instant> {
    let (place, _) = places(der)?;
    let text = std::str::from_utf8(der.get(place..place + 12)?).ok()?;
    let parsed = jiff::civil::DateTime::strptime("%y%m%d%H%M%S", text).ok()?;
    // `strptime` takes 69 to 99 for the last century, a certificate 50 to 99; the ring has only 70 and later.
    let stamp = parsed.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(Instant::from_millis(stamp.as_millisecond()))
}

/// `end` as `YYMMDDHHMMSSZ`.
fn utc_time(end: Instant) -> String {
    let seconds = end.seconds().clamp(YEARS.0, YEARS.1);
    let stamp = jiff::Timestamp::from_second(seconds).expect("a second between 1970 and 2049");
    stamp.strftime("%y%m%d%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Seed;
    use crate::keys::{Issuer, KeyRing, SigningKey, decode_std};

    fn certificate(key: &SigningKey) -> Vec<u8> {
        decode_std(key.jwk()["x5c"][0].as_str().unwrap()).unwrap()
    }

    #[test]
    fn the_end_moves_and_the_certificate_is_signed_by_its_own_key_again() {
        use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
        let key = KeyRing::for_seed(Seed(7)).key(Issuer::Idporten);
        let end = Instant::from_millis(1_800_000_000_999);
        let moved = key.certified_until(end);
        let (before, after) = (certificate(key), certificate(&moved));
        assert_eq!(before.len(), after.len());
        let has = |der: &[u8], text: &[u8]| der.windows(text.len()).any(|window| window == text);
        assert!(has(&before, b"491231235959Z") && !has(&after, b"491231235959Z"));
        assert!(has(&after, b"700101000000Z") && has(&after, b"270115080000Z"), "from 1970 to that second");
        assert_eq!(certificate(&key.certified_until(end)), after, "the same bytes every time");
        let ends = [&before, &after].map(|der| super::end(der).unwrap().seconds());
        assert_eq!(ends, [YEARS.1, 1_800_000_000]);
        for der in [before, after] {
            let message = der::read(&der).unwrap().0.within(SEQUENCE).unwrap()[0].whole;
            let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.pair().public_key().as_ref());
            assert_eq!(public.verify(message, &der[der.len() - 256..]), Ok(()));
        }
    }

    #[test]
    fn an_end_beyond_two_digit_years_is_their_last_second() {
        assert_eq!(utc_time(Instant::from_millis(i64::MAX)), "491231235959Z");
        assert_eq!(utc_time(Instant::from_millis(-1)), "700101000000Z");
    }
}
