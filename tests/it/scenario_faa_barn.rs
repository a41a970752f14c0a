//! *Få barn* against the sample app: green as shipped, and red for each of the sample app's bugs on purpose, with a
//! text that names the citizen and the rule. The shipped scenario is the judge: a bug it lets through is a hole in it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use byteby::app::{self, Config, Running, SampleSettings, start_sample};
use byteby::demo::Sabotage;
use byteby::report::console;
use byteby::scenario::{self, DemoApp, DemoStarter, DemoWish, Outcome, Plan, Surroundings, Verdict};
use byteby::select::Lang;
use byteby::town::Town;
use byteby::town::model::Gradering;

use crate::surroundings::without_app;

/// Street and number of everybody with a protected address: what an old extract would still hold.
fn old_extract(town: &Town) -> BTreeMap<String, String> {
    let base = &town.base;
    let street = |home: usize| {
        let name = base.tekst.get(base.gater[base.boliger.gate[home] as usize].navn);
        format!("{name} {}", base.boliger.husnummer[home])
    };
    let protected = town.people().filter(|person| person.gradering() == Gradering::StrengtFortrolig);
    protected.filter_map(|person| Some((person.nummer().to_string(), street(person.bolig()?.index())))).collect()
}

fn starter(sabotage: Sabotage) -> DemoStarter {
    Arc::new(move |wish: DemoWish| {
        Box::pin(async move {
            let stale_addresses =
                if sabotage == Sabotage::PrintStreet { old_extract(&wish.world.town()) } else { BTreeMap::new() };
            let settings = SampleSettings { sabotage, stale_addresses, ..SampleSettings::default() };
            let sample =
                start_sample(&wish.world, &wish.base_url, settings).await.map_err(|error| error.to_string())?;
            Ok(DemoApp { url: sample.url.clone(), guard: Box::new(sample) })
        })
    })
}

pub(crate) fn around(running: &Running, sabotage: Sabotage) -> Surroundings {
    Surroundings { demo: starter(sabotage), limit: Duration::from_mins(2), ..without_app(running) }
}

pub(crate) fn plans() -> Vec<Plan> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/faa-barn.byteby.yaml");
    scenario::load(&path).unwrap_or_else(|fault| panic!("{fault}"))
}

async fn run(variant: Option<&str>, sabotage: Sabotage) -> (Outcome, String) {
    let running = app::start(Config { size: 1500, ..Config::on_free_port() }).await.expect("the server starts");
    let plans = plans();
    let plan = plans.iter().find(|plan| plan.variant.as_deref() == variant).expect("the variant is in the file");
    let outcome = scenario::run(plan, &around(&running, sabotage)).await;
    running.stop().await;
    let text = console(&outcome, Lang::Nb, false);
    (outcome, text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shipped_scenario_and_its_variants_pass() {
    for plan in plans() {
        let (outcome, text) = run(plan.variant.as_deref(), Sabotage::None).await;
        assert_eq!(outcome.verdict, Verdict::Passed, "{text}");
        assert!(outcome.findings.is_empty(), "{text}");
        assert!(
            outcome.judged > 10 && outcome.requests > 10 && outcome.messages >= 3,
            "it judged something: {outcome:?}"
        );
    }
}

/// The bug on purpose, the variant it shows in, the rule or entry that must catch it, and what the text must say.
const SABOTAGES: &[(Sabotage, &str, &str, &[&str])] = &[
    (
        Sabotage::ForgetTwin,
        "tvillinger",
        "tvilling-registrert",
        &["ingen folkeregisteret.person.hent om", "(tvilling)", "nærmest", "(barnet)"],
    ),
    (
        Sabotage::DigitalToReserved,
        "reservert",
        "reservert-faar-papir",
        &["regelen «reservert-faar-papir» er brutt", "reservert mot digital kommunikasjon", "(mor)", "altinn"],
    ),
    (
        Sabotage::PrintStreet,
        "strengt-fortrolig-adresse",
        "gata-er-hemmelig",
        &["regelen «gata-er-hemmelig» er brutt", "strengt fortrolig", "(mor)", "melding #1"],
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bug_on_purpose_is_caught_by_name_of_citizen_and_rule() {
    for (sabotage, variant, step, said) in SABOTAGES {
        let (outcome, text) = run(Some(variant), *sabotage).await;
        assert_eq!(outcome.verdict, Verdict::Failed, "{sabotage:?} is let through:\n{text}");
        let steps: Vec<_> = outcome.failures.iter().filter_map(|failure| failure.step.as_deref()).collect();
        assert!(steps.contains(step), "{sabotage:?} is caught by {steps:?}, not {step}:\n{text}");
        for part in *said {
            assert!(text.contains(part), "the text on {sabotage:?} lacks `{part}`:\n{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_street_stands_in_no_report() {
    let running = app::start(Config { size: 1500, ..Config::on_free_port() }).await.expect("the server starts");
    let plans = plans();
    let plan = plans.iter().find(|plan| plan.variant.as_deref() == Some("strengt-fortrolig-adresse")).unwrap();
    let outcome = scenario::run(plan, &around(&running, Sabotage::PrintStreet)).await;
    let world = running.hall.world(&outcome.world).expect("a failed world is kept");
    let town = world.town();
    let letter = town.post.brev().next().expect("the letter was sent").clone();
    let street = old_extract(&town)[&town.person_by_key(letter.til).unwrap().nummer().to_string()].clone();
    assert!(letter.tekst.as_deref().unwrap_or_default().contains(&street), "the bug is there");
    let fail_on = byteby::report::FailOn::default();
    let all = [outcome];
    for text in [
        console(&all[0], Lang::Nb, false),
        byteby::report::json(&all, &fail_on, Lang::En).to_string(),
        byteby::report::junit(&all, Lang::Nb).unwrap(),
    ] {
        assert!(!text.contains(&street), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_scenario_comes_to_the_same_thing_twice() {
    let told = |outcome: &Outcome| {
        let Outcome { verdict, judged, requests, messages, virtual_ms, .. } = outcome;
        (*verdict, *judged, *requests, *messages, *virtual_ms, outcome.digest.clone())
    };
    let (first, _) = run(Some("tvillinger"), Sabotage::None).await;
    let (second, _) = run(Some("tvillinger"), Sabotage::None).await;
    assert_eq!(told(&first), told(&second));
}
