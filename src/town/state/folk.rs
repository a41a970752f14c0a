//! Sub-state of the population register: what has changed about people and households since the base.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::{Dokumenter, Flom, PageTable, Person, Town};
use crate::base::{Foedselsnummer, Kjoenn, Orgnummer, OriginKey};
use crate::clock::Dato;
use crate::town::model::{
    BoligId, DayNo, Entry, Hendelsesart, HusstandId, Identitetsflom, Lesere, LevdeSlik, PersonId, PersonKey,
    Registrering, Vergemaalsslag,
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
    pub beboere: PageTable<i32>,
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
    /// People of the base whose sex or birth is not what the columns say.
    pub foedsel_endret: OrdSet<PersonId>,
    /// Guardians in this world, each with those they act for.
    pub verger: OrdMap<(PersonId, PersonId), Vergemaalsslag>,
    /// Event and person documents of this world's feed.
    pub dokumenter: Dokumenter,
}

impl Folk {
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

impl Town {
    /// How many households there are or have been, in the base and since.
    #[must_use]
    pub fn husstand_count(&self) -> usize {
        self.base.husstander.slag.len() + self.folk.nye_husstander
    }

    /// How many residents live in `bolig`.
    #[must_use]
    pub fn beboere(&self, bolig: BoligId) -> i32 {
        let base = i32::from(self.base.beboere()[bolig.index()]);
        base + self.folk.beboere.get(bolig.index()).copied().unwrap_or(0)
    }

    /// Sex and date of birth of the person at `id`: of most people without a look at what has happened to them.
    #[must_use]
    pub fn kjoenn_og_foedselsdato(&self, id: PersonId) -> (Kjoenn, Dato) {
        let columns = &self.base.personer;
        match (columns.kjoenn.get(id.index()), columns.foedselsdato.get(id.index())) {
            (Some(kjoenn), Some(foedt)) if !self.folk.foedsel_endret.contains(&id) => (*kjoenn, foedt.dato()),
            _ => {
                let person = self.person(id);
                (person.kjoenn(), person.foedselsdato())
            }
        }
    }

    /// Dwellings nobody lives in, by [`leterekke`](crate::town::model::leterekke).
    #[must_use]
    pub fn ledige(&self) -> &imbl::OrdMap<u32, BoligId> {
        self.folk.ledige.as_ref().unwrap_or_else(|| self.base.oppslag().ledige())
    }

    /// Members of `husstand` now.
    #[must_use]
    pub fn medlemmer_of(&self, husstand: HusstandId) -> Vec<Person<'_>> {
        match self.folk.husstander.get(husstand.index()) {
            Some(changes) => changes.medlemmer.iter().map(|&id| self.person(id)).collect(),
            None => self.base.medlemmer_of(husstand).iter().map(|&id| self.person(id)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::town::event::FolkEvent;
    use crate::town::model::tests_town::TestTown;
    use crate::town::model::tests_town::rolle::{KARI, OLA};
    use crate::town::model::{Endring, Endringsslag, Fact, FactId, Hendelsestype, NyFact};
    use crate::town::{Event, apply};

    /// The town after the register has been told `fact` of `person`.
    fn told(town: &mut Town, person: PersonId, fact: Fact) {
        let id = FactId::of_world(OriginKey(u128::from(fact.element())), town.key_of(person), 0);
        let ny = Some(NyFact { id, fact, gyldig_fra: None });
        let change = Registrering {
            person: town.key_of(person),
            slag: Hendelsestype::EndringIFoedsel,
            registrert: town.now(),
            kilde: "KILDE_DSF".into(),
            aarsak: "Test".into(),
            endringer: vec![Endring { slag: Endringsslag::Korrigere, ny, gammel: None }],
        };
        apply(town, &Event::Folk(FolkEvent::Registrert(change.into())));
    }

    #[test]
    fn sex_and_birth_at_first_sight_are_those_of_the_person() {
        let mut town = Town::new(Arc::new(TestTown::eksempel()));
        let origin = OriginKey(5);
        apply(&mut town, &Event::Folk(FolkEvent::PersonKom { origin, husstand: None }));
        let newcomer = town.id_of(PersonKey::World(origin)).unwrap();
        let other = |kjoenn| if kjoenn == Kjoenn::Mann { Kjoenn::Kvinne } else { Kjoenn::Mann };
        let born = |dato| Fact::Foedsel { dato, her: true, land: crate::town::model::Landkode::NOR };
        let (kari, ola) = (town.person(KARI).kjoenn(), town.person(OLA).foedselsdato());
        told(&mut town, newcomer, Fact::Kjoenn(Kjoenn::Mann));
        told(&mut town, newcomer, born(DayNo(20_000)));
        told(&mut town, KARI, Fact::Kjoenn(other(kari)));
        told(&mut town, OLA, born(DayNo(DayNo::of(ola).0 + 1)));
        for person in town.people() {
            assert_eq!(town.kjoenn_og_foedselsdato(person.id), (person.kjoenn(), person.foedselsdato()), "{person:?}");
        }
        assert_eq!(town.kjoenn_og_foedselsdato(KARI).0, other(kari));
        assert_ne!(town.kjoenn_og_foedselsdato(OLA).1, ola);
    }
}
