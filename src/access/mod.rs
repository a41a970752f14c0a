//! What a handler is given, and what guards it: the world of a request, tokens and sessions.
//!
//! Codes, sessions, tokens and replay caches are protocol state: they lie beside the town, keyed by the incarnation of
//! the world, and a fork starts without them (`DESIGN` §2 rule 10).

mod inbound;
mod not_modelled;

pub use inbound::{Inbound, WallTime};
pub use not_modelled::{not_modelled, problem};

/// Protocol state of all worlds.
#[derive(Clone, Debug, Default)]
pub struct Access;
