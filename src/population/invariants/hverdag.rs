//! Kindergarten, school, doctor, work and income: §16.6.

use super::{Town, Violation, require};
use crate::town::derive::{Loennsaar, inntektsaar};
use crate::town::model::{Arbeidsmarked, PersonId, Virksomhetsslag};

pub(super) fn places(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    let mut used = vec![0u32; base.virksomheter.len()];
    let sorted = base.plasser.windows(2).all(|pair| pair[0].person < pair[1].person);
    require(found, 40, sorted, || "somebody has two places, or places are not sorted".to_owned());
    for row in &base.plasser {
        let unit = row.virksomhet.index();
        used[unit] += 1;
        let years = town.age(row.person.index());
        let holds = match base.virksomheter[unit].slag {
            Virksomhetsslag::Barnehage => (0..=6).contains(&years),
            Virksomhetsslag::Skole => (5..=16).contains(&years),
            _ => false,
        };
        require(found, 40, holds && row.fra <= town.today, || {
            format!("row {} in unit {unit} at {years}", row.person.0)
        });
    }
    for (unit, &count) in used.iter().enumerate() {
        let holds = count <= u32::from(base.virksomheter[unit].kapasitet);
        require(found, 40, holds, || format!("unit {unit} holds {count}"));
    }
    for row in town.residents().filter(|&row| (7..=14).contains(&town.age(row))) {
        let place = base.plass_of(PersonId::at(row));
        let school =
            place.is_some_and(|place| base.virksomheter[place.virksomhet.index()].slag == Virksomhetsslag::Skole);
        require(found, 41, school, || format!("row {row} goes to no school"));
    }
}

/// Ages with a job; below fifteen only light work of a few hours (§16.6 number 39).
const WORKING_AGES: std::ops::RangeInclusive<i32> = 13..=75;
const LIGHT_WORK_PERCENT: u8 = 30;

pub(super) fn jobs(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    for job in &base.arbeidsforhold {
        let row = job.person.index();
        let born = town.born(row);
        let last = if job.til.some().is_some() { job.til } else { town.today };
        let ages = [crate::population::calendar::age(born, job.fra), crate::population::calendar::age(born, last)];
        let fits = ages.iter().all(|years| WORKING_AGES.contains(years));
        require(found, 39, fits, || format!("row {row} works at {ages:?}"));
        let light = ages[0] >= 15 || job.stillingsprosent <= LIGHT_WORK_PERCENT;
        require(found, 39, light, || format!("row {row} works {} % at {}", job.stillingsprosent, ages[0]));
        require(found, 39, job.fra < last || job.fra == town.today, || format!("row {row}: a job from {:?}", job.fra));
        require(found, 39, job.fra <= town.today, || format!("row {row}: a job that begins later"));
        let unit = &base.virksomheter[job.virksomhet.index()];
        let sits = unit.overordnet.some().is_some();
        require(found, 39, sits, || format!("row {row} works in unit {}, which is no sub-unit", job.virksomhet.0));
        let open = unit.slettet == crate::town::model::DayNo::NONE || last <= unit.slettet;
        require(found, 46, open, || format!("row {row} works in the deleted unit {}", job.virksomhet.0));
        let here = town.may_act(row) || job.til.some().is_some();
        require(found, 39, here, || format!("row {row} works and is gone"));
        let paid = job.stillingsprosent > 0 && job.maanedsloenn > 0;
        require(found, 39, paid, || format!("row {row} works for nothing"));
    }
    for row in town.residents() {
        let working =
            base.arbeidsforhold_of(PersonId::at(row)).iter().any(|job| job.til == crate::town::model::DayNo::NONE);
        let status = base.personer.arbeidsmarked[row];
        let holds = !working || status == Arbeidsmarked::Sysselsatt;
        require(found, 39, holds, || format!("row {row} has a job and is {status:?}"));
    }
}

/// GP lists: §16.6 number 42.
pub(super) fn doctors(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    let mut patients = vec![0u32; base.fastlegelister.len()];
    for (row, &list) in base.personer.fastlege.iter().enumerate() {
        if list == u16::MAX {
            continue;
        }
        patients[usize::from(list)] += 1;
        require(found, 42, town.is_resident(row), || format!("row {row} is on a list and not a resident"));
    }
    for (at, (list, &count)) in base.fastlegelister.iter().zip(&patients).enumerate() {
        require(found, 42, count <= u32::from(list.tak), || format!("list {at} has {count} of {}", list.tak));
        let doctor = list.lege.some().is_none_or(|lege| town.is_resident(lege.index()) && town.age(lege.index()) >= 24);
        require(found, 42, doctor, || format!("list {at}: the doctor is {}", list.lege.0));
    }
}

/// Income of settled years only: §16.6 number 43.
pub(super) fn income(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    let this_year = crate::population::calendar::civil(town.today).0;
    let start = base.loennsaar;
    let years: Vec<Loennsaar> = inntektsaar(base).map(|aar| Loennsaar::ny(aar, start)).collect();
    let mut before = None;
    for row in &base.inntekter {
        let at = row.person.index();
        let key = (row.person, row.aar);
        require(found, 43, before < Some(key), || format!("row {at}: two rows of {}", row.aar));
        before = Some(key);
        let born = crate::population::calendar::civil(town.born(at)).0;
        let fits = i32::from(row.aar) < this_year && i32::from(row.aar) >= born;
        require(found, 43, fits, || format!("row {at}: income of {}", row.aar));
        let gross = u64::from(row.loenn) + u64::from(row.naering) + u64::from(row.pensjon) + u64::from(row.ytelser);
        let gross = gross + u64::try_from(row.kapital).unwrap_or(0);
        require(found, 43, u64::from(row.skatt) <= gross, || format!("row {at}: more tax than income"));
    }
    // A town that has lived on keeps the incomes of its first years, and its jobs the wages of that time.
    let newest = base.inntekter.iter().map(|row| i32::from(row.aar)).max();
    if newest.is_some_and(|newest| newest < i32::from(start) - 1) {
        return;
    }
    // Wages are the sum of their months, also where there is no row: both sides are walked by person and year.
    let mut jobs = base.arbeidsforhold.as_slice();
    let mut rows = base.inntekter.as_slice();
    while let Some(person) =
        [jobs.first().map(|job| job.person), rows.first().map(|row| row.person)].into_iter().flatten().min()
    {
        let (own, rest) = jobs.split_at(jobs.partition_point(|job| job.person <= person));
        let (settled, later) = rows.split_at(rows.partition_point(|row| row.person <= person));
        (jobs, rows) = (rest, later);
        for (aar, year) in inntektsaar(base).zip(&years) {
            let paid = own.iter().map(|job| year.sum(job)).fold(0, u32::saturating_add);
            let posted = settled.iter().find(|row| i32::from(row.aar) == i32::from(aar)).map_or(0, |row| row.loenn);
            require(found, 43, paid == posted, || {
                format!("row {}: months of {aar} come to {paid}, the year says {posted}", person.0)
            });
        }
    }
}
