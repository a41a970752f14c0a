//! The columns of a base as a file: what a world was made from, so that a newer generator never changes an old world
//! (`DESIGN` §2 rule 2).
//!
//! ```text
//! "BBYC" · format · digest of the columns · deflated content · SHA-256 of all before it
//! content: header of the base · text · municipality · number of stretches · one stretch per column that has rows
//! stretch: name of the column · bytes of a value · count · first bytes of all values · second bytes of all values · …
//! ```
//! Values have a fixed width. Their bytes are sorted by place, so that equal high bytes stand together and deflate finds
//! them. What follows from other columns (children, order by number) is made again. Numbers are big-endian.
//!
//! A file may come from a stranger: nothing is believed, least of all a length.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::Digest;
use super::columns_check::check;
use crate::base::{Foedselsnummer, Kommunenummer, Orgnummer, TextTable, sha256};
use crate::population;
use crate::town::model::{Base, BaseHeader, COLUMNS, Column, Kommune, PersonId};

/// Version of the encoding of columns. Which columns there are is not part of it: each stretch says its name.
pub const COLUMNS_FORMAT: u8 = 2;
const MAGIC: &[u8; 4] = b"BBYC";
/// Bytes before the deflated content.
const HEAD: usize = 4 + 1 + 32;
/// Bytes behind it.
const TAIL: usize = 32;
/// Most bytes of content: five times what the largest served town (a million people) takes.
const MOST: u64 = 1 << 30;
/// Most bytes of content per byte of file. Columns reach about four; a bomb reaches a thousand.
const MOST_PER_BYTE: u64 = 64;

/// Why bytes are not the columns of a base.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ColumnFault {
    /// Not a file of columns at all, or without its end.
    #[error("it is no whole file of columns")]
    Cut,
    /// Written by another version.
    #[error("it has format {0}, this program reads format {COLUMNS_FORMAT}")]
    Foreign(u8),
    /// The bytes have changed since they were written.
    #[error("its checksum does not fit")]
    Checksum,
    /// Whole, but its content is none a town can stand on.
    #[error("its content is wrong: {0}")]
    Content(String),
}

fn wrong(what: impl Into<String>) -> ColumnFault {
    ColumnFault::Content(what.into())
}

/// The file of `base`.
///
/// # Panics
/// Never: memory takes every byte.
#[must_use]
pub fn encode_columns(base: &Base) -> Vec<u8> {
    let mut out = Vec::with_capacity(base.person_count() * 64);
    out.extend_from_slice(MAGIC);
    out.push(COLUMNS_FORMAT);
    out.extend_from_slice(&base.digest.0);
    // The fastest level: the planes do most of the work, and a start should not wait for the rest.
    let mut content = Writer(DeflateEncoder::new(out, Compression::fast()));
    content.base(base);
    let mut out = content.0.finish().expect("memory takes every byte");
    let check = sha256(&[&out]);
    out.extend_from_slice(&check.0);
    out
}

/// The digest a file of columns says it has, when it is a file of columns.
#[must_use]
pub fn digest_of_columns(file: &[u8]) -> Option<Digest> {
    let digest = file.get(HEAD - 32..HEAD)?;
    (file.starts_with(MAGIC)).then(|| Digest(digest.try_into().unwrap_or_default()))
}

/// Reads the base out of `file`.
///
/// # Errors
/// A [`ColumnFault`] that names the first thing wrong. The digest of the columns is computed again and must be the one in
/// the file.
pub fn decode_columns(file: &[u8]) -> Result<Base, ColumnFault> {
    if file.len() < HEAD + TAIL || !file.starts_with(MAGIC) {
        return Err(ColumnFault::Cut);
    }
    if file[4] != COLUMNS_FORMAT {
        return Err(ColumnFault::Foreign(file[4]));
    }
    let (body, tail) = file.split_at(file.len() - TAIL);
    if sha256(&[body]).0 != *tail {
        return Err(ColumnFault::Checksum);
    }
    let deflated = &body[HEAD..];
    let room = MOST.min((deflated.len() as u64).saturating_mul(MOST_PER_BYTE));
    let mut content = Reader { source: DeflateDecoder::new(deflated), room };
    let mut base = content.base()?;
    if content.source.read(&mut [0]).map_err(|error| wrong(error.to_string()))? != 0 {
        return Err(wrong("there is more than the last column"));
    }
    check(&base).map_err(ColumnFault::Content)?;
    base.complete();
    if base.by_nummer.windows(2).any(|pair| number(&base, pair[0]) == number(&base, pair[1])) {
        return Err(wrong("two people have one identity number"));
    }
    base.digest = population::digest(&base);
    let said = digest_of_columns(file).unwrap_or_default();
    if base.digest != said {
        return Err(wrong(format!("the columns have digest {}, the file says {said}", base.digest)));
    }
    Ok(base)
}

fn number(base: &Base, person: PersonId) -> Foedselsnummer {
    base.personer.nummer[person.index()]
}

struct Writer(DeflateEncoder<Vec<u8>>);

