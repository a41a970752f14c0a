//! The delivery log: how far each delivery has come, and in words why it did or did not go out.

use crate::town::Town;
use crate::town::model::PersonKey;
use crate::town::state::{Abonnement, Emne, Feilgrunn, Levering, Tilstand};
use crate::townhall::{TownHall, Withheld, World};

/// How far a delivery has come, as people are told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Kept back until an app is attached or declared.
    Held,
    /// In the queue.
    Waiting,
    /// On its way, not answered yet.
    Sent,
    /// Taken by the app.
    Delivered,
    /// Not taken; tried again.
    Failed,
    /// Not taken; not tried again by itself.
    GivenUp,
}

impl Standing {
    /// The word of the admin API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::GivenUp => "given up",
        }
    }
}

/// One line of the delivery log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// How far it has come.
    pub standing: Standing,
    /// Why, in one sentence without a full stop.
    pub reason: String,
    /// Its subscription, while that is there.
    pub subscription: Option<std::sync::Arc<Abonnement>>,
}

/// How far `levering` of `world` has come. `town` is the one it was found in.
#[must_use]
pub fn standing(hall: &TownHall, world: &World, town: &Town, levering: &Levering) -> Line {
    let subscription = town.leveringer.abonnementer.get(&levering.abonnement).cloned();
    let (standing, reason) = match levering.tilstand {
        Tilstand::Venter if hall.outgoing().is_under_way(world.incarnation(), levering.id) => {
            (Standing::Sent, "sent, or about to be, and not answered yet".to_owned())
        }
        Tilstand::Venter => match hall.held_back(world, town, levering) {
            None => (Standing::Waiting, "waits for its turn".to_owned()),
            Some(why) => (Standing::Held, withheld(world, subscription.as_deref(), &why)),
        },
        Tilstand::Levert { svar } => (Standing::Delivered, format!("the app answered {svar}")),
        Tilstand::Feilet { grunn, neste } => {
            (Standing::Failed, format!("{}; the next attempt is due at {neste}", fault(grunn)))
        }
        Tilstand::Oppgitt { grunn } => (Standing::GivenUp, given_up(grunn, subscription.as_deref(), levering)),
    };
    Line { standing, reason, subscription }
}

/// Why `levering` is where it is.
#[must_use]
pub fn reason(hall: &TownHall, world: &World, town: &Town, levering: &Levering) -> String {
    standing(hall, world, town, levering).reason
}

fn withheld(world: &World, subscription: Option<&Abonnement>, why: &Withheld) -> String {
    let origin = subscription.map(|subscription| subscription.adresse.origin()).unwrap_or_default();
    match why {
        Withheld::Elsewhere(other) => format!(
            "the app at {origin} is attached to world `{other}`, not to `{0}`; attach it with PUT /worlds/{0}/attach",
            world.name()
        ),
        Withheld::Undeclared => {
            format!("no app is declared at {origin}; declare it with PUT /worlds/{}/apps/NAME", world.name())
        }
        Withheld::NoSubscription => "its subscription is gone".to_owned(),
    }
}

fn given_up(grunn: Feilgrunn, subscription: Option<&Abonnement>, levering: &Levering) -> String {
    let said = fault(grunn);
    if grunn.is_endelig() {
        return said;
    }
    let retries = subscription.map_or(0, |subscription| subscription.gjentak.ventetider().len());
    match retries {
        0 => format!("{said}; this subscription is tried once"),
        _ => format!("{said}; that was attempt {} and the last", levering.paa_rad + 1),
    }
}

/// Why an attempt failed.
pub(super) fn fault(grunn: Feilgrunn) -> String {
    let said = match grunn {
        Feilgrunn::Svar(status) => return format!("the app answered {status}"),
        Feilgrunn::Omdirigert(status) => {
            return format!("the app answered {status}, a redirect, and redirects are not followed");
        }
        Feilgrunn::UkjentVert => "the name of the host is not known",
        Feilgrunn::IkkeTilkoblet => "nobody listens at the address",
        Feilgrunn::Tidsavbrudd => "there was no answer in time",
        Feilgrunn::Brutt => "the connection broke before the answer was complete",
        Feilgrunn::Tls => "the app's certificate or handshake was not accepted",
        Feilgrunn::IkkeHttp => "what came back is not HTTP",
        Feilgrunn::ForbudtAdresse => "link-local, metadata, multicast and unspecified addresses are never sent to",
        Feilgrunn::PrivatAdresse => {
            "the address is private: a public name that leads there is refused unless the app is declared `private`, and on \
             a hosted server always"
        }
        Feilgrunn::IkkeModellert => "this town does not know how this service writes such a delivery",
        Feilgrunn::AbonnementSlettet => "its subscription was deleted first",
    };
    said.to_owned()
}

/// The people a delivery is about.
pub(super) fn people(town: &Town, levering: &Levering) -> Vec<PersonKey> {
    match &levering.emne {
        Emne::Ping => Vec::new(),
        Emne::Meldingsstatus { melding, .. } => {
            town.post.samtale(*melding).map(|samtale| samtale.melding.til).into_iter().collect()
        }
        Emne::Registerendring { person, .. } => vec![*person],
        Emne::Utlogging { person, .. } => person.iter().copied().collect(),
    }
}
