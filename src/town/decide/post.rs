//! Decisions on business messages.

use super::{Cause, Refusal};
use crate::town::event::Event;
use crate::town::state::{PostDue, Town};

/// What apps and citizens do with business messages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PostCommand {}

/// Decides a command on messages.
pub(super) fn decide(_town: &Town, command: &PostCommand, _cause: &Cause) -> Result<Vec<Event>, Refusal> {
    match *command {}
}

/// Decides an item about messages whose time has come.
pub(super) fn decide_due(_town: &Town, due: &PostDue, _cause: &Cause) -> Vec<Event> {
    match *due {}
}
