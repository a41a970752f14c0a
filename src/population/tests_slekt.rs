//! Kin, unions and care against the figures of `specs/population.md` §3, §4.1, §14 and the cast of §16.9.

use super::*;
use crate::town::model::{Ansvar, HusstandId, Merke, Sivilstand, Vergemaalsslag};

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

/// Towns most tests look at.
const TOWNS: [(u32, u64); 6] = [(1_500, 1), (1_500, 2), (1_500, 3), (1_500, 4), (1_500, 5), (20_000, 6)];

#[test]
#[ignore]
fn figures() {
    for (size, seed) in [(1_500, 1), (1_500, 2), (10_000, 3), (20_000, 6), (100_000, 1)] {
        let start = std::time::Instant::now();
        let base = town(size, seed);
        println!("== {size}/{seed} {:?}", start.elapsed());
        let found = violations(&base);
        println!(
            "violations {} {:?}",
            found.len(),
            found.iter().filter(|v| v.number != 52).take(5).collect::<Vec<_>>()
        );
        for measure in fidelity(&base) {
            println!("{measure:?}");
        }
        for merke in Merke::ALL {
            print!("{} {}, ", merke.code(), tagged(&base, *merke).len());
        }
        println!();
        let p = &base.personer;
        let minors: Vec<PersonId> = residents(&base).filter(|&c| alder(&base, c) < 18).collect();
        let mut with = [0usize; 4];
        for c in &minors {
            let i = c.index();
            let at = |x: PersonId| x.some().is_some_and(|x| p.husstand[x.index()] == p.husstand[i]);
            with[match (at(p.mor[i]), at(p.far[i])) {
                (true, true) => 0,
                (true, false) => 1,
                (false, true) => 2,
                _ => 3,
            }] += 1;
        }
        println!("children with both, mother, father, neither {:?}", with.map(|n| n * 1000 / minors.len()));
        let mut sizes = [0usize; 4];
        let mut households = 0;
        for h in 0..base.husstander.slag.len() {
            let n = base.medlemmer_of(HusstandId::at(h)).iter().filter(|m| alder(&base, **m) < 18).count();
            if n > 0 {
                sizes[n.min(4) - 1] += 1;
                households += 1;
            }
        }
        println!("children per household {:?}", sizes.map(|n| n * 1000 / households));
        let norwegian: Vec<PersonId> = residents(&base)
            .filter(|&x| alder(&base, x) >= 18 && p.foedeland[x.index()] == crate::town::model::Landkode::NOR)
            .collect();
        let mut kin = [0usize; 5];
        for x in &norwegian {
            let i = x.index();
            let resident = |y: PersonId| y.some().is_some_and(|y| y.index() < size as usize);
            let parents = resident(p.mor[i]) || resident(p.far[i]);
            let other = |y: &PersonId| resident(*y) && p.husstand[y.index()] != p.husstand[i];
            let siblings = [p.mor[i], p.far[i]]
                .into_iter()
                .filter_map(PersonId::some)
                .any(|m| base.barn_of(m).iter().any(|s| s != x && resident(*s)));
            let children = base.barn_of(*x).iter().any(|c| resident(*c));
            let elsewhere = [p.mor[i], p.far[i]].iter().any(other)
                || base.barn_of(*x).iter().any(other)
                || [p.mor[i], p.far[i]]
                    .into_iter()
                    .filter_map(PersonId::some)
                    .any(|m| base.barn_of(m).iter().any(other));
            kin[0] += usize::from(parents);
            kin[1] += usize::from(siblings);
            kin[2] += usize::from(children);
            kin[3] += usize::from(parents || siblings || children);
            kin[4] += usize::from(elsewhere);
        }
        println!(
            "kin of adults: parents, siblings, children, any, in another household {:?}",
            kin.map(|n| n * 1000 / norwegian.len())
        );
        let mut status = std::collections::BTreeMap::new();
        let (mut apart_married, mut ex, mut ex_known, mut same, mut marriages) = (0, 0, 0, 0, 0);
        for x in residents(&base).filter(|&x| alder(&base, x) >= 18) {
            let row = base.sivilstander_of(x).last();
            let s = row.map_or(Sivilstand::Ugift, |r| r.sivilstand);
            *status.entry(s).or_insert(0) += 1;
            if let Some(r) = row {
                let o = r.relatert.some();
                if s == Sivilstand::Gift {
                    marriages += 1;
                    let o = o.unwrap().index();
                    apart_married += usize::from(p.husstand[o] != p.husstand[x.index()]);
                    same += usize::from(p.kjoenn[o] == p.kjoenn[x.index()]);
                }
                if s == Sivilstand::Skilt {
                    ex += 1;
                    ex_known += usize::from(o.is_some());
                }
            }
        }
        println!(
            "status {status:?} married apart {apart_married} same sex {same} of {marriages}; divorced {ex} known {ex_known}"
        );
        let mut gaps = Vec::new();
        for x in residents(&base) {
            if let Some(y) = p.partner[x.index()].some()
                && p.kjoenn[x.index()] == Kjoenn::Kvinne
                && p.kjoenn[y.index()] == Kjoenn::Mann
            {
                gaps.push(f64::from(p.foedselsdato[x.index()].0 - p.foedselsdato[y.index()].0) / 365.25);
            }
        }
        let n = gaps.len() as f64;
        let mean = gaps.iter().sum::<f64>() / n;
        let sd = (gaps.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / n).sqrt();
        println!("age gap mean {mean:.2} sd {sd:.2} couples {n}");
        let fathers: Vec<f64> = minors
            .iter()
            .filter_map(|c| {
                let (m, f) = (p.mor[c.index()].some()?, p.far[c.index()].some()?);
                (p.kjoenn[f.index()] == Kjoenn::Mann)
                    .then(|| f64::from(p.foedselsdato[m.index()].0 - p.foedselsdato[f.index()].0) / 365.25)
            })
            .collect();
        let n = fathers.len() as f64;
        let mean = fathers.iter().sum::<f64>() / n;
        let sd = (fathers.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / n).sqrt();
        println!("father older by {mean:.2} sd {sd:.2}");
        let mut spacing = Vec::new();
        for x in residents(&base) {
            let own: Vec<PersonId> =
                base.barn_of(x).iter().copied().filter(|c| p.mor[c.index()] == x && alder(&base, *c) < 18).collect();
            for w in own.windows(2) {
                let d = p.foedselsdato[w[1].index()].0 - p.foedselsdato[w[0].index()].0;
                if d > 1 {
                    spacing.push(f64::from(d) / 365.25);
                }
            }
        }
        println!("spacing {:.2}", spacing.iter().sum::<f64>() / spacing.len() as f64);
        let rows = |name: &str, n: usize| println!("{name} {n}");
        rows("foster", base.fosterhjem.len());
        rows("delt", base.delt_bosted.len());
        rows("verge", base.vergemaal.len());
        rows("doedfoedt", base.doedfoedte.len());
        rows("uten nummer", base.foreldre_uten_nummer.len());
        rows("rows", base.person_count());
    }
}
