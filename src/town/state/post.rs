//! Sub-state of business messages: what an organisation has in its out-store, its conversations with their statuses,
//! and the letters citizens have received.
//!
//! ```text
//!                     DELETE
//!          ┌────────────────────────────┐
//!  create ─┴─> Utkast ── send ──> IKoe ─┴─ handed over ──> Overgitt ── done ──> gone
//!                │                 │                          │
//!                └ OPPRETTET       └ (nothing)                └ SENDT, MOTTATT, LEVERT, LEST or FEIL
//! ```
//!
//! The out-store holds a message until it is handed over; the conversation outlives it, and with it the message id stays
//! taken (`specs/eformidling.md` §6). Numbers of conversations, statuses and letters are positions: `apply` gives them.

mod brev;
mod koder;
mod melding;

use std::sync::Arc;

use imbl::OrdMap;

pub use brev::{Brev, Vedlegg};
pub use koder::{Dokumenttype, Kanal, MeldingsId, Meldingsnoekkel, Meldingstjeneste, Prosess, Status};
pub use melding::{Adresseblokk, Fase, Fil, Forsendelse, Innhold, Melding, Samtale, Statuslinje};

use crate::base::Orgnummer;
use crate::town::model::PersonKey;

/// Business messages, conversations, statuses and the letters citizens received.
#[derive(Clone, Debug, Default)]
pub struct Post {
    /// Messages on their way.
    pub forsendelser: OrdMap<Meldingsnoekkel, Arc<Forsendelse>>,
    /// The out-store in order of creation.
    pub utboks: OrdMap<u64, Meldingsnoekkel>,
    /// Conversations by number.
    pub samtaler: OrdMap<u64, Arc<Samtale>>,
    /// Number of the conversation of a message.
    pub samtale_av: OrdMap<Meldingsnoekkel, u64>,
    /// Conversation of each status number.
    pub status_av: OrdMap<u64, u64>,
    /// Letters by number.
    pub brev_etter_id: OrdMap<u64, Arc<Brev>>,
    /// Letters of each citizen.
    pub brev_etter_person: OrdMap<(PersonKey, u64), ()>,
    /// Letters by message.
    pub brev_av: OrdMap<Meldingsnoekkel, u64>,
    /// Ids the server has made, per organisation and receiver.
    pub serverlagde: OrdMap<(Orgnummer, Arc<str>), u32>,
    /// Messages created so far.
    pub antall_meldinger: u64,
    /// Statuses recorded so far.
    pub antall_statuser: u64,
}

impl Post {
    /// The conversation of a message.
    #[must_use]
    pub fn samtale(&self, noekkel: Meldingsnoekkel) -> Option<&Arc<Samtale>> {
        self.samtaler.get(self.samtale_av.get(&noekkel)?)
    }

    /// The message under `noekkel` while it lies in the out-store.
    #[must_use]
    pub fn i_utboksen(&self, noekkel: Meldingsnoekkel) -> Option<&Arc<Forsendelse>> {
        self.forsendelser.get(&noekkel).filter(|forsendelse| forsendelse.fase != Fase::Overgitt)
    }

    /// Whether `noekkel` has been used: by a message on its way or by a conversation that still stands.
    #[must_use]
    pub fn is_brukt(&self, noekkel: Meldingsnoekkel) -> bool {
        self.samtale_av.contains_key(&noekkel) || self.forsendelser.contains_key(&noekkel)
    }

    /// All letters, in order of receipt.
    pub fn brev(&self) -> impl DoubleEndedIterator<Item = &Arc<Brev>> {
        self.brev_etter_id.values()
    }

    /// The letters of `person`, in order of receipt.
    pub fn brev_til(&self, person: PersonKey) -> impl Iterator<Item = &Arc<Brev>> {
        self.brev_etter_person
            .range((person, 0)..=(person, u64::MAX))
            .filter_map(|((_, id), ())| self.brev_etter_id.get(id))
    }

    /// Messages handed over and not yet with the citizen.
    pub fn underveis(&self) -> impl Iterator<Item = &Arc<Forsendelse>> {
        self.forsendelser.iter().filter_map(|(noekkel, forsendelse)| {
            (forsendelse.fase == Fase::Overgitt && !self.brev_av.contains_key(noekkel)).then_some(forsendelse)
        })
    }
}

/// Work on a message that waits for the clock.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct PostDue {
    /// Which message.
    pub melding: Meldingsnoekkel,
    /// What is to be done.
    pub steg: Poststeg,
}

/// What can be due for a message. The order of variants is part of the log encoding: append only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Poststeg {
    /// Hand it to the transport.
    Overgi,
    /// The receiver's operator has it.
    Mottatt,
    /// Delivered to the mailbox, or taken in for printing.
    Levert,
    /// Paper reaches the letterbox.
    Ankomst,
    /// Paper came back.
    Retur,
    /// The citizen opens it.
    Aapnes,
    /// The sender learns that it was opened.
    Aapningskvittering,
    /// Time to live has passed.
    Levetid,
}

impl Poststeg {
    /// Number of the kind in the queue: messages have 200 to 219, in the order of the list.
    #[must_use]
    pub fn kind(self) -> u16 {
        200 + self as u16
    }
}
