//! Sub-state of deliveries: declared apps, who wants to be told of what, and every delivery with how far it has come.
//!
//! ```text
//!              ┌──────────── retry is due ◄──────────┐
//!              ▼                                     │
//!  made ──> Venter ── an attempt failed ──────> Feilet
//!              │ ├─── no more attempts ────────> Oppgitt ──┐
//!              │ └─── answered with 2xx ───────> Levert ───┤
//!              └◄────────── sent once more by somebody ◄───┘
//! ```
//!
//! An attempt under way is no fact: when the process dies before its outcome is in the log, the delivery still waits and
//! goes out again under the same id. Whether a waiting delivery is *held* is no fact either: it follows from which world
//! the app is attached to and which apps are declared (`DESIGN` §5).

mod adresse;
mod utvalg;

use std::fmt;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

pub use adresse::{Adressefeil, Appadresse, without_loopback_port};
pub use utvalg::{Meldingsfilter, Retning, Utvalg};

use super::{MeldingsId, Meldingsnoekkel, Meldingstjeneste, Status};
use crate::base::{Foedselsnummer, OriginKey};
use crate::clock::Instant;
use crate::town::model::{Hendelsestype, PersonKey};

/// Deliveries that are over and still remembered, so that they can be looked at and sent once more.
const HUSKES: usize = 20_000;

/// Who sends: the service whose API promises the delivery. The order is part of the log encoding: append only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Leveringskilde {
    /// Webhooks of the Integrasjonspunkt.
    Eformidling,
    /// Byteby's own word to apps and tests; no real service sends it.
    Byteby,
    /// Back-channel log-out of ID-porten (`specs/eid.md` §3.12).
    Idporten,
    /// The same of Ansattporten.
    Ansattporten,
}

impl Leveringskilde {
    /// Every source.
    pub const ALL: [Self; 4] = [Self::Eformidling, Self::Byteby, Self::Idporten, Self::Ansattporten];
    /// Those somebody can subscribe to. The others tell the clients registered with them.
    pub const AAPNE: [Self; 2] = [Self::Eformidling, Self::Byteby];

    /// The service id, as in addresses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Eformidling => "eformidling",
            Self::Byteby => "byteby",
            Self::Idporten => "idporten",
            Self::Ansattporten => "ansattporten",
        }
    }
}

/// How often a delivery that fails is tried again. The order is part of the log encoding: append only.
///
/// | word | attempts | waits on the world's clock |
/// | --- | --- | --- |
/// | `none` | 1 | what the Integrasjonspunkt version 4 does: the answer is logged only (`specs/eformidling.md` §12) |
/// | `documented` | 3 | 1 min, 5 min: what its documentation says; the waits are ours |
/// | `standard` | 8 | 10 s, 1 min, 5 min, 30 min, 2 h, 6 h, 24 h: ours |
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Gjentak {
    /// One attempt.
    Aldri,
    /// Three attempts.
    Dokumentert,
    /// Eight attempts within about a day and a half.
    Standard,
}

const SEKUND: i64 = 1_000;
const MINUTT: i64 = 60 * SEKUND;
const TIME: i64 = 60 * MINUTT;

impl Gjentak {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Aldri, Self::Dokumentert, Self::Standard];

    /// The word of the admin API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Aldri => "none",
            Self::Dokumentert => "documented",
            Self::Standard => "standard",
        }
    }

    /// Milliseconds of virtual time before each further attempt.
    #[must_use]
    pub fn ventetider(self) -> &'static [i64] {
        match self {
            Self::Aldri => &[],
            Self::Dokumentert => &[MINUTT, 5 * MINUTT],
            Self::Standard => &[10 * SEKUND, MINUTT, 5 * MINUTT, 30 * MINUTT, 2 * TIME, 6 * TIME, 24 * TIME],
        }
    }
}

/// Names a subscription, the same in every fork.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub struct Abonnementsnoekkel(pub OriginKey);

/// Names a delivery: by subscription, subject and how many there were before about the same. The same in every fork.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub struct LeveringsId(pub OriginKey);

impl LeveringsId {
    /// The id of the delivery number `ordinal`, from 0, of `abonnement` about `emne`.
    #[must_use]
    pub fn of(abonnement: Abonnementsnoekkel, emne: &Emne, ordinal: u32) -> Self {
        let parts = [abonnement.0.0.to_be_bytes(), emne.noekkel().0.to_be_bytes()];
        Self(OriginKey::of("levering", &[&parts[0], &parts[1], &ordinal.to_be_bytes()]))
    }

    /// Reads the written form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        MeldingsId::parse(text).map(|id| Self(OriginKey(id.0)))
    }
}

