//! What was asked and answered: a bounded record of requests into mocks, and expectations armed on them.
//!
//! Protocol state, not fact: it lies beside the town and outside the log. Expectations are matched when a request
//! arrives, so an entry that has left the ring takes no verdict with it (`specs/experience.md` §12.1).

mod armed;
mod entry;
mod fault_counters;
mod findings;
mod late;
mod operations;
mod redact;
mod ring;
mod settle;

pub use armed::{ArmId, Verdict};
pub use entry::{Body, Note, RequestEntry};
pub use fault_counters::FaultCounters;
pub use findings::{Finding, Findings};
pub use late::Belongs;
pub use operations::Operation;
pub use redact::{redacted, redacted_text};
pub use ring::Observe;
pub use settle::{LastSettle, Mark, Settle, is_noise};
