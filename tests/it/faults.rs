//! Faults as apps meet them: each kind over a socket, in the form of each service, and where they must not be met.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use byteby::app::{Config, Running, start};
use byteby::demo::Sabotage;
use byteby::observe::RequestEntry;
use byteby::report::console;
use byteby::scenario::{self, Verdict};
use byteby::select::Lang;
use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::scenario_faa_barn::around;

const PERSON: &str = "/folkeregisteret/offentlig-med-hjemmel/api/v1/personer";
const LAST: &str = "/folkeregisteret/offentlig-med-hjemmel/api/v1/hendelser/siste/sekvensnummer";

struct Stage {
    town: Running,
    http: Client,
}

impl Stage {
    async fn set() -> Self {
        let town = start(Config { size: 1500, ..Config::on_free_port() }).await.expect("a town on a free port");
        Self { town, http: Client::new() }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Result<Response, reqwest::Error> {
        let mut request = self.http.get(format!("{}{path}", self.town.base_url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await
    }

    /// Asks with a fault for this request alone.
    async fn with(&self, path: &str, fault: &str) -> Response {
        self.get(path, &[("byteby-fault", fault)]).await.expect("an answer")
    }

    async fn set_fault(&self, world: &str, fault: Value) -> Value {
        let address = format!("{}/_byteby/v1/worlds/{world}/faults", self.town.base_url());
        let answer = self.http.post(address).json(&fault).send().await.expect("an answer");
        let status = answer.status();
        let body: Value = answer.json().await.expect("JSON");
        assert_eq!(status, 201, "{body}");
        body
    }

    async fn faults(&self, world: &str) -> Value {
        let path = format!("/_byteby/v1/worlds/{world}/faults");
        self.get(&path, &[]).await.expect("an answer").json().await.expect("JSON")
    }

    async fn fork(&self, name: &str) {
        let address = format!("{}/_byteby/v1/worlds/main/fork", self.town.base_url());
        let answer = self.http.post(address).json(&json!({ "name": name })).send().await.expect("an answer");
        assert_eq!(answer.status(), 201);
    }

    /// The newest entry of the record.
    fn recorded(&self) -> RequestEntry {
        let all = self.town.observe.since(0, None);
        RequestEntry::clone(all.last().expect("a recorded request"))
    }

    /// All that comes back on a connection of its own, until it ends: the bytes, and whether it ended with a reset.
    async fn raw(&self, request: String) -> (Vec<u8>, bool) {
        let addr = self.town.addr;
        let read = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(addr).expect("a connection");
            stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a limit");
            stream.write_all(request.as_bytes()).expect("the request goes out");
            let mut bytes = Vec::new();
            let ended = stream.read_to_end(&mut bytes);
            (bytes, ended.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset))
        });
        read.await.expect("no panic")
    }
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

#[tokio::test]
async fn an_error_comes_in_the_form_of_its_service() {
    let stage = Stage::set().await;
    let members = |body: &Value| body.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    for (path, status, expected) in [
        (LAST, 500, "kode melding"),
        (LAST, 503, "kode melding"),
        (LAST, 403, "alvorlighetsgrad feilkode feilmelding httpStatus"),
        ("/krr/rest/v2/personer", 502, "status error message"),
        ("/maskinporten/jwk", 500, "error error_description"),
        ("/idporten/jwks.json", 503, "error error_description"),
        ("/eformidling/api/conversations", 500, "timestamp status error exception message path"),
        ("/eformidling/api/conversations", 400, "timestamp status error exception message path"),
    ] {
        let answer = stage.with(path, &format!("kind=error;status={status}")).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "byteby-fault")), (status, "request"), "{path}");
        let text = answer.text().await.unwrap();
        assert!(!text.to_lowercase().contains("byteby"), "{text}");
        assert_eq!(members(&serde_json::from_str(&text).unwrap()), expected, "{path} {status}: {text}");
        let entry = stage.recorded();
        assert_eq!((entry.status, entry.note.fault.as_deref()), (status, Some("request (error)")));
    }
    // What people see is a page.
    let answer = stage.with("/idporten/authorize?client_id=x", "kind=outage;retry_after=90s").await;
    assert_eq!((answer.status().as_u16(), header(&answer, "retry-after")), (503, "90"));
    assert_eq!(header(&answer, "content-type"), "text/html; charset=utf-8");
    assert!(answer.text().await.unwrap().contains("Innlogging er ikke mulig"));
    stage.town.stop().await;
}

