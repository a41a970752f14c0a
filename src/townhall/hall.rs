//! All worlds of a process: making, forking, dropping, and which app is attached to which.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::commit::{self, Job};
use super::past::{Checkpoints, replay};
use super::terms::{Limits, Terms};
use super::world::{Opening, Published};
use super::{Blobs, Outgoing, Snapshots, World};
use crate::clock::Instant;
use crate::journal::{FORMAT, Journal, JournalFault, LogItem, SnapshotFault, WorldHeader, WorldId};
use crate::population::{self, PopulationError, Spec};
use crate::town::Refusal;
use crate::town::model::{Base, BaseHeader};

/// What the town hall cannot do.
#[derive(Debug, thiserror::Error)]
pub enum HallError {
    /// The town says no.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The world's log could not be written; nothing more can happen in it.
    #[error("world `{world}` has stopped: {reason}")]
    Stopped {
        /// The world.
        world: String,
        /// Why.
        reason: String,
    },
    /// No such world.
    #[error("there is no world named `{0}`")]
    UnknownWorld(String),
    /// The name is taken or not allowed.
    #[error("`{0}` cannot be the name of a new world: {1}")]
    Name(String, &'static str),
    /// Too many worlds.
    #[error("limit `worlds` reached: {0} worlds are open")]
    TooManyWorlds(usize),
    /// A world has reached one of its limits.
    #[error("limit `{name}` of world `{world}` reached: {limit}")]
    Limit {
        /// Name of the limit.
        name: &'static str,
        /// The world.
        world: String,
        /// How much it may do.
        limit: u64,
    },
    /// The log has no such item.
    #[error("the log of world `{world}` ends at item {head}, there is no item {seq}")]
    NoSuchItem {
        /// The world.
        world: String,
        /// The item asked for.
        seq: u64,
        /// The last item.
        head: u64,
    },
    /// The base cannot be made.
    #[error(transparent)]
    Population(#[from] PopulationError),
    /// The clock of the world is being moved already.
    #[error("the clock of world `{0}` is being moved already")]
    ClockBusy(String),
    /// The store failed.
    #[error(transparent)]
    Journal(#[from] JournalFault),
    /// The snapshot cannot be used.
    #[error("the snapshot cannot be used: {0}")]
    Snapshot(#[from] SnapshotFault),
    /// Too many snapshots are kept.
    #[error("limit `snapshots` reached: {0}")]
    TooManySnapshots(String),
    /// The stored world was made from columns this program no longer makes.
    #[error("world `{0}` was made by another generator: its base digest is {1}, this program makes {2}")]
    OtherBase(String, String, String),
}

/// Inputs of a new world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorldSpec {
    /// Its name.
    pub name: String,
    /// Inputs of its base.
    pub base: Spec,
}

/// A world in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorldInfo {
    /// Name.
    pub name: String,
    /// Name of the parent, if it is a fork and the parent is still there.
    pub parent: Option<String>,
    /// Where it was forked.
    pub forked_at: Option<u64>,
    /// Virtual time.
    pub now: Instant,
    /// Items in the log.
    pub seq: u64,
    /// How long it is kept without use; for ever when not set.
    pub ttl: Option<Duration>,
    /// Free words about it.
    pub labels: BTreeMap<String, String>,
    /// Apps attached to it.
    pub attached: Vec<String>,
}

/// The default world.
pub const MAIN: &str = "main";
/// What the cause of commands says that belong to setting a world up: a reset keeps them, when nothing else came before.
pub const SETUP: &str = "setting up the town";
/// Longest name of a world (`specs/experience.md` §9).
const MAX_NAME: usize = 40;

/// Worlds by name, and names of worlds that are being made.
#[derive(Default)]
pub(super) struct Register {
    pub(super) named: BTreeMap<String, World>,
    claimed: BTreeSet<String>,
}

/// A base while somebody uses it. The lock is held while it is made, so that nobody makes the same one twice.
pub(super) type Slot = Arc<Mutex<Weak<Base>>>;

pub(super) struct Inner {
    pub(super) journal: Arc<dyn Journal>,
    pub(super) commits: Sender<Job>,
    pub(super) worlds: Mutex<Register>,
    pub(super) bases: Mutex<BTreeMap<BaseHeader, Slot>>,
    pub(super) attached: Mutex<BTreeMap<String, String>>,
    outgoing: Outgoing,
    limits: Mutex<Limits>,
    /// Held while terms are written down.
    terms: Mutex<()>,
    next_id: AtomicU64,
    pub(super) epoch: u64,
    blobs: Blobs,
    snapshots: Snapshots,
}

/// The town hall. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct TownHall(pub(super) Arc<Inner>);

/// A name kept for a world that is being made, until dropped.
pub(super) struct Claim<'a> {
    hall: &'a TownHall,
    pub(super) name: String,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        held(&self.hall.0.worlds).claimed.remove(&self.name);
    }
}

