//! The OpenID provider behind ID-porten and Ansattporten (`specs/eid.md` §3, §4, §7).
//!
//! OAuth 2.1 profile of OpenID Connect, authorization code flow only. What differs between the two services is data: a
//! [`Provider`], declared by the service itself. Keys, clients, codes, tokens and sessions of one are never those of the
//! other (`specs/eid.md` §1.2).
//!
//! Offered: discovery, keys, `/par`, `/authorize` with a login page and headless log-in, `/token` for codes and refresh
//! tokens, proof of possession (DPoP), `/userinfo`, introspection, revocation, `/logout` with single sign-on sessions.
//!
//! Representation: `authorization_details` of every type, chosen on a page or named beforehand (`representation`).

mod assertion;
mod authorize;
mod citizens;
mod client_auth;
mod consent;
mod deliver;
mod desk;
mod discovery;
mod dpop;
mod europe;
mod faults;
mod flow;
mod form;
mod introspect;
mod levels;
mod login;
mod logout;
mod origins;
mod pages;
mod par;
mod planned;
mod provider;
mod representation;
mod revoke;
mod routes;
#[cfg(test)]
mod tests;
mod texts;
mod token;
mod userinfo;
mod work;

pub use authorize::{cookie, with_cookie};
pub use faults::trouble;
pub use levels::{Levels, METHODS, Method};
pub use logout::{end_session, logout_token};
pub use origins::pages_at;
pub use pages::answer as page;
pub use planned::session_cookie_at;
pub(crate) use provider::names;
pub use provider::{Names, Provider};
pub use routes::{OPERATION_COUNT, operations, routes};

use desk::{Desk, noted};
