//! The real program: what it prints, where, and the code it ends with.

use std::path::Path;
use std::process::{Command, Output};

fn byteby(arguments: &[&str]) -> Output {
    byteby_in(Path::new(env!("CARGO_TARGET_TMPDIR")), arguments)
}

fn byteby_in(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_byteby"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("RUST_BACKTRACE")
        .env("NO_COLOR", "1")
        .output()
        .expect("the program runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn wrong_usage_is_one_sentence_with_code_two() {
    for (arguments, says) in [
        (&["up", "--sise", "5000"][..], "--size"),
        (&["upp"], "up"),
        (&["population", "digest", "--size", "0"], "1 500"),
        (&["population", "digest", "--size", "1499"], "1 500"),
        (&["population", "digest", "--size", "many"], "whole number"),
        (&["population", "digest", "--date", "someday"], "2027-01-04"),
        (&["population", "digest", "--municipality", "fjordkomune"], "fjordkommune"),
        (&["people", "--size", "1500", "--where", "alderr > 3"], "alder"),
        (&["env", "--format", "yml"], "possible values"),
        (&["up", "--clock", "fast"], "frozen"),
        (&["event", "foedsel"], "--of"),
    ] {
        let output = byteby(arguments);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(says), "{arguments:?} should mention `{says}`: {text}");
        assert!(!text.contains("panicked") && printed(&output).is_empty(), "{arguments:?}: {text}");
    }
}

#[test]
fn a_server_that_is_not_there_is_code_four() {
    let output = byteby(&["clock", "get", "--server", "http://127.0.0.1:9"]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("byteby up"), "{}", said(&output));
}

#[test]
fn a_taken_port_is_code_four_and_says_which() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = byteby(&["up", "--size", "1500", "--port", &port]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains(&port), "{}", said(&output));
}

#[test]
fn exec_gives_the_command_its_addresses_and_keeps_its_code() {
    let output = byteby(&["exec", "--size", "1500", "--", "sh", "-c", "echo $IDPORTEN_ISSUER; exit 7"]);
    assert_eq!(output.status.code(), Some(7), "{}", said(&output));
    let issuer = printed(&output);
    assert!(issuer.starts_with("http://localhost:") && issuer.trim_end().ends_with("/idporten"), "{issuer}");
    let missing = byteby(&["exec", "--size", "1500", "--", "no-such-command-here"]);
    assert_eq!(missing.status.code(), Some(4), "{}", said(&missing));
}

#[test]
fn the_project_file_counts_below_flags_and_names_unknown_keys() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("byteby.toml"), "[world]\nsize = 1_500\nseed = \"prosjekt\"\n").unwrap();
    let by_file = printed(&byteby_in(folder.path(), &["population", "digest"]));
    let by_flags = printed(&byteby(&["population", "digest", "--size", "1500", "--seed", "prosjekt"]));
    assert_eq!(by_file, by_flags);
    let over = printed(&byteby_in(folder.path(), &["population", "digest", "--seed", "other"]));
    assert_ne!(by_file, over);
    std::fs::write(folder.path().join("byteby.toml"), "[world]\nsise = 1_500\n").unwrap();
    let output = byteby_in(folder.path(), &["population", "digest"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("world.sise") && said(&output).contains("`size`"), "{}", said(&output));
}

#[test]
fn the_digest_does_not_know_threads_zone_locale_or_day() {
    let digest = |seed: &str, threads: &str, env: &[(&str, &str)]| {
        let output = Command::new(env!("CARGO_BIN_EXE_byteby"))
            .args(["population", "digest", "--size", "5000", "--seed", seed, "--threads", threads])
            .envs(env.iter().copied())
            .output()
            .expect("the program runs");
        assert!(output.status.success(), "{}", said(&output));
        printed(&output)
    };
    let first = digest("1", "1", &[]);
    assert_eq!(first.trim_end().len(), 64);
    assert_eq!(first, digest("1", "2", &[("TZ", "Asia/Tokyo"), ("LC_ALL", "C")]));
    assert_eq!(first, digest("1", "4", &[("TZ", "America/St_Johns"), ("LANG", "tr_TR.UTF-8")]));
    assert_ne!(first, digest("2", "1", &[]));
}

#[test]
fn people_are_listed_in_every_form_and_nobody_is_code_eight() {
    let list = |format: &str| {
        printed(&byteby(&["people", "--size", "1500", "--where", "bosatt && alder >= 80", "--format", format]))
    };
    let (csv, ndjson) = (list("csv"), list("ndjson"));
    let json: serde_json::Value = serde_json::from_str(&list("json")).unwrap();
    let count = json.as_array().map_or(0, Vec::len);
    assert!(count > 10, "{count}");
    assert_eq!(csv.lines().count(), count + 1);
    assert_eq!(ndjson.lines().count(), count);
    assert_eq!(list("table").lines().count(), count + 1);
    let nobody = byteby(&["people", "--size", "1500", "--where", "alder > 130"]);
    assert_eq!(nobody.status.code(), Some(8), "{}", said(&nobody));
}
