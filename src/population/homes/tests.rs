//! Towns of several seeds and sizes against what §10 says of homes.

use super::*;
use crate::base::Seed;
use crate::population::{Spec, generate, tables::tables};
use crate::town::model::{Base, DayNo, Eieform, HusstandId, INGEN_GATE, PersonId, VirksomhetId};

const TOWNS: [(u32, u64); 6] = [(1_500, 1), (1_500, 2), (1_500, 3), (5_000, 4), (5_000, 5), (20_000, 6)];

fn town(size: u32, seed: u64) -> Base {
    generate(&Spec { size, seed: Seed(seed), ..Spec::default() }).unwrap()
}

/// Dwelling of each household.
fn homes_of(base: &Base) -> Vec<Option<usize>> {
    let spells = base.husstander.bosted.iter();
    spells.map(|spell| base.bosteder[spell.index()].bolig.some().map(BoligId::index)).collect()
}

fn building(base: &Base, bolig: usize) -> &Bygning {
    &base.bygninger[base.boliger.bygning[bolig].index()]
}

fn share(part: usize, whole: usize) -> usize {
    part * 1_000 / whole
}

#[test]
fn households_live_in_the_kinds_of_buildings_of_the_table_and_hold_them_as_the_country_does() {
    for (size, seed) in TOWNS {
        let base = town(size, seed);
        let (mut kinds, mut forms) = ([0u64; 5], [0usize; 4]);
        let homes: Vec<usize> = homes_of(&base).into_iter().flatten().collect();
        for &bolig in &homes {
            kinds[kind(building(&base, bolig).slag).unwrap()] += 1;
            forms[base.boliger.eieform[bolig] as usize] += 1;
        }
        let table = &tables().homes;
        for (number, &count) in kinds.iter().enumerate() {
            let wanted = crate::population::apportion::interpolate(size, &table.sizes, &table.columns[number]);
            let wanted = wanted * homes.len() as u64;
            assert!((count * 1_000).abs_diff(wanted) <= 2_000, "{size} {seed} kind {number}: {count}");
        }
        for (form, wanted) in [(Eieform::Selveier, 627), (Eieform::Borettslag, 137), (Eieform::Leie, 236)] {
            let count = forms[form as usize];
            assert!((count * 1_000).abs_diff(wanted * homes.len()) <= 1_000, "{size} {seed} {form:?}: {count}");
        }
        assert_eq!(forms[Eieform::Ubebodd as usize], 0);
        let vacant = share(base.boliger.gate.len() - homes.len(), base.boliger.gate.len());
        let wanted = if size < 2_000 { 180 } else { 80 };
        assert!(
            (wanted - 3..=if size < 20_000 { wanted + 40 } else { wanted + 3 }).contains(&vacant),
            "{size}: {vacant}"
        );
    }
}

#[test]
fn as_many_residents_as_the_table_says_have_the_number_of_a_property_for_an_address() {
    for (size, seed) in TOWNS {
        let base = town(size, seed);
        let homes = homes_of(&base);
        let (mut here, mut unknown) = (0, 0);
        for (household, home) in homes.iter().enumerate() {
            let people = base.medlemmer_of(HusstandId::at(household)).len();
            match home {
                Some(bolig) if base.boliger.gate[*bolig] == INGEN_GATE => here += people,
                Some(_) => {}
                None => unknown += people,
            }
        }
        let wanted = match size {
            1_500 => 135,
            5_000 => 5_000 * 48 / 1_000,
            _ => 20_000 * 18 / 1_000,
        };
        assert!(here.abs_diff(wanted) <= size as usize / 500, "{size} {seed}: {here}, not {wanted}");
        assert_eq!(unknown, (size as usize * 150 / 100_000).max(1), "{size} {seed}");
        let is_farm = |bolig: usize| building(&base, bolig).slag == Bygningstype::Vaaningshus;
        let streets = &base.boliger.gate;
        assert!((0..streets.len()).all(|bolig| is_farm(bolig) == (streets[bolig] == INGEN_GATE)));
        assert!(base.boliger.husnummer.iter().zip(streets).any(|(&number, &gate)| gate == INGEN_GATE && number == 2));
    }
}

