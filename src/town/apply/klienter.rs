//! Events of registered apps.

use std::sync::Arc;

use crate::base::OriginKey;
use crate::town::state::{Klient, Tjeneste, Town, without_loopback_port};

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

    /// The event without what differs from run to run: the free port an app on this machine happened to get.
    #[must_use]
    pub fn canonical(&self) -> Self {
        match self {
            Self::Registrert(klient) => {
                let mut klient = klient.clone();
                let addresses = klient.redirect_uris.iter_mut().chain(&mut klient.post_logout_redirect_uris);
                addresses.for_each(|address| *address = without_loopback_port(address));
                Self::Registrert(klient)
            }
            other @ Self::Avviklet { .. } => other.clone(),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Orgnummer;

    #[test]
    fn the_port_an_app_got_is_no_part_of_the_canonical_event() {
        let orgnr = (30_000_001..).find_map(Orgnummer::compose).unwrap();
        let registered =
            |redirect: &str| KlientEvent::Registrert(Box::new(Klient::idporten("app", "App", orgnr, &[redirect])));
        let canonical = |redirect: &str| registered(redirect).canonical();
        assert_eq!(canonical("http://localhost:40001/callback"), canonical("http://localhost:40002/callback"));
        assert_ne!(canonical("http://localhost:40001/callback"), canonical("http://localhost:40001/other"));
        assert_ne!(canonical("https://a.example:1/callback"), canonical("https://a.example:2/callback"));
    }
}
