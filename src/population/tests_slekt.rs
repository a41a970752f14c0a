//! Kin, unions and care against the figures of `specs/population.md` §3, §4.1, §14 and the cast of §16.9.

use super::*;
use crate::town::model::{Ansvar, DayNo, Landkode, Merke, Personstatus, Sivilstand, Vergemaalsslag};

fn town(size: u32, seed: u64) -> Base {
    generate(&Spec { size, seed: Seed(seed), ..Spec::default() }).unwrap()
}

fn today(base: &Base) -> DayNo {
    DayNo::of(base.header.start.dato())
}

fn alder(base: &Base, person: PersonId) -> i32 {
    calendar::age(base.personer.foedselsdato[person.index()], today(base))
}

fn residents(base: &Base) -> impl Iterator<Item = PersonId> {
    (0..base.header.size as usize).map(PersonId::at)
}

fn tagged(base: &Base, merke: Merke) -> Vec<PersonId> {
    residents(base).filter(|person| base.personer.merker[person.index()] >> (merke as u64) & 1 == 1).collect()
}

/// The towns the tests look at: the smallest, and one in which shares show.
const TOWNS: [(u32, u64); 6] = [(1_500, 1), (1_500, 2), (1_500, 3), (1_500, 4), (1_500, 5), (LARGE, 6)];
const LARGE: u32 = 20_000;

fn towns() -> impl Iterator<Item = Base> {
    TOWNS.into_iter().map(|(size, seed)| town(size, seed))
}

fn large() -> Base {
    town(LARGE, 6)
}

fn minors(base: &Base) -> Vec<PersonId> {
    residents(base).filter(|&person| alder(base, person) < 18).collect()
}

fn adults(base: &Base) -> Vec<PersonId> {
    residents(base).filter(|&person| alder(base, person) >= 18).collect()
}

fn parents(base: &Base, person: PersonId) -> impl Iterator<Item = PersonId> {
    [base.personer.mor[person.index()], base.personer.far[person.index()]].into_iter().filter_map(PersonId::some)
}

fn lives_with(base: &Base, one: PersonId, other: PersonId) -> bool {
    base.personer.husstand[one.index()] == base.personer.husstand[other.index()]
}

fn is_resident(base: &Base, person: PersonId) -> bool {
    base.personer.status[person.index()] == Personstatus::Bosatt
}

fn born(base: &Base, person: PersonId) -> DayNo {
    base.personer.foedselsdato[person.index()]
}

/// Parts in a thousand.
fn per_mille(part: usize, whole: usize) -> usize {
    part * 1_000 / whole.max(1)
}

#[test]
fn the_cast_of_families_is_in_every_town() {
    let cast = [
        Merke::Tvilling,
        Merke::ForelderTilDoedfoedt,
        Merke::DeltBosted,
        Merke::Fosterbarn,
        Merke::BarnMedDoedVerge,
        Merke::EnsligFar,
        Merke::ToMoedre,
        Merke::TenaaringsForelder,
        Merke::VoksenMedVerge,
        Merke::EnsligMindreaarig,
        Merke::Fremtidsfullmakt,
        Merke::ForelderUtenNummer,
        Merke::Trilling,
    ];
    for base in towns() {
        for merke in cast.into_iter().filter(|merke| *merke != Merke::Trilling || base.header.size == LARGE) {
            let found = tagged(&base, merke).len();
            assert!(found > 0, "{} {:?}: nobody is {}", base.header.size, base.header.seed, merke.code());
        }
    }
}

