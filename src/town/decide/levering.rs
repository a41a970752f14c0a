//! Decisions on deliveries: declared apps, subscriptions, who is told of an event, what follows from an attempt.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::Refusal;
use crate::base::OriginKey;
use crate::clock::Instant;
use crate::town::apply::{LeveringEvent, PostEvent};
use crate::town::event::{Event, FolkEvent, TidEvent};
use crate::town::state::{
    Abonnement, Abonnementsnoekkel, Appadresse, DeliveryTarget, Due, DueClass, DueKey, Emne, Feilgrunn, Gjentak,
    Levering, LeveringDue, LeveringsId, Leveringskilde, Melding, Meldingsfilter, Meldingsnoekkel, Status, Tilstand,
    Town, Utvalg,
};

/// Subscriptions a world may have.
const MAX_ABONNEMENTER: usize = 1_000;
/// Apps a world may have declared.
const MAX_APPER: usize = 1_000;
/// Longest name of an app or a subscription, bytes.
const LENGSTE_NAVN: usize = 255;

/// A subscription as somebody wants it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NyttAbonnement {
    /// Who is to send.
    pub kilde: Leveringskilde,
    /// What the app calls it.
    pub navn: String,
    /// Where to.
    pub adresse: Appadresse,
    /// What it wants to hear of.
    pub utvalg: Utvalg,
    /// How often a failed delivery is tried again.
    pub gjentak: Gjentak,
}

impl NyttAbonnement {
    /// Everything `kilde` tells, tried as often as it does by itself: once by the integration point, eight times by us.
    #[must_use]
    pub fn standard(kilde: Leveringskilde, navn: &str, adresse: Appadresse) -> Self {
        let (utvalg, gjentak) = match kilde {
            Leveringskilde::Eformidling => (
                Utvalg::Meldinger { bare_meldinger: false, bare_status: false, filter: Meldingsfilter::default() },
                Gjentak::Aldri,
            ),
            Leveringskilde::Byteby => (Utvalg::Registerendringer, Gjentak::Standard),
            Leveringskilde::Idporten | Leveringskilde::Ansattporten => (Utvalg::Utlogginger, Gjentak::Aldri),
        };
        Self { kilde, navn: navn.to_owned(), adresse, utvalg, gjentak }
    }
}

/// What became of an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Utfall {
    /// Answered with this status of 2xx.
    Levert(u16),
    /// Not taken.
    Feilet(Feilgrunn),
}

/// A client to be told that a session has ended (`specs/eid.md` §3.12).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Utloggingsvarsel {
    /// The client.
    pub client_id: String,
    /// Its address for that.
    pub adresse: Appadresse,
    /// What it is told.
    pub emne: Emne,
}

/// What apps, people and the courier do about deliveries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LeveringCommand {
    /// Declares an app, or changes its declaration.
    ErklaerApp(DeliveryTarget),
    /// Takes an app's declaration back.
    FjernApp {
        /// Its name.
        navn: String,
    },
    /// Subscribes.
    Abonner(Box<NyttAbonnement>),
    /// Changes a subscription.
    EndreAbonnement {
        /// Which.
        noekkel: Abonnementsnoekkel,
        /// What it is to be.
        nytt: Box<NyttAbonnement>,
    },
    /// Ends a subscription. What was not sent yet is given up.
    SlettAbonnement {
        /// Which.
        noekkel: Abonnementsnoekkel,
    },
    /// Ends every subscription of a source.
    SlettAlle {
        /// Of which source.
        kilde: Leveringskilde,
    },
    /// An attempt is over. Nothing happens when the delivery has gone on in the meantime.
    Utfall {
        /// Which delivery.
        levering: LeveringsId,
        /// Attempts with an outcome before this one.
        etter: u32,
        /// What became of it.
        utfall: Utfall,
    },
    /// Tells clients that a session has ended.
    Utlogging {
        /// Which login service.
        kilde: Leveringskilde,
        /// Whom, and what.
        varsler: Vec<Utloggingsvarsel>,
    },
    /// Sends a delivery once more.
    Gjenta {
        /// Which.
        levering: LeveringsId,
        /// Signed with the time it is now, instead of to the byte as before.
        signer: bool,
    },
}

impl Abonnement {
    /// What subscriptions that differ only in their ordinal have in common. The port of an address on this machine is no
    /// part of it, so that a run with another free port makes the same ids.
    #[must_use]
    pub fn slag(kilde: Leveringskilde, navn: &str, adresse: &Appadresse) -> OriginKey {
        let adresse = adresse.canonical().to_string();
        OriginKey::of("abonnement", &[kilde.name().as_bytes(), navn.as_bytes(), adresse.as_bytes()])
    }
}

