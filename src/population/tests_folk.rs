//! People as the register knows them, over towns: who stands in it beside residents, numbers, citizenships, names and
//! histories (`specs/population.md` §5–§7, §14, §17).

use std::collections::{BTreeMap, BTreeSet};

use super::calendar::{age, civil, plus_years};
use super::tables::{SURNAMES, lines};
use super::tests::town;
use super::*;
use crate::base::Foedselsnummer;
use crate::town::model::{BoligId, COLUMNS, DayNo, Landkode, Nummerskifte, Personstatus, Sivilstand};

fn today(base: &Base) -> DayNo {
    DayNo::of(base.header.start.dato())
}

fn people(base: &Base, status: Personstatus) -> Vec<PersonId> {
    let is_so = |person: &PersonId| base.personer.status[person.index()] == status;
    (0..base.person_count()).map(PersonId::at).filter(is_so).collect()
}

fn text(base: &Base, id: crate::base::TextId) -> &str {
    if id.0 == u32::MAX { "" } else { base.tekst.get(id) }
}

#[test]
fn beside_the_residents_stand_the_dead_the_emigrated_and_people_with_d_numbers() {
    for (size, seed) in [(1_500, 21), (10_000, 22)] {
        let base = town(size, seed);
        let share = |per_mille: usize| (size as usize * per_mille / 1_000).max(2);
        let (live, inactive) = (people(&base, Personstatus::Midlertidig), people(&base, Personstatus::Inaktiv));
        assert_eq!((live.len(), inactive.len()), (share(12), share(6)));
        let five_years_ago = plus_years(today(&base), -5);
        let mut other_date = 0;
        for person in live.iter().chain(&inactive) {
            let row = person.index();
            let number = base.personer.nummer[row];
            assert!(number.is_d_number() && number.kjoenn() == base.personer.kjoenn[row]);
            assert!(base.bosteder_of(*person).is_empty() && base.personer.kontakt[row].0 == 0);
            let issued = base.dnummer_of(*person).unwrap();
            assert_eq!(issued <= five_years_ago, base.personer.status[row] == Personstatus::Inaktiv);
            let (year, month, day) = civil(base.personer.foedselsdato[row]);
            let shown = format!("{:02}{:02}{:02}", day + 40, month + 80, year.rem_euclid(100));
            other_date += usize::from(number.to_string()[..6] != shown);
        }
        assert!(other_date >= 1 && other_date * 100 >= live.len() + inactive.len(), "{other_date}");
        let emigrated = people(&base, Personstatus::Utflyttet);
        assert!(emigrated.len() >= share(8).max(6), "{}", emigrated.len());
        let mut lived_here = 0;
        for person in &emigrated {
            let left = base.utflyttinger_of(*person).last().unwrap();
            assert!(left.land != Landkode::NOR && left.dato <= today(&base));
            let spells = base.bosteder_of(*person);
            lived_here += usize::from(!spells.is_empty());
            assert!(spells.last().is_none_or(|spell| base.bosteder[spell.index()].til == left.dato));
        }
        assert!(lived_here * 100 >= emigrated.len() * 80, "{lived_here} of {}", emigrated.len());
        let with_kin = emigrated.iter().filter(|person| base.personer.mor[person.index()].some().is_some()).count();
        assert!(with_kin >= 2, "{with_kin}");
        let could_own = emigrated.iter().filter(|person| {
            let years = age(base.personer.foedselsdato[person.index()], today(&base));
            (30..=70).contains(&years)
        });
        assert!(could_own.count() >= 1);
        let two_years_ago = plus_years(today(&base), -2);
        let recent = base.doedsfall.iter().filter(|row| row.dato > two_years_ago);
        let of_age =
            recent.filter(|row| (30..=70).contains(&age(base.personer.foedselsdato[row.person.index()], row.dato)));
        assert!(of_age.count() >= 3, "the dead who can still stand as owners");
    }
}

