//! Events of registered apps.

use crate::base::OriginKey;
use crate::town::state::Town;

/// What happened to the registration of an app.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum KlientEvent {}

impl KlientEvent {
    /// The entities touched.
    #[must_use]
    pub fn entities(&self) -> Vec<OriginKey> {
        match *self {}
    }
}

/// Puts a registration event into the town.
pub(super) fn apply(_town: &mut Town, event: &KlientEvent) {
    match *event {}
}
