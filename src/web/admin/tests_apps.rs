//! Tokens, casting, changing people, services and scenarios by request.

use serde_json::{Value, json};

use crate::town::model::tests_town::rolle;
use crate::townhall::MAIN;
use crate::web::tests_hall::Hall;

const NONE: Value = Value::Null;

fn claims(token: &str) -> Value {
    let body = crate::keys::decode_url(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&body).unwrap()
}

async fn client(hall: &Hall, body: Value) {
    let made = hall.admin("POST", "/worlds/main/clients", &body).await;
    assert_eq!(made.status, 201, "{}", made.body);
}

#[tokio::test]
async fn a_machine_gets_a_token_with_the_scopes_it_may_have_and_no_others() {
    let hall = Hall::new();
    let jwk = crate::keys::client_key().public().to_jwk();
    let mut key: Value = serde_json::from_str(&jwk.to_string()).unwrap();
    key["kid"] = json!("k");
    client(
        &hall,
        json!({"integration_type": "maskinporten", "client_id": "m-1", "scopes": ["krr:a", "krr:b"],
               "jwks": {"keys": [key]}}),
    )
    .await;
    let tokens = "/worlds/main/tokens";
    let wanted =
        json!({"issuer": "maskinporten", "client_id": "m-1", "scope": "krr:a", "resource": ["https://x.example"]});
    let minted = hall.admin("POST", tokens, &wanted).await;
    assert_eq!(minted.status, 201, "{}", minted.body);
    let minted = minted.json();
    let claims = claims(minted["access_token"].as_str().unwrap());
    assert_eq!((claims["scope"].clone(), claims["aud"].clone()), (json!("krr:a"), json!("https://x.example")));
    assert_eq!(claims["iss"], "http://localhost:2983/maskinporten/");
    let all = hall.admin("POST", tokens, &json!({"issuer": "maskinporten", "client_id": "m-1"})).await.json();
    assert_eq!(all["scope"], "krr:a krr:b");
    // In a fork the issuer is the fork's.
    hall.admin("POST", "/worlds/main/fork", &json!({"name": "gren"})).await;
    let fork = hall.admin("POST", "/worlds/gren/tokens", &json!({"issuer": "maskinporten", "client_id": "m-1"})).await;
    let issuer = self::claims(fork.json()["access_token"].as_str().unwrap())["iss"].clone();
    assert_eq!(issuer, "http://localhost:2983/w/gren/maskinporten/");
    for (body, verdict, near) in [
        (json!({"issuer": "maskinporten", "client_id": "m-1", "scope": "krr:c"}), (409, "BB1011"), "krr:a"),
        (json!({"issuer": "maskinporten", "client_id": "m-2"}), (409, "BB1011"), "m-1"),
        (json!({"issuer": "maskinportn", "client_id": "m-1"}), (400, "BB1002"), "maskinporten"),
        (json!({"issuer": "ansattporten", "client_id": "m-1"}), (409, "BB1011"), ""),
        (json!({"issuer": "maskinporten", "client_id": "m-1", "acr": "x"}), (400, "BB1002"), ""),
        (json!({"issuer": "maskinporten", "client_id": "m-1", "employee": "x"}), (501, "BB1004"), ""),
        (json!({"issuer": "maskinporten"}), (400, "BB1008"), ""),
    ] {
        let answer = hall.admin("POST", tokens, &body).await;
        assert_eq!(answer.verdict(), (verdict.0, verdict.1.into()), "{body}");
        assert_eq!(answer.json()["near"].as_array().unwrap().first().map_or("", |one| one.as_str().unwrap()), near);
    }
}

