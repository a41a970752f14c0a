//! Europeans who log in with an eID of their own country (`specs/eid.md` §3.4, §3.8). They are made up from the seed:
//! nobody of them is in the population register.

use std::sync::Arc;

use super::texts::Texts;
use crate::access::Identity;
use crate::base::{Seed, keyed_hash};
use crate::clock::Dato;

const LANDS: &str = include_str!("europe.tsv");
const NAMES: &str = include_str!("../../population/names_abroad.txt");
/// People offered for each country.
pub(super) const PEOPLE: u32 = 3;
/// Longest name or identifier somebody can type.
const MAX_TEXT: usize = 100;

/// A European, as the eID of the country tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct European {
    pub given_name: String,
    pub family_name: String,
    pub birthdate: String,
    /// Without the countries in front.
    pub identifier: String,
}

struct Land {
    code: &'static str,
    names: [&'static str; 3],
    group: &'static str,
}

fn lands() -> impl Iterator<Item = Land> {
    let rows = LANDS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.filter_map(|line| {
        let mut cells = line.split('\t');
        let code = cells.next()?;
        Some(Land { code, names: [cells.next()?, cells.next()?, cells.next()?], group: cells.next()? })
    })
}

/// Codes and names of the countries, by name.
pub(super) fn named(t: &Texts) -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<_> = lands().map(|land| (land.code, land.names[t.column])).collect();
    all.sort_by_key(|(_, name)| name.replace('Ø', "Z"));
    all
}

/// Code and name of the country with `code`.
pub(super) fn find(t: &Texts, code: &str) -> Option<(&'static str, &'static str)> {
    lands().find(|land| land.code == code).map(|land| (land.code, land.names[t.column]))
}

/// The names of `kind` (`k`, `m`, `e`) of a group.
fn names(group: &str, kind: &str) -> Vec<&'static str> {
    let start = format!("{group}|{kind}: ");
    NAMES.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default().split(' ').collect()
}

/// Number `number`, from 0, of the people of `land`.
pub(super) fn person(seed: Seed, land: &str, number: u32) -> Option<European> {
    let land = lands().find(|known| known.code == land).filter(|_| number < PEOPLE)?;
    let drawn = keyed_hash("eidas/person", &[&seed.0.to_be_bytes(), land.code.as_bytes(), &number.to_be_bytes()]);
    let word = drawn.word();
    let pick = |list: Vec<&'static str>, shift: u32| {
        let place = usize::try_from((word >> shift) % list.len().max(1) as u64).unwrap_or_default();
        list.get(place).map(|name| name.replace('_', " "))
    };
    let kind = if number.is_multiple_of(2) { "k" } else { "m" };
    let year = 1950 + i16::try_from(word % 50).unwrap_or_default();
    let month = 1 + i8::try_from((word >> 8) % 12).unwrap_or_default();
    let day = 1 + i8::try_from((word >> 16) % 28).unwrap_or_default();
    Some(European {
        given_name: pick(names(land.group, kind), 24)?,
        family_name: pick(names(land.group, "e"), 40)?,
        birthdate: jiff::civil::date(year, month, day).to_string(),
        identifier: format!("SYNT-{:010}", (word >> 20) % 10_000_000_000),
    })
}

impl European {
    /// What somebody typed, when all of it is there.
    pub(super) fn typed(fields: [Option<&str>; 4]) -> Option<Self> {
        let text = |value: Option<&str>| {
            let value = value?.trim();
            let good = !value.is_empty() && value.chars().count() <= MAX_TEXT && !value.chars().any(char::is_control);
            good.then(|| value.to_owned())
        };
        let [given, family, born, id] = fields;
        let born: Dato = text(born)?.parse().ok()?;
        let identifier = text(id).filter(|id| !id.contains('/') && !id.contains(char::is_whitespace))?;
        Some(Self { given_name: text(given)?, family_name: text(family)?, birthdate: born.to_string(), identifier })
    }

    /// What the tokens say of this person of `land`.
    pub(super) fn identity(self, land: &str) -> Arc<Identity> {
        let Self { given_name, family_name, birthdate, identifier } = self;
        Arc::new(Identity::European {
            identifier: format!("{land}/NO/{identifier}"),
            given_name,
            family_name,
            birthdate,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_its_people_the_same_every_time() {
        let t = Texts::of("nb");
        let lands = named(t);
        assert_eq!(lands.len(), 29, "27 of the EU, Iceland and Liechtenstein");
        assert_eq!(lands.last().map(|(code, _)| *code), Some("AT"), "Ø comes last");
        let mut seen = std::collections::BTreeSet::new();
        for (code, _) in lands {
            for number in 0..PEOPLE {
                let who = person(Seed(7), code, number).unwrap_or_else(|| panic!("{code} {number}"));
                assert_eq!(person(Seed(7), code, number), Some(who.clone()));
                assert!(!who.given_name.is_empty() && !who.family_name.is_empty());
                assert!(seen.insert(who.identifier), "{code} {number}");
            }
            assert_eq!(person(Seed(7), code, PEOPLE), None);
        }
        assert_eq!(person(Seed(7), "NO", 0), None);
        assert_ne!(person(Seed(7), "DE", 0), person(Seed(8), "DE", 0));
    }

    #[test]
    fn what_is_typed_is_taken_whole_or_not_at_all() {
        let good = [Some("Ana"), Some(" Silva "), Some("1990-05-17"), Some("12/3")];
        assert_eq!(European::typed(good), None, "a slash is the mark between the parts");
        let good = [good[0], good[1], good[2], Some("123")];
        assert_eq!(European::typed(good).unwrap().family_name, "Silva");
        for missing in 0..4 {
            let mut fields = good;
            fields[missing] = None;
            assert_eq!(European::typed(fields), None);
        }
        assert_eq!(European::typed([good[0], good[1], Some("17.05.1990"), good[3]]), None);
        let identity = European::typed(good).unwrap().identity("PT");
        assert!(matches!(&*identity, Identity::European { identifier, .. } if identifier == "PT/NO/123"));
    }
}