#[test]
fn nobody_has_a_number_twice_and_a_former_one_finds_its_bearer() {
    let base = town(10_000, 23);
    let mut all = BTreeSet::new();
    for number in base.personer.nummer.iter().chain(base.tidligere_nummer.iter().map(|row| &row.nummer)) {
        assert!(all.insert(*number), "{number} twice");
    }
    for row in &base.tidligere_nummer {
        assert_eq!(base.find(row.nummer), Some(row.person));
        assert_ne!(base.personer.nummer[row.person.index()], row.nummer);
    }
    let unused = (0..).find_map(|iii| Foedselsnummer::compose(1, 1, 50, iii, false)).unwrap();
    assert_eq!(base.find(unused), None);
    let of = |grunn| base.tidligere_nummer.iter().filter(move |row| row.grunn == grunn);
    let immigrants = base.personer.foedeland[..10_000].iter().filter(|land| **land != Landkode::NOR).count();
    let upgraded = of(Nummerskifte::Oppgradert).count();
    assert!((15..=40).contains(&(upgraded * 100 / immigrants)), "{upgraded} of {immigrants}");
    for row in of(Nummerskifte::Oppgradert) {
        assert!(row.nummer.is_d_number() && base.dnummer_of(row.person).unwrap() < row.til);
        assert_eq!(base.innflyttinger_of(row.person)[0].dato, row.til);
    }
    let changed = of(Nummerskifte::Kjoennsendring).next().unwrap();
    let now = base.personer.nummer[changed.person.index()];
    assert_eq!(now.kjoenn(), base.personer.kjoenn[changed.person.index()]);
    assert_ne!(changed.nummer.kjoenn(), now.kjoenn());
    assert!(of(Nummerskifte::Dublett).count() >= 1);
}

#[test]
fn immigrants_are_as_many_and_from_where_they_should_be() {
    for (size, profile, per_mille) in
        [(1_500, "fjordkommune", 110), (14_000, "bykommune", 130), (5_000, "industrikommune", 250)]
    {
        let spec = Spec { size, profile: profile.to_owned(), seed: Seed(24), ..Spec::default() };
        let base = generate(&spec).unwrap();
        let mut here: BTreeMap<Landkode, u64> = BTreeMap::new();
        for land in base.personer.foedeland[..size as usize].iter().filter(|land| **land != Landkode::NOR) {
            *here.entry(*land).or_default() += 1;
        }
        let total: u64 = here.values().sum();
        let wanted = u64::from(size) * per_mille / 1_000;
        // Children who came alone are beside them.
        assert!(total + 5 >= wanted && total <= wanted + 12, "{profile} {size}: {total} for {wanted}");
        println!("{profile} {size}: {total} immigrants");
    }
}

#[test]
fn citizenships_have_their_shares_and_arrivals_follow_births() {
    let base = town(20_000, 25);
    let current = &base.personer.statsborgerskap[..20_000];
    let share = |count: usize| count * 1_000 / 20_000;
    let norwegian = share(current.iter().filter(|land| **land == Landkode::NOR).count());
    assert!((860..=930).contains(&norwegian), "{norwegian}");
    let two = base.statsborgerskap.iter().filter(|row| row.til == DayNo::NONE).count();
    assert_eq!(share(two), 25);
    let without = current.iter().filter(|land| [*b"XXX", *b"XUK"].contains(&land.0)).count();
    assert_eq!(without, 20);
    let born_abroad: Vec<usize> = (0..20_000).filter(|&row| base.personer.foedeland[row] != Landkode::NOR).collect();
    let citizens = born_abroad.iter().filter(|&&row| current[row] == Landkode::NOR).count();
    println!("citizens {norwegian}, of immigrants {} per mille", citizens * 1_000 / born_abroad.len());
    assert!((330..=540).contains(&(citizens * 1_000 / born_abroad.len())), "{citizens} of {}", born_abroad.len());
    for row in born_abroad {
        let came = base.innflyttinger_of(PersonId::at(row))[0].dato;
        let first = base.bosteder[base.bosteder_of(PersonId::at(row))[0].index()].fra;
        assert!(came >= base.personer.foedselsdato[row] && came <= first && first <= today(&base), "row {row}");
    }
}

#[test]
fn histories_have_the_moves_of_a_year() {
    let base = town(20_000, 26);
    let since = plus_years(today(&base), -1);
    let (mut within, mut into, mut spells, mut unknown) = (0, 0, 0, 0);
    for person in (0..20_000).map(PersonId::at) {
        let own = base.bosteder_of(person);
        spells += own.len();
        let last = base.bosteder[own[own.len() - 1].index()];
        unknown += usize::from(last.bolig == BoligId::NONE);
        let born = base.personer.foedselsdato[person.index()];
        if last.fra >= since && last.fra != born {
            if own.len() > 1 { within += 1 } else { into += 1 }
        }
    }
    println!("within {} into {} per mille, {} spells per hundred people", within / 20, into / 20, spells / 200);
    // 84 within and 44 + 10 from outside, of a thousand a year (§4.3).
    assert!((60..=115).contains(&(within / 20)), "{within}");
    assert!((30..=85).contains(&(into / 20)), "{into}");
    assert!((130..=260).contains(&(spells / 200)), "{spells}");
    assert!(unknown >= 1);
    assert!(base.innflyttinger.iter().any(|row| row.dato >= since), "somebody came this year");
}

