//! Folkeregisteret: the read API of the national population register, all packages of rights side by side.
//!
//! Modelled on the published API descriptions 1.5 and 1.6: single, bulk and archive look-ups with `part`, the event feed,
//! its last number, event documents and search, in JSON and XML. Not modelled, and answered 501 by name: uttrekk.
//!
//! `rules` answers from the town alone; `dokument` and `leser` turn its entries and register changes into the types of
//! `wire` and `innhold`, as far as `pakker` lets a package see them; `soek` finds people; `handlers` are paths and
//! tokens.

mod adresser;
mod atom;
mod bestilling;
mod dokument;
mod elementer;
mod faults;
mod handlers;
mod innhold;
mod leser;
mod media;
mod operations;
mod pakker;
mod rules;
mod soek;
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