#[test]
fn fourteen_in_a_thousand_deliveries_are_of_several() {
    let base = large();
    let code = |child: &PersonId| base.personer.rekkefoelge[child.index()];
    let minors = minors(&base);
    let twins = minors.iter().filter(|child| code(child) == 22).count();
    let triplets: Vec<PersonId> = minors.iter().copied().filter(|child| code(child) == 33).collect();
    let deliveries = minors.iter().filter(|child| [11, 21, 31].contains(&code(child))).count();
    assert!((13..=15).contains(&per_mille(twins + triplets.len(), deliveries)), "{twins} of {deliveries}");
    assert!((1..=4).contains(&triplets.len()), "{triplets:?}");
    for last in triplets {
        let mother = base.personer.mor[last.index()];
        let three: Vec<PersonId> =
            base.barn_of(mother).iter().copied().filter(|child| (31..=33).contains(&code(child))).collect();
        assert_eq!(three.iter().map(code).collect::<Vec<_>>(), [31, 32, 33]);
        assert!(three.iter().all(|child| born(&base, *child) == born(&base, last)), "{three:?}");
    }
    // A town below the limit has none.
    assert!(tagged(&town(19_999, 6), Merke::Trilling).is_empty());
}

#[test]
fn foster_children_live_with_neither_parent_and_most_parents_keep_responsibility() {
    let (mut kept, mut given) = (0, 0);
    for base in towns() {
        let unaccompanied = tagged(&base, Merke::EnsligMindreaarig);
        let of_parents = base.fosterhjem.len() - unaccompanied.len();
        let wanted = minors(&base).len() * 9 / 1_000;
        assert!((wanted.max(1)..=wanted + 1).contains(&of_parents), "{of_parents}, not {wanted}");
        for row in &base.fosterhjem {
            assert_eq!(row.husstand, base.personer.husstand[row.barn.index()]);
            assert!(parents(&base, row.barn).all(|parent| !lives_with(&base, row.barn, parent)), "{row:?}");
            let spell = base.bosteder[base.bosteder_of(row.barn)[0].index()];
            assert!(spell.fra >= row.fra && row.fra > born(&base, row.barn), "{row:?} {spell:?}");
            let held = base.ansvar_for(row.barn);
            if unaccompanied.contains(&row.barn) {
                assert!(held.is_empty() && parents(&base, row.barn).count() == 0, "{held:?}");
                assert_ne!(base.personer.foedeland[row.barn.index()], Landkode::NOR);
                continue;
            }
            let by_parents = held.iter().all(|held| parents(&base, row.barn).any(|parent| parent == held.ansvarlig));
            let by_others =
                held.iter().all(|held| held.ansvar == Ansvar::Andre && lives_with(&base, row.barn, held.ansvarlig));
            assert!(!held.is_empty() && by_parents != by_others, "{held:?}");
            kept += usize::from(by_parents);
            given += usize::from(by_others);
        }
    }
    assert!(kept > given && given > 0, "{kept} {given}");
}

#[test]
fn four_in_a_hundred_children_of_separated_parents_have_two_homes() {
    let base = large();
    let shared =
        |child: &PersonId| base.ansvar_for(*child).iter().filter(|row| row.ansvar == Ansvar::Felles).count() == 2;
    let apart = |child: &PersonId| {
        let mut parents = parents(&base, *child);
        let (Some(one), Some(other)) = (parents.next(), parents.next()) else { return false };
        is_resident(&base, one) && is_resident(&base, other) && !lives_with(&base, one, other)
    };
    let could = minors(&base).into_iter().filter(|child| shared(child) && apart(child)).count();
    assert!((35..=55).contains(&per_mille(base.delt_bosted.len(), could)), "{} of {could}", base.delt_bosted.len());
    for row in &base.delt_bosted {
        assert!(row.fra >= born(&base, row.barn) && row.fra <= today(&base), "{row:?}");
        let home = |person: PersonId| base.bosteder[base.bosteder_of(person).last().unwrap().index()];
        let other = parents(&base, row.barn).find(|parent| !lives_with(&base, row.barn, *parent)).unwrap();
        assert_eq!(home(other).bolig, row.bolig);
        assert!(row.fra >= home(other).fra, "{row:?}: there was no second home yet");
        assert!(base.beskyttelse_of(row.barn).is_none() && base.beskyttelse_of(other).is_none());
    }
}

