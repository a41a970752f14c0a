//! What a scenario is run in, here: a server of the test's own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use byteby::app::Running;
use byteby::gate::wall;
use byteby::scenario::Surroundings;

/// Without an app, for scenarios that have none or name one of their own.
pub(crate) fn without_app(running: &Running) -> Surroundings {
    Surroundings {
        hall: running.hall.clone(),
        access: running.access.clone(),
        observe: running.observe.clone(),
        base_url: running.base_url(),
        demo: Arc::new(|_| Box::pin(async { Err("this scenario has no sample app".to_owned()) })),
        apps: BTreeMap::new(),
        clients: Vec::new(),
        env: BTreeMap::new(),
        wall: || wall::now().0,
        limit: Duration::from_mins(5),
        settle_max: Duration::from_secs(10),
        keep: false,
    }
}
