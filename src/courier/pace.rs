//! Deliveries per second: each world has its own measure, so that one that tells everybody everything does not use up the
//! machine of the others.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Worlds remembered before those whose measure is full again are forgotten.
const REMEMBERED: usize = 1_000;

/// When the next attempt of each world may begin.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When the measure of a world, by incarnation, would be full again.
    full_at: Mutex<BTreeMap<u64, Instant>>,
}

impl Pace {
    /// Takes a turn for a world that may begin `per_second` attempts a second (0 for as many as come) at `now`: how long to
    /// wait for it.
    pub(super) fn turn(&self, incarnation: u64, per_second: u32, now: Instant) -> Duration {
        if per_second == 0 {
            return Duration::ZERO;
        }
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() > REMEMBERED {
            full_at.retain(|_, at| *at > now);
        }
        let at = full_at.entry(incarnation).or_insert(now);
        *at = (*at).max(now) + Duration::from_secs(1) / per_second;
        // A second's worth may go at once.
        (*at - now).saturating_sub(Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_s_worth_goes_at_once_and_the_rest_evenly_each_world_by_itself() {
        let (pace, now) = (Pace::default(), Instant::now());
        let turns: Vec<u128> = (0..7).map(|_| pace.turn(1, 4, now).as_millis()).collect();
        assert_eq!(turns, [0, 0, 0, 0, 250, 500, 750]);
        assert_eq!(pace.turn(2, 4, now), Duration::ZERO, "another world has its own measure");
        assert_eq!(pace.turn(1, 4, now + Duration::from_secs(3)), Duration::ZERO, "the measure fills again");
        assert!((0..1_000).all(|_| pace.turn(3, 0, now).is_zero()), "no limit");
    }
}
