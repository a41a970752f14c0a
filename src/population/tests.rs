//! Towns of many seeds and sizes against the invariants (`specs/population.md` §16), the calibration (§17) and the promise
//! of equal bytes.

use super::*;
use crate::town::model::{BoligId, DayNo, Gradering, HusstandId, KontaktFlags, Merke, SpellId, Virksomhetsslag};

pub(super) fn town(size: u32, seed: u64) -> Base {
    generate(&Spec { size, seed: Seed(seed), ..Spec::default() }).unwrap()
}

fn age_of(base: &Base, row: usize) -> i32 {
    calendar::age(base.personer.foedselsdato[row], DayNo::of(base.header.start.dato()))
}

#[test]
fn towns_are_close_to_their_targets() {
    for (size, seeds) in [(1_500, 1..21), (10_000, 1..4), (100_000, 1..2)] {
        for seed in seeds {
            for measure in fidelity(&town(size, seed)) {
                assert!(measure.is_within(size), "size {size} seed {seed}: {measure:?}");
                assert!(measure.distance > 0, "{measure:?} sees something");
            }
        }
    }
}

#[test]
fn a_town_of_another_kind_is_far_from_the_target() {
    let mut base = town(10_000, 4);
    let young: Vec<bool> = (0..base.person_count()).map(|row| age_of(&base, row) < 50).collect();
    base.personer.kontakt.fill(KontaktFlags::default());
    for (partner, _) in base.personer.partner.iter_mut().zip(&young).filter(|(_, young)| **young) {
        *partner = PersonId::NONE;
    }
    base.husstander.slag.fill(crate::town::model::Husstandstype::Alene);
    base.sivilstander.retain(|row| !young[row.person.index()]);
    base.personer.kjoenn.fill(Kjoenn::Mann);
    base.personer.utdanning.fill(Utdanning::Grunnskole);
    base.personer.arbeidsmarked.fill(Arbeidsmarked::Utenfor);
    base.bygninger.iter_mut().for_each(|building| building.slag = crate::town::model::Bygningstype::Boligblokk);
    let (first, last) = (base.personer.fornavn[0], base.personer.etternavn[0]);
    base.personer.fornavn.fill(first);
    base.personer.etternavn.fill(last);
    base.personer.foedeland.fill(crate::town::model::Landkode(*b"POL"));
    base.virksomheter.iter_mut().for_each(|unit| unit.naeringskode = 1_110);
    for measure in fidelity(&base) {
        assert!(!measure.is_within(10_000), "{measure:?}");
    }
}

#[test]
fn every_input_changes_the_town_and_nothing_else_does() {
    let spec = Spec { size: 1_500, ..Spec::default() };
    let digest = generate(&spec).unwrap().digest;
    assert_eq!(digest, generate(&spec).unwrap().digest);
    for other in [
        Spec { seed: Seed(1), ..spec.clone() },
        Spec { size: 1_501, ..spec.clone() },
        Spec { start: spec.start.plus_millis(86_400_000), ..spec.clone() },
        Spec { profile: "bykommune".to_owned(), ..spec.clone() },
    ] {
        assert_ne!(generate(&other).unwrap().digest, digest, "{other:?}");
    }
}

#[test]
fn what_cannot_be_made_is_refused_with_a_sentence() {
    let refusal = |spec: Spec| generate(&spec).unwrap_err().to_string();
    let of_size = |size| refusal(Spec { size, ..Spec::default() });
    assert_eq!(of_size(1_499), "a population has between 1 500 and 6 000 000 people, not 1499");
    assert_eq!(of_size(6_000_001), "a population has between 1 500 and 6 000 000 people, not 6000001");
    assert_eq!(
        refusal(Spec { profile: "oslo".to_owned(), ..Spec::default() }),
        "there is no municipality profile `oslo`; there are bykommune, fjordkommune, innlandskommune, kystkommune, \
         forstadskommune, industrikommune"
    );
    assert_eq!(refusal(Spec { schema: 9, ..Spec::default() }), "this generator makes schema 2, not 9");
    let start = Instant::parse("1999-12-31").unwrap();
    assert_eq!(refusal(Spec { start, ..Spec::default() }), "a town begins between 2000 and 2039, not on 1999-12-31");
}

