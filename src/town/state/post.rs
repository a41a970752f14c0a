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

use std::fmt;
use std::sync::Arc;

use imbl::OrdMap;

use crate::base::{Digest, Orgnummer, OriginKey};
use crate::clock::Instant;
use crate::town::model::{DayNo, PersonKey, Spraak};

/// Id of a message or a conversation: a UUID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct MeldingsId(pub u128);

impl MeldingsId {
    /// Reads the canonical form (8-4-4-4-12 hex digits) in either case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 36 {
            return None;
        }
        let mut value = 0u128;
        for (place, byte) in bytes.iter().enumerate() {
            if matches!(place, 8 | 13 | 18 | 23) {
                if *byte != b'-' {
                    return None;
                }
            } else {
                value = value << 4 | u128::from(char::from(*byte).to_digit(16)?);
            }
        }
        Some(Self(value))
    }

    /// The id whose free bits are the first of `digest`, marked as version 4.
    #[must_use]
    pub fn of_digest(digest: &Digest) -> Self {
        let bits = digest.origin().0;
        Self(bits & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62)
    }
}

impl fmt::Display for MeldingsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0;
        let (a, b, c, d) = (n >> 96, n >> 80 & 0xffff, n >> 64 & 0xffff, n >> 48 & 0xffff);
        write!(f, "{a:08x}-{b:04x}-{c:04x}-{d:04x}-{:012x}", n & 0xffff_ffff_ffff)
    }
}

impl fmt::Debug for MeldingsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Names a message: ids are unique per organisation whose out-store it lies in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct Meldingsnoekkel {
    /// Whose out-store.
    pub eier: Orgnummer,
    /// The message id.
    pub id: MeldingsId,
}

impl Meldingsnoekkel {
    /// The key as a cause: seeds delays and receipts, and orders what is due (`specs/eformidling.md` §22.6).
    #[must_use]
    pub fn origin(self) -> OriginKey {
        OriginKey::of("post/melding", &[self.eier.to_string().as_bytes(), &self.id.0.to_be_bytes()])
    }
}

/// The transport service a message goes by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Meldingstjeneste {
    /// Digital post to citizens, and paper through the same service.
    Dpi,
    /// Altinn correspondence.
    Dpv,
}

impl Meldingstjeneste {
    /// The service identifier.
    #[must_use]
    pub fn kode(self) -> &'static str {
        match self {
            Self::Dpi => "DPI",
            Self::Dpv => "DPV",
        }
    }

    /// Largest sum of attachments in bytes (`specs/eformidling.md` §16).
    #[must_use]
    pub fn stoerste_sum(self) -> u64 {
        match self {
            Self::Dpi => 50 << 20,
            Self::Dpv => 250 << 20,
        }
    }
}

/// The way a letter reached a citizen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Kanal {
    /// The citizen's digital mailbox.
    Digitalpost,
    /// Paper in the letterbox.
    Print,
    /// The citizen's inbox in Altinn.
    Altinn,
}

impl Kanal {
    /// The word scenarios and pages use.
    #[must_use]
    pub fn ord(self) -> &'static str {
        match self {
            Self::Digitalpost => "digitalpost",
            Self::Print => "print",
            Self::Altinn => "altinn",
        }
    }
}

/// Process of a message to a citizen (`specs/eformidling.md` §4.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Prosess {
    /// Information.
    Info,
    /// A formal decision.
    Vedtak,
}

impl Prosess {
    /// Both, in the order the registry lists them.
    pub const ALL: [Self; 2] = [Self::Info, Self::Vedtak];

    /// The process id.
    #[must_use]
    pub fn urn(self) -> &'static str {
        match self {
            Self::Info => "urn:no:difi:profile:digitalpost:info:ver1.0",
            Self::Vedtak => "urn:no:difi:profile:digitalpost:vedtak:ver1.0",
        }
    }

    /// The process with id `urn`.
    #[must_use]
    pub fn from_urn(urn: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|prosess| prosess.urn() == urn)
    }
}

/// Document type of a message to a citizen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Dokumenttype {
    /// To the digital mailbox.
    Digital,
    /// On paper.
    Print,
    /// To the inbox in Altinn.
    DigitalDpv,
}

