//! Rules: what holds always and what happens never, checked after every step.

use std::sync::atomic::Ordering;

use super::wanted::Window;
use super::{Mark, Run};
use crate::clock::Instant;
use crate::scenario::fault::Sentence;
use crate::scenario::outcome::{Failure, NearMiss};
use crate::scenario::plan::{Rule, RuleBody};
use crate::select::{EvalFault, Uttrykk};

impl Run<'_> {
    /// Checks every rule that has not been broken yet; the first break is reported.
    pub(super) fn check_rules(&mut self) {
        let plan = self.plan;
        for (place, rule) in plan.rules.iter().enumerate() {
            if self.broken_rules[place] {
                continue;
            }
            let Some(window) = self.rule_window(rule) else { continue };
            let broken = self.rule_broken(rule, &window);
            if let Some(mut failure) = broken {
                self.broken_rules[place] = true;
                failure.step.clone_from(&rule.id);
                failure.title.clone_from(&rule.title);
                failure.at = Some(self.now());
                self.failures.push(failure);
            }
        }
        self.seen_by_rules = self.mark();
    }

    /// From when to when a rule holds; `None` while it does not.
    fn rule_window(&self, rule: &Rule) -> Option<Window> {
        let now = self.now();
        let from = match &rule.from {
            None => Instant::from_millis(i64::MIN),
            Some(when) => self.instant(when).filter(|from| *from <= now)?,
        };
        let to = match &rule.to {
            None => Instant::from_millis(i64::MAX),
            Some(when) => self.instant(when).unwrap_or(Instant::from_millis(i64::MAX)),
        };
        (now <= to).then_some(Window { from, deadline: to, ..Window::open() })
    }

    fn rule_broken(&self, rule: &Rule, window: &Window) -> Option<Failure> {
        let name = rule.id.clone().unwrap_or_else(|| format!("#{}", self.plan.source.place(&rule.span).line));
        let failure = |near: Vec<NearMiss>, note: Sentence| {
            let mut failure = Failure::new("BB1404", rule.span.clone(), Sentence::new("run.rule-broken", &[&name]));
            failure.near = near;
            failure.note = note;
            failure
        };
        let of_fault = |fault: EvalFault| failure(Vec::new(), Sentence { key: fault.key, parts: fault.parts });
        match &rule.body {
            RuleBody::Always(that) | RuleBody::Never(that) => {
                let wanted = matches!(rule.body, RuleBody::Always(_));
                match self.scoped(None, |scope| that.holds(scope)) {
                    Ok(holds) if holds == wanted => None,
                    // What cannot be computed breaks a rule: it is never taken as holding.
                    Err(fault) => Some(of_fault(fault)),
                    Ok(_) => {
                        let (near, people) = self.what_broke(that, wanted);
                        let note = Sentence::new(
                            if people.is_empty() { "run.rule-note" } else { "run.rule-note-people" },
                            &[that.text(), &people],
                        );
                        Some(failure(near, note))
                    }
                }
            }
            RuleBody::NoRequest(wanted) => match self.find_requests(wanted, window) {
                Ok(found) if found.is_empty() => None,
                Ok(found) => {
                    let about: Vec<_> = found.iter().flat_map(|entry| entry.note.about.iter().copied()).collect();
                    let near = self.offenders(found.iter().map(|entry| self.request_line(entry)));
                    Some(failure(near, Sentence::new("run.never-request", &[&self.names_of(&about)])))
                }
                Err(fault) => Some(of_fault(fault)),
            },
            RuleBody::NoMessage(wanted) => match self.find_messages(wanted, window) {
                Ok(found) if found.is_empty() => None,
                Ok(found) => {
                    let to: Vec<_> = found.iter().map(|message| message.to).collect();
                    let near = self.offenders(found.iter().map(|message| self.message_line(message)));
                    Some(failure(near, Sentence::new("run.never-message", &[&self.names_of(&to)])))
                }
                Err(fault) => Some(of_fault(fault)),
            },
        }
    }

    /// The message or request with which the rule stopped holding: the lists are shown to it one item longer each time.
    fn what_broke(&self, that: &Uttrykk, wanted: bool) -> (Vec<NearMiss>, String) {
        let holds = |shown: Mark| {
            self.shown_messages.store(shown.messages, Ordering::Relaxed);
            self.shown_requests.store(shown.requests, Ordering::Relaxed);
            let holds = self.scoped(None, |scope| that.holds(scope));
            self.shown_messages.store(usize::MAX, Ordering::Relaxed);
            self.shown_requests.store(usize::MAX, Ordering::Relaxed);
            holds != Ok(wanted)
        };
        let (before, now) = (self.seen_by_rules, self.mark());
        for messages in before.messages..now.messages {
            if holds(Mark { messages: messages + 1, requests: before.requests }) {
                let message = &self.messages[messages];
                return (self.offenders([self.message_line(message)].into_iter()), self.name_of(message.to));
            }
        }
        for requests in before.requests..now.requests {
            if holds(Mark { messages: now.messages, requests: requests + 1 }) {
                let entry = &self.requests[requests];
                return (self.offenders([self.request_line(entry)].into_iter()), self.names_of(&entry.note.about));
            }
        }
        (Vec::new(), String::new())
    }
}
