//! Events of fault rules.

use std::sync::Arc;

use crate::base::OriginKey;
use crate::town::state::{FaultRule, Faults, SetRule, Town};

/// What happened to a fault rule.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum FaultEvent {
    /// The rule of this name is now this.
    Set(Box<FaultRule>),
    /// The rule of this name is gone.
    Healed(String),
    /// The rule of this name is now this, and only for requests that name a client.
    SetFor {
        /// The rule, without the client.
        rule: Box<FaultRule>,
        /// The client.
        client_id: String,
    },
}

impl FaultEvent {
    /// `rule` is now the rule of its name.
    #[must_use]
    pub fn set(mut rule: FaultRule) -> Self {
        match rule.client_id.take() {
            None => Self::Set(Box::new(rule)),
            Some(client_id) => Self::SetFor { rule: Box::new(rule), client_id },
        }
    }

    /// The entities touched.
    #[must_use]
    pub fn entities(&self) -> Vec<OriginKey> {
        let name = match self {
            Self::Set(rule) | Self::SetFor { rule, .. } => &rule.name,
            Self::Healed(name) => name,
        };
        vec![OriginKey::of("entity/fault", &[name.as_bytes()])]
    }
}

impl Faults {
    fn insert(&mut self, rule: FaultRule) {
        let owned = |(name, set): (&String, &SetRule)| (name.clone(), set.clone());
        // Rules whose time is over make room.
        self.rules = self.rules.iter().filter(|(_, set)| set.rule.holds(rule.from)).map(owned).collect();
        self.rules.insert(rule.name.clone(), SetRule { serial: self.set, rule: Arc::new(rule) });
        self.set += 1;
    }
}

/// Puts a fault event into the town.
pub(super) fn apply(town: &mut Town, event: &FaultEvent) {
    let faults = Arc::make_mut(&mut town.faults);
    match event {
        FaultEvent::Set(rule) => faults.insert((**rule).clone()),
        FaultEvent::SetFor { rule, client_id } => {
            faults.insert(FaultRule { client_id: Some(client_id.clone()), ..(**rule).clone() });
        }
        FaultEvent::Healed(name) => {
            faults.rules.remove(name);
        }
    }
}
