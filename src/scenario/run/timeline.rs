//! Walking the time line: entries in order of their instants, and the clock between them.

use super::expect::Open;
use super::{Mark, Run, Step, Stop};
use crate::clock::{Instant, Span};
use crate::scenario::fault::Sentence;
use crate::scenario::outcome::{Break, Failure};
use crate::scenario::plan::Entry;
use crate::scenario::when::{Anchor, When};

/// While something is waited for, the app gets a chance to work at least this often in virtual time. A real app would have
/// polled many times by then; without this the clock would jump to the deadline and the app would act one moment late.
const PULSE: Span = Span::Calendar { months: 0, days: 1, millis: 0 };

/// How far an entry has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Waiting,
    Done,
    Skipped,
}

impl Run<'_> {
    pub(super) async fn walk_timeline(&mut self) -> Step<()> {
        let plan = self.plan;
        let mut states = vec![State::Waiting; plan.timeline.len()];
        loop {
            self.skip_unreachable(&mut states);
            let due = self.due_by_itself();
            let next = self.next_entry(&states, due);
            let deadline = self.open.iter().filter(|open| open.is_waiting()).map(|open| open.deadline).min();
            let pulse = deadline.filter(|_| !self.apps.is_empty()).map(|_| PULSE.after(self.now()));
            let stop = [next.map(|(at, _)| at), deadline, pulse, due].into_iter().flatten().min();
            let Some(stop) = stop else { break };
            if stop > self.now() {
                // One step only: what happens on the way may bring an earlier entry.
                self.step_before(stop).await.map_err(stopped)?;
                self.expire();
                continue;
            }
            self.run_due_now().await?;
            match next {
                Some((at, place)) if at <= self.now() => {
                    states[place] = self.perform(&plan.timeline[place]).await;
                }
                _ => self.expire(),
            }
        }
        self.expire_all();
        for (place, entry) in plan.timeline.iter().enumerate() {
            if states[place] == State::Waiting {
                let what = Sentence::new("run.never-reached", &[entry.id.as_deref().unwrap_or("–")]);
                let finding = crate::scenario::outcome::Finding { name: "never-reached", what, at: self.now() };
                self.findings.push(finding);
            }
        }
        Ok(())
    }

    /// Items due at this very instant run before entries that stand at it (`specs/core.md` §4).
    async fn run_due_now(&mut self) -> Step<()> {
        let now = self.now();
        while self.world.next_due(now).is_some() {
            self.step_before(now).await.map_err(stopped)?;
        }
        Ok(())
    }

    /// When an automatic clock goes on by itself: at the next item that somebody set in motion.
    fn due_by_itself(&self) -> Option<Instant> {
        let due = self.plan.auto.then(|| self.world.town().tid.next_scripted().map(|key| key.at));
        due.flatten().map(|at| at.max(self.now()))
    }

    /// The first entry that waits and whose instant is known; ties keep file order. One that stands at "now" waits while
    /// an automatic clock has somewhere to go: its `due`.
    fn next_entry(&self, states: &[State], due: Option<Instant>) -> Option<(Instant, usize)> {
        let mut next: Option<(Instant, usize)> = None;
        for (place, entry) in self.plan.timeline.iter().enumerate() {
            if states[place] != State::Waiting {
                continue;
            }
            // "now" and weekdays hang on what stands before them in the file.
            let hangs_on_order = matches!(entry.at, When::Next(..) | When::From(Anchor::Now, _));
            if hangs_on_order && (due.is_some() || states[..place].contains(&State::Waiting)) {
                continue;
            }
            if let Some(at) = self.instant(&entry.at)
                && next.is_none_or(|(earliest, _)| at < earliest)
            {
                next = Some((at, place));
            }
        }
        next
    }

    /// An entry anchored to a skipped one is skipped.
    fn skip_unreachable(&mut self, states: &mut [State]) {
        let entries = &self.plan.timeline;
        loop {
            let skipped: Vec<&str> = entries
                .iter()
                .zip(states.iter())
                .filter(|(_, state)| **state == State::Skipped)
                .filter_map(|(entry, _)| entry.id.as_deref())
                .collect();
            let place = entries.iter().enumerate().position(|(place, entry)| {
                states[place] == State::Waiting && entry.at.entry().is_some_and(|id| skipped.contains(&id))
            });
            match place {
                Some(place) => states[place] = State::Skipped,
                None => return,
            }
        }
    }

    async fn perform(&mut self, entry: &Entry) -> State {
        let id = entry.id.clone();
        self.at_entry = id.clone().unwrap_or_else(|| format!("line {}", self.plan.source.place(&entry.span).line));
        if let Some(guard) = &entry.guard {
            match self.scoped(None, |scope| guard.what.holds(scope)) {
                Ok(true) => {}
                Ok(false) => return State::Skipped,
                Err(fault) => {
                    let what = Sentence { key: fault.key, parts: fault.parts };
                    let failure = Failure::new("BB1403", guard.span.clone(), what);
                    self.fail_entry(entry, failure);
                    return State::Done;
                }
            }
        }
        let mark = self.window_start(entry);
        let opened = self.now();
        if let Some(id) = &id {
            self.instants.entry(id.clone()).or_default().happened = Some(opened);
            self.marks.insert(id.clone(), mark);
        }
        for action in &entry.actions {
            let acted = self.act(action).await;
            // What a birth or a call sets in motion is settled before the next action sees the town.
            self.after_item().await;
            if let Err(failure) = acted {
                self.fail_entry(entry, *failure);
                return State::Done;
            }
        }
        self.open_expectations(entry, mark, opened);
        self.judge_open().await;
        self.check_rules();
        State::Done
    }

    /// Where the window of an entry's expectations begins. An entry that stands at another one's instant looks at the
    /// reactions to that one, which came before it was reached itself.
    fn window_start(&self, entry: &Entry) -> Mark {
        match &entry.at {
            When::From(Anchor::Entry(id, None), None) => self.marks.get(id).copied().unwrap_or_else(|| self.mark()),
            _ => self.mark(),
        }
    }

    fn fail_entry(&mut self, entry: &Entry, mut failure: Failure) {
        failure.step.clone_from(&entry.id);
        failure.title.clone_from(&entry.title);
        failure.at = Some(self.now());
        self.failures.push(failure);
    }

    fn open_expectations(&mut self, entry: &Entry, mark: Mark, opened: Instant) {
        let plan = self.plan;
        let Some(place) = plan.timeline.iter().position(|other| std::ptr::eq(other, entry)) else { return };
        let from = self.instant(&entry.at).unwrap_or(opened).min(opened);
        for which in 0..entry.expects.len() {
            let expect = &entry.expects[which].what;
            let within = expect.within.or(entry.within);
            let deadline = within.map_or(self.now(), |span| span.after(from).max(self.now()));
            self.open.push(Open::new(place, which, mark, from, deadline, self.weak_settles));
            self.judged += 1;
        }
        if entry.expects.is_empty()
            && let Some(id) = &entry.id
        {
            self.instants.entry(id.clone()).or_default().satisfied = Some(self.now());
        }
    }
}

fn stopped(what: Sentence) -> Stop {
    Stop(Break::Setup, Box::new(Failure::new("BB1707", 0..0, what)))
}
