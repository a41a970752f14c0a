//! Levels of assurance and the eID methods that reach them (`specs/eid.md` §3.4, §4 no. 4).

use super::work::ENTRAID;
use crate::town::state::Eider;

/// What the headless log-in uses (`specs/eid.md` §7.1).
pub(super) const TESTID: &str = "TestID";
/// The level of an e-mail user.
pub(super) const EMAIL: &str = "selfregistered-email";
/// The method of an e-mail user.
pub(super) const EMAIL_AMR: &str = "Selfregistered-email";
/// The method of a European.
pub(super) const EIDAS_AMR: &str = "eIDAS";
/// What the levels of European eIDs begin with.
const EIDAS: &str = "eidas-loa-";
/// The levels of European eIDs, lowest first.
const EIDAS_LEVELS: [&str; 3] = ["eidas-loa-low", "eidas-loa-substantial", "eidas-loa-high"];

/// Rank of the level that not every eID reaches.
const HIGH: u8 = 3;

/// Whose an eID is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Issuer {
    /// Everybody's, in test environments.
    TestId,
    /// The state's.
    Minid,
    /// The banks'.
    Bankid,
    /// A private one.
    Buypass,
    /// Another.
    Commfides,
}

/// A way of logging in that the page offers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Method {
    /// What `amr` lists and the form names.
    pub amr: &'static str,
    /// Key of its name on the page.
    pub text: &'static str,
    /// Name of the eID itself, in any language.
    pub name: &'static str,
    /// Whose it is.
    pub issuer: Issuer,
}

/// The ways of the login pages.
pub const METHODS: &[Method] = &[
    Method { amr: TESTID, text: "amr.TestID", name: "TestID", issuer: Issuer::TestId },
    Method { amr: "Minid-PIN", text: "amr.Minid-PIN", name: "MinID", issuer: Issuer::Minid },
    Method { amr: "Minid-OTC", text: "amr.Minid-OTC", name: "MinID", issuer: Issuer::Minid },
    Method { amr: "Minid-APP", text: "amr.Minid-APP", name: "MinID", issuer: Issuer::Minid },
    Method { amr: "Minid-TOTP", text: "amr.Minid-TOTP", name: "MinID", issuer: Issuer::Minid },
    Method { amr: "Minid-WEBAUTHN", text: "amr.Minid-WEBAUTHN", name: "MinID", issuer: Issuer::Minid },
    Method { amr: "BankID", text: "amr.BankID", name: "BankID", issuer: Issuer::Bankid },
    Method { amr: "BankID Mobil", text: "amr.BankID Mobil", name: "BankID", issuer: Issuer::Bankid },
    Method { amr: "Buypass", text: "amr.Buypass", name: "Buypass", issuer: Issuer::Buypass },
    Method { amr: "Commfides", text: "amr.Commfides", name: "Commfides", issuer: Issuer::Commfides },
];

impl Method {
    /// Whether it reaches the high level.
    fn is_high(&self) -> bool {
        self.issuer != Issuer::Minid
    }

    /// Whether somebody with `eider` has it.
    pub(super) fn is_among(&self, eider: Eider) -> bool {
        match self.issuer {
            Issuer::TestId => true,
            Issuer::Minid => eider.minid,
            Issuer::Bankid => eider.bankid,
            Issuer::Buypass => eider.buypass,
            Issuer::Commfides => eider.commfides,
        }
    }
}

/// The levels of one login service.
#[derive(Clone, Copy, Debug)]
pub struct Levels {
    /// Every value of `acr_values_supported`, in its order.
    pub acr: &'static [&'static str],
    /// The levels that stand above each other: 1 low, 2 substantial, 3 high.
    pub ranks: &'static [(&'static str, u8)],
    /// Rank asked for when a request asks for none.
    pub fallback: u8,
    /// The levels some eID reaches (nobody logs in at low), lowest first.
    pub reachable: &'static [&'static str],
    /// The eIDs of its login page.
    pub methods: &'static [Method],
}

impl Levels {
    /// Rank of a level that one of our eIDs can reach or a request may be content with.
    pub(super) fn rank(&self, acr: &str) -> Option<u8> {
        self.ranks.iter().find(|(name, _)| *name == acr).map(|(_, rank)| *rank)
    }

