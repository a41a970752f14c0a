//! Norwegian public holidays and working days.
//!
//! Working days are Monday to Friday minus the holidays of the holiday act: fixed dates and those that move with
//! Easter (`specs/life-events.md`, opening notes).

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

/// Days from Easter Sunday of the movable holidays: Maundy Thursday, Good Friday, Easter Sunday and Monday, Ascension,
/// Whit Sunday and Monday.
const FROM_EASTER: [i64; 7] = [-3, -2, 0, 1, 39, 49, 50];
/// Month and day of the fixed holidays.
const FIXED: [(i8, i8); 5] = [(1, 1), (5, 1), (5, 17), (12, 25), (12, 26)];

/// Easter Sunday by the Gregorian computus (Meeus, *Astronomical Algorithms*, chapter 8).
fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let n = (h + l - 7 * m + 90) / 25;
    let p = (h + l - 7 * m + 33 * n + 19) % 32;
    date(year, i8::try_from(n).expect("March or April"), i8::try_from(p).expect("a day of a month"))
}

/// The public holidays of `year`, in order of date.
#[must_use]
pub fn helligdager(year: i16) -> Vec<Date> {
    let sunday = easter(year);
    let mut days: Vec<Date> = FIXED.iter().map(|&(month, day)| date(year, month, day)).collect();
    days.extend(FROM_EASTER.iter().filter_map(|&days| sunday.checked_add(days.days()).ok()));
    days.sort_unstable();
    days.dedup();
    days
}

/// Whether `dato` is a working day.
#[must_use]
pub fn is_virkedag(dato: Date) -> bool {
    !matches!(dato.weekday(), Weekday::Saturday | Weekday::Sunday) && !helligdager(dato.year()).contains(&dato)
}

/// The first working day on or after `dato`.
#[must_use]
pub fn next_virkedag(dato: Date) -> Date {
    let mut day = dato;
    while !is_virkedag(day) {
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => return day,
        }
    }
    day
}

/// Working days after `from`, up to and including `to`; 0 when `to` is not after `from`.
#[must_use]
pub fn virkedager_between(from: Date, to: Date) -> u32 {
    let mut count = 0;
    let mut day = from;
    while day < to {
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => break,
        }
        count += u32::from(is_virkedag(day));
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_falls_where_the_almanac_says() {
        for (year, month, day) in
            [(2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2028, 4, 16), (2038, 4, 25)]
        {
            assert_eq!(easter(year), date(year, month, day));
        }
    }

    #[test]
    fn holidays_and_the_working_days_between() {
        assert_eq!(helligdager(2026).len(), 12);
        assert_eq!(helligdager(2027).len(), 11, "Whit Monday falls on 17 May");
        assert!(!is_virkedag(date(2027, 5, 6)), "Ascension Day 2027");
        assert!(is_virkedag(date(2027, 5, 7)));
        assert_eq!(next_virkedag(date(2027, 3, 25)), date(2027, 3, 30));
        assert_eq!(virkedager_between(date(2027, 3, 24), date(2027, 3, 31)), 2);
        assert_eq!(virkedager_between(date(2027, 3, 31), date(2027, 3, 24)), 0);
    }
}
