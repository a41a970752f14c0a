//! Events: what happened, as it stands in the log. Outcomes only, never a rule's name, a position or a random choice
//! still to be made.
//!
//! The order of variants is the wire tag of the log encoding: append, never reorder or remove (`specs/core.md` §6).

use std::sync::Arc;

use crate::base::{Orgnummer, OriginKey};
use crate::clock::{Instant, Mode};

use super::apply::{
    EidEvent, FaultEvent, HverdagEvent, KlientEvent, LeveringEvent, PostEvent, UttrekkEvent, VirksomhetEvent,
};
use super::model::{
    BoligId, DayNo, Flyttespor, Hendelsesart, Hendelsesspor, HusstandId, Identitetsflom, Kontakt, Kontaktoppfoering,
    Kontaktregler, PersonKey, Registrering,
};
use super::state::{Due, DueKey};

/// One event.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Event {
    /// Population register.
    Folk(FolkEvent),
    /// Contact and reservation register.
    Kontakt(KontaktEvent),
    /// Clock and queue.
    Tid(TidEvent),
    /// Business messages.
    Post(PostEvent),
    /// Registered apps.
    Klient(KlientEvent),
    /// Fault rules.
    Fault(FaultEvent),
    /// Declared apps, subscriptions and deliveries.
    Levering(LeveringEvent),
    /// Scopes, accesses, delegations, system users, consents, representation.
    Eid(EidEvent),
    /// Work, education, school, doctor.
    Hverdag(HverdagEvent),
    /// Register of organisations.
    Virksomhet(VirksomhetEvent),
    /// Extracts of the population register.
    Uttrekk(UttrekkEvent),
}

/// Events of the population register.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum FolkEvent {
    /// Somebody new, living in `husstand`. The register change that fills the person follows in the same transaction.
    PersonKom {
        /// Key of the cause that made the person.
        origin: OriginKey,
        /// Household lived in.
        husstand: Option<HusstandId>,
    },
    /// A register change: one entry of the event feed.
    Registrert(Arc<Registrering>),
    /// A place in a kindergarten, or none any more.
    Barnehageplass {
        /// The child.
        barn: PersonKey,
        /// The kindergarten.
        barnehage: Option<Orgnummer>,
        /// From which day.
        fra: DayNo,
    },
    /// Kept from chance, or let go.
    Holdt {
        /// Who.
        person: PersonKey,
        /// Kept.
        holdt: bool,
    },
    /// Lives in this dwelling now, or nowhere in the municipality any more. What the register says of it, and to whom,
    /// is a register change of its own.
    Hjem {
        /// Who.
        person: PersonKey,
        /// The dwelling.
        bolig: Option<BoligId>,
    },
    /// These people leave the households they are in and form one of their own, the reference person first.
    NyHusstand {
        /// Its members.
        medlemmer: Vec<PersonKey>,
    },
    /// Leaves the household and joins that of somebody.
    TilHusstand {
        /// Who.
        person: PersonKey,
        /// A member of the household joined.
        hos: PersonKey,
    },
    /// Belongs to no household of the municipality any more.
    UtAvHusstand {
        /// Who.
        person: PersonKey,
    },
    /// Lives as a couple with this person in one household, or with nobody.
    Partner {
        /// Who.
        person: PersonKey,
        /// With whom.
        partner: Option<PersonKey>,
    },
    /// The register changes right before this are those of one life event, which can be annulled.
    Livshendelse(Box<Hendelsesspor>),
    /// The last life event of this kind never happened.
    Annullert {
        /// Whom it was of.
        person: PersonKey,
        /// What it was.
        art: Hendelsesart,
    },
    /// The basis of the identity of very many people was found anew: an entry of the event feed for each.
    Identitetsgrunnlag(Arc<Identitetsflom>),
    /// The register changes right before this are those of one move, which can be annulled.
    Flyttespor(Box<Flyttespor>),
}

/// Events of the contact register.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum KontaktEvent {
    /// The entry is now this.
    Endret {
        /// Whose.
        person: PersonKey,
        /// The entry.
        kontakt: Kontakt,
    },
    /// The entry and its dates are now these.
    Foert {
        /// Whose.
        person: PersonKey,
        /// The entry.
        oppfoering: Box<Kontaktoppfoering>,
    },
    /// The register goes by these rules from now on.
    Regler(Kontaktregler),
}

