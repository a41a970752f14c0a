//! Settings of the record of requests: `[requests]` and `real_data` (`specs/experience.md` §5, §12.5).

use clap::{Args, ValueEnum};

use super::project::Project;
use super::{ExitCode, Failure};
use crate::app::{Config, Running};
use crate::observe::RealData;

/// How much is kept of what apps ask.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct RecordArgs {
    /// Most memory the record of requests takes [default: 64MiB]
    #[arg(long, value_name = "SIZE", env = "BYTEBY_REQUESTS_MEMORY")]
    requests_memory: Option<String>,
    /// Most bytes of one body that are kept [default: 256KiB]
    #[arg(long, value_name = "SIZE", env = "BYTEBY_REQUESTS_BODIES")]
    requests_bodies: Option<String>,
    #[command(flatten)]
    real_data: RealDataArgs,
}

/// What a number that looks like a real person's leads to.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(super) struct RealDataArgs {
    /// When a number that looks like a real person's is sent: note a finding, or note it and end [default: warn]
    #[arg(long, value_name = "WHAT", env = "BYTEBY_REAL_DATA")]
    real_data: Option<Policy>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Policy {
    /// Note a finding
    Warn,
    /// Note a finding and end with code 6
    Deny,
}

impl RealDataArgs {
    /// What the flag says, or `file` where it says nothing.
    pub(super) fn read(self, file: Option<&str>) -> Result<RealData, Failure> {
        match (self.real_data, file) {
            (Some(Policy::Deny), _) | (None, Some("deny")) => Ok(RealData::Deny),
            (Some(Policy::Warn), _) | (None, Some("warn") | None) => Ok(RealData::Warn),
            (None, Some(other)) => Err(Failure::usage(format!("`{other}` is not a real_data: use warn or deny"))),
        }
    }
}

/// Smallest record: one exchange with long bodies must fit several times.
const LEAST_MEMORY: usize = 64 << 10;

/// Bytes in a text like `64MiB`, `256 KiB` or `1000`.
fn bytes(setting: &str, text: &str) -> Result<usize, Failure> {
    let wanted = || Failure::usage(format!("`{text}` is not a {setting}: write a size like 64MiB or 256KiB"));
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic() || letter == ' ');
    let unit = match text[digits.len()..].trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(wanted()),
    };
    let number: usize = digits.replace('_', "").parse().map_err(|_| wanted())?;
    number.checked_mul(unit).ok_or_else(wanted)
}

/// Puts the settings of the record into `config`.
pub(super) fn fill(config: &mut Config, args: &RecordArgs, project: &Project) -> Result<(), Failure> {
    let file = |key: &str| project.text("requests", key);
    if let Some(text) = args.requests_memory.clone().or(file("memory")?) {
        config.requests.memory = bytes("requests.memory", &text)?;
        if config.requests.memory < LEAST_MEMORY {
            return Err(Failure::usage("requests.memory is at least 64KiB"));
        }
    }
    if let Some(text) = args.requests_bodies.clone().or(file("bodies")?) {
        config.requests.bodies = bytes("requests.bodies", &text)?;
    }
    config.real_data = args.real_data.read(project.text("server", "real_data")?.as_deref())?;
    Ok(())
}

/// Waits until the town ends because a real person's number came; for ever where that ends nothing.
pub(super) async fn ended_by_real_data(running: &Running) -> ExitCode {
    running.denied().await;
    eprintln!(
        "error: a number that looks like a real person's was sent, and --real-data deny ends the run\n\
         hint: only synthetic numbers (month + 80) belong here; the number is kept nowhere"
    );
    ExitCode::Findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        for (text, expected) in [
            ("64MiB", Some(64 << 20)),
            ("256 KiB", Some(256 << 10)),
            ("1_000", Some(1_000)),
            ("2GiB", Some(2 << 30)),
            ("12B", Some(12)),
            ("64MB", None),
            ("many", None),
            ("", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(bytes("requests.memory", text).ok(), expected, "{text}");
        }
    }
}