impl Dokumenttype {
    /// The type, which is also the name of the business message's member.
    #[must_use]
    pub fn kode(self) -> &'static str {
        match self {
            Self::Digital => "digital",
            Self::Print => "print",
            Self::DigitalDpv => "digital_dpv",
        }
    }

    /// The standard that goes with the type (`specs/eformidling.md` §4.2).
    #[must_use]
    pub fn standard(self) -> &'static str {
        match self {
            Self::Digital => "urn:no:difi:digitalpost:xsd:digital::digital",
            Self::Print => "urn:no:difi:digitalpost:xsd:fysisk::print",
            Self::DigitalDpv => "urn:no:difi:digitalpost:xsd:digital::digital_dpv",
        }
    }

    /// The service that carries it.
    #[must_use]
    pub fn tjeneste(self) -> Meldingstjeneste {
        match self {
            Self::Digital | Self::Print => Meldingstjeneste::Dpi,
            Self::DigitalDpv => Meldingstjeneste::Dpv,
        }
    }
}

/// Status of a conversation. Written in upper case on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Status {
    /// Created.
    Opprettet,
    /// Handed to the transport.
    Sendt,
    /// The receiver's operator has it.
    Mottatt,
    /// Delivered.
    Levert,
    /// Read.
    Lest,
    /// Failed.
    Feil,
    /// Something else.
    Annet,
    /// Incoming message arrived.
    InnkommendeMottatt,
    /// Incoming message taken by the case system.
    InnkommendeLevert,
    /// Time to live has passed.
    LevetidUtlopt,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 10] = [
        Self::Opprettet,
        Self::Sendt,
        Self::Mottatt,
        Self::Levert,
        Self::Lest,
        Self::Feil,
        Self::Annet,
        Self::InnkommendeMottatt,
        Self::InnkommendeLevert,
        Self::LevetidUtlopt,
    ];

    /// The word on the wire.
    #[must_use]
    pub fn kode(self) -> &'static str {
        match self {
            Self::Opprettet => "OPPRETTET",
            Self::Sendt => "SENDT",
            Self::Mottatt => "MOTTATT",
            Self::Levert => "LEVERT",
            Self::Lest => "LEST",
            Self::Feil => "FEIL",
            Self::Annet => "ANNET",
            Self::InnkommendeMottatt => "INNKOMMENDE_MOTTATT",
            Self::InnkommendeLevert => "INNKOMMENDE_LEVERT",
            Self::LevetidUtlopt => "LEVETID_UTLOPT",
        }
    }

    /// Whether a conversation with this status is finished (`specs/eformidling.md` §10).
    #[must_use]
    pub fn is_ferdig(self) -> bool {
        matches!(self, Self::Levert | Self::Lest | Self::Feil | Self::LevetidUtlopt | Self::InnkommendeLevert)
    }
}

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

/// A file a citizen received.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Vedlegg {
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

/// A letter a citizen received, whatever the channel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Brev {
    /// Number of the letter in this world, in order of receipt.
    pub id: u64,
    /// When received.
    pub at: Instant,
    /// Who received it.
    pub til: PersonKey,
    /// Who sent it.
    pub fra: Orgnummer,
    /// How it came.
    pub kanal: Kanal,
    /// Title.
    pub tittel: Arc<str>,
    /// Text of the letter itself; `None` when its format could not be read.
    pub tekst: Option<Arc<str>>,
    /// The main document; an Altinn message may have none.
    pub hoveddokument: Option<Vedlegg>,
    /// The other files.
    pub vedlegg: Vec<Vedlegg>,
    /// Language as the sender gave it.
    pub spraak: Option<Arc<str>>,
    /// What stood on the envelope, for paper.
    pub adresseblokk: Option<Adresseblokk>,
    /// The message it came as.
    pub message_id: MeldingsId,
    /// The conversation it belongs to.
    pub conversation: MeldingsId,
    /// Process it was sent under.
    pub prosess: Prosess,
    /// When it was opened; paper never says.
    pub lest: Option<Instant>,
}

impl Brev {
    /// The language as a code: `nb`, `nn`, `en`, `se`; senders also write `NO` and `nb-NO`. Never guessed from the text.
    #[must_use]
    pub fn spraakkode(&self) -> Option<Spraak> {
        let given = self.spraak.as_deref()?.to_ascii_lowercase();
        match given.split(['-', '_']).next()? {
            "nb" | "no" => Some(Spraak::Nb),
            "nn" => Some(Spraak::Nn),
            "en" => Some(Spraak::En),
            "se" => Some(Spraak::Se),
            _ => None,
        }
    }
}

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