/// Decides a command on deliveries.
pub(super) fn decide(town: &Town, command: &LeveringCommand) -> Result<Vec<Event>, Refusal> {
    let state = &town.leveringer;
    let one = |event| Ok(vec![Event::Levering(event)]);
    match command {
        LeveringCommand::ErklaerApp(app) => erklaer(town, app),
        LeveringCommand::FjernApp { navn } => match state.apper.get(navn.as_str()) {
            Some(app) => one(LeveringEvent::AppFjernet { navn: app.navn.clone() }),
            None => Err(Refusal::new("unknown_app", format!("no app `{navn}` is declared"))),
        },
        LeveringCommand::Abonner(nytt) => abonner(town, nytt),
        LeveringCommand::EndreAbonnement { noekkel, nytt } => endre(town, *noekkel, nytt),
        LeveringCommand::SlettAbonnement { noekkel } => {
            if !state.abonnementer.contains_key(noekkel) {
                return Err(Refusal::new("unknown_subscription", "there is no such subscription"));
            }
            Ok(slett(town, *noekkel))
        }
        LeveringCommand::SlettAlle { kilde } => {
            Ok(state.av(*kilde).flat_map(|abonnement| slett(town, abonnement.noekkel)).collect())
        }
        LeveringCommand::Utfall { levering, etter, utfall } => Ok(match state.find(*levering) {
            Some(found) if found.tilstand == Tilstand::Venter && found.forsoek == *etter => {
                vurder(town, found, *utfall)
            }
            _ => Vec::new(),
        }),
        LeveringCommand::Utlogging { kilde, varsler } => utlogging(town, *kilde, varsler),
        LeveringCommand::Gjenta { levering, signer } => gjenta(town, *levering, *signer),
    }
}

fn navn_er_brukbart(what: &str, navn: &str) -> Result<(), Refusal> {
    if navn.trim().is_empty() || navn.len() > LENGSTE_NAVN || navn.chars().any(char::is_control) {
        let reason = format!("the name of {what} has 1 to {LENGSTE_NAVN} bytes and no control characters");
        return Err(Refusal::new("bad_name", reason));
    }
    Ok(())
}

fn erklaer(town: &Town, app: &DeliveryTarget) -> Result<Vec<Event>, Refusal> {
    navn_er_brukbart("an app", &app.navn)?;
    match town.leveringer.apper.get(&app.navn) {
        Some(before) if **before == *app => Ok(Vec::new()),
        None if town.leveringer.apper.len() >= MAX_APPER => {
            Err(Refusal::new("too_many_apps", format!("limit `apps` reached: {MAX_APPER} apps are declared")))
        }
        _ => Ok(vec![Event::Levering(LeveringEvent::AppErklaert(Box::new(app.clone())))]),
    }
}

/// Name and address of a subscription are unique within its source (`specs/eformidling.md` §12).
fn er_ledig(town: &Town, nytt: &NyttAbonnement, but: Option<Abonnementsnoekkel>) -> Result<(), Refusal> {
    navn_er_brukbart("a subscription", &nytt.navn)?;
    let mut others = town.leveringer.av(nytt.kilde).filter(|other| Some(other.noekkel) != but);
    if others.any(|other| *other.navn == *nytt.navn && other.adresse == nytt.adresse) {
        let reason = format!("a subscription `{}` to {} exists already", nytt.navn, nytt.adresse);
        return Err(Refusal::new("subscription_exists", reason));
    }
    Ok(())
}

fn abonner(town: &Town, nytt: &NyttAbonnement) -> Result<Vec<Event>, Refusal> {
    er_ledig(town, nytt, None)?;
    if town.leveringer.abonnementer.len() >= MAX_ABONNEMENTER {
        let reason = format!("limit `subscriptions` reached: there are {MAX_ABONNEMENTER}");
        return Err(Refusal::new("too_many_subscriptions", reason));
    }
    let same = Abonnement::slag(nytt.kilde, &nytt.navn, &nytt.adresse);
    let ordinal = town.leveringer.laget.get(&same).copied().unwrap_or(0);
    let noekkel = Abonnementsnoekkel(same.child("abonnement", ordinal));
    let abonnement = som(nytt, noekkel, town.now());
    let mut events = vec![Event::Levering(LeveringEvent::AbonnementOpprettet(Box::new(abonnement)))];
    if matches!(nytt.utvalg, Utvalg::Meldinger { .. }) {
        events.push(ny_levering(town, &[], noekkel, Emne::Ping, town.now()));
    }
    Ok(events)
}

