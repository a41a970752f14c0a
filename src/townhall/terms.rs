//! Under which terms a world is kept: how long without use, by whom, and how much it may do.
//!
//! They are no facts of the town, so they stand in no log and no digest: a store keeps them beside the world's header. The
//! time without use begins anew when a world is opened from disk again.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::journal::JournalFault;

/// Version of the form in which terms are kept.
const FORMAT: u8 = 1;

/// How long a world nobody named is kept without use (`specs/experience.md` §9).
pub const UNNAMED_TTL: Duration = Duration::from_mins(30);

/// Limits with a name (`specs/experience.md` §9).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Worlds in this process.
    pub worlds: usize,
    /// Log items a world may add to what it began with.
    pub events: u64,
    /// Bytes a world may hold beyond what it began with. Worlds share pages, so what one of them costs alone is estimated
    /// from above, by what its log weighs ([`super::Ledger::weight`]).
    pub memory: u64,
    /// Requests into a world's mocks in one second of real time; 0 for as many as come.
    pub requests: u32,
    /// Deliveries begun out of a world in one second of real time; what is above waits. 0 for as many as there are.
    pub deliveries: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { worlds: 10_000, events: 10_000_000, memory: 4 << 30, requests: 0, deliveries: 200 }
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

/// Terms as they are kept: numbers and text only. A form that was published is frozen; another one is a new version.
#[derive(Serialize, Deserialize)]
struct Kept {
    ttl_ms: Option<u64>,
    labels: BTreeMap<String, String>,
    events: u64,
    requests: u32,
    deliveries: u32,
    memory: u64,
}

impl Terms {
    /// As a store keeps them.
    pub(super) fn written(&self) -> Vec<u8> {
        let Limits { worlds: _, events, memory, requests, deliveries } = self.limits;
        let ttl_ms = self.ttl.map(|ttl| u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        let kept = Kept { ttl_ms, labels: self.labels.clone(), events, requests, deliveries, memory };
        postcard::to_extend(&kept, vec![FORMAT]).expect("numbers and text can be written")
    }

    /// Terms out of a store; `None` when nobody has set any for `world`, as before they were kept.
    ///
    /// # Errors
    /// [`JournalFault::Foreign`] for a later version, [`JournalFault::Store`] for what is no terms at all.
    pub(super) fn read(bytes: &[u8], world: &str) -> Result<Option<Self>, JournalFault> {
        let Some((version, content)) = bytes.split_first() else { return Ok(None) };
        let what = format!("what is kept about world `{world}`");
        if *version != FORMAT {
            return Err(JournalFault::Foreign { what, found: *version });
        }
        let kept: Kept = postcard::from_bytes(content)
            .map_err(|fault| JournalFault::Store(format!("{what} cannot be read: {fault}")))?;
        let Kept { ttl_ms, labels, events, requests, deliveries, memory } = kept;
        let limits = Limits { events, memory, requests, deliveries, ..Limits::default() };
        Ok(Some(Self { ttl: ttl_ms.map(Duration::from_millis), labels, limits }))
    }
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

    /// Written on the first day of the format; read for ever.
    const FIRST: &[u8] = b"\x01\x01\x80\xdd\xdb\x01\x01\x04eier\x04kari\xac\x02\x05\xc8\x01\x80\x80\x40";

    #[test]
    fn terms_are_read_as_they_were_written_and_in_their_first_form() {
        let limits = Limits { events: 300, memory: 1 << 20, requests: 5, deliveries: 200, ..Limits::default() };
        let labels = BTreeMap::from([("eier".to_owned(), "kari".to_owned())]);
        let terms = Terms { ttl: Some(Duration::from_hours(1)), labels, limits };
        assert_eq!(terms.written(), FIRST);
        assert_eq!(Terms::read(FIRST, "gren").unwrap(), Some(terms));
        assert_eq!(Terms::read(b"", "gren").unwrap(), None);
        let later = Terms::read(b"\x02", "gren").unwrap_err();
        assert!(matches!(later, JournalFault::Foreign { found: 2, .. }), "{later}");
        let cut = Terms::read(&FIRST[..9], "gren").unwrap_err().to_string();
        assert!(cut.starts_with("what is kept about world `gren` cannot be read"), "{cut}");
    }

    #[test]
    fn so_many_requests_a_second_and_no_more() {
        let meter = Meter::default();
        let admitted = |at: i64| (0..5).filter(|_| meter.admit(at, 3)).count();
        assert_eq!([admitted(1_000), admitted(1_999), admitted(2_000)], [3, 0, 3]);
    }
}
