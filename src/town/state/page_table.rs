//! A persistent table for dense indexes: radix 32 over pages of 16 rows, an empty slot meaning "see the base".
//!
//! Depth is logarithmic, so that a first write after a fork copies one short path whatever the size of the town
//! (`specs/core.md` §1 has the measurements that chose the shape).

use std::sync::Arc;

/// Rows in a page.
const PAGE: usize = 16;
/// Children of an inner node.
const FAN: usize = 32;

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "nodes live behind an Arc each; a Box would add a hop to every read")]
enum Node<T> {
    Inner([Option<Arc<Node<T>>>; FAN]),
    Page([Option<T>; PAGE]),
}

/// Maps positions to rows. A clone is one pointer.
#[derive(Clone, Debug)]
pub struct PageTable<T> {
    root: Option<Arc<Node<T>>>,
    /// Inner levels above the pages.
    levels: u32,
}

impl<T> Default for PageTable<T> {
    fn default() -> Self {
        Self { root: None, levels: 0 }
    }
}

impl<T: Clone> PageTable<T> {
    /// How many positions fit under `levels` inner levels.
    fn reach(levels: u32) -> usize {
        PAGE.saturating_mul(FAN.saturating_pow(levels))
    }

    /// The row at `index`, or `None` where nothing has been written.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        if index >= Self::reach(self.levels) {
            return None;
        }
        let mut node = self.root.as_deref()?;
        let mut level = self.levels;
        loop {
            match node {
                Node::Page(rows) => return rows[index % PAGE].as_ref(),
                Node::Inner(children) => {
                    level -= 1;
                    node = children[index / Self::reach(level) % FAN].as_deref()?;
                }
            }
        }
    }

    /// All rows that have been written, with their positions, ascending.
    #[must_use]
    pub fn rows(&self) -> Vec<(usize, &T)> {
        fn walk<'a, T: Clone>(node: &'a Node<T>, level: u32, first: usize, out: &mut Vec<(usize, &'a T)>) {
            match node {
                Node::Page(rows) => {
                    let written =
                        rows.iter().enumerate().filter_map(|(place, row)| Some((first + place, row.as_ref()?)));
                    out.extend(written);
                }
                Node::Inner(children) => {
                    for (place, child) in children.iter().enumerate() {
                        if let Some(child) = child {
                            walk(child, level - 1, first + place * PageTable::<T>::reach(level - 1), out);
                        }
                    }
                }
            }
        }
        let mut out = Vec::new();
        if let Some(root) = &self.root {
            walk(root, self.levels, 0, &mut out);
        }
        out
    }

    /// Writes `row` at `index`, copying only the path that is shared with other tables.
    pub fn set(&mut self, index: usize, row: T) {
        *self.slot(index) = Some(row);
    }

    /// The row at `index` to be changed, begun with `new` where nothing has been written. Copies as [`Self::set`] does.
    pub fn edit(&mut self, index: usize, new: impl FnOnce() -> T) -> &mut T {
        self.slot(index).get_or_insert_with(new)
    }

    fn slot(&mut self, index: usize) -> &mut Option<T> {
        while index >= Self::reach(self.levels) {
            let below = self.root.take();
            self.root = below.map(|child| {
                let mut children = [const { None }; FAN];
                children[0] = Some(child);
                Arc::new(Node::Inner(children))
            });
            self.levels += 1;
        }
        let mut slot = &mut self.root;
        let mut level = self.levels;
        loop {
            let node = slot.get_or_insert_with(|| {
                Arc::new(if level == 0 {
                    Node::Page([const { None }; PAGE])
                } else {
                    Node::Inner([const { None }; FAN])
                })
            });
            match Arc::make_mut(node) {
                Node::Page(rows) => return &mut rows[index % PAGE],
                Node::Inner(children) => {
                    level -= 1;
                    slot = &mut children[index / Self::reach(level) % FAN];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn behaves_like_a_map_and_forks_do_not_see_each_other(
            writes in prop::collection::vec((0usize..200_000, any::<u32>()), 0..200),
            later in prop::collection::vec((0usize..200_000, any::<u32>()), 0..50),
        ) {
            let mut table = PageTable::default();
            let mut map = BTreeMap::new();
            for (index, row) in writes {
                table.set(index, row);
                map.insert(index, row);
            }
            let fork = table.clone();
            let before = map.clone();
            for (index, row) in later {
                *table.edit(index, || 7) ^= row;
                *map.entry(index).or_insert(7) ^= row;
            }
            for index in map.keys() {
                prop_assert_eq!(table.get(*index), map.get(index));
                prop_assert_eq!(fork.get(*index), before.get(index));
            }
            prop_assert_eq!(table.get(5_000_000), None);
            prop_assert!(table.rows().into_iter().eq(map.iter().map(|(index, row)| (*index, row))));
        }
    }
}
