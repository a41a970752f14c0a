//! Asking an app: its idle probe and its poke. Only declared apps are asked, at their own address, and no redirect is
//! followed (`DESIGN` §10).

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method};

use crate::access::{App, Idle};
use crate::select::{Kart, Names, Scope, Shape, Ty, Uttrykk, Verdi, Want};
use crate::town::Town;

/// Longest wait for one answer of an app, real time.
const ANSWER_TIME: Duration = Duration::from_secs(30);
/// Longest answer read, bytes.
const LONGEST: usize = 1 << 20;

/// The words of an app's answer in expressions.
pub static ANSWER: Shape = Shape {
    name: "answer",
    keys: &[("status", || Ty::Int), ("headers", || Ty::Any), ("text", || Ty::Text), ("json", || Ty::Any)],
};

/// An app's answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body as text.
    pub text: String,
}

impl Answer {
    /// Whether the status is one of success.
    #[must_use]
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as a document; null when it is none.
    #[must_use]
    pub fn json(&self) -> Verdi {
        serde_json::from_str::<serde_json::Value>(&self.text).map_or(Verdi::Null, |json| Verdi::from_json(&json))
    }

    /// The answer as expressions see it.
    #[must_use]
    pub fn verdi(&self) -> Verdi {
        let headers = self.headers.iter().map(|(key, value)| (key.as_str(), Verdi::text(value)));
        Kart::of([
            ("status", Verdi::Int(self.status.into())),
            ("headers", Kart::of(headers)),
            ("text", Verdi::text(&self.text)),
            ("json", self.json()),
        ])
    }
}

/// A client that follows no redirects.
///
/// # Errors
/// When the system gives no sockets.
pub fn client() -> Result<Client, reqwest::Error> {
    Client::builder().redirect(reqwest::redirect::Policy::none()).build()
}

/// Asks with `GET`.
pub(super) async fn get(client: &Client, url: &str) -> Result<Answer, reqwest::Error> {
    ask(client, Method::GET, url).await
}

/// Asks with an empty `POST`.
pub(super) async fn post(client: &Client, url: &str) -> Result<Answer, reqwest::Error> {
    ask(client, Method::POST, url).await
}

async fn ask(client: &Client, method: Method, url: &str) -> Result<Answer, reqwest::Error> {
    let mut response = client.request(method, url).timeout(ANSWER_TIME).send().await?;
    let status = response.status().as_u16();
    let text = |value: &reqwest::header::HeaderValue| value.to_str().map(str::to_owned).ok();
    let headers = response.headers().iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?)));
    let headers = headers.collect();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST {
            body.truncate(LONGEST);
            break;
        }
    }
    Ok(Answer { status, headers, text: String::from_utf8_lossy(&body).into_owned() })
}

fn compiled(that: &str) -> Result<Uttrykk, String> {
    let names = Names::new().with_it(Ty::Map(&ANSWER));
    Uttrykk::compile(that, &names, Want::Bool).map_err(|fault| fault.to_string())
}

/// Checks the condition of an idle probe before anything runs.
///
/// # Errors
/// What is wrong with it, in words.
pub fn check_idle(that: &str) -> Result<(), String> {
    compiled(that).map(|_| ())
}

/// Whether `answer` says that `app` is idle: by its condition, or by `"idle": true` in its JSON.
#[must_use]
pub fn says_idle(app: &App, answer: &Answer, town: &Arc<Town>) -> bool {
    let Some(Idle { that, .. }) = &app.idle else { return true };
    match that {
        Some(that) => {
            let scope = Scope { it: Some(answer.verdi()), ..Scope::of(town) };
            compiled(that).is_ok_and(|that| that.holds(&scope).unwrap_or(false))
        }
        None => serde_json::from_str::<serde_json::Value>(&answer.text).is_ok_and(|json| json["idle"] == true),
    }
}
