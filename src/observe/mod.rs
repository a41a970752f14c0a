//! What was asked and answered: a bounded record of exchanges with mocks, and expectations armed on them.
//!
//! Protocol state, not fact: it lies beside the town and outside the log. Expectations are matched when a request
//! arrives, so an entry that has left the record takes no verdict with it (`specs/experience.md` §12.1). What looks like
//! a real person's number never gets as far as this (`tripwire`).

mod armed;
mod digits;
mod entry;
mod fault_counters;
mod findings;
mod late;
pub mod near;
mod operation;
mod ring;
mod settle;
mod store;
mod token;
mod tripwire;

pub use armed::{ArmId, TooManyArmed, Verdict};
pub use entry::{Body, Direction, Fit, Note, RequestEntry};
pub use fault_counters::FaultCounters;
pub use findings::{Finding, Findings};
pub use late::Belongs;
pub use near::{Difference, Distance};
pub use operation::{About, Found, Named, Operation, Operations, people_named};
pub use ring::{Bounds, Observe};
pub use settle::{LastSettle, Mark, Settle, is_noise};
pub use token::{read_token, token_of};
pub use tripwire::{RealData, Swapped, Tripwire};

/// Request headers the record keeps. `Authorization` and cookies are not among them: of a token its claims are kept.
pub const HEADERS: [&str; 14] = [
    "accept",
    "accept-language",
    "baggage",
    "byteby-fault",
    "byteby-world",
    "content-disposition",
    "content-type",
    "idempotency-key",
    "if-none-match",
    "origin",
    "traceparent",
    "user-agent",
    "x-correlation-id",
    "x-request-id",
];