#[test]
fn nine_in_a_thousand_adults_have_a_guardian() {
    for base in towns() {
        let adults = adults(&base).len();
        let of = |kinds: &[Vergemaalsslag]| base.vergemaal.iter().filter(|row| kinds.contains(&row.slag)).count();
        let guarded = of(&[Vergemaalsslag::Voksen, Vergemaalsslag::MidlertidigForVoksen]);
        assert_eq!(guarded, adults * 9 / 1_000);
        let attorneys = of(&[Vergemaalsslag::StadfestetFremtidsfullmakt]);
        assert!((1..=1 + adults / 2_000).contains(&attorneys), "{attorneys}");
        let alone = of(&[Vergemaalsslag::EnsligMindreaarigFlyktning, Vergemaalsslag::EnsligMindreaarigAsylsoeker]);
        assert_eq!(alone, (base.header.size as usize / 3_000).max(1));
        let mut dead = 0;
        for row in &base.vergemaal {
            assert!(row.fra <= today(&base) && row.fra > born(&base, row.person), "{row:?}");
            let Some(guardian) = row.verge.some() else { continue };
            assert_ne!(guardian, row.person);
            assert!(calendar::age(born(&base, guardian), row.fra) >= 18, "{row:?}");
            match base.doedsfall_of(guardian) {
                Some(died) => {
                    assert!(row.fra <= died && row.slag == Vergemaalsslag::MidlertidigForMindreaarig, "{row:?}");
                    dead += 1;
                }
                None => assert!(is_resident(&base, guardian) && alder(&base, guardian) >= 18, "{row:?}"),
            }
        }
        assert_eq!(dead, 1, "one child's guardian is dead");
        let people = base.vergemaal.iter().map(|row| row.person).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(people.len(), base.vergemaal.len(), "somebody has two");
    }
}

#[test]
fn three_in_a_thousand_births_are_of_a_stillborn_child() {
    for base in towns() {
        let births = (0..base.person_count())
            .filter(|&child| base.personer.mor[child].some().is_some_and(|mor| is_resident(&base, mor)))
            .count();
        let wanted = (births * 32 + 5_000) / 10_000;
        assert_eq!(base.doedfoedte.len(), wanted.max(1));
        for row in &base.doedfoedte {
            let mothers = base.barn_of(row.mor).iter().filter(|child| base.personer.mor[child.index()] == row.mor);
            let nearest = mothers.map(|child| (born(&base, *child).0 - row.dato.0).abs()).min().unwrap();
            assert!((270..=1_600).contains(&nearest), "{row:?}: {nearest}");
        }
    }
}

#[test]
fn parents_without_a_number_are_named_and_nobody_has_three_parents() {
    for base in towns() {
        let wanted = per_mille(base.foreldre_uten_nummer.len(), minors(&base).len());
        assert!((3..=22).contains(&wanted), "{wanted} in a thousand");
        for row in &base.foreldre_uten_nummer {
            assert!(base.personer.far[row.barn.index()].some().is_none(), "{row:?}");
            let years = calendar::age(row.foedselsdato, born(&base, row.barn));
            assert!((17..=70).contains(&years), "{row:?}: {years}");
            assert!(!base.tekst.get(row.fornavn).is_empty() && !base.tekst.get(row.etternavn).is_empty());
            let same_mother = |other: &&crate::town::model::ForelderUtenNummerRow| {
                base.personer.mor[other.barn.index()] == base.personer.mor[row.barn.index()]
            };
            let siblings: Vec<_> = base.foreldre_uten_nummer.iter().filter(same_mother).collect();
            assert!(siblings.iter().all(|other| other.foedselsdato == row.foedselsdato), "{siblings:?}");
        }
    }
}

#[test]
fn children_live_with_both_with_one_or_with_neither() {
    let base = large();
    let minors = minors(&base);
    let mut counts = [0usize; 4];
    for child in &minors {
        let with = |parent: PersonId| parent.some().is_some_and(|parent| lives_with(&base, *child, parent));
        let kind = match (with(base.personer.mor[child.index()]), with(base.personer.far[child.index()])) {
            (true, true) => 0,
            (true, false) => 1,
            (false, true) => 2,
            (false, false) => 3,
        };
        counts[kind] += 1;
    }
    // §3.1 gives 0.76, 0.16, 0.04, 0.01 of 0.97.
    let wanted = [784, 165, 41, 10];
    for (count, wanted) in counts.iter().zip(wanted) {
        let share = per_mille(*count, minors.len());
        assert!(share.abs_diff(wanted) <= 25.min(wanted / 2), "{counts:?}: {share}, not {wanted}");
    }
}

