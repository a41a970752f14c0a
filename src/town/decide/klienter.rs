//! Decisions on registered apps.

use super::{Cause, Refusal};
use crate::town::event::Event;
use crate::town::state::Town;

/// Registration of apps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KlientCommand {}

/// Decides a registration.
pub(super) fn decide(_town: &Town, command: &KlientCommand, _cause: &Cause) -> Result<Vec<Event>, Refusal> {
    match *command {}
}
