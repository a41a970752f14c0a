//! Ages and birthdays on day numbers.

use crate::clock;
use crate::town::model::DayNo;

/// Year, month and day of a day number.
pub fn civil(day: DayNo) -> (i32, u8, u8) {
    clock::civil(day.0)
}

/// The day number of a date; 29 February of a common year is 28 February.
pub fn day_number(year: i32, month: u8, day: u8) -> DayNo {
    DayNo(clock::day_number(year, month, day))
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
    fn years_are_whole_and_leap_days_clamp() {
        let leap = day_number(2024, 2, 29);
        assert_eq!(plus_years(leap, 1), day_number(2025, 2, 28));
        assert_eq!(age(leap, day_number(2027, 2, 28)), 2);
        assert_eq!(age(leap, day_number(2027, 3, 1)), 3);
        assert_eq!(age(day_number(2000, 1, 4), day_number(2027, 1, 4)), 27);
    }
}
