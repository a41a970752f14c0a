//! Background life as a world sees it: the shared plan of the base, and the candidates of those who came since, from
//! where the world stands in time. Nothing of this is in the log but that a candidate was taken up.

use std::cell::OnceCell;
use std::sync::Arc;

use imbl::OrdMap;

use super::{DueClass, DueKey, Town};
use crate::base::{Orgnummer, OriginKey};
use crate::clock::Instant;
use crate::town::derive::liv::plan;
use crate::town::model::{Base, Fact, Kandidat, Livsslag, PersonId, PersonKey, VirksomhetId};

/// Whom a candidate is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hvem {
    /// A person.
    Person(PersonKey),
    /// A slot for what comes, by number in the year.
    Plass(u32),
    /// An organisation.
    Enhet(Orgnummer),
}

/// A candidate with its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lodd {
    /// When.
    pub at: Instant,
    /// What.
    pub slag: Livsslag,
    /// About whom.
    pub hvem: Hvem,
    /// The draw, as a fraction of 2^32.
    pub u: u32,
    /// Distinguishes candidates of one kind and person in a year.
    pub ordinal: u8,
    /// The year of the plan.
    pub aar: i16,
}

impl Lodd {
    fn of(base: &Base, aar: i16, begynnelse: Instant, kandidat: &Kandidat) -> Self {
        let hvem = match kandidat.slag {
            slag if slag.is_slot() => Hvem::Plass(kandidat.hvem),
            slag if slag.is_about_unit() => Hvem::Enhet(base.virksomheter[kandidat.hvem as usize].orgnr),
            _ => Hvem::Person(PersonKey::Base(kandidat.hvem)),
        };
        Self::about(hvem, aar, begynnelse, kandidat)
    }

    fn about(hvem: Hvem, aar: i16, begynnelse: Instant, kandidat: &Kandidat) -> Self {
        let at = begynnelse.plus_millis(i64::from(kandidat.sekund) * 1000);
        Self { at, slag: kandidat.slag, hvem, u: kandidat.u, ordinal: kandidat.ordinal, aar }
    }

    /// The key of the cause, equal in every fork.
    #[must_use]
    pub fn origin(&self) -> OriginKey {
        match self.hvem {
            Hvem::Person(person) => plan::origin_of(self.aar, self.slag, self.ordinal, person),
            Hvem::Plass(plass) => plan::origin_of_slot(self.aar, self.slag, plass),
            Hvem::Enhet(orgnr) => plan::origin_of_unit(self.aar, self.slag, orgnr),
        }
    }

    /// Its place among all that is due.
    #[must_use]
    pub fn key(&self) -> DueKey {
        let ordinal = u32::from(self.ordinal);
        DueKey { at: self.at, class: DueClass::Drawn, kind: self.slag.kind(), origin: self.origin(), ordinal }
    }
}

/// Candidates of the people and organisations that came after the base, of one year: a pure function of who they are,
/// kept so that it is made once.
#[derive(Clone, Debug, Default)]
struct Etternoelere {
    aar: i16,
    /// How many newcomers and new organisations are in it.
    talt: (usize, usize),
    lodd: OrdMap<DueKey, Lodd>,
}

impl Etternoelere {
    fn ny(town: &Town, aar: i16) -> Self {
        let mut made = Self { aar, ..Self::default() };
        made.les_paa(town);
        made
    }

    /// Takes in those who have come since.
    fn les_paa(&mut self, town: &Town) {
        for place in self.talt.0..town.folk.newcomers {
            let person = town.person(PersonId::at(town.base.person_count() + place));
            let PersonKey::World(origin) = person.key() else { continue };
            let Some(changes) = town.folk.people.get(person.id.index()) else { continue };
            let birth = changes.entries.iter().find_map(|entry| match entry.fact {
                Fact::Foedsel { dato, land, .. } => Some((dato, land)),
                _ => None,
            });
            let Some((dato, land)) = birth.filter(|_| !person.is_doed()) else { continue };
            let forhold = plan::forhold_of(person.kjoenn(), land);
            let begynnelse = plan::aarets_begynnelse(self.aar);
            for kandidat in plan::of_newcomer(&town.base, origin, forhold, dato.dato().year(), self.aar) {
                let hvem = Hvem::Person(PersonKey::World(origin));
                let lodd = Lodd::about(hvem, self.aar, begynnelse, &kandidat);
                self.lodd.insert(lodd.key(), lodd);
            }
        }
        for place in self.talt.1..town.virksomheter.nye {
            let row = town.virksomhet(VirksomhetId::at(town.base.virksomheter.len() + place));
            let begynnelse = plan::aarets_begynnelse(self.aar);
            for kandidat in plan::of_new_unit(&town.base, row.orgnr, row.form, self.aar) {
                let lodd = Lodd::about(Hvem::Enhet(row.orgnr), self.aar, begynnelse, &kandidat);
                self.lodd.insert(lodd.key(), lodd);
            }
        }
        self.talt = nye(town);
    }
}

/// How many people and organisations came after the base.
fn nye(town: &Town) -> (usize, usize) {
    (town.folk.newcomers, town.virksomheter.nye)
}

/// What a world keeps of the plans of this year and the next. Never part of what it is.
#[derive(Clone, Debug, Default)]
pub struct Livsminne([Etternoelere; 2]);

impl Livsminne {
    fn of(&self, town: &Town, aar: i16) -> Etternoelere {
        match self.0.iter().find(|kept| kept.aar == aar) {
            Some(kept) if kept.talt == nye(town) => kept.clone(),
            Some(kept) => {
                let mut kept = kept.clone();
                kept.les_paa(town);
                kept
            }
            None => Etternoelere::ny(town, aar),
        }
    }
}

