//! How a command that could not do its work is shown, and the code it ends with.

use std::fmt;

use crate::report::ExitCode;

/// A command that could not do its work: one sentence, and what to do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// How to end.
    pub exit: ExitCode,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure that ends with `exit` and says `message`.
    #[must_use]
    pub fn new(exit: ExitCode, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// Wrong usage.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Usage, message)
    }

    /// With `place`, where it went wrong, before what happened.
    #[must_use]
    pub fn before(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
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
            StartError::Port { address, .. } => Self::new(ExitCode::App, message)
                .with_hint(format!("another program uses port {}: stop it, or choose `--port 0`", address.port())),
            StartError::Journal(fault) => Self::from(fault),
            StartError::Snapshot { .. } => Self::new(ExitCode::Data, message)
                .with_hint("`byteby snapshot verify FILE` says more; take another copy of the file"),
            StartError::HasTown(_) => {
                Self::usage(message).with_hint("leave `--from` out, or give another directory with `--data`")
            }
            StartError::App(..) | StartError::Hall(HallError::Population(_)) => Self::usage(message),
            StartError::Data(_) | StartError::Hall(HallError::OtherBase(..)) => Self::new(ExitCode::Data, message),
            StartError::Hall(_) => Self::new(ExitCode::Internal, message),
        }
    }
}

impl From<crate::journal::JournalFault> for Failure {
    fn from(fault: crate::journal::JournalFault) -> Self {
        use crate::journal::JournalFault;
        let failure = Self::new(ExitCode::Data, fault.to_string());
        match fault {
            JournalFault::Damaged { .. } | JournalFault::Unreadable { .. } => failure.with_hint(
                "`byteby journal repair --data DIR` keeps what is good and moves the rest aside; nothing is deleted",
            ),
            JournalFault::Marks { .. } => {
                failure.with_hint("`byteby journal repair --data DIR` checks the logs and writes it again")
            }
            JournalFault::Columns { .. } => failure.with_hint(
                "`byteby journal repair --data DIR` makes them again if this program still makes the same; else put \
                 back a copy of that file, or load a snapshot of the world, which carries its own",
            ),
            JournalFault::Foreign { .. } => failure.with_hint("use the version of byteby that wrote it"),
            JournalFault::InUse { .. } => {
                failure.with_hint("stop it, or leave `--data` out and name it with `--server URL`")
            }
            _ => failure,
        }
    }
}
