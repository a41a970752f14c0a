//! Nothing acknowledged is lost when the process is killed.
//!
//! The real program runs on a directory while several apps change the town through the admin API. When so many answers
//! have come, it is killed; it starts again on the same directory, and every acknowledged change must be there. In the
//! end the log is replayed here and compared with every digest anybody was ever told.
//!
//! Five rounds by default, `BYTEBY_KILL_ROUNDS` for more; `tests/kill_many.sh` runs a thousand.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use byteby::base::{OriginKey, sha256};
use byteby::journal::{Journal, SledJournal, WorldId};
use byteby::townhall::Ledger;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Apps that change the town at the same time.
const APPS: usize = 8;
/// Changes an app asks for at once now and then: what comes together is written together.
const BURST: usize = 6;
/// Kills one town survives before a new one begins: every round reads the whole log again.
const ROUNDS_PER_TOWN: usize = 20;
/// Most answers waited for before the kill.
const MOST_ANSWERS: u64 = 160;
/// Longest wait for anything: far above what a slow machine needs, there only so that a test ends.
const LIMIT: Duration = Duration::from_mins(2);

/// A change somebody was told has happened.
#[derive(Clone, Debug)]
struct Answer {
    world: String,
    seq: u64,
    /// Key of its cause, when the app gave one.
    origin: Option<String>,
    /// Digests of the world's log at this item or a later one.
    digests: (String, String),
}

/// What all rounds were told.
#[derive(Default)]
struct Told {
    changes: Vec<Answer>,
    /// Worlds made, and whether they were dropped again.
    worlds: BTreeMap<String, bool>,
}

/// The program on a directory. Killed at the latest when the test ends.
pub struct Server {
    child: Child,
    /// Where its admin API begins.
    pub api: String,
}

