//! `byteby demo`: a town, the sample app and the scenario *Få barn* against it, then everything stays up.

use std::path::Path;
use std::time::Duration;

use super::args::{DemoArgs, Global};
use super::project::Project;
use super::{ExitCode, Failure, registers, settings, test, up};
use crate::app::{self, SampleSettings, start_sample};
use crate::clock::Mode;
use crate::report::{self, FailOn};
use crate::scenario::{self, Verdict};

/// The scenario, in the binary: the demo needs no file.
const FAA_BARN: &str = include_str!("../../scenarios/faa-barn.byteby.yaml");
/// Where its file lies, for failure texts and the repeat line.
const FAA_BARN_PATH: &str = "scenarios/faa-barn.byteby.yaml";
/// Port of the sample app.
const SAMPLE_PORT: u16 = 2984;
/// Pause between the sample app's polls while people watch.
const POLL: Duration = Duration::from_secs(1);

pub(super) async fn run(global: &Global, args: &DemoArgs) -> Result<ExitCode, Failure> {
    let lang = test::language(global.lang);
    let mut config = settings::server(global, &args.server, Mode::Running)?;
    config.open_clients = true;
    if args.check && args.server.port.is_none() {
        // A check must not depend on what else runs on this machine.
        config.port = 0;
        config.eformidling_port = None;
    }
    let since = crate::gate::wall::now();
    let running = app::start(config.clone()).await?;
    registers::enter(global, &Project::find(global)?, &running).await?;
    let ready_ms = crate::gate::wall::now().0 - since.0;
    println!("{}", up::greeting(&config, &running, ready_ms));
    let sample_settings =
        SampleSettings { port: if args.check { 0 } else { SAMPLE_PORT }, poll_every: Some(POLL), ..Default::default() };
    let sample = start_sample(&running.main(), &running.base_url(), sample_settings)
        .await
        .map_err(|error| Failure::new(ExitCode::App, error.to_string()))?;
    println!("  Demo app  {}   a small kindergarten app, source in src/demo/", sample.url);
    let plans = match scenario::load_text(Path::new(FAA_BARN_PATH), FAA_BARN) {
        Ok(plans) => plans,
        Err(fault) => {
            eprintln!("{}", report::load_fault(&fault, lang));
            return Ok(ExitCode::of_load(&fault));
        }
    };
    println!("  Scenario  {FAA_BARN_PATH}");
    let outcomes = test::run_all(&plans, &test::surroundings(&running), lang, false).await;
    println!("  {}", report::summary(&outcomes, lang).trim());
    let code = ExitCode::of_all(outcomes.iter().map(|outcome| ExitCode::of(outcome, &FailOn::default())));
    if args.check {
        running.stop().await;
        return Ok(code);
    }
    if outcomes.iter().all(|outcome| outcome.verdict == Verdict::Passed) {
        println!("  Next      byteby env        point your own app here");
        println!("            byteby test {FAA_BARN_PATH}");
    }
    let code = up::wait_for_end(&running).await;
    drop(sample);
    running.stop().await;
    Ok(code)
}
