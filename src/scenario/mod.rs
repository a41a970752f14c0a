//! Scenarios: what happens to people in a town, and what an app must do about it (`specs/experience.md` §10).
//!
//! A file is read into a tree whose nodes know their place (`node`), patched for each variant (`overlay`), and read into
//! plans (`read`): every key known, every name declared, every expression compiled before anything runs. A key that
//! comes later is refused with a sentence, never ignored.

mod fault;
mod grammar;
mod load;
mod matching;
mod messages;
mod node;
mod outcome;
mod overlay;
mod plan;
mod read;
mod run;
mod shapes;
mod template;
#[cfg(test)]
mod tests;
mod when;
mod wish;

pub use crate::observe::Difference;
pub use fault::{LoadFault, Sentence};
pub use grammar::schema;
pub use load::{load, load_text};
pub use messages::Message;
pub use node::{Place, Source};
pub use outcome::{Break, Failure, Finding, NearMiss, Outcome, Verdict};
pub use plan::Plan;
pub use run::{DemoApp, DemoStarter, DemoWish, Surroundings, run};
pub use when::duration;
pub use wish::Wish;
