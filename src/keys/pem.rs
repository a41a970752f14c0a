//! PEM armour: finding a block by its label.

use super::base64url::decode_std;

/// The DER bytes of the first block called `label` in `text`; text outside the armour is ignored.
pub(super) fn block(text: &str, label: &str) -> Option<Vec<u8>> {
    let begin = format!("-----BEGIN {label}-----");
    let end = format!("-----END {label}-----");
    let from = text.find(&begin)? + begin.len();
    let to = from + text[from..].find(&end)?;
    let body: String = text[from..to].chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    decode_std(&body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_found_by_its_label_among_other_text() {
        let text = "words\n-----BEGIN A-----\nAQ\n ID\n-----END A-----\n-----BEGIN B-----\nBA==\n-----END B-----\n";
        assert_eq!(block(text, "A"), Some(vec![1, 2, 3]));
        assert_eq!(block(text, "B"), Some(vec![4]));
        assert_eq!(block(text, "C"), None);
        assert_eq!(block("-----BEGIN A-----\nAQID", "A"), None, "an open block is no block");
    }
}
