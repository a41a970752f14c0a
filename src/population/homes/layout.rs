//! Where buildings stand: in which street, with which number, at which coordinate, on which side of the road.
//!
//! Buildings are put in one line, blocks and shops first, detached houses last, and the line is cut into streets. Streets lie
//! one in each square of a curve that fills the plane, with squares for farms and holiday homes in between, so that a stretch
//! of the line is a part of town: districts are such stretches.

use rayon::prelude::*;

use super::ground::{Ground, SIDE};
use super::plan::{Area, Draft, Plan};
use super::settle::GROUP;
use crate::base::{Domain, Stream, StreamKey};
use crate::population::apportion::interpolate;
use crate::population::streams::Given;
use crate::town::model::{Bygningstype, INGEN_GATE};

/// Farms and holiday homes in a square.
const FARMS_IN_SQUARE: usize = 6;
const CABINS_IN_SQUARE: usize = 16;
/// One farm of so many has a second house for the parents.
const SECOND_HOUSE: u64 = 8;
/// Of a hundred doors one has a letter after the number of the door before (§10), and numbers are left out.
const LETTERS: u64 = 7;
const GAPS: u64 = 8;

/// A building that takes its place.
#[derive(Clone, Copy)]
struct Item {
    slag: Bygningstype,
    /// Its number in the plan, or none.
    draft: Option<usize>,
    /// Dwellings, at least one.
    weight: u64,
    /// A second house on the farm of the building before.
    annex: bool,
}

/// A building with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    pub slag: Bygningstype,
    /// Its number in the plan, or none for a building without dwellings.
    pub draft: Option<usize>,
    pub gate: u32,
    pub husnummer: u16,
    pub husbokstav: u8,
    pub oest: i32,
    pub nord: i32,
    pub byggeaar: u16,
    /// On the plot of the building before.
    pub annex: bool,
}

/// One square of the ground.
enum Square {
    Street(u32, Vec<Item>),
    Country(Vec<Item>),
}

/// All buildings in the order of the curve, and how many streets there are.
pub(super) fn lay_out(plan: &Plan, given: Given<'_>, year: u16) -> (Vec<Site>, usize) {
    let streets = cut(line(plan, given), given);
    let count = streets.len();
    let country = country(plan, given);
    let squares = weave(streets, country);
    let ground = Ground::new(squares.len(), given.profile.number, given.part.index);
    let keys = [given.streams.key(Domain::Gate, "bygninger"), given.streams.key(Domain::Bygning, "landet")];
    let sites: Vec<Vec<Site>> = squares
        .par_iter()
        .enumerate()
        .map(|(number, square)| match square {
            Square::Street(gate, items) => street(*gate, items, ground.corner(number), &keys[0], year),
            Square::Country(items) => open_country(number, items, ground.corner(number), &keys[1], year),
        })
        .collect();
    (sites.into_iter().flatten().collect(), count)
}

/// All buildings with a street, in one line.
fn line(plan: &Plan, given: Given<'_>) -> Vec<Item> {
    let key = given.streams.key(Domain::Bygning, "plassering");
    let mut ranked: Vec<(u64, Item)> = plan
        .drafts
        .par_iter()
        .enumerate()
        .filter_map(|(number, draft)| {
            let (base, group) = match draft.slag {
                Bygningstype::Boligblokk => (0, number),
                Bygningstype::Bofellesskap => (200, number),
                Bygningstype::Rekkehus => (400, number / GROUP),
                Bygningstype::Tomannsbolig => (450, number),
                Bygningstype::Enebolig => (600, number),
                _ => return None,
            };
            let item = Item { slag: draft.slag, draft: Some(number), weight: u64::from(draft.units), annex: false };
            Some((base + key.at(group as u64).uniform(1_000), item))
        })
        .collect();
    let key = given.streams.key(Domain::Bygning, "naeringsbygg");
    let mut spread: Vec<Item> = Vec::new();
    for (place, &(slag, count, area)) in plan.others.iter().enumerate() {
        let mut stream = key.at(place as u64);
        let item = Item { slag, draft: None, weight: 1, annex: false };
        match area {
            Area::Spread => spread.extend(vec![item; count]),
            Area::Centre => ranked.extend((0..count).map(|_| (stream.uniform(600), item))),
            Area::Edge => ranked.extend((0..count).map(|_| (300 + stream.uniform(1_300), item))),
        }
    }
    spread.extend(plan.drafts.iter().enumerate().filter(|(_, draft)| draft.slag == Bygningstype::Sykehjem).map(
        |(number, draft): (usize, &Draft)| Item {
            slag: draft.slag,
            draft: Some(number),
            weight: u64::from(draft.units.max(1)),
            annex: false,
        },
    ));
    ranked.sort_by_key(|one| one.0);
    insert_evenly(ranked.into_iter().map(|one| one.1).collect(), &spread)
}

