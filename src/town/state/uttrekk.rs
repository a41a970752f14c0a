//! Extracts of the population register: who ordered what, and where the result lies (`specs/folkeregister.md` §14).
//!
//! What an extract holds is found when it is ordered and kept as a blob, so that its batches fit together whatever
//! happens in the town meanwhile, in forks too.

use std::fmt;
use std::sync::Arc;

use imbl::OrdMap;

use super::{MeldingsId, Town};
use crate::base::{Digest, Orgnummer};
use crate::clock::Instant;
use crate::town::derive;
use crate::town::model::{DocumentId, Hendelsestype, PersonId, PersonKey};

/// How long an extract can be fetched: a day.
const LEVETID_MS: i64 = 24 * 3_600_000;
/// Extracts of one organisation that run at once.
pub const MEST_UTTREKK: usize = 10;

/// The id of an extract, a UUID on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub struct JobbId(pub u128);

impl JobbId {
    /// Reads the canonical form of a UUID.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        MeldingsId::parse(text).map(|id| Self(id.0))
    }

    /// The id whose free bits are the first of `digest`.
    #[must_use]
    pub fn of_digest(digest: &Digest) -> Self {
        Self(MeldingsId::of_digest(digest).0)
    }
}

impl fmt::Display for JobbId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        MeldingsId(self.0).fmt(f)
    }
}

/// What an extract holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Uttrekksslag {
    /// Identity numbers of those who fit criteria, eleven digits each.
    Tilpasset,
    /// Ids of everybody's person documents, sixteen bytes each.
    Komplett,
}

impl Uttrekksslag {
    /// Bytes of one identifier in the result.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::Tilpasset => 11,
            Self::Komplett => 16,
        }
    }
}

/// An extract that was ordered.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Uttrekk {
    /// For whom.
    pub eier: Orgnummer,
    /// Under which package of rights, by its name.
    pub pakke: Arc<str>,
    /// What it holds.
    pub slag: Uttrekksslag,
    /// The identifiers, one after the other, as a blob.
    pub resultat: Digest,
    /// How many there are.
    pub antall: u32,
    /// When it was ordered.
    pub bestilt: Instant,
}

impl Uttrekk {
    /// Whether it can no longer be fetched.
    #[must_use]
    pub fn er_utloept(&self, now: Instant) -> bool {
        self.bestilt.plus_millis(LEVETID_MS) <= now
    }
}

/// Sub-state of the extracts.
#[derive(Clone, Debug, Default)]
pub struct Uttrekkskoe {
    /// By id, with whether the end has been told.
    pub(in crate::town) jobber: OrdMap<JobbId, (Arc<Uttrekk>, bool)>,
}

impl Uttrekkskoe {
    /// The extract called `jobb` as long as it can be fetched.
    #[must_use]
    pub fn finn(&self, jobb: JobbId, now: Instant) -> Option<&Uttrekk> {
        self.jobber.get(&jobb).map(|(uttrekk, _)| &**uttrekk).filter(|uttrekk| !uttrekk.er_utloept(now))
    }

    /// Whether the end of `jobb` has been told.
    #[must_use]
    pub fn er_avsluttet(&self, jobb: JobbId) -> bool {
        self.jobber.get(&jobb).is_some_and(|(_, ended)| *ended)
    }

    /// How many extracts of `eier` have neither been fetched to the end nor gone out of date.
    #[must_use]
    pub fn loepende(&self, eier: Orgnummer, now: Instant) -> usize {
        let runs =
            |(uttrekk, ended): &&(Arc<Uttrekk>, bool)| uttrekk.eier == eier && !*ended && !uttrekk.er_utloept(now);
        self.jobber.values().filter(runs).count()
    }
}

/// The key of the ids of first documents.
const FOERSTE: &str = "foerste/persondokument";

impl Town {
    /// The instant before the feed begins.
    #[must_use]
    pub fn foer_feeden(&self) -> Instant {
        derive::feed_begynner(&self.base).plus_millis(-1)
    }

    /// The person of the base whose document of before the feed is called `id`. Such an id can be read back, so nothing is
    /// kept for it.
    #[must_use]
    pub fn person_foer_feeden(&self, id: DocumentId) -> Option<PersonId> {
        let [check, place] = super::flom::unmix(self.foerste_noekkel(), id);
        let place = usize::try_from(place).ok().filter(|place| check == 0 && *place < self.base.person_count())?;
        Some(PersonId::at(place))
    }

    fn foerste_noekkel(&self) -> u64 {
        crate::base::keyed_hash(FOERSTE, &[&self.base.header.seed.0.to_be_bytes()]).word()
    }

    /// Everybody's newest person document right after the entry of the feed numbered `sekvensnummer`, in order of position;
    /// nobody's who was not in the register by then.
    #[must_use]
    pub fn persondokumenter_ved(&self, sekvensnummer: u64) -> Vec<DocumentId> {
        let base = derive::base_feed(&self.base);
        let limit = usize::try_from(sekvensnummer).unwrap_or(usize::MAX);
        // The number of each person's last entry so far; none for those of the base who have had none.
        let mut last: Vec<Option<usize>> = vec![None; self.person_count()];
        let mut there: Vec<bool> = (0..self.person_count()).map(|row| row < self.base.person_count()).collect();
        let mut take = |number: usize, person: PersonKey, slag: Hendelsestype| {
            let Some(id) = self.id_of(person) else { return };
            if number > limit {
                // Who is made by a later entry was not there, and has no document of before the feed.
                there[id.index()] &= slag != Hendelsestype::PersonErOpprettet;
            } else if slag != Hendelsestype::PersonErOpphoertSomDublett {
                last[id.index()] = last[id.index()].max(Some(number));
                there[id.index()] = true;
            }
        };
        base.iter().zip(1..).for_each(|(change, number)| take(number, change.person, change.slag));
        for (row, change) in self.folk.feed.rows() {
            take(base.len() + row + 1, change.person, change.slag);
        }
        for flom in self.folk.flommer.values() {
            let slag = crate::town::model::Identitetsflom::SLAG;
            flom.hendelse
                .personer()
                .zip(base.len() + flom.foerste + 1..)
                .for_each(|(who, number)| take(number, who, slag));
        }
        let key = self.foerste_noekkel();
        let document = |(place, number): (usize, &Option<usize>)| match number {
            Some(number) => self.feed_row(*number as u64).map(|row| row.persondokument),
            None => there[place].then(|| super::flom::mix(key, [0, place as u64])),
        };
        last.iter().enumerate().filter_map(document).collect()
    }
}
