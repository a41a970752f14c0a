//! The sample app, wired to a world: its clients registered there, its settings pointed at the world's addresses.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::access::DEMO_SCOPES;
use crate::clock::Instant;
use crate::demo::{self, DemoConfig, LoginAuth, PaymentRate, Sabotage, Sender, SigningKey};
use crate::keys::{CLIENT_KEY_PEM, client_key};
use crate::scenario::{DemoApp, DemoStarter, DemoWish};
use crate::town::decide::{Cause, Command, KlientCommand};
use crate::town::foreldrebetaling::Satser;
use crate::town::satser::satser;
use crate::town::state::{Autentisering, Klient, Klientnoekkel};
use crate::townhall::{HallError, World};

/// Client id of the sample app at ID-porten.
const LOGIN_CLIENT: &str = "eksempelapp-innlogging";
/// Client id of the sample app at Maskinporten.
const MACHINE_CLIENT: &str = "eksempelapp-maskin";
/// How long the sample app thinks about an application, in hours of the registers' time.
const DECIDE_AFTER_HOURS: i64 = 48;

/// How the sample app is started.
#[derive(Clone, Debug, Default)]
pub struct SampleSettings {
    /// Port; a free one when 0 or taken.
    pub port: u16,
    /// Pause between polls; only when poked without.
    pub poll_every: Option<Duration>,
    /// A bug on purpose.
    pub sabotage: Sabotage,
    /// The app's outdated address book, read under [`Sabotage::PrintStreet`] only.
    pub stale_addresses: BTreeMap<String, String>,
}

/// A running sample app; stops when dropped.
#[derive(Debug)]
pub struct Sample {
    /// Its origin.
    pub url: String,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Drop for Sample {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        self.task.abort();
    }
}

/// Why the sample app does not start.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// No port.
    #[error("no port for the sample app: {0}")]
    Port(#[from] std::io::Error),
    /// Its clients could not be registered.
    #[error(transparent)]
    Hall(#[from] HallError),
}

/// Registers the sample app's clients in `world` and starts it against the services at `base_url`.
///
/// # Errors
/// When no port can be bound or the world refuses the clients.
pub async fn start_sample(world: &World, base_url: &str, settings: SampleSettings) -> Result<Sample, SampleError> {
    let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, settings.port));
    let listener = match TcpListener::bind(wanted).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?,
    };
    let url = format!("http://localhost:{}", listener.local_addr()?.port());
    let redirect = format!("{url}/callback");
    register(world, &redirect).await?;
    let config = config(world, base_url, redirect, settings);
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        let until = async move {
            let _ = stopped.await;
        };
        if let Err(error) = demo::serve(listener, config, until).await {
            tracing::error!(%error, "the sample app stopped");
        }
    });
    Ok(Sample { url, stop: Some(stop), task })
}

/// Starts the sample app with `settings` in the world a scenario asks for.
#[must_use]
pub fn demo_starter(settings: SampleSettings) -> DemoStarter {
    Arc::new(move |wish: DemoWish| {
        let settings = settings.clone();
        Box::pin(async move {
            let sample =
                start_sample(&wish.world, &wish.base_url, settings).await.map_err(|error| error.to_string())?;
            Ok(DemoApp { url: sample.url.clone(), guard: Box::new(sample) })
        })
    })
}

async fn register(world: &World, redirect: &str) -> Result<(), HallError> {
    let orgnr = world.town().base.kommune.orgnr;
    let key = client_key();
    let jwk = key.public().to_jwk().to_string();
    let registered = || Klientnoekkel { kid: key.kid().into(), jwk: jwk.clone(), registrert: Instant::from_millis(0) };
    let login = Klient {
        autentisering: Autentisering::PrivateKeyJwt,
        noekler: vec![registered()],
        ..Klient::idporten(LOGIN_CLIENT, "Eksempelapp", orgnr, &[redirect])
    };
    let machine = Klient::maskinporten(MACHINE_CLIENT, "Eksempelapp", orgnr, key.kid(), &jwk, DEMO_SCOPES);
    for klient in [login, machine] {
        // Not by its address: the port is an accident of this run.
        let cause = Cause::of("sample app", &[klient.client_id.as_bytes()]);
        let klient = klient.ageless();
        world.command(Command::Klient(KlientCommand::Registrer(Box::new(klient))), cause).await?;
    }
    Ok(())
}

fn config(world: &World, base_url: &str, redirect_uri: String, settings: SampleSettings) -> DemoConfig {
    let base = &world.town().base;
    let key = || SigningKey { pem: CLIENT_KEY_PEM.to_owned(), kid: client_key().kid().to_owned() };
    let place = base.poststeder.first();
    DemoConfig {
        idporten_issuer: format!("{base_url}/idporten"),
        maskinporten_issuer: format!("{base_url}/maskinporten/"),
        folkeregisteret_url: base_url.to_owned(),
        krr_url: format!("{base_url}/krr"),
        skatt_url: format!("{base_url}/skatt"),
        eformidling_url: format!("{base_url}/eformidling"),
        login_client_id: LOGIN_CLIENT.to_owned(),
        login_auth: LoginAuth::Key(key()),
        redirect_uri,
        machine_client_id: MACHINE_CLIENT.to_owned(),
        machine_key: key(),
        sender: Sender {
            orgnr: base.kommune.orgnr.to_string(),
            navn: base.kommune.navn.clone(),
            adresselinje1: "Rådhuset".to_owned(),
            postnummer: place.map_or_else(|| "9999".to_owned(), |place| format!("{:04}", place.nummer)),
            poststed: place.map_or_else(|| "BYTEBY".to_owned(), |place| base.tekst.get(place.navn).to_owned()),
        },
        poll_every: settings.poll_every,
        decide_after_hours: DECIDE_AFTER_HOURS,
        payment_rates: payment_rates(),
        sabotage: settings.sabotage,
        stale_addresses: settings.stale_addresses,
    }
}

/// The prices of the town's own table of rates, as the municipality has decided them: a new row whenever one changes.
fn payment_rates() -> Vec<PaymentRate> {
    let mut days: Vec<_> = satser()
        .iter()
        .filter(|row| ["makspris", "soesken_2", "soesken_3"].contains(&row.navn))
        .map(|row| row.fra)
        .collect();
    days.sort_unstable();
    days.dedup();
    let of = |from| Satser::paa(from).map(|rates| PaymentRate { from, price: rates.makspris, siblings: rates.soesken });
    days.into_iter().filter_map(of).collect()
}
