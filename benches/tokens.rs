//! Tokens: RS256 tokens a second beside `openssl speed rsa2048` on the same core in the same run, headless log-ins a
//! second, and that the size of a town does not show in the latency of a token. Each figure stands beside its bar
//! (`DESIGN` §11).
//!
//! ```text
//! cargo bench --bench tokens [-- --large N] [-- --rounds N]
//! ```
//!
//! The rate is measured in a process of its own, held on one core by `taskset` where there is one, in turns with
//! OpenSSL, through the handler of Maskinporten as the router calls it: form, assertion, replay, scopes, signature.
//! Log-ins go over HTTP and loopback: authorize with `login_hint`, then the code for tokens with a client secret.

#![allow(
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    reason = "figures for people; a bench that fails has failed"
)]
#![expect(clippy::disallowed_methods, reason = "a measurement of real time reads the real clock")]

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use byteby::access::{DEMO_MACHINE_CLIENT, DEMO_WEB_CLIENT, DEMO_WEB_SECRET, Inbound};
use byteby::app::{Config, Running, start};
use byteby::gate::wall;
use byteby::keys::client_key;
use byteby::services::maskinporten;
use serde_json::json;
use tower::ServiceExt;

/// What a token is for.
const SCOPE: &str = "folkeregister:deling/offentligmedhjemmel";
/// Where log-ins return to: the address that the client which comes with every town has registered.
const RETURN: &str = "http://localhost:2984/callback";
/// Log-ins under way at once.
const AT_ONCE: usize = 8;
/// Tokens of one turn: about two thirds of a second of one core.
const TURN: usize = 1_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).and_then(|text| text.parse::<usize>().ok())
    };
    let rounds = after("--rounds").unwrap_or(5);
    if arguments.iter().any(|argument| argument == "--rate") {
        return rate(rounds);
    }
    println!("{:<46} {:>18} {:>10}   reference in the same run", "what", "measured", "bar");
    on_one_core(rounds);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let large = u32::try_from(after("--large").unwrap_or(100_000)).expect("a number of people");
    runtime.block_on(async {
        let small = town(1_500).await;
        logins(&small, rounds).await;
        latency(&small, &town(large).await, large).await;
    });
}

fn report(what: &str, measured: &str, bar: &str, reference: &str) {
    println!("{what:<46} {measured:>18} {bar:>10}   {reference}");
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures[figures.len() / 2]
}

async fn town(size: u32) -> Running {
    start(Config { size, ..Config::on_free_port() }).await.expect("a town on a free port")
}

/// Runs `--rate` in a process of its own, on one core where that can be said.
fn on_one_core(rounds: usize) {
    let own = std::env::current_exe().expect("the bench has a file");
    let rounds = rounds.to_string();
    let arguments = ["--rate", "--rounds", &rounds];
    let pinned = Command::new("taskset").args(["-c", "0"]).arg(&own).args(arguments).status();
    if pinned.is_err() {
        println!("no `taskset` here: the rate is not held on one core");
        assert!(Command::new(own).args(arguments).status().is_ok_and(|status| status.success()), "the rate failed");
    } else {
        assert!(pinned.is_ok_and(|status| status.success()), "the rate failed");
    }
}

/// Tokens a second through the handler, in turns with `openssl speed`.
fn rate(rounds: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let town = town(1_500).await;
        let mut desk = Desk::new(&town);
        desk.tokens(100).await;
        let (mut tokens, mut bare, mut signs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            signs.extend(openssl());
            tokens.push(TURN as f64 / desk.tokens(TURN).await.iter().sum::<Duration>().as_secs_f64());
            bare.push(signatures());
        }
        let (tokens, bare) = (median(tokens), median(bare));
        let reference = if signs.is_empty() { "no `openssl` here".into() } else { "openssl speed rsa2048".to_owned() };
        if !signs.is_empty() {
            let share = 100.0 * tokens / median(signs.clone());
            let told = format!("{reference}: {:.0} signatures/s", median(signs));
            report("RS256 tokens per core, of OpenSSL's rate", &format!("{share:.0} %"), ">= 85 %", &told);
        }
        report("RS256 tokens per core", &format!("{tokens:.0} /s"), "", &format!("bare signatures: {bare:.0} /s"));
        town.stop().await;
    });
}

