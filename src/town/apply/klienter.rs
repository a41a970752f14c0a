//! Events of registered apps.

use std::sync::Arc;

use crate::base::OriginKey;
use crate::town::state::{Klient, Klienttillegg, Tider, Tjeneste, Town, without_loopback_port};

/// What happened to the registration of an app.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum KlientEvent {
    /// The registration is now this, and its record has nothing else.
    Registrert(Box<Klient>),
    /// The client is out of use.
    Avviklet {
        /// Service.
        tjeneste: Tjeneste,
        /// Client id.
        client_id: String,
    },
    /// The registration is now this.
    Registrert2 {
        /// The client, without the rest of its record.
        klient: Box<Klient>,
        /// The rest of its record.
        tillegg: Box<Klienttillegg>,
    },
    /// From its registration on the client's tokens name this issuer, whatever address they are fetched at.
    UtstederFestet {
        /// Service.
        tjeneste: Tjeneste,
        /// Client id.
        client_id: String,
        /// The issuer.
        utsteder: String,
    },
}

impl KlientEvent {
    /// The registration is now `klient`. A record without the rest is written as it always was; a pinned issuer follows in
    /// an event of its own.
    pub fn registrert(mut klient: Klient) -> impl Iterator<Item = Self> {
        let mut tillegg = std::mem::take(&mut klient.tillegg);
        let (tjeneste, client_id) = (klient.tjeneste, klient.client_id.clone());
        let festet = tillegg.utsteder.take();
        let klient = Box::new(klient);
        let registrert = if *tillegg == Klienttillegg::default() {
            Self::Registrert(klient)
        } else {
            Self::Registrert2 { klient, tillegg }
        };
        let festet = festet.map(|utsteder| Self::UtstederFestet { tjeneste, client_id, utsteder });
        std::iter::once(registrert).chain(festet)
    }

    /// Service and id of the client.
    #[must_use]
    pub fn klient(&self) -> (Tjeneste, &str) {
        match self {
            Self::Registrert(klient) | Self::Registrert2 { klient, .. } => (klient.tjeneste, &klient.client_id),
            Self::Avviklet { tjeneste, client_id } | Self::UtstederFestet { tjeneste, client_id, .. } => {
                (*tjeneste, client_id)
            }
        }
    }

    /// The entities touched.
    #[must_use]
    pub fn entities(&self) -> Vec<OriginKey> {
        let (tjeneste, client_id) = self.klient();
        vec![OriginKey::of("entity/klient", &[tjeneste.name().as_bytes(), client_id.as_bytes()])]
    }

    /// The event without what differs from run to run: the free port an app on this machine happened to get.
    #[must_use]
    pub fn canonical(&self) -> Self {
        match self {
            Self::Registrert(klient) => Self::Registrert(without_ports(klient)),
            Self::Registrert2 { klient, tillegg } => {
                let mut tillegg = tillegg.clone();
                let addresses = tillegg.frontchannel_logout_uri.iter_mut().chain(&mut tillegg.backchannel_logout_uri);
                addresses.for_each(|address| *address = without_loopback_port(address));
                Self::Registrert2 { klient: without_ports(klient), tillegg }
            }
            Self::UtstederFestet { tjeneste, client_id, utsteder } => Self::UtstederFestet {
                tjeneste: *tjeneste,
                client_id: client_id.clone(),
                utsteder: without_loopback_port(utsteder),
            },
            other @ Self::Avviklet { .. } => other.clone(),
        }
    }
}

fn without_ports(klient: &Klient) -> Box<Klient> {
    let mut klient = Box::new(klient.clone());
    let addresses = klient.redirect_uris.iter_mut().chain(&mut klient.post_logout_redirect_uris);
    addresses.for_each(|address| *address = without_loopback_port(address));
    klient
}

/// Puts a registration event into the town.
pub(super) fn apply(town: &mut Town, event: &KlientEvent) {
    let now = town.now();
    let delay = i64::from(town.eid.forsinkelse);
    let klienter = Arc::make_mut(&mut town.klienter);
    let (tjeneste, client_id) = event.klient();
    let place = (tjeneste, client_id.to_owned());
    // A pinned issuer comes with a registration, and is seen when that is.
    if delay > 0 && !matches!(event, KlientEvent::UtstederFestet { .. }) {
        klienter.behold(&place, now, now.plus_millis(delay * 1000));
    }
    let before = klienter.tider.get(&place).copied();
    klienter.tider.insert(place.clone(), Tider::changed(before, now));
    match event {
        KlientEvent::Registrert(klient) => {
            klienter.alle.insert(place, Arc::new((**klient).clone()));
        }
        KlientEvent::Registrert2 { klient, tillegg } => {
            klienter.alle.insert(place, Arc::new(Klient { tillegg: tillegg.clone(), ..(**klient).clone() }));
        }
        KlientEvent::Avviklet { tjeneste, client_id } => {
            if let Some(klient) = klienter.alle.get_mut(&(*tjeneste, client_id.clone())) {
                Arc::make_mut(klient).aktiv = false;
            }
        }
        KlientEvent::UtstederFestet { utsteder, .. } => {
            if let Some(klient) = klienter.alle.get_mut(&place) {
                Arc::make_mut(klient).tillegg.utsteder = Some(utsteder.clone());
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

    #[test]
    fn the_rest_of_a_record_travels_beside_the_client_and_only_when_there_is_some() {
        let orgnr = (30_000_001..).find_map(Orgnummer::compose).unwrap();
        let plain = Klient::idporten("app", "App", orgnr, &["https://a.example/cb"]);
        let one = |klient: &Klient| {
            let mut events: Vec<_> = KlientEvent::registrert(klient.clone()).collect();
            assert_eq!(events.len(), 1);
            events.remove(0)
        };
        assert_eq!(one(&plain), KlientEvent::Registrert(Box::new(plain.clone())));
        assert!(!format!("{plain:?}").contains("tillegg"), "old logs are told in the same words");
        let mut full = plain;
        full.tillegg.backchannel_logout_uri = Some("http://localhost:4001/out".into());
        let event = one(&full);
        let bytes = postcard::to_allocvec(&event).unwrap();
        let read: KlientEvent = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(read, event, "what is read from the log is what was written");
        let mut town = Town::new(Arc::new(crate::town::model::tests_town::TestTown::eksempel()));
        apply(&mut town, &read);
        assert_eq!(**town.klienter.find(Tjeneste::Idporten, "app").unwrap(), full);
        assert!(!format!("{:?}", event.canonical()).contains("4001"));
    }

    #[test]
    fn a_pinned_issuer_is_in_the_log_until_the_client_is_registered_anew() {
        let orgnr = (30_000_001..).find_map(Orgnummer::compose).unwrap();
        let plain = Klient::maskinporten("maskin", "Maskin", orgnr, "k", "{}", &[]);
        let mut pinned = plain.clone();
        pinned.tillegg.utsteder = Some("http://localhost:2983/maskinporten/".into());
        let mut town = Town::new(Arc::new(crate::town::model::tests_town::TestTown::eksempel()));
        for (klient, events) in [(&pinned, 2), (&plain, 1)] {
            let written: Vec<KlientEvent> = KlientEvent::registrert(klient.clone()).collect();
            assert_eq!(written.len(), events);
            for event in written {
                let bytes = postcard::to_allocvec(&event).unwrap();
                apply(&mut town, &postcard::from_bytes(&bytes).unwrap());
                assert!(!format!("{:?}", event.canonical()).contains("2983"));
            }
            assert_eq!(**town.klienter.find(Tjeneste::Maskinporten, "maskin").unwrap(), *klient);
        }
    }
}