#[tokio::test]
async fn throttling_has_the_headers_of_its_service() {
    let stage = Stage::set().await;
    for (path, fault, wait) in [
        // This register counts in milliseconds, and never fewer than a thousand.
        (LAST, "kind=throttle", "1000"),
        (LAST, "kind=throttle;retry_after=20ms", "1000"),
        (LAST, "kind=throttle;retry_after=7s", "7000"),
        ("/krr/rest/v2/personer", "kind=throttle;retry_after=1500ms", "2"),
        ("/eformidling/api/statuses", "kind=throttle", "1"),
    ] {
        let answer = stage.with(path, fault).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "retry-after")), (429, wait), "{path} {fault}");
    }
    let ended = stage.with(LAST, "kind=token_expiry").await;
    assert_eq!(ended.status(), 401);
    assert_eq!(ended.json::<Value>().await.unwrap()["feilmelding"], "Tilgangstokenet er ikke gyldig");
    stage.town.stop().await;
}

#[tokio::test]
async fn the_firewall_refuses_what_looks_like_a_script_with_a_page() {
    let stage = Stage::set().await;
    let search = |name: &str| format!("/folkeregisteret/offentlig-med-hjemmel/api/v1/personer/soek?navn={name}");
    let (script, name) = (search("%3Cscript%3E"), search("kari%20nord%C3%A5s"));
    let missing = stage.get(&script, &[]).await.expect("an answer");
    assert_eq!((missing.status().as_u16(), header(&missing, "content-type")), (401, "application/json"), "not on");
    stage.set_fault("main", json!({"on": "folkeregisteret", "kind": "gateway", "name": "vegg", "count": 1})).await;
    // What is no attack does not use the count up.
    let answer = stage.get(&name, &[]).await.expect("an answer");
    assert_eq!((answer.status().as_u16(), header(&answer, "byteby-fault")), (401, ""));
    let answer = stage.get(&script, &[]).await.expect("an answer");
    assert_eq!((answer.status().as_u16(), header(&answer, "byteby-fault")), (403, "vegg"));
    assert_eq!(header(&answer, "content-type"), "text/html; charset=utf-8");
    assert!(header(&answer, "byteby-hint").starts_with("gateway: "));
    let page = answer.text().await.expect("a page");
    let number =
        page.split("St\u{f8}ttenummer: ").nth(1).map(|rest| rest.chars().take_while(char::is_ascii_digit).count());
    assert_eq!(number, Some(20), "{page}");
    assert!(page.starts_with("<!doctype html>") && !page.to_lowercase().contains("byteby"));
    assert_eq!(stage.get(&script, &[]).await.expect("an answer").status(), 401, "once was asked for");
    let asked = stage.with(&script, "kind=gateway").await;
    assert_eq!((asked.status().as_u16(), header(&asked, "byteby-fault")), (403, "request"));
    assert_eq!(stage.with(&name, "kind=gateway").await.status(), 401);
    stage.town.stop().await;
}

#[tokio::test]
async fn a_reset_an_outage_without_answer_and_a_timeout_give_no_byte() {
    let stage = Stage::set().await;
    let request = |fault: &str| {
        format!(
            "POST /krr/rest/v2/personer HTTP/1.1\r\nhost: localhost\r\nbyteby-fault: {fault}\r\ncontent-length: 2\r\n\r\n{{}}"
        )
    };
    for (fault, said, reset) in [
        ("kind=reset", "request (reset)", true),
        ("kind=outage;mode=reset", "request (outage)", true),
        ("kind=timeout;after=1ms", "request (timeout)", false),
    ] {
        let answer = stage.raw(request(fault)).await;
        assert_eq!(answer, (Vec::new(), reset), "{fault}");
        let entry = stage.recorded();
        assert_eq!((entry.status, entry.note.fault.as_deref()), (0, Some(said)), "{fault}");
        assert_eq!((entry.note.service, entry.note.operation), ("krr", "krr.person.hent"));
    }
    let reset = stage.get("/krr/rest/v2/personer", &[("byteby-fault", "kind=reset")]).await;
    assert!(reset.is_err());
    stage.town.stop().await;
}

