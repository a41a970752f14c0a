//! A bounded shelf: protocol state that is forgotten when its time is over or the shelf is full.

use std::collections::BTreeMap;

use super::clocks::{Clocks, Deadline};

#[derive(Clone, Debug)]
struct Held<V> {
    value: V,
    until: Deadline,
    place: u64,
}

/// Values by key, each with a deadline. When the shelf is full, what was put first goes first: all things on one shelf
/// live about equally long, so that is what would have gone next anyway.
#[derive(Clone, Debug)]
pub(super) struct Shelf<K, V> {
    held: BTreeMap<K, Held<V>>,
    order: BTreeMap<u64, K>,
    next_place: u64,
    capacity: usize,
}

impl<K: Ord + Clone, V> Shelf<K, V> {
    /// An empty shelf for `capacity` things.
    pub(super) fn new(capacity: usize) -> Self {
        Self { held: BTreeMap::new(), order: BTreeMap::new(), next_place: 0, capacity }
    }

    /// Puts `value` on the shelf, in place of what stood under `key`.
    pub(super) fn put(&mut self, clocks: Clocks, key: K, value: V, until: Deadline) {
        self.remove(&key);
        while let Some((&place, oldest)) = self.order.first_key_value() {
            let over = self.held.get(oldest).is_none_or(|held| held.until.is_over(clocks));
            if !over && self.held.len() < self.capacity {
                break;
            }
            let oldest = oldest.clone();
            self.held.remove(&oldest);
            self.order.remove(&place);
        }
        self.order.insert(self.next_place, key.clone());
        self.held.insert(key, Held { value, until, place: self.next_place });
        self.next_place += 1;
    }

    /// What stands under `key`, unless its time is over.
    pub(super) fn get(&self, clocks: Clocks, key: &K) -> Option<&V> {
        self.held.get(key).filter(|held| !held.until.is_over(clocks)).map(|held| &held.value)
    }

    /// What stands under `key`, to be changed; its deadline stays.
    pub(super) fn get_mut(&mut self, clocks: Clocks, key: &K) -> Option<&mut V> {
        self.held.get_mut(key).filter(|held| !held.until.is_over(clocks)).map(|held| &mut held.value)
    }

    /// Takes what stands under `key` from the shelf; `None` when its time is over.
    pub(super) fn take(&mut self, clocks: Clocks, key: &K) -> Option<V> {
        self.remove(key).filter(|held| !held.until.is_over(clocks)).map(|held| held.value)
    }

    /// What stands on the shelf and is not over, oldest first.
    pub(super) fn iter(&self, clocks: Clocks) -> impl Iterator<Item = (&K, &V)> {
        let held = self.order.values().filter_map(|key| Some((key, self.held.get(key)?)));
        held.filter(move |(_, held)| !held.until.is_over(clocks)).map(|(key, held)| (key, &held.value))
    }

    fn remove(&mut self, key: &K) -> Option<Held<V>> {
        let held = self.held.remove(key)?;
        self.order.remove(&held.place);
        Some(held)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        debug_assert_eq!(self.held.len(), self.order.len());
        self.held.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::TokenPolicy;
    use crate::access::fixture::at;

    #[test]
    fn things_are_gone_at_their_deadline_and_not_before() {
        let mut shelf = Shelf::new(10);
        shelf.put(at(0), "a", 1, at(0).deadline(TokenPolicy::Wall, 60));
        assert_eq!(shelf.get(at(59), &"a"), Some(&1));
        assert_eq!((shelf.iter(at(59)).count(), shelf.iter(at(60)).count()), (1, 0));
        assert_eq!(shelf.get(at(60), &"a"), None);
        assert_eq!(shelf.take(at(60), &"a"), None);
        assert_eq!(shelf.len(), 0);
    }

    #[test]
    fn a_full_shelf_forgets_the_oldest_and_an_expired_one_cleans_itself() {
        let mut shelf = Shelf::new(3);
        for n in 0..5 {
            shelf.put(at(0), n, n, at(0).deadline(TokenPolicy::Wall, 60));
        }
        assert_eq!(shelf.len(), 3);
        assert_eq!((shelf.get(at(0), &1), shelf.get(at(0), &2)), (None, Some(&2)));
        shelf.put(at(61), 9, 9, at(61).deadline(TokenPolicy::Wall, 60));
        assert_eq!(shelf.len(), 1, "what was over went when something new came");
    }
}
