//! Scenarios by request: checking one, running one in a world of its own, and what runs came to.
//!
//! A scenario is data: reading it opens no file and no connection. Running it may call the apps it names, so this is for
//! those who may use the admin API at all. Runs wait for each other, because an app that is given by its address has
//! the town to itself.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path as FilePath, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Body, Fields, Path, Query};
use super::problem::{Code, Problem};
use crate::access::{Inbound, default_clients};
use crate::base::nearest;
use crate::report::{self, ExitCode, FailOn};
use crate::scenario::{self, DemoStarter, LoadFault, Outcome, Plan, Surroundings};
use crate::web::Lang;

/// Runs remembered; the oldest that has ended goes first.
const REMEMBERED: usize = 100;
/// Longest real time of one scenario unless the request says otherwise, seconds.
const LIMIT: u64 = 120;
/// Longest real time of one settle unless the request says otherwise, seconds.
const SETTLE: u64 = 10;
/// Name of a scenario that came without one.
const UNNAMED: &str = "scenario.byteby.yaml";

/// What scenarios need from above: who starts the sample app, and real time.
#[derive(Clone)]
pub struct Runner {
    /// Starts the sample app.
    pub demo: DemoStarter,
    /// Real time, milliseconds since 1970.
    pub wall: fn() -> i64,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Runner")
    }
}

/// Runs of this process.
#[derive(Clone)]
pub(super) struct Runs {
    runner: Runner,
    all: Arc<Mutex<All>>,
    /// Held by the run that is under way.
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct All {
    last: u64,
    runs: BTreeMap<u64, Run>,
    ended: VecDeque<u64>,
}

struct Run {
    titles: Vec<String>,
    state: RunState,
    outcomes: Arc<Vec<Outcome>>,
}

/// How far a run has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum RunState {
    /// Another run is under way.
    Waiting,
    /// Under way.
    Running,
    /// Over.
    Done,
}

impl Runs {
    /// No runs yet.
    pub(super) fn new(runner: Runner) -> Self {
        Self { runner, all: Arc::default(), turn: Arc::default() }
    }

    fn all(&self) -> std::sync::MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, titles: Vec<String>) -> u64 {
        let mut all = self.all();
        all.last += 1;
        let id = all.last;
        all.runs.insert(id, Run { titles, state: RunState::Waiting, outcomes: Arc::default() });
        if all.runs.len() > REMEMBERED
            && let Some(oldest) = all.ended.pop_front()
        {
            all.runs.remove(&oldest);
        }
        id
    }

    fn set(&self, id: u64, state: RunState, outcomes: Vec<Outcome>) {
        let mut all = self.all();
        if let Some(run) = all.runs.get_mut(&id) {
            (run.state, run.outcomes) = (state, Arc::new(outcomes));
        }
        if state == RunState::Done {
            all.ended.push_back(id);
        }
    }
}

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(lint))
        .routes(routes!(run))
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(report_of))
        .routes(routes!(schema))
}

/// A scenario to check.
#[derive(Deserialize, ToSchema)]
struct Lint {
    /// The file's text, YAML.
    text: String,
    /// Its name, for messages.
    file: Option<String>,
}

impl Fields for Lint {}

/// What is wrong with a scenario, or what would run.
#[derive(Serialize, ToSchema)]
struct Linted {
    /// Whether nothing is wrong.
    ok: bool,
    /// Title of every variant and row.
    plans: Vec<String>,
    faults: Vec<Fault>,
}

/// Something wrong with a scenario.
#[derive(Serialize, ToSchema)]
#[schema(as = ScenarioFault)]
struct Fault {
    code: &'static str,
    message: String,
    file: String,
    /// From 1; none when it is about the file as a whole.
    line: Option<usize>,
    column: Option<usize>,
    /// Nearest right words.
    near: Vec<String>,
}

impl Fault {
    fn of(fault: &LoadFault, lang: Lang) -> Self {
        let place = fault.place();
        let (code, near) = match fault {
            LoadFault::Unreadable { .. } => ("BB1201", None),
            LoadFault::Wrong { code, near, .. } => (*code, near.clone()),
        };
        let file = match fault {
            LoadFault::Unreadable { path, .. } => path.display().to_string(),
            LoadFault::Wrong { source, .. } => source.path.display().to_string(),
        };
        Self {
            code,
            message: fault.message(spoken(lang)),
            file,
            line: place.as_ref().map(|place| place.line),
            column: place.as_ref().map(|place| place.column),
            near: near.into_iter().collect(),
        }
    }
}

/// The language of failures and reports.
fn spoken(lang: Lang) -> crate::select::Lang {
    match lang {
        Lang::En => crate::select::Lang::En,
        Lang::Nb | Lang::Nn => crate::select::Lang::Nb,
    }
}

/// A file name and nothing else: no folder of this machine is looked into.
fn file_name(file: Option<&str>) -> PathBuf {
    let name = file.and_then(|file| FilePath::new(file).file_name()).unwrap_or(UNNAMED.as_ref());
    PathBuf::from(name)
}

