//! The exit code of a run (`specs/experience.md` §4.3).

use crate::scenario::{Break, LoadFault, Outcome, Verdict};

/// What the program ends with. When several apply, the lowest of 2, 3, 4, 5, 7 and 8 wins over 1, and 6 is used only when
/// nothing else failed, so that a pipeline can tell "the app is wrong" from "the set-up is wrong".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum ExitCode {
    /// All good.
    Good = 0,
    /// At least one expectation failed.
    Failed = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// A scenario file did not load.
    Scenario = 3,
    /// The app was not reachable or never ready.
    App = 4,
    /// Determinism broken.
    Determinism = 5,
    /// Only findings that were to fail the run.
    Findings = 6,
    /// Population, snapshot or data directory damaged or unknown.
    Data = 7,
    /// A selector found nobody.
    Nobody = 8,
    /// Internal error.
    Internal = 70,
    /// Wall-clock limit.
    TimeLimit = 124,
    /// Interrupted.
    Interrupted = 130,
}

/// Names of findings that fail a run (`--fail-on`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FailOn(pub Vec<String>);

impl ExitCode {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The code of one outcome.
    #[must_use]
    pub fn of(outcome: &Outcome, fail_on: &FailOn) -> Self {
        match outcome.verdict {
            Verdict::Failed | Verdict::UnexpectedPass | Verdict::Broken(Break::Setup) => Self::Failed,
            Verdict::Broken(Break::App) => Self::App,
            Verdict::Broken(Break::Cast) => Self::Nobody,
            Verdict::Broken(Break::World) => Self::Data,
            Verdict::Broken(Break::TimeLimit) => Self::TimeLimit,
            Verdict::Passed | Verdict::Skipped | Verdict::ExpectedFail => {
                let named = |name: &str| fail_on.0.iter().any(|wanted| wanted == name);
                if outcome.findings.iter().any(|finding| named(finding.name)) { Self::Findings } else { Self::Good }
            }
        }
    }

    /// The code of a file that did not load.
    #[must_use]
    pub fn of_load(_: &LoadFault) -> Self {
        Self::Scenario
    }

    /// The code of a whole run from those of its parts.
    #[must_use]
    pub fn of_all(codes: impl IntoIterator<Item = Self>) -> Self {
        // An interruption says nothing about the rest; a limit hides what a scenario would have come to.
        const ORDER: [ExitCode; 11] = [
            ExitCode::Interrupted,
            ExitCode::Internal,
            ExitCode::Usage,
            ExitCode::Scenario,
            ExitCode::App,
            ExitCode::Determinism,
            ExitCode::Data,
            ExitCode::Nobody,
            ExitCode::TimeLimit,
            ExitCode::Failed,
            ExitCode::Findings,
        ];
        let codes: Vec<Self> = codes.into_iter().collect();
        ORDER.into_iter().find(|code| codes.contains(code)).unwrap_or(Self::Good)
    }
}
