//! Dates as day numbers, fast: the generator turns hundreds of thousands of them over.

use crate::town::model::DayNo;

/// Days from 1 March of year -32 800, where the count of [`civil`] begins, to 1970-01-01: so far back that every day number
/// of a town is above it.
const BEFORE: u32 = 719_468 + 146_097 * ERAS;
/// Eras of 400 years that lie before year 0 there.
const ERAS: u32 = 82;

/// Year, month and day of a day number (days since 1970-01-01), proleptic Gregorian. Centuries, years and months are
/// linear in the days that have passed, years counted from 1 March, so that each is a multiplication and a shift (Neri and
/// Schneider, 2022).
#[inline]
pub fn civil(day: DayNo) -> (i32, u8, u8) {
    let passed = BEFORE.wrapping_add_signed(day.0).wrapping_mul(4).wrapping_add(3);
    let (century, of_century) = (passed / 146_097, passed % 146_097 / 4);
    let scaled = 2_939_745 * u64::from(4 * of_century + 3);
    #[expect(clippy::cast_possible_truncation, reason = "the high and the low half are wanted")]
    let (year, of_year) = ((scaled >> 32) as u32, scaled as u32 / 2_939_745 / 4);
    let months = 2_141 * of_year + 197_913;
    let (month, of_month) = (months >> 16, (months & 0xffff) / 2_141 + 1);
    let next_year = of_year >= 306;
    let month = if next_year { month - 12 } else { month };
    let year = (100 * century + year).cast_signed() - (400 * ERAS).cast_signed() + i32::from(next_year);
    (year, u8::try_from(month).expect("1 to 12"), u8::try_from(of_month).expect("1 to 31"))
}

/// The day number of a date; 29 February of a common year is 28 February.
pub fn day_number(year: i32, month: u8, day: u8) -> DayNo {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let day = if month == 2 && day == 29 && !leap { 28 } else { i32::from(day) };
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (i32::from(month) + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    DayNo(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
}

/// The same date `years` later (earlier when negative).
pub fn plus_years(day: DayNo, years: i32) -> DayNo {
    let (year, month, of_month) = civil(day);
    day_number(year + years, month, of_month)
}

/// Whole years from `birth` to `at`.
pub fn age(birth: DayNo, at: DayNo) -> i32 {
    let (from, to) = (civil(birth), civil(at));
    to.0 - from.0 - i32::from((to.1, to.2) < (from.1, from.2))
}

/// The first day on which somebody born on `birth` is `years` old: 1 March in a common year for who was born on a leap day.
pub fn turns(birth: DayNo, years: i32) -> DayNo {
    let day = plus_years(birth, years);
    DayNo(day.0 + i32::from(age(birth, day) < years))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_born_on_a_leap_day_is_a_year_older_on_the_first_of_march() {
        for (born, years) in [((2000, 2, 29), 15), ((2000, 2, 29), 16), ((2001, 3, 1), 15), ((2000, 2, 28), 13)] {
            let birth = day_number(born.0, born.1, born.2);
            let first = turns(birth, years);
            assert_eq!((age(birth, first), age(birth, DayNo(first.0 - 1))), (years, years - 1), "{born:?}");
        }
        assert_eq!(turns(day_number(2000, 2, 29), 15), day_number(2015, 3, 1));
    }

    #[test]
    fn dates_and_day_numbers_agree_with_the_calendar_library() {
        for number in -60_000..60_000 {
            let day = DayNo(number);
            let dato = day.dato();
            let (year, month, of_month) = civil(day);
            let there = (i32::from(dato.year()), dato.month().unsigned_abs(), dato.day().unsigned_abs());
            assert_eq!((year, month, of_month), there);
            assert_eq!(day_number(year, month, of_month), day);
        }
    }

    #[test]
    fn years_are_whole_and_leap_days_clamp() {
        let leap = day_number(2024, 2, 29);
        assert_eq!(plus_years(leap, 1), day_number(2025, 2, 28));
        assert_eq!(age(leap, day_number(2027, 2, 28)), 2);
        assert_eq!(age(leap, day_number(2027, 3, 1)), 3);
        assert_eq!(age(day_number(2000, 1, 4), day_number(2027, 1, 4)), 27);
    }
}
