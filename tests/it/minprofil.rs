//! MinProfil through the gate: on every name of this machine, on the name of the real test environment, and in every world.
//! What the page does, unit tests of the service show.

use byteby::app::{Config, Running, start};
use byteby::town::decide::{Cause, Command, EidCommand};
use byteby::town::state::Bryter;
use reqwest::header::{COOKIE, HOST, LOCATION, SET_COOKIE};
use reqwest::{Client, Response};
use serde_json::json;

/// A browser that finds every name at the town's port.
struct Browser {
    http: Client,
    town: String,
    port: String,
}

/// Scheme and authority, and the rest, of an address.
fn parts(url: &str) -> (&str, &str) {
    let begins = url.find("://").expect("an absolute address") + 3;
    let ends = url[begins..].find('/').map_or(url.len(), |slash| begins + slash);
    (&url[begins..ends], if ends == url.len() { "/" } else { &url[ends..] })
}

impl Browser {
    fn of(town: &Running) -> Self {
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        let town = town.base_url();
        let port = town.rsplit_once(':').expect("a port").1.to_owned();
        Self { http, town, port }
    }

    async fn get(&self, url: &str, cookie: &str) -> Response {
        let (authority, path) = parts(url);
        let request = self.http.get(format!("{}{path}", self.town)).header(HOST, authority).header(COOKIE, cookie);
        request.send().await.expect("an answer")
    }

    /// Logs `number` in at the page `url` and gives where ID-porten was, and the page.
    async fn log_in(&self, url: &str, number: &str) -> (String, String) {
        let sent = self.get(url, "").await;
        let (at, begun) = (location(&sent), cookie(&sent));
        let svar = self.get(&format!("{at}&login_hint=testid:{number}_idporten-loa-high"), "").await;
        let back = location(&svar);
        assert_eq!(parts(&back).0, parts(url).0, "back where it came from");
        let svar = self.get(&back, &begun).await;
        let path = location(&svar);
        let page = self.get(&format!("http://{}{path}", parts(url).0), &cookie(&svar)).await;
        assert_eq!(page.status(), 200, "{url}");
        (at.split('?').next().unwrap_or_default().to_owned(), page.text().await.expect("a page"))
    }
}

fn location(response: &Response) -> String {
    let value = response.headers().get(LOCATION).unwrap_or_else(|| panic!("{} leads nowhere", response.url()));
    value.to_str().expect("text").to_owned()
}

fn cookie(response: &Response) -> String {
    let all = response.headers().get_all(SET_COOKIE).iter().map(|value| value.to_str().expect("text"));
    let pairs: Vec<&str> = all.filter_map(|text| text.split(';').next()).filter(|pair| !pair.ends_with('=')).collect();
    pairs.join("; ")
}

#[tokio::test]
async fn the_page_is_reached_by_every_name_and_in_every_world() {
    let town = start(Config { size: 1500, ..Config::on_free_port() }).await.expect("a town on a free port");
    let browser = Browser::of(&town);
    let main = town.main().town();
    let somebody = main.people().find(|one| one.is_bosatt() && one.alder() >= 30).expect("somebody");
    let number = somebody.nummer().to_string();
    let forked = browser.http.post(format!("{}/_byteby/v1/worlds/main/fork", browser.town));
    assert_eq!(forked.json(&json!({"name": "gren"})).send().await.expect("an answer").status(), 201);
    let port = &browser.port;
    let rows = [
        ("localhost", "/krr/minprofil", "localhost", "/idporten/authorize"),
        ("127.0.0.1", "/krr/minprofil", "127.0.0.1", "/idporten/authorize"),
        ("localhost", "/w/gren/krr/minprofil", "localhost", "/w/gren/idporten/authorize"),
        ("krr.localhost", "/minprofil", "localhost", "/idporten/authorize"),
        ("krr.gren.localhost", "/minprofil", "localhost", "/w/gren/idporten/authorize"),
        ("minprofil.test.kontaktregisteret.no", "/", "login.test.idporten.no", "/authorize"),
    ];
    for (host, path, login, authorize) in rows {
        let url = format!("http://{host}:{port}{path}?gotoUrl=http%3A%2F%2Flocalhost%3A3000%2Fside");
        let (at, page) = browser.log_in(&url, &number).await;
        assert_eq!(at, format!("http://{login}:{port}{authorize}"), "{url}");
        assert!(page.contains(&number) && page.contains("href=\"http://localhost:3000/side\""), "{url}: {page}");
        let form = page.split("action=\"").nth(1).and_then(|rest| rest.split('"').next());
        assert_eq!(form, Some(path), "{url}");
    }
    // The log-in page on a host of its own, as the real one has it.
    let switch = Command::Eid(EidCommand::Bryter { bryter: Bryter::SplitLoginHost, paa: true });
    town.main().command(switch, Cause::of("test", &[])).await.expect("a switch");
    let (at, page) = browser.log_in(&format!("http://localhost:{port}/krr/minprofil"), &number).await;
    assert!(at.starts_with(&format!("http://login.localhost:{port}/idporten/")) && page.contains(&number), "{at}");
    town.stop().await;
}
