//! Golden digests: the bytes of a town per preset size are fixed for a schema (`specs/population.md` §1).
//!
//! `BYTEBY_BLESS=1` writes the file anew; whoever does that raises the schema or says in the commit why no world exists yet.

use byteby::population::{PRESETS, Spec, column_digests, digest, generate};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/golden.tsv");
const HEADING: &str = "# size\ttable\tSHA-256 of the default seed, date and profile; BYTEBY_BLESS=1 writes this file\n";

/// One line per table and one for the whole.
fn lines(size: u32) -> Vec<String> {
    let base = generate(&Spec { size, ..Spec::default() }).expect("a preset can be made");
    assert_eq!(base.digest, digest(&base), "the digest in the base is that of its columns");
    let tables = column_digests(&base).into_iter().map(|(table, digest)| format!("{size}\t{table}\t{digest}"));
    tables.chain([format!("{size}\tall\t{}", base.digest)]).collect()
}

#[test]
fn every_preset_has_its_golden_digest() {
    let actual: Vec<String> = PRESETS.into_iter().flat_map(lines).collect();
    if std::env::var_os("BYTEBY_BLESS").is_some() {
        std::fs::write(GOLDEN, format!("{HEADING}{}\n", actual.join("\n"))).expect("the file can be written");
        return;
    }
    let golden = std::fs::read_to_string(GOLDEN).expect("the golden file is part of the repository");
    let expected: Vec<&str> = golden.lines().filter(|line| !line.starts_with('#')).collect();
    for (actual, expected) in actual.iter().zip(&expected) {
        assert_eq!(actual, expected, "first table that differs");
    }
    assert_eq!(actual.len(), expected.len());
}
