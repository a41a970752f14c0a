//! What reports show of an outcome, and which code a run ends with.

use std::sync::Arc;

use super::{ExitCode, FailOn, console, json, junit, summary};
use crate::clock::DEFAULT_START;
use crate::scenario::{Break, Difference, Failure, Finding, NearMiss, Outcome, Sentence, Source, Verdict};
use crate::select::Lang;

const TEXT: &str = "byteby: 1\nexpect:\n  - message: { to: mor }\n";

fn outcome(verdict: Verdict) -> Outcome {
    Outcome {
        source: Arc::new(Source { path: "scenarios/x.byteby.yaml".into(), text: TEXT.into() }),
        id: "x".into(),
        name: "X".into(),
        variant: Some("reservert".into()),
        title: "x › reservert".into(),
        verdict,
        failures: Vec::new(),
        findings: Vec::new(),
        wall_ms: 1930,
        virtual_ms: 31 * 86_400_000,
        seed: "7".into(),
        start: DEFAULT_START,
        digest: "abc".into(),
        world: "t-1".into(),
        judged: 3,
        requests: 2,
        messages: 1,
        repeat: "byteby test scenarios/x.byteby.yaml --seed 7 --variant reservert".into(),
    }
}

fn failed() -> Outcome {
    let failure = Failure {
        code: "BB1401",
        span: 22..29,
        step: Some("tilbud".into()),
        title: Some("Tilbud i tide".into()),
        what: Sentence::new("run.message-missing", &[]),
        note: Sentence::new("run.no-message-of-kind", &["Oda Rimstad", "2027-05-02 18:00", "\"vedtak\""]),
        differences: Vec::new(),
        near: vec![NearMiss {
            what: Sentence::new("run.message-line", &["3", "print", "Oda Rimstad", "2027-05-02 18:04", "Svar <&>"]),
            differences: vec![Difference {
                field: "kind".into(),
                wanted: "\"vedtak\"".into(),
                got: "\"melding\"".into(),
            }],
        }],
        cause: vec![
            Sentence::new("run.cause-entry", &["soeknad", "2027-04-02 18:00"]),
            Sentence::new("run.cause-silence", &[]),
        ],
        help: Vec::new(),
        at: Some(DEFAULT_START),
        warning: false,
    };
    Outcome { failures: vec![failure], ..outcome(Verdict::Failed) }
}

#[test]
fn the_console_shows_line_caret_nearest_cause_and_how_to_repeat() {
    let expected = "\
✗ x › reservert                                                             1.9 s   T+31 d
  forventet melding mangler innen fristen
  tilbud: Tilbud i tide
  scenarios/x.byteby.yaml:3:5
   3 |   - message: { to: mor }
     |     ^^^^^^^ ingen melding til Oda Rimstad før 2027-05-02 18:00 (ventet \"vedtak\")
  nærmest    melding #3 (print → Oda Rimstad, 2027-05-02 18:04) «Svar <&>»
             kind: forventet \"vedtak\", fikk \"melding\"
  årsak      «soeknad» skjedde 2027-04-02 18:00
             → appen spurte ikke om noe etterpå
  gjenta     byteby test scenarios/x.byteby.yaml --seed 7 --variant reservert
  verden     t-1
";
    assert_eq!(console(&failed(), Lang::Nb, false), expected);
    let english = console(&failed(), Lang::En, false);
    assert!(english.contains("an expected message is missing") && english.contains("nearest"), "{english}");
    let colour = console(&failed(), Lang::Nb, true);
    assert!(colour.contains("\u{1b}[31m") && colour.contains('✗'), "colour repeats the sign");
}

#[test]
fn what_passed_is_one_line() {
    let text = console(&outcome(Verdict::Passed), Lang::Nb, false);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("✓ x › reservert"));
    let all = [outcome(Verdict::Passed), failed(), outcome(Verdict::Broken(Break::Cast))];
    assert_eq!(summary(&all, Lang::Nb), "1 bestått, 1 feilet, 1 uten gyldig oppsett");
}

