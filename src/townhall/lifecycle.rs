//! What becomes of worlds: forking now or at a past item, looking at a past instant, reset, another name, dropping.

use std::sync::Arc;

use super::hall::held;
use super::past::replay;
use super::terms::UNNAMED_TTL;
use super::world::Published;
use super::{HallError, Ledger, MAIN, TownHall, World};
use crate::base::OriginKey;
use crate::clock::Instant;
use crate::journal::{WorldHeader, WorldId};
use crate::town::Town;

/// Items of setting up that a reset copies at once. A world has a handful.
const SETUP_ITEMS: usize = 1_024;

impl TownHall {
    /// The town of `world` as it was after item `seq` (0 for its first instant), and the digests of the log up to there.
    ///
    /// # Errors
    /// [`HallError::NoSuchItem`] when the log has not come so far; when the store cannot read it.
    pub fn past(&self, world: &World, seq: u64) -> Result<(Arc<Town>, Ledger), HallError> {
        let Published { town, ledger } = self.moment_at(world, seq)?;
        Ok((town, ledger))
    }

    pub(super) fn moment_at(&self, world: &World, seq: u64) -> Result<Published, HallError> {
        let now = world.moment();
        let head = now.seq();
        if seq >= head {
            let world = world.name().to_owned();
            return if seq == head { Ok(now) } else { Err(HallError::NoSuchItem { world, seq, head }) };
        }
        let beginning = Some(world.beginning()).filter(|beginning| beginning.seq() <= seq);
        let checkpoint = world.checkpoints().newest(seq).cloned();
        let nearest = beginning.into_iter().chain(checkpoint).max_by_key(Published::seq);
        let from = nearest.unwrap_or_else(|| Published::first(now.town.base.clone()));
        replay(self.0.journal.as_ref(), world.id(), from, seq, |_, _, _| {})
    }

    /// The last item of `world` at or before the virtual instant `at`; 0 when nothing had happened.
    ///
    /// # Errors
    /// When the store cannot read the log.
    pub fn item_at(&self, world: &World, at: Instant) -> Result<u64, HallError> {
        // Virtual time never goes backwards, so the items are sorted by it.
        let (mut before, mut behind) = (0, world.ledger().head().seq + 1);
        while behind - before > 1 {
            let middle = before + (behind - before) / 2;
            let item = self.0.journal.read(world.id(), middle, 1)?.pop();
            if item.is_some_and(|item| item.at <= at) { before = middle } else { behind = middle }
        }
        Ok(before)
    }

    /// Forks `parent` as it is published now, under `name` or a name of its own. The fork starts detached: no app
    /// follows it unless attached. Without a name it is kept for half an hour without use.
    ///
    /// # Errors
    /// When there is no such parent or the name is taken.
    pub fn fork(&self, parent: &str, name: Option<&str>) -> Result<World, HallError> {
        let source = self.world(parent).ok_or_else(|| HallError::UnknownWorld(parent.to_owned()))?;
        let now = source.moment();
        self.fork_of(&source, now, name)
    }

    /// Forks `parent` as it was after item `seq`.
    ///
    /// # Errors
    /// As [`TownHall::fork`] and [`TownHall::past`].
    pub fn fork_at(&self, parent: &str, seq: u64, name: Option<&str>) -> Result<World, HallError> {
        let source = self.world(parent).ok_or_else(|| HallError::UnknownWorld(parent.to_owned()))?;
        let then = self.moment_at(&source, seq)?;
        self.fork_of(&source, then, name)
    }

    fn fork_of(&self, source: &World, moment: Published, name: Option<&str>) -> Result<World, HallError> {
        let id = self.next_id();
        let claim = match name {
            Some(name) => self.claim(name)?,
            None => self.claim(&fork_name(id))?,
        };
        let seq = moment.seq();
        let parent = Some((source.id(), seq));
        let mut terms = self.terms(name.is_none().then_some(UNNAMED_TTL));
        terms.limits = source.terms().limits;
        let kept = terms.written();
        let header = WorldHeader { id, name: claim.name.clone(), parent, terms: kept, ..source.header().clone() };
        self.0.journal.fork(&header)?;
        self.0.journal.open(id, self.0.epoch)?;
        let checkpoints = source.checkpoints().until(seq);
        let world = self.open_world(header, (moment.clone(), moment.ledger.weight()), moment, checkpoints, terms);
        Ok(self.enter(world, claim))
    }

