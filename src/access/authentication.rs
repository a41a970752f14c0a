//! Who logged in, how and when: a citizen, or somebody without a Norwegian number (`specs/eid.md` §3.4, §3.8).

use std::sync::Arc;

use crate::town::model::PersonKey;

/// Who logged in, how and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authentication {
    /// The citizen; none for somebody who is not in the population register.
    pub person: Option<PersonKey>,
    /// The citizen's identity number.
    pub pid: Option<String>,
    /// Who it is without one.
    pub other: Option<Arc<Identity>>,
    /// Level reached.
    pub acr: String,
    /// Methods used.
    pub amr: Vec<String>,
    /// When, in seconds on the clock of the policy.
    pub auth_time: i64,
}

impl Authentication {
    /// A citizen's.
    #[must_use]
    pub fn of_citizen(person: PersonKey, pid: &str, acr: &str, amr: &[&str], auth_time: i64) -> Self {
        let amr = amr.iter().map(|&method| method.to_owned()).collect();
        Self { person: Some(person), pid: Some(pid.to_owned()), other: None, acr: acr.to_owned(), amr, auth_time }
    }

    /// What tells this person from others: the number, or what there is instead (`specs/eid.md` §2.4).
    #[must_use]
    pub fn subject(&self) -> &str {
        match (&self.pid, self.other.as_deref()) {
            (Some(pid), _) => pid,
            (None, Some(Identity::European { identifier, .. })) => identifier,
            (None, Some(Identity::Email(address) | Identity::WorkAccount { email: address, .. })) => address,
            (None, None) => "",
        }
    }
}

/// Somebody without a Norwegian number (`specs/eid.md` §3.8).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Identity {
    /// By an eID of another country.
    European {
        /// `XX/NO/…`: the country of the eID, the one it is shown to, and the number there.
        identifier: String,
        /// Given name.
        given_name: String,
        /// Family name.
        family_name: String,
        /// Date of birth, `YYYY-MM-DD`.
        birthdate: String,
    },
    /// By an e-mail address alone.
    Email(String),
    /// By a work account (`specs/eid.md` §4.1).
    WorkAccount {
        /// Its address.
        email: String,
        /// Ids of its groups, at most twenty.
        groups: Vec<String>,
        /// Given name.
        given_name: String,
        /// Family name.
        family_name: String,
    },
}
