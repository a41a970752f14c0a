//! Finding numbers of real people's kind in bytes of any shape: plain, in an address, in JSON, in XML.

use std::ops::Range;

use crate::base::looks_real;

/// A letter of the text behind an encoding: its value when it is one byte of ASCII, and how many bytes it stands on.
fn unit(bytes: &[u8], at: usize) -> (Option<u8>, usize) {
    let hex = |range: Range<usize>| {
        let text = bytes.get(range).and_then(|part| std::str::from_utf8(part).ok())?;
        u8::from_str_radix(text, 16).ok()
    };
    match bytes[at] {
        b'%' => match hex(at + 1..at + 3) {
            Some(value) => (Some(value), 3),
            None => (Some(b'%'), 1),
        },
        b'\\' if bytes.get(at + 1) == Some(&b'u') => match (hex(at + 2..at + 4), hex(at + 4..at + 6)) {
            (Some(0), Some(value)) => (Some(value), 6),
            (Some(_), Some(_)) => (None, 6),
            _ => (Some(b'\\'), 1),
        },
        b'&' if bytes.get(at + 1) == Some(&b'#') => entity(bytes, at).unwrap_or((Some(b'&'), 1)),
        byte => (Some(byte), 1),
    }
}

/// A numeric character reference of XML and HTML.
fn entity(bytes: &[u8], at: usize) -> Option<(Option<u8>, usize)> {
    let end = bytes[at..].iter().take(10).position(|byte| *byte == b';')?;
    let text = std::str::from_utf8(&bytes[at + 2..at + end]).ok()?;
    let value = match text.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => text.parse().ok()?,
    };
    Some((u8::try_from(value).ok(), end + 1))
}

/// A number of a real person's kind.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Hit {
    /// Its eleven digits.
    pub(super) digits: [u8; 11],
    /// The bytes each of them stands on.
    pub(super) places: [Range<usize>; 11],
}

impl Hit {
    /// The bytes it stands on, from the first digit to the last, a separator between birth date and rest included.
    pub(super) fn span(&self) -> Range<usize> {
        self.places[0].start..self.places[10].end
    }
}

/// Whether a scan has to look closer at this byte.
const fn is_telling(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'%' | b'\\' | b'&')
}

/// Every number of a real person's kind in `bytes`: eleven digits, or six and five with a space, a hyphen or a plus
/// between them. Not inside longer runs of digits, not behind a decimal point, and not inside hexadecimal text,
/// where one in a hundred thousand ids would hold one by chance.
pub(super) fn hits(bytes: &[u8]) -> Vec<Hit> {
    if memchr::memchr3(b'%', b'\\', b'&', bytes).is_some() { encoded_hits(bytes) } else { plain_hits(bytes) }
}

/// Digits a number begins with at least, wherever it stands in plain text.
const SHORTEST: usize = 6;

/// [`hits`] where no letter stands for another: only runs of six digits and more are looked at, and most bytes between
/// them not at all.
fn plain_hits(bytes: &[u8]) -> Vec<Hit> {
    let mut found = Vec::new();
    let is_digit = |at: usize| bytes[at].is_ascii_digit();
    let (mut from, mut at) = (0, SHORTEST - 1);
    // Every run of six that begins at `from` or later covers `at`.
    while at < bytes.len() {
        if !is_digit(at) {
            (from, at) = (at + 1, at + SHORTEST);
            continue;
        }
        let mut start = at;
        while start > from && is_digit(start - 1) {
            start -= 1;
        }
        let end = at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let is_fraction = start >= 2 && bytes[start - 1] == b'.' && is_digit(start - 2);
        let run = matches!(end - start, SHORTEST | 11) && !is_fraction;
        let hit = run.then(|| Run::read(bytes, start).hit(bytes)).flatten();
        from = hit.as_ref().map_or(end, |hit| hit.span().end);
        at = from + SHORTEST - 1;
        found.extend(hit);
    }
    found
}

/// [`hits`] in bytes with letters that stand for others.
fn encoded_hits(bytes: &[u8]) -> Vec<Hit> {
    let mut found = Vec::new();
    let mut at = 0;
    // The two letters before: what stands there decides whether a number begins here.
    let mut before = [None, None];
    while at < bytes.len() {
        if !is_telling(bytes[at]) {
            before = [before[1], Some(bytes[at])];
            at += 1;
            continue;
        }
        let (value, len) = unit(bytes, at);
        if !value.is_some_and(|value| value.is_ascii_digit()) {
            before = [before[1], value];
            at += len;
            continue;
        }
        let run = Run::read(bytes, at);
        let is_fraction = before[1] == Some(b'.') && before[0].is_some_and(|byte| byte.is_ascii_digit());
        if !is_fraction && let Some(hit) = run.hit(bytes) {
            at = hit.span().end;
            before = [Some(b'0'), Some(b'0')];
            found.push(hit);
            continue;
        }
        at = run.end;
        before = [Some(b'0'), Some(b'0')];
    }
    found
}

