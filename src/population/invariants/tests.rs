//! The invariants over towns of many seeds, sizes, profiles and dates; and each of them seen when it breaks.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{SCHEMA, Spec, calendar, generate, profiles};
use super::*;
use crate::base::{Kjoenn, Seed};
use crate::clock::Instant;
use crate::town::model::{
    Ansvar, DeltBostedRow, DoedfoedtRow, Gradering, HusstandId, KontaktFlags, NummerRow, Nummerskifte,
    Organisasjonsform, Postkasse, Rolletype, VirksomhetId,
};

fn town(size: u32, seed: u64) -> Base {
    generate(&Spec { size, seed: Seed(seed), ..Spec::default() }).unwrap()
}

/// Fails with how often each number breaks and an example of each.
fn assert_sound(town: &str, found: &[Violation]) {
    let mut kinds: BTreeMap<u8, (usize, &str)> = BTreeMap::new();
    for violation in found {
        kinds.entry(violation.number).or_insert((0, &violation.what)).0 += 1;
    }
    assert!(kinds.is_empty(), "{town}: {kinds:#?}");
}

#[test]
fn the_invariants_hold() {
    for (size, seeds) in [(1_500, 0..24), (1_501, 30..32), (5_000, 32..36), (20_000, 38..39)] {
        for seed in seeds {
            let base = town(size, seed);
            assert_sound(&format!("size {size} seed {seed}"), &violations(&base));
        }
    }
}

#[test]
fn the_invariants_hold_in_every_profile_and_on_other_dates() {
    for (number, profile) in profiles().into_iter().enumerate() {
        for start in ["2024-02-29T08:00", "2027-09-01T08:00", "2031-12-31T23:30"] {
            let start = Instant::parse(start).unwrap();
            let seed = Seed(number as u64 + 100);
            let spec = Spec { size: 1_500, seed, start, profile: profile.to_owned(), schema: SCHEMA };
            assert_sound(&format!("{profile} {start}"), &violations(&generate(&spec).unwrap()));
        }
    }
}

/// Towns in which chance leaves nothing to choose from: nobody alone was born on the day of another, and somebody
/// strictly protected moved in where a sole trader died.
#[test]
fn the_invariants_hold_in_towns_where_a_choice_is_narrow() {
    for (profile, seed) in [("industrikommune", 8), ("industrikommune", 572), ("fjordkommune", 958)] {
        let spec = Spec { size: 1_500, seed: Seed(seed), profile: profile.to_owned(), ..Spec::default() };
        assert_sound(&format!("{profile} {seed}"), &violations(&generate(&spec).unwrap()));
    }
}

/// Something broken in a town.
type Damage = fn(&mut Base);

/// The first resident for whom `is_fit` holds.
fn find(base: &Base, is_fit: impl Fn(&Base, usize) -> bool) -> usize {
    (0..base.header.size as usize).find(|&row| is_fit(base, row)).expect("the town has one")
}

fn age_of(base: &Base, row: usize) -> i32 {
    calendar::age(base.personer.foedselsdato[row], DayNo::of(base.header.start.dato()))
}

fn has_both_parents(base: &Base, row: usize) -> bool {
    base.personer.mor[row].some().is_some() && base.personer.far[row].some().is_some()
}

/// Row of a civil status that is a marriage in force.
fn a_marriage(base: &Base) -> usize {
    let last_of =
        |row: usize| base.sivilstander.get(row + 1).is_none_or(|next| next.person != base.sivilstander[row].person);
    let is_one = |row: &usize| base.sivilstander[*row].sivilstand == Sivilstand::Gift && last_of(*row);
    (0..base.sivilstander.len()).find(is_one).unwrap()
}

