//! The event feed: the base's last twelve months, then what this world registered.
//!
//! Numbers 1…N belong to the base, a world goes on at N + 1 (`DESIGN` §9). A number is a position, never part of an
//! event.

use std::sync::Arc;

use super::{Flom, Town};
use crate::base::keyed_hash;
use crate::town::derive;
use crate::town::model::{DocumentId, Lesere, Registrering};

/// One entry of the feed.
#[derive(Clone, Debug)]
pub struct FeedRow {
    /// Sequence number, from 1, without gaps.
    pub sekvensnummer: u64,
    /// The register change behind it.
    pub registrering: Arc<Registrering>,
    /// Id of the event document.
    pub hendelsesdokument: DocumentId,
    /// Id of the person document right after the change.
    pub persondokument: DocumentId,
}

/// Ids of the event document and the person document of `change`: digests of the seed, the person and the facts
/// changed, equal in every fork where the same thing happened.
#[must_use]
fn document_ids(seed: u64, change: &Registrering) -> (DocumentId, DocumentId) {
    let fact = change.endringer.first().map_or(0, |endring| {
        endring.ny.as_ref().map_or_else(|| endring.gammel.as_ref().map_or(0, |entry| entry.id.0), |ny| ny.id.0)
    });
    let id = |what: &str| {
        let digest = keyed_hash(
            what,
            &[
                &seed.to_be_bytes(),
                &change.person.bytes(),
                change.slag.code().as_bytes(),
                &change.registrert.millis().to_be_bytes(),
                &fact.to_be_bytes(),
            ],
        );
        DocumentId(digest.origin().0.to_be_bytes())
    };
    (id("hendelsesdokument"), id("persondokument"))
}

impl Town {
    /// The last sequence number for those who see everything; 0 for an empty feed.
    #[must_use]
    pub fn feed_len(&self) -> u64 {
        (derive::base_feed(&self.base).len() + self.folk.feed_len) as u64
    }

    /// The last sequence number for `lesere`.
    #[must_use]
    pub fn feed_len_for(&self, lesere: Lesere) -> u64 {
        match lesere.plass() {
            None => self.feed_len(),
            Some(circle) => u64::from(self.seen(self.feed_len(), circle)),
        }
    }

    /// Up to `limit` entries with sequence numbers from `from` on, ascending, for those who see everything.
    #[must_use]
    pub fn feed(&self, from: u64, limit: usize) -> Vec<FeedRow> {
        self.feed_for(Lesere::Hjemmel, from, limit)
    }

    /// Up to `limit` entries with sequence numbers from `from` on, ascending, with the numbers `lesere` know them by.
    #[must_use]
    pub fn feed_for(&self, lesere: Lesere, from: u64, limit: usize) -> Vec<FeedRow> {
        let first = from.max(1);
        let Some(circle) = lesere.plass() else {
            return (first..=self.feed_len()).take(limit).filter_map(|number| self.feed_row(number)).collect();
        };
        let begins = self.row_of(first, circle);
        let seen = (begins..=self.feed_len()).filter_map(|number| self.feed_row(number));
        let seen = seen.filter(|row| lesere.ser(row.registrering.slag)).take(limit);
        (first..).zip(seen).map(|(sekvensnummer, row)| FeedRow { sekvensnummer, ..row }).collect()
    }

    /// What `circle` has seen of the first `rows` entries.
    fn seen(&self, rows: u64, circle: usize) -> u32 {
        let Some(last) = rows.checked_sub(1).and_then(|last| usize::try_from(last).ok()) else { return 0 };
        let base = self.base.feed_sett.get_or_init(|| {
            let mut seen = [0; 4];
            let count = |change: &Registrering| {
                seen = Lesere::tell(seen, change.slag);
                seen
            };
            derive::base_feed(&self.base).iter().map(count).collect()
        });
        match base.get(last) {
            Some(counts) => counts[circle],
            None => {
                let before = base.last().map_or(0, |counts| counts[circle]);
                before + self.folk.sett(last + 1 - base.len())[circle]
            }
        }
    }

    /// The entry, counted by those who see everything, that `circle` knows as number `wanted`; behind the last one when it
    /// has not seen so many.
    fn row_of(&self, wanted: u64, circle: usize) -> u64 {
        let (mut from, mut to) = (1, self.feed_len() + 1);
        while from < to {
            let middle = u64::midpoint(from, to);
            if u64::from(self.seen(middle, circle)) < wanted { from = middle + 1 } else { to = middle }
        }
        from
    }

