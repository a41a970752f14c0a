//! A message, its files, its way out, and the conversation its sender follows.

use std::sync::Arc;

use super::{Dokumenttype, MeldingsId, Meldingsnoekkel, Meldingstjeneste, Prosess, Status};
use crate::base::{Digest, Orgnummer};
use crate::clock::Instant;
use crate::town::model::{DayNo, PersonKey};

/// A file of a message. Its bytes are a blob under `sha256`.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Fil {
    /// File name.
    pub navn: Arc<str>,
    /// Title, if given.
    pub tittel: Option<Arc<str>>,
    /// Media type.
    pub mime: Arc<str>,
    /// Name of the content.
    pub sha256: Digest,
    /// Bytes.
    pub size: u64,
    /// The text in it, when it could be read.
    pub tekst: Option<Arc<str>>,
}

/// What stands on an envelope.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Adresseblokk {
    /// Receiver.
    pub navn: Option<Arc<str>>,
    /// Up to four address lines, those that are there.
    pub linjer: Vec<Arc<str>>,
    /// Postal code.
    pub postnummer: Option<Arc<str>>,
    /// Postal place.
    pub poststed: Option<Arc<str>>,
    /// Country.
    pub land: Option<Arc<str>>,
}

impl Adresseblokk {
    /// The block as printed: one line each for name, address lines, postal code with place, and country.
    #[must_use]
    pub fn tekst(&self) -> String {
        let postlinje = [&self.postnummer, &self.poststed].into_iter().flatten().map(AsRef::as_ref);
        let postlinje = postlinje.collect::<Vec<_>>().join(" ");
        let lines = self.navn.iter().chain(&self.linjer).map(ToString::to_string);
        let lines = lines.chain([postlinje]).chain(self.land.iter().map(ToString::to_string));
        lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

/// The business message: what is particular to each kind.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Innhold {
    /// To the digital mailbox.
    Digital {
        /// Title shown in the mailbox.
        tittel: Arc<str>,
        /// Not available before this day.
        virkningsdato: Option<DayNo>,
        /// The sender wants to know when it is opened.
        aapningskvittering: bool,
        /// Metadata files by document, as file names.
        metadatafiler: Vec<(Arc<str>, Arc<str>)>,
    },
    /// On paper.
    Print {
        /// Whom it goes to.
        mottaker: Adresseblokk,
        /// Whom it goes back to.
        retur: Adresseblokk,
        /// Faster postage.
        a_prioritert: bool,
    },
    /// To the inbox in Altinn.
    DigitalDpv {
        /// Title.
        tittel: Arc<str>,
        /// Summary.
        sammendrag: Arc<str>,
        /// Text.
        innhold: Arc<str>,
    },
}

impl Innhold {
    /// The kind of document.
    #[must_use]
    pub fn dokumenttype(&self) -> Dokumenttype {
        match self {
            Self::Digital { .. } => Dokumenttype::Digital,
            Self::Print { .. } => Dokumenttype::Print,
            Self::DigitalDpv { .. } => Dokumenttype::DigitalDpv,
        }
    }
}

/// A message as it was created.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Melding {
    /// Its name.
    pub noekkel: Meldingsnoekkel,
    /// Id of the conversation.
    pub samtale: MeldingsId,
    /// How many of the two ids the server made (they count for the next one's ordinal).
    pub serverlagde_id: u8,
    /// Sender as it stands on the wire, with authority prefix and part.
    pub avsender: Arc<str>,
    /// The organisation the citizen sees as sender.
    pub fra: Orgnummer,
    /// Receiver as it stands on the wire.
    pub mottaker: Arc<str>,
    /// The citizen.
    pub til: PersonKey,
    /// Process.
    pub prosess: Prosess,
    /// The standard business document as the client gave it; what it left out follows from the other fields.
    pub sbd: Arc<str>,
    /// The business message.
    pub innhold: Innhold,
    /// File name of the main document, if named.
    pub hoveddokument: Option<Arc<str>>,
    /// Language the sender says it is in.
    pub spraak: Option<Arc<str>>,
    /// When created.
    pub opprettet: Instant,
    /// When it is no longer worth sending.
    pub utloeper: Instant,
}

impl Melding {
    /// The kind of document.
    #[must_use]
    pub fn dokumenttype(&self) -> Dokumenttype {
        self.innhold.dokumenttype()
    }

    /// The service that carries it.
    #[must_use]
    pub fn tjeneste(&self) -> Meldingstjeneste {
        self.dokumenttype().tjeneste()
    }
}

/// How far a message has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fase {
    /// Being put together.
    Utkast,
    /// Sending is asked for; still in the out-store.
    IKoe,
    /// With the transport; gone from the out-store.
    Overgitt,
}

/// A message on its way, with its files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forsendelse {
    /// Place in the order of creation.
    pub nummer: u64,
    /// The message.
    pub melding: Arc<Melding>,
    /// Files in order of upload.
    pub filer: Vec<Arc<Fil>>,
    /// How far it has come.
    pub fase: Fase,
}

impl Forsendelse {
    /// The main document: the one named, else the first uploaded (`specs/eformidling.md` §6.2).
    #[must_use]
    pub fn hoveddokument(&self) -> Option<&Arc<Fil>> {
        match &self.melding.hoveddokument {
            Some(navn) => self.filer.iter().find(|fil| fil.navn == *navn),
            None => self.filer.first(),
        }
    }
}

/// One status of a conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statuslinje {
    /// Number of the status, counted over all conversations.
    pub id: u64,
    /// The status.
    pub status: Status,
    /// When.
    pub tid: Instant,
    /// Text with it.
    pub beskrivelse: Option<Arc<str>>,
    /// The receipt it came with.
    pub kvittering: Option<Arc<str>>,
}

/// One message in one direction, as its sender follows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Samtale {
    /// Number of the conversation.
    pub nummer: u64,
    /// The message.
    pub melding: Arc<Melding>,
    /// The sender's reference: the conversation id.
    pub referanse: Arc<str>,
    /// Title, once known.
    pub tittel: Option<Arc<str>>,
    /// When the last status came.
    pub sist_oppdatert: Instant,
    /// Nothing more is expected.
    pub ferdig: bool,
    /// Whether the operator is still asked for receipts.
    pub spoerres: bool,
    /// Statuses in order.
    pub statuser: Vec<Statuslinje>,
}

impl Samtale {
    /// Whether `status` has been recorded.
    #[must_use]
    pub fn has(&self, status: Status) -> bool {
        self.statuser.iter().any(|linje| linje.status == status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_printed_line_by_line_without_gaps() {
        let blokk = Adresseblokk {
            navn: Some("Ola".into()),
            linjer: vec!["c/o Kari".into(), "Vei 1".into()],
            postnummer: Some("9992".into()),
            poststed: None,
            land: None,
        };
        assert_eq!(blokk.tekst(), "Ola\nc/o Kari\nVei 1\n9992");
        assert_eq!(Adresseblokk::default().tekst(), "");
    }
}
