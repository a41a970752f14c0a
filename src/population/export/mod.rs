//! The town as tables for others: what `byteby population generate` writes.
//!
//! A table is a list of fields, each with a function from row to value; CSV, NDJSON and Parquet are written from the same
//! list. People are named by identity number, organisations by organisation number, everything else by a whole number
//! that is unique in the population, parts of a country included.
//!
//! Nothing says where a strictly confidential person lives or lived (`specs/population.md` §16.5 number 35): [`Shown`]
//! keeps their spells, property, second homes, places and addresses out, whatever table asks.

mod altinn;
mod arbeid;
mod folk;
mod hjem;
mod manifest;
mod shown;
mod tenor;
mod virksomheter;
mod write;

use std::borrow::Cow;

pub use altinn::{Files, altinn};
pub use manifest::manifest;
pub use shown::Shown;
pub use tenor::tenor;
pub use write::{ExportFault, Form, Share, Sink, TextFiles, share, write_share};

use crate::town::model::{Base, DayNo};

/// A value in a table.
#[derive(Clone, PartialEq, Debug)]
pub enum Value<'a> {
    /// Nothing.
    None,
    /// A whole number.
    Int(i64),
    /// Text.
    Text(Cow<'a, str>),
    /// A date.
    Date(DayNo),
    /// Yes or no.
    Bool(bool),
}

/// Type of a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Whole numbers.
    Int,
    /// Text.
    Text,
    /// Dates.
    Date,
    /// Yes or no.
    Bool,
}

/// A field of a table.
#[derive(Clone, Copy)]
pub struct Field {
    /// Its name: the register's word.
    pub name: &'static str,
    /// Its type; any field may be empty.
    pub kind: Kind,
    /// The value of a row.
    pub value: for<'a> fn(&Shown<'a>, usize) -> Value<'a>,
}

/// A table of an export.
#[derive(Clone, Copy)]
pub struct Table {
    /// Its name, and that of its file.
    pub name: &'static str,
    /// What a row is.
    pub row: &'static str,
    /// Its fields in order.
    pub fields: &'static [Field],
    /// How many rows the columns have.
    pub rows: fn(&Base) -> usize,
    /// Whether a row may be shown.
    pub keep: fn(&Shown<'_>, usize) -> bool,
}

/// All tables.
pub const TABLES: &[Table] = &[
    folk::PERSONER,
    folk::SIVILSTANDER,
    folk::TIDLIGERE_NAVN,
    folk::TIDLIGERE_NUMMER,
    folk::ANNULLERTE_DOEDSFALL,
    folk::FORELDREANSVAR,
    folk::STATSBORGERSKAP,
    folk::INNFLYTTINGER,
    folk::UTFLYTTINGER,
    folk::VERGEMAAL,
    folk::FOSTERHJEM,
    folk::DOEDFOEDTE,
    folk::FORELDRE_UTEN_NUMMER,
    hjem::HUSSTANDER,
    hjem::BOSTEDER,
    hjem::DELT_BOSTED,
    hjem::BOLIGER,
    hjem::BYGNINGER,
    hjem::EIENDOMMER,
    hjem::HJEMLER,
    virksomheter::VIRKSOMHETER,
    virksomheter::ROLLER,
    virksomheter::AKSJER,
    virksomheter::PLASSER,
    virksomheter::FASTLEGELISTER,
    arbeid::ARBEIDSFORHOLD,
    arbeid::INNTEKTER,
];

/// The table called `name`.
#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

fn every_row(_: &Shown<'_>, _: usize) -> bool {
    true
}

fn text(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

fn int(number: impl Into<i64>) -> Value<'static> {
    Value::Int(number.into())
}

fn date(day: DayNo) -> Value<'static> {
    day.some().map_or(Value::None, Value::Date)
}

/// A field of a table: name, type, and how a row's value is found.
macro_rules! fields {
    ($($name:literal: $kind:ident = $value:expr;)*) => {
        &[$(crate::population::export::Field {
            name: $name,
            kind: crate::population::export::Kind::$kind,
            value: $value,
        }),*]
    };
}
use fields;

#[cfg(test)]
mod tests;
