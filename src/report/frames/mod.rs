//! Frames: the one place with polars, behind the feature `analyse`.
//!
//! A frame holds what a list of citizens holds (`byteby people`), typed: no address stands in it. The tables of a whole
//! population are written by [`ParquetFiles`].

mod tables;

pub use tables::ParquetFiles;

use std::fs::File;
use std::path::Path;

use polars::prelude::{Column, DataFrame, DataType, ParquetWriter, PolarsError, PolarsResult};

use crate::town::model::{DayNo, Merke};
use crate::town::state::Person;

/// Why a frame cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum FrameFault {
    /// The file cannot be made.
    #[error("cannot write `{path}`: {source}")]
    File {
        /// The file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The frame cannot be made or encoded.
    #[error("cannot write the frame: {0}")]
    Frame(#[from] PolarsError),
}

/// Writes `people`, in their order, as a Parquet file at `path`. The same people give the same bytes.
///
/// # Errors
/// When the file cannot be written.
pub fn people_parquet(people: &[Person<'_>], path: &Path) -> Result<(), FrameFault> {
    let mut frame = people_frame(people)?;
    let file = File::create(path);
    let file = file.map_err(|source| FrameFault::File { path: path.display().to_string(), source })?;
    ParquetWriter::new(file).finish(&mut frame)?;
    Ok(())
}

/// One row per person: the columns of `byteby people`, and the date of birth as a date.
fn people_frame(people: &[Person<'_>]) -> PolarsResult<DataFrame> {
    let text = |name: &str, of: &dyn Fn(&Person<'_>) -> String| {
        Column::new(name.into(), people.iter().map(of).collect::<Vec<String>>())
    };
    let days: Vec<i32> = people.iter().map(|person| DayNo::of(person.foedselsdato()).0).collect();
    DataFrame::new(
        people.len(),
        vec![
            text("id", &|person| person.nummer().to_string()),
            text("navn", &|person| person.navn().full()),
            Column::new("foedselsdato".into(), days).cast(&DataType::Date)?,
            Column::new("alder".into(), people.iter().map(Person::alder).collect::<Vec<i32>>()),
            text("kjoenn", &|person| person.kjoenn().code().to_owned()),
            text("status", &|person| person.status().code().to_owned()),
            text("sivilstand", &|person| person.sivilstand().0.code().to_owned()),
            text("adressebeskyttelse", &|person| person.gradering().code().to_owned()),
            text("merker", &|person| person.merker().into_iter().map(Merke::code).collect::<Vec<_>>().join(" ")),
        ],
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use polars::prelude::{ParquetReader, SerReader};

    use super::*;
    use crate::population::{Spec, generate};
    use crate::town::Town;

    #[test]
    fn what_is_written_is_read_back_row_by_row_and_twice_the_same() {
        let base = generate(&Spec { size: 1500, ..Spec::default() }).unwrap();
        let town = Town::new(Arc::new(base));
        let people: Vec<Person<'_>> = town.people().filter(Person::is_bosatt).collect();
        let place = tempfile::tempdir().unwrap();
        let files = [place.path().join("one.parquet"), place.path().join("two.parquet")];
        for file in &files {
            people_parquet(&people, file).unwrap();
        }
        assert_eq!(std::fs::read(&files[0]).unwrap(), std::fs::read(&files[1]).unwrap());
        let frame = ParquetReader::new(File::open(&files[0]).unwrap()).finish().unwrap();
        assert_eq!(frame.shape(), (people.len(), 9));
        assert_eq!(frame.column("foedselsdato").unwrap().dtype(), &DataType::Date);
        let ids = frame.column("id").unwrap().str().unwrap();
        let ages = frame.column("alder").unwrap().i32().unwrap();
        for (row, person) in people.iter().enumerate() {
            assert_eq!(ids.get(row), Some(person.nummer().to_string().as_str()));
            assert_eq!(ages.get(row), Some(person.alder()));
        }
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let fault = people_parquet(&[], Path::new("/nowhere/at/all.parquet")).unwrap_err();
        assert!(fault.to_string().starts_with("cannot write `/nowhere/at/all.parquet`: "), "{fault}");
    }
}
