//! What keeps real people's numbers out (`DESIGN` §10, `specs/experience.md` §12.5).
//!
//! At the door every number of a real person's kind is swapped for a stand-in: a synthetic number of somebody born
//! between 1855 and 1899, whom no town has. Whatever lies behind the door sees an unknown person and can neither store nor
//! repeat the number, because it never had it. The answer of a mock gets the caller's own number back on its way out;
//! everything of ours shows a mark with a keyed hash instead. The key is drawn by the process and kept by nobody.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use super::digits::{Hit, hits};
use super::token;
use crate::base::{Foedselsnummer, keyed_hash};

/// Whether a run goes on when such a number comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RealData {
    /// It goes on, with the finding.
    #[default]
    Warn,
    /// It ends.
    Deny,
}

impl RealData {
    /// The word in settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// Swaps numbers. Cheap to clone; all clones have the same key.
#[derive(Clone)]
pub struct Tripwire {
    key: [u8; 32],
    trips: Arc<watch::Sender<u64>>,
}

impl Default for Tripwire {
    /// A tripwire with a key everybody knows: for tests.
    fn default() -> Self {
        Self::new([0; 32])
    }
}

impl std::fmt::Debug for Tripwire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tripwire")
    }
}

/// A number, who stands in for it, and what is shown.
#[derive(Clone)]
struct Pair {
    real: [u8; 11],
    stand_in: [u8; 11],
    mark: String,
}

/// The numbers of one request. Lives no longer than its answer, and is never printed.
#[derive(Clone, Default)]
pub struct Swapped {
    pairs: Vec<Pair>,
}

impl std::fmt::Debug for Swapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Swapped({})", self.pairs.len())
    }
}

/// Numbers of one request that are told apart; further ones share a stand-in.
const MOST: usize = 1_000;

impl Tripwire {
    /// A tripwire with this key.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self { key, trips: Arc::new(watch::Sender::new(0)) }
    }

    /// Somebody sent such a number.
    pub fn trip(&self) {
        self.trips.send_modify(|count| *count += 1);
    }

    /// How often that has happened; wakes up when it happens.
    #[must_use]
    pub fn trips(&self) -> watch::Receiver<u64> {
        self.trips.subscribe()
    }

    fn hash(&self, what: &str, digits: &[u8], turn: u8) -> u64 {
        keyed_hash(what, &[&self.key, digits, &[turn]]).word()
    }

    /// What is shown in place of a number: the same for the same number as long as the process lives.
    fn mark(&self, digits: &[u8; 11]) -> String {
        format!("[real-data-suspected {:08x}]", self.hash("real data/mark", digits, 0) >> 32)
    }

    /// The stand-in of a number: born 1855–1899, as the individual number 500–749 says.
    fn stand_in(&self, digits: &[u8; 11], swapped: &Swapped) -> [u8; 11] {
        for turn in 0..=u8::MAX {
            let hash = self.hash("real data/stand-in", digits, turn);
            let part = |shift: u32, size: u64| (hash >> shift) % size;
            let small = |value: u64| u8::try_from(value).unwrap_or(1);
            let (day, month, year) = (small(part(0, 28) + 1), small(part(8, 12) + 1), small(part(16, 45) + 55));
            let iii = u16::try_from(part(32, 250) + 500).unwrap_or(500);
            let Some(number) = Foedselsnummer::compose(day, month, year, iii, false) else { continue };
            let mut text = [b'0'; 11];
            text.copy_from_slice(number.to_string().as_bytes());
            if swapped.pairs.iter().all(|pair| pair.stand_in != text) {
                return text;
            }
        }
        // 256 draws, each right with more than four in five.
        *b"01815550093"
    }

    fn meet(&self, hit: &Hit, swapped: &mut Swapped) -> [u8; 11] {
        if let Some(pair) = swapped.pairs.iter().find(|pair| pair.real == hit.digits) {
            return pair.stand_in;
        }
        let stand_in = self.stand_in(&hit.digits, swapped);
        if swapped.pairs.len() < MOST {
            swapped.pairs.push(Pair { real: hit.digits, stand_in, mark: self.mark(&hit.digits) });
        }
        stand_in
    }

    /// `bytes` with every number of a real person's kind swapped, digit for digit, so that no length changes; `None` when
    /// there is none. Tokens stay as they are, or their signature would not fit any more: what they hold is noted.
    #[must_use]
    pub fn swap(&self, bytes: &[u8], swapped: &mut Swapped) -> Option<Vec<u8>> {
        token::each(bytes).into_iter().for_each(|token| {
            let claims = token::claims(&bytes[token]);
            hits(&claims).iter().for_each(|hit| {
                self.meet(hit, swapped);
            });
        });
        let found = hits(bytes);
        if found.is_empty() {
            return None;
        }
        let mut out = bytes.to_vec();
        for hit in &found {
            let stand_in = self.meet(hit, swapped);
            for (place, digit) in hit.places.iter().zip(stand_in) {
                write_digit(&mut out[place.clone()], digit);
            }
        }
        Some(out)
    }

    /// Whether there is no number of a real person's kind in `bytes`, nor in a token in them.
    #[must_use]
    pub fn is_clean(&self, bytes: &[u8]) -> bool {
        hits(bytes).is_empty() && token::each(bytes).into_iter().all(|at| hits(&token::claims(&bytes[at])).is_empty())
    }

    /// `bytes` from behind the door as they may be kept: tokens without their signatures, and no number in their claims.
    #[must_use]
    pub fn without_signatures(&self, bytes: &Bytes) -> Bytes {
        token::shown(bytes, |claims| self.marked(claims)).map_or_else(|| bytes.clone(), Bytes::from)
    }

    /// `bytes` from anywhere as they may be kept: numbers of a real person's kind as marks, tokens without their signatures. The same
    /// bytes when there is nothing to hide.
    #[must_use]
    pub fn redacted(&self, bytes: &Bytes) -> Bytes {
        let shown = self.without_signatures(bytes);
        self.marked(&shown).map_or(shown, Bytes::from)
    }

    /// [`Tripwire::redacted`] for text.
    #[must_use]
    pub fn redacted_text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.redacted(&Bytes::copy_from_slice(text.as_bytes()))).into_owned()
    }

    fn marked(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let found = hits(bytes);
        if found.is_empty() {
            return None;
        }
        let mut out = Vec::with_capacity(bytes.len() + found.len() * 20);
        let mut copied = 0;
        for hit in found {
            out.extend_from_slice(&bytes[copied..hit.span().start]);
            out.extend_from_slice(self.mark(&hit.digits).as_bytes());
            copied = hit.span().end;
        }
        out.extend_from_slice(&bytes[copied..]);
        Some(out)
    }
}

