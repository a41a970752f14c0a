//! Clocks that move by themselves: `running` with real time, `auto` when the apps are settled.

use std::time::Duration;

use tokio::sync::watch;

use crate::access::Access;
use crate::gate::{Pace, wall};
use crate::observe::Observe;
use crate::settle::{Auto, client};
use crate::townhall::TownHall;

/// How often such clocks are looked at.
const TICK: Duration = Duration::from_millis(100);

/// Looks after every world's clock until the server stops.
pub(super) async fn keep(hall: TownHall, observe: Observe, access: Access, pace: Pace, stopped: watch::Receiver<bool>) {
    let client = match client() {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "no clock can move by itself: apps cannot be asked");
            return;
        }
    };
    let mut auto = Auto::new(hall.clone(), observe, access, client, || wall::now().0);
    while !*stopped.borrow() {
        tokio::time::sleep(TICK).await;
        for info in hall.worlds() {
            let Some(world) = hall.world(&info.name) else { continue };
            pace.tick(&world, wall::now()).await;
            auto.look(&world);
        }
    }
}
