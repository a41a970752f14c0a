//! Counts before people: how many of each sex and one-year age there are, and the birth date of each place.
//!
//! A *slot* is one such place: women before men, young before old, and within a cell in order of birth. A slot's sex and
//! age follow from its number alone, its date from its own stream, and its rank among those born on the same day from
//! the neighbours in its cell, because dates never decrease within a cell.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::apportion::{between, split};
use super::calendar::{civil, day_number, plus_years};
use super::parts::{Elsewhere, Part};
use super::streams::Streams;
use super::tables::{AGES, GROUPS, Tables};
use crate::base::{Domain, Kjoenn};
use crate::town::model::DayNo;

/// Births in the two days before the town begins are not yet in the register.
const REGISTERED_WITHIN_DAYS: i32 = 2;
/// Twin deliveries per 1 000 deliveries (`specs/population.md` §4.1).
const TWINS_PER_MILLE: u64 = 14;
/// Triplets among multiple deliveries, per cent (§4.1), and the size from which a town has some (§16.9).
const TRIPLETS: usize = 2;
const TRIPLETS_FROM: u32 = 20_000;

/// Ages at which two are born on one day: many live alone then.
const SHARED_BIRTHDAYS: std::ops::Range<usize> = 20..40;

/// The places of all residents.
pub(super) struct Cells {
    /// The town's first date.
    pub today: DayNo,
    /// First slot of each cell, women then men; the last entry of a row is the end.
    first: [[u32; AGES + 1]; 2],
    /// Birth date of each slot.
    pub dato: Vec<DayNo>,
    /// Pairs of slots of one delivery, the first-born first.
    pub twins: Vec<(u32, u32)>,
    /// Threes of slots of one delivery, in order of birth.
    pub triplets: Vec<[u32; 3]>,
    /// The part of a population these are, and the births of all parts.
    elsewhere: Option<(Part, Arc<Elsewhere>)>,
}

/// The days a person of one age can be born on, with running weights.
struct Period {
    from: i32,
    totals: Vec<u64>,
}

impl Period {
    /// Weights by month of birth (§2.2): July to September 1.04, November and December 0.94.
    fn new(today: DayNo, age: i32) -> Self {
        let from = plus_years(today, -(age + 1)).0 + 1;
        let to = if age == 0 { today.0 - REGISTERED_WITHIN_DAYS } else { plus_years(today, -age).0 };
        let mut total = 0;
        let totals = (from..=to)
            .map(|day| {
                total += match civil(DayNo(day)).1 {
                    7..=9 => 104,
                    11 | 12 => 94,
                    _ => 100,
                };
                total
            })
            .collect();
        Self { from, totals }
    }

    fn total(&self) -> u64 {
        self.totals.last().copied().unwrap_or(0)
    }

    /// The day at `part` of 2^64 of the period's weight.
    fn day_at(&self, part: u64) -> DayNo {
        let at = u64::try_from((u128::from(self.total()) * u128::from(part)) >> 64).expect("below the total");
        let place = self.totals.partition_point(|&total| total <= at);
        DayNo(self.from + i32::try_from(place).expect("days of a year"))
    }

    /// The middle of `day` as a part of `of`: which of `of` equal parts of the period holds it.
    fn part_of(&self, day: DayNo, of: u64) -> u64 {
        let place = usize::try_from(day.0 - self.from).expect("a day of the period");
        let before = if place == 0 { 0 } else { self.totals[place - 1] };
        u64::midpoint(before, self.totals[place]) * of / self.total()
    }
}

/// Residents by sex and five-year group (§2.2): classes interpolated on the logarithm of the size, largest remainder.
fn groups(size: u32, tables: &Tables) -> Vec<u64> {
    let (low, high, low_part, high_part) = between(size, &tables.class_sizes);
    let weights: Vec<u64> = (0..2 * GROUPS)
        .map(|cell| {
            let of = |class: usize| tables.class_weights[class][cell / GROUPS][cell % GROUPS];
            of(low) * low_part + of(high) * high_part
        })
        .collect();
    let mut counts = split(u64::from(size), &weights);
    // At most 0.03 % are a hundred or older, and one always is (§16.1 number 4, §16.9). The oldest below give and take.
    let (women, men) = (GROUPS - 1, 2 * GROUPS - 1);
    let most = (u64::from(size) * 3 / 10_000).max(1);
    while counts[women] + counts[men] > most {
        let from = if counts[men] > 0 && counts[women] <= 1 { men } else { women };
        counts[from] -= 1;
        counts[from - 1] += 1;
    }
    if counts[women] == 0 {
        let from = (0..women).rev().find(|&group| counts[group] > 0).unwrap_or(0);
        counts[from] -= 1;
        counts[women] += 1;
    }
    counts
}

