//! Children at home, gathered into groups of siblings.
//!
//! Everybody under eighteen lives at home, and a falling share of those of 18 to 30. Going from the youngest to the
//! oldest, each child either is the youngest of a family or joins one as the next elder sibling, at a distance drawn
//! around three years and never under 270 days (`specs/population.md` §3.1, §4.1). How many families have their youngest
//! at 0–5, 6–17 and 18 or more is fixed beforehand by the household types.

use std::collections::{BTreeMap, BTreeSet};

use super::apportion::{split, split_capped};
use super::cells::Cells;
use super::streams::Streams;
use crate::base::{Domain, Kjoenn, Stream};
use crate::town::model::DayNo;

/// Share of those of 18, 19, … 30 who live with a parent, per mille (own estimate, D), women and men.
const AT_HOME: [[u64; 13]; 2] = [
    [930, 700, 490, 340, 250, 180, 135, 95, 70, 55, 45, 35, 30],
    [970, 800, 610, 460, 350, 260, 205, 145, 110, 85, 70, 60, 50],
];
/// Chance of being the youngest at home by age 0, 1, …, per mille: one minus the share that has a younger sibling by
/// then, from the spacing below; the last value holds for all older.
const YOUNGEST: [u64; 8] = [1_000, 960, 830, 710, 630, 590, 560, 530];
/// Distances to the next elder sibling in days, equally likely: mean 2.9 years.
const SPACING: [u64; 12] = [380, 480, 570, 650, 730, 810, 900, 1_020, 1_200, 1_500, 1_950, 2_700];
/// Chances that a joining child becomes the second, third or later child of its family, per cent.
const PARITY: [u64; 3] = [74, 94, 100];
/// Deliveries of one mother are at least this far apart (§16.2 number 19).
const MIN_SPACING_DAYS: i32 = 270;
/// First and last child at home are at most this far apart, so that one woman can be mother of both.
const MAX_SPAN_DAYS: i32 = 22 * 365;
const EMPTY: u32 = u32::MAX;

/// Siblings at home.
pub(super) struct Families {
    /// Where each family's children begin in `children`; one more entry than families.
    pub start: Vec<u32>,
    /// Children's slots, the eldest first within a family.
    pub children: Vec<u32>,
    /// Age group of the youngest: 0 under six, 1 under eighteen, 2 adult.
    pub stage: Vec<u8>,
}

/// How many of each cell from 18 on live with a parent.
pub(super) fn adults_at_home(cells: &Cells) -> [[u32; 13]; 2] {
    let mut home = [[0; 13]; 2];
    for kjoenn in [Kjoenn::Kvinne, Kjoenn::Mann] {
        for (place, share) in AT_HOME[kjoenn as usize].iter().enumerate() {
            let count = u64::from(cells.count(kjoenn, 18 + place));
            home[kjoenn as usize][place] = u32::try_from((count * share + 500) / 1_000).expect("at most the cell");
        }
    }
    home
}

/// The children of one delivery on the way into a family, in order of birth; [`EMPTY`] after the last.
struct Unit {
    dato: DayNo,
    stage: u8,
    age: usize,
    slots: [u32; 3],
}

impl Unit {
    /// The children, the last-born first.
    fn last_first(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots.iter().rev().copied().filter(|&slot| slot != EMPTY)
    }
}

/// Families under construction: children linked from the youngest to the eldest.
struct Builder {
    youngest: Vec<u32>,
    eldest: Vec<u32>,
    youngest_dato: Vec<DayNo>,
    stage: Vec<u8>,
    size: Vec<u8>,
    next_elder: Vec<u32>,
    /// Families by number of children (1, 2, 3 and more), then by birth date of the eldest.
    waiting: [BTreeSet<(DayNo, u32)>; 3],
}

impl Families {
    /// Groups the children of `cells`; `wanted` families have their youngest in stage 0, 1 and 2. `adults` lists the slots
    /// of the adult children, in any order.
    pub fn gather(cells: &Cells, wanted: [u64; 3], adults: &[u32], streams: Streams) -> Self {
        let units = units(cells, adults);
        let opens = openers(&units, wanted, streams);
        let mut builder = Builder::new(cells.dato.len());
        let key = streams.key(Domain::Person, "soesken");
        // Families that could not be joined open one more; the next opener of the same stage then joins instead.
        let mut ahead = [0u32; 3];
        for (unit, opens) in units.iter().zip(opens) {
            let stage = usize::from(unit.stage);
            let wants_to_open = opens && ahead[stage] == 0;
            if opens && !wants_to_open {
                ahead[stage] -= 1;
            }
            let mut stream = key.at(u64::from(unit.slots[0]));
            if !wants_to_open && builder.join(unit, &mut stream) {
                continue;
            }
            if !wants_to_open {
                ahead[stage] += 1;
            }
            builder.open(unit);
        }
        builder.finish()
    }

