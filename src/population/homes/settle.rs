//! Which household lives in which dwelling, and how it holds it.

use rayon::prelude::*;

use super::plan::{Draft, KINDS, Plan, kind};
use crate::base::{Domain, StreamKey};
use crate::population::apportion::{split, split_capped};
use crate::population::roster::Roster;
use crate::population::streams::Streams;
use crate::population::tables::{HOUSEHOLD_TYPE, lines};
use crate::town::model::{Bygningstype, Eieform, Husstandstype};

/// Nobody.
pub(super) const NOBODY: u32 = u32::MAX;
/// Households that own freehold, hold a share of a co-operative, and rent, per mille (§10).
const TENURE: [u64; 3] = [627, 137, 236];

/// Who lives where, in the order of the plan's dwellings.
pub(super) struct Settled {
    /// Household of each dwelling, or [`NOBODY`].
    pub household: Vec<u32>,
    pub eieform: Vec<Eieform>,
}

/// Gives households dwellings: families are more likely to live in houses, people alone in blocks.
pub(super) fn settle(roster: &Roster, plan: &Plan, streams: Streams) -> Settled {
    let mut lived_in = occupied_dwellings(plan, streams);
    let mut household = vec![NOBODY; plan.dwellings];
    let (rooms, seekers) = seekers(roster, plan, streams);
    let nursing = plan.first_of_kind[KINDS]..plan.first_of_kind[KINDS + 1];
    for (dwelling, resident) in nursing.zip(rooms) {
        household[dwelling] = resident;
    }
    lived_in.par_sort_unstable();
    for (&(_, dwelling), resident) in lived_in.iter().zip(seekers) {
        household[dwelling as usize] = resident;
    }
    let eieform = vec![Eieform::Ubebodd; plan.dwellings];
    Settled { household, eieform }
}

/// The dwellings somebody lives in, each with how much it suits people alone; those of nursing homes apart.
fn occupied_dwellings(plan: &Plan, streams: Streams) -> Vec<(u64, u32)> {
    /// How much each kind is for people alone.
    const FOR_ONE: [u64; KINDS] = [0, 200, 150, 700, 700];
    let noise = streams.key(Domain::Bolig, "tildeling");
    let choice = streams.key(Domain::Kommune, "ledige_boliger");
    let mut lived_in = Vec::with_capacity(plan.dwellings);
    for (number, for_one) in FOR_ONE.into_iter().enumerate() {
        let first = u32::try_from(plan.first_of_kind[number]).expect("dwellings");
        let end = u32::try_from(plan.first_of_kind[number + 1]).expect("dwellings");
        let mut all: Vec<u32> = (first..end).collect();
        choice.at(number as u64).shuffle(&mut all);
        all.truncate(plan.occupied[number]);
        lived_in.par_extend(
            all.par_iter().map(|&dwelling| (noise.at(u64::from(dwelling)).uniform(1_000) + for_one, dwelling)),
        );
    }
    lived_in
}