    /// The level asked for when a request asks for none.
    pub(super) fn fallback_name(&self) -> &'static str {
        self.ranks.iter().find(|(_, rank)| *rank == self.fallback).map_or("", |(name, _)| name)
    }

    /// The lowest rank that satisfies a request for `acr_values`; `None` when only levels are asked for that no
    /// Norwegian eID has.
    fn lowest(&self, acr_values: &[String]) -> Option<u8> {
        if acr_values.is_empty() {
            return Some(self.fallback);
        }
        acr_values.iter().filter_map(|acr| self.rank(acr)).min()
    }

    /// Whether a log-in at `acr` satisfies a request for `acr_values`.
    pub(super) fn satisfies(&self, acr: &str, acr_values: &[String]) -> bool {
        match self.rank(acr) {
            Some(rank) => self.lowest(acr_values).is_some_and(|lowest| rank >= lowest),
            None if acr.starts_with(EIDAS) => self.european(acr_values).contains(&acr),
            None => acr_values.iter().any(|wanted| wanted == acr),
        }
    }

    /// Whether `method` reaches `acr`.
    pub(super) fn reaches(&self, method: &Method, acr: &str) -> bool {
        method.is_high() || self.rank(acr).is_some_and(|rank| rank < HIGH)
    }

    /// The levels of Norwegian eIDs that would do for `acr_values`, lowest first.
    pub(super) fn offered(&self, acr_values: &[String]) -> Vec<&'static str> {
        self.reachable.iter().filter(|acr| self.satisfies(acr, acr_values)).copied().collect()
    }

    /// The levels of European eIDs that would do for `acr_values`, lowest first.
    pub(super) fn european(&self, acr_values: &[String]) -> Vec<&'static str> {
        let lowest = EIDAS_LEVELS.iter().position(|level| acr_values.iter().any(|acr| acr == level));
        lowest.map_or_else(Vec::new, |lowest| EIDAS_LEVELS[lowest..].to_vec())
    }

    /// Whether an e-mail address would do for `acr_values`.
    pub(super) fn takes_email(&self, acr_values: &[String]) -> bool {
        acr_values.iter().any(|acr| acr == EMAIL)
    }

    /// Whether an account at work would do for `acr_values`.
    pub(super) fn takes_work(&self, acr_values: &[String]) -> bool {
        self.acr.contains(&ENTRAID) && acr_values.iter().any(|acr| acr == ENTRAID)
    }

    /// Whether anybody can log in at one of `acr_values` here.
    pub(super) fn is_offered(&self, acr_values: &[String]) -> bool {
        let european = !self.european(acr_values).is_empty();
        let others = european || self.takes_email(acr_values) || self.takes_work(acr_values);
        others || !self.offered(acr_values).is_empty()
    }

    /// The ways of logging in that would do for `acr_values`.
    pub(super) fn methods_for(&self, acr_values: &[String]) -> Vec<&'static Method> {
        let Some(lowest) = self.lowest(acr_values) else { return Vec::new() };
        self.methods.iter().filter(|method| method.is_high() || lowest < HIGH).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::{ansattporten, idporten};

    fn values(list: &[&str]) -> Vec<String> {
        list.iter().map(|&acr| acr.to_owned()).collect()
    }

    #[test]
    fn a_level_satisfies_what_is_not_above_it() {
        let levels = &idporten::PROVIDER.levels;
        let (substantial, high) = ("idporten-loa-substantial", "idporten-loa-high");
        for (asked, with_substantial, with_high) in [
            (vec![], true, true),
            (values(&[substantial]), true, true),
            (values(&[high]), false, true),
            (values(&[high, substantial]), true, true),
            (values(&["idporten-loa-low"]), true, true),
            (values(&[high, "eidas-loa-low"]), false, true),
            (values(&["eidas-loa-low"]), false, false),
            (values(&[EMAIL]), false, false),
        ] {
            assert_eq!(
                (levels.satisfies(substantial, &asked), levels.satisfies(high, &asked)),
                (with_substantial, with_high),
                "{asked:?}"
            );
        }
        assert!(!levels.satisfies("eidas-loa-high", &[]) && !levels.satisfies(EMAIL, &[]));
    }

    #[test]
    fn europeans_and_e_mail_users_come_where_they_are_asked_for() {
        let levels = &idporten::PROVIDER.levels;
        for (asked, offered) in [
            (vec![], 0),
            (values(&["idporten-loa-low"]), 0),
            (values(&["eidas-loa-low"]), 3),
            (values(&["eidas-loa-substantial"]), 2),
            (values(&["eidas-loa-high", "idporten-loa-high"]), 1),
        ] {
            assert_eq!(levels.european(&asked).len(), offered, "{asked:?}");
        }
        assert!(levels.satisfies("eidas-loa-high", &values(&["eidas-loa-substantial"])));
        assert!(!levels.satisfies("eidas-loa-low", &values(&["eidas-loa-substantial"])));
        assert!(levels.takes_email(&values(&[EMAIL])) && !levels.takes_email(&[]));
        assert!(levels.satisfies(EMAIL, &values(&[EMAIL])));
    }

    #[test]
    fn each_service_has_levels_of_its_own() {
        let levels = &ansattporten::PROVIDER.levels;
        assert!(
            levels.satisfies("high", &values(&["substantial"])) && !levels.satisfies("substantial", &values(&["high"]))
        );
        assert!(!levels.satisfies("idporten-loa-high", &[]) && !levels.satisfies("entraid", &[]));
        assert_eq!(levels.offered(&values(&["high"])), ["high"]);
        assert_eq!(levels.methods_for(&values(&["high"])).len() + 5, levels.methods_for(&[]).len(), "all but MinID");
        assert_eq!(
            (levels.fallback_name(), idporten::PROVIDER.levels.fallback_name()),
            ("substantial", "idporten-loa-substantial")
        );
    }
}
