//! The town hall: worlds, the one way to change them, and the published snapshots everybody reads.
//!
//! Write path (`DESIGN` §5): lock the world, decide, apply to the working town, hand to the commit thread, unlock;
//! after the flush the town is published in order and the caller answered. What is published never runs ahead of the
//! durable log; when a flush fails the world stops.

mod advance;
mod blobs;
mod commit;
mod diff;
mod hall;
mod ledger;
#[cfg(test)]
mod life_tests;
#[cfg(test)]
mod life_work_tests;
mod lifecycle;
mod outgoing;
mod past;
mod save;
mod snapshots;
mod terms;
#[cfg(test)]
pub(crate) mod tests_journal;
#[cfg(test)]
pub(crate) mod tests_letters;
mod trail;
mod watch;
#[cfg(test)]
mod working_life_tests;
mod world;

pub use advance::{Hold, Slice, Turn};
pub use blobs::Blobs;
pub use diff::{Borger, Diff, Difference, Pair, Side};
pub use hall::{HallError, MAIN, SETUP, TownHall, WorldInfo, WorldSpec};
pub use ledger::Ledger;
pub use outgoing::{EVERYBODY, Outgoing, Withheld};
pub use save::{Replayed, replay_snapshot};
pub use snapshots::{KeptSnapshot, Snapshots};
pub use terms::{Limits, Terms, UNNAMED_TTL};
pub use trail::traced;
pub use watch::Moment;
pub use world::{Advance, Committed, World};
