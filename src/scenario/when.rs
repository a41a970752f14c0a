//! Time words of scenarios (`specs/experience.md` §10.4).

use jiff::civil::{Time, Weekday};

use crate::clock::{Instant, Span};

/// A point in time as a file names it.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum When {
    /// An instant or a date.
    At(Instant),
    /// An anchor, moved by a span.
    From(Anchor, Option<(bool, Span)>),
    /// The next such weekday after now, at a time of day.
    Next(Weekday, Time),
}

/// What a point in time hangs on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Anchor {
    /// The world's first instant.
    Start,
    /// The clock when the preceding entry has happened.
    Now,
    /// The instant an entry happened, or one inside it.
    Entry(String, Option<Moment>),
}

/// An instant inside an entry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Moment {
    /// Its last expectation was met.
    Satisfied,
    /// Its message was delivered.
    Delivered,
    /// The app had read past its register events.
    Read,
}

impl Moment {
    pub(super) const ALL: [(&'static str, Self); 3] =
        [("satisfied", Self::Satisfied), ("delivered", Self::Delivered), ("read", Self::Read)];
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

impl When {
    /// Reads the words; `None` when they are none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("next ") {
            let mut words = rest.split_whitespace();
            let day = words.next()?;
            let day = WEEKDAYS.iter().find(|(word, _)| *word == day)?.1;
            let time = words.next().map_or(Some(Time::midnight()), |time| time.parse().ok())?;
            return words.next().is_none().then_some(Self::Next(day, time));
        }
        if text.starts_with('@') || text.starts_with('T') || text.starts_with("now") {
            // Ids hold hyphens, so only a sign with spaces around it moves an anchor.
            let (anchor, offset) = match (text.split_once(" + "), text.split_once(" - ")) {
                (Some((anchor, span)), _) => (anchor, Some((true, Span::parse(span).ok()?))),
                (None, Some((anchor, span))) => (anchor, Some((false, Span::parse(span).ok()?))),
                (None, None) => (text, None),
            };
            return Some(Self::From(Anchor::parse(anchor.trim())?, offset));
        }
        Instant::parse(text).map(Self::At)
    }

    /// The entry it hangs on.
    pub(super) fn entry(&self) -> Option<&str> {
        match self {
            Self::From(Anchor::Entry(id, _), _) => Some(id),
            _ => None,
        }
    }

    /// The instant, when `anchor` knows what it hangs on.
    pub(super) fn resolve(&self, anchor: impl Fn(&Anchor) -> Option<Instant>) -> Option<Instant> {
        match self {
            Self::At(at) => Some(*at),
            Self::From(from, offset) => {
                let start = anchor(from)?;
                Some(match offset {
                    None => start,
                    Some((true, span)) => span.after(start),
                    Some((false, span)) => span.before(start),
                })
            }
            Self::Next(day, time) => {
                let now = anchor(&Anchor::Now)?;
                let mut date = now.dato();
                loop {
                    let at = Instant::from_local(date.to_datetime(*time));
                    if date.weekday() == *day && at > now {
                        return Some(at);
                    }
                    date = date.tomorrow().ok()?;
                }
            }
        }
    }
}

impl Anchor {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "T" => Some(Self::Start),
            "now" => Some(Self::Now),
            _ => {
                let name = text.strip_prefix('@')?;
                let (id, moment) = match name.split_once('.') {
                    None => (name, None),
                    Some((id, word)) => (id, Some(Moment::ALL.iter().find(|(name, _)| *name == word)?.1)),
                };
                let slug = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
                (!id.is_empty() && id.chars().all(slug)).then(|| Self::Entry(id.to_owned(), moment))
            }
        }
    }
}

/// Wall time of starting and settling, in milliseconds: `150ms`, `10s`, `2m`.
#[must_use]
pub fn duration(text: &str) -> Option<u64> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    match &text[digits..] {
        "ms" => Some(number),
        "s" => number.checked_mul(1_000),
        "m" => number.checked_mul(60_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_time_are_read_and_resolved() {
        let now = Instant::parse("2027-01-06T12:00").unwrap();
        let anchor = |anchor: &Anchor| match anchor {
            Anchor::Start => Instant::parse("2027-01-04T08:00"),
            Anchor::Now => Some(now),
            Anchor::Entry(id, None) if id == "fikk-barn" => Instant::parse("2027-02-10T04:12"),
            Anchor::Entry(id, Some(Moment::Satisfied)) if id == "fikk-barn" => Instant::parse("2027-02-11T09:00"),
            Anchor::Entry(..) => None,
        };
        for (text, expected) in [
            ("2027-02-10T04:12", "2027-02-10T04:12"),
            ("2027-02-10", "2027-02-10T00:00"),
            ("T", "2027-01-04T08:00"),
            ("T + P1DT10H", "2027-01-05T18:00"),
            ("now", "2027-01-06T12:00"),
            ("@fikk-barn + P21D", "2027-03-03T04:12"),
            ("@fikk-barn - P1D", "2027-02-09T04:12"),
            ("@fikk-barn.satisfied + 2 virkedager", "2027-02-15T09:00"),
            ("next monday 08:00", "2027-01-11T08:00"),
            ("next wednesday 11:00", "2027-01-13T11:00"),
            ("next wednesday 13:00", "2027-01-06T13:00"),
        ] {
            let when = When::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(when.resolve(anchor), Instant::parse(expected), "{text}");
        }
        assert_eq!(When::parse("@ukjent").unwrap().resolve(anchor), None);
        for text in ["i morgen", "@", "@a.later", "T + 3", "next month", "P3D", "@A"] {
            assert_eq!(When::parse(text), None, "{text}");
        }
    }

    #[test]
    fn wall_durations_have_a_unit() {
        for (text, expected) in
            [("150ms", Some(150)), ("10s", Some(10_000)), ("2m", Some(120_000)), ("10", None), ("P1D", None)]
        {
            assert_eq!(duration(text), expected, "{text}");
        }
    }
}
