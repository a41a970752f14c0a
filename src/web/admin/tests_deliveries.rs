//! Apps, subscriptions and the delivery log by the admin API. Nothing is sent here: no courier is at work.

use serde_json::{Value, json};

use super::problem::Code;
use crate::town::decide::{LeveringCommand, Utfall};
use crate::town::model::tests_town::rolle;
use crate::town::state::{Feilgrunn, LeveringsId};
use crate::town::{Cause, Command};
use crate::townhall::MAIN;
use crate::web::tests_hall::Hall;

const NONE: Value = Value::Null;
const URL: &str = "http://localhost:3000/hook";

impl Hall {
    async fn log(&self, world: &str, query: &str) -> Vec<Value> {
        let answer = self.admin("GET", &format!("/worlds/{world}/deliveries{query}"), &NONE).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["deliveries"].as_array().unwrap().clone()
    }

    /// What the courier would write down.
    async fn outcome(&self, id: &Value, etter: u32, utfall: Utfall) {
        let levering = LeveringsId::parse(id.as_str().unwrap()).unwrap();
        let command = Command::Levering(LeveringCommand::Utfall { levering, etter, utfall });
        self.hall.world(MAIN).unwrap().command(command, Cause::of("test", &[])).await.unwrap();
    }
}

#[tokio::test]
async fn apps_are_declared_listed_and_taken_back() {
    let hall = Hall::new();
    let declared = hall.admin("PUT", "/worlds/main/apps/barnehage", &json!({"url": "http://localhost:8080/app"})).await;
    let expected = json!({
        "name": "barnehage", "url": "http://localhost:8080/app", "origin": "http://localhost:8080", "private": false,
        "world": "main",
    });
    assert_eq!((declared.status.as_u16(), declared.json()), (200, expected.clone()));
    hall.admin("POST", "/worlds/main/fork", &json!({"name": "gren"})).await;
    hall.admin("PUT", "/worlds/gren/attach", &json!({"app": "barnehage"})).await;
    let listed = hall.admin("GET", "/worlds/gren/apps", &NONE).await.json();
    assert_eq!(listed["apps"][0]["world"], "gren", "a fork inherits the declaration, and the app follows it now");
    let private = hall.admin("PUT", "/worlds/main/apps/barnehage", &json!({"url": URL, "private": true})).await.json();
    assert_eq!((&private["private"], &private["url"]), (&json!(true), &json!(URL)));
    let near = hall.admin("DELETE", "/worlds/main/apps/barnehagen", &NONE).await.json();
    assert_eq!(near["near"], json!(["barnehage"]));
    assert_eq!(hall.admin("DELETE", "/worlds/main/apps/barnehage", &NONE).await.status, 204);
    assert_eq!(hall.admin("GET", "/worlds/main/apps", &NONE).await.json(), json!({"apps": []}));
}

#[tokio::test]
async fn a_subscription_says_where_to_what_and_how_often() {
    let hall = Hall::new();
    let path = "/worlds/main/subscriptions";
    let made = hall.admin("POST", path, &json!({"service": "byteby", "url": URL, "name": "min"})).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let made = made.json();
    assert_eq!(
        (&made["service"], &made["retry"], &made["held"]),
        (&json!("byteby"), &json!("standard"), &json!(false))
    );
    assert_eq!(made["retry_after"], json!([10, 60, 300, 1_800, 7_200, 21_600, 86_400]));
    assert_eq!(made["secret"].as_str().unwrap().len(), 64);
    let apps = hall.admin("GET", "/worlds/main/apps", &NONE).await.json();
    assert_eq!(apps["apps"][0]["url"], "http://localhost:3000", "its app is declared with it");
    hall.admin("PUT", "/worlds/main/apps/egen", &json!({"url": "http://localhost:4000/base/"})).await;
    let filtered = json!({
        "service": "eformidling", "app": "egen", "path": "/hook", "filter": "status=LEST", "retry": "documented",
    });
    let second = hall.admin("POST", path, &filtered).await.json();
    assert_eq!(second["url"], "http://localhost:4000/base/hook");
    assert_eq!((&second["filter"], &second["retry_after"]), (&json!("status=LEST"), &json!([60, 300])));
    assert_eq!((&second["name"], &second["number"]), (&json!("egen"), &json!(1)));
    for (body, code, place) in [
        (json!({"service": "krr", "url": URL}), Code::BadValue, "/service"),
        (json!({"service": "byteby", "url": URL, "retry": "often"}), Code::BadValue, "/retry"),
        (json!({"service": "byteby", "url": URL, "filter": "status=LEST"}), Code::BadValue, "/filter"),
        (json!({"service": "eformidling", "url": URL, "filter": "lest"}), Code::BadValue, "/filter"),
        (json!({"service": "byteby", "url": URL, "path": "/x"}), Code::BadValue, "/path"),
        (json!({"service": "byteby", "app": "egen", "path": "x"}), Code::BadValue, "/path"),
        (json!({"service": "byteby", "app": "egne"}), Code::UnknownApp, "/app"),
        (json!({"service": "byteby", "url": "http://user:pw@a.example/"}), Code::Address, "/url"),
        (json!({"service": "byteby", "url": "http://metadata.google.internal/"}), Code::Address, "/url"),
        (json!({"service": "byteby", "url": "http://[fe80::1]/"}), Code::Address, "/url"),
    ] {
        let refused = hall.admin("POST", path, &body).await;
        assert_eq!(refused.verdict(), (code.status().as_u16(), code.text().to_owned()), "{body} {}", refused.body);
        assert_eq!(refused.json()["where"], place, "{body}");
    }
    for (body, code) in [
        (json!({"service": "byteby"}), Code::MissingField),
        (json!({"service": "byteby", "url": URL, "app": "egen"}), Code::MissingField),
        (json!({"service": "byteby", "url": URL, "name": "min"}), Code::Refused),
        (json!({"url": URL}), Code::MissingField),
    ] {
        assert_eq!(hall.admin("POST", path, &body).await.verdict().1, code.text(), "{body}");
    }
    let listed = hall.admin("GET", path, &NONE).await.json();
    assert_eq!(listed["subscriptions"], json!([second, made]));
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    assert_eq!(hall.admin("DELETE", &one, &NONE).await.status, 204);
    assert_eq!(hall.admin("DELETE", &one, &NONE).await.verdict().1, Code::UnknownSubscription.text());
    assert_eq!(hall.admin("DELETE", path, &NONE).await.status, 204);
    assert_eq!(hall.admin("GET", path, &NONE).await.json(), json!({"subscriptions": []}));
}

