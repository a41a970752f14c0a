//! Settings of a server, after flags, environment, project file and defaults have been put together.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use crate::access::App;
use crate::base::Seed;
use crate::clock::{DEFAULT_START, Instant, Mode};
use crate::population::{SCHEMA, Spec};

/// Settings of a running town.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// Residents.
    pub size: u32,
    /// Seed.
    pub seed: Seed,
    /// First virtual instant.
    pub start: Instant,
    /// Municipality profile.
    pub municipality: String,
    /// Address to bind.
    pub host: IpAddr,
    /// Port; 0 picks a free one.
    pub port: u16,
    /// Port of eFormidling alone, opened when free; `None` to leave it closed.
    pub eformidling_port: Option<u16>,
    /// Directory of the logs; memory only without.
    pub data: Option<PathBuf>,
    /// How the clock of the first world moves.
    pub clock: Mode,
    /// Accept unregistered clients with loopback redirect addresses.
    pub open_clients: bool,
    /// Origin a browser uses, when it differs from the caller's.
    pub public_url: Option<String>,
    /// Further accepted host names.
    pub allowed_hosts: Vec<String>,
    /// Apps the server waits for and may send to.
    pub apps: Vec<App>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            size: 5000,
            seed: Seed(1814),
            start: DEFAULT_START,
            municipality: "fjordkommune".into(),
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 2983,
            eformidling_port: Some(9093),
            data: None,
            clock: Mode::Frozen,
            open_clients: false,
            public_url: None,
            allowed_hosts: Vec::new(),
            apps: Vec::new(),
        }
    }
}

/// A setting that cannot be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ConfigFault {
    /// A key the project file does not have.
    #[error("`{key}` is not a setting of byteby.toml{near}")]
    UnknownKey {
        /// The key.
        key: String,
        /// The nearest right key, as a clause.
        near: String,
    },
    /// A value that does not fit its setting.
    #[error("`{value}` does not fit `{key}`: {wanted}")]
    Value {
        /// The setting.
        key: String,
        /// The value.
        value: String,
        /// What would fit.
        wanted: String,
    },
}

impl Config {
    /// A configuration for tests and scenarios: any free port, only the main one.
    #[must_use]
    pub fn on_free_port() -> Self {
        Self { port: 0, eformidling_port: None, ..Self::default() }
    }

    /// Inputs of the first world's base.
    #[must_use]
    pub fn spec(&self) -> Spec {
        Spec { seed: self.seed, size: self.size, start: self.start, profile: self.municipality.clone(), schema: SCHEMA }
    }
}
