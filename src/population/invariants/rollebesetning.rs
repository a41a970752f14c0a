//! The minimum cast: §16.9. Every town has at least one of each.

use super::{Town, Violation, require};
use crate::town::model::Merke;

/// Triplets are rare: only towns of this size have them (§16.9).
const TRIPLETS_FROM: u32 = 20_000;

pub(super) fn cast(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    for merke in Merke::ALL {
        let may_lack = merke.code() == "trilling" && base.header.size < TRIPLETS_FROM;
        let bit = 1u64 << (*merke as u8);
        let any = base.personer.merker.iter().any(|tags| tags & bit != 0);
        require(found, 56, any || may_lack, || format!("nobody is `{}`", merke.code()));
    }
}
