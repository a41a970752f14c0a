//! Many worlds used at once: what is planted in one is seen through no route of another.
//!
//! The routes come from the tables the program itself is made of: the OpenAPI document of the admin API, the operations
//! the services declare, and the links of the pages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use byteby::access::DEMO_MACHINE_CLIENT;
use byteby::app::{Config, Running, start};
use byteby::observe::Finding;
use byteby::services::SKINS;
use byteby::townhall::MAIN;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// Worlds used at once.
const WORLDS: usize = 64;
/// Clients at work at once.
const CLIENTS: usize = 16;
/// How long a stream is listened to. What it has to say about the past comes at once.
const LISTEN: Duration = Duration::from_millis(300);
/// Pages of a world, besides the person's own.
const PAGES: [&str; 3] = ["/ui", "/ui/people?sok=a", "/ui/messages"];

/// What only one world has.
#[derive(Clone, Debug)]
struct Marks {
    world: String,
    /// Identity number of a child born here, on a day on which nobody is born elsewhere.
    born: String,
    /// A word in a message, its files and its receiver's mailbox.
    message: String,
    /// Id of that message.
    message_id: String,
    /// A word in the query of a request.
    request: String,
    /// A client registered here.
    client: String,
    /// A word in a finding.
    finding: String,
    /// Name of a fault rule.
    fault: String,
}

