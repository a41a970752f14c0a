//! Exit codes (`specs/experience.md` §4.3) and how a failure is shown.

use std::fmt;
use std::process::ExitCode;

/// How the program ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Exit {
    /// All good.
    Ok,
    /// At least one expectation failed.
    Failed,
    /// Wrong usage or configuration.
    Usage,
    /// A scenario file did not parse or lint.
    Scenario,
    /// The app or environment was not reachable or never became ready.
    Unreachable,
    /// Determinism broken.
    Determinism,
    /// Only findings named in `--fail-on` failed.
    Findings,
    /// Population, snapshot or data directory damaged or of an unknown version.
    Damaged,
    /// A selector found nobody.
    Nobody,
    /// The code of a command that was run.
    Child(u8),
    /// Wall-clock limit.
    Timeout,
    /// Interrupted.
    Interrupted,
    /// Internal error.
    Internal,
}

impl Exit {
    /// The number a shell sees.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Scenario => 3,
            Self::Unreachable => 4,
            Self::Determinism => 5,
            Self::Findings => 6,
            Self::Damaged => 7,
            Self::Nobody => 8,
            Self::Child(code) => code,
            Self::Timeout => 124,
            Self::Interrupted => 130,
            Self::Internal => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A command that could not do its work: one sentence, and what to do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// How to end.
    pub exit: Exit,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure that ends with `exit` and says `message`.
    #[must_use]
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// Wrong usage.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// With what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

impl From<crate::app::StartError> for Failure {
    fn from(error: crate::app::StartError) -> Self {
        use crate::app::StartError;
        use crate::townhall::HallError;
        let message = error.to_string();
        match error {
            StartError::Port { address, .. } => Self::new(Exit::Unreachable, message)
                .with_hint(format!("another program uses port {}: stop it, or choose `--port 0`", address.port())),
            StartError::Data(_) | StartError::Journal(_) | StartError::Hall(HallError::OtherBase(..)) => {
                Self::new(Exit::Damaged, message)
            }
            StartError::Hall(HallError::Population(_)) => Self::usage(message),
            StartError::Hall(_) => Self::new(Exit::Internal, message),
        }
    }
}
