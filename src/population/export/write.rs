//! Writing tables: which rows belong to a share, and CSV and NDJSON.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::super::{Parts, PopulationError};
use super::{Shown, Table, Value};
use crate::town::model::DayNo;

/// One of `of` shares of an export, counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
    /// Which.
    pub index: usize,
    /// Of how many.
    pub of: usize,
}

impl Share {
    /// All of it.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// The file of `table` in `dir`: with the share's number when there are several, so that their names sort.
    #[must_use]
    pub fn file(self, dir: &Path, table: &str, ending: &str) -> PathBuf {
        match self.of {
            1 => dir.join(format!("{table}.{ending}")),
            of => dir.join(format!("{table}-{:05}-of-{of:05}.{ending}", self.index + 1)),
        }
    }
}

/// The rows of a table of `rows` rows in part `part` of `parts` that belong to `share`: shares cut the row of all parts
/// into equal lengths, and the end of one is the beginning of the next.
#[must_use]
pub fn share(rows: usize, part: usize, parts: usize, share: Share) -> Range<usize> {
    let border = |index: usize| {
        let at = (index * parts).saturating_sub(part * share.of).min(share.of);
        rows * at / share.of
    };
    border(share.index)..border(share.index + 1)
}

/// Where rows go. A sink is made for a list of tables, and takes them in that order.
pub trait Sink {
    /// Takes the rows of one part of the population that may be shown, of each table those of its range; gives how many
    /// of each it took.
    ///
    /// # Errors
    /// What the file system says.
    fn take(&mut self, shown: &Shown<'_>, rows: &[Range<usize>]) -> io::Result<Vec<u64>>;

    /// Ends all files.
    ///
    /// # Errors
    /// What the file system says.
    fn finish(self) -> io::Result<()>;
}

/// Why an export stopped.
#[derive(Debug, thiserror::Error)]
pub enum ExportFault {
    /// The town cannot be made.
    #[error(transparent)]
    Population(#[from] PopulationError),
    /// A file cannot be written.
    #[error("cannot write the tables: {0}")]
    File(#[from] io::Error),
}

/// Writes `wanted` of `tables` of the population `parts` to `sink`, a part of it at a time, and gives the rows of each
/// table. `done` is told before the first part and after each how many of how many are written.
///
/// # Errors
/// [`ExportFault`].
pub fn write_share(
    parts: &Parts,
    wanted: Share,
    tables: &[&'static Table],
    mut sink: impl Sink,
    mut done: impl FnMut(usize, usize),
) -> Result<Vec<u64>, ExportFault> {
    let mut written = vec![0; tables.len()];
    let mine: Vec<usize> =
        (0..parts.count()).filter(|&part| !share(wanted.of, part, parts.count(), wanted).is_empty()).collect();
    done(0, mine.len());
    for (number, &part) in mine.iter().enumerate() {
        let base = parts.make(part)?;
        let shown = Shown::new(&base, part);
        let rows: Vec<Range<usize>> =
            tables.iter().map(|table| share((table.rows)(&base), part, parts.count(), wanted)).collect();
        let took = sink.take(&shown, &rows)?;
        written.iter_mut().zip(took).for_each(|(sum, rows)| *sum += rows);
        done(number + 1, mine.len());
    }
    sink.finish()?;
    Ok(written)
}

/// Forms of text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Comma-separated values with the names of the fields first (RFC 4180, lines end with a line feed).
    Csv,
    /// One JSON object a line.
    Ndjson,
}

impl Form {
    /// The ending of its files.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    fn line(self, table: &Table, shown: &Shown<'_>, row: usize, out: &mut Vec<u8>) {
        match self {
            Self::Csv => csv_line(table, shown, row, out),
            Self::Ndjson => json_line(table, shown, row, out),
        }
    }
}

/// A file for each table, as text.
pub struct TextFiles {
    form: Form,
    files: Vec<(&'static Table, BufWriter<File>)>,
}

/// Rows that one thread writes together.
const CHUNK: usize = 8_192;
/// Rows that are in memory as text at most.
const WINDOW: usize = 32 * CHUNK;

impl TextFiles {
    /// Begins the files of `share` in `dir`, one for each of `tables`. Only the first share names the fields, so that all
    /// shares one after the other are the whole.
    ///
    /// # Errors
    /// What the file system says.
    pub fn create(dir: &Path, share: Share, tables: &[&'static Table], form: Form) -> io::Result<Self> {
        let mut files = Vec::with_capacity(tables.len());
        for table in tables {
            let mut file = BufWriter::with_capacity(1 << 18, File::create(share.file(dir, table.name, form.ending()))?);
            if form == Form::Csv && share.index == 0 {
                let names: Vec<&str> = table.fields.iter().map(|field| field.name).collect();
                writeln!(file, "{}", names.join(","))?;
            }
            files.push((*table, file));
        }
        Ok(Self { form, files })
    }
}

impl Sink for TextFiles {
    fn take(&mut self, shown: &Shown<'_>, rows: &[Range<usize>]) -> io::Result<Vec<u64>> {
        let form = self.form;
        let mut took = Vec::with_capacity(self.files.len());
        for ((table, file), rows) in self.files.iter_mut().zip(rows) {
            let mut count = 0;
            for window in rows.clone().step_by(WINDOW) {
                let end = rows.end.min(window + WINDOW);
                let chunks: Vec<(Vec<u8>, u64)> = (window..end)
                    .into_par_iter()
                    .step_by(CHUNK)
                    .map(|from| {
                        let mut out = Vec::with_capacity(CHUNK * 64);
                        let kept = (from..end.min(from + CHUNK)).filter(|&row| (table.keep)(shown, row));
                        let count = kept.map(|row| form.line(table, shown, row, &mut out)).count();
                        (out, count as u64)
                    })
                    .collect();
                for (bytes, rows) in chunks {
                    file.write_all(&bytes)?;
                    count += rows;
                }
            }
            took.push(count);
        }
        Ok(took)
    }

