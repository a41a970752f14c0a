//! Streets, buildings and dwellings, and which household lives in which.

use rayon::prelude::*;

use super::apportion::{interpolate, split};
use super::names::Composer;
use super::roster::Roster;
use super::streams::{Given, Streams};
use super::tables::{FARM_NAMES, STREETS, lines};
use crate::base::{Domain, Lookup, Stream, TextId};
use crate::town::model::{BoligId, Boliger, Bruksenhetstype, BygningId, Eieform, Gate, Husstandstype, Poststed};

/// Households whose address is not known, per hundred thousand, and at least one (§10).
const UNKNOWN: u64 = 150;
/// Kinds of buildings in the order of the table of homes.
const KINDS: usize = 5;
/// Dwellings per building of each kind: the shares of the table are of dwellings.
const UNITS: [u64; KINDS] = [1, 2, 1, 10, 1];

/// Homes of the town.
pub(super) struct Homes {
    pub boliger: Boliger,
    pub gater: Vec<Gate>,
    pub poststeder: Vec<Poststed>,
    /// Dwelling of each household, none when unknown.
    pub of_household: Vec<BoligId>,
    /// Dwellings where nobody lives.
    pub vacant: Vec<BoligId>,
    /// How many school districts there are.
    pub schools: u64,
}

/// One dwelling of a street under construction.
struct Dwelling {
    number: u16,
    letter: u8,
    unit: [u8; 5],
    kind: u8,
}

/// Builds the town's homes for the households of `roster`.
pub(super) fn build(roster: &Roster, schools: u64, given: Given<'_>, composer: &mut Composer) -> Homes {
    let Given { size, tables, streams, .. } = given;
    let column = |number: usize| interpolate(size, &tables.homes.sizes, &tables.homes.columns[number]);
    let households = roster.household_count() as u64;
    let dwellings = households * 1_000 / (1_000 - column(5)) + 1;
    let streets = (dwellings / column(6)).max(4);
    let weights: Vec<u64> = {
        let key = streams.key(Domain::Gate, "lengde");
        (0..streets).map(|street| 50 + key.at(street).uniform(150)).collect()
    };
    let lengths = split(dwellings, &weights);
    let kinds: Vec<u64> = (0..KINDS).map(column).collect();
    let key = streams.key(Domain::Gate, "bygninger");
    let built: Vec<Vec<Dwelling>> = lengths
        .par_iter()
        .enumerate()
        .map(|(street, &length)| street_of(length, &kinds, &mut key.at(street as u64)))
        .collect();
    let gater = name_streets(streets, given, composer);
    let poststeder = postal_places(given, composer);
    let grunnkretser = (u64::from(size) / 350).max(4);
    let stemmekretser = (u64::from(size) / 1_800).clamp(1, 250);
    let codes = poststeder.len() as u64 - 1;
    let mut boliger = Boliger::default();
    let mut scores = Vec::with_capacity(usize::try_from(dwellings).expect("dwellings"));
    let noise = streams.key(Domain::Bolig, "tildeling");
    let mut placed = 0u64;
    for (street, dwellings_here) in built.iter().enumerate() {
        let gate = u32::try_from(street).expect("a street");
        // Districts are runs of streets, so that neighbours share them.
        let part = |of: u64| placed * of / dwellings;
        let (krets, skole, stemme, post) = (part(grunnkretser), part(schools), part(stemmekretser), part(codes));
        for home in dwellings_here {
            let id = BoligId::at(boliger.gate.len());
            boliger.gate.push(gate);
            boliger.husnummer.push(home.number);
            boliger.husbokstav.push(home.letter);
            boliger.bruksenhet.push(home.unit);
            boliger.bruksenhetstype.push(Bruksenhetstype::Bolig);
            boliger.poststed.push(u16::try_from(post).expect("a postal place"));
            boliger.grunnkrets.push(101 + u16::try_from(krets).unwrap_or(u16::MAX - 101));
            boliger.skolekrets.push(u8::try_from(1 + skole).unwrap_or(u8::MAX));
            boliger.stemmekrets.push(u8::try_from(1 + stemme).unwrap_or(u8::MAX));
            let is_block = home.kind == 3 || home.kind == 4;
            scores.push((noise.at(u64::from(id.0)).uniform(1_000) + if is_block { 700 } else { 0 }, id));
        }
        placed += dwellings_here.len() as u64;
    }
    boliger.bygning = vec![BygningId::NONE; boliger.gate.len()];
    boliger.eieform = vec![Eieform::Selveier; boliger.gate.len()];
    let (of_household, vacant) = settle(roster, scores, streams);
    Homes { boliger, gater, poststeder, of_household, vacant, schools }
}

