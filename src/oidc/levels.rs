//! Levels of assurance and the eID methods that reach them (`specs/eid.md` §3.4, §4 no. 4).

/// What the headless log-in uses (`specs/eid.md` §7.1).
pub(super) const TESTID: &str = "TestID";

/// Rank of the level that not every eID reaches.
const HIGH: u8 = 3;

/// An eID that the login page offers: its name, its `amr` values, and whether it reaches the high level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Method {
    /// Name on the page.
    pub name: &'static str,
    /// What `amr` lists.
    pub amr: &'static [&'static str],
    /// Whether it reaches the high level.
    pub high: bool,
}

/// The eIDs of the login pages.
pub const METHODS: &[Method] = &[
    Method { name: TESTID, amr: &[TESTID], high: true },
    Method { name: "MinID", amr: &["Minid-PIN", "Minid-OTC"], high: false },
    Method { name: "BankID", amr: &["BankID"], high: true },
    Method { name: "Buypass", amr: &["Buypass"], high: true },
    Method { name: "Commfides", amr: &["Commfides"], high: true },
];

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

    /// The lowest rank that satisfies a request for `acr_values`.
    pub(super) fn lowest(&self, acr_values: &[String]) -> u8 {
        acr_values.iter().filter_map(|acr| self.rank(acr)).min().unwrap_or(self.fallback)
    }

    /// Whether a log-in at `acr` satisfies a request for `acr_values`.
    pub(super) fn satisfies(&self, acr: &str, acr_values: &[String]) -> bool {
        self.rank(acr).is_some_and(|rank| rank >= self.lowest(acr_values))
    }

    /// Whether `method` reaches `acr`.
    pub(super) fn reaches(&self, method: &Method, acr: &str) -> bool {
        method.high || self.rank(acr).is_some_and(|rank| rank < HIGH)
    }

    /// The levels that would do for `acr_values`, lowest first.
    pub(super) fn offered(&self, acr_values: &[String]) -> Vec<&'static str> {
        self.reachable.iter().filter(|acr| self.satisfies(acr, acr_values)).copied().collect()
    }

    /// The eIDs that would do for `acr_values`.
    pub(super) fn methods_for(&self, acr_values: &[String]) -> Vec<&'static Method> {
        let lowest = self.lowest(acr_values);
        self.methods.iter().filter(|method| method.high || lowest < HIGH).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::services::{ansattporten, idporten};

    #[test]
    fn a_level_satisfies_what_is_not_above_it() {
        let levels = &idporten::PROVIDER.levels;
        let values = |list: &[&str]| list.iter().map(|&acr| acr.to_owned()).collect::<Vec<_>>();
        let (substantial, high) = ("idporten-loa-substantial", "idporten-loa-high");
        for (asked, with_substantial, with_high) in [
            (vec![], true, true),
            (values(&[substantial]), true, true),
            (values(&[high]), false, true),
            (values(&[high, substantial]), true, true),
            (values(&["idporten-loa-low"]), true, true),
            (values(&[high, "eidas-loa-low"]), false, true),
        ] {
            assert_eq!(
                (levels.satisfies(substantial, &asked), levels.satisfies(high, &asked)),
                (with_substantial, with_high),
                "{asked:?}"
            );
        }
        assert!(!levels.satisfies("eidas-loa-high", &[]));
    }

    #[test]
    fn each_service_has_levels_of_its_own() {
        let levels = &ansattporten::PROVIDER.levels;
        assert!(
            levels.satisfies("high", &["substantial".into()]) && !levels.satisfies("substantial", &["high".into()])
        );
        assert!(!levels.satisfies("idporten-loa-high", &[]) && !levels.satisfies("entraid", &[]));
        assert_eq!(levels.offered(&["high".into()]), ["high"]);
        assert_eq!(levels.methods_for(&["high".into()]).len() + 1, levels.methods_for(&[]).len(), "all but MinID");
    }
}