/// Who moves into a nursing home, and everybody else with a home in the order of how much they want a house of their own.
fn seekers(roster: &Roster, plan: &Plan, streams: Streams) -> (Vec<u32>, Vec<u32>) {
    let households = roster.household_count();
    let key = streams.key(Domain::Husstand, "boligvalg");
    let mut order: Vec<(u64, u32)> = (0..households)
        .into_par_iter()
        .map(|household| {
            let wish = match roster.slag[household] {
                Husstandstype::Alene | Husstandstype::FlereFamilierUtenBarn => 600,
                Husstandstype::EnsligMedSmaabarn | Husstandstype::EnsligMedStoreBarn => 400,
                Husstandstype::ParUtenBarn => 250,
                _ => 0,
            };
            (key.at(household as u64).uniform(1_000) + wish, u32::try_from(household).expect("a household"))
        })
        .collect();
    order.par_sort_unstable();
    let age_alone = |household: u32| {
        let household = household as usize;
        (roster.slag[household] == Husstandstype::Alene).then(|| roster.alder(roster.members(household).start))
    };
    // The oldest first, in the order drawn: half of ninety and older, then those of eighty.
    let mut aged: [Vec<u32>; 2] = [Vec::new(), Vec::new()];
    for &(_, household) in &order {
        match age_alone(household) {
            Some(90..) => aged[0].push(household),
            Some(80..90) => aged[1].push(household),
            _ => {}
        }
    }
    let halves = aged[0].len() / 2;
    let rooms: Vec<u32> = aged[0].iter().take(halves).chain(&aged[1]).copied().take(plan.occupied[KINDS]).collect();
    let mut elsewhere = vec![false; households];
    rooms.iter().for_each(|&household| elsewhere[household as usize] = true);
    // Somebody alone whose home nobody knows: no dwelling is theirs.
    let unknown = order
        .iter()
        .map(|&(_, household)| household)
        .filter(|&household| !elsewhere[household as usize] && age_alone(household).is_some_and(|alder| alder < 80));
    let unknown: Vec<u32> = unknown.take(plan.unknown).collect();
    unknown.iter().for_each(|&household| elsewhere[household as usize] = true);
    (rooms, order.into_iter().map(|(_, household)| household).filter(|&one| !elsewhere[one as usize]).collect())
}

/// Decides how each dwelling is held: the shares of the country, by type of household, co-operatives by building.
pub(super) fn decide_tenure(roster: &Roster, plan: &mut Plan, settled: &mut Settled, streams: Streams) {
    let is_lived_in = |household: &&u32| **household != NOBODY;
    let wanted = split(settled.household.iter().filter(is_lived_in).count() as u64, &TENURE);
    let [freehold, coop, rented] = [0, 1, 2].map(|form| usize::try_from(wanted[form]).expect("a count"));
    form_cooperatives(&mut plan.drafts, coop, settled, streams);
    let shares = tenant_shares();
    let types = Husstandstype::ALL.len();
    let noise = streams.key(Domain::Bolig, "leie");
    let is_open =
        |dwelling: &usize| settled.household[*dwelling] != NOBODY && settled.eieform[*dwelling] == Eieform::Ubebodd;
    let ranked: Vec<(u64, usize)> = plan
        .drafts
        .par_iter()
        .flat_map_iter(|draft| {
            draft.dwellings().filter(is_open).map(|dwelling| (letting_rank(draft.slag, dwelling, &noise), dwelling))
        })
        .collect();
    let mut open: Vec<Vec<(u64, usize)>> = vec![Vec::new(); types];
    for one in ranked {
        open[roster.slag[settled.household[one.1] as usize] as usize].push(one);
    }
    let counts: Vec<u64> = open.iter().map(|homes| homes.len() as u64).collect();
    let weights: Vec<u64> = counts.iter().zip(&shares).map(|(&count, &share)| count * share).collect();
    let lets = split_capped(rented as u64, &weights, &counts);
    let mut owned = 0;
    for (homes, &lets) in open.iter_mut().zip(&lets) {
        homes.sort_unstable();
        for (place, &(_, dwelling)) in homes.iter().enumerate() {
            let is_let = (place as u64) < lets;
            settled.eieform[dwelling] = if is_let { Eieform::Leie } else { Eieform::Selveier };
            owned += usize::from(!is_let);
        }
    }
    debug_assert!(owned.abs_diff(freehold) <= 1, "{owned} own, {freehold} should");
    for draft in &mut plan.drafts {
        let is_owned = |dwelling: usize| settled.eieform[dwelling] == Eieform::Selveier;
        draft.sections = draft.units > 2 && !draft.coop && draft.dwellings().any(is_owned);
    }
}

