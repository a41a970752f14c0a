//! A person's tax of a year: a plain schedule on the rates of 2025, its limits moved with wages to other years.
//!
//! Twenty-two per cent of ordinary income (minimum and personal allowances off), bracket tax and social security
//! contribution on personal income, and the allowance for pensions. Left out: wealth tax, allowances for travel, unions
//! and childcare, the regional rules of the far north.

use std::sync::OnceLock;

use super::flyttet;
use crate::town::model::InntektRow;

const TAX: &str = include_str!("../../../population/tax.csv");

/// Year of the amounts in the table.
const SATSER_FRA: i16 = 2025;
/// Rates are per mille.
const HEL: u64 = 1_000;

/// Amount (kroner of 2025) and rate (per mille) of each row of the tax table.
fn rader() -> &'static [(&'static str, u64, u64)] {
    static TABLE: OnceLock<Vec<(&str, u64, u64)>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lines = TAX.lines().filter(|line| !line.starts_with('#')).skip(1);
        let whole = |cell: &str| cell.parse().expect("a number in a data file");
        let cells = lines.map(|line| line.split(',').collect::<Vec<_>>());
        cells.map(|row| (row[0], whole(row[1]), whole(row[2]))).collect()
    })
}

/// The schedule of one year.
#[derive(Clone, Debug)]
pub struct Skattetabell {
    alminnelig: u64,
    personfradrag: u64,
    minste_loenn: (u64, u64),
    minste_pensjon: (u64, u64),
    pensjonsfradrag: (u64, u64),
    pensjonsfradrag_fra: u64,
    trygd_fra: (u64, u64),
    trygd: [u64; 3],
    trinn: Vec<(u64, u64)>,
}

impl Skattetabell {
    /// The schedule of `aar`.
    ///
    /// # Panics
    /// Never: a test reads the table.
    #[must_use]
    pub fn ny(aar: i16) -> Self {
        let of = |what: &str| {
            let &(_, amount, rate) = rader().iter().find(|row| row.0 == what).expect("a row of the tax table");
            (flyttet(amount, SATSER_FRA, aar), rate)
        };
        Self {
            alminnelig: of("alminnelig").1,
            personfradrag: of("personfradrag").0,
            minste_loenn: of("minstefradrag_loenn"),
            minste_pensjon: of("minstefradrag_pensjon"),
            pensjonsfradrag: of("pensjonsfradrag"),
            pensjonsfradrag_fra: of("pensjonsfradrag_fra").0,
            trygd_fra: of("trygdeavgift_fra"),
            trygd: ["trygdeavgift_loenn", "trygdeavgift_naering", "trygdeavgift_pensjon"].map(|what| of(what).1),
            trinn: ["trinn_1", "trinn_2", "trinn_3", "trinn_4", "trinn_5"].map(of).to_vec(),
        }
    }

    /// The minimum allowance on what `row` holds, whole kroner.
    #[must_use]
    pub fn minstefradrag(&self, row: &InntektRow) -> u64 {
        let [loenn, naering, pensjon, ytelser] = [row.loenn, row.naering, row.pensjon, row.ytelser].map(u64::from);
        let part = |amount: u64, rate: u64| amount * rate / HEL;
        let minste = part(loenn + ytelser, self.minste_loenn.1)
            .min(self.minste_loenn.0)
            .max(part(pensjon, self.minste_pensjon.1).min(self.minste_pensjon.0));
        minste.min(loenn + naering + pensjon + ytelser)
    }

    /// Tax on what `row` holds, whole kroner.
    #[must_use]
    pub fn skatt(&self, row: &InntektRow) -> u32 {
        let [loenn, naering, pensjon, ytelser] = [row.loenn, row.naering, row.pensjon, row.ytelser].map(u64::from);
        let person = loenn + naering + pensjon + ytelser;
        let part = |amount: u64, rate: u64| amount * rate / HEL;
        let ordinary = i64::try_from(person - self.minstefradrag(row)).unwrap_or(i64::MAX) + i64::from(row.kapital)
            - i64::try_from(self.personfradrag).unwrap_or(0);
        let ordinary = part(u64::try_from(ordinary).unwrap_or(0), self.alminnelig);
        let bracket: u64 = self
            .trinn
            .iter()
            .enumerate()
            .map(|(step, &(from, rate))| {
                let to = self.trinn.get(step + 1).map_or(u64::MAX, |next| next.0);
                part(person.min(to).saturating_sub(from), rate)
            })
            .sum();
        let rates = self.trygd;
        let social = part(loenn + ytelser, rates[0]) + part(naering, rates[1]) + part(pensjon, rates[2]);
        let social = social.min(part(person.saturating_sub(self.trygd_fra.0), self.trygd_fra.1));
        let relief = if pensjon > 0 {
            let (most, rate) = self.pensjonsfradrag;
            most.saturating_sub(part(pensjon.saturating_sub(self.pensjonsfradrag_fra), rate))
        } else {
            0
        };
        u32::try_from((ordinary + bracket + social).saturating_sub(relief)).unwrap_or(u32::MAX)
    }
}