#[test]
fn most_adults_born_here_have_kin_in_town_and_nobody_married_into_the_own_family() {
    for base in towns() {
        let adults: Vec<PersonId> = adults(&base)
            .into_iter()
            .filter(|person| base.personer.foedeland[person.index()] == Landkode::NOR)
            .collect();
        let siblings = |person: PersonId| {
            parents(&base, person)
                .flat_map(|parent| base.barn_of(parent).iter().copied())
                .filter(move |other| *other != person)
                .collect::<Vec<_>>()
        };
        let elsewhere = |person: PersonId| {
            let kin = parents(&base, person).chain(base.barn_of(person).iter().copied()).chain(siblings(person));
            kin.into_iter().any(|other| is_resident(&base, other) && !lives_with(&base, person, other))
        };
        let count = |is: &dyn Fn(PersonId) -> bool| {
            per_mille(adults.iter().filter(|person| is(**person)).count(), adults.len())
        };
        let any = count(&|person| {
            elsewhere(person)
                || parents(&base, person).chain(base.barn_of(person).iter().copied()).any(|kin| is_resident(&base, kin))
        });
        let (out, brothers) = (count(&elsewhere), count(&|person| !siblings(person).is_empty()));
        assert!(any >= 700 && out >= 500 && brothers >= 250, "{any} {out} {brothers}");
        let grandparents = minors(&base)
            .into_iter()
            .filter(|child| {
                parents(&base, *child)
                    .flat_map(|parent| parents(&base, parent).collect::<Vec<_>>())
                    .any(|old| is_resident(&base, old))
            })
            .count();
        let share = per_mille(grandparents, minors(&base).len());
        assert!(share >= 250, "{share} of a thousand children have a grandparent in town");
        for row in base.sivilstander.iter().filter(|row| row.relatert.some().is_some()) {
            assert!(!siblings(row.person).contains(&row.relatert), "{row:?}");
            let mut older: Vec<PersonId> = vec![row.person];
            while let Some(one) = older.pop() {
                older.extend(parents(&base, one));
                assert!(one == row.person || one != row.relatert, "{row:?}: married to an ancestor");
            }
        }
    }
}

#[test]
fn marriages_are_of_the_kinds_there_are() {
    let base = large();
    let status =
        |person: PersonId| base.sivilstander_of(person).last().map(|row| (row.sivilstand, row.relatert.some()));
    let (mut married, mut same, mut apart, mut divorced, mut known, mut separated) = (0, 0, 0, 0, 0, 0);
    for person in adults(&base) {
        match status(person) {
            Some((Sivilstand::Gift, Some(other))) => {
                married += 1;
                same += usize::from(base.personer.kjoenn[person.index()] == base.personer.kjoenn[other.index()]);
                apart += usize::from(!lives_with(&base, person, other));
            }
            Some((Sivilstand::Skilt, other)) => {
                divorced += 1;
                if let Some(other) = other {
                    known += 1;
                    assert_eq!(status(other), Some((Sivilstand::Skilt, Some(person))));
                    assert!(!lives_with(&base, person, other));
                }
            }
            Some((Sivilstand::Separert, Some(other))) => {
                separated += 1;
                assert_eq!(status(other), Some((Sivilstand::Separert, Some(person))));
            }
            _ => {}
        }
    }
    // §3.2: 1.5 % of marriages; §16.3 number 26; §3.3: separations of about a year.
    assert!((11..=19).contains(&per_mille(same, married)), "{same} of {married}");
    assert!((10..=30).contains(&per_mille(apart, married)), "{apart} of {married}");
    assert!((250..=550).contains(&per_mille(known, divorced)), "{known} of {divorced}");
    assert!((30..=100).contains(&separated), "{separated}");
}
