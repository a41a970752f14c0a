//! Names: which exist, and how likely each is for somebody born in a given decade.
//!
//! The cohort model of `specs/population.md` §7.2 in whole numbers: a name's weight in a decade is its bearers times a
//! bell around its decade of peak use, raked until the totals over living people give the bearers back.

mod cast;
mod draw;
mod first;
pub(super) mod measure;
mod surnames;

pub(super) use draw::{Composer, NameDraw};

use std::ops::Range;

use super::tables::{
    AGES, FARM_NAMES, FIRST_NAMES_MEN, FIRST_NAMES_MEN_TAIL, FIRST_NAMES_WOMEN, FIRST_NAMES_WOMEN_TAIL, NAMES_ABROAD,
    Profile, SURNAMES, lines, running,
};
use crate::base::{Lookup, TextTable};

/// Decades of birth 1900s..=2020s; earlier and later years count to the nearest.
const DECADES: usize = 13;
/// The bell 2^-(x/12)² for x = 0, 10, 20 … years, in millionths.
const BELL: [u64; 6] = [1_000_000, 617_950, 145_820, 13_139, 452, 6];
/// A flat weight that sums over all decades to what the bell sums to.
const FLAT: u64 = 196_000;
/// Women and men of the country whose names were counted, about (§7.1: the counts cover 36 % less than all women and
/// 31 % less than all men).
const COUNTED: [u64; 2] = [2_760_000, 2_788_000];
/// Shares of women and men whose first name is in the list of the most used, per mille.
const LISTED: [u64; 2] = [640, 690];
/// People of the country when the surnames were counted (§7.3).
const COUNTED_SURNAMES: u64 = 5_258_000;
/// Rounds of raking: two leave the commonest names ten per cent short, sixteen bring all within two.
const ROUNDS: usize = 16;
/// How many surnames the long tail holds.
const TAIL_SURNAMES: usize = 4_000;

/// First names of one sex.
pub(super) struct FirstNames {
    /// Text of the first listed name; the others follow.
    pub first: u32,
    /// Bearers and decade of peak use of the listed names.
    counts: Vec<Entry>,
    /// Running totals per decade over the listed names.
    pub listed: Vec<Vec<u64>>,
    /// Text of the first name of the tail.
    pub first_tail: u32,
    /// Running totals per decade over the tail.
    pub tail: Vec<Vec<u64>>,
    /// Weights of the tail, name by decade.
    tail_weights: Vec<[u64; DECADES]>,
}

/// How people of a group of countries are called beside the common form.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Form {
    /// First name and surname.
    #[default]
    Surname,
    /// Father's and grandfather's first names instead of a surname.
    Patronymic,
    /// The mother's surname is the middle name.
    MothersName,
    /// Some have one name only.
    OneName,
}

/// Names of people from a group of countries.
#[derive(Clone, Debug, Default)]
pub(super) struct Abroad {
    pub id: &'static str,
    /// Women's, then men's first names.
    pub first: [Range<u32>; 2],
    /// Surnames; none of a group of patronymics.
    pub surnames: Range<u32>,
    pub form: Form,
}

/// All names. Text ids are positions in `texts`, which begins the text table of every town.
pub(super) struct NameTables {
    pub texts: TextTable,
    /// Women's, then men's.
    pub first_names: [FirstNames; 2],
    /// Text of the first surname; listed ones and then the tail follow.
    pub first_surname: u32,
    /// Bearers of each surname.
    pub bearers: Vec<u64>,
    /// Whether each surname ends in -sen.
    pub is_sen: Vec<bool>,
    /// How many surnames are listed; the others are farm names.
    pub listed_surnames: usize,
    pub abroad: Vec<Abroad>,
    /// The text that is none: the missing part of a name.
    pub empty: u32,
}

/// The decade column of a birth year.
pub(super) fn decade(year: i32) -> usize {
    usize::try_from((year - 1900).div_euclid(10).clamp(0, 12)).expect("0 to 12")
}

/// The bell at a distance in years that is a multiple of ten.
fn bell(distance: i32) -> u64 {
    BELL.get(distance.unsigned_abs() as usize / 10).copied().unwrap_or(0)
}