impl Cells {
    /// Lays out the places of `size` residents.
    pub fn plan(size: u32, today: DayNo, streams: Streams, tables: &Tables) -> Self {
        let groups = groups(size, tables);
        let mut first = [[0; AGES + 1]; 2];
        let mut next = 0u32;
        for sex in 0..2 {
            for group in 0..GROUPS {
                let ages = if group == GROUPS - 1 { 100..AGES } else { 5 * group..5 * group + 5 };
                let years = split(groups[sex * GROUPS + group], &tables.one_year[sex][ages.clone()]);
                for (age, count) in ages.zip(years) {
                    first[sex][age] = next;
                    next += u32::try_from(count).expect("at most the size");
                }
            }
            first[sex][AGES] = next;
        }
        let mut cells = Self {
            today,
            first,
            dato: vec![DayNo(0); next as usize],
            twins: Vec::new(),
            triplets: Vec::new(),
            elsewhere: None,
        };
        let periods: Vec<Period> =
            (0..AGES).map(|age| Period::new(today, i32::try_from(age).expect("an age"))).collect();
        cells.draw_dates(&periods, streams);
        cells.share_birthdays();
        cells.place_leap_child(&periods, streams);
        let mut taken = vec![false; cells.dato.len()];
        if size >= TRIPLETS_FROM {
            cells.place_triplets(&periods, &mut taken, streams);
        }
        cells.place_twins(&periods, &mut taken, streams);
        cells
    }

    /// One date per slot: the i-th of n takes a random point of the i-th of n equal parts of the year.
    fn draw_dates(&mut self, periods: &[Period], streams: Streams) {
        let key = streams.key(Domain::Person, "foedselsdato");
        let mut rest = self.dato.as_mut_slice();
        let mut jobs = Vec::with_capacity(2 * AGES);
        for sex in 0..2 {
            for age in 0..AGES {
                let range = self.first[sex][age]..self.first[sex][age + 1];
                let (mine, others) = rest.split_at_mut(range.len());
                rest = others;
                jobs.push((age, range.start, mine));
            }
        }
        jobs.into_par_iter().for_each(|(age, start, dates)| {
            let n = u128::try_from(dates.len()).expect("a count");
            for (place, date) in dates.iter_mut().enumerate() {
                let word = key.at(u64::from(start) + place as u64).word();
                let part = ((u128::try_from(place).expect("a place") << 64) + u128::from(word)) / n;
                *date = periods[age].day_at(u64::try_from(part).expect("below one"));
            }
        });
    }

    /// Two of each sex and age among young adults are born on one day: somebody in every town has the same name and date
    /// of birth as somebody else (§16.9), and dates that are spread evenly over a year would rarely meet in a small one.
    fn share_birthdays(&mut self) {
        for sex in 0..2 {
            for age in SHARED_BIRTHDAYS {
                let range = self.first[sex][age] as usize..self.first[sex][age + 1] as usize;
                if range.len() >= 2 {
                    self.dato[range.start + 1] = self.dato[range.start];
                }
            }
        }
    }

    /// Somebody under eighteen is born on a leap day, however small the town (§16.9).
    fn place_leap_child(&mut self, periods: &[Period], streams: Streams) {
        let mut stream = streams.kommune("skuddaarsbarn");
        let (year, ..) = civil(self.today);
        let mut leap_ages: Vec<(usize, DayNo)> = (2..18)
            .filter_map(|age: i32| {
                let leap = [year - age, year - age - 1].into_iter().find_map(|born| {
                    let day = day_number(born, 2, 29);
                    (civil(day).2 == 29 && super::calendar::age(day, self.today) == age).then_some(day)
                })?;
                Some((usize::try_from(age).ok()?, leap))
            })
            .collect();
        stream.shuffle(&mut leap_ages);
        let sex = stream.index(2);
        for (age, day) in leap_ages {
            let n = self.first[sex][age + 1] - self.first[sex][age];
            if n > 0 {
                let place = periods[age].part_of(day, u64::from(n));
                self.dato[self.first[sex][age] as usize + usize::try_from(place).expect("a place")] = day;
                return;
            }
        }
    }