/// Checks a scenario without running it.
#[utoipa::path(post, path = "/scenarios/lint", tag = "scenarios", request_body = Lint,
    responses((status = 200, body = Linted)))]
async fn lint(lang: Lang, Body(wanted): Body<Lint>) -> Json<Linted> {
    Json(match scenario::load_text(&file_name(wanted.file.as_deref()), &wanted.text) {
        Ok(plans) => Linted { ok: true, plans: plans.iter().map(Plan::title).collect(), faults: Vec::new() },
        Err(fault) => Linted { ok: false, plans: Vec::new(), faults: vec![Fault::of(&fault, lang)] },
    })
}

/// A scenario to run.
#[derive(Deserialize, ToSchema)]
struct NewRun {
    /// The file's text, YAML.
    text: String,
    /// Its name, for reports.
    file: Option<String>,
    /// Where apps are, by name, in place of what the file says.
    apps: Option<BTreeMap<String, String>>,
    /// Only this variant: its name, or its whole title.
    only: Option<String>,
    /// Longest real time of one scenario, seconds.
    #[schema(minimum = 1, maximum = 3600)]
    timeout: Option<u64>,
    /// Longest real time of one settle, seconds.
    #[schema(minimum = 1, maximum = 3600)]
    settle_max: Option<u64>,
    /// Keep the worlds of scenarios that passed.
    keep: Option<bool>,
}

impl Fields for NewRun {
    const LATER: &'static [&'static str] = &["seed", "tag", "matrix", "retries", "chaos", "strict", "fail_on"];
}

/// A run.
#[derive(Serialize, ToSchema)]
#[schema(as = Run)]
struct RunView {
    id: String,
    state: RunState,
    /// Titles of its scenarios.
    scenarios: Vec<String>,
    /// How a pipeline would end; none while it is under way.
    exit_code: Option<u8>,
    /// The report as `byteby test --report json` writes it; none while it is under way.
    #[schema(value_type = Option<Object>)]
    report: Option<Value>,
}

impl RunView {
    fn of(id: u64, run: &Run, lang: Option<Lang>) -> Self {
        let fail_on = FailOn::default();
        let done = run.state == RunState::Done;
        let code = ExitCode::of_all(run.outcomes.iter().map(|outcome| ExitCode::of(outcome, &fail_on)));
        Self {
            id: format!("r{id}"),
            state: run.state,
            scenarios: run.titles.clone(),
            exit_code: done.then(|| code.code()),
            report: lang.filter(|_| done).map(|lang| report::json(&run.outcomes, &fail_on, spoken(lang))),
        }
    }
}

/// Runs a scenario in a world of its own. The answer comes at once; ask for the run until it is done.
#[utoipa::path(post, path = "/scenarios/run", tag = "scenarios", request_body = NewRun,
    responses((status = 202, body = RunView)))]
async fn run(
    State(runs): State<Runs>,
    inbound: Inbound,
    lang: Lang,
    Body(wanted): Body<NewRun>,
) -> Result<Response, Problem> {
    let plans = scenario::load_text(&file_name(wanted.file.as_deref()), &wanted.text).map_err(|fault| {
        let fault = Fault::of(&fault, lang);
        let at = fault.line.map_or_else(String::new, |line| format!(":{line}:{}", fault.column.unwrap_or(1)));
        let problem = Problem::new(Code::Scenario, format!("{}: {}", fault.code, fault.message));
        Problem { near: fault.near, ..problem }.at(format!("/text{at}"))
    })?;
    let plans = chosen(plans, wanted.only.as_deref())?;
    let seconds = |wanted: Option<u64>, or: u64| Duration::from_secs(wanted.unwrap_or(or).clamp(1, 3600));
    let own = format!("/w/{}", inbound.world.name());
    let around = Surroundings {
        hall: inbound.hall.clone(),
        access: inbound.access.clone(),
        observe: inbound.observe.clone(),
        base_url: inbound.base_url.strip_suffix(own.as_str()).unwrap_or(&inbound.base_url).to_owned(),
        demo: runs.runner.demo.clone(),
        apps: wanted.apps.unwrap_or_default(),
        clients: default_clients(inbound.town().base.kommune.orgnr),
        // What stands in the environment of this process is nobody's who only sends a scenario.
        env: BTreeMap::new(),
        wall: runs.runner.wall,
        limit: seconds(wanted.timeout, LIMIT),
        settle_max: seconds(wanted.settle_max, SETTLE),
        keep: wanted.keep == Some(true),
    };
    let titles: Vec<String> = plans.iter().map(Plan::title).collect();
    let id = runs.begin(titles);
    let view = runs.all().runs.get(&id).map(|run| RunView::of(id, run, None));
    let task = runs.clone();
    tokio::spawn(async move {
        let _turn = task.turn.lock().await;
        task.set(id, RunState::Running, Vec::new());
        let mut outcomes = Vec::with_capacity(plans.len());
        for plan in &plans {
            outcomes.push(scenario::run(plan, &around).await);
        }
        task.set(id, RunState::Done, outcomes);
    });
    let place = format!("{}/runs/r{id}", super::BASE);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(view)).into_response())
}

