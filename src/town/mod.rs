//! The town: the only thing every service sees, and the only thing that is true.
//!
//! `model` holds the immutable base columns and the words of the domain, `derive` reads the columns into register
//! changes, `state` is the town with what has happened in a world, `decide` turns a command into events and `apply`
//! puts events into the state. `livshendelser` is the one table of life event kinds and their fields, `faults` that of
//! fault kinds, `inntekt` what somebody had in a year, `maanedsinntekt` what employers have reported month by month,
//! `skattegrunnlag` and `skattehendelser` how the tax assessment shows it, `satser` the dated rates and
//! `foreldrebetaling` the reference calculation on them.
//!
//! Invariants: everything here is pure (no clock, input, output, randomness of its own); `apply` cannot fail, draws
//! nothing and looks nothing up outside the town; positions and feed numbers are given in `apply` and stand in no event.

pub mod apply;
pub mod decide;
pub mod derive;
pub mod event;
pub mod faults;
pub mod foreldrebetaling;
pub mod inntekt;
mod kolonner;
pub mod livshendelser;
pub mod maanedsinntekt;
pub mod model;
pub mod satser;
pub mod skattegrunnlag;
pub mod skattehendelser;
pub mod state;

pub use apply::apply;
pub use decide::{Cause, Command, Refusal, carry_out, decide};
pub use event::Event;
pub use kolonner::columns_of;
pub use state::Town;
