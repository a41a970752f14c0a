//! Events of the registers behind the login and token services.

use std::sync::Arc;

use imbl::OrdMap;

use crate::base::{Orgnummer, OriginKey};
use crate::clock::Instant;
use crate::town::model::PersonKey;
use crate::town::state::{
    Arbeidsregel, Bryter, Delegering, Oppfoering, Representasjonsnoekkel, Samtykke, Samtykkegiver, Scope, Systembruker,
    Tider, Tilgang, Town,
};

/// What happened in one of the registers. The order of variants is the wire tag of the log encoding: append only.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum EidEvent {
    /// The scope is now this.
    Scope(Box<Scope>),
    /// An owner said yes or no.
    Tilgang {
        /// To which scope.
        scope: String,
        /// To whom.
        konsument: Orgnummer,
        /// What.
        tilstand: Tilgang,
    },
    /// A delegation was made or taken back.
    Delegert {
        /// Which.
        delegering: Delegering,
        /// Whether it holds.
        gjelder: bool,
    },
    /// The system user is now this.
    Systembruker(Box<Systembruker>),
    /// The consent is now this.
    Samtykke(Box<Samtykke>),
    /// Somebody may act for an organisation with these rights; with none, not any more.
    Representasjon {
        /// Who, for whom, in what.
        noekkel: Representasjonsnoekkel,
        /// What may be done.
        rettigheter: Vec<String>,
    },
    /// A switch was touched.
    Bryter {
        /// Which.
        bryter: Bryter,
        /// How it stands.
        paa: bool,
    },
    /// The employer's rule of this name is now this.
    Arbeidsregel {
        /// Whose.
        arbeidsgiver: Orgnummer,
        /// What.
        regel: Box<Arbeidsregel>,
    },
    /// The employer's rule of this name is gone.
    ArbeidsregelFjernet {
        /// Whose.
        arbeidsgiver: Orgnummer,
        /// Its name.
        id: String,
    },
    /// Changes of clients take this many seconds from now on.
    Forsinkelse(u32),
}

impl EidEvent {
    /// The entities touched.
    #[must_use]
    pub fn entities(&self) -> Vec<OriginKey> {
        let number = |orgnr: &Orgnummer| orgnr.value().to_be_bytes();
        let person = |key: &PersonKey| OriginKey::of("entity/person", &[&key.bytes()]);
        match self {
            Self::Scope(scope) => vec![OriginKey::of("entity/scope", &[scope.navn.as_bytes()])],
            Self::Tilgang { scope, konsument, .. } => {
                vec![OriginKey::of("entity/tilgang", &[scope.as_bytes(), &number(konsument)])]
            }
            Self::Delegert { delegering: Delegering { konsument, leverandoer, scope }, .. } => {
                let parts: [&[u8]; 3] = [&number(konsument), &number(leverandoer), scope.as_bytes()];
                vec![OriginKey::of("entity/delegering", &parts)]
            }
            Self::Systembruker(bruker) => {
                let noekkel = &bruker.noekkel;
                let parts: [&[u8]; 3] =
                    [noekkel.client_id.as_bytes(), &number(&noekkel.kunde), noekkel.ekstern_ref.as_bytes()];
                vec![OriginKey::of("entity/systembruker", &parts)]
            }
            Self::Samtykke(samtykke) => {
                let own = OriginKey::of("entity/samtykke", &[samtykke.id.as_bytes()]);
                match &samtykke.fra {
                    Samtykkegiver::Person(giver) => vec![own, person(giver)],
                    Samtykkegiver::Virksomhet(_) => vec![own],
                }
            }
            Self::Representasjon { noekkel, .. } => vec![
                person(&noekkel.person),
                OriginKey::of("entity/representasjon", &[&number(&noekkel.orgnr), noekkel.ressurs.as_bytes()]),
            ],
            Self::Bryter { bryter, .. } => vec![OriginKey::of("entity/bryter", &[bryter.name().as_bytes()])],
            Self::Arbeidsregel { arbeidsgiver, regel } => {
                vec![OriginKey::of("entity/arbeidsregel", &[&number(arbeidsgiver), regel.id.as_bytes()])]
            }
            Self::ArbeidsregelFjernet { arbeidsgiver, id } => {
                vec![OriginKey::of("entity/arbeidsregel", &[&number(arbeidsgiver), id.as_bytes()])]
            }
            Self::Forsinkelse(_) => vec![OriginKey::of("entity/bryter", &[b"propagation_delay"])],
        }
    }

