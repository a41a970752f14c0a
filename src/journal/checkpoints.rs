//! How many checkpoints a world keeps, and which.

/// Most checkpoints per world: more would cost more memory than the replay they save (`specs/core.md` §1).
pub(super) const MAX_CHECKPOINTS: usize = 8;

/// Which of `seqs` (ascending) go, so that at most [`MAX_CHECKPOINTS`] stay: every other one, counted from the newest,
/// which always stays. Spacing doubles, and the rest lies evenly over the log.
pub(super) fn thinned(seqs: &[u64]) -> Vec<u64> {
    if seqs.len() <= MAX_CHECKPOINTS {
        return Vec::new();
    }
    seqs.iter().rev().skip(1).step_by(2).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ninth_checkpoint_thins_the_others_evenly() {
        assert_eq!(thinned(&[1, 2, 3, 4, 5, 6, 7, 8]), Vec::<u64>::new());
        assert_eq!(thinned(&[1, 2, 3, 4, 5, 6, 7, 8, 9]), [8, 6, 4, 2]);
    }
}
