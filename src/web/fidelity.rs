//! Fidelity cards: for each service the public contract it follows, what of it is offered, and what differs
//! (`specs/experience.md` §4.1, §16). One file per service under `cards/`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const FILES: &[(&str, &str)] = &[
    ("ansattporten", include_str!("cards/ansattporten.toml")),
    ("eformidling", include_str!("cards/eformidling.toml")),
    ("fiks", include_str!("cards/fiks.toml")),
    ("folkeregisteret", include_str!("cards/folkeregisteret.toml")),
    ("idporten", include_str!("cards/idporten.toml")),
    ("krr", include_str!("cards/krr.toml")),
    ("maskinporten", include_str!("cards/maskinporten.toml")),
    ("selvbetjening", include_str!("cards/selvbetjening.toml")),
    ("skatt", include_str!("cards/skatt.toml")),
];

/// What one service offers of the contract it follows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Service id; the name of the file.
    #[serde(default)]
    pub service: String,
    /// What the service is called.
    pub name: String,
    /// The public contract.
    pub contract: String,
    /// Its version.
    pub version: String,
    /// When it was read: year and month.
    pub date: String,
    /// Where this project writes down what it says.
    pub source: String,
    /// Behaviours that are modelled.
    pub modelled: Vec<String>,
    /// Known differences from the real service.
    pub differences: Vec<String>,
    /// Operations of the contract.
    #[serde(rename = "operation")]
    pub operations: Vec<CardOperation>,
}

/// An operation of a contract.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Operation)]
pub struct CardOperation {
    /// Its stable name, `service.ressurs.handling`.
    pub name: String,
    /// Method and path of every call that is this operation.
    pub calls: Vec<String>,
    /// Whether it is answered; otherwise it is 501 by name.
    pub offered: bool,
}

impl Card {
    /// How many operations are answered.
    #[must_use]
    pub fn offered(&self) -> usize {
        self.operations.iter().filter(|operation| operation.offered).count()
    }
}

/// The cards of all services, by id.
///
/// # Panics
/// When a card that is built in cannot be read: a test reads every one.
pub fn cards() -> &'static [Card] {
    static CARDS: LazyLock<Vec<Card>> = LazyLock::new(|| {
        let read = |(service, text): &(&str, &str)| Card {
            service: (*service).to_owned(),
            ..toml::from_str(text).unwrap_or_else(|fault| panic!("cards/{service}.toml: {fault}"))
        };
        FILES.iter().map(read).collect()
    });
    &CARDS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::web::SERVICES;

    /// Every operation in quotes in the sources of a service, tests left out.
    fn named_in(folder: &Path, start: &str, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("tests") {
                    named_in(&path, start, found);
                }
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
                let words = text.split('"').filter(|word| word.starts_with(start));
                let name = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || b"._".contains(&byte));
                found.extend(words.filter(name).map(str::to_owned));
            }
        }
    }

    #[test]
    fn every_service_has_a_card_and_every_card_the_operations_of_its_service() {
        let mut ids: Vec<&str> = SERVICES.iter().map(|service| service.id).collect();
        ids.sort_unstable();
        assert_eq!(cards().iter().map(|card| card.service.as_str()).collect::<Vec<_>>(), ids);
        let services = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/services");
        for card in cards() {
            let start = format!("{}.", card.service);
            let names: BTreeSet<&str> = card.operations.iter().map(|operation| operation.name.as_str()).collect();
            assert_eq!(names.len(), card.operations.len(), "{}: an operation stands twice", card.service);
            assert!(names.iter().all(|name| name.starts_with(&start)), "{names:?}");
            let mut found = BTreeSet::new();
            named_in(&services.join(&card.service), &start, &mut found);
            // The login services share their sources; their tables say what is whose.
            for operation in crate::services::operations().iter().filter(|known| known.service == card.service) {
                found.insert(operation.name.to_owned());
            }
            // What is written down about a request that is no operation of the contract.
            let beside =
                |name: &String| [".ukjent", ".xml", ".pakke.", ".levering."].iter().any(|part| name.contains(part));
            let missing: Vec<&String> =
                found.iter().filter(|name| !names.contains(name.as_str()) && !beside(name)).collect();
            assert!(missing.is_empty(), "{}: the card lacks {missing:?}", card.service);
            for operation in card.operations.iter().filter(|operation| operation.offered) {
                assert!(found.contains(&operation.name), "{}: no source names {}", card.service, operation.name);
            }
        }
    }
}
