//! Wiring: a configuration in, a running town out. The only place that knows everybody.

mod config;
mod start;

pub use config::{Config, ConfigFault};
pub use start::{Running, StartError, start};
