//! Events of declared apps, subscriptions and deliveries.

use std::sync::Arc;

use crate::base::OriginKey;
use crate::clock::Instant;
use crate::town::state::{
    Abonnement, Abonnementsnoekkel, DeliveryTarget, Emne, Feilgrunn, Levering, Leveringer, LeveringsId, Tilstand, Town,
    without_loopback_port,
};

/// What happened around deliveries. The order of variants is part of the log encoding: append only.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum LeveringEvent {
    /// An app is declared, or its declaration is now this.
    AppErklaert(Box<DeliveryTarget>),
    /// An app is no longer declared.
    AppFjernet {
        /// Its name.
        navn: Arc<str>,
    },
    /// Somebody wants to be told.
    AbonnementOpprettet(Box<Abonnement>),
    /// The subscription is now this; its number stays.
    AbonnementEndret(Box<Abonnement>),
    /// Nobody wants to be told any more.
    AbonnementSlettet {
        /// Which subscription.
        noekkel: Abonnementsnoekkel,
    },
    /// There is something to tell.
    Opprettet {
        /// The delivery.
        id: LeveringsId,
        /// To whom.
        abonnement: Abonnementsnoekkel,
        /// What.
        emne: Emne,
        /// When that happened.
        tid: Instant,
    },
    /// The app took it.
    Levert {
        /// Which.
        id: LeveringsId,
        /// The status it was answered with.
        svar: u16,
    },
    /// The app did not take it; another attempt is planned.
    Feilet {
        /// Which.
        id: LeveringsId,
        /// Why.
        grunn: Feilgrunn,
        /// When it is tried again.
        neste: Instant,
    },
    /// It is not tried again by itself.
    Oppgitt {
        /// Which.
        id: LeveringsId,
        /// Why.
        grunn: Feilgrunn,
    },
    /// The time for another attempt has come.
    Klar {
        /// Which.
        id: LeveringsId,
    },
    /// Somebody had it sent once more.
    Gjentas {
        /// Which.
        id: LeveringsId,
        /// The time to sign; the one signed before when none.
        signert: Option<Instant>,
    },
}

impl LeveringEvent {
    /// The entities touched.
    #[must_use]
    pub fn entities(&self) -> Vec<OriginKey> {
        let app = |navn: &str| OriginKey::of("entity/app", &[navn.as_bytes()]);
        match self {
            Self::AppErklaert(declared) => vec![app(&declared.navn)],
            Self::AppFjernet { navn } => vec![app(navn)],
            Self::AbonnementOpprettet(abonnement) | Self::AbonnementEndret(abonnement) => vec![abonnement.noekkel.0],
            Self::AbonnementSlettet { noekkel } => vec![noekkel.0],
            Self::Opprettet { id, .. }
            | Self::Levert { id, .. }
            | Self::Feilet { id, .. }
            | Self::Oppgitt { id, .. }
            | Self::Klar { id }
            | Self::Gjentas { id, .. } => vec![id.0],
        }
    }

    /// The event without what differs from run to run: the free port an app on this machine happened to get.
    #[must_use]
    pub fn canonical(&self) -> Self {
        match self {
            Self::AppErklaert(app) => {
                Self::AppErklaert(Box::new(DeliveryTarget { url: app.url.canonical(), ..DeliveryTarget::clone(app) }))
            }
            Self::AbonnementOpprettet(abonnement) => Self::AbonnementOpprettet(canonical(abonnement)),
            Self::AbonnementEndret(abonnement) => Self::AbonnementEndret(canonical(abonnement)),
            Self::Opprettet {
                id,
                abonnement,
                emne: Emne::Utlogging { client_id, utsteder, sub, sid, person },
                tid,
            } => {
                let utsteder = without_loopback_port(utsteder).into();
                let (client_id, sub, sid) = (client_id.clone(), sub.clone(), sid.clone());
                let emne = Emne::Utlogging { client_id, utsteder, sub, sid, person: *person };
                Self::Opprettet { id: *id, abonnement: *abonnement, emne, tid: *tid }
            }
            other => other.clone(),
        }
    }
}

fn canonical(abonnement: &Abonnement) -> Box<Abonnement> {
    Box::new(Abonnement { adresse: abonnement.adresse.canonical(), ..abonnement.clone() })
}

