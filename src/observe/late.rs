//! What has been settled, to recognise a request that comes too late (`specs/core.md` §8, 5).

use std::collections::BTreeSet;

use super::RequestEntry;
use super::settle::is_noise;
use crate::town::model::PersonKey;

/// Most people, traces and messages remembered of one world, each; the smallest make room.
const MOST: usize = 20_000;

/// By what a late request belongs to something that was settled before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Belongs {
    /// It goes on with a trace that was seen before.
    Trace,
    /// It is about the message or delivery.
    Message,
    /// It is about a person to whom something had happened, or about whom had been asked.
    Person,
}

impl Belongs {
    /// The word in findings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Message => "delivery",
            Self::Person => "person",
        }
    }
}

/// What was settled in one world.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    /// To whom something happened, or about whom an app asked.
    people: BTreeSet<PersonKey>,
    /// About whom an app asked.
    watched: BTreeSet<PersonKey>,
    traces: BTreeSet<String>,
    messages: BTreeSet<String>,
    /// Traces that read a feed: a poller that never begins a new one would make everything look late.
    polls: BTreeSet<String>,
}

fn add<T: Ord>(set: &mut BTreeSet<T>, item: T) {
    set.insert(item);
    if set.len() > MOST {
        set.pop_first();
    }
}

impl Past {
    /// Something happened to `people`.
    pub(super) fn touched(&mut self, people: impl IntoIterator<Item = PersonKey>) {
        people.into_iter().for_each(|person| add(&mut self.people, person));
    }

    /// `entry` is settled.
    pub(super) fn close(&mut self, entry: &RequestEntry) {
        if let Some(trace) = &entry.trace {
            let reads_feed = entry.note.feed_read.is_some();
            add(if reads_feed { &mut self.polls } else { &mut self.traces }, trace.clone());
        }
        if let Some(message) = &entry.note.message {
            add(&mut self.messages, message.clone());
        }
        for person in &entry.note.about {
            add(&mut self.people, *person);
            add(&mut self.watched, *person);
        }
    }

    /// Why `entry`, which came after a settle, belongs to something before it. A trace tells it at any time.
    /// A message or a person tells it only while nothing new has happened: the app may ask about the same one for a new reason.
    pub(super) fn belongs(&self, entry: &RequestEntry, nothing_since: bool) -> Option<Belongs> {
        if is_noise(entry) {
            return None;
        }
        let has_trace = |trace: &String| self.traces.contains(trace) && !self.polls.contains(trace);
        if entry.trace.as_ref().is_some_and(has_trace) {
            return Some(Belongs::Trace);
        }
        if !nothing_since {
            return None;
        }
        if entry.note.message.as_ref().is_some_and(|message| self.messages.contains(message)) {
            return Some(Belongs::Message);
        }
        entry.note.about.iter().any(|person| self.people.contains(person)).then_some(Belongs::Person)
    }

    /// Whether an app has asked about any of `people`.
    pub(super) fn is_watched(&self, people: &[PersonKey]) -> bool {
        people.iter().any(|person| self.watched.contains(person))
    }
}
