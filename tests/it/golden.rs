//! Golden digests: the bytes of a town per preset size are fixed for a schema (`specs/population.md` §1).
//!
//! `BYTEBY_BLESS=1` writes the file anew; whoever does that raises the schema or says in the commit why no world exists yet.

use byteby::journal::{decode_columns, encode_columns};
use byteby::population::{PRESETS, Spec, column_digests, digest, generate};
use byteby::town::model::{Base, COLUMNS};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/golden.tsv");
const HEADING: &str =
    "# size\tcolumn\tSHA-256 of the default seed, date and profile; BYTEBY_BLESS=1 writes this file\n";

/// The columns of the smallest preset as they were: with them a difference has a row and a field.
const SMALLEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/golden.columns");

/// The first field of the first entity that is not as it was, in words.
fn first_difference(was: &Base, is: &Base) -> Option<String> {
    COLUMNS.iter().find_map(|column| {
        let bytes = |base: &Base| {
            let mut bytes = Vec::new();
            (column.put)(base, &mut bytes);
            bytes
        };
        let (one, other) = (bytes(was), bytes(is));
        let rows = one.chunks(column.width).zip(other.chunks(column.width));
        let row = rows.clone().position(|(one, other)| one != other);
        let row = row.or_else(|| (one.len() != other.len()).then(|| one.len().min(other.len()) / column.width))?;
        let entity = match column.table() {
            "personer" => is.personer.nummer.get(row).map_or_else(String::new, |nummer| format!(" (person {nummer})")),
            "virksomheter" => {
                is.virksomheter.get(row).map_or_else(String::new, |unit| format!(" (unit {})", unit.orgnr))
            }
            _ => String::new(),
        };
        let shown = |bytes: &[u8]| bytes.chunks(column.width).nth(row).map_or_else(|| "nothing".to_owned(), hex);
        Some(format!("`{}` row {row}{entity}: was {}, is {}", column.name, shown(&one), shown(&other)))
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One line per column and one for the whole.
fn lines(size: u32) -> Vec<String> {
    let base = generate(&Spec { size, ..Spec::default() }).expect("a preset can be made");
    assert_eq!(base.digest, digest(&base), "the digest in the base is that of its columns");
    let tables = column_digests(&base).into_iter().map(|(table, digest)| format!("{size}\t{table}\t{digest}"));
    tables.chain([format!("{size}\tall\t{}", base.digest)]).collect()
}

fn smallest() -> Base {
    generate(&Spec { size: PRESETS[0], ..Spec::default() }).expect("a preset can be made")
}

#[test]
fn a_difference_has_an_entity_and_a_field() {
    let (was, mut is) = (smallest(), smallest());
    assert_eq!(first_difference(&was, &is), None);
    is.personer.fastlege[7] = 3;
    let told = first_difference(&was, &is).expect("a difference");
    assert!(told.starts_with(&format!("`personer.fastlege` row 7 (person {})", is.personer.nummer[7])), "{told}");
    is.personer.rekkefoelge.pop();
    let told = first_difference(&was, &is).expect("a difference");
    assert!(told.starts_with("`personer.rekkefoelge` row ") && told.ends_with("is nothing"), "{told}");
}

#[test]
fn every_preset_has_its_golden_digest() {
    let actual: Vec<String> = PRESETS.into_iter().flat_map(lines).collect();
    if std::env::var_os("BYTEBY_BLESS").is_some() {
        std::fs::write(GOLDEN, format!("{HEADING}{}\n", actual.join("\n"))).expect("the file can be written");
        std::fs::write(SMALLEST, encode_columns(&smallest())).expect("the file can be written");
        return;
    }
    let golden = std::fs::read_to_string(GOLDEN).expect("the golden file is part of the repository");
    let expected: Vec<&str> = golden.lines().filter(|line| !line.starts_with('#')).collect();
    let was = std::fs::read(SMALLEST).expect("the golden columns are part of the repository");
    let was = decode_columns(&was).expect("columns of this format");
    for (actual, expected) in actual.iter().zip(&expected) {
        assert_eq!(
            actual,
            expected,
            "first difference in the smallest preset: {:?}",
            first_difference(&was, &smallest())
        );
    }
    assert_eq!(actual.len(), expected.len());
}