/// Shape of use over decades of a name with its peak in `peak` (0: no peak known). Old names came back about 110 years
/// later.
fn shape(peak: i32, decade: usize) -> u64 {
    let year = 1900 + 10 * i32::try_from(decade).expect("thirteen decades");
    match peak {
        0 => FLAT,
        1930.. => bell(year - peak),
        _ => FLAT / 2 + bell(year - peak) / 5 + bell(year - (peak + 110)) * 3 / 10,
    }
}

/// An entry `name:bearers:decade` of a list.
#[derive(Clone, Copy)]
struct Entry {
    name: &'static str,
    bearers: u64,
    /// Decade of peak use, 0 when unknown.
    peak: i32,
    /// Borne mostly by people from abroad, who have lists of their own: nobody else draws it.
    is_foreign: bool,
}

/// The entries of a list. Marks: `e` and `i` are estimates, `x` is a name of people from abroad.
fn entries(text: &'static str) -> impl Iterator<Item = Entry> {
    lines(text).flat_map(str::split_whitespace).map(|entry| {
        let mut parts = entry.split(':').map(|part| part.trim_end_matches(|mark: char| "eix".contains(mark)));
        let name = entry.split(':').next().unwrap_or(entry);
        parts.next();
        let bearers = parts.next().unwrap_or("0").parse().expect("bearers of a name");
        let peak = parts.next().unwrap_or("0").parse().expect("a decade");
        Entry { name, bearers, peak, is_foreign: entry.ends_with('x') && entry.contains(':') }
    })
}

/// Names on lines `decade: name name …`.
fn tail_entries(text: &'static str) -> impl Iterator<Item = (&'static str, i32)> {
    lines(text).flat_map(|line| {
        let (peak, names) = line.split_once(": ").expect("a decade, then names");
        let peak = peak.parse().expect("a decade");
        names.split_whitespace().map(move |name| (name, peak))
    })
}

/// Weights `[name][decade]` whose columns follow `living` and whose rows follow the bearers.
fn rake(names: &[Entry], living: &[u64; DECADES]) -> Vec<[u64; DECADES]> {
    // Six more binary places than people keep the small weights apart; all products stay below 2^63.
    const SCALE: u64 = 64;
    let mut weights: Vec<[u64; DECADES]> = names
        .iter()
        .map(|name| std::array::from_fn(|decade| name.bearers * shape(name.peak, decade) / 1_000))
        .collect();
    for _ in 0..ROUNDS {
        for decade in 0..DECADES {
            let sum: u64 = weights.iter().map(|row| row[decade]).sum::<u64>().max(1);
            for row in &mut weights {
                row[decade] = row[decade] * (living[decade] * SCALE) / sum;
            }
        }
        for (row, name) in weights.iter_mut().zip(names) {
            let sum = row.iter().sum::<u64>().max(1);
            for weight in row.iter_mut() {
                *weight = *weight * (name.bearers * SCALE) / sum;
            }
        }
    }
    weights
}

fn columns(weights: &[[u64; DECADES]]) -> Vec<Vec<u64>> {
    (0..DECADES).map(|decade| running(weights.iter().map(|row| row[decade]))).collect()
}

fn position(texts: &TextTable) -> u32 {
    u32::try_from(texts.len()).expect("some thousands of texts")
}

impl NameTables {
    /// Reads the name files; `one_year` are the country's residents, who bear the names.
    pub fn parse(one_year: &[[u64; AGES]; 2]) -> Self {
        Self::with_surnames(one_year, SURNAMES)
    }

    /// The same with another list of surnames.
    pub fn with_surnames(one_year: &[[u64; AGES]; 2], listed: &'static str) -> Self {
        let mut texts = TextTable::default();
        let files = [(FIRST_NAMES_WOMEN, FIRST_NAMES_WOMEN_TAIL), (FIRST_NAMES_MEN, FIRST_NAMES_MEN_TAIL)];
        let first_names = std::array::from_fn(|sex| {
            let (listed, tail) = files[sex];
            let names: Vec<_> = entries(listed).collect();
            let living = living_by_decade(&one_year[sex], LISTED[sex]);
            let first = position(&texts);
            for entry in &names {
                texts.push(entry.name);
            }
            let mut weights = rake(&names, &living);
            for (row, _) in weights.iter_mut().zip(&names).filter(|(_, name)| name.is_foreign) {
                *row = [0; DECADES];
            }
            let first_tail = position(&texts);
            let tail: Vec<[u64; DECADES]> = tail_entries(tail)
                .map(|(name, peak)| {
                    texts.push(name);
                    // A tenth stays flat: rare names are never quite gone.
                    std::array::from_fn(|decade| {
                        (bell(1900 + 10 * i32::try_from(decade).unwrap_or(0) - peak) + 20_000) / 1_000
                    })
                })
                .collect();
            let listed = columns(&weights);
            FirstNames { first, counts: names, listed, first_tail, tail: columns(&tail), tail_weights: tail }
        });
        let first_surname = position(&texts);
        let (bearers, is_sen, listed_surnames) = surnames(&mut texts, listed);
        let abroad = parse_abroad(&mut texts);
        let empty = texts.push("").0;
        Self { texts, first_names, first_surname, bearers, is_sen, listed_surnames, abroad, empty }
    }

