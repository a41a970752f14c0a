//! The app against the stand-ins.

mod applications;
mod births;
mod login;
mod payments;
mod post;

use reqwest::{Client, Response, header};
use serde_json::{Value, json};

use super::stand_ins::{APP_KEY, LOGIN_CLIENT, LOGIN_SECRET, MACHINE_CLIENT, ORGNR, REDIRECT, StandIns};
use super::stand_ins::{digital_citizen, person, synthetic_number};
use super::{App, ConfigError, DemoConfig, router, serve};

/// The environment that points the app at the stand-ins.
fn environment(base: &str) -> impl Fn(&str) -> Option<String> {
    move |name| {
        let value = match name {
            "IDPORTEN_ISSUER" => format!("{base}/idporten"),
            "MASKINPORTEN_ISSUER" => format!("{base}/maskinporten/"),
            "FOLKEREGISTERET_URL" => base.to_owned(),
            "KRR_URL" => format!("{base}/krr"),
            "SKATT_URL" => format!("{base}/skatt"),
            "BARNEHAGEPRISER" => "2026-08-01:1200:700:0".to_owned(),
            "EFORMIDLING_URL" => format!("{base}/eformidling"),
            "IDPORTEN_CLIENT_ID" => LOGIN_CLIENT.to_owned(),
            "IDPORTEN_CLIENT_SECRET" => LOGIN_SECRET.to_owned(),
            "IDPORTEN_REDIRECT_URI" => REDIRECT.to_owned(),
            "MASKINPORTEN_CLIENT_ID" => MACHINE_CLIENT.to_owned(),
            "MASKINPORTEN_CLIENT_KEY" => APP_KEY.pem.clone(),
            "MASKINPORTEN_CLIENT_KID" => "appen".to_owned(),
            "AVSENDER_ORGNR" => ORGNR.to_owned(),
            "POLL_MS" => "0".to_owned(),
            _ => return None,
        };
        Some(value)
    }
}

/// The app, served on a port of its own and polling only when poked, and the stand-ins behind it.
struct Running {
    town: StandIns,
    base: String,
    http: Client,
}

impl Running {
    /// Mor and far in one home, a neighbour elsewhere; the app is ready.
    async fn start(at: &str, change: impl FnOnce(&mut DemoConfig)) -> Self {
        let town = StandIns::start(at).await;
        let mut config = DemoConfig::from_env(environment(&town.base)).unwrap();
        change(&mut config);
        let (mor, far, nabo) = (mor(), far(), nabo());
        {
            let mut town = town.town();
            town.people.insert(mor.clone(), person(&mor, ("NORA", "BAKKEN"), "1996-05-01", "Fjordgata"));
            town.people.insert(far.clone(), person(&far, ("OLA", "MYHRE"), "1995-02-03", "Fjordgata"));
            town.people.insert(nabo.clone(), person(&nabo, ("LISE", "STRAND"), "1980-07-09", "Kaivegen"));
            for id in [mor, far, nabo] {
                town.krr.insert(id.clone(), digital_citizen(&id));
            }
            // Something happened before the app began; it is not the app's business.
            let at = town.clock.to_string();
            town.event("00000000000", "personErOpprettet", &at);
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(listener, config, std::future::pending()));
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let running = Self { town, base, http };
        while running.get("/helse").await.status() != 200 {
            tokio::task::yield_now().await;
        }
        running
    }

    async fn get(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.base)).send().await.unwrap()
    }

    async fn poke(&self) -> Value {
        self.http.post(format!("{}/poke", self.base)).send().await.unwrap().json().await.unwrap()
    }

    /// Goes to ID-porten and back as `pid`, and gives the app's answer to the callback.
    async fn log_in(&self, pid: &str, change: impl Fn(&mut reqwest::Url)) -> Response {
        let away = self.get("/login").await;
        let cookie = cookie_of(&away);
        let at_idporten = format!("{}&login_hint=testid:{pid}_idporten-loa-substantial", location(&away));
        let back = self.http.get(at_idporten).send().await.unwrap();
        let mut back: reqwest::Url = location(&back).parse().unwrap();
        change(&mut back);
        let own = format!("{}/callback?{}", self.base, back.query().unwrap());
        self.http.get(own).header(header::COOKIE, cookie).send().await.unwrap()
    }

    async fn session(&self, pid: &str) -> String {
        let answer = self.log_in(pid, |_| {}).await;
        assert_eq!(answer.status(), 303);
        cookie_of(&answer)
    }

    async fn post(&self, path: &str, session: &str, body: Value) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.base)).header(header::COOKIE, session).json(&body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Kind, receiver and title of every letter sent.
    fn letters(&self) -> Vec<(String, String, String)> {
        let town = self.town.town();
        town.sent.iter().map(|m| (m.kind().to_owned(), m.to().to_owned(), m.title().to_owned())).collect()
    }
}

