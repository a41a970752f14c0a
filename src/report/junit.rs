//! JUnit: one test suite per file, one test case per variant and matrix row; `failure` for expectations, `error` for a
//! broken set-up (`specs/experience.md` §15.1).

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::console::console;
use crate::scenario::{Outcome, Verdict};
use crate::select::Lang;

/// Longest output of one test case, bytes.
const OUTPUT: usize = 64 << 10;

fn bounded(mut text: String) -> String {
    if text.len() > OUTPUT {
        let mut end = OUTPUT;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    text
}

fn duration(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

fn status(outcome: &Outcome, lang: Lang) -> TestCaseStatus {
    let first = outcome.failures.first().map(|failure| failure.what.say(lang)).unwrap_or_default();
    let non_success = |kind: NonSuccessKind| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_message(first.clone());
        status.set_type(outcome.failures.first().map_or("BB1401", |failure| failure.code));
        status.set_description(bounded(console(outcome, lang, false)));
        status
    };
    match outcome.verdict {
        Verdict::Passed | Verdict::ExpectedFail => TestCaseStatus::success(),
        Verdict::Skipped => TestCaseStatus::skipped(),
        Verdict::Failed | Verdict::UnexpectedPass => non_success(NonSuccessKind::Failure),
        Verdict::Broken(_) => non_success(NonSuccessKind::Error),
    }
}

/// The report on `outcomes` as XML. Outcomes of one file stand together, in their order.
///
/// # Errors
/// When the XML cannot be written; with text in memory that does not happen.
pub fn junit(outcomes: &[Outcome], lang: Lang) -> Result<String, String> {
    let mut report = Report::new("byteby");
    let mut suites: Vec<(String, TestSuite)> = Vec::new();
    for outcome in outcomes {
        let file = outcome.source.path.display().to_string();
        let mut case = TestCase::new(outcome.title.clone(), status(outcome, lang));
        case.set_classname(outcome.id.clone());
        case.set_time(duration(outcome.wall_ms));
        for (name, value) in [
            ("seed", outcome.seed.clone()),
            ("digest", outcome.digest.clone()),
            ("world_date", outcome.start.to_string()),
            ("repeat", outcome.repeat.clone()),
        ] {
            case.add_property(Property::new(name, value));
        }
        match suites.iter_mut().find(|(name, _)| *name == file) {
            Some((_, suite)) => {
                suite.add_test_case(case);
            }
            None => {
                let mut suite = TestSuite::new(file.clone());
                suite.add_test_case(case);
                suites.push((file, suite));
            }
        }
    }
    for (_, suite) in suites {
        report.add_test_suite(suite);
    }
    report.to_string().map_err(|error| error.to_string())
}
