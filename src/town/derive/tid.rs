//! When the register learnt of a change (`ajourholdstidspunkt`).
//!
//! The delay is drawn from the stream of the *change*, once, never from who asks (`specs/core.md` §2.6): both spouses
//! of a wedding and both parents of a birth get the same instant, which is also how their rows find together in the
//! feed.

use crate::base::{Domain, Purpose, Stream, StreamKey};
use crate::clock::{Dato, Instant};
use crate::town::model::{Base, DayNo, Landkode, PersonId, SpellId};

/// First day of the national register of birth numbers: 1 October 1964.
const FOERSTE_DAG: DayNo = DayNo(-1_918);
/// First day of the modernised register that registers under its own sources: 1 January 2020.
const MODERNISERT: DayNo = DayNo(18_262);
/// Most days between a fact and its registration, of any kind; a feed of the last year need not look further back.
pub(super) const MAX_DAGER: i32 = 14;
/// Milliseconds of an hour.
const TIME_MS: u64 = 3_600_000;

/// Which register took the change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Era {
    /// Before birth numbers: migrated as base population.
    Foer,
    /// The old register.
    Gammel,
    /// The modernised register.
    Modernisert,
}

impl Era {
    pub(super) fn of(dag: DayNo) -> Self {
        match dag {
            dag if dag < FOERSTE_DAG => Self::Foer,
            dag if dag < MODERNISERT => Self::Gammel,
            _ => Self::Modernisert,
        }
    }
}

/// One change as a whole, on all people it concerns.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Sak {
    /// A person comes into the register; also the relations that come with it.
    Opprettet(PersonId),
    /// The `n`-th name of a person.
    Navn(PersonId, u8),
    /// A move, of everybody who shares the spell.
    Flyttet(SpellId),
    /// A civil status, of both spouses: the one first in the columns names it.
    Sivilstand(PersonId, DayNo),
    /// A change of responsibility for a child.
    Ansvar(PersonId, DayNo),
    /// Protection.
    Beskyttet(PersonId),
    /// Emigration.
    Utflyttet(PersonId, DayNo),
    /// Death, and what it does to others.
    Doed(PersonId),
    /// A wrong death is annulled.
    DoedsfallAnnullert(PersonId),
    /// A move to Norway of somebody the register knows already.
    Innflyttet(PersonId, DayNo),
    /// A citizenship gained or given up.
    Borger(PersonId, DayNo),
    /// Another identity number.
    Nummer(PersonId, DayNo),
    /// A D-number becomes inactive.
    Inaktiv(PersonId),
    /// A guardianship.
    Verge(PersonId, DayNo),
    /// A second home of a child.
    DeltBosted(PersonId),
    /// A stillborn child of this mother.
    Doedfoedt(PersonId, DayNo),
    /// The contact of an estate.
    Doedsbo(PersonId),
    /// The permit with this number.
    Opphold(PersonId, u8),
    /// A stay elsewhere than at home.
    AnnetSted(PersonId),
    /// Sámi language and electoral roll.
    Samisk(PersonId),
}

