//! The catalogue of errors against the sources and the tests: every code stands in it, is used, and is provoked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use byteby::app::{self, Config};
use byteby::scenario::{self, Outcome, Surroundings};
use byteby::townhall::Limits;
use byteby::web::entries;

use crate::surroundings::without_app;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder is readable")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// Sources and tests: what stands behind `mod tests {` and in files of tests is a test.
fn texts() -> (Vec<(PathBuf, String)>, Vec<(PathBuf, String)>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut sources, mut tests) = (Vec::new(), Vec::new());
    let mut all = Vec::new();
    files(&root.join("src"), &mut all);
    for path in all {
        let text = std::fs::read_to_string(&path).expect("a source");
        let name = path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
        if name.contains("tests") || name.contains("fixture") {
            tests.push((path, text));
            continue;
        }
        let (source, test) = text.split_once("mod tests {").map_or((text.as_str(), ""), |parts| parts);
        tests.push((path.clone(), test.to_owned()));
        sources.push((path, source.to_owned()));
    }
    let mut integration = Vec::new();
    files(&root.join("tests"), &mut integration);
    tests.extend(integration.into_iter().map(|path| {
        let text = std::fs::read_to_string(&path).expect("a test");
        (path, text)
    }));
    (sources, tests)
}

/// Codes in quotes in `text`.
fn codes(text: &str) -> BTreeSet<String> {
    let is_code =
        |word: &&str| word.len() == 6 && word.starts_with("BB") && word[2..].bytes().all(|b| b.is_ascii_digit());
    text.split(['"', '[', ']', ':']).map(str::trim).filter(is_code).map(str::to_owned).collect()
}

#[test]
fn every_code_of_the_sources_stands_in_the_catalogue_and_every_entry_is_used() {
    let (sources, _) = texts();
    let mut used = BTreeSet::new();
    for (path, text) in &sources {
        for code in codes(text) {
            assert!(entries().contains_key(code.as_str()), "{} uses {code}, which errors.tsv lacks", path.display());
            used.insert(code);
        }
    }
    let unused: Vec<&&str> = entries().keys().filter(|code| !used.contains(**code)).collect();
    assert!(unused.is_empty(), "no source uses {unused:?}");
}

#[test]
fn every_code_is_provoked_by_a_test() {
    let (sources, tests) = texts();
    // What the enum of the admin API calls a code: tests say `Code::ClockBackwards` for BB1702.
    let problem = sources.iter().find(|(path, _)| path.ends_with("web/admin/problem.rs")).expect("the codes");
    let lines = problem.1.lines().filter_map(|line| line.trim().trim_end_matches(',').split_once(" = \""));
    let names: BTreeMap<&str, &str> = lines.map(|(name, code)| (code.trim_end_matches('"'), name)).collect();
    let own = Path::new(file!()).file_name().expect("a name");
    let mut missing = Vec::new();
    for code in entries().keys() {
        let name = names.get(code).map(|name| format!("Code::{name}"));
        let says = |text: &str| {
            let named = name.as_deref().is_some_and(|name| {
                text.match_indices(name)
                    .any(|(at, _)| !text[at + name.len()..].starts_with(|c: char| c.is_alphanumeric()))
            });
            named || text.contains(code)
        };
        let provoked = tests.iter().any(|(path, text)| {
            // Here only the table of scenarios below counts.
            let text =
                if path.file_name() == Some(own) { text.rsplit("const SCENARIOS").next().unwrap_or("") } else { text };
            says(text)
        });
        if !provoked {
            missing.push(*code);
        }
    }
    assert!(missing.is_empty(), "no test provokes {missing:?}");
}

/// Code, and a scenario that ends with it.
const SCENARIOS: &[(&str, &str)] = &[
    ("BB1707", "timeline: [ { at: 2028-01-01, note: x } ]"),
    ("BB1301", "cast: { hen: \"alder > 200\" }\ntimeline: [ { at: T, note: x } ]"),
    ("BB1304", "cast: { hen: \"partner.bosatt\" }\ntimeline: [ { at: T, note: x } ]"),
    ("BB1401", "timeline: [ { at: T, that: \"1 == 2\" } ]"),
    (
        "BB1403",
        "cast: { mann: \"bosatt && kjoenn == 'mann'\" }\ntimeline: [ { at: T, event: { kind: foedsel, of: mann } } ]",
    ),
    ("BB1404", "timeline: [ { at: T, note: x } ]\nnever: [ { id: aldri, that: \"1 == 1\" } ]"),
    ("BB1805", "timeline: [ { at: T, note: x } ]"),
    (
        "BB1901",
        "app: { url: \"http://127.0.0.1:9\", ready: { get: /, timeout: 100ms } }\ntimeline: [ { at: T, note: x } ]",
    ),
    ("BB1902", "app: { url: \"http://127.0.0.1:9\" }\ntimeline: [ { at: T, call: { get: / } } ]"),
    (
        "BB1402",
        "app: { url: \"http://127.0.0.1:9\", ready: { get: /, timeout: 60s } }\ntimeline: [ { at: T, note: x } ]",
    ),
];

#[test]
fn a_scenario_that_cannot_be_read_says_so_with_its_code() {
    let fault = scenario::load(Path::new("/nowhere/x.byteby.yaml")).expect_err("there is no such file");
    assert!(fault.show(byteby::select::Lang::En).starts_with("error[BB1201]: "), "{fault}");
}

async fn ran(running: &app::Running, body: &str, world: &str, limit: Duration) -> Outcome {
    let text = format!("byteby: 1\nid: proeve\nname: Prøve\nworld: {world}\n{body}\n");
    let plans = scenario::load_text(Path::new("proeve.byteby.yaml"), &text).unwrap_or_else(|fault| panic!("{fault}"));
    let around = Surroundings { limit, settle_max: Duration::from_secs(5), ..without_app(running) };
    scenario::run(&plans[0], &around).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenarios_end_with_the_codes_of_the_catalogue() {
    let running = app::start(Config { size: 1500, ..Config::on_free_port() }).await.expect("the server starts");
    for (code, body) in SCENARIOS {
        let world = match *code {
            // A town of its own: the limit stays with it.
            "BB1707" => "{ size: 1500, seed: 8 }",
            "BB1805" => "{ size: 1500, seed: 7, municipality: atlantis }",
            _ => "{ size: 1500, seed: 7 }",
        };
        let events = if *code == "BB1707" { 0 } else { Limits::default().events };
        running.hall.set_limits(Limits { events, ..Limits::default() });
        let limit = if *code == "BB1402" { Duration::from_millis(300) } else { Duration::from_mins(1) };
        let outcome = ran(&running, body, world, limit).await;
        let got: Vec<&str> = outcome.failures.iter().map(|failure| failure.code).collect();
        assert_eq!(got, [*code], "{body}\n{outcome:?}");
    }
    running.stop().await;
}