#[test]
fn junit_tells_failures_from_errors_and_escapes_text() {
    let all = [failed(), outcome(Verdict::Broken(Break::App)), outcome(Verdict::Passed)];
    let xml = junit(&all, Lang::Nb).unwrap();
    assert_eq!(xml.matches("<testsuite ").count(), 1, "one suite per file: {xml}");
    assert_eq!(xml.matches("<testcase ").count(), 3);
    assert!(xml.contains("tests=\"3\" ") && xml.contains("failures=\"1\"") && xml.contains("errors=\"1\""), "{xml}");
    assert!(xml.contains("name=\"seed\" value=\"7\"") && xml.contains("name=\"repeat\""));
    assert!(xml.contains("Svar &lt;&amp;&gt;") || xml.contains("Svar &lt;&amp;>"), "{xml}");
}

#[test]
fn json_holds_everything_the_console_shows() {
    let report = json(&[failed()], &FailOn::default(), Lang::Nb);
    assert_eq!(report["schema"], super::SCHEMA);
    assert_eq!(report["exit_code"], 1);
    let failure = &report["scenarios"][0]["failures"][0];
    assert_eq!(failure["where"]["line"], 3);
    assert_eq!(failure["near"][0]["differences"][0]["got"], "\"melding\"");
    assert_eq!(failure["cause"].as_array().unwrap().len(), 2);
}

#[test]
fn exit_codes_follow_the_table() {
    let none = FailOn::default();
    for (verdict, code) in [
        (Verdict::Passed, 0),
        (Verdict::Skipped, 0),
        (Verdict::ExpectedFail, 0),
        (Verdict::Failed, 1),
        (Verdict::UnexpectedPass, 1),
        (Verdict::Broken(Break::Setup), 1),
        (Verdict::Broken(Break::App), 4),
        (Verdict::Broken(Break::World), 7),
        (Verdict::Broken(Break::Cast), 8),
        (Verdict::Broken(Break::TimeLimit), 124),
    ] {
        assert_eq!(ExitCode::of(&outcome(verdict), &none).code(), code, "{verdict:?}");
    }
    let mut found = outcome(Verdict::Passed);
    found.findings.push(Finding { name: "never-settled", what: Sentence::new("run.nothing", &[]), at: DEFAULT_START });
    assert_eq!(ExitCode::of(&found, &none), ExitCode::Good);
    assert_eq!(ExitCode::of(&found, &FailOn(vec!["never-settled".into()])), ExitCode::Findings);
    use ExitCode as E;
    for (codes, expected) in [
        (vec![], E::Good),
        (vec![E::Good, E::Failed], E::Failed),
        (vec![E::Failed, E::Findings], E::Failed),
        (vec![E::Good, E::Findings], E::Findings),
        (vec![E::Failed, E::Nobody, E::App], E::App),
        (vec![E::Scenario, E::App, E::Failed], E::Scenario),
        (vec![E::Failed, E::Nobody], E::Nobody),
        (vec![E::Failed, E::TimeLimit], E::TimeLimit),
    ] {
        assert_eq!(ExitCode::of_all(codes.clone()), expected, "{codes:?}");
    }
}

#[test]
fn a_pass_with_a_late_request_is_never_plainly_green() {
    let mut late = outcome(Verdict::Passed);
    assert!(!late.is_doubtful() && console(&late, Lang::Nb, false).starts_with('✓'));
    late.findings.push(Finding { name: "weak-negative", what: Sentence::new("run.nothing", &[]), at: DEFAULT_START });
    assert!(!late.is_doubtful(), "weaker, but not in doubt");
    let what = Sentence::new("run.nothing", &[]);
    late.findings.push(Finding { name: "late-after-settle", what, at: DEFAULT_START });
    assert!(late.is_doubtful());
    let text = console(&late, Lang::Nb, false);
    assert!(text.starts_with('?') && text.contains("late-after-settle"), "{text}");
}
