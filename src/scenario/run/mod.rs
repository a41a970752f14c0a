//! Running a plan (`specs/experience.md` §10.7): a fork of the town, the cast, the time line on the virtual clock,
//! settling after everything the app can notice, expectations with virtual deadlines, rules after every step.

mod actions;
mod expect;
mod explain;
mod http;
mod login;
mod names;
mod rules;
mod settle;
mod setup;
mod timeline;
mod wanted;

pub(super) use wanted::value_distance;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use super::fault::Sentence;
use super::messages::Message;
use super::outcome::{Break, Failure, Finding, Outcome, Verdict};
use super::plan::Plan;
use super::when::Moment;
use crate::access;
use crate::clock::{Instant, Mode};
use crate::observe::{Direction, Observe, RequestEntry};
use crate::select::Verdi;
use crate::town::state::Klient;
use crate::town::{Event, Town};
use crate::townhall::{TownHall, World};

/// What a scenario needs around it.
#[derive(Clone)]
pub struct Surroundings {
    /// All worlds of the running server.
    pub hall: TownHall,
    /// What its login and token services remember.
    pub access: access::Access,
    /// Its record of requests.
    pub observe: Observe,
    /// Its origin, without a slash at the end: `http://localhost:2983`.
    pub base_url: String,
    /// Starts the built-in sample app.
    pub demo: DemoStarter,
    /// Where apps are, by name, in place of what the file says (`--app NAME=URL`).
    pub apps: BTreeMap<String, String>,
    /// Apps' clients, registered in every scenario's world; their secrets and keys do not grow old there.
    pub clients: Vec<Klient>,
    /// Environment variables expressions may read.
    pub env: BTreeMap<String, String>,
    /// Real time in milliseconds since 1970: the shell's wall clock.
    pub wall: fn() -> i64,
    /// Longest real time for one scenario (`--timeout`).
    pub limit: Duration,
    /// Longest real time for one settle (`--settle-max`).
    pub settle_max: Duration,
    /// Whether worlds are kept afterwards.
    pub keep: bool,
}

/// What the sample app is started for.
#[derive(Clone, Debug)]
pub struct DemoWish {
    /// The world it lives in.
    pub world: World,
    /// Base of all services in that world: origin and `/w/<world>`.
    pub base_url: String,
}

/// A started sample app. It stops when `guard` is dropped.
pub struct DemoApp {
    /// Its origin, without a slash at the end.
    pub url: String,
    /// What keeps it running.
    pub guard: Box<dyn std::any::Any + Send>,
}

/// Starts the sample app; the wiring of the program gives it, because the app stands above scenarios.
pub type DemoStarter =
    Arc<dyn Fn(DemoWish) -> Pin<Box<dyn Future<Output = Result<DemoApp, String>> + Send>> + Send + Sync>;

/// Instants of an entry.
#[derive(Clone, Copy, Default, Debug)]
struct Instants {
    happened: Option<Instant>,
    satisfied: Option<Instant>,
    delivered: Option<Instant>,
    read: Option<Instant>,
}

impl Instants {
    fn get(&self, moment: Option<Moment>) -> Option<Instant> {
        match moment {
            None => self.happened,
            Some(Moment::Satisfied) => self.satisfied,
            Some(Moment::Delivered) => self.delivered,
            Some(Moment::Read) => self.read,
        }
    }
}

/// Where the lists of requests and messages stood at some point.
#[derive(Clone, Copy, Default, Debug)]
struct Mark {
    requests: usize,
    messages: usize,
}

/// A running app.
struct LiveApp {
    app: access::App,
    /// Position in the plan of an app whose own `idle` is asked.
    declared: Option<usize>,
}

/// What ends a run before its time line does.
struct Stop(Break, Box<Failure>);

type Step<T> = Result<T, Stop>;