impl Sak {
    /// A number of its own for each change: kind, owner, date. Stands for the transaction in the order of the feed.
    pub(super) fn noekkel(self) -> u64 {
        let pack = |slag: u64, eier: u32, rest: u64| slag << 56 | u64::from(eier) << 24 | rest;
        let dag = |dag: DayNo| u64::from((dag.0 + (1 << 23)).cast_unsigned() & 0x00ff_ffff);
        match self {
            Self::Opprettet(person) => pack(1, person.0, 0),
            Self::Navn(person, nummer) => pack(2, person.0, u64::from(nummer)),
            Self::Flyttet(spell) => pack(3, spell.0, 0),
            Self::Sivilstand(person, dato) => pack(4, person.0, dag(dato)),
            Self::Ansvar(person, dato) => pack(5, person.0, dag(dato)),
            Self::Beskyttet(person) => pack(6, person.0, 0),
            Self::Utflyttet(person, dato) => pack(7, person.0, dag(dato)),
            Self::Doed(person) => pack(8, person.0, 0),
            Self::DoedsfallAnnullert(person) => pack(19, person.0, 0),
            // First of all: moves that are heard of at the same time come after the arrival.
            Self::Innflyttet(person, dato) => pack(0, person.0, dag(dato)),
            Self::Borger(person, dato) => pack(9, person.0, dag(dato)),
            Self::Nummer(person, dato) => pack(10, person.0, dag(dato)),
            Self::Inaktiv(person) => pack(11, person.0, 0),
            Self::Verge(person, dato) => pack(12, person.0, dag(dato)),
            Self::DeltBosted(person) => pack(13, person.0, 0),
            Self::Doedfoedt(person, dato) => pack(14, person.0, dag(dato)),
            Self::Doedsbo(person) => pack(15, person.0, 0),
            Self::Opphold(person, nummer) => pack(16, person.0, u64::from(nummer)),
            Self::AnnetSted(person) => pack(17, person.0, 0),
            Self::Samisk(person) => pack(18, person.0, 0),
        }
    }

    /// Fewest and most days until the register knows.
    fn dager(self) -> (i32, i32) {
        match self {
            Self::Opprettet(_) | Self::Doed(_) | Self::Doedfoedt(..) | Self::Doedsbo(_) | Self::Nummer(..) => (1, 4),
            Self::Navn(..) | Self::Beskyttet(_) | Self::DoedsfallAnnullert(_) | Self::Inaktiv(_) => (0, 1),
            Self::Flyttet(_) | Self::Innflyttet(..) | Self::DeltBosted(_) | Self::AnnetSted(_) | Self::Samisk(_) => {
                (0, 8)
            }
            Self::Sivilstand(..)
            | Self::Ansvar(..)
            | Self::Utflyttet(..)
            | Self::Borger(..)
            | Self::Verge(..)
            | Self::Opphold(..) => (1, MAX_DAGER),
        }
    }
}

/// Draws register times of one base.
#[derive(Clone, Copy)]
pub(super) struct Registertid<'a> {
    pub(super) base: &'a Base,
    streams: StreamKey,
}

impl<'a> Registertid<'a> {
    pub(super) fn new(base: &'a Base) -> Self {
        let header = &base.header;
        let streams = StreamKey::new(header.seed, header.schema, Domain::Faktum, Purpose("ajourholdstidspunkt"));
        Self { base, streams }
    }

    /// When the register learnt that `sak` happened on `dato`: some days later within office hours, and before the
    /// town's first instant. What is older than the register came into it all at once.
    pub(super) fn av(&self, sak: Sak, dato: DayNo) -> Instant {
        if Era::of(dato) == Era::Foer {
            return Instant::midnight(FOERSTE_DAG.dato());
        }
        let mut stream = self.streams.at(sak.noekkel());
        let (fewest, most) = sak.dager();
        let days = i32::try_from(stream.uniform((most - fewest + 1).unsigned_abs().into())).expect("few days") + fewest;
        let time = office_hours(&mut stream, DayNo(dato.0 + days).dato());
        let start = self.base.header.start;
        if time < start { time } else { last_moment(&mut stream, dato.dato(), start) }
    }

    /// The day somebody entered the register: by birth in Norway, with a D-number when it was issued, else by the first
    /// move to Norway or the first home here.
    pub(super) fn opprettet_dato(&self, person: PersonId) -> DayNo {
        let people = &self.base.personer;
        let born = people.foedselsdato[person.index()];
        if people.foedeland[person.index()] == Landkode::NOR && !people.nummer[person.index()].is_d_number() {
            return born;
        }
        if let Some(issued) = self.base.dnummer_of(person) {
            return issued.max(born);
        }
        let came = self.base.innflyttinger_of(person).first().map(|row| row.dato);
        let first = || self.base.bosteder_of(person).first().map(|spell| self.base.bosteder[spell.index()].fra);
        came.or_else(first).map_or(born, |day| day.max(born))
    }