#[tokio::test]
async fn a_citizen_gets_the_tokens_of_a_log_in() {
    let hall = Hall::new();
    client(
        &hall,
        json!({"integration_type": "idporten", "client_id": "app", "redirect_uris": ["http://localhost/cb"]}),
    )
    .await;
    let tokens = "/worlds/main/tokens";
    let kari = hall.nummer(rolle::KARI);
    let wanted = json!({"issuer": "idporten", "client_id": "app", "person": kari, "acr": "idporten-loa-high"});
    let minted = hall.admin("POST", tokens, &wanted).await;
    assert_eq!(minted.status, 201, "{}", minted.body);
    let minted = minted.json();
    let access = claims(minted["access_token"].as_str().unwrap());
    let id = claims(minted["id_token"].as_str().unwrap());
    assert_eq!((access["pid"].as_str(), id["pid"].as_str()), (Some(kari.as_str()), Some(kari.as_str())));
    assert_eq!((access["acr"].clone(), id["amr"].clone()), (json!("idporten-loa-high"), json!(["TestID"])));
    assert_eq!((id["aud"].clone(), id["sub"].clone()), (json!("app"), access["sub"].clone()));
    let by_selector = json!({"issuer": "idporten", "client_id": "app", "person": "fornavn == 'Kari'"});
    assert_eq!(hall.admin("POST", tokens, &by_selector).await.status, 201);
    let nobody = json!({"issuer": "idporten", "client_id": "app"});
    assert_eq!(hall.admin("POST", tokens, &nobody).await.verdict(), (400, "BB1008".into()));
    let low = json!({"issuer": "idporten", "client_id": "app", "person": kari, "acr": "low"});
    assert_eq!(hall.admin("POST", tokens, &low).await.verdict(), (400, "BB1002".into()));
}

#[tokio::test]
async fn an_employee_gets_the_tokens_of_a_log_in_at_ansattporten() {
    let hall = Hall::new();
    client(
        &hall,
        json!({"integration_type": "ansattporten", "client_id": "ans", "redirect_uris": ["http://localhost/cb"]}),
    )
    .await;
    let kari = hall.nummer(rolle::KARI);
    let wanted = json!({"issuer": "ansattporten", "client_id": "ans", "pid": kari, "acr": "high"});
    let minted = hall.admin("POST", "/worlds/main/tokens", &wanted).await;
    assert_eq!(minted.status, 201, "{}", minted.body);
    let id = claims(minted.json()["id_token"].as_str().unwrap());
    assert_eq!((&id["acr"], &id["iss"]), (&json!("high"), &json!("http://localhost:2983/ansattporten")));
    let both = json!({"issuer": "ansattporten", "client_id": "ans", "pid": kari, "person": kari});
    assert_eq!(hall.admin("POST", "/worlds/main/tokens", &both).await.verdict(), (400, "BB1002".into()));
}

#[tokio::test]
async fn a_token_is_forged_as_it_is_asked_for_and_says_so_to_whoever_checks_it() {
    use crate::keys::{Algorithm, Issuer, Jws};
    let hall = Hall::new();
    client(
        &hall,
        json!({"integration_type": "idporten", "client_id": "app", "redirect_uris": ["http://localhost/cb"]}),
    )
    .await;
    let kari = hall.nummer(rolle::KARI);
    let mint = async |changes: Value| {
        let mut wanted = json!({"issuer": "idporten", "client_id": "app", "person": kari});
        wanted.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let minted = hall.admin("POST", "/worlds/main/tokens", &wanted).await;
        assert_eq!(minted.status, 201, "{}", minted.body);
        minted.json()
    };
    let access = |minted: &Value| minted["access_token"].as_str().unwrap().to_owned();
    let world = hall.hall.world(MAIN).unwrap();
    let state = hall.access.of_world(world.incarnation(), world.town().base.header.seed);
    let clocks = crate::access::Clocks { wall_ms: 0, world: world.town().now() };
    let is_good = |token: &str| state.check_signature(clocks, Issuer::Idporten, &Jws::parse(token).unwrap()).is_ok();
    let header = |token: &str| Value::Object(Jws::parse(token).unwrap().header);
    let valid = mint(json!({"claims": {"aud": "https://x.example", "acr": null}, "ttl": 3600})).await;
    let token = access(&valid);
    assert!(is_good(&token));
    let said = claims(&token);
    assert_eq!((&said["aud"], said.get("acr")), (&json!("https://x.example"), None));
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 3600);
    assert_eq!(valid["expires_in"], 3600);
    let wrong = access(&mint(json!({"sign": "wrong-key"})).await);
    assert_eq!((is_good(&wrong), header(&wrong)), (false, header(&token)), "the name of a key it is not signed with");
    let expired = access(&mint(json!({"sign": "expired"})).await);
    assert!(is_good(&expired) && claims(&expired)["exp"].as_i64().unwrap() < 0, "the real clock stands at 0 here");
    for bare in [json!({"sign": "none"}), json!({"alg": "none"})] {
        let token = access(&mint(bare).await);
        assert_eq!((header(&token)["alg"].as_str(), token.ends_with('.')), (Some("none"), true));
    }
    let other = access(&mint(json!({"alg": "RS512", "kid": "annen"})).await);
    assert_eq!(header(&other), json!({"kid": "annen", "alg": "RS512"}));
    let mut open = state.signing_key(Issuer::Idporten).public().clone();
    open.alg = None;
    assert_eq!(Jws::parse(&other).unwrap().verify(&open, &[Algorithm::Rs512]), Ok(()));
    for wrong in [json!({"alg": "HS256"}), json!({"sign": "vlid"}), json!({"ttl": 0}), json!({"claims": 3})] {
        let mut wanted = json!({"issuer": "idporten", "client_id": "app", "person": kari});
        wanted.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let answer = hall.admin("POST", "/worlds/main/tokens", &wanted).await;
        assert_eq!(answer.verdict(), (400, "BB1002".into()), "{wrong}");
    }
}

