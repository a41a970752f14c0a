//! The gate: every request comes through here. It checks the host, finds the world, reads the body within bounds,
//! puts the request's surroundings together, lets the right router answer, records the exchange and adds our headers.

mod admin_access;
mod admission;
pub mod authority;
mod client;
mod cors;
mod familiar;
mod fault;
mod forwarded;
mod host;
mod limits;
mod listen;
mod pace;
mod panics;
mod public;
mod quota;
mod record;
mod refusal;
mod resettable;
mod selection;
mod serve;
mod stand_in;
mod tls;
pub mod wall;
mod world;

pub use admin_access::{AdminAccess, SHORTEST_TOKEN, new_token};
pub use cors::Cors;
pub use forwarded::Network;
pub use listen::{Bounds, Listen, Peer};
pub use pace::Pace;
pub use selection::{Selection, Signs, select};
pub use serve::{Gate, GateConfig};
pub use tls::Tls;