    /// The entry numbered `sekvensnummer`.
    #[must_use]
    pub fn feed_row(&self, sekvensnummer: u64) -> Option<FeedRow> {
        let index = usize::try_from(sekvensnummer.checked_sub(1)?).ok()?;
        let base = derive::base_feed(&self.base);
        let registrering = match base.get(index) {
            Some(change) => Arc::new(change.clone()),
            None => match self.folk.feed.get(index - base.len()) {
                Some(change) => change.clone(),
                None => return self.row_of_flood(sekvensnummer, index - base.len()),
            },
        };
        let (hendelsesdokument, persondokument) = document_ids(self.base.header.seed.0, &registrering);
        Some(FeedRow { sekvensnummer, registrering, hendelsesdokument, persondokument })
    }

    fn row_of_flood(&self, sekvensnummer: u64, row: usize) -> Option<FeedRow> {
        let flom = self.folk.flom_ved(row)?;
        let plass = row - flom.foerste;
        let registrering = Arc::new(flom.registrering(self, plass)?);
        let (hendelsesdokument, persondokument) = flom.dokumenter(self.base.header.seed.0, plass);
        Some(FeedRow { sekvensnummer, registrering, hendelsesdokument, persondokument })
    }

    /// Entries behind `row` that are about the same person and have the same register time, in order.
    #[must_use]
    pub fn feed_samtidig_etter(&self, row: &FeedRow) -> Vec<FeedRow> {
        let (person, at) = (row.registrering.person, row.registrering.registrert);
        let base = derive::base_feed(&self.base);
        let behind = usize::try_from(row.sekvensnummer).unwrap_or(usize::MAX);
        let of_base = base.iter().enumerate().skip(behind).take_while(|(_, change)| change.registrert == at);
        let mut places: Vec<usize> =
            of_base.filter(|(_, change)| change.person == person).map(|(place, _)| place).collect();
        if let Some(id) = self.id_of(person) {
            let own = self.folk.people.get(id.index()).map_or(&[][..], |changes| &changes.rader);
            let at_once = |place: &usize| self.folk.feed.get(*place).is_some_and(|change| change.registrert == at);
            let own = own.iter().map(|place| *place as usize).filter(at_once);
            let floods = self.folk.flommer.values().filter(|flom| flom.hendelse.registrert == at);
            let floods = floods.filter_map(|flom| Some(flom.foerste + flom.plass(id)?));
            places.extend(own.chain(floods).map(|place| base.len() + place).filter(|place| *place >= behind));
        }
        places.sort_unstable();
        places.into_iter().filter_map(|place| self.feed_row(place as u64 + 1)).collect()
    }

    /// The row of this world's feed, floods left out, whose event document or person document is `id`.
    fn row_of_document(&self, id: DocumentId) -> Option<usize> {
        let ids = |row: u32| {
            let (event, person) = document_ids(self.base.header.seed.0, self.folk.feed.get(row as usize)?);
            Some([event, person])
        };
        let rows = u32::try_from(self.folk.feed_len).expect("fewer than 2^32 rows in a world");
        self.folk.dokumenter.row(id, rows, ids).map(|row| row as usize)
    }

    /// The entry whose event document or person document is `id`.
    #[must_use]
    pub fn feed_row_by_document(&self, id: DocumentId) -> Option<FeedRow> {
        let base = derive::base_feed(&self.base);
        if let Some(row) = self.row_of_document(id) {
            return self.feed_row((base.len() + row) as u64 + 1);
        }
        let in_flood = |flom: &Arc<Flom>| Some(flom.foerste + flom.plass_av(self.base.header.seed.0, id)?);
        if let Some(row) = self.folk.flommer.values().find_map(in_flood) {
            return self.feed_row((base.len() + row) as u64 + 1);
        }
        let index = self.base.feed_documents.get_or_init(|| {
            let mut index: Vec<(DocumentId, u32)> = Vec::with_capacity(base.len() * 2);
            for (row, change) in (0u32..).zip(base) {
                let (event, person) = document_ids(self.base.header.seed.0, change);
                index.push((event, row));
                index.push((person, row));
            }
            index.sort_unstable();
            index
        });
        let place = index.binary_search_by_key(&id, |&(document, _)| document).ok()?;
        self.feed_row(u64::from(index[place].1) + 1)
    }
}
