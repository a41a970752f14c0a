//! The clock of a world and the work that waits for it. Scheduled work is town state, so a fork inherits it.

use imbl::OrdMap;

use super::levering::LeveringDue;
use super::liv::Livsminne;
use super::post::PostDue;
use crate::base::{Orgnummer, OriginKey};
use crate::clock::{Instant, Mode};
use crate::town::model::PersonKey;

/// Order of items due at one instant: scripted before drawn (`specs/core.md` §4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum DueClass {
    /// Set in motion by an app, a test or a person.
    Scripted,
    /// Background life.
    Drawn,
}

/// Place of an item in the queue: one total order, free of the order in which things arrived.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub struct DueKey {
    /// When.
    pub at: Instant,
    /// Scripted or drawn.
    pub class: DueClass,
    /// Number of the kind of item.
    pub kind: u16,
    /// What set it in motion.
    pub origin: OriginKey,
    /// Distinguishes items of one cause.
    pub ordinal: u32,
}

/// What is to be done at an instant. `decide` reads the town again when the time has come.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Due {
    /// Something about a business message.
    Post(PostDue),
    /// Another attempt at a delivery.
    Levering(LeveringDue),
    /// What follows from a life event.
    Folk(FolkDue),
}

/// What follows later from a life event. The order is part of the log encoding: append only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum FolkDue {
    /// The contact register forgets somebody dead or emigrated.
    KontaktSlettes {
        /// Who.
        person: PersonKey,
    },
    /// A separated couple divorces.
    Skilsmisse {
        /// One of them.
        person: PersonKey,
        /// The other.
        ektefelle: PersonKey,
    },
    /// Parents choose the name of a child.
    Navnevalg {
        /// The child.
        barn: PersonKey,
    },
    /// Somebody without work finds some.
    NyJobb {
        /// Who.
        person: PersonKey,
    },
    /// Somebody who came logs in for the first time.
    Innlogging {
        /// Who.
        person: PersonKey,
    },
    /// A bankrupt company is deleted.
    VirksomhetSlettes {
        /// Which.
        virksomhet: Orgnummer,
    },
}

impl FolkDue {
    /// Number of the kind of item.
    #[must_use]
    pub fn kind(self) -> u16 {
        match self {
            Self::KontaktSlettes { .. } => 400,
            Self::Skilsmisse { .. } => 401,
            Self::Navnevalg { .. } => 402,
            Self::NyJobb { .. } => 403,
            Self::Innlogging { .. } => 404,
            Self::VirksomhetSlettes { .. } => 405,
        }
    }
}

/// The rate of real time.
pub const REAL_TIME: u32 = 1000;

/// Sub-state of time.
#[derive(Clone, Debug)]
pub struct Tid {
    /// The virtual instant.
    pub now: Instant,
    /// How the clock moves.
    pub mode: Mode,
    /// Rate of the clock while it runs, in thousandths of real time.
    pub takt: u32,
    /// What is due, in order.
    pub queue: OrdMap<DueKey, Due>,
    /// Whether background life goes on.
    pub liv: bool,
    /// The last candidate of background life that was taken up.
    pub sist: Option<DueKey>,
    /// Candidates of newcomers, kept so that they are made once.
    pub minne: Livsminne,
}

impl Tid {
    /// A frozen clock at `start` with nothing due.
    #[must_use]
    pub fn new(start: Instant) -> Self {
        Self {
            now: start,
            mode: Mode::Frozen,
            takt: REAL_TIME,
            queue: OrdMap::new(),
            liv: false,
            sist: None,
            minne: Livsminne::default(),
        }
    }

    /// Whether background life goes on.
    #[must_use]
    pub fn is_levende(&self) -> bool {
        self.liv
    }

    /// The first item, if any.
    #[must_use]
    pub fn next(&self) -> Option<(&DueKey, &Due)> {
        self.queue.get_min().map(|(key, due)| (key, due))
    }

    /// The first item that an app, a test or a person set in motion: what an automatic clock follows (`DESIGN` §6).
    #[must_use]
    pub fn next_scripted(&self) -> Option<&DueKey> {
        self.queue.keys().find(|key| key.class == DueClass::Scripted)
    }
}
