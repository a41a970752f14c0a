//! The gate: every request comes through here. It checks the host, finds the world, reads the body within bounds,
//! puts the request's surroundings together, lets the right router answer, records the exchange and adds our headers.

mod admission;
mod by_host;
mod client;
mod fault;
mod host;
mod limits;
mod pace;
mod quota;
mod record;
mod selection;
mod serve;
mod stand_in;
pub mod wall;
mod world;

pub use pace::Pace;
pub use selection::{Selection, Signs, select};
pub use serve::{Gate, GateConfig};
