//! The town as it stands: shared base columns and what has happened in this world.
//!
//! One sub-state per register, each behind its own `Arc`, all behind one `Arc<Town>`: a fork is that pointer
//! (`DESIGN` §2 rule 5).

mod adresse;
mod arbeidskonto;
mod dokumenter;
mod eid;
mod eider;
mod faults;
mod feed;
mod flom;
mod folk;
mod hverdag;
mod klienter;
mod klienttillegg;
mod kontaktregister;
mod levering;
mod liv;
mod page_table;
mod person;
mod post;
mod representasjon;
mod tid;
mod uttrekk;
mod virksomheter;

use std::sync::Arc;

pub use adresse::{Gateadresse, gateadresse, matrikkelnummer};
pub use arbeidskonto::Arbeidskonto;
pub use dokumenter::Dokumenter;
pub use eid::*;
pub use eider::{EID_ALDER, Eider};
pub use faults::{ALWAYS, Fault, FaultRule, Faults, Krav, SetRule, TokenFault};
pub use feed::FeedRow;
pub use flom::Flom;
pub use folk::{Folk, HusstandChanges, PersonChanges, Spor};
pub use hverdag::{Hverdag, HverdagChanges};
pub use klienter::*;
pub use klienttillegg::*;
pub use kontaktregister::KontaktRegister;
pub use levering::*;
pub use liv::{Hvem, Livsminne, Lodd, Loddrekke};
pub use page_table::PageTable;
pub use person::Person;
pub use post::*;
pub use representasjon::{Fullmakt, Grunnlag, Rettighet};
pub use tid::{Due, DueClass, DueKey, FolkDue, REAL_TIME, Tid};
pub use uttrekk::{JobbId, MEST_UTTREKK, Uttrekk, Uttrekkskoe, Uttrekksslag};
pub use virksomheter::{VirksomhetChanges, Virksomheter};

use super::model::{Base, PersonId, PersonKey, Personstatus};
use crate::base::Foedselsnummer;
use crate::clock::Instant;

/// One world's town at one virtual instant.
#[derive(Clone, Debug)]
pub struct Town {
    /// The generated columns.
    pub base: Arc<Base>,
    /// The population register: people, households and the event feed.
    pub folk: Arc<Folk>,
    /// Work, education, school, doctor.
    pub hverdag: Arc<Hverdag>,
    /// The register of organisations.
    pub virksomheter: Arc<Virksomheter>,
    /// The contact and reservation register.
    pub kontakt: Arc<KontaktRegister>,
    /// Business messages and mailboxes.
    pub post: Arc<Post>,
    /// Registered apps.
    pub klienter: Arc<Klienter>,
    /// Declared apps, subscriptions and deliveries to apps.
    pub leveringer: Arc<Leveringer>,
    /// The clock and what is due.
    pub tid: Arc<Tid>,
    /// What is to go wrong with the services.
    pub faults: Arc<Faults>,
    /// Scopes, accesses, delegations, consents and the like.
    pub eid: Arc<Eid>,
    /// Extracts of the population register.
    pub uttrekk: Arc<Uttrekkskoe>,
}

impl Town {
    /// The town of `base` on its first instant, with nothing happened yet.
    #[must_use]
    pub fn new(base: Arc<Base>) -> Self {
        let tid = Tid::new(base.header.start);
        Self {
            base,
            folk: Arc::default(),
            hverdag: Arc::default(),
            virksomheter: Arc::default(),
            kontakt: Arc::default(),
            post: Arc::default(),
            klienter: Arc::default(),
            leveringer: Arc::default(),
            tid: Arc::new(tid),
            faults: Arc::default(),
            eid: Arc::default(),
            uttrekk: Arc::default(),
        }
    }

    /// The virtual instant.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.tid.now
    }

    /// How many people there are or have been, in the base and since.
    #[must_use]
    pub fn person_count(&self) -> usize {
        self.base.person_count() + self.folk.newcomers
    }

    /// How many are resident now: one pass over a column of bytes, corrected for those the world has changed.
    #[must_use]
    pub fn bosatte(&self) -> usize {
        let base = &self.base.personer.status;
        let before = base.iter().filter(|status| **status == Personstatus::Bosatt).count();
        self.folk.people.rows().into_iter().fold(before, |count, (place, _)| {
            let was = base.get(place) == Some(&Personstatus::Bosatt);
            (count + usize::from(self.person(PersonId::at(place)).is_bosatt())) - usize::from(was)
        })
    }

    /// All people, base first, newcomers last.
    pub fn people(&self) -> impl Iterator<Item = Person<'_>> {
        (0..self.person_count()).map(|index| self.person(PersonId::at(index)))
    }

    /// The person with identity number `nummer`.
    #[must_use]
    pub fn find(&self, nummer: Foedselsnummer) -> Option<PersonId> {
        self.folk.by_nummer.get(&nummer).copied().or_else(|| self.base.find(nummer))
    }

    /// What events call the person at `id`.
    #[must_use]
    pub fn key_of(&self, id: PersonId) -> PersonKey {
        if id.index() < self.base.person_count() {
            PersonKey::Base(id.0)
        } else {
            self.folk.people.get(id.index()).map_or(PersonKey::Base(id.0), |changes| changes.key)
        }
    }

    /// Where the person called `key` stands in this world.
    #[must_use]
    pub fn id_of(&self, key: PersonKey) -> Option<PersonId> {
        match key {
            PersonKey::Base(index) => ((index as usize) < self.base.person_count()).then_some(PersonId(index)),
            PersonKey::World(origin) => self.folk.by_origin.get(&origin).copied(),
        }
    }

    /// A view of the person at `id`.
    #[must_use]
    pub fn person(&self, id: PersonId) -> Person<'_> {
        Person::new(self, id)
    }

    /// A view of the person called `key`.
    #[must_use]
    pub fn person_by_key(&self, key: PersonKey) -> Option<Person<'_>> {
        self.id_of(key).map(|id| self.person(id))
    }
}
