//! Surnames: from whom everybody has theirs, and which names those had (`specs/population.md` §7.3, §17).
//!
//! First it is decided whose name everybody bears: the own, the father's, the mother's, both, the husband's. Then the names
//! are allotted to those they begin with, each counting as many bearers as it will have, so that the commonest names are as
//! common as they should be. Which name that is decides nothing else.

use super::{Form, NameTables};
use crate::base::{Domain, Lookup, Stream, StreamKey};
use crate::population::apportion::split;
use crate::population::calendar::civil;
use crate::population::origin::Origins;
use crate::population::roster::Roster;
use crate::population::streams::Given;
use crate::town::model::PersonId;

/// Children of two Norwegian parents with the mother's surname as middle name, per mille of those who have the father's
/// name alone and whose mother was born with another: 28 % of all children (§7.2).
const MIDDLE: u64 = 430;
/// Families of two names whose children have the father's, and the father's or the mother's, per cent; the others have
/// both: 8 % of all children (§7.3).
const FATHERS: u64 = 55;
const ONE_OF_BOTH: u64 = 90;
/// Children who have another surname than the family's, per cent: so 93 % of brothers and sisters share it (§7.3).
const DIFFERS: u64 = 3;
/// Before this year children had the father's name.
const FATHERS_UNTIL: i32 = 1985;
/// Draws of a name that is not yet borne by as many as it should be.
const TRIES: usize = 8;

/// No text.
pub(super) const ONE: u32 = u32::MAX;

/// A surname before it is known which.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Source {
    /// The one somebody was the first to bear in this town.
    Of(u32),
    /// This text.
    Text(u32),
}

/// The surnames of somebody: one or two.
pub(super) type Family = (Source, Option<Source>);

/// Middle name and surname at birth.
#[derive(Clone, Copy, Debug)]
pub(super) struct Birth {
    pub middle: Option<Source>,
    pub last: Family,
}

/// What is drawn for one person alone.
#[derive(Clone, Copy)]
pub(super) struct Own {
    /// First of the first names.
    pub first: u32,
    /// A surname of a list of names from abroad; [`ONE`] where the name is allotted.
    pub surname: u32,
    /// Another name of that list.
    pub middle: u32,
    /// How people of the background are called.
    pub form: Form,
}

/// Names at birth: a person's depends on the parents', who are older.
pub(super) struct Families<'a> {
    roster: &'a Roster,
    origins: &'a Origins,
    own: &'a [Own],
    family: StreamKey,
    alone: StreamKey,
    /// Husbands whose name the wife took.
    husband: Lookup<usize, usize>,
    birth: Vec<Option<Birth>>,
}

impl<'a> Families<'a> {
    /// Decides for every row; `takers` are wives who took the husband's name, and the husbands.
    pub fn decide(
        roster: &'a Roster,
        origins: &'a Origins,
        own: &'a [Own],
        takers: impl Iterator<Item = (usize, usize)>,
        given: Given<'_>,
    ) -> Vec<Birth> {
        let mut families = Self {
            roster,
            origins,
            own,
            family: given.streams.key(Domain::Person, "familienavn"),
            alone: given.streams.key(Domain::Person, "eget_familienavn"),
            husband: takers.collect(),
            birth: vec![None; own.len()],
        };
        (0..own.len()).map(|person| families.of(person)).collect()
    }

    fn of(&mut self, person: usize) -> Birth {
        if let Some(known) = self.birth[person] {
            return known;
        }
        let decided = self.find(person);
        self.birth[person] = Some(decided);
        decided
    }

    fn find(&mut self, person: usize) -> Birth {
        let (roster, origins) = (self.roster, self.origins);
        let related = |parent: &usize| origins.same(*parent, person);
        let mor = roster.mor[person].some().map(PersonId::index).filter(related);
        let far = roster.far[person].some().map(PersonId::index).filter(related);
        let own = self.own[person];
        if own.form == Form::Patronymic {
            return self.patronymic(person, mor, far);
        }
        let mother = mor.map(|mor| self.of(mor).last);
        let father = far.map(|far| self.of(far).last);
        let mut birth = match (mother, father) {
            (None, None) => {
                let row = u32::try_from(person).expect("a row");
                Birth { middle: None, last: (Source::Of(row), None) }
            }
            (Some(last), None) | (None, Some(last)) => Birth { middle: None, last },
            (Some(mother), Some(father)) => self.of_both(person, (mor.unwrap_or(0), far.unwrap_or(0)), mother, father),
        };
        if own.form == Form::MothersName {
            birth.middle = Some(mother.map_or(Source::Text(own.middle), |mother| mother.0));
            birth.last = father.or(mother).unwrap_or(birth.last);
        }
        birth
    }

    /// A surname of two known ones: brothers and sisters nearly always share it.
    fn of_both(&self, person: usize, (mor, far): (usize, usize), mother: Family, father: Family) -> Birth {
        let mut own = self.alone.at(person as u64);
        let differs = own.uniform(100) < DIFFERS;
        let family = if differs { own.uniform(100) } else { self.family.at(mor as u64).uniform(100) };
        let is_one_name = self.husband.get(&mor) == Some(&far);
        let is_norwegian = self.origins.is_norwegian(person);
        let last = match family {
            _ if is_one_name || !is_norwegian || civil(self.roster.dato[person]).0 < FATHERS_UNTIL => father,
            ..FATHERS => father,
            FATHERS..ONE_OF_BOTH => mother,
            _ if mother.0 != father.0 => (mother.0, Some(father.0)),
            _ => father,
        };
        let wants_middle = is_norwegian && own.uniform(1_000) < MIDDLE && last == father && mother.0 != father.0;
        Birth { middle: wants_middle.then_some(mother.0), last }
    }

