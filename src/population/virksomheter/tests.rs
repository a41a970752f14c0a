//! The register of organisations over seeds and sizes.

use std::collections::BTreeMap;

use super::*;
use crate::base::Seed;
use crate::population::{SCHEMA, Spec, generate, violations};
use crate::town::model::{BygningId, Gradering, PersonId, Personstatus};

fn town(size: u32, seed: u64) -> Base {
    generate(&Spec { seed: Seed(seed), size, schema: SCHEMA, ..Spec::default() }).unwrap()
}

fn is_live(unit: &Virksomhet) -> bool {
    unit.slettet == DayNo::NONE
}

/// Live units of `form` in the municipality.
fn live(base: &Base, form: Organisasjonsform) -> Vec<usize> {
    let fits = |unit: &Virksomhet| unit.form == form && is_live(unit) && !numbers::is_elsewhere(unit.orgnr);
    (0..base.virksomheter.len()).filter(|&place| fits(&base.virksomheter[place])).collect()
}

/// Half the sum of differences of shares, in ten thousandths.
fn distance(here: &[u64], target: &[u64]) -> u64 {
    let (a, b) = (u128::from(here.iter().sum::<u64>()), u128::from(target.iter().sum::<u64>()));
    let sum: u128 = here.iter().zip(target).map(|(&x, &y)| (u128::from(x) * b).abs_diff(u128::from(y) * a)).sum();
    u64::try_from(sum * 5_000 / (a * b)).unwrap()
}

#[test]
fn the_invariants_of_organisations_hold() {
    for (size, seeds) in [(1_500, 0..6), (5_000, 20..22), (20_000, 30..31)] {
        for seed in seeds {
            let base = town(size, seed);
            let found: Vec<_> =
                violations(&base).into_iter().filter(|found| (44..=53).contains(&found.number)).collect();
            assert!(found.is_empty(), "size {size} seed {seed}: {} like {:?}", found.len(), found[0]);
        }
    }
}

#[test]
fn sections_of_establishments_are_within_the_limits_of_fidelity() {
    for (size, limit) in [(1_500, 600), (5_000, 600), (20_000, 250), (100_000, 100)] {
        let base = town(size, 7);
        let (here, target) = celler::establishments(&base);
        let off = distance(&here, &target);
        assert!(off <= limit, "size {size}: {off} ten thousandths, {here:?}");
    }
}

#[test]
fn the_stock_of_each_form_is_that_of_the_table() {
    for (size, tolerance) in [(20_000, 6), (100_000, 4)] {
        let base = town(size, 3);
        for (form, per_mille) in [
            (Organisasjonsform::Enk, 78),
            (Organisasjonsform::As, 72),
            (Organisasjonsform::Nuf, 5),
            (Organisasjonsform::Sa, 1),
        ] {
            let wanted = usize::try_from(size).unwrap() * per_mille / 1_000;
            let count = live(&base, form).len();
            let most = (wanted * tolerance / 100).max(4);
            assert!(count.abs_diff(wanted) <= most, "size {size}: {count} of {form:?}, wanted {wanted}");
        }
        let subs = live(&base, Organisasjonsform::Bedr).len() + live(&base, Organisasjonsform::Aafy).len();
        let per_mille = subs * 1_000 / usize::try_from(size).unwrap();
        assert!((118..=142).contains(&per_mille), "size {size}: {per_mille} sub-units per thousand");
        let jobs: u64 =
            live(&base, Organisasjonsform::Bedr).iter().map(|&unit| u64::from(base.virksomheter[unit].ansatte)).sum();
        let per_mille = jobs * 1_000 / u64::from(size);
        assert!((430..=640).contains(&per_mille), "size {size}: {per_mille} jobs per thousand");
    }
}

#[test]
fn boards_of_companies_are_as_large_as_they_should_be_and_some_sit_on_many() {
    let base = town(20_000, 5);
    let companies = live(&base, Organisasjonsform::As);
    let mut sizes = [0u64; 4];
    let mut seats: BTreeMap<PersonId, u64> = BTreeMap::new();
    for &company in &companies {
        let seated = |rolle| matches!(rolle, Rolletype::Lede | Rolletype::Nest | Rolletype::Medl);
        let board: Vec<_> =
            base.roller_of(VirksomhetId::at(company)).iter().filter(|role| seated(role.rolle)).collect();
        sizes[board.len().clamp(1, 4) - 1] += 1;
        board.iter().for_each(|role| *seats.entry(role.person).or_default() += 1);
        let mut people: Vec<PersonId> = board.iter().map(|role| role.person).collect();
        people.sort_unstable();
        people.dedup();
        assert_eq!(people.len(), board.len(), "somebody sits twice on board {company}");
    }
    assert!(distance(&sizes, &[48, 22, 20, 10]) <= 50, "{sizes:?}");
    let many = seats.values().filter(|&&count| count >= 3).count() * 1_000 / seats.len();
    assert!((25..=60).contains(&many), "{many} per thousand sit on three boards");
    let all: u64 = seats.values().sum();
    let outside = |person: PersonId| base.personer.status[person.index()] != Personstatus::Bosatt;
    let out: u64 = seats.iter().filter(|(person, _)| outside(**person)).map(|(_, &count)| count).sum();
    assert!(out * 100 <= all * 16, "{out} of {all} seats are held outside the town");
}