#[tokio::test]
async fn the_log_says_why_something_did_or_did_not_go_out() {
    let hall = Hall::new();
    let wanted = json!({"service": "eformidling", "url": URL, "name": "hook", "retry": "documented"});
    let subscription = hall.admin("POST", "/worlds/main/subscriptions", &wanted).await.json();
    let [ping] = &hall.log(MAIN, "").await[..] else { panic!("one ping") };
    assert_eq!((&ping["about"], &ping["service"], &ping["url"]), (&json!("ping"), &json!("eformidling"), &json!(URL)));
    assert_eq!((&ping["status"], &ping["reason"]), (&json!("waiting"), &json!("waits for its turn")));
    assert_eq!(ping["subscription"], subscription["id"]);
    let id = &ping["id"];
    let one = format!("/worlds/main/deliveries/{}", id.as_str().unwrap());
    let resend = format!("{one}/resend");
    hall.outcome(id, 0, Utfall::Feilet(Feilgrunn::Svar(503))).await;
    let failed = hall.admin("GET", &one, &NONE).await.json();
    assert_eq!((&failed["status"], &failed["attempts"]), (&json!("failed"), &json!(1)));
    assert_eq!(failed["reason"], "the app answered 503; the next attempt is due at 2027-01-04T08:01:00+01:00");
    assert_eq!(failed["next"], "2027-01-04T08:01:00+01:00");
    hall.admin("POST", "/worlds/main/clock/advance", &json!({"by": "PT1M"})).await;
    assert_eq!(hall.admin("GET", &one, &NONE).await.json()["status"], "waiting");
    hall.outcome(id, 1, Utfall::Levert(202)).await;
    let delivered = hall.admin("GET", &one, &NONE).await.json();
    assert_eq!((&delivered["status"], &delivered["reason"]), (&json!("delivered"), &json!("the app answered 202")));
    let again = hall.admin("POST", &resend, &json!({})).await.json();
    assert_eq!((&again["status"], &again["attempts"]), (&json!("waiting"), &json!(2)));
    assert_eq!(hall.admin("POST", &resend, &json!({"sign": true})).await.status, 200);
    assert_eq!(hall.admin("POST", &resend, &json!({"sing": true})).await.verdict().1, Code::UnknownField.text());
    // In a fork it is held, under the same id.
    hall.admin("POST", "/worlds/main/fork", &json!({"name": "gren"})).await;
    let held = &hall.log("gren", "?status=held").await[0];
    let words = "the app at http://localhost:3000 is attached to world `main`, not to `gren`; attach it with PUT \
                 /worlds/gren/attach";
    assert_eq!((&held["id"], held["reason"].as_str()), (id, Some(words)));
    assert!(hall.log(MAIN, "?status=held").await.is_empty());
    hall.admin("DELETE", "/worlds/main/apps/localhost:3000", &NONE).await;
    let undeclared = &hall.log(MAIN, "").await[0];
    let words = "no app is declared at http://localhost:3000; declare it with PUT /worlds/main/apps/NAME";
    assert_eq!((undeclared["status"].as_str(), undeclared["reason"].as_str()), (Some("held"), Some(words)));
    hall.admin("DELETE", "/worlds/main/subscriptions", &NONE).await;
    let gone = &hall.log(MAIN, "?limit=1").await[0];
    assert_eq!((&gone["status"], &gone["reason"]), (&json!("given up"), &json!("its subscription was deleted first")));
    assert_eq!(hall.admin("POST", &resend, &json!({})).await.verdict().1, Code::Refused.text());
    assert!(hall.log(MAIN, "?after=1").await.is_empty());
}

#[tokio::test]
async fn a_birth_is_told_to_whom_it_concerns_and_the_log_pages() {
    let hall = Hall::new();
    let made = hall.admin("POST", "/worlds/main/subscriptions", &json!({"service": "byteby", "url": URL})).await.json();
    let birth = json!({"kind": "foedsel", "of": hall.nummer(rolle::LINE)});
    assert_eq!(hall.admin("POST", "/worlds/main/events", &birth).await.status, 201);
    let all = hall.log(MAIN, "").await;
    assert!(all.len() > 2 && all.iter().all(|one| one["about"] == "register" && one["subscription"] == made["id"]));
    let page = hall.admin("GET", "/worlds/main/deliveries?limit=2", &NONE).await.json();
    assert_eq!((&page["deliveries"][1], &page["next"], &page["due"]), (&all[1], &json!(2), &json!(all.len())));
    let rest = hall.log(MAIN, "?after=2").await;
    assert_eq!(rest[..], all[2..]);
    let log = hall.admin("GET", "/worlds/main/events", &NONE).await.body;
    assert!(log.contains("levering_opprettet") && log.contains("abonnement_opprettet"), "{log}");
}
