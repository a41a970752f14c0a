//! A hall with one small town and a courier at work.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::super::{Courier, CourierSettings, Line, Resolver, Standing, SystemResolver, standing};
use super::receiver::LIMIT;
use crate::access::{Access, Rendered, Rendering, Writing};
use crate::clock::Span;
use crate::journal::MemoryJournal;
use crate::observe::Observe;
use crate::town::decide::tests_melding::melding;
use crate::town::decide::{LeveringCommand, NyttAbonnement, PostCommand};
use crate::town::model::tests_town::TestTown;
use crate::town::model::tests_town::rolle::KARI;
use crate::town::state::{
    Appadresse, DeliveryTarget, Emne, Gjentak, Levering, LeveringsId, Leveringskilde, MeldingsId, Meldingsfilter,
    Tilstand, Town, Utvalg,
};
use crate::town::{Cause, Command};
use crate::townhall::{Blobs, MAIN, TownHall, World};

/// Writes what is needed to tell deliveries apart.
pub(super) fn rendering(writing: &Writing<'_>) -> Option<Rendered> {
    let levering = writing.levering;
    Some(Rendered {
        method: "POST",
        headers: vec![("content-type", "application/json".into())],
        body: Bytes::from(format!("{{\"emne\":\"{}\",\"tid\":\"{}\"}}", levering.emne.word(), levering.tid)),
        operation: match levering.emne {
            Emne::Ping => "test.ping",
            _ => "test.status",
        },
        message: None,
        patience: None,
    })
}

const RENDERINGS: &[(&str, Rendering)] = &[("eformidling", rendering)];

pub(super) struct Verden {
    pub(super) hall: TownHall,
    pub(super) observe: Observe,
    _stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Drop for Verden {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Verden {
    pub(super) fn new() -> Self {
        Self::with(RENDERINGS, Observe::default())
    }

    pub(super) fn with(renderings: &[(&'static str, Rendering)], observe: Observe) -> Self {
        Self::made(renderings, observe, CourierSettings::default(), Arc::new(SystemResolver))
    }

    pub(super) fn resolving(settings: CourierSettings, resolver: Arc<dyn Resolver>) -> Self {
        Self::made(RENDERINGS, Observe::default(), settings, resolver)
    }

    fn made(
        renderings: &[(&'static str, Rendering)],
        observe: Observe,
        settings: CourierSettings,
        resolver: Arc<dyn Resolver>,
    ) -> Self {
        let hall = TownHall::open(Arc::new(MemoryJournal::default()), Blobs::default()).unwrap();
        hall.create_on(TestTown::eksempel(), MAIN);
        let courier = Courier::with_resolver(
            (hall.clone(), Access::new()),
            observe.clone(),
            || 0,
            settings,
            renderings,
            resolver,
        );
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(courier.run(stopped));
        Self { hall, observe, _stop: stop, task }
    }

    pub(super) fn world(&self, name: &str) -> World {
        self.hall.world(name).unwrap()
    }

    pub(super) async fn deliver(&self, world: &str, command: LeveringCommand) {
        self.world(world).command(Command::Levering(command), Cause::of("test", &[])).await.unwrap();
    }

    pub(super) async fn declare(&self, world: &str, navn: &str, url: &str) {
        self.declare_private(world, navn, url, false).await;
    }

    pub(super) async fn declare_private(&self, world: &str, navn: &str, url: &str, privat: bool) {
        let app = DeliveryTarget { navn: navn.into(), url: Appadresse::parse(url).unwrap(), privat };
        self.deliver(world, LeveringCommand::ErklaerApp(app)).await;
    }

    /// Subscribes to everything about messages; the id of the ping.
    pub(super) async fn subscribe(&self, world: &str, navn: &str, url: &str, gjentak: Gjentak) -> LeveringsId {
        let filter = Meldingsfilter::default();
        let nytt = NyttAbonnement {
            kilde: Leveringskilde::Eformidling,
            navn: navn.into(),
            adresse: Appadresse::parse(url).unwrap(),
            utvalg: Utvalg::Meldinger { bare_meldinger: false, bare_status: false, filter },
            gjentak,
        };
        self.deliver(world, LeveringCommand::Abonner(Box::new(nytt))).await;
        let town = self.world(world).town();
        let ping = town.leveringer.alle.values().rev().find(|levering| levering.emne == Emne::Ping);
        ping.unwrap().id
    }

    /// Creates message number `message` in each of `worlds`; the id of the first delivery about it.
    pub(super) async fn told(&self, worlds: &[&str], message: u128) -> LeveringsId {
        let mut first = None;
        for name in worlds {
            let world = self.world(name);
            let town = world.town();
            let ny = melding(&town, KARI, message);
            let command = Command::Post(PostCommand::OpprettMelding(Box::new(ny)));
            let done = world.command(command, Cause::of("test", &[&message.to_be_bytes()])).await.unwrap();
            let of = |levering: &&Arc<Levering>| matches!(levering.emne, Emne::Meldingsstatus { melding, .. } if melding.id == MeldingsId(message));
            first = first.or_else(|| done.town.leveringer.alle.values().find(of).map(|levering| levering.id));
        }
        first.unwrap()
    }

    pub(super) async fn advance(&self, world: &str, span: &str) {
        let world = self.world(world);
        let to = Span::parse(span).unwrap().after(world.town().now());
        world.advance(to).await.unwrap();
    }

    pub(super) fn levering(&self, world: &str, id: LeveringsId) -> (Arc<Town>, Levering) {
        let town = self.world(world).town();
        let levering = Levering::clone(town.leveringer.find(id).unwrap());
        (town, levering)
    }

    pub(super) fn line(&self, world: &str, id: LeveringsId) -> Line {
        let (town, levering) = self.levering(world, id);
        standing(&self.hall, &self.world(world), &town, &levering)
    }

    async fn wait(&self, what: &str, holds: impl Fn() -> bool) {
        let waiting = async {
            while !holds() {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        };
        assert!(tokio::time::timeout(LIMIT, waiting).await.is_ok(), "{what} never came");
    }

    /// Waits until the delivery has come so far.
    pub(super) async fn until(&self, world: &str, id: LeveringsId, standing: Standing) {
        self.wait(standing.word(), || self.line(world, id).standing == standing).await;
    }

    /// Waits until so many attempts have an outcome.
    pub(super) async fn until_attempts(&self, world: &str, id: LeveringsId, count: u32) {
        self.wait("an attempt", || self.levering(world, id).1.forsoek >= count).await;
    }

    /// Waits until the courier has nothing to do that is not held: a delivery to an app of its own has gone out behind
    /// everything before.
    pub(super) async fn quiet(&self) {
        let app = super::receiver::Receiver::start().await;
        let name = format!("probe {}", app.url);
        self.hall.outgoing().declare(&name, &Appadresse::parse(&app.url).unwrap(), false);
        self.hall.attach(&app.url, MAIN).unwrap();
        let id = self.subscribe(MAIN, &name, &format!("{}/probe", app.url), Gjentak::Aldri).await;
        self.wait("the probe", || self.levering(MAIN, id).1.tilstand != Tilstand::Venter).await;
        let noekkel = self.levering(MAIN, id).1.abonnement;
        self.deliver(MAIN, LeveringCommand::SlettAbonnement { noekkel }).await;
    }
}
