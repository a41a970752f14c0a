//! Work accounts (Microsoft Entra ID) at Ansattporten (`specs/eid.md` §4.1): an employee, known by an address at the
//! employer and not by an identity number.

use std::sync::Arc;

use crate::access::{Authentication, Identity, given_name};
use crate::town::state::Person;

/// The level of a work account. It stands beside the others, neither above nor below them.
pub(super) const ENTRAID: &str = "entraid";
/// How its owner proves who it is: Microsoft's own words, each with a prefix.
const METHODS: [&str; 2] = ["entraid_pwd", "entraid_mfa"];

/// The log-in of `person` with the account at work; `None` without a job.
pub(super) fn authentication(person: &Person<'_>, auth_time: i64) -> Option<Authentication> {
    let account = person.arbeidskonto()?;
    let name = person.navn();
    Some(Authentication {
        person: Some(person.key()),
        pid: None,
        other: Some(Arc::new(Identity::WorkAccount {
            email: account.epost,
            groups: account.grupper,
            given_name: given_name(&name),
            family_name: name.etternavn.to_string(),
        })),
        acr: ENTRAID.to_owned(),
        amr: METHODS.map(str::to_owned).to_vec(),
        auth_time,
    })
}
