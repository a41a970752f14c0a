//! The admin API as a program sees it, over the small town known by heart.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::problem::{Code, Problem};
use crate::base::Kjoenn;
use crate::journal::{JournalFault, WorldId};
use crate::observe::{Body, Note, RequestEntry};
use crate::town::Refusal;
use crate::town::model::PersonKey;
use crate::town::model::tests_town::{TestTown, rolle};
use crate::townhall::{HallError, MAIN};
use crate::web::tests_hall::Hall;

const NONE: Value = Value::Null;

/// Codes that no request of a healthy small town can provoke; each is shown to come from its error below.
const FROM_ERRORS: [Code; 5] =
    [Code::TooManyWorlds, Code::WorldStopped, Code::Base, Code::TooManySnapshots, Code::Internal];

/// Codes of what stands in front of the routes: provoked over a socket in `tests/it/{gate_access,hostile,tls}.rs`.
const ELSEWHERE: [Code; 8] = [
    Code::Host,
    Code::HeadTooLarge,
    Code::UnknownService,
    Code::AdminPeer,
    Code::AdminToken,
    Code::BodyTimeout,
    Code::Ambiguous,
    Code::SelectorWork,
];

#[tokio::test]
#[allow(clippy::too_many_lines, reason = "one table of cases")]
async fn every_problem_has_its_code_and_every_code_is_provoked() {
    let hall = Hall::new();
    let (kari, line) = (hall.nummer(rolle::KARI), hall.nummer(rolle::LINE));
    let events = "/worlds/main/events";
    hall.admin("POST", "/worlds/main/fork", &json!({"name": "gren"})).await;
    hall.admin("POST", "/worlds/gren/clock/advance", &json!({"by": "P1D"})).await;
    hall.admin("POST", "/worlds/main/fork", &json!({"name": "full"})).await;
    hall.admin("PATCH", "/worlds/full", &json!({"limits": {"events": 0}})).await;
    let mut other = TestTown::eksempel();
    other.personer.rekkefoelge[0] += 1;
    hall.hall.create_on(other, "annen");
    let cases = [
        ("POST", "/worlds/main/fork", json!({"nam": "x"}), Code::UnknownField),
        ("POST", "/worlds/main/fork", json!({"at": 3}), Code::NoSuchItem),
        ("POST", "/worlds/main/fork", json!({"at": "i fjor"}), Code::Time),
        ("POST", "/worlds/main/fork", json!({"at": -1}), Code::BadValue),
        ("PATCH", "/worlds/gren", json!({"ttl": "P1M"}), Code::Time),
        ("PATCH", "/worlds/gren", json!({"labels": {"": "x"}}), Code::BadValue),
        ("PATCH", "/worlds/gren", json!({"limits": {"disk": 3}}), Code::BadValue),
        ("PATCH", "/worlds/gren", json!({"name": "main"}), Code::WorldName),
        ("PATCH", "/worlds/main", json!({"name": "by"}), Code::DefaultWorld),
        ("PATCH", "/worlds/main", json!({"ttl": "PT1H"}), Code::DefaultWorld),
        ("GET", "/worlds/main/diff", NONE, Code::MissingField),
        ("GET", "/worlds/main/diff?with=grenn", NONE, Code::UnknownWorld),
        ("GET", "/worlds/main/diff?with=annen", NONE, Code::OtherBase),
        ("POST", "/worlds/full/events", json!({"kind": "foedsel", "of": line}), Code::Limit),
        ("POST", "/worlds/main/fork", json!({"name": 3}), Code::BadValue),
        ("POST", "/worlds/main/fork", json!([1]), Code::BadValue),
        ("POST", "/worlds/main/fork", json!({"name": "Ikke Lov"}), Code::WorldName),
        ("POST", "/worlds/main/fork", json!({"name": "gren"}), Code::WorldName),
        ("GET", "/worlds/grenn", NONE, Code::UnknownWorld),
        ("GET", "/snapshots/grenn", NONE, Code::UnknownSnapshot),
        ("POST", "/worlds", json!({"from": "grenn"}), Code::UnknownSnapshot),
        ("POST", "/worlds", json!({"from": "grenn", "size": 2000}), Code::BadValue),
        ("POST", "/worlds/main/snapshots", json!({"id": "../x"}), Code::BadValue),
        ("GET", "/wolds", NONE, Code::UnknownAddress),
        ("POST", "/worlds/main/faults", json!({"on": "krr", "kind": "clock_skew"}), Code::NotInVersion),
        ("POST", "/worlds/main/faults", json!({"on": "krr", "kind": "latncy"}), Code::UnknownFaultKind),
        ("POST", "/worlds/main/faults", json!({"on": "kr", "kind": "reset"}), Code::FaultPlace),
        ("POST", "/worlds/main/faults", json!({"on": "idporten", "kind": "token_expiry"}), Code::FaultPlace),
        ("POST", "/worlds/main/faults", json!({"on": "krr", "kind": "wrong_iss"}), Code::FaultPlace),
        ("POST", "/worlds/main/faults", json!({"on": "idporten.jwks", "kind": "wrong_iss"}), Code::FaultPlace),
        ("POST", "/worlds/main/faults", json!({"on": "idporten.token", "kind": "missing_claim"}), Code::MissingField),
        (
            "POST",
            "/worlds/main/faults",
            json!({"on": "idporten", "kind": "missing_claim", "claim": "x"}),
            Code::BadValue,
        ),
        ("POST", "/worlds/main/faults", json!({"on": "krr", "kind": "reset", "staus": 500}), Code::UnknownField),
        ("POST", "/worlds/main/faults", json!({"on": "krr", "kind": "reset", "status": 500}), Code::UnknownField),
        ("POST", "/worlds/main/faults", json!({"on": "krr", "kind": "error"}), Code::MissingField),
        ("POST", "/worlds/main/faults", json!({"on": "krr", "kind": "error", "status": 200}), Code::BadValue),
        ("POST", "/worlds/main/faults", json!({"on": "krr", "kind": "reset", "p": 1.5}), Code::BadValue),
        ("POST", "/worlds/main/faults", json!({"on": "krr", "kind": "reset", "for": "lenge"}), Code::Time),
        ("POST", "/worlds/main/faults", json!({"on": "krr", "kind": "reset", "count": 0}), Code::Refused),
        ("POST", "/worlds/main/faults", json!({"on": "krr", "kind": "reset", "name": "Nei"}), Code::Refused),
        ("DELETE", "/worlds/main/faults/treg", NONE, Code::UnknownFault),
        ("GET", "/ca.pem", NONE, Code::NoAuthority),
        ("GET", "/worlds/main/lanes", NONE, Code::NotInVersion),
        ("PATCH", "/worlds/main/people/12345678901", json!({}), Code::UnknownPerson),
        ("PUT", "/worlds", json!({}), Code::Method),
        ("DELETE", "/worlds/main", NONE, Code::DefaultWorld),
        ("PUT", "/worlds/main/clock", json!({}), Code::MissingField),
        ("PUT", "/worlds/main/clock", json!({"mode": "frosen"}), Code::BadValue),
        ("PUT", "/worlds/main/clock", json!({"now": "2027-01-03"}), Code::ClockBackwards),
        ("POST", "/worlds/main/clock/advance", json!({"by": "tre dager"}), Code::Time),
        ("POST", "/worlds/main/clock/advance", json!({"to": "i morgen"}), Code::Time),
        ("POST", "/worlds/main/clock/advance", json!({"by": "P1D", "to": "2028-01-01"}), Code::BadValue),
        ("POST", "/worlds/main/clock/advance", json!({"until": "next-event"}), Code::NothingDue),
        ("DELETE", "/worlds/main/clock/advance", NONE, Code::NotAdvancing),
        ("PUT", "/worlds/main/clock", json!({"rate": 0}), Code::Rate),
        ("POST", "/worlds/gren/clock/advance", json!({"by": "P1D"}), Code::ClockBusy),
        ("POST", events, json!({"kind": "foedsel"}), Code::MissingField),
        ("POST", events, json!({"kind": "fodsel", "of": line}), Code::UnknownKind),
        ("POST", events, json!({"kind": "skolestart", "of": line}), Code::NotInVersion),
        ("POST", events, json!({"kind": "foedsel", "of": line, "antal": 2}), Code::UnknownField),
        ("POST", events, json!({"kind": "foedsel", "of": line, "antall": 9}), Code::BadValue),
        ("POST", events, json!({"kind": "foedsel", "of": "12345678901"}), Code::Nobody),
        ("POST", events, json!({"kind": "foedsel", "of": "alder > 120"}), Code::Nobody),
        ("POST", events, json!({"kind": "foedsel", "of": "aldr > 20"}), Code::Selector),
        ("POST", events, json!({"kind": "foedsel", "of": "10 / (alder - 36) > 0"}), Code::SelectorRun),
        ("POST", events, json!({"kind": "foedsel", "of": kari}), Code::Refused),
        ("POST", events, json!({"x": "y".repeat(1 << 20)}), Code::TooLarge),
        ("GET", "/worlds/main/people/12345678901", NONE, Code::UnknownPerson),
        ("GET", "/worlds/main/people?fields=navnn", NONE, Code::UnknownField),
        ("GET", "/worlds/main/people?limt=3", NONE, Code::UnknownField),
        ("GET", "/worlds/main/requests/7", NONE, Code::UnknownAddress),
        ("POST", "/worlds/main/requests/near-misses", json!({"oparation": "krr.person.hent"}), Code::WantedRequest),
        ("PUT", "/worlds/main/apps/app", json!({"url": "http://169.254.169.254/"}), Code::Address),
        ("PUT", "/worlds/main/apps/app", json!({"url": "file:///etc/passwd"}), Code::Address),
        ("DELETE", "/worlds/main/apps/app", NONE, Code::UnknownApp),
        ("POST", "/worlds/main/subscriptions", json!({"service": "byteby", "app": "app"}), Code::UnknownApp),
        ("DELETE", "/worlds/main/subscriptions/7", NONE, Code::UnknownSubscription),
        ("GET", "/worlds/main/deliveries/7", NONE, Code::UnknownDelivery),
        ("POST", "/worlds/main/deliveries/7/resend", json!({}), Code::UnknownDelivery),
    ];
    let upload = [("content-type", "application/octet-stream")];
    let answer = hall.send(MAIN, "PUT", "/_byteby/v1/snapshots/en", &upload, "no snapshot").await;
    assert_eq!(answer.verdict(), (422, "BB1822".to_owned()), "{}", answer.body);
    let mut provoked: BTreeSet<Code> = FROM_ERRORS.into_iter().chain(ELSEWHERE).collect();
    provoked.insert(Code::Snapshot);
    let _turn = hall.hall.world("gren").unwrap().take_clock().await.unwrap();
    let scenario = ("POST", "/scenarios/run", json!({"text": "byteby: 1\ntimline: []"}), Code::Scenario);
    for (method, path, body, code) in cases.into_iter().chain([scenario]) {
        let answer = hall.admin(method, path, &body).await;
        let expected = (code.status().as_u16(), code.text().to_owned());
        assert_eq!(answer.verdict(), expected, "{method} {path} {body}\n{}", answer.body);
        let problem = answer.json();
        assert_eq!(problem["type"], format!("urn:byteby:{}", code.text()));
        assert_eq!(problem["instance"], format!("/_byteby/v1{}", path.split('?').next().unwrap()));
        assert_eq!(problem["request_id"], "1-1");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        provoked.insert(code);
    }
    let wanted = json!({"service": "krr"});
    let mut last = hall.admin("POST", "/worlds/main/expectations", &wanted).await;
    for _ in 0..1_000 {
        assert_eq!(last.status, 201, "{}", last.body);
        last = hall.admin("POST", "/worlds/main/expectations", &wanted).await;
    }
    assert_eq!(last.verdict(), (429, "BB1411".to_owned()), "{}", last.body);
    provoked.insert(Code::TooManyExpectations);
    for (headers, code) in [
        (vec![("content-type", "text/plain")], Code::ContentType),
        (vec![], Code::ContentType),
        (vec![("content-type", "application/json"), ("sec-fetch-site", "cross-site")], Code::CrossSite),
    ] {
        let answer = hall.send(MAIN, "POST", "/_byteby/v1/worlds/main/fork", &headers, "{}").await;
        assert_eq!(answer.verdict().1, code.text(), "{headers:?}");
        provoked.insert(code);
    }
    let key = [("content-type", "application/json"), ("idempotency-key", "en")];
    let birth = json!({"kind": "foedsel", "of": line}).to_string();
    let other = json!({"kind": "reservasjon", "of": line}).to_string();
    let events = "/_byteby/v1/worlds/main/events";
    assert_eq!(hall.send(MAIN, "POST", events, &key, birth).await.status, 201);
    assert_eq!(hall.send(MAIN, "POST", events, &key, other).await.verdict().1, Code::IdempotencyKey.text());
    provoked.insert(Code::IdempotencyKey);
    let missing: Vec<&str> = Code::ALL.iter().filter(|code| !provoked.contains(code)).map(|code| code.text()).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[tokio::test]
async fn the_document_is_served_and_names_what_an_address_takes_and_which_one_is_near() {
    let hall = Hall::new();
    let document = hall.admin("GET", "/openapi.json", &NONE).await.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], "/_byteby/v1");
    assert!(document["paths"]["/worlds/{world}/clock"]["put"].is_object());
    let fork = &document["components"]["schemas"]["Fork"];
    assert_eq!(fork["additionalProperties"], false, "unknown fields are errors: {fork}");
    let wrong = hall.admin("DELETE", "/worlds/main/clock", &NONE).await;
    assert_eq!(wrong.json()["detail"], "`/worlds/main/clock` does not take DELETE; it takes GET, PUT");
    assert_eq!(wrong.headers["allow"], "GET,HEAD,PUT");
    let near = hall.admin("GET", "/worlds/main/clok/advance", &NONE).await;
    assert_eq!(near.json()["near"], json!(["/worlds/{world}/clock/advance"]));
}

