//! Numbers that look like real people's are never kept (`DESIGN` §10): what stands in the record is a keyed hash.

use bytes::Bytes;

use crate::base::{keyed_hash, looks_real};

/// `bytes` with every run of eleven digits that looks like a real identity number replaced by a mark with a short keyed
/// hash, so that two requests with one number can still be told to be about one. The same bytes when there is none.
#[must_use]
pub fn redacted(bytes: &Bytes) -> Bytes {
    let mut out: Option<Vec<u8>> = None;
    let mut copied = 0;
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let text = std::str::from_utf8(&bytes[at..at + digits]).unwrap_or("");
        if digits == 11 && looks_real(text) {
            let hash = keyed_hash("real-data-suspected", &[text.as_bytes()]).word();
            let out = out.get_or_insert_with(Vec::new);
            out.extend_from_slice(&bytes[copied..at]);
            out.extend_from_slice(format!("[real-data-suspected {:08x}]", hash >> 32).as_bytes());
            copied = at + digits;
        }
        at += digits.max(1);
    }
    match out {
        Some(mut out) => {
            out.extend_from_slice(&bytes[copied..]);
            Bytes::from(out)
        }
        None => bytes.clone(),
    }
}

/// [`redacted`] for text.
#[must_use]
pub fn redacted_text(text: &str) -> String {
    String::from_utf8_lossy(&redacted(&Bytes::copy_from_slice(text.as_bytes()))).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number of the real kind, composed so that none stands in the source.
    fn real_looking() -> String {
        (0..100_000_u64).map(|tail| format!("010190{tail:05}")).find(|text| looks_real(text)).unwrap()
    }

    #[test]
    fn a_real_looking_number_is_nowhere_in_what_is_kept() {
        let number = real_looking();
        for text in
            [number.clone(), format!("/personer/{number}?x=1"), format!("{{\"a\":[\"{number}\",\"{number}\"]}}")]
        {
            let kept = redacted_text(&text);
            assert!(!kept.contains(&number) && kept.contains("[real-data-suspected "), "{kept}");
        }
    }

    #[test]
    fn synthetic_and_other_numbers_stay() {
        for text in ["22909195636", "123456789012", "0101", "", "a22909195636b"] {
            assert_eq!(redacted_text(text), text);
        }
        let longer = format!("9{}", real_looking());
        assert_eq!(redacted_text(&longer), longer);
    }
}
