//! Which eIDs a person has (`specs/eid.md` §7.3): an attribute of the population, drawn from the seed and the person's
//! key, so that it is the same in every fork and no event ever carries it.

use super::Person;
use crate::base::keyed_hash;
use crate::town::model::Personstatus;

/// Age from which somebody can have an eID at all.
pub const EID_ALDER: i32 = 13;
/// Age from which somebody can have one of the high ones.
const HOEY_ALDER: i32 = 18;
/// Parts of ten thousand of the adults with one of the high ones.
const HOEY: u64 = 9_500;
/// Parts of ten thousand of those that have a Buypass beside, and a Commfides. Ours: no figure is published.
const BUYPASS: u64 = 1_000;
const COMMFIDES: u64 = 200;

/// The eIDs of one person.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "one for each eID there is")]
pub struct Eider {
    /// Substantial.
    pub minid: bool,
    /// High; also on the phone.
    pub bankid: bool,
    /// High.
    pub buypass: bool,
    /// High.
    pub commfides: bool,
}

impl Eider {
    /// The word of selectors for the highest level they reach: `high`, `substantial`.
    #[must_use]
    pub fn nivaa(self) -> Option<&'static str> {
        let hoey = self.bankid || self.buypass || self.commfides;
        if hoey { Some("high") } else { self.minid.then_some("substantial") }
    }
}

impl Person<'_> {
    /// The eIDs this person has. None for the dead, for withdrawn numbers and for children under 13; MinID for everybody
    /// else, and BankID for nineteen of twenty adults.
    #[must_use]
    pub fn eider(&self) -> Eider {
        let alder = self.alder();
        if matches!(self.status(), Personstatus::Doed | Personstatus::Opphoert) || alder < EID_ALDER {
            return Eider::default();
        }
        let seed = self.town().base.header.seed.0.to_be_bytes();
        let drawn = keyed_hash("eid", &[&seed, &self.key().bytes()]).word();
        let within = |place: u32, parts: u64| drawn / 10_000u64.pow(place) % 10_000 < parts;
        let hoey = alder >= HOEY_ALDER && within(0, HOEY);
        Eider {
            minid: true,
            bankid: hoey,
            buypass: hoey && within(1, BUYPASS),
            commfides: hoey && within(2, COMMFIDES),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::fixture::{BARN, DOED, KARI, TENAARING, visit};
    use crate::town::model::PersonId;

    #[test]
    fn children_and_the_dead_have_none_and_minors_no_high_one() {
        let visit = visit(&[]);
        let of = |person| visit.town.person(PersonId::at(person)).eider();
        assert_eq!([of(BARN), of(DOED)].map(Eider::nivaa), [None, None]);
        assert_eq!(of(TENAARING).nivaa(), Some("substantial"), "thirteen today");
        assert!(of(KARI).minid && of(KARI) == of(KARI));
    }
}
