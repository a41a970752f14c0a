//! Good requests: what the sample app asks the mocks for, every operation the mocks know, and every route of the admin
//! API's own document.

use byteby::app::Running;
use byteby::demo::Sabotage;
use byteby::observe::RequestEntry;
use byteby::scenario::{self, Surroundings, Verdict};
use byteby::services::SKINS;
use serde_json::{Value, json};

use super::{Shot, fire};
use crate::registers::{FOLKEREGISTER, KONTAKT, machine_token, register_machine};
use crate::scenario_faa_barn::{around, plans};

/// Letters that wait for their files.
const LETTERS: usize = 12;

/// The world that mutated requests are free to ruin.
pub(super) const WORLD: &str = "prove";

pub(super) struct Corpus {
    pub(super) shots: Vec<Shot>,
    /// Places of those that are mutated.
    pub(super) aimed: Vec<usize>,
}

impl Corpus {
    pub(super) async fn make(running: &Running) -> Self {
        register_machine(&running.main()).await;
        let base = running.base_url();
        let tokens = [machine_token(&base, FOLKEREGISTER, None).await, machine_token(&base, KONTAKT, None).await];
        let harvest = harvested(running, &tokens).await;
        let mut shots = messages(running.addr, &harvest).await;
        shots.extend(harvest);
        running.hall.fork("main", Some(WORLD)).expect("a fork");
        shots.extend(of_services(running, &tokens));
        shots.extend(of_login(running).await);
        shots.extend(of_protocol(running));
        shots.extend(of_admin(running).await);
        shots.extend(["/", "/ui", "/ui/api", "/favicon.ico"].map(|path| shot("GET", path, &[], b"")));
        let aimed = (0..shots.len()).collect();
        Self { shots, aimed }
    }

    /// Mutates only what is sent to an address with one of `words` in it, which commas separate; everything for none.
    pub(super) fn aim(&mut self, words: &str) {
        let words: Vec<&str> = words.split(',').filter(|word| !word.is_empty()).collect();
        let named = |shot: &Shot| words.is_empty() || words.iter().any(|word| shot.target.contains(word));
        self.aimed.retain(|&place| named(&self.shots[place]));
        assert!(!self.aimed.is_empty(), "no request of the corpus is sent to {words:?}");
    }
}

impl Corpus {
    /// The corpus is good: of every service's modelled operations and of the admin API, a share is answered well.
    pub(super) async fn is_good(&self, addr: std::net::SocketAddr) {
        let shots = self.shots.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let mut well = std::collections::BTreeMap::new();
            for shot in shots {
                let path = shot.target.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default().to_owned();
                let status = fire(addr, &shot).map_or(0, |answer| answer.status);
                let (good, all) = well.entry(path).or_insert((0, 0));
                *good += usize::from((200..400).contains(&status));
                *all += usize::from(status != 501);
            }
            well
        });
        let well = asked.await.expect("no panic");
        println!("good requests answered well, of those modelled: {well:?}");
        for (path, least) in
            [("_byteby", 40), ("folkeregisteret", 10), ("krr", 3), ("eformidling", 30), ("idporten", 5)]
        {
            let (good, _) = well.get(path).copied().unwrap_or_default();
            assert!(good >= least, "{path}: only {good} good requests are answered well");
        }
    }
}

pub(super) fn shot(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Shot {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
    Shot { method: method.into(), target: target.into(), headers, body: body.to_vec(), unframed: false }
}

fn token_for<'a>(path: &str, tokens: &'a [String; 2]) -> Option<&'a str> {
    if path.starts_with("/folkeregisteret") {
        return Some(&tokens[0]);
    }
    path.starts_with("/krr").then_some(tokens[1].as_str())
}

/// The requests of the sample app in the shipped scenario, as the record has them.
async fn harvested(running: &Running, tokens: &[String; 2]) -> Vec<Shot> {
    let plan = &plans()[0];
    let kept = Surroundings { keep: true, ..around(running, Sabotage::None) };
    let outcome = scenario::run(plan, &kept).await;
    assert_eq!(outcome.verdict, Verdict::Passed);
    let entries = running.observe.since(0, None);
    let mut shots = Vec::new();
    let mut met = std::collections::BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.request_body.digest.is_none()) {
        let seen = met.entry(entry.note.operation).or_insert(0);
        *seen += 1;
        // A few of each; the scenario asks some hundred times for the feed.
        if *seen <= 3 {
            shots.push(as_asked(entry, tokens));
        }
    }
    assert!(met.len() > 10, "{met:?}");
    shots
}

