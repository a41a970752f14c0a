//! The tables of a population as Parquet: one file each, written a group of rows at a time, with typed columns. The same
//! rows give the same bytes; nothing in a file says when or where it was written.

use std::fs::File;
use std::io::{self, BufWriter};
use std::ops::Range;
use std::path::Path;

use polars::prelude::{
    BatchedWriter, BooleanChunkedBuilder, ChunkedBuilder, Column, DataFrame, DataType, Int32Type, Int64Type,
    IntoColumn, ParquetCompression, ParquetWriter, PolarsError, PolarsResult, PrimitiveChunkedBuilder, Schema,
    StringChunkedBuilder,
};
use rayon::prelude::*;

use crate::population::export::{Field, Kind, Share, Shown, Sink, Table, Value};

/// Rows of a group: how much of a table is in memory at once, and what a reader skips by.
const GROUP: usize = 131_072;

/// A Parquet file for each table.
pub struct ParquetFiles(Vec<TableFile>);

struct TableFile {
    table: &'static Table,
    writer: BatchedWriter<BufWriter<File>>,
}

fn type_of(kind: Kind) -> DataType {
    match kind {
        Kind::Int => DataType::Int64,
        Kind::Text => DataType::String,
        Kind::Date => DataType::Date,
        Kind::Bool => DataType::Boolean,
    }
}

fn as_io(error: PolarsError) -> io::Error {
    io::Error::other(error)
}

impl ParquetFiles {
    /// Begins the files of `share` in `dir`, one for each of `tables`.
    ///
    /// # Errors
    /// What the file system says.
    pub fn create(dir: &Path, share: Share, tables: &[&'static Table]) -> io::Result<Self> {
        let file = |table: &&'static Table| {
            let file = BufWriter::with_capacity(1 << 18, File::create(share.file(dir, table.name, "parquet"))?);
            let fields = table.fields.iter().map(|field| (field.name.into(), type_of(field.kind)));
            let schema: Schema = fields.map(|(name, kind)| polars::prelude::Field::new(name, kind)).collect();
            let writer = ParquetWriter::new(file).with_compression(ParquetCompression::Snappy).batched(&schema);
            Ok(TableFile { table, writer: writer.map_err(as_io)? })
        };
        tables.iter().map(file).collect::<io::Result<_>>().map(Self)
    }
}

impl Sink for ParquetFiles {
    fn take(&mut self, shown: &Shown<'_>, rows: &[Range<usize>]) -> io::Result<Vec<u64>> {
        let files = self.0.par_iter_mut().zip(rows);
        files.map(|(file, rows)| file.take(shown, rows.clone()).map_err(as_io)).collect()
    }

    fn finish(self) -> io::Result<()> {
        self.0.into_iter().try_for_each(|file| file.writer.finish().map(|_| ()).map_err(as_io))
    }
}

impl TableFile {
    fn take(&mut self, shown: &Shown<'_>, rows: Range<usize>) -> PolarsResult<u64> {
        let mut count = 0;
        for from in rows.clone().step_by(GROUP) {
            let kept: Vec<usize> =
                (from..rows.end.min(from + GROUP)).filter(|&row| (self.table.keep)(shown, row)).collect();
            if kept.is_empty() {
                continue;
            }
            let columns: Vec<Column> =
                self.table.fields.par_iter().map(|field| column(field, shown, &kept)).collect::<PolarsResult<_>>()?;
            self.writer.write_batch(&DataFrame::new(kept.len(), columns)?)?;
            count += kept.len() as u64;
        }
        Ok(count)
    }
}

