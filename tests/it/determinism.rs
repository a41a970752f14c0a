//! The same commands give the same digest: in two processes, and however independent requests interleave
//! (`specs/experience.md` §14, `specs/core.md` §5).

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use byteby::app::{Config, Running, start};
use byteby::base::Kjoenn;
use byteby::townhall::MAIN;
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// The program in a process of its own, on a port it picked.
struct Server {
    child: Child,
    base: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_byteby"))
            .args(["up", "--size", "1500", "--port", "0", "--clock", "frozen", "--open-clients"])
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program runs");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = |line: String| {
            let at = line.find("http://localhost:")?;
            let rest = &line[at + "http://localhost:".len()..];
            let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
            Some(format!("http://localhost:{port}"))
        };
        let base = lines.by_ref().map_while(Result::ok).find_map(address).expect("it says where it listens");
        // A pipe nobody reads would end the program.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base }
    }
}

async fn admin(http: &Client, base: &str, method: Method, path: &str, body: Value) -> Value {
    let mut request = http.request(method.clone(), format!("{base}/_byteby/v1{path}"));
    if !body.is_null() {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{method} {path}: {status} {text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// What a day in a town may hold, by the admin API and the mocks.
async fn a_day(base: &str) -> Value {
    let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let selector = "bosatt && kjoenn == 'kvinne' && alder >= 22 && alder <= 35 && barn.size() == 0";
    for turn in 0..3 {
        let born = json!({ "kind": "foedsel", "of": selector });
        let born = admin(&http, base, Method::POST, "/worlds/main/events", born).await;
        let child = born["people"][0]["id"].as_str().unwrap().to_owned();
        let reserve = json!({ "kind": "reservasjon", "of": "bosatt && alder >= 20 && !reservert" });
        admin(&http, base, Method::POST, "/worlds/main/events", reserve).await;
        let client = json!({ "integration_type": "idporten", "client_id": format!("app-{turn}"),
            "redirect_uris": [format!("http://localhost:{}/cb", 4000 + turn)] });
        admin(&http, base, Method::POST, "/worlds/main/clients", client).await;
        // Looking does not count.
        admin(&http, base, Method::GET, &format!("/worlds/main/people/{child}"), Value::Null).await;
        http.get(format!("{base}/krr/rest/v2/personer")).send().await.unwrap();
        admin(&http, base, Method::POST, "/worlds/main/clock/advance", json!({ "by": "P9D" })).await;
    }
    let world = admin(&http, base, Method::GET, "/worlds/main", Value::Null).await;
    let log = admin(&http, base, Method::GET, "/worlds/main/events?limit=1000", Value::Null).await;
    json!({ "seq": world["seq"], "digest": world["digest"], "canonical": world["canonical"], "log": log["items"] })
}

/// The places where two logs differ, for people.
fn different(one: &Value, other: &Value) -> String {
    let items = |log: &Value| log["log"].as_array().cloned().unwrap_or_default();
    let (one, other) = (items(one), items(other));
    let mut out = format!("{} and {} items", one.len(), other.len());
    for (a, b) in one.iter().zip(&other).filter(|(a, b)| a != b).take(5) {
        out.push_str(&format!("\n  {a}\n  {b}"));
    }
    out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_commands_in_two_processes_give_the_same_digest() {
    let (one, other) = (Server::start(), Server::start());
    let (first, second) = (a_day(&one.base).await, a_day(&other.base).await);
    assert!(first["seq"].as_u64().unwrap() > 12, "{first}");
    assert_eq!(first, second, "{}", different(&first, &second));
}

/// One request that changes something nobody else touches.
struct Wish {
    path: &'static str,
    body: Value,
}

/// Independent requests: reservations and moves of people of their own, clients of their own.
fn wishes(town: &Running) -> Vec<Wish> {
    let now = town.main().town();
    let grown = now.people().filter(|person| {
        person.is_bosatt() && person.alder() >= 20 && !person.kontakt().reservert && person.kontakt().registrert
    });
    // A family touches each other's records, so those who reserve themselves live elsewhere than the one who gives birth.
    let mother = now
        .people()
        .find(|person| person.is_bosatt() && person.kjoenn() == Kjoenn::Kvinne && (22..=35).contains(&person.alder()));
    let mother = mother.expect("a young woman in a town of 1500");
    let others = grown.filter(|person| person.husstand() != mother.husstand()).take(96);
    let reserve = |nummer: String| Wish { path: "events", body: json!({ "kind": "reservasjon", "of": nummer }) };
    let mut wishes: Vec<Wish> = others.map(|person| reserve(person.nummer().to_string())).collect();
    wishes.extend((0..32).map(|number| Wish {
        path: "clients",
        body: json!({ "integration_type": "idporten", "client_id": format!("app-{number}"),
            "redirect_uris": ["http://localhost:4000/cb"] }),
    }));
    // Mothers who share no date with each other cannot be had; one birth is independent of everything else here.
    wishes.push(Wish { path: "events", body: json!({ "kind": "foedsel", "of": mother.nummer().to_string() }) });
    wishes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_clients_at_once_give_the_digest_of_one_after_the_other() {
    const CLIENTS: usize = 16;
    let config = || Config { size: 1500, ..Config::on_free_port() };
    let (one, many) = (start(config()).await.unwrap(), Arc::new(start(config()).await.unwrap()));
    let http = Client::new();
    for wish in wishes(&one) {
        admin(&http, &one.base_url(), Method::POST, &format!("/worlds/{MAIN}/{}", wish.path), wish.body).await;
    }
    let mut parts: Vec<Vec<Wish>> = (0..CLIENTS).map(|_| Vec::new()).collect();
    for (place, wish) in wishes(&many).into_iter().rev().enumerate() {
        parts[place % CLIENTS].push(wish);
    }
    let mut clients = Vec::new();
    for part in parts {
        let many = many.clone();
        clients.push(tokio::spawn(async move {
            let http = Client::new();
            for wish in part {
                let path = format!("/worlds/{MAIN}/{}", wish.path);
                admin(&http, &many.base_url(), Method::POST, &path, wish.body).await;
            }
        }));
    }
    for client in clients {
        client.await.unwrap();
    }
    let (first, second) = (one.main().ledger(), many.main().ledger());
    assert_eq!(first.head().seq, second.head().seq);
    let unlike = unlike(&one, &many);
    assert!(unlike.is_empty(), "items that only one of them has: {unlike:#?}");
    assert_eq!(
        first.canonical(),
        second.canonical(),
        "the same items, but some touch the same entity in another order"
    );
    assert_ne!(first.head().hash, second.head().hash, "the order was another, or nothing is shown");
}

/// Items that stand in one log and not in the other, whatever their numbers.
fn unlike(one: &Running, many: &Running) -> Vec<String> {
    let items = |town: &Running| {
        let log = town.hall.log(&town.main(), 1, 10_000).unwrap();
        log.into_iter().map(|item| format!("{:?} {:?}", item.cause, item.events)).collect::<BTreeSet<String>>()
    };
    items(one).symmetric_difference(&items(many)).take(6).cloned().collect()
}
