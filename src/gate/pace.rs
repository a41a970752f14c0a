//! Worlds whose clock runs at the pace of real time.
//!
//! A running clock writes nothing while nobody looks: it is brought up to real time before a request is answered and
//! when something falls due (`specs/core.md` §4: only steps with an effect are logged).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::access::WallTime;
use crate::clock::{Instant, Mode};
use crate::townhall::World;

/// Smallest step of a running clock, milliseconds.
const STEP_MS: i64 = 1000;

/// Where each running clock was when it began to run at its rate.
#[derive(Clone, Debug, Default)]
pub struct Pace(Arc<Mutex<BTreeMap<u64, Anchor>>>);

/// From where a clock runs, and how fast.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    wall: WallTime,
    at: Instant,
    /// Thousandths of real time.
    takt: u32,
}

impl Anchor {
    /// Where the clock stands at `wall`.
    fn target(&self, wall: WallTime) -> Instant {
        let passed = i128::from(wall.0 - self.wall.0).max(0) * i128::from(self.takt) / 1000;
        self.at.plus_millis(i64::try_from(passed).unwrap_or(i64::MAX))
    }
}

impl Pace {
    /// Where the clock of `world` should stand at `wall`; `None` when it does not run.
    #[must_use]
    pub fn target(&self, world: &World, wall: WallTime) -> Option<Instant> {
        let town = world.town();
        let mut anchors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if town.tid.mode != Mode::Running {
            anchors.remove(&world.incarnation());
            return None;
        }
        let now = Anchor { wall, at: town.now(), takt: town.tid.takt };
        let anchor = anchors.entry(world.incarnation()).or_insert(now);
        if anchor.takt != now.takt {
            // The new rate holds from where the old one had brought the clock.
            *anchor = Anchor { at: anchor.target(wall).max(now.at), ..now };
        }
        let target = anchor.target(wall);
        if target < now.at {
            // Somebody moved the clock ahead: it runs on from there.
            *anchor = now;
            return Some(now.at);
        }
        Some(target)
    }

    /// Brings the clock of a running `world` up to `wall` before a request is answered.
    pub async fn catch_up(&self, world: &World, wall: WallTime) {
        if let Some(target) = self.target(world, wall)
            && target.millis() - world.town().now().millis() >= STEP_MS
        {
            follow(world, target).await;
        }
    }

    /// Runs what has fallen due in a running `world`.
    pub async fn tick(&self, world: &World, wall: WallTime) {
        if let Some(target) = self.target(world, wall)
            && world.next_due(target).is_some()
        {
            follow(world, target).await;
        }
    }
}

/// Moves the clock to `target`, unless somebody is moving it.
async fn follow(world: &World, target: Instant) {
    let Some(turn) = world.try_clock() else { return };
    // While the turn was waited for, the clock may have been moved ahead.
    if turn.check(target).is_ok()
        && let Err(error) = turn.advance(target).await
    {
        tracing::warn!(world = world.name(), %error, "the clock could not follow real time");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::DEFAULT_START;

    #[test]
    fn a_rate_is_counted_in_whole_thousandths_and_never_goes_back() {
        for (passed, takt, expected) in [
            (1000, 1000, 1000),
            (1000, 500, 500),
            (999, 1, 0),
            (60_000, 60_000, 3_600_000),
            (-5, 1000, 0),
            (86_400_000, 100_000_000, 8_640_000_000_000),
        ] {
            let anchor = Anchor { wall: WallTime(7), at: DEFAULT_START, takt };
            let target = anchor.target(WallTime(7 + passed));
            assert_eq!(target.millis() - DEFAULT_START.millis(), expected, "{passed} ms at {takt}");
        }
    }
}
