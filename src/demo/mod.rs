//! The sample municipal app: a small kindergarten and health-station application.
//!
//! It is what a municipality would run, only small. It follows the events of the population register, offers a home
//! visit to the parents of every newborn, lets citizens log in and apply for a kindergarten place, and answers by
//! letter, reduced payment by income too. It **uses nothing of Byteby**: it talks HTTP to six addresses it is configured with, exactly as it would
//! talk to the national test environments, and would run unchanged against those.
//!
//! | file | what it does |
//! | --- | --- |
//! | `config` | addresses, clients, keys, and the bugs a test can switch on |
//! | `jose` | RS256 signing and checking, random texts, the app's own ids |
//! | `registers` | machine tokens, Folkeregisteret and KRR |
//! | `births` | the event feed, and who is offered a home visit |
//! | `post` | one letter through eFormidling, by the channel the citizen can be reached on |
//! | `letters`, `pdf` | what the letters say, in three languages |
//! | `login` | ID-porten: authorization code with PKCE |
//! | `applications` | applying, deciding, answering, places |
//! | `payments`, `income` | reduced payment: who pays, what they live on, the decision |
//! | `pages` | the start page |
//!
//! Everything is kept in memory: a sample needs no database.

mod applications;
mod births;
mod config;
mod income;
mod jose;
mod letters;
mod login;
mod pages;
mod payments;
mod pdf;
mod post;
mod registers;
#[cfg(test)]
mod stand_ins;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

pub use config::{ConfigError, DemoConfig, LoginAuth, Sabotage, Sender, SigningKey};
pub use payments::PaymentRate;

use applications::Application;
use jose::Signer;
use login::{PendingLogin, Session};
use registers::MachineTokens;

/// Why a call to a national service did not give what was asked for.
#[derive(Debug, Clone, thiserror::Error)]
pub(in crate::demo) enum Failure {
    /// No answer at all: refused, reset or too slow.
    #[error("{service} svarte ikke")]
    Unreachable {
        /// Which service.
        service: &'static str,
    },
    /// An answer with another status than the one wanted.
    #[error("{service} svarte {status} {reason}")]
    Status {
        /// Which service.
        service: &'static str,
        /// The HTTP status.
        status: u16,
        /// The service's own word for it (exception, error or code), never the whole text: it may name a citizen.
        reason: String,
    },
    /// An answer that could not be read.
    #[error("{service} svarte noe uventet: {why}")]
    Content {
        /// Which service.
        service: &'static str,
        /// What was wrong with it.
        why: &'static str,
    },
}

impl Failure {
    /// Whether asking again would give the same answer: the request itself was refused, or what it names is unknown.
    /// Everything else (no answer, 5xx, throttling, a token that was not accepted) is worth another try at the next poll.
    fn is_final(&self) -> bool {
        matches!(self, Self::Status { status: 400 | 404 | 410 | 422, .. })
    }

    /// The HTTP status, when there was one.
    fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// What the app remembers.
#[derive(Default)]
struct Book {
    /// The first sequence number not handled yet; `None` until the register has been asked for its last one.
    next_sequence: Option<u64>,
    /// Children already seen in the feed, by identity number: one case each, and never a second letter.
    children: BTreeMap<String, births::Case>,
    /// Only for [`Sabotage::ForgetTwin`].
    seen_timestamps: BTreeSet<String>,
    /// Applications by number.
    applications: BTreeMap<String, Application>,
    /// Applications for reduced payment by number.
    payments: BTreeMap<String, payments::PaymentCase>,
    /// What time it is, by the `Date` of the population register's last answer.
    register_time: Option<Timestamp>,
    /// Logins on their way through ID-porten, by state.
    pending: BTreeMap<String, PendingLogin>,
    /// Who is logged in, by the session cookie's value.
    sessions: BTreeMap<String, Session>,
}

/// The running app. Make one with [`App::new`] and serve it with [`serve`], or mount [`router`] yourself.
pub struct App {
    config: DemoConfig,
    http: reqwest::Client,
    machine: Signer,
    login_key: Option<Signer>,
    tokens: MachineTokens,
    book: Mutex<Book>,
    /// One cycle or one incoming application at a time, so that letters and their order do not depend on chance.
    turn: tokio::sync::Mutex<()>,
    busy: AtomicUsize,
}

/// Counts one piece of work for `/idle` for as long as it lives.
struct Working<'a>(&'a AtomicUsize);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl App {
    /// Reads the keys and gets ready; calls nobody yet.
    ///
    /// # Errors
    /// When a key cannot be read or an HTTP client cannot be made.
    pub fn new(config: DemoConfig) -> Result<Arc<Self>, ConfigError> {
        let machine = Signer::from_pem(&config.machine_key)
            .ok_or(ConfigError::Key { which: "machine client", kid: config.machine_key.kid.clone() })?;
        let login_key = match &config.login_auth {
            LoginAuth::Secret(_) | LoginAuth::Public => None,
            LoginAuth::Key(key) => {
                Some(Signer::from_pem(key).ok_or(ConfigError::Key { which: "login client", kid: key.kid.clone() })?)
            }
        };
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(10))
            .build()
            .map_err(|error| ConfigError::Http(error.to_string()))?;
        Ok(Arc::new(Self {
            config,
            http,
            machine,
            login_key,
            tokens: MachineTokens::default(),
            book: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            busy: AtomicUsize::new(0),
        }))
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn working(&self) -> Working<'_> {
        self.busy.fetch_add(1, Ordering::AcqRel);
        Working(&self.busy)
    }

    /// The time the registers last told, in Norway.
    fn now(&self) -> Option<Zoned> {
        self.book().register_time.map(in_norway)
    }

    /// One full round: reads the feed to its end, then does what has become due for the applications. All parts are
    /// tried, so that trouble in one does not stop the others.
    async fn cycle(&self) -> Result<(), Failure> {
        let _working = self.working();
        let _turn = self.turn.lock().await;
        let feed = self.read_feed().await;
        let applications = self.work_off_applications().await;
        let payments = self.work_off_payments().await;
        feed.and(applications).and(payments)
    }
}

