//! Deliveries through the whole program: a webhook as a vendor's app sees it, a scenario that is delivered to, and a
//! delivery whose outcome was lost with the process.

use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use byteby::app::{self, Config};
use byteby::report::console;
use byteby::scenario::{self, Surroundings, Verdict};
use byteby::select::Lang;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::kill::Server;
use crate::surroundings::without_app;

/// Longest wait for anything: only so that a test ends.
const LIMIT: Duration = Duration::from_mins(2);

/// What an app was told: id of the delivery, signature and body.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Told {
    id: String,
    signature: String,
    body: String,
}

impl Told {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Clone)]
struct Shared {
    told: watch::Sender<Vec<Told>>,
    /// Whether it answers at all.
    answers: bool,
}

/// An app on a free port that remembers what it is told.
struct App {
    url: String,
    shared: Shared,
}

impl App {
    async fn start(answers: bool) -> Self {
        let shared = Shared { told: watch::channel(Vec::new()).0, answers };
        let router = Router::new()
            .route("/hook", post(hook))
            .route(
                "/count",
                get(|State(shared): State<Shared>| async move {
                    axum::Json(json!({ "count": shared.told.borrow().len() }))
                }),
            )
            .with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    async fn until(&self, what: &str, holds: impl Fn(&[Told]) -> bool) -> Vec<Told> {
        let mut told = self.shared.told.subscribe();
        let waited = tokio::time::timeout(LIMIT, told.wait_for(|told| holds(told))).await;
        match waited {
            Ok(told) => told.unwrap().clone(),
            Err(late) => panic!("{what} never came ({late}); it was told {:?}", self.shared.told.borrow()),
        }
    }
}

async fn hook(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let told = Told {
        id: header("byteby-delivery"),
        signature: header("byteby-signature"),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    shared.told.send_modify(|all| all.push(told));
    if !shared.answers {
        std::future::pending::<()>().await;
    }
    StatusCode::NO_CONTENT
}

async fn send(client: &Client, method: &str, url: &str, body: &Value) -> Value {
    let request = client.request(method.parse().unwrap(), url);
    let request = if body.is_null() { request } else { request.json(body) };
    let answer = request.send().await.unwrap_or_else(|error| panic!("{url}: {error}"));
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{method} {url}: {status} {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

/// Somebody whose letters go to Altinn: `bosatt && alder > 20 && !reservert && digitalpostkasse == null`.
const IN_ALTINN: &str =
    "bosatt%20%26%26%20alder%20%3E%2020%20%26%26%20!reservert%20%26%26%20digitalpostkasse%20%3D%3D%20null";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_tells_a_vendor_s_app_of_every_status() {
    let running = app::start(Config { size: 1500, ..Config::on_free_port() }).await.expect("the server starts");
    let (app, client) = (App::start(true).await, Client::new());
    let (base, admin) = (running.base_url(), format!("{}/_byteby/v1/worlds/main", running.base_url()));
    let subscriptions = format!("{base}/eformidling/api/subscriptions");
    let wanted = json!({
        "name": "sak", "pushEndpoint": format!("{}/hook", app.url), "resource": "messages", "event": "status",
    });
    send(&client, "POST", &subscriptions, &wanted).await;
    let log = send(&client, "GET", &format!("{admin}/deliveries"), &Value::Null).await;
    assert_eq!(log["deliveries"][0]["status"], "held", "nobody has declared the app");
    send(&client, "PUT", &format!("{admin}/apps/sak"), &json!({ "url": app.url })).await;
    app.until("the ping", |told| told.len() == 1).await;
    // A letter to somebody, from the creation to the mailbox.
    let people = send(&client, "GET", &format!("{admin}/people?where={IN_ALTINN}&limit=1"), &Value::Null).await;
    let nummer = people["people"][0]["id"].as_str().unwrap();
    let sbd = json!({
        "standardBusinessDocumentHeader": {
            "headerVersion": "1.0",
            "receiver": [{ "identifier": { "authority": "iso6523-actorid-upis", "value": nummer } }],
            "documentIdentification": {
                "standard": "urn:no:difi:digitalpost:xsd:digital::digital_dpv", "typeVersion": "1.0", "type": "digital_dpv",
            },
            "businessScope": { "scope": [{
                "type": "ConversationId", "identifier": "urn:no:difi:profile:digitalpost:info:ver1.0",
            }] },
        },
        "digital_dpv": { "tittel": "Tilbud", "sammendrag": "Om plass", "innhold": "Du har fått plass." },
    });
    let made = send(&client, "POST", &format!("{base}/eformidling/api/messages/out"), &sbd).await;
    let id = made["standardBusinessDocumentHeader"]["documentIdentification"]["instanceIdentifier"].as_str().unwrap();
    send(&client, "POST", &format!("{base}/eformidling/api/messages/out/{id}"), &Value::Null).await;
    send(&client, "POST", &format!("{admin}/clock/advance"), &json!({ "by": "PT1H" })).await;
    let told = app.until("LEVERT", |told| told.iter().any(|told| told.json()["status"] == "LEVERT")).await;
    let statuses: Vec<Value> = told.iter().map(|told| told.json()["status"].clone()).collect();
    assert_eq!(statuses[..4], [Value::Null, json!("OPPRETTET"), json!("SENDT"), json!("LEVERT")]);
    assert!(told[1..].iter().all(|told| told.json()["messageId"] == id));
    // Sent once more, to the byte.
    let before = told.len();
    send(&client, "POST", &format!("{admin}/deliveries/{}/resend", told[2].id), &json!({})).await;
    let told = app.until("the same again", |told| told.len() > before).await;
    assert_eq!(told.iter().filter(|again| **again == told[2]).count(), 2);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scenario_is_delivered_to_and_waits_for_the_answers() {
    let running = app::start(Config { size: 1500, ..Config::on_free_port() }).await.expect("the server starts");
    let app = App::start(true).await;
    let text = format!(
        "byteby: 1\nname: Fødsel som leveres\nworld: {{ size: 1500, date: 2027-01-04T08:00 }}\n\
         app: {{ url: \"{}\", deliveries: {{ byteby: /hook }}, settle: {{ quiet: 0ms }} }}\n\
         cast:\n  mor: {{ is: person, where: \"bosatt && kjoenn == 'kvinne' && alder >= 26 && alder <= 36 && barn.size() == 0\" }}\n\
         timeline:\n  - at: 2027-01-05T08:00\n    do: {{ event: {{ kind: foedsel, of: mor }} }}\n    \
         expect: {{ app: {{ get: /count, that: \"json.count >= 3\" }} }}\n",
        app.url
    );
    let plans = scenario::load_text(Path::new("levert.byteby.yaml"), &text).unwrap_or_else(|fault| panic!("{fault}"));
    let around = Surroundings { limit: LIMIT, settle_max: Duration::from_secs(20), ..without_app(&running) };
    let mut digests = Vec::new();
    for _ in 0..2 {
        let outcome = scenario::run(&plans[0], &around).await;
        assert_eq!(outcome.verdict, Verdict::Passed, "{}", console(&outcome, Lang::Nb, false));
        assert_eq!(outcome.requests, 0, "what the app is told is no request of the app");
        digests.push(outcome.digest);
    }
    assert_eq!(digests[0], digests[1], "outcomes of deliveries are facts, and the same in both runs");
    let told = app.shared.told.borrow().clone();
    let (first, second) = told.split_at(told.len() / 2);
    assert_eq!(first, second, "both worlds told the same, under the same ids");
    assert!(first.iter().all(|told| told.json()["event"] == "register"));
    for (deliveries, key) in [("{ krr: /hook }", "krr"), ("{ byteby: hook }", "hook"), ("[x]", "deliveries")] {
        let wrong = text.replace("{ byteby: /hook }", deliveries);
        let fault = scenario::load_text(Path::new("galt.byteby.yaml"), &wrong).expect_err("it is refused").to_string();
        assert!(fault.contains(key), "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_whose_outcome_died_with_the_process_goes_out_again_under_its_id() {
    let folder = tempfile::tempdir().expect("a folder");
    let client = Client::new();
    let silent = App::start(false).await;
    let mut server = Server::start(folder.path()).await;
    let world = format!("{}/worlds/main", server.api);
    let wanted = json!({ "service": "eformidling", "url": format!("{}/hook", silent.url), "name": "sak" });
    send(&client, "POST", &format!("{world}/subscriptions"), &wanted).await;
    let first = silent.until("the first attempt", |told| told.len() == 1).await;
    let log = send(&client, "GET", &format!("{world}/deliveries"), &Value::Null).await;
    assert_eq!((&log["deliveries"][0]["status"], &log["due"]), (&json!("sent"), &json!(1)));
    // Sent, and not written down.
    server.kill();
    let server = Server::start(folder.path()).await;
    let both = silent.until("the second attempt", |told| told.len() == 2).await;
    assert_eq!(both[0], first[0]);
    assert_eq!(both[0], both[1], "the same id, signature and body");
    drop(server);
}
