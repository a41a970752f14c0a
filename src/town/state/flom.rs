//! Floods of a world: very many entries of the feed that one event made. What each says is told from the event and the
//! person when it is asked for, so a flood takes the memory of its list of people and no more.

use std::sync::Arc;

use super::{Person, Town};
use crate::base::{OriginKey, keyed_hash};
use crate::town::model::{
    DocumentId, Endring, Endringsslag, Entry, Fact, FactId, Identitetsflom, Identitetsgrunnlagstatus, Landkode, NyFact,
    PersonId, PersonKey, Registrering, fold,
};

/// Rounds of the permutation that document ids are made with; from four on it is one that cannot be told from chance.
const RUNDER: u64 = 4;
/// Keys of the ids of event documents and person documents.
const DOKUMENTER: [&str; 2] = ["flom/hendelsesdokument", "flom/persondokument"];

/// A flood in the feed of a world.
#[derive(Clone, Debug)]
pub struct Flom {
    /// What happened.
    pub hendelse: Arc<Identitetsflom>,
    /// Its first row in the feed of the world, from 0.
    pub foerste: usize,
    /// Place of the first person of each run of the base.
    begynner: Vec<usize>,
    /// People who came after the base, with their places.
    nye: Vec<(PersonId, usize)>,
    antall: usize,
}

impl Flom {
    /// `hendelse` as it stands in the feed from row `foerste` on; `id_of` knows the newcomers of this world.
    #[must_use]
    pub(in crate::town) fn new(
        hendelse: Arc<Identitetsflom>,
        foerste: usize,
        id_of: impl Fn(OriginKey) -> Option<PersonId>,
    ) -> Self {
        let mut base = 0;
        let begin = |(_, count): &(u32, u32)| {
            let begins = base;
            base += *count as usize;
            begins
        };
        let begynner = hendelse.base.iter().map(begin).collect();
        let places = hendelse.verden.iter().zip(base..);
        let mut nye: Vec<(PersonId, usize)> =
            places.filter_map(|(origin, place)| Some((id_of(*origin)?, place))).collect();
        nye.sort_unstable();
        let antall = hendelse.antall();
        Self { hendelse, foerste, begynner, nye, antall }
    }

    /// The row behind its last one.
    #[must_use]
    pub fn slutt(&self) -> usize {
        self.foerste + self.antall
    }

    /// Who stands at `plass` of it.
    fn person(&self, plass: usize) -> Option<PersonKey> {
        let run = self.begynner.partition_point(|begins| *begins <= plass).checked_sub(1);
        let in_run = run.and_then(|run| {
            let (first, count) = self.hendelse.base[run];
            let step = u32::try_from(plass - self.begynner[run]).ok()?;
            (step < count).then(|| PersonKey::Base(first + step))
        });
        let newcomer = || {
            let base = self.antall - self.hendelse.verden.len();
            plass.checked_sub(base).and_then(|place| self.hendelse.verden.get(place)).copied().map(PersonKey::World)
        };
        in_run.or_else(newcomer)
    }

    /// Where `id` stands in it.
    #[must_use]
    pub fn plass(&self, id: PersonId) -> Option<usize> {
        let run = self.hendelse.base.partition_point(|(first, _)| *first <= id.0).checked_sub(1);
        let in_run = run.and_then(|run| {
            let (first, count) = self.hendelse.base[run];
            (id.0 - first < count).then(|| self.begynner[run] + (id.0 - first) as usize)
        });
        let newcomer = || self.nye.binary_search_by_key(&id, |(id, _)| *id).ok().map(|place| self.nye[place].1);
        in_run.or_else(newcomer)
    }

    /// Ids of the event document and the person document at `plass`. An id can be read back, so nothing is kept for it.
    #[must_use]
    pub fn dokumenter(&self, seed: u64, plass: usize) -> (DocumentId, DocumentId) {
        let [event, person] = DOKUMENTER.map(|what| mix(self.hendelse.noekkel(seed, what), [0, plass as u64]));
        (event, person)
    }

    /// The place whose event document or person document is `id`.
    #[must_use]
    pub fn plass_av(&self, seed: u64, id: DocumentId) -> Option<usize> {
        let place = |what: &&str| {
            let [check, place] = unmix(self.hendelse.noekkel(seed, what), id);
            let place = usize::try_from(place).ok()?;
            (check == 0 && place < self.antall).then_some(place)
        };
        DOKUMENTER.iter().find_map(place)
    }

