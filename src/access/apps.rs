//! Apps the server knows: those it waits for, asks whether they are idle, and may send to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::townhall::{MAIN, TownHall};

/// App name under which every request without a name of its own is attached while one app has the town to itself.
const EVERYBODY: &str = "*";

/// An app as the project file declares it, `[apps.NAME]` (`specs/experience.md` §5, §10.3).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct App {
    /// Its name.
    pub name: String,
    /// Its address without a slash at the end. Scheme, host and port are the only origin Byteby sends to on its behalf.
    pub url: String,
    /// Where it says that it is ready.
    pub ready: Option<String>,
    /// Operations it polls, which it is waited for to have read.
    pub feeds: Vec<String>,
    /// How it says that it is idle.
    pub idle: Option<Idle>,
    /// Where it is asked to do its round at once; it answers when it has.
    pub poke: Option<String>,
    /// Real time without requests that counts as quiet, milliseconds; by default 0 for an app that says when it is idle
    /// and 150 for others.
    pub quiet_ms: Option<u64>,
    /// Longest real time of one settle, milliseconds.
    pub settle_max_ms: Option<u64>,
    /// Deliveries may go to a private address its name leads to, although the name looks like one of the internet
    /// (`specs/experience.md` §20).
    pub private: bool,
}

/// How an app says that it is idle.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Idle {
    /// The address asked, behind the app's own.
    pub path: String,
    /// The condition on the answer, in CEL; by default that its JSON says `"idle": true`.
    pub that: Option<String>,
}

/// The apps of a server. Cheap to clone; all clones are the same.
#[derive(Clone, Default, Debug)]
pub struct Apps(Arc<Mutex<Vec<App>>>);

impl Apps {
    fn held(&self) -> MutexGuard<'_, Vec<App>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes `apps` known. One with the name of another takes its place.
    pub fn declare(&self, apps: impl IntoIterator<Item = App>) {
        let mut held = self.held();
        for app in apps {
            held.retain(|other| other.name != app.name);
            held.push(app);
        }
    }

    /// All of them, in the order they were declared.
    #[must_use]
    pub fn all(&self) -> Vec<App> {
        self.held().clone()
    }

    /// Those that are attached to `world`, by their name or their address; without an attachment of its own an app
    /// follows everybody.
    #[must_use]
    pub fn of_world(&self, hall: &TownHall, world: &str) -> Vec<App> {
        let everybody = hall.attached(EVERYBODY);
        let follows = |app: &App| {
            let own = [&app.name, &app.url].map(|name| hall.attached(name)).into_iter().find(|world| world != MAIN);
            own.unwrap_or_else(|| everybody.clone()) == world
        };
        self.held().iter().filter(|app| follows(app)).cloned().collect()
    }
}