fn as_asked(entry: &RequestEntry, tokens: &[String; 2]) -> Shot {
    let query = if entry.query.is_empty() { String::new() } else { format!("?{}", entry.query) };
    let target = format!("{}{query}", entry.path);
    let mut headers = Vec::new();
    let token = token_for(&entry.path, tokens).map(|token| format!("Bearer {token}"));
    headers.extend(token.as_deref().map(|token| ("authorization", token)));
    let body = &entry.request_body.kept;
    let multipart;
    if body.starts_with(b"{") {
        headers.push(("content-type", "application/json"));
    } else if body.starts_with(b"--") {
        let line = body.split(|byte| *byte == b'\r').next().unwrap_or_default();
        multipart = format!("multipart/form-data; boundary={}", String::from_utf8_lossy(&line[2..]));
        headers.push(("content-type", &multipart));
    } else if entry.method == "PUT" {
        headers
            .extend([("content-type", "application/pdf"), ("content-disposition", "attachment; filename=\"a.pdf\"")]);
    } else if !body.is_empty() {
        headers.push(("content-type", "application/x-www-form-urlencoded"));
    }
    shot(&entry.method, &target, &headers, body)
}

/// Letters on their way: created here, so that what is mutated fills and sends them.
async fn messages(addr: std::net::SocketAddr, harvest: &[Shot]) -> Vec<Shot> {
    let create = |shot: &&Shot| shot.method == "POST" && shot.target.ends_with("/api/messages/out");
    let fill = |shot: &&Shot| shot.method == "PUT" && shot.target.contains("/api/messages/out/");
    let (Some(create), Some(fill)) = (harvest.iter().find(create).cloned(), harvest.iter().find(fill).cloned()) else {
        panic!("the sample app sends letters")
    };
    let made = tokio::task::spawn_blocking(move || {
        let id_of = |shot: &Shot| shot.target.split("/out/").nth(1).unwrap_or_default()[..36].to_owned();
        let (text, old) = (String::from_utf8_lossy(&create.body).into_owned(), id_of(&fill));
        let main = text.split("\"hoveddokument\":\"").nth(1).and_then(|rest| rest.split('"').next());
        let named = format!("attachment; filename=\"{}\"", main.expect("the letter names its document")).into_bytes();
        let fill = Shot {
            headers: fill
                .headers
                .into_iter()
                .filter(|(name, _)| name != "content-disposition")
                .chain([("content-disposition".to_owned(), named)])
                .collect(),
            ..fill
        };
        assert!(text.contains(&old), "the letter names its id");
        let mut shots = Vec::new();
        for number in 0..LETTERS {
            let new = format!("7f5b0e5c-35a0-4b5a-9f3a-{number:012}");
            let create = Shot { body: text.replace(&old, &new).into_bytes(), ..create.clone() };
            let answer = fire(addr, &create).expect("an answer");
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            let fill = Shot { target: fill.target.replace(&old, &new), ..fill.clone() };
            let send = shot("POST", fill.target.split('?').next().unwrap_or_default(), &[], b"");
            // And one that is not there yet.
            let next = Shot { body: text.replace(&old, &new.replace("7f5b", "7f5c")).into_bytes(), ..create };
            shots.extend([next, fill, send]);
        }
        shots
    });
    made.await.expect("no panic")
}

/// One request for every operation the services declare.
fn of_services(running: &Running, tokens: &[String; 2]) -> Vec<Shot> {
    let town = running.main().town();
    let number = town.people().find(byteby::town::state::Person::is_bosatt).expect("somebody").nummer().to_string();
    let mut shots = Vec::new();
    for skin in SKINS {
        for operation in skin.operations {
            let filler = match operation.name {
                name if name.contains(".person.") || name.contains("kapabilitet") => number.as_str(),
                name if name.contains("hendelse") => "0123456789abcdef0123456789abcdef",
                name if name.contains("feilkode") => "MP-100",
                _ => "7f5b0e5c-35a0-4b5a-9f3a-0123456789ab",
            };
            let template = operation.template();
            let filled = template.split('/').map(|part| if part.starts_with('{') { filler } else { part });
            let path = filled.collect::<Vec<_>>().join("/");
            let (method, body) = match operation.method {
                "*" => ("GET", Value::Null),
                "POST" if skin.service == "krr" => ("POST", json!({ "personidentifikatorer": [number] })),
                "POST" if operation.name.contains("hendelse.bulk") => {
                    ("POST", json!({ "dokumentidentifikator": [filler] }))
                }
                "POST" if skin.service == "folkeregisteret" => ("POST", json!({ "foedselsEllerDNummer": [number] })),
                method => (method, Value::Null),
            };
            let target = match operation.name {
                name if name.ends_with("hendelser.les") => format!("{path}?seq=1"),
                name if name.ends_with("person.hent") => format!("{path}?part=navn&part=status"),
                name if name.ends_with(".liste") => format!("{path}?page=0&size=10"),
                _ => path,
            };
            let token = token_for(skin.mount, tokens).map(|token| format!("Bearer {token}"));
            let mut headers: Vec<(&str, &str)> =
                token.as_deref().map(|token| ("authorization", token)).into_iter().collect();
            let text = if body.is_null() { String::new() } else { body.to_string() };
            if !text.is_empty() {
                headers.push(("content-type", "application/json"));
            }
            shots.push(shot(method, &target, &headers, text.as_bytes()));
        }
    }
    let order = format!("<bulkoppslag><foedselsEllerDNummer>{number}</foedselsEllerDNummer></bulkoppslag>");
    let path = "/folkeregisteret/offentlig-med-hjemmel/api/v1/personer/bulkoppslag";
    let bearer = format!("Bearer {}", tokens[0]);
    shots.push(shot(
        "POST",
        path,
        &[("authorization", &bearer), ("content-type", "application/xml")],
        order.as_bytes(),
    ));
    shots
}

