//! Towns of several sizes and seeds against §8, invariants 39 and 43, and the household at the exact limit.

use std::collections::BTreeMap;

use super::super::calendar::age;
use super::super::{Spec, generate, violations};
use super::tabeller::{Etter, seksjon, tabeller};
use super::*;
use crate::base::Seed;
use crate::town::derive::{aarsloenn, loennsnivaa, maanedsloenn, skattekalender};
use crate::town::model::{HusstandId, InntektRow, Merke, PersonId, Skatteoppgjoer};

fn town(size: u32, seed: u64) -> Base {
    generate(&Spec { size, seed: Seed(seed), ..Spec::default() }).unwrap()
}

/// Towns most tests look at.
const TOWNS: [(u32, u64); 4] = [(1_500, 1), (1_500, 9), (5_000, 2), (20_000, 3)];

fn today(base: &Base) -> DayNo {
    DayNo::of(base.header.start.dato())
}

fn residents(base: &Base) -> impl Iterator<Item = usize> + '_ {
    (0..base.person_count()).filter(|&row| base.personer.status[row] == Personstatus::Bosatt)
}

fn age_of(base: &Base, row: usize) -> i32 {
    age(base.personer.foedselsdato[row], today(base))
}

/// The first open job of each resident: the main one has the highest share.
fn main_jobs(base: &Base) -> Vec<crate::town::model::ArbeidsforholdRow> {
    let mut main: BTreeMap<PersonId, crate::town::model::ArbeidsforholdRow> = BTreeMap::new();
    for job in base.arbeidsforhold.iter().filter(|job| job.til == DayNo::NONE) {
        let known = main.entry(job.person).or_insert(*job);
        if job.stillingsprosent > known.stillingsprosent {
            *known = *job;
        }
    }
    main.into_values().filter(|job| base.personer.status[job.person.index()] == Personstatus::Bosatt).collect()
}

fn per_mille(part: usize, whole: usize) -> usize {
    part * 1_000 / whole.max(1)
}

fn near(what: &str, found: usize, wanted: usize, tolerance: usize) {
    println!("{what}: {found} beside {wanted}");
    assert!(found.abs_diff(wanted) <= tolerance, "{what}: {found} beside {wanted} ± {tolerance}");
}

#[test]
fn education_and_labour_force_stand_in_their_cells() {
    for (size, seed) in TOWNS {
        let base = town(size, seed);
        let mine = ["education by age and sex", "labour force by age and sex"];
        let measures = super::super::fidelity(&base);
        let measures: Vec<_> = measures.iter().filter(|measure| mine.contains(&measure.table)).collect();
        assert_eq!(measures.len(), mine.len());
        for measure in measures {
            println!("{size} {seed}: {measure:?}");
            // Far inside the limits: only rounding is left.
            assert!(measure.distance * 3 < measure.limits[2] * 100_000 / u64::from(size), "{measure:?}");
        }
        for row in residents(&base) {
            let known = base.personer.utdanning[row] != Utdanning::Uoppgitt;
            assert_eq!(known, age_of(&base, row) >= 16, "row {row}");
            let long = base.personer.utdanning[row] == Utdanning::HoeyereLang;
            assert!(!long || age_of(&base, row) >= 22, "row {row} is a prodigy");
        }
    }
}

#[test]
fn statuses_have_their_shares() {
    for (size, seed) in TOWNS {
        let base = town(size, seed);
        let of = |wanted: Arbeidsmarked, ages: std::ops::RangeInclusive<i32>| {
            let people: Vec<usize> = residents(&base).filter(|&row| ages.contains(&age_of(&base, row))).collect();
            let inside = people.iter().filter(|&&row| base.personer.arbeidsmarked[row] == wanted).count();
            (inside, people.len())
        };
        let slack = if size < 5_000 { 2 } else { 1 };
        let (employed, all) = of(Arbeidsmarked::Sysselsatt, 15..=74);
        near("employed 15–74, per mille", per_mille(employed, all), 675, 35);
        let (jobless, _) = of(Arbeidsmarked::Arbeidsledig, 15..=74);
        near("jobless, per mille of the labour force", per_mille(jobless, employed + jobless), 20, 5 * slack);
        let (disabled, all) = of(Arbeidsmarked::Ufoer, 18..=67);
        near("disabled 18–67, per mille", per_mille(disabled, all), 112, 25);
        let (pensioners, old) = of(Arbeidsmarked::Alderspensjonist, 75..=120);
        assert_eq!(pensioners, old);
        let with_job = main_jobs(&base).len();
        let (light, _) = of(Arbeidsmarked::Sysselsatt, 13..=14);
        let own = employed + light - with_job;
        near("self-employed, per mille of the employed", per_mille(own, employed), 48, 3);
    }
}