/// How many residents carry a tag.
fn tagged(base: &Base, merke: Merke) -> usize {
    base.personer.merker.iter().filter(|tags| *tags & (1 << (merke as u8)) != 0).count()
}

#[test]
fn the_minimum_cast_is_in_every_town() {
    for (size, seeds) in [(1_500, 0..24), (5_000, 0..3)] {
        for seed in seeds {
            let base = town(size, seed);
            for merke in Merke::ALL.iter().filter(|merke| **merke != Merke::Trilling) {
                assert!(tagged(&base, *merke) > 0, "size {size} seed {seed}: nobody is {}", merke.code());
            }
        }
    }
}

#[test]
fn scenarios_find_their_people_in_every_town() {
    for seed in 0..24 {
        let base = town(1_500, seed);
        let people = &base.personer;
        let is_woman = |row: &usize| people.kjoenn[*row] == Kjoenn::Kvinne;
        let aged = |row: usize, ages: std::ops::RangeInclusive<i32>| ages.contains(&age_of(&base, row));
        let open = |row: usize| base.beskyttelse_of(PersonId::at(row)).is_none();
        let has_partner = |row: usize| people.partner[row].some().is_some();
        let women = || (0..1_500).filter(is_woman);
        let reserved = women().filter(|&row| {
            aged(row, 26..=36) && has_partner(row) && people.kontakt[row].has(KontaktFlags::RESERVERT) && open(row)
        });
        assert!(reserved.count() >= 1, "seed {seed}");
        let to_be = women().filter(|&row| {
            aged(row, 26..=36)
                && has_partner(row)
                && open(row)
                && base.barn_of(PersonId::at(row)).is_empty()
                && !people.kontakt[row].has(KontaktFlags::RESERVERT)
        });
        let count = to_be.count();
        assert!(count >= 5, "seed {seed}: {count} women could have their first child");
        let strict = women().filter(|&row| {
            let id = PersonId::at(row);
            let is_strict = base.beskyttelse_of(id).is_some_and(|row| row.gradering == Gradering::StrengtFortrolig);
            aged(row, 18..=45) && is_strict && !base.barn_of(id).is_empty()
        });
        assert!(strict.count() >= 1, "seed {seed}");
        for gradering in [Gradering::StrengtFortrolig, Gradering::Fortrolig] {
            let mut households: Vec<HusstandId> = base
                .beskyttelser
                .iter()
                .filter(|row| row.gradering == gradering)
                .map(|row| people.husstand[row.person.index()])
                .collect();
            households.dedup();
            assert!(households.len() >= 2, "seed {seed}: {gradering:?}");
            let child = |household: &HusstandId| {
                base.medlemmer_of(*household).iter().any(|member| aged(member.index(), 0..=17))
            };
            assert!(households.iter().any(child), "seed {seed}: {gradering:?} without a child");
        }
    }
}

#[test]
fn mothers_have_the_ages_of_the_fertility_table() {
    for (size, seed) in [(5_000, 2), (20_000, 7)] {
        let base = town(size, seed);
        let ages: Vec<i32> = (0..size as usize)
            .filter(|&row| age_of(&base, row) < 6)
            .filter_map(|row| Some((row, base.personer.mor[row].some()?.index())))
            .map(|(child, mother)| {
                12 * (base.personer.foedselsdato[child].0 - base.personer.foedselsdato[mother].0) / 365
            })
            .collect();
        let months = ages.iter().sum::<i32>() / i32::try_from(ages.len()).unwrap();
        println!("{size}: {months} months");
        // 31.6 years in the table (§4.1).
        assert!((365..=398).contains(&months), "size {size}: {months} months");
    }
}

