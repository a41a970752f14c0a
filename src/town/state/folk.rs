//! Sub-state of the population register: what has changed about people and households since the base.

use std::sync::Arc;

use imbl::OrdMap;

use super::{Flom, PageTable};
use crate::base::{Foedselsnummer, Orgnummer, OriginKey};
use crate::town::model::{
    BoligId, DayNo, DocumentId, Entry, Hendelsesart, HusstandId, Identitetsflom, Lesere, LevdeSlik, PersonId,
    PersonKey, Registrering, Vergemaalsslag,
};

/// What a world knows about a person beyond the base.
#[derive(Clone, Debug)]
pub struct PersonChanges {
    /// What events call the person.
    pub key: PersonKey,
    /// Entries made, corrected or ended here. An entry with the id of a base entry takes its place.
    pub entries: Vec<Entry>,
    /// Household since it changed here, [`HusstandId::NONE`] for none any more; base people keep the base's until then.
    pub husstand: Option<HusstandId>,
    /// Dwellings moved to here, with the day, in order; none for a home outside the municipality, or the end of life.
    pub flyttinger: Vec<(DayNo, Option<BoligId>)>,
    /// Who is lived with as a couple, when that changed here: `Some(None)` for nobody any more.
    pub partner: Option<Option<PersonKey>>,
    /// Kindergarten attended, when that changed here: `Some(None)` for none any more.
    pub barnehage: Option<Option<Orgnummer>>,
    /// Kept from chance by a scenario (`specs/core.md` §4).
    pub holdt: bool,
    /// Rows of the world's feed that are about this person, ascending; floods have theirs beside.
    pub rader: Vec<u32>,
}

impl PersonChanges {
    /// The dwelling since it changed here: `Some(None)` for a home outside the municipality, or none.
    #[must_use]
    pub fn hjem(&self) -> Option<Option<BoligId>> {
        self.flyttinger.last().map(|(_, bolig)| *bolig)
    }

    /// No changes yet, for the person called `key`.
    #[must_use]
    pub fn new(key: PersonKey) -> Self {
        Self {
            key,
            entries: Vec::new(),
            husstand: None,
            flyttinger: Vec::new(),
            partner: None,
            barnehage: None,
            holdt: false,
            rader: Vec::new(),
        }
    }
}

/// What a world knows about a household beyond the base: its members now.
#[derive(Clone, Debug)]
pub struct HusstandChanges {
    /// Members in order: those of the base that remain, then newcomers.
    pub medlemmer: Vec<PersonId>,
}

/// A life event that can be annulled.
#[derive(Clone, Debug)]
pub struct Spor {
    /// Place of its first register change in the world's feed.
    pub rad: usize,
    /// How many there are.
    pub rader: u16,
    /// How people lived before: of a death the one who died, of a move everybody who moved.
    pub foer: Arc<[(PersonKey, LevdeSlik)]>,
}

/// Sub-state of the population register.
#[derive(Clone, Debug, Default)]
pub struct Folk {
    /// Changes by position of the person.
    pub people: PageTable<Arc<PersonChanges>>,
    /// Changes by position of the household.
    pub husstander: PageTable<Arc<HusstandChanges>>,
    /// How many people came after the base.
    pub newcomers: usize,
    /// How many households were formed after the base.
    pub nye_husstander: usize,
    /// Residents of each dwelling beyond those of the base; negative when more moved out than in.
    pub beboere: OrdMap<BoligId, i32>,
    /// Dwellings nobody lives in, by where they stand when one is looked for; those of the base until somebody moves.
    pub ledige: Option<OrdMap<u32, BoligId>>,
    /// Newcomers by the key of their cause.
    pub by_origin: OrdMap<OriginKey, PersonId>,
    /// Identity numbers given in this world.
    pub by_nummer: OrdMap<Foedselsnummer, PersonId>,
    /// Places taken in each kindergarten beyond those of the base; negative when more were given up.
    pub barnehageplasser: OrdMap<Orgnummer, i64>,
    /// Register changes made in this world, in order of the log: the feed behind the base's.
    pub feed: PageTable<Arc<Registrering>>,
    /// What each circle of readers without full rights has seen of `feed` up to each row.
    pub feed_sett: PageTable<[u32; 4]>,
    /// How many there are, with the floods.
    pub feed_len: usize,
    /// Floods by their first row of `feed`, where their rows are empty.
    pub flommer: OrdMap<usize, Arc<Flom>>,
    /// The last life event of each kind that can be annulled, by whom it was of.
    pub spor: OrdMap<(PersonKey, Hendelsesart), Spor>,
    /// Guardians in this world, each with those they act for.
    pub verger: OrdMap<(PersonId, PersonId), Vergemaalsslag>,
    /// Event and person documents of this world's feed by id.
    pub documents: OrdMap<[u8; 16], u32>,
}

impl Folk {
    /// The row of `feed` behind document `id`.
    #[must_use]
    pub fn document(&self, id: DocumentId) -> Option<usize> {
        self.documents.get(&id.0).map(|&row| row as usize)
    }
    /// The flood that `row` of `feed` belongs to.
    #[must_use]
    pub fn flom_ved(&self, row: usize) -> Option<&Arc<Flom>> {
        self.flommer.get_prev(&row).map(|(_, flom)| flom).filter(|flom| row < flom.slutt())
    }

    /// What each circle of readers without full rights has seen of the first `rows` of `feed`.
    #[must_use]
    pub fn sett(&self, rows: usize) -> [u32; 4] {
        let Some(last) = rows.checked_sub(1) else { return [0; 4] };
        if let Some(seen) = self.feed_sett.get(last) {
            return *seen;
        }
        let Some(flom) = self.flom_ved(last) else { return [0; 4] };
        let of_flood = u32::try_from(rows - flom.foerste).unwrap_or(u32::MAX);
        let each = Lesere::tell([0; 4], Identitetsflom::SLAG);
        let mut seen = self.sett(flom.foerste);
        for (count, one) in seen.iter_mut().zip(each) {
            *count += of_flood * one;
        }
        seen
    }
}
