//! `byteby test` and `byteby scenario`: scenario files found, loaded, run, reported.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::args::{Global, Lang, ScenarioArgs, ScenarioSub, TestArgs};
use super::{ExitCode, Failure};
use crate::access::default_clients;
use crate::app::{self, Config, Running, SampleSettings};
use crate::base::Seed;
use crate::gate::wall;
use crate::report::{self, FailOn};
use crate::scenario::{self, Outcome, Plan, Surroundings};
use crate::select;

/// Ending of scenario files.
const ENDING: &str = ".byteby.yaml";
/// Port of a town that apps with fixed addresses expect.
const FIXED_PORT: u16 = 2983;

/// The language of failures as selectors and reports call it.
#[must_use]
pub(super) fn language(lang: Lang) -> select::Lang {
    match lang {
        Lang::Nb => select::Lang::Nb,
        Lang::En => select::Lang::En,
    }
}

/// What scenarios run in: a server of this process.
#[must_use]
pub(super) fn surroundings(running: &Running) -> Surroundings {
    Surroundings {
        hall: running.hall.clone(),
        access: running.access.clone(),
        observe: running.observe.clone(),
        base_url: running.base_url(),
        demo: app::demo_starter(SampleSettings::default()),
        apps: BTreeMap::new(),
        clients: default_clients(running.main().town().base.kommune.orgnr),
        env: std::env::vars().collect(),
        wall: || wall::now().0,
        limit: Duration::from_mins(2),
        settle_max: Duration::from_secs(10),
        keep: false,
    }
}

pub(super) async fn run(global: &Global, args: TestArgs) -> Result<ExitCode, Failure> {
    let lang = language(global.lang);
    let mut plans = Vec::new();
    for file in files(&args.paths)? {
        match scenario::load(&file) {
            Ok(loaded) => plans.extend(loaded),
            Err(fault) => {
                eprintln!("{}", report::load_fault(&fault, lang));
                return Ok(ExitCode::of_load(&fault));
            }
        }
    }
    choose(&mut plans, &args)?;
    if args.list {
        plans.iter().for_each(|plan| println!("{}  {}", plan.title(), plan.path().display()));
        return Ok(ExitCode::Good);
    }
    let reports = args.reports.iter().map(|wish| Report::parse(wish)).collect::<Result<Vec<_>, _>>()?;
    let fixed = plans.iter().any(Plan::is_exclusive);
    let port = args.port.unwrap_or(if fixed { FIXED_PORT } else { 0 });
    let config = Config { port, size: 1500, ..Config::on_free_port() };
    let config = Config { real_data: args.real_data.read(None)?, ..config };
    let running = app::start(Config { eformidling_port: fixed.then_some(9093), ..config }).await?;
    let mut around = surroundings(&running);
    around.apps = apps(&args)?;
    around.limit = Duration::from_secs(args.timeout);
    around.settle_max = Duration::from_secs(args.settle_max);
    let outcomes = tokio::select! {
        outcomes = run_all(&plans, &around, lang, global.json) => outcomes,
        code = super::record::ended_by_real_data(&running) => {
            running.stop().await;
            return Ok(code);
        }
    };
    running.stop().await;
    let fail_on = FailOn(args.fail_on.clone());
    finish(&outcomes, &reports, &fail_on, lang, global.json)
}

/// Runs `plans` one after the other, saying each as it ends.
pub(super) async fn run_all(plans: &[Plan], around: &Surroundings, lang: select::Lang, quiet: bool) -> Vec<Outcome> {
    let colour = std::env::var_os("NO_COLOR").is_none() && std::io::IsTerminal::is_terminal(&std::io::stdout());
    let mut outcomes = Vec::with_capacity(plans.len());
    for plan in plans {
        let outcome = scenario::run(plan, around).await;
        if !quiet {
            println!("{}", report::console(&outcome, lang, colour).trim_end());
        }
        outcomes.push(outcome);
    }
    outcomes
}

