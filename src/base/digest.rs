//! SHA-256 digests, the keys that name causes, and the commutative sum of the canonical digest.

use std::fmt;

/// Longest input that is put together first and hashed in one call: keys of causes are short, and half of their cost
/// would be the calls.
const AT_ONCE: usize = 256;

/// SHA-256 over the concatenation of `parts`.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> Digest {
    hashed(parts.iter().map(|part| part.len()).sum(), |take| parts.iter().for_each(|part| take(part)))
}

/// SHA-256 over `domain` and length-prefixed `parts`: no two different lists of parts give the same input.
#[must_use]
pub fn keyed_hash(domain: &str, parts: &[&[u8]]) -> Digest {
    let all = || std::iter::once(domain.as_bytes()).chain(parts.iter().copied());
    hashed(all().map(|part| part.len() + size_of::<u64>()).sum(), |take| {
        for part in all() {
            take(&(part.len() as u64).to_be_bytes());
            take(part);
        }
    })
}

/// The digest of the `length` bytes that `give` hands over piece by piece.
fn hashed(length: usize, give: impl FnOnce(&mut dyn FnMut(&[u8]))) -> Digest {
    use aws_lc_rs::digest::{Context, SHA256, digest};
    let digest = if length <= AT_ONCE {
        let (mut input, mut at) = ([0; AT_ONCE], 0);
        give(&mut |piece| {
            input[at..at + piece.len()].copy_from_slice(piece);
            at += piece.len();
        });
        digest(&SHA256, &input[..at])
    } else {
        let mut context = Context::new(&SHA256);
        give(&mut |piece| context.update(piece));
        context.finish()
    };
    let mut out = [0; 32];
    out.copy_from_slice(digest.as_ref());
    Digest(out)
}

/// 256 bits that name content. Shown as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The first 64 bits, big-endian: enough for ordinals and slots, never for identity.
    #[must_use]
    pub fn word(&self) -> u64 {
        u64::from_be_bytes(self.0[..8].try_into().expect("eight bytes of thirty-two"))
    }

    /// The first 128 bits as the key of a cause.
    #[must_use]
    pub fn origin(&self) -> OriginKey {
        OriginKey(u128::from_be_bytes(self.0[..16].try_into().expect("sixteen bytes of thirty-two")))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// Lower-case hex of `bytes`.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The bytes behind hex digits of either case; `None` when the text is not an even number of hex digits.
#[must_use]
pub fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|two| u8::from_str_radix(two, 16).ok()))
        .collect()
}

/// The key of a cause: a hash of *why* something came to be, equal in every fork where the same cause struck
/// (`specs/core.md` §3). It seeds draws and names newcomers; it is never a position.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct OriginKey(pub u128);

impl OriginKey {
    /// The key of `parts` within `domain`.
    #[must_use]
    pub fn of(domain: &str, parts: &[&[u8]]) -> Self {
        keyed_hash(domain, parts).origin()
    }

    /// The key of the `ordinal`-th consequence called `what` of this cause.
    #[must_use]
    pub fn child(self, what: &str, ordinal: u32) -> Self {
        Self::of("origin/child", &[&self.0.to_be_bytes(), what.as_bytes(), &ordinal.to_be_bytes()])
    }
}

impl fmt::Debug for OriginKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OriginKey({:032x})", self.0)
    }
}

/// A 256-bit wrapping sum of digests: the same for any order of the same terms.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, serde::Serialize, serde::Deserialize)]
pub struct Sum256([u64; 4]);

impl Sum256 {
    /// Adds `term`, wrapping at 2^256.
    pub fn add(&mut self, term: &Digest) {
        let mut carry = 0u64;
        for (index, limb) in self.0.iter_mut().enumerate() {
            let start = 32 - 8 * (index + 1);
            let word = u64::from_be_bytes(term.0[start..start + 8].try_into().expect("eight bytes of thirty-two"));
            let (sum, first) = limb.overflowing_add(word);
            let (sum, second) = sum.overflowing_add(carry);
            *limb = sum;
            carry = u64::from(first) + u64::from(second);
        }
    }

    /// The sum as 256 bits, big-endian.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut out = [0; 32];
        for (index, limb) in self.0.iter().enumerate() {
            let start = 32 - 8 * (index + 1);
            out[start..start + 8].copy_from_slice(&limb.to_be_bytes());
        }
        Digest(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_does_not_depend_on_order_but_on_every_term() {
        let terms: Vec<Digest> = (0u8..20).map(|n| sha256(&[&[n]])).collect();
        let sum_of = |list: &[Digest]| {
            let mut sum = Sum256::default();
            list.iter().for_each(|term| sum.add(term));
            sum.digest()
        };
        let mut reversed = terms.clone();
        reversed.reverse();
        assert_eq!(sum_of(&terms), sum_of(&reversed));
        assert_ne!(sum_of(&terms), sum_of(&terms[1..]));
    }

    #[test]
    fn the_sum_carries_across_limbs() {
        let mut sum = Sum256::default();
        let mut ones = [0u8; 32];
        ones[24..].fill(0xff);
        sum.add(&Digest(ones));
        let mut one = [0u8; 32];
        one[31] = 1;
        sum.add(&Digest(one));
        let mut expected = [0u8; 32];
        expected[23] = 1;
        assert_eq!(sum.digest(), Digest(expected));
    }

    #[test]
    fn a_short_input_is_hashed_as_a_long_one_is() {
        for length in [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 1000] {
            let input: Vec<u8> = (0u8..=255).cycle().take(length).collect();
            let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
            context.update(&input);
            let (first, second) = input.split_at(length / 3);
            assert_eq!(sha256(&[first, second]).0, *context.finish().as_ref(), "{length} bytes");
            let prefixed = [&2u64.to_be_bytes()[..], b"it", &(length as u64).to_be_bytes(), &input].concat();
            assert_eq!(keyed_hash("it", &[&input]), sha256(&[&prefixed]), "{length} bytes");
        }
    }

    #[test]
    fn known_digest_of_abc() {
        assert_eq!(
            sha256(&[b"a", b"bc"]).to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
