//! Dated rates of the rules a municipality applies (`specs/experience.md` §10.5, `specs/folkeregister.md` §20): read from
//! `population/rates.csv`, where every row says from which day it holds and who published it.

use std::sync::OnceLock;

use crate::clock::{Dato, Span};

const RATES: &str = include_str!("../../population/rates.csv");

/// A rate as the file holds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdi {
    /// Whole kroner, years of age or per mille.
    Tall(i64),
    /// A span of time.
    Spenn(Span),
}

/// One row of the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sats {
    /// Which rate.
    pub navn: &'static str,
    /// First day it holds.
    pub fra: Dato,
    /// What it is.
    pub verdi: Verdi,
    /// `published`, `computed`, `law` or `own`.
    pub grunnlag: &'static str,
    /// Where it is from.
    pub kilde: &'static str,
}

/// Every row, by rate and date.
///
/// # Panics
/// Never: a test reads the file.
#[must_use]
pub fn satser() -> &'static [Sats] {
    static ROWS: OnceLock<Vec<Sats>> = OnceLock::new();
    ROWS.get_or_init(|| RATES.lines().filter(|line| !line.starts_with('#')).skip(1).map(rad).collect())
}

fn rad(line: &'static str) -> Sats {
    let cells: Vec<&'static str> = line.splitn(5, ',').collect();
    let &[navn, fra, verdi, grunnlag, kilde] = cells.as_slice() else { panic!("a row of five cells: {line}") };
    let verdi = match verdi.parse() {
        Ok(tall) => Verdi::Tall(tall),
        Err(_) => Verdi::Spenn(Span::parse(verdi).expect("a span in the table of rates")),
    };
    Sats { navn, fra: fra.parse().expect("a date in the table of rates"), verdi, grunnlag, kilde }
}

/// The row of `navn` in force on `dato`: the last one whose date is not later; `None` before the first.
#[must_use]
pub fn sats(navn: &str, dato: Dato) -> Option<&'static Sats> {
    satser().iter().filter(|row| row.navn == navn && row.fra <= dato).max_by_key(|row| row.fra)
}

/// The number of [`sats`].
#[must_use]
pub fn tall(navn: &str, dato: Dato) -> Option<i64> {
    sats(navn, dato).and_then(|row| match row.verdi {
        Verdi::Tall(tall) => Some(tall),
        Verdi::Spenn(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_row_is_read_and_names_its_source() {
        let rows = satser();
        let mut seen = BTreeSet::new();
        for row in rows {
            assert!(seen.insert((row.navn, row.fra)), "{row:?} stands twice");
            assert!(
                ["published", "computed", "law", "own"].contains(&row.grunnlag) && !row.kilde.is_empty(),
                "{row:?}"
            );
        }
        assert_eq!(rows.len(), RATES.lines().filter(|line| !line.starts_with('#')).count() - 1);
    }

    #[test]
    fn the_row_in_force_is_the_last_that_has_begun() {
        for (navn, dato, expected) in [
            ("makspris", date(2015, 12, 31), None),
            ("makspris", date(2016, 1, 1), Some(2_655)),
            ("makspris", date(2024, 7, 31), Some(3_000)),
            ("makspris", date(2024, 8, 1), Some(2_000)),
            ("inntektsgrense", date(2027, 1, 4), Some(220_000)),
            ("kjernetidsgrense", date(2016, 7, 31), None),
            ("kjernetidsgrense", date(2026, 8, 1), Some(692_465)),
            ("grunnbeloep", date(2027, 1, 4), Some(130_160)),
            ("svarfrist", date(2027, 1, 4), None),
            ("ukjent", date(2027, 1, 4), None),
        ] {
            assert_eq!(tall(navn, dato), expected, "{navn} {dato}");
        }
        assert!(matches!(sats("klagefrist", date(2027, 1, 4)).unwrap().verdi, Verdi::Spenn(_)));
    }
}