#[test]
fn newborn_children_had_a_temporary_name() {
    let base = town(5_000, 3);
    let mut chosen = 0;
    for row in base.tidligere_navn.iter().filter(|row| row.midlertidig) {
        let child = row.person.index();
        let text = base.tekst.get(row.fornavn);
        let mother = base.tekst.get(base.personer.fornavn[base.personer.mor[child].index()]).to_uppercase();
        let kind = if base.personer.kjoenn[child] == Kjoenn::Kvinne { "PIKE" } else { "GUTT" };
        assert_eq!(text, format!("{mother}*{kind}"));
        let days = row.til.0 - base.personer.foedselsdato[child].0;
        assert!((14..=63).contains(&days), "{days}");
        assert!(!base.tekst.get(base.personer.fornavn[child]).contains('*'));
        chosen += 1;
    }
    assert!(chosen > 20, "{chosen}");
    assert!(tagged(&base, Merke::NyfoedtUtenNavn) >= 1);
}

#[test]
fn families_move_together_and_children_begin_at_birth() {
    let base = town(5_000, 3);
    let (mut shared, mut own, mut moved) = (0, 0, 0);
    for household in 0..base.husstander.slag.len() {
        let spell: SpellId = base.husstander.bosted[household];
        let since = base.bosteder[spell.index()].fra;
        for member in base.medlemmer_of(HusstandId::at(household)) {
            let spells = base.bosteder_of(*member);
            let last = base.bosteder[spells[spells.len() - 1].index()];
            let born = base.personer.foedselsdato[member.index()];
            if spells.last() == Some(&spell) {
                shared += 1;
            } else {
                assert!(last.fra > since);
                own += usize::from(last.fra == born);
            }
            let this_year = last.fra.0 > DayNo::of(base.header.start.dato()).0 - 365;
            moved += usize::from(spells.len() > 1 && this_year);
        }
    }
    assert!(shared > 3_500 && own > 200, "{shared} {own}");
    // About 84 of a thousand move within the municipality in a year (§4.3).
    assert!((250..600).contains(&moved), "{moved}");
    assert!(base.bosteder.iter().any(|spell| spell.bolig == BoligId::NONE), "somebody's home is unknown");
}

#[test]
fn kindergartens_hold_their_children_and_some_more() {
    let base = town(10_000, 6);
    let of = |slag| base.virksomheter.iter().filter(move |unit| unit.slag == slag).count();
    assert_eq!((of(Virksomhetsslag::Barnehage), of(Virksomhetsslag::Skole)), (10, 6));
    let small = (0..10_000).filter(|&row| (1..=5).contains(&age_of(&base, row))).count();
    let used = base
        .plasser
        .iter()
        .filter(|row| base.virksomheter[row.virksomhet.index()].slag == Virksomhetsslag::Barnehage)
        .count();
    assert!((small * 75 / 100..=small * 105 / 100).contains(&used), "{used} of {small}");
}

/// A population beyond one town: every part is sound by itself, and no identity number is given twice.
#[test]
fn parts_of_a_country_are_sound_and_share_no_number() {
    let spec = Spec { size: LARGEST_TOWN + 1, seed: Seed(5), ..Spec::default() };
    assert!(matches!(generate(&spec), Err(PopulationError::NoTown { .. })));
    let parts = Parts::plan(&spec).unwrap();
    assert_eq!((parts.count(), parts.residents_before(parts.count())), (9, LARGEST_TOWN + 1));
    let mut numbers = Vec::new();
    let mut units = Vec::new();
    for index in [0, 4, 8] {
        let base = parts.make(index).unwrap();
        assert_eq!(invariants::violations(&base).first(), None, "part {index}");
        numbers.extend(base.personer.nummer.iter().chain(base.tidligere_nummer.iter().map(|row| &row.nummer)).copied());
        units.extend(base.virksomheter.iter().map(|unit| unit.orgnr));
    }
    let counts = (numbers.len(), units.len());
    numbers.sort_unstable();
    numbers.dedup();
    units.sort_unstable();
    units.dedup();
    assert_eq!((numbers.len(), units.len()), counts, "a number is given twice");
}