/// Smaller for what is let sooner: rooms of nursing homes, then flats; houses of farms last.
fn letting_rank(slag: Bygningstype, dwelling: usize, noise: &StreamKey) -> u64 {
    let base = match slag {
        Bygningstype::Sykehjem => return 0,
        Bygningstype::Bofellesskap => 100,
        Bygningstype::Boligblokk => 200,
        Bygningstype::Tomannsbolig => 500,
        Bygningstype::Rekkehus => 600,
        Bygningstype::Vaaningshus => 1_600,
        _ => 800,
    };
    base + noise.at(dwelling as u64).uniform(1_000)
}

/// Makes buildings co-operatives until `left` households live in them: blocks first, then row houses of one group.
fn form_cooperatives(drafts: &mut [Draft], mut left: usize, settled: &mut Settled, streams: Streams) {
    let key = streams.key(Domain::Bygning, "borettslag");
    let rank = |number: usize, draft: &Draft| {
        let (base, group) = match draft.slag {
            Bygningstype::Boligblokk => (0, number),
            Bygningstype::Rekkehus => (350, number / GROUP),
            Bygningstype::Tomannsbolig => (700, number),
            Bygningstype::Bofellesskap => (900, number),
            Bygningstype::Enebolig => (2_000, number),
            _ => return None,
        };
        Some(base + key.at(group as u64).uniform(600))
    };
    let mut order: Vec<(u64, usize)> =
        drafts.par_iter().enumerate().filter_map(|(number, draft)| Some((rank(number, draft)?, number))).collect();
    order.par_sort_unstable();
    for (_, number) in order {
        let draft = &mut drafts[number];
        let members = draft.dwellings().filter(|&dwelling| settled.household[dwelling] != NOBODY);
        let members: Vec<usize> = members.collect();
        if members.is_empty() || members.len() > left {
            continue;
        }
        left -= members.len();
        draft.coop = true;
        members.into_iter().for_each(|dwelling| settled.eieform[dwelling] = Eieform::Borettslag);
        if left == 0 {
            break;
        }
    }
}

/// Row houses of a group stand side by side.
pub(super) const GROUP: usize = 5;

/// Tenants among those who do not hold a share of a co-operative, by type of household, per mille.
fn tenant_shares() -> Vec<u64> {
    let per_mille = |cell: &str| -> u64 {
        let (whole, part) = cell.split_once('.').unwrap_or((cell, "0"));
        format!("{whole}{part:0<3}").parse().expect("a share")
    };
    lines(HOUSEHOLD_TYPE)
        .skip(1)
        .take(Husstandstype::ALL.len())
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let (owned, rented) = (per_mille(cells[3]), per_mille(cells[5]));
            rented * 1_000 / (owned + rented).max(1)
        })
        .collect()
}

/// Turns detached houses into farm houses until as many residents live there as the plan says; vacant ones in proportion.
pub(super) fn choose_farms(roster: &Roster, plan: &mut Plan, settled: &Settled, streams: Streams) {
    let is_detached = |draft: &Draft| kind(draft.slag) == Some(0);
    let mut houses: Vec<usize> = (0..plan.drafts.len()).filter(|&number| is_detached(&plan.drafts[number])).collect();
    streams.kommune("gaarder").shuffle(&mut houses);
    let empty =
        houses.iter().filter(|&&number| settled.household[plan.drafts[number].first as usize] == NOBODY).count();
    let mut empty_left = empty * usize::try_from(plan.farms_per_mille).expect("a share") / 1_000;
    let mut left = usize::try_from(plan.on_farms).expect("a count");
    for number in houses {
        let draft = &mut plan.drafts[number];
        let here = match settled.household[draft.first as usize] {
            NOBODY if empty_left > 0 => {
                empty_left -= 1;
                draft.slag = Bygningstype::Vaaningshus;
                continue;
            }
            NOBODY => continue,
            household => roster.members(household as usize).len(),
        };
        if here <= left {
            left -= here;
            draft.slag = Bygningstype::Vaaningshus;
        }
        if left == 0 && empty_left == 0 {
            break;
        }
    }
}
