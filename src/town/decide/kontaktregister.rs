//! Decisions on the contact and reservation register.

use super::Refusal;
use crate::town::event::{Event, KontaktEvent};
use crate::town::model::{Kontakt, PersonKey, Postkasse, Spraak};
use crate::town::state::Town;

/// Youngest age in the contact register (`specs/folkeregister.md` §18, `specs/population.md` §16.5).
const MIN_ALDER: i32 = 15;

/// What citizens do with their entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KontaktCommand {
    /// Reserves against digital communication, or takes the reservation back.
    Reservasjon {
        /// Who.
        person: PersonKey,
        /// Reserved from now on.
        reservert: bool,
    },
    /// Changes language for letters or the digital mailbox.
    Kontaktendring {
        /// Who.
        person: PersonKey,
        /// New language.
        spraak: Option<Spraak>,
        /// New mailbox supplier.
        postkasse: Option<Postkasse>,
    },
}

/// Decides a change of the contact register.
pub(super) fn decide(town: &Town, command: &KontaktCommand) -> Result<Vec<Event>, Refusal> {
    let (KontaktCommand::Reservasjon { person: key, .. } | KontaktCommand::Kontaktendring { person: key, .. }) =
        command;
    let person = town.person_by_key(*key).ok_or_else(|| Refusal::new("unknown_person", "there is no such person"))?;
    if !person.is_bosatt() || person.alder() < MIN_ALDER {
        return Err(Refusal::new("not_in_register", "only residents of 15 and over stand in the contact register"));
    }
    let before = person.kontakt();
    let mut kontakt = Kontakt { oppdatert: town.now(), ..before.clone() };
    match command {
        KontaktCommand::Reservasjon { reservert, .. } => {
            kontakt.reservert = *reservert;
            // The first word a citizen says makes the entry (`specs/core.md` §5).
            kontakt.registrert = true;
        }
        KontaktCommand::Kontaktendring { spraak, postkasse, .. } => {
            kontakt.registrert = true;
            kontakt.utloept = false;
            kontakt.spraak = spraak.unwrap_or(before.spraak);
            kontakt.postkasse = postkasse.unwrap_or(before.postkasse);
        }
    }
    if (Kontakt { oppdatert: before.oppdatert, ..kontakt.clone() }) == before {
        return Ok(Vec::new());
    }
    Ok(vec![Event::Kontakt(KontaktEvent::Endret { person: *key, kontakt })])
}
