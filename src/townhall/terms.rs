//! Under which terms a world is kept: how long without use, by whom, and how much it may do.
//!
//! Terms belong to the process, as attachments do: a world that is opened from disk again has the default ones.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long a world nobody named is kept without use (`specs/experience.md` §9).
pub const UNNAMED_TTL: Duration = Duration::from_mins(30);

/// Limits with a name (`specs/experience.md` §9). Memory is not among them: worlds share pages, so what one of them
/// costs alone cannot be told without walking it; the limit on events bounds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Worlds in this process.
    pub worlds: usize,
    /// Log items a world may add to what it began with.
    pub events: u64,
    /// Requests into a world's mocks in one second of real time; 0 for as many as come.
    pub requests: u32,
    /// Deliveries begun out of a world in one second of real time; what is above waits. 0 for as many as there are.
    pub deliveries: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { worlds: 10_000, events: 10_000_000, requests: 0, deliveries: 200 }
    }
}

/// The terms of one world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terms {
    /// How long it is kept without use; for ever when not set.
    pub ttl: Option<Duration>,
    /// Free words about it, for example who owns it.
    pub labels: BTreeMap<String, String>,
    /// What it may do; `worlds` counts for the process and is not looked at here.
    pub limits: Limits,
}

/// Requests of the second that runs.
#[derive(Default, Debug)]
pub(super) struct Meter(Mutex<(i64, u32)>);

impl Meter {
    /// Counts a request at `wall_ms`; `false` when `limit` requests have come within this second already.
    pub(super) fn admit(&self, wall_ms: i64, limit: u32) -> bool {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let second = wall_ms.div_euclid(1000);
        if window.0 != second {
            *window = (second, 0);
        }
        if window.1 >= limit {
            return false;
        }
        window.1 += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_requests_a_second_and_no_more() {
        let meter = Meter::default();
        let admitted = |at: i64| (0..5).filter(|_| meter.admit(at, 3)).count();
        assert_eq!([admitted(1_000), admitted(1_999), admitted(2_000)], [3, 0, 3]);
    }
}
