//! Which world a request goes to: kind of request × what it carries, through the gate (`DESIGN` §5,
//! `specs/experience.md` §6).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use byteby::access::DEMO_MACHINE_CLIENT;
use byteby::app::{Config, Running, start};
use byteby::town::decide::{Cause, Command, KlientCommand};
use byteby::town::state::Klient;
use byteby::townhall::MAIN;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::sync::watch;

const FOLKEREGISTER: &str = "folkeregister:deling/offentligmedhjemmel";
/// Longest wait for a webhook: only so that a test ends.
const LIMIT: Duration = Duration::from_mins(2);
const CALLBACK: &str = "http://localhost:9/callback";

/// What kind of request is sent. Log-ins under way were begun in world `a`, citizens' tokens are of world `a`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// A machine calls an API with a token of `main`.
    Api,
    /// An app calls userinfo with a citizen's token of `a`.
    Citizen,
    /// A browser begins a log-in.
    Login,
    /// The browser comes back to the login page of a log-in that was begun in `a`.
    Callback,
    /// An app exchanges a code that was given in `a`.
    Token,
    /// An app subscribes, and is told so by a webhook.
    Webhook,
    /// A call to the port of eFormidling.
    Port,
    /// A page.
    Page,
}

const KINDS: [Kind; 8] =
    [Kind::Api, Kind::Citizen, Kind::Login, Kind::Callback, Kind::Token, Kind::Port, Kind::Page, Kind::Webhook];

/// What the request carries.
#[derive(Clone, Copy, Default, Debug)]
struct Carries {
    path: Option<&'static str>,
    header: Option<&'static str>,
    baggage: Option<&'static str>,
    /// World in the host, in front of which the service's name stands.
    host: Option<&'static str>,
    /// The client is the one that is attached to `b`.
    attached: bool,
}

