//! Dropping worlds that nobody uses any more.

use std::time::Duration;

use tokio::sync::watch;

use crate::access::Access;
use crate::gate::wall;
use crate::observe::Observe;
use crate::townhall::TownHall;

/// How often worlds are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Drops the worlds whose time to live without use is over, and forgets what lay beside them, until `stopped`.
pub(super) async fn sweep(hall: TownHall, access: Access, observe: Observe, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        for world in hall.sweep(wall::now().0) {
            tracing::info!(world = world.name(), "dropped: its time to live without use is over");
            access.forget(world.incarnation());
        }
        // Whoever dropped a world: what was recorded of it goes with it.
        observe.retain(|incarnation| hall.by_incarnation(incarnation).is_some());
    }
}