    /// The children of family `index`, the eldest first.
    pub fn children_of(&self, index: usize) -> &[u32] {
        &self.children[self.start[index] as usize..self.start[index + 1] as usize]
    }
}

/// Children by delivery, the youngest first.
fn units(cells: &Cells, adults: &[u32]) -> Vec<Unit> {
    // The first-born brings the others along.
    let mut born_with = BTreeMap::new();
    for slots in cells.twins.iter().map(|&(one, other)| [one, other, EMPTY]).chain(cells.triplets.iter().copied()) {
        born_with.insert(slots[0], slots);
        for &later in slots[1..].iter().filter(|&&slot| slot != EMPTY) {
            born_with.insert(later, [EMPTY; 3]);
        }
    }
    let minors = [Kjoenn::Kvinne, Kjoenn::Mann].into_iter().flat_map(|kjoenn| {
        let first = cells.range(kjoenn, 0).start;
        first..cells.range(kjoenn, 17).end
    });
    let mut units: Vec<Unit> = minors
        .chain(adults.iter().copied())
        .filter_map(|slot| {
            let slots = born_with.get(&slot).copied().unwrap_or([slot, EMPTY, EMPTY]);
            let age = cells.age(slot);
            let stage = match age {
                0..=5 => 0,
                6..=17 => 1,
                _ => 2,
            };
            (slots[0] != EMPTY).then(|| Unit { dato: cells.dato[slot as usize], stage, age, slots })
        })
        .collect();
    units.sort_unstable_by(|a, b| b.dato.cmp(&a.dato).then(a.slots[0].cmp(&b.slots[0])));
    units
}

/// Which units are the youngest of a family.
fn openers(units: &[Unit], wanted: [u64; 3], streams: Streams) -> Vec<bool> {
    let mut opens = vec![false; units.len()];
    let key = streams.key(Domain::Kommune, "yngst");
    for stage in 0..3u8 {
        let mut by_age: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for (place, unit) in units.iter().enumerate().filter(|(_, unit)| unit.stage == stage) {
            by_age.entry(unit.age).or_default().push(u32::try_from(place).expect("a place"));
        }
        let caps: Vec<u64> = by_age.values().map(|places| places.len() as u64).collect();
        let weights: Vec<u64> =
            by_age.iter().map(|(&age, places)| places.len() as u64 * YOUNGEST[age.min(YOUNGEST.len() - 1)]).collect();
        let quotas = split_capped(wanted[usize::from(stage)], &weights, &caps);
        for ((&age, places), quota) in by_age.iter_mut().zip(quotas) {
            key.at(age as u64).shuffle(places);
            for &place in places.iter().take(usize::try_from(quota).expect("a count")) {
                opens[place as usize] = true;
            }
        }
    }
    opens
}

impl Builder {
    fn new(slots: usize) -> Self {
        Self {
            youngest: Vec::new(),
            eldest: Vec::new(),
            youngest_dato: Vec::new(),
            stage: Vec::new(),
            size: Vec::new(),
            next_elder: vec![EMPTY; slots],
            waiting: [BTreeSet::new(), BTreeSet::new(), BTreeSet::new()],
        }
    }

    fn open(&mut self, unit: &Unit) {
        let family = u32::try_from(self.youngest.len()).expect("a family");
        let mut slots = unit.last_first();
        let last_born = slots.next().expect("a delivery has a child");
        self.youngest.push(last_born);
        self.eldest.push(last_born);
        self.youngest_dato.push(unit.dato);
        self.stage.push(unit.stage);
        self.size.push(1);
        for elder in slots {
            self.link(family, elder);
        }
        self.wait(family, unit.dato);
    }

    fn link(&mut self, family: u32, slot: u32) {
        let at = family as usize;
        self.next_elder[self.eldest[at] as usize] = slot;
        self.eldest[at] = slot;
        self.size[at] += 1;
    }

    fn wait(&mut self, family: u32, eldest: DayNo) {
        let parity = usize::from(self.size[family as usize].min(3)) - 1;
        self.waiting[parity].insert((eldest, family));
    }

