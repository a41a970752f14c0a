//! Wiring: a configuration in, a running town out. The only place that knows everybody.

mod config;
mod sample;
mod start;
mod time;
mod sweep;

pub use config::{AdminMode, Config, ConfigFault};
pub use sample::{Sample, SampleError, SampleSettings, start_sample};
pub use start::{Running, StartError, start};