    /// Picks threes of children who share a delivery: three of one sex who are neighbours in their cell.
    fn place_triplets(&mut self, periods: &[Period], taken: &mut [bool], streams: Streams) {
        let mut stream = streams.kommune("trillinger");
        let children: u32 = [Kjoenn::Kvinne, Kjoenn::Mann]
            .map(|kjoenn| self.range(kjoenn, 17).end - self.range(kjoenn, 0).start)
            .iter()
            .sum();
        let deliveries = children as usize * usize::try_from(TWINS_PER_MILLE).expect("a share") / 1_000;
        let wanted = (deliveries * TRIPLETS / 100).max(1);
        for _ in 0..wanted * 50 {
            let age = 1 + stream.index(17.min(periods.len() - 1));
            let kjoenn = if stream.uniform(2) == 0 { Kjoenn::Kvinne } else { Kjoenn::Mann };
            let range = self.range(kjoenn, age);
            if range.len() < 4 {
                continue;
            }
            let first = range.start + u32::try_from(stream.index(range.len() - 2)).expect("within the cell");
            let three = [first, first + 1, first + 2];
            if three.iter().any(|&slot| taken[slot as usize] || self.is_leap(slot)) {
                continue;
            }
            for slot in three {
                taken[slot as usize] = true;
                self.dato[slot as usize] = self.dato[first as usize];
            }
            self.triplets.push(three);
            if self.triplets.len() == wanted {
                return;
            }
        }
    }

    /// Born on 29 February: a child placed there keeps the day.
    fn is_leap(&self, slot: u32) -> bool {
        let (_, month, day) = civil(self.dato[slot as usize]);
        (month, day) == (2, 29)
    }

    /// Picks pairs of children who share a delivery. The second takes the first one's date; both keep their place in the
    /// order of their cells.
    fn place_twins(&mut self, periods: &[Period], taken: &mut [bool], streams: Streams) {
        let mut stream = streams.kommune("tvillinger");
        let mut expected = stream.uniform(1_000);
        for (age, period) in periods.iter().enumerate().take(18) {
            let children = u64::from(self.count(Kjoenn::Kvinne, age) + self.count(Kjoenn::Mann, age));
            expected += children * 1_000 * TWINS_PER_MILLE / (1_000 + TWINS_PER_MILLE);
            for _ in 0..expected / 1_000 {
                self.place_pair(age, period, taken, &mut stream);
            }
            expected %= 1_000;
        }
        if self.twins.is_empty() {
            for (age, period) in periods.iter().enumerate().take(18).skip(3) {
                if self.place_pair(age, period, taken, &mut stream) {
                    return;
                }
            }
        }
    }

    fn place_pair(
        &mut self,
        age: usize,
        period: &Period,
        taken: &mut [bool],
        stream: &mut crate::base::Stream,
    ) -> bool {
        let kind = stream.uniform(3);
        let word = stream.word();
        let first_sex = if kind == 1 { Kjoenn::Mann } else { Kjoenn::Kvinne };
        let range = self.range(first_sex, age);
        if range.is_empty() {
            return false;
        }
        let start = range.start + u32::try_from(word % u64::from(range.end - range.start)).expect("within");
        for one in (start..range.end).chain(range.start..start) {
            let date = self.dato[one as usize];
            let other = if kind == 2 {
                let boys = self.range(Kjoenn::Mann, age);
                if boys.is_empty() {
                    return false;
                }
                let place = period.part_of(date, u64::from(boys.end - boys.start));
                boys.start + u32::try_from(place).expect("within the cell")
            } else if one + 1 < range.end {
                one + 1
            } else {
                continue;
            };
            if taken[one as usize] || taken[other as usize] || self.is_leap(one) || self.is_leap(other) {
                continue;
            }
            taken[one as usize] = true;
            taken[other as usize] = true;
            self.dato[other as usize] = date;
            self.twins.push((one, other));
            return true;
        }
        false
    }

