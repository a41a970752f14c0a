//! The nearest right word for a wrong one.

/// Letters to put in, take out, change or swap to get from `a` to `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let width = b.len() + 1;
    let mut rows: Vec<usize> = vec![0; (a.len() + 1) * width];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            let at = i * width + j;
            rows[at] = if i == 0 || j == 0 {
                i + j
            } else {
                let same = usize::from(a[i - 1] != b[j - 1]);
                let mut best = (rows[at - width] + 1).min(rows[at - 1] + 1).min(rows[at - width - 1] + same);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(rows[at - 2 * width - 2] + 1);
                }
                best
            };
        }
    }
    rows[a.len() * width + b.len()]
}

/// Letters as people mix them up: case aside, `ø` as `oe`, `æ` as `ae`, `å` as `aa`.
fn plain(word: &str) -> String {
    word.to_lowercase().replace('ø', "oe").replace('æ', "ae").replace('å', "aa").replace('-', "_")
}

/// Longest word somebody may have meant another by, letters. Comparing costs the product of both lengths, and words come
/// from anybody.
const LONGEST: usize = 300;

/// The candidate nearest to `word`, when one is near enough to be meant; ties go to the first.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let wanted = plain(word);
    let length = wanted.chars().count();
    let limit = (length / 3).max(1);
    let begins = |candidate: &str| wanted.len() >= 4 && candidate.starts_with(&wanted);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = plain(candidate);
            // Words are at least as far apart as their lengths are.
            if other.chars().count().abs_diff(length) > limit && !begins(candidate) {
                return None;
            }
            let far = distance(&wanted, &other);
            (far <= limit || begins(candidate)).then_some((far, candidate))
        })
        .min_by_key(|(far, _)| *far)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_that_was_meant_is_found_and_a_stranger_is_not() {
        let words = ["bosatt", "kjoenn", "alder", "barn", "barnehage", "adressebeskyttelse"];
        for (wrong, right) in [
            ("kjønn", Some("kjoenn")),
            ("kjonn", Some("kjoenn")),
            ("aldr", Some("alder")),
            ("bosat", Some("bosatt")),
            ("Bosatt", Some("bosatt")),
            ("adresse_beskyttelse", Some("adressebeskyttelse")),
            ("banr", Some("barn")),
            ("adresse", Some("adressebeskyttelse")),
            ("lommebok", None),
            ("x", None),
        ] {
            assert_eq!(nearest(wrong, words), right, "{wrong}");
        }
    }

    /// Longer, every one of these pairs would be compared letter by letter.
    #[test]
    fn a_word_of_any_length_is_answered_and_only_words_of_like_length_are_compared() {
        let long = |length: usize| "a".repeat(length);
        let almost = format!("{}b", long(LONGEST - 1));
        assert_eq!(nearest(&long(LONGEST), [almost.as_str()]), Some(almost.as_str()));
        assert_eq!(nearest(&long(LONGEST + 1), [almost.as_str()]), None);
        let candidate = "b".repeat(10_000);
        assert_eq!(nearest(&long(LONGEST), std::iter::repeat_n(candidate.as_str(), 100)), None);
        assert_eq!(nearest(&long(1_000_000), ["a", "b"]), None);
    }
}