/// A log-in as a browser and a client would do it.
async fn of_login(running: &Running) -> Vec<Shot> {
    let authorize = "/idporten/authorize?client_id=demo-fagsystem&redirect_uri=http%3A%2F%2Flocalhost%3A2984%2Fcallback\
                     &response_type=code&scope=openid%20profile&state=tilstand&nonce=engang\
                     &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256\
                     &acr_values=idporten-loa-substantial&ui_locales=nb";
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let answer = http.get(format!("{}{authorize}", running.base_url())).send().await.expect("an answer");
    let page = answer.text().await.expect("a page");
    let id = page.split("name=\"innlogging\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let id = id.expect("the page carries its id").to_owned();
    let login = format!("/idporten/login?innlogging={id}&client_id=demo-fagsystem");
    let town = running.main().town();
    let adult = town.people().find(|person| person.is_bosatt() && person.alder() > 20).expect("an adult").nummer();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let basic = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("authorization", "Basic ZGVtby1mYWdzeXN0ZW06ZGVtby1oZW1tZWxpZ2hldA=="),
    ];
    let choose = format!(
        "innlogging={id}&client_id=demo-fagsystem&pid={adult}&acr=idporten-loa-substantial&amr=BankID&action=login"
    );
    let code = "grant_type=authorization_code&code=ukjent&redirect_uri=http%3A%2F%2Flocalhost%3A2984%2Fcallback\
                &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk&client_id=demo-fagsystem";
    vec![
        shot("GET", authorize, &[], b""),
        shot("GET", &login, &[("cookie", "IDPORTEN_SELECTED_LANGUAGE=nn")], b""),
        shot("POST", "/idporten/login", &form, choose.as_bytes()),
        shot("POST", "/idporten/token", &basic, code.as_bytes()),
        shot("GET", "/idporten/userinfo", &[("authorization", "Bearer e30.e30.e30")], b""),
        shot("GET", "/idporten/logout?post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A2984%2F&state=x", &[], b""),
        shot(
            "POST",
            "/maskinporten/token",
            &form,
            b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=e30.e30.e30",
        ),
    ]
}

/// What programs ask the login services, and log-ins without a page in every response mode.
fn of_protocol(running: &Running) -> Vec<Shot> {
    let town = running.main().town();
    let adult = town.people().find(|person| person.is_bosatt() && person.alder() > 20).expect("an adult").nummer();
    let request = "client_id=demo-fagsystem&redirect_uri=http%3A%2F%2Flocalhost%3A2984%2Fcallback&response_type=code\
                   &scope=openid%20profile&state=tilstand&nonce=engang&max_age=60&resource=https%3A%2F%2Fapi.example%2F\
                   &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let basic = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("authorization", "Basic ZGVtby1mYWdzeXN0ZW06ZGVtby1oZW1tZWxpZ2hldA=="),
    ];
    let proof = [basic[0], basic[1], ("dpop", "eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.AQID")];
    let assertion = "grant_type=authorization_code&code=a.b&client_id=demo-fagsystem&client_assertion=e30.e30.AQID\
                     &client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let mut shots: Vec<Shot> = ["query", "form_post", "query.jwt", "form_post.jwt"]
        .iter()
        .map(|mode| {
            let hint = format!("testid:{adult}_idporten-loa-high");
            let target = format!("/idporten/authorize?{request}&response_mode={mode}&login_hint={hint}");
            shot("GET", &target, &[], b"")
        })
        .collect();
    for (path, headers, body) in [
        ("/idporten/par", &basic[..], request),
        ("/idporten/authorize", &basic[..1], "client_id=demo-fagsystem&request_uri=urn%3Aidporten%3Ax"),
        ("/idporten/token", &basic[..], "grant_type=refresh_token&refresh_token=eyJhIjoxfQ..AQ.AQ.AQ&scope=openid"),
        ("/idporten/token", &proof[..], "grant_type=authorization_code&code=a.b"),
        ("/idporten/token", &basic[..1], assertion),
        ("/idporten/token/introspect", &basic[..], "token=e30.e30.AQID&token_type_hint=access_token"),
        ("/idporten/token/revoke", &basic[..], "token=e30.e30.AQID&token_type_hint=refresh_token"),
        ("/ansattporten/par", &basic[..], request),
        ("/ansattporten/token", &basic[..], "grant_type=authorization_code&code=a.b"),
    ] {
        shots.push(shot("POST", path, headers, body.as_bytes()));
    }
    let bound = [("authorization", "DPoP e30.e30.AQID"), proof[2]];
    shots.push(shot("GET", "/idporten/userinfo", &bound, b""));
    shots.push(shot("GET", &format!("/ansattporten/authorize?{request}"), &[], b""));
    shots
}

