//! Worlds by the admin API: reset, change, forks of the past, and how two differ in words.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::town::model::tests_town::rolle;
use crate::townhall::MAIN;
use crate::townhall::tests_journal::Slow;
use crate::web::tests_hall::Hall;

const NONE: Value = Value::Null;

#[tokio::test]
async fn a_world_is_forked_as_it_was_and_led_back() {
    let hall = Hall::new();
    let birth = json!({"kind": "foedsel", "of": hall.nummer(rolle::LINE)});
    let made = hall.admin("POST", "/worlds/main/events", &birth).await.json();
    hall.admin("POST", "/worlds/main/clock/advance", &json!({"by": "P3D"})).await;
    let now = hall.admin("GET", "/worlds/main", &NONE).await.json();
    for (at, seq) in [
        (json!(0), json!(0)),
        (made["seq"].clone(), made["seq"].clone()),
        (json!("2027-01-04T12:00"), made["seq"].clone()),
        (json!("2027-02-01"), now["seq"].clone()),
    ] {
        let answer = hall.admin("POST", "/worlds/main/fork", &json!({"at": at})).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let fork = answer.json();
        assert_eq!((&fork["seq"], &fork["parent"]["seq"]), (&seq, &seq), "{at}");
        assert_eq!(fork["ttl"], "PT30M");
    }
    let gren = json!({"name": "gren", "at": made["seq"]});
    let gren = hall.admin("POST", "/worlds/main/fork", &gren).await.json();
    assert_eq!((&gren["canonical"], &gren["ttl"]), (&made["canonical"], &NONE));
    hall.admin("POST", "/worlds/gren/clock/advance", &json!({"by": "P9D"})).await;
    let fresh = hall.admin("POST", "/worlds/gren/reset", &json!({})).await.json();
    assert_eq!(fresh, gren);
}

#[tokio::test]
async fn a_world_gets_another_name_labels_and_a_time_to_live() {
    let hall = Hall::new();
    let made = hall.admin("POST", "/worlds/main/fork", &json!({"name": "gren"})).await.json();
    let change = json!({"name": "ny-gren", "ttl": "P1DT2H", "labels": {"eier": "kari", "sak": "7"}});
    let changed = hall.admin("PATCH", "/worlds/gren", &change).await.json();
    assert_eq!((&changed["name"], &changed["ttl"]), (&json!("ny-gren"), &json!("PT26H")));
    assert_eq!(changed["digest"], made["digest"]);
    assert_eq!(hall.admin("GET", "/worlds/gren", &NONE).await.status, 404);
    let change = json!({"labels": {"sak": null}, "ttl": null, "limits": {"requests": 5, "memory": 9, "deliveries": 2}});
    let changed = hall.admin("PATCH", "/worlds/ny-gren", &change).await.json();
    assert_eq!((&changed["labels"], &changed["ttl"]), (&json!({"eier": "kari"}), &NONE));
    let limits = json!({"events": 10_000_000, "memory": 9, "requests": 5, "deliveries": 2});
    assert_eq!((&changed["limits"], &changed["memory"]), (&limits, &json!(0)));
    let unchanged = hall.admin("PATCH", "/worlds/ny-gren", &json!({})).await.json();
    assert_eq!(unchanged, changed);
    let list = hall.admin("GET", "/worlds", &NONE).await.json();
    let line = list["worlds"].as_array().unwrap().iter().find(|world| world["name"] == "ny-gren").unwrap();
    assert_eq!((&line["labels"], &line["parent"]), (&json!({"eier": "kari"}), &json!("main")));
}

/// There is one thread here: when it waited for the store, nobody would ever tell the store to go on.
#[tokio::test]
async fn no_request_waits_for_the_disk_of_another() {
    let (go_on, changes) = channel();
    let hall = Hall::on(Arc::new(Slow { changes: Some(Mutex::new(changes)), ..Slow::default() }));
    let new = json!({"name": "annen", "size": 1500, "municipality": "fjordkommune"});
    // How often each waits for the store: another name is a change of the terms too.
    for (method, path, body, waits, status) in [
        ("POST", "/worlds/main/fork", json!({"name": "gren"}), 1, 201),
        ("POST", "/worlds/gren/reset", json!({}), 1, 200),
        ("PATCH", "/worlds/gren", json!({"name": "ny"}), 2, 200),
        ("DELETE", "/worlds/ny", NONE, 1, 204),
        ("POST", "/worlds", new, 1, 201),
    ] {
        let meanwhile = async {
            let answer = hall.admin("GET", "/worlds/main", &NONE).await;
            for _ in 0..waits {
                go_on.send(Ok(())).unwrap();
            }
            answer.status
        };
        let (answer, meanwhile) = tokio::join!(hall.admin(method, path, &body), meanwhile);
        assert_eq!((answer.status.as_u16(), meanwhile.as_u16()), (status, 200), "{method} {path}: {}", answer.body);
    }
}

#[tokio::test]
async fn two_worlds_differ_in_words_of_the_domain() {
    let hall = Hall::new();
    let line = hall.nummer(rolle::LINE);
    for name in ["a", "b"] {
        hall.admin("POST", "/worlds/main/fork", &json!({"name": name})).await;
    }
    let same = hall.admin("GET", "/worlds/a/diff?with=b", &NONE).await.json();
    assert_eq!((&same["same"], &same["differences"]), (&json!(true), &json!([])));
    // The same in both, in another order, is no difference.
    let (reserve, birth) =
        (json!({"kind": "reservasjon", "of": hall.nummer(rolle::KARI)}), json!({"kind": "foedsel", "of": line}));
    hall.admin("POST", "/worlds/a/events", &reserve).await;
    let born = hall.admin("POST", "/worlds/b/events", &birth).await.json();
    hall.admin("POST", "/worlds/b/events", &reserve).await;
    hall.admin("POST", "/worlds/b/clock/advance", &json!({"by": "P1D"})).await;
    let diff = hall.admin("GET", "/worlds/a/diff?with=b", &NONE).await.json();
    assert_eq!((&diff["common"], &diff["same"]), (&json!(0), &json!(false)));
    let texts: Vec<&str> =
        diff["differences"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert_eq!(texts[0], "Klokka er mandag 4. januar 2027 kl. 08:00 i a og tirsdag 5. januar 2027 kl. 08:00 i b");
    assert!(texts[1].starts_with("Line ") && texts[1].contains(" fikk barn i b, ikke i a: "), "{}", texts[1]);
    assert_eq!(diff["differences"][1]["about"], json!([line, born["people"][0]["id"]]));
    let headers = [("accept-language", "en")];
    let english = hall.send(MAIN, "GET", "/_byteby/v1/worlds/b/diff?with=a", &headers, "").await.json();
    let text = english["differences"][1]["text"].as_str().unwrap();
    assert!(text.contains(" had a child in b, not in a: "), "{text}");
    assert_eq!(english["differences"][1]["world"], "b");
}