/// An instant as Norwegian civil time.
fn in_norway(at: Timestamp) -> Zoned {
    at.to_zoned(TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC))
}

/// `10.02.2027`, as Norwegian letters write it.
fn written(date: Date) -> String {
    date.strftime("%d.%m.%Y").to_string()
}

/// Serves the app on `listener` until `shutdown` completes, and polls the feed beside it (see
/// [`DemoConfig::poll_every`]).
///
/// # Errors
/// When a key cannot be read, or the listener fails.
pub async fn serve(
    listener: tokio::net::TcpListener,
    config: DemoConfig,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ConfigError> {
    let app = App::new(config)?;
    let poller = tokio::spawn(poll(Arc::clone(&app)));
    let served = axum::serve(listener, router(app)).with_graceful_shutdown(shutdown).await;
    poller.abort();
    served.map_err(|error| ConfigError::Http(error.to_string()))
}

/// Polls for as long as the app runs. Without an interval it only makes sure that the start pointer gets read.
async fn poll(app: Arc<App>) {
    loop {
        let pointer_known = app.book().next_sequence.is_some();
        if (app.config.poll_every.is_some() || !pointer_known)
            && let Err(failure) = app.cycle().await
        {
            tracing::warn!(%failure, "runden ble ikke ferdig og tas opp igjen");
        }
        match app.config.poll_every {
            Some(interval) => tokio::time::sleep(interval).await,
            None if app.book().next_sequence.is_some() => return,
            None => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

/// The app's routes.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(pages::start))
        .route("/login", get(login::login))
        .route("/callback", get(login::callback))
        .route("/logout", post(login::logout))
        .route("/api/soeknader", post(applications::apply))
        .route("/api/soeknader/{id}/svar", post(applications::answer))
        .route("/api/plasser", get(applications::places))
        .route("/soeknad/redusert-betaling", post(payments::apply))
        .route("/api/saker/{id}/vedtak", get(payments::decision))
        .route("/helse", get(health))
        .route("/idle", get(idle))
        .route("/poke", post(poke))
        .with_state(app)
}

/// Ready once the app knows where in the feed it begins: earlier events are not its business, later ones all are.
async fn health(State(app): State<Arc<App>>) -> (StatusCode, Json<Value>) {
    if app.book().next_sequence.is_some() {
        (StatusCode::OK, Json(json!({ "status": "UP" })))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "STARTER" })))
    }
}

/// True when nothing is queued or in flight. Work that failed and waits for the next poll is not in flight: only time
/// or a poke brings it further.
async fn idle(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({ "idle": app.busy.load(Ordering::Acquire) == 0 }))
}

/// Runs one full cycle and answers when it is done. 200 also when a service failed: the poke itself was heard, and what
/// is left over comes up again.
async fn poke(State(app): State<Arc<App>>) -> Json<Value> {
    match app.cycle().await {
        Ok(()) => Json(json!({ "ferdig": true })),
        Err(failure) => Json(json!({ "ferdig": false, "feil": failure.to_string() })),
    }
}
