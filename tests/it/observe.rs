//! The record of requests through a running server: what is kept, what was nearly wanted, what was expected ahead, and why
//! something happened.

use std::time::Duration;

use byteby::app::{Config, Running, start};
use byteby::demo::Sabotage;
use byteby::observe::Bounds;
use byteby::scenario::{self, Verdict};
use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::scenario_faa_barn::{around, plans};

/// Most real time for something that must come about.
const LIMIT: Duration = Duration::from_mins(1);

struct Town {
    running: Running,
    http: Client,
}

impl Town {
    async fn new(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config { size: 1500, ..Config::on_free_port() };
        change(&mut config);
        // What is recorded is looked at request by request.
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { running: start(config).await.expect("a town on a free port"), http }
    }

    async fn mock(&self, method: &str, path: &str) -> Response {
        let method = method.parse().expect("a method");
        let url = format!("{}{path}", self.running.base_url());
        self.http.request(method, url).send().await.expect("an answer")
    }

    async fn admin(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let method = method.parse().expect("a method");
        let url = format!("{}/_byteby/v1{path}", self.running.base_url());
        let mut request = self.http.request(method, url).header("content-type", "application/json");
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn a_request_is_recorded_with_what_tells_and_without_what_must_not_be_kept() {
    let town = Town::new(|config| config.requests.bodies = 64).await;
    let person =
        town.running.main().town().people().find(byteby::town::state::Person::is_bosatt).unwrap().nummer().to_string();
    let long = json!({ "personidentifikatorer": [person], "fyll": "x".repeat(200) }).to_string();
    let answer = town
        .http
        .post(format!("{}/krr/rest/v2/personer", town.running.base_url()))
        .header("authorization", "Bearer eyJhbGciOiJub25lIn0.eyJjbGllbnRfaWQiOiJhcHAifQ.c2lnbmF0dXI")
        .header("content-type", "application/json")
        .header("baggage", "byteby-app=barnehage,byteby-cause=1;x=y")
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .header("cookie", "hemmelig=1")
        .body(long.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    let id = header(&answer, "byteby-request-id").to_owned();
    let (status, kept) = town.admin("GET", &format!("/worlds/main/requests/{id}"), None).await;
    assert_eq!(status, 200, "{kept}");
    assert_eq!(kept["operation"], "krr.person.hent");
    assert_eq!(kept["about"], json!([person]), "the operation's own rule finds the person though the call was refused");
    assert_eq!((&kept["app"], &kept["trace"]), (&json!("barnehage"), &json!("0af7651916cd43dd8448eb211c80319c")));
    assert_eq!(kept["cause"], 1);
    assert_eq!((&kept["verdict"], &kept["direction"]), (&json!("matched"), &json!("in")));
    assert_eq!(kept["token"]["claims"], json!({"client_id": "app"}));
    let body = &kept["request_body"];
    assert_eq!(body["text"].as_str().unwrap().len() + body["tail"].as_str().unwrap().len(), 64);
    assert_eq!(
        (body["length"].as_u64(), long.ends_with(body["tail"].as_str().unwrap())),
        (Some(long.len() as u64), true)
    );
    let text = kept.to_string();
    assert!(!text.contains("c2lnbmF0dXI") && !text.contains("hemmelig"), "{text}");
    let again = town.mock("GET", "/krr/rest/v2/personer").await;
    assert_ne!(header(&again, "byteby-request-id"), id);
}

#[tokio::test]
async fn what_is_not_offered_is_hinted_at_and_the_body_stays_the_services_own() {
    let town = Town::new(|_| {}).await;
    for (method, path, hint) in [
        ("PUT", "/krr/rest/v2/personer", "PUT is not offered; POST /krr/rest/v2/personer is"),
        ("GET", "/eformidling/api/messages/ut", "no operation has this path; nearest: GET /eformidling/api/messages/"),
        ("GET", "/krr/rest/v3/personer", "no operation has this path; nearest: POST /krr/rest/v"),
    ] {
        let answer = town.mock(method, path).await;
        let said = header(&answer, "byteby-hint").to_owned();
        assert!(said.contains(hint), "{method} {path}: {said}");
        let body = answer.text().await.unwrap();
        assert!(!body.to_lowercase().contains("byteby") && !body.contains("nearest"), "{body}");
    }
    let (_, kept) = town.admin("GET", "/worlds/main/requests", None).await;
    let verdicts: Vec<&Value> = kept["requests"].as_array().unwrap().iter().map(|line| &line["verdict"]).collect();
    assert_eq!(verdicts, ["other-method", "no-operation", "no-operation"]);
}

/// Every operation a service declares is one it answers: no declared path falls through to "no such path".
#[tokio::test]
async fn every_declared_operation_is_recorded_under_its_own_name() {
    let town = Town::new(|_| {}).await;
    for operation in byteby::services::operations().iter() {
        let path: Vec<&str> =
            operation.path.split('/').map(|part| if part.starts_with('{') { "verdi" } else { part }).collect();
        let path = format!("{}{}", operation.base, path.join("/"));
        let method = if operation.method == "*" { "GET" } else { operation.method };
        let answer = town.mock(method, &path).await;
        let (id, status) = (header(&answer, "byteby-request-id").to_owned(), answer.status().as_u16());
        assert_ne!(status, 405, "{method} {path}");
        let (_, kept) = town.admin("GET", &format!("/worlds/main/requests/{id}"), None).await;
        assert_eq!(kept["service"], operation.service, "{method} {path}");
        // A literal path may be declared before one with a variable that takes it too.
        let named = kept["operation"].as_str().unwrap();
        assert!(named == operation.name || named.starts_with(operation.service), "{method} {path}: {named}");
        assert!(["matched", "not-modelled"].contains(&kept["verdict"].as_str().unwrap()), "{method} {path}: {kept}");
        if !operation.modelled {
            assert_eq!((status, &kept["verdict"]), (501, &json!("not-modelled")), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_dropped_entry_loses_no_verdict() {
    let town = Town::new(|config| config.requests = Bounds { memory: 64 << 10, bodies: 4 << 10 }).await;
    let wanted =
        json!({ "service": "krr", "status": { "one_of": [400, 401] }, "query": { "nummer": "1" }, "count": 1 });
    let (status, open) = town.admin("POST", "/worlds/main/expectations", Some(wanted.clone())).await;
    assert_eq!((status, &open["holds"]), (201, &json!(false)), "{open}");
    let none = json!({ "operation": "krr.person.hent", "count": "none" });
    let (_, none) = town.admin("POST", "/worlds/main/expectations", Some(none)).await;
    assert_eq!(none["holds"], true);
    town.mock("POST", "/krr/rest/v2/personer?nummer=1").await;
    for number in 2..400 {
        town.mock("POST", &format!("/krr/rest/v2/personer?nummer={number}")).await;
    }
    let (_, kept) = town.admin("GET", "/worlds/main/requests", None).await;
    assert!(kept["dropped"].as_u64().unwrap() > 0, "the record was small enough to overflow");
    assert!(kept["requests"].as_array().unwrap().iter().all(|line| line["query"] != "nummer=1"), "it has left");
    let path = format!("/worlds/main/expectations/{}", open["id"]);
    let (_, verdict) = town.admin("GET", &path, None).await;
    assert_eq!((&verdict["holds"], &verdict["count"]), (&json!(true), &json!(1)), "{verdict}");
    assert_eq!(verdict["requests"][0]["query"], "nummer=1");
    let (_, broken) = town.admin("GET", &format!("/worlds/main/expectations/{}", none["id"]), None).await;
    assert_eq!((&broken["holds"], &broken["count"]), (&json!(false), &json!(399)));
    let (_, judged) = town.admin("POST", "/worlds/main/expectations/verify", Some(wanted)).await;
    assert_eq!(judged["holds"], false, "judged against what is still held");
    assert!(judged["near"].as_array().is_some_and(|near| near.len() == 3), "{judged}");
    let fields: Vec<&Value> =
        judged["near"][0]["differences"].as_array().unwrap().iter().map(|one| &one["felt"]).collect();
    assert_eq!(fields, ["query.nummer"], "the differing fields only");
    assert_eq!(town.admin("DELETE", &path, None).await.0, 204);
    assert_eq!(town.admin("GET", &path, None).await.0, 404);
}

#[tokio::test]
async fn expectations_have_a_limit_and_go_with_their_world() {
    let town = Town::new(|_| {}).await;
    town.admin("POST", "/worlds/main/fork", Some(json!({ "name": "gren" }))).await;
    let wanted = json!({ "service": "krr" });
    for _ in 0..1_000 {
        let (status, answer) = town.admin("POST", "/worlds/gren/expectations", Some(wanted.clone())).await;
        assert_eq!(status, 201, "{answer}");
    }
    let (status, problem) = town.admin("POST", "/worlds/gren/expectations", Some(wanted.clone())).await;
    assert_eq!((status, &problem["code"]), (429, &json!("BB1411")), "{problem}");
    assert_eq!(town.admin("POST", "/worlds/main/expectations", Some(wanted)).await.0, 201, "each world has its own");
    let gone = town.running.hall.world("gren").unwrap().incarnation();
    let observe = town.running.observe.clone();
    assert_eq!(town.admin("DELETE", "/worlds/gren", None).await.0, 204);
    let freed = async {
        while observe.arm(gone, |_| false).is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LIMIT, freed).await.expect("the world's expectations are freed");
}

#[tokio::test]
async fn a_wanted_request_that_cannot_be_read_is_refused_with_the_nearest_word() {
    let town = Town::new(|_| {}).await;
    for (body, near) in [
        (json!({ "oparation": "krr.person.hent" }), Some("operation")),
        (json!({ "saw": "@foedsel" }), None),
        (json!({ "status": { "onee_of": [1], "eq": 2 } }), Some("one_of")),
        (json!({ "count": "mange" }), None),
    ] {
        let (status, problem) = town.admin("POST", "/worlds/main/requests/near-misses", Some(body.clone())).await;
        assert_eq!((status, &problem["code"]), (400, &json!("BB1410")), "{body}: {problem}");
        if let Some(near) = near {
            assert_eq!(problem["near"], json!([near]), "{problem}");
        }
    }
}

/// From a letter back to the line of the scenario: letter, delivery, the app's calls, the register's update, the birth.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_leads_from_a_letter_to_the_line_of_the_scenario() {
    let town = Town::new(|_| {}).await;
    let plans = plans();
    let plan = plans.iter().find(|plan| plan.variant.is_none()).expect("the plain scenario");
    let mut around = around(&town.running, Sabotage::None);
    around.keep = true;
    let outcome = scenario::run(plan, &around).await;
    assert_eq!(outcome.verdict, Verdict::Passed);
    let world = &outcome.world;
    let (_, messages) = town.admin("GET", &format!("/worlds/{world}/messages"), None).await;
    let first = messages["messages"][0]["message_id"].as_str().expect("a letter").to_owned();
    let (status, chain) = town.admin("GET", &format!("/worlds/{world}/why/{first}"), None).await;
    assert_eq!(status, 200, "{chain}");
    let steps = chain["steps"].as_array().unwrap();
    let kinds: Vec<&str> = steps.iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds[0], "message", "{chain:#}");
    assert!(kinds.contains(&"request") && kinds.iter().filter(|kind| **kind == "item").count() >= 3, "{chain:#}");
    let root = steps.last().unwrap();
    assert!(root["what"].as_str().unwrap().starts_with("scenario faa-barn@"), "{chain:#}");
    assert_eq!(chain["complete"], true);
    // The same chain from inside: the request in the middle has the same root.
    let request = steps.iter().find(|step| step["kind"] == "request").unwrap()["id"].as_str().unwrap();
    let (_, inner) = town.admin("GET", &format!("/worlds/{world}/why/{request}"), None).await;
    assert_eq!(inner["steps"].as_array().unwrap().last().unwrap()["id"], root["id"]);
    let item = root["id"].as_str().unwrap().replace('#', "%23");
    let (_, alone) = town.admin("GET", &format!("/worlds/{world}/why/{item}"), None).await;
    assert_eq!((alone["steps"].as_array().unwrap().len(), &alone["steps"][0]["id"]), (1, &root["id"]));
    // The request names the items it wrote, and only the record does: no event knows of a request.
    let (_, kept) = town.admin("GET", &format!("/worlds/{world}/requests/{request}"), None).await;
    assert!(kept["wrote"].as_array().is_some_and(|wrote| !wrote.is_empty()), "{kept}");
    for nothing in ["%2399999", "9-9", "00000000-0000-0000-0000-000000000000", "hva"] {
        assert_eq!(town.admin("GET", &format!("/worlds/{world}/why/{nothing}"), None).await.0, 404, "{nothing}");
    }
}