fn location(answer: &Response) -> String {
    answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

fn cookie_of(answer: &Response) -> String {
    answer.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned()
}

fn mor() -> String {
    synthetic_number("1996-05-01", 0)
}

fn far() -> String {
    synthetic_number("1995-02-03", 1)
}

fn nabo() -> String {
    synthetic_number("1980-07-09", 0)
}

fn barn(nth: u32) -> String {
    synthetic_number("2027-02-10", nth)
}

/// The newborn as registered: a temporary name, the mother's home.
fn newborn(id: &str, name: &str) -> Value {
    person(id, (name, "BAKKEN"), "2027-02-10", "Fjordgata")
}

const BIRTH: &str = "2027-02-10T03:12:00Z";
const OFFER: &str = "Tilbud om hjemmebesøk fra helsestasjonen";

#[test]
fn settings_name_what_is_missing_or_unreadable() {
    let all = environment("http://localhost:2983");
    let config = DemoConfig::from_env(&all).unwrap();
    assert_eq!(config.krr_url, "http://localhost:2983/krr");
    assert_eq!(config.poll_every, None);
    let without = |name: &'static str| DemoConfig::from_env(|asked| all(asked).filter(|_| asked != name)).err();
    for name in ["IDPORTEN_ISSUER", "KRR_URL", "SKATT_URL", "MASKINPORTEN_CLIENT_KEY", "AVSENDER_ORGNR"] {
        assert!(matches!(without(name), Some(ConfigError::Missing(missing)) if missing == name), "{name}");
    }
    let odd = DemoConfig::from_env(|asked| if asked == "POLL_MS" { Some("ofte".into()) } else { all(asked) });
    assert!(matches!(odd.err(), Some(ConfigError::Unreadable { name: "POLL_MS", .. })));
    let mut config = DemoConfig::from_env(&all).unwrap();
    config.machine_key.pem = "ingen nøkkel".into();
    assert!(matches!(App::new(config).err(), Some(ConfigError::Key { .. })));
}

#[tokio::test]
async fn the_start_page_says_what_it_is_and_lists_my_applications() {
    let app = Running::start(BIRTH, |_| {}).await;
    let page = app.get("/").await.text().await.unwrap();
    for part in ["<html lang=\"nb\">", "<title>", "<h1>", "eksempelapp", "href=\"/login\""] {
        assert!(page.contains(part), "{part}");
    }
    app.town.birth(&[(&barn(0), newborn(&barn(0), "NORA*PIKE"))], &[&mor()]);
    let session = app.session(&mor()).await;
    let own = |session: String| async { app.http.get(&app.base).header(header::COOKIE, session).send().await.unwrap() };
    assert!(own(session.clone()).await.text().await.unwrap().contains("Du har ingen søknader"));
    let body = json!({ "barn": barn(0), "oensket_start": "2028-08-15" });
    let (_, answer) = app.post("/api/soeknader", &session, body).await;
    let page = own(session.clone()).await.text().await.unwrap();
    assert!(page.contains(answer["id"].as_str().unwrap()) && page.contains("15.08.2028"));
    let out = app.http.post(format!("{}/logout", app.base)).header(header::COOKIE, &session).send().await.unwrap();
    assert_eq!(out.status(), 303);
    assert!(own(session).await.text().await.unwrap().contains("href=\"/login\""), "the session is over");
}

#[tokio::test]
async fn idle_is_false_while_a_cycle_is_in_flight() {
    let town = StandIns::start(BIRTH).await;
    let app = App::new(DemoConfig::from_env(environment(&town.base)).unwrap()).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let routes = router(std::sync::Arc::clone(&app));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let idle = || async { reqwest::get(format!("{base}/idle")).await.unwrap().json::<Value>().await.unwrap() };
    assert_eq!(reqwest::get(format!("{base}/helse")).await.unwrap().status(), 503, "no start pointer yet");
    assert_eq!(idle().await, json!({ "idle": true }));
    let turn = app.turn.lock().await;
    let poke = tokio::spawn(Client::new().post(format!("{base}/poke")).send());
    while idle().await == json!({ "idle": true }) {
        tokio::task::yield_now().await;
    }
    drop(turn);
    assert_eq!(poke.await.unwrap().unwrap().json::<Value>().await.unwrap(), json!({ "ferdig": true }));
    assert_eq!(idle().await, json!({ "idle": true }));
    assert_eq!(reqwest::get(format!("{base}/helse")).await.unwrap().status(), 200);
}