fn chosen(mut plans: Vec<Plan>, only: Option<&str>) -> Result<Vec<Plan>, Problem> {
    if let Some(only) = only {
        let titles: Vec<String> = plans.iter().map(Plan::title).collect();
        plans.retain(|plan| plan.variant.as_deref() == Some(only) || plan.title() == only);
        if plans.is_empty() {
            let near = nearest(only, titles.iter().map(String::as_str));
            let detail = format!("no variant is called `{only}`; there are: {}", titles.join(", "));
            return Err(Problem::value("/only", detail).near(near));
        }
    }
    Ok(plans)
}

/// Which runs.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Runs behind this one.
    after: Option<String>,
    /// At most so many; 100 when nothing is said.
    limit: Option<usize>,
}

impl Fields for Wanted {}

/// Runs of this process, oldest first.
#[derive(Serialize, ToSchema)]
#[schema(as = Runs)]
struct RunList {
    runs: Vec<RunView>,
}

fn number(id: &str) -> Option<u64> {
    id.strip_prefix('r').and_then(|digits| digits.parse().ok())
}

/// Runs of scenarios, without their reports.
#[utoipa::path(get, path = "/runs", params(Wanted), tag = "scenarios", responses((status = 200, body = RunList)))]
async fn list(State(runs): State<Runs>, Query(wanted): Query<Wanted>) -> Result<Json<RunList>, Problem> {
    let after = wanted.after.as_deref().map(|id| number(id).ok_or_else(|| unknown(id))).transpose()?;
    let all = runs.all();
    let behind = all.runs.iter().filter(|(id, _)| after.is_none_or(|after| **id > after));
    let limit = wanted.limit.unwrap_or(REMEMBERED).min(REMEMBERED);
    Ok(Json(RunList { runs: behind.take(limit).map(|(id, run)| RunView::of(*id, run, None)).collect() }))
}

/// Which run, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Which {
    /// `r` and a number.
    id: String,
}

fn unknown(id: &str) -> Problem {
    Problem::new(Code::UnknownAddress, format!("there is no run `{id}`"))
}

/// A run with its report.
#[utoipa::path(get, path = "/runs/{id}", params(Which), tag = "scenarios", responses((status = 200, body = RunView)))]
async fn one(State(runs): State<Runs>, lang: Lang, Path(which): Path<Which>) -> Result<Json<RunView>, Problem> {
    let all = runs.all();
    let found = number(&which.id).and_then(|id| all.runs.get(&id).map(|run| RunView::of(id, run, Some(lang))));
    found.map(Json).ok_or_else(|| unknown(&which.id))
}

/// Which report of which run, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct WhichReport {
    /// `r` and a number.
    id: String,
    /// `report.json` or `report.junit`.
    report: String,
}

/// A run's report as a file: `report.json` or `report.junit`.
#[utoipa::path(get, path = "/runs/{id}/{report}", params(WhichReport), tag = "scenarios",
    responses((status = 200, content((Object = "application/json"), (String = "application/xml")))))]
async fn report_of(State(runs): State<Runs>, lang: Lang, Path(which): Path<WhichReport>) -> Result<Response, Problem> {
    let found = number(&which.id).and_then(|id| {
        let all = runs.all();
        all.runs.get(&id).map(|run| (run.state, run.outcomes.clone()))
    });
    let (state, outcomes) = found.ok_or_else(|| unknown(&which.id))?;
    let kind = which.report.strip_prefix("report.").unwrap_or_default();
    if matches!(kind, "html" | "md" | "ndjson" | "tap" | "sarif" | "github" | "certificate") {
        return Err(Problem::not_in_version(&format!("the report `{kind}`")));
    }
    if !matches!(kind, "json" | "junit") {
        let detail = format!("a run has no `{}`", which.report);
        return Err(
            Problem::new(Code::UnknownAddress, detail).near(nearest(&which.report, ["report.json", "report.junit"]))
        );
    }
    if state != RunState::Done {
        let problem = Problem::new(Code::Refused, "the run is not done yet");
        return Err(
            Problem { reason: Some("not_done"), ..problem }.hint(format!("ask `/runs/{}` until it is", which.id))
        );
    }
    if kind == "json" {
        return Ok(Json(report::json(&outcomes, &FailOn::default(), spoken(lang))).into_response());
    }
    let xml = report::junit(&outcomes, spoken(lang)).map_err(|error| Problem::new(Code::Internal, error))?;
    Ok(([(header::CONTENT_TYPE, "application/xml")], xml).into_response())
}

/// The JSON Schema of scenario files.
#[utoipa::path(get, path = "/schema/scenario-1.json", tag = "scenarios",
    responses((status = 200, description = "JSON Schema", content_type = "application/schema+json", body = Object)))]
async fn schema() -> Response {
    let schema = scenario::schema();
    ([(header::CONTENT_TYPE, "application/schema+json")], schema.to_string()).into_response()
}
