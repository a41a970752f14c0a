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
mod rules;
mod tidspunkt;
mod wire;

#[cfg(test)]
mod tests;

use crate::access::Skin;
use crate::observe::Operation;
use rules::operasjon;

/// The service's paths, all beginning with `/folkeregisteret`. Every handler takes the world of the request from
/// [`Inbound`](crate::access::Inbound).
pub fn routes() -> axum::Router {
    handlers::routes()
}

/// What the gate knows of the service.
pub const SKIN: Skin = Skin {
    service: rules::TJENESTE,
    mount: "/folkeregisteret",
    elsewhere: &[],
    operations: &OPERASJONER,
    takes_token: true,
    trouble: faults::trouble,
};

/// Operations of the package offered, and the names of what is not modelled in it.
const OPERASJONER: [Operation; 14] = [
    Operation::new("POST", "/offentlig-med-hjemmel/api/v1/personer/bulkoppslag", operasjon::BULK),
    Operation::new("POST", "/offentlig-med-hjemmel/api/v1/personer/bulkoppslag/arkiv", operasjon::ARKIVBULK),
    Operation::new("GET", "/offentlig-med-hjemmel/api/v1/personer/arkiv/{}", operasjon::ARKIV),
    Operation::new("", "/offentlig-med-hjemmel/api/v1/personer/soek", "folkeregisteret.person.soek"),
    Operation::new("", "/offentlig-med-hjemmel/api/v1/personer/entydigsoek", "folkeregisteret.person.entydigsoek"),
    Operation::new("", "/offentlig-med-hjemmel/api/v1/personer/xsd", "folkeregisteret.person.xsd"),
    Operation::new("GET", "/offentlig-med-hjemmel/api/v1/personer/{}", operasjon::PERSON),
    Operation::new("GET", "/offentlig-med-hjemmel/api/v1/hendelser/feed", operasjon::FEED),
    Operation::new("GET", "/offentlig-med-hjemmel/api/v1/hendelser/siste/sekvensnummer", operasjon::SISTE),
    Operation::new("", "/offentlig-med-hjemmel/api/v1/hendelser/xsd", "folkeregisteret.hendelser.xsd"),
    Operation::new("", "/offentlig-med-hjemmel/api/v1/hendelser/feedxsd", "folkeregisteret.hendelser.feedxsd"),
    Operation::new("POST", "/offentlig-med-hjemmel/api/v1/hendelser/bulkoppslag", operasjon::HENDELSEBULK),
    Operation::new("GET", "/offentlig-med-hjemmel/api/v1/hendelser/{}", operasjon::HENDELSE),
    Operation::new("", "/offentlig-med-hjemmel/api/v1/uttrekk/{*}", "folkeregisteret.uttrekk"),
];