#[tokio::test]
async fn a_held_answer_is_recorded_while_the_client_still_waits() {
    let stage = Stage::set().await;
    for fault in ["kind=latency;delay=5m", "kind=timeout;after=5m"] {
        let before = stage.town.observe.last();
        let request = stage.http.get(format!("{}/maskinporten/jwk", stage.town.base_url()));
        let waiting = tokio::spawn(request.header("byteby-fault", fault).send());
        while stage.town.observe.last() == before {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert!(!waiting.is_finished(), "{fault}");
        assert!(stage.recorded().note.fault.is_some());
        assert_eq!(
            stage.town.observe.in_flight(stage.town.main().incarnation()),
            1,
            "the app waits: nothing is settled"
        );
        waiting.abort();
        while stage.town.observe.in_flight(stage.town.main().incarnation()) > 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    let late = stage.with("/maskinporten/jwk", "kind=latency;delay=5ms").await;
    assert_eq!((late.status().as_u16(), header(&late, "byteby-fault")), (200, "request"));
    stage.town.stop().await;
}

#[tokio::test]
async fn a_body_comes_whole_but_slowly_or_breaks_off_in_the_middle() {
    let stage = Stage::set().await;
    let whole = stage.get("/maskinporten/jwk", &[]).await.unwrap().bytes().await.unwrap();
    let slow = stage.with("/maskinporten/jwk", "kind=slow_body;delay=20ms").await;
    assert_eq!(slow.content_length(), Some(whole.len() as u64));
    assert_eq!(slow.bytes().await.unwrap(), whole);
    let request = "GET /maskinporten/jwk HTTP/1.1\r\nhost: localhost\r\nbyteby-fault: kind=truncate;percent=30\r\n\r\n";
    let (bytes, _) = stage.raw(request.to_owned()).await;
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200") && head.contains(&format!("content-length: {}", whole.len())), "{head}");
    assert_eq!(body.as_bytes(), &whole[..whole.len() * 30 / 100]);
    stage.town.stop().await;
}

#[tokio::test]
async fn a_header_that_cannot_be_followed_is_refused_and_changes_nothing() {
    let stage = Stage::set().await;
    for (path, fault, said) in [
        (LAST, "kind=reste", "did you mean `reset`"),
        (LAST, "kind=error", "needs the field `status`"),
        (LAST, "kind=drop", "not in this version"),
        ("/maskinporten/jwk", "kind=token_expiry", "takes no access token"),
    ] {
        let answer = stage.with(path, fault).await;
        assert_eq!(answer.status(), 400, "{fault}");
        assert!(header(&answer, "byteby-hint").contains(said), "{fault}: {:?}", answer.headers());
        assert!(!answer.text().await.unwrap().to_lowercase().contains("byteby"));
    }
    // Our own surface has no faults.
    let own = stage.with("/_byteby/v1/worlds", "kind=reset").await;
    assert_eq!((own.status().as_u16(), header(&own, "byteby-fault")), (200, ""));
    stage.town.stop().await;
}

#[tokio::test]
async fn a_rule_strikes_its_place_in_its_world_and_nowhere_else() {
    let stage = Stage::set().await;
    stage.set_fault("main", json!({"on": "folkeregisteret", "kind": "outage"})).await;
    stage.set_fault("main", json!({"on": "maskinporten.jwk", "kind": "error", "status": 500, "name": "nede"})).await;
    stage.fork("gren").await;
    stage.fork("frisk").await;
    let heal = stage.http.delete(format!("{}/_byteby/v1/worlds/frisk/faults", stage.town.base_url())).send().await;
    assert_eq!(heal.unwrap().status(), 204);
    let mut seen = Vec::new();
    for path in [LAST, "/folkeregisteret/finnes/ikke", "/maskinporten/jwk", "/maskinporten/errors/MP-011"] {
        for world in ["", "/w/gren", "/w/frisk"] {
            seen.push(stage.get(&format!("{world}{path}"), &[]).await.unwrap().status().as_u16());
        }
    }
    assert_eq!(seen, [503, 503, 401, 503, 503, 404, 500, 500, 200, 200, 200, 200]);
    let answer = stage.get("/maskinporten/jwk", &[]).await.unwrap();
    assert_eq!(header(&answer, "byteby-fault"), "nede");
    for own in ["/", "/ui", "/_byteby/v1/health/ready", "/_byteby/v1/worlds/main", "/_byteby/v1/worlds/main/faults"] {
        let answer = stage.get(own, &[]).await.unwrap();
        assert_eq!((answer.status().as_u16(), header(&answer, "byteby-fault")), (200, ""), "{own}");
    }
    // The span is of the world's clock.
    let healed =
        stage.http.delete(format!("{}/_byteby/v1/worlds/main/faults/nede", stage.town.base_url())).send().await;
    assert_eq!(healed.unwrap().status(), 204);
    let timed = json!({"on": "maskinporten", "kind": "error", "status": 500, "for": "PT4H"});
    stage.set_fault("main", timed).await;
    stage.fork("senere").await;
    assert_eq!(stage.get("/maskinporten/jwk", &[]).await.unwrap().status(), 500);
    let world = stage.town.hall.world("senere").unwrap();
    world.advance(byteby::clock::Span::parse("PT4H").unwrap().after(world.town().now())).await.unwrap();
    assert_eq!(stage.get("/w/senere/maskinporten/jwk", &[]).await.unwrap().status(), 200);
    assert_eq!(stage.get("/maskinporten/jwk", &[]).await.unwrap().status(), 500);
    stage.town.stop().await;
}

#[tokio::test]
async fn a_count_is_of_each_world_and_a_person_of_each_request() {
    let stage = Stage::set().await;
    let town = stage.town.main().town();
    let mut people =
        town.people().filter(byteby::town::state::Person::is_bosatt).map(|person| person.nummer().to_string());
    let (one, other) = (people.next().unwrap(), people.next().unwrap());
    let rule = json!({"on": "folkeregisteret.person.hent", "kind": "error", "status": 500, "about": one, "count": 2});
    stage.set_fault("main", rule).await;
    stage.fork("gren").await;
    let ask = async |world: &str, person: &str| {
        stage.get(&format!("{world}{PERSON}/{person}"), &[]).await.unwrap().status().as_u16()
    };
    let mut seen = Vec::new();
    for world in ["", "/w/gren"] {
        for person in [&other, &one, &one, &one, &other] {
            seen.push(ask(world, person).await);
        }
    }
    // Without a token the register says 401.
    assert_eq!(seen, [401, 500, 500, 401, 401, 401, 500, 500, 401, 401]);
    let listed = stage.faults("main").await;
    assert_eq!((&listed["faults"][0]["struck"], &listed["faults"][0]["spent"]), (&json!(2), &json!(true)));
    stage.town.stop().await;
}

/// Which of `rounds` requests of each client are struck, with requests of a stranger between them or not.
async fn pattern(strangers: usize, rounds: usize) -> (Vec<Vec<bool>>, String) {
    let stage = Stage::set().await;
    let before = stage.town.main().ledger().head();
    stage.set_fault("main", json!({"on": "maskinporten.feilkode", "kind": "error", "status": 500, "p": 0.5})).await;
    assert_eq!(stage.town.main().ledger().head().seq, before.seq + 1);
    let mut struck = vec![Vec::new(); 2];
    for _ in 0..rounds {
        for _ in 0..strangers {
            stage.get("/maskinporten/errors/MP-011?client_id=fremmed", &[]).await.unwrap();
        }
        for (client, seen) in struck.iter_mut().enumerate() {
            let path = format!("/maskinporten/errors/MP-011?client_id=app{client}");
            seen.push(stage.get(&path, &[]).await.unwrap().status() == 500);
        }
    }
    // Drawing leaves no trace in the town.
    assert_eq!(stage.town.main().ledger().head().seq, before.seq + 1);
    let digest = stage.town.main().ledger().canonical().to_string();
    stage.town.stop().await;
    (struck, digest)
}

#[tokio::test]
async fn chance_is_the_same_in_every_run_and_nobody_elses_business() {
    let (alone, digest) = pattern(0, 40).await;
    assert_eq!(pattern(3, 40).await, (alone.clone(), digest));
    assert_ne!(alone[0], alone[1], "each client has its own chance");
    for client in &alone {
        let struck = client.iter().filter(|struck| **struck).count();
        assert!((8..=32).contains(&struck), "{struck} of 40");
    }
}

const SCENARIO: &str = r#"byteby: 1
name: Registeret er nede når barnet blir født
world: { size: 1500 }
app: { demo: barnehage }
cast:
  mor: { is: person, where: "bosatt && kjoenn == 'kvinne' && alder >= 26 && alder <= 36 && barn.size() == 0 && partner != null && !reservert && digitalpostkasse != null && adressebeskyttelse == 'ugradert'" }
given:
  - fault: { name: kort, on: krr, kind: throttle, count: 1 }
timeline:
  - id: nede
    at: T + P1D
    do:
      - fault: { on: folkeregisteret.person.hent, kind: error, status: 503, for: PT4H }
      - event: { kind: foedsel, of: mor, as: barnet }
    expect:
      - request: { operation: folkeregisteret.person.hent, status: 503 }
      - message: { to: mor, count: 1 }
    within: P4D
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scenario_sees_the_sample_app_try_again() {
    let running = start(Config { size: 1500, ..Config::on_free_port() }).await.expect("the server starts");
    let load = |text: &str| scenario::load_text(Path::new("faults.byteby.yaml"), text);
    let plans = load(SCENARIO).unwrap_or_else(|fault| panic!("{fault}"));
    let outcome = scenario::run(&plans[0], &around(&running, Sabotage::None)).await;
    assert_eq!(outcome.verdict, Verdict::Passed, "{}", console(&outcome, Lang::Nb, false));
    let struck: Vec<(String, u16)> = running
        .observe
        .since(0, None)
        .iter()
        .filter_map(|entry| Some((entry.note.fault.clone()?, entry.status)))
        .collect();
    assert!(struck.contains(&("error-folkeregisteret-person-hent (error)".into(), 503)), "{struck:?}");
    assert!(struck.contains(&("kort (throttle)".into(), 429)), "{struck:?}");
    // The same with a fault that never ends is red: the test can fail.
    let endless = load(&SCENARIO.replace(", for: PT4H", "")).unwrap();
    let outcome = scenario::run(&endless[0], &around(&running, Sabotage::None)).await;
    assert_eq!(outcome.verdict, Verdict::Failed);
    // Healing ends it too.
    let healed = SCENARIO.replace(", for: PT4H", "").replace(
        "    within: P4D\n",
        "    within: P4D\n  - { at: \"@nede + PT5H\", heal: error-folkeregisteret-person-hent }\n",
    );
    let outcome = scenario::run(&load(&healed).unwrap()[0], &around(&running, Sabotage::None)).await;
    assert_eq!(outcome.verdict, Verdict::Passed, "{}", console(&outcome, Lang::Nb, false));
    running.stop().await;
}

/// A log-in without a page, and the answer as it comes back to the app.
async fn signed_answer(stage: &Stage, client: &str, mode: &str) -> (String, String) {
    let town = stage.town.main().town();
    let adult = town.people().find(|person| person.is_bosatt() && person.alder() > 20).expect("an adult").nummer();
    let hint = format!("testid:{adult}_idporten-loa-high");
    let query = [
        ("client_id", client),
        ("redirect_uri", "http://localhost:9/callback"),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "s"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("response_mode", mode),
        ("login_hint", &hint),
    ];
    let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let address = format!("{}/idporten/authorize", stage.town.base_url());
    let answer = http.get(address).query(&query).send().await.expect("an answer");
    let struck = header(&answer, "byteby-fault").to_owned();
    let location = header(&answer, "location").to_owned();
    let text = if location.is_empty() { answer.text().await.unwrap() } else { location };
    (text, struck)
}

/// The claims of the signed parameter, whose signature is good.
async fn claims_of(stage: &Stage, text: &str) -> Value {
    let token =
        text.split(["response=", "name=\"response\" value=\""].into_iter().find(|start| text.contains(start)).unwrap());
    let token = token.last().unwrap().split(['&', '"']).next().unwrap();
    let keys = stage.get("/idporten/jwks.json", &[]).await.unwrap().text().await.unwrap();
    let jws = byteby::keys::Jws::parse(token).unwrap();
    let keys = byteby::keys::parse_jwk_set(&keys).unwrap();
    assert!(keys.iter().any(|key| jws.verify(key, &[byteby::keys::Algorithm::Rs256]).is_ok()), "{token}");
    Value::Object(jws.claims)
}

#[tokio::test]
async fn a_signed_authorization_response_can_be_wrong_and_a_fault_can_be_for_one_client() {
    let stage = Stage::set().await;
    for id in ["en", "to"] {
        let client = json!({ "integration_type": "idporten", "redirect_uris": ["http://localhost:9/callback"] });
        let address = format!("{}/_byteby/v1/worlds/main/clients/{id}", stage.town.base_url());
        assert_eq!(stage.http.put(address).json(&client).send().await.unwrap().status(), 201);
    }
    let modes = ["query.jwt", "form_post.jwt"];
    for (kind, claim) in
        [("wrong_iss", "iss"), ("wrong_aud", "aud"), ("expired_token", "exp"), ("wrong_nonce", "nonce")]
    {
        let rule = json!({ "on": "idporten.innlogging", "kind": kind, "name": "f", "client_id": "en" });
        assert_eq!(stage.set_fault("main", rule).await["client_id"], "en");
        for mode in modes {
            let (bad, struck) = signed_answer(&stage, "en", mode).await;
            let (good, spared) = signed_answer(&stage, "to", mode).await;
            assert_eq!((struck.as_str(), spared.as_str()), ("f", ""), "{kind} {mode}");
            let (bad, good) = (claims_of(&stage, &bad).await, claims_of(&stage, &good).await);
            assert_eq!(
                (&good["iss"], &good["aud"]),
                (&json!(format!("{}/idporten", stage.town.base_url())), &json!("to"))
            );
            match claim {
                "exp" => assert!(bad["exp"].as_i64() < good["exp"].as_i64().map(|exp| exp - 600), "{bad} {good}"),
                "nonce" => assert_eq!(bad.get("nonce"), None, "such a response has none"),
                claim => assert!(bad[claim].as_str().unwrap().contains("feil"), "{kind}: {bad}"),
            }
            assert!(bad["code"].is_string() && bad["state"] == "s");
        }
        let heal = format!("{}/_byteby/v1/worlds/main/faults/f", stage.town.base_url());
        assert_eq!(stage.http.delete(heal).send().await.unwrap().status(), 204);
    }
    // On the whole service such a rule waits for tokens, and a response that is not signed is left alone.
    stage.set_fault("main", json!({ "on": "idporten", "kind": "wrong_iss", "name": "alle", "count": 1 })).await;
    let (good, struck) = signed_answer(&stage, "en", "query.jwt").await;
    assert_eq!((claims_of(&stage, &good).await["aud"].clone(), struck.as_str()), (json!("en"), ""));
    stage.set_fault("main", json!({ "on": "idporten.innlogging", "kind": "wrong_iss", "name": "en-til" })).await;
    let (plain, _) = signed_answer(&stage, "en", "query").await;
    assert!(plain.contains("code=") && plain.contains("iss=http"), "{plain}");
    assert_eq!(stage.faults("main").await["faults"][0]["struck"], 0, "the rule on the service has not been used up");
    stage.town.stop().await;
}
