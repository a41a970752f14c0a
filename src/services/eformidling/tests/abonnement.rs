//! Subscriptions: the wire, the refusals, and what subscribers are sent.

use axum::body::Body;
use serde_json::{Value, json};

use super::super::rendering;
use super::{Verden, digital, sbd, uuid};
use crate::town::model::tests_town::rolle::{ASTRID, KARI};

const HOOK: &str = "http://localhost:3000/hook";

fn hook(name: &str) -> Value {
    json!({ "name": name, "pushEndpoint": HOOK, "resource": "all", "event": "all" })
}

impl Verden {
    async fn write(&self, method: &str, path: &str, body: &Value) -> super::Svar {
        self.call(method, path, &[("content-type", "application/json")], body.to_string()).await
    }

    async fn subscribe(&self, body: &Value) -> super::Svar {
        self.write("POST", "/api/subscriptions", body).await
    }

    /// Bodies of all deliveries, in order.
    fn bodies(&self) -> Vec<Value> {
        let town = self.town();
        let state = crate::access::Access::new().of_world(1, town.base.header.seed);
        let clocks = crate::access::Clocks { wall_ms: 0, world: town.now() };
        let writing = |levering| crate::access::Writing { town: &town, levering, state: &state, clocks };
        let body = |levering| serde_json::from_slice(&rendering(&writing(levering)).unwrap().body).unwrap();
        town.leveringer.alle.values().map(|levering| body(levering)).collect()
    }
}

#[tokio::test]
async fn a_subscription_is_made_read_changed_and_deleted() {
    let verden = Verden::new();
    let wanted = json!({
        "name": "My webhook", "pushEndpoint": HOOK, "resource": "messages", "event": "status",
        "filter": "status=INNKOMMENDE_MOTTATT&direction=INCOMING", "unknown": true,
    });
    let mut expected = wanted.clone();
    expected.as_object_mut().unwrap().remove("unknown");
    expected["id"] = json!(1);
    let made = verden.subscribe(&wanted).await;
    assert_eq!((made.status.as_u16(), made.json()), (200, expected.clone()));
    let names: Vec<String> = made.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["id", "name", "pushEndpoint", "resource", "event", "filter"]);
    assert_eq!(made.headers["byteby-hint"], "deliveries-held", "no app is declared there");
    assert_eq!(verden.subscribe(&hook("other")).await.json()["id"], 2);
    assert!(verden.get("/api/subscriptions/2").await.json().get("filter").is_none());
    let page = verden.get("/api/subscriptions").await.json();
    assert_eq!((&page["totalElements"], &page["content"][0]), (&json!(2), &expected));
    let put = verden.write("PUT", "/api/subscriptions/1", &json!({ "id": 1, "filter": null, "event": "all" })).await;
    assert_eq!((put.status.as_u16(), put.body.len()), (200, 0));
    let after = verden.get("/api/subscriptions/1").await.json();
    assert_eq!((&after["name"], &after["event"], after.get("filter")), (&json!("My webhook"), &json!("all"), None));
    assert_eq!(verden.call("DELETE", "/api/subscriptions/1", &[], Body::empty()).await.status, 200);
    assert_eq!(verden.get("/api/subscriptions/1").await.exception(), "SubscriptionNotFoundException");
    assert_eq!(verden.subscribe(&hook("third")).await.json()["id"], 3, "numbers are not used again");
    assert_eq!(verden.call("DELETE", "/api/subscriptions", &[], Body::empty()).await.status, 200);
    assert_eq!(verden.get("/api/subscriptions").await.json()["content"], json!([]));
}

