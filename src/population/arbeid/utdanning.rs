//! Highest completed education (`specs/population.md` §8.1).
//!
//! The table is of 2015. From forty on people are read ten years younger: those who were thirty then are forty now. The
//! young are read as those of their age were.

use super::super::apportion::split;
use super::super::tables::by_age;
use super::Folk;
use super::tabeller::{Etter, Tabeller};
use crate::town::model::Utdanning;

/// First age of each stratum, and the age whose published row it has.
pub(super) const STRATA: [(u8, u32); 11] =
    [(16, 16), (20, 20), (25, 25), (30, 30), (35, 35), (40, 30), (45, 35), (50, 40), (60, 50), (70, 60), (77, 67)];
/// Levels from the lowest.
pub(super) const LEVELS: [Utdanning; 4] =
    [Utdanning::Grunnskole, Utdanning::VideregaaendeSkole, Utdanning::HoeyereKort, Utdanning::HoeyereLang];
/// From this age on younger people are as educated as older ones of their stratum.
const FERDIG: u8 = 25;

/// The stratum of an age.
pub(super) fn stratum(alder: u8) -> Option<usize> {
    STRATA.partition_point(|row| row.0 <= alder).checked_sub(1)
}

/// Shares of the levels in a stratum for a town of `size`, women or men: higher education is rarer in small places.
pub(super) fn andeler(tabeller: &Tabeller, size: u32, sex: usize, stratum: usize) -> [u64; 4] {
    let tilt = tabeller.etter_stoerrelse(size, Etter::HoeyereUtdanning);
    let published = by_age(&tabeller.utdanning, STRATA[stratum].1).expect("a row for every stratum")[sex];
    let [prim, sec, short, long] = published;
    let higher = (short + long) * tilt;
    let rest = ((prim + sec + short + long) * 1_000).saturating_sub(higher);
    let lower = (prim + sec).max(1);
    [prim * rest / lower, sec * rest / lower, short * tilt, long * tilt]
}

/// The level of everybody; `Uoppgitt` below sixteen and for those who do not live here.
pub(super) fn fordel(folk: &Folk, tabeller: &Tabeller) -> Vec<Utdanning> {
    let mut levels = vec![Utdanning::Uoppgitt; folk.len()];
    let own = folk.trekk("utdanning");
    // Every other couple stands at the same place of its strata: people find partners of their own schooling.
    let words: Vec<u64> = (0..folk.len())
        .map(|row| match folk.partner[row] as usize {
            other if other < row && own[row] & 1 == 0 => own[other],
            _ => own[row],
        })
        .collect();
    let cells = folk.celler::<{ STRATA.len() }>(stratum);
    for (sex, strata) in cells.into_iter().enumerate() {
        for (number, mut people) in strata.into_iter().enumerate() {
            // Among the young the older have come further: a year of age outweighs most of what is drawn.
            let rank = |row: u32| {
                let alder = folk.alder[row as usize];
                let step = if alder < 20 { 1 << 61 } else { 1 << 60 };
                let years = if alder < FERDIG { u64::from(alder - STRATA[number].0) * step } else { 0 };
                ((words[row as usize] >> 3) + years, row)
            };
            people.sort_unstable_by_key(|&row| rank(row));
            let counts = split(people.len() as u64, &andeler(tabeller, folk.size, sex, number));
            let mut rest = people.into_iter();
            for (level, count) in LEVELS.into_iter().zip(counts) {
                for row in rest.by_ref().take(usize::try_from(count).expect("people of a stratum")) {
                    levels[row as usize] = level;
                }
            }
        }
    }
    levels
}
