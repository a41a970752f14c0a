//! Every operation of the register (`specs/folkeregister.md` §1, §8–§12).

use super::rules::{TJENESTE, operasjon};
use crate::observe::{About, Operation};

/// Where the package with legal basis is served.
pub(super) const OMH: &str = "/folkeregisteret/offentlig-med-hjemmel/api/v1";
/// Where the other packages are.
const PAKKER: &str = "/folkeregisteret/api";

const fn op(method: &'static str, path: &'static str, name: &'static str) -> Operation {
    Operation::new(TJENESTE, method, OMH, path, name)
}

const fn pakke(path: &'static str, name: &'static str) -> Operation {
    Operation::new(TJENESTE, "*", PAKKER, path, name).missing()
}

const EN: &[About] = &[About::Path("id")];

/// The operations, literal paths before those with variables.
pub(super) const OPERATIONS: [Operation; 22] = [
    op("POST", "/personer/bulkoppslag", operasjon::BULK).about(&[About::Body("foedselsEllerDNummer.*")]),
    op("POST", "/personer/bulkoppslag/arkiv", operasjon::ARKIVBULK),
    op("GET", "/personer/arkiv/{id}", operasjon::ARKIV).about(EN),
    op("*", "/personer/soek", "folkeregisteret.person.soek").missing(),
    op("*", "/personer/entydigsoek", "folkeregisteret.person.entydigsoek").missing(),
    op("*", "/personer/xsd", "folkeregisteret.person.xsd").missing(),
    op("GET", "/personer/{id}", operasjon::PERSON).about(EN),
    op("GET", "/hendelser/feed", operasjon::FEED),
    op("GET", "/hendelser/siste/sekvensnummer", operasjon::SISTE),
    op("POST", "/hendelser/bulkoppslag", operasjon::HENDELSEBULK),
    op("*", "/hendelser/xsd", "folkeregisteret.hendelser.xsd").missing(),
    op("*", "/hendelser/feedxsd", "folkeregisteret.hendelser.feedxsd").missing(),
    op("GET", "/hendelser/{id}", operasjon::HENDELSE),
    op("*", "/uttrekk/{*rest}", "folkeregisteret.uttrekk").missing(),
    pakke("/offentligutenhjemmel/{*rest}", "folkeregisteret.pakke.offentligutenhjemmel"),
    pakke("/privatutenhjemmel/{*rest}", "folkeregisteret.pakke.privatutenhjemmel"),
    pakke("/privat/{*rest}", "folkeregisteret.pakke.privat"),
    pakke(
        "/privatutenfolkeregisteridentifikator/{*rest}",
        "folkeregisteret.pakke.privatutenfolkeregisteridentifikator",
    ),
    pakke("/finans/{*rest}", "folkeregisteret.pakke.finans"),
    pakke("/presse/{*rest}", "folkeregisteret.pakke.presse"),
    pakke(
        "/presseutenfolkeregisteridentifikator/{*rest}",
        "folkeregisteret.pakke.presseutenfolkeregisteridentifikator",
    ),
    pakke("/eid/{*rest}", "folkeregisteret.pakke.eid"),
];