/// Digits in a row.
struct Run {
    digits: Vec<(u8, Range<usize>)>,
    end: usize,
}

impl Run {
    /// Reads the run that begins at `at`. Long runs are counted, not kept.
    fn read(bytes: &[u8], mut at: usize) -> Self {
        let mut digits = Vec::new();
        while at < bytes.len() {
            match unit(bytes, at) {
                (Some(value), len) if value.is_ascii_digit() => {
                    if digits.len() < 12 {
                        digits.push((value, at..at + len));
                    }
                    at += len;
                }
                _ => break,
            }
        }
        Self { digits, end: at }
    }

    /// The number of a real person's kind it is, or begins.
    fn hit(&self, bytes: &[u8]) -> Option<Hit> {
        let (mut digits, mut end) = (self.digits.clone(), self.end);
        if digits.len() == 6 && end < bytes.len() {
            let (value, len) = unit(bytes, end);
            if !matches!(value, Some(b' ' | b'-' | b'+')) {
                return None;
            }
            let rest = Self::read(bytes, end + len);
            end = rest.end;
            digits.extend(rest.digits);
        }
        let pairs: [(u8, Range<usize>); 11] = digits.try_into().ok()?;
        let digits = pairs.clone().map(|(digit, _)| digit);
        let text = std::str::from_utf8(&digits).ok()?;
        let hit = Hit { digits, places: pairs.map(|(_, place)| place) };
        (looks_real(text) && !is_hexadecimal(bytes, hit.span().start, end)).then_some(hit)
    }
}

/// Whether the letters and digits around `start..end` are hexadecimal digits with letters among them.
fn is_hexadecimal(bytes: &[u8], start: usize, end: usize) -> bool {
    const FAR: usize = 64;
    let word = |byte: &&u8| byte.is_ascii_alphanumeric();
    // A percent sign with two letters is a letter of its own.
    let is_percent = start >= 3 && bytes[start - 3] == b'%';
    let left = bytes[..start].iter().rev().take(if is_percent { 0 } else { FAR }).take_while(word);
    let around: Vec<u8> = left.chain(bytes[end..].iter().take(FAR).take_while(word)).copied().collect();
    !around.is_empty() && around.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        hits(text.as_bytes()).into_iter().map(|hit| String::from_utf8(hit.digits.to_vec()).unwrap()).collect()
    }

    #[test]
    fn a_number_is_found_in_every_shape() {
        let number = &super::super::tripwire::tests::real_looking();
        let (date, rest) = number.split_at(6);
        let encoded = |each: fn(char) -> String| number.chars().map(each).collect::<String>();
        for text in [
            number.clone(),
            format!("/personer/{number}?x=1"),
            format!("{{\"fnr\":\"{number}\"}}"),
            format!("<id>{number}</id>"),
            format!("{date} {rest}"),
            format!("pid={date}%20{rest}&x=1"),
            format!("{date}-{rest}"),
            encoded(|digit| format!("%3{digit}")),
            encoded(|digit| format!("\\u003{digit}")),
            encoded(|digit| format!("&#{};", u32::from(digit))),
            format!("fnr{number}.pdf"),
            format!("%C3%A5{number}"),
            format!("%C3%A9{number}"),
            format!("\\u00e5{number}\\u00e5"),
        ] {
            assert_eq!(found(&text), std::slice::from_ref(number), "{text}");
        }
    }

    #[test]
    fn the_quick_search_finds_what_the_thorough_one_does() {
        let number = super::super::tripwire::tests::real_looking();
        let (date, rest) = number.split_at(6);
        let pieces = [&number, date, rest, ".", " ", "-", "a", "0", "17", "z", "123456", "12345678901"];
        let (mut state, mut met) = (1_u64, 0);
        for _ in 0..200_000 {
            let mut text = String::new();
            for _ in 0..=state % 7 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[usize::try_from(state >> 40).unwrap() % pieces.len()]);
            }
            let places = |found: Vec<Hit>| found.iter().map(Hit::span).collect::<Vec<_>>();
            let (quick, thorough) = (places(plain_hits(text.as_bytes())), places(encoded_hits(text.as_bytes())));
            assert_eq!(quick, thorough, "{text}");
            met += thorough.len();
        }
        assert!(met > 10_000, "{met}");
    }

    #[test]
    fn other_numbers_are_not() {
        let number = &super::super::tripwire::tests::real_looking();
        for text in [
            "22909195636".to_owned(),
            "123456789012".to_owned(),
            "0101".to_owned(),
            String::new(),
            format!("9{number}"),
            format!("{number}1"),
            format!("0.{number}"),
            format!("ab{number}ef"),
            format!("{}{number}", "f".repeat(10)),
            format!("{}  {}", &number[..6], &number[6..]),
            "%".to_owned(),
            "100 %".to_owned(),
            "\\u00".to_owned(),
            "&#;&#x;&#99999999999;".to_owned(),
        ] {
            assert_eq!(found(&text), Vec::<String>::new(), "{text}");
        }
    }
}
