//! Tables of people-facing words: a key and the same words in three languages.

use std::collections::BTreeMap;

/// Words by key, in Bokmål, Nynorsk and English.
pub type Words = BTreeMap<&'static str, [&'static str; 3]>;

/// Reads a table of tab-separated lines: key, Bokmål, Nynorsk, English. Empty lines, lines that begin with `#` and lines
/// with fewer cells are left out; the tests of each table see to it that nothing is missing.
#[must_use]
pub fn words(table: &'static str) -> Words {
    let rows = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let cells = rows.filter_map(|line| {
        let mut cells = line.split('\t');
        Some((cells.next()?, [cells.next()?, cells.next()?, cells.next()?]))
    });
    cells.collect()
}