    /// Leads the world named `name` back to where it was forked or made: drop and fork again. It is another incarnation:
    /// tokens, codes and sessions of the one before are good no more. Apps that follow it go on doing so.
    ///
    /// # Errors
    /// When there is no such world, or somebody is resetting it already.
    pub fn reset(&self, name: &str) -> Result<World, HallError> {
        let old = self.world(name).ok_or_else(|| HallError::UnknownWorld(name.to_owned()))?;
        let busy = || HallError::Name(name.to_owned(), "it is being reset by somebody else");
        let claim = self.claim_place(&old).ok_or_else(busy)?;
        // From here on nothing is added to the old log.
        old.end();
        let beginning = old.beginning();
        let start = old.header().parent.map_or(0, |(_, at)| at);
        let kept = usize::try_from(beginning.seq() - start).unwrap_or(SETUP_ITEMS).min(SETUP_ITEMS);
        let setup = if kept == 0 { Vec::new() } else { self.0.journal.read(old.id(), start + 1, kept)? };
        let terms = old.terms();
        let header = WorldHeader { id: self.next_id(), terms: terms.written(), ..old.header().clone() };
        let (id, epoch, journal) = (header.id, self.0.epoch, &self.0.journal);
        journal.renew(old.id(), &header)?;
        journal.open(id, epoch)?;
        if !setup.is_empty() {
            let batch = OriginKey::of("batch/setup", &[&id.0.to_be_bytes()]);
            journal.durable(journal.submit(id, epoch, start, batch, &setup)?)?;
        }
        let checkpoints = old.checkpoints().until(beginning.seq());
        let world = self.open_world(header, (beginning.clone(), old.began_with()), beginning, checkpoints, terms);
        world.used(old.last_used());
        Ok(self.enter(world, claim))
    }

    /// Gives the world named `name` another name; apps that follow it go on doing so.
    ///
    /// # Errors
    /// When there is no such world, it is the default one, or the new name is taken or not allowed.
    pub fn rename(&self, name: &str, new: &str) -> Result<World, HallError> {
        let world = self.world(name).ok_or_else(|| HallError::UnknownWorld(name.to_owned()))?;
        if name == MAIN {
            return Err(HallError::Name(new.to_owned(), "the default world keeps its name"));
        }
        let claim = self.claim(new)?;
        self.0.journal.rename(world.id(), new)?;
        let world = world.renamed(new);
        held(&self.0.worlds).named.remove(name);
        let world = self.enter(world, claim);
        for attached in held(&self.0.attached).values_mut().filter(|attached| *attached == name) {
            new.clone_into(attached);
        }
        Ok(world)
    }

    /// Drops the world named `name`. What its forks share stays.
    ///
    /// # Errors
    /// When there is no such world.
    pub fn drop_world(&self, name: &str) -> Result<World, HallError> {
        let world = held(&self.0.worlds).named.remove(name);
        let world = world.ok_or_else(|| HallError::UnknownWorld(name.to_owned()))?;
        world.end();
        held(&self.0.attached).retain(|_, attached| attached != name);
        self.0.journal.drop_world(world.id())?;
        // Apps that followed it follow the default world again.
        self.look_at_deliveries();
        Ok(world)
    }

    /// Drops the worlds whose time to live without use is over at `wall_ms`, milliseconds of real time, and gives them:
    /// what lies beside a town is for the caller to forget. Called now and then by the shell, which knows real time.
    pub fn sweep(&self, wall_ms: i64) -> Vec<World> {
        let worlds: Vec<World> = held(&self.0.worlds).named.values().cloned().collect();
        let over = worlds.into_iter().filter(|world| world.is_over(wall_ms) && world.name() != MAIN);
        over.filter_map(|world| self.drop_world(world.name()).ok()).collect()
    }
}

fn fork_name(id: WorldId) -> String {
    let hash = OriginKey::of("world/name", &[&id.0.to_be_bytes()]);
    format!("t-{:08x}", hash.0 >> 96)
}
