//! Levels of one base: the tables say how likely things are against each other; how often they happen in a town of this
//! size stands in `life.csv` (`specs/population.md` §3.3, §4.3, §5).

use super::BITS;
use super::arbeid::arbeidstabeller;
use super::tabeller::{HEL, Tabeller, tabeller};
use crate::base::Kjoenn;
use crate::clock::full_years;
use crate::town::model::{Base, DayNo, HusstandId, Landkode, Nivaa, PersonId, Personstatus, Sivilstand};

/// Full years of `born` on `day`, by their dates.
pub(super) fn age_on(born: DayNo, day: DayNo) -> usize {
    usize::try_from(full_years(born.dato(), day.dato())).unwrap_or(0)
}

/// Age of majority.
const MYNDIG: usize = 18;

/// What the rates would give without levels, in millionths of people.
#[derive(Default)]
struct Summer {
    /// By the rates of who decides for a household, or for themselves.
    innen: u64,
    mellom: u64,
    /// Of people born in Norway and others.
    utvandring: [u64; 2],
    /// Weights: weddings, separations, partings, couples formed.
    par: [u64; 4],
}

/// The levels of `base`.
pub(super) fn of(base: &Base) -> Nivaa {
    let tables = tabeller();
    let today = DayNo::of(base.header.start.dato());
    let ages: Vec<usize> = base.personer.foedselsdato.iter().map(|born| age_on(*born, today)).collect();
    let mut sums = Summer::default();
    moves(base, tables, &ages, &mut sums);
    couples(base, tables, &ages, &mut sums);
    let residents = base.personer.status.iter().filter(|status| **status == Personstatus::Bosatt).count() as u64;
    let levels = &tables.nivaaer;
    // Hundredths per 1 000 residents are 1 in 100 000; all sums are millionths.
    let events = |per_thousand: u64| residents * per_thousand * (HEL / 100_000);
    let level = |wanted: u64, sum: u64| {
        let level = (u128::from(wanted) << BITS) / u128::from(sum.max(1));
        u64::try_from(level).unwrap_or(u64::MAX)
    };
    let native = events(levels.emigration) * levels.emigration_native_share / 1000;
    Nivaa {
        innen: level(events(levels.moves_within), sums.innen),
        mellom: level(events(levels.moves_between), sums.mellom),
        utvandring: [level(native, sums.utvandring[0]), level(events(levels.emigration) - native, sums.utvandring[1])],
        vigsel: level(events(levels.marriages), sums.par[0]),
        separasjon: level(events(levels.separations), sums.par[1]),
        samlivsbrudd: level(events(levels.couples_parted), sums.par[2]),
        samliv: level(events(levels.couples_formed), sums.par[3]),
        // As many come from other municipalities as go there.
        tilflytting: residents * levels.moves_between / 1000,
        innvandring: residents * levels.immigration / 1000,
        hoeyere: arbeidstabeller().hoeyere(base),
        nye_foretak: ["enk_new", "as_new"].map(|what| residents * arbeidstabeller().business(what) / 1000),
    }
}

/// Moves: each household by its reference person, and the other grown-ups of it by themselves.
fn moves(base: &Base, tables: &Tabeller, ages: &[usize], sums: &mut Summer) {
    for household in 0..base.husstander.slag.len() {
        let members = base.medlemmer_of(HusstandId::at(household));
        let Some(&head) = members.first() else { continue };
        let partner = base.personer.partner[head.index()];
        for &member in members {
            let age = ages[member.index()];
            let alone = age >= MYNDIG && member != partner && base.personer.partner[member.index()].some().is_none();
            let weight =
                if member == head { members.len() as u64 * 1000 } else { u64::from(alone) * tables.hos_andre[age] };
            sums.innen += weight * tables.innen[age] / 1000;
            sums.mellom += weight * tables.mellom[age] / 1000;
            let abroad = usize::from(base.personer.foedeland[member.index()] != Landkode::NOR);
            sums.utvandring[abroad] += weight * tables.mellom[age] / 1000;
        }
    }
}

fn couples(base: &Base, tables: &Tabeller, ages: &[usize], sums: &mut Summer) {
    let people = &base.personer;
    for (row, &age) in ages.iter().enumerate() {
        if people.status[row] != Personstatus::Bosatt || people.kjoenn[row] != Kjoenn::Kvinne {
            continue;
        }
        let person = PersonId::at(row);
        let is_wife = base.sivilstander_of(person).last().is_some_and(|row| row.sivilstand == Sivilstand::Gift);
        let weight = |kind: usize| tables.par[kind][age];
        match people.partner[row].some() {
            _ if is_wife => sums.par[1] += weight(1),
            // Of two women one is asked.
            Some(partner) if people.kjoenn[partner.index()] == Kjoenn::Mann || partner > person => {
                sums.par[0] += weight(0);
                sums.par[2] += weight(2);
            }
            Some(_) => {}
            None => sums.par[3] += weight(3),
        }
    }
}