#[test]
fn doors_are_numbered_on_two_sides_with_gaps_and_letters() {
    let base = town(20_000, 7);
    let streets: Vec<&Bygning> = base.bygninger.iter().filter(|one| one.gate != INGEN_GATE).collect();
    let letters = streets.iter().filter(|one| one.husbokstav != 0).count();
    assert!((50..=80).contains(&share(letters, streets.len())), "{letters} of {}", streets.len());
    assert!(streets.iter().all(|one| one.husbokstav == 0 || (b'A'..=b'F').contains(&one.husbokstav)));
    let mut doors: Vec<_> = streets.iter().map(|one| (one.gate, one.husnummer, one.husbokstav)).collect();
    assert!(doors.is_sorted(), "a street is walked from its beginning");
    doors.dedup();
    assert_eq!(doors.len(), streets.len(), "every door has its own number");
    let gaps = doors.windows(2).filter(|pair| pair[0].0 == pair[1].0 && pair[1].1 > pair[0].1 + 1).count();
    assert!((50..=100).contains(&share(gaps, doors.len())), "{gaps}");
    for pair in streets.windows(2).filter(|pair| pair[0].gate == pair[1].gate) {
        let (one, other) = (pair[0], pair[1]);
        let apart = (one.oest - other.oest).abs() + (one.nord - other.nord).abs();
        assert!(apart < 600, "{one:?} {other:?}");
    }
    let names: Vec<&str> = base.gater.iter().map(|gate| base.tekst.get(gate.navn)).collect();
    let mut unique = names.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), names.len());
}

#[test]
fn only_buildings_of_several_homes_have_several_unit_numbers() {
    let base = town(20_000, 8);
    for bolig in 0..base.boliger.gate.len() {
        let alone =
            |other: usize| base.boliger.bygning.get(other).is_none_or(|&other| other != base.boliger.bygning[bolig]);
        let is_single = alone(bolig + 1) && bolig.checked_sub(1).is_none_or(alone);
        if is_single {
            assert_eq!(&base.boliger.bruksenhet[bolig], b"H0101");
        }
        assert!(!is_single || building(&base, bolig).slag != Bygningstype::Boligblokk);
    }
    assert_eq!(unit_number(0, 4), *b"H0101");
    assert_eq!(unit_number(6, 4), *b"H0203");
    assert_eq!(unit_number(11, 1), *b"H1201");
}

#[test]
fn districts_are_as_many_as_they_should_be_and_schools_the_nearest() {
    for (size, seed) in TOWNS {
        let base = town(size, seed);
        let count = |mut values: Vec<u16>| {
            values.sort_unstable();
            values.dedup();
            values.len()
        };
        let homes = &base.boliger;
        assert_eq!(count(homes.grunnkrets.clone()), (size as usize / 350).max(4));
        assert_eq!(count(homes.stemmekrets.iter().map(|&one| one.into()).collect()), (size as usize / 1_800).max(1));
        let codes = count(homes.poststed.clone());
        assert_eq!(codes, 1 + (size as usize + 700) / 1_400, "{size}");
        assert_eq!(base.poststeder.len(), codes + 1);
        let is_free = |code: u16| tables().postal.iter().any(|range| (range.0..=range.1).contains(&code));
        assert!(base.poststeder.iter().all(|place| is_free(place.nummer)));
        let private = facility(size, tables(), Facility::PrivateSchools);
        let schools: Vec<&Bygning> = base.bygninger.iter().filter(|one| one.slag == Bygningstype::Skole).collect();
        let municipal = schools.iter().enumerate().filter(|one| !is_private(one.0, schools.len(), private));
        let municipal: Vec<&Bygning> = municipal.map(|one| *one.1).collect();
        for one in &base.bygninger {
            let far = |school: &&Bygning| {
                let apart = |a: i32, b: i32| i64::from(a - b).pow(2);
                apart(school.oest, one.oest) + apart(school.nord, one.nord)
            };
            let nearest = municipal.iter().map(far).min().unwrap();
            assert_eq!(far(&municipal[usize::from(one.skolekrets) - 1]), nearest);
        }
    }
}

#[test]
fn there_are_buildings_for_firms_and_services_and_holiday_homes() {
    for (size, seed) in TOWNS {
        let base = town(size, seed);
        let of = |slag| base.bygninger.iter().filter(|one| one.slag == slag).count();
        for slag in Bygningstype::ALL {
            let is_small_town = size < 5_000 && matches!(slag, Bygningstype::Boligblokk | Bygningstype::Sykehjem);
            assert!(of(*slag) > 0 || is_small_town, "{size} {seed} {slag:?}");
        }
        let firms: usize = [
            Bygningstype::Kontorbygning,
            Bygningstype::Forretningsbygning,
            Bygningstype::Industribygning,
            Bygningstype::Lagerbygning,
        ]
        .into_iter()
        .map(of)
        .sum();
        let establishments = size as usize * 118 / 1_000;
        assert!((firms * 5).abs_diff(establishments) < 5, "{firms} for {establishments}");
        let cabins = share(of(Bygningstype::Fritidsbolig), base.boliger.gate.len());
        let wanted = match size {
            1_500 => 895..=900,
            5_000 => 610..=640,
            _ => 195..=200,
        };
        assert!(wanted.contains(&cabins), "{size}: {cabins}");
        let has_home = |slag| base.boliger.bygning.iter().any(|id| base.bygninger[id.index()].slag == slag);
        assert!(!has_home(Bygningstype::Fritidsbolig) && !has_home(Bygningstype::Skole));
    }
}

