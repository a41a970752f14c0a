//! The catalogue of errors: one table for problem documents, pages, command line and scenarios
//! (`specs/experience.md` §21).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Lang;

const TABLE: &str = include_str!("errors.tsv");

/// What stands in the catalogue about one code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// `BB` and four digits.
    pub code: &'static str,
    /// Status in the admin API; none for codes that only the command line and scenarios use.
    pub status: Option<u16>,
    titles: [&'static str; 3],
    advice: [&'static str; 3],
}

impl Entry {
    /// What happened, in `lang`.
    #[must_use]
    pub fn title(&self, lang: Lang) -> &'static str {
        self.titles[lang as usize]
    }

    /// One thing to do about it, in `lang`.
    #[must_use]
    pub fn advice(&self, lang: Lang) -> &'static str {
        self.advice[lang as usize]
    }
}

fn entry(line: &'static str) -> Option<Entry> {
    let cells: Vec<&'static str> = line.split('\t').collect();
    let [code, status, nb, nn, en, do_nb, do_nn, do_en] = cells[..] else { return None };
    Some(Entry { code, status: status.parse().ok(), titles: [nb, nn, en], advice: [do_nb, do_nn, do_en] })
}

/// All entries, by code.
pub fn entries() -> &'static BTreeMap<&'static str, Entry> {
    static ENTRIES: LazyLock<BTreeMap<&'static str, Entry>> = LazyLock::new(|| {
        let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.filter_map(entry).map(|entry| (entry.code, entry)).collect()
    });
    &ENTRIES
}

/// The entry of `code`.
///
/// # Panics
/// When the catalogue lacks it: a test looks up every code of the sources.
#[must_use]
pub fn about(code: &str) -> &'static Entry {
    entries().get(code).unwrap_or_else(|| panic!("errors.tsv has no `{code}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_an_entry_with_all_its_cells() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        let mut codes = Vec::new();
        for line in lines {
            let entry = entry(line).unwrap_or_else(|| panic!("eight cells: {line}"));
            assert!(line.split('\t').all(|cell| !cell.trim().is_empty()), "an empty cell: {line}");
            assert!(entry.status.is_none_or(|status| (400..600).contains(&status)), "{line}");
            codes.push(entry.code);
        }
        assert!(codes.is_sorted_by(|a, b| a < b), "in order and each once: {codes:?}");
    }
}
