//! Who has which first name (`specs/population.md` §7.1, §7.2, §17).
//!
//! Names are counted before they are given: within each sex and decade of birth the listed names are allotted by largest
//! remainder, what is rounded away in one decade is made good in the next, and only who gets which is drawn. So the
//! commonest names are as common as they should be, in small towns too.

use rayon::prelude::*;

use super::{COUNTED, DECADES, FirstNames, NameTables, decade, rake};
use crate::base::{Domain, Kjoenn, TextId};
use crate::population::calendar::civil;
use crate::population::origin::Origins;
use crate::population::roster::Roster;
use crate::population::streams::Streams;
use crate::town::model::PersonId;

/// Binary places of a part of a person.
const PART: u32 = 20;
/// People asked to change names with before two relatives keep the same one.
const ASKED: usize = 60;

/// How many of each decade get each of some names. `weights` are by name and decade.
fn allot(weights: &[[u64; DECADES]], people: &[u64; DECADES]) -> Vec<Vec<u64>> {
    let mut owed = vec![0i64; weights.len()];
    (0..DECADES)
        .map(|decade| {
            let sum = weights.iter().map(|row| u128::from(row[decade])).sum::<u128>().max(1);
            let mut counts = Vec::with_capacity(weights.len());
            let mut rest: Vec<(i64, usize)> = Vec::with_capacity(weights.len());
            for (name, row) in weights.iter().enumerate() {
                let share = ((u128::from(row[decade]) * u128::from(people[decade])) << PART) / sum;
                owed[name] += i64::try_from(share).expect("people of a town");
                let whole = (owed[name] >> PART).max(0);
                owed[name] -= whole << PART;
                counts.push(u64::try_from(whole).expect("not negative"));
                if row[decade] > 0 {
                    rest.push((owed[name], name));
                }
            }
            rest.sort_unstable_by_key(|&(owed, name)| (std::cmp::Reverse(owed), name));
            let given: u64 = counts.iter().sum();
            if given <= people[decade] {
                let missing = usize::try_from(people[decade] - given).expect("people");
                for &(_, name) in rest.iter().cycle().take(if rest.is_empty() { 0 } else { missing }) {
                    counts[name] += 1;
                    owed[name] -= 1 << PART;
                }
            }
            let mut surplus = given.saturating_sub(people[decade]);
            for &(_, name) in rest.iter().rev().cycle().take(rest.len() * 64) {
                if surplus == 0 {
                    break;
                }
                if counts[name] > 0 {
                    counts[name] -= 1;
                    owed[name] += 1 << PART;
                    surplus -= 1;
                }
            }
            counts
        })
        .collect()
}

/// Texts for `people` of one sex by decade: listed names as often as the country's share of everybody of the sex, of whom
/// there are `everybody`; the rest from the tail.
fn texts(list: &FirstNames, people: &[u64; DECADES], everybody: u64, counted: u64) -> Vec<Vec<u32>> {
    // Names borne mostly by people from abroad are theirs.
    let own: Vec<super::Entry> = list
        .counts
        .iter()
        .map(|entry| super::Entry { bearers: if entry.is_foreign { 0 } else { entry.bearers }, ..*entry })
        .collect();
    let bearers: u64 = own.iter().map(|entry| entry.bearers).sum();
    let named: u64 = people.iter().sum::<u64>().max(1);
    let wanted = (bearers * everybody / counted).min(named * 19 / 20);
    let listed: [u64; DECADES] = std::array::from_fn(|decade| (people[decade] * wanted + named / 2) / named);
    // Rows and columns of the rake have one sum.
    let living: [u64; DECADES] = std::array::from_fn(|decade| listed[decade] * bearers / wanted.max(1));
    let weights = rake(&own, &living);
    let rest: [u64; DECADES] = std::array::from_fn(|decade| people[decade] - listed[decade].min(people[decade]));
    let parts = [(list.first, allot(&weights, &listed)), (list.first_tail, allot(&list.tail_weights, &rest))];
    (0..DECADES)
        .map(|decade| {
            let names = parts.iter().flat_map(|(first, counts)| {
                (*first..).zip(&counts[decade]).flat_map(|(text, &count)| (0..count).map(move |_| text))
            });
            let mut texts: Vec<u32> = names.collect();
            texts.resize(usize::try_from(people[decade]).expect("people"), list.first);
            texts
        })
        .collect()
}

