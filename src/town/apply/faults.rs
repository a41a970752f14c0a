//! Events of fault rules.

use std::sync::Arc;

use crate::base::OriginKey;
use crate::town::state::{FaultRule, SetRule, Town};

/// What happened to a fault rule.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum FaultEvent {
    /// The rule of this name is now this.
    Set(Box<FaultRule>),
    /// The rule of this name is gone.
    Healed(String),
}

impl FaultEvent {
    /// The entities touched.
    #[must_use]
    pub fn entities(&self) -> Vec<OriginKey> {
        let name = match self {
            Self::Set(rule) => &rule.name,
            Self::Healed(name) => name,
        };
        vec![OriginKey::of("entity/fault", &[name.as_bytes()])]
    }
}

fn owned((name, set): (&String, &SetRule)) -> (String, SetRule) {
    (name.clone(), set.clone())
}

/// Puts a fault event into the town.
pub(super) fn apply(town: &mut Town, event: &FaultEvent) {
    let faults = Arc::make_mut(&mut town.faults);
    match event {
        FaultEvent::Set(rule) => {
            // Rules whose time is over make room.
            faults.rules = faults.rules.iter().filter(|(_, set)| set.rule.holds(rule.from)).map(owned).collect();
            let set = SetRule { serial: faults.set, rule: Arc::new((**rule).clone()) };
            faults.rules.insert(rule.name.clone(), set);
            faults.set += 1;
        }
        FaultEvent::Healed(name) => {
            faults.rules.remove(name);
        }
    }
}