/// Writes a digit in the encoding that stands in `place`.
fn write_digit(place: &mut [u8], digit: u8) {
    match place.len() {
        1 => place[0] = digit,
        // `%3n` and `\u003n`: the digit is the last of them.
        3 | 6 if place[0] == b'%' || place[0] == b'\\' => place[place.len() - 1] = digit,
        // `&#nn;` counts from 48, `&#x3n;` and longer forms in sixteens: the letter before the semicolon and the one before.
        length => {
            let value = if place[2].eq_ignore_ascii_case(&b'x') {
                format!("{:0width$x}", digit, width = length - 4)
            } else {
                format!("{:0width$}", digit, width = length - 3)
            };
            let start = length - 1 - value.len();
            place[start..length - 1].copy_from_slice(value.as_bytes());
        }
    }
}

impl Swapped {
    /// No number was met.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// How many different ones were.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// The marks of those that were met, for people.
    #[must_use]
    pub fn marks(&self) -> String {
        const SHOWN: usize = 3;
        let shown: Vec<&str> = self.pairs.iter().take(SHOWN).map(|pair| pair.mark.as_str()).collect();
        let more =
            if self.pairs.len() > SHOWN { format!(" and {} more", self.pairs.len() - SHOWN) } else { String::new() };
        format!("{}{more}", shown.join(", "))
    }

    /// `bytes` with the caller's own numbers in place of their stand-ins: for the answer of a mock.
    #[must_use]
    pub fn restored(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.replaced(bytes, |pair| &pair.real)
    }

    /// `bytes` with marks in place of stand-ins: for everything of ours.
    #[must_use]
    pub fn hidden(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.replaced(bytes, |pair| pair.mark.as_bytes())
    }

