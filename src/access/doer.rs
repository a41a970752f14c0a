//! The door between two services: one admits a caller by its own rules, the other answers (`specs/folkeregister.md` §17).
//! Services do not know each other; who puts them together gives the one the door of the other.

use std::pin::Pin;

use axum::extract::Request;
use axum::response::Response;

use crate::base::Orgnummer;

/// Somebody whom another service has admitted, and to how much.
#[derive(Clone, Debug)]
pub struct Gjest {
    /// The client that calls.
    pub client_id: String,
    /// The organisation it calls for.
    pub consumer: Orgnummer,
    /// Access package, by its name.
    pub pakke: &'static str,
    /// Parts of the package that may be shown; all when empty.
    pub deler: &'static [&'static str],
    /// Where the caller finds what the register serves under `/v1`, without a slash at the end: links begin there.
    pub base: String,
}

/// A register that answers guests. The path of the request is what follows [`Gjest::base`], with its `/v1` in front.
pub type Doer = fn(Request, Gjest) -> Pin<Box<dyn Future<Output = Response> + Send>>;
