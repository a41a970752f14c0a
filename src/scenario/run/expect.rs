//! Open expectations: judged after every step until they hold or their virtual deadline has passed.

use super::wanted::Window;
use super::{Mark, Run};
use crate::clock::Instant;
use crate::scenario::fault::Sentence;
use crate::scenario::outcome::Failure;
use crate::scenario::plan::{Count, Entry, Expect, ExpectBody, Located};
use crate::select::{EvalFault, Verdi};

/// How an open expectation stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Waiting,
    Met,
    Failed,
}

/// An expectation that has been opened.
pub(super) struct Open {
    /// Entry and expectation, by place in the plan.
    entry: usize,
    which: usize,
    pub(super) mark: Mark,
    pub(super) from: Instant,
    pub(super) deadline: Instant,
    /// How many settles had been weak when it was opened.
    weak: usize,
    state: State,
}

impl Open {
    pub(super) fn new(entry: usize, which: usize, mark: Mark, from: Instant, deadline: Instant, weak: usize) -> Self {
        Self { entry, which, mark, from, deadline, weak, state: State::Waiting }
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.state == State::Waiting
    }
}

/// How an expectation holds right now.
pub(super) enum Holds {
    Yes,
    /// It holds, but only the end of its window can say so.
    SoFar,
    No(Box<Failure>),
}

