//! The offset of Oslo from a table of its own: documents and the feed ask for millions of them, and the general
//! library takes half a microsecond each.

use std::sync::LazyLock;

use jiff::Timestamp;

use super::oslo;

/// First and last year of the table; outside it the library is asked.
const AAR: std::ops::Range<i16> = 1900..2200;

/// Seconds since 1970 at which the table begins and ends.
static GRENSER: LazyLock<std::ops::Range<i64>> = LazyLock::new(|| {
    let at = |year: i16| {
        let midnight = jiff::civil::date(year, 1, 1).to_zoned(jiff::tz::TimeZone::UTC);
        midnight.map_or(0, |zoned| zoned.timestamp().as_second())
    };
    at(AAR.start)..at(AAR.end)
});

/// From which second which offset holds, in order.
static OVERGANGER: LazyLock<Vec<(i64, i32)>> = LazyLock::new(|| {
    let start = Timestamp::from_second(GRENSER.start).unwrap_or_default();
    let mut table = vec![(GRENSER.start, oslo().to_offset(start).seconds())];
    for change in oslo().following(start) {
        let second = change.timestamp().as_second();
        if second >= GRENSER.end {
            break;
        }
        table.push((second, change.offset().seconds()));
    }
    table
});

/// Seconds that local time in Oslo is ahead of UTC at `second` since 1970-01-01T00:00Z.
#[must_use]
pub fn oslo_offset(second: i64) -> i32 {
    if !GRENSER.contains(&second) {
        let clamped = second.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        return oslo().to_offset(Timestamp::from_second(clamped).unwrap_or_default()).seconds();
    }
    let next = OVERGANGER.partition_point(|(from, _)| *from <= second);
    OVERGANGER[next - 1].1
}

/// The offset at a local time, given as if it were seconds of UTC, when no change of offset is within a day of it.
pub(super) fn settled_offset(local_second: i64) -> Option<i32> {
    const DAG: i64 = 86_400;
    let (before, after) = (oslo_offset(local_second - DAG), oslo_offset(local_second + DAG));
    (before == after).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_agrees_with_the_library_around_every_change_and_in_between() {
        let library = |second: i64| oslo().to_offset(Timestamp::from_second(second).unwrap()).seconds();
        for &(change, _) in OVERGANGER.iter() {
            for second in [change - 1, change, change + 1] {
                assert_eq!(oslo_offset(second), library(second), "{second}");
            }
        }
        for second in (-3_000_000_000..8_000_000_000).step_by(86_399 * 17) {
            assert_eq!(oslo_offset(second), library(second), "{second}");
        }
        assert!(OVERGANGER.len() > 300, "{} changes between 1900 and 2200", OVERGANGER.len());
    }
}