#[tokio::test]
async fn a_client_is_put_shown_and_retired_by_its_id_alone() {
    let hall = Hall::new();
    let path = "/worlds/main/clients/app";
    let body = json!({"integration_type": "api_klient", "redirect_uris": ["http://app.example/cb"],
        "grant_types": ["authorization_code", "refresh_token"], "backchannel_logout_uri": "http://app.example/ut",
        "display_name": "Vist", "client_secret": "hemmelig"});
    assert_eq!(hall.admin("PUT", path, &body).await.status, 201);
    let again = hall.admin("PUT", path, &body).await;
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(hall.hall.world(MAIN).unwrap().ledger().head().seq, 1, "the same again is nothing new");
    let shown = hall.admin("GET", path, &NONE).await.json();
    assert_eq!(shown, again.json());
    assert_eq!((&shown["integration_type"], &shown["display_name"]), (&json!("api_klient"), &json!("Vist")));
    assert_eq!(shown["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(shown["backchannel_logout_session_required"], true);
    // Without a kind, the one it has.
    let changed = hall.admin("PUT", path, &json!({"client_name": "Ny"})).await;
    assert_eq!((changed.status.as_u16(), changed.json()["client_name"].clone()), (200, json!("Ny")));
    assert_eq!(hall.admin("DELETE", path, &NONE).await.status, 204);
    assert_eq!(hall.admin("GET", path, &NONE).await.json()["active"], false);
    hall.admin("PUT", path, &json!({"integration_type": "ansattporten"})).await;
    for (method, path, body, verdict) in [
        ("GET", path, NONE, (400, "BB1002")),
        ("GET", "/worlds/main/clients/ap", NONE, (409, "BB1011")),
        ("DELETE", "/worlds/main/clients/ap", NONE, (409, "BB1011")),
        ("PUT", "/worlds/main/clients/ny", json!({}), (400, "BB1008")),
        ("PUT", "/worlds/main/clients/ny", json!({"integration_type": "idprten"}), (400, "BB1002")),
        ("PUT", "/worlds/main/clients/ny", json!({"client_id": "x", "integration_type": "idporten"}), (400, "BB1002")),
        ("POST", "/worlds/main/clients", json!({"integration_type": "idporten"}), (400, "BB1008")),
        (
            "POST",
            "/worlds/main/clients",
            json!({"integration_type": "idporten", "client_id": "n", "grant_types": ["x"]}),
            (400, "BB1002"),
        ),
        (
            "POST",
            "/worlds/main/clients",
            json!({"integration_type": "idporten", "client_id": "n", "supplier_orgno": "1"}),
            (400, "BB1002"),
        ),
    ] {
        let answer = hall.admin(method, path, &body).await;
        assert_eq!(answer.verdict(), (verdict.0, verdict.1.into()), "{method} {path} {body}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_cast_is_found_shown_and_held_on_request() {
    let hall = Hall::new();
    let kari = hall.nummer(rolle::KARI);
    let wanted = json!({"cast": {
        "hun": {"where": "fornavn == 'Kari'"},
        "alle": {"where": "bosatt && alder >= 18", "pick": "all"},
        "hjem": {"is": "husstand", "where": "medlemmer.exists(m, m.fornavn == 'Kari')"},
        "kommune": {"is": "virksomhet", "where": "navn.contains('KOMMUNE')"},
    }});
    let cast = hall.admin("POST", "/worlds/main/cast", &wanted).await;
    assert_eq!(cast.status, 200, "{}", cast.body);
    let cast = cast.json();
    assert_eq!((cast["cast"]["hun"]["id"].as_str(), cast["held"].as_bool()), (Some(kari.as_str()), Some(false)));
    assert!(cast["cast"]["alle"].as_array().unwrap().len() > 3);
    let members = cast["cast"]["hjem"]["medlemmer"].as_array().unwrap();
    assert!(members.iter().any(|member| member["id"] == kari.as_str()));
    assert!(cast["cast"]["kommune"]["orgnr"].is_string());
    assert_eq!(hall.admin("GET", "/worlds/main", &NONE).await.json()["seq"], 0, "asking changes nothing");
    let wanted = json!({"cast": {"a": {"where": "fornavn == 'Kari'"}}, "hold": true});
    let held = hall.admin("POST", "/worlds/main/cast", &wanted).await;
    assert_eq!(held.json()["held"], true);
    let log = hall.admin("GET", "/worlds/main/events", &NONE).await.json();
    assert_eq!(log["items"][0]["events"], json!([{"register": "by", "kind": "holdt", "about": [kari]}]));
    for (member, verdict, place) in [
        (json!({"where": "alder > 120"}), (422, "BB1301"), "/cast/a/where"),
        (json!({"where": "aldr > 1"}), (400, "BB1302"), "/cast/a/where"),
        (json!({"where": "bosatt", "pick": "frst"}), (400, "BB1002"), "/cast/a/pick"),
        (json!({"where": "bosatt", "is": "persn"}), (400, "BB1002"), "/cast/a/is"),
        (json!({"whre": "bosatt"}), (400, "BB1001"), "/cast/a/whre"),
        (json!({"where": "bosatt", "make": 1}), (501, "BB1004"), "/cast/a/make"),
        (json!("bosatt"), (400, "BB1002"), "/cast/a"),
    ] {
        let answer = hall.admin("POST", "/worlds/main/cast", &json!({"cast": {"a": member}})).await;
        assert_eq!((answer.verdict(), answer.json()["where"].as_str()), ((verdict.0, verdict.1.into()), Some(place)));
    }
}

#[tokio::test]
async fn what_a_test_may_set_about_a_person_is_a_life_event() {
    let hall = Hall::new();
    let path = format!("/worlds/main/people/{}", hall.nummer(rolle::KARI));
    let changed = hall.admin("PATCH", &path, &json!({"reservert": true, "spraak": "nn"})).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let contact = changed.json()["kontakt"].clone();
    assert_eq!((contact["reservert"].clone(), contact["spraak"].clone()), (json!(true), json!("nn")));
    let log = hall.admin("GET", "/worlds/main/events", &NONE).await.json();
    let causes: Vec<&str> =
        log["items"].as_array().unwrap().iter().map(|item| item["cause"]["what"].as_str().unwrap()).collect();
    assert_eq!(causes, ["admin event reservasjon", "admin event kontaktendring"]);
    for (body, verdict) in [
        (json!({}), (400, "BB1008")),
        (json!({"reservert": true, "spraak": "klingon"}), (400, "BB1002")),
        (json!({"alder": 3}), (400, "BB1001")),
        (json!({"fornavn": "Kåre"}), (501, "BB1004")),
    ] {
        assert_eq!(hall.admin("PATCH", &path, &body).await.verdict(), (verdict.0, verdict.1.into()), "{body}");
    }
    assert_eq!(hall.admin("GET", "/worlds/main", &NONE).await.json()["seq"], 2, "what is refused changes nothing");
}

#[tokio::test]
async fn services_operations_and_errors_are_listed_and_shown() {
    let hall = Hall::new();
    let services = hall.admin("GET", "/services", &NONE).await.json();
    let krr = services["services"].as_array().unwrap().iter().find(|one| one["service"] == "krr").unwrap();
    assert_eq!((krr["base_url"].clone(), krr["offered"].clone()), (json!("http://localhost:2983/krr"), json!(8)));
    let card = hall.admin("GET", "/services/krr", &NONE).await.json();
    assert_eq!(card["operation"][0]["name"], "krr.person.hent");
    let wrong = hall.admin("GET", "/services/kr", &NONE).await;
    assert_eq!((wrong.verdict(), wrong.json()["near"].clone()), ((404, "BB1003".into()), json!(["krr"])));
    let all = hall.admin("GET", "/ops", &NONE).await.json()["operations"].as_array().unwrap().len();
    let some = |path: &'static str| hall.admin("GET", path, &NONE);
    let offered = some("/ops?offered=true").await.json()["operations"].as_array().unwrap().len();
    let missing = some("/ops?offered=false").await.json()["operations"].as_array().unwrap().len();
    assert!(offered > 20 && missing > 20 && offered + missing == all, "{offered} {missing} {all}");
    assert_eq!(some("/ops?offered=ja").await.verdict(), (400, "BB1002".into()));
    let headers = [("accept-language", "en")];
    let error = hall.send(MAIN, "GET", "/_byteby/v1/errors/BB1702", &headers, "").await.json();
    assert_eq!(
        (error["status"].clone(), error["title"].clone()),
        (json!(409), json!("The clock does not go backwards"))
    );
    assert_eq!(hall.admin("GET", "/errors/BB7777", &NONE).await.verdict(), (404, "BB1003".into()));
    assert!(hall.admin("GET", "/errors", &NONE).await.json()["errors"].as_array().unwrap().len() > 40);
}

#[tokio::test]
async fn worlds_and_clients_are_listed_a_page_at_a_time() {
    let hall = Hall::new();
    for name in ["a", "b"] {
        hall.admin("POST", "/worlds/main/fork", &json!({"name": name})).await;
        client(
            &hall,
            json!({"integration_type": "idporten", "client_id": name, "redirect_uris": ["http://localhost/cb"]}),
        )
        .await;
    }
    let first = hall.admin("GET", "/worlds?limit=2", &NONE).await.json();
    assert_eq!((first["worlds"].as_array().unwrap().len(), first["next"].clone()), (2, json!("b")));
    let rest = hall.admin("GET", "/worlds?limit=2&after=b", &NONE).await.json();
    assert_eq!((rest["worlds"][0]["name"].clone(), rest["next"].clone()), (json!("main"), NONE));
    let clients = hall.admin("GET", "/worlds/main/clients?limit=1", &NONE).await.json();
    assert_eq!(
        (clients["clients"][0]["client_id"].clone(), clients["next"].clone()),
        (json!("a"), json!("idporten/a"))
    );
    let rest = hall.admin("GET", "/worlds/main/clients?after=idporten/a", &NONE).await.json();
    assert_eq!((rest["clients"].as_array().unwrap().len(), rest["next"].clone()), (1, NONE));
}

#[tokio::test]
async fn what_a_route_does_not_know_is_refused_also_where_it_reads_nothing() {
    let hall = Hall::new();
    for (method, path, body, verdict) in [
        ("GET", "/version?verbose=1", NONE, (400, "BB1001")),
        ("GET", "/worlds/main?x=1", NONE, (400, "BB1001")),
        ("DELETE", "/worlds/main?force=1", NONE, (400, "BB1001")),
        ("POST", "/worlds/main/messages/1/read", json!({"at": "now"}), (400, "BB1001")),
        ("POST", "/worlds/main/messages/1/read", json!([1]), (400, "BB1002")),
        ("POST", "/worlds/main/messages/1/read", json!({}), (404, "BB1003")),
        ("POST", "/worlds/main/messages/1/read", NONE, (404, "BB1003")),
        ("POST", "/worlds/main/fork?wait=settled&x=1", json!({}), (400, "BB1001")),
    ] {
        let answer = hall.admin(method, path, &body).await;
        assert_eq!(answer.verdict(), (verdict.0, verdict.1.into()), "{method} {path} {body}: {}", answer.body);
    }
    for method in ["TRACE", "QUERY"] {
        let answer = hall.send(MAIN, method, "/_byteby/v1/version", &[], "").await;
        assert_eq!(answer.verdict(), (405, "BB1007".into()), "{method}");
    }
}

const SCENARIO: &str = "byteby: 1\nid: liten\nname: Liten\nworld: { size: 1500, seed: 7 }\n\
                        timeline: [ { at: T, that: \"1 == 1\" } ]\n";

#[tokio::test]
async fn a_scenario_is_checked_with_place_and_nearest_word() {
    let hall = Hall::new();
    let good = hall.admin("POST", "/scenarios/lint", &json!({"text": SCENARIO})).await.json();
    assert_eq!(good, json!({"ok": true, "plans": ["liten"], "faults": []}));
    let text = SCENARIO.replace("name:", "nme:");
    let bad = hall.admin("POST", "/scenarios/lint", &json!({"text": text, "file": "/etc/x.byteby.yaml"})).await.json();
    let fault = &bad["faults"][0];
    assert_eq!(
        (bad["ok"].clone(), fault["code"].clone(), fault["line"].clone()),
        (json!(false), json!("BB1202"), json!(3))
    );
    assert_eq!((fault["near"].clone(), fault["file"].clone()), (json!(["name"]), json!("x.byteby.yaml")));
    let template = SCENARIO
        .replace("name: Liten", "name: Liten\nlanguage: nb")
        .replace("that: \"1 == 1\"", "call: { get: \"/${x\" }")
        .replace("timeline", "app: { url: \"http://localhost:1\" }\ntimeline");
    let bad = hall.admin("POST", "/scenarios/lint", &json!({"text": template})).await.json();
    assert_eq!(bad["faults"][0]["code"], "BB1203", "{bad}");
    let run = hall.admin("POST", "/scenarios/run", &json!({"text": text})).await;
    assert_eq!((run.verdict(), run.json()["where"].clone()), ((422, "BB1202".into()), json!("/text:3:1")));
    let schema = hall.admin("GET", "/schema/scenario-1.json", &NONE).await;
    assert_eq!(schema.headers["content-type"], "application/schema+json");
    assert!(schema.json()["$defs"]["entry"].is_object(), "{}", schema.body);
}

/// The run `id` when it is done.
async fn done(hall: &Hall, id: &str) -> Value {
    for _ in 0..2_000 {
        let run = hall.admin("GET", &format!("/runs/{id}"), &NONE).await.json();
        if run["state"] == "done" {
            return run;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("run {id} is never done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scenario_runs_by_request_and_its_reports_are_there_afterwards() {
    let hall = Hall::new();
    let begun = hall.admin("POST", "/scenarios/run", &json!({"text": SCENARIO})).await;
    assert_eq!(begun.status, 202, "{}", begun.body);
    assert_eq!(begun.headers["location"], "/_byteby/v1/runs/r1");
    let run = done(&hall, "r1").await;
    assert_eq!(
        (run["exit_code"].clone(), run["report"]["scenarios"][0]["verdict"].clone()),
        (json!(0), json!("passed"))
    );
    let failing = SCENARIO.replace("1 == 1", "1 == 2");
    hall.admin("POST", "/scenarios/run", &json!({"text": failing})).await;
    let run = done(&hall, "r2").await;
    assert_eq!(run["exit_code"], 1);
    assert_eq!(run["report"]["scenarios"][0]["failures"][0]["code"], "BB1401");
    let list = hall.admin("GET", "/runs?after=r1", &NONE).await.json();
    assert_eq!(list["runs"].as_array().unwrap().len(), 1);
    assert_eq!(list["runs"][0]["report"], NONE);
    let junit = hall.admin("GET", "/runs/r2/report.junit", &NONE).await;
    assert_eq!(junit.headers["content-type"], "application/xml");
    assert!(junit.body.contains("failures=\"1\""), "{}", junit.body);
    assert_eq!(hall.admin("GET", "/runs/r2/report.json", &NONE).await.json()["exit_code"], 1);
    for (path, verdict) in [
        ("/runs/r2/report.html", (501, "BB1004")),
        ("/runs/r2/report.jsn", (404, "BB1003")),
        ("/runs/r9", (404, "BB1003")),
        ("/runs?after=9", (404, "BB1003")),
    ] {
        assert_eq!(hall.admin("GET", path, &NONE).await.verdict(), (verdict.0, verdict.1.into()), "{path}");
    }
    let only = hall.admin("POST", "/scenarios/run", &json!({"text": SCENARIO, "only": "x"})).await;
    assert_eq!(only.verdict(), (400, "BB1002".into()));
}