impl Run<'_> {
    /// Judges everything open at this instant; positive expectations close as soon as they hold.
    pub(super) async fn judge_open(&mut self) {
        for place in 0..self.open.len() {
            if !self.open[place].is_waiting() {
                continue;
            }
            if let Holds::Yes = self.judge(place).await {
                self.open[place].state = State::Met;
                self.note_satisfied(self.open[place].entry);
            }
        }
    }

    /// Judges those whose deadline is here for the last time.
    pub(super) fn expire(&mut self) {
        let now = self.now();
        self.expire_where(|open| open.deadline <= now);
    }

    /// Judges everything that is still open at the end of the time line.
    pub(super) fn expire_all(&mut self) {
        self.expire_where(|_| true);
    }

    fn expire_where(&mut self, due: impl Fn(&Open) -> bool) {
        for place in 0..self.open.len() {
            if !self.open[place].is_waiting() || !due(&self.open[place]) {
                continue;
            }
            let entry = self.open[place].entry;
            match self.judge_last(place) {
                holds @ (Holds::Yes | Holds::SoFar) => {
                    self.open[place].state = State::Met;
                    // That something did not happen is known only as well as that the app had finished.
                    if matches!(holds, Holds::SoFar) && self.weak_settles > self.open[place].weak {
                        self.finding("weak-negative", Sentence::new("run.weak-negative", &[]));
                    }
                    self.note_satisfied(entry);
                }
                Holds::No(failure) => {
                    self.open[place].state = State::Failed;
                    self.fail_expectation(place, *failure);
                }
            }
        }
    }

    fn fail_expectation(&mut self, place: usize, mut failure: Failure) {
        let plan = self.plan;
        let entry = &plan.timeline[self.open[place].entry];
        let expect = &entry.expects[self.open[place].which].what;
        failure.step = expect.id.clone().or_else(|| entry.id.clone());
        failure.title = expect.title.clone().or_else(|| entry.title.clone());
        failure.at = Some(self.open[place].deadline);
        failure.warning = expect.warn;
        if failure.cause.is_empty() {
            failure.cause = self.cause_of(self.open[place].mark, self.open[place].deadline, entry);
        }
        self.failures.push(failure);
    }

    /// Notes when the last expectation of an entry was met.
    fn note_satisfied(&mut self, entry: usize) {
        let all_met = self.open.iter().filter(|open| open.entry == entry).all(|open| open.state == State::Met);
        if let (true, Some(id)) = (all_met, &self.plan.timeline[entry].id) {
            let now = self.now();
            self.instants.entry(id.clone()).or_default().satisfied.get_or_insert(now);
        }
    }

    async fn judge(&mut self, place: usize) -> Holds {
        let plan = self.plan;
        let (entry, which) = (self.open[place].entry, self.open[place].which);
        let expect = &plan.timeline[entry].expects[which];
        if let ExpectBody::App { call, that } = &expect.what.body {
            return self.judge_app(expect, call, that.as_ref()).await;
        }
        self.judge_last(place)
    }

    fn judge_last(&mut self, place: usize) -> Holds {
        let plan = self.plan;
        let open = &self.open[place];
        let window = Window { mark: open.mark, from: open.from, deadline: open.deadline };
        let entry: &Entry = &plan.timeline[open.entry];
        let expect = &entry.expects[open.which];
        self.judge_one(expect, &window)
    }

    fn judge_one(&self, expect: &Located<Expect>, window: &Window) -> Holds {
        let judged = match &expect.what.body {
            ExpectBody::Request { wanted, negative } => {
                let count = if *negative { Count::NONE } else { wanted.count.unwrap_or(Count::ONE_OR_MORE) };
                self.find_requests(wanted, window).map(|found| {
                    self.counted(count, found.len() as u64, || {
                        self.request_failure(expect, wanted, window, count, &found)
                    })
                })
            }
            ExpectBody::Message { wanted, negative } => {
                let count = if *negative { Count::NONE } else { wanted.count.unwrap_or(Count::ONE_OR_MORE) };
                self.find_messages(wanted, window).map(|found| {
                    self.counted(count, found.len() as u64, || {
                        self.message_failure(expect, wanted, window, count, &found)
                    })
                })
            }
            ExpectBody::State { of, that } => self.judge_state(expect, of, that),
            ExpectBody::That(that) => self.scoped(None, |scope| that.holds(scope)).map(|holds| {
                if holds {
                    return Holds::Yes;
                }
                let what = Sentence::new("run.that-false", &[that.text()]);
                Holds::No(Box::new(Failure::new("BB1401", expect.span.clone(), what)))
            }),
            ExpectBody::All(inner) => return self.all_of(inner, window),
            ExpectBody::Any(inner) => return self.any_of(expect, inner, window),
            // Asked over HTTP, so judged apart; at a deadline the last answer stands.
            ExpectBody::App { .. } => {
                let what = Sentence::new("run.app-never", &[]);
                return Holds::No(Box::new(self.last_answer(expect, what)));
            }
        };
        judged.unwrap_or_else(|fault| Holds::No(Box::new(not_computed(expect, fault))))
    }

    fn counted(&self, count: Count, found: u64, failure: impl FnOnce() -> Failure) -> Holds {
        match (count.holds(found), count.has_upper_bound()) {
            (true, true) => Holds::SoFar,
            (true, false) => Holds::Yes,
            (false, _) => Holds::No(Box::new(failure())),
        }
    }

    fn judge_state(
        &self,
        expect: &Located<Expect>,
        of: &crate::select::Uttrykk,
        that: &crate::select::Uttrykk,
    ) -> Result<Holds, EvalFault> {
        let value = self.scoped(None, |scope| of.eval(scope))?;
        let entities: Vec<Verdi> = match value {
            Verdi::List(items) => items.to_vec(),
            one => vec![one],
        };
        for entity in entities {
            if !self.scoped(Some(entity.clone()), |scope| that.holds(scope))? {
                let who = match &entity {
                    Verdi::Person(id) => self.name_of(self.town.key_of(*id)),
                    other => other.type_word().to_owned(),
                };
                let clause = self.scoped(Some(entity), |scope| that.first_false(scope));
                let what = Sentence::new("run.state-false", &[&who]);
                let mut failure = Failure::new("BB1401", expect.span.clone(), what);
                failure.note = Sentence::new("run.clause-false", &[clause.unwrap_or(that.text())]);
                return Ok(Holds::No(Box::new(failure)));
            }
        }
        Ok(Holds::Yes)
    }

    fn all_of(&self, inner: &[Located<Expect>], window: &Window) -> Holds {
        let mut all = Holds::Yes;
        for one in inner {
            match self.judge_one(one, window) {
                Holds::Yes => {}
                Holds::SoFar => all = Holds::SoFar,
                no @ Holds::No(_) => return no,
            }
        }
        all
    }

    fn any_of(&self, expect: &Located<Expect>, inner: &[Located<Expect>], window: &Window) -> Holds {
        let mut near = Vec::new();
        for one in inner {
            match self.judge_one(one, window) {
                Holds::No(failure) => near.extend(failure.near),
                holds => return holds,
            }
        }
        let what = Sentence::new("run.none-of", &[&inner.len().to_string()]);
        let mut failure = Failure::new("BB1401", expect.span.clone(), what);
        near.truncate(crate::observe::near::NEAR);
        failure.near = near;
        Holds::No(Box::new(failure))
    }

    async fn judge_app(
        &mut self,
        expect: &Located<Expect>,
        call: &crate::scenario::plan::Call,
        that: Option<&crate::select::Uttrykk>,
    ) -> Holds {
        let no = |failure: Failure| Holds::No(Box::new(failure));
        let answer = match self.call(call).await {
            Ok(answer) => answer,
            Err(fault) => return no(Failure::new("BB1902", expect.span.clone(), fault.sentence())),
        };
        self.look();
        let judged = match (&call.expect, that) {
            (Some(wanted), _) => self.judge_answer(call, wanted, &answer).map_err(|failure| *failure),
            _ => Ok(()),
        };
        let judged = judged.and_then(|()| match that {
            None => Ok(()),
            Some(that) => match self.scoped(Some(answer.verdi()), |scope| that.holds(scope)) {
                Ok(true) => Ok(()),
                Ok(false) => {
                    let what = Sentence::new("run.that-false", &[that.text()]);
                    let mut failure = Failure::new("BB1401", expect.span.clone(), what);
                    failure.note = super::actions::answer_note(&answer);
                    Err(failure)
                }
                Err(fault) => {
                    let mut failure = not_computed(expect, fault);
                    failure.note = super::actions::answer_note(&answer);
                    Err(failure)
                }
            },
        });
        match judged {
            Ok(()) => match self.save(call, &answer) {
                Ok(()) => Holds::Yes,
                Err(failure) => no(*failure),
            },
            Err(failure) => {
                self.answers.insert(expect.span.start, failure.clone());
                no(failure)
            }
        }
    }

    /// The failure of the last time the app was asked.
    fn last_answer(&self, expect: &Located<Expect>, never: Sentence) -> Failure {
        let last = self.answers.get(&expect.span.start).cloned();
        last.unwrap_or_else(|| Failure::new("BB1401", expect.span.clone(), never))
    }
}

fn not_computed(expect: &Located<Expect>, fault: EvalFault) -> Failure {
    let what = Sentence { key: fault.key, parts: fault.parts };
    let mut failure = Failure::new("BB1403", expect.span.clone(), what);
    failure.note = Sentence::new("run.not-yet", &[]);
    failure
}