#[test]
fn nobody_lived_in_a_building_before_it_was_built() {
    let base = town(5_000, 9);
    for spell in &base.bosteder {
        if let Some(bolig) = spell.bolig.some() {
            assert!(i32::from(building(&base, bolig.index()).byggeaar) <= civil(spell.fra).0);
        }
    }
    let years: Vec<u16> = base.bygninger.iter().map(|one| one.byggeaar).collect();
    assert!(years.iter().min() < Some(&1_930) && years.iter().max() > Some(&2_010));
}

#[test]
fn only_the_old_live_in_nursing_homes() {
    let base = town(20_000, 10);
    let today = DayNo::of(base.header.start.dato());
    let mut residents = 0;
    for (household, home) in homes_of(&base).into_iter().enumerate() {
        let Some(bolig) = home.filter(|&bolig| building(&base, bolig).slag == Bygningstype::Sykehjem) else { continue };
        let members = base.medlemmer_of(HusstandId::at(household));
        let born = base.personer.foedselsdato[members[0].index()];
        assert!(members.len() == 1 && crate::population::calendar::age(born, today) >= 80);
        assert_eq!(base.boliger.eieform[bolig], Eieform::Leie);
        residents += 1;
    }
    assert!((50..200).contains(&residents), "{residents}");
}

#[test]
fn plots_are_numbered_by_farm_and_every_share_adds_up_to_one() {
    for (size, seed) in TOWNS {
        let base = town(size, seed);
        let farms = base.eiendommer.last().unwrap().gardsnummer;
        assert_eq!(u32::from(farms), 40 + size / 60);
        let plots = base.eiendommer.iter().filter(|one| one.festenummer == 0 && one.seksjonsnummer == 0).count();
        assert!((30..60).contains(&(plots / usize::from(farms))), "{plots} of {farms}");
        assert!(base.eiendommer.iter().any(|one| one.festenummer > 0));
        assert!(size < 5_000 || base.eiendommer.iter().any(|one| one.seksjonsnummer > 0));
        let mut sums = vec![(0u32, 1u32); base.eiendommer.len()];
        assert!(base.hjemler.is_sorted_by_key(|row| row.eiendom));
        for row in &base.hjemler {
            let sum = &mut sums[row.eiendom.index()];
            let (teller, nevner) = (u32::from(row.teller), u32::from(row.nevner));
            *sum = (sum.0 * nevner + teller * sum.1, sum.1 * nevner);
            let divisor = (1..=sum.1).rev().find(|by| sum.0.is_multiple_of(*by) && sum.1.is_multiple_of(*by)).unwrap();
            *sum = (sum.0 / divisor, sum.1 / divisor);
            assert!(row.person.some().is_some() != row.virksomhet.some().is_some());
        }
        assert!(sums.iter().all(|sum| *sum == (1, 1)), "{size} {seed}");
    }
}

#[test]
fn who_owns_the_home_is_who_the_deed_names() {
    for (size, seed) in TOWNS {
        let base = town(size, seed);
        let today = DayNo::of(base.header.start.dato());
        let owners = |home: usize| -> Vec<PersonId> {
            let first = building(&base, home).eiendom;
            let own = base.hjemler.iter().filter(|row| row.eiendom == first);
            own.filter_map(|row| row.person.some()).collect()
        };
        let (mut own, mut both) = (0, 0);
        for (household, home) in homes_of(&base).into_iter().enumerate().take(300) {
            let Some(bolig) = home.filter(|&bolig| base.boliger.eieform[bolig] == Eieform::Selveier) else { continue };
            let members = base.medlemmer_of(HusstandId::at(household));
            let named = owners(bolig);
            assert!(named.contains(&members[0]), "household {household}");
            let partner = base.personer.partner[members[0].index()].some();
            assert!(partner.is_none_or(|partner| named.contains(&partner)));
            own += 1;
            both += usize::from(partner.is_some());
        }
        assert!(own > 100 && both > 40, "{own} {both}");
        let coop = base.boliger.eieform.iter().position(|&form| form == Eieform::Borettslag).unwrap();
        assert!(owners(coop).is_empty(), "a co-operative owns the house");
        let mut of_dead = 0;
        for row in &base.hjemler {
            if let Some(died) = row.person.some().and_then(|person| base.doedsfall_of(person)) {
                assert!(row.fra < died);
                of_dead += 1;
            }
            assert!(row.fra < today);
        }
        assert!(of_dead >= 1);
        let emigrated: Vec<PersonId> = base.utflyttinger.iter().map(|row| row.person).collect();
        let abroad = base.hjemler.iter().filter(|row| emigrated.contains(&row.person)).count();
        assert!(emigrated.is_empty() || abroad >= 1);
        assert!(
            base.hjemler.iter().any(|row| row.virksomhet == VirksomhetId::at(0)),
            "the municipality owns something"
        );
    }
}
