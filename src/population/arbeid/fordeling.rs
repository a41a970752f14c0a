//! Who gets which job: occupations of the places on one side, education, age and sex of people on the other.
//!
//! Weights say how well a kind of person fits an occupation; they are fitted to both sets of totals, and the cells are
//! then dealt in whole people, the most demanding occupations first. Only who of a cell gets which place is drawn.

use super::super::apportion::{split, split_capped};
use super::Folk;
use super::arbeidsplasser::Arbeidsplass;
use super::tabeller::{Aldersslag, Etter, Tabeller, Yrke};
use crate::base::Domain;
use crate::town::model::{Utdanning, VirksomhetId};

/// The job somebody has on the first day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stilling {
    pub person: u32,
    pub enhet: VirksomhetId,
    /// Position in the table of occupations.
    pub yrke: u16,
}

/// Kinds of people: four levels, younger and older than 28, women and men.
const KINDS: usize = 16;
/// From this age on people count as experienced.
const ERFAREN: u8 = 28;
/// Below this age only what young people do.
pub(super) const MYNDIG: u8 = 18;
/// How well an education fits one that is asked for, by how many levels it lies above (first) or below.
const ABOVE: [u128; 4] = [1_000, 140, 25, 6];
const BELOW: [u128; 4] = [1_000, 110, 6, 1];
/// Occupations that take the longest education by law: doctors, dentists, lawyers.
const LISENS: [u16; 4] = [2211, 2212, 2261, 2611];
/// One person in the fit; leaves twenty binary places.
const ONE: u128 = 1 << 20;
/// Rounds of fitting to both totals.
const ROUNDS: usize = 24;

/// The kind of a person of at least eighteen.
fn kind(folk: &Folk, row: usize, utdanning: Utdanning) -> usize {
    let level = (utdanning as usize).max(1) - 1;
    (level * 2 + usize::from(folk.alder[row] >= ERFAREN)) * 2 + folk.sex(row)
}

fn fit(yrke: &Yrke, kind: usize) -> u128 {
    let (level, older, man) = (kind / 4 + 1, kind / 2 % 2 == 1, kind % 2 == 1);
    let schooling = if level >= yrke.utdanning { ABOVE[level - yrke.utdanning] } else { BELOW[yrke.utdanning - level] };
    let women = u128::from(yrke.kvinner.clamp(2, 98));
    let age = match (yrke.alder, older) {
        (Aldersslag::Ung, false) => 240,
        (Aldersslag::Erfaren, false) => 4,
        _ => 100,
    };
    schooling * age * if man { 100 - women } else { women }
}

/// The place of each occupation and unit: units of one industry share the industry's occupations.
fn plasser(folk: &Folk, units: &[Arbeidsplass], tabeller: &Tabeller) -> Vec<Vec<VirksomhetId>> {
    let tilt = tabeller.etter_stoerrelse(folk.size, Etter::HoeyereUtdanning);
    let key = folk.streams.key(Domain::Kommune, "stillinger");
    let mut by_industry: Vec<Vec<VirksomhetId>> = vec![Vec::new(); tabeller.naeringer.len()];
    for unit in units {
        let places = usize::try_from(unit.plasser).expect("jobs of one unit");
        by_industry[tabeller.naering(unit.naeringskode)].extend(std::iter::repeat_n(unit.enhet, places));
    }
    let mut by_occupation = vec![Vec::new(); tabeller.yrker.len()];
    for (number, (mut places, industry)) in by_industry.into_iter().zip(&tabeller.naeringer).enumerate() {
        let weight =
            |&(yrke, weight): &(usize, u64)| weight * if tabeller.yrker[yrke].utdanning >= 3 { tilt } else { 1_000 };
        let counts = split(places.len() as u64, &industry.yrker.iter().map(weight).collect::<Vec<_>>());
        key.at(number as u64).shuffle(&mut places);
        let mut rest = places.into_iter();
        for (&(yrke, _), count) in industry.yrker.iter().zip(counts) {
            by_occupation[yrke].extend(rest.by_ref().take(usize::try_from(count).expect("jobs of one occupation")));
        }
    }
    by_occupation
}

/// People of each kind wanted in each occupation: weights fitted to both totals.
fn tilpass(places: &[u64], people: &[u64; KINDS], yrker: &[Yrke]) -> Vec<[u128; KINDS]> {
    let mut cells: Vec<[u128; KINDS]> =
        yrker.iter().map(|yrke| std::array::from_fn(|kind| fit(yrke, kind).max(1))).collect();
    for _ in 0..ROUNDS {
        for kind in 0..KINDS {
            let sum: u128 = cells.iter().zip(places).filter(|(_, count)| **count > 0).map(|(row, _)| row[kind]).sum();
            let wanted = u128::from(people[kind]) * ONE;
            cells.iter_mut().for_each(|row| row[kind] = (row[kind] * wanted / sum.max(1)).max(u128::from(wanted > 0)));
        }
        for (row, &count) in cells.iter_mut().zip(places) {
            let sum: u128 = row.iter().sum();
            let wanted = u128::from(count) * ONE;
            row.iter_mut().for_each(|cell| *cell = *cell * wanted / sum.max(1));
        }
    }
    cells
}