/// First of the first names of residents with Norwegian names; `u32::MAX` for the others.
pub(super) fn of_residents(roster: &Roster, origins: &Origins, names: &NameTables, streams: Streams) -> Vec<u32> {
    let key = streams.key(Domain::Kommune, "fornavn");
    let mut groups: Vec<Vec<u32>> = vec![Vec::new(); 2 * DECADES];
    let mut everybody = [0u64; 2];
    for person in 0..roster.residents {
        let sex = roster.kjoenn[person] as usize;
        everybody[sex] += 1;
        if origins.has_norwegian_name(person) {
            let group = sex * DECADES + decade(civil(roster.dato[person]).0);
            groups[group].push(u32::try_from(person).expect("a resident"));
        }
    }
    let texts: Vec<Vec<Vec<u32>>> = [0, 1]
        .into_par_iter()
        .map(|sex: usize| {
            let people = std::array::from_fn(|decade| groups[sex * DECADES + decade].len() as u64);
            texts(&names.first_names[sex], &people, everybody[sex], COUNTED[sex])
        })
        .collect();
    let mut first = vec![u32::MAX; roster.residents];
    for (number, group) in groups.iter_mut().enumerate() {
        key.at(number as u64).shuffle(group);
        for (&person, &text) in group.iter().zip(&texts[number / DECADES][number % DECADES]) {
            first[person as usize] = text;
        }
    }
    part_relatives(roster, &groups, &mut first);
    first
}

/// Nobody has the first name of a parent or of anybody at home: who does changes with somebody of the same sex and decade.
fn part_relatives(roster: &Roster, groups: &[Vec<u32>], first: &mut [u32]) {
    let clashes = |first: &[u32], person: usize, name: u32| {
        let at_home = roster.members(roster.husstand[person].index());
        let parents = [roster.mor[person], roster.far[person]].into_iter().filter_map(PersonId::some);
        let parents = parents.map(PersonId::index).filter(|&parent| parent < roster.residents);
        at_home.chain(parents).any(|other| other != person && first[other] == name)
    };
    for group in groups {
        for place in 0..group.len() {
            let person = group[place] as usize;
            if !clashes(first, person, first[person]) {
                continue;
            }
            let others = (1..=ASKED.min(group.len().saturating_sub(1))).map(|step| (place + step) % group.len());
            let other = others.map(|place| group[place] as usize).find(|&other| {
                first[other] != first[person]
                    && !clashes(first, person, first[other])
                    && !clashes(first, other, first[person])
            });
            if let Some(other) = other {
                first.swap(person, other);
            }
        }
    }
}

/// A first name for somebody who is no resident, or a second one: drawn by itself.
pub(super) fn draw(names: &NameTables, kjoenn: Kjoenn, year: i32, stream: &mut crate::base::Stream) -> u32 {
    /// First names outside the list, women and men, per mille (§7.2).
    const TAIL: [u64; 2] = [360, 310];
    let list = &names.first_names[kjoenn as usize];
    let in_tail = stream.uniform(1_000) < TAIL[kjoenn as usize];
    let (from, totals) = if in_tail { (list.first_tail, &list.tail) } else { (list.first, &list.listed) };
    from + u32::try_from(stream.weighted(&totals[decade(year)])).expect("a name")
}

/// Whether a name can be one of two: it is not two itself.
pub(super) fn is_plain(names: &NameTables, text: u32) -> bool {
    !names.texts.get(TextId(text)).contains('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allotted_names_fill_every_decade_and_keep_their_totals() {
        let weights: Vec<[u64; DECADES]> =
            (0..40u64).map(|name| std::array::from_fn(|decade| (name * 7 + decade as u64 * 3) % 11 + 1)).collect();
        let people: [u64; DECADES] = std::array::from_fn(|decade| decade as u64 * 9 % 23);
        let counts = allot(&weights, &people);
        for (decade, counts) in counts.iter().enumerate() {
            assert_eq!(counts.iter().sum::<u64>(), people[decade], "decade {decade}");
        }
        for name in 0..weights.len() {
            let got: u64 = counts.iter().map(|decade| decade[name]).sum();
            let due: u64 = (0..DECADES)
                .map(|decade| {
                    let sum: u64 = weights.iter().map(|row| row[decade]).sum();
                    weights[name][decade] * people[decade] * 1_000 / sum
                })
                .sum();
            assert!((got * 1_000).abs_diff(due) <= 1_700, "name {name}: {got} for {due} thousandths");
        }
    }
}
