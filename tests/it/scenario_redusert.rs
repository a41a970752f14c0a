//! *Redusert foreldrebetaling* against the sample app: green as shipped with its variants, and red when the app counts
//! wrong.

use std::path::Path;
use std::sync::Arc;

use byteby::app::{self, Config, SampleSettings, start_sample};
use byteby::demo::Sabotage;
use byteby::report::console;
use byteby::scenario::{self, DemoApp, DemoWish, Outcome, Plan, Surroundings, Verdict};
use byteby::select::Lang;

use crate::scenario_faa_barn::around;

fn plans() -> Vec<Plan> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/redusert-foreldrebetaling.byteby.yaml");
    scenario::load(&path).unwrap_or_else(|fault| panic!("{fault}"))
}

async fn run(plan: &Plan, sabotage: Sabotage) -> (Outcome, String) {
    let running = app::start(Config { size: 1500, ..Config::on_free_port() }).await.expect("the server starts");
    let demo: byteby::scenario::DemoStarter = Arc::new(move |wish: DemoWish| {
        Box::pin(async move {
            let settings = SampleSettings { sabotage, ..SampleSettings::default() };
            let sample =
                start_sample(&wish.world, &wish.base_url, settings).await.map_err(|error| error.to_string())?;
            Ok(DemoApp { url: sample.url.clone(), guard: Box::new(sample) })
        })
    });
    let outcome = scenario::run(plan, &Surroundings { demo, ..around(&running, sabotage) }).await;
    running.stop().await;
    let text = console(&outcome, Lang::Nb, false);
    (outcome, text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shipped_scenario_and_its_variants_pass() {
    let plans = plans();
    assert_eq!(plans.len(), 4);
    for plan in &plans {
        let (outcome, text) = run(plan, Sabotage::None).await;
        assert_eq!(outcome.verdict, Verdict::Passed, "{text}");
        assert!(outcome.findings.is_empty(), "{text}");
        println!("{:?}: {} judged, {} requests", plan.variant, outcome.judged, outcome.requests);
        assert!(
            outcome.judged > 8 && outcome.requests > 8 && outcome.messages >= 1,
            "it judged something: {outcome:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_forgets_the_other_parent_is_caught() {
    let plans = plans();
    let plan = plans.iter().find(|plan| plan.variant.is_none()).expect("the file itself");
    let (outcome, text) = run(plan, Sabotage::OneIncome).await;
    assert_eq!(outcome.verdict, Verdict::Failed, "{text}");
    assert!(text.contains("vedtak") || text.contains("riktig-beloep"), "{text}");
}