/// Bodies for the routes of the admin API that need a certain one.
fn body_for(method: &str, path: &str, number: &str, base: &str) -> Value {
    match (method, path) {
        ("post", "/worlds") => json!({"size": 1500, "seed": 7, "ttl": "PT30M", "labels": {"eier": "prove"}}),
        ("post", "/worlds/{world}/fork") => json!({"name": "gren"}),
        ("put", "/worlds/{world}/attach") => json!({"app": "en-app"}),
        ("patch", "/worlds/{world}") => json!({"ttl": "PT1H"}),
        ("put", "/worlds/{world}/clock") => json!({"mode": "frozen"}),
        ("post", "/worlds/{world}/clock/advance") => json!({"by": "PT1M"}),
        ("post", "/worlds/{world}/events") => json!({"kind": "reservasjon", "of": number, "reservert": true}),
        ("post", "/worlds/{world}/cast") => json!({"cast": {"mor": "bosatt && alder > 30"}}),
        ("post", "/worlds/{world}/faults") => {
            json!({"on": "krr.innbygger.hent", "kind": "error", "status": 503, "p": 0.5,
            "for": "PT4H", "count": 3, "about": number})
        }
        ("post", "/worlds/{world}/clients") => json!({"integration_type": "idporten", "client_id": "ny-klient",
            "client_secret": "hemmelig", "redirect_uris": ["http://localhost:2984/callback"], "scopes": ["openid"],
            "access_token_lifetime": 120}),
        ("post", "/worlds/{world}/tokens") => {
            json!({"issuer": "maskinporten", "client_id": "maskin", "scope": FOLKEREGISTER})
        }
        ("post", "/worlds/{world}/clock/ack") => json!({"app": "en-app", "number": 1}),
        ("patch", "/worlds/{world}/people/{id}") => json!({"reservert": true}),
        ("post", "/worlds/{world}/snapshots") => json!({"name": "bilde"}),
        ("put", "/server/public-url") => json!({"url": base}),
        ("post", "/scenarios/lint" | "/scenarios/run") => json!({"text": SCENARIO}),
        _ => json!({}),
    }
}

const SCENARIO: &str = "byteby: 1\nname: Prøve\nworld: { size: 300 }\ntimeline:\n  - { at: T + P1D, that: \"true\" }\n";

/// One request for every route of the document, in the world that may be ruined.
async fn of_admin(running: &Running) -> Vec<Shot> {
    let address = format!("{}/_byteby/v1/openapi.json", running.base_url());
    let document: Value = reqwest::get(address).await.expect("an answer").json().await.expect("JSON");
    let town = running.main().town();
    let number = town.people().find(byteby::town::state::Person::is_bosatt).expect("somebody").nummer().to_string();
    let mut shots = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in ["get", "post", "put", "patch", "delete"].into_iter().filter(|method| item.get(method).is_some())
        {
            // The one route that may not be asked: it ends the server. Its refusals are its own tests'.
            if path == "/server/shutdown" {
                continue;
            }
            let mut target = String::new();
            for part in path.split('/').skip(1) {
                let filled = match part {
                    "{world}" => WORLD,
                    "{id}" if path.contains("people") => &number,
                    "{service}" => "idporten",
                    "{client_id}" => "demo-fagsystem",
                    part if part.starts_with('{') => "1",
                    part => part,
                };
                target = format!("{target}/{filled}");
            }
            let query = if path.ends_with("/people") { "?where=alder%20%3E%2030&limit=3" } else { "" };
            let target = format!("/_byteby/v1{target}{query}");
            let body = if method == "get" || method == "delete" {
                String::new()
            } else {
                body_for(method, path, &number, &running.base_url()).to_string()
            };
            shots.push(shot(&method.to_uppercase(), &target, &[("content-type", "application/json")], body.as_bytes()));
        }
    }
    assert!(shots.len() > 20, "the document lists the routes");
    // What drops the world comes last, so that the good ones find it.
    shots.sort_by_key(|shot| shot.method == "DELETE");
    shots
}
