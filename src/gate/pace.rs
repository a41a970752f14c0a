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

/// Where each running clock was when it began to run.
#[derive(Clone, Debug, Default)]
pub struct Pace(Arc<Mutex<BTreeMap<u64, (WallTime, Instant)>>>);

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
        let (since, from) = *anchors.entry(world.incarnation()).or_insert((wall, town.now()));
        let target = from.plus_millis(wall.0 - since.0);
        if target < town.now() {
            // Somebody moved the clock ahead: it runs on from there.
            anchors.insert(world.incarnation(), (wall, town.now()));
            return Some(town.now());
        }
        Some(target)
    }

    /// Brings the clock of a running `world` up to `wall` before a request is answered.
    pub async fn catch_up(&self, world: &World, wall: WallTime) {
        if let Some(target) = self.target(world, wall)
            && target.millis() - world.town().now().millis() >= STEP_MS
            && let Err(error) = world.advance(target).await
        {
            tracing::warn!(world = world.name(), %error, "the clock could not follow real time");
        }
    }

    /// Runs what has fallen due in a running `world`.
    pub async fn tick(&self, world: &World, wall: WallTime) {
        if let Some(target) = self.target(world, wall)
            && world.next_due(target).is_some()
            && let Err(error) = world.advance(target).await
        {
            tracing::warn!(world = world.name(), %error, "the clock could not follow real time");
        }
    }
}
