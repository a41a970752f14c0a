//! Which row of a world's feed a document belongs to. Documents are asked for far more seldom than changes are made, so
//! what is kept is only where a stretch of rows ends; the ids of its documents are worked out, and sorted, when one is
//! first looked for.
//!
//! Stretches are immutable and shared by all forks that have them, whoever looked first. Sixteen neighbours become one, so
//! that a long feed has few.

use std::sync::{Arc, OnceLock};

use crate::town::model::DocumentId;

/// Rows of the shortest stretch: of those behind the last, each is worked out for every question.
const ROWS: u32 = 16;
/// Stretches that become one.
const JOINED: usize = 16;

/// Documents of a stretch of rows.
#[derive(Debug)]
struct Strekning {
    fra: u32,
    til: u32,
    /// How often stretches were joined to make it.
    trinn: u32,
    /// The stretches it was made of, in order; none for the shortest.
    av: Box<[Arc<Strekning>]>,
    dokumenter: OnceLock<Box<[(DocumentId, u32)]>>,
}

impl Strekning {
    /// All documents with their rows, sorted.
    fn dokumenter(&self, ids: &impl Fn(u32) -> Option<[DocumentId; 2]>) -> &[(DocumentId, u32)] {
        self.dokumenter.get_or_init(|| {
            let mut all: Vec<(DocumentId, u32)> = if self.av.is_empty() {
                let of = |row| ids(row).into_iter().flatten().map(move |id| (id, row));
                (self.fra..self.til).flat_map(of).collect()
            } else {
                self.av.iter().flat_map(|one| one.dokumenter(ids)).copied().collect()
            };
            all.sort();
            all.into()
        })
    }

    fn row(&self, id: DocumentId, ids: &impl Fn(u32) -> Option<[DocumentId; 2]>) -> Option<u32> {
        let all = self.dokumenter(ids);
        all.binary_search_by_key(&id, |&(document, _)| document).ok().map(|place| all[place].1)
    }
}

/// The rows of a world's feed in stretches.
#[derive(Clone, Debug, Default)]
pub struct Dokumenter {
    strekninger: Arc<Vec<Arc<Strekning>>>,
    /// The first row behind the last stretch.
    fra: u32,
}

impl Dokumenter {
    /// Takes up that the feed has `rows` rows now.
    pub(in crate::town) fn har(&mut self, rows: u32) {
        if rows - self.fra >= ROWS {
            self.close(rows);
        }
    }

    /// Takes up that the rows from `fra` to `til`, the next ones, are a flood's, which knows its documents itself.
    pub(in crate::town) fn flom(&mut self, fra: u32, til: u32) {
        if self.fra < fra {
            self.close(fra);
        }
        self.fra = til;
    }

    /// Ends a stretch in front of row `rows`.
    fn close(&mut self, rows: u32) {
        let all = Arc::make_mut(&mut self.strekninger);
        let begin = |fra, til, trinn, av| Arc::new(Strekning { fra, til, trinn, av, dokumenter: OnceLock::new() });
        all.push(begin(self.fra, rows, 0, [].into()));
        self.fra = rows;
        while let Some(last) = all.len().checked_sub(JOINED) {
            let (fra, trinn) = (all[last].fra, all[last].trinn);
            if all[last..].iter().any(|one| one.trinn != trinn) {
                break;
            }
            let av = all.drain(last..).collect();
            all.push(begin(fra, rows, trinn + 1, av));
        }
    }

    /// The row that document `id` belongs to, of `rows` rows in all; `ids` gives the ids of the documents of a row.
    pub(in crate::town) fn row(
        &self,
        id: DocumentId,
        rows: u32,
        ids: impl Fn(u32) -> Option<[DocumentId; 2]>,
    ) -> Option<u32> {
        let is_it = |row: &u32| ids(*row).is_some_and(|of_row| of_row.contains(&id));
        let behind = || (self.fra..rows).find(is_it);
        self.strekninger.iter().find_map(|one| one.row(id, &ids)).or_else(behind)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Documents of a row in which every tenth has none.
    fn ids(row: u32) -> Option<[DocumentId; 2]> {
        let id = |kind: u8| DocumentId(crate::base::sha256(&[&row.to_be_bytes(), &[kind]]).0[..16].try_into().unwrap());
        (!row.is_multiple_of(10)).then(|| [id(0), id(1)])
    }

    #[test]
    fn every_document_is_found_in_its_row_whenever_it_is_looked_for() {
        let mut kept = Dokumenter::default();
        for rows in 0..40_000 {
            kept.har(rows);
            // Some stretches are asked before they are joined, some after.
            if rows % 977 == 0 {
                for row in (0..rows + 5).step_by(331) {
                    let wanted = (row < rows).then_some(row).filter(|row| row % 10 != 0);
                    for id in ids(row).into_iter().flatten() {
                        assert_eq!(kept.row(id, rows, ids), wanted, "row {row} of {rows}");
                    }
                }
            }
        }
        assert!(kept.strekninger.len() < 3 * JOINED, "{} stretches", kept.strekninger.len());
    }

    #[test]
    fn the_rows_of_a_flood_are_nobodys() {
        let mut kept = Dokumenter::default();
        (0..=70).for_each(|rows| kept.har(rows));
        kept.flom(70, 1_000_070);
        (1_000_070..1_000_200).for_each(|rows| kept.har(rows));
        let asked = Cell::new(0);
        let counted = |row| {
            asked.set(asked.get() + 1);
            assert!(!(70..1_000_070).contains(&row), "{row}");
            ids(row)
        };
        for row in [3, 68, 1_000_071, 1_000_199] {
            assert_eq!(kept.row(ids(row).unwrap()[0], 1_000_200, counted), Some(row));
        }
        assert!(asked.get() < 1_000);
    }

    #[test]
    fn what_one_fork_worked_out_serves_the_other() {
        let mut one = Dokumenter::default();
        (0..=200).for_each(|rows| one.har(rows));
        let (other, worked_out) = (one.clone(), Cell::new(0));
        let counted = |row| {
            worked_out.set(worked_out.get() + 1);
            ids(row)
        };
        assert_eq!(one.row(ids(11).unwrap()[1], 200, counted), Some(11));
        assert_eq!(worked_out.take(), ROWS, "the first stretch, once");
        assert_eq!(other.row(ids(12).unwrap()[0], 200, counted), Some(12));
        assert_eq!(worked_out.take(), 0);
        let (before, mut longer) = (other.strekninger.len(), other.clone());
        (200..=2000).for_each(|rows| longer.har(rows));
        assert_eq!(other.strekninger.len(), before, "a fork that goes on leaves the other as it was");
    }
}
