//! What a request may ask of the running server itself: that it stops (`specs/experience.md` §16).

use std::sync::Arc;

use tokio::sync::watch;

/// What requests ask of the server itself. Cheap to clone; all clones are the same.
#[derive(Clone, Debug)]
pub struct Control(Arc<watch::Sender<bool>>);

impl Default for Control {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Control {
    /// Asks the server to stop.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Returns when somebody has asked the server to stop.
    pub async fn stopped(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|stop| *stop).await;
    }
}
