//! Keys of writes: what was done once is not done again, and answered the same.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::town::model::tests_town::rolle;
use crate::townhall::MAIN;
use crate::web::tests_hall::Hall;

const NONE: Value = Value::Null;

#[tokio::test]
async fn the_same_key_answers_byte_for_byte_and_works_once_under_pressure_also_in_a_fork() {
    let hall = Hall::new();
    let body = json!({"kind": "foedsel", "of": hall.nummer(rolle::LINE)}).to_string();
    let headers = [("content-type", "application/json"), ("idempotency-key", "k-1")];
    let events = "/_byteby/v1/worlds/main/events";
    let send = || hall.send(MAIN, "POST", events, &headers, body.clone());
    let (first, second, third) = tokio::join!(send(), send(), send());
    let again = |answer: &crate::web::tests_hall::Answer| answer.headers.contains_key("byteby-replayed");
    assert_eq!([&first, &second, &third].iter().filter(|answer| again(answer)).count(), 2);
    for answer in [&second, &third] {
        assert_eq!((answer.status, &answer.body), (first.status, &first.body));
        assert_eq!(answer.headers["content-type"], first.headers["content-type"]);
    }
    let log = hall.admin("GET", "/worlds/main/events", &NONE).await.json();
    assert_eq!(log["items"].as_array().unwrap().len(), 1);

    // What was done in the parent is done in the fork: the key of a life event stands in the log.
    hall.admin("POST", "/worlds/main/fork", &json!({"name": "gren"})).await;
    let again = hall.send(MAIN, "POST", "/_byteby/v1/worlds/gren/events", &headers, body).await;
    assert_eq!(
        (again.json()["replayed"].clone(), again.json()["seq"].clone()),
        (json!(true), first.json()["seq"].clone())
    );
}

#[tokio::test]
async fn every_write_takes_a_key_and_refusals_are_repeated_too() {
    let hall = Hall::new();
    let key = [("content-type", "application/json"), ("idempotency-key", "x")];
    let fork = |body: &'static str| hall.send(MAIN, "POST", "/_byteby/v1/worlds/main/fork", &key, body);
    let first = fork("{}").await;
    assert_eq!((first.status.as_u16(), fork("{}").await.body), (201, first.body.clone()));
    assert_eq!(hall.hall.worlds().len(), 2, "one fork for one key");
    assert_eq!(fork(r#"{"name":"b"}"#).await.verdict(), (422, "BB1009".into()));
    // Another world has keys of its own.
    let name = first.json()["name"].as_str().unwrap().to_owned();
    let elsewhere = hall.send(MAIN, "POST", &format!("/_byteby/v1/worlds/{name}/fork"), &key, "{}").await;
    assert_eq!((elsewhere.status.as_u16(), elsewhere.headers.get("byteby-replayed")), (201, None));
    let key = [("content-type", "application/json"), ("idempotency-key", "y")];
    let refuse = || hall.send(MAIN, "POST", "/_byteby/v1/worlds/main/clock/advance", &key, r#"{"to":"2020-01-01"}"#);
    let (first, second) = (refuse().await, refuse().await);
    assert_eq!(first.verdict(), (409, "BB1702".into()));
    assert_eq!((first.body, second.headers["byteby-replayed"].to_str().unwrap()), (second.body, "true"));
}

#[tokio::test]
async fn the_same_things_done_give_the_same_digests() {
    let mut heads = BTreeSet::new();
    for _ in 0..2 {
        let hall = Hall::new();
        let line = hall.nummer(rolle::LINE);
        hall.admin("POST", "/worlds/main/clock/advance", &json!({"by": "P1M"})).await;
        hall.admin("POST", "/worlds/main/events", &json!({"kind": "foedsel", "of": line})).await;
        hall.admin("POST", "/worlds/main/events", &json!({"of": line, "kind": "reservasjon"})).await;
        let head = hall.admin("GET", "/worlds/main", &NONE).await.json();
        heads.insert((head["digest"].to_string(), head["canonical"].to_string()));
    }
    assert_eq!(heads.len(), 1);
}