    /// Weights of the surnames for a profile that weighs -sen and farm names by `sen` and `farm` per cent: the listed ones
    /// have their share of `people`, in millionths of a person, whoever else has none of them; the tail has a weight that
    /// only counts within the tail.
    pub fn surname_weights(&self, profile: &Profile, people: u64) -> Vec<u64> {
        let weight = |(place, &bearers): (usize, &u64)| {
            let tilt = if self.is_sen[place] { profile.sen } else { profile.farm };
            if place < self.listed_surnames {
                bearers * people * tilt * 10_000 / COUNTED_SURNAMES
            } else {
                bearers * tilt
            }
        };
        self.bearers.iter().enumerate().map(weight).collect()
    }

    /// Surnames by weight, for a draw of one: running totals.
    pub fn surname_totals(&self, profile: &Profile) -> Vec<u64> {
        running(
            self.bearers
                .iter()
                .enumerate()
                .map(|(place, &bearers)| bearers * if self.is_sen[place] { profile.sen } else { profile.farm }),
        )
    }

    /// The names of a group of countries.
    pub fn abroad(&self, id: &str) -> Option<usize> {
        self.abroad.iter().position(|group| group.id == id)
    }
}

/// Living people by decade of birth, times the share who bear a listed name.
fn living_by_decade(one_year: &[u64; AGES], listed: u64) -> [u64; DECADES] {
    let mut living = [0; DECADES];
    for (age, count) in one_year.iter().enumerate() {
        living[decade(2020 - i32::try_from(age).expect("an age"))] += count * listed / 1_000;
    }
    // Nobody of the table is born later than 2020; the newest decade goes on like the one before.
    living[12] = living[12].max(living[11] / 2);
    living
}

/// Pushes listed surnames and the composed tail; gives bearers, which end in -sen, and how many are listed.
fn surnames(texts: &mut TextTable, listed: &'static str) -> (Vec<u64>, Vec<bool>, usize) {
    let mut known = Lookup::<String, ()>::new();
    let mut bearers = Vec::with_capacity(TAIL_SURNAMES + 512);
    let mut is_sen = Vec::with_capacity(TAIL_SURNAMES + 512);
    for entry in entries(listed) {
        if known.insert(entry.name.to_owned(), ()).is_none() {
            texts.push(entry.name);
            bearers.push(if entry.is_foreign { 0 } else { entry.bearers });
            is_sen.push(entry.name.ends_with("sen"));
        }
    }
    let listed = bearers.len();
    let parts = |key: &str| -> Vec<&'static str> {
        lines(FARM_NAMES).find_map(|line| line.strip_prefix(key)).unwrap_or("").split_whitespace().collect()
    };
    let (firsts, endings) = (parts("first:"), parts("ending:"));
    let pairs = firsts.len() * endings.len();
    // A step that shares no factor with the number of pairs walks through all of them, far apart.
    let step = (1..500).map(|n| 2_971 + 2 * n).find(|step| gcd(*step, pairs) == 1).unwrap_or(1);
    let mut rank = 0u64;
    for walk in 0..pairs {
        let pair = walk * step % pairs;
        let (first, ending) = (firsts[pair / endings.len()], endings[pair % endings.len()]);
        let name = format!("{first}{ending}");
        if !is_well_formed(first, ending) || known.insert(name.clone(), ()).is_some() {
            continue;
        }
        texts.push(&name);
        rank += 1;
        // The listed names cover 27 % of people; this slope gives the tail the other 73 % and its first name fewer
        // bearers than the last listed one.
        bearers.push(4_790_000 / (3_000 + rank));
        is_sen.push(false);
        if bearers.len() - listed == TAIL_SURNAMES {
            break;
        }
    }
    (bearers, is_sen, listed)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Whether two parts make a name one can say: no doubled joint, no two vowels at the joint, not the same part twice.
