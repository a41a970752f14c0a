//! Levels of assurance and the eID methods that reach them (`specs/eid.md` §3.4).

/// Every value of `acr_values_supported`, in its order.
pub(super) const ACR: &[&str] = &[
    "idporten-loa-low",
    "idporten-loa-substantial",
    "idporten-loa-high",
    "eidas-loa-low",
    "eidas-loa-substantial",
    "eidas-loa-high",
    "selfregistered-email",
];
/// The level asked for when a request asks for none.
pub(super) const DEFAULT: &str = "idporten-loa-substantial";
/// What the headless log-in uses (`specs/eid.md` §7.1).
pub(super) const TESTID: &str = "TestID";

/// An eID that the login page offers: its name, its `amr` values, and whether it reaches the high level.
pub(super) struct Method {
    pub name: &'static str,
    pub amr: &'static [&'static str],
    pub high: bool,
}

/// The eIDs of the login page.
pub(super) const METHODS: &[Method] = &[
    Method { name: TESTID, amr: &[TESTID], high: true },
    Method { name: "MinID", amr: &["Minid-PIN", "Minid-OTC"], high: false },
    Method { name: "BankID", amr: &["BankID"], high: true },
    Method { name: "Buypass", amr: &["Buypass"], high: true },
    Method { name: "Commfides", amr: &["Commfides"], high: true },
];

/// Rank of a level that one of our eIDs can reach or a request may be content with.
pub(super) fn rank(acr: &str) -> Option<u8> {
    match acr {
        "idporten-loa-low" => Some(1),
        "idporten-loa-substantial" => Some(2),
        "idporten-loa-high" => Some(3),
        _ => None,
    }
}

/// The levels some eID reaches (nobody logs in at `low`).
pub(super) const REACHABLE: &[&str] = &["idporten-loa-substantial", "idporten-loa-high"];

/// The lowest rank that satisfies a request for `acr_values`.
pub(super) fn lowest(acr_values: &[String]) -> u8 {
    acr_values.iter().filter_map(|acr| rank(acr)).min().unwrap_or_else(|| rank(DEFAULT).unwrap_or_default())
}

/// Whether a log-in at `acr` satisfies a request for `acr_values`.
pub(super) fn satisfies(acr: &str, acr_values: &[String]) -> bool {
    rank(acr).is_some_and(|rank| rank >= lowest(acr_values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_satisfies_what_is_not_above_it() {
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
                (satisfies(substantial, &asked), satisfies(high, &asked)),
                (with_substantial, with_high),
                "{asked:?}"
            );
        }
        assert!(!satisfies("eidas-loa-high", &[]));
    }
}