/// Puts an event of deliveries into the town.
pub(super) fn apply(town: &mut Town, event: &LeveringEvent) {
    let now = town.now();
    let state = Arc::make_mut(&mut town.leveringer);
    match event {
        LeveringEvent::AppErklaert(app) => {
            state.apper.insert(app.navn.clone(), Arc::new(DeliveryTarget::clone(app)));
        }
        LeveringEvent::AppFjernet { navn } => {
            state.apper.remove(navn);
        }
        LeveringEvent::AbonnementOpprettet(abonnement) => opprettet(state, abonnement),
        LeveringEvent::AbonnementEndret(abonnement) => {
            if let Some(before) = state.abonnementer.get_mut(&abonnement.noekkel) {
                let (nummer, since) = (before.nummer, before.opprettet);
                *before = Arc::new(Abonnement { nummer, opprettet: since, ..Abonnement::clone(abonnement) });
            }
        }
        LeveringEvent::AbonnementSlettet { noekkel } => {
            if let Some(gone) = state.abonnementer.remove(noekkel) {
                state.etter_nummer.remove(&(gone.kilde, gone.nummer));
            }
        }
        LeveringEvent::Opprettet { id, abonnement, emne, tid } => {
            state.antall += 1;
            let nummer = state.antall;
            let levering = Levering {
                id: *id,
                nummer,
                abonnement: *abonnement,
                emne: emne.clone(),
                tid: *tid,
                signert: *tid,
                klar: *tid,
                forsoek: 0,
                paa_rad: 0,
                tilstand: Tilstand::Venter,
                endret: *tid,
            };
            state.alle.insert(nummer, Arc::new(levering));
            state.nummer_av.insert(*id, nummer);
            state.ventende.insert((*abonnement, nummer));
        }
        LeveringEvent::Levert { id, svar } => endre(state, *id, now, |levering| {
            levering.forsoek += 1;
            levering.tilstand = Tilstand::Levert { svar: *svar };
        }),
        LeveringEvent::Feilet { id, grunn, neste } => endre(state, *id, now, |levering| {
            levering.forsoek += 1;
            levering.paa_rad += 1;
            levering.tilstand = Tilstand::Feilet { grunn: *grunn, neste: *neste };
        }),
        LeveringEvent::Oppgitt { id, grunn } => endre(state, *id, now, |levering| {
            // Deleting a subscription is no attempt.
            levering.forsoek += u32::from(*grunn != Feilgrunn::AbonnementSlettet);
            levering.tilstand = Tilstand::Oppgitt { grunn: *grunn };
        }),
        LeveringEvent::Klar { id } => endre(state, *id, now, |levering| {
            levering.klar = now;
            levering.tilstand = Tilstand::Venter;
        }),
        LeveringEvent::Gjentas { id, signert } => endre(state, *id, now, |levering| {
            levering.signert = signert.unwrap_or(levering.signert);
            levering.klar = now;
            levering.paa_rad = 0;
            levering.tilstand = Tilstand::Venter;
        }),
    }
}

fn opprettet(state: &mut Leveringer, abonnement: &Abonnement) {
    let nummer = state.siste_nummer.get(&abonnement.kilde).copied().unwrap_or(0) + 1;
    state.siste_nummer.insert(abonnement.kilde, nummer);
    let same = Abonnement::slag(abonnement.kilde, &abonnement.navn, &abonnement.adresse);
    let before = state.laget.get(&same).copied().unwrap_or(0);
    state.laget.insert(same, before + 1);
    state.etter_nummer.insert((abonnement.kilde, nummer), abonnement.noekkel);
    let abonnement = Abonnement { nummer, ..abonnement.clone() };
    state.abonnementer.insert(abonnement.noekkel, Arc::new(abonnement));
}

fn endre(state: &mut Leveringer, id: LeveringsId, now: Instant, change: impl FnOnce(&mut Levering)) {
    let Some(nummer) = state.nummer_av.get(&id).copied() else { return };
    let Some(levering) = state.alle.get_mut(&nummer) else { return };
    let levering = Arc::make_mut(levering);
    change(levering);
    levering.endret = now;
    let place = (levering.abonnement, nummer);
    if levering.tilstand == Tilstand::Venter {
        state.ventende.insert(place);
    } else {
        state.ventende.remove(&place);
    }
    if levering.tilstand.is_over() {
        state.ferdige.insert(nummer);
        state.glem();
    } else {
        state.ferdige.remove(&nummer);
    }
}