/// Puts the buildings of each kind of `spread` into `line` at even distances, by dwellings.
fn insert_evenly(line: Vec<Item>, spread: &[Item]) -> Vec<Item> {
    let total: u64 = line.iter().map(|item| item.weight).sum();
    let mut wanted: Vec<(u64, Item)> = Vec::with_capacity(spread.len());
    for (place, item) in spread.iter().enumerate() {
        let same = spread.iter().filter(|other| other.slag == item.slag).count() as u64;
        let before = spread[..place].iter().filter(|other| other.slag == item.slag).count() as u64;
        wanted.push(((2 * before + 1) * total / (2 * same), *item));
    }
    wanted.sort_by_key(|one| one.0);
    let mut wanted = wanted.into_iter().peekable();
    let mut whole = Vec::with_capacity(line.len() + spread.len());
    let mut passed = 0;
    for item in line {
        while let Some((_, inserted)) = wanted.next_if(|next| next.0 <= passed) {
            whole.push(inserted);
        }
        passed += item.weight;
        whole.push(item);
    }
    whole.extend(wanted.map(|one| one.1));
    whole
}

/// Cuts the line into streets of half to one and a half times the mean length.
fn cut(line: Vec<Item>, given: Given<'_>) -> Vec<Vec<Item>> {
    let homes = &given.tables.homes;
    let mean = interpolate(given.size, &homes.sizes, &homes.columns[6]);
    let key = given.streams.key(Domain::Gate, "lengde");
    let mut streets: Vec<Vec<Item>> = Vec::new();
    let mut left = 0;
    for item in line {
        if left == 0 {
            left = (mean * (50 + key.at(streets.len() as u64).uniform(101)) / 100).max(2);
            streets.push(Vec::new());
        }
        left = left.saturating_sub(item.weight);
        streets.last_mut().expect("a street was begun").push(item);
    }
    streets
}

/// Farms, each with its house and its barn, and holiday homes, in squares of their own.
fn country(plan: &Plan, given: Given<'_>) -> Vec<Vec<Item>> {
    let mut farms: Vec<Vec<Item>> = Vec::new();
    let item = |slag, draft, annex| Item { slag, draft, weight: 1, annex };
    let is_farm = |one: &(usize, &Draft)| one.1.slag == Bygningstype::Vaaningshus;
    let mut numbers = plan.drafts.iter().enumerate().filter(is_farm).map(|one| one.0);
    let mut second = given.streams.kommune("kaarbolig");
    let mut count = 0;
    while let Some(number) = numbers.next() {
        if count % FARMS_IN_SQUARE == 0 {
            farms.push(Vec::new());
        }
        count += 1;
        let square = farms.last_mut().expect("a square was begun");
        square.push(item(Bygningstype::Vaaningshus, Some(number), false));
        // The first farm has two houses, so that every town knows the case.
        if count == 1 || second.uniform(SECOND_HOUSE) == 0 {
            square.extend(numbers.next().map(|number| item(Bygningstype::Vaaningshus, Some(number), true)));
        }
        square.push(item(Bygningstype::Landbruksbygning, None, true));
    }
    let cabins = vec![item(Bygningstype::Fritidsbolig, None, false); plan.holiday];
    farms.extend(cabins.chunks(CABINS_IN_SQUARE).map(<[Item]>::to_vec));
    given.streams.kommune("landet").shuffle(&mut farms);
    farms
}