    fn finish(self) -> io::Result<()> {
        self.files.into_iter().try_for_each(|(_, mut file)| file.flush())
    }
}

/// Appends `number` in decimal with at least `width` digits.
fn digits(number: u32, width: usize, out: &mut Vec<u8>) {
    let text = number.to_string();
    out.extend(std::iter::repeat_n(b'0', width.saturating_sub(text.len())));
    out.extend_from_slice(text.as_bytes());
}

/// Appends a date as the registers write it.
fn iso_date(day: DayNo, out: &mut Vec<u8>) {
    let (year, month, of_month) = super::super::calendar::civil(day);
    digits(u32::try_from(year).unwrap_or(0), 4, out);
    out.push(b'-');
    digits(u32::from(month), 2, out);
    out.push(b'-');
    digits(u32::from(of_month), 2, out);
}

fn csv_line(table: &Table, shown: &Shown<'_>, row: usize, out: &mut Vec<u8>) {
    for (place, field) in table.fields.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        match (field.value)(shown, row) {
            Value::None => {}
            Value::Int(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Value::Date(day) => iso_date(day, out),
            Value::Bool(yes) => out.extend_from_slice(if yes { b"true" } else { b"false" }),
            Value::Text(text) if text.contains([',', '"', '\n', '\r']) => {
                out.push(b'"');
                out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
                out.push(b'"');
            }
            Value::Text(text) => out.extend_from_slice(text.as_bytes()),
        }
    }
    out.push(b'\n');
}

/// A line of NDJSON; fields without a value are left out.
fn json_line(table: &Table, shown: &Shown<'_>, row: usize, out: &mut Vec<u8>) {
    let mut next = b'{';
    for field in table.fields {
        let value = (field.value)(shown, row);
        if value == Value::None {
            continue;
        }
        out.push(next);
        next = b',';
        out.push(b'"');
        out.extend_from_slice(field.name.as_bytes());
        out.extend_from_slice(b"\":");
        match value {
            Value::None => {}
            Value::Int(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Value::Bool(yes) => out.extend_from_slice(if yes { b"true" } else { b"false" }),
            Value::Date(day) => {
                out.push(b'"');
                iso_date(day, out);
                out.push(b'"');
            }
            Value::Text(text) => serde_json::to_writer(&mut *out, text.as_ref()).expect("memory takes every byte"),
        }
    }
    if next == b'{' {
        out.push(b'{');
    }
    out.extend_from_slice(b"}\n");
}