    /// The slots of a cell.
    pub fn range(&self, kjoenn: Kjoenn, age: usize) -> Range<u32> {
        self.first[kjoenn as usize][age]..self.first[kjoenn as usize][age + 1]
    }

    /// How many are in a cell.
    pub fn count(&self, kjoenn: Kjoenn, age: usize) -> u32 {
        let range = self.range(kjoenn, age);
        range.end - range.start
    }

    /// Sex of a slot.
    pub fn kjoenn(&self, slot: u32) -> Kjoenn {
        if slot < self.first[0][AGES] { Kjoenn::Kvinne } else { Kjoenn::Mann }
    }

    /// Age of a slot in whole years; 105 for everybody older.
    pub fn age(&self, slot: u32) -> usize {
        let row = &self.first[self.kjoenn(slot) as usize];
        row.partition_point(|&first| first <= slot).saturating_sub(1).min(AGES - 1)
    }

    /// The same places as `part` of a population with the births of `elsewhere`.
    pub fn in_part(self, part: Part, elsewhere: Option<Arc<Elsewhere>>) -> Self {
        Self { elsewhere: elsewhere.map(|births| (part, births)), ..self }
    }

    /// How many before this slot share its sex and birth date, the parts of the population before this one included.
    pub fn rank(&self, slot: u32) -> u32 {
        let at = slot as usize;
        let start = self.first[self.kjoenn(slot) as usize][0] as usize;
        let same = self.dato[start..at].iter().rev().take_while(|&&day| day == self.dato[at]).count();
        let same = u32::try_from(same).expect("people born on one day");
        let before = |(part, births): &(Part, Arc<Elsewhere>)| births.before(*part, self.kjoenn(slot), self.dato[at]);
        same + self.elsewhere.as_ref().map_or(0, before)
    }

    /// How many residents of `kjoenn` were born on `day`, in all parts of the population.
    pub fn born_on(&self, kjoenn: Kjoenn, day: DayNo) -> u32 {
        if let Some((_, births)) = &self.elsewhere {
            return births.total(kjoenn, day);
        }
        let age = super::calendar::age(day, self.today);
        let Ok(age) = usize::try_from(age) else { return 0 };
        let range = self.range(kjoenn, age.min(AGES - 1));
        let dates = &self.dato[range.start as usize..range.end as usize];
        let same = dates.partition_point(|&date| date <= day) - dates.partition_point(|&date| date < day);
        u32::try_from(same).expect("people born on one day")
    }
}

#[cfg(test)]
mod tests {
    use super::super::calendar;
    use super::super::tables::tables;
    use super::*;
    use crate::base::Seed;

    fn cells(size: u32, seed: u64) -> Cells {
        Cells::plan(size, day_number(2027, 1, 4), Streams { seed: Seed(seed), schema: 1 }, tables())
    }

    #[test]
    fn every_slot_has_the_age_of_its_cell_and_dates_never_decrease_within_one() {
        for (size, seed) in [(1_500, 1), (5_000, 2), (20_000, 3)] {
            let cells = cells(size, seed);
            assert_eq!(cells.dato.len(), size as usize);
            for slot in 0..size {
                let day = cells.dato[slot as usize];
                let age = usize::try_from(calendar::age(day, cells.today)).unwrap();
                assert_eq!(age.min(105), cells.age(slot), "{day:?}");
                let range = cells.range(cells.kjoenn(slot), cells.age(slot));
                assert!(slot == range.start || cells.dato[slot as usize - 1] <= day);
            }
            assert!(cells.dato.iter().any(|&day| civil(day).1 == 2 && civil(day).2 == 29));
            assert!(!cells.twins.is_empty());
            for &(one, other) in &cells.twins {
                assert_eq!(cells.dato[one as usize], cells.dato[other as usize]);
            }
        }
    }

    #[test]
    fn ranks_count_the_people_of_one_day() {
        let cells = cells(20_000, 5);
        for slot in (0..20_000).step_by(37) {
            let day = cells.dato[slot as usize];
            let kjoenn = cells.kjoenn(slot);
            let same =
                |upto: u32| (0..upto).filter(|&s| cells.dato[s as usize] == day && cells.kjoenn(s) == kjoenn).count();
            assert_eq!(cells.rank(slot) as usize, same(slot));
            assert_eq!(cells.born_on(kjoenn, day) as usize, same(20_000));
        }
    }
}
