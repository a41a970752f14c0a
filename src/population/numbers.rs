//! Identity numbers: the rank of a person among those of the same sex and birth date picks the number, so none is ever
//! tried twice (`specs/population.md` §15.1). Organisation numbers: one walk through the usable bodies.

use rayon::prelude::*;

use super::PopulationError;
use super::calendar::civil;
use super::cells::Cells;
use super::elsewhere::Elsewhere;
use super::former::Former;
use super::parts::Part;
use super::roster::Roster;
use crate::base::{Foedselsnummer, Kjoenn, Orgnummer};
use crate::town::model::{DayNo, NummerRow};

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

/// Individual numbers of D-numbers of a birth year, from the top (`specs/folkeregister.md` §16.2).
fn d_bands(year: i32) -> &'static [(u16, u16)] {
    match year {
        ..1900 => &[(599, 500)],
        1900..1940 => &[(199, 0)],
        1940..2000 => &[(999, 600), (499, 0)],
        2000.. => &[(999, 200)],
    }
}

/// What numbers are counted within: their kind, date and sex.
type Series = (bool, DayNo, Kjoenn);

/// The usable number of `rank` in its series, counted from the top of the band.
fn number((d_number, day, kjoenn): Series, rank: u32, wide: bool) -> Option<Foedselsnummer> {
    let (year, month, of_month) = civil(day);
    let short_year = u8::try_from(year.rem_euclid(100)).ok()?;
    let parity = u16::from(kjoenn == Kjoenn::Mann);
    let bands = if d_number { d_bands(year) } else { bands(year, wide) };
    bands
        .iter()
        .flat_map(|&(top, bottom)| (bottom..=top).rev())
        .filter(|iii| iii % 2 == parity)
        .filter_map(|iii| Foedselsnummer::compose(of_month, month, short_year, iii, d_number))
        .nth(rank as usize)
}

/// Numbers of everybody.
pub(super) struct Numbers {
    /// The one in use, of every row.
    pub nummer: Vec<Foedselsnummer>,
    /// Former ones, by person.
    pub tidligere: Vec<NummerRow>,
}

/// A number for every row and every former number. Residents come first in each series, then the other rows in their
/// order, then former numbers.
///
/// # Errors
/// [`PopulationError::DateFull`] when more people share a series than its band has numbers.
pub(super) fn of_people(
    roster: &Roster,
    cells: &Cells,
    elsewhere: &Elsewhere,
    former: &[Former],
) -> Result<Numbers, PopulationError> {
    let wide = roster.part.of > 1;
    let mut series: Vec<Series> =
        (roster.residents..roster.len()).map(|row| (false, roster.dato[row], roster.kjoenn[row])).collect();
    for (row, &dato) in elsewhere.dnummer.iter().zip(&elsewhere.nummer_dato) {
        let place = row.person.index() - roster.residents;
        series[place] = (true, dato, series[place].2);
    }
    series.extend(former.iter().map(|row| (row.d_number, row.dato, row.kjoenn)));
    let ranks = ranks(&series, |(d_number, day, kjoenn)| if d_number { 0 } else { cells.born_on(kjoenn, day) });
    let full = |day: DayNo| PopulationError::DateFull { dato: day.dato() };
    let residents = (0..roster.residents).into_par_iter().map(|person| {
        let of = (false, roster.dato[person], roster.kjoenn[person]);
        number(of, cells.rank(roster.slot[person]), wide).ok_or_else(|| full(of.1))
    });
    let others = series.par_iter().zip(&ranks).map(|(&of, &rank)| number(of, rank, wide).ok_or_else(|| full(of.1)));
    let mut nummer = residents.chain(others).collect::<Result<Vec<_>, _>>()?;
    let given_up = nummer.split_off(roster.len());
    let tidligere = former
        .iter()
        .zip(given_up)
        .map(|(row, nummer)| NummerRow { person: row.person, nummer, grunn: row.grunn, til: row.til })
        .collect();
    Ok(Numbers { nummer, tidligere })
}

/// The rank of each entry in its series, after those `before` counts.
fn ranks(series: &[Series], before: impl Fn(Series) -> u32) -> Vec<u32> {
    let mut order: Vec<usize> = (0..series.len()).collect();
    order.sort_unstable_by_key(|&place| (series[place], place));
    let mut ranks = vec![0; series.len()];
    let mut last = None;
    let mut rank = 0;
    for place in order {
        let of = series[place];
        rank = if last == Some(of) { rank + 1 } else { before(of) };
        last = Some(of);
        ranks[place] = rank;
    }
    ranks
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

/// Whether a number is of the public bands of those outside the town: from the ninetieth of the hundred municipalities on,
/// so that every part of a country has a stretch there.
pub(super) fn is_elsewhere(number: Orgnummer) -> bool {
    (PUBLIC_FROM + 900_000..OTHERS_FROM).contains(&(number.value() / 10))
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
            let numbers: Vec<Foedselsnummer> =
                (0..40).map_while(|rank| number((false, day, kjoenn), rank, false)).collect();
            assert_eq!(numbers.len(), 40, "the band holds forty at worst");
            assert!(numbers.windows(2).all(|pair| pair[0] > pair[1]));
            for number in numbers {
                assert_eq!(number.kjoenn(), kjoenn);
                let (year, month, of_month) = civil(day);
                let shown = format!("{of_month:02}{:02}{:02}", month + 80, year % 100);
                assert_eq!(number.to_string()[..6], shown);
            }
            assert_eq!(number((false, day, kjoenn), 51, false), None);
            assert!(number((false, day, kjoenn), 190, true).is_some());
        }
    }

    /// Capacity of each series a day (`specs/folkeregister.md` §16.2), both sexes.
    #[test]
    fn d_numbers_hold_what_their_series_holds() {
        for (year, capacity) in [(1880, 82u32), (1925, 164), (1970, 738), (2010, 656)] {
            let day = day_number(year, 3, 9);
            let count = |kjoenn| (0..).map_while(|rank| number((true, day, kjoenn), rank, false)).count();
            let both = u32::try_from(count(Kjoenn::Kvinne) + count(Kjoenn::Mann)).unwrap();
            assert!(both.abs_diff(capacity) * 100 <= capacity * 4, "{year}: {both} for {capacity}");
            let first = number((true, day, Kjoenn::Mann), 0, false).unwrap();
            assert!(first.is_d_number() && first.kjoenn() == Kjoenn::Mann);
        }
    }

    #[test]
    fn ranks_go_on_where_the_residents_end_and_never_meet() {
        let (one, other) = (day_number(1980, 1, 2), day_number(1980, 1, 3));
        let (woman, man) = ((false, one, Kjoenn::Kvinne), (false, one, Kjoenn::Mann));
        let series = [woman, man, woman, (true, one, Kjoenn::Kvinne), (false, other, Kjoenn::Kvinne), woman];
        let ranks = ranks(&series, |of| if of == woman { 7 } else { 0 });
        assert_eq!(ranks, [7, 0, 8, 0, 0, 9]);
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
