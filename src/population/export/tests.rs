//! Exports: shares are the whole, and nothing says where a strictly confidential person lives.

use std::collections::BTreeSet;
use std::path::Path;

use super::write::{Sink, TextFiles};
use super::*;
use crate::base::Seed;
use crate::population::{Parts, Spec};
use crate::town::model::{Gradering, PersonId};

fn parts(size: u32, seed: u64) -> Parts {
    Parts::plan(&Spec { size, seed: Seed(seed), ..Spec::default() }).unwrap()
}

fn all() -> Vec<&'static Table> {
    TABLES.iter().collect()
}

fn written(parts: &Parts, of: usize, form: Form, dir: &Path) -> Vec<Vec<u8>> {
    // In no order: none needs another. The step has no factor in common with 7 and 64.
    for index in (0..of).map(|turn| (turn * 37 + 5) % of) {
        let share = Share { index, of };
        let files = TextFiles::create(dir, share, &all(), form).unwrap();
        write_share(parts, share, &all(), files, |_, _| {}).unwrap();
    }
    let file = |table: &Table, index| std::fs::read(Share { index, of }.file(dir, table.name, form.ending())).unwrap();
    TABLES.iter().map(|table| (0..of).flat_map(|index| file(table, index)).collect()).collect()
}

#[test]
fn shares_one_after_the_other_are_the_whole() {
    for (seed, forms) in [(9, &[Form::Csv, Form::Ndjson][..]), (0, &[Form::Ndjson]), (u64::MAX, &[Form::Csv])] {
        let dir = tempfile::tempdir().unwrap();
        let parts = parts(1_500, seed);
        for &form in forms {
            let whole = written(&parts, 1, form, dir.path());
            assert!(whole[0].len() > 100_000, "{} bytes of people", whole[0].len());
            for of in [7, 64] {
                let shared = written(&parts, of, form, dir.path());
                for (table, (one, other)) in TABLES.iter().zip(whole.iter().zip(&shared)) {
                    assert!(one == other, "{} of seed {seed} in {of} shares differs", table.name);
                }
            }
        }
    }
}

#[test]
fn every_row_of_every_part_is_in_one_share() {
    for (rows, count, of) in [(0, 1, 3), (10, 1, 64), (1_000, 9, 7), (77, 45, 64), (5, 3, 2)] {
        for part in 0..count {
            let mut next = 0;
            for index in 0..of {
                let range = share(rows, part, count, Share { index, of });
                assert_eq!(range.start, next, "{rows} {part} of {count}, {index} of {of}");
                next = range.end;
            }
            assert_eq!(next, rows);
        }
    }
}

#[test]
fn values_with_commas_quotes_and_lines_are_written_as_csv_and_json_want_them() {
    static TABLE: Table = Table {
        name: "proeve",
        row: "a row",
        rows: |_| 1,
        keep: every_row,
        fields: fields! {
            "tekst": Text = |_, _| Value::Text("a \"b\", c\nd".into());
            "ingen": Text = |_, _| Value::None;
            "dato": Date = |_, _| Value::Date(DayNo(0));
            "tall": Int = |_, _| Value::Int(-3);
            "ja": Bool = |_, _| Value::Bool(true);
        },
    };
    let base = parts(1_500, 1).make(0).unwrap();
    let dir = tempfile::tempdir().unwrap();
    for (form, name, wanted) in [
        (Form::Csv, "proeve.csv", "\"a \"\"b\"\", c\nd\",,1970-01-01,-3,true\n"),
        (
            Form::Ndjson,
            "proeve.ndjson",
            "{\"tekst\":\"a \\\"b\\\", c\\nd\",\"dato\":\"1970-01-01\",\"tall\":-3,\"ja\":true}\n",
        ),
    ] {
        let mut files = TextFiles::create(dir.path(), Share { index: 1, of: 1 }, &[&TABLE], form).unwrap();
        assert_eq!(files.take(&Shown::new(&base, 0), std::slice::from_ref(&(0..1))).unwrap(), [1]);
        files.finish().unwrap();
        assert_eq!(std::fs::read_to_string(dir.path().join(name)).unwrap(), wanted);
    }
}

/// Looks through every table for what would lead to a strictly confidential home: the dwelling on a row that names the
/// person, a member of the family or a household, and any address, plot, place or former home on such a row.
#[test]
fn no_table_says_where_a_strictly_confidential_person_lives() {
    for seed in 1..6 {
        let base = parts(1_500, seed).make(0).unwrap();
        let shown = Shown::new(&base, 0);
        let strict: Vec<PersonId> = base
            .beskyttelser
            .iter()
            .filter(|row| row.gradering == Gradering::StrengtFortrolig)
            .map(|row| row.person)
            .collect();
        assert!(strict.len() >= 2);
        let numbers: BTreeSet<String> =
            strict.iter().map(|person| base.personer.nummer[person.index()].to_string()).collect();
        let households: BTreeSet<i64> =
            strict.iter().map(|person| i64::from(base.personer.husstand[person.index()].0)).collect();
        let homes: BTreeSet<i64> = strict
            .iter()
            .flat_map(|person| base.bosteder_of(*person))
            .filter_map(|spell| base.bosteder[spell.index()].bolig.some())
            .map(|bolig| i64::from(bolig.0))
            .collect();
        assert!(!homes.is_empty());
        for table in TABLES {
            for row in (0..(table.rows)(&base)).filter(|&row| (table.keep)(&shown, row)) {
                let values: Vec<(&str, Value<'_>)> =
                    table.fields.iter().map(|field| (field.name, (field.value)(&shown, row))).collect();
                let names_one = values.iter().any(|(name, value)| match value {
                    Value::Text(text) => numbers.contains(text.as_ref()),
                    Value::Int(id) => *name == "husstand" && households.contains(id),
                    _ => false,
                });
                if !names_one {
                    continue;
                }
                for (name, value) in values {
                    let place = ["bolig", "bygning", "eiendom", "adressenavn", "husnummer", "postnummer", "poststed"]
                        .into_iter()
                        .chain(["kommunenummer", "grunnkrets", "oest", "nord"])
                        .any(|place| place == name);
                    // A relative with a home of their own may be named beside it; it is not the strict person's.
                    let own = table.name == "personer" && !matches!(&row, row if strict.contains(&PersonId::at(*row)));
                    let leaks = match value {
                        Value::Int(id) if name == "bolig" => homes.contains(&id) && !own,
                        Value::None => false,
                        _ => place && !own,
                    };
                    assert!(!leaks, "seed {seed}: `{}` row {row} shows `{name}`", table.name);
                }
            }
        }
    }
}
