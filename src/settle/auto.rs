//! Clocks that move on by themselves: `auto` goes to the next item that somebody set in motion whenever the apps are
//! settled, and never follows background life (`DESIGN` §6).

use std::collections::BTreeMap;

use tokio::task::JoinHandle;

use super::{Settler, says_idle};
use crate::access::Access;
use crate::clock::Mode;
use crate::observe::Observe;
use crate::townhall::{HallError, TownHall, World};

/// What moves automatic clocks, one task for each world that has something to do. Tasks end with it.
pub struct Auto {
    hall: TownHall,
    observe: Observe,
    access: Access,
    client: reqwest::Client,
    wall: fn() -> i64,
    tasks: BTreeMap<u64, JoinHandle<()>>,
}

impl Drop for Auto {
    fn drop(&mut self) {
        self.tasks.values().for_each(JoinHandle::abort);
    }
}

/// Whether the clock of `world` has somewhere to go by itself.
fn wants_to_move(world: &World) -> bool {
    let town = world.town();
    town.tid.mode == Mode::Auto && town.tid.next_scripted().is_some() && !world.is_held() && !world.is_stopped()
}

impl Auto {
    /// Nothing moves yet. `wall` is real time in milliseconds since 1970.
    #[must_use]
    pub fn new(hall: TownHall, observe: Observe, access: Access, client: reqwest::Client, wall: fn() -> i64) -> Self {
        Self { hall, observe, access, client, wall, tasks: BTreeMap::new() }
    }

    /// Whether any clock is moving by itself or waiting to.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.tasks.values().any(|task| !task.is_finished())
    }

    /// Sees to it that `world` moves on when it can. Called now and then.
    pub fn look(&mut self, world: &World) {
        self.tasks.retain(|_, task| !task.is_finished());
        let incarnation = world.incarnation();
        // What is on its way to an app goes out first.
        let sending = self.hall.deliveries_due(world) > 0;
        if sending || self.tasks.contains_key(&incarnation) || !wants_to_move(world) {
            return;
        }
        let (hall, observe, access) = (self.hall.clone(), self.observe.clone(), self.access.clone());
        let (client, wall, world) = (self.client.clone(), self.wall, world.clone());
        let task = tokio::spawn(async move {
            if let Err(error) = follow(&world, &hall, &observe, &access, &client, wall).await {
                tracing::warn!(world = world.name(), %error, "the clock could not move on");
            }
        });
        self.tasks.insert(incarnation, task);
    }
}

async fn follow(
    world: &World,
    hall: &TownHall,
    observe: &Observe,
    access: &Access,
    client: &reqwest::Client,
    wall: fn() -> i64,
) -> Result<(), HallError> {
    while wants_to_move(world) {
        let apps = access.apps.of_world(hall, world.name());
        let town = world.town();
        let judge = |app: &crate::access::App, answer: &super::Answer| says_idle(app, answer, &town);
        let settler = Settler { hall, world, observe, client, wall: &wall, apps: &apps, judge: &judge };
        if apps.is_empty() {
            settler.quiet().await;
        } else {
            settler.note_late();
            settler.settle(town.feed_len()).await;
        }
        // While it was waited for, somebody may have taken the clock or told it to stand still.
        let Some(turn) = world.try_clock() else { return Ok(()) };
        if !wants_to_move(world) {
            return Ok(());
        }
        let Some(at) = world.town().tid.next_scripted().map(|key| key.at) else { return Ok(()) };
        while !turn.slice(at).await?.done && !turn.is_cancelled() {}
    }
    Ok(())
}
