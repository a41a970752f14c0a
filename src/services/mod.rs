//! The mocked national services: skins over the town, one folder each, none knowing another.

pub mod ansattporten;
pub mod eformidling;
pub mod fiks;
pub mod folkeregisteret;
pub mod idporten;
pub mod krr;
pub mod maskinporten;
pub mod selvbetjening;
pub mod skatt;

use std::sync::OnceLock;

use crate::access::Skin;
use crate::observe::Operations;

/// All services of this version.
pub const SKINS: &[Skin] = &[
    eformidling::SKIN,
    folkeregisteret::SKIN,
    idporten::SKIN,
    krr::SKIN,
    maskinporten::SKIN,
    ansattporten::SKIN,
    selvbetjening::SKIN,
    fiks::SKIN,
    skatt::SKIN,
];

/// Every operation of every service, as the services declare them.
pub fn operations() -> &'static Operations {
    static ALL: OnceLock<Operations> = OnceLock::new();
    ALL.get_or_init(|| Operations::of(SKINS.iter().flat_map(|skin| skin.operations)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_have_names_of_their_service_and_no_two_are_the_same() {
        let mut seen = std::collections::BTreeSet::new();
        for operation in operations().iter() {
            assert!(operation.name.starts_with(&format!("{}.", operation.service)), "{}", operation.name);
            assert!(seen.insert((operation.method, operation.template())), "{} twice", operation.template());
        }
        assert!(seen.len() > 60, "{}", seen.len());
    }
}