/// A run under way.
struct Run<'a> {
    plan: &'a Plan,
    around: &'a Surroundings,
    world: World,
    town: Arc<Town>,
    client: reqwest::Client,
    values: BTreeMap<String, Verdi>,
    instants: BTreeMap<String, Instants>,
    marks: BTreeMap<String, Mark>,
    /// Feed numbers an entry's events got: first and last.
    feed_numbers: BTreeMap<String, (u64, u64)>,
    /// What an entry's life events came to.
    happened: BTreeMap<String, Vec<Event>>,
    sessions: BTreeMap<String, http::Jar>,
    apps: BTreeMap<String, LiveApp>,
    requests: Vec<Arc<RequestEntry>>,
    last_request: u64,
    messages: Vec<Message>,
    last_message: u64,
    open: Vec<expect::Open>,
    broken_rules: Vec<bool>,
    seen_by_rules: Mark,
    failures: Vec<Failure>,
    findings: Vec<Finding>,
    judged: usize,
    /// The entry at hand, for causes of commands.
    at_entry: String,
    commands: u32,
    /// Settles after which it is not known by an app's own word that it had finished.
    weak_settles: usize,
    /// The last failure of each expectation that asks the app, by place in the file.
    answers: BTreeMap<usize, Failure>,
    /// How many items of the lists expressions see; all but while a rule's break is looked for.
    shown_messages: AtomicUsize,
    shown_requests: AtomicUsize,
}

/// Runs `plan` in a world of its own.
pub async fn run(plan: &Plan, around: &Surroundings) -> Outcome {
    let started = (around.wall)();
    let mut outcome = blank(plan);
    match setup::world(plan, around).await {
        Err(why) => {
            outcome.verdict = Verdict::Broken(Break::World);
            outcome.failures.push(Failure::new("BB1805", 0..0, Sentence::new("run.no-world", &[&why])));
        }
        Ok(world) => {
            setup::register(&world, &around.clients, plan.virtual_tokens).await;
            in_world(plan, around, &world, &mut outcome).await;
            outcome.world = world.name().to_owned();
            outcome.digest = world.ledger().canonical().to_string();
            outcome.virtual_ms = world.town().now().millis() - plan.world.start.millis();
            plan.apps().filter(|(_, demo)| !demo).for_each(|_| around.hall.detach(setup::EVERYBODY));
            // A world that failed can be looked into; others make room.
            if !around.keep && outcome.verdict.is_good() {
                let _ = around.hall.drop_world(world.name());
            }
        }
    }
    outcome.wall_ms = (around.wall)() - started;
    outcome
}

async fn in_world(plan: &Plan, around: &Surroundings, world: &World, outcome: &mut Outcome) {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            outcome.verdict = Verdict::Broken(Break::Setup);
            outcome.failures.push(Failure::new("BB9001", 0..0, Sentence::new("run.no-client", &[&error.to_string()])));
            return;
        }
    };
    // The run moves the clock, also one that would move by itself.
    let _hold = world.hold();
    if plan.auto
        && let Err(error) = world.set_mode(Mode::Auto).await
    {
        outcome.verdict = Verdict::Broken(Break::World);
        outcome.failures.push(Failure::new("BB1801", 0..0, Sentence::new("run.no-world", &[&error.to_string()])));
        return;
    }
    if plan.life
        && let Err(error) = world.set_life(true).await
    {
        outcome.verdict = Verdict::Broken(Break::World);
        outcome.failures.push(Failure::new("BB1801", 0..0, Sentence::new("run.no-world", &[&error.to_string()])));
        return;
    }
    let mut run = Run::new(plan, around, world.clone(), client);
    // Apps stop when their guards are dropped, after the last look at what they did.
    let mut guards = Vec::new();
    let ended = tokio::time::timeout(around.limit, run.all(&mut guards)).await;
    let stopped = match ended {
        Ok(Ok(())) => None,
        Ok(Err(Stop(why, failure))) => Some((why, failure)),
        Err(_) => {
            let seconds = around.limit.as_secs().to_string();
            let failure = Failure::new("BB1402", 0..0, Sentence::new("run.time-limit", &[&seconds]));
            Some((Break::TimeLimit, Box::new(failure)))
        }
    };
    outcome.judged = run.judged;
    outcome.requests = run.requests.len();
    outcome.messages = run.messages.len();
    outcome.findings = std::mem::take(&mut run.findings);
    outcome.failures = std::mem::take(&mut run.failures);
    let failed = outcome.failures.iter().any(|failure| !failure.warning);
    outcome.verdict = match (stopped, failed) {
        (Some((why, failure)), _) => {
            outcome.failures.push(*failure);
            Verdict::Broken(why)
        }
        (None, true) if plan.expect_fail => Verdict::ExpectedFail,
        (None, true) => Verdict::Failed,
        (None, false) if plan.expect_fail => Verdict::UnexpectedPass,
        (None, false) => Verdict::Passed,
    };
}