/// A street of `length` dwellings: buildings of the municipality's kinds, odd and even sides in turn, some gaps and
/// letters; unit numbers by floor and door, left to right.
fn street_of(length: u64, kinds: &[u64], stream: &mut Stream) -> Vec<Dwelling> {
    let length = usize::try_from(length).expect("dwellings of a street");
    let totals = super::tables::running(kinds.iter().zip(UNITS).map(|(&share, units)| share * 10 / units));
    let mut homes: Vec<Dwelling> = Vec::with_capacity(length);
    let (mut number, mut letter) = (0u16, 0u8);
    while homes.len() < length {
        let kind = stream.weighted(&totals);
        if letter < 6 && number > 0 && stream.uniform(100) < 7 {
            letter += 1;
        } else {
            number += if stream.uniform(100) < 8 { 2 } else { 1 };
            letter = 0;
        }
        let (floors, doors) = match kind {
            1 => (2, 1),
            3 => (2 + stream.uniform(4), 2 + stream.uniform(3)),
            _ => (1, 1),
        };
        let letter = if letter == 0 { 0 } else { b'A' + letter - 1 };
        for floor in 1..=floors {
            for door in 1..=doors {
                if homes.len() == length {
                    return homes;
                }
                let digit = |value: u64| b'0' + u8::try_from(value % 10).expect("a digit");
                let unit = [b'H', digit(floor / 10), digit(floor), digit(door / 10), digit(door)];
                homes.push(Dwelling { number, letter, unit, kind: u8::try_from(kind).expect("a kind") });
            }
        }
    }
    homes
}

/// Names for streets: those of the centre first in towns, farm names in the country, else a word and an ending.
fn name_streets(count: u64, given: Given<'_>, composer: &mut Composer) -> Vec<Gate> {
    let Given { size, tables, streams, .. } = given;
    let words = |file: &'static str, key: &str| -> Vec<&'static str> {
        lines(file).find_map(|line| line.strip_prefix(key)).unwrap_or("").split_whitespace().collect()
    };
    let firsts = words(STREETS, "first:");
    let lasts: Vec<(&str, u64)> = words(STREETS, "last:")
        .into_iter()
        .filter_map(|entry| entry.split_once(':'))
        .map(|(word, weight)| (word, weight.parse().expect("a weight")))
        .collect();
    let totals = super::tables::running(lasts.iter().map(|last| last.1));
    let (centre, country) = (words(STREETS, "by:"), words(STREETS, "land:"));
    let farms = words(FARM_NAMES, "first:");
    let central = if size < 4_000 { 4 } else { centre.len() };
    let rural = interpolate(size, &[1_500, 10_000, 50_000], &[25, 8, 2]);
    let key = streams.key(Domain::Gate, "navn");
    let mut known = Lookup::<String, ()>::new();
    let mut gater = Vec::with_capacity(usize::try_from(count).expect("streets"));
    for number in 0..count {
        let mut stream = key.at(number);
        let mut tries = 0;
        let name = loop {
            tries += 1;
            let place = usize::try_from(number).expect("a street");
            let name = if tries == 1 && place < central {
                centre[place].to_owned()
            } else if tries == 1 && stream.uniform(100) < rural {
                country[stream.index(country.len())].to_owned()
            } else {
                let last = lasts[stream.weighted(&totals)].0;
                match tries {
                    1..20 => format!("{}{last}", firsts[stream.index(firsts.len())]),
                    20..60 => format!("{}{last}", farms[stream.index(farms.len())]),
                    _ => {
                        let names = &tables.names;
                        let tail = names.bearers.len() - names.listed_surnames;
                        let farm = names.listed_surnames + stream.index(tail);
                        let id = TextId(names.first_surname + u32::try_from(farm).expect("a surname"));
                        format!("{}{last}", names.texts.get(id))
                    }
                }
            };
            let name = name.replace('_', " ");
            if known.insert(name.clone(), ()).is_none() {
                break name;
            }
        };
        let kode = u16::try_from(1_001 + number).unwrap_or(u16::MAX);
        gater.push(Gate { navn: composer.push(&name), kode });
    }
    gater
}

