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
            StartError::Data(_) | StartError::Journal(_) | StartError::Hall(HallError::OtherBase(..)) => {
                Self::new(ExitCode::Data, message)
            }
            StartError::App(..) | StartError::Hall(HallError::Population(_)) => Self::usage(message),
            StartError::Hall(_) => Self::new(ExitCode::Internal, message),
        }
    }
}
