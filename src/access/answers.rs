//! Answers that were written before, given again while nothing has changed.
//!
//! What a register answers is a pure function of the town and the question (`DESIGN` §2 rule 1), and a published town
//! never changes: a command, a step of the clock, a reset, each publishes another. So an answer is kept for the very
//! town it was made of, and no question has to be asked about what might have made it stale. Forks read the town of
//! their parent until they differ, and find its answers.
//!
//! A town is known by its place in memory. Every kept answer holds on to that place, though not to the town, so that no
//! other town can come to lie there while the answer is found under it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;

use crate::town::Town;

/// Bytes kept, over all shelves.
const MOST: usize = 4 << 20;
/// Shelves, each with a lock of its own.
const SHELVES: usize = 16;
/// Bytes an answer takes beside its own, roughly.
const AROUND: usize = 200;

/// What was asked, beside of which town.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Question {
    /// Name of the operation, with all that goes without saying: the form of the answer.
    pub operation: &'static str,
    /// Whom or what it is about: a place in the town.
    pub subject: u64,
    /// What of it is wanted, in the operation's own code.
    pub selection: u64,
}

/// The place of a town, and a question.
type Key = (usize, Question);

#[derive(Default)]
struct Shelf {
    held: BTreeMap<Key, (Weak<Town>, Bytes)>,
    order: VecDeque<Key>,
    bytes: usize,
}

impl Shelf {
    fn put(&mut self, key: Key, of: &Arc<Town>, answer: Bytes, most: usize) {
        let size = answer.len() + AROUND;
        if size > most || self.held.contains_key(&key) {
            return;
        }
        while self.bytes + size > most {
            let Some(oldest) = self.order.pop_front() else { break };
            self.bytes -= self.held.remove(&oldest).map_or(0, |(_, answer)| answer.len() + AROUND);
        }
        self.bytes += size;
        self.order.push_back(key);
        self.held.insert(key, (Arc::downgrade(of), answer));
    }
}

/// Kept answers of all worlds, within a bound over all of them. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Answers {
    shelves: Arc<[Mutex<Shelf>; SHELVES]>,
    most: usize,
}

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answers")
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self::within(MOST)
    }
}

impl Answers {
    /// No answers yet, and never more than `most` bytes of them.
    #[must_use]
    pub fn within(most: usize) -> Self {
        Self { shelves: Arc::default(), most: most / SHELVES }
    }

    /// The answer to `question` about `town`: as it was written before, or by `write` now. `write` may read nothing but
    /// that town and what the question says.
    pub fn of(&self, town: &Arc<Town>, question: Question, write: impl FnOnce(&Town) -> Bytes) -> Bytes {
        let key = (Arc::as_ptr(town).addr(), question);
        let shelf = usize::try_from(question.subject % SHELVES as u64).unwrap_or(0);
        let shelf = || self.shelves[shelf].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, answer)) = shelf().held.get(&key) {
            return answer.clone();
        }
        let answer = write(town);
        shelf().put(key, town, answer.clone(), self.most);
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::town::model::tests_town::TestTown;

    fn question(subject: u64) -> Question {
        Question { operation: "a", subject, selection: 0 }
    }

    /// The answer and whether it had to be written.
    fn ask(answers: &Answers, town: &Arc<Town>, question: Question, text: &'static str) -> (Bytes, bool) {
        let mut wrote = false;
        let answer = answers.of(town, question, |_| {
            wrote = true;
            Bytes::from_static(text.as_bytes())
        });
        (answer, wrote)
    }

    #[test]
    fn an_answer_is_written_once_for_one_town_and_one_question() {
        let answers = Answers::default();
        let town = Arc::new(Town::new(Arc::new(TestTown::eksempel())));
        assert_eq!(ask(&answers, &town, question(1), "x"), ("x".into(), true));
        assert_eq!(ask(&answers, &town.clone(), question(1), "y"), ("x".into(), false));
        for other in [
            question(2),
            question(1 + SHELVES as u64),
            Question { operation: "b", ..question(1) },
            Question { selection: 1, ..question(1) },
        ] {
            assert_eq!(ask(&answers, &town, other, "y"), ("y".into(), true), "{other:?}");
        }
        let same = Arc::new(Town::clone(&town));
        assert_eq!(ask(&answers, &same, question(1), "z"), ("z".into(), true), "another town, if an equal one");
    }

    #[test]
    fn a_town_that_comes_after_another_never_gets_its_answers() {
        let answers = Answers::within(SHELVES * 2_000);
        let base = Arc::new(TestTown::eksempel());
        for round in 0..2_000 {
            // Each is gone before the next is made, which would come to lie at the same place.
            let town = Arc::new(Town::new(base.clone()));
            assert!(ask(&answers, &town, question(round % 3), "x").1, "{round}");
        }
    }

    #[test]
    fn the_bound_holds_and_the_oldest_go_first() {
        let answers = Answers::within(SHELVES * 1_000);
        let town = Arc::new(Town::new(Arc::new(TestTown::eksempel())));
        let subject = |n: u64| question(n * SHELVES as u64);
        for n in 0..100 {
            ask(&answers, &town, subject(n), "0123456789");
            assert!(answers.shelves[0].lock().unwrap().bytes <= 1_000);
        }
        assert!(ask(&answers, &town, subject(0), "again").1);
        assert!(!ask(&answers, &town, subject(99), "again").1);
        let long: &'static str = Box::leak("x".repeat(2_000).into_boxed_str());
        assert!(ask(&answers, &town, subject(200), long).1 && ask(&answers, &town, subject(200), long).1);
        assert!(!ask(&answers, &town, subject(99), "again").1, "what does not fit pushes nobody out");
        let shelf = answers.shelves[0].lock().unwrap();
        assert_eq!(shelf.order.len(), shelf.held.len());
    }
}