    /// The register change at `plass`.
    #[must_use]
    pub fn registrering(&self, town: &Town, plass: usize) -> Option<Registrering> {
        let person = town.person_by_key(self.person(plass)?)?;
        Some(self.endring(person.key(), person.foer_flom(self)))
    }

    /// The register change of `person`, who had `gammel` before.
    fn endring(&self, person: PersonKey, gammel: Option<Entry>) -> Registrering {
        let flom = &self.hendelse;
        let ny = NyFact {
            id: flom.fact_id(person),
            fact: Fact::Identitetsgrunnlag(flom.status),
            gyldig_fra: Some(flom.gyldig_fra),
        };
        let gammel = gammel.map(|old| {
            Box::new(Entry { gyldig_til: Some(flom.gyldig_fra), historisk_fra: None, fjernet: None, ..old })
        });
        Registrering {
            person,
            slag: Identitetsflom::SLAG,
            registrert: flom.registrert,
            kilde: flom.kilde.clone(),
            aarsak: flom.aarsak.clone(),
            endringer: vec![Endring { slag: Endringsslag::RegistrereNy, ny: Some(ny), gammel }],
        }
    }
}

/// The basis of identity that stood before `flom`, among `entries` that hold no later flood. `senere` are facts that came
/// after it, maybe at the same instant.
fn stod_foer(flom: &Flom, entries: &[Entry], own: FactId, senere: &[FactId]) -> Option<Entry> {
    let at = flom.hendelse.registrert;
    let stood = |entry: &&Entry| {
        matches!(entry.fact, Fact::Identitetsgrunnlag(_))
            && entry.id != own
            && !senere.contains(&entry.id)
            && entry.registrert <= at
            && entry.fjernet.is_none_or(|gone| gone > at)
            && entry.historisk_fra.is_none_or(|since| since >= at)
    };
    entries.iter().rev().find(stood).cloned()
}

impl Person<'_> {
    /// Floods that reached this person, oldest first.
    fn flommer(&self) -> impl Iterator<Item = &Flom> {
        let id = self.id;
        self.town().folk.flommer.values().map(AsRef::as_ref).filter(move |flom: &&Flom| flom.plass(id).is_some())
    }

    /// Puts the floods that reached this person, up to the one at row `before`, into `entries`, which hold all else.
    pub(super) fn med_flommer(&self, entries: &mut Vec<Entry>, before: usize) {
        for flom in self.flommer().take_while(|flom| flom.foerste < before) {
            let key = self.key();
            let own = flom.hendelse.fact_id(key);
            let old = stod_foer(flom, entries, own, &self.etter(flom));
            // A later change of the world that names the flood's fact has put it among the entries already, as it is now.
            let is_there = entries.iter().any(|entry| entry.id == own);
            let mut change = flom.endring(key, old);
            if is_there {
                change.endringer.iter_mut().for_each(|endring| endring.ny = None);
            }
            fold(entries, &change);
        }
    }

    /// The basis of identity this person had just before `flom`.
    fn foer_flom(&self, flom: &Flom) -> Option<Entry> {
        let entries = self.entries_foer(flom.foerste);
        stod_foer(flom, &entries, flom.hendelse.fact_id(self.key()), &self.etter(flom))
    }

    /// Facts about the basis of identity that changes behind `flom` brought.
    fn etter(&self, flom: &Flom) -> Vec<FactId> {
        let rows = self.changes().map_or(&[][..], |changes| &changes.rader);
        let behind = rows.iter().filter_map(|row| usize::try_from(*row).ok()).filter(|row| *row >= flom.slutt());
        let changes = behind.filter_map(|row| self.town().folk.feed.get(row));
        let new = changes.flat_map(|change| change.endringer.iter().filter_map(|endring| endring.ny.as_ref()));
        new.filter(|ny| matches!(ny.fact, Fact::Identitetsgrunnlag(_))).map(|ny| ny.id).collect()
    }

    /// What the register says now of how well the identity is known.
    #[must_use]
    pub fn identitetsgrunnlag(&self) -> Option<Identitetsgrunnlagstatus> {
        let nothing_else = self.changes().is_none() && !self.kan_ha_identitetsgrunnlag();
        if nothing_else {
            return self.flommer().last().map(|flom| flom.hendelse.status);
        }
        self.entries().iter().rev().filter(|entry| entry.is_gjeldende()).find_map(|entry| match entry.fact {
            Fact::Identitetsgrunnlag(status) => Some(status),
            _ => None,
        })
    }

    /// Whether the columns can give this person a basis of identity: only people who came from elsewhere have one.
    fn kan_ha_identitetsgrunnlag(&self) -> bool {
        let base = &self.town().base;
        self.id.index() >= base.person_count()
            || !base.innflyttinger_of(self.id).is_empty()
            || base.dnummer_of(self.id).is_some()
            || base.personer.foedeland[self.id.index()] != Landkode::NOR
    }
}

