//! Points in virtual time and how they are written.

use std::fmt;
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::dag::{date_of, day_of};
use super::offset::{oslo_offset, settled_offset};

/// Milliseconds of a day.
const DAG_MS: i64 = 86_400_000;

/// The civil zone of every town.
///
/// # Panics
/// Never: the time-zone table is in the binary.
#[must_use]
pub fn oslo() -> &'static TimeZone {
    static OSLO: OnceLock<TimeZone> = OnceLock::new();
    OSLO.get_or_init(|| TimeZone::get("Europe/Oslo").expect("the bundled table has Europe/Oslo"))
}

/// A point in virtual time, in whole milliseconds since 1970-01-01T00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct Instant(i64);

impl Instant {
    /// From milliseconds since 1970-01-01T00:00Z.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00Z.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00Z, as tokens carry them.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The instant at local `time` in Oslo. A time skipped in spring moves forward, an ambiguous one takes the first.
    #[must_use]
    pub fn from_local(time: DateTime) -> Self {
        let local = Self::as_if_utc(time);
        if let Some(offset) = settled_offset(local.div_euclid(1000)) {
            return Self(local - i64::from(offset) * 1000);
        }
        let zoned = oslo().to_ambiguous_zoned(time).compatible();
        zoned.map_or(Self(i64::MAX), |zoned| Self(zoned.timestamp().as_millisecond()))
    }

    /// Milliseconds since 1970 that `time` would be in UTC.
    fn as_if_utc(time: DateTime) -> i64 {
        let days = i64::from(day_of(time.date()));
        let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
        days * DAG_MS + seconds * 1000 + i64::from(time.millisecond())
    }

    /// Local midnight at the start of `dato`.
    #[must_use]
    pub fn midnight(dato: Date) -> Self {
        Self::from_local(dato.to_datetime(jiff::civil::Time::midnight()))
    }

    /// Reads an ISO 8601 instant: with offset or `Z`, or local to Oslo without; a date alone is its first instant.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(timestamp) = text.parse::<Timestamp>() {
            return Some(Self(timestamp.as_millisecond()));
        }
        if let Ok(dato) = text.parse::<Date>()
            && text.len() == 10
        {
            return Some(Self::midnight(dato));
        }
        text.parse::<DateTime>().ok().map(Self::from_local)
    }

    /// Milliseconds since 1970 that the local time in Oslo would be in UTC.
    fn as_local(self) -> i64 {
        self.0.saturating_add(i64::from(oslo_offset(self.seconds())) * 1000)
    }

    /// The local civil time in Oslo.
    #[must_use]
    pub fn local(self) -> DateTime {
        let local = self.as_local();
        let millis = local.rem_euclid(DAG_MS);
        let part = |length: i64, wrap: i64| i8::try_from(millis / length % wrap).unwrap_or(0);
        let nanos = i32::try_from(millis % 1000 * 1_000_000).unwrap_or(0);
        date_of(local.div_euclid(DAG_MS)).at(part(3_600_000, 24), part(60_000, 60), part(1000, 60), nanos)
    }

    /// The local date in Oslo.
    #[must_use]
    pub fn dato(self) -> Date {
        date_of(self.as_local().div_euclid(DAG_MS))
    }

    /// `self` moved by `millis`.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// ISO 8601 with the Oslo offset and exactly `digits` (3, 6 or 9) digits of fraction.
    #[must_use]
    pub fn iso(self, digits: usize) -> String {
        let zoned = self.timestamp().to_zoned(oslo().clone());
        let seconds = zoned.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let offset = zoned.strftime("%:z").to_string();
        let fraction = format!("{:03}000000", self.0.rem_euclid(1000));
        format!("{seconds}.{}{offset}", &fraction[..digits.min(9)])
    }

    /// ISO 8601 in UTC with whole seconds and `Z`.
    #[must_use]
    pub fn utc(self) -> String {
        self.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// The form of an HTTP `Date` header (RFC 9110 §5.6.7).
    #[must_use]
    pub fn http_date(self) -> String {
        self.timestamp().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zoned = self.timestamp().to_zoned(oslo().clone());
        write!(f, "{}", zoned.strftime("%Y-%m-%dT%H:%M:%S%:z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::DEFAULT_START;

    #[test]
    fn local_times_agree_with_the_calendar_library() {
        let library = |time: DateTime| oslo().to_ambiguous_zoned(time).compatible().unwrap().timestamp();
        for day in (-25_000..60_000).step_by(13) {
            for hour in [0, 1, 2, 3, 12, 23] {
                let instant = Instant::from_millis(day * DAG_MS + hour * 3_600_000 + 123);
                let zoned = instant.timestamp().to_zoned(oslo().clone());
                assert_eq!(instant.local(), zoned.datetime());
                assert_eq!(Instant::from_local(zoned.datetime()).0, library(zoned.datetime()).as_millisecond());
            }
        }
    }

    #[test]
    fn the_default_start_is_a_monday_morning_in_january() {
        assert_eq!(DEFAULT_START.to_string(), "2027-01-04T08:00:00+01:00");
        assert_eq!(DEFAULT_START.http_date(), "Mon, 04 Jan 2027 07:00:00 GMT");
        assert_eq!(DEFAULT_START.iso(6), "2027-01-04T08:00:00.000000+01:00");
    }

    #[test]
    fn texts_with_and_without_offset_are_read() {
        for (text, expected) in [
            ("2027-02-10T04:12", "2027-02-10T04:12:00+01:00"),
            ("2027-06-10T04:12:00Z", "2027-06-10T06:12:00+02:00"),
            ("2027-06-10", "2027-06-10T00:00:00+02:00"),
            // Skipped by the change to summer time: moves forward. Ambiguous in autumn: the first.
            ("2027-03-28T02:30", "2027-03-28T03:30:00+02:00"),
            ("2027-10-31T02:30", "2027-10-31T02:30:00+02:00"),
        ] {
            assert_eq!(Instant::parse(text).map(|instant| instant.to_string()).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(Instant::parse("yesterday"), None);
    }
}