/// The values of `field` in `rows`. A value of another type than the field's is no value; a test reads every table.
fn column(field: &Field, shown: &Shown<'_>, rows: &[usize]) -> PolarsResult<Column> {
    let values = rows.iter().map(|&row| (field.value)(shown, row));
    let name = field.name.into();
    Ok(match field.kind {
        Kind::Text => {
            let mut column = StringChunkedBuilder::new(name, rows.len());
            for value in values {
                match value {
                    Value::Text(text) => column.append_value(text),
                    _ => column.append_null(),
                }
            }
            column.finish().into_column()
        }
        Kind::Int => {
            let mut column = PrimitiveChunkedBuilder::<Int64Type>::new(name, rows.len());
            for value in values {
                column.append_option(if let Value::Int(number) = value { Some(number) } else { None });
            }
            column.finish().into_column()
        }
        Kind::Date => {
            let mut column = PrimitiveChunkedBuilder::<Int32Type>::new(name, rows.len());
            for value in values {
                column.append_option(if let Value::Date(day) = value { Some(day.0) } else { None });
            }
            column.finish().into_column().cast(&DataType::Date)?
        }
        Kind::Bool => {
            let mut column = BooleanChunkedBuilder::new(name, rows.len());
            for value in values {
                column.append_option(if let Value::Bool(yes) = value { Some(yes) } else { None });
            }
            column.finish().into_column()
        }
    })
}

#[cfg(test)]
mod tests {
    use polars::prelude::{ParquetReader, SerReader};

    use super::*;
    use crate::population::export::{TABLES, write_share};
    use crate::population::{Parts, Spec};

    fn written(dir: &Path, of: usize) -> Vec<u64> {
        let parts = Parts::plan(&Spec { size: 1_500, ..Spec::default() }).unwrap();
        let tables: Vec<&'static Table> = TABLES.iter().collect();
        let mut sums = vec![0; tables.len()];
        for index in 0..of {
            let share = Share { index, of };
            let files = ParquetFiles::create(dir, share, &tables).unwrap();
            let rows = write_share(&parts, share, &tables, files, |_, _| {}).unwrap();
            sums.iter_mut().zip(rows).for_each(|(sum, rows)| *sum += rows);
        }
        sums
    }

    #[test]
    fn every_table_is_read_back_value_by_value_and_twice_the_same() {
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let rows = written(dirs[0].path(), 1);
        assert_eq!(written(dirs[1].path(), 1), rows);
        let base = Parts::plan(&Spec { size: 1_500, ..Spec::default() }).unwrap().make(0).unwrap();
        let shown = Shown::new(&base, 0);
        for (table, rows) in TABLES.iter().zip(rows) {
            let [one, two] = [0, 1].map(|dir: usize| Share::WHOLE.file(dirs[dir].path(), table.name, "parquet"));
            assert!(std::fs::read(&one).unwrap() == std::fs::read(two).unwrap(), "{} differs", table.name);
            let frame = ParquetReader::new(File::open(one).unwrap()).finish().unwrap();
            assert_eq!(frame.height() as u64, rows, "{}", table.name);
            let kept: Vec<usize> = (0..(table.rows)(&base)).filter(|&row| (table.keep)(&shown, row)).collect();
            for field in table.fields {
                let read = frame.column(field.name).unwrap();
                assert_eq!(*read.dtype(), type_of(field.kind), "{}.{}", table.name, field.name);
                let days = (field.kind == Kind::Date).then(|| read.cast(&DataType::Int32).unwrap());
                for (place, &row) in kept.iter().enumerate() {
                    let value = match (field.kind, (field.value)(&shown, row)) {
                        (_, Value::None) => None,
                        (Kind::Text, Value::Text(text)) => Some(text.into_owned()),
                        (Kind::Int, Value::Int(number)) => Some(number.to_string()),
                        (Kind::Date, Value::Date(day)) => Some(day.0.to_string()),
                        (Kind::Bool, Value::Bool(yes)) => Some(yes.to_string()),
                        (kind, value) => panic!("{}.{} is {kind:?}, not {value:?}", table.name, field.name),
                    };
                    let read = match field.kind {
                        Kind::Text => read.str().unwrap().get(place).map(str::to_owned),
                        Kind::Int => read.i64().unwrap().get(place).map(|number| number.to_string()),
                        Kind::Date => days.as_ref().unwrap().i32().unwrap().get(place).map(|day| day.to_string()),
                        Kind::Bool => read.bool().unwrap().get(place).map(|yes| yes.to_string()),
                    };
                    assert_eq!(read, value, "{}.{} row {row}", table.name, field.name);
                }
            }
        }
    }

    #[test]
    fn shares_hold_the_rows_of_the_whole() {
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        assert_eq!(written(dirs[0].path(), 1), written(dirs[1].path(), 7));
    }
}
