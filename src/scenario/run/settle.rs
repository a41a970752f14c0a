//! Settling in a scenario: the run's own apps, their probes in the scenario's words, and what came of it.

use super::{LiveApp, Run};
use crate::access::App;
use crate::observe::Mark;
use crate::scenario::fault::Sentence;
use crate::select::Verdi;
use crate::settle::{Answer, Settled, Settler, Still, says_idle};

impl Run<'_> {
    /// Waits until the apps have taken note of everything up to feed number `number`; 0 waits for a first read.
    pub(super) async fn settle(&mut self, number: u64) {
        if self.apps.is_empty() {
            return;
        }
        let apps = self.live_apps();
        let judge = |app: &App, answer: &Answer| self.judge_idle(app, answer);
        let settled = self.settler(&apps, &judge).settle(number).await;
        self.take_note(&settled);
    }

    fn live_apps(&self) -> Vec<App> {
        self.apps.values().map(|live| live.app.clone()).collect()
    }

    fn settler<'a>(&'a self, apps: &'a [App], judge: &'a (dyn Fn(&App, &Answer) -> bool + Send + Sync)) -> Settler<'a> {
        let (hall, world, observe, client) = (&self.around.hall, &self.world, &self.around.observe, &self.client);
        Settler { hall, world, observe, client, wall: &self.around.wall, apps, judge }
    }

    /// A condition of the file may use every word of the scenario.
    fn judge_idle(&self, app: &App, answer: &Answer) -> bool {
        let declared = self.apps.get(&app.name).and_then(|live: &LiveApp| live.declared);
        let probe = declared.and_then(|place| self.plan.apps[place].1.idle.as_ref());
        match probe {
            Some((_, that)) => {
                let it: Verdi = answer.verdi();
                self.scoped(Some(it), |scope| that.holds(scope)).unwrap_or(false)
            }
            None => says_idle(app, answer, &self.town),
        }
    }

    fn take_note(&mut self, settled: &Settled) {
        for unread in &settled.unread {
            let what = Sentence::new("run.feed-not-read", &[&unread.app, &unread.number.to_string()]);
            self.finding("feed-not-read", what);
        }
        for still in &settled.still {
            self.finding("never-settled", still_moving(still, settled.limit.as_secs()));
        }
        for (request, _) in &settled.late {
            self.finding("late-after-settle", self.request_line(request));
        }
        if matches!(settled.mark, None | Some(Mark::Quiet)) {
            self.weak_settles += 1;
        }
    }

    /// Requests that came after the town had settled and belong to something earlier: then the wait was too short, and
    /// what was judged in between was judged too soon.
    pub(super) fn look_for_late(&mut self) {
        let late = self.settler(&[], &|_, _| true).late(self.last_request);
        for (request, _) in late {
            self.finding("late-after-settle", self.request_line(&request));
        }
    }

    /// Notes when the app had asked above the feed numbers of each entry: `@entry.read`.
    pub(super) fn note_reads(&mut self) {
        let mut reads = Vec::new();
        for (entry, (_, last)) in &self.feed_numbers {
            if self.instants.get(entry).is_none_or(|instants| instants.read.is_some()) {
                continue;
            }
            let above =
                self.requests.iter().find(|request| request.note.feed_read.is_some_and(|(from, _)| from > *last));
            if let Some(request) = above {
                reads.push((entry.clone(), request.at));
            }
        }
        for (entry, at) in reads {
            if let Some(instants) = self.instants.get_mut(&entry) {
                instants.read = Some(at);
            }
        }
    }
}

/// What was still moving after `seconds`.
fn still_moving(still: &Still, seconds: u64) -> Sentence {
    let seconds = seconds.to_string();
    match still {
        Still::Requests(count) => Sentence::new("run.still-requests", &[&seconds, &count.to_string()]),
        Still::Deliveries(count) => Sentence::new("run.still-deliveries", &[&seconds, &count.to_string()]),
        Still::Feed { app, operation, number } => {
            Sentence::new("run.still-feed", &[&seconds, app, operation, &number.to_string()])
        }
        Still::Busy(app) => Sentence::new("run.still-busy", &[&seconds, app]),
        Still::Clock { app, .. } => Sentence::new("run.still-clock", &[&seconds, app]),
        Still::Restless => Sentence::new("run.still-restless", &[&seconds]),
    }
}
