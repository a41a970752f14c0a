//! Spans of virtual time: ISO 8601 durations and counts of working days.

use std::fmt;

use jiff::ToSpan;

use super::{Instant, is_virkedag};

/// A length of virtual time as people write it: `P3M`, `PT36H`, `2 virkedager` (`specs/experience.md` §10.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Span {
    /// Calendar months, days, and exact milliseconds, added in that order; months clamp to the last day.
    Calendar {
        /// Years and months as months.
        months: i32,
        /// Weeks and days as days.
        days: i32,
        /// Hours, minutes and seconds as milliseconds.
        millis: i64,
    },
    /// Working days: Monday to Friday without public holidays.
    Virkedager(u32),
}

/// What is wrong with a span.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a span: write `P3M`, `P10D`, `PT36H` or `2 virkedager`")]
pub struct SpanFault(pub String);

impl Span {
    /// Reads `P1Y2M10DT2H30M`, `P2W`, `1 virkedag` or `n virkedager`.
    ///
    /// # Errors
    /// [`SpanFault`] with the text when it is none of these.
    pub fn parse(text: &str) -> Result<Self, SpanFault> {
        let fault = || SpanFault(text.to_owned());
        let trimmed = text.trim();
        if let Some((count, "virkedag" | "virkedager")) = trimmed.split_once(' ') {
            return count.parse().map(Self::Virkedager).map_err(|_| fault());
        }
        if !trimmed.starts_with('P') {
            return Err(fault());
        }
        let span: jiff::Span = trimmed.parse().map_err(|_| fault())?;
        if span.is_negative() {
            return Err(fault());
        }
        let months = i32::from(span.get_years()) * 12 + span.get_months();
        let days = span.get_weeks() * 7 + span.get_days();
        let millis = i64::from(span.get_hours()) * 3_600_000
            + span.get_minutes() * 60_000
            + span.get_seconds() * 1_000
            + span.get_milliseconds();
        Ok(Self::Calendar { months, days, millis })
    }

    /// `start` plus this span. Working days keep the time of day.
    #[must_use]
    pub fn after(self, start: Instant) -> Instant {
        match self {
            Self::Calendar { months, days, millis } => shift(start, months, days).plus_millis(millis),
            Self::Virkedager(count) => step_virkedager(start, count, true),
        }
    }

    /// `start` minus this span.
    #[must_use]
    pub fn before(self, start: Instant) -> Instant {
        match self {
            Self::Calendar { months, days, millis } => shift(start.plus_millis(-millis), -months, -days),
            Self::Virkedager(count) => step_virkedager(start, count, false),
        }
    }
}

fn shift(start: Instant, months: i32, days: i32) -> Instant {
    if months == 0 && days == 0 {
        return start;
    }
    let local = start.local();
    let moved = local.checked_add(months.months()).and_then(|time| time.checked_add(days.days()));
    let within = moved.map_or(start, Instant::from_local);
    within.plus_millis(start.millis().rem_euclid(1000) - within.millis().rem_euclid(1000))
}

fn step_virkedager(start: Instant, count: u32, forward: bool) -> Instant {
    let mut local = start.local();
    let mut left = count;
    while left > 0 {
        let next = if forward { local.date().tomorrow() } else { local.date().yesterday() };
        let Ok(day) = next else { break };
        local = day.to_datetime(local.time());
        left -= u32::from(is_virkedag(day));
    }
    Instant::from_local(local)
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Virkedager(1) => f.write_str("1 virkedag"),
            Self::Virkedager(count) => write!(f, "{count} virkedager"),
            Self::Calendar { months, days, millis } => {
                f.write_str("P")?;
                if months != 0 {
                    write!(f, "{months}M")?;
                }
                if days != 0 || (months == 0 && millis == 0) {
                    write!(f, "{days}D")?;
                }
                if millis != 0 {
                    f.write_str("T")?;
                    let (hours, minutes, seconds, rest) =
                        (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60, millis % 1000);
                    if hours != 0 {
                        write!(f, "{hours}H")?;
                    }
                    if minutes != 0 {
                        write!(f, "{minutes}M")?;
                    }
                    match (seconds, rest) {
                        (0, 0) => {}
                        (seconds, 0) => write!(f, "{seconds}S")?,
                        (seconds, rest) => write!(f, "{seconds}.{rest:03}S")?,
                    }
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).expect("a good instant")
    }

    #[test]
    fn spans_add_as_people_expect() {
        for (start, span, end) in [
            ("2027-01-31T08:00", "P1M", "2027-02-28T08:00:00+01:00"),
            ("2027-02-10T04:12", "P21D", "2027-03-03T04:12:00+01:00"),
            // Over the change to summer time a day keeps the time of day, hours do not.
            ("2027-03-27T12:00", "P1D", "2027-03-28T12:00:00+02:00"),
            ("2027-03-27T12:00", "PT24H", "2027-03-28T13:00:00+02:00"),
            ("2027-02-10T04:12", "2 virkedager", "2027-02-12T04:12:00+01:00"),
            ("2027-03-24T09:00", "1 virkedag", "2027-03-30T09:00:00+02:00"),
            ("2027-01-04T08:00", "P1Y2M", "2028-03-04T08:00:00+01:00"),
        ] {
            assert_eq!(Span::parse(span).unwrap().after(at(start)).to_string(), end, "{start} + {span}");
        }
    }

    #[test]
    fn going_back_undoes_days_and_working_days() {
        assert_eq!(Span::Virkedager(1).before(at("2027-03-30T09:00")), at("2027-03-24T09:00"));
        assert_eq!(Span::parse("P10D").unwrap().before(at("2027-01-14T08:00")), at("2027-01-04T08:00"));
    }

    #[test]
    fn nonsense_is_refused_and_good_spans_print_as_they_were_read() {
        for text in ["", "3", "10D", "-P1D", "P", "virkedager", "x virkedager"] {
            assert!(Span::parse(text).is_err(), "{text}");
        }
        for text in ["P3M", "PT36H", "P10D", "P14MT1H30M", "PT1.250S", "2 virkedager", "1 virkedag"] {
            assert_eq!(Span::parse(text).unwrap().to_string(), text);
        }
    }
}
