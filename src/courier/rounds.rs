//! Which deliveries go now, and one attempt from the town and back into it.

use std::sync::{Arc, PoisonError};

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::transport::{Answer, Parcel, Way};
use super::{Courier, reason, secret, sign, words};
use crate::access::{Clocks, Rendered, Writing};
use crate::observe::{self, Direction, Finding, Note, RequestEntry};
use crate::town::apply::LeveringEvent;
use crate::town::decide::{Cause, Command, LeveringCommand, Utfall};
use crate::town::state::{Abonnement, Feilgrunn, Levering, LeveringsId, Tilstand};
use crate::town::{Event, Town};
use crate::townhall::{Withheld, World};

/// Bytes of a body kept in the record (`specs/experience.md` §5).
const KEPT_BODY: usize = 256 << 10;
/// Log items looked through for the one that made a delivery.
const LOOKED_BACK: usize = 256;

impl Courier {
    /// Sends what is to be sent, in every world, until `stopped`. Attempts under way then are given up without an outcome
    /// and made again when somebody carries on.
    pub async fn run(self, mut stopped: watch::Receiver<bool>) {
        let mut attempts = JoinSet::new();
        self.0.hall.look_at_deliveries();
        loop {
            tokio::select! {
                worlds = self.0.hall.outgoing().worlds() => {
                    for world in worlds.into_iter().filter_map(|world| self.0.hall.by_incarnation(world)) {
                        self.round(&world, &mut attempts);
                    }
                }
                Some(_) = attempts.join_next(), if !attempts.is_empty() => {}
                _ = stopped.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Begins an attempt at the first waiting delivery of every subscription of `world` that has none under way.
    fn round(&self, world: &World, attempts: &mut JoinSet<()>) {
        if !self.is_open(world) {
            return;
        }
        let town = world.town();
        for levering in town.leveringer.foerste_ventende() {
            match self.0.hall.held_back(world, &town, levering) {
                None if self.0.hall.outgoing().begin(world.incarnation(), levering.id) => {
                    attempts.spawn(self.clone().carry(world.clone(), levering.id));
                }
                None => {}
                Some(why) => self.note_held(world, &town, levering, &why),
            }
        }
    }

    /// The world is still the one of its name, and takes outcomes.
    fn is_open(&self, world: &World) -> bool {
        let now = self.0.hall.world(world.name());
        !world.is_stopped() && now.is_some_and(|now| now.incarnation() == world.incarnation())
    }

    async fn carry(self, world: World, id: LeveringsId) {
        let under_way = UnderWay { courier: &self, world: &world, id };
        let per_second = world.terms().limits.deliveries;
        let wait = self.0.pace.turn(world.incarnation(), per_second, Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        let Ok(_permit) = self.0.permits.acquire().await else { return };
        // Much may have happened while it stood in the queue.
        let town = world.town();
        let waits = |levering: &&Arc<Levering>| levering.tilstand == Tilstand::Venter;
        let Some(levering) = town.leveringer.find(id).filter(waits).cloned() else { return };
        if !self.is_open(&world) || self.0.hall.held_back(&world, &town, &levering).is_some() {
            return;
        }
        let Some(abonnement) = town.leveringer.abonnementer.get(&levering.abonnement).cloned() else { return };
        let made_by = self.made_by(&world, id);
        let attempt = Attempt { world: &world, town: &town, levering: &levering, abonnement: &abonnement };
        let (rendered, answer) = self.attempt(&attempt).await;
        self.record(&attempt, rendered.as_ref(), &answer);
        let utfall = match &answer {
            Ok(Answer { status: 200..=299, .. }) => Utfall::Levert(answer.as_ref().map_or(0, |answer| answer.status)),
            Ok(Answer { status: status @ 300..=399, .. }) => Utfall::Feilet(Feilgrunn::Omdirigert(*status)),
            Ok(Answer { status, .. }) => Utfall::Feilet(Feilgrunn::Svar(*status)),
            Err(grunn) => Utfall::Feilet(*grunn),
        };
        if let Utfall::Feilet(grunn @ (Feilgrunn::ForbudtAdresse | Feilgrunn::PrivatAdresse)) = utfall {
            self.note_refused(&world, &town, &abonnement, &words::fault(grunn));
        }
        let parts = [levering.id.0.0.to_be_bytes(), u128::from(levering.forsoek).to_be_bytes()];
        let mut cause = Cause::of("delivery", &[&parts[0], &parts[1]]);
        cause.parent = made_by;
        let command = LeveringCommand::Utfall { levering: id, etter: levering.forsoek, utfall };
        if let Err(error) = world.command(Command::Levering(command), cause).await {
            tracing::warn!(world = world.name(), %error, "what became of a delivery could not be written down");
        }
        drop(under_way);
    }

    /// Writes the delivery down, signs it and sends it.
    async fn attempt(&self, attempt: &Attempt<'_>) -> (Option<Rendered>, Result<Answer, Feilgrunn>) {
        let Attempt { world, town, levering, abonnement } = attempt;
        let rendering = self.0.renderings.get(abonnement.kilde.name());
        let state = self.0.access.of_world(world.incarnation(), town.base.header.seed);
        let clocks = Clocks { wall_ms: (self.0.wall)(), world: town.now() };
        let writing = Writing { town, levering, state: &state, clocks };
        let Some(rendered) = rendering.and_then(|rendering| rendering(&writing)) else {
            return (None, Err(Feilgrunn::IkkeModellert));
        };
        let private = self.0.hall.outgoing().declared(town, &abonnement.adresse).unwrap_or(false);
        let secret = secret(town.base.header.seed, abonnement.noekkel);
        let mut headers = rendered.headers.clone();
        headers.extend([
            ("byteby-delivery", levering.id.to_string()),
            ("byteby-signature", sign(&secret, levering.id, levering.signert.seconds(), &rendered.body)),
            ("byteby-time", levering.signert.to_string()),
            ("byteby-world", world.name().to_owned()),
        ]);
        let parcel = Parcel { method: rendered.method, headers, body: rendered.body.clone() };
        let (mut settings, resolver, roots) = (self.0.settings.clone(), self.0.resolver.as_ref(), &self.0.roots);
        if let Some(patience) = rendered.patience {
            (settings.connect, settings.answer) = (patience.connect, patience.answer);
        }
        let answer = Way { settings: &settings, resolver, roots, private }.send(&abonnement.adresse, parcel).await;
        (Some(rendered), answer)
    }

    fn record(&self, attempt: &Attempt<'_>, rendered: Option<&Rendered>, answer: &Result<Answer, Feilgrunn>) {
        let Attempt { world, town, levering, abonnement } = attempt;
        let (status, body) = answer.as_ref().map_or((0, bytes::Bytes::new()), |it| (it.status, it.body.clone()));
        let sent = rendered.map(|rendered| rendered.body.clone()).unwrap_or_default();
        let path = abonnement.adresse.path();
        let (path, query) = path.split_once('?').unwrap_or((&path, ""));
        let origin = abonnement.adresse.origin();
        let app = town.leveringer.app_paa(&origin).map_or_else(|| origin.clone(), |app| app.navn.to_string());
        let standing = answer.as_ref().err().map(|grunn| words::fault(*grunn));
        self.0.observe.record(RequestEntry {
            request_id: self.0.observe.arrival(world.incarnation()),
            direction: Direction::Out,
            world: world.name().to_owned(),
            incarnation: world.incarnation(),
            at: town.now(),
            wall_ms: (self.0.wall)(),
            note: Note {
                service: abonnement.kilde.name(),
                operation: rendered.map_or("", |rendered| rendered.operation),
                about: words::people(town, levering),
                message: rendered.and_then(|rendered| rendered.message.clone()),
                ..Note::default()
            },
            app: Some(app),
            method: rendered.map_or("POST", |rendered| rendered.method).to_owned(),
            path: format!("{origin}{}", self.0.observe.tripwire.redacted_text(path)),
            query: self.0.observe.tripwire.redacted_text(query),
            status,
            request_body: observe::Body::bounded(&sent, KEPT_BODY),
            response_body: observe::Body::bounded(&self.0.observe.tripwire.redacted(&body), KEPT_BODY),
            hint: standing,
            cause: self.made_by(world, levering.id),
            seq: world.ledger().head().seq,
            ..RequestEntry::default()
        });
    }

    /// The log item that made the delivery, when it is among the last ones.
    fn made_by(&self, world: &World, id: LeveringsId) -> Option<u64> {
        let head = world.ledger().head().seq;
        let from = head.saturating_sub(LOOKED_BACK as u64 - 1).max(1);
        let items = self.0.hall.log(world, from, LOOKED_BACK).ok()?;
        let makes = |event: &Event| {
            matches!(event, Event::Levering(
                LeveringEvent::Opprettet { id: made, .. } | LeveringEvent::Gjentas { id: made, .. }
            ) if *made == id)
        };
        items.iter().rev().find(|item| item.events.iter().any(makes)).map(|item| item.seq)
    }

    fn note_held(&self, world: &World, town: &Town, levering: &Levering, why: &Withheld) {
        let Withheld::Undeclared = why else { return };
        if let Some(abonnement) = town.leveringer.abonnementer.get(&levering.abonnement) {
            let said = reason(&self.0.hall, world, town, levering);
            self.note_refused(world, town, abonnement, &said);
        }
    }

    /// Notes once for each subscription that something is not sent.
    fn note_refused(&self, world: &World, town: &Town, abonnement: &Abonnement, why: &str) {
        let place = (world.incarnation(), abonnement.noekkel);
        if !self.0.noted.lock().unwrap_or_else(PoisonError::into_inner).insert(place) {
            return;
        }
        self.0.observe.findings.note(Finding {
            id: 0,
            incarnation: world.incarnation(),
            kind: "delivery-refused",
            at: town.now(),
            detail: format!("subscription `{}` to {}: {why}", abonnement.navn, abonnement.adresse),
            request: None,
            app: Some(abonnement.adresse.origin()),
            seq: world.ledger().head().seq,
        });
    }
}

/// What an attempt is about.
struct Attempt<'a> {
    world: &'a World,
    town: &'a Town,
    levering: &'a Levering,
    abonnement: &'a Abonnement,
}

/// Takes a delivery off the list of those under way, also when its attempt is dropped, and has its world looked at again:
/// what could not begin because of it may begin now.
struct UnderWay<'a> {
    courier: &'a Courier,
    world: &'a World,
    id: LeveringsId,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let outgoing = self.courier.0.hall.outgoing();
        outgoing.end(self.world.incarnation(), self.id);
        if self.courier.is_open(self.world) {
            outgoing.look_at(self.world, &self.world.town());
        }
    }
}
