//! The register under construction: rows with what is known of them so far.

use std::collections::BTreeMap;

use super::folk::{Folk, Koe};
use super::navn::Navn;
use super::tabeller::{Tabeller, tabeller};
use crate::base::{Orgnummer, StreamKey, TextId};
use crate::population::streams::Given;
use crate::town::model::{
    BeskyttelseRow, BygningId, Bygningstype, Gradering, Organisasjonsform, PersonId, Virksomhet, VirksomhetId,
    Virksomhetsslag,
};

/// Rows of the register under construction.
pub(super) struct Verk<'a> {
    pub given: Given<'a>,
    pub tables: &'static Tabeller,
    pub folk: &'a Folk<'a>,
    pub navn: Navn<'a>,
    pub rows: Vec<Virksomhet>,
    /// The proprietor of each row, of sole traders only.
    pub owners: Vec<PersonId>,
    /// Whether each row is a public body.
    pub public: Vec<bool>,
    /// Proprietors in the order they start.
    pub starters: Koe<'a>,
    /// Buildings without dwellings by type.
    buildings: BTreeMap<Bygningstype, Vec<BygningId>>,
    /// Stands in a row until all numbers are given.
    no_number: Orgnummer,
}

impl<'a> Verk<'a> {
    pub fn new(folk: &'a Folk<'a>, given: Given<'a>, starters: Koe<'a>) -> Self {
        let mut buildings: BTreeMap<Bygningstype, Vec<BygningId>> = BTreeMap::new();
        for (place, building) in folk.base.bygninger.iter().enumerate() {
            if building.slag > Bygningstype::Fritidsbolig {
                buildings.entry(building.slag).or_default().push(BygningId::at(place));
            }
        }
        let no_number = (31_000_000..).find_map(Orgnummer::compose).expect("ten of eleven bodies are usable");
        Self {
            given,
            tables: tabeller(),
            folk,
            navn: Navn::new(folk, given),
            rows: Vec::new(),
            owners: Vec::new(),
            public: Vec::new(),
            starters,
            buildings,
            no_number,
        }
    }

    /// The key of streams about organisations by position.
    pub fn key(&self, purpose: &'static str) -> StreamKey {
        self.given.streams.key(crate::base::Domain::Virksomhet, purpose)
    }

    /// A new unit called `name`.
    pub fn add(
        &mut self,
        form: Organisasjonsform,
        slag: Virksomhetsslag,
        code: u32,
        name: &str,
        public: bool,
    ) -> VirksomhetId {
        let navn = self.navn.push(name);
        self.add_named(form, slag, code, navn, public)
    }

    /// A new unit with a name that is there already.
    pub fn add_named(
        &mut self,
        form: Organisasjonsform,
        slag: Virksomhetsslag,
        naeringskode: u32,
        navn: TextId,
        public: bool,
    ) -> VirksomhetId {
        let id = VirksomhetId::at(self.rows.len());
        self.rows.push(Virksomhet { form, naeringskode, ..Virksomhet::ny(self.no_number, navn, slag) });
        self.owners.push(PersonId::NONE);
        self.public.push(public);
        id
    }

    /// The position of the industry with `code`.
    pub fn industry(&self, code: u32) -> usize {
        self.tables.industries.iter().position(|industry| industry.code == code).expect("a code of the table")
    }

    /// Puts the row at `unit` into the `nth` building of `kind`, counted around.
    pub fn in_building(&mut self, unit: usize, kind: Bygningstype, nth: usize) {
        if let Some(kinds) = self.buildings.get(&kind).filter(|kinds| !kinds.is_empty()) {
            self.rows[unit].bygning = kinds[nth % kinds.len()];
        }
    }

    /// Puts the row at `unit` under `parent` with `jobs`, which count for all levels above too.
    pub fn place_under(&mut self, unit: usize, parent: usize, jobs: u16) {
        self.rows[unit].overordnet = VirksomhetId::at(parent);
        self.rows[unit].ansatte = jobs;
    }

    /// The building of somebody's last home, unless it must not be known: somebody strictly protected may have moved in
    /// where an owner died.
    pub fn home_of(&self, person: PersonId) -> BygningId {
        let base = self.folk.base;
        if !self.folk.is_open(person) {
            return BygningId::NONE;
        }
        let last = |person: PersonId| {
            base.bosteder_of(person).last().and_then(|spell| base.bosteder[spell.index()].bolig.some())
        };
        let Some(home) = last(person) else { return BygningId::NONE };
        let strict = |row: &&BeskyttelseRow| row.gradering == Gradering::StrengtFortrolig;
        let is_secret = base.beskyttelser.iter().filter(strict).any(|row| last(row.person) == Some(home));
        if is_secret { BygningId::NONE } else { base.boliger.bygning[home.index()] }
    }
}
