//! The cells a town is measured by (`specs/population.md` §17): what is here beside what the tables want.

use super::super::calendar::age;
use super::arbeidsmarked::gruppe;
use super::tabeller::tabeller;
use super::utdanning::{STRATA, andeler, stratum};
use crate::town::model::{Arbeidsmarked, Base, DayNo, Personstatus, Utdanning};

/// Rows of residents with age and sex (women 0).
fn residents(base: &Base) -> impl Iterator<Item = (usize, u8, usize)> + '_ {
    let today = DayNo::of(base.header.start.dato());
    (0..base.person_count()).filter(|&row| base.personer.status[row] == Personstatus::Bosatt).map(move |row| {
        let years = age(base.personer.foedselsdato[row], today).clamp(0, 120);
        (row, u8::try_from(years).expect("at most 120"), base.personer.kjoenn[row] as usize)
    })
}

/// Education by age and sex: people in each cell, and the weight the cell should have.
pub(in crate::population) fn education(base: &Base) -> (Vec<u64>, Vec<u64>) {
    // A column for those whose level is missing: nobody from sixteen on should stand there.
    const COLUMNS: usize = Utdanning::ALL.len();
    let tabeller = tabeller();
    let mut here = vec![0u64; 2 * STRATA.len() * COLUMNS];
    for (row, alder, sex) in residents(base) {
        if let Some(stratum) = stratum(alder) {
            here[(sex * STRATA.len() + stratum) * COLUMNS + base.personer.utdanning[row] as usize] += 1;
        }
    }
    let mut target = Vec::with_capacity(here.len());
    for (cell, levels) in here.chunks(COLUMNS).enumerate() {
        let shares = andeler(tabeller, base.header.size, cell / STRATA.len(), cell % STRATA.len());
        let sum: u64 = shares.iter().sum::<u64>().max(1);
        let people: u64 = levels.iter().sum();
        target.push(0);
        target.extend(shares.map(|share| share * people * 1_000 / sum));
    }
    (here, target)
}

/// In the labour force and outside, by age and sex.
pub(in crate::population) fn labour(base: &Base) -> (Vec<u64>, Vec<u64>) {
    let tabeller = tabeller();
    let groups = tabeller.styrke.len();
    let mut here = vec![0u64; 2 * groups * 2];
    for (row, alder, sex) in residents(base) {
        if let Some(group) = gruppe(tabeller, alder) {
            let inside =
                matches!(base.personer.arbeidsmarked[row], Arbeidsmarked::Sysselsatt | Arbeidsmarked::Arbeidsledig);
            here[(sex * groups + group) * 2 + usize::from(!inside)] += 1;
        }
    }
    let mut target = Vec::with_capacity(here.len());
    for (cell, pair) in here.chunks(2).enumerate() {
        let share = tabeller.styrke[cell % groups].value.andel[cell / groups];
        let people: u64 = pair.iter().sum();
        target.extend([share * people, (1_000 - share) * people]);
    }
    (here, target)
}
