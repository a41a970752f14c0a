//! Events of registered apps.

use std::sync::Arc;

use crate::base::OriginKey;
use crate::town::state::{Klient, Tjeneste, Town};

/// What happened to the registration of an app.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum KlientEvent {
    /// The registration is now this.
    Registrert(Box<Klient>),
    /// The client is out of use.
    Avviklet {
        /// Service.
        tjeneste: Tjeneste,
        /// Client id.
        client_id: String,
    },
}

impl KlientEvent {
    /// The entities touched.
    #[must_use]
    pub fn entities(&self) -> Vec<OriginKey> {
        let (tjeneste, client_id) = match self {
            Self::Registrert(klient) => (klient.tjeneste, &klient.client_id),
            Self::Avviklet { tjeneste, client_id } => (*tjeneste, client_id),
        };
        vec![OriginKey::of("entity/klient", &[tjeneste.name().as_bytes(), client_id.as_bytes()])]
    }
}

/// Puts a registration event into the town.
pub(super) fn apply(town: &mut Town, event: &KlientEvent) {
    let klienter = Arc::make_mut(&mut town.klienter);
    match event {
        KlientEvent::Registrert(klient) => {
            klienter.alle.insert((klient.tjeneste, klient.client_id.clone()), Arc::new((**klient).clone()));
        }
        KlientEvent::Avviklet { tjeneste, client_id } => {
            if let Some(klient) = klienter.alle.get_mut(&(*tjeneste, client_id.clone())) {
                Arc::make_mut(klient).aktiv = false;
            }
        }
    }
}