impl Town {
    /// Takes the newcomers into the plans, so that whoever asks next need not. Changes nothing anybody can see.
    pub fn les_paa_livet(&mut self) {
        if !self.tid.liv || nye(self) == (0, 0) {
            return;
        }
        let today = self.now().dato();
        // In its last days the next year is looked into with every question.
        let is_ending = (today.month(), today.day()) > (12, 24);
        let wanted = [Some(today.year()), is_ending.then_some(today.year() + 1)];
        let kept = &self.tid.minne.0;
        let is_fresh = |place: usize, aar: i16| kept[place].aar == aar && kept[place].talt == nye(self);
        if wanted.iter().enumerate().all(|(place, aar)| aar.is_none_or(|aar| is_fresh(place, aar))) {
            return;
        }
        let made = wanted.map(|aar| aar.map(|aar| self.tid.minne.of(self, aar)));
        let minne = &mut Arc::make_mut(&mut self.tid).minne.0;
        for (kept, made) in minne.iter_mut().zip(made) {
            if let Some(made) = made {
                *kept = made;
            }
        }
    }

    /// Candidates from now on that have not been passed, behind `after` when given, in the one order of all that is due.
    /// Nothing while background life stands still.
    #[must_use]
    pub fn lodd(&self, after: Option<DueKey>) -> Loddrekke<'_> {
        let passed = self.tid.sist.max(after);
        Loddrekke::new(self, self.now(), passed)
    }

    /// The candidate under `key`, when there is one.
    #[must_use]
    pub fn lodd_under(&self, key: &DueKey) -> Option<Lodd> {
        let mut row = Loddrekke::new(self, key.at, None);
        std::iter::from_fn(|| row.next()).take_while(|lodd| lodd.at == key.at).find(|lodd| lodd.key() == *key)
    }
}

/// Candidates in order of time, the base's and the newcomers' merged, year after year without end.
#[derive(Debug)]
pub struct Loddrekke<'a> {
    town: &'a Town,
    passed: Option<DueKey>,
    aar: i16,
    begynnelse: Instant,
    plan: Arc<[Kandidat]>,
    next: usize,
    nye: OrdMap<DueKey, Lodd>,
    nye_fra: Option<DueKey>,
    /// The next of the newcomers', once it has been looked for.
    naeste_nye: OnceCell<Option<Lodd>>,
}

impl<'a> Loddrekke<'a> {
    fn new(town: &'a Town, from: Instant, passed: Option<DueKey>) -> Self {
        let aar = from.dato().year();
        let mut row = Self {
            town,
            passed,
            aar,
            begynnelse: from,
            plan: Arc::from([]),
            next: 0,
            nye: OrdMap::new(),
            nye_fra: Some(DueKey { at: from, class: DueClass::Scripted, kind: 0, origin: OriginKey(0), ordinal: 0 }),
            naeste_nye: OnceCell::new(),
        };
        if town.tid.liv {
            row.open(aar);
            let gone = from.millis() - row.begynnelse.millis();
            row.next = row.plan.partition_point(|kandidat| i64::from(kandidat.sekund) * 1000 < gone);
        }
        row
    }

    fn open(&mut self, aar: i16) {
        self.aar = aar;
        self.begynnelse = plan::aarets_begynnelse(aar);
        self.plan = plan::plan(&self.town.base, aar);
        self.next = 0;
        self.nye = match nye(self.town) {
            (0, 0) => OrdMap::new(),
            _ => self.town.tid.minne.of(self.town, aar).lodd,
        };
        self.naeste_nye = OnceCell::new();
    }

    fn ny(&self) -> Option<Lodd> {
        *self.naeste_nye.get_or_init(|| match &self.nye_fra {
            Some(from) => self.nye.get_next(from).map(|(_, lodd)| *lodd),
            None => self.nye.get_min().map(|(_, lodd)| *lodd),
        })
    }

    fn is_passed(&self, lodd: &Lodd) -> bool {
        self.passed.is_some_and(|passed| lodd.at < passed.at || lodd.at == passed.at && lodd.key() <= passed)
    }
}

impl Iterator for Loddrekke<'_> {
    type Item = Lodd;

    fn next(&mut self) -> Option<Lodd> {
        if !self.town.tid.liv {
            return None;
        }
        // A town without people has no candidates at all; its years would never end.
        let mut empty_years = 0;
        loop {
            let mine =
                self.plan.get(self.next).map(|kandidat| Lodd::of(&self.town.base, self.aar, self.begynnelse, kandidat));
            let ny = self.ny();
            let (lodd, is_new) = match (mine, ny) {
                (None, None) if empty_years == 3 || self.aar >= 9000 => return None,
                (None, None) => {
                    empty_years += 1;
                    self.nye_fra = None;
                    self.open(self.aar + 1);
                    continue;
                }
                (Some(mine), None) => (mine, false),
                (None, Some(ny)) => (ny, true),
                (Some(mine), Some(ny)) => {
                    let same = (mine.at, mine.slag) == (ny.at, ny.slag);
                    let first = if same { mine.key() < ny.key() } else { (mine.at, mine.slag) < (ny.at, ny.slag) };
                    if first { (mine, false) } else { (ny, true) }
                }
            };
            if is_new {
                // Behind this one: the next key in order.
                let key = lodd.key();
                self.nye_fra = Some(DueKey { ordinal: key.ordinal + 1, ..key });
                self.naeste_nye = OnceCell::new();
            } else {
                self.next += 1;
            }
            if !self.is_passed(&lodd) {
                return Some(lodd);
            }
        }
    }
}
