//! Log-out through the whole program: an app is told from server to server, once, and the delivery log shows it. And the
//! town behind the log-in: who dies cannot log in any more.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use byteby::app::{Config, Running, start};
use byteby::keys::Jws;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::sync::watch;

/// Longest wait for anything: only so that a test ends.
const LIMIT: Duration = Duration::from_mins(2);
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// An app on a free port that remembers the forms it is posted, and answers with `status`.
struct App {
    url: String,
    told: watch::Receiver<Vec<(String, String)>>,
}

impl App {
    async fn start(status: StatusCode) -> Self {
        let (told, seen) = watch::channel(Vec::new());
        let hook = async |State(told): State<watch::Sender<Vec<(String, String)>>>, headers: HeaderMap, body: Bytes| {
            let kind = headers["content-type"].to_str().unwrap().to_owned();
            told.send_modify(|all| all.push((kind, String::from_utf8(body.to_vec()).unwrap())));
        };
        let answer = async move |told, headers, body| {
            hook(told, headers, body).await;
            status
        };
        let router = Router::new().route("/bak", post(answer)).with_state(told);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, told: seen }
    }
}

struct Browser {
    http: Client,
    running: Running,
    app: App,
    cookie: Option<String>,
}

impl Browser {
    async fn new(status: StatusCode) -> Self {
        let running = start(Config { size: 1500, ..Config::on_free_port() }).await.expect("a town on a free port");
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let app = App::start(status).await;
        let client = json!({
            "client_id": "min-app",
            "integration_type": "idporten",
            "application_type": "browser",
            "token_endpoint_auth_method": "none",
            "redirect_uris": [format!("{}/callback", app.url)],
            "scopes": ["openid", "profile"],
            "backchannel_logout_uri": format!("{}/bak", app.url),
        });
        let browser = Self { http, running, app, cookie: None };
        let made = browser.admin("clients").json(&client).send().await.unwrap();
        assert!(made.status().is_success(), "{}", made.text().await.unwrap());
        browser
    }

    fn admin(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.post(format!("{}/_byteby/v1/worlds/main/{path}", self.running.base_url()))
    }