impl Writer {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("memory takes every byte");
    }

    fn counted(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.bytes(bytes);
    }

    /// Rows of `width` bytes, their bytes sorted by place.
    fn planes(&mut self, rows: &[u8], width: usize) {
        self.count(rows.len() / width);
        let mut plane = Vec::with_capacity(rows.len() / width);
        for place in 0..width {
            plane.clear();
            plane.extend(rows.iter().skip(place).step_by(width));
            self.bytes(&plane);
        }
    }

    fn count(&mut self, count: usize) {
        self.bytes(&(count as u64).to_be_bytes());
    }
}

struct Reader<R> {
    source: R,
    /// Bytes that may still come.
    room: u64,
}

impl<R: Read> Reader<R> {
    /// The next `count` bytes. Memory grows with what is there, not with what is promised.
    fn bytes(&mut self, count: u64) -> Result<Vec<u8>, ColumnFault> {
        self.room = self.room.checked_sub(count).ok_or_else(|| wrong("it grows beyond all measure"))?;
        let mut bytes = Vec::new();
        let found = self.source.by_ref().take(count).read_to_end(&mut bytes);
        match found {
            Ok(found) if found as u64 == count => Ok(bytes),
            Ok(_) => Err(wrong("a column is cut off")),
            Err(error) => Err(wrong(error.to_string())),
        }
    }

    fn count(&mut self) -> Result<u64, ColumnFault> {
        let bytes = self.bytes(8)?;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn counted(&mut self) -> Result<Vec<u8>, ColumnFault> {
        let count = self.count()?;
        self.bytes(count)
    }

    /// The rows of one stretch, whole one after the other.
    fn planes(&mut self, name: &str, width: usize) -> Result<Vec<u8>, ColumnFault> {
        let count = self.count()?;
        let whole = count.checked_mul(width as u64).ok_or_else(|| wrong(format!("`{name}` is too long")))?;
        let planes = self.bytes(whole)?;
        let count = planes.len() / width;
        let mut rows = vec![0; planes.len()];
        for (place, plane) in planes.chunks(count.max(1)).enumerate() {
            plane.iter().enumerate().for_each(|(row, byte)| rows[row * width + place] = *byte);
        }
        Ok(rows)
    }
}

impl Writer {
    fn base(&mut self, base: &Base) {
        let header = postcard::to_allocvec(&base.header).expect("numbers and text can be written");
        self.counted(&header);
        let lengths: Vec<u8> = base
            .tekst
            .iter()
            .flat_map(|text| u32::try_from(text.len()).expect("a name, not a book").to_be_bytes())
            .collect();
        self.planes(&lengths, 4);
        self.counted(base.tekst.iter().collect::<String>().as_bytes());
        self.bytes(&base.kommune.nummer.0.to_be_bytes());
        self.counted(base.kommune.navn.as_bytes());
        self.counted(base.kommune.orgnr.to_string().as_bytes());
        let columns: Vec<&Column> = COLUMNS.iter().filter(|column| (column.rows)(base) > 0).collect();
        self.count(columns.len());
        for column in columns {
            self.counted(column.name.as_bytes());
            self.count(column.width);
            let mut rows = Vec::new();
            (column.put)(base, &mut rows);
            self.planes(&rows, column.width);
        }
    }
}

impl<R: Read> Reader<R> {
    fn base(&mut self) -> Result<Base, ColumnFault> {
        let header: BaseHeader =
            postcard::from_bytes(&self.counted()?).map_err(|fault| wrong(format!("its header: {fault}")))?;
        let tekst = self.texts()?;
        let number = self.bytes(2)?;
        let nummer = Kommunenummer(u16::from_be_bytes([number[0], number[1]]));
        let navn = self.text("the municipality's name")?;
        let orgnr = Orgnummer::parse(&self.text("the municipality's number")?)
            .map_err(|_| wrong("the municipality has no organisation number"))?;
        let mut base = Base::empty(header, Kommune { nummer, navn, orgnr }, tekst);
        // A column may be missing, which is a column without rows; none may come twice or out of order.
        let mut places = COLUMNS.iter();
        for _ in 0..self.count()? {
            let name = self.text("the name of a column")?;
            let column = places
                .find(|column| column.name == name)
                .ok_or_else(|| wrong(format!("`{name}` is no column, or stands in the wrong place")))?;
            if self.count()? != column.width as u64 {
                return Err(wrong(format!("the values of `{name}` have another width")));
            }
            let rows = self.planes(column.name, column.width)?;
            (column.take)(&mut base, &rows).map_err(|row| wrong(format!("row {row} of `{name}` is no value")))?;
        }
        Ok(base)
    }

    fn text(&mut self, what: &str) -> Result<String, ColumnFault> {
        String::from_utf8(self.counted()?).map_err(|_| wrong(format!("{what} is no text")))
    }

    fn texts(&mut self) -> Result<TextTable, ColumnFault> {
        let lengths = self.planes("tekst", 4)?;
        let lengths =
            lengths.chunks(4).map(|bytes| bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)));
        let all = String::from_utf8(self.counted()?).map_err(|_| wrong("the names are no text"))?;
        if u32::try_from(all.len()).is_err() {
            return Err(wrong("there are too many names"));
        }
        let (mut table, mut rest) = (TextTable::default(), all.as_str());
        for length in lengths {
            let (text, behind) =
                rest.split_at_checked(length).ok_or_else(|| wrong("the names do not have their lengths"))?;
            table.push(text);
            rest = behind;
        }
        if rest.is_empty() { Ok(table) } else { Err(wrong("there are more names than lengths")) }
    }
}
