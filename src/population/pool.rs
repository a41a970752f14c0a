//! Adults not yet placed, by age.

use super::tables::AGES;

/// Slots of one sex by age, taken from the end of each list.
#[derive(Clone, Default)]
pub(super) struct Pool {
    ages: Vec<Vec<u32>>,
    len: usize,
}

impl Pool {
    pub fn new() -> Self {
        Self { ages: vec![Vec::new(); AGES], len: 0 }
    }

    pub fn push(&mut self, age: usize, slot: u32) {
        self.ages[age].push(slot);
        self.len += 1;
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn len_at(&self, age: usize) -> usize {
        self.ages[age].len()
    }

    /// Takes somebody of `age`.
    pub fn take(&mut self, age: usize) -> Option<u32> {
        let slot = self.ages[age].pop()?;
        self.len -= 1;
        Some(slot)
    }

    /// Takes somebody as near to `wish` as there is within `lowest..=highest`, the younger of two equally near.
    pub fn take_nearest(&mut self, wish: i32, lowest: i32, highest: i32) -> Option<u32> {
        if self.len == 0 {
            return None;
        }
        let top = i32::try_from(AGES).expect("an age") - 1;
        let (lowest, highest) = (lowest.clamp(0, top), highest.clamp(0, top));
        if lowest > highest {
            return None;
        }
        let wish = wish.clamp(lowest, highest);
        (0..=top)
            .flat_map(|distance| [wish - distance, wish + distance])
            .filter(|age| (lowest..=highest).contains(age))
            .find_map(|age| self.take(usize::try_from(age).expect("not negative")))
    }

    /// Everybody left, the young first.
    pub fn drain(&mut self) -> Vec<u32> {
        self.len = 0;
        self.ages.iter_mut().flat_map(std::mem::take).collect()
    }
}
