//! Which citizens the login page knows, suggests and lets in (`specs/eid.md` §7.3, §10.1).

mod phrases;
mod search;
mod stories;
#[cfg(test)]
mod tests;

pub(super) use search::{Funnet, MAX_TREFF, search};
pub(super) use stories::{Historie, Om, Treff};

use crate::base::Foedselsnummer;
use crate::town::Town;
use crate::town::model::Personstatus;
use crate::town::state::{EID_ALDER, Person};

/// Stories the page shows somebody of at once, and how many.
const FORSLAG: &[(Historie, usize)] = &[
    (Historie::Hendelse, 3),
    (Historie::NybaktForelder, 1),
    (Historie::ToBarnReservert, 1),
    (Historie::Forelder, 1),
    (Historie::EnsligForsoerger, 1),
    (Historie::Verge, 1),
    (Historie::DagligLeder, 1),
    (Historie::UtenKontakt, 1),
    (Historie::StrengtFortrolig, 1),
    (Historie::Ungdom, 1),
    (Historie::BareMinid, 1),
    (Historie::Voksen, 1),
    (Historie::Doed, 1),
];

/// Why a citizen cannot log in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stengt {
    /// Registered dead.
    Doed,
    /// The number is withdrawn.
    Sperret,
    /// Too young.
    Barn,
}

impl Stengt {
    /// The key of its text.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Doed => "stengt.doed",
            Self::Sperret => "stengt.sperret",
            Self::Barn => "stengt.barn",
        }
    }
}

/// The citizen with identity number `pid`; `None` for a malformed, foreign or unknown number.
pub(super) fn find<'a>(town: &'a Town, pid: &str) -> Option<Person<'a>> {
    let nummer = Foedselsnummer::parse(pid.trim()).ok()?;
    town.find(nummer).map(|id| town.person(id))
}

/// Whether `person` can log in now.
pub(super) fn check(person: &Person<'_>) -> Result<(), Stengt> {
    match person.status() {
        Personstatus::Doed => Err(Stengt::Doed),
        Personstatus::Opphoert => Err(Stengt::Sperret),
        _ if person.alder() < EID_ALDER => Err(Stengt::Barn),
        _ => Ok(()),
    }
}

/// A short list of citizens with a story, each once.
pub(super) fn suggestions(town: &Town) -> Vec<Treff> {
    let mut list: Vec<Treff> = Vec::new();
    for (historie, count) in FORSLAG {
        let found = historie.first(town, *count, &list);
        list.extend(found);
    }
    list
}