    async fn read(&self, path: &str) -> Value {
        let url = format!("{}/_byteby/v1/worlds/main/{path}", self.running.base_url());
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// The login page, and what it answers when `pid` is chosen with `amr`.
    async fn choose(&mut self, pid: &str, amr: &str) -> Response {
        let base = format!("{}/idporten", self.running.base_url());
        let callback = format!("{}/callback", self.app.url);
        let query = [
            ("client_id", "min-app"),
            ("redirect_uri", callback.as_str()),
            ("response_type", "code"),
            ("scope", "openid profile"),
            ("state", "s"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("prompt", "login"),
        ];
        let page = self.http.get(format!("{base}/authorize")).query(&query).send().await.unwrap().text().await.unwrap();
        let id = page.split("name=\"innlogging\" value=\"").nth(1).unwrap_or_else(|| panic!("{page}"));
        let form = [("innlogging", id.split('"').next().unwrap()), ("pid", pid), ("amr", amr), ("action", "login")];
        let response = self.http.post(format!("{base}/login")).form(&form).send().await.unwrap();
        let set = response.headers().get(SET_COOKIE).map(|set| set.to_str().unwrap().to_owned());
        self.cookie = set.map(|set| set.split(';').next().unwrap().to_owned());
        response
    }

    /// The ID token behind a redirect of the login page.
    async fn id_token(&self, redirect: &Response) -> String {
        let location = reqwest::Url::parse(redirect.headers()[LOCATION].to_str().unwrap()).unwrap();
        let code = location.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "min-app"),
            ("code", &code),
            ("redirect_uri", &format!("{}/callback", self.app.url)),
            ("code_verifier", VERIFIER),
        ];
        let url = format!("{}/idporten/token", self.running.base_url());
        let answer: Value = self.http.post(url).form(&form).send().await.unwrap().json().await.unwrap();
        answer["id_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    async fn leave(&self) -> Response {
        let url = format!("{}/idporten/logout", self.running.base_url());
        self.http.get(url).header(COOKIE, self.cookie.clone().expect("a session")).send().await.unwrap()
    }

    async fn someone(&self, condition: &str) -> String {
        let url = format!("{}/_byteby/v1/worlds/main/people", self.running.base_url());
        let query = [("where", condition), ("limit", "1")];
        let found: Value = self.http.get(url).query(&query).send().await.unwrap().json().await.unwrap();
        found["people"][0]["id"].as_str().unwrap_or_else(|| panic!("{condition}: {found}")).to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_told_once_of_a_log_out_whatever_it_answers() {
    for (status, outcome) in [(StatusCode::NO_CONTENT, "delivered"), (StatusCode::INTERNAL_SERVER_ERROR, "given up")] {
        let mut browser = Browser::new(status).await;
        let pid = browser.someone("bosatt && alder >= 30").await;
        let redirect = browser.choose(&pid, "TestID").await;
        let id_token = browser.id_token(&redirect).await;
        assert_eq!(browser.leave().await.status(), StatusCode::OK);
        let mut told = browser.app.told.clone();
        let told = tokio::time::timeout(LIMIT, told.wait_for(|all| !all.is_empty())).await.expect("it is told");
        let (kind, body) = told.unwrap()[0].clone();
        assert_eq!(kind, "application/x-www-form-urlencoded");
        let token = body.strip_prefix("logout_token=").unwrap();
        let (token, id_token) = (Jws::parse(token).unwrap(), Jws::parse(&id_token).unwrap());
        assert_eq!(token.claims["sid"], id_token.claims["sid"]);
        assert_eq!(token.claims["sub"], id_token.claims["sub"]);
        assert_eq!(token.claims["iss"], id_token.claims["iss"]);
        let until = tokio::time::Instant::now() + LIMIT;
        let log = loop {
            let log = browser.read("deliveries").await;
            if log["deliveries"][0]["attempts"].as_u64() > Some(0) || tokio::time::Instant::now() > until {
                break log;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let entry = &log["deliveries"][0];
        assert_eq!((entry["about"].as_str(), entry["attempts"].as_u64()), (Some("logout"), Some(1)), "{log}");
        assert!(entry.to_string().contains(outcome), "{entry}");
        assert_eq!(browser.app.told.borrow().len(), 1, "one attempt");
        assert_eq!(browser.leave().await.status(), StatusCode::BAD_REQUEST, "the session is over");
        browser.running.stop().await;
    }
}

/// `DELETE …/sessions/{sid}`: told unless somebody wants silence, and the log-in given in it is over either way.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_ended_from_beside_is_told_of_unless_it_is_to_be_silent() {
    for (query, told) in [("", true), ("?notify=true", true), ("?notify=false", false)] {
        let mut browser = Browser::new(StatusCode::OK).await;
        let pid = browser.someone("bosatt && alder >= 30").await;
        browser.choose(&pid, "TestID").await;
        let sid = browser.read("sessions").await["sessions"][0]["sid"].as_str().unwrap().to_owned();
        let url = format!("{}/_byteby/v1/worlds/main/sessions/{sid}{query}", browser.running.base_url());
        assert_eq!(browser.http.delete(&url).send().await.unwrap().status(), 204, "{query}");
        assert_eq!(browser.leave().await.status(), StatusCode::BAD_REQUEST, "the session is over");
        // The delivery is in the town before the answer: nothing has to be waited for to see that there is none.
        let ordered = browser.read("deliveries").await["deliveries"].as_array().unwrap().len();
        assert_eq!(ordered, usize::from(told), "{query}");
        if told {
            let mut seen = browser.app.told.clone();
            let seen = tokio::time::timeout(LIMIT, seen.wait_for(|all| !all.is_empty())).await.expect("it is told");
            let token = seen.unwrap()[0].1.strip_prefix("logout_token=").unwrap().to_owned();
            assert_eq!(Jws::parse(&token).unwrap().claims["sid"], json!(sid));
        }
        assert_eq!(browser.http.delete(&url).send().await.unwrap().status(), 409, "there is none any more");
        browser.running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_dies_cannot_log_in_any_more() {
    let mut browser = Browser::new(StatusCode::OK).await;
    let pid = browser.someone("bosatt && alder >= 30 && eid_nivaa == 'high'").await;
    assert!(browser.choose(&pid, "BankID").await.status().is_redirection());
    let died = browser.admin("events").json(&json!({ "kind": "doedsfall", "of": pid })).send().await.unwrap();
    assert!(died.status().is_success(), "{}", died.text().await.unwrap());
    let page = browser.choose(&pid, "BankID").await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.text().await.unwrap().contains("registrert død og kan ikke"));
    browser.running.stop().await;
}
