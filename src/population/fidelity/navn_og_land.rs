//! Names, and countries people came from, beside their targets.

use std::collections::BTreeMap;

use super::super::tables::{Tables, tables};
use super::{Measure, Residents, UNLIMITED};
use crate::base::{Kjoenn, TextId};
use crate::town::model::{Base, Landkode};

/// The commonest names compared; all others are one cell.
const TOP: usize = 100;
/// Everybody, in the unit of the tables of names.
const EVERYBODY: u64 = 100_000_000;

/// Countries counted by themselves; those of all others are one cell (`specs/population.md` §6, §17).
const COUNTRIES: usize = 22;

/// Immigrants by country of birth.
pub(super) fn countries(base: &Base, residents: Residents<'_>) -> Measure {
    let tables = tables();
    let mut here = vec![0u64; COUNTRIES + 1];
    for &(row, ..) in residents {
        let land = base.personer.foedeland[row];
        if land != Landkode::NOR {
            let place = tables.countries.iter().position(|country| country.code == land);
            here[place.unwrap_or(COUNTRIES).min(COUNTRIES)] += 1;
        }
    }
    let mut target = vec![0u64; COUNTRIES + 1];
    if let Some(profile) = super::super::checked_profile(base) {
        for (place, country) in tables.countries.iter().enumerate() {
            target[place.min(COUNTRIES)] += country.persons * profile.weight(country.code);
        }
    }
    Measure::new("immigrants by country", [30_000, 12_000, 6_000], (here, target))
}

/// First names of one sex: the first word of each.
pub(super) fn first_names(base: &Base, residents: Residents<'_>, kjoenn: Kjoenn) -> Measure {
    let of = |id: TextId| base.tekst.get(id).split([' ', '-']).next().unwrap_or_default();
    let names = residents.iter().filter(|person| person.1 == kjoenn).map(|person| of(base.personer.fornavn[person.0]));
    let shares: Vec<(&str, u64)> = tables().names.first_name_shares(kjoenn as usize).collect();
    let table = if kjoenn == Kjoenn::Kvinne { "top first names, women" } else { "top first names, men" };
    Measure::new(table, [UNLIMITED, 80_000, 40_000], top(names, shares))
}

/// Surnames.
pub(super) fn surnames(base: &Base, residents: Residents<'_>) -> Measure {
    let tables: &Tables = tables();
    let names = residents.iter().map(|person| base.tekst.get(base.personer.etternavn[person.0]));
    let shares =
        super::super::checked_profile(base).map_or_else(Vec::new, |profile| tables.names.surname_shares(profile));
    Measure::new("top surnames", [UNLIMITED, 80_000, 40_000], top(names, shares))
}

/// How many bear each of the commonest names of `shares`, and how many none of them; and how many should.
fn top<'a>(names: impl Iterator<Item = &'a str>, mut shares: Vec<(&str, u64)>) -> (Vec<u64>, Vec<u64>) {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut everybody = 0;
    for name in names {
        *counts.entry(name).or_default() += 1;
        everybody += 1;
    }
    shares.sort_by_key(|share| std::cmp::Reverse(share.1));
    shares.truncate(TOP);
    let mut here: Vec<u64> = shares.iter().map(|(name, _)| counts.get(name).copied().unwrap_or(0)).collect();
    let mut target: Vec<u64> = shares.iter().map(|share| share.1).collect();
    here.push(everybody - here.iter().sum::<u64>());
    target.push(EVERYBODY.saturating_sub(target.iter().sum()));
    (here, target)
}