/// One way to break each invariant that is checked.
const DAMAGES: &[(u8, Damage)] = &[
    (1, |base| base.personer.status[3] = Personstatus::Utflyttet),
    (2, |base| base.personer.nummer[1] = base.personer.nummer[0]),
    (4, |base| base.personer.foedselsdato[0] = DayNo(-40_000)),
    (5, |base| {
        base.personer.kjoenn[0] = match base.personer.kjoenn[0] {
            Kjoenn::Kvinne => Kjoenn::Mann,
            Kjoenn::Mann => Kjoenn::Kvinne,
        };
    }),
    (6, |base| base.personer.foedselsdato[0].0 += 1),
    (7, |base| {
        let spell = *base.bosteder_of(PersonId::at(0)).last().unwrap();
        base.bosteder[spell.index()].til = DayNo(base.bosteder[spell.index()].fra.0 + 1);
    }),
    (8, |base| {
        let empty = base.tekst.push("");
        base.personer.etternavn[5] = empty;
    }),
    (10, |base| base.doedsfall[0].dato.0 += 40_000),
    (10, |base| base.doedsfall.truncate(1)),
    (10, |base| base.annullerte_doedsfall[0].annullert = base.annullerte_doedsfall[0].dato),
    (10, |base| {
        let risen = base.annullerte_doedsfall[0].person;
        base.doedsfall.push(crate::town::model::DoedsfallRow { person: risen, dato: DayNo(20_000) });
        base.doedsfall.sort_by_key(|row| row.person);
    }),
    (13, |base| {
        let child = find(base, has_both_parents);
        let mother = base.personer.mor[child].index();
        base.personer.foedselsdato[mother] = DayNo(base.personer.foedselsdato[child].0 - 4_000);
    }),
    (14, |base| {
        let child = find(base, has_both_parents);
        base.personer.mor.swap(child, 0);
        base.personer.mor[child] = base.personer.far[child];
    }),
    (15, |base| {
        let child = find(base, has_both_parents);
        base.personer.mor[child] = PersonId::NONE;
    }),
    (16, |base| {
        let child = find(base, has_both_parents);
        base.personer.mor[child] = PersonId::at(child);
    }),
    (17, |base| base.ansvar.clear()),
    (19, |base| {
        let twin = find(base, |base, row| base.personer.rekkefoelge[row] == 22);
        base.personer.rekkefoelge[twin] = 11;
    }),
    (20, |base| {
        let child = find(base, |base, row| age_of(base, row) < 10);
        let stranger = find(base, |base, row| {
            age_of(base, row) > 30 && base.personer.husstand[row] != base.personer.husstand[child]
        });
        base.ansvar.iter_mut().filter(|row| row.barn.index() == child).for_each(|row| {
            row.ansvarlig = PersonId::at(stranger);
            row.ansvar = Ansvar::Andre;
        });
    }),
    (23, |base| {
        let row = a_marriage(base);
        base.sivilstander[row].relatert = PersonId::NONE;
    }),
    (24, |base| {
        let child = find(base, has_both_parents);
        let (mother, father) = (base.personer.mor[child], base.personer.far[child]);
        // Give a married pair the same parents.
        let row = base.sivilstander[a_marriage(base)];
        for one in [row.person, row.relatert] {
            base.personer.mor[one.index()] = mother;
            base.personer.far[one.index()] = father;
        }
    }),
    (25, |base| base.sivilstander[0].dato = DayNo(-30_000)),
    (26, |base| {
        for row in 0..base.sivilstander.len() {
            let elsewhere = row % base.husstander.slag.len();
            base.personer.husstand[base.sivilstander[row].person.index()] = HusstandId::at(elsewhere);
        }
    }),
    (27, |base| {
        let one = find(base, |base, row| base.personer.partner[row].some().is_some());
        base.personer.partner[one] = PersonId::at(one);
    }),
    (28, |base| {
        let (one, two) = (base.husstander.bosted[1], base.husstander.bosted[0]);
        base.bosteder[one.index()].bolig = base.bosteder[two.index()].bolig;
    }),
    (29, |base| base.husstander.bosted[0] = base.husstander.bosted[1]),
    (30, |base| {
        let baby = base.personer.foedselsdato.iter().copied().max().unwrap();
        for member in base.medlemmer_of(HusstandId::at(0)).to_vec() {
            base.personer.foedselsdato[member.index()] = baby;
        }
    }),
    (31, |base| base.husstander.start[1] = base.husstander.start[0]),
    (32, |base| base.boliger.gate[0] = u32::MAX - 1),
    (32, |base| {
        base.boliger.gate[1] = base.boliger.gate[0];
        base.boliger.husnummer[1] = base.boliger.husnummer[0];
        base.boliger.husbokstav[1] = base.boliger.husbokstav[0];
        base.boliger.bruksenhet[1] = base.boliger.bruksenhet[0];
    }),
    (33, |base| {
        let mover = find(base, |base, row| base.bosteder_of(PersonId::at(row)).len() > 1);
        let first = base.bosteder_of(PersonId::at(mover))[0];
        base.bosteder[first.index()].til.0 -= 5;
    }),
    (36, |base| {
        let is_shared = |row: &crate::town::model::BeskyttelseRow| {
            base.medlemmer_of(base.personer.husstand[row.person.index()]).len() > 1
        };
        let row = base.beskyttelser.iter().position(is_shared).unwrap();
        base.beskyttelser.remove(row);
    }),
    (37, |base| {
        let child = find(base, |base, row| age_of(base, row) < 10);
        base.personer.kontakt[child] = KontaktFlags(KontaktFlags::REGISTRERT);
    }),
    (38, |base| {
        let reserved = find(base, |base, row| base.personer.kontakt[row].has(KontaktFlags::RESERVERT));
        base.personer.postkasse[reserved] = Postkasse::Digipost;
    }),
    (40, |base| {
        for unit in &mut base.virksomheter {
            unit.kapasitet = 3;
        }
    }),
    (41, |base| base.plasser.clear()),
    (44, |base| base.virksomheter[2].orgnr = base.virksomheter[1].orgnr),
    (52, |base| base.virksomheter.swap(0, 1)),
    (9, |base| base.personer.status[0] = Personstatus::Midlertidig),
    (11, |base| {
        base.utflyttinger.clear();
        base.personer.status[0] = Personstatus::Utflyttet;
    }),
    (12, |base| {
        let row = NummerRow {
            person: PersonId(0),
            nummer: base.personer.nummer[1],
            grunn: Nummerskifte::Oppgradert,
            til: base.personer.foedselsdato[0],
        };
        base.tidligere_nummer.insert(0, row);
    }),
    (18, |base| {
        let stranger = PersonId::at(base.header.size as usize - 1);
        let joint =
            base.ansvar.iter_mut().find(|row| row.ansvar == Ansvar::Felles && row.ansvarlig != stranger).unwrap();
        joint.ansvarlig = stranger;
    }),
    (21, |base| {
        let adult = find(base, |base, row| age_of(base, row) > 30);
        base.delt_bosted = vec![DeltBostedRow { barn: PersonId::at(adult), bolig: BoligId(0), fra: DayNo(0) }];
    }),
    (22, |base| {
        let man = find(base, |base, row| base.personer.kjoenn[row] == Kjoenn::Mann);
        let row =
            DoedfoedtRow { mor: PersonId::at(man), far: PersonId::NONE, kjoenn: Kjoenn::Mann, dato: DayNo(18_000) };
        base.doedfoedte.push(row);
    }),
    (34, |base| {
        let last = *base.bygninger.last().unwrap();
        base.bygninger.push(last);
    }),
    (34, |base| base.hjemler[0].nevner += 1),
    (35, |base| {
        let strict = base.beskyttelser.iter().find(|row| row.gradering == Gradering::StrengtFortrolig).unwrap().person;
        let spell = *base.bosteder_of(strict).last().unwrap();
        let home = base.bosteder[spell.index()].bolig.index();
        let building = base.boliger.bygning[home];
        let owned = base.roller.iter_mut().find(|role| role.rolle == Rolletype::Innh).unwrap();
        owned.person = strict;
        base.virksomheter[owned.virksomhet.index()].bygning = building;
    }),
    (39, |base| {
        let child = find(base, |base, row| age_of(base, row) < 10);
        let job = base.arbeidsforhold.iter_mut().find(|job| job.til == DayNo::NONE).unwrap();
        job.person = PersonId::at(child);
    }),
    (42, |base| {
        let dead = base.personer.status.iter().position(|status| *status == Personstatus::Doed).unwrap();
        base.personer.fastlege[dead] = 0;
    }),
    (42, |base| base.fastlegelister[0].tak = 1),
    (43, |base| base.inntekter[0].aar = 2090),
    // One krone, a raise of one job, and a year of wages without a row.
    (43, |base| base.inntekter.iter_mut().find(|row| row.loenn > 0).unwrap().loenn += 1),
    (43, |base| {
        let years = DayNo::of(jiff::civil::date(2025, 1, 1));
        base.arbeidsforhold.iter_mut().find(|job| job.fra < years && job.til == DayNo::NONE).unwrap().maanedsloenn +=
            10;
    }),
    (43, |base| {
        let paid = base.inntekter.iter().position(|row| row.loenn > 0).unwrap();
        base.inntekter.remove(paid);
    }),
    (45, |base| {
        let sub = base.virksomheter.iter_mut().find(|unit| unit.form == Organisasjonsform::Bedr).unwrap();
        sub.overordnet = VirksomhetId::NONE;
    }),
    (46, |base| {
        let led = base.roller[0].virksomhet.index();
        base.virksomheter[led].slettet = base.virksomheter[led].registrert;
    }),
    (47, |base| {
        let child = find(base, |base, row| age_of(base, row) < 10);
        let role = base.roller.iter_mut().find(|role| role.rolle == Rolletype::Lede).unwrap();
        role.person = PersonId::at(child);
    }),
    (48, |base| base.roller.retain(|role| role.rolle != Rolletype::Innh)),
    (49, |base| {
        let company = base.virksomheter.iter_mut().find(|unit| unit.form == Organisasjonsform::As).unwrap();
        company.kapital = 29_999;
    }),
    (50, |base| base.roller.clear()),
    (51, |base| base.aksjer.clear()),
    (51, |base| {
        let share = &mut base.aksjer[0];
        (share.person, share.eier) = (PersonId::NONE, share.virksomhet);
    }),
    (56, |base| base.personer.merker.iter_mut().for_each(|tags| *tags &= !1)),
    (53, |base| base.beskyttelser[0].fra.0 += 10_000),
    (53, |base| base.annullerte_doedsfall[0].annullert.0 += 10_000),
];

/// Numbers no damage is listed for, and why.
const NOT_DAMAGED: &[(u8, &str)] = &[
    (3, "a number with wrong check digits or a real month cannot be made: its type refuses it"),
    (54, "of the event feed: its tests number it"),
    (55, "of the log: its tests replay it"),
];

#[test]
fn every_invariant_is_seen_when_it_breaks() {
    let sound = town(1_500, 11);
    let count = |base: &Base, number: u8| violations(base).iter().filter(|found| found.number == number).count();
    for (number, damage) in DAMAGES {
        let mut base = town(1_500, 11);
        damage(&mut base);
        assert!(count(&base, *number) > count(&sound, *number), "{number} is not noticed: {:?}", violations(&base));
    }
    let all: BTreeSet<u8> = (1..=56).collect();
    let damaged = DAMAGES.iter().map(|(number, _)| *number);
    let known: BTreeSet<u8> = damaged.chain(NOT_DAMAGED.iter().map(|(number, _)| *number)).collect();
    assert_eq!(all, known, "an invariant is neither broken here nor explained");
}
