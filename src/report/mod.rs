//! Reports on what scenarios came to: the console's look (`specs/experience.md` §4.4), JUnit and JSON (§15.1), and the
//! exit code of a run (§4.3). All list order is stable; no report holds a body, a token or an address.

mod console;
mod exit;
#[cfg(feature = "analyse")]
pub mod frames;
mod json;
mod junit;
mod likhet;
#[cfg(test)]
mod tests;

pub use console::{console, load_fault, summary};
pub use exit::{ExitCode, FailOn};
pub use json::{SCHEMA, json};
pub use junit::junit;
pub use likhet::likhet;
