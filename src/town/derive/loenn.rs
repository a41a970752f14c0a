//! Wages month by month, from the rows of jobs (`specs/population.md` §8.3, invariant 43).
//!
//! A job's row holds one wage: that of its last month, or of the town's first day while it lasts. The wage of an earlier
//! month is the same post at the wage level of that year, cut to the days the job covered. The wage of a year *is* the
//! sum of these months; the generator and the income register use the same function, so the two cannot differ.

use std::sync::OnceLock;

use crate::town::model::{ArbeidsforholdRow, Base, DayNo, PersonId};

/// How many years a town has incomes of: those before its first.
const INNTEKTSAAR: i16 = 3;
/// Mean monthly wage by year.
const LEVELS: &str = include_str!("../../../population/wage_growth.csv");
/// The years covered; the nearest counts outside.
const YEARS: std::ops::RangeInclusive<i16> = 1960..=2060;
/// Growth a year outside the table, per mille.
const OUTSIDE: u64 = 35;

/// The wage level of each year of [`YEARS`], in thousandths of a krone.
fn levels() -> &'static [u64] {
    static TABLE: OnceLock<Vec<u64>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let rows: Vec<(i16, u64)> = LEVELS
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(','))
            .filter_map(|(year, wage)| Some((year.parse().ok()?, wage.parse().ok()?)))
            .collect();
        let (first, last) = (rows[0], rows[rows.len() - 1]);
        let before = |year: i16| (year..first.0).fold(first.1 * 1_000, |level, _| level * 1_000 / (1_000 + OUTSIDE));
        let after = |year: i16| (last.0..year).fold(last.1 * 1_000, |level, _| level * (1_000 + OUTSIDE) / 1_000);
        YEARS
            .map(|year| match rows.iter().find(|row| row.0 == year) {
                Some(row) => row.1 * 1_000,
                None if year < first.0 => before(year),
                None => after(year),
            })
            .collect()
    })
}

/// The wage level of `aar`: only ratios of two years mean anything.
#[must_use]
pub fn loennsnivaa(aar: i16) -> u64 {
    let place = aar.clamp(*YEARS.start(), *YEARS.end()) - YEARS.start();
    levels()[usize::from(place.unsigned_abs())]
}

/// `beloep` of the year `fra` at the wage level of `til`, rounded down.
#[must_use]
pub fn flyttet(beloep: u64, fra: i16, til: i16) -> u64 {
    beloep * loennsnivaa(til) / loennsnivaa(fra)
}

/// A calendar year, ready for the wages of many jobs.
#[derive(Clone, Copy, Debug)]
pub struct Loennsaar {
    aar: i16,
    /// First day of each month and of the next year.
    foerste: [i32; 13],
    /// The town's first year: the wage level of jobs that last.
    start: i16,
}

impl Loennsaar {
    /// The year `aar` in a town that begins in the year `start`.
    #[must_use]
    pub fn ny(aar: i16, start: i16) -> Self {
        let day = |year: i16, month: i8| DayNo::of(jiff::civil::date(year, month, 1)).0;
        let mut foerste = [0; 13];
        for (month, first) in (1i8..).zip(&mut foerste[..12]) {
            *first = day(aar, month);
        }
        foerste[12] = day(aar + 1, 1);
        Self { aar, foerste, start }
    }

    /// Wage of `jobb` in the month `maaned`, 1 to 12, whole kroner.
    #[must_use]
    pub fn maaned(&self, jobb: &ArbeidsforholdRow, maaned: usize) -> u32 {
        let (first, next) = (self.foerste[maaned - 1], self.foerste[maaned]);
        let covered = jobb.til.0.min(next) - jobb.fra.0.max(first);
        if covered <= 0 {
            return 0;
        }
        let whole = self.nivaa(jobb);
        // Both are days of one month.
        let paid = whole * u64::from(covered.unsigned_abs()) / u64::from((next - first).unsigned_abs());
        u32::try_from(paid).unwrap_or(u32::MAX)
    }

    /// Wage of `jobb` in the year: the sum of its months.
    #[must_use]
    pub fn sum(&self, jobb: &ArbeidsforholdRow) -> u32 {
        if jobb.fra.0 <= self.foerste[0] && jobb.til.0 >= self.foerste[12] {
            return u32::try_from(self.nivaa(jobb) * 12).unwrap_or(u32::MAX);
        }
        (1..=12).map(|maaned| self.maaned(jobb, maaned)).fold(0, u32::saturating_add)
    }

    /// Wage of a whole month of `jobb` at this year's level.
    fn nivaa(&self, jobb: &ArbeidsforholdRow) -> u64 {
        let of = match jobb.til.some() {
            Some(til) => DayNo(til.0 - 1).dato().year().min(self.start),
            None => self.start,
        };
        flyttet(jobb.maanedsloenn.into(), of, self.aar)
    }
}

/// The income years of a base: the three before the one it begins in.
#[must_use]
pub fn inntektsaar(base: &Base) -> std::ops::Range<i16> {
    let start = base.header.start.dato().year();
    start - INNTEKTSAAR..start
}

/// What `jobb` paid in the month `maaned` (1 to 12) of `aar`, whole kroner; 0 outside the job.
#[must_use]
pub fn maanedsloenn(base: &Base, jobb: &ArbeidsforholdRow, aar: i16, maaned: usize) -> u32 {
    Loennsaar::ny(aar, base.loennsaar).maaned(jobb, maaned)
}

/// What the jobs of a base person paid in `aar`: equals [`InntektRow::loenn`](crate::town::model::InntektRow::loenn).
#[must_use]
pub fn aarsloenn(base: &Base, person: PersonId, aar: i16) -> u32 {
    let year = Loennsaar::ny(aar, base.loennsaar);
    base.arbeidsforhold_of(person).iter().map(|jobb| year.sum(jobb)).fold(0, u32::saturating_add)
}
