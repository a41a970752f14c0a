//! Reading base columns into register changes and entries. Reads columns only; never sees what a world changed.
//!
//! One function, `historikk`, makes the changes; documents, the event feed and its numbers all come from them
//! (`DESIGN` §2 rule 4, `specs/core.md` §2).

mod doedsbo;
mod feed;
mod historikk;
mod hjem;
mod identitet;
mod kilder;
mod kontakt;
pub(crate) mod liv;
mod loenn;
mod plan;
mod skatt;
mod skattetabell;
mod tid;
mod utland;
mod vergemaal;
mod vigsel;

#[cfg(test)]
mod tests;

pub(super) use historikk::aapen_postadresse;
pub(super) use identitet::identitet_fra;
pub use loenn::{Loennsaar, aarsloenn, flyttet, inntektsaar, loennsnivaa, maanedsloenn};
pub use skatt::{Skattekalender, kalender, skattekalender, skattenoekkel, trukket};
pub use skattetabell::Skattetabell;
pub(super) use utland::adresse as adresse_i_utlandet;
pub use vigsel::{Vigselssted, vigselssted};

#[cfg(test)]
pub(crate) use liv::ventet;

use super::model::{Base, Entry, Kontakt, Kontaktdatoer, Navn, PersonId, PersonKey, Registrering};
use crate::clock::Instant;
use tid::Registertid;

/// All register changes of a base person, oldest first.
///
/// # Panics
/// When `person` is not of the base.
#[must_use]
pub fn changes(base: &Base, person: PersonId) -> Vec<Registrering> {
    historikk::historikk(Registertid::new(base), person).0.into_iter().map(|rad| rad.registrering).collect()
}

/// The entries of a base person: the fold of its changes, with what was removed.
///
/// # Panics
/// When `person` is not of the base.
#[must_use]
pub fn entries(base: &Base, person: PersonId) -> Vec<Entry> {
    historikk::historikk(Registertid::new(base), person).1
}

/// The current entry of the home among [`entries`].
///
/// # Panics
/// When `person` is not of the base.
#[must_use]
pub fn hjem(base: &Base, person: PersonId) -> Option<Entry> {
    hjem::hjem(base, person)
}

/// The register changes of the twelve months before the first instant, of everybody, in feed order: by register time,
/// change, place within the change (`specs/folkeregister.md` §21) and person. Made on the first call.
#[must_use]
pub fn base_feed(base: &Base) -> &[Registrering] {
    base.feed.get_or_init(|| feed::feed(base))
}

/// The first instant of [`base_feed`].
#[must_use]
pub fn feed_begynner(base: &Base) -> Instant {
    feed::begynner(base)
}

/// What the contact register holds about a base person.
///
/// # Panics
/// When `person` is not of the base.
#[must_use]
pub fn kontakt(base: &Base, person: PersonId) -> Kontakt {
    kontakt::kontakt(base, person)
}

/// When the parts of the entry `kontakt` of a base person last changed.
///
/// # Panics
/// When `person` is not of the base.
#[must_use]
pub fn kontaktdatoer(base: &Base, person: PersonId, kontakt: &Kontakt) -> Kontaktdatoer {
    kontakt::datoer(base, person, kontakt)
}

/// Whose entries in the contact register changed in the twelve months before the first instant, in order of time and
/// person. Made on the first call.
#[must_use]
pub fn kontaktendringer(base: &Base) -> &[PersonId] {
    base.kontaktendringer.get_or_init(|| kontakt::endringer(base))
}

/// E-mail address and mobile number of somebody called `navn` who registers them.
#[must_use]
pub fn skrivemaate(base: &Base, key: PersonKey, navn: &Navn) -> (String, String) {
    kontakt::skrivemaate(base, key, navn)
}
