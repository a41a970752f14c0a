//! Every operation of the register (`specs/folkeregister.md` §18).

use super::minprofil::{ENDRE, HENT, INNLOGGING, UTLOGGING};
use super::rules::{ENDRINGER, INNBYGGER, PERSON, SPRAAK, TJENESTE};
use crate::observe::{About, Operation};

const BASE: &str = "/krr";
const LOOKED_UP: &[About] = &[About::Body("personidentifikatorer.*")];

const fn op(method: &'static str, path: &'static str, name: &'static str) -> Operation {
    Operation::new(TJENESTE, method, BASE, path, name)
}

/// The operations.
pub(super) const OPERATIONS: [Operation; 9] = [
    op("POST", "/rest/v1/personer", PERSON).about(LOOKED_UP),
    op("POST", "/rest/v2/personer", PERSON).about(LOOKED_UP),
    op("GET", "/rest/v1/person", INNBYGGER).about(&[About::Token("pid")]),
    op("PATCH", "/rest/v1/person", SPRAAK).about(&[About::Token("pid")]),
    op("POST", "/rest/v2/krr/hentEndringer", ENDRINGER),
    op("GET", "/minprofil", HENT),
    op("POST", "/minprofil", ENDRE),
    op("GET", "/minprofil/callback", INNLOGGING),
    op("POST", "/minprofil/utlogging", UTLOGGING),
];
