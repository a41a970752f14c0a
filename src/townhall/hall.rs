//! All worlds of a process: making, forking, dropping, and which app is attached to which.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::commit::{self, Job};
use super::{Blobs, Ledger, Outgoing, World};
use crate::base::OriginKey;
use crate::clock::Instant;
use crate::journal::{FORMAT, Journal, JournalFault, LogItem, WorldHeader, WorldId};
use crate::population::{self, PopulationError, Spec};
use crate::town::model::{Base, BaseHeader};
use crate::town::{Refusal, Town, apply};

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
    /// The base cannot be made.
    #[error(transparent)]
    Population(#[from] PopulationError),
    /// The store failed.
    #[error(transparent)]
    Journal(#[from] JournalFault),
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
}

/// The default world.
pub const MAIN: &str = "main";
/// Most worlds one process holds.
const MAX_WORLDS: usize = 10_000;
/// Longest name of a world (`specs/experience.md` §9).
const MAX_NAME: usize = 40;

/// Log items held in memory at once while a world is replayed.
const READ_AT_ONCE: usize = 4_096;

struct Inner {
    journal: Arc<dyn Journal>,
    commits: Sender<Job>,
    worlds: Mutex<BTreeMap<String, World>>,
    bases: Mutex<BTreeMap<BaseHeader, Arc<Base>>>,
    attached: Mutex<BTreeMap<String, String>>,
    outgoing: Outgoing,
    next_id: AtomicU64,
    epoch: u64,
    blobs: Blobs,
}

/// The town hall. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct TownHall(Arc<Inner>);

impl std::fmt::Debug for TownHall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TownHall")
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
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
            next_id: AtomicU64::new(next),
            epoch: 1,
            blobs,
        }));
        for header in headers {
            hall.reopen(header)?;
        }
        Ok(hall)
    }

    fn reopen(&self, header: WorldHeader) -> Result<(), HallError> {
        let spec = Spec::of_header(&header.base);
        let base = self.base(&spec)?;
        if base.digest != header.base_digest {
            let (was, is) = (header.base_digest.to_string(), base.digest.to_string());
            return Err(HallError::OtherBase(header.name, was, is));
        }
        self.0.journal.open(header.id, self.0.epoch)?;
        let mut town = Town::new(base);
        let mut ledger = Ledger::default();
        loop {
            let items = self.0.journal.read(header.id, ledger.head().seq + 1, READ_AT_ONCE)?;
            for item in &items {
                item.events.iter().for_each(|event| apply(&mut town, event));
                ledger.book(item);
            }
            if items.len() < READ_AT_ONCE {
                break;
            }
        }
        let world = World::new(header.clone(), self.0.epoch, town, ledger, self.0.commits.clone());
        held(&self.0.worlds).insert(header.name, world);
        Ok(())
    }

    /// The base of `spec`, made once and shared by all its worlds.
    ///
    /// # Errors
    /// When the inputs are not possible.
    pub fn base(&self, spec: &Spec) -> Result<Arc<Base>, HallError> {
        let key = spec.header();
        if let Some(base) = held(&self.0.bases).get(&key) {
            return Ok(base.clone());
        }
        let base = Arc::new(population::generate(spec)?);
        Ok(held(&self.0.bases).entry(key).or_insert(base).clone())
    }

    /// The store of large bytes.
    #[must_use]
    pub fn blobs(&self) -> &Blobs {
        &self.0.blobs
    }

    /// The world named `name`.
    #[must_use]
    pub fn world(&self, name: &str) -> Option<World> {
        held(&self.0.worlds).get(name).cloned()
    }

    fn check_name(worlds: &BTreeMap<String, World>, name: &str) -> Result<(), HallError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(allowed) {
            return Err(HallError::Name(name.to_owned(), "use 1 to 40 letters a-z, digits and hyphens"));
        }
        if worlds.contains_key(name) {
            return Err(HallError::Name(name.to_owned(), "there is one already"));
        }
        if worlds.len() >= MAX_WORLDS {
            return Err(HallError::TooManyWorlds(worlds.len()));
        }
        Ok(())
    }

    fn next_id(&self) -> WorldId {
        WorldId(self.0.next_id.fetch_add(1, Ordering::SeqCst))
    }

    /// Makes a world from inputs.
    ///
    /// # Errors
    /// When the name is taken or the base cannot be made.
    pub fn create(&self, spec: &WorldSpec) -> Result<World, HallError> {
        Self::check_name(&held(&self.0.worlds), &spec.name)?;
        let base = self.base(&spec.base)?;
        self.open_on(base, &spec.name)
    }

    /// Makes a world on columns made elsewhere: a town small enough to know by heart.
    #[cfg(test)]
    pub(crate) fn create_on(&self, base: Base, name: &str) -> World {
        self.open_on(Arc::new(base), name).expect("a free name in a hall of memory")
    }

    fn open_on(&self, base: Arc<Base>, name: &str) -> Result<World, HallError> {
        let header = WorldHeader {
            id: self.next_id(),
            name: name.to_owned(),
            base: base.header.clone(),
            base_digest: base.digest,
            parent: None,
            format: FORMAT,
        };
        let mut worlds = held(&self.0.worlds);
        Self::check_name(&worlds, name)?;
        self.0.journal.create(&header)?;
        self.0.journal.open(header.id, self.0.epoch)?;
        let world = World::new(header, self.0.epoch, Town::new(base), Ledger::default(), self.0.commits.clone());
        worlds.insert(name.to_owned(), world.clone());
        Ok(world)
    }

    /// Forks `parent` as it is published now, under `name` or a name of its own. The fork starts detached: no app
    /// follows it unless attached.
    ///
    /// # Errors
    /// When there is no such parent or the name is taken.
    pub fn fork(&self, parent: &str, name: Option<&str>) -> Result<World, HallError> {
        let mut worlds = held(&self.0.worlds);
        let source = worlds.get(parent).cloned().ok_or_else(|| HallError::UnknownWorld(parent.to_owned()))?;
        let id = self.next_id();
        let name = name.map_or_else(|| Self::fork_name(id), str::to_owned);
        Self::check_name(&worlds, &name)?;
        let (town, ledger) = source.moment();
        let header = WorldHeader {
            id,
            name: name.clone(),
            parent: Some((source.id(), ledger.head().seq)),
            ..source.header().clone()
        };
        self.0.journal.fork(&header)?;
        self.0.journal.open(header.id, self.0.epoch)?;
        let world = World::new(header, self.0.epoch, Town::clone(&town), ledger, self.0.commits.clone());
        worlds.insert(name, world.clone());
        Ok(world)
    }

    fn fork_name(id: WorldId) -> String {
        let hash = OriginKey::of("world/name", &[&id.0.to_be_bytes()]);
        format!("t-{:08x}", hash.0 >> 96)
    }

    /// Drops the world named `name`. What its forks share stays.
    ///
    /// # Errors
    /// When there is no such world.
    pub fn drop_world(&self, name: &str) -> Result<(), HallError> {
        let world = held(&self.0.worlds).remove(name).ok_or_else(|| HallError::UnknownWorld(name.to_owned()))?;
        held(&self.0.attached).retain(|_, attached| attached != name);
        self.0.journal.drop_world(world.id())?;
        Ok(())
    }

    /// Name of the world `world` was forked from, while that is still there.
    #[must_use]
    pub fn parent_name(&self, world: &World) -> Option<String> {
        let (parent, _) = world.header().parent?;
        held(&self.0.worlds).values().find(|other| other.id() == parent).map(|other| other.name().to_owned())
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
        let worlds = held(&self.0.worlds);
        let name_of = |id: WorldId| worlds.values().find(|world| world.id() == id).map(|world| world.name().to_owned());
        worlds
            .values()
            .map(|world| {
                let parent = world.header().parent;
                WorldInfo {
                    name: world.name().to_owned(),
                    parent: parent.and_then(|(id, _)| name_of(id)),
                    forked_at: parent.map(|(_, at)| at),
                    now: world.town().now(),
                    seq: world.ledger().head().seq,
                }
            })
            .collect()
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
        held(&self.0.worlds).values().cloned().collect()
    }

    /// The world `app` is attached to; the default world when to none.
    #[must_use]
    pub fn attached(&self, app: &str) -> String {
        held(&self.0.attached).get(app).cloned().unwrap_or_else(|| MAIN.to_owned())
    }
}
