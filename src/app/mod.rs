//! Wiring: a configuration in, a running town out. The only place that knows everybody.

mod config;
mod sample;
mod start;
mod sweep;
mod time;

pub use config::{AdminMode, Config, ConfigFault};
pub use sample::{Sample, SampleError, SampleSettings, demo_starter, start_sample};
pub use start::{Running, StartError, start};