#[test]
fn jobs_follow_sections_shares_and_education() {
    let tabeller = tabeller();
    for (size, seed) in TOWNS {
        let base = town(size, seed);
        let jobs = main_jobs(&base);
        let mut sections: BTreeMap<char, usize> = BTreeMap::new();
        let outside = |unit: VirksomhetId| unit.index() >= base.virksomheter.len() - 2 * tabeller.utenbys.len();
        let mut fits = 0;
        for job in &jobs {
            *sections.entry(seksjon(base.virksomheter[job.virksomhet.index()].naeringskode)).or_default() += 1;
            let yrke = tabeller.yrker.iter().find(|yrke| yrke.kode == job.yrke).unwrap();
            let level = (base.personer.utdanning[job.person.index()] as usize).max(1);
            fits += usize::from(level.abs_diff(yrke.utdanning) <= 1);
        }
        let total: u64 = tabeller.seksjoner.iter().map(|row| row.1).sum();
        let off: usize = tabeller
            .seksjoner
            .iter()
            .map(|(letter, jobs_there)| {
                let wanted = usize::try_from(jobs_there * jobs.len() as u64 / total).unwrap();
                sections.get(letter).copied().unwrap_or(0).abs_diff(wanted)
            })
            .sum();
        near("jobs in another section than the country's, per mille", per_mille(off / 2, jobs.len()), 0, 90);
        near("education within a level of the occupation's", per_mille(fits, jobs.len()), 980, 35);
        let commuters = jobs.iter().filter(|job| outside(job.virksomhet)).count();
        println!("{size}: {} of {} work outside", commuters, jobs.len());
        for (woman, wanted) in [(true, 350), (false, 150)] {
            let of_sex = |job: &&crate::town::model::ArbeidsforholdRow| {
                (base.personer.kjoenn[job.person.index()] == Kjoenn::Kvinne) == woman
                    && age_of(&base, job.person.index()) >= 15
            };
            let all = jobs.iter().filter(of_sex).count();
            let part = jobs.iter().filter(of_sex).filter(|job| job.stillingsprosent < 100).count();
            near("part time, per mille", per_mille(part, all), wanted, 12);
        }
        let lives_here = |person: PersonId| base.personer.status[person.index()] == Personstatus::Bosatt;
        let open = base.arbeidsforhold.iter().filter(|job| job.til == DayNo::NONE && lives_here(job.person)).count();
        near("second jobs, per mille", per_mille(open - jobs.len(), jobs.len()), 75, 25);
        let doctors = jobs.iter().filter(|job| job.yrke == 2211 || job.yrke == 2212);
        for doctor in doctors {
            let level = base.personer.utdanning[doctor.person.index()];
            assert_eq!(level, Utdanning::HoeyereLang, "row {}: a doctor", doctor.person.0);
        }
        assert!(tabeller.etter_stoerrelse(size, Etter::Ute) > 0);
    }
}

#[test]
fn invariants_39_and_43_hold_and_wages_are_the_sum_of_their_months() {
    for (size, seed) in TOWNS {
        let base = town(size, seed);
        let found = violations(&base);
        let mine: Vec<_> = found.iter().filter(|violation| matches!(violation.number, 39 | 43 | 46)).collect();
        assert!(mine.is_empty(), "{size} {seed}: {} of them, {:?}", mine.len(), mine.first());
        let mut seen = 0;
        for row in &base.inntekter {
            let aar = i16::try_from(row.aar).unwrap();
            assert_eq!(row.loenn, aarsloenn(&base, row.person, aar), "row {} in {aar}", row.person.0);
            seen += u32::from(row.loenn > 0);
        }
        assert!(seen > size, "three years of wages for half of the town: {seen}");
        for job in base.arbeidsforhold.iter().step_by(7) {
            let months: u32 = (1..=12).map(|month| maanedsloenn(&base, job, 2026, month)).sum();
            let alone = aarsloenn(&base, job.person, 2026);
            assert!(months <= alone);
            if job.fra > today(&base) {
                assert_eq!(months, 0);
            }
        }
        // Everybody who earned wages in those years has a row.
        for job in &base.arbeidsforhold {
            for aar in 2024..2027 {
                let paid = (1..=12).any(|month| maanedsloenn(&base, job, aar, month) > 0);
                let row = base.inntekter_of(job.person).iter().any(|row| i32::from(row.aar) == i32::from(aar));
                assert!(!paid || row, "row {} in {aar}", job.person.0);
            }
        }
    }
}

