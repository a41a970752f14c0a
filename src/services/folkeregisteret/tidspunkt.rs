//! How the register writes dates and times: six digits of fraction and the local offset of that date
//! (`specs/folkeregister.md` §6.1). Written by hand because a document carries dozens.

use serde::{Serialize, Serializer};

use crate::clock::{Instant, oslo_offset};
use crate::town::model::DayNo;

/// Milliseconds of a day.
const DAG_MS: i64 = 86_400_000;

/// An instant.
pub(super) struct Tidspunkt(pub(super) Instant);

/// Local midnight at the start of a day.
pub(super) struct Midnatt(pub(super) DayNo);

/// A day.
pub(super) struct Dag(pub(super) DayNo);

impl Serialize for Tidspunkt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Tekst::of(self.0).as_str())
    }
}

impl std::fmt::Display for Tidspunkt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(Tekst::of(self.0).as_str())
    }
}

impl Serialize for Midnatt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Tekst::of(Instant::midnight(self.0.dato())).as_str())
    }
}

impl Serialize for Dag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Tekst::date(self.0.0.into()).as_str()[..10])
    }
}

/// `YYYY-MM-DDTHH:MM:SS.ffffff+HH:MM` in a fixed buffer.
struct Tekst([u8; 32]);

impl Tekst {
    fn of(instant: Instant) -> Self {
        let offset = i64::from(oslo_offset(instant.seconds()));
        let local = instant.millis() + offset * 1000;
        let mut text = Self::date(local.div_euclid(DAG_MS));
        let millis = local.rem_euclid(DAG_MS);
        let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
        for (place, mark) in [(10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (29, b':')] {
            text.0[place] = mark;
        }
        text.digits(11, 2, hours);
        text.digits(14, 2, minutes);
        text.digits(17, 2, seconds);
        text.digits(20, 6, millis % 1000 * 1000);
        text.0[26] = if offset < 0 { b'-' } else { b'+' };
        text.digits(27, 2, offset.abs() / 3600);
        text.digits(30, 2, offset.abs() / 60 % 60);
        text
    }

    /// Day number to civil date by whole 400-year cycles that begin in March.
    fn date(day: i64) -> Self {
        let shifted = day + 719_468;
        let (era, in_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
        let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * in_year + 2) / 153;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let mut text = Self([b'0'; 32]);
        text.digits(0, 4, year_of_era + era * 400 + i64::from(month <= 2));
        text.digits(5, 2, month);
        text.digits(8, 2, in_year - (153 * march_month + 2) / 5 + 1);
        text.0[4] = b'-';
        text.0[7] = b'-';
        text
    }

    fn digits(&mut self, from: usize, count: usize, value: i64) {
        let mut rest = value;
        for place in (from..from + count).rev() {
            self.0[place] = b'0' + u8::try_from(rest.rem_euclid(10)).unwrap_or(0);
            rest /= 10;
        }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn json(value: &impl Serialize) -> String {
        serde_json::to_string(value).unwrap().trim_matches('"').to_owned()
    }

    #[test]
    fn times_are_written_as_the_calendar_library_would() {
        for millis in (-1_800_000_000_000..2_000_000_000_000).step_by(97_654_321_987) {
            let instant = Instant::from_millis(millis);
            assert_eq!(json(&Tidspunkt(instant)), instant.iso(6));
        }
    }

    #[test]
    fn midnights_have_the_offset_of_their_date() {
        for (dato, text) in [
            (date(2024, 5, 3), "2024-05-03T00:00:00.000000+02:00"),
            (date(2027, 1, 4), "2027-01-04T00:00:00.000000+01:00"),
            (date(1964, 10, 1), "1964-10-01T00:00:00.000000+01:00"),
            (date(1943, 7, 1), "1943-07-01T00:00:00.000000+02:00"),
            (date(2000, 2, 29), "2000-02-29T00:00:00.000000+01:00"),
        ] {
            assert_eq!(json(&Midnatt(DayNo::of(dato))), text);
            assert_eq!(json(&Dag(DayNo::of(dato))), text[..10]);
        }
    }
}