/// One round: a number that follows from key, round and half alone.
fn round(key: u64, number: u64, half: u64) -> u64 {
    keyed_hash("flom/runde", &[&key.to_be_bytes(), &number.to_be_bytes(), &half.to_be_bytes()]).word()
}

/// `halves` under a permutation of 128 bits that follows from `key`.
pub(super) fn mix(key: u64, halves: [u64; 2]) -> DocumentId {
    let [mut left, mut right] = halves;
    for number in 0..RUNDER {
        (left, right) = (right, left ^ round(key, number, right));
    }
    DocumentId((u128::from(left) << 64 | u128::from(right)).to_be_bytes())
}

/// What [`mix`] made `id` of.
pub(super) fn unmix(key: u64, id: DocumentId) -> [u64; 2] {
    let half = |bytes: &[u8]| bytes.iter().fold(0, |half: u64, byte| half << 8 | u64::from(*byte));
    let (mut left, mut right) = (half(&id.0[..8]), half(&id.0[8..]));
    for number in (0..RUNDER).rev() {
        (left, right) = (right ^ round(key, number, left), left);
    }
    [left, right]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;
    use crate::town::model::DayNo;

    fn flom() -> Flom {
        let hendelse = Identitetsflom {
            origin: OriginKey(7),
            registrert: Instant::from_millis(0),
            gyldig_fra: DayNo(0),
            kilde: "x".into(),
            aarsak: "y".into(),
            status: Identitetsgrunnlagstatus::Unik,
            base: vec![(3, 2), (9, 1), (20, 4)],
            verden: vec![OriginKey(50), OriginKey(60)],
        };
        let ids = |origin: OriginKey| match origin.0 {
            50 => Some(PersonId(101)),
            60 => Some(PersonId(100)),
            _ => None,
        };
        Flom::new(Arc::new(hendelse), 10, ids)
    }

    #[test]
    fn everybody_of_a_flood_has_a_place_and_is_found_there() {
        let flom = flom();
        assert_eq!(flom.slutt(), 19);
        let people: Vec<PersonKey> = (0..9).filter_map(|place| flom.person(place)).collect();
        assert_eq!(people, flom.hendelse.personer().collect::<Vec<_>>());
        assert_eq!(people.len(), 9);
        assert_eq!(flom.person(9), None);
        for (place, key) in people.into_iter().enumerate() {
            let id = match key {
                PersonKey::Base(row) => PersonId(row),
                PersonKey::World(origin) => PersonId(if origin.0 == 50 { 101 } else { 100 }),
            };
            assert_eq!(flom.plass(id), Some(place), "{key:?}");
        }
        for nobody in [0, 2, 5, 8, 10, 19, 24, 99, 102] {
            assert_eq!(flom.plass(PersonId(nobody)), None, "{nobody}");
        }
    }

    #[test]
    fn ids_of_documents_are_read_back_and_others_are_none() {
        let flom = flom();
        for place in 0..9 {
            let (event, person) = flom.dokumenter(42, place);
            assert_ne!(event, person);
            assert_eq!((flom.plass_av(42, event), flom.plass_av(42, person)), (Some(place), Some(place)));
            assert_eq!(flom.plass_av(43, event), None, "of another town");
        }
        assert_eq!(flom.plass_av(42, DocumentId([0; 16])), None);
        let beyond = mix(flom.hendelse.noekkel(42, DOKUMENTER[0]), [0, 9]);
        assert_eq!(flom.plass_av(42, beyond), None);
    }
}
