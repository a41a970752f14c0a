//! What the town hall tells the courier: which worlds have deliveries to be looked at, which apps the server's settings
//! declare, which world an app is attached to, and what is on its way right now.
//!
//! A table of the server, not of a town: forks share none of it (`DESIGN` §5).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::{MAIN, TownHall, World};
use crate::town::Town;
use crate::town::state::{Abonnement, Appadresse, Levering, LeveringsId, Utvalg};

/// The name under which everything without a sign of its own is attached while an app has the town to itself.
pub const EVERYBODY: &str = "*";

/// Why a delivery that waits is not sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Withheld {
    /// Its app is attached to another world, the named one.
    Elsewhere(String),
    /// No app is declared at its origin.
    Undeclared,
    /// Its subscription was deleted.
    NoSubscription,
}

#[derive(Default)]
struct Table {
    /// Incarnations of worlds that have something to send since they were last looked at. Not the worlds themselves: the
    /// thread that notes them must not be what keeps them.
    worlds: BTreeSet<u64>,
    /// Apps the server's settings declare: origin by name, and whether it may be private.
    declared: BTreeMap<String, (String, bool)>,
    /// On their way: incarnation and delivery.
    under_way: BTreeSet<(u64, LeveringsId)>,
}

/// The table. Cheap to clone; all clones are the same.
#[derive(Clone, Default)]
pub struct Outgoing {
    table: Arc<Mutex<Table>>,
    something: Arc<Notify>,
}

impl Outgoing {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has `world` looked at, when it has deliveries that wait.
    pub fn look_at(&self, world: &World, town: &Town) {
        if !town.leveringer.ventende.is_empty() {
            self.table().worlds.insert(world.incarnation());
            self.something.notify_one();
        }
    }

    /// Waits until there are worlds to look at, and gives their incarnations.
    pub async fn worlds(&self) -> BTreeSet<u64> {
        loop {
            let worlds = std::mem::take(&mut self.table().worlds);
            if !worlds.is_empty() {
                return worlds;
            }
            self.something.notified().await;
        }
    }

    /// Declares the app `name` at `url` for every world of this server.
    pub fn declare(&self, name: &str, url: &Appadresse, private: bool) {
        self.table().declared.insert(name.to_owned(), (url.origin(), private));
    }

    /// Whether the settings call the app at `origin` so.
    fn is_called(&self, origin: &str, name: &str) -> bool {
        self.table().declared.get(name).is_some_and(|(there, _)| there == origin)
    }

    /// Whether an app is declared at `address` in `town` or by the server's settings, and whether it may be private.
    #[must_use]
    pub fn declared(&self, town: &Town, address: &Appadresse) -> Option<bool> {
        let origin = address.origin();
        let table = self.table();
        let by_server = table.declared.values().filter(|(there, _)| *there == origin).map(|(_, private)| *private);
        let by_town = town.leveringer.app_paa(&origin).map(|app| app.privat);
        by_server.chain(by_town).reduce(|one, other| one || other)
    }

    /// Notes that `levering` of the world with this incarnation is on its way; `false` when it is already.
    #[must_use]
    pub fn begin(&self, incarnation: u64, levering: LeveringsId) -> bool {
        self.table().under_way.insert((incarnation, levering))
    }

    /// The attempt begun before is over.
    pub fn end(&self, incarnation: u64, levering: LeveringsId) {
        self.table().under_way.remove(&(incarnation, levering));
    }

    /// Whether `levering` is on its way right now.
    #[must_use]
    pub fn is_under_way(&self, incarnation: u64, levering: LeveringsId) -> bool {
        self.table().under_way.contains(&(incarnation, levering))
    }
}

impl TownHall {
    /// The world deliveries to `address` go out of: where the app is attached by its address or a declared name, else
    /// where everybody is, else the default world.
    #[must_use]
    pub fn delivers_from(&self, town: &Town, address: &Appadresse) -> String {
        let origin = address.origin();
        let named = |key: &str| {
            Appadresse::parse(key).is_ok_and(|key| key.origin() == origin)
                || town.leveringer.apper.get(key).is_some_and(|app| app.url.origin() == origin)
                || self.outgoing().is_called(&origin, key)
        };
        let attached = self.attachments();
        let by_name = attached.iter().find(|(key, _)| named(key)).map(|(_, world)| world);
        by_name.or_else(|| attached.get(EVERYBODY)).cloned().unwrap_or_else(|| MAIN.to_owned())
    }

    /// Why `levering` of `world`, which waits, is not sent; `None` when nothing keeps it back.
    #[must_use]
    pub fn held_back(&self, world: &World, town: &Town, levering: &Levering) -> Option<Withheld> {
        let Some(abonnement) = town.leveringer.abonnementer.get(&levering.abonnement) else {
            return Some(Withheld::NoSubscription);
        };
        self.holds(world, town, abonnement)
    }

    /// Why nothing of `abonnement` is sent out of `world`.
    #[must_use]
    pub fn holds(&self, world: &World, town: &Town, abonnement: &Abonnement) -> Option<Withheld> {
        // A session belongs to one world, and whoever was given tokens in it is told from there. The address is not chosen
        // by whoever listens: it stands in a client's registration, on the host its log-ins return to.
        if abonnement.utvalg == Utvalg::Utlogginger {
            return None;
        }
        let from = self.delivers_from(town, &abonnement.adresse);
        if from != world.name() {
            return Some(Withheld::Elsewhere(from));
        }
        self.outgoing().declared(town, &abonnement.adresse).is_none().then_some(Withheld::Undeclared)
    }

    /// Deliveries of `world` that have still to be answered, held ones not counted: while there is one, the town has not
    /// settled (`specs/experience.md` §8.4).
    #[must_use]
    pub fn deliveries_due(&self, world: &World) -> usize {
        let town = world.town();
        if town.leveringer.ventende.is_empty() {
            return 0;
        }
        let sent = |abonnement: &Abonnement| self.holds(world, &town, abonnement).is_none();
        let open = town.leveringer.abonnementer.values().filter(|abonnement| sent(abonnement));
        let of = |abonnement: &Abonnement| {
            let noekkel = abonnement.noekkel;
            town.leveringer.ventende.range((noekkel, 0)..=(noekkel, u64::MAX)).count()
        };
        open.map(|abonnement| of(abonnement)).sum()
    }

    /// Has every world looked at: at the start, and when attachments or declarations of the server have changed.
    pub fn look_at_deliveries(&self) {
        for world in self.all_worlds() {
            self.outgoing().look_at(&world, &world.town());
        }
    }
}
