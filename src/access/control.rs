//! What a request may change about the running server itself: the origin a browser uses, and that the server is to
//! stop (`specs/experience.md` §7, §16).

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// Settings of the running server that requests change. Cheap to clone; all clones are the same.
#[derive(Clone, Debug)]
pub struct Control {
    public_url: Arc<Mutex<Option<String>>>,
    stop: Arc<watch::Sender<bool>>,
}

impl Default for Control {
    fn default() -> Self {
        Self { public_url: Arc::default(), stop: Arc::new(watch::Sender::new(false)) }
    }
}

impl Control {
    /// The origin a browser uses, when a request has set one; no slash at the end.
    #[must_use]
    pub fn public_url(&self) -> Option<String> {
        self.public_url.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets it; `None` goes back to what the server was started with.
    pub fn set_public_url(&self, url: Option<String>) {
        *self.public_url.lock().unwrap_or_else(PoisonError::into_inner) = url;
    }

    /// Asks the server to stop.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Returns when somebody has asked the server to stop.
    pub async fn stopped(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }
}
