//! The same bytes whatever the machine does, and no jump between one size and the next (`specs/population.md` §1, §17).

use std::collections::BTreeMap;

use super::tests::town;
use super::*;
use crate::town::model::{COLUMNS, Virksomhetsslag};

/// Makes `spec` on a pool of `threads`.
fn on(threads: usize, spec: &Spec) -> Base {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| generate(spec)).unwrap()
}

/// The first column whose bytes differ, with the first row that does.
fn difference(one: &Base, other: &Base) -> Option<String> {
    COLUMNS.iter().find_map(|column| {
        let bytes = |base: &Base| {
            let mut bytes = Vec::new();
            (column.put)(base, &mut bytes);
            bytes
        };
        let (a, b) = (bytes(one), bytes(other));
        let row = a.chunks(column.width).zip(b.chunks(column.width)).position(|(a, b)| a != b);
        (a != b).then(|| format!("`{}` of {} and {} bytes, row {row:?}", column.name, a.len(), b.len()))
    })
}

#[test]
fn one_two_and_eight_threads_make_the_same_columns_for_many_seeds_sizes_and_profiles() {
    let mut digests = std::collections::BTreeSet::new();
    let mut towns = 0;
    for (number, profile) in (0u64..).zip(profiles()) {
        for (size, seeds) in [(1_500, 0..4), (2_345, 4..5), (5_000, 5..6), (12_000, 6..6 + u64::from(number == 0))] {
            for seed in seeds {
                let seed = Seed(seed * 1_000_003 + number);
                let spec = Spec { seed, size, profile: profile.to_owned(), ..Spec::default() };
                let one = on(1, &spec);
                for threads in [2, 8] {
                    let other = on(threads, &spec);
                    let told = || format!("{profile} {size} seed {seed}, {threads} threads");
                    assert_eq!(difference(&one, &other), None, "{}", told());
                    assert_eq!(one.digest, other.digest, "{}", told());
                    let texts = |base: &Base| base.tekst.iter().collect::<Vec<&str>>().join("\n");
                    assert_eq!(texts(&one), texts(&other), "{}", told());
                }
                towns += 1;
                digests.insert(one.digest.0);
            }
        }
    }
    assert_eq!(digests.len(), towns, "two towns are the same");
    assert!(towns > 30, "{towns}");
}

/// Shares of the cells of two tables, half the sum of their differences, in millionths.
fn apart(one: &[u64], other: &[u64]) -> u64 {
    let sums = (one.iter().sum::<u64>().max(1), other.iter().sum::<u64>().max(1));
    let part = |count: u64, sum: u64| count * 1_000_000_000 / sum;
    one.iter().zip(other).map(|(&a, &b)| part(a, sums.0).abs_diff(part(b, sums.1))).sum::<u64>() / 2_000
}

/// What there is in a town, by name.
fn counts(base: &Base) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for column in COLUMNS {
        counts.insert(column.name.to_owned(), (column.rows)(base));
    }
    for unit in &base.virksomheter {
        *counts.entry(format!("virksomheter {}", unit.form.code())).or_default() += 1;
        if matches!(unit.slag, Virksomhetsslag::Barnehage | Virksomhetsslag::Skole) {
            *counts.entry(format!("{:?}", unit.slag)).or_default() += 1;
        }
    }
    for building in &base.bygninger {
        *counts.entry(format!("bygninger {}", building.slag.code())).or_default() += 1;
    }
    for slag in &base.husstander.slag {
        *counts.entry(format!("husstander {}", slag.code())).or_default() += 1;
    }
    for (row, what) in base.personer.arbeidsmarked.iter().enumerate() {
        if base.personer.status[row] == crate::town::model::Personstatus::Bosatt {
            *counts.entry(format!("bosatte {}", what.code())).or_default() += 1;
        }
    }
    counts
}

/// Towns on both sides of a border between the classes of the tables differ by sampling only: every table lies within
/// its limit of the target and of the other town's, and nothing there is of jumps.
#[test]
fn towns_on_both_sides_of_a_border_differ_by_sampling_only() {
    for (below, above) in [(4_999, 5_001), (9_999, 10_001), (19_999, 20_001)] {
        let (one, other) = (town(below, 17), town(above, 17));
        for (a, b) in fidelity(&one).into_iter().zip(fidelity(&other)) {
            // Each against the limit of the smaller class: the larger one's begins at the border.
            assert!(a.is_within(below) && b.is_within(below), "{below} {above}: {a:?} {b:?}");
            let apart = apart(&a.here, &b.here);
            println!("{below} {}: {apart} apart", a.table);
            assert!(apart <= a.limit(below).min(120_000), "{below} {above}: {} lies {apart} apart", a.table);
        }
        // Three seeds together: a jump adds up, chance does not.
        let sum = |size: u32, first: Base| {
            let more = [18, 19].map(|seed| counts(&town(size, seed)));
            more.into_iter().fold(counts(&first), |mut all, more| {
                more.into_iter().for_each(|(name, count)| *all.entry(name).or_default() += count);
                all
            })
        };
        let (one, other) = (sum(below, one), sum(above, other));
        let names: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        for name in names {
            let (a, b) = (one.get(name).copied().unwrap_or(0), other.get(name).copied().unwrap_or(0));
            // Three standard deviations of a count that is drawn in both; several rows of one person come together.
            let together = if COLUMNS.iter().any(|column| column.name == name) { 3 } else { 1 };
            let room = 6 + 3 * (together * (a + b)).isqrt();
            assert!(a.abs_diff(b) <= room, "{name}: {a} at {below}, {b} at {above}");
            let few = matches!(name.as_str(), "Barnehage" | "Skole" | "virksomheter ORGL" | "fastlegelister");
            assert!(!few || a.abs_diff(b) <= 3, "{name}: {a} at {below}, {b} at {above}");
        }
    }
}

#[test]
fn a_town_of_another_size_would_be_seen_as_a_jump() {
    let (one, other) = (counts(&town(5_000, 17)), counts(&town(6_000, 17)));
    let jumps = one.iter().filter(|(name, a)| other[*name].abs_diff(**a) > 6 + 3 * (3 * (**a + other[*name])).isqrt());
    assert!(jumps.count() > 3, "a fifth more of everything goes unnoticed");
}

#[test]
fn edge_seeds_and_sizes_are_towns_like_others() {
    let text = Seed::parse("Bærums verk, 1814");
    assert_eq!(text, Seed::parse("Bærums verk, 1814"));
    assert_ne!(text, Seed::parse("bærums verk, 1814"));
    assert_eq!(Seed::parse("18446744073709551615"), Seed(u64::MAX));
    let mut digests = std::collections::BTreeSet::new();
    for seed in [Seed(0), Seed(u64::MAX), Seed(u64::MAX - 1), Seed(1 << 63), text] {
        for size in [1_500, 1_501] {
            let base = generate(&Spec { seed, size, ..Spec::default() }).unwrap();
            assert_eq!(violations(&base).first(), None, "seed {seed} size {size}");
            for measure in fidelity(&base) {
                assert!(measure.is_within(size), "seed {seed} size {size}: {measure:?}");
            }
            digests.insert(base.digest.0);
        }
    }
    assert_eq!(digests.len(), 10, "two of them are the same town");
}
