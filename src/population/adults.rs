//! Adults into unions and households: who is whose mother, partner and flatmate.
//!
//! Counts come first here too. The household types fix how many couples, lone parents and people alone there are; the
//! union table (`specs/population.md` §3.2) fixes how many of each age live in a union; then mothers are sought for the
//! groups of siblings by the fertility pattern, men are matched to women by age, and who remains lives alone.

use super::apportion::{split, split_capped};
use super::cells::Cells;
use super::families::Families;
use super::pool::Pool;
use super::streams::Streams;
use super::tables::{AGES, Tables, by_age};
use crate::base::{Domain, Kjoenn, Stream, StreamKey};
use crate::town::model::{DayNo, Husstandstype};

/// No slot, no family.
pub(super) const EMPTY: u32 = u32::MAX;
/// Share of one-family households with only adult children in which both parents live, per cent (own estimate, D).
const COUPLES_WITH_ADULT_CHILDREN: u64 = 80;
/// The same for households of several families with children.
const COUPLES_IN_MULTI: u64 = 85;
/// Share of households of several families without children that are a couple and an elderly parent, per cent (D).
const COUPLE_AND_ELDER: u64 = 30;
/// Lone fathers among lone parents by stage of the youngest, per cent; about 15 together (§3.1).
const LONE_FATHERS: [u64; 3] = [6, 18, 25];
/// Women in unions who have no child at home yet, from these ages on, per mille (own estimate, D).
const NO_CHILD_YET: [(usize, usize); 7] = [(18, 700), (23, 600), (26, 450), (29, 330), (32, 220), (35, 130), (40, 50)];
/// Couples of two women and of two men, per mille (from the share of marriages, §3.2).
const TWO_WOMEN: u64 = 10;
const TWO_MEN: u64 = 5;

/// A household in slots.
#[derive(Clone, Debug)]
pub(super) struct Household {
    pub slag: Husstandstype,
    /// Reference person, and partner or [`EMPTY`].
    pub voksne: [u32; 2],
    /// Index of the group of siblings whose parents the first ones are, or [`EMPTY`].
    pub family: u32,
    /// Others who live there.
    pub others: Vec<u32>,
}

/// Couples per hundred households of each type: what the counts below come to.
const COUPLES_PER_HOUSEHOLD: [u64; 9] =
    [0, 100, 100, 100, 0, 0, COUPLES_WITH_ADULT_CHILDREN, COUPLES_IN_MULTI, COUPLE_AND_ELDER];

/// Women and men in unions that `households` of the given shares (in millionths) stand for. The survey of §3.2 counts
/// about a tenth more than the register's household types hold (§3.1); the types decide, since both cannot hold.
pub(super) fn in_unions(households: u64, shares: &[u64; 9]) -> [u64; 2] {
    let couples: u64 = shares.iter().zip(COUPLES_PER_HOUSEHOLD).map(|(share, couples)| share * couples).sum();
    // A few more are married and live apart (see `civil`): about ten in a thousand couples.
    let couples = couples / 100 * households / 1_000 * 1_010 / 1_000;
    // In thousandths of a couple; those of two women have no man, those of two men no woman.
    [couples * (1_000 + TWO_WOMEN - TWO_MEN) / 1_000_000, couples * (1_000 + TWO_MEN - TWO_WOMEN) / 1_000_000]
}

/// How many households of each kind, given the groups of siblings and the number of adults.
#[derive(Debug)]
struct Counts {
    /// Per stage of the youngest: couples, lone parents, couples and lone parents in households of several families.
    families: [[u64; 4]; 3],
    couples_alone: u64,
    couple_and_elder: u64,
    /// Shared flats of two, three and four.
    flats: [u64; 3],
    /// Households of several families that hold two more adults than the family instead of one.
    two_extras: u64,
}