impl Server {
    /// Starts it and waits until it says where it listens.
    pub async fn start(data: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_byteby"));
        command.args(["up", "--json", "--size", "1500", "--port", "0", "--data"]).arg(data);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the program starts");
        let out = child.stdout.take().expect("a pipe");
        let first_line = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            BufReader::new(out).read_line(&mut line).map(|_| line)
        });
        let line = timeout(LIMIT, first_line).await.expect("the program says where it listens").unwrap().unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("the program said `{line}`"));
        Self { child, api: format!("http://127.0.0.1:{}/_byteby/v1", said["port"]) }
    }

    /// `kill -9`, and waits until the process is gone.
    pub fn kill(&mut self) {
        self.child.kill().expect("the process is there");
        self.child.wait().expect("the process ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn get(client: &Client, url: &str, query: &[(&str, &str)]) -> Value {
    let answer = client.get(url).query(query).send().await.unwrap_or_else(|error| panic!("{url}: {error}"));
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{url}: {status} {text}");
    serde_json::from_str(&text).unwrap()
}

/// Identity numbers of the people a selector picks.
async fn people(client: &Client, api: &str, selector: &str) -> Vec<String> {
    let found = get(client, &format!("{api}/worlds/main/people"), &[("where", selector)]).await;
    found["people"].as_array().unwrap().iter().map(|person| person["id"].as_str().unwrap().to_owned()).collect()
}

/// One write; `None` when the server was killed before it answered, and no value when the town said no.
async fn write(client: &Client, url: &str, key: Option<&str>, body: &Value) -> Option<Option<Value>> {
    let mut request = client.post(url).json(body);
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    let answer = request.send().await.ok()?;
    let status = answer.status();
    let text = answer.text().await.ok()?;
    if status == StatusCode::CONFLICT {
        return Some(None);
    }
    assert!(status.is_success(), "{url} {body}: {status} {text}");
    Some(Some(serde_json::from_str(&text).unwrap()))
}

/// One app. It goes round its people and makes changes until the server is gone.
struct App {
    client: Client,
    api: String,
    name: String,
    people: Vec<String>,
    /// Women who have no child yet; each gives birth once.
    mothers: Vec<String>,
    told: Arc<Mutex<Told>>,
    answers: watch::Sender<u64>,
    /// Requests sent and not yet answered, of all apps.
    under_way: Arc<AtomicU64>,
}

impl App {
    async fn run(self) {
        for turn in 0.. {
            let done = match turn % 10 {
                5 => self.fork(turn).await,
                2 | 8 => self.burst(turn).await,
                _ => self.change("main", turn).await,
            };
            if done.is_none() {
                return;
            }
        }
    }

    /// Changes of several people at once, which the server writes as one batch when they meet in a flush.
    async fn burst(&self, turn: usize) -> Option<()> {
        let change = |part: usize| self.change("main", 1_000_000 + turn * BURST + part);
        let all = tokio::join!(change(0), change(1), change(2), change(3), change(4), change(5));
        let [a, b, c, d, e, f] = <[Option<()>; BURST]>::from(all);
        a.and(b).and(c).and(d).and(e).and(f)
    }

    /// A child is born, or a citizen's entry in the contact register changes. Half of the changes are keyed by the app.
    async fn change(&self, world: &str, turn: usize) -> Option<()> {
        let of = &self.people[turn % self.people.len()];
        let key = turn.is_multiple_of(2).then(|| format!("{}-{turn}", self.name));
        let spraak = ["en", "nn", "se", "nb"][turn / self.people.len() % 4];
        let mother = self.mothers.get(turn / 4).filter(|_| turn % 4 == 2 && world == "main");
        let body = match turn % 3 {
            _ if mother.is_some() => json!({ "kind": "foedsel", "of": mother }),
            0 => json!({ "kind": "reservasjon", "of": of, "reservert": (turn / self.people.len()).is_multiple_of(2) }),
            _ => json!({ "kind": "kontaktendring", "of": of, "spraak": spraak }),
        };
        let url = format!("{}/worlds/{world}/events", self.api);
        self.under_way.fetch_add(1, Ordering::SeqCst);
        let made = write(&self.client, &url, key.as_deref(), &body).await?;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        let Some(made) = made else {
            assert!(mother.is_some(), "only a birth may be refused: {body}");
            return Some(());
        };
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let changed = made["changed"].as_bool().unwrap();
        let origin = key.map(|key| OriginKey::of("admin/event/key", &[key.as_bytes()]));
        self.told.lock().await.changes.push(Answer {
            world: world.to_owned(),
            seq: made["seq"].as_u64().unwrap(),
            origin: origin.filter(|_| changed).map(|origin| format!("{:032x}", origin.0)),
            digests: (text("digest"), text("canonical")),
        });
        self.answers.send_modify(|answers| *answers += 1);
        Some(())
    }

    /// A fork with a change of its own; every other one is dropped again.
    async fn fork(&self, turn: usize) -> Option<()> {
        let name = format!("{}-{turn}", self.name);
        write(&self.client, &format!("{}/worlds/main/fork", self.api), None, &json!({ "name": name })).await?;
        self.told.lock().await.worlds.insert(name.clone(), false);
        self.change(&name, turn).await?;
        if turn % 20 == 15 {
            // From here on it may be gone, answered or not.
            self.told.lock().await.worlds.remove(&name);
            let answer = self.client.delete(format!("{}/worlds/{name}", self.api)).send().await.ok()?;
            assert!(answer.status().is_success(), "dropping {name}: {}", answer.status());
            self.told.lock().await.worlds.insert(name, true);
        }
        Some(())
    }
}

/// The whole log of `world` as the server tells it.
async fn log(client: &Client, api: &str, world: &str) -> Vec<Value> {
    let mut items: Vec<Value> = Vec::new();
    loop {
        let since = items.len().to_string();
        let part = [("since", since.as_str()), ("limit", "1000")];
        let page = get(client, &format!("{api}/worlds/{world}/events"), &part).await;
        let more = page["items"].as_array().unwrap().clone();
        if more.is_empty() {
            assert_eq!(page["head"]["seq"].as_u64().unwrap(), items.len() as u64);
            return items;
        }
        items.extend(more);
    }
}

/// Everything that was told is still so. Gives the number of items nobody was told of: they were on their way.
async fn check(client: &Client, api: &str, told: &Told) -> u64 {
    let list = get(client, &format!("{api}/worlds"), &[]).await;
    let names: Vec<&str> =
        list["worlds"].as_array().unwrap().iter().map(|world| world["name"].as_str().unwrap()).collect();
    for (name, dropped) in &told.worlds {
        assert_eq!(names.contains(&name.as_str()), !dropped, "world {name}, dropped: {dropped}");
    }
    let mut untold = 0;
    for world in names {
        let answers: Vec<&Answer> = told.changes.iter().filter(|answer| answer.world == world).collect();
        let items = log(client, api, world).await;
        for answer in &answers {
            let item = usize::try_from(answer.seq).ok().and_then(|seq| items.get(seq - 1));
            let item = item.unwrap_or_else(|| panic!("lost: {answer:?}, {world} ends at {}", items.len()));
            assert_eq!(item["seq"], answer.seq);
            if let Some(origin) = &answer.origin {
                assert_eq!(item["cause"]["origin"], *origin, "another item stands at {answer:?}");
            }
        }
        let last = answers.iter().map(|answer| answer.seq).max().unwrap_or(0);
        untold += if world == "main" { items.len() as u64 - last } else { 0 };
    }
    untold
}

/// Gives what the start found of the round before that nobody was told of, and how many changes were on their way at the
/// kill.
async fn round(data: &Path, number: u64, told: &Arc<Mutex<Told>>) -> (u64, u64) {
    let client = Client::builder().timeout(LIMIT).build().unwrap();
    let mut server = Server::start(data).await;
    let untold = check(&client, &server.api, &*told.lock().await).await;
    let adults = people(&client, &server.api, "bosatt && alder > 40").await;
    let mothers = "bosatt && kjoenn == 'kvinne' && alder >= 22 && alder <= 38 && barn.size() == 0";
    let mothers = people(&client, &server.api, mothers).await;
    let mut mothers = mothers.chunks(mothers.len().div_ceil(APPS).max(1));
    let (answers, mut answered) = watch::channel(0);
    let under_way = Arc::new(AtomicU64::new(0));
    let mut apps = JoinSet::new();
    for (index, share) in adults.chunks(adults.len() / APPS).take(APPS).enumerate() {
        let app = App {
            client: client.clone(),
            api: server.api.clone(),
            name: format!("r{number}-a{index}"),
            people: share.to_vec(),
            mothers: mothers.next().unwrap_or_default().to_vec(),
            told: told.clone(),
            answers: answers.clone(),
            under_way: under_way.clone(),
        };
        apps.spawn(app.run());
    }
    // The moment differs from round to round; requests of all other apps are under way when it comes.
    let moment = 1 + sha256(&[b"kill", &number.to_be_bytes()]).word() % MOST_ANSWERS;
    let reached = answered.wait_for(|answers| *answers >= moment);
    timeout(LIMIT, reached).await.expect("the apps are answered").expect("the apps run");
    let under_way = under_way.load(Ordering::SeqCst);
    server.kill();
    while let Some(app) = timeout(LIMIT, apps.join_next()).await.expect("the apps notice the end") {
        app.expect("every answer was a good one");
    }
    (untold, under_way)
}

/// Replays every stored log here and holds it against every digest that was told.
fn replay(data: &Path, told: &Told) {
    let journal = SledJournal::open(data).expect("a killed process leaves a whole log");
    for header in journal.worlds().unwrap() {
        let mut ledger = Ledger::default();
        let mut digests = Vec::new();
        for item in journal.read(WorldId(header.id.0), 1, usize::MAX).unwrap() {
            ledger.book(&item);
            digests.push((ledger.head().hash.to_string(), ledger.canonical().to_string()));
        }
        for answer in told.changes.iter().filter(|answer| answer.world == header.name) {
            let behind = &digests[usize::try_from(answer.seq).unwrap() - 1..];
            assert!(behind.contains(&answer.digests), "no item at or behind this one has its digests: {answer:?}");
        }
    }
}

/// What a series of kills came to.
#[derive(Default)]
struct Sum {
    changes: usize,
    forks: usize,
    /// Items found that nobody was told of: they were written when the kill came, but not answered.
    untold: u64,
    /// Kills with several changes on their way.
    inside: u64,
    /// Those of them after which some of these changes were found: the batch was on the disk, its answers were not out.
    written: u64,
}

/// Kills one town after another, then looks at what is left of it.
async fn series(rounds: std::ops::Range<u64>) -> Sum {
    let place = tempfile::tempdir().unwrap();
    let told = Arc::new(Mutex::new(Told::default()));
    let (mut sum, mut before) = (Sum::default(), 0);
    let count = |untold: u64, before: u64, sum: &mut Sum| {
        sum.untold += untold;
        sum.inside += u64::from(before > 1);
        sum.written += u64::from(before > 1 && untold > 0);
    };
    for number in rounds {
        let (untold, under_way) = round(place.path(), number, &told).await;
        count(untold, before, &mut sum);
        before = under_way;
    }
    let client = Client::builder().timeout(LIMIT).build().unwrap();
    let mut server = Server::start(place.path()).await;
    let told = told.lock().await;
    count(check(&client, &server.api, &told).await, before, &mut sum);
    server.kill();
    replay(place.path(), &told);
    Sum { changes: told.changes.len(), forks: told.worlds.len(), ..sum }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let rounds: u64 = std::env::var("BYTEBY_KILL_ROUNDS").map_or(5, |text| text.parse().expect("a number of rounds"));
    let mut sum = Sum::default();
    for first in (0..rounds).step_by(ROUNDS_PER_TOWN) {
        let last = rounds.min(first + ROUNDS_PER_TOWN as u64);
        let found = series(first..last).await;
        sum = Sum {
            changes: sum.changes + found.changes,
            forks: sum.forks + found.forks,
            untold: sum.untold + found.untold,
            inside: sum.inside + found.inside,
            written: sum.written + found.written,
        };
        println!(
            "{last} kills: {} acknowledged changes and {} forks, 0 lost; {} kills with several changes on their way, \
             in {} of them {} items were written and not yet acknowledged",
            sum.changes, sum.forks, sum.inside, sum.written, sum.untold
        );
    }
    assert!(sum.changes > 0, "nobody changed anything");
    assert!(sum.inside * 2 >= rounds, "only {} of {rounds} kills came with several changes on their way", sum.inside);
}