    /// The person it is about.
    #[must_use]
    pub fn person(&self) -> Option<PersonKey> {
        match self {
            Self::Samtykke(samtykke) => match samtykke.fra {
                Samtykkegiver::Person(giver) => Some(giver),
                Samtykkegiver::Virksomhet(_) => None,
            },
            Self::Representasjon { noekkel, .. } => Some(noekkel.person),
            _ => None,
        }
    }

    /// What happened, in one word.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Scope(_) => "scope_endret",
            Self::Tilgang { .. } => "tilgang_endret",
            Self::Delegert { .. } => "delegering_endret",
            Self::Systembruker(_) => "systembruker_endret",
            Self::Samtykke(_) => "samtykke_endret",
            Self::Representasjon { .. } => "representasjon_endret",
            Self::Bryter { .. } => "bryter_endret",
            Self::Arbeidsregel { .. } => "arbeidsregel_endret",
            Self::ArbeidsregelFjernet { .. } => "arbeidsregel_fjernet",
            Self::Forsinkelse(_) => "forsinkelse_endret",
        }
    }
}

/// Enters `verdi` under `noekkel`; what stood there was made when it was made.
fn enter<K: Ord + Clone, V: Clone>(register: &mut OrdMap<K, Oppfoering<V>>, noekkel: K, verdi: V, now: Instant) {
    let before = register.get(&noekkel).map(|oppfoering| oppfoering.tider);
    register.insert(noekkel, Oppfoering { verdi, tider: Tider::changed(before, now) });
}

/// Puts an event of the registers into the town.
pub(super) fn apply(town: &mut Town, event: &EidEvent) {
    let now = town.now();
    let came_with_town = |scope: &Scope| town.scope(&scope.navn).is_some().then(|| town.scope_tider(&scope.navn));
    let before = if let EidEvent::Scope(scope) = event { came_with_town(scope) } else { None };
    let eid = Arc::make_mut(&mut town.eid);
    match event {
        EidEvent::Scope(scope) => {
            let oppfoering = Oppfoering { verdi: Arc::new((**scope).clone()), tider: Tider::changed(before, now) };
            eid.scopes.insert(scope.navn.clone(), oppfoering);
        }
        EidEvent::Tilgang { scope, konsument, tilstand } => {
            enter(&mut eid.tilganger, (scope.clone(), *konsument), *tilstand, now);
        }
        EidEvent::Delegert { delegering, gjelder } => {
            enter(&mut eid.delegeringer, delegering.clone(), *gjelder, now);
        }
        EidEvent::Systembruker(bruker) => {
            enter(&mut eid.systembrukere, bruker.noekkel.clone(), Arc::new((**bruker).clone()), now);
        }
        EidEvent::Samtykke(samtykke) => {
            enter(&mut eid.samtykker, samtykke.id.clone(), Arc::new((**samtykke).clone()), now);
        }
        EidEvent::Representasjon { noekkel, rettigheter } => {
            enter(&mut eid.representasjoner, noekkel.clone(), rettigheter.as_slice().into(), now);
        }
        EidEvent::Bryter { bryter, paa } => {
            eid.brytere.insert(*bryter, *paa);
        }
        EidEvent::Arbeidsregel { arbeidsgiver, regel } => {
            eid.arbeidsregler.insert((*arbeidsgiver, regel.id.clone()), Arc::new((**regel).clone()));
        }
        EidEvent::ArbeidsregelFjernet { arbeidsgiver, id } => {
            eid.arbeidsregler.remove(&(*arbeidsgiver, id.clone()));
        }
        EidEvent::Forsinkelse(sekunder) => eid.forsinkelse = *sekunder,
    }
}