/// Signatures a second as OpenSSL measures them; `None` without it.
fn openssl() -> Option<f64> {
    let output = Command::new("openssl").args(["speed", "-mr", "-seconds", "1", "rsa2048"]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // `+F2:2:2048:<signing>:<checking>`: seconds for one, or how many in a second, by the version.
    let line = text.lines().find(|line| line.starts_with("+F2:"))?;
    let told: f64 = line.split(':').nth(3)?.parse().ok()?;
    Some(if told < 1.0 { 1.0 / told } else { told })
}

/// Signatures a second with nothing around them.
fn signatures() -> f64 {
    let claims = json!({"iss": "x"}).as_object().unwrap().clone();
    let began = Instant::now();
    for _ in 0..TURN / 2 {
        std::hint::black_box(client_key().sign(None, &claims));
    }
    (TURN / 2) as f64 / began.elapsed().as_secs_f64()
}

/// The token endpoint of a town, called without a network.
struct Desk {
    router: axum::Router,
    inbound: Inbound,
    made: usize,
}

impl Desk {
    fn new(town: &Running) -> Self {
        let inbound = Inbound {
            hall: town.hall.clone(),
            world: town.main(),
            access: town.access.clone(),
            observe: town.observe.clone(),
            base_url: "http://localhost:2983".into(),
            public_url: "http://localhost:2983".into(),
            wall: wall::now(),
            request_id: "bench".into(),
            open_clients: false,
        };
        Self { router: maskinporten::routes(), inbound, made: 0 }
    }

    /// `count` tokens one after the other, each for an assertion of its own, made before the clock starts. What each took.
    async fn tokens(&mut self, count: usize) -> Vec<Duration> {
        self.inbound.wall = wall::now();
        let now = self.inbound.wall.seconds();
        let requests: Vec<Request<Body>> =
            (self.made..self.made + count).map(|number| self.request(number, now)).collect();
        self.made += count;
        let mut took = Vec::with_capacity(count);
        for mut request in requests {
            request.extensions_mut().insert(self.inbound.clone());
            let began = Instant::now();
            let response = self.router.clone().oneshot(request).await.unwrap();
            took.push(began.elapsed());
            assert_eq!(response.status(), 200);
        }
        took
    }

    fn request(&self, number: usize, now: i64) -> Request<Body> {
        let claims = json!({
            "aud": format!("{}/maskinporten/", self.inbound.base_url),
            "iss": DEMO_MACHINE_CLIENT,
            "scope": SCOPE,
            "iat": now,
            "exp": now + 120,
            "jti": format!("{now}-{number}"),
        });
        let assertion = client_key().sign(None, claims.as_object().unwrap());
        let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
        Request::post("/maskinporten/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("grant_type={grant}&assertion={assertion}")))
            .unwrap()
    }
}

/// Log-ins a second over HTTP, several at once.
async fn logins(town: &Running, rounds: usize) {
    const EACH: usize = 400;
    let base = town.base_url();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let pids: Arc<[String]> = {
        let town = town.main().town();
        let adults = town.people().filter(|person| person.is_bosatt() && person.alder() >= 20);
        adults.take(200).map(|person| person.nummer().to_string()).collect()
    };
    let mut rates = Vec::new();
    for round in 0..=rounds {
        let next = Arc::new(AtomicUsize::new(0));
        let began = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..AT_ONCE {
            let (base, http, pids, next) = (base.clone(), http.clone(), pids.clone(), next.clone());
            tasks.spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= EACH {
                        return;
                    }
                    login(&http, &base, &pids[number % pids.len()]).await;
                }
            });
        }
        tasks.join_all().await;
        // The first round warms up.
        if round > 0 {
            rates.push(EACH as f64 / began.elapsed().as_secs_f64());
        }
    }
    let rate = median(rates);
    report("headless log-ins, client secret, HTTP", &format!("{rate:.0} /s"), ">= 600 /s", "two signatures each");
}

/// One log-in: a code for a citizen nobody asks, then tokens for the code.
async fn login(http: &reqwest::Client, base: &str, pid: &str) {
    static CHALLENGE: OnceLock<(String, String)> = OnceLock::new();
    let (verifier, challenge) = CHALLENGE.get_or_init(|| {
        let verifier = "v".repeat(43);
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
        (verifier, byteby::keys::encode_url(digest.as_ref()))
    });
    let hint = format!("testid:{pid}_idporten-loa-substantial");
    let asked = [
        ("client_id", DEMO_WEB_CLIENT),
        ("redirect_uri", RETURN),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "s"),
        ("nonce", "n"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
        ("login_hint", &hint),
    ];
    let away = http.get(format!("{base}/idporten/authorize")).query(&asked).send().await.unwrap();
    let to = away.headers()["location"].to_str().unwrap().to_owned();
    let code = to.split(['?', '&']).find_map(|pair| pair.strip_prefix("code=")).unwrap_or_else(|| panic!("{to}"));
    let form =
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", RETURN), ("code_verifier", verifier)];
    let request = http.post(format!("{base}/idporten/token")).basic_auth(DEMO_WEB_CLIENT, Some(DEMO_WEB_SECRET));
    let answer = request.form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let _ = answer.bytes().await.unwrap();
}

/// A token's latency in a small and in a large town, in turns.
async fn latency(small: &Running, large: &Running, size: u32) {
    const TURNS: usize = 6;
    let mut desks = [Desk::new(small), Desk::new(large)];
    let mut took = [Vec::new(), Vec::new()];
    for turn in 0..TURNS {
        for (desk, took) in desks.iter_mut().zip(&mut took) {
            let times = desk.tokens(TURN / 4).await;
            // The first turn warms up.
            if turn > 0 {
                took.extend(times);
            }
        }
    }
    let micros = |times: &mut Vec<Duration>, place: usize| {
        times.sort_unstable();
        times[times.len() * place / 100].as_secs_f64() * 1e6
    };
    let [few, many] = &mut took;
    let (few, many) = ([50, 99].map(|place| micros(few, place)), [50, 99].map(|place| micros(many, place)));
    report(
        &format!("a token in a town of {size}, median / p99"),
        &format!("{:.0} / {:.0} us", many[0], many[1]),
        "the same",
        &format!("1500 people: {:.0} / {:.0} us; ratio of medians {:.2}", few[0], few[1], many[0] / few[0]),
    );
}
