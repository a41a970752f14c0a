//! Invariants over the columns of generated towns (`specs/population.md` §16).

use super::*;

#[test]
fn towns_of_several_sizes_come_out() {
    for (size, seed) in [(1_500, 1), (1_501, 2), (5_000, 3), (20_000, 4)] {
        let base = generate(&Spec { size, seed: Seed(seed), ..Spec::default() }).unwrap();
        println!(
            "{size}: rows {} households {} texts {}",
            base.person_count(),
            base.husstander.slag.len(),
            base.tekst.len()
        );
    }
}