#[tokio::test]
async fn what_is_wrong_with_a_subscription_is_said_as_the_original_does() {
    let verden = Verden::new();
    let with = |key: &str, value: Value| {
        let mut body = hook("hook");
        body[key] = value;
        body
    };
    for (body, field) in [
        (with("id", json!(7)), "id"),
        (with("name", Value::Null), "name"),
        (with("name", json!("")), "name"),
        (with("name", json!("x".repeat(300))), "name"),
        (with("pushEndpoint", Value::Null), "pushEndpoint"),
        (with("pushEndpoint", json!("hook")), "pushEndpoint"),
        (with("pushEndpoint", json!("file:///etc/passwd")), "pushEndpoint"),
        (with("pushEndpoint", json!("http://user:pw@app.example/")), "pushEndpoint"),
        (with("resource", json!("message")), "resource"),
        (with("resource", Value::Null), "resource"),
        (with("event", json!("ping")), "event"),
        (with("filter", json!("foo")), "filter"),
        (with("filter", json!("foo=BAR")), "filter"),
        (with("filter", json!("status!=SENDT")), "filter"),
        (with("filter", json!("status=")), "filter"),
        (with("filter", json!("status=SENDT&")), "filter"),
    ] {
        let refused = verden.subscribe(&body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.exception().as_str()),
            (400, "ConstraintViolationException"),
            "{body}"
        );
        assert_eq!(refused.json()["errors"][0]["field"], field, "{body}");
    }
    let text = &verden.subscribe(&with("filter", json!("foo"))).await.json()["errors"][0]["defaultMessage"];
    assert_eq!(*text, "Must be a valid filter definition.");
    assert_eq!(verden.subscribe(&hook("hook")).await.status, 200);
    let twice = verden.subscribe(&hook("hook")).await;
    let name = "SubscriptionWithSameNameAndPushEndpointAlreadyExistsException";
    assert_eq!((twice.status.as_u16(), twice.exception().as_str()), (400, name));
    let message = twice.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("hook") && message.contains(HOOK), "{message}");
    verden.subscribe(&hook("other")).await;
    assert_eq!(verden.write("PUT", "/api/subscriptions/2", &hook("hook")).await.exception(), name);
    for (method, path, status) in [
        ("GET", "/api/subscriptions/99", 404),
        ("DELETE", "/api/subscriptions/99", 404),
        ("PUT", "/api/subscriptions/99", 404),
        ("GET", "/api/subscriptions/x", 400),
        ("PATCH", "/api/subscriptions/1", 405),
    ] {
        assert_eq!(verden.write(method, path, &json!({})).await.status, status, "{method} {path}");
    }
    assert_eq!(verden.call("POST", "/api/subscriptions", &[], "{}").await.status, 415);
    let media = [("content-type", "application/json")];
    assert_eq!(verden.call("POST", "/api/subscriptions", &media, "[]").await.status, 400);
}

#[tokio::test]
async fn the_log_of_a_webhook_holds_ping_and_each_status_in_order() {
    let verden = Verden::new();
    verden.subscribe(&hook("hook")).await;
    let id = verden.letter(&digital(&verden.nummer(KARI), 1)).await;
    verden.advance("P14D").await;
    let bodies = verden.bodies();
    assert_eq!(bodies[0], json!({ "createdTs": "2027-01-04T08:00:00.000+01:00", "event": "ping" }));
    let told: Vec<String> = bodies[1..].iter().map(|body| body["status"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, verden.statuses(&id).await);
    assert_eq!(told[..4], ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"]);
    let sent = &bodies[2];
    let names: Vec<&str> = sent.as_object().unwrap().keys().map(String::as_str).collect();
    let expected =
        ["createdTs", "resource", "event", "messageId", "conversationId", "direction", "serviceIdentifier", "status"];
    assert_eq!(names, expected);
    assert_eq!(
        (&sent["resource"], &sent["event"], &sent["messageId"], &sent["direction"], &sent["serviceIdentifier"]),
        (&json!("messages"), &json!("status"), &json!(uuid(1)), &json!("OUTGOING"), &json!("DPI"))
    );
    assert_eq!(sent["createdTs"], verden.tid(&id, "SENDT").iso(3));
    assert_eq!(bodies[3]["description"], "Hjørne 3 har mottatt meldingen");
    // Written again after the conversation is gone, a body is the same to the byte.
    let gone = format!("/api/conversations/messageId/{id}");
    assert_eq!(verden.call("DELETE", &gone, &[], Body::empty()).await.status, 200);
    assert_eq!(verden.bodies(), bodies);
}

#[tokio::test]
async fn a_filter_is_read_in_any_case_and_a_word_nobody_knows_is_hinted_at() {
    let verden = Verden::new();
    let mut body = hook("some");
    body["filter"] = json!("status=opprettet,Lest&serviceIdentifier=dpv");
    verden.subscribe(&body).await;
    let content = json!({ "tittel": "T", "sammendrag": "S", "innhold": "I" });
    let dpv = sbd("digital_dpv", "info", &verden.nummer(ASTRID), 2, content);
    assert_eq!(verden.create(&dpv).await.status, 200);
    assert_eq!(verden.create(&digital(&verden.nummer(KARI), 3)).await.status, 200);
    let told: Vec<Value> = verden.bodies().iter().map(|body| body["status"].clone()).collect();
    assert_eq!(told, [Value::Null, json!("OPPRETTET")]);
    let own = verden.inbound.world.clone();
    let app = crate::town::state::DeliveryTarget {
        navn: "app".into(),
        url: crate::town::state::Appadresse::parse(HOOK).unwrap(),
        privat: false,
    };
    let declare = crate::town::decide::LeveringCommand::ErklaerApp(app);
    own.command(crate::town::Command::Levering(declare), crate::town::Cause::of("test", &[])).await.unwrap();
    body["name"] = json!("unknown word");
    body["filter"] = json!("status=SENDTT");
    assert_eq!(verden.subscribe(&body).await.headers["byteby-hint"], "unknown-status-in-filter");
    assert!(verden.subscribe(&hook("fine")).await.headers.get("byteby-hint").is_none());
}