    /// Puts `unit` into the family whose eldest is nearest to the drawn distance; false when none can take it.
    fn join(&mut self, unit: &Unit, stream: &mut Stream) -> bool {
        let distance = SPACING[stream.index(SPACING.len())] + stream.uniform(120);
        let hit = stream.uniform(100);
        let wish = PARITY.iter().position(|&edge| hit < edge).unwrap_or(0);
        let target = unit.dato.0 + i32::try_from(distance).expect("some years") - 60;
        for parity in [wish, 0, 1, 2] {
            if let Some((dato, family)) = self.nearest(parity, target, unit.dato) {
                self.waiting[parity].remove(&(dato, family));
                for slot in unit.last_first() {
                    self.link(family, slot);
                }
                self.wait(family, unit.dato);
                return true;
            }
        }
        false
    }

    fn nearest(&self, parity: usize, target: i32, dato: DayNo) -> Option<(DayNo, u32)> {
        let earliest = DayNo(dato.0 + MIN_SPACING_DAYS);
        let middle = (DayNo(target.max(earliest.0)), 0);
        let fits = |key: &&(DayNo, u32)| self.youngest_dato[key.1 as usize].0 - dato.0 <= MAX_SPAN_DAYS;
        let waiting = &self.waiting[parity];
        let after = waiting.range(middle..).take(8).find(fits);
        let before = waiting.range((earliest, 0)..middle).next_back().filter(fits);
        match (before, after) {
            (Some(low), Some(high)) => Some(if target - low.0.0 <= high.0.0 - target { *low } else { *high }),
            (one, other) => one.or(other).copied(),
        }
    }

    fn finish(self) -> Families {
        let mut start = Vec::with_capacity(self.youngest.len() + 1);
        let mut children = Vec::new();
        start.push(0);
        for &youngest in &self.youngest {
            let from = children.len();
            let mut slot = youngest;
            while slot != EMPTY {
                children.push(slot);
                slot = self.next_elder[slot as usize];
            }
            children[from..].reverse();
            start.push(u32::try_from(children.len()).expect("children"));
        }
        Families { start, children, stage: self.stage }
    }
}

/// Household types per 10 000, in the order of `Husstandstype`, for this town: the country's shares, those with children
/// moved with the share of children, and two points more living alone below 5 000 people (§3.1).
pub(super) fn household_shares(
    size: u32,
    here: impl Fn(std::ops::Range<usize>) -> u64,
    tables: &super::tables::Tables,
) -> [u64; 9] {
    let national = |ages: std::ops::Range<usize>| -> u64 {
        tables.one_year.iter().map(|row| row[ages.clone()].iter().sum::<u64>()).sum()
    };
    // Children per adult against the country, in 10 000.
    let ratio = |ages: std::ops::Range<usize>| {
        let adults = (here(18..super::tables::AGES), national(18..super::tables::AGES));
        here(ages.clone()) * adults.1 / 100 * 10_000 / (national(ages) * adults.0 / 100).max(1)
    };
    let (small, big) = (ratio(0..6), ratio(6..18));
    let mut shares = tables.household_share.map(|share| share * 10_000);
    for (kind, ratio) in [(2, small), (4, small), (3, big), (5, big), (7, u64::midpoint(small, big))] {
        shares[kind] = shares[kind] / 10_000 * ratio;
    }
    if size < 5_000 {
        shares[0] += 200 * 10_000;
    }
    if size > 200_000 {
        shares[0] += 600 * 10_000;
        shares[8] = shares[8] * 8 / 5;
    }
    let parts = split(1_000_000, &shares);
    std::array::from_fn(|kind| parts[kind])
}

#[cfg(test)]
mod tests {
    use super::super::calendar::day_number;
    use super::super::tables::tables;
    use super::*;
    use crate::base::Seed;

    #[test]
    fn siblings_are_spaced_and_every_child_has_one_family() {
        for (size, seed) in [(1_500, 1), (20_000, 9)] {
            let streams = Streams { seed: Seed(seed), schema: 1 };
            let cells = Cells::plan(size, day_number(2027, 1, 4), streams, tables());
            let children: u64 =
                (0..18).map(|age| u64::from(cells.count(Kjoenn::Kvinne, age) + cells.count(Kjoenn::Mann, age))).sum();
            let wanted = [children * 22 / 100, children * 35 / 100, 0];
            let families = Families::gather(&cells, wanted, &[], streams);
            assert_eq!(families.children.len() as u64, children);
            for stage in 0..2u8 {
                let count = (0..families.stage.len()).filter(|&family| families.stage[family] == stage).count() as u64;
                assert_eq!(count, wanted[usize::from(stage)]);
            }
            let mut seen: Vec<u32> = families.children.clone();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len() as u64, children);
            for family in 0..families.stage.len() {
                for pair in families.children_of(family).windows(2) {
                    let apart = cells.dato[pair[1] as usize].0 - cells.dato[pair[0] as usize].0;
                    assert!(apart == 0 || apart >= MIN_SPACING_DAYS, "{apart}");
                }
            }
        }
    }
}
