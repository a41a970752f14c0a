//! Invariants over the columns of generated towns (`specs/population.md` §16).

use super::*;

fn town(size: u32, seed: u64) -> Base {
    generate(&Spec { size, seed: Seed(seed), ..Spec::default() }).unwrap()
}

#[test]
fn the_invariants_hold() {
    for (size, seeds) in [(1_500, 0..30), (1_501, 30..32), (5_000, 32..38), (20_000, 38..40)] {
        for seed in seeds {
            let base = town(size, seed);
            let found = violations(&base);
            assert!(
                found.is_empty(),
                "size {size} seed {seed}: {} violations, {:#?}",
                found.len(),
                &found[..found.len().min(12)]
            );
        }
    }
}

#[test]
fn towns_are_close_to_their_targets() {
    for (size, seed) in [(1_500, 1), (5_000, 3), (10_000, 4), (20_000, 4), (100_000, 4)] {
        println!("{size} {:?}", fidelity(&town(size, seed)));
    }
}