#[test]
fn errors_of_the_hall_become_their_codes() {
    let code = |error: HallError| Problem::from(error).code;
    assert_eq!(code(HallError::TooManyWorlds(3)), Code::TooManyWorlds);
    assert_eq!(code(HallError::TooManySnapshots("3".into())), Code::TooManySnapshots);
    assert_eq!(code(HallError::Stopped { world: "a".into(), reason: "b".into() }), Code::WorldStopped);
    assert_eq!(code(HallError::OtherBase("a".into(), "b".into(), "c".into())), Code::Internal);
    assert_eq!(code(HallError::UnknownWorld("a".into())), Code::UnknownWorld);
    assert_eq!(code(JournalFault::UnknownWorld(WorldId(7)).into()), Code::UnknownWorld, "dropped while it was asked");
    let refused = Problem::from(HallError::Refused(Refusal::new("age", "too old")));
    assert_eq!((refused.code, refused.reason), (Code::Refused, Some("age")));
}

#[tokio::test]
async fn titles_come_in_the_callers_language_and_near_words_beside_them() {
    let hall = Hall::new();
    for (language, title) in
        [("en", "Unknown world"), ("nb", "Ukjent verden"), ("nn-NO, en", "Ukjend verd"), ("de", "Ukjent verden")]
    {
        let headers = [("accept-language", language)];
        let answer = hall.send(MAIN, "GET", "/_byteby/v1/worlds/mian", &headers, "").await;
        assert_eq!(answer.json()["title"], title, "{language}");
        assert_eq!(answer.json()["near"], json!(["main"]));
    }
}

