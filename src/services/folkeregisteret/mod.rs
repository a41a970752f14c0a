//! Folkeregisteret: the read API of the national population register, package *offentlig med hjemmel*.
//!
//! Modelled on the published API descriptions 1.5 and 1.6: single, bulk and archive look-ups with `part`, the event feed,
//! its last number and event documents, in JSON. Not modelled, and answered 501 by name: XML and Atom, search,
//! uttrekk, XSDs and the other packages.
//!
//! `rules` answers from the town alone; `dokument` turns its entries and register changes into the `wire` types;
//! `handlers` are paths and tokens.

mod dokument;
mod elementer;
mod faults;
mod handlers;
mod media;
mod operations;
mod rules;
mod tidspunkt;
mod wire;

#[cfg(test)]
mod tests;

use crate::access::Skin;

/// The service's paths, all beginning with `/folkeregisteret`. Every handler takes the world of the request from
/// [`Inbound`](crate::access::Inbound).
pub fn routes() -> axum::Router {
    handlers::routes()
}

/// What the gate knows of the service.
pub const SKIN: Skin = Skin {
    service: rules::TJENESTE,
    mount: "/folkeregisteret",
    operations: &operations::OPERATIONS,
    takes_token: true,
    trouble: faults::trouble,
};