impl Marks {
    fn all(&self) -> [(&'static str, &str); 7] {
        [
            ("person", &self.born),
            ("message", &self.message),
            ("message id", &self.message_id),
            ("request", &self.request),
            ("client", &self.client),
            ("finding", &self.finding),
            ("fault", &self.fault),
        ]
    }
}

struct Stage {
    town: Running,
    http: Client,
    mother: String,
    orgnr: String,
}

impl Stage {
    async fn admin(&self, method: Method, path: &str, body: Value) -> Value {
        let mut request = self.http.request(method.clone(), format!("{}/_byteby/v1{path}", self.town.base_url()));
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Makes world number `number` and plants what only it has.
    async fn plant(&self, number: usize) -> Marks {
        let world = format!("verden-{number}");
        let mark = |kind: &str| format!("{kind}q{:03x}z", number * 37 + 5);
        self.admin(Method::POST, "/worlds/main/fork", json!({ "name": world })).await;
        let at = format!("/worlds/{world}");
        self.admin(Method::POST, &format!("{at}/clock/advance"), json!({ "by": format!("P{}D", number + 1) })).await;
        let birth = json!({ "kind": "foedsel", "of": self.mother });
        let born = self.admin(Method::POST, &format!("{at}/events"), birth).await;
        let born = born["people"][0]["id"].as_str().unwrap().to_owned();
        let client = mark("klient");
        self.admin(
            Method::POST,
            &format!("{at}/clients"),
            json!({ "integration_type": "idporten", "client_id": client, "redirect_uris": ["http://localhost:9/cb"] }),
        )
        .await;
        let fault = mark("feil");
        let rule = json!({ "name": fault, "on": "krr", "kind": "error", "status": 503, "p": 0 });
        self.admin(Method::POST, &format!("{at}/faults"), rule).await;
        let incarnation = self.town.hall.world(&world).unwrap().incarnation();
        let finding = mark("funn");
        self.town.observe.findings.note(Finding {
            id: 0,
            incarnation,
            kind: "real-data-suspected",
            at: byteby::clock::DEFAULT_START,
            detail: format!("a finding called {finding}"),
            request: None,
            app: None,
            seq: 1,
        });
        let request = mark("spurt");
        let base = format!("{}/w/{world}", self.town.base_url());
        self.http.get(format!("{base}/krr/rest?ord={request}")).send().await.unwrap();
        let message = mark("brev");
        let message_id = self.letter(&base, &message, number).await;
        self.admin(Method::POST, &format!("{at}/clock/advance"), json!({ "by": "PT2H" })).await;
        Marks { world, born, message, message_id, request, client, finding, fault }
    }

    /// Sends a paper letter to the mother, with `mark` in its title and its file.
    async fn letter(&self, base: &str, mark: &str, number: usize) -> String {
        let id = format!("5c3b7c4e-0000-4000-8000-{:012x}", number + 1);
        let party = |value: &str| json!([{ "identifier": { "authority": "iso6523-actorid-upis", "value": value } }]);
        let address = json!({ "navn": "Navn Navnesen", "land": "Norge", "adresselinje1": mark, "postnummer": "9999",
            "poststed": "BYTEBY" });
        let sbd = json!({
            "standardBusinessDocumentHeader": {
                "headerVersion": "1.0",
                "sender": party(&format!("0192:{}", self.orgnr)),
                "receiver": party(&self.mother),
                "documentIdentification": { "standard": "urn:no:difi:digitalpost:xsd:fysisk::print", "typeVersion": "2.0",
                    "type": "print", "instanceIdentifier": id },
                "businessScope": { "scope": [{ "type": "ConversationId",
                    "identifier": "urn:no:difi:profile:digitalpost:vedtak:ver1.0" }] },
            },
            "print": { "hoveddokument": "brev.pdf", "mottaker": address, "retur": { "mottaker": address } },
        });
        let pdf = reqwest::multipart::Part::bytes(b"%PDF-1.4\n%%EOF\n".to_vec()).file_name("brev.pdf");
        let pdf = pdf.mime_str("application/pdf").unwrap();
        let form = reqwest::multipart::Form::new().text("sbd", sbd.to_string()).part(mark.to_owned(), pdf);
        let url = format!("{base}/eformidling/api/messages/out/multipart");
        let answer = self.http.post(url).multipart(form).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{status} {text}");
        id
    }

    /// Everything `marks.world` says when it is asked through every route, with ids it knows itself.
    async fn said(&self, marks: &Marks, routes: &[String]) -> BTreeMap<String, String> {
        let base = self.town.base_url();
        let world = &marks.world;
        let scope = "folkeregister:deling/offentligmedhjemmel krr:global/kontaktinformasjon.read";
        let wanted = json!({ "issuer": "maskinporten", "client_id": DEMO_MACHINE_CLIENT, "scope": scope });
        let token = self.admin(Method::POST, &format!("/worlds/{world}/tokens"), wanted).await;
        let token = token["access_token"].as_str().unwrap().to_owned();
        let mut said = BTreeMap::new();
        for route in routes {
            for path in filled(route, marks) {
                let mut request = self.http.get(format!("{base}{path}"));
                if route.starts_with("/w/") {
                    request = request.bearer_auth(&token);
                }
                let mut answer = request.send().await.unwrap_or_else(|error| panic!("{path}: {error}"));
                let mut text = format!("{} {:?}\n", answer.status(), answer.headers());
                let streams = answer.headers().get("content-type").is_some_and(|kind| kind == "text/event-stream");
                let mut read = async || {
                    while let Ok(Some(bytes)) = answer.chunk().await {
                        text.push_str(&String::from_utf8_lossy(&bytes));
                    }
                };
                if streams {
                    let _ = tokio::time::timeout(LISTEN, read()).await;
                } else {
                    read().await;
                }
                said.insert(path, text);
            }
        }
        said
    }
}

/// The paths of a route: its world is the one of `marks`, ids are small numbers and what only this world has.
fn filled(route: &str, marks: &Marks) -> Vec<String> {
    let route = route.replace("{world}", &marks.world);
    let Some((before, rest)) = route.split_once('{') else { return vec![route] };
    let after = rest.split_once('}').map_or("", |(_, after)| after);
    let ids = ["1", "2", &marks.born, &marks.message_id, &marks.client, &marks.fault];
    // The mocks have no small numbers, and no fault rules.
    let ids = if route.starts_with("/w/") { &ids[2..5] } else { &ids[..] };
    ids.iter().flat_map(|id| filled(&format!("{before}{id}{after}"), marks)).collect()
}

/// Every address that can be read, with `{world}` and other variables.
async fn routes(stage: &Stage) -> Vec<String> {
    let document = stage.admin(Method::GET, "/openapi.json", Value::Null).await;
    let mut routes: Vec<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(path, item)| item.get("get").is_some() && path.contains("{world}"))
        .map(|(path, _)| format!("/_byteby/v1{path}"))
        .collect();
    assert!(routes.len() >= 12, "{routes:?}");
    // Comparing needs another world; every world comes from this one.
    routes.iter_mut().filter(|route| route.ends_with("/diff")).for_each(|route| route.push_str("?with=main"));
    // One address with an id each for several variables.
    let several = routes.extract_if(.., |route| route.matches('{').count() > 2).collect::<Vec<_>>();
    for route in several {
        let (first, last) = route.rsplit_once('{').unwrap();
        routes.push(format!("{first}0{}", last.split_once('}').unwrap().1));
    }
    let before = routes.len();
    for skin in SKINS {
        for operation in skin.operations.iter().filter(|operation| matches!(operation.method, "GET" | "")) {
            let path = operation.path.replacen("{*}", "alle", 1);
            let mut pieces = path.split("{}");
            let first = pieces.next().unwrap_or("").to_owned();
            let path = pieces.enumerate().fold(first, |path, (place, rest)| match place {
                0 => format!("{path}{{id}}{rest}"),
                _ => format!("{path}1{rest}"),
            });
            routes.push(format!("/w/{{world}}{}{path}", skin.mount));
        }
    }
    assert!(routes.len() > before + 30, "{routes:?}");
    routes.extend(PAGES.iter().map(|page| format!("/w/{{world}}{page}")));
    routes.push("/w/{world}/ui/people/{id}".to_owned());
    routes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_worlds_used_at_once_never_see_each_other() {
    let town = start(Config { size: 1500, ..Config::on_free_port() }).await.expect("a town on a free port");
    let main = town.main().town();
    let mother = main.people().find(|person| {
        person.is_bosatt() && person.kjoenn() == byteby::base::Kjoenn::Kvinne && (22..=35).contains(&person.alder())
    });
    let mother = mother.unwrap().nummer().to_string();
    let orgnr = main.base.kommune.orgnr.to_string();
    drop(main);
    let stage = Arc::new(Stage { town, http: Client::new(), mother, orgnr });
    let routes = Arc::new(routes(&stage).await);
    let clients = Arc::new(Semaphore::new(CLIENTS));

    let mut tasks = Vec::new();
    for number in 0..WORLDS {
        let (stage, clients) = (stage.clone(), clients.clone());
        tasks.push(tokio::spawn(async move {
            let _turn = clients.acquire().await.unwrap();
            stage.plant(number).await
        }));
    }
    let mut planted = Vec::new();
    for task in tasks {
        planted.push(task.await.unwrap());
    }
    let mut numbers = BTreeSet::new();
    assert!(planted.iter().all(|marks| numbers.insert(marks.born.clone())), "two worlds have the same newborn");
    let planted = Arc::new(planted);

    let mut tasks = Vec::new();
    for number in 0..WORLDS {
        let (stage, clients, routes, planted) = (stage.clone(), clients.clone(), routes.clone(), planted.clone());
        tasks.push(tokio::spawn(async move {
            let _turn = clients.acquire().await.unwrap();
            (number, stage.said(&planted[number], &routes).await)
        }));
    }
    let (mut leaks, mut own, mut asked) = (Vec::new(), BTreeSet::new(), 0);
    for task in tasks {
        let (number, said) = task.await.unwrap();
        asked += said.len();
        for (path, text) in &said {
            for (kind, mark) in planted[number].all() {
                // An address that carries the mark itself may well repeat it.
                if !path.contains(mark) && text.contains(mark) {
                    own.insert((number, kind));
                }
            }
            for other in planted.iter().filter(|other| other.world != planted[number].world) {
                let leak = |(kind, mark): (&str, &str)| {
                    text.contains(mark).then(|| format!("{path} tells of the {kind} of {}", other.world))
                };
                leaks.extend(other.all().into_iter().filter_map(leak));
            }
        }
    }
    println!("{WORLDS} worlds, {} routes, {asked} answers searched for 7 marks of every other world", routes.len());
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    // The search finds what is there: every world shows its own marks.
    let shown = |kind: &str| own.iter().filter(|(_, shown)| *shown == kind).count();
    for (kind, _) in planted[0].all() {
        assert_eq!(shown(kind), WORLDS, "{kind} shows in {} of {WORLDS} worlds that have one", shown(kind));
    }
    // Nor does a world know anybody of another by name.
    for (marks, other) in planted.iter().zip(planted.iter().cycle().skip(1)) {
        let base = stage.town.base_url();
        let person = format!("{base}/_byteby/v1/worlds/{}/people/{}", marks.world, other.born);
        assert_eq!(stage.http.get(person).send().await.unwrap().status(), 404);
    }
    assert_eq!(stage.town.hall.world(MAIN).unwrap().town().post.antall_meldinger, 0);
}
