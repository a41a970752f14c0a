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

/// The service's paths, all beginning with `/folkeregisteret`. Every handler takes the world of the request from
/// [`Inbound`](crate::access::Inbound).
pub fn routes() -> axum::Router {
    handlers::routes()
}

/// Every operation of the service.
pub(crate) fn operations() -> impl Iterator<Item = &'static crate::observe::Operation> {
    operations::OPERATIONS.iter()
}