    /// First name of the father, then of his father; brothers and sisters without a father among the rows share what is
    /// drawn for their mother.
    fn patronymic(&mut self, person: usize, mor: Option<usize>, far: Option<usize>) -> Birth {
        let text = |text| (Source::Text(text), None);
        if let Some(far) = far {
            let his = self.of(far);
            let last = his.middle.map_or(his.last, |grandfather| (grandfather, None));
            return Birth { middle: Some(Source::Text(self.own[far].first)), last };
        }
        let own = self.own[mor.unwrap_or(person)];
        let (middle, last) = if mor.is_none() { (own.middle, own.surname) } else { (own.surname, own.middle) };
        Birth { middle: Some(Source::Text(middle)), last: text(last) }
    }
}

/// Gives every row that begins a name its surname. `bearers` says how many residents will bear the one of each row.
pub(super) fn allot(own: &[Own], bearers: &[u32], names: &NameTables, residents: usize, given: Given<'_>) -> Vec<u32> {
    let mut surnames: Vec<u32> = own.iter().map(|own| own.surname).collect();
    let mut founders: Vec<u32> = (0..own.len())
        .filter(|&row| surnames[row] == ONE && bearers[row] > 0)
        .map(|row| u32::try_from(row).expect("a row"))
        .collect();
    let mut stream = given.streams.kommune("etternavn");
    stream.shuffle(&mut founders);
    // Whose name most will bear come first: so the last find room.
    founders.sort_by_key(|&row| std::cmp::Reverse(bearers[row as usize]));
    let total: u64 = founders.iter().map(|&row| u64::from(bearers[row as usize])).sum();
    let mut open = Open::new(&counts(names, total, residents as u64, given));
    for row in founders {
        let place = open.take(u64::from(bearers[row as usize]), &mut stream);
        surnames[row as usize] = names.first_surname + place;
    }
    let totals = names.surname_totals(given.profile);
    let key = given.streams.key(Domain::Person, "etternavn");
    for (row, surname) in surnames.iter_mut().enumerate().filter(|(_, surname)| **surname == ONE) {
        let place = key.at(row as u64).weighted(&totals);
        *surname = names.first_surname + u32::try_from(place).expect("a surname");
    }
    surnames
}

/// How many of `total` bearers each surname has: the listed ones their share of all `residents`, the tail the rest.
fn counts(names: &NameTables, total: u64, residents: u64, given: Given<'_>) -> Vec<u64> {
    let mut weights = names.surname_weights(given.profile, residents);
    let tail = weights.split_off(names.listed_surnames);
    let listed: u64 = weights.iter().sum();
    let rest = u128::from((total * 1_000_000).saturating_sub(listed));
    let sum = tail.iter().copied().map(u128::from).sum::<u128>().max(1);
    weights.extend(tail.iter().map(|&weight| u64::try_from(u128::from(weight) * rest / sum).expect("a part")));
    split(total, &weights)
}

/// Bearers not yet given, by surname: draws one in proportion, in the logarithm of their number.
struct Open {
    left: Vec<u64>,
    /// Sums over stretches of surnames, as in a Fenwick tree.
    sums: Vec<u64>,
    total: u64,
}

impl Open {
    fn new(counts: &[u64]) -> Self {
        let mut open = Self { left: vec![0; counts.len()], sums: vec![0; counts.len() + 1], total: 0 };
        for (place, &count) in counts.iter().enumerate() {
            open.left[place] = count;
            open.total += count;
            let mut at = place + 1;
            while at < open.sums.len() {
                open.sums[at] += count;
                at += at & at.wrapping_neg();
            }
        }
        open
    }

    /// The surname that holds bearer number `hit`.
    fn holder(&self, mut hit: u64) -> usize {
        let mut at = 0;
        let mut step = self.sums.len().next_power_of_two();
        while step > 0 {
            let next = at + step;
            if next < self.sums.len() && self.sums[next] <= hit {
                hit -= self.sums[next];
                at = next;
            }
            step /= 2;
        }
        at
    }

    /// A surname for `bearers` people, one that still wants so many if a few draws find one.
    fn take(&mut self, bearers: u64, stream: &mut Stream) -> u32 {
        let mut place = 0;
        for _ in 0..TRIES {
            place = self.holder(stream.uniform(self.total.max(1))).min(self.left.len() - 1);
            if self.left[place] >= bearers {
                break;
            }
        }
        let taken = bearers.min(self.left[place]);
        self.left[place] -= taken;
        self.total -= taken;
        let mut at = place + 1;
        while at < self.sums.len() {
            self.sums[at] -= taken;
            at += at & at.wrapping_neg();
        }
        u32::try_from(place).expect("a surname")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Purpose, Seed};

    #[test]
    fn open_surnames_run_out_together() {
        let counts = [5, 0, 12, 1, 30, 0, 2];
        let mut open = Open::new(&counts);
        let mut stream = StreamKey::new(Seed(4), 1, Domain::Kommune, Purpose("prove")).at(0);
        let mut got = [0u64; 7];
        // Nobody draws a name that nobody wants any more, as long as one bearer is given at a time.
        for _ in 0..counts.iter().sum::<u64>() {
            got[open.take(1, &mut stream) as usize] += 1;
        }
        assert_eq!(got, counts);
        let open = Open::new(&counts);
        assert_eq!([0, 4, 5, 16, 17, 18, 47, 48].map(|hit| open.holder(hit)), [0, 0, 2, 2, 3, 4, 4, 6]);
    }
}
