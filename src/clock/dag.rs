//! Dates as day numbers, fast: towns and documents turn millions of them over, and the general library takes a hundred
//! nanoseconds each.

use jiff::civil::Date;

/// Day numbers (days since 1970-01-01) of the first and the last date the library knows.
const GRENSER: std::ops::RangeInclusive<i64> = -4_371_587..=2_932_896;

/// Eras of 400 years before year 0 at which the count of [`civil`] begins: every day number of a town is above it.
const ERAS: u32 = 82;
/// Days from 1 March of that year to 1970-01-01.
const BEFORE: u32 = 719_468 + 146_097 * ERAS;

/// Year, month and day of a day number (days since 1970-01-01), proleptic Gregorian. Centuries, years and months are
/// linear in the days that have passed, years counted from 1 March, so that each is a multiplication and a shift (Neri and
/// Schneider, 2022).
///
/// # Panics
/// Never: months and days of a year have one number each.
#[inline]
#[must_use]
pub fn civil(day: i32) -> (i32, u8, u8) {
    let passed = BEFORE.wrapping_add_signed(day).wrapping_mul(4).wrapping_add(3);
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
#[must_use]
pub fn day_number(year: i32, month: u8, day: u8) -> i32 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let day = if month == 2 && day == 29 && !leap { 28 } else { i32::from(day) };
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (i32::from(month) + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The day number of `dato`.
#[must_use]
pub fn day_of(dato: Date) -> i32 {
    day_number(i32::from(dato.year()), dato.month().unsigned_abs(), dato.day().unsigned_abs())
}

/// The date with a day number; the first or the last of the library's beyond its ends.
///
/// # Panics
/// Never: the number is brought within the ends first.
#[must_use]
pub fn date_of(day: i64) -> Date {
    let (first, last) = (*GRENSER.start(), *GRENSER.end());
    let day = i32::try_from(day.clamp(first, last)).expect("within seven digits");
    let (year, month, of_month) = civil(day);
    let narrow = |part: u8| i8::try_from(part).expect("at most 31");
    jiff::civil::date(i16::try_from(year).expect("at most 9999"), narrow(month), narrow(of_month))
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;

    #[test]
    fn dates_and_day_numbers_agree_with_the_library() {
        let epoch = jiff::civil::date(1970, 1, 1);
        let (first, last) = (*GRENSER.start(), *GRENSER.end());
        for number in (first..=last).step_by(379).chain(-40_000..60_000).chain([first, last]) {
            let dato = epoch.checked_add(number.days()).unwrap();
            assert_eq!(date_of(number), dato);
            assert_eq!(i64::from(day_of(dato)), number);
        }
        assert_eq!((date_of(first), date_of(last)), (Date::MIN, Date::MAX));
        assert_eq!((date_of(first - 1), date_of(i64::MAX)), (Date::MIN, Date::MAX));
    }

    #[test]
    fn the_leap_day_of_a_common_year_is_the_day_before() {
        assert_eq!(day_number(2027, 2, 29), day_number(2027, 2, 28));
        assert_eq!(day_number(2028, 2, 29), day_number(2028, 3, 1) - 1);
    }
}
