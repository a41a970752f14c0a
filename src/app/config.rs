//! Settings of a server, after flags, environment, project file and defaults have been put together.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use crate::access::App;
use crate::base::Seed;
use crate::clock::{DEFAULT_START, Instant, Mode};
use crate::courier::CourierSettings;
use crate::gate::{AdminAccess, Cors, Network, new_token};
use crate::observe::{Bounds, RealData};
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
    /// Snapshot the first world is made from; generated without.
    pub from: Option<PathBuf>,
    /// How the clock of the first world moves.
    pub clock: Mode,
    /// Whether background life goes on in the first world (`DESIGN` §6).
    pub life: bool,
    /// Accept unregistered clients with loopback redirect addresses.
    pub open_clients: bool,
    /// Origin a browser uses, when it differs from the caller's.
    pub public_url: Option<String>,
    /// Further accepted host names.
    pub allowed_hosts: Vec<String>,
    /// Proxies whose word about the caller counts.
    pub trusted_proxies: Vec<Network>,
    /// Who may use the pages and the admin API; by the address that is bound when nobody says.
    pub admin: Option<AdminMode>,
    /// The token of the admin API; one is made when one is needed and none is given. One given means `token`.
    pub admin_token: Option<String>,
    /// Origins whose pages may use the admin API, beside our own.
    pub admin_origins: Vec<String>,
    /// How the mocks treat pages of other origins.
    pub cors: Cors,
    /// Whether the mocks' answers carry `Byteby-*` headers.
    pub headers: bool,
    /// Folder of this machine's certificate authority; one for this run only without.
    pub ca_dir: Option<PathBuf>,
    /// Apps deliveries may be sent to in every world, beside those declared in a world.
    pub apps: Vec<App>,
    /// Bounds and permissions of deliveries.
    pub deliveries: CourierSettings,
    /// How much the record of requests holds.
    pub requests: Bounds,
    /// Whether a number that looks like a real person's ends the run.
    pub real_data: RealData,
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
            from: None,
            clock: Mode::Frozen,
            life: false,
            open_clients: false,
            public_url: None,
            allowed_hosts: Vec::new(),
            trusted_proxies: Vec::new(),
            admin: None,
            admin_token: None,
            admin_origins: Vec::new(),
            cors: Cors::Permissive,
            headers: true,
            ca_dir: None,
            apps: Vec::new(),
            deliveries: CourierSettings::default(),
            requests: Bounds::default(),
            real_data: RealData::Warn,
        }
    }
}

/// Who may use the pages and the admin API, as settings say it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AdminMode {
    /// Callers on this machine.
    Local,
    /// Callers on this machine and in private ranges.
    Peers,
    /// Whoever has the token.
    Token,
}

impl AdminMode {
    /// All.
    pub const ALL: [Self; 3] = [Self::Local, Self::Peers, Self::Token];

    /// The word of the settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Peers => "peers",
            Self::Token => "token",
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

    /// Who may use the pages and the admin API (`specs/experience.md` §20): a token given always counts; else the mode
    /// given; else this machine when only it can reach us, a fresh token when others can.
    #[must_use]
    pub fn admin_access(&self) -> AdminAccess {
        let mode = match self.admin {
            _ if self.admin_token.is_some() => AdminMode::Token,
            Some(mode) => mode,
            None if self.host.is_loopback() => AdminMode::Local,
            None => AdminMode::Token,
        };
        match mode {
            AdminMode::Local => AdminAccess::Local,
            AdminMode::Peers => AdminAccess::Peers,
            AdminMode::Token => AdminAccess::Token(self.admin_token.clone().unwrap_or_else(new_token)),
        }
    }

    /// Inputs of the first world's base.
    #[must_use]
    pub fn spec(&self) -> Spec {
        Spec { seed: self.seed, size: self.size, start: self.start, profile: self.municipality.clone(), schema: SCHEMA }
    }
}
