//! Ten thousand requests that no client would send, made of good ones: to every mock and every route of the admin API,
//! over sockets. They leave no 5xx but the documented ones, no panic, no way out of this machine, nothing of ours in a
//! mocked body, and logs that still verify and replay to the same digest.
//!
//! `BYTEBY_MUTATIONS` says how many (2 000 when not set), `BYTEBY_MUTATIONS_SEED` with which seed, `BYTEBY_MUTATIONS_AT`
//! which addresses, by words in them with commas between (all when not set); they are printed. A long run at the log-in
//! services, eight requests at once in an optimised test binary:
//!
//! ```text
//! BYTEBY_MUTATIONS=100000 BYTEBY_MUTATIONS_AT=idporten,ansattporten,maskinporten,selvbetjening \
//!     cargo test --test it mutated:: -- --nocapture
//! ```

mod corpus;
mod judge;
mod mutate;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use byteby::app::{Config, start};
use byteby::base::{Digest, Domain, Purpose, Seed, StreamKey};
use byteby::journal::LogItem;
use byteby::town::{Town, apply};
use byteby::townhall::{Ledger, TownHall, World};

use corpus::Corpus;
use judge::Judge;

use crate::scenario_faa_barn::plans;

/// Requests at once.
const CLIENTS: usize = 8;
/// A server that is silent so long has lost the request.
const SILENCE: Duration = Duration::from_mins(1);

/// A request, as it goes onto the wire.
#[derive(Clone, Debug)]
pub(super) struct Shot {
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
    /// The length or the coding of the body was tampered with: then the connection may end without an answer.
    pub(super) unframed: bool,
}

impl Shot {
    fn bytes(&self) -> Vec<u8> {
        let mut out = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        let has = |name: &str| self.headers.iter().any(|(found, _)| found.eq_ignore_ascii_case(name));
        for (name, value) in &self.headers {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        }
        if !has("host") {
            out.extend_from_slice(b"host: localhost\r\n");
        }
        if !has("content-length") && !has("transfer-encoding") && !self.body.is_empty() {
            out.extend_from_slice(format!("content-length: {}\r\n", self.body.len()).as_bytes());
        }
        out.extend_from_slice(b"connection: close\r\n\r\n");
        out.extend_from_slice(&self.body);
        out
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// 0 when nothing did.
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let of = |line: &'_ str| line.split_once(':').map(|(found, value)| (found.to_owned(), value.trim().to_owned()));
        let place =
            self.head.lines().position(|line| of(line).is_some_and(|(found, _)| found.eq_ignore_ascii_case(name)))?;
        self.head.lines().nth(place)?.split_once(':').map(|(_, value)| value.trim())
    }
}

/// Sends `shot` on a connection of its own and reads to the end, or to the head of a stream that has none.
pub(super) fn fire(addr: SocketAddr, shot: &Shot) -> Result<Answer, String> {
    let mut stream = TcpStream::connect(addr).map_err(|error| format!("no connection: {error}"))?;
    stream.set_read_timeout(Some(SILENCE)).expect("a limit");
    // A server that refuses early closes its end while we still write.
    let _ = stream.write_all(&shot.bytes());
    if shot.unframed {
        let _ = stream.shutdown(std::net::Shutdown::Write);
    }
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16_384]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                return Err(format!("silent for {SILENCE:?} after {} bytes", bytes.len()));
            }
            Err(_) => break,
        }
        if is_stream(&bytes) {
            break;
        }
    }
    let end = bytes.windows(4).position(|part| part == b"\r\n\r\n");
    let (head, body) = end.map_or((bytes.len(), bytes.len()), |end| (end, end + 4));
    let head = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Ok(Answer { status, head, body: bytes[body..].to_vec() })
}

/// Whether the head of an event stream is here: its body never ends.
fn is_stream(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") else { return false };
    String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase().contains("text/event-stream")
}

