//! Byteby's own surface: the pages under `/ui` for people and the admin API under `/_byteby/v1` for programs.
//!
//! Pages are rendered here, work without scripts and ask nobody else for anything; every sentence on them stands in
//! one table in Bokmål, Nynorsk and English. The admin API answers JSON, and problem documents with stable codes when
//! something is wrong (`specs/experience.md` §16, §17, §21).
//!
//! Invariants: no home of a strictly protected person stands in any answer; every change of a world goes through
//! [`World::command`](crate::townhall::World::command) with a cause; what is not there answers 404 or 501 by name.

mod admin;
mod catalogue;
mod fidelity;
mod lang;
mod logins;
mod pages;
mod services;
#[cfg(test)]
mod tests_hall;
mod view;

use axum::Router;

pub use admin::{CaCertificate, Code, PublicUrl, Runner, origin_of, refusal};
pub use catalogue::{Entry, about, entries};
pub use fidelity::{Card, CardOperation, cards};
pub use lang::Lang;
pub use pages::{Door, door};
pub use services::{SERVICES, Service};

/// Pages and admin API, with full paths.
pub fn routes(runner: Runner) -> Router {
    pages::routes().merge(admin::routes(runner))
}
