//! Every operation of the platform that this town knows of.

use super::TJENESTE;
use crate::observe::{About, Operation};

const BASE: &str = "/fiks";

/// The contact register's form.
pub(super) const KRR: &str = "fiks.krr.hent";

const fn op(method: &'static str, path: &'static str, name: &'static str) -> Operation {
    Operation::new(TJENESTE, method, BASE, path, name)
}

/// The operations.
pub(super) const OPERATIONS: [Operation; 8] = [
    op("POST", "/register/api/v1/ks/{rolleId}/krr/person", KRR).about(&[About::Body("fnr")]),
    op("*", "/register/api/v1/ks/{rolleId}/skatteoginntektsopplysninger/{*rest}", "fiks.skatt.beregn").missing(),
    op("*", "/register/api/v2/ks/{rolleId}/summertskattegrunnlag", "fiks.skatt.grunnlag").missing(),
    op("*", "/folkeregister/api/v1/{rolleId}/{*rest}", "fiks.folkeregister").missing(),
    op("*", "/skatteetaten/{*rest}", "fiks.skatteetaten").missing(),
    op("*", "/svarut/{*rest}", "fiks.svarut").missing(),
    op("*", "/fiks-io/{*rest}", "fiks.io").missing(),
    op("*", "/fiks-protokoll/{*rest}", "fiks.protokoll").missing(),
];