    fn replaced(&self, bytes: &[u8], with: impl Fn(&Pair) -> &[u8]) -> Option<Vec<u8>> {
        if self.pairs.is_empty() {
            return None;
        }
        let (mut out, mut copied, mut at) = (Vec::new(), 0, 0);
        while at + 11 <= bytes.len() {
            if !bytes[at].is_ascii_digit() {
                at += 1;
                continue;
            }
            match self.pairs.iter().find(|pair| bytes[at..].starts_with(&pair.stand_in)) {
                Some(pair) => {
                    out.extend_from_slice(&bytes[copied..at]);
                    out.extend_from_slice(with(pair));
                    at += 11;
                    copied = at;
                }
                None => at += 1,
            }
        }
        if copied == 0 {
            return None;
        }
        out.extend_from_slice(&bytes[copied..]);
        Some(out)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::base::looks_real;

    /// A number of the real kind, composed so that none stands in the source.
    pub(in crate::observe) fn real_looking() -> String {
        (0..100_000_u64).map(|tail| format!("010190{tail:05}")).find(|text| looks_real(text)).unwrap()
    }

    fn bytes(text: &str) -> Bytes {
        Bytes::copy_from_slice(text.as_bytes())
    }

    #[test]
    fn behind_the_door_there_is_somebody_synthetic_and_the_caller_gets_the_own_number_back() {
        let number = real_looking();
        let tripwire = Tripwire::new([7; 32]);
        let escaped: String = number.chars().map(|digit| format!("\\u003{digit}")).collect();
        let numeric: String = number.chars().map(|digit| format!("&#{};", u32::from(digit))).collect();
        let hexadecimal: String = number.chars().map(|digit| format!("&#x{:x};", u32::from(digit))).collect();
        let percent: String = number.chars().map(|digit| format!("%3{digit}")).collect();
        for text in [
            &format!("/personer/{number}?a={number}"),
            &format!("{} {}", &number[..6], &number[6..]),
            &escaped,
            &numeric,
            &hexadecimal,
            &percent,
        ] {
            let mut swapped = Swapped::default();
            let inside = tripwire.swap(text.as_bytes(), &mut swapped).unwrap();
            let inside = String::from_utf8(inside).unwrap();
            assert_eq!((inside.len(), swapped.len()), (text.len(), 1));
            assert!(hits(inside.as_bytes()).is_empty() && !inside.contains(&number), "{inside}");
            let stand_in = String::from_utf8(swapped.pairs[0].stand_in.to_vec()).unwrap();
            assert!(Foedselsnummer::parse(&stand_in).is_ok());
            let answer = format!("{{\"unknown\":\"{stand_in}\"}}");
            assert_eq!(
                swapped.restored(answer.as_bytes()).unwrap(),
                format!("{{\"unknown\":\"{number}\"}}").as_bytes()
            );
            let shown = String::from_utf8(swapped.hidden(answer.as_bytes()).unwrap()).unwrap();
            assert!(shown.contains("[real-data-suspected ") && !shown.contains(&stand_in), "{shown}");
            assert!(!format!("{swapped:?} {tripwire:?}").contains(&number));
        }
        let mut none = Swapped::default();
        assert_eq!(tripwire.swap(b"22909195636", &mut none), None);
        assert!(none.is_empty() && none.restored(b"22909195636").is_none());
    }

    #[test]
    fn many_numbers_of_one_request_are_told_apart() {
        let tripwire = Tripwire::default();
        let numbers: Vec<String> =
            (0..100_000_u64).map(|tail| format!("020290{tail:05}")).filter(|text| looks_real(text)).take(300).collect();
        let mut swapped = Swapped::default();
        let body = tripwire.swap(numbers.join(",").as_bytes(), &mut swapped).unwrap();
        assert_eq!(swapped.len(), 300);
        assert_eq!(String::from_utf8(swapped.restored(&body).unwrap()).unwrap(), numbers.join(","));
    }

    #[test]
    fn what_is_kept_shows_marks_and_no_signature() {
        let number = real_looking();
        let tripwire = Tripwire::new([1; 32]);
        for text in
            [number.clone(), format!("/personer/{number}?x=1"), format!("{{\"a\":[\"{number}\",\"{number}\"]}}")]
        {
            let kept = tripwire.redacted_text(&text);
            assert!(!kept.contains(&number) && kept.contains("[real-data-suspected "), "{kept}");
        }
        let token = |claims: &str| {
            let part = |text: &str| crate::keys::encode_url(text.as_bytes());
            format!("{}.{}.{}", part(r#"{"alg":"RS256"}"#), part(claims), part("a signature of some length"))
        };
        let (plain, real) = (token(r#"{"iss":"app"}"#), token(&format!(r#"{{"pid":"{number}"}}"#)));
        let kept = tripwire.redacted_text(&format!("assertion={plain}&x=1"));
        assert!(
            kept.starts_with("assertion=eyJ") && kept.ends_with(".&x=1") && kept.len() < plain.len() + 14,
            "{kept}"
        );
        let kept = tripwire.redacted_text(&format!("{{\"access_token\":\"{real}\"}}"));
        let claims = kept.split('.').nth(1).unwrap();
        let claims = String::from_utf8(crate::keys::decode_url(claims).unwrap()).unwrap();
        assert!(claims.contains("[real-data-suspected ") && !claims.contains(&number), "{claims}");
        let mut swapped = Swapped::default();
        assert_eq!(tripwire.swap(real.as_bytes(), &mut swapped), None, "a token keeps its signature");
        assert_eq!(swapped.len(), 1, "but it is noticed");
        assert_eq!(tripwire.redacted(&bytes("22909195636")), bytes("22909195636"));
    }

    #[test]
    fn marks_are_the_same_for_one_process_and_differ_between_two() {
        let number = real_looking();
        let shown = |key| Tripwire::new([key; 32]).redacted_text(&number);
        assert_eq!(shown(1), shown(1));
        assert_ne!(shown(1), shown(2));
    }
}
