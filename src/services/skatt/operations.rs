//! Every operation of the interfaces (`specs/folkeregister.md` §19).

use super::rules::{TJENESTE, operasjon};
use crate::observe::{About, Operation};

const BASE: &str = "/skatt";
const I_STIEN: &[About] = &[About::Path("pid")];

/// Paths below the base, shared with the handlers.
pub(super) mod sti {
    pub(in crate::services::skatt) const SUMMERT: &str = "/api/summertskattegrunnlag/v2/{stadie}/{pakke}/{aar}/{pid}";
    pub(in crate::services::skatt) const SPESIFISERT: &str =
        "/api/formueinntekt/spesifisertsummertskattegrunnlag/{stadie}/{pakke}/{aar}/{pid}";
    pub(in crate::services::skatt) const SPESIFISERT_OPPGJOER: &str =
        "/api/formueinntekt/spesifisertsummertskattegrunnlag/{pakke}/{aar}/{pid}";
    pub(in crate::services::skatt) const SISTE: &str = "/api/sistetilgjengeligeskatteoppgjoer/v1/{pid}";
    pub(in crate::services::skatt) const INNTEKT: &str = "/api/inntekt/v1/{pakke}/{pid}/inntekter";
    pub(in crate::services::skatt) const INNTEKT_GAMMEL: &str =
        "/api/innrapportert/inntektsmottaker/{pakke}/{pid}/oppgave/inntekt";
    pub(in crate::services::skatt) const HENDELSER: [&str; 3] =
        ["/api/skatteoppgjoerhendelser/v1", "/api/skattemeldingutkasthendelser/v1", "/api/inntekthendelser/v1"];
    pub(in crate::services::skatt) const START: [&str; 3] = [
        "/api/skatteoppgjoerhendelser/v1/start",
        "/api/skattemeldingutkasthendelser/v1/start",
        "/api/inntekthendelser/v1/start",
    ];
}

const fn op(path: &'static str, name: &'static str) -> Operation {
    Operation::new(TJENESTE, "GET", BASE, path, name)
}

/// The operations.
pub(super) const OPERATIONS: [Operation; 12] = [
    op(sti::SUMMERT, operasjon::SUMMERT).about(I_STIEN),
    op(sti::SPESIFISERT, operasjon::SUMMERT).about(I_STIEN),
    op(sti::SPESIFISERT_OPPGJOER, operasjon::SUMMERT).about(I_STIEN),
    op(sti::SISTE, operasjon::SISTE).about(I_STIEN),
    op(sti::INNTEKT, operasjon::MAANED).about(I_STIEN),
    op(sti::INNTEKT_GAMMEL, operasjon::MAANED).about(I_STIEN),
    op(sti::HENDELSER[0], operasjon::HENDELSER),
    op(sti::HENDELSER[1], operasjon::HENDELSER),
    op(sti::HENDELSER[2], operasjon::HENDELSER),
    op(sti::START[0], operasjon::START),
    op(sti::START[1], operasjon::START),
    op(sti::START[2], operasjon::START),
];
