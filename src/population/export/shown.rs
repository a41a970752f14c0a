//! What of a town may be shown, and by which names.

use super::{Value, text};
use crate::base::TextId;
use crate::town::model::{
    Base, BoligId, BygningId, DayNo, EiendomId, Gradering, HusstandId, INGEN_GATE, PersonId, VirksomhetId,
};

/// A town, or a part of a country, as others may see it.
pub struct Shown<'a> {
    /// Its columns.
    pub base: &'a Base,
    /// People whose home nobody may know.
    strict: Vec<bool>,
    /// Ids of rows begin here.
    first_id: i64,
}

/// Room for the rows of one table in one part of a country.
const ROWS_OF_PART: i64 = 10_000_000;

impl<'a> Shown<'a> {
    /// The town of `base`, part `part` of a population.
    #[must_use]
    pub fn new(base: &'a Base, part: usize) -> Self {
        let mut strict = vec![false; base.person_count()];
        for row in base.beskyttelser.iter().filter(|row| row.gradering == Gradering::StrengtFortrolig) {
            strict[row.person.index()] = true;
        }
        let first_id = i64::try_from(part).expect("some parts") * ROWS_OF_PART;
        Self { base, strict, first_id }
    }

    /// Whether the home of `person` must not be known.
    #[must_use]
    pub fn is_strict(&self, person: PersonId) -> bool {
        person.some().is_some_and(|person| self.strict[person.index()])
    }

    /// Whether the household lives where nobody may know.
    #[must_use]
    pub fn is_strict_household(&self, husstand: HusstandId) -> bool {
        husstand.some().is_some_and(|husstand| self.base.medlemmer_of(husstand).iter().any(|id| self.is_strict(*id)))
    }

    /// The identity number of `person`.
    pub(super) fn nummer(&self, person: PersonId) -> Value<'a> {
        person.some().map_or(Value::None, |id| Value::Text(self.base.personer.nummer[id.index()].to_string().into()))
    }

    /// The organisation number of `virksomhet`.
    pub(super) fn orgnr(&self, virksomhet: VirksomhetId) -> Value<'a> {
        virksomhet
            .some()
            .map_or(Value::None, |id| Value::Text(self.base.virksomheter[id.index()].orgnr.to_string().into()))
    }

    pub(super) fn tekst(&self, id: TextId) -> Value<'a> {
        if id == TextId(u32::MAX) { Value::None } else { text(self.base.tekst.get(id)) }
    }

    fn id(&self, place: u32) -> Value<'a> {
        if place == u32::MAX { Value::None } else { Value::Int(self.first_id + i64::from(place)) }
    }

    pub(super) fn row_id(&self, row: usize) -> Value<'a> {
        self.id(u32::try_from(row).unwrap_or(u32::MAX))
    }

    pub(super) fn husstand(&self, id: HusstandId) -> Value<'a> {
        self.id(id.0)
    }

    pub(super) fn bolig(&self, id: BoligId) -> Value<'a> {
        self.id(id.0)
    }

    pub(super) fn bygning(&self, id: BygningId) -> Value<'a> {
        self.id(id.0)
    }

    pub(super) fn eiendom(&self, id: EiendomId) -> Value<'a> {
        self.id(id.0)
    }

    /// The dwelling where `person` lives, unless nobody may know.
    pub(super) fn home(&self, person: PersonId) -> Option<BoligId> {
        if self.is_strict(person) {
            return None;
        }
        let spell = self.base.bosteder_of(person).last()?;
        let spell = self.base.bosteder[spell.index()];
        if spell.til == DayNo::NONE { spell.bolig.some() } else { None }
    }

    /// A value of the building or dwelling's street address; none without one.
    pub(super) fn street(&self, gate: u32) -> Value<'a> {
        if gate == INGEN_GATE { Value::None } else { self.tekst(self.base.gater[gate as usize].navn) }
    }

    /// House number with its letter, as written: `14B`.
    pub(super) fn house(gate: u32, number: u16, letter: u8) -> Value<'a> {
        match (gate, letter) {
            (INGEN_GATE, _) => Value::None,
            (_, 0) => Value::Text(number.to_string().into()),
            (_, letter) => Value::Text(format!("{number}{}", char::from(letter)).into()),
        }
    }
}