fn is_well_formed(first: &str, ending: &str) -> bool {
    let vowel = |letter: char| "aeiouyæøå".contains(letter);
    let (Some(last), Some(next)) = (first.chars().last(), ending.chars().next()) else { return false };
    last != next && !(vowel(last) && vowel(next)) && first.to_lowercase() != ending
}

fn parse_abroad(texts: &mut TextTable) -> Vec<Abroad> {
    let mut groups: Vec<Abroad> = Vec::new();
    for line in lines(NAMES_ABROAD) {
        let (key, names) = line.split_once(": ").expect("group and kind, then names");
        let (id, kind) = key.split_once('|').expect("group and kind");
        let from = position(texts);
        for name in names.split_whitespace() {
            texts.push(&name.replace('_', " "));
        }
        let range = from..position(texts);
        if groups.last().is_none_or(|group| group.id != id) {
            let form = match id {
                "somalisk" | "eritreisk" => Form::Patronymic,
                "filippinsk" => Form::MothersName,
                "indisk" => Form::OneName,
                _ => Form::Surname,
            };
            groups.push(Abroad { id, form, ..Abroad::default() });
        }
        let group = groups.last_mut().expect("just pushed");
        match kind {
            "k" => group.first[0] = range,
            "m" => group.first[1] = range,
            _ => group.surnames = range,
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::super::tables::tables;
    use super::*;

    #[test]
    fn raking_gives_the_bearers_back() {
        let one_year = &tables().one_year;
        for (sex, file) in [FIRST_NAMES_WOMEN, FIRST_NAMES_MEN].into_iter().enumerate() {
            let names: Vec<_> = entries(file).collect();
            let living = living_by_decade(&one_year[sex], LISTED[sex]);
            let weights = rake(&names, &living);
            let bearers: u64 = names.iter().map(|name| name.bearers).sum();
            let people: u64 = living.iter().sum();
            let sums: Vec<u64> = (0..DECADES).map(|d| weights.iter().map(|row| row[d]).sum::<u64>()).collect();
            let mut worst = 0;
            for (row, Entry { name, bearers: count, .. }) in weights.iter().zip(&names) {
                let expected: u64 = (0..DECADES).map(|d| living[d] * row[d] / sums[d].max(1)).sum();
                // Both totals are scaled to the same number of people.
                let target = count * people / bearers;
                let off = expected.abs_diff(target) * 1_000 / target;
                worst = worst.max(off);
                assert!(off <= 20, "{name}: {expected} for {target}");
            }
            assert!(worst > 0, "the comparison sees something");
        }
    }

    #[test]
    fn anne_is_typical_of_the_fifties_and_emma_of_today() {
        let names = &tables().names;
        let share = |name: &str, decade: usize| {
            let listed = &names.first_names[0].listed[decade];
            let place =
                (0..220u32).find(|&n| names.texts.get(crate::base::TextId(names.first_names[0].first + n)) == name);
            let place = place.unwrap() as usize;
            let weight = listed[place] - if place == 0 { 0 } else { listed[place - 1] };
            weight * 1_000 / listed.last().unwrap()
        };
        assert!(share("Anne", 5) > 40, "{}", share("Anne", 5));
        assert!(share("Anne", 5) > 3 * share("Anne", 12));
        assert!(share("Emma", 11) > 10 && share("Emma", 5) < 3);
    }

    #[test]
    fn the_tail_is_long_and_has_no_doubles() {
        let names = &tables().names;
        assert_eq!(names.bearers.len() - names.listed_surnames, TAIL_SURNAMES);
        let mut all: Vec<&str> =
            names.texts.iter().skip(names.first_surname as usize).take(names.bearers.len()).collect();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
        for sex in 0..2 {
            assert!(names.first_names[sex].tail[0].len() >= 400);
        }
        assert!(names.abroad.len() >= 15);
        for (id, name) in tables().countries.iter().map(|country| (country.code, country.names)) {
            assert!(names.abroad(name).is_some(), "{id:?} has names");
        }
    }
}
