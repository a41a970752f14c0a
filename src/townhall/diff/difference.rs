//! What a difference between two worlds is, in the words of the domain.

use crate::clock::{Dato, Instant, Mode};
use crate::town::model::{Gradering, Sivilstand};
use crate::town::state::{Person, Status, Tjeneste};

/// One thing in the first world and in the second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pair<T> {
    /// In the first.
    pub a: T,
    /// In the second.
    pub b: T,
}

impl<T> Pair<T> {
    pub(super) fn of<S>(towns: &Pair<S>, read: impl Fn(&S) -> T) -> Self {
        Self { a: read(&towns.a), b: read(&towns.b) }
    }

    /// The pair as `map` sees it.
    pub fn map<S>(self, mut map: impl FnMut(T) -> S) -> Pair<S> {
        Pair { a: map(self.a), b: map(self.b) }
    }

    pub(super) fn differs(self) -> Option<Self>
    where
        T: PartialEq,
    {
        (self.a != self.b).then_some(self)
    }
}

/// Which of the two worlds has something the other has not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

/// A citizen, as a difference names one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Borger {
    /// Identity number.
    pub nummer: String,
    /// Full name.
    pub navn: String,
}

impl Borger {
    pub(super) fn of(person: &Person<'_>) -> Self {
        Self { nummer: person.nummer().to_string(), navn: person.navn().full() }
    }
}

/// One difference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Difference {
    /// The clocks.
    Klokke(Pair<Instant>),
    /// How the clocks move.
    Modus(Pair<Mode>),
    /// Somebody had a child in one world only.
    FikkBarn {
        /// Where.
        side: Side,
        /// The mother.
        forelder: Borger,
        /// The child.
        barn: Borger,
        /// Its date of birth.
        foedselsdato: Dato,
    },
    /// Somebody else came in one world only.
    Kom {
        /// Where.
        side: Side,
        /// Who.
        person: Borger,
    },
    /// Somebody is dead in one world only.
    Doedsfall {
        /// Where.
        side: Side,
        /// Who.
        person: Borger,
    },
    /// Two names.
    Navn {
        /// Whose, as the first world has it.
        person: Borger,
        /// The full names.
        navn: Pair<String>,
    },
    /// Two civil statuses.
    Sivilstand {
        /// Whose.
        person: Borger,
        /// Status and spouse.
        sivilstand: Pair<(Sivilstand, Option<String>)>,
    },
    /// Two homes.
    Flyttet {
        /// Whose.
        person: Borger,
        /// The addresses; none when the home may not be shown.
        adresse: Option<Pair<String>>,
    },
    /// Two gradings.
    Gradering {
        /// Whose.
        person: Borger,
        /// The gradings.
        gradering: Pair<Gradering>,
    },
    /// Reserved against digital communication in one world only.
    Reservert {
        /// Where.
        side: Side,
        /// Who.
        person: Borger,
    },
    /// Other contact data differ.
    Kontaktdata {
        /// Whose.
        person: Borger,
    },
    /// Two kindergartens, by organisation number.
    Barnehage {
        /// The child.
        person: Borger,
        /// Where it has a place.
        barnehage: Pair<Option<String>>,
    },
    /// Other facts of the population register differ.
    Folkeregister {
        /// Whose.
        person: Borger,
    },
    /// A message that is in one world only.
    NyMelding {
        /// Where.
        side: Side,
        /// To whom.
        til: Option<Borger>,
        /// Its subject, when it has one.
        tittel: Option<String>,
    },
    /// A message that has come to another point.
    Melding {
        /// To whom.
        til: Option<Borger>,
        /// Its subject, when it has one.
        tittel: Option<String>,
        /// The last statuses.
        status: Pair<Option<Status>>,
        /// Whether the citizen opened it.
        lest: Pair<bool>,
    },
    /// A client that is registered in one world only.
    NyKlient {
        /// Where.
        side: Side,
        /// Its service.
        tjeneste: Tjeneste,
        /// Its id.
        client_id: String,
    },
    /// A client that is registered differently.
    Klient {
        /// Its service.
        tjeneste: Tjeneste,
        /// Its id.
        client_id: String,
    },
}
