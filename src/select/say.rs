//! Sentences for people, in Bokmål and English, from one table (`DESIGN` §9: Bokmål is the default).

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The language of failures, reports and pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lang {
    /// Norwegian Bokmål.
    #[default]
    Nb,
    /// English.
    En,
}

impl Lang {
    /// The language written as `code`; Nynorsk readers get Bokmål until the table has a column for them.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "nb" | "nn" => Some(Self::Nb),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

/// One line per sentence: key, Bokmål and English, separated by tabs; `{0}` … are filled in.
const TABLE: &str = include_str!("sentences.tsv");

fn table() -> &'static BTreeMap<&'static str, [&'static str; 2]> {
    static ROWS: OnceLock<BTreeMap<&'static str, [&'static str; 2]>> = OnceLock::new();
    ROWS.get_or_init(|| {
        TABLE
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .filter_map(|line| {
                let mut cells = line.split('\t');
                Some((cells.next()?, [cells.next()?, cells.next()?]))
            })
            .collect()
    })
}

/// The sentence `key` in `lang` with `{0}`, `{1}` … replaced by `parts`. An unknown key is shown as it is; a test keeps
/// the table complete.
#[must_use]
pub fn say(lang: Lang, key: &str, parts: &[&str]) -> String {
    let Some(row) = table().get(key) else { return format!("[{key}] {}", parts.join(" ")) };
    let mut rest = row[usize::from(lang == Lang::En)];
    let mut out = String::with_capacity(rest.len() + 32);
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else { break };
        out.push_str(&rest[..open]);
        match rest[open + 1..open + close].parse::<usize>().ok().and_then(|index| parts.get(index)) {
            Some(part) => out.push_str(part),
            None => out.push_str(&rest[open..=open + close]),
        }
        rest = &rest[open + close + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_used_in_the_code_stands_in_the_table_and_every_row_is_used() {
        let mut folders: Vec<std::path::PathBuf> = ["select", "scenario", "report"]
            .iter()
            .map(|folder| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder))
            .collect();
        let mut text = String::new();
        while let Some(folder) = folders.pop() {
            for file in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if file.path().is_dir() {
                    folders.push(file.path());
                } else if file.path().extension().is_some_and(|end| end == "rs") {
                    text.push_str(&std::fs::read_to_string(file.path()).unwrap());
                }
            }
        }
        // Keys are the only string literals of the form `word.word-word`, with one of these heads.
        let mut used = std::collections::BTreeSet::new();
        for literal in text.split('"') {
            let head = literal.split('.').next().unwrap_or_default();
            if ["cel", "sel", "scn", "run", "rep"].contains(&head)
                && literal.len() > head.len() + 1
                && literal.chars().all(|letter| letter.is_ascii_lowercase() || "-._".contains(letter))
            {
                used.insert(literal.to_owned());
            }
        }
        assert!(used.len() > 20, "the search finds the keys: {used:?}");
        let known: std::collections::BTreeSet<String> = table().keys().map(|key| (*key).to_owned()).collect();
        let missing: Vec<_> = used.difference(&known).collect();
        let unused: Vec<_> = known.difference(&used).collect();
        assert!(missing.is_empty() && unused.is_empty(), "missing {missing:?}, unused {unused:?}");
    }

    #[test]
    fn parts_are_filled_in_and_braces_of_other_kinds_stay() {
        assert!(say(Lang::En, "cel.unknown-name", &["foo"]).contains("foo"));
        assert!(!table().values().flatten().any(|text| text.trim().is_empty()));
        for (key, [nb, en]) in table() {
            for index in 0..6 {
                let mark = format!("{{{index}}}");
                assert_eq!(nb.contains(&mark), en.contains(&mark), "{key}: {mark}");
            }
        }
    }
}
