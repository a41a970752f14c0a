//! Events of business messages.

use crate::base::OriginKey;
use crate::town::state::Town;

/// What happened to a business message.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum PostEvent {}

impl PostEvent {
    /// The entities touched.
    #[must_use]
    pub fn entities(&self) -> Vec<OriginKey> {
        match *self {}
    }
}

/// Puts a message event into the town.
pub(super) fn apply(_town: &mut Town, event: &PostEvent) {
    match *event {}
}