fn finish(
    outcomes: &[Outcome],
    reports: &[Report],
    fail_on: &FailOn,
    lang: select::Lang,
    json: bool,
) -> Result<ExitCode, Failure> {
    if json {
        println!("{:#}", report::json(outcomes, fail_on, lang));
    } else {
        println!("{}", report::summary(outcomes, lang));
    }
    for report in reports {
        report.write(outcomes, fail_on, lang)?;
    }
    Ok(ExitCode::of_all(outcomes.iter().map(|outcome| ExitCode::of(outcome, fail_on))))
}

fn choose(plans: &mut Vec<Plan>, args: &TestArgs) -> Result<(), Failure> {
    if let Some(only) = &args.only {
        let known: Vec<String> = plans.iter().map(Plan::title).collect();
        let fits = |plan: &Plan| plan.id == *only || plan.variant.as_ref() == Some(only) || plan.title() == *only;
        plans.retain(fits);
        if plans.is_empty() {
            return Err(Failure::usage(format!("no scenario or variant is called `{only}`"))
                .with_hint(format!("there are: {}", known.join(", "))));
        }
    }
    if let Some(tag) = &args.tag {
        plans.retain(|plan| plan.tags.contains(tag));
        if plans.is_empty() {
            return Err(Failure::usage(format!("no scenario has the tag `{tag}`")));
        }
    }
    if let Some(seed) = &args.seed {
        plans.iter_mut().for_each(|plan| plan.world.seed = Seed::parse(seed));
    }
    Ok(())
}

fn apps(args: &TestArgs) -> Result<BTreeMap<String, String>, Failure> {
    let pair = |text: &String| {
        let (name, url) = text.split_once('=').filter(|(_, url)| url.starts_with("http")).ok_or_else(|| {
            Failure::usage(format!("`{text}` does not name an app")).with_hint("write --app NAME=http://localhost:8080")
        })?;
        Ok((name.to_owned(), url.trim_end_matches('/').to_owned()))
    };
    args.apps.iter().map(pair).collect()
}

/// The scenario files behind `paths`, in order of name within a folder.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let before = found.len();
        if path.is_dir() {
            collect(path, &mut found).map_err(|error| unreadable(path, &error))?;
        } else {
            std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
            found.push(path.clone());
        }
        if found.len() == before {
            return Err(Failure::usage(format!("`{}` holds no `*{ENDING}` file", path.display())));
        }
    }
    Ok(found)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("cannot read `{}`: {error}", path.display()))
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<Vec<PathBuf>>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, found)?;
        } else if path.to_string_lossy().ends_with(ENDING) {
            found.push(path);
        }
    }
    Ok(())
}

/// A report to write.
enum Report {
    Junit(PathBuf),
    Json(PathBuf),
}

impl Report {
    fn parse(wish: &str) -> Result<Self, Failure> {
        match wish.split_once('=') {
            Some(("junit", path)) => Ok(Self::Junit(path.into())),
            Some(("json", path)) => Ok(Self::Json(path.into())),
            _ => Err(Failure::usage(format!("`{wish}` is not a report: write junit=FILE or json=FILE"))),
        }
    }

    fn write(&self, outcomes: &[Outcome], fail_on: &FailOn, lang: select::Lang) -> Result<(), Failure> {
        let (path, text) = match self {
            Self::Junit(path) => {
                let text = report::junit(outcomes, lang).map_err(|error| Failure::new(ExitCode::Internal, error))?;
                (path, text)
            }
            Self::Json(path) => (path, format!("{:#}\n", report::json(outcomes, fail_on, lang))),
        };
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(path, text));
        written.map_err(|error| Failure::usage(format!("cannot write `{}`: {error}", path.display())))
    }
}

pub(super) fn scenario(global: &Global, args: ScenarioArgs) -> Result<ExitCode, Failure> {
    match args.command {
        ScenarioSub::Schema => println!("{:#}", scenario::schema()),
        ScenarioSub::Lint { paths } => {
            let mut plans = 0;
            for file in files(&paths)? {
                match scenario::load(&file) {
                    Ok(loaded) => plans += loaded.len(),
                    Err(fault) => {
                        eprintln!("{}", report::load_fault(&fault, language(global.lang)));
                        return Ok(ExitCode::of_load(&fault));
                    }
                }
            }
            println!("{plans} scenarios and variants are in order");
        }
    }
    Ok(ExitCode::Good)
}
