//! Digests of the columns, one each and one for all, in the order of their list.

use rayon::prelude::*;

use super::{Parts, PopulationError};
use crate::base::{Digest, keyed_hash};
use crate::town::model::{Base, COLUMNS, Column};

/// The digest of a column: its name, how many values it has, and their bytes.
fn of_column(base: &Base, column: &Column) -> Digest {
    let mut bytes = Vec::new();
    (column.put)(base, &mut bytes);
    let rows = ((column.rows)(base) as u64).to_be_bytes();
    keyed_hash("population/column", &[column.name.as_bytes(), &rows, &bytes])
}

fn of_kommune(base: &Base) -> Digest {
    let number = base.kommune.nummer.0.to_be_bytes();
    let unit = base.kommune.orgnr.to_string();
    keyed_hash("population/kommune", &[&number, base.kommune.navn.as_bytes(), unit.as_bytes()])
}

fn of_texts(base: &Base) -> Digest {
    let lengths: Vec<u8> =
        base.tekst.iter().flat_map(|text| u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes()).collect();
    let bytes: String = base.tekst.iter().collect();
    keyed_hash("population/tekst", &[&lengths, bytes.as_bytes()])
}

/// The digest of the municipality, of all text and of each column that has rows, in the order they go into [`digest`].
/// Columns without rows are left out, so that a table added later leaves the towns without it as they were.
#[must_use]
pub fn column_digests(base: &Base) -> Vec<(&'static str, Digest)> {
    let columns: Vec<_> = COLUMNS
        .par_iter()
        .filter(|column| (column.rows)(base) > 0)
        .map(|column| (column.name, of_column(base, column)))
        .collect();
    [("kommune", of_kommune(base)), ("tekst", of_texts(base))].into_iter().chain(columns).collect()
}

/// SHA-256 over the digests of all columns: equal exactly when every column is.
#[must_use]
pub fn digest(base: &Base) -> Digest {
    let columns = column_digests(base);
    let parts: Vec<&[u8]> = columns.iter().flat_map(|(name, digest)| [name.as_bytes(), digest.0.as_slice()]).collect();
    keyed_hash("population/base", &parts)
}

/// The digests of all parts of a population in their order. `done` is told after each how many of how many are made.
///
/// # Errors
/// [`PopulationError`] when a part cannot be made.
pub fn part_digests(parts: &Parts, mut done: impl FnMut(usize, usize)) -> Result<Vec<Digest>, PopulationError> {
    let digest = |part: usize| {
        let digest = parts.make(part)?.digest;
        done(part + 1, parts.count());
        Ok(digest)
    };
    (0..parts.count()).map(digest).collect()
}

/// SHA-256 over the digests of the parts of a population made in parts.
#[must_use]
pub fn digest_of_parts(parts: &[Digest]) -> Digest {
    let parts: Vec<&[u8]> = parts.iter().map(|digest| digest.0.as_slice()).collect();
    keyed_hash("population/parts", &parts)
}