/// The value at `per_mille` of sorted values.
fn quantile(sorted: &[i64], per_mille: usize) -> i64 {
    sorted[(sorted.len() - 1) * per_mille / 1_000]
}

/// Work in the years at hand is as common as today: who begins follows on others who left.
#[test]
fn as_many_worked_in_the_years_before_as_on_the_first_day() {
    for (size, seed) in [(1_500, 9), (5_000, 2), (20_000, 3)] {
        let base = town(size, seed);
        let at_work = |year: i16| {
            let day = DayNo::of(jiff::civil::date(year, 1, 3));
            let mut people: Vec<PersonId> = base
                .arbeidsforhold
                .iter()
                .filter(|job| job.fra <= day && day < job.til)
                .map(|job| job.person)
                .filter(|person| base.personer.status[person.index()] == Personstatus::Bosatt)
                .collect();
            people.dedup();
            people.len()
        };
        let now = at_work(2027);
        for year in [2024, 2025, 2026] {
            near(&format!("{size}: at work in {year}, per mille of today's"), per_mille(at_work(year), now), 1_000, 70);
        }
    }
}

#[test]
fn wages_lie_where_the_statistics_lie() {
    for (size, seed) in [(5_000, 2), (20_000, 3)] {
        let base = town(size, seed);
        let nominal = |job: &crate::town::model::ArbeidsforholdRow| {
            i64::from(job.maanedsloenn) * 100 / i64::from(job.stillingsprosent)
                * i64::try_from(loennsnivaa(2024)).unwrap()
                / i64::try_from(loennsnivaa(2027)).unwrap()
        };
        let full: Vec<_> = main_jobs(&base).into_iter().filter(|job| job.stillingsprosent == 100).collect();
        let mean = |woman: bool| {
            let own: Vec<i64> = full
                .iter()
                .filter(|job| (base.personer.kjoenn[job.person.index()] == Kjoenn::Kvinne) == woman)
                .map(nominal)
                .collect();
            own.iter().sum::<i64>() / i64::try_from(own.len()).unwrap()
        };
        let mut all: Vec<i64> = full.iter().map(nominal).collect();
        all.sort_unstable();
        let total = all.iter().sum::<i64>() / i64::try_from(all.len()).unwrap();
        let ratio = quantile(&all, 900) * 100 / quantile(&all, 100);
        println!("{size}: mean {total}, women {}, men {}, P90/P10 {ratio}", mean(true), mean(false));
        println!("   top: {:?}", [900, 950, 990, 999, 1_000].map(|p| quantile(&all, p)));
        assert!((55_500..=61_500).contains(&total), "{size}: {total}");
        let women = mean(true) * 100 / mean(false);
        assert!((84..=92).contains(&women), "{size}: women earn {women} per cent");
        assert!((195..=265).contains(&ratio), "{size}: P90/P10 {ratio}");
    }
}

/// Child benefit of a year, which is not taxed: about 20 000 kroner a child.
const BARNETRYGD: i64 = 20_000;

/// What social assistance and support for students come to at least, per consumption unit.
const SOSIALHJELP: i64 = 200_000;

/// Income after tax of a household in `aar`, and its consumption units in tenths.
fn after_tax(base: &Base, husstand: usize, aar: u16) -> (i64, i64) {
    let (mut kroner, mut units) = (0, 0);
    for member in base.medlemmer_of(HusstandId::at(husstand)) {
        let row: Option<&InntektRow> = base.inntekter_of(*member).iter().find(|row| row.aar == aar);
        kroner += row.map_or(0, |row| row.grunnlag() - i64::from(row.skatt));
        let child = age_of(base, member.index()) < 18;
        kroner += if child { BARNETRYGD } else { 0 };
        units += if units == 0 {
            10
        } else if child {
            3
        } else {
            5
        };
    }
    // Who has less than this gets social assistance, which is not taxed and has no column.
    (kroner.max(SOSIALHJELP * units / 10), units)
}

