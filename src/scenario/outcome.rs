//! What a run came to.

use std::ops::Range;
use std::sync::Arc;

use super::fault::Sentence;
use super::node::Source;
use crate::clock::Instant;
use crate::observe::Difference;

/// The verdict on a scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Everything held.
    Passed,
    /// An expectation or a rule did not hold.
    Failed,
    /// The set-up did not come about: no verdict on the app.
    Broken(Break),
    /// Its guard was false from the start.
    Skipped,
    /// Failed, as it was meant to.
    ExpectedFail,
    /// Passed, though it was meant to fail.
    UnexpectedPass,
}

/// Why a set-up did not come about; each has its exit code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Break {
    /// Nobody could be cast. Exit code 8.
    Cast,
    /// The app was not reachable or never ready. Exit code 4.
    App,
    /// The world could not be made. Exit code 7.
    World,
    /// Something else of the set-up: an action of `given`, an event the town refuses. Counts as a failure, exit code 1.
    Setup,
    /// The wall-clock limit. Exit code 124.
    TimeLimit,
}

/// Findings after which what was judged may have been judged too soon.
const DOUBTS: [&str; 1] = ["late-after-settle"];

impl Outcome {
    /// Whether it passed, but not plainly: a request came that belongs to something judged before (`specs/core.md` §8).
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.verdict == Verdict::Passed && self.findings.iter().any(|finding| DOUBTS.contains(&finding.name))
    }
}

impl Verdict {
    /// The word in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Broken(_) => "broken",
            Self::Skipped => "skipped",
            Self::ExpectedFail => "expected-fail",
            Self::UnexpectedPass => "unexpected-pass",
        }
    }

    /// Whether a pipeline may go on.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Self::Passed | Self::Skipped | Self::ExpectedFail)
    }
}

/// Something that did not hold, or that stopped the set-up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// `BB14..` for expectations and rules, `BB13..` for the cast, `BB19..` for the app.
    pub code: &'static str,
    /// Bytes of the file it is about.
    pub span: Range<usize>,
    /// Entry or rule, by id.
    pub step: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// What did not hold.
    pub what: Sentence,
    /// What was expected and what was there, for people: the text behind the caret.
    pub note: Sentence,
    /// The differing fields of the thing itself, when there is one.
    pub differences: Vec<Difference>,
    /// The nearest things there were, at most three.
    pub near: Vec<NearMiss>,
    /// What led here, oldest first.
    pub cause: Vec<Sentence>,
    /// Further help: a relaxed selector.
    pub help: Vec<Sentence>,
    /// Virtual time.
    pub at: Option<Instant>,
    /// Only a warning.
    pub warning: bool,
}

/// Something that was nearly what was expected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NearMiss {
    /// What it is.
    pub what: Sentence,
    /// The fields that differ.
    pub differences: Vec<Difference>,
}

/// Something worth knowing that fails nothing by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Its name: `never-settled`, `feed-not-read`, `late-after-settle`, `weak-negative`.
    pub name: &'static str,
    /// In words.
    pub what: Sentence,
    /// Virtual time.
    pub at: Instant,
}

/// What a run came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The file.
    pub source: Arc<Source>,
    /// Id of the scenario.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The variant.
    pub variant: Option<String>,
    /// Id, variant and matrix row as one text.
    pub title: String,
    /// The verdict.
    pub verdict: Verdict,
    /// What did not hold, in the order it was found.
    pub failures: Vec<Failure>,
    /// What else was found.
    pub findings: Vec<Finding>,
    /// Real time taken, milliseconds.
    pub wall_ms: i64,
    /// Virtual time passed, milliseconds.
    pub virtual_ms: i64,
    /// The seed, resolved.
    pub seed: String,
    /// First virtual instant.
    pub start: Instant,
    /// Canonical digest of the world at the end.
    pub digest: String,
    /// The world it ran in.
    pub world: String,
    /// Expectations that were judged.
    pub judged: usize,
    /// Requests the app made.
    pub requests: usize,
    /// Letters citizens received.
    pub messages: usize,
    /// How to run exactly this again.
    pub repeat: String,
}