#[tokio::test]
async fn a_refusal_of_the_town_carries_its_reason() {
    let hall = Hall::new();
    let body = json!({"kind": "foedsel", "of": hall.nummer(rolle::OLA)});
    let problem = hall.admin("POST", "/worlds/main/events", &body).await.json();
    assert_eq!((problem["status"].clone(), problem["reason"].clone()), (json!(409), json!("not_a_woman")));
    assert_eq!(problem["detail"], "Ola Nordås is a man");
}

#[tokio::test]
async fn a_new_enterprise_is_named_in_the_answer_and_its_founder_heads_it() {
    let hall = Hall::new();
    let body = json!({"kind": "nytt_foretak", "of": hall.nummer(rolle::KARI), "naeringskode": 74_101});
    let answer = hall.admin("POST", "/worlds/main/events", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let made = answer.json();
    assert_eq!((&made["people"], made["businesses"].as_array().map(Vec::len)), (&json!([]), Some(1)));
    let new = &made["businesses"][0];
    let (orgnr, navn) = (new["orgnr"].as_str().unwrap(), new["navn"].as_str().unwrap());
    assert!(navn.contains("NORDÅS"), "{navn}");
    let path = format!("/worlds/main/businesses?where=orgnr%20%3D%3D%20'{orgnr}'");
    let found = hall.admin("GET", &path, &NONE).await.json()["businesses"][0].clone();
    assert_eq!((found["navn"].as_str(), found["organisasjonsform"].as_str()), (Some(navn), Some("ENK")));
    let log = hall.admin("GET", "/worlds/main/events?since=0", &NONE).await.json();
    let kinds: Vec<&str> =
        log["items"][0]["events"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["enhet_registrert", "rolle_begynte"]);
}

#[tokio::test]
async fn a_birth_tells_who_came_and_stands_in_the_log() {
    let hall = Hall::new();
    let line = hall.nummer(rolle::LINE);
    let before = hall.admin("GET", "/worlds/main", &NONE).await.json();
    let body = json!({"kind": "foedsel", "of": "fornavn == 'Line'", "antall": 2, "kjoenn": ["kvinne", "mann"]});
    let answer = hall.admin("POST", "/worlds/main/events", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let made = answer.json();
    let children = made["people"].as_array().unwrap();
    let sexes: Vec<&str> = children.iter().map(|child| child["kjoenn"].as_str().unwrap()).collect();
    assert_eq!(sexes, [Kjoenn::Kvinne.code(), Kjoenn::Mann.code()]);
    assert!(children.iter().all(|child| child["foedselsdato"] == "2027-01-04"));

    let after = hall.admin("GET", "/worlds/main", &NONE).await.json();
    assert_eq!(after["people"].as_u64().unwrap(), before["people"].as_u64().unwrap() + 2);
    assert_eq!(
        (&after["seq"], &after["digest"], &after["canonical"]),
        (&made["seq"], &made["digest"], &made["canonical"])
    );
    assert_ne!(before["digest"], after["digest"]);

    let log = hall.admin("GET", "/worlds/main/events?since=0", &NONE).await.json();
    let item = &log["items"][0];
    assert_eq!(item["cause"]["what"], "admin event foedsel");
    let kinds: BTreeSet<&str> =
        item["events"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    let expected = ["endringIFamilierelasjon", "endringIForeldreansvar", "personErOpprettet", "person_kom"];
    assert_eq!(kinds, BTreeSet::from(expected));
    assert!(item["events"].as_array().unwrap().iter().any(|event| event["about"][0] == line));
    assert_eq!(log["head"]["digest"], made["digest"]);
    let rest = hall.admin("GET", &format!("/worlds/main/events?since={}", log["next"]), &NONE).await.json();
    assert_eq!(rest["items"], json!([]));

    let child = children[0]["id"].as_str().unwrap();
    let view = hall.admin("GET", &format!("/worlds/main/people/{child}"), &NONE).await.json();
    assert_eq!(view["foreldre"][0]["id"], line);
}

#[tokio::test]
async fn worlds_are_made_forked_listed_attached_and_dropped() {
    let hall = Hall::new();
    let fork = hall.admin("POST", "/worlds/main/fork", &NONE).await;
    assert_eq!(fork.status, 201, "{}", fork.body);
    let name = fork.json()["name"].as_str().unwrap().to_owned();
    assert_eq!(fork.json()["parent"], json!({"name": "main", "seq": 0}));
    let attached = hall.admin("PUT", &format!("/worlds/{name}/attach"), &json!({"app": "app-1"})).await;
    assert_eq!(attached.json(), json!({"app": "app-1", "world": name}));
    assert_eq!(hall.hall.attached("app-1"), name);
    let list = hall.admin("GET", "/worlds", &NONE).await.json();
    assert_eq!(list["worlds"].as_array().unwrap().len(), 2);
    assert_eq!(hall.admin("DELETE", &format!("/worlds/{name}"), &NONE).await.status, 204);
    assert_eq!(hall.admin("GET", &format!("/worlds/{name}"), &NONE).await.status, 404);
    assert_eq!(hall.hall.attached("app-1"), "main");
}

#[tokio::test]
async fn a_new_world_takes_what_is_not_given_from_main() {
    let hall = Hall::new();
    let wanted = json!({"name": "ny", "size": 1500, "seed": "vårt prosjekt", "date": "2028-02-01T09:00",
                        "municipality": "fjordkommune"});
    let made = hall.admin("POST", "/worlds", &wanted).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let made = made.json();
    assert_eq!((made["people"].clone(), made["now"].clone()), (json!(1500), json!("2028-02-01T09:00:00+01:00")));
    assert_eq!(made["base"]["seed"], json!(crate::base::Seed::parse("vårt prosjekt").0));
    let unknown = hall.admin("POST", "/worlds", &json!({"municipality": "atlantis", "size": 1500})).await;
    assert_eq!(unknown.verdict(), (422, "BB1805".into()));
}

#[tokio::test]
async fn the_clock_moves_by_spans_to_instants_and_never_back() {
    let hall = Hall::new();
    let clock = "/worlds/main/clock";
    assert_eq!(hall.admin("GET", clock, &NONE).await.json()["now"], "2027-01-04T08:00:00+01:00");
    let moved = hall.admin("POST", "/worlds/main/clock/advance", &json!({"by": "2 virkedager"})).await.json();
    assert_eq!((moved["now"].clone(), moved["items"].clone()), (json!("2027-01-06T08:00:00+01:00"), json!(0)));
    let set = hall.admin("PUT", clock, &json!({"mode": "auto", "now": "2027-03-01"})).await.json();
    assert_eq!((set["now"].clone(), set["mode"].clone()), (json!("2027-03-01T00:00:00+01:00"), json!("auto")));
    let back = hall.admin("POST", "/worlds/main/clock/advance", &json!({"to": "2027-01-01"})).await;
    assert_eq!(back.verdict(), (409, "BB1702".into()));
}

#[tokio::test]
async fn people_are_found_by_selector_and_number_and_shown_as_asked() {
    let hall = Hall::new();
    let path = "/worlds/main/people?where=alder%20%3E%3D%2018%20%26%26%20kjoenn%20%3D%3D%20'kvinne'%20%26%26%20bosatt\
                &fields=navn,alder&limit=2";
    let found = hall.admin("GET", path, &NONE).await;
    assert_eq!(
        found.json(),
        json!({"people": [{"navn": "Kari Nordås", "alder": 36}, {"navn": "Astrid Øye", "alder": 85}], "more": true,
               "next": hall.nummer(rolle::ASTRID)})
    );
    let nobody = hall.admin("GET", "/worlds/main/people?where=alder%20%3E%20120", &NONE).await;
    assert_eq!(nobody.json(), json!({"people": [], "more": false, "next": null}));
    let kari = hall.nummer(rolle::KARI);
    let one = hall.admin("GET", &format!("/worlds/main/people?where={kari}&fields=id"), &NONE).await;
    assert_eq!(one.json()["people"], json!([{"id": kari}]));
}

#[tokio::test]
async fn no_strictly_protected_home_leaves_the_town() {
    let hall = Hall::new();
    let town = hall.hall.world(MAIN).unwrap().town();
    let line = town.person(rolle::LINE);
    let home = crate::town::state::gateadresse(&town.base, line.bolig().unwrap()).unwrap();
    let kari = hall.admin("GET", &format!("/worlds/main/people/{}", hall.nummer(rolle::KARI)), &NONE).await.json();
    assert!(kari["adresse"]["linje"].is_string(), "an open home is shown");
    for person in [rolle::LINE, rolle::EMMA] {
        let nummer = hall.nummer(person);
        let api = hall.admin("GET", &format!("/worlds/main/people/{nummer}"), &NONE).await;
        assert_eq!(api.json()["adresse"], NONE);
        let page = hall.page(&format!("/ui/people/{nummer}")).await;
        for body in [&api.body, &page.body] {
            assert!(!body.contains(&home.gate), "{body}");
        }
    }
}

#[tokio::test]
async fn the_record_of_requests_is_read_by_number_and_service() {
    let hall = Hall::new();
    let world = hall.hall.world(MAIN).unwrap();
    for (service, path) in [("krr", "/krr/rest/v2/personer"), ("maskinporten", "/maskinporten/token")] {
        hall.observe.record(RequestEntry {
            request_id: hall.observe.arrival(world.incarnation()),
            world: MAIN.into(),
            incarnation: world.incarnation(),
            at: world.town().now(),
            wall_ms: 5,
            note: Note { service, about: vec![PersonKey::Base(0)], ..Note::default() },
            method: "POST".into(),
            path: path.into(),
            status: 200,
            request_body: Body::bounded(&"spørsmål".into(), 100),
            ..RequestEntry::default()
        });
    }
    let all = hall.admin("GET", "/worlds/main/requests", &NONE).await.json();
    assert_eq!((all["requests"].as_array().unwrap().len(), all["next"].clone()), (2, json!(2)));
    let some = hall.admin("GET", "/worlds/main/requests?after=1&service=maskinporten", &NONE).await.json();
    assert_eq!(some["requests"][0]["path"], "/maskinporten/token");
    assert_eq!(some["requests"][0]["about"], json!([hall.nummer(rolle::KARI)]));
    let one = hall.admin("GET", "/worlds/main/requests/1", &NONE).await.json();
    assert_eq!(one["request_body"], json!({"text": "spørsmål", "tail": null, "length": 10, "sha256": null}));
}

#[tokio::test]
async fn clients_are_registered_listed_and_retired_and_no_secret_is_shown() {
    let hall = Hall::new();
    let wanted = json!({"integration_type": "idporten", "client_id": "app-1", "client_secret": "svært hemmelig",
                        "redirect_uris": ["http://localhost:8080/cb"]});
    let made = hall.admin("POST", "/worlds/main/clients", &wanted).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.json()["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(hall.admin("POST", "/worlds/main/clients", &wanted).await.status, 200);
    let list = hall.admin("GET", "/worlds/main/clients", &NONE).await;
    assert_eq!(list.json()["clients"].as_array().unwrap().len(), 1);
    assert!(!list.body.contains("hemmelig"));
    let wrong = json!({"integration_type": "idportn", "client_id": "x"});
    assert_eq!(hall.admin("POST", "/worlds/main/clients", &wrong).await.json()["near"], json!(["idporten"]));
    let unsigned = json!({"integration_type": "maskinporten", "client_id": "x"});
    assert_eq!(hall.admin("POST", "/worlds/main/clients", &unsigned).await.json()["reason"], "bad_auth_method");
    assert_eq!(hall.admin("DELETE", "/worlds/main/clients/idporten/app-1", &NONE).await.status, 204);
    let gone = hall.admin("DELETE", "/worlds/main/clients/idporten/app-1", &NONE).await;
    assert_eq!(gone.json()["reason"], "unknown_client");
}

#[tokio::test]
async fn health_version_and_addresses_answer() {
    let hall = Hall::new();
    assert_eq!(hall.admin("GET", "/health/live", &NONE).await.json()["status"], "live");
    assert_eq!(hall.admin("GET", "/health/ready", &NONE).await.json(), json!({"status": "ready", "missing": []}));
    assert_eq!(hall.admin("GET", "/version", &NONE).await.json()["version"], env!("CARGO_PKG_VERSION"));
    let server = hall.admin("GET", "/server", &NONE).await.json();
    assert_eq!(server["base_url"], "http://localhost:2983");
    let issuer = server["services"].as_array().unwrap().iter().find(|one| one["service"] == "maskinporten").unwrap();
    assert_eq!(issuer["base_url"], "http://localhost:2983/maskinporten/");
    let empty = hall.admin("GET", "/worlds/main/messages", &NONE).await.json();
    assert_eq!(empty, json!({"messages": [], "next": 0, "under_way": 0}));
}