/// Events of the clock and the queue.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum TidEvent {
    /// The clock reached an instant.
    Naadd(Instant),
    /// The clock moves another way.
    Modus(Mode),
    /// Something will be due.
    Planlagt(DueKey, Due),
    /// A due item was taken up.
    TattOpp(DueKey),
    /// The clock runs at another rate, in thousandths of real time.
    Takt(u32),
    /// Background life goes on, or stands still.
    Liv(bool),
}

impl Event {
    /// The event as the canonical digest sees it: without ports and other accidents of one run (`specs/core.md` §5).
    #[must_use]
    pub fn canonical(&self) -> std::borrow::Cow<'_, Self> {
        match self {
            Self::Klient(event) => std::borrow::Cow::Owned(Self::Klient(event.canonical())),
            Self::Levering(event) => std::borrow::Cow::Owned(Self::Levering(event.canonical())),
            other => std::borrow::Cow::Borrowed(other),
        }
    }

    /// Blobs this event names: they belong to the log and travel with it.
    #[must_use]
    pub fn blobs(&self) -> Vec<crate::base::Digest> {
        match self {
            Self::Post(PostEvent::FilLastetOpp { fil, .. }) => vec![fil.sha256],
            Self::Uttrekk(event) => event.blobs(),
            _ => Vec::new(),
        }
    }

    /// Bytes of the files that came with this event, beside it.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        match self {
            Self::Post(PostEvent::FilLastetOpp { fil, .. }) => fil.size,
            Self::Uttrekk(event) => event.bytes(),
            _ => 0,
        }
    }

    /// The entities this event touches: two transactions that share none may swap places without anybody noticing.
    #[must_use]
    pub fn entities(&self) -> Vec<OriginKey> {
        let person = |key: &PersonKey| OriginKey::of("entity/person", &[&key.bytes()]);
        match self {
            Self::Folk(FolkEvent::PersonKom { origin, .. }) => vec![person(&PersonKey::World(*origin))],
            Self::Folk(FolkEvent::Registrert(change)) => vec![person(&change.person)],
            Self::Folk(FolkEvent::Barnehageplass { barn, .. }) => vec![person(barn)],
            Self::Folk(FolkEvent::Livshendelse(spor)) => vec![person(&spor.person)],
            Self::Folk(FolkEvent::Flyttespor(spor)) => {
                let moved = spor.foer.iter().map(|(who, _)| who).filter(|who| **who != spor.person);
                std::iter::once(&spor.person).chain(moved).map(person).collect()
            }
            Self::Folk(
                FolkEvent::Holdt { person: who, .. }
                | FolkEvent::Hjem { person: who, .. }
                | FolkEvent::UtAvHusstand { person: who }
                | FolkEvent::Annullert { person: who, .. },
            ) => vec![person(who)],
            Self::Folk(FolkEvent::NyHusstand { medlemmer }) => medlemmer.iter().map(person).collect(),
            Self::Folk(FolkEvent::TilHusstand { person: who, hos }) => vec![person(who), person(hos)],
            Self::Folk(FolkEvent::Partner { person: who, partner }) => {
                std::iter::once(who).chain(partner).map(person).collect()
            }
            Self::Folk(FolkEvent::Identitetsgrunnlag(_)) => vec![OriginKey::of("entity/identitetsgrunnlag", &[])],
            Self::Kontakt(KontaktEvent::Endret { person: who, .. } | KontaktEvent::Foert { person: who, .. }) => {
                vec![person(who)]
            }
            Self::Kontakt(KontaktEvent::Regler(_)) => vec![OriginKey::of("entity/kontaktregler", &[])],
            Self::Tid(TidEvent::Naadd(_) | TidEvent::Modus(_) | TidEvent::Takt(_) | TidEvent::Liv(_)) => {
                vec![OriginKey::of("entity/clock", &[])]
            }
            Self::Tid(TidEvent::Planlagt(key, _) | TidEvent::TattOpp(key)) => {
                vec![OriginKey::of("entity/due", &[&key.origin.0.to_be_bytes(), &key.ordinal.to_be_bytes()])]
            }
            Self::Post(event) => event.entities(),
            Self::Klient(event) => event.entities(),
            Self::Fault(event) => event.entities(),
            Self::Levering(event) => event.entities(),
            Self::Eid(event) => event.entities(),
            Self::Hverdag(event) => event.entities(),
            Self::Virksomhet(event) => event.entities(),
            Self::Uttrekk(event) => event.entities(),
        }
    }
}