impl Counts {
    fn new(families: &Families, adults: u64, shares: &[u64; 9]) -> Self {
        let mut stages = [0u64; 3];
        for &stage in &families.stage {
            stages[usize::from(stage)] += 1;
        }
        let split_multi = |total: u64, kinds: &[u64]| {
            let parts = split(total, kinds);
            let couples = (parts[2] * COUPLES_IN_MULTI + 50) / 100;
            [parts[0], parts[1], couples, parts[2] - couples]
        };
        let families = [
            split_multi(stages[0], &[shares[2], shares[4], shares[7] * 2 / 5]),
            split_multi(stages[1], &[shares[3], shares[5], shares[7] * 3 / 5]),
            split_multi(stages[2], &[COUPLES_WITH_ADULT_CHILDREN, 100 - COUPLES_WITH_ADULT_CHILDREN, 0]),
        ];
        let multi: u64 = families.iter().map(|stage| stage[2] + stage[3]).sum();
        let two_extras = multi / 4;
        let parents: u64 = families.iter().map(|stage| 2 * (stage[0] + stage[2]) + stage[1] + stage[3]).sum();
        let left = adults - parents - multi - two_extras;
        // x households such that alone + 2 · couples + 2.7 · several families take everybody left, in tenths.
        let scale = shares[0] * 10 + shares[1] * 20 + shares[8] * 27;
        let part = |share: u64| (left * 10 * share + scale / 2) / scale;
        let (couples_alone, several) = (part(shares[1]), part(shares[8]));
        let couple_and_elder = several * COUPLE_AND_ELDER / 100;
        let flats = split(several - couple_and_elder, &[56, 28, 16]);
        Self { families, couples_alone, couple_and_elder, flats: [flats[0], flats[1], flats[2]], two_extras }
    }

    fn couples(&self) -> u64 {
        let with_children: u64 = self.families.iter().map(|stage| stage[0] + stage[2]).sum();
        with_children + self.couples_alone + self.couple_and_elder
    }
}

/// People in unions by age, women and men (§3.2), scaled so that they make up `couples`.
pub(super) fn union_counts(cells: &Cells, tables: &Tables, kjoenn: Kjoenn, people: u64, free: &Pool) -> Vec<u64> {
    let weights: Vec<u64> = (0..AGES)
        .map(|age| {
            let row = by_age(&tables.unions, u32::try_from(age).expect("an age"));
            let per_cent = row.map_or(0, |row| row.cohabiting[kjoenn as usize] + row.married[kjoenn as usize]);
            if age < 18 { 0 } else { u64::from(cells.count(kjoenn, age)) * per_cent }
        })
        .collect();
    let caps: Vec<u64> = (0..AGES).map(|age| free.len_at(age) as u64 * 97 / 100).collect();
    split_capped(people, &weights, &caps)
}

/// What is being filled.
struct Placing<'a> {
    cells: &'a Cells,
    families: &'a Families,
    tables: &'a Tables,
    single: [Pool; 2],
    union: [Pool; 2],
    households: Vec<Household>,
}

/// What a group of siblings lives in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Home {
    Couple,
    Lone,
    MultiCouple,
    MultiLone,
}

/// All households of the town, in random order. `free` are the adults who do not live with a parent.
pub(super) fn place(
    cells: &Cells,
    families: &Families,
    free: [Pool; 2],
    shares: &[u64; 9],
    tables: &Tables,
    streams: Streams,
) -> Vec<Household> {
    let adults = (free[0].len() + free[1].len()) as u64;
    let counts = Counts::new(families, adults, shares);
    let homes = homes(families, &counts, streams);
    let couples = counts.couples();
    let same_sex = [(couples * TWO_WOMEN / 1_000).max(1), couples * TWO_MEN / 1_000];
    let mut placing = Placing {
        cells,
        families,
        tables,
        single: free,
        union: [Pool::new(), Pool::new()],
        households: Vec::with_capacity(usize::try_from(adults).expect("a count")),
    };
    placing.draw_unions(couples, same_sex);
    let mut mothers = placing.mothers(&homes, streams);
    let mut women = placing.women_in_unions(&homes, &mothers);
    let mut pairs = placing.two_women(&mut women, same_sex[0], streams);
    let mut men = placing.men(same_sex[1], &mut pairs);
    placing.level(&mut women, &mut men);
    pairs.extend(match_by_age(cells, families, women, men, streams));
    placing.lone_fathers(&homes, &mut mothers, streams);
    placing.with_families(&homes, &mothers, &pairs, counts.two_extras, streams);
    placing.couples_alone(&pairs, &counts);
    placing.flats(&counts, streams);
    placing.alone();
    let mut households = placing.households;
    streams.kommune("husstandsrekkefoelge").shuffle(&mut households);
    households
}

