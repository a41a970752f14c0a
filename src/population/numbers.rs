//! Identity numbers: the rank of a person among those of the same sex and birth date picks the number, so none is ever
//! tried twice (`specs/population.md` §15.1). Organisation numbers: one walk through the usable bodies.

use rayon::prelude::*;

use super::PopulationError;
use super::calendar::civil;
use super::cells::Cells;
use super::parts::Part;
use super::roster::Roster;
use crate::base::{Foedselsnummer, Kjoenn, Orgnummer};
use crate::town::model::DayNo;

/// Individual numbers of a birth year, from the top. A population in parts is larger than the narrow bands of the synthetic
/// register hold (`specs/population.md` §15.1).
fn bands(year: i32, wide: bool) -> &'static [(u16, u16)] {
    match (year, wide) {
        (..1940, false) => &[(499, 400)],
        (1940.., false) => &[(999, 900)],
        (..1940, true) => &[(499, 0)],
        (1940..2000, true) => &[(999, 900), (499, 0)],
        (2000.., true) => &[(999, 500)],
    }
}

/// The usable number of `rank` among those of `kjoenn` born on `day`, counted from the top of the band.
fn number(day: DayNo, kjoenn: Kjoenn, rank: u32, wide: bool) -> Option<Foedselsnummer> {
    let (year, month, of_month) = civil(day);
    let short_year = u8::try_from(year.rem_euclid(100)).ok()?;
    let parity = u16::from(kjoenn == Kjoenn::Mann);
    bands(year, wide)
        .iter()
        .flat_map(|&(top, bottom)| (bottom..=top).rev())
        .filter(|iii| iii % 2 == parity)
        .filter_map(|iii| Foedselsnummer::compose(of_month, month, short_year, iii, false))
        .nth(rank as usize)
}

/// A number for every row, residents first.
///
/// # Errors
/// [`PopulationError::DateFull`] when more people share sex and birth date than the band has numbers.
pub(super) fn of_people(roster: &Roster, cells: &Cells) -> Result<Vec<Foedselsnummer>, PopulationError> {
    let wide = roster.part.of > 1;
    let mut ranks = vec![0u32; roster.len()];
    let (living, dead) = ranks.split_at_mut(roster.residents);
    living.par_iter_mut().enumerate().for_each(|(person, rank)| *rank = cells.rank(roster.slot[person]));
    // The dead come after the residents of their date, in row order.
    let mut order: Vec<(DayNo, Kjoenn, usize)> =
        (roster.residents..roster.len()).map(|row| (roster.dato[row], roster.kjoenn[row], row)).collect();
    order.sort_unstable();
    let mut before = None;
    let mut rank = 0;
    for (day, kjoenn, row) in order {
        rank = if before == Some((day, kjoenn)) { rank + 1 } else { cells.born_on(kjoenn, day) };
        before = Some((day, kjoenn));
        dead[row - roster.residents] = rank;
    }
    ranks
        .par_iter()
        .enumerate()
        .map(|(row, &rank)| {
            number(roster.dato[row], roster.kjoenn[row], rank, wide)
                .ok_or_else(|| PopulationError::DateFull { dato: roster.dato[row].dato() })
        })
        .collect()
}

/// Bodies of public organisations begin here, so that they are short to name in tests; all others are above.
const PUBLIC_FROM: u32 = 31_000_000;
/// First body of everybody else, and how many there are.
const OTHERS_FROM: u32 = 32_000_000;
const OTHERS: u64 = 8_000_000;

/// The usable organisation numbers from `body` upwards.
fn upwards(body: u32) -> impl Iterator<Item = Orgnummer> {
    (body..40_000_000).filter_map(Orgnummer::compose)
}

/// Bodies of the public band for one part of a population.
const PUBLIC_OF_PART: u32 = 1_000;

/// `count` numbers of the public band for the municipality with number `kommune`, which has ten thousand bodies of it.
pub(super) fn public(part: Part, kommune: u16, count: usize) -> Vec<Orgnummer> {
    upwards(PUBLIC_FROM + u32::from(kommune % 100) * 10_000 + part.index * PUBLIC_OF_PART).take(count).collect()
}

/// Whether a number is of the public band of those outside the town, the last of the hundred municipalities.
pub(super) fn is_elsewhere(number: Orgnummer) -> bool {
    (PUBLIC_FROM + 990_000..OTHERS_FROM).contains(&(number.value() / 10))
}

/// `count` numbers of other organisations: a walk with a step that shares no factor with the number of bodies, begun
/// where the seed says. Each part of a population has its own stretch of one walk.
pub(super) fn others(part: Part, start: u64, count: usize) -> Vec<Orgnummer> {
    const STEP: u64 = 4_943_203;
    let (index, of) = (u64::from(part.index), u64::from(part.of));
    let start = if of == 1 { start } else { 0 };
    (OTHERS * index / of..OTHERS * (index + 1) / of)
        .map(|place| (start % OTHERS + place * STEP) % OTHERS)
        .filter_map(|body| Orgnummer::compose(OTHERS_FROM + u32::try_from(body).expect("below eight million")))
        .take(count)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::calendar::day_number;
    use super::*;

    #[test]
    fn numbers_descend_carry_sex_and_date_and_run_out_loudly() {
        for (day, kjoenn) in [(day_number(1931, 5, 17), Kjoenn::Kvinne), (day_number(2026, 12, 30), Kjoenn::Mann)] {
            let numbers: Vec<Foedselsnummer> = (0..40).map_while(|rank| number(day, kjoenn, rank, false)).collect();
            assert_eq!(numbers.len(), 40, "the band holds forty at worst");
            assert!(numbers.windows(2).all(|pair| pair[0] > pair[1]));
            for number in numbers {
                assert_eq!(number.kjoenn(), kjoenn);
                let (year, month, of_month) = civil(day);
                let shown = format!("{of_month:02}{:02}{:02}", month + 80, year % 100);
                assert_eq!(number.to_string()[..6], shown);
            }
            assert_eq!(number(day, kjoenn, 51, false), None);
            assert!(number(day, kjoenn, 190, true).is_some());
        }
    }

    #[test]
    fn organisation_numbers_are_unique_across_bands() {
        let mut all = public(Part::WHOLE, 9902, 300);
        all.extend(others(Part::WHOLE, 77, 2_000));
        let count = all.len();
        assert_eq!(count, 2_300);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