#[test]
fn households_have_the_deciles_of_the_country() {
    // Limits of 2022 by consumption unit (§8.3), in thousands.
    const WANTED: [(usize, i64); 9] =
        [(100, 266), (200, 324), (300, 368), (400, 408), (500, 446), (600, 485), (700, 532), (800, 595), (900, 703)];
    for (size, seed) in [(5_000, 2), (20_000, 3)] {
        let base = town(size, seed);
        let mut people = Vec::new();
        let mut households = Vec::new();
        for husstand in 0..base.husstander.slag.len() {
            let (kroner, units) = after_tax(&base, husstand, 2025);
            let nominal = |kroner: i64| {
                kroner * i64::try_from(loennsnivaa(2022)).unwrap() / i64::try_from(loennsnivaa(2025)).unwrap()
            };
            let members = base.medlemmer_of(HusstandId::at(husstand)).len();
            people.extend(std::iter::repeat_n(nominal(kroner * 10 / units), members));
            households.push(nominal(kroner));
        }
        people.sort_unstable();
        households.sort_unstable();
        // A little less in small places (§8.3).
        let tilt = if size < 10_000 { 970 } else { 1_000 };
        let found = WANTED.map(|(place, _)| quantile(&people, place) / 1_000);
        let off = |(place, wanted): (usize, i64)| quantile(&people, place) / 10 / (wanted * tilt / 1_000) - 100;
        println!(
            "{size}: {found:?}\n   off by per cent {:?}, household median {}",
            WANTED.map(off),
            quantile(&households, 500)
        );
        for (place, wanted) in WANTED {
            // All limits lie below the country's: the labour force is that of 2017, when fewer worked, and overtime and
            // what is not taxed have no column.
            let room = 12;
            assert!(off((place, wanted)).abs() <= room, "{size} P{}: {}", place / 10, quantile(&people, place));
        }
    }
}

#[test]
fn households_stand_around_each_limit_of_the_kindergarten_payment() {
    for (size, seed, start) in
        [(1_500, 1, "2027-01-04T08:00"), (1_500, 2, "2027-09-01T08:00"), (5_000, 3, "2025-04-01T08:00")]
    {
        let start = crate::clock::Instant::parse(start).unwrap();
        let base = generate(&Spec { size, seed: Seed(seed), start, ..Spec::default() }).unwrap();
        let rates = tabeller().betaling_paa(today(&base));
        let newest = if start.dato().month() >= 3 { start.dato().year() - 1 } else { start.dato().year() - 2 };
        let mut incomes = Vec::new();
        for husstand in 0..base.husstander.slag.len() {
            let members = base.medlemmer_of(HusstandId::at(husstand));
            if !members.iter().any(|member| (1..=5).contains(&age_of(&base, member.index()))) {
                continue;
            }
            let rows = members.iter().flat_map(|member| base.inntekter_of(*member));
            let sum: i64 = rows.filter(|row| i32::from(row.aar) == i32::from(newest)).map(InntektRow::grunnlag).sum();
            incomes.push(sum);
        }
        for limit in [rates.grense, rates.kjernetid] {
            let count = |is_there: &dyn Fn(i64) -> bool| incomes.iter().filter(|&&sum| is_there(sum)).count();
            assert!(count(&|sum| sum == limit) >= 1, "{size} {seed}: nobody at {limit}");
            assert!(count(&|sum| sum < limit && sum * 100 >= limit * 99) >= 1, "nobody just under {limit}");
            assert!(count(&|sum| sum > limit && sum * 100 <= limit * 101) >= 1, "nobody just over {limit}");
            assert!(count(&|sum| sum > 0 && sum * 10 < limit * 8) >= 1, "nobody clearly under {limit}");
            assert!(count(&|sum| sum * 10 > limit * 12) >= 3, "nobody clearly over {limit}");
        }
        for merke in [Merke::PaaInntektsgrensen, Merke::BareSkatteutkast, Merke::UtenInntektsdata] {
            let tagged = base.personer.merker.iter().filter(|bits| *bits & (1 << (merke as u8)) != 0).count();
            assert!(
                (1..=size as usize / 20).contains(&tagged) || merke == Merke::BareSkatteutkast && tagged > 0,
                "{tagged} {merke:?}"
            );
        }
        let protected = base.beskyttelser.iter().any(|row| !base.inntekter_of(row.person).is_empty());
        assert!(protected, "somebody protected has an income");
    }
}