/// Deals the kinds of homes to the groups of siblings.
fn homes(families: &Families, counts: &Counts, streams: Streams) -> Vec<Home> {
    let mut homes = vec![Home::Couple; families.stage.len()];
    for stage in 0..3u8 {
        let mut of_stage: Vec<usize> =
            (0..families.stage.len()).filter(|&family| families.stage[family] == stage).collect();
        streams.key(Domain::Kommune, "familieform").at(u64::from(stage)).shuffle(&mut of_stage);
        let kinds = [Home::Couple, Home::Lone, Home::MultiCouple, Home::MultiLone];
        let mut next = of_stage.into_iter();
        for (kind, count) in kinds.into_iter().zip(counts.families[usize::from(stage)]) {
            for family in next.by_ref().take(usize::try_from(count).expect("a count")) {
                homes[family] = kind;
            }
        }
    }
    homes
}

/// A couple: the woman (or first of two), the partner, and the group of siblings or [`EMPTY`].
type Pair = (u32, u32, u32);

impl Placing<'_> {
    fn age(&self, slot: u32) -> i32 {
        i32::try_from(self.cells.age(slot)).expect("an age")
    }

    /// Moves as many adults of each age into the union pools as the table asks for.
    fn draw_unions(&mut self, couples: u64, same_sex: [u64; 2]) {
        let mixed = couples - same_sex[0] - same_sex[1];
        for kjoenn in [Kjoenn::Kvinne, Kjoenn::Mann] {
            let sex = kjoenn as usize;
            let people = mixed + 2 * same_sex[sex];
            let counts = union_counts(self.cells, self.tables, kjoenn, people, &self.single[sex]);
            for (age, count) in counts.into_iter().enumerate() {
                for _ in 0..count {
                    if let Some(slot) = self.single[sex].take(age) {
                        self.union[sex].push(age, slot);
                    }
                }
            }
        }
    }

    /// The age a mother or father of these children would have now, by the fertility pattern.
    fn wished_age(&self, children: &[u32], stream: &mut Stream) -> i32 {
        let years = 15 + i64::try_from(stream.weighted(&self.tables.fertility)).expect("an age");
        let middle: i64 = children.iter().map(|&slot| i64::from(self.cells.dato[slot as usize].0)).sum::<i64>()
            / i64::try_from(children.len()).expect("children");
        let days = i64::from(self.cells.today.0) - middle + i64::try_from(stream.uniform(365)).expect("days");
        i32::try_from(years + days * 4 / 1_461).expect("an age")
    }

    /// The lowest and highest age of a mother: at least 16 at the eldest's birth, at most 50 at the youngest's.
    fn mother_range(&self, children: &[u32]) -> (i32, i32) {
        let (eldest, youngest) = (children[0], children[children.len() - 1]);
        ((self.age(eldest) + 17).max(18), self.age(youngest) + 49)
    }

    /// A mother for every group of siblings that has one at home.
    fn mothers(&mut self, homes: &[Home], streams: Streams) -> Vec<u32> {
        let key = streams.key(Domain::Kommune, "mor");
        let mut order: Vec<usize> = (0..homes.len()).collect();
        streams.kommune("moererekkefoelge").shuffle(&mut order);
        let mut mothers = vec![EMPTY; homes.len()];
        self.teenage_mother(homes, &mut mothers);
        let childless = self.set_childless_aside();
        let mut borrowed = [0usize; 2];
        // A father with children under eighteen is in every town (§16.9): the last family in question has one if no other.
        let is_with_father = |family: usize| homes[family] == Home::Lone && self.families.stage[family] < 2;
        let mut lone_left = order.iter().filter(|&&family| mothers[family] == EMPTY && is_with_father(family)).count();
        let mut fathers = 0usize;
        for family in order {
            if mothers[family] != EMPTY {
                continue;
            }
            let mut stream = key.at(family as u64);
            let children = self.families.children_of(family);
            let is_lone = matches!(homes[family], Home::Lone | Home::MultiLone);
            let stage = self.families.stage[family];
            let counts = homes[family] == Home::Lone && stage < 2;
            lone_left -= usize::from(counts);
            let by_chance = is_lone && stream.uniform(100) < LONE_FATHERS[usize::from(stage)];
            if by_chance || counts && fathers == 0 && lone_left == 0 {
                fathers += usize::from(counts);
                continue;
            }
            let wish = self.wished_age(children, &mut stream);
            let (lowest, highest) = self.mother_range(children);
            let [women, _] = if is_lone { &mut self.single } else { &mut self.union };
            if let Some(slot) = women.take_nearest(wish, lowest, highest) {
                mothers[family] = slot;
                continue;
            }
            let [others, _] = if is_lone { &mut self.union } else { &mut self.single };
            // The last resort is any mother the register would accept (§16.2 number 13).
            let found = others
                .take_nearest(wish, lowest, highest)
                .or_else(|| others.take_nearest(wish, (lowest - 2).max(18), highest + 4));
            if let Some(slot) = found {
                mothers[family] = slot;
                borrowed[usize::from(is_lone)] += 1;
            }
        }
        for slot in childless {
            self.union[0].push(self.cells.age(slot), slot);
        }
        self.give_back(borrowed);
        mothers
    }

    /// Takes women in unions who have no child yet out of the pool of mothers.
    fn set_childless_aside(&mut self) -> Vec<u32> {
        let mut childless = Vec::new();
        for age in 18..AGES {
            let share = NO_CHILD_YET.iter().rev().find(|row| age >= row.0).map_or(0, |row| row.1);
            let count = (self.union[0].len_at(age) * share + 500) / 1_000;
            childless.extend((0..count).filter_map(|_| self.union[0].take(age)));
        }
        childless
    }

    /// One mother under twenty (§16.9): an only child of at most two gets her, of a lone parent if there is one.
    fn teenage_mother(&mut self, homes: &[Home], mothers: &mut [u32]) {
        let age_of_only_child = |family: usize| match self.families.children_of(family) {
            &[child] => Some(self.age(child)).filter(|&age| age <= 2),
            _ => None,
        };
        let young = (0..homes.len())
            .filter_map(|family| Some((homes[family] != Home::Lone, age_of_only_child(family)?, family)))
            .min();
        let Some((_, age, family)) = young else { return };
        let lowest = (age + 17).max(18);
        let found = self.single[0].take_nearest(19, lowest, 19).or_else(|| self.union[0].take_nearest(19, lowest, 19));
        mothers[family] = found.unwrap_or(EMPTY);
    }

    /// Women taken from the wrong pool are made up for, so that the number of couples stays.
    fn give_back(&mut self, [from_single, from_union]: [usize; 2]) {
        for _ in 0..from_single {
            if let Some(slot) = self.union[0].take_nearest(60, 18, 105) {
                self.single[0].push(self.cells.age(slot), slot);
            }
        }
        for _ in 0..from_union {
            if let Some(slot) = self.single[0].take_nearest(45, 25, 80) {
                self.union[0].push(self.cells.age(slot), slot);
            }
        }
    }

    /// All women in unions with their group of siblings, if any.
    fn women_in_unions(&mut self, homes: &[Home], mothers: &[u32]) -> Vec<(u32, u32)> {
        let mut women: Vec<(u32, u32)> = (0..homes.len())
            .filter(|&family| matches!(homes[family], Home::Couple | Home::MultiCouple))
            .map(|family| (mothers[family], u32::try_from(family).expect("a family")))
            .filter(|&(slot, _)| slot != EMPTY)
            .collect();
        women.extend(self.union[0].drain().into_iter().map(|slot| (slot, EMPTY)));
        women
    }

    /// Couples of two women: a third of them, and at least one, with small children.
    fn two_women(&self, women: &mut Vec<(u32, u32)>, wanted: u64, streams: Streams) -> Vec<Pair> {
        let mut with_children: Vec<usize> = (0..women.len())
            .filter(|&place| women[place].1 != EMPTY && self.families.stage[women[place].1 as usize] == 0)
            .collect();
        let mut childless: Vec<usize> = (0..women.len()).filter(|&place| women[place].1 == EMPTY).collect();
        let mut stream = streams.kommune("to_kvinner");
        stream.shuffle(&mut with_children);
        stream.shuffle(&mut childless);
        let mut by_age = Pool::new();
        for &place in childless.iter().filter(|&&place| self.age(women[place].0) >= 20) {
            by_age.push(self.cells.age(women[place].0), u32::try_from(place).expect("a woman"));
        }
        let mut taken = vec![false; women.len()];
        let mut pairs = Vec::new();
        for number in 0..wanted {
            let list = if number % 3 == 0 { &mut with_children } else { &mut childless };
            let first = std::iter::from_fn(|| list.pop()).find(|&place| !taken[place]);
            let Some(first) = first else { continue };
            taken[first] = true;
            let age = self.age(women[first].0);
            let second = std::iter::from_fn(|| by_age.take_nearest(age, 20, 105)).find(|&place| !taken[place as usize]);
            let Some(second) = second else { continue };
            taken[second as usize] = true;
            pairs.push((women[first].0, women[second as usize].0, women[first].1));
        }
        let paired = |slot: u32| pairs.iter().any(|&(one, two, _)| one == slot || two == slot);
        let mut place = 0;
        women.retain(|&(slot, _)| {
            place += 1;
            !(taken[place - 1] && paired(slot))
        });
        pairs
    }

    /// All men in unions, by birth date, after couples of two men are taken out evenly over the ages.
    fn men(&mut self, wanted: u64, pairs: &mut Vec<Pair>) -> Vec<u32> {
        let mut men = self.union[1].drain();
        men.sort_unstable_by_key(|&slot| (self.cells.dato[slot as usize], slot));
        let wanted = usize::try_from(wanted).expect("a count");
        let mut taken = vec![false; men.len()];
        for number in 0..wanted {
            let place = (number + 1) * men.len() / (wanted + 1);
            if place + 1 < men.len() && !taken[place] {
                pairs.push((men[place], men[place + 1], EMPTY));
                taken[place] = true;
                taken[place + 1] = true;
            }
        }
        let mut place = 0;
        men.retain(|_| {
            place += 1;
            !taken[place - 1]
        });
        men
    }

    /// Sends home who is left over, so that there are as many women as men to pair.
    fn level(&mut self, women: &mut Vec<(u32, u32)>, men: &mut Vec<u32>) {
        while men.len() > women.len() {
            let slot = men.remove(men.len() / 2);
            self.single[1].push(self.cells.age(slot), slot);
        }
        while women.len() > men.len() {
            let Some(place) = women.iter().rposition(|&(_, family)| family == EMPTY) else { return };
            let (slot, _) = women.remove(place);
            self.single[0].push(self.cells.age(slot), slot);
        }
    }

    /// Fathers for lone families without a mother at home.
    fn lone_fathers(&mut self, homes: &[Home], parents: &mut [u32], streams: Streams) {
        let key = streams.key(Domain::Kommune, "far");
        for family in 0..homes.len() {
            if parents[family] != EMPTY || !matches!(homes[family], Home::Lone | Home::MultiLone) {
                continue;
            }
            let children = self.families.children_of(family);
            let wish = self.wished_age(children, &mut key.at(family as u64)) + 3;
            let (lowest, highest) = self.mother_range(children);
            parents[family] = self.single[1]
                .take_nearest(wish, lowest, highest + 20)
                .or_else(|| self.single[0].take_nearest(wish, lowest, highest))
                .or_else(|| self.single[1].take_nearest(wish, lowest, 105))
                .expect("some adult in town is old enough and lives alone");
        }
    }

    /// Households with children at home; those of several families take one or two more adults.
    fn with_families(&mut self, homes: &[Home], parents: &[u32], pairs: &[Pair], two_extras: u64, streams: Streams) {
        let key = streams.key(Domain::Kommune, "flere_familier");
        let mut partner = vec![EMPTY; homes.len()];
        for &(_, second, family) in pairs.iter().filter(|pair| pair.2 != EMPTY) {
            partner[family as usize] = second;
        }
        let mut two_left = two_extras;
        for family in 0..homes.len() {
            let (stage, home) = (self.families.stage[family], homes[family]);
            let slag = match (stage, home) {
                (_, Home::MultiCouple | Home::MultiLone) => Husstandstype::FlereFamilierMedBarn,
                (0, Home::Couple) => Husstandstype::ParMedSmaabarn,
                (0, Home::Lone) => Husstandstype::EnsligMedSmaabarn,
                (1, Home::Couple) => Husstandstype::ParMedStoreBarn,
                (1, Home::Lone) => Husstandstype::EnsligMedStoreBarn,
                _ => Husstandstype::VoksneBarn,
            };
            let mut others = Vec::new();
            if slag == Husstandstype::FlereFamilierMedBarn {
                let mut stream = key.at(family as u64);
                let extras = if two_left > 0 { 2 } else { 1 };
                two_left = two_left.saturating_sub(1);
                for _ in 0..extras {
                    others.extend(self.extra(parents[family], &mut stream));
                }
            }
            let family_id = u32::try_from(family).expect("a family");
            self.households.push(Household {
                slag,
                voksne: [parents[family], partner[family]],
                family: family_id,
                others,
            });
        }
    }

    /// Somebody more in a household of several families: a grandparent in six of ten, else a young adult.
    fn extra(&mut self, parent: u32, stream: &mut Stream) -> Option<u32> {
        let age = self.age(parent);
        let (wish, lowest) = if stream.uniform(10) < 6 {
            (age + 27, age + 18)
        } else {
            (19 + i32::try_from(stream.uniform(18)).ok()?, 18)
        };
        let sex = usize::from(stream.uniform(100) >= 60);
        self.single[sex]
            .take_nearest(wish, lowest, 105)
            .or_else(|| self.single[1 - sex].take_nearest(wish, lowest, 105))
            .or_else(|| self.single[sex].take_nearest(wish, 18, 105))
            .or_else(|| self.single[1 - sex].take_nearest(wish, 18, 105))
    }

    /// Couples without children at home; some of middle age live with an elderly parent.
    fn couples_alone(&mut self, pairs: &[Pair], counts: &Counts) {
        let mut with_elder = counts.couple_and_elder;
        let mut couples: Vec<Pair> = pairs.iter().copied().filter(|pair| pair.2 == EMPTY).collect();
        couples.sort_unstable_by_key(|&(first, second, _)| {
            let age = self.age(first).max(self.age(second));
            (!(38..=62).contains(&age), first)
        });
        for (first, second, _) in couples {
            let mut household = Household {
                slag: Husstandstype::ParUtenBarn,
                voksne: [first, second],
                family: EMPTY,
                others: Vec::new(),
            };
            if with_elder > 0 {
                let age = self.age(first).max(self.age(second));
                let elder = self.single[0]
                    .take_nearest(age + 26, age + 17, 105)
                    .or_else(|| self.single[1].take_nearest(age + 26, age + 17, 105))
                    .or_else(|| self.single[1].take_nearest(25, 18, 105))
                    .or_else(|| self.single[0].take_nearest(25, 18, 105));
                household.others.extend(elder);
                household.slag = Husstandstype::FlereFamilierUtenBarn;
                with_elder -= 1;
            }
            self.households.push(household);
        }
    }

    /// Shared flats: most by people of 19 to 35, of about the same age.
    fn flats(&mut self, counts: &Counts, streams: Streams) {
        let key = streams.key(Domain::Kommune, "bokollektiv");
        let mut number = 0;
        for (more, &count) in counts.flats.iter().enumerate() {
            for _ in 0..count {
                let mut stream = key.at(number);
                number += 1;
                let wish = if stream.uniform(100) < 75 { 19 + stream.uniform(14) } else { 33 + stream.uniform(40) };
                let wish = i32::try_from(wish).expect("an age");
                let members: Vec<u32> = (0..more + 2)
                    .filter_map(|_| {
                        let sex = stream.index(2);
                        let near = wish + i32::try_from(stream.uniform(5)).expect("years") - 2;
                        self.single[sex]
                            .take_nearest(near, 18, 105)
                            .or_else(|| self.single[1 - sex].take_nearest(near, 18, 105))
                    })
                    .collect();
                let Some((&first, others)) = members.split_first() else { continue };
                let slag = if others.is_empty() { Husstandstype::Alene } else { Husstandstype::FlereFamilierUtenBarn };
                self.households.push(Household {
                    slag,
                    voksne: [first, EMPTY],
                    family: EMPTY,
                    others: others.to_vec(),
                });
            }
        }
    }

    /// Everybody left lives alone.
    fn alone(&mut self) {
        for sex in 0..2 {
            for slot in self.single[sex].drain() {
                self.households.push(Household {
                    slag: Husstandstype::Alene,
                    voksne: [slot, EMPTY],
                    family: EMPTY,
                    others: Vec::new(),
                });
            }
        }
    }
}

