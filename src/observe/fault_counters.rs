//! How often fault rules were asked and have struck. Protocol state: it lies beside the town and outside the log, and a
//! fork begins without (`DESIGN` §2 rule 10).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Callers of one world counted by themselves; later ones share one count.
const CALLERS: usize = 50_000;

#[derive(Default)]
struct Counted {
    /// Times each rule has struck, by its serial number.
    struck: BTreeMap<u64, u64>,
    /// Times each rule was asked, by serial number and caller.
    asked: BTreeMap<(u64, [u8; 16]), u64>,
}

/// The counters of all worlds, by incarnation. Cheap to clone; all clones are the same.
#[derive(Clone, Default)]
pub struct FaultCounters(Arc<Mutex<BTreeMap<u64, Counted>>>);

impl std::fmt::Debug for FaultCounters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FaultCounters({} worlds)", self.worlds())
    }
}

impl FaultCounters {
    fn held(&self) -> MutexGuard<'_, BTreeMap<u64, Counted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many requests of `caller` the rule `serial` has been asked about, this one included.
    pub fn ask(&self, incarnation: u64, serial: u64, caller: [u8; 16]) -> u64 {
        let mut held = self.held();
        let asked = &mut held.entry(incarnation).or_default().asked;
        let own = asked.len() < CALLERS || asked.contains_key(&(serial, caller));
        let count = asked.entry(if own { (serial, caller) } else { (serial, [0; 16]) }).or_insert(0);
        *count += 1;
        *count
    }

    /// Counts one strike of the rule `serial`; false, and nothing counted, when it has struck `most` times.
    #[must_use]
    pub fn strike(&self, incarnation: u64, serial: u64, most: Option<u32>) -> bool {
        let mut held = self.held();
        let count = held.entry(incarnation).or_default().struck.entry(serial).or_insert(0);
        if most.is_some_and(|most| *count >= u64::from(most)) {
            return false;
        }
        *count += 1;
        true
    }

    /// How often the rule `serial` has struck.
    #[must_use]
    pub fn struck(&self, incarnation: u64, serial: u64) -> u64 {
        self.held().get(&incarnation).and_then(|counted| counted.struck.get(&serial).copied()).unwrap_or(0)
    }

    /// Worlds with counters.
    #[must_use]
    pub fn worlds(&self) -> usize {
        self.held().len()
    }

    /// Forgets every world but those `alive`.
    pub fn retain(&self, alive: impl Fn(u64) -> bool) {
        self.held().retain(|&incarnation, _| alive(incarnation));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_rules_and_worlds_are_counted_apart() {
        let counters = FaultCounters::default();
        let (one, other) = ([1; 16], [2; 16]);
        assert_eq!([counters.ask(1, 0, one), counters.ask(1, 0, one), counters.ask(1, 0, other)], [1, 2, 1]);
        assert_eq!([counters.ask(1, 1, one), counters.ask(2, 0, one)], [1, 1]);
        assert!(counters.strike(1, 0, Some(2)) && counters.strike(1, 0, Some(2)) && !counters.strike(1, 0, Some(2)));
        assert!(counters.strike(2, 0, Some(1)) && counters.strike(1, 1, None));
        assert_eq!([counters.struck(1, 0), counters.struck(2, 0), counters.struck(3, 0)], [2, 1, 0]);
        counters.retain(|incarnation| incarnation == 2);
        assert_eq!((counters.worlds(), counters.struck(1, 0), counters.struck(2, 0)), (1, 0, 1));
    }

    #[test]
    fn the_number_of_callers_is_bounded() {
        let counters = FaultCounters::default();
        for caller in 0..CALLERS as u128 + 10 {
            counters.ask(1, 0, (caller + 1).to_be_bytes());
        }
        assert_eq!(counters.ask(1, 0, u128::MAX.to_be_bytes()), 11);
        assert_eq!(counters.ask(1, 0, 1_u128.to_be_bytes()), 2);
    }
}
