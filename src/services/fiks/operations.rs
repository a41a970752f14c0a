//! Every operation of the platform that this town knows of.

use super::TJENESTE;
use crate::observe::{About, Operation};

const BASE: &str = "/fiks";

/// The contact register's form.
pub(super) const KRR: &str = "fiks.krr.hent";

/// Summert skattegrunnlag, passed on.
pub(super) const SKATTEETATEN: &str = "fiks.skatteetaten";
/// The calculation over several people.
pub(super) const SKATT_BEREGN: &str = "fiks.skatt.beregn";
/// Rows that may be added to a calculation.
pub(super) const SKATT_VERDIER: &str = "fiks.skatt.verdier";
/// The older form of the calculation.
pub(super) const SKATT_GRUNNLAG: &str = "fiks.skatt.grunnlag";

/// Paths of what is passed on from the tax administration, shared with the handlers.
pub(super) mod sti {
    pub(in crate::services::fiks) const PROXY: [&str; 2] = [
        "/skatteetaten/formueinntekt/summertskatt/api/v1/{rolleId}/{stadie}/{pakke}/{aar}/{pid}",
        "/skatteetaten/formueinntekt/summertskatt/api/v2/{rolleId}/{stadie}/{pakke}/{aar}/{pid}",
    ];
    pub(in crate::services::fiks) const BEREGNING: &str =
        "/register/api/v1/ks/{rolleId}/skatteoginntektsopplysninger/beregning";
    pub(in crate::services::fiks) const UNDERSTI: &str =
        "/register/api/v1/ks/{rolleId}/skatteoginntektsopplysninger/beregning/{slag}";
    pub(in crate::services::fiks) const VERDIER: &str =
        "/register/api/v1/ks/{rolleId}/skatteoginntektsopplysninger/verdier";
    pub(in crate::services::fiks) const SUMMERT: &str = "/register/api/v2/ks/{rolleId}/summertskattegrunnlag";
}

const fn op(method: &'static str, path: &'static str, name: &'static str) -> Operation {
    Operation::new(TJENESTE, method, BASE, path, name)
}

/// The operations.
pub(super) const OPERATIONS: [Operation; 28] = [
    op("POST", "/register/api/v1/ks/{rolleId}/krr/person", KRR).about(&[About::Body("fnr")]),
    op("GET", sti::PROXY[0], SKATTEETATEN).about(&[About::Path("pid")]),
    op("GET", sti::PROXY[1], SKATTEETATEN).about(&[About::Path("pid")]),
    op("POST", sti::BEREGNING, SKATT_BEREGN).about(&[About::Body("personer.*.identifikator")]),
    op("POST", sti::UNDERSTI, SKATT_BEREGN).about(&[About::Body("personer.*.identifikator")]),
    op("GET", sti::VERDIER, SKATT_VERDIER),
    op("POST", sti::SUMMERT, SKATT_GRUNNLAG).about(&[About::Body("soekere.*.personidentifikator")]),
    op("*", "/register/api/v1/ks/{rolleId}/skatteoginntektsopplysninger/{*rest}", "fiks.skatt.annet").missing(),
    op("*", "/skatteetaten/{*rest}", "fiks.skatteetaten.annet").missing(),
    op("POST", "/folkeregister/api/v1/{rolleId}/v1/personer/bulkoppslag", "fiks.folkeregister.person.bulkoppslag")
        .about(&[About::Body("foedselsEllerDNummer.*")]),
    op("POST", "/folkeregister/api/v1/{rolleId}/v1/personer/bulkoppslag/arkiv", "fiks.folkeregister.person.arkivbulk"),
    op("GET", "/folkeregister/api/v1/{rolleId}/v1/personer/arkiv/{id}", "fiks.folkeregister.person.arkiv"),
    op("GET", "/folkeregister/api/v1/{rolleId}/v1/personer/soek", "fiks.folkeregister.person.soek"),
    op("GET", "/folkeregister/api/v1/{rolleId}/v1/personer/entydigsoek", "fiks.folkeregister.person.entydigsoek")
        .about(&[About::Field("identifikasjonsnummer")]),
    op("GET", "/folkeregister/api/v1/{rolleId}/v1/personer/xsd", "fiks.folkeregister.person.xsd"),
    op("GET", "/folkeregister/api/v1/{rolleId}/v1/personer/{id}", "fiks.folkeregister.person.hent")
        .about(&[About::Path("id")]),
    op("GET", "/folkeregister/api/v1/{rolleId}/v1/hendelser/feed", "fiks.folkeregister.hendelser.les"),
    op("GET", "/folkeregister/api/v1/{rolleId}/v1/hendelser/siste/sekvensnummer", "fiks.folkeregister.hendelser.siste"),
    op("POST", "/folkeregister/api/v1/{rolleId}/v1/hendelser/bulkoppslag", "fiks.folkeregister.hendelse.bulkoppslag"),
    op("GET", "/folkeregister/api/v1/{rolleId}/v1/hendelser/xsd", "fiks.folkeregister.hendelser.xsd"),
    op("GET", "/folkeregister/api/v1/{rolleId}/v1/hendelser/feedxsd", "fiks.folkeregister.hendelser.feedxsd"),
    op("GET", "/folkeregister/api/v1/{rolleId}/v1/hendelser/{id}", "fiks.folkeregister.hendelse.hent"),
    op("GET", "/folkeregister/api/v1/{rolleId}/v1/uttrekk/komplett", "fiks.folkeregister.uttrekk.komplett"),
    op("POST", "/folkeregister/api/v1/{rolleId}/v1/uttrekk/tilpasset", "fiks.folkeregister.uttrekk.tilpasset"),
    op(
        "GET",
        "/folkeregister/api/v1/{rolleId}/v1/uttrekk/{jobbid}/batch/{batchnr}",
        "fiks.folkeregister.uttrekk.batch",
    ),
    op("*", "/svarut/{*rest}", "fiks.svarut").missing(),
    op("*", "/fiks-io/{*rest}", "fiks.io").missing(),
    op("*", "/fiks-protokoll/{*rest}", "fiks.protokoll").missing(),
];