/// How much older the man is, in days: mean 2.8 years, deviation 5 (§3.3), as a sum of four even draws.
fn age_gap(key: &StreamKey, slot: u32) -> i32 {
    const HALF_WIDTH: u64 = 1_581;
    let mut stream = key.at(u64::from(slot));
    let sum: u64 = (0..4).map(|_| stream.uniform(2 * HALF_WIDTH + 1)).sum();
    i32::try_from(sum).expect("some years") - i32::try_from(4 * HALF_WIDTH).expect("some years") + 1_022
}

/// Women and men in the order of (wished) birth, one to one; a man too young for the children changes place with an older.
fn match_by_age(
    cells: &Cells,
    families: &Families,
    mut women: Vec<(u32, u32)>,
    mut men: Vec<u32>,
    streams: Streams,
) -> Vec<Pair> {
    let key = streams.key(Domain::Person, "aldersforskjell");
    women.sort_by_cached_key(|&(slot, _)| (cells.dato[slot as usize].0 - age_gap(&key, slot), slot));
    // The latest birth date a father of the group may have: 17 years before the eldest, and 70 before the youngest.
    let limits: Vec<(DayNo, DayNo)> = women
        .iter()
        .map(|&(_, family)| {
            if family == EMPTY {
                return (DayNo(i32::MIN), DayNo(i32::MAX));
            }
            let children = families.children_of(family as usize);
            let (eldest, youngest) = (children[0], children[children.len() - 1]);
            (DayNo(cells.dato[youngest as usize].0 - 70 * 365), DayNo(cells.dato[eldest as usize].0 - 17 * 366))
        })
        .collect();
    let fits = |man: u32, (earliest, latest): (DayNo, DayNo)| (earliest..=latest).contains(&cells.dato[man as usize]);
    let paired = women.len().min(men.len());
    for place in 0..paired {
        if fits(men[place], limits[place]) {
            continue;
        }
        let other = (0..place)
            .rev()
            .chain(place + 1..paired)
            .find(|&other| fits(men[other], limits[place]) && fits(men[place], limits[other]));
        if let Some(other) = other {
            men.swap(place, other);
        }
    }
    women.into_iter().zip(men).map(|((woman, family), man)| (woman, man, family)).collect()
}
