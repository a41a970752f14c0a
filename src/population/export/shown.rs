//! What of a town may be shown, and by which names.

use super::{Value, text};
use crate::base::TextId;
use crate::town::model::{
    Base, BoligId, BygningId, DayNo, EiendomId, Gradering, HusstandId, INGEN_GATE, Organisasjonsform, PersonId,
    VirksomhetId,
};

/// A town, or a part of a country, as others may see it.
pub struct Shown<'a> {
    /// Its columns.
    pub base: &'a Base,
    /// People whose home nobody may know, and those they live with.
    strict: Vec<bool>,
    /// Dwellings where one of them lives.
    secret: Vec<bool>,
    /// Organisations whose place would say where one of them lives.
    placeless: Vec<bool>,
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
            if let Some(husstand) = base.personer.husstand[row.person.index()].some() {
                base.medlemmer_of(husstand).iter().for_each(|member| strict[member.index()] = true);
            }
        }
        let mut secret = vec![false; base.boliger.gate.len()];
        for person in (0..strict.len()).filter(|&person| strict[person]).map(PersonId::at) {
            if let Some(bolig) = current_home(base, person) {
                secret[bolig.index()] = true;
            }
        }
        let placeless = placeless(base, &strict, &secret);
        let first_id = i64::try_from(part).expect("some parts") * ROWS_OF_PART;
        Self { base, strict, secret, placeless, first_id }
    }

    /// Whether the home of `person` must not be known: strictly confidential, or living with somebody who is.
    #[must_use]
    pub fn is_strict(&self, person: PersonId) -> bool {
        person.some().is_some_and(|person| self.strict[person.index()])
    }

    /// Whether somebody strictly confidential lives in `bolig`: nobody is said to live or have lived there.
    #[must_use]
    pub fn is_secret(&self, bolig: BoligId) -> bool {
        bolig.some().is_some_and(|bolig| self.secret[bolig.index()])
    }

    /// Where `virksomhet` is, unless that would say where somebody strictly confidential lives.
    #[must_use]
    pub fn place(&self, virksomhet: VirksomhetId) -> BygningId {
        let row = virksomhet.index();
        if self.placeless[row] { BygningId::NONE } else { self.base.virksomheter[row].bygning }
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
        current_home(self.base, person).filter(|bolig| !self.is_strict(person) && !self.is_secret(*bolig))
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

fn current_home(base: &Base, person: PersonId) -> Option<BoligId> {
    let spell = base.bosteder[base.bosteder_of(person).last()?.index()];
    if spell.til == DayNo::NONE { spell.bolig.some() } else { None }
}

/// Organisations in which a person of `strict` has a role or shares, or whose building holds a dwelling of `secret`; with
/// them the units above and below.
fn placeless(base: &Base, strict: &[bool], secret: &[bool]) -> Vec<bool> {
    let mut buildings = vec![false; base.bygninger.len()];
    for home in (0..secret.len()).filter(|&home| secret[home]) {
        if let Some(bygning) = base.boliger.bygning.get(home).and_then(|bygning| bygning.some()) {
            buildings[bygning.index()] = true;
        }
    }
    let units = &base.virksomheter;
    let mut placeless: Vec<bool> =
        units.iter().map(|unit| unit.bygning.some().is_some_and(|bygning| buildings[bygning.index()])).collect();
    let roles = base.roller.iter().map(|row| (row.person, row.virksomhet));
    for (person, unit) in roles.chain(base.aksjer.iter().map(|row| (row.person, row.virksomhet))) {
        // The municipality's own places are known to all.
        let municipal = units[unit.index()].form == Organisasjonsform::Komm;
        if !municipal && person.some().is_some_and(|person| strict[person.index()]) {
            placeless[unit.index()] = true;
        }
    }
    let above: Vec<usize> = units
        .iter()
        .zip(&placeless)
        .filter(|(_, placeless)| **placeless)
        .filter_map(|(unit, _)| unit.overordnet.some())
        .map(VirksomhetId::index)
        .filter(|&unit| !matches!(units[unit].form, Organisasjonsform::Komm | Organisasjonsform::Orgl))
        .collect();
    above.into_iter().for_each(|unit| placeless[unit] = true);
    let below: Vec<usize> = (0..units.len())
        .filter(|&unit| units[unit].overordnet.some().is_some_and(|over| placeless[over.index()]))
        .collect();
    below.into_iter().for_each(|unit| placeless[unit] = true);
    placeless
}