/// Where it is expected to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Goes {
    /// There, and is served.
    To(&'static str),
    /// There, and is refused by the service with this status.
    Not(&'static str, u16),
    /// There, and what would come out of it is held: the app is attached elsewhere.
    Held(&'static str),
    /// Nowhere, with this status of the gate.
    Nowhere(u16),
}
use Goes::{Held, Not, Nowhere, To};

/// A public key; its private half signs nothing here.
fn jwk() -> String {
    byteby::keys::client_key().public().to_jwk().to_string()
}

/// Where two apps listen, and what they are told: the address and the world it says to come from.
struct Listeners {
    /// Origin of the app that is attached to nothing, and of the one that is attached to `b`.
    origins: [String; 2],
    told: watch::Receiver<Vec<(String, String)>>,
}

impl Listeners {
    async fn start() -> Self {
        let (send, told) = watch::channel(Vec::new());
        let mut origins = [String::new(), String::new()];
        for origin in &mut origins {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            *origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
            let router = Router::new().fallback(hook).with_state(send.clone());
            tokio::spawn(async move { axum::serve(listener, router).await });
        }
        Self { origins, told }
    }
}

async fn hook(State(told): State<watch::Sender<Vec<(String, String)>>>, uri: Uri, headers: HeaderMap) -> StatusCode {
    let world = headers["byteby-world"].to_str().unwrap().to_owned();
    told.send_modify(|all| all.push((uri.path().to_owned(), world)));
    StatusCode::NO_CONTENT
}

struct Stage {
    town: Running,
    http: Client,
    pid: String,
    apps: Listeners,
    /// Subscriptions made so far: each has a name and an address of its own.
    subscriptions: AtomicUsize,
}

impl Stage {
    async fn set(open_clients: bool) -> Self {
        let config = Config { size: 1500, eformidling_port: Some(0), open_clients, ..Config::on_free_port() };
        let town = start(config).await.expect("a town on free ports");
        let main = town.main();
        let orgnr = main.town().base.kommune.orgnr;
        let klient = Klient::maskinporten("maskin-b", "Fagsystem", orgnr, "k", &jwk(), &[FOLKEREGISTER]);
        let command = Command::Klient(KlientCommand::Registrer(Box::new(klient)));
        main.command(command, Cause::of("test client", &[])).await.expect("a registration");
        let (apps, http) = (Listeners::start().await, Client::builder());
        let http = http.redirect(reqwest::redirect::Policy::none()).build().unwrap();
        for (name, origin) in ["app", "app-b"].into_iter().zip(&apps.origins) {
            let url = format!("{}/_byteby/v1/worlds/{MAIN}/apps/{name}", town.base_url());
            let answer = http.put(url).json(&json!({ "url": origin })).send().await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        }
        for name in ["a", "b"] {
            town.hall.fork(MAIN, Some(name)).unwrap();
        }
        for app in ["app-b", "maskin-b"] {
            town.hall.attach(app, "b").unwrap();
        }
        let citizen = main.town().people().find(|person| person.is_bosatt() && person.alder() >= 20).unwrap().nummer();
        let subscriptions = AtomicUsize::new(0);
        Self { town, http, pid: citizen.to_string(), apps, subscriptions }
    }

    /// A token of `world` without a log-in.
    async fn mint(&self, world: &str, body: Value) -> String {
        let url = format!("{}/_byteby/v1/worlds/{world}/tokens", self.town.base_url());
        let answer: Value = self.http.post(url).json(&body).send().await.unwrap().json().await.unwrap();
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// The address of an authorization request below `base`.
    fn authorize(&self, base: &str, client: &str, hint: bool) -> String {
        let mut url = format!(
            "{base}/idporten/authorize?response_type=code&client_id={client}&redirect_uri={CALLBACK}&scope=openid\
             &state=s1234567890&nonce=n1234567890"
        );
        if hint {
            url.push_str(&format!("&login_hint=testid:{}_idporten-loa-high", self.pid));
        }
        url
    }

    /// The id of a login page that was opened in world `a`.
    async fn login_page(&self, client: &str) -> String {
        let url = self.authorize(&format!("{}/w/a", self.town.base_url()), client, false);
        let page = self.http.get(url).send().await.unwrap().text().await.unwrap();
        let at = page.find("name=\"innlogging\" value=\"").unwrap_or_else(|| panic!("no log-in in {page}"));
        page[at + 25..].split('"').next().unwrap().to_owned()
    }

    /// A code that was given in world `a`.
    async fn code(&self, client: &str) -> String {
        let url = self.authorize(&format!("{}/w/a", self.town.base_url()), client, true);
        let answer = self.http.get(url).send().await.unwrap();
        let location = answer.headers()["location"].to_str().unwrap();
        let url = reqwest::Url::parse(location).unwrap();
        url.query_pairs().find(|(key, _)| key == "code").unwrap_or_else(|| panic!("{location}")).1.into_owned()
    }

    /// A request of this kind, without any sign of a world but its client.
    async fn request(&self, kind: Kind, base: &str, attached: bool) -> RequestBuilder {
        let app = if attached { "app-b" } else { "app" };
        let machine = if attached { "maskin-b" } else { DEMO_MACHINE_CLIENT };
        let http = &self.http;
        match kind {
            Kind::Api => {
                let token = json!({ "issuer": "maskinporten", "client_id": machine, "scope": FOLKEREGISTER });
                let token = self.mint(MAIN, token).await;
                let path = "folkeregisteret/offentlig-med-hjemmel/api/v1/hendelser/siste/sekvensnummer";
                http.get(format!("{base}/{path}")).bearer_auth(token)
            }
            Kind::Citizen => {
                let token = json!({ "issuer": "idporten", "client_id": app, "person": self.pid, "scope": "openid" });
                let token = self.mint("a", token).await;
                http.get(format!("{base}/idporten/userinfo")).bearer_auth(token)
            }
            Kind::Login => http.get(self.authorize(base, app, true)),
            Kind::Callback => {
                let form = [("innlogging", self.login_page(app).await), ("action", "cancel".into())];
                http.post(format!("{base}/idporten/login")).form(&form)
            }
            Kind::Token => {
                let form = [
                    ("grant_type", "authorization_code".to_owned()),
                    ("code", self.code(app).await),
                    ("redirect_uri", CALLBACK.to_owned()),
                    ("client_id", app.to_owned()),
                ];
                http.post(format!("{base}/idporten/token")).form(&form)
            }
            Kind::Port => http.get(format!("{base}/api/messages/out")).basic_auth(app, Some("x")),
            Kind::Page => http.get(format!("{base}/ui")),
            Kind::Webhook => {
                let number = self.subscriptions.fetch_add(1, Ordering::SeqCst);
                let endpoint = format!("{}/{number}", self.apps.origins[usize::from(attached)]);
                let wanted = json!({
                    "name": format!("s{number}"), "pushEndpoint": endpoint, "resource": "messages", "event": "status",
                });
                http.post(format!("{base}/eformidling/api/subscriptions")).basic_auth(app, Some("x")).json(&wanted)
            }
        }
    }

    /// What became of the webhook of the last subscription, which was made in `world`.
    async fn webhook(&self, world: &'static str) -> Goes {
        let path = format!("/{}", self.subscriptions.load(Ordering::SeqCst) - 1);
        let url = format!("{}/_byteby/v1/worlds/{world}/deliveries?limit=1000", self.town.base_url());
        // A held one stays held: its standing is worked out from attachments, which do not change here.
        let log: Value = self.http.get(url).send().await.unwrap().json().await.unwrap();
        let lines = log["deliveries"].as_array().unwrap_or_else(|| panic!("{log}"));
        let line = lines.iter().find(|line| line["url"].as_str().is_some_and(|url| url.ends_with(&path)));
        if line.unwrap_or_else(|| panic!("no delivery to {path} in {log}"))["status"] == "held" {
            assert!(self.apps.told.borrow().iter().all(|(told, _)| *told != path), "{path} was held and told");
            return Held(world);
        }
        let mut told = self.apps.told.clone();
        let arrived = told.wait_for(|all| all.iter().any(|(there, _)| *there == path));
        let all = tokio::time::timeout(LIMIT, arrived).await.expect("the webhook comes").unwrap().clone();
        let from = &all.iter().find(|(there, _)| *there == path).unwrap().1;
        assert_eq!(from, world, "a webhook comes from the world of its subscription");
        To(world)
    }

    async fn goes(&self, kind: Kind, carries: Carries) -> Goes {
        let port = if kind == Kind::Port { self.town.eformidling_port.unwrap() } else { self.town.addr.port() };
        let prefix = carries.path.map_or_else(String::new, |world| format!("/w/{world}"));
        let mut request = self.request(kind, &format!("http://localhost:{port}{prefix}"), carries.attached).await;
        if let Some(world) = carries.header {
            request = request.header("byteby-world", world);
        }
        if let Some(world) = carries.baggage {
            request = request.header("baggage", format!("other=1, byteby-world={world}"));
        }
        if let Some(world) = carries.host {
            let service = match kind {
                Kind::Api => "folkeregisteret",
                Kind::Port | Kind::Webhook => "eformidling",
                _ => "idporten",
            };
            request = request.header("host", format!("{service}.{world}.localhost:{port}"));
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
        let body = answer.text().await.unwrap();
        let worlds = [MAIN, "a", "b"];
        let world = match kind {
            // Pages have no such header; they say where they are.
            Kind::Page => worlds.into_iter().find(|name| body.contains(&format!("verden {name}<"))),
            _ => worlds.into_iter().find(|name| text("byteby-world") == *name),
        };
        match world {
            None => {
                if status == 409 {
                    assert!(text("byteby-hint").starts_with("two-worlds"), "{kind:?} {carries:?}");
                }
                Nowhere(status)
            }
            Some(world) if status < 400 && kind == Kind::Webhook => self.webhook(world).await,
            Some(world) if status < 400 => To(world),
            Some(world) => {
                if kind == Kind::Citizen {
                    assert!(text("byteby-hint").contains("another world"), "{}", text("byteby-hint"));
                }
                Not(world, status)
            }
        }
    }
}

/// Columns as in [`KINDS`]; `None` where the two do not go together.
const TABLE: [(&str, Carries, [Option<Goes>; 8]); 17] = {
    const NO: Carries = Carries { path: None, header: None, baggage: None, host: None, attached: false };
    /// All there, but for webhooks: a fork starts detached.
    const A: [Option<Goes>; 8] = {
        let mut row = [Some(To("a")); 8];
        row[7] = Some(Held("a"));
        row
    };
    /// In `b` nobody knows a citizen's token, a login page or a code of `a`.
    const B: [Option<Goes>; 8] = [
        Some(To("b")),
        Some(Not("b", 401)),
        Some(To("b")),
        Some(Not("b", 400)),
        Some(Not("b", 400)),
        Some(To("b")),
        Some(To("b")),
        Some(Held("b")),
    ];
    const TWO: [Option<Goes>; 8] = [Some(Nowhere(409)); 8];
    const UNKNOWN: [Option<Goes>; 8] = [Some(Nowhere(404)); 8];
    /// Pages are not on the hosts of services.
    const fn no_page(mut row: [Option<Goes>; 8]) -> [Option<Goes>; 8] {
        row[6] = None;
        row
    }
    [
        (
            "nothing",
            NO,
            [
                Some(To(MAIN)),
                Some(Not(MAIN, 401)),
                Some(To(MAIN)),
                Some(To("a")),
                Some(To("a")),
                Some(To(MAIN)),
                Some(To(MAIN)),
                Some(To(MAIN)),
            ],
        ),
        ("path", Carries { path: Some("a"), ..NO }, A),
        ("header", Carries { header: Some("a"), ..NO }, A),
        ("baggage", Carries { baggage: Some("a"), ..NO }, A),
        ("host", Carries { host: Some("a"), ..NO }, no_page(A)),
        (
            "attached client",
            Carries { attached: true, ..NO },
            [
                Some(To("b")),
                Some(Not("b", 401)),
                Some(To("b")),
                Some(To("a")),
                Some(To("a")),
                Some(To("b")),
                Some(To(MAIN)),
                Some(To("b")),
            ],
        ),
        ("attached client, path", Carries { path: Some("a"), attached: true, ..NO }, A),
        ("attached client, baggage", Carries { baggage: Some("a"), attached: true, ..NO }, A),
        ("two that agree", Carries { path: Some("a"), header: Some("a"), ..NO }, A),
        (
            "all that agree",
            Carries { path: Some("a"), header: Some("a"), baggage: Some("a"), host: Some("a"), ..NO },
            no_page(A),
        ),
        ("path and header disagree", Carries { path: Some("a"), header: Some("b"), ..NO }, TWO),
        ("header and baggage disagree", Carries { header: Some("a"), baggage: Some("b"), ..NO }, TWO),
        ("host and header disagree", Carries { host: Some("a"), header: Some("b"), ..NO }, no_page(TWO)),
        ("an unknown world in the path", Carries { path: Some("ingen"), ..NO }, UNKNOWN),
        ("an unknown world in the header", Carries { header: Some("ingen"), ..NO }, UNKNOWN),
        ("an unknown world in the host", Carries { host: Some("ingen"), ..NO }, no_page(UNKNOWN)),
        ("the path of another world than the token's", Carries { path: Some("b"), ..NO }, B),
    ]
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_request_goes_where_what_it_carries_says() {
    let stage = Stage::set(true).await;
    let mut wrong = Vec::new();
    for (name, carries, row) in TABLE {
        for (kind, expected) in KINDS.into_iter().zip(row) {
            let Some(expected) = expected else { continue };
            let found = stage.goes(kind, carries).await;
            if found != expected {
                wrong.push(format!("{kind:?} with {name}: {found:?}, not {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    stage.town.stop().await;
}

#[tokio::test]
async fn a_machine_token_is_good_where_its_client_is_known_and_dies_with_nothing_but_the_clients() {
    let stage = Stage::set(false).await;
    let base = stage.town.base_url();
    let orgnr = stage.town.main().town().base.kommune.orgnr;
    let klient = Klient::maskinporten("maskin-a", "Fagsystem", orgnr, "k", &jwk(), &[FOLKEREGISTER]);
    let command = Command::Klient(KlientCommand::Registrer(Box::new(klient)));
    stage.town.hall.world("a").unwrap().command(command, Cause::of("test client", &[])).await.unwrap();
    let token = json!({ "issuer": "maskinporten", "client_id": "maskin-a", "scope": FOLKEREGISTER });
    let token = stage.mint("a", token).await;
    let path = "folkeregisteret/offentlig-med-hjemmel/api/v1/hendelser/siste/sekvensnummer";
    for (world, status) in [("a", 200), ("b", 401), (MAIN, 401)] {
        let answer = stage.http.get(format!("{base}/w/{world}/{path}")).bearer_auth(&token).send().await.unwrap();
        let hint = answer.headers().get("byteby-hint").map_or("", |value| value.to_str().unwrap_or(""));
        assert_eq!(answer.status(), status, "{world}");
        assert_eq!(hint.contains("another world"), status == 401, "{hint}");
    }
    stage.town.stop().await;
}

/// A reset world is another one: what a citizen was given before is good no more.
#[tokio::test]
async fn tokens_codes_and_login_pages_die_with_a_reset() {
    let stage = Stage::set(true).await;
    let base = stage.town.base_url();
    let token = stage.mint("a", json!({ "issuer": "idporten", "client_id": "app", "person": stage.pid })).await;
    let (page, code) = (stage.login_page("app").await, stage.code("app").await);
    let userinfo = async || {
        let url = format!("{base}/w/a/idporten/userinfo");
        stage.http.get(url).bearer_auth(&token).send().await.unwrap()
    };
    assert_eq!(userinfo().await.status(), 200);
    let reset = stage.http.request(Method::POST, format!("{base}/_byteby/v1/worlds/a/reset")).json(&json!({}));
    assert_eq!(reset.send().await.unwrap().status(), 200);
    let refused = userinfo().await;
    assert_eq!(refused.status(), 401);
    assert!(refused.headers()["byteby-hint"].to_str().unwrap().contains("another world"));
    let form = [("innlogging", page.as_str()), ("action", "cancel")];
    let answer = stage.http.post(format!("{base}/w/a/idporten/login")).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let form =
        [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK), ("client_id", "app")];
    let answer = stage.http.post(format!("{base}/w/a/idporten/token")).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    stage.town.stop().await;
}

/// A limit is answered in front of the service, with its name; the admin API stays open to raise it.
#[tokio::test]
async fn a_limit_is_a_plain_429_in_front_of_the_mocks() {
    let stage = Stage::set(false).await;
    let base = stage.town.base_url();
    let limits = async |limits: Value| {
        let url = format!("{base}/_byteby/v1/worlds/a");
        let answer = stage.http.patch(url).json(&json!({ "limits": limits })).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    };
    limits(json!({ "requests": 2 })).await;
    let ask = async |method: Method| {
        let url = format!("{base}/w/a/eformidling/api/messages/out");
        let answer = stage.http.request(method, url).send().await.unwrap();
        let hint = answer.headers().get("byteby-hint").map_or("", |value| value.to_str().unwrap_or("")).to_owned();
        (answer.status().as_u16(), hint)
    };
    // However slow this machine is: sooner or later three requests fall into one second.
    let (mut served, mut refused) = (0, None);
    for _ in 0..1_000 {
        match ask(Method::GET).await {
            (200, _) => served += 1,
            other => {
                refused = Some(other);
                break;
            }
        }
    }
    let (status, hint) = refused.expect("the third request within a second is refused");
    assert_eq!(status, 429);
    assert!(served >= 2 && hint.starts_with("limit-requests"), "{served} {hint}");
    limits(json!({ "requests": 0, "events": 0 })).await;
    assert_eq!(ask(Method::GET).await.0, 200);
    let (status, hint) = ask(Method::POST).await;
    assert_eq!(status, 429);
    assert!(hint.starts_with("limit-events"), "{hint}");
    limits(json!({ "events": 10, "memory": 0 })).await;
    assert_eq!(ask(Method::GET).await.0, 200);
    let (status, hint) = ask(Method::POST).await;
    assert_eq!(status, 429);
    assert!(hint.starts_with("limit-memory"), "{hint}");
    stage.town.stop().await;
}
