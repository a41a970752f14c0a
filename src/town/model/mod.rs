//! The words of the domain and the base columns of a generated town.

mod base;
mod codes;
mod fact;
mod ids;
mod kontakt;
#[cfg(test)]
pub(crate) mod tests_town;

pub use base::{
    AnsvarRow, Base, BaseHeader, BeskyttelseRow, Boliger, BostedRow, DoedsfallRow, Gate, Husstander, Kommune, NavnRow,
    Personer, PlassRow, Poststed, SivilstandRow, Virksomhet, Virksomhetsslag,
};
pub use codes::{
    Ansvar, Bruksenhetstype, Gradering, Hendelsestype, Husstandstype, KontaktFlags, Merke, Personstatus, Postkasse,
    Relasjonsrolle, Sivilstand, Spraak,
};
pub use fact::{Endring, Endringsslag, Entry, Fact, FactId, Landkode, Navn, NyFact, Registrering, fold};
pub use ids::{BoligId, DayNo, DocumentId, HusstandId, PersonId, PersonKey, SpellId};
pub use kontakt::Kontakt;
