//! Where there is work: the municipality's units, other units of the town, and employers outside
//! (`specs/population.md` §8.2, §11.1, §12).

use super::super::apportion::{split, split_capped};
use super::super::numbers;
use super::super::parts::Part;
use super::arbeidsmarked::andel_av;
use super::tabeller::{Etter, Tabeller, seksjon};
use super::{Folk, er_kommunal};
use crate::town::model::{Base, DayNo, Organisasjonsform, Virksomhet, VirksomhetId, Virksomhetsslag};

/// Numbers of the employers outside stand in the public band of a municipality that does not exist.
const UTENBYS_BAND: u16 = 90;
/// They are older than anybody's job.
const UTENBYS_STIFTET: (i16, i8, i8) = (1995, 2, 20);

/// A unit with jobs to fill.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arbeidsplass {
    pub enhet: VirksomhetId,
    pub naeringskode: u32,
    /// Jobs held by residents.
    pub plasser: u64,
}

/// Adds the employers of other municipalities to the end of the register: a main unit and one sub-unit each, without an
/// address in the town.
pub(super) fn legg_til_utenbys(base: &mut Base, part: Part, tabeller: &Tabeller) {
    let mut numbers = numbers::public(part, UTENBYS_BAND, 2 * tabeller.utenbys.len()).into_iter();
    let mut next = || numbers.next().expect("the band holds ten thousand");
    let stiftet = DayNo::of(jiff::civil::date(UTENBYS_STIFTET.0, UTENBYS_STIFTET.1, UTENBYS_STIFTET.2));
    for employer in &tabeller.utenbys {
        let ending = match employer.form {
            Organisasjonsform::As => " AS",
            Organisasjonsform::Sa => " SA",
            Organisasjonsform::Iks => " IKS",
            _ => "",
        };
        let navn = base.tekst.push(&format!("{}{ending}", employer.navn).to_uppercase());
        let main = VirksomhetId::at(base.virksomheter.len());
        let unit = |orgnr, form, overordnet| Virksomhet {
            form,
            naeringskode: employer.naeringskode,
            overordnet,
            stiftet,
            registrert: stiftet,
            ..Virksomhet::ny(orgnr, navn, Virksomhetsslag::Annet)
        };
        let (first, second) = (next(), next());
        base.virksomheter.push(unit(first, employer.form, VirksomhetId::NONE));
        base.virksomheter.push(unit(second, Organisasjonsform::Bedr, main));
    }
}

/// Position of the first employer outside.
fn foerste_utenbys(base: &Base, tabeller: &Tabeller) -> usize {
    base.virksomheter.len() - 2 * tabeller.utenbys.len()
}

/// The town's sub-units that can have jobs on the first day; how many there are to fill stands in `ansatte`.
fn enheter(base: &Base, upto: usize) -> Vec<Arbeidsplass> {
    let is_open = |unit: &Virksomhet| unit.slettet == DayNo::NONE && unit.konkurs == DayNo::NONE;
    let is_sub = |unit: &Virksomhet| matches!(unit.form, Organisasjonsform::Bedr | Organisasjonsform::Aafy);
    let of = |(place, unit): (usize, &Virksomhet)| Arbeidsplass {
        enhet: VirksomhetId::at(place),
        naeringskode: unit.naeringskode,
        plasser: unit.ansatte.into(),
    };
    let subs = base.virksomheter[..upto].iter().enumerate();
    subs.filter(|(_, unit)| is_sub(unit) && is_open(unit) && unit.ansatte > 0).map(of).collect()
}

