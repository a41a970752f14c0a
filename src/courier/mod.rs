//! Deliveries out: the only door through which anything leaves a running town by itself.
//!
//! What is to be sent, to whom, how far it has come and when it is tried again are facts of a town
//! ([`crate::town::state::Leveringer`]). How it is written is the sending service's ([`Rendering`]). Here is the rest:
//! where something may be sent at all, the connection, the signature, the bounds, and the record.
//!
//! | file | holds |
//! | --- | --- |
//! | `rounds` | which deliveries go now; one attempt from the town and back |
//! | `target` | addresses nothing is ever sent to, and those that are private |
//! | `transport` | name, connection, check of the connected socket, request and answer |
//! | `roots` | which certificates an app may show |
//! | `signature` | `Byteby-Signature` |
//! | `pace` | deliveries per second and world |
//! | `own` | Byteby's own word to apps, which no real service sends |
//! | `words` | the delivery log: why something did or did not go out |
//!
//! # Rules
//!
//! - Only to origins of declared apps: by the settings, by the admin API or a scenario, never by the address somebody
//!   subscribes with. Until an app is declared, its deliveries are held.
//! - Only out of the world the app is attached to. A fork starts detached: its deliveries are held until somebody
//!   attaches.
//! - The address is resolved, every address it leads to is checked, and the connection goes to exactly the checked one;
//!   the peer of the connected socket is checked again before a byte is written. No proxy, no redirect, no kept connection.
//! - At least once: an attempt is no fact, its outcome is. A delivery whose outcome never reached the log goes out again
//!   under the same id, with the same bytes.
//! - In order for each subscription, one at a time; subscriptions do not wait for each other.

mod own;
mod pace;
mod roots;
mod rounds;
mod signature;
mod target;
#[cfg(test)]
mod tests;
mod transport;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::access::{Access, Rendering};
use crate::observe::Observe;
use crate::town::state::{Abonnementsnoekkel, Leveringskilde};
use crate::townhall::TownHall;
use pace::Pace;
use roots::Roots;
pub use signature::{secret, sign};
pub use target::{AddressClass, class_of, is_metadata_name, is_never_sent_to, may_be_private};
pub use transport::{Resolver, SystemResolver};
pub use words::{Line, Standing, reason, standing};

/// Bounds and permissions of a courier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CourierSettings {
    /// Others than the person at the machine use this server: private addresses are refused whatever is declared.
    pub hosted: bool,
    /// Longest wait for a connection (`specs/eformidling.md` §12).
    pub connect: Duration,
    /// Longest wait for an answer, and for its body.
    pub answer: Duration,
    /// Bytes of an answer that are read; the rest is left.
    pub answer_bytes: usize,
    /// Attempts under way at once, over all worlds.
    pub at_once: usize,
    /// Files with further certificates an app's may be signed by, in PEM.
    pub trusted: Vec<std::path::PathBuf>,
}

impl Default for CourierSettings {
    fn default() -> Self {
        Self {
            hosted: false,
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(10),
            answer_bytes: 64 << 10,
            at_once: 64,
            trusted: Vec::new(),
        }
    }
}

struct Inner {
    hall: TownHall,
    access: Access,
    observe: Observe,
    settings: CourierSettings,
    resolver: Arc<dyn Resolver>,
    renderings: BTreeMap<&'static str, Rendering>,
    /// Real time in milliseconds since 1970, for the record.
    wall: fn() -> i64,
    permits: Semaphore,
    pace: Pace,
    roots: Roots,
    /// Subscriptions whose refusal has been noted as a finding, by incarnation.
    noted: Mutex<BTreeSet<(u64, Abonnementsnoekkel)>>,
}

/// Sends deliveries. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Courier(Arc<Inner>);

impl std::fmt::Debug for Courier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Courier")
    }
}

impl Courier {
    /// A courier for the worlds of `hall`, whose protocol state `access` holds. `renderings` says by service id how a delivery is written; those of Byteby's own
    /// are known here.
    #[must_use]
    pub fn new(
        (hall, access): (TownHall, Access),
        observe: Observe,
        wall: fn() -> i64,
        settings: CourierSettings,
        renderings: &[(&'static str, Rendering)],
    ) -> Self {
        Self::with_resolver((hall, access), observe, wall, settings, renderings, Arc::new(SystemResolver))
    }

    /// The same with names resolved by `resolver`.
    #[must_use]
    pub fn with_resolver(
        (hall, access): (TownHall, Access),
        observe: Observe,
        wall: fn() -> i64,
        settings: CourierSettings,
        renderings: &[(&'static str, Rendering)],
        resolver: Arc<dyn Resolver>,
    ) -> Self {
        let own: (&'static str, Rendering) = (Leveringskilde::Byteby.name(), own::rendering);
        Self(Arc::new(Inner {
            hall,
            access,
            observe,
            resolver,
            renderings: renderings.iter().copied().chain([own]).collect(),
            wall,
            permits: Semaphore::new(settings.at_once),
            pace: Pace::default(),
            roots: Roots::new(settings.trusted.clone()),
            noted: Mutex::default(),
            settings,
        }))
    }
}