/// Takes `count` people out of kinds in proportion to `weights`, as far as the kinds reach; then whoever is left.
fn del(count: u64, weights: &[u128; KINDS], left: &[Vec<u32>; KINDS]) -> [u64; KINDS] {
    let mut parts = [0; KINDS];
    let mut missing = count;
    // Each round fills at least one kind or ends; the last one takes anybody.
    for round in 0..=KINDS {
        let room: [u64; KINDS] = std::array::from_fn(|kind| left[kind].len() as u64 - parts[kind]);
        let wanted = |kind: usize| if round == KINDS { room[kind] } else { low(weights[kind]).min(u64::MAX >> 8) };
        let open: [u64; KINDS] = std::array::from_fn(|kind| if room[kind] == 0 { 0 } else { wanted(kind) });
        if missing == 0 || open.iter().all(|&weight| weight == 0) {
            continue;
        }
        for (kind, more) in split(missing, &open).into_iter().enumerate() {
            let more = more.min(room[kind]);
            parts[kind] += more;
            missing -= more;
        }
    }
    parts
}

fn low(weight: u128) -> u64 {
    u64::try_from(weight).unwrap_or(u64::MAX >> 8)
}

/// The main job of each of `employees`.
pub(super) fn stillinger(
    folk: &Folk,
    employees: &[u32],
    utdanning: &[Utdanning],
    units: &[Arbeidsplass],
    tabeller: &Tabeller,
) -> Vec<Stilling> {
    let words = folk.trekk("yrke");
    let order = |people: &mut Vec<u32>| people.sort_unstable_by_key(|&row| (words[row as usize], row));
    let mut places = plasser(folk, units, tabeller);
    let (mut young, grown): (Vec<u32>, Vec<u32>) =
        employees.iter().partition(|&&row| folk.alder[row as usize] < MYNDIG);
    let mut jobs = Vec::with_capacity(employees.len());
    order(&mut young);
    let light: Vec<u64> = tabeller
        .yrker
        .iter()
        .zip(&places)
        .map(|(yrke, places)| if yrke.alder == Aldersslag::Ung { places.len() as u64 } else { 0 })
        .collect();
    let mut rest = young.into_iter();
    for (yrke, count) in split_capped(rest.len() as u64, &light, &light).into_iter().enumerate() {
        gi(&mut jobs, yrke, rest.by_ref().take(usize::try_from(count).expect("a few")), &mut places);
    }
    // Where there is too little of what the young do, they stand beside the adults without schooling.
    let grown = grown.into_iter().chain(rest);

    let mut kinds: [Vec<u32>; KINDS] = std::array::from_fn(|_| Vec::new());
    for row in grown {
        kinds[kind(folk, row as usize, utdanning[row as usize])].push(row);
    }
    kinds.iter_mut().for_each(order);
    let people: [u64; KINDS] = std::array::from_fn(|kind| kinds[kind].len() as u64);
    let counts: Vec<u64> = places.iter().map(|places| places.len() as u64).collect();
    let cells = tilpass(&counts, &people, &tabeller.yrker);
    let mut demanding: Vec<usize> = (0..tabeller.yrker.len()).collect();
    let licensed = |yrke: usize| LISENS.contains(&tabeller.yrker[yrke].kode);
    demanding.sort_by_key(|&yrke| {
        std::cmp::Reverse((licensed(yrke), tabeller.yrker[yrke].utdanning, tabeller.yrker[yrke].loenn))
    });
    for yrke in demanding {
        let longest = kinds[KINDS - 4..].iter().map(Vec::len).sum::<usize>() as u64;
        let mut weights = cells[yrke];
        if licensed(yrke) && longest >= counts[yrke] {
            weights[..KINDS - 4].fill(0);
        }
        let parts = del(counts[yrke], &weights, &kinds);
        let mut chosen = Vec::new();
        for (people, part) in kinds.iter_mut().zip(parts) {
            chosen.extend(people.drain(people.len() - usize::try_from(part).expect("people of a kind")..));
        }
        order(&mut chosen);
        gi(&mut jobs, yrke, chosen.into_iter(), &mut places);
    }
    jobs.sort_unstable_by_key(|job| job.person);
    jobs
}

/// Gives each of `people` a place of occupation `yrke`.
fn gi(jobs: &mut Vec<Stilling>, yrke: usize, people: impl Iterator<Item = u32>, places: &mut [Vec<VirksomhetId>]) {
    for person in people {
        let enhet = places[yrke].pop().expect("no more people than places");
        jobs.push(Stilling { person, enhet, yrke: u16::try_from(yrke).expect("a hundred occupations") });
    }
}