fn first_of(base: &Base, row: usize) -> &str {
    text(base, base.personer.fornavn[row]).split([' ', '-']).next().unwrap()
}

#[test]
fn the_commonest_names_are_as_common_as_in_the_country() {
    let tables = ["immigrants by country", "first names of women", "first names of men", "surnames"];
    for (size, seed) in [(10_000, 27), (10_000, 28), (100_000, 29)] {
        let base = town(size, seed);
        for measure in fidelity(&base).iter().filter(|measure| tables.contains(&measure.table)) {
            println!("{size} {seed} {}: {} of {}", measure.table, measure.distance, measure.limit(size));
            assert!(measure.is_within(size), "{size} {seed} {}: {}", measure.table, measure.distance);
            assert!(measure.here.iter().sum::<u64>() > u64::from(size) / 20 && measure.distance > 0);
        }
    }
}

#[test]
fn families_share_surnames_and_no_first_names() {
    let base = town(20_000, 30);
    let columns = &base.personer;
    let norwegian = |row: usize| columns.foedeland[row] == Landkode::NOR;
    let (mut groups, mut common) = (0, 0);
    for mother in 0..base.person_count() {
        let names: Vec<_> = base
            .barn_of(PersonId::at(mother))
            .iter()
            .filter(|child| columns.mor[child.index()] == PersonId::at(mother))
            .filter(|child| columns.far[child.index()].some().is_some() && child.index() < 20_000)
            .filter(|child| age(columns.foedselsdato[child.index()], today(&base)) < 18)
            .map(|child| (columns.far[child.index()], columns.etternavn[child.index()]))
            .collect();
        if names.len() > 1 && names.iter().all(|name| name.0 == names[0].0) {
            groups += 1;
            common += usize::from(names.iter().all(|name| name.1 == names[0].1));
        }
    }
    println!("{common} of {groups} groups of brothers and sisters have one surname");
    assert!((900..=985).contains(&(common * 1_000 / groups)), "{common} of {groups}");
    let (mut pairs, mut same) = (0, 0);
    let (mut children, mut middle, mut double) = (0, 0, 0);
    for child in 0..20_000 {
        for parent in [columns.mor[child], columns.far[child]].into_iter().filter_map(PersonId::some) {
            pairs += 1;
            same += usize::from(first_of(&base, child) == first_of(&base, parent.index()));
        }
        let parents = [columns.mor[child], columns.far[child]].into_iter().filter_map(PersonId::some);
        let all_norwegian = parents.clone().count() == 2 && parents.clone().all(|parent| norwegian(parent.index()));
        if age(columns.foedselsdato[child], today(&base)) < 18 && all_norwegian && norwegian(child) {
            children += 1;
            middle += usize::from(columns.mellomnavn[child].0 != u32::MAX);
            double += usize::from(text(&base, columns.etternavn[child]).contains('-'));
        }
    }
    println!("{same} of {pairs} share a first name; of {children} children {middle} middle, {double} double");
    assert!(same * 1_000 <= pairs * 5, "{same} of {pairs}");
    assert!((220..=340).contains(&(middle * 1_000 / children)), "{middle} of {children}");
    assert!((55..=110).contains(&(double * 1_000 / children)), "{double} of {children}");
    let mut took = [(0, 0); 2];
    for row in base.sivilstander.iter().filter(|row| row.sivilstand == Sivilstand::Gift) {
        let (wife, Some(husband)) = (row.person.index(), row.relatert.some()) else { continue };
        let is_couple = columns.kjoenn[wife] == Kjoenn::Kvinne && columns.kjoenn[husband.index()] == Kjoenn::Mann;
        let is_current = base.sivilstander_of(row.person).last() == Some(row) && wife < 20_000;
        if is_couple && is_current && norwegian(wife) && norwegian(husband.index()) {
            let era = &mut took[usize::from(civil(row.dato).0 >= 1990)];
            era.1 += 1;
            era.0 += usize::from(columns.etternavn[wife] == columns.etternavn[husband.index()]);
        }
    }
    println!("wives with the husband's name before and since 1990: {took:?}");
    let share = |(same, all): (usize, usize)| same * 100 / all;
    assert!((48..=62).contains(&share(took[0])) && (29..=43).contains(&share(took[1])), "{took:?}");
}

