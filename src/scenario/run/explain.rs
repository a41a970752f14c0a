//! Saying why an expectation failed: what was missing, by when, and what led there.

use std::sync::Arc;

use super::wanted::Window;
use super::{Mark, Run};
use crate::clock::Instant;
use crate::observe::{RequestEntry, is_noise};
use crate::scenario::fault::Sentence;
use crate::scenario::messages::Message;
use crate::scenario::outcome::{Failure, NearMiss};
use crate::scenario::plan::{Count, Entry, Expect, Located, Msg, Req};
use crate::scenario::template::stamp;

/// Requests shown in a chain of causes at most.
const CHAIN: usize = 4;

fn wanted_count(count: Count) -> String {
    match (count.least, count.most) {
        (least, None) => format!(">= {least}"),
        (0, Some(most)) => format!("<= {most}"),
        (least, Some(most)) if least == most => least.to_string(),
        (least, Some(most)) => format!("{least}..{most}"),
    }
}

impl Run<'_> {
    pub(super) fn request_failure(
        &self,
        expect: &Located<Expect>,
        wanted: &Req,
        window: &Window,
        count: Count,
        found: &[Arc<RequestEntry>],
    ) -> Failure {
        let (name, people) = self.wanted_request(wanted);
        let deadline = stamp(window.deadline);
        if count == Count::NONE {
            let parts = [name.as_str(), &people, &found.len().to_string()];
            let mut failure =
                Failure::new("BB1401", expect.span.clone(), Sentence::new("run.request-unwanted", &parts));
            failure.near = self.offenders(found.iter().map(|entry| self.request_line(entry)));
            return failure;
        }
        let mut failure = if found.is_empty() {
            let what = Sentence::new("run.request-missing", &[]);
            let mut failure = Failure::new("BB1401", expect.span.clone(), what);
            let key = if people.is_empty() { "run.no-request" } else { "run.no-request-about" };
            failure.note = Sentence::new(key, &[&name, &deadline, &people]);
            failure
        } else {
            self.wrong_count(expect, count, found.len(), &name, &people)
        };
        failure.near = self.near_requests(wanted, window);
        failure
    }

    pub(super) fn message_failure(
        &self,
        expect: &Located<Expect>,
        wanted: &Msg,
        window: &Window,
        count: Count,
        found: &[Message],
    ) -> Failure {
        let (kind, people) = self.wanted_message(wanted);
        if count == Count::NONE {
            let parts = [kind.as_str(), &people, &found.len().to_string()];
            let mut failure =
                Failure::new("BB1401", expect.span.clone(), Sentence::new("run.message-unwanted", &parts));
            failure.near = self.offenders(found.iter().map(|message| self.message_line(message)));
            return failure;
        }
        let mut failure = if found.is_empty() {
            let what = Sentence::new("run.message-missing", &[]);
            let mut failure = Failure::new("BB1401", expect.span.clone(), what);
            let key = if kind.is_empty() { "run.no-message" } else { "run.no-message-of-kind" };
            failure.note = Sentence::new(key, &[&people, &stamp(window.deadline), &kind]);
            failure
        } else {
            self.wrong_count(expect, count, found.len(), &kind, &people)
        };
        failure.near = self.near_messages(wanted, window);
        failure
    }

    fn wrong_count(&self, expect: &Located<Expect>, count: Count, found: usize, name: &str, people: &str) -> Failure {
        let parts = [name, people, &found.to_string(), &wanted_count(count)];
        Failure::new("BB1401", expect.span.clone(), Sentence::new("run.wrong-count", &parts))
    }

    /// Those that should not have been, as near misses without differences.
    pub(super) fn offenders(&self, lines: impl Iterator<Item = Sentence>) -> Vec<NearMiss> {
        lines.take(crate::observe::near::NEAR).map(|what| NearMiss { what, differences: Vec::new() }).collect()
    }

    /// What led to a failure: the entry its window hangs on, and the app's last requests since, those that failed
    /// before those that went well.
    pub(super) fn cause_of(&self, mark: Mark, deadline: Instant, entry: &Entry) -> Vec<Sentence> {
        let anchor = entry.at.entry().map(ToOwned::to_owned).or_else(|| entry.id.clone());
        let mut chain = Vec::new();
        if let Some(id) = anchor
            && let Some(at) = self.instants.get(&id).and_then(|instants| instants.happened)
        {
            chain.push(Sentence::new("run.cause-entry", &[&id, &stamp(at)]));
        }
        // Looking at the feed is what every poller does all the time; it explains nothing.
        let telling = |request: &&Arc<RequestEntry>| {
            request.at <= deadline && (request.status >= 400 || request.note.feed_read.is_none() && !is_noise(request))
        };
        let since: Vec<_> = self.requests.iter().skip(mark.requests).filter(telling).collect();
        if since.is_empty() {
            chain.push(Sentence::new("run.cause-silence", &[]));
            return chain;
        }
        let failed: Vec<_> = since.iter().filter(|request| request.status >= 400).collect();
        let shown: Vec<_> = if failed.is_empty() { since.iter().collect() } else { failed };
        let skip = shown.len().saturating_sub(CHAIN);
        chain.extend(shown.into_iter().skip(skip).map(|request| self.request_line(request)));
        chain
    }
}