impl fmt::Display for LeveringsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&MeldingsId(self.0.0), f)
    }
}

/// Somebody who wants to be told.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Abonnement {
    /// Its name in this and every other world.
    pub noekkel: Abonnementsnoekkel,
    /// Number among the subscriptions of its source, from 1: a position, given when the event is applied.
    pub nummer: u64,
    /// Who sends.
    pub kilde: Leveringskilde,
    /// What the app calls it.
    pub navn: Arc<str>,
    /// Where to.
    pub adresse: Appadresse,
    /// What it wants to hear of.
    pub utvalg: Utvalg,
    /// How often a failed delivery is tried again.
    pub gjentak: Gjentak,
    /// Since when.
    pub opprettet: Instant,
}

/// What a delivery tells. Everything its body needs stands here, so that it can be written again to the byte whatever
/// has happened since.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Emne {
    /// That the address is there.
    Ping,
    /// A message has a new status.
    Meldingsstatus {
        /// The message.
        melding: Meldingsnoekkel,
        /// Its conversation.
        samtale: MeldingsId,
        /// What carries it.
        tjeneste: Meldingstjeneste,
        /// The status.
        status: Status,
        /// Text with it.
        beskrivelse: Option<Arc<str>>,
    },
    /// The population register has a new entry.
    Registerendring {
        /// About whom.
        person: PersonKey,
        /// The identity number then.
        nummer: Foedselsnummer,
        /// Of which kind.
        slag: Hendelsestype,
    },
    /// A session has ended in which the client was given tokens.
    Utlogging {
        /// The client.
        client_id: Arc<str>,
        /// The issuer as the client knows it.
        utsteder: Arc<str>,
        /// Who was logged in, as the client knows them.
        sub: Arc<str>,
        /// The session.
        sid: Arc<str>,
        /// Who that is, when somebody of the register.
        person: Option<PersonKey>,
    },
}

impl Emne {
    /// What this is about, without how many times it was told.
    #[must_use]
    pub fn noekkel(&self) -> OriginKey {
        match self {
            Self::Ping => OriginKey::of("emne/ping", &[]),
            Self::Meldingsstatus { melding, status, .. } => {
                OriginKey::of("emne/status", &[&melding.origin().0.to_be_bytes(), status.kode().as_bytes()])
            }
            Self::Registerendring { person, slag, .. } => {
                OriginKey::of("emne/register", &[&person.bytes(), slag.code().as_bytes()])
            }
            Self::Utlogging { client_id, sid, .. } => {
                OriginKey::of("emne/utlogging", &[client_id.as_bytes(), sid.as_bytes()])
            }
        }
    }

    /// One word for lists: `ping`, `status`, `register`, `logout`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Meldingsstatus { .. } => "status",
            Self::Registerendring { .. } => "register",
            Self::Utlogging { .. } => "logout",
        }
    }
}

/// Why an attempt failed. The order is part of the log encoding: append only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Feilgrunn {
    /// Answered, but not with 2xx.
    Svar(u16),
    /// Answered with a redirect, which is never followed.
    Omdirigert(u16),
    /// The name of the host is not known.
    UkjentVert,
    /// Nobody listens.
    IkkeTilkoblet,
    /// No connection or no answer in time.
    Tidsavbrudd,
    /// The connection broke before the answer was complete.
    Brutt,
    /// The certificate or the handshake was not accepted.
    Tls,
    /// What came back is not HTTP.
    IkkeHttp,
    /// The address is one nothing is ever sent to.
    ForbudtAdresse,
    /// The address is private, which this server or this name may not be.
    PrivatAdresse,
    /// Nobody here can write a delivery of this source.
    IkkeModellert,
    /// The subscription was deleted before it went out.
    AbonnementSlettet,
}

impl Feilgrunn {
    /// Whether trying again cannot help.
    #[must_use]
    pub fn is_endelig(self) -> bool {
        matches!(self, Self::ForbudtAdresse | Self::PrivatAdresse | Self::IkkeModellert | Self::AbonnementSlettet)
    }
}

/// How far a delivery has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tilstand {
    /// To be sent now.
    Venter,
    /// Taken by the app.
    Levert {
        /// With this status.
        svar: u16,
    },
    /// Not taken; tried again.
    Feilet {
        /// Why.
        grunn: Feilgrunn,
        /// When.
        neste: Instant,
    },
    /// Not taken; not tried again by itself.
    Oppgitt {
        /// Why.
        grunn: Feilgrunn,
    },
}

impl Tilstand {
    /// Whether nothing more happens by itself.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Levert { .. } | Self::Oppgitt { .. })
    }
}