/// Spreads the squares of the country evenly among the streets.
fn weave(streets: Vec<Vec<Item>>, country: Vec<Vec<Item>>) -> Vec<Square> {
    let (all, open) = (streets.len() + country.len(), country.len());
    let (mut streets, mut country) = (streets.into_iter().zip(0u32..), country.into_iter());
    (0..all)
        .filter_map(|place| {
            let is_open = place * open / all != (place + 1) * open / all;
            if is_open {
                country.next().map(Square::Country)
            } else {
                streets.next().map(|(items, gate)| Square::Street(gate, items))
            }
        })
        .collect()
}

/// Buildings of one time: streets were built in a generation or two.
fn built(stream: &mut Stream, base: u64, year: u16) -> u16 {
    u16::try_from(base + stream.uniform(35)).unwrap_or(year).min(year)
}

/// The buildings of a street: odd and even sides in turn, some gaps and letters.
fn street(gate: u32, items: &[Item], corner: (i32, i32), key: &StreamKey, year: u16) -> Vec<Site> {
    let mut stream = key.at(u64::from(gate));
    let base = 1_890 + stream.uniform(50) + stream.uniform(95);
    let (mut number, mut letter) = (0u16, 0u8);
    let mut sites: Vec<Site> = items
        .iter()
        .map(|item| {
            if letter < 6 && number > 0 && stream.uniform(100) < LETTERS {
                letter += 1;
            } else {
                number += if stream.uniform(100) < GAPS { 2 } else { 1 };
                letter = 0;
            }
            Site {
                slag: item.slag,
                draft: item.draft,
                gate,
                husnummer: number,
                husbokstav: if letter == 0 { 0 } else { b'A' + letter - 1 },
                oest: 0,
                nord: 0,
                byggeaar: built(&mut stream, base, year),
                annex: item.annex,
            }
        })
        .collect();
    // Doors lie along the middle of the square, at least a metre apart; letters one behind the other.
    let step = ((SIDE - 20) / (i32::from(number) / 2 + 1)).clamp(1, 24);
    let mut jitter = |below: i32| i32::try_from(stream.uniform(u64::from(below.unsigned_abs()))).unwrap_or(0);
    for site in &mut sites {
        let along = 10 + i32::from(site.husnummer / 2) * step + jitter(step);
        let behind = i32::from(site.husbokstav.checked_sub(b'A').map_or(0, |letter| letter + 1)) * 9;
        let depth = 12 + behind + jitter(8);
        let across = SIDE / 2 + if site.husnummer % 2 == 0 { depth } else { -depth };
        let (east, north) = if gate.is_multiple_of(2) { (along, across) } else { (across, along) };
        (site.oest, site.nord) = (corner.0 + east, corner.1 + north);
    }
    sites
}

/// The buildings of a square without a street, on a grid of four by four; a barn stands by its house.
fn open_country(number: usize, items: &[Item], corner: (i32, i32), key: &StreamKey, year: u16) -> Vec<Site> {
    let mut stream = key.at(number as u64);
    let base = 1_890 + stream.uniform(50) + stream.uniform(95);
    let mut plots: Vec<i32> = (0..16).collect();
    stream.shuffle(&mut plots);
    let mut plots = plots.into_iter();
    let mut here = (0, 0);
    let mut sites: Vec<Site> = Vec::with_capacity(items.len());
    for item in items {
        let mut metres = |from: i32, below: u64| from + i32::try_from(stream.uniform(below)).unwrap_or(0);
        if item.annex {
            here = (here.0 + metres(12, 14), here.1 + metres(0, 20));
        } else {
            let plot = plots.next().expect("no more than sixteen plots");
            let grid = SIDE / 4;
            let (east, north) = (plot % 4 * grid + metres(10, 40), plot / 4 * grid + metres(10, 40));
            here = (corner.0 + east, corner.1 + north);
        }
        let is_second = item.annex && item.slag == Bygningstype::Vaaningshus;
        if is_second && let Some(first) = sites.last_mut() {
            first.husnummer = 1;
        }
        sites.push(Site {
            slag: item.slag,
            draft: item.draft,
            gate: INGEN_GATE,
            husnummer: if is_second { 2 } else { 0 },
            husbokstav: 0,
            oest: here.0,
            nord: here.1,
            byggeaar: built(&mut stream, base, year),
            annex: item.annex,
        });
    }
    sites
}
