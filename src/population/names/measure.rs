//! The hundred commonest names of a town against the country's (`specs/population.md` §17).

use std::cmp::Reverse;

use super::NameTables;
use crate::base::{Kjoenn, Lookup, TextId};
use crate::population::tables::{Profile, tables};
use crate::town::model::{Base, Personstatus};

/// How many names are compared; all others are one cell.
const TOP: usize = 100;

/// Bearers of each of the commonest first names of a sex and of all others, and their shares. The first of two first
/// names counts.
pub(in crate::population) fn first_names(base: &Base, kjoenn: Kjoenn) -> (Vec<u64>, Vec<u64>) {
    let shares = tables().names.first_name_shares(kjoenn as usize);
    let people = &base.personer;
    compare(base, shares, |row| {
        let name = base.tekst.get(people.fornavn[row]);
        (people.kjoenn[row] == kjoenn).then(|| name.split([' ', '-']).next().unwrap_or(name))
    })
}

/// The same of surnames, with the profile's tilt.
pub(in crate::population) fn surnames(base: &Base) -> (Vec<u64>, Vec<u64>) {
    let profile = tables().profiles.iter().find(|profile| profile.id == base.header.profile);
    let shares = profile.map(|profile| tables().names.surname_shares(profile)).unwrap_or_default();
    compare(base, shares, |row| Some(base.tekst.get(base.personer.etternavn[row])))
}

/// `shares` are per hundred million.
fn compare<'a>(
    base: &'a Base,
    mut shares: Vec<(&str, u64)>,
    name: impl Fn(usize) -> Option<&'a str>,
) -> (Vec<u64>, Vec<u64>) {
    shares.sort_by_key(|&(_, share)| Reverse(share));
    shares.truncate(TOP);
    let places: Lookup<String, usize> =
        shares.iter().enumerate().map(|(place, (name, _))| ((*name).to_owned(), place)).collect();
    let mut here = vec![0; shares.len() + 1];
    let residents = (0..base.person_count()).filter(|&row| base.personer.status[row] == Personstatus::Bosatt);
    for name in residents.filter_map(name) {
        here[places.get(name).copied().unwrap_or(shares.len())] += 1;
    }
    let mut target: Vec<u64> = shares.iter().map(|&(_, share)| share).collect();
    target.push(100_000_000 - target.iter().sum::<u64>().min(100_000_000));
    (here, target)
}

impl NameTables {
    /// The share of everybody of a sex who bears each listed first name, per hundred million.
    fn first_name_shares(&self, sex: usize) -> Vec<(&str, u64)> {
        let counts = &self.first_names[sex].counts;
        counts.iter().map(|entry| (entry.name, entry.bearers * 100_000_000 / super::COUNTED[sex])).collect()
    }

    /// The same of surnames, with the profile's tilt.
    fn surname_shares(&self, profile: &Profile) -> Vec<(&str, u64)> {
        let weights = self.surname_weights(profile, 100);
        let texts = (self.first_surname..).map(|text| self.texts.get(TextId(text)));
        weights.into_iter().take(self.listed_surnames).zip(texts).map(|(share, name)| (name, share)).collect()
    }
}