/// One delivery.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Levering {
    /// Its name.
    pub id: LeveringsId,
    /// Place in the order of making: a position.
    pub nummer: u64,
    /// To whom.
    pub abonnement: Abonnementsnoekkel,
    /// What it tells.
    pub emne: Emne,
    /// When what it tells happened.
    pub tid: Instant,
    /// The time that is signed: when it was made, or when somebody had it signed again.
    pub signert: Instant,
    /// Since when it waits to be sent, or waited before its last attempt.
    pub klar: Instant,
    /// Attempts that have an outcome, over all.
    pub forsoek: u32,
    /// Attempts that failed since it was made or sent once more by somebody.
    pub paa_rad: u32,
    /// How far it has come.
    pub tilstand: Tilstand,
    /// When that changed last.
    pub endret: Instant,
}

/// An app somebody has declared: the only places anything is sent to.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct DeliveryTarget {
    /// Its name.
    pub navn: Arc<str>,
    /// Its address; everything at its origin may be sent to.
    pub url: Appadresse,
    /// Its name may lead to a private address although it looks like one of the internet.
    pub privat: bool,
}

/// Declared apps, subscriptions and deliveries.
#[derive(Clone, Debug, Default)]
pub struct Leveringer {
    /// Declared apps by name.
    pub apper: OrdMap<Arc<str>, Arc<DeliveryTarget>>,
    /// Subscriptions.
    pub abonnementer: OrdMap<Abonnementsnoekkel, Arc<Abonnement>>,
    /// Subscriptions by source and number.
    pub etter_nummer: OrdMap<(Leveringskilde, u64), Abonnementsnoekkel>,
    /// Subscriptions made so far with one source, name and address: the next one's ordinal.
    pub laget: OrdMap<OriginKey, u32>,
    /// Last number given per source.
    pub siste_nummer: OrdMap<Leveringskilde, u64>,
    /// Deliveries in order of making.
    pub alle: OrdMap<u64, Arc<Levering>>,
    /// Place of a delivery.
    pub nummer_av: OrdMap<LeveringsId, u64>,
    /// Deliveries to be sent now, in order for each subscription.
    pub ventende: OrdSet<(Abonnementsnoekkel, u64)>,
    /// Deliveries that are over, in order of making.
    pub ferdige: OrdSet<u64>,
    /// Deliveries made so far.
    pub antall: u64,
}

impl Leveringer {
    /// The delivery called `id`, while it is remembered.
    #[must_use]
    pub fn find(&self, id: LeveringsId) -> Option<&Arc<Levering>> {
        self.alle.get(self.nummer_av.get(&id)?)
    }

    /// The subscriptions of `kilde`, by number.
    pub fn av(&self, kilde: Leveringskilde) -> impl Iterator<Item = &Arc<Abonnement>> {
        self.etter_nummer
            .range((kilde, 0)..=(kilde, u64::MAX))
            .filter_map(|(_, noekkel)| self.abonnementer.get(noekkel))
    }

    /// The subscription of `kilde` with this number.
    #[must_use]
    pub fn nummerert(&self, kilde: Leveringskilde, nummer: u64) -> Option<&Arc<Abonnement>> {
        self.abonnementer.get(self.etter_nummer.get(&(kilde, nummer))?)
    }

    /// The first delivery of each subscription that waits to be sent, in the order of subscriptions.
    pub fn foerste_ventende(&self) -> impl Iterator<Item = &Arc<Levering>> {
        let mut before = None;
        self.ventende
            .iter()
            .filter(move |(abonnement, _)| before.replace(*abonnement) != Some(*abonnement))
            .filter_map(|(_, nummer)| self.alle.get(nummer))
    }

    /// A declared app at `origin`, one that may be private first.
    #[must_use]
    pub fn app_paa(&self, origin: &str) -> Option<&Arc<DeliveryTarget>> {
        let mut there = self.apper.values().filter(|app| app.url.origin() == origin);
        let first = there.next()?;
        Some(if first.privat { first } else { there.find(|app| app.privat).unwrap_or(first) })
    }

    /// Forgets the oldest deliveries that are over when there are too many.
    pub(in crate::town) fn glem(&mut self) {
        while self.ferdige.len() > HUSKES {
            let Some(oldest) = self.ferdige.remove_min() else { break };
            if let Some(levering) = self.alle.remove(&oldest) {
                self.nummer_av.remove(&levering.id);
            }
        }
    }
}

/// Work on a delivery that waits for the clock: the next attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct LeveringDue {
    /// Which delivery.
    pub levering: LeveringsId,
}

impl LeveringDue {
    /// Number of the kind in the queue.
    pub const KIND: u16 = 300;
}
