//! Towns of several seeds, sizes and dates against what §9 and §12 say of kindergartens, schools and doctors.

use crate::base::{Kjoenn, Seed};
use crate::clock::Instant;
use crate::population::calendar::{age, civil};
use crate::population::{Spec, generate};
use crate::town::model::{Base, DayNo, HusstandId, PersonId, Personstatus, Virksomhetsslag};

fn town(size: u32, seed: u64) -> Base {
    generate(&Spec { size, seed: Seed(seed), ..Spec::default() }).unwrap()
}

fn on(size: u32, seed: u64, start: &str) -> Base {
    let start = Instant::parse(start).unwrap();
    generate(&Spec { size, seed: Seed(seed), start, ..Spec::default() }).unwrap()
}

/// How many children each unit of a kind has, and how many it has room for.
fn loads(base: &Base, slag: Virksomhetsslag) -> Vec<(usize, usize)> {
    let units = base.virksomheter.iter().enumerate().filter(|unit| unit.1.slag == slag && unit.1.kapasitet > 0);
    units
        .map(|(number, unit)| {
            let used = base.plasser.iter().filter(|row| row.virksomhet.index() == number).count();
            (used, usize::from(unit.kapasitet))
        })
        .collect()
}

#[test]
fn schools_are_neither_empty_nor_full_and_a_small_town_has_a_small_one() {
    for (size, seed) in [(1_500, 1), (1_500, 2), (5_000, 3), (5_000, 4), (9_999, 5), (20_000, 6), (50_000, 7)] {
        let base = town(size, seed);
        let schools = loads(&base, Virksomhetsslag::Skole);
        for &(used, room) in &schools {
            assert!((20..=600).contains(&used) && used <= room, "{size} {seed}: {schools:?}");
        }
        let smallest = schools.iter().map(|school| school.0).min().unwrap();
        assert!(size >= 10_000 || smallest < 60, "{size} {seed}: {schools:?}");
        let kindergartens = loads(&base, Virksomhetsslag::Barnehage);
        for &(used, room) in &kindergartens {
            assert!((5..=250).contains(&used) && used < room, "{size} {seed}: {kindergartens:?}");
        }
    }
}

#[test]
fn every_child_of_school_age_has_one_school_and_few_begin_late() {
    for (size, seed, start) in
        [(20_000, 1, "2027-01-04T08:00"), (20_000, 2, "2026-08-17T08:00"), (20_000, 3, "2027-08-16T08:00")]
    {
        let base = on(size, seed, start);
        let today = DayNo::of(base.header.start.dato());
        let (year, month, day) = civil(today);
        let school_year = if (month, day) >= (8, 17) { year } else { year - 1 };
        let (mut late, mut beginners, mut early) = (0, 0, 0);
        for row in (0..base.person_count()).filter(|&row| base.personer.status[row] == Personstatus::Bosatt) {
            let turns = school_year - civil(base.personer.foedselsdato[row]).0;
            let place = base.plass_of(PersonId::at(row)).map(|row| base.virksomheter[row.virksomhet.index()].slag);
            match turns {
                7..=15 => assert_eq!(place, Some(Virksomhetsslag::Skole), "row {row} on {start}"),
                6 => {
                    beginners += 1;
                    late += usize::from(place == Some(Virksomhetsslag::Barnehage));
                    assert!(place.is_some(), "row {row} on {start}");
                }
                5 => early += usize::from(place == Some(Virksomhetsslag::Skole)),
                _ => assert_ne!(place, Some(Virksomhetsslag::Skole), "row {row} on {start}"),
            }
            let years = age(base.personer.foedselsdato[row], today);
            match place {
                Some(Virksomhetsslag::Barnehage) => assert!((0..=6).contains(&years)),
                Some(_) => assert!((5..=16).contains(&years)),
                None => {}
            }
        }
        // 0.9 per cent of a year.
        assert!((1..=5).contains(&late) && beginners > 150 && early <= 1, "{late} of {beginners}, {early} early");
    }
}

#[test]
fn siblings_go_to_one_school_and_most_to_that_of_their_district() {
    let base = town(20_000, 4);
    let (mut same, mut apart) = (0, 0);
    for household in 0..base.husstander.slag.len() {
        let members = base.medlemmer_of(HusstandId::at(household));
        let mut schools: Vec<u32> = members
            .iter()
            .filter_map(|member| base.plass_of(*member))
            .filter(|row| base.virksomheter[row.virksomhet.index()].slag == Virksomhetsslag::Skole)
            .map(|row| row.virksomhet.0)
            .collect();
        if schools.len() > 1 {
            schools.dedup();
            if schools.len() == 1 { same += 1 } else { apart += 1 }
        }
    }
    assert!(same > 20 * apart, "{same} together, {apart} apart");
}

#[test]
fn lists_are_of_the_size_they_should_be_and_families_share_one() {
    for (size, seed) in [(1_500, 1), (1_999, 2), (5_000, 3), (20_000, 4), (50_000, 5)] {
        let base = town(size, seed);
        let lists = &base.fastlegelister;
        let mean = if size < 2_000 { 650 } else { 985 };
        assert_eq!(lists.len(), ((size as usize + mean / 2) / mean).max(1));
        let mut loads = vec![0usize; lists.len()];
        let mut listed = 0;
        for row in 0..base.person_count() {
            let list = base.personer.fastlege[row];
            if list != u16::MAX {
                assert_eq!(base.personer.status[row], Personstatus::Bosatt);
                loads[usize::from(list)] += 1;
                listed += 1;
            }
        }
        assert_eq!(listed, size as usize - (size as usize - size as usize * 99 / 100), "{size}");
        for (list, &load) in lists.iter().zip(&loads) {
            assert!(load <= usize::from(list.tak) && usize::from(list.tak) < load * 105 / 100, "{size}: {load}");
            assert!(size >= 2_000 || (500..=800).contains(&load), "{size}: {loads:?}");
        }
        for household in 0..base.husstander.slag.len() {
            let members = base.medlemmer_of(HusstandId::at(household));
            let list = |member: &PersonId| base.personer.fastlege[member.index()];
            assert!(members.windows(2).all(|pair| list(&pair[0]) == list(&pair[1])));
        }
    }
}

#[test]
fn each_list_but_one_in_twenty_has_a_doctor_of_its_own() {
    let base = town(50_000, 6);
    let today = DayNo::of(base.header.start.dato());
    let doctors: Vec<usize> = base.fastlegelister.iter().filter_map(|list| Some(list.lege.some()?.index())).collect();
    assert_eq!(base.fastlegelister.len() - doctors.len(), 2, "4.9 per cent of {}", base.fastlegelister.len());
    let mut unique = doctors.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), doctors.len());
    let women = doctors.iter().filter(|&&row| base.personer.kjoenn[row] == Kjoenn::Kvinne).count();
    assert!((20..=30).contains(&women), "{women} of {}", doctors.len());
    for (number, list) in base.fastlegelister.iter().enumerate() {
        let Some(doctor) = list.lege.some() else { continue };
        assert!((30..=66).contains(&age(base.personer.foedselsdato[doctor.index()], today)));
        assert_ne!(usize::from(base.personer.fastlege[doctor.index()]), number, "nobody is their own doctor");
    }
}
