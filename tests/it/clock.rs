//! The clock through a running server: settling with a declared app, calling off, streams, pace.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use byteby::access::{App, Idle};
use byteby::app::{self, Config, Running};
use byteby::demo::Sabotage;
use byteby::report::console;
use byteby::scenario::{self, Verdict};
use byteby::select::Lang;
use byteby::town::decide::{Cause, Command, NyMelding, PostCommand};
use byteby::town::model::PersonId;
use byteby::town::state::{Fil, Innhold, MeldingsId, Meldingsnoekkel, Prosess};
use byteby::townhall::World;
use serde_json::{Value, json};

use crate::scenario_faa_barn::around;

/// An app that says it is idle when the test lets it.
struct FakeApp {
    idle: AtomicBool,
    asked: AtomicUsize,
}

async fn fake_app() -> (Arc<FakeApp>, App) {
    let fake = Arc::new(FakeApp { idle: AtomicBool::new(true), asked: AtomicUsize::new(0) });
    let said = fake.clone();
    let idle = get(move || async move {
        said.asked.fetch_add(1, Ordering::SeqCst);
        axum::Json(json!({ "idle": said.idle.load(Ordering::SeqCst) }))
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/idle", idle)).await });
    let idle = Some(Idle { path: "/idle".into(), that: None });
    (fake, App { name: "fake".into(), url, idle, settle_max_ms: Some(600_000), ..App::default() })
}

async fn server(apps: Vec<App>) -> Running {
    app::start(Config { size: 1500, apps, ..Config::on_free_port() }).await.expect("the server starts")
}

/// Sends a letter: a handful of items over the next days.
async fn letter(world: &World, id: u128) {
    let town = world.town();
    let (eier, til) = (town.base.kommune.orgnr, PersonId(0));
    let ny = NyMelding {
        eier,
        id: Some(MeldingsId(id)),
        samtale: Some(MeldingsId(id)),
        avsender: format!("0192:{eier}").into(),
        fra: eier,
        mottaker: town.person(til).nummer().to_string().into(),
        til: town.key_of(til),
        prosess: Prosess::Info,
        sbd: "{}".into(),
        innhold: Innhold::Digital {
            tittel: "Tilbud".into(),
            virkningsdato: None,
            aapningskvittering: true,
            metadatafiler: Vec::new(),
        },
        hoveddokument: Some("brev.txt".into()),
        spraak: None,
        utloeper: None,
        filer: vec![Fil {
            navn: "brev.txt".into(),
            tittel: None,
            mime: "text/plain".into(),
            sha256: byteby::base::sha256(&[b"brev"]),
            size: 4,
            tekst: None,
        }],
    };
    let melding = Meldingsnoekkel { eier, id: MeldingsId(id) };
    for command in [PostCommand::OpprettMelding(Box::new(ny)), PostCommand::SendMelding { melding }] {
        let cause = Cause::of(&format!("{command:?}"), &[]);
        world.command(Command::Post(command), cause).await.expect("a letter");
    }
}

async fn send(running: &Running, method: &str, path: &str, body: &Value) -> (u16, Value, Option<String>) {
    let url = format!("{}/_byteby/v1/worlds/main{path}", running.base_url());
    let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
    let mut request = reqwest::Client::new().request(method, url);
    if !body.is_null() {
        request = request.json(body);
    }
    let answer = request.send().await.expect("an answer");
    let settled = answer.headers().get("byteby-settled").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or(Value::Null), settled)
}

/// Waits until `holds`; a test that waits for ever is ended by its runner.
async fn until(holds: impl Fn() -> bool) {
    while !holds() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Reads messages of a stream until `enough` of them; gives event, id and data.
async fn messages(answer: &mut reqwest::Response, text: &mut String, enough: usize) -> Vec<(String, u64, Value)> {
    loop {
        let found: Vec<_> =
            text.split_inclusive("\n\n").filter(|part| part.ends_with("\n\n")).filter_map(read).collect();
        if found.len() >= enough {
            return found;
        }
        match answer.chunk().await.expect("a stream") {
            Some(chunk) => text.push_str(&String::from_utf8_lossy(&chunk)),
            None => return found,
        }
    }
}

fn read(message: &str) -> Option<(String, u64, Value)> {
    let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let data = serde_json::from_str(field("data:")?).expect("data is JSON");
    Some((field("event:")?.to_owned(), field("id:")?.parse().expect("a number"), data))
}

async fn stream(running: &Running, path: &str, last: Option<u64>) -> reqwest::Response {
    let url = format!("{}/_byteby/v1/worlds/main{path}", running.base_url());
    let mut request = reqwest::Client::new().get(url);
    if let Some(last) = last {
        request = request.header("last-event-id", last.to_string());
    }
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn advancing_waits_for_the_declared_app_unless_told_not_to() {
    let (fake, app) = fake_app().await;
    let running = server(vec![app]).await;
    letter(&running.main(), 1).await;
    let (status, went, _) = send(&running, "POST", "/clock/advance", &json!({"by": "P1D"})).await;
    assert_eq!(
        (status, went["settled"].clone(), went["cancelled"].clone()),
        (200, json!("probe"), json!(false)),
        "{went}"
    );
    assert!(went["items"].as_u64() > Some(0) && went["settles"].as_u64() > Some(1), "{went}");
    let asked = fake.asked.swap(0, Ordering::SeqCst);
    assert!(asked as u64 >= went["settles"].as_u64().unwrap_or(u64::MAX), "{asked}");
    let (_, went, _) = send(&running, "POST", "/clock/advance", &json!({"by": "P1D", "settle": false})).await;
    assert_eq!((went["settled"].clone(), went["settles"].clone()), (Value::Null, json!(0)));
    assert_eq!(fake.asked.load(Ordering::SeqCst), 0);

    let (status, _, settled) = send(&running, "PUT", "/clock?wait=settled", &json!({"mode": "frozen"})).await;
    assert_eq!((status, settled.as_deref()), (200, Some("probe")));
    let (status, problem, _) = send(&running, "PUT", "/clock?wait=long", &json!({"mode": "frozen"})).await;
    assert_eq!((status, problem["code"].clone()), (400, json!("BB1002")));
    let (_, moving, _) = send(&running, "GET", "/settle", &Value::Null).await;
    assert_eq!((moving["settled"].clone(), moving["apps"].clone()), (json!(true), json!(["fake"])), "{moving}");
    assert_eq!(moving["last"]["mark"], "probe");
    fake.idle.store(false, Ordering::SeqCst);
    let (_, moving, _) = send(&running, "GET", "/settle", &Value::Null).await;
    assert_eq!((moving["settled"].clone(), moving["still"][0]["kind"].clone()), (json!(false), json!("busy")));
    let (status, ..) = send(&running, "POST", "/settled", &json!({"app": "fake"})).await;
    assert_eq!(status, 204);
    let (_, moving, _) = send(&running, "GET", "/settle", &Value::Null).await;
    assert_eq!(moving["settled"], true, "it said so itself");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_advance_is_called_off_by_request_and_by_hanging_up() {
    let (fake, app) = fake_app().await;
    let running = server(vec![app]).await;
    let main = running.main();
    letter(&main, 1).await;
    let (status, problem, _) = send(&running, "DELETE", "/clock/advance", &Value::Null).await;
    assert_eq!((status, problem["code"].clone()), (409, json!("BB1705")));
    fake.idle.store(false, Ordering::SeqCst);
    let month = json!({"by": "P1M"});
    let (first, ()) = tokio::join!(send(&running, "POST", "/clock/advance", &month), async {
        until(|| fake.asked.load(Ordering::SeqCst) > 0).await;
        let (status, problem, _) = send(&running, "POST", "/clock/advance", &json!({"by": "P1D"})).await;
        assert_eq!((status, problem["code"].clone()), (409, json!("BB1704")), "two at once do not mix");
        let (_, clock, _) = send(&running, "GET", "/clock", &Value::Null).await;
        assert_eq!(clock["advancing"], true);
        assert_eq!(send(&running, "DELETE", "/clock/advance", &Value::Null).await.0, 200);
    });
    assert_eq!((first.0, first.1["cancelled"].clone()), (200, json!(true)), "{first:?}");
    let (now, asked) = (main.town().now(), fake.asked.load(Ordering::SeqCst));

    // Hanging up: the connection is dropped with its request.
    let hung_up = tokio::select! {
        _ = send(&running, "POST", "/clock/advance", &month) => false,
        () = until(|| main.is_advancing() && fake.asked.load(Ordering::SeqCst) > asked) => true,
    };
    assert!(hung_up);
    until(|| !main.is_advancing()).await;
    assert!(main.town().now() >= now && main.town().tid.next().is_some(), "it stopped on the way");
    fake.idle.store(true, Ordering::SeqCst);
    let (_, went, _) = send(&running, "POST", "/clock/advance", &json!({"by": "P1M"})).await;
    assert_eq!((went["cancelled"].clone(), went["pending"].clone()), (json!(false), json!(0)), "{went}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_of_the_clock_tells_every_change_once_and_can_be_taken_up_again() {
    let running = server(Vec::new()).await;
    let mut answer = stream(&running, "/clock/stream", None).await;
    let mut text = String::new();
    let first = messages(&mut answer, &mut text, 1).await;
    assert_eq!((first[0].0.as_str(), &first[0].2["mode"]), ("clock", &json!("frozen")));
    // A stream is no request under way.
    assert_eq!(running.observe.in_flight(running.main().incarnation()), 0);
    send(&running, "POST", "/clock/advance", &json!({"by": "P1D"})).await;
    send(&running, "PUT", "/clock", &json!({"mode": "auto", "rate": 2.5})).await;
    send(&running, "POST", "/clock/advance", &json!({"by": "P1D"})).await;
    let all = messages(&mut answer, &mut text, 5).await;
    let said: Vec<_> = all.iter().map(|(_, _, data)| (data["mode"].clone(), data["rate"].clone())).collect();
    let (frozen, auto) = (json!("frozen"), json!("auto"));
    let expected = [
        (frozen.clone(), json!(1)),
        (frozen.clone(), json!(1)),
        (frozen, json!(2.5)),
        (auto.clone(), json!(2.5)),
        (auto, json!(2.5)),
    ];
    assert_eq!(said, expected);
    assert!(all.windows(2).all(|pair| pair[0].1 < pair[1].1), "numbers grow: {all:?}");
    assert!(all.iter().all(|(_, id, data)| data["number"] == *id));
    assert_eq!(all[4].2["now"], "2027-01-06T08:00:00+01:00");

    let mut again = stream(&running, "/clock/stream", Some(all[2].1)).await;
    let rest = messages(&mut again, &mut String::new(), 2).await;
    assert_eq!(rest, all[3..]);
    let (status, problem, _) = send(&running, "POST", "/clock/ack", &json!({"app": "a", "number": 10_000})).await;
    assert_eq!((status, problem["code"].clone()), (400, json!("BB1002")));
    assert_eq!(send(&running, "POST", "/clock/ack", &json!({"app": "a", "number": all[4].1})).await.0, 204);
    running.stop().await;
    assert_eq!(messages(&mut answer, &mut text, 6).await.len(), 5, "the stream ends with the server");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_of_events_is_the_log_and_ends_with_its_world() {
    let running = server(Vec::new()).await;
    let main = running.main();
    let head = main.ledger().head().seq;
    let mut answer = stream(&running, "/events/stream", None).await;
    letter(&main, 1).await;
    send(&running, "POST", "/clock/advance", &json!({"by": "P1M"})).await;
    let end = main.ledger().head().seq;
    let mut text = String::new();
    let told = messages(&mut answer, &mut text, usize::try_from(end - head).unwrap()).await;
    assert_eq!(told.iter().map(|(_, id, _)| *id).collect::<Vec<_>>(), (head + 1..=end).collect::<Vec<_>>());
    let (_, log, _) = send(&running, "GET", &format!("/events?since={head}&limit=1000"), &Value::Null).await;
    let items: Vec<Value> = told.into_iter().map(|(_, _, data)| data).collect();
    assert_eq!(log["items"], Value::Array(items));
    // More than one page, to a reader who comes late.
    for id in 2..60 {
        letter(&main, id).await;
    }
    let mut late = stream(&running, "/events/stream", Some(end)).await;
    let rest = usize::try_from(main.ledger().head().seq - end).unwrap();
    assert!(rest > 64, "{rest}");
    assert_eq!(messages(&mut late, &mut String::new(), rest).await.len(), rest);
    running.hall.close();
    let mut ended = String::new();
    messages(&mut late, &mut ended, usize::MAX).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_clock_keeps_its_rate_and_a_wrong_one_is_refused() {
    let running = server(Vec::new()).await;
    let before = running.main().town().now();
    for wrong in [json!(0), json!(-1), json!(0.0001), json!(1e30)] {
        let (status, problem, _) = send(&running, "PUT", "/clock", &json!({ "rate": wrong })).await;
        assert_eq!((status, problem["code"].clone()), (400, json!("BB1706")), "{wrong}");
    }
    let (_, clock, _) = send(&running, "PUT", "/clock", &json!({"mode": "running", "rate": 100_000})).await;
    assert_eq!((clock["mode"].clone(), clock["rate"].clone()), (json!("running"), json!(100_000)));
    // A day passes in less than a second; every request brings the clock up to real time.
    loop {
        send(&running, "GET", "/clock", &Value::Null).await;
        if running.main().town().now() >= before.plus_millis(86_400_000) {
            break;
        }
    }
    send(&running, "PUT", "/clock", &json!({"mode": "frozen"})).await;
    running.stop().await;
}

/// A birth, and a look at the mailboxes "now". On a clock that is moved by hand no letter has arrived by then; one that
/// moves by itself has gone where the app's letter led.
const LETTER: &str = r#"byteby: 1
name: Brev
world: { size: 1500, seed: 4201, clock: CLOCK }
app: { demo: barnehage }
cast:
  mor: "bosatt && kjoenn == 'kvinne' && alder >= 20 && alder <= 40 && barn.size() == 0 && adressebeskyttelse == 'ugradert' && !reservert && digitalpostkasse != null"
timeline:
  - id: foedsel
    at: 2027-02-10T04:12
    event: { kind: foedsel, of: mor, as: barnet }
  - id: brev
    at: now
    expect:
      - that: "messages.size() >= 1 && messages[0].delivered"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_scenario_an_automatic_clock_follows_what_the_app_set_in_motion() {
    let running = server(Vec::new()).await;
    let around = around(&running, Sabotage::None);
    let mut ends = Vec::new();
    for (clock, verdict) in [("frozen", Verdict::Failed), ("auto", Verdict::Passed), ("auto", Verdict::Passed)] {
        let text = LETTER.replace("CLOCK", clock);
        let plans = scenario::load_text(Path::new("brev.byteby.yaml"), &text).unwrap_or_else(|fault| panic!("{fault}"));
        let outcome = scenario::run(&plans[0], &around).await;
        assert_eq!(outcome.verdict, verdict, "{clock}: {}", console(&outcome, Lang::En, false));
        ends.push((outcome.virtual_ms, outcome.digest));
    }
    assert!(ends[1].0 > ends[0].0, "the clock went on to the end of what was due");
    assert_eq!(ends[1], ends[2]);
    running.stop().await;
}

/// The shipped scenario does not mind who moves the clock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shipped_scenario_passes_on_an_automatic_clock() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/faa-barn.byteby.yaml");
    let text = std::fs::read_to_string(path).expect("the scenario is there");
    let text = text.replace("seed: 4201,", "seed: 4201, clock: auto,");
    assert!(text.contains("clock: auto"));
    let plans = scenario::load_text(Path::new("faa-barn.byteby.yaml"), &text).unwrap_or_else(|fault| panic!("{fault}"));
    let running = server(Vec::new()).await;
    let outcome = scenario::run(&plans[0], &around(&running, Sabotage::None)).await;
    assert_eq!(outcome.verdict, Verdict::Passed, "{}", console(&outcome, Lang::En, false));
    assert!(outcome.findings.is_empty(), "{:?}", outcome.findings);
    running.stop().await;
}