fn blank(plan: &Plan) -> Outcome {
    let mut repeat = format!("byteby test {} --seed {}", plan.source.path.display(), plan.world.seed.0);
    if let Some(variant) = &plan.variant {
        repeat.push_str(&format!(" --variant {variant}"));
    }
    for (axis, value) in &plan.matrix {
        repeat.push_str(&format!(" --matrix {axis}={}", value.written().unwrap_or_default()));
    }
    Outcome {
        source: plan.source.clone(),
        id: plan.id.clone(),
        name: plan.name.clone(),
        variant: plan.variant.clone(),
        title: plan.title(),
        verdict: Verdict::Passed,
        failures: Vec::new(),
        findings: Vec::new(),
        wall_ms: 0,
        virtual_ms: 0,
        seed: plan.world.seed.0.to_string(),
        start: plan.world.start,
        digest: String::new(),
        world: String::new(),
        judged: 0,
        requests: 0,
        messages: 0,
        repeat,
    }
}

impl Failure {
    /// A failure with nothing but its sentence.
    fn new(code: &'static str, span: std::ops::Range<usize>, what: Sentence) -> Self {
        Self {
            code,
            span,
            step: None,
            title: None,
            note: Sentence { key: "run.nothing", parts: Vec::new() },
            what,
            differences: Vec::new(),
            near: Vec::new(),
            cause: Vec::new(),
            help: Vec::new(),
            at: None,
            warning: false,
        }
    }
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan, around: &'a Surroundings, world: World, client: reqwest::Client) -> Self {
        let values = plan.params.iter().chain(&plan.matrix).cloned().collect();
        Self {
            plan,
            around,
            town: world.town(),
            world,
            client,
            values,
            instants: BTreeMap::new(),
            marks: BTreeMap::new(),
            feed_numbers: BTreeMap::new(),
            happened: BTreeMap::new(),
            sessions: BTreeMap::new(),
            apps: BTreeMap::new(),
            requests: Vec::new(),
            last_request: around.observe.last(),
            messages: Vec::new(),
            last_message: 0,
            open: Vec::new(),
            broken_rules: vec![false; plan.rules.len()],
            seen_by_rules: Mark::default(),
            failures: Vec::new(),
            findings: Vec::new(),
            judged: plan.rules.len(),
            at_entry: "given".to_owned(),
            commands: 0,
            weak_settles: 0,
            answers: BTreeMap::new(),
            shown_messages: AtomicUsize::new(usize::MAX),
            shown_requests: AtomicUsize::new(usize::MAX),
        }
    }

    async fn all(&mut self, guards: &mut Vec<Box<dyn std::any::Any + Send>>) -> Step<()> {
        self.fill_cast().await?;
        self.start_apps(guards).await?;
        self.settle(0).await;
        self.look();
        for action in &self.plan.given {
            // A failure here is broken, not failed.
            if let Err(failure) = self.act(action).await {
                return Err(Stop(Break::Setup, failure));
            }
        }
        self.after_item().await;
        self.walk_timeline().await
    }

    fn now(&self) -> Instant {
        self.town.now()
    }

    fn mark(&self) -> Mark {
        Mark { requests: self.requests.len(), messages: self.messages.len() }
    }

    /// Takes in what has happened: the town as published, new requests, new letters.
    fn look(&mut self) {
        self.town = self.world.town();
        for entry in self.around.observe.since(self.last_request, Some(self.world.incarnation())) {
            self.last_request = entry.id;
            // What the app was told is no request of the app.
            if entry.direction == Direction::In {
                self.requests.push(entry);
            }
        }
        let town = self.town.clone();
        let new = town.post.brev_etter_id.range(self.last_message + 1..);
        for (id, brev) in new {
            self.last_message = *id;
            self.messages.push(Message::of(&town, brev));
        }
        // Letters seen before may have been opened since.
        for message in self.messages.iter_mut().filter(|message| !message.read) {
            message.read = town.post.brev_etter_id.get(&message.id).is_some_and(|brev| brev.lest.is_some());
        }
        self.note_reads();
    }

    /// After something the app can notice: settle, look, judge what can be judged.
    async fn after_item(&mut self) {
        let number = self.world.town().feed_len();
        self.settle(number).await;
        self.look();
        self.judge_open().await;
        self.check_rules();
    }

    fn finding(&mut self, name: &'static str, what: Sentence) {
        let finding = Finding { name, what, at: self.now() };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }
}
