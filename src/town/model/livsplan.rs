//! What background life may bring in a year: the shared plan of a base (`DESIGN` §2 rule 7, `specs/core.md` §4).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::Oppslag;

/// Kinds of drawn life events. The order is part of the keys of the queue: append only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[repr(u8)]
pub enum Livsslag {
    /// Death.
    Doed,
    /// A woman gives birth.
    Foedsel,
    /// A move within the municipality.
    Flytting,
    /// A move to another municipality.
    Fraflytting,
    /// Emigration.
    Utvandring,
    /// A woman marries whom she lives with.
    Vigsel,
    /// A wife and her husband separate.
    Separasjon,
    /// A woman and whom she lives with unmarried part.
    Samlivsbrudd,
    /// A single woman begins living with somebody.
    Samliv,
    /// A couple separated before the town's first day divorces.
    Skilsmisse,
    /// A family comes from another municipality.
    Tilflytting,
    /// A family comes from another country.
    Innvandring,
    /// Somebody outside the labour force takes up work.
    Arbeidsstart,
    /// Somebody leaves the labour force.
    Arbeidsslutt,
    /// Somebody who works changes job.
    Jobbytte,
    /// Somebody loses a job.
    Jobbtap,
    /// An education is completed.
    Utdanning,
    /// The first entry in the contact register.
    Kontaktregistrering,
    /// A child begins in a kindergarten.
    Barnehagestart,
    /// A child begins school.
    Skolestart,
    /// A pupil leaves school.
    Skoleslutt,
    /// An enterprise is wound up.
    Nedleggelse,
    /// An enterprise goes bankrupt.
    Konkurs,
    /// Somebody on a board is replaced.
    Rolleskifte,
    /// A sole proprietorship is founded.
    NyttEnk,
    /// A company is founded.
    NyttAs,
    /// An entry in the contact register expires: nobody has confirmed it for eighteen months.
    Kontaktutloep,
    /// An expired entry is confirmed.
    Kontaktbekreftelse,
    /// Somebody in the contact register reserves against digital communication.
    Reservasjon,
}

impl Livsslag {
    /// Every kind, in order.
    pub const ALL: [Self; 29] = [
        Self::Doed,
        Self::Foedsel,
        Self::Flytting,
        Self::Fraflytting,
        Self::Utvandring,
        Self::Vigsel,
        Self::Separasjon,
        Self::Samlivsbrudd,
        Self::Samliv,
        Self::Skilsmisse,
        Self::Tilflytting,
        Self::Innvandring,
        Self::Arbeidsstart,
        Self::Arbeidsslutt,
        Self::Jobbytte,
        Self::Jobbtap,
        Self::Utdanning,
        Self::Kontaktregistrering,
        Self::Barnehagestart,
        Self::Skolestart,
        Self::Skoleslutt,
        Self::Nedleggelse,
        Self::Konkurs,
        Self::Rolleskifte,
        Self::NyttEnk,
        Self::NyttAs,
        Self::Kontaktutloep,
        Self::Kontaktbekreftelse,
        Self::Reservasjon,
    ];

    /// Number of the kind of item in the queue.
    #[must_use]
    pub fn kind(self) -> u16 {
        500 + self as u16
    }

    /// The kind with this number.
    #[must_use]
    pub fn of_kind(kind: u16) -> Option<Self> {
        Self::ALL.get(usize::from(kind.checked_sub(500)?)).copied()
    }

    /// Whether it happens to an organisation.
    #[must_use]
    pub fn is_about_unit(self) -> bool {
        matches!(self, Self::Nedleggelse | Self::Konkurs | Self::Rolleskifte)
    }

    /// Whether it brings somebody or something new: a slot of the year.
    #[must_use]
    pub fn is_slot(self) -> bool {
        matches!(self, Self::Tilflytting | Self::Innvandring | Self::NyttEnk | Self::NyttAs)
    }
}

/// Something that may happen: it does when its time has come, if `u` is then below the rate of the day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kandidat {
    /// When: seconds since the year began.
    pub sekund: u32,
    /// Position of the person or organisation in the base, or number of the slot of what comes.
    pub hvem: u32,
    /// The draw, as a fraction of 2^32.
    pub u: u32,
    /// What.
    pub slag: Livsslag,
    /// Distinguishes candidates of one kind and person in a year.
    pub ordinal: u8,
}

/// Levels of one base: what the tables are multiplied with so that this town has the flows of a town of its size, each
/// as a fraction of 2^20.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Nivaa {
    /// Moves of a reference person's household within the municipality.
    pub innen: u64,
    /// The same to other municipalities.
    pub mellom: u64,
    /// Emigration of people born in Norway, and of others, of the rate of moves to other municipalities.
    pub utvandring: [u64; 2],
    /// Weddings, of the weight of an age: probability in millionths after the multiplication.
    pub vigsel: u64,
    /// Separations.
    pub separasjon: u64,
    /// Cohabitants who part.
    pub samlivsbrudd: u64,
    /// Couples formed.
    pub samliv: u64,
    /// People a year who come from other municipalities, in hundredths.
    pub tilflytting: u64,
    /// People a year who come from abroad, in hundredths.
    pub innvandring: u64,
    /// Higher education, of the country's.
    pub hoeyere: u64,
    /// Sole proprietorships and companies a year that are founded, in hundredths.
    pub nye_foretak: [u64; 2],
}

/// Most plans of years kept at once; others are made again when asked for.
const KEPT: usize = 12;

/// Levels and plans of a base, by year: pure functions of the base, kept because all its worlds need them.
#[derive(Debug, Default)]
pub struct Planer {
    nivaa: OnceLock<Nivaa>,
    grenser: OnceLock<Vec<u64>>,
    oppslag: OnceLock<Oppslag>,
    years: Mutex<BTreeMap<i16, Arc<[Kandidat]>>>,
}

impl Planer {
    /// The levels; `make` makes them the first time.
    pub fn nivaa(&self, make: impl FnOnce() -> Nivaa) -> &Nivaa {
        self.nivaa.get_or_init(make)
    }

    /// The highest rates by kind and person; `make` makes them the first time.
    pub fn grenser(&self, make: impl FnOnce() -> Vec<u64>) -> &[u64] {
        self.grenser.get_or_init(make)
    }

    /// Look-ups over the columns; `make` makes them the first time.
    pub fn oppslag(&self, make: impl FnOnce() -> Oppslag) -> &Oppslag {
        self.oppslag.get_or_init(make)
    }

    /// The plan of `year`; `make` makes it when it is not kept.
    pub fn year(&self, year: i16, make: impl FnOnce() -> Vec<Kandidat>) -> Arc<[Kandidat]> {
        let mut years = self.years.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = years.get(&year) {
            return plan.clone();
        }
        let plan: Arc<[Kandidat]> = make().into();
        if years.len() >= KEPT {
            // The year farthest away is the one least likely to be asked for.
            let farthest = years.keys().copied().max_by_key(|kept| (i32::from(*kept) - i32::from(year)).abs());
            farthest.map(|kept| years.remove(&kept));
        }
        years.insert(year, plan.clone());
        plan
    }
}
