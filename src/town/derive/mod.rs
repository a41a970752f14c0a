//! Reading base columns into register changes and entries. Reads columns only; never sees what a world changed.

use super::model::{Base, Entry, Kontakt, PersonId, Registrering, fold};
use crate::town::model::{KontaktFlags, Postkasse};

/// All register changes of a base person, oldest first.
#[must_use]
pub fn changes(_base: &Base, _person: PersonId) -> Vec<Registrering> {
    Vec::new()
}

/// The entries of a base person: the fold of its changes.
#[must_use]
pub fn entries(base: &Base, person: PersonId) -> Vec<Entry> {
    let mut entries = Vec::new();
    changes(base, person).iter().for_each(|change| fold(&mut entries, change));
    entries
}

/// The register changes of the last twelve months before the first day, in feed order.
#[must_use]
pub fn base_feed(base: &Base) -> &[Registrering] {
    base.feed.get_or_init(Vec::new)
}

/// What the contact register holds about a base person.
#[must_use]
pub fn kontakt(base: &Base, person: PersonId) -> Kontakt {
    let row = person.index();
    let flags = base.personer.kontakt[row];
    Kontakt {
        registrert: flags.has(KontaktFlags::REGISTRERT),
        reservert: flags.has(KontaktFlags::RESERVERT),
        epost: None,
        mobil: None,
        postkasse: if flags.has(KontaktFlags::RESERVERT) { Postkasse::Ingen } else { base.personer.postkasse[row] },
        spraak: base.personer.spraak[row],
        utloept: flags.has(KontaktFlags::UTLOEPT),
        oppdatert: base.header.start,
    }
}
