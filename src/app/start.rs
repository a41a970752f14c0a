//! Starting and stopping a server.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use rand::TryRng;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Config, SampleSettings, demo_starter, time};
use crate::access::{self, Access, Rendering};
use crate::courier::Courier;
use crate::gate::{AdminAccess, Bounds, Gate, GateConfig, Listen, Tls, wall};
use crate::journal::{Journal, JournalFault, MemoryJournal, SledJournal, read_snapshot};
use crate::observe::{Observe, RealData, Tripwire};
use crate::services;
use crate::town::decide::{Cause, Command, KlientCommand, TidCommand};
use crate::town::state::{Adressefeil, Appadresse};
use crate::townhall::{Blobs, HallError, MAIN, SETUP, TownHall, World, WorldSpec};
use crate::web::{self, PublicUrl, Runner};

/// How long open connections may take to finish at the end.
const DRAIN: Duration = Duration::from_millis(500);

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port cannot be bound.
    #[error("cannot listen on {address}: {source}")]
    Port {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The data directory cannot be used.
    #[error("cannot use the data directory: {0}")]
    Data(String),
    /// The snapshot cannot be used.
    #[error("cannot begin with the snapshot `{}`: {what}", path.display())]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// Why not.
        what: String,
    },
    /// The data directory holds a town, so it cannot begin with another.
    #[error("the data directory holds a town already, it cannot begin with the snapshot `{}`", .0.display())]
    HasTown(PathBuf),
    /// The stored log cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalFault),
    /// Nothing can be sent to the address of a declared app.
    #[error("the address of the app `{0}`: {1}")]
    App(String, Adressefeil),
    /// The town cannot be made.
    #[error(transparent)]
    Hall(HallError),
}

impl From<HallError> for StartError {
    fn from(error: HallError) -> Self {
        match error {
            HallError::Journal(fault) => Self::Journal(fault),
            other => Self::Hall(other),
        }
    }
}

