//! Noticing that a world has a new published state, without asking again and again.

use tokio::sync::watch;

use super::World;

/// What a watcher of a world sees. Only the newest is kept, so a slow watcher costs nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment {
    /// Items in the published log.
    pub seq: u64,
    /// The world was dropped or the server stops: nothing more will come.
    pub ended: bool,
}

/// The sending end, kept by the world.
#[derive(Debug)]
pub(super) struct Moments(watch::Sender<Moment>);

impl Moments {
    pub(super) fn new(seq: u64) -> Self {
        Self(watch::Sender::new(Moment { seq, ended: false }))
    }

    pub(super) fn publish(&self, seq: u64) {
        self.0.send_modify(|moment| moment.seq = seq);
    }

    pub(super) fn end(&self) {
        self.0.send_modify(|moment| moment.ended = true);
    }
}

impl World {
    /// Changes with every published log item, and for the last time when the world ends.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Moment> {
        self.moments().0.subscribe()
    }
}
