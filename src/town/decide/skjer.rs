//! How what was decided happens: in the town itself, one event after the other, so that what follows is told of a town
//! in which the rest has happened.

use super::foelger::Etterpaa;
use crate::town::apply::apply;
use crate::town::event::Event;
use crate::town::state::Town;

/// What is to happen, and what is to follow in a town in which it has.
pub(super) struct Vedtak {
    pub(super) events: Vec<Event>,
    pub(super) etterpaa: Option<Etterpaa>,
}

impl From<Vec<Event>> for Vedtak {
    fn from(events: Vec<Event>) -> Self {
        Self { events, etterpaa: None }
    }
}

/// A town in which something is happening.
pub(super) struct Skjer<'a> {
    /// The town with all of [`Self::events`] in it.
    pub(super) town: &'a mut Town,
    /// What has happened, in order.
    pub(super) events: Vec<Event>,
}

impl<'a> Skjer<'a> {
    /// Nothing yet.
    pub(super) fn i(town: &'a mut Town) -> Self {
        Self { town, events: Vec::new() }
    }

    /// Lets `events` happen.
    pub(super) fn skje(&mut self, events: Vec<Event>) {
        events.iter().for_each(|event| apply(self.town, event));
        if self.events.is_empty() {
            self.events = events;
        } else {
            self.events.extend(events);
        }
    }
}