/// A delivery to each client; the first time also what makes its address one that is delivered to.
fn utlogging(town: &Town, kilde: Leveringskilde, varsler: &[Utloggingsvarsel]) -> Result<Vec<Event>, Refusal> {
    let mut events = Vec::new();
    for varsel in varsler {
        let fits = |one: &&Arc<Abonnement>| *one.navn == *varsel.client_id && one.adresse == varsel.adresse;
        let noekkel = match town.leveringer.av(kilde).find(fits) {
            Some(known) => known.noekkel,
            None => {
                let nytt = NyttAbonnement::standard(kilde, &varsel.client_id, varsel.adresse.clone());
                let abonner = abonner(town, &nytt)?;
                let made = abonner.iter().find_map(|event| match event {
                    Event::Levering(LeveringEvent::AbonnementOpprettet(made)) => Some(made.noekkel),
                    _ => None,
                });
                events.extend(abonner);
                let Some(made) = made else { continue };
                made
            }
        };
        let event = ny_levering(town, &events, noekkel, varsel.emne.clone(), town.now());
        events.push(event);
    }
    Ok(events)
}

fn som(nytt: &NyttAbonnement, noekkel: Abonnementsnoekkel, opprettet: Instant) -> Abonnement {
    Abonnement {
        noekkel,
        nummer: 0,
        kilde: nytt.kilde,
        navn: nytt.navn.as_str().into(),
        adresse: nytt.adresse.clone(),
        utvalg: nytt.utvalg.clone(),
        gjentak: nytt.gjentak,
        opprettet,
    }
}

fn endre(town: &Town, noekkel: Abonnementsnoekkel, nytt: &NyttAbonnement) -> Result<Vec<Event>, Refusal> {
    let before = town.leveringer.abonnementer.get(&noekkel);
    let before = before.ok_or_else(|| Refusal::new("unknown_subscription", "there is no such subscription"))?;
    er_ledig(town, nytt, Some(noekkel))?;
    let after = Abonnement { kilde: before.kilde, ..som(nytt, noekkel, before.opprettet) };
    if (Abonnement { nummer: 0, ..Abonnement::clone(before) }) == after {
        return Ok(Vec::new());
    }
    let moved = before.adresse != after.adresse && matches!(after.utvalg, Utvalg::Meldinger { .. });
    let mut events = vec![Event::Levering(LeveringEvent::AbonnementEndret(Box::new(after)))];
    if moved {
        events.push(ny_levering(town, &[], noekkel, Emne::Ping, town.now()));
    }
    Ok(events)
}

fn slett(town: &Town, noekkel: Abonnementsnoekkel) -> Vec<Event> {
    let of_it = |levering: &&Arc<Levering>| levering.abonnement == noekkel && !levering.tilstand.is_over();
    let mut events = Vec::new();
    for levering in town.leveringer.alle.values().filter(of_it) {
        if let Tilstand::Feilet { neste, .. } = levering.tilstand {
            events.push(Event::Tid(TidEvent::TattOpp(due_key(levering, neste))));
        }
        let grunn = Feilgrunn::AbonnementSlettet;
        events.push(Event::Levering(LeveringEvent::Oppgitt { id: levering.id, grunn }));
    }
    events.push(Event::Levering(LeveringEvent::AbonnementSlettet { noekkel }));
    events
}

fn gjenta(town: &Town, id: LeveringsId, signer: bool) -> Result<Vec<Event>, Refusal> {
    let found = town.leveringer.find(id);
    let found = found.ok_or_else(|| Refusal::new("unknown_delivery", "there is no such delivery"))?;
    if !town.leveringer.abonnementer.contains_key(&found.abonnement) {
        let reason = "the subscription of this delivery was deleted, so there is nowhere to send it";
        return Err(Refusal::new("subscription_gone", reason));
    }
    let mut events = Vec::new();
    match found.tilstand {
        // It is going out anyway.
        Tilstand::Venter if !signer => return Ok(Vec::new()),
        Tilstand::Feilet { neste, .. } => events.push(Event::Tid(TidEvent::TattOpp(due_key(found, neste)))),
        _ => {}
    }
    let signert = signer.then(|| town.now());
    events.push(Event::Levering(LeveringEvent::Gjentas { id, signert }));
    Ok(events)
}

