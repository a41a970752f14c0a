//! Answers that are kept are never old: after every change of a world, and in every world, a person's document is the one
//! that is written anew. The bulk look-up keeps nothing, so it is asked beside.

use std::collections::BTreeMap;

use byteby::app::{Config, Running, start};
use byteby::base::Kjoenn;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::registers::{FOLKEREGISTER, machine_token, register_machine};

const PERSONER: &str = "/folkeregisteret/offentlig-med-hjemmel/api/v1/personer";
const PARTS: &str = "part=person-basis,relasjon-utvidet,historikk";

struct Stage {
    town: Running,
    http: Client,
    token: String,
    people: Vec<String>,
}

impl Stage {
    async fn set() -> Self {
        let town = start(Config { size: 1500, ..Config::on_free_port() }).await.expect("a town on a free port");
        register_machine(&town.main()).await;
        let token = machine_token(&town.base_url(), FOLKEREGISTER, None).await;
        let main = town.main().town();
        let mothers = main.people().filter(|person| {
            person.is_bosatt()
                && person.kjoenn() == Kjoenn::Kvinne
                && (22..=35).contains(&person.alder())
                && person.barn().is_empty()
        });
        let people = mothers.take(20).map(|person| person.nummer().to_string()).collect();
        Self { town, http: Client::new(), token, people }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.town.base_url()));
        request = request.bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    async fn change(&self, world: &str, what: &str, body: Value) -> Value {
        self.send(Method::POST, &format!("/_byteby/v1/worlds/{world}/{what}"), Some(body)).await
    }

    /// What `world` says of everybody, each asked for twice, and compared with what the bulk look-up says.
    async fn said(&self, world: &str) -> BTreeMap<String, Value> {
        let base = format!("/w/{world}{PERSONER}");
        let order = json!({ "foedselsEllerDNummer": self.people });
        let written = self.send(Method::POST, &format!("{base}/bulkoppslag?{PARTS}"), Some(order)).await;
        let written = written["oppslag"].as_array().unwrap().iter();
        let anew: BTreeMap<String, Value> = written
            .map(|one| (one["foedselsEllerDNummer"].as_str().unwrap().to_owned(), one["folkeregisterperson"].clone()))
            .collect();
        assert_eq!(anew.len(), self.people.len());
        for round in 0..2 {
            for (person, expected) in &anew {
                let found = self.send(Method::GET, &format!("{base}/{person}?{PARTS}"), None).await;
                assert_eq!(found, *expected, "{person} in {world}, round {round}");
            }
        }
        anew
    }
}

/// The people whose documents differ.
fn differ(one: &BTreeMap<String, Value>, other: &BTreeMap<String, Value>) -> Vec<String> {
    one.iter().filter(|(person, document)| other[*person] != **document).map(|(person, _)| person.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_is_the_one_written_anew_after_every_change_and_in_every_world() {
    let stage = Stage::set().await;
    let [first, second] = [&stage.people[0], &stage.people[1]];
    let birth = |of: &str| json!({ "kind": "foedsel", "of": of });
    let beginning = stage.said("main").await;

    // A life event.
    stage.change("main", "events", birth(first)).await;
    let born = stage.said("main").await;
    assert!(differ(&beginning, &born).contains(first));

    // A fork says what its parent says, until one of them differs.
    stage.send(Method::POST, "/_byteby/v1/worlds/main/fork", Some(json!({ "name": "gren" }))).await;
    assert_eq!(stage.said("gren").await, born);
    stage.change("gren", "events", birth(second)).await;
    let both = stage.said("gren").await;
    assert!(differ(&born, &both).contains(second));
    assert_eq!(stage.said("main").await, born);

    // The clock, and what happens after it has moved.
    stage.change("gren", "clock/advance", json!({ "by": "P400D" })).await;
    assert_eq!(stage.said("gren").await, both, "nothing was due");
    let children = stage.change("gren", "events", birth(first)).await;
    let third = stage.said("gren").await;
    assert!(differ(&both, &third).contains(first));

    // A name, of a child that has been asked for before it had one of its own.
    let child = children["people"][0]["id"].as_str().unwrap();
    let navn = async || stage.send(Method::GET, &format!("/w/gren{PERSONER}/{child}"), None).await["navn"].clone();
    assert!(navn().await[0]["fornavn"].as_str().unwrap().contains('*'));
    stage.change("gren", "events", json!({ "kind": "navnevalg", "of": child, "fornavn": "Sol" })).await;
    assert_eq!(navn().await[0]["fornavn"], "SOL");

    // A reset leads back to the fork.
    stage.change("gren", "reset", json!({})).await;
    assert_eq!(stage.said("gren").await, born);
    assert_eq!(stage.said("main").await, born);
    stage.town.stop().await;
}