/// Panics in the library since the hook was set: where, and what was said.
fn panics() -> &'static Mutex<Vec<String>> {
    static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if info.location().is_some_and(|place| place.file().starts_with("src/")) {
                SEEN.lock().unwrap_or_else(PoisonError::into_inner).push(info.to_string());
            }
            before(info);
        }));
    });
    &SEEN
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_request_breaks_the_town() {
    let (count, seed) = (setting("BYTEBY_MUTATIONS", 2_000), setting("BYTEBY_MUTATIONS_SEED", 1814));
    let aim = std::env::var("BYTEBY_MUTATIONS_AT").unwrap_or_default();
    println!("BYTEBY_MUTATIONS={count} BYTEBY_MUTATIONS_SEED={seed} BYTEBY_MUTATIONS_AT={aim}");
    let panicked = panics();
    // The town of the shipped scenario, so that its letters have receivers here too.
    let town = &plans()[0].world;
    let config = Config { size: town.size, seed: town.seed, start: town.start, ..Config::on_free_port() };
    let running = start(config).await.expect("a town on a free port");
    let mut corpus = Corpus::make(&running).await;
    corpus.aim(&aim);
    let corpus = Arc::new(corpus);
    let judge = Arc::new(Judge::new(&running));
    let addr = running.addr;
    let good = check_good(addr, &corpus, &judge).await;
    corpus.is_good(addr).await;
    let next = Arc::new(AtomicUsize::new(0));
    let total = usize::try_from(count).expect("a count");
    let begun = panicked.lock().unwrap_or_else(PoisonError::into_inner).len();
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let (corpus, judge, next, hall) = (corpus.clone(), judge.clone(), next.clone(), running.hall.clone());
        clients.push(tokio::task::spawn_blocking(move || {
            let key = StreamKey::new(Seed(seed), 1, Domain::Tjeneste, Purpose("mutated requests"));
            let mut wrong = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= total || wrong.len() >= 20 {
                    return wrong;
                }
                if hall.world(corpus::WORLD).is_none() {
                    // A good request of the corpus drops it; another client may have been quicker.
                    let _ = hall.fork("main", Some(corpus::WORLD));
                }
                let mut stream = key.at(number as u64);
                let (good, shot) = mutate::mutated(&corpus, &mut stream);
                let began = tokio::time::Instant::now();
                let mut answer = fire(addr, &shot);
                judge.book(good, began.elapsed());
                if shot.method == "HEAD" && answer.as_ref().is_ok_and(|answer| answer.status >= 500) {
                    // Whether it is a documented one stands in the body.
                    answer = fire(addr, &Shot { method: "GET".into(), ..shot.clone() });
                }
                if let Some(what) = judge.wrong(&shot, &answer) {
                    wrong.push(judge::told(number, &what, &shot, &answer));
                }
            }
        }));
    }
    let mut wrong = Vec::new();
    for client in clients {
        wrong.extend(client.await.expect("the client itself does not fail"));
    }
    let panicked = panicked.lock().unwrap_or_else(PoisonError::into_inner)[begun..].to_vec();
    assert!(panicked.is_empty(), "seed {seed}: {} panics:\n{}", panicked.len(), panicked.join("\n"));
    assert!(wrong.is_empty(), "seed {seed}: {} of {total}:\n{}", wrong.len(), wrong.join("\n\n"));
    println!("{}\nwhere the time went:\n{}", judge.summary(), judge.spent());
    assert_eq!(judge.kinds_met(), (true, true, true), "good, refused and unknown requests were among them");
    for info in running.hall.worlds() {
        let world = running.hall.world(&info.name).expect("a world of the list");
        verify(&running.hall, &world);
    }
    assert_eq!(check_good(addr, &corpus, &judge).await, good, "good requests are answered as before");
    running.stop().await;
}

/// The good requests that only ask the mocks for what they model, with the status each is answered with; nothing is wrong
/// with any good answer.
async fn check_good(addr: SocketAddr, corpus: &Arc<Corpus>, judge: &Arc<Judge>) -> Vec<(String, u16)> {
    let (corpus, judge) = (corpus.clone(), judge.clone());
    let asked = tokio::task::spawn_blocking(move || {
        let mut seen = Vec::new();
        for shot in corpus.shots.iter().filter(|shot| shot.method == "GET") {
            let answer = fire(addr, shot);
            assert_eq!(judge.wrong(shot, &answer), None, "{shot:?}\n{answer:?}");
            let status = answer.map_or(0, |answer| answer.status);
            // A log-in under way is state of the protocol: another request may end it or begin it anew.
            if !shot.target.starts_with("/_byteby") && !shot.target.starts_with("/idporten/login") && status < 500 {
                seen.push((shot.target.clone(), status));
            }
        }
        seen
    });
    asked.await.expect("no panic")
}

/// Reads the log of `world` from its store: the chain of hashes holds, and its replay comes to the digest and the clock of
/// the world.
fn verify(hall: &TownHall, world: &World) {
    let (mut ledger, mut before) = (Ledger::default(), Digest::default());
    let mut town = Town::new(world.town().base.clone());
    for (due, item) in (1..).zip(hall.log(world, 1, usize::MAX).expect("the log can be read")) {
        let bytes = item.encode(&before);
        let read = LogItem::decode(&bytes, due, &before).unwrap_or_else(|fault| panic!("item {due}: {fault}"));
        assert_eq!(read, item);
        before = LogItem::hash(&bytes);
        ledger.book(&item);
        item.events.iter().for_each(|event| apply(&mut town, event));
    }
    assert_eq!((ledger.head(), ledger.canonical()), (world.ledger().head(), world.ledger().canonical()));
    assert_eq!(town.now(), world.town().now());
    assert_eq!(ledger.head().hash, before);
}