/// What follows from an attempt. The next one is counted from when this one could go, so that it does not depend on how
/// long the app took.
fn vurder(town: &Town, levering: &Levering, utfall: Utfall) -> Vec<Event> {
    let id = levering.id;
    let grunn = match utfall {
        Utfall::Levert(svar) => return vec![Event::Levering(LeveringEvent::Levert { id, svar })],
        Utfall::Feilet(grunn) => grunn,
    };
    let gjentak = town.leveringer.abonnementer.get(&levering.abonnement).map_or(Gjentak::Aldri, |found| found.gjentak);
    let wait = gjentak.ventetider().get(levering.paa_rad as usize).filter(|_| !grunn.is_endelig());
    let Some(wait) = wait else { return vec![Event::Levering(LeveringEvent::Oppgitt { id, grunn })] };
    let neste = levering.klar.plus_millis(*wait);
    vec![
        Event::Levering(LeveringEvent::Feilet { id, grunn, neste }),
        Event::Tid(TidEvent::Planlagt(due_key(levering, neste), Due::Levering(LeveringDue { levering: id }))),
    ]
}

fn due_key(levering: &Levering, at: Instant) -> DueKey {
    DueKey { at, class: DueClass::Scripted, kind: LeveringDue::KIND, origin: levering.id.0, ordinal: 0 }
}

/// Decides an attempt whose time has come.
pub(super) fn decide_due(town: &Town, due: LeveringDue) -> Vec<Event> {
    let waits = |levering: &&Arc<Levering>| matches!(levering.tilstand, Tilstand::Feilet { .. });
    let found = town.leveringer.find(due.levering).filter(waits);
    found.map(|levering| Event::Levering(LeveringEvent::Klar { id: levering.id })).into_iter().collect()
}

fn ny_levering(town: &Town, so_far: &[Event], abonnement: Abonnementsnoekkel, emne: Emne, tid: Instant) -> Event {
    let taken = |id: &LeveringsId| {
        let made =
            |event: &Event| matches!(event, Event::Levering(LeveringEvent::Opprettet { id: other, .. }) if other == id);
        town.leveringer.nummer_av.contains_key(id) || so_far.iter().any(made)
    };
    let id = (0..).map(|ordinal| LeveringsId::of(abonnement, &emne, ordinal)).find(|id| !taken(id));
    let id = id.expect("ordinals do not run out before deliveries do");
    Event::Levering(LeveringEvent::Opprettet { id, abonnement, emne, tid })
}

/// A delivery for everybody who wanted to be told of one of `events` in `town`, before they happened; `after` they did.
pub(super) fn meld(town: &Town, after: &Town, events: &[Event]) -> Vec<Event> {
    let mut told = Vec::new();
    for event in events {
        let Some((emne, tid)) = emne(town, after, events, event) else { continue };
        for kilde in Leveringskilde::ALL {
            for abonnement in town.leveringer.av(kilde).filter(|abonnement| abonnement.utvalg.vil_ha(&emne)) {
                told.push(ny_levering(town, &told, abonnement.noekkel, emne.clone(), tid));
            }
        }
    }
    told
}

/// What there is to tell about `event`, one of `events`, and when it happened.
fn emne(town: &Town, after: &Town, events: &[Event], event: &Event) -> Option<(Emne, Instant)> {
    let wanted =
        |fits: fn(&Utvalg) -> bool| town.leveringer.abonnementer.values().any(|abonnement| fits(&abonnement.utvalg));
    match event {
        Event::Post(PostEvent::MeldingOpprettet(melding)) => {
            Some((meldingsstatus(melding, Status::Opprettet, None), melding.opprettet))
        }
        Event::Post(PostEvent::StatusRegistrert { melding, status, tid, beskrivelse, .. }) => {
            let known = town.post.samtale(*melding).map(|samtale| samtale.melding.clone());
            let melding = known.or_else(|| nettopp_opprettet(events, *melding))?;
            Some((meldingsstatus(&melding, *status, beskrivelse.clone()), *tid))
        }
        Event::Folk(FolkEvent::Registrert(change)) if wanted(|utvalg| *utvalg == Utvalg::Registerendringer) => {
            // The number may be given in this very transaction.
            let nummer = after.person_by_key(change.person)?.nummer();
            Some((Emne::Registerendring { person: change.person, nummer, slag: change.slag }, change.registrert))
        }
        _ => None,
    }
}

fn meldingsstatus(melding: &Melding, status: Status, beskrivelse: Option<Arc<str>>) -> Emne {
    Emne::Meldingsstatus {
        melding: melding.noekkel,
        samtale: melding.samtale,
        tjeneste: melding.tjeneste(),
        status,
        beskrivelse,
    }
}

fn nettopp_opprettet(events: &[Event], noekkel: Meldingsnoekkel) -> Option<Arc<Melding>> {
    events.iter().find_map(|event| match event {
        Event::Post(PostEvent::MeldingOpprettet(melding)) if melding.noekkel == noekkel => {
            Some(Arc::new(Melding::clone(melding)))
        }
        _ => None,
    })
}