    /// When somebody was registered.
    pub(super) fn opprettet(&self, person: PersonId) -> Instant {
        self.av(Sak::Opprettet(person), self.opprettet_dato(person))
    }

    /// When a death was registered: never before the person was.
    pub(super) fn doed(&self, person: PersonId, dato: DayNo) -> Instant {
        self.av(Sak::Doed(person), dato).max(self.opprettet(person))
    }
}

fn office_hours(stream: &mut Stream, dato: Dato) -> Instant {
    let millis = 7 * TIME_MS + stream.uniform(10 * TIME_MS);
    Instant::midnight(dato).plus_millis(i64::try_from(millis).expect("less than a day"))
}

/// Some instant between the fact and the town's first; the one before the first when there is nothing between.
fn last_moment(stream: &mut Stream, dato: Dato, start: Instant) -> Instant {
    let from = Instant::midnight(dato);
    match u64::try_from(start.millis() - from.millis()) {
        Ok(room @ 1..) => from.plus_millis(i64::try_from(stream.uniform(room)).expect("days at most")),
        _ => start.plus_millis(-1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::town::model::tests_town::{TestTown, dag};

    #[test]
    fn eras_begin_on_their_days() {
        assert_eq!(dag(1964, 10, 1), FOERSTE_DAG);
        assert_eq!(dag(2020, 1, 1), MODERNISERT);
        assert_eq!(Era::of(dag(1964, 9, 30)), Era::Foer);
        assert_eq!(Era::of(dag(2019, 12, 31)), Era::Gammel);
    }

    #[test]
    fn keys_of_different_changes_differ() {
        let (one, two) = (PersonId(1), PersonId(2));
        let (day, next) = (dag(1940, 4, 9), dag(1940, 4, 10));
        let all = [
            Sak::Opprettet(one),
            Sak::Opprettet(two),
            Sak::Navn(one, 1),
            Sak::Navn(one, 2),
            Sak::Flyttet(SpellId(1)),
            Sak::Sivilstand(one, day),
            Sak::Sivilstand(one, next),
            Sak::Sivilstand(two, day),
            Sak::Ansvar(one, day),
            Sak::Beskyttet(one),
            Sak::Utflyttet(one, day),
            Sak::Utflyttet(one, next),
            Sak::Innflyttet(one, day),
            Sak::Borger(one, day),
            Sak::Nummer(one, day),
            Sak::Inaktiv(one),
            Sak::Verge(one, day),
            Sak::DeltBosted(one),
            Sak::Doedfoedt(one, day),
            Sak::Doedsbo(one),
            Sak::Opphold(one, 1),
            Sak::AnnetSted(one),
            Sak::Samisk(one),
            Sak::DoedsfallAnnullert(one),
            Sak::Doed(one),
        ];
        let keys: std::collections::BTreeSet<u64> = all.iter().map(|sak| sak.noekkel()).collect();
        assert_eq!(keys.len(), all.len());
    }

    #[test]
    fn the_register_learns_later_but_before_the_first_day() {
        let base = TestTown::eksempel();
        let tid = Registertid::new(&base);
        for owner in 0..500 {
            for sak in [
                Sak::Opprettet(PersonId(owner)),
                Sak::Flyttet(SpellId(owner)),
                Sak::Utflyttet(PersonId(owner), dag(2026, 3, 1)),
            ] {
                let time = tid.av(sak, dag(2026, 3, 1));
                assert!(time >= Instant::midnight(dag(2026, 3, 1).dato()), "{sak:?}: {time}");
                assert!(time < Instant::midnight(dag(2026, 3, 2 + 14).dato()), "{sak:?}: {time}");
                let late = tid.av(sak, dag(2027, 1, 4));
                assert!(late < base.header.start, "{sak:?}: {late}");
                assert!(late >= Instant::midnight(dag(2027, 1, 4).dato()), "{sak:?}: {late}");
            }
        }
    }
}