/// Jobs of `employees` residents (of `employed`, the self-employed included) by unit. Sections follow the country's; the
/// municipality has its share, the town's other units are filled as far as they reach, and the rest commutes.
pub(super) fn fordel(
    base: &Base,
    folk: &Folk,
    employed: usize,
    employees: usize,
    tabeller: &Tabeller,
) -> Vec<Arbeidsplass> {
    let sections: Vec<char> = tabeller.seksjoner.iter().map(|row| row.0).collect();
    let place_of =
        |code: u32| sections.iter().position(|letter| *letter == seksjon(code)).expect("sections are A to S");
    let upto = foerste_utenbys(base, tabeller);
    let (own, others): (Vec<Arbeidsplass>, Vec<Arbeidsplass>) =
        enheter(base, upto).into_iter().partition(|place| er_kommunal(base, place.enhet.index()));
    let total = employees as u64;
    let mut demand = split(total, &tabeller.seksjoner.iter().map(|row| row.1).collect::<Vec<_>>());

    let municipal = andel_av(employed, tabeller.etter_stoerrelse(folk.size, Etter::Kommunen)).min(employees / 2) as u64;
    let mut filled = fyll(&own, if own.is_empty() { 0 } else { municipal });
    let mut taken = vec![0u64; sections.len()];
    filled.iter().for_each(|place| taken[place_of(place.naeringskode)] += place.plasser);
    // Where the municipality alone has more than the country's share of a section, the others give way.
    demand.iter_mut().zip(&taken).for_each(|(wanted, &least)| *wanted = (*wanted).max(least));
    let excess = demand.iter().sum::<u64>() - total;
    let room: Vec<u64> = demand.iter().zip(&taken).map(|(wanted, least)| wanted - least).collect();
    let cuts = split_capped(excess, &room, &room);
    let rest: Vec<u64> = room.iter().zip(&cuts).map(|(room, cut)| room - cut).collect();

    let here = total - andel_av(employees, tabeller.etter_stoerrelse(folk.size, Etter::Ute)) as u64;
    let here = here.saturating_sub(taken.iter().sum());
    let mut by_section: Vec<Vec<Arbeidsplass>> = vec![Vec::new(); sections.len()];
    others.into_iter().for_each(|place| by_section[place_of(place.naeringskode)].push(place));
    let reach: Vec<u64> = by_section
        .iter()
        .zip(&rest)
        .map(|(units, &rest)| units.iter().map(|place| place.plasser).sum::<u64>().min(rest))
        .collect();
    let local = split_capped(here.min(reach.iter().sum()), &reach, &reach);
    for ((units, &count), &rest) in by_section.iter().zip(&local).zip(&rest) {
        filled.extend(fyll(units, count));
        debug_assert!(count <= rest, "no section has more than its demand");
    }
    let outside: Vec<u64> = rest.iter().zip(&local).map(|(rest, here)| rest - here).collect();
    filled.extend(utenbys(base, upto, &outside, &sections, tabeller));
    filled.retain(|place| place.plasser > 0);
    filled
}

/// `count` jobs over `units` in proportion to their targets.
fn fyll(units: &[Arbeidsplass], count: u64) -> Vec<Arbeidsplass> {
    let weights: Vec<u64> = units.iter().map(|place| place.plasser).collect();
    let counts = split(count, &weights);
    units.iter().zip(counts).map(|(place, plasser)| Arbeidsplass { plasser, ..*place }).collect()
}

/// The commuters of each section over the employers outside.
fn utenbys(base: &Base, first: usize, counts: &[u64], sections: &[char], tabeller: &Tabeller) -> Vec<Arbeidsplass> {
    let mut places = Vec::new();
    for (section, &count) in sections.iter().zip(counts) {
        let of_section: Vec<Arbeidsplass> = tabeller
            .utenbys
            .iter()
            .enumerate()
            .filter(|(_, employer)| seksjon(employer.naeringskode) == *section)
            .map(|(number, employer)| Arbeidsplass {
                enhet: VirksomhetId::at(first + 2 * number + 1),
                naeringskode: base.virksomheter[first + 2 * number].naeringskode,
                plasser: employer.vekt,
            })
            .collect();
        places.extend(fyll(&of_section, count));
    }
    places
}

/// Employees on the first day are at least those with a job row; a main unit has its sub-units'.
pub(super) fn tell_ansatte(base: &mut Base, today: DayNo) {
    let mut jobs = vec![0u32; base.virksomheter.len()];
    for row in base.arbeidsforhold.iter().filter(|row| row.fra <= today && row.til > today) {
        jobs[row.virksomhet.index()] += 1;
    }
    // What a unit gets beyond its target goes to all above it.
    for (place, &held) in jobs.iter().enumerate() {
        let known = u32::from(base.virksomheter[place].ansatte);
        let more = held.saturating_sub(known);
        let mut at = place;
        for _ in 0..8 {
            let unit = &mut base.virksomheter[at];
            unit.ansatte = u16::try_from(u32::from(unit.ansatte).saturating_add(more)).unwrap_or(u16::MAX);
            match unit.overordnet {
                VirksomhetId::NONE => break,
                above => at = above.index(),
            }
        }
    }
}