/// A running server. Stops when dropped or told to.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Whether eFormidling's own port is open too.
    pub eformidling_port: Option<u16>,
    /// Who may use the pages and the admin API.
    pub admin: AdminAccess,
    /// All worlds.
    pub hall: TownHall,
    /// The record of requests.
    pub observe: Observe,
    /// Codes, sessions and tokens.
    pub access: Access,
    real_data: RealData,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// Origin under which it is reached on this machine.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://localhost:{}", self.addr.port())
    }

    /// The world named `main`.
    ///
    /// # Panics
    /// When somebody dropped it.
    #[must_use]
    pub fn main(&self) -> World {
        self.hall.world(MAIN).expect("a server begins with the world main and nobody has dropped it")
    }

    /// Waits until a number that looks like a real person's has come to a town that does not stand for it; for ever in one
    /// that does.
    pub async fn denied(&self) {
        if self.real_data == RealData::Warn {
            return std::future::pending().await;
        }
        let mut trips = self.observe.tripwire.trips();
        if trips.wait_for(|count| *count > 0).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Stops listening and waits briefly for open connections.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        self.hall.close();
        for mut task in std::mem::take(&mut self.tasks) {
            if tokio::time::timeout(DRAIN, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.hall.close();
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Starts a server: ports first, so that a taken one costs no time, then the town, then the doors.
///
/// # Errors
/// When the port is taken, the data directory cannot be used or the town cannot be made.
pub async fn start(config: Config) -> Result<Running, StartError> {
    let address = SocketAddr::new(config.host, config.port);
    let listener = TcpListener::bind(address).await.map_err(|source| StartError::Port { address, source })?;
    let addr = listener.local_addr().map_err(|source| StartError::Port { address, source })?;
    let (journal, blobs) = stores(&config)?;
    let spec = WorldSpec { name: MAIN.to_owned(), base: config.spec() };
    let from = config.from.clone();
    // Making the town takes milliseconds to a second of pure computation.
    let hall = tokio::task::spawn_blocking(move || -> Result<TownHall, StartError> {
        let hall = TownHall::open(journal, blobs)?;
        match (hall.world(MAIN), from) {
            (None, None) => drop(hall.create(&spec)?),
            (None, Some(path)) => drop(from_snapshot(&hall, &path)?),
            (Some(_), None) => {}
            (Some(_), Some(path)) => return Err(StartError::HasTown(path)),
        }
        Ok(hall)
    });
    // Beside the town, which does not keep every processor busy all the time.
    let mocks = mocks();
    let hall = hall.await.map_err(|panic| StartError::Data(panic.to_string()))??;
    if let Some(data) = &config.data {
        hall.snapshots().keep_in(data.join("snapshots"));
    }
    if let Some(main) = hall.world(MAIN) {
        // A town that has a log already keeps the clients it has.
        if main.ledger().head().seq == 0 {
            register_clients(&main).await?;
        }
        if main.town().tid.mode != config.clock {
            let cause = Cause::of(SETUP, &[config.clock.word().as_bytes()]);
            main.command(Command::Tid(TidCommand::Modus(config.clock)), cause).await?;
        }
        if main.town().tid.liv != config.life {
            let cause = Cause::of(SETUP, &[b"life", &[u8::from(config.life)]]);
            main.command(Command::Tid(TidCommand::Liv(config.life)), cause).await?;
        }
    }
    let observe = Observe::new(config.requests, Tripwire::new(key_of_this_process()));
    let access = Access::default();
    let tls = Tls::new(config.ca_dir.clone(), config.allowed_hosts.clone());
    let admin = config.admin_access();
    access.apps.declare(config.apps.clone());
    let gate = Gate::new(
        GateConfig {
            public_url: PublicUrl::new(config.public_url.clone()),
            allowed_hosts: config.allowed_hosts.clone(),
            trusted_proxies: config.trusted_proxies.clone(),
            admin: admin.clone(),
            admin_origins: config.admin_origins.clone(),
            cors: config.cors,
            headers: config.headers,
            open_clients: config.open_clients,
            tls: tls.clone(),
        },
        hall.clone(),
        observe.clone(),
        access.clone(),
        mocks,
        own,
    );
    for app in &config.apps {
        let address = Appadresse::parse(&app.url).map_err(|fault| StartError::App(app.name.clone(), fault))?;
        hall.outgoing().declare(&app.name, &address, app.private);
    }
    let courier =
        Courier::new((hall.clone(), access.clone()), observe.clone(), real_time, config.deliveries.clone(), RENDERINGS);
    let (stop, stopped) = watch::channel(false);
    let other_loopback = other_loopback(addr).await;
    let listen = Listen::new(tls, Bounds::default(), stopped.clone());
    let mut tasks = vec![
        tokio::spawn(listen.clone().serve(listener, gate.clone().router(""))),
        tokio::spawn(super::sweep::sweep(hall.clone(), access.clone(), observe.clone(), stopped.clone())),
        tokio::spawn(courier.run(stopped.clone())),
        tokio::spawn(time::keep(hall.clone(), observe.clone(), access.clone(), gate.pace().clone(), stopped)),
    ];
    if let Some(listener) = other_loopback {
        tasks.push(tokio::spawn(listen.clone().serve(listener, gate.clone().router(""))));
    }
    let mut eformidling_port = None;
    if let Some(port) = config.eformidling_port
        && let Ok(listener) = TcpListener::bind(SocketAddr::new(config.host, port)).await
    {
        eformidling_port = listener.local_addr().ok().map(|addr| addr.port());
        tasks.push(tokio::spawn(listen.serve(listener, gate.router("/eformidling"))));
    }
    Ok(Running { addr, eformidling_port, admin, hall, observe, access, real_data: config.real_data, stop, tasks })
}

/// The same port on `::1` for a server on `127.0.0.1`: some programs ask only the one that `localhost` gives them first.
/// A machine without it, or with that port taken, does without.
async fn other_loopback(addr: SocketAddr) -> Option<TcpListener> {
    if addr.ip() != Ipv4Addr::LOCALHOST {
        return None;
    }
    TcpListener::bind((Ipv6Addr::LOCALHOST, addr.port())).await.ok()
}

/// Makes the default world out of the snapshot at `path`.
fn from_snapshot(hall: &TownHall, path: &Path) -> Result<World, StartError> {
    let unusable = |what: String| StartError::Snapshot { path: path.to_owned(), what };
    let file = read_snapshot(path).map_err(|error| unusable(error.to_string()))?;
    hall.load(&file, MAIN).map_err(|error| match error {
        HallError::Snapshot(fault) => unusable(fault.to_string()),
        other => other.into(),
    })
}

/// Registers the clients that come with a town, so that a first log-in needs no set-up.
async fn register_clients(main: &World) -> Result<(), HallError> {
    for klient in access::default_clients(main.town().base.kommune.orgnr) {
        let cause = Cause::of(SETUP, &[klient.client_id.as_bytes()]);
        main.command(Command::Klient(KlientCommand::Registrer(Box::new(klient))), cause).await?;
    }
    Ok(())
}

fn stores(config: &Config) -> Result<(Arc<dyn Journal>, Blobs), StartError> {
    match &config.data {
        None => Ok((Arc::new(MemoryJournal::new()), Blobs::default())),
        Some(directory) => {
            let journal = SledJournal::open(directory)?;
            let blobs = directory.join("blobs");
            let unusable = |error| StartError::Data(format!("`{}`: {error}", blobs.display()));
            let blobs = Blobs::open(Some(blobs.clone())).map_err(unusable)?;
            Ok((Arc::new(journal), blobs))
        }
    }
}

/// How each service writes the deliveries it promises.
const RENDERINGS: &[(&str, Rendering)] = &[
    ("eformidling", services::eformidling::rendering),
    ("idporten", crate::oidc::logout_token),
    ("ansattporten", crate::oidc::logout_token),
];

fn real_time() -> i64 {
    wall::now().0
}

/// The key of this process's marks for real people's numbers: drawn at the start and written nowhere. From the system
/// itself: the generator of the TLS library takes thirty milliseconds to begin.
fn key_of_this_process() -> [u8; 32] {
    let mut key = [0; 32];
    // Without randomness of the system TLS would not work either; then marks could be guessed, but still show no number.
    let _ = rand::rngs::SysRng.try_fill_bytes(&mut key);
    key
}

/// All mocked services.
fn mocks() -> Router {
    Router::new()
        .merge(services::eformidling::routes())
        .merge(services::fiks::routes())
        .merge(services::fiks::folkeregister(services::folkeregisteret::doer))
        .merge(services::folkeregisteret::routes())
        .merge(services::idporten::routes())
        .merge(services::ansattporten::routes())
        .merge(services::krr::routes())
        .merge(services::krr::minprofil(services::idporten::sider))
        .merge(services::skatt::routes())
        .merge(services::maskinporten::routes())
        .merge(services::selvbetjening::routes())
}

/// Our own pages and admin API.
fn own() -> Router {
    web::routes(Runner { demo: demo_starter(SampleSettings::default()), wall: real_time })
}
