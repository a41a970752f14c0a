//! Writing tables: which rows belong to a share, and CSV and NDJSON.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::super::{Parts, PopulationError};
use super::{Shown, TABLES, Table, Value};
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

/// Where rows go.
pub trait Sink {
    /// Takes the rows of `rows` that may be shown of `table`, which stands at `place` of [`TABLES`]; gives how many.
    ///
    /// # Errors
    /// What the file system says.
    fn take(&mut self, place: usize, table: &Table, shown: &Shown<'_>, rows: Range<usize>) -> io::Result<u64>;

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

/// Writes `wanted` of the population `parts` to `sink`, a part of it at a time, and gives the rows of each table.
/// `done` is told after each part how many of how many are written.
///
/// # Errors
/// [`ExportFault`].
pub fn write_share(
    parts: &Parts,
    wanted: Share,
    mut sink: impl Sink,
    mut done: impl FnMut(usize, usize),
) -> Result<Vec<u64>, ExportFault> {
    let mut written = vec![0; TABLES.len()];
    let mine: Vec<usize> =
        (0..parts.count()).filter(|&part| !share(wanted.of, part, parts.count(), wanted).is_empty()).collect();
    for (number, &part) in mine.iter().enumerate() {
        let base = parts.make(part)?;
        let shown = Shown::new(&base, part);
        for (place, table) in TABLES.iter().enumerate() {
            let rows = share((table.rows)(&base), part, parts.count(), wanted);
            written[place] += sink.take(place, table, &shown, rows)?;
        }
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

/// A file for each table, as text.
pub struct TextFiles {
    form: Form,
    files: Vec<BufWriter<File>>,
}

/// Rows that are written together.
const CHUNK: usize = 8_192;

impl TextFiles {
    /// Begins the files of `share` in `dir`, one per table. Only the first share names the fields, so that all shares one
    /// after the other are the whole.
    ///
    /// # Errors
    /// What the file system says.
    pub fn create(dir: &Path, share: Share, form: Form) -> io::Result<Self> {
        let ending = match form {
            Form::Csv => "csv",
            Form::Ndjson => "ndjson",
        };
        let mut files = Vec::with_capacity(TABLES.len());
        for table in TABLES {
            let mut file = BufWriter::with_capacity(1 << 18, File::create(share.file(dir, table.name, ending))?);
            if form == Form::Csv && share.index == 0 {
                let names: Vec<&str> = table.fields.iter().map(|field| field.name).collect();
                writeln!(file, "{}", names.join(","))?;
            }
            files.push(file);
        }
        Ok(Self { form, files })
    }
}

impl Sink for TextFiles {
    fn take(&mut self, place: usize, table: &Table, shown: &Shown<'_>, rows: Range<usize>) -> io::Result<u64> {
        let form = self.form;
        let chunks: Vec<(Vec<u8>, u64)> = (rows.start..rows.end)
            .into_par_iter()
            .step_by(CHUNK)
            .map(|from| {
                let mut out = Vec::with_capacity(CHUNK * 64);
                let mut count = 0;
                for row in (from..rows.end.min(from + CHUNK)).filter(|&row| (table.keep)(shown, row)) {
                    match form {
                        Form::Csv => csv_line(table, shown, row, &mut out),
                        Form::Ndjson => json_line(table, shown, row, &mut out),
                    }
                    count += 1;
                }
                (out, count)
            })
            .collect();
        let file = &mut self.files[place];
        chunks.iter().try_for_each(|(bytes, _)| file.write_all(bytes))?;
        Ok(chunks.iter().map(|(_, count)| count).sum())
    }

    fn finish(self) -> io::Result<()> {
        self.files.into_iter().try_for_each(|mut file| file.flush())
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