impl std::fmt::Debug for TownHall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TownHall")
    }
}

pub(super) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TownHall {
    /// Opens the hall over `journal`: every stored world is replayed and its base checked by digest.
    ///
    /// # Errors
    /// When the store is damaged or a world's base can no longer be made.
    pub fn open(journal: Arc<dyn Journal>, blobs: Blobs) -> Result<Self, HallError> {
        let headers = journal.worlds()?;
        let next = journal.next_world()?.0;
        let outgoing = Outgoing::default();
        let hall = Self(Arc::new(Inner {
            commits: commit::start(journal.clone(), outgoing.clone()),
            journal,
            worlds: Mutex::default(),
            bases: Mutex::default(),
            attached: Mutex::default(),
            outgoing,
            limits: Mutex::default(),
            terms: Mutex::default(),
            next_id: AtomicU64::new(next),
            epoch: 1,
            blobs,
            snapshots: Snapshots::default(),
        }));
        for header in headers {
            hall.reopen(header)?;
        }
        Ok(hall)
    }

    fn reopen(&self, header: WorldHeader) -> Result<(), HallError> {
        let base = self.stored_base(&header)?;
        let terms = Terms::read(&header.terms, &header.name)?.unwrap_or_else(|| self.terms(None));
        self.0.journal.open(header.id, self.0.epoch)?;
        let journal = self.0.journal.as_ref();
        let (start, mut checkpoints) = match header.parent {
            // Parents are opened before their forks; one that was dropped is replayed by way of the fork.
            Some((parent, at)) => match self.by_incarnation(parent.0) {
                Some(parent) => (self.moment_at(&parent, at)?, Checkpoints::clone(&parent.checkpoints().until(at))),
                None => (replay(journal, header.id, Published::first(base), at, |_, _, _| {})?, Checkpoints::default()),
            },
            None => (Published::first(base), Checkpoints::default()),
        };
        let (mut beginning, began_with) = (start.clone(), start.ledger.weight());
        let now = replay(journal, header.id, start, u64::MAX, |item, town, ledger| {
            let published = || Published { town: Arc::new(town.clone()), ledger: ledger.clone() };
            if item.cause.what == SETUP && beginning.seq() + 1 == item.seq {
                beginning = published();
            }
            if checkpoints.is_due(item.seq) {
                checkpoints.offer(&published());
            }
        })?;
        let world = self.open_world(header, (beginning, began_with), now, Arc::new(checkpoints), terms);
        if let Some(older) = held(&self.0.worlds).named.insert(world.name().to_owned(), world) {
            // Killed in the middle of a reset: the older one is what was to go.
            self.0.journal.drop_world(older.id())?;
        }
        Ok(())
    }

    pub(super) fn open_world(
        &self,
        header: WorldHeader,
        (beginning, began_with): (Published, u64),
        now: Published,
        checkpoints: Arc<Checkpoints>,
        terms: Terms,
    ) -> World {
        let (epoch, commits) = (self.0.epoch, self.0.commits.clone());
        World::new(Opening { header, epoch, beginning, now, began_with, checkpoints, terms, commits })
    }

    /// The terms of a world that is kept for `ttl` without use.
    pub(super) fn terms(&self, ttl: Option<Duration>) -> Terms {
        Terms { ttl, labels: BTreeMap::new(), limits: self.limits() }
    }

    /// Sets the terms under which `world` is kept, here and in the store.
    ///
    /// # Errors
    /// When the world is gone or the store cannot write them down; then they stay as they were.
    pub fn set_terms(&self, world: &World, terms: Terms) -> Result<(), HallError> {
        // One after the other, so that the store holds what was set last.
        let _turn = held(&self.0.terms);
        self.0.journal.set_terms(world.id(), &terms.written()).map_err(|fault| match fault {
            JournalFault::UnknownWorld(_) => HallError::UnknownWorld(world.name().to_owned()),
            other => other.into(),
        })?;
        world.set_terms(terms);
        Ok(())
    }

    /// The limits new worlds are made with.
    #[must_use]
    pub fn limits(&self) -> Limits {
        *held(&self.0.limits)
    }

    /// Sets the limits new worlds are made with.
    pub fn set_limits(&self, limits: Limits) {
        *held(&self.0.limits) = limits;
    }

    /// The base of `spec`: made once, shared by all its worlds, and gone with the last of them.
    ///
    /// # Errors
    /// When the inputs are not possible.
    pub fn base(&self, spec: &Spec) -> Result<Arc<Base>, HallError> {
        let slot = {
            let mut bases = held(&self.0.bases);
            bases.retain(|_, slot| Arc::strong_count(slot) > 1 || held(slot).strong_count() > 0);
            bases.entry(spec.header()).or_default().clone()
        };
        let mut made = held(&slot);
        if let Some(base) = made.upgrade() {
            return Ok(base);
        }
        let base = Arc::new(population::generate(spec)?);
        *made = Arc::downgrade(&base);
        Ok(base)
    }

    /// How many bases are in use.
    #[must_use]
    pub fn bases(&self) -> usize {
        held(&self.0.bases).values().filter(|slot| held(slot).strong_count() > 0).count()
    }

    /// The store of large bytes.
    #[must_use]
    pub fn blobs(&self) -> &Blobs {
        &self.0.blobs
    }

    /// The snapshots kept here.
    #[must_use]
    pub fn snapshots(&self) -> &Snapshots {
        &self.0.snapshots
    }

    /// The world named `name`.
    #[must_use]
    pub fn world(&self, name: &str) -> Option<World> {
        held(&self.0.worlds).named.get(name).cloned()
    }

    /// The world with this incarnation.
    #[must_use]
    pub fn by_incarnation(&self, incarnation: u64) -> Option<World> {
        held(&self.0.worlds).named.values().find(|world| world.incarnation() == incarnation).cloned()
    }

    /// Keeps `name` for a world that is about to be made.
    pub(super) fn claim(&self, name: &str) -> Result<Claim<'_>, HallError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(allowed) {
            return Err(HallError::Name(name.to_owned(), "use 1 to 40 letters a-z, digits and hyphens"));
        }
        let most = self.limits().worlds;
        let mut worlds = held(&self.0.worlds);
        if worlds.named.contains_key(name) || worlds.claimed.contains(name) {
            return Err(HallError::Name(name.to_owned(), "there is one already"));
        }
        let count = worlds.named.len() + worlds.claimed.len();
        if count >= most {
            return Err(HallError::TooManyWorlds(count));
        }
        worlds.claimed.insert(name.to_owned());
        Ok(Claim { hall: self, name: name.to_owned() })
    }

    /// Keeps the name of `world` while another takes its place; `None` when somebody is at that already.
    pub(super) fn claim_place(&self, world: &World) -> Option<Claim<'_>> {
        let mut worlds = held(&self.0.worlds);
        let is_there = worlds.named.get(world.name()).is_some_and(|there| there.incarnation() == world.incarnation());
        let claimed = is_there && worlds.claimed.insert(world.name().to_owned());
        claimed.then(|| Claim { hall: self, name: world.name().to_owned() })
    }

    pub(super) fn next_id(&self) -> WorldId {
        WorldId(self.0.next_id.fetch_add(1, Ordering::SeqCst))
    }

    /// Makes a world from inputs.
    ///
    /// # Errors
    /// When the name is taken or the base cannot be made.
    pub fn create(&self, spec: &WorldSpec) -> Result<World, HallError> {
        let claim = self.claim(&spec.name)?;
        let base = self.base(&spec.base)?;
        self.open_on(base, claim)
    }

    /// Makes a world on columns made elsewhere: a town small enough to know by heart.
    #[cfg(test)]
    pub(crate) fn create_on(&self, mut base: Base, name: &str) -> World {
        if base.digest == crate::base::Digest::default() {
            base.digest = population::digest(&base);
        }
        let claim = self.claim(name).expect("a free name");
        self.open_on(Arc::new(base), claim).expect("a hall of memory")
    }

    fn open_on(&self, base: Arc<Base>, claim: Claim<'_>) -> Result<World, HallError> {
        let terms = self.terms(None);
        let header = WorldHeader {
            id: self.next_id(),
            name: claim.name.clone(),
            base: base.header.clone(),
            base_digest: base.digest,
            parent: None,
            format: FORMAT,
            terms: terms.written(),
        };
        self.0.journal.keep_columns(&base)?;
        self.0.journal.create(&header)?;
        self.0.journal.open(header.id, self.0.epoch)?;
        let first = Published::first(base);
        let world = self.open_world(header, (first.clone(), 0), first, Arc::default(), terms);
        Ok(self.enter(world, claim))
    }

    /// Puts a new world into the list, under the name that was kept for it.
    pub(super) fn enter(&self, world: World, claim: Claim<'_>) -> World {
        held(&self.0.worlds).named.insert(claim.name.clone(), world.clone());
        self.0.outgoing.look_at(&world, &world.town());
        world
    }

    /// Ends every watch on a world, so that streams over them come to their end. The worlds themselves go on.
    pub fn close(&self) {
        held(&self.0.worlds).named.values().for_each(|world| world.moments().end());
    }

    /// Name of the world `world` was forked from, while that is still there.
    #[must_use]
    pub fn parent_name(&self, world: &World) -> Option<String> {
        let (parent, _) = world.header().parent?;
        Some(self.by_incarnation(parent.0)?.name().to_owned())
    }

    /// At most `limit` items of the published log of `world`, from item `from` on.
    ///
    /// # Errors
    /// When the store cannot read it.
    pub fn log(&self, world: &World, from: u64, limit: usize) -> Result<Vec<LogItem>, HallError> {
        // Items behind the published head are still on their way to the store.
        let due = (world.ledger().head().seq + 1).saturating_sub(from.max(1));
        let limit = limit.min(usize::try_from(due).unwrap_or(usize::MAX));
        Ok(self.0.journal.read(world.id(), from, limit)?)
    }

    /// All worlds, by name.
    #[must_use]
    pub fn worlds(&self) -> Vec<WorldInfo> {
        let worlds: Vec<World> = held(&self.0.worlds).named.values().cloned().collect();
        let names: BTreeMap<u64, &str> = worlds.iter().map(|world| (world.incarnation(), world.name())).collect();
        let mut attached: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (app, world) in held(&self.0.attached).iter() {
            attached.entry(world.clone()).or_default().push(app.clone());
        }
        let info = |world: &World| {
            let parent = world.header().parent;
            let terms = world.terms();
            WorldInfo {
                name: world.name().to_owned(),
                parent: parent.and_then(|(id, _)| names.get(&id.0)).map(|name| (*name).to_owned()),
                forked_at: parent.map(|(_, at)| at),
                now: world.town().now(),
                seq: world.ledger().head().seq,
                ttl: terms.ttl,
                labels: terms.labels,
                attached: attached.get(world.name()).cloned().unwrap_or_default(),
            }
        };
        worlds.iter().map(info).collect()
    }

    /// Attaches `app` (a client id or an app's origin) to `world`: requests of it that name no world go there.
    ///
    /// # Errors
    /// When there is no such world.
    pub fn attach(&self, app: &str, world: &str) -> Result<(), HallError> {
        if self.world(world).is_none() {
            return Err(HallError::UnknownWorld(world.to_owned()));
        }
        held(&self.0.attached).insert(app.to_owned(), world.to_owned());
        // What was held may go now.
        self.look_at_deliveries();
        Ok(())
    }

    /// Sends `app` back to the default world.
    pub fn detach(&self, app: &str) {
        held(&self.0.attached).remove(app);
        self.look_at_deliveries();
    }

    /// Which app is attached to which world.
    pub(super) fn attachments(&self) -> BTreeMap<String, String> {
        held(&self.0.attached).clone()
    }

    /// What is to be sent, and where it may be sent to.
    #[must_use]
    pub fn outgoing(&self) -> &Outgoing {
        &self.0.outgoing
    }

    /// Every world.
    pub(super) fn all_worlds(&self) -> Vec<World> {
        held(&self.0.worlds).named.values().cloned().collect()
    }

    /// The world `app` is attached to; the default world when to none.
    #[must_use]
    pub fn attached(&self, app: &str) -> String {
        held(&self.0.attached).get(app).cloned().unwrap_or_else(|| MAIN.to_owned())
    }
}
