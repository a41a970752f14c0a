//! The one place that reads the machine's clock for requests and for worlds that run at the pace of real time.

#![allow(
    clippy::disallowed_methods,
    reason = "this is the wall clock; everything below the shell gets time as a value"
)]

use std::time::{SystemTime, UNIX_EPOCH};

use crate::access::WallTime;

/// Real time now.
#[must_use]
pub fn now() -> WallTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallTime(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