/// Street codes and one box code out of the ranges no real place uses, those with the profile's first digit first.
fn postal_places(given: Given<'_>, composer: &mut Composer) -> Vec<Poststed> {
    let Given { size, profile, tables, streams, .. } = given;
    let wanted = 2 + (usize::try_from(size).expect("a size") + 700) / 1_400;
    let own = |range: &&(u16, u16)| range.0 / 1_000 == profile.postal;
    let ranges = tables.postal.iter().filter(own).chain(tables.postal.iter().filter(|range| !own(range)));
    let mut codes: Vec<u16> = ranges.flat_map(|&(first, last)| first..=last).take(wanted).collect();
    codes.sort_unstable();
    let key = streams.key(Domain::Kommune, "poststed");
    let main = composer.push(&profile.place.to_uppercase());
    let names = &tables.names;
    let count = codes.len();
    codes
        .into_iter()
        .enumerate()
        .map(|(place, nummer)| {
            let mut stream = key.at(place as u64);
            let is_box = place + 1 == count;
            let navn = if place == 0 || is_box || stream.uniform(100) < 60 {
                main
            } else {
                let tail = names.bearers.len() - names.listed_surnames;
                let farm = names.listed_surnames + stream.index(tail);
                let id = TextId(names.first_surname + u32::try_from(farm).expect("a surname"));
                let text = names.texts.get(id).to_uppercase();
                composer.push(&text)
            };
            Poststed { nummer, navn, bare_postboks: is_box }
        })
        .collect()
}

/// Gives households dwellings: families are more likely to live in houses, people alone in blocks. What is left is vacant.
fn settle(roster: &Roster, mut scores: Vec<(u64, BoligId)>, streams: Streams) -> (Vec<BoligId>, Vec<BoligId>) {
    let households = roster.household_count();
    let mut shuffle = streams.kommune("ledige_boliger");
    shuffle.shuffle(&mut scores);
    let unknown = (households as u64 * UNKNOWN / 100_000).max(1);
    let vacant_from = households.min(scores.len());
    let mut vacant: Vec<BoligId> = scores.drain(vacant_from..).map(|(_, id)| id).collect();
    scores.sort_unstable();
    let key = streams.key(Domain::Husstand, "boligvalg");
    let mut order: Vec<(u64, usize)> = (0..households)
        .map(|household| {
            let wish = match roster.slag[household] {
                Husstandstype::Alene | Husstandstype::FlereFamilierUtenBarn => 600,
                Husstandstype::EnsligMedSmaabarn | Husstandstype::EnsligMedStoreBarn => 400,
                Husstandstype::ParUtenBarn => 250,
                _ => 0,
            };
            (key.at(household as u64).uniform(1_000) + wish, household)
        })
        .collect();
    order.sort_unstable();
    let mut of_household = vec![BoligId::NONE; households];
    for (&(_, household), &(_, bolig)) in order.iter().zip(&scores) {
        of_household[household] = bolig;
    }
    // Somebody alone whose home nobody knows: the dwelling stays empty.
    let mut left = unknown;
    for &(_, household) in &order {
        if left > 0 && roster.slag[household] == Husstandstype::Alene {
            vacant.push(of_household[household]);
            of_household[household] = BoligId::NONE;
            left -= 1;
        }
    }
    (of_household, vacant)
}