#[test]
fn roles_give_no_strictly_confidential_person_away() {
    let base = town(5_000, 9);
    let hidden =
        |person: PersonId| base.beskyttelse_of(person).is_some_and(|row| row.gradering == Gradering::StrengtFortrolig);
    assert!(base.beskyttelser.iter().any(|row| hidden(row.person)));
    assert!(base.roller.iter().filter_map(|role| role.person.some()).all(|person| !hidden(person)));
    assert!(base.aksjer.iter().filter_map(|share| share.person.some()).all(|person| !hidden(person)));
    for role in base.roller.iter().filter(|role| role.rolle == Rolletype::Innh) {
        if base.beskyttelse_of(role.person).is_some() {
            assert_eq!(base.virksomheter[role.virksomhet.index()].bygning, BygningId::NONE);
        }
    }
}

#[test]
fn every_town_has_the_odd_cases() {
    for seed in 0..4 {
        let base = town(1_500, seed);
        let died = |person: PersonId| base.doedsfall_of(person).is_some();
        let holders = |rolle, form: Organisasjonsform| {
            base.roller
                .iter()
                .filter(move |role| role.rolle == rolle)
                .filter(|role| base.virksomheter[role.virksomhet.index()].form == form)
                .filter_map(|role| role.person.some())
                .collect::<Vec<_>>()
        };
        assert!(holders(Rolletype::Innh, Organisasjonsform::Enk).into_iter().any(died), "seed {seed}");
        assert!(holders(Rolletype::Lede, Organisasjonsform::As).into_iter().any(died), "seed {seed}");
        assert!(holders(Rolletype::Lede, Organisasjonsform::Fli).into_iter().any(died), "seed {seed}");
        let today = DayNo::of(base.header.start.dato());
        let minor =
            |person: PersonId| crate::population::calendar::age(base.personer.foedselsdato[person.index()], today) < 18;
        assert!(holders(Rolletype::Innh, Organisasjonsform::Enk).into_iter().any(minor), "seed {seed}");
        let broke = |unit: &&Virksomhet| unit.konkurs != DayNo::NONE && is_live(unit);
        assert!(base.virksomheter.iter().any(|unit| broke(&unit)), "seed {seed}");
        let changed: Vec<_> =
            base.virksomheter.iter().filter(|unit| unit.registre.has(VirksomhetFlags::OMDANNET)).collect();
        assert_eq!(changed.len(), 2, "seed {seed}");
        let name = |unit: &Virksomhet| base.tekst.get(unit.navn).to_owned();
        assert_eq!(name(changed[1]), format!("{} AS", name(changed[0])));
        assert_eq!(changed[0].slettet, changed[1].registrert);
        let empty = live(&base, Organisasjonsform::Fli)
            .into_iter()
            .filter(|&unit| base.roller_of(VirksomhetId::at(unit)).is_empty())
            .count();
        assert!((1..=3).contains(&empty), "seed {seed}: {empty} associations without a board");
    }
}

#[test]
fn the_municipality_runs_what_the_facility_table_says() {
    let base = town(20_000, 2);
    let of = |slag: Virksomhetsslag| {
        let sub_units = base.virksomheter.iter().filter(|unit| unit.slag == slag && unit.form.is_underenhet());
        let (municipal, others): (Vec<&Virksomhet>, Vec<&Virksomhet>) = sub_units.partition(|unit: &&Virksomhet| {
            let mut top = unit.overordnet;
            while let Some(above) = base.virksomheter[top.index()].overordnet.some() {
                top = above;
            }
            top == VirksomhetId(0)
        });
        (municipal.len(), others.len())
    };
    assert_eq!(of(Virksomhetsslag::Barnehage), (9, 11));
    assert_eq!(of(Virksomhetsslag::Skole), (10, 1));
    assert_eq!(of(Virksomhetsslag::Sykehjem), (3, 0));
    assert_eq!(of(Virksomhetsslag::Helsestasjon), (2, 0));
    assert_eq!(of(Virksomhetsslag::Hjemmetjeneste), (3, 0));
    assert_eq!(of(Virksomhetsslag::Legekontor), (0, 5));
    // The table says 1 850; a few more where residents hold more jobs than a unit had to fill.
    let employees = base.virksomheter[0].ansatte;
    assert!((1_850..2_100).contains(&employees), "{employees}");
    let named = |part: &str| base.virksomheter.iter().any(|unit| base.tekst.get(unit.navn).contains(part));
    for part in ["BYGGESAKSKONTOR", "BARNEVERN", "KULTURSKOLE", "VANN OG AVLØP", "ARKIV", "LEGEVAKT", "BRANNSTASJON"] {
        assert!(named(part), "{part}");
    }
}

#[test]
fn units_are_as_old_as_the_register_has_them() {
    let base = town(20_000, 4);
    let today = DayNo::of(base.header.start.dato());
    let began = datoer::register_began();
    let mains: Vec<&Virksomhet> =
        base.virksomheter.iter().filter(|unit| unit.form == Organisasjonsform::As && is_live(unit)).collect();
    let first = mains.iter().filter(|unit| unit.registrert == began).count() * 100 / mains.len();
    assert!((10..=18).contains(&first), "{first} per cent stood in the register from its first day");
    let days: i64 =
        mains.iter().filter(|unit| unit.registrert > began).map(|unit| i64::from(today.0 - unit.registrert.0)).sum();
    let years = days / 365 / i64::try_from(mains.len()).unwrap();
    assert!((6..=9).contains(&years), "{years} years on average");
    let least = mains.iter().filter(|unit| unit.kapital == 30_000).count() * 100 / mains.len();
    assert!((66..=74).contains(&least), "{least} per cent have the least capital");
    assert!(base.virksomheter.iter().all(|unit| unit.registrert <= today && unit.stiftet <= unit.registrert));
}