#[test]
fn two_first_names_and_letters_from_abroad_have_their_shares() {
    let base = town(20_000, 31);
    let (mut two, mut all, mut hyphen) = ([0, 0], [0, 0], 0);
    let mut special = 0;
    for row in 0..20_000 {
        let first = text(&base, base.personer.fornavn[row]);
        let last = text(&base, base.personer.etternavn[row]);
        let strange = |letter: char| letter.is_alphabetic() && !letter.is_ascii() && !"æøåÆØÅ".contains(letter);
        special += usize::from(first.chars().chain(last.chars()).any(strange));
        if base.personer.foedeland[row] == Landkode::NOR {
            let late = usize::from(civil(base.personer.foedselsdato[row]).0 >= 1990);
            all[late] += 1;
            two[late] += usize::from(first.contains([' ', '-']));
            hyphen += usize::from(first.contains('-'));
        }
    }
    println!("special {special}, two {two:?} of {all:?}, hyphen {hyphen}");
    assert!(special >= 400, "{special} of 20 000 names");
    let share = |era: usize| two[era] * 1_000 / all[era];
    assert!((280..=360).contains(&share(0)) && (170..=250).contains(&share(1)), "{two:?} of {all:?}");
    assert!((80..=200).contains(&(hyphen * 1_000 / (two[0] + two[1]))), "{hyphen}");
}

#[test]
fn lists_of_names_are_long_enough() {
    let names = &tables().names;
    for id in [
        "slavisk",
        "baltisk",
        "ukrainsk",
        "nordisk",
        "tysk",
        "arabisk",
        "somalisk",
        "eritreisk",
        "pakistansk",
        "filippinsk",
        "thai",
        "persisk",
        "afghansk",
        "tyrkisk",
        "vietnamesisk",
        "indisk",
    ] {
        let group = &names.abroad[names.abroad(id).unwrap()];
        assert!(group.first.iter().all(|range| range.len() >= 40), "{id}");
        assert!(group.form == names::Form::Patronymic || group.surnames.len() >= 60, "{id}");
    }
    let (first, all) = (names.first_surname as usize, names.bearers.len());
    assert!(all - names.listed_surnames >= 4_000 && first > 0);
}

/// Columns that follow from surnames: names themselves, how long they are, what is called after people.
const FROM_SURNAMES: &[&str] =
    &["personer.etternavn", "personer.mellomnavn", "personer.merker", "tidligere_navn", "virksomheter"];

#[test]
fn one_weight_among_the_surnames_changes_surnames_and_what_follows_from_them_only() {
    let spec = Spec { size: 5_000, seed: Seed(32), ..Spec::default() };
    let listed: String = lines(SURNAMES).collect::<Vec<_>>().join("\n");
    let changed = listed.replacen("Hansen:52569", "Hansen:45000", 1);
    assert_ne!(listed, changed, "the weight is in the file");
    let make = |surnames: String| {
        let tables = tables::Tables::with_surnames(surnames.leak());
        let streams = Streams { seed: spec.seed, schema: spec.schema };
        let cells = Cells::plan(spec.size, DayNo::of(spec.start.dato()), streams, &tables);
        compose_from(&spec, Part::WHOLE, &cells, streams, &tables).unwrap()
    };
    let (before, after) = (make(listed), make(changed));
    let mut moved = Vec::new();
    for column in COLUMNS {
        let bytes = |base: &Base| {
            let mut out = Vec::new();
            (column.put)(base, &mut out);
            out
        };
        if bytes(&before) != bytes(&after) {
            moved.push(column.name);
        }
    }
    let texts = |base: &Base, ids: &[crate::base::TextId]| -> Vec<String> {
        ids.iter().map(|id| text(base, *id).to_owned()).collect()
    };
    assert_eq!(texts(&before, &before.personer.fornavn), texts(&after, &after.personer.fornavn));
    let gater = |base: &Base| texts(base, &base.gater.iter().map(|gate| gate.navn).collect::<Vec<_>>());
    assert_eq!(gater(&before), gater(&after));
    let hansen = |base: &Base| texts(base, &base.personer.etternavn).iter().filter(|name| *name == "Hansen").count();
    assert!(hansen(&after) < hansen(&before), "fewer are called so");
    // Ids of texts composed later move with the count of composed surnames; their texts were compared above.
    let by_text = ["personer.fornavn", "gater", "poststeder"];
    let other: Vec<&str> =
        moved.into_iter().filter(|name| !FROM_SURNAMES.contains(name) && !by_text.contains(name)).collect();
    assert_eq!(other, Vec::<&str>::new(), "columns that have nothing to do with surnames");
}
