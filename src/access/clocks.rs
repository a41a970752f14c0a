//! The two clocks a token lives by (`specs/eid.md` §2.6, `specs/experience.md` §8.3).

use crate::clock::Instant;

/// Which clock token times follow.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TokenPolicy {
    /// Real time, so that stock libraries accept them.
    #[default]
    Wall,
    /// The world's clock throughout.
    Virtual,
}

/// Both clocks, read once at the beginning of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clocks {
    /// Real time in milliseconds since 1970-01-01T00:00Z.
    pub wall_ms: i64,
    /// The world's clock.
    pub world: Instant,
}

impl Clocks {
    /// Now in whole seconds, as tokens carry it.
    #[must_use]
    pub fn seconds(self, policy: TokenPolicy) -> i64 {
        match policy {
            TokenPolicy::Wall => self.wall_ms.div_euclid(1000),
            TokenPolicy::Virtual => self.world.seconds(),
        }
    }

    /// Now in milliseconds.
    #[must_use]
    pub fn millis(self, policy: TokenPolicy) -> i64 {
        match policy {
            TokenPolicy::Wall => self.wall_ms,
            TokenPolicy::Virtual => self.world.millis(),
        }
    }

    /// The end of something that lives `seconds` from now: when either clock says so, or under `Virtual` when the
    /// world's does.
    #[must_use]
    pub fn deadline(self, policy: TokenPolicy, seconds: i64) -> Deadline {
        let millis = seconds.saturating_mul(1000);
        Deadline {
            wall_ms: match policy {
                TokenPolicy::Wall => self.wall_ms.saturating_add(millis),
                TokenPolicy::Virtual => i64::MAX,
            },
            world: self.world.plus_millis(millis),
        }
    }

    /// The end of something that only the clock of `policy` ends: access tokens and what guards them (`DESIGN` §6).
    #[must_use]
    pub fn deadline_on(self, policy: TokenPolicy, seconds: i64) -> Deadline {
        let both = self.deadline(policy, seconds);
        match policy {
            TokenPolicy::Wall => Deadline { world: Instant::from_millis(i64::MAX), ..both },
            TokenPolicy::Virtual => both,
        }
    }
}

/// When something is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deadline {
    wall_ms: i64,
    world: Instant,
}

impl Deadline {
    /// The end on the world's clock and in real time, milliseconds; `None` where that clock never ends it.
    #[must_use]
    pub fn ends(self) -> (Option<Instant>, Option<i64>) {
        let world = Some(self.world).filter(|world| world.millis() < i64::MAX);
        (world, Some(self.wall_ms).filter(|&wall| wall < i64::MAX))
    }

    /// Whether either clock has reached the end.
    #[must_use]
    pub fn is_over(self, clocks: Clocks) -> bool {
        clocks.wall_ms >= self.wall_ms || clocks.world >= self.world
    }

    /// Whole seconds until the first of the two clocks reaches the end, none when it is over.
    #[must_use]
    pub fn seconds_left(self, clocks: Clocks) -> i64 {
        let wall = self.wall_ms.saturating_sub(clocks.wall_ms);
        let world = self.world.millis().saturating_sub(clocks.world.millis());
        wall.min(world).div_euclid(1000).max(0)
    }

    /// The earlier of two ends, clock by clock.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self { wall_ms: self.wall_ms.min(other.wall_ms), world: self.world.min(other.world) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_clock_ends_a_thing_under_wall_and_only_the_world_s_under_virtual() {
        let start = Clocks { wall_ms: 1_000_000, world: Instant::from_millis(5_000_000) };
        let wall_later = Clocks { wall_ms: 1_060_000, ..start };
        let world_later = Clocks { world: Instant::from_millis(5_060_000), ..start };
        let wall = start.deadline(TokenPolicy::Wall, 60);
        let world = start.deadline(TokenPolicy::Virtual, 60);
        assert!(!wall.is_over(start) && !world.is_over(start));
        assert!(wall.is_over(wall_later) && wall.is_over(world_later));
        assert_eq!((wall.seconds_left(start), world.seconds_left(start), wall.seconds_left(wall_later)), (60, 60, 0));
        assert!(!world.is_over(wall_later) && world.is_over(world_later));
        let token = start.deadline_on(TokenPolicy::Wall, 60);
        assert!(token.is_over(wall_later) && !token.is_over(world_later), "the town's clock ends no access token");
        let just_before = Clocks { wall_ms: 1_059_999, world: Instant::from_millis(5_059_999) };
        assert!(!wall.is_over(just_before) && !world.is_over(just_before));
    }
}