#[test]
fn the_tax_year_is_as_far_as_its_calendar() {
    let share = |start: &str, back: i16, wanted: Skatteoppgjoer| {
        let start = crate::clock::Instant::parse(start).unwrap();
        let base = generate(&Spec { size: 1_500, start, ..Spec::default() }).unwrap();
        let aar = start.dato().year() - back;
        let rows: Vec<_> = base.inntekter.iter().filter(|row| i32::from(row.aar) == i32::from(aar)).collect();
        for row in rows.iter().step_by(11) {
            let calendar = skattekalender(&base, row.person, aar);
            assert!(calendar.utkast < calendar.oppgjoer, "{calendar:?}");
            assert_eq!(calendar.oppgjoer <= today(&base), row.oppgjoer == Skatteoppgjoer::Fastsatt);
        }
        per_mille(rows.iter().filter(|row| row.oppgjoer == wanted).count(), rows.len())
    };
    assert_eq!(share("2027-01-04T08:00", 1, Skatteoppgjoer::IngenData), 1_000);
    assert!((985..1_000).contains(&share("2027-01-04T08:00", 2, Skatteoppgjoer::Fastsatt)));
    assert_eq!(share("2027-01-04T08:00", 3, Skatteoppgjoer::Fastsatt), 1_000);
    assert_eq!(share("2027-03-17T08:00", 1, Skatteoppgjoer::IngenData), 0);
    near("drafts in May", share("2027-05-01T08:00", 1, Skatteoppgjoer::Utkast), 715, 40);
    near("settled in September", share("2027-09-01T08:00", 1, Skatteoppgjoer::Fastsatt), 905, 30);
}

#[test]
fn the_tax_of_a_plain_wage_is_what_the_rates_say() {
    let table = crate::town::derive::Skattetabell::ny(2025);
    let row = |loenn, pensjon, kapital| InntektRow {
        person: PersonId(0),
        aar: 2025,
        oppgjoer: Skatteoppgjoer::Fastsatt,
        loenn,
        naering: 0,
        pensjon,
        ytelser: 0,
        kapital,
        skatt: 0,
    };
    // 22 % of 700 000 − 92 000 − 108 550, brackets 1 507 + 15 644 + 390, contribution 53 900.
    assert_eq!(table.skatt(&row(700_000, 0, 0)), 109_879 + 1_507 + 15_644 + 390 + 53_900);
    assert_eq!(table.skatt(&row(700_000, 0, -100_000)), 109_879 - 22_000 + 1_507 + 15_644 + 390 + 53_900);
    assert_eq!(table.skatt(&row(90_000, 0, 0)), 0, "below the limit nothing is paid");
    assert_eq!(table.skatt(&row(0, 240_000, 0)), 0, "a small pension is not taxed");
    assert!(table.skatt(&row(0, 420_000, 0)) > 60_000);
}

#[test]
fn work_keeps_to_its_memory() {
    for (size, seed) in [(5_000, 2), (20_000, 3)] {
        let base = town(size, seed);
        let bytes = |name: &str| -> usize {
            let of = crate::town::model::COLUMNS.iter().filter(|column| column.name.starts_with(name));
            of.map(|column| column.width * (column.rows)(&base)).sum::<usize>() * 10 / size as usize
        };
        println!(
            "{size}: bytes of ten citizens: all {}, jobs {}, income {}",
            bytes(""),
            bytes("arbeidsforhold"),
            bytes("inntekter")
        );
        assert!(bytes("arbeidsforhold") + bytes("inntekter") < 1_050);
        // The bar holds from towns of this size on: what a municipality has whatever its size weighs on fewer people.
        assert!(size < 20_000 || bytes("") <= 3_000, "{size}: {} bytes of ten citizens", bytes(""));
    }
}
