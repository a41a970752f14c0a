//! Calls to the app under test, as its users make them.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Method, Url};

use super::Run;
use super::names::form_pairs;
use super::setup::reason;
use crate::scenario::fault::Sentence;
use crate::scenario::plan::{Call, CallBody};
use crate::select::EvalFault;
use crate::settle;

/// Longest wait for one answer of the app, real time.
const ANSWER: Duration = Duration::from_secs(30);
/// Redirects followed at most.
pub(super) const REDIRECTS: usize = 12;

/// Cookies of one citizen's browser.
#[derive(Clone, Default, Debug)]
pub(super) struct Jar {
    cookies: Vec<Cookie>,
}

#[derive(Clone, Debug)]
struct Cookie {
    host: String,
    path: String,
    name: String,
    value: String,
}

/// Host and port: what tells two apps on one machine apart. Browsers ignore the port; a scenario's sessions do not.
fn host_of(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(0))
}

impl Jar {
    /// Takes in a `Set-Cookie` value that `url` answered with. One that has ended is taken out.
    fn take(&mut self, url: &Url, header: &str) {
        let mut parts = header.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        let (mut path, mut over) = (String::from("/"), value.is_empty());
        for attribute in parts {
            let (key, setting) = attribute.split_once('=').unwrap_or((attribute, ""));
            match key.to_ascii_lowercase().as_str() {
                "path" if setting.starts_with('/') => setting.clone_into(&mut path),
                "max-age" => over |= setting.trim().parse::<i64>().is_ok_and(|seconds| seconds <= 0),
                _ => {}
            }
        }
        let host = host_of(url);
        self.cookies.retain(|old| !(old.host == host && old.name == name && old.path == path));
        if !over {
            self.cookies.push(Cookie { host, path, name: name.to_owned(), value: value.to_owned() });
        }
    }

    /// The `Cookie` value for `url`.
    fn header(&self, url: &Url) -> Option<String> {
        let host = host_of(url);
        let fits = |cookie: &&Cookie| cookie.host == host && url.path().starts_with(cookie.path.trim_end_matches('/'));
        let all: Vec<String> =
            self.cookies.iter().filter(fits).map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

/// An answer of the app.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) url: Url,
    pub(super) said: settle::Answer,
}

impl std::ops::Deref for Answer {
    type Target = settle::Answer;

    fn deref(&self) -> &settle::Answer {
        &self.said
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer to speak of.
#[derive(Debug)]
pub(super) enum CallFault {
    /// An expression could not be computed.
    Eval(EvalFault),
    /// The app did not answer.
    NoAnswer(Sentence),
}

impl From<EvalFault> for CallFault {
    fn from(fault: EvalFault) -> Self {
        Self::Eval(fault)
    }
}

impl CallFault {
    pub(super) fn sentence(self) -> Sentence {
        match self {
            Self::Eval(fault) => Sentence { key: fault.key, parts: fault.parts },
            Self::NoAnswer(sentence) => sentence,
        }
    }
}

/// Percent-encodes what may not stand in a path: people write letters, spaces and all.
fn address(base: &str, path: &str) -> Result<Url, CallFault> {
    let no = |_| CallFault::NoAnswer(Sentence::new("run.bad-address", &[base, path]));
    Url::parse(&format!("{base}{path}")).map_err(no)
}

/// A form body.
fn form(pairs: &[(String, String)]) -> String {
    let mut url = Url::parse("http://x/").expect("a constant address");
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

impl Run<'_> {
    /// Sends one request with the cookies of `jar` and takes in what comes back.
    pub(super) async fn exchange(
        &self,
        method: Method,
        url: Url,
        headers: &[(String, String)],
        body: Option<(&str, String)>,
        jar: &mut Jar,
    ) -> Result<Answer, CallFault> {
        let mut request = self.client.request(method, url.clone()).timeout(ANSWER);
        if let Some(cookies) = jar.header(&url) {
            request = request.header(COOKIE, cookies);
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some((kind, body)) = body {
            request = request.header(CONTENT_TYPE, kind).body(body);
        }
        let no_answer = |error: reqwest::Error| {
            CallFault::NoAnswer(Sentence::new("run.no-answer", &[&host_of(&url), &reason(&error)]))
        };
        let response = request.send().await.map_err(no_answer)?;
        let status = response.status().as_u16();
        for cookie in response.headers().get_all(SET_COOKIE) {
            if let Ok(cookie) = cookie.to_str() {
                jar.take(&url, cookie);
            }
        }
        let headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        let text = response.text().await.map_err(no_answer)?;
        Ok(Answer { url, said: settle::Answer { status, headers, text } })
    }

    /// Follows redirects from `answer` as a browser does.
    pub(super) async fn follow(&self, mut answer: Answer, jar: &mut Jar) -> Result<Answer, CallFault> {
        for _ in 0..REDIRECTS {
            let Some(next) = next_of(&answer) else { return Ok(answer) };
            answer = self.exchange(Method::GET, next, &[], None, jar).await?;
        }
        Err(CallFault::NoAnswer(Sentence::new("run.too-many-redirects", &[&REDIRECTS.to_string()])))
    }

    /// The origin of the app `named`, or of the only one.
    pub(super) fn app_url(&self, named: Option<&str>) -> String {
        let app = named.and_then(|name| self.apps.get(name)).or_else(|| self.apps.values().next());
        app.map_or_else(String::new, |live| live.app.url.clone())
    }

    /// Makes `call`.
    pub(super) async fn call(&mut self, call: &Call) -> Result<Answer, CallFault> {
        let (url, headers, body) = self.scoped(None, |scope| -> Result<_, CallFault> {
            let mut url = address(&self.app_url(call.app.as_deref()), &call.path.text(scope)?)?;
            for (key, tree) in &call.query {
                let value = tree.value(scope)?.written().unwrap_or_default();
                url.query_pairs_mut().append_pair(key, &value);
            }
            let mut headers = Vec::new();
            for (name, template) in &call.headers {
                headers.push((name.clone(), template.text(scope)?));
            }
            let body = match &call.body {
                CallBody::None => None,
                CallBody::Json(tree) => {
                    let value = tree.value(scope)?;
                    let json =
                        value.to_json().ok_or_else(|| EvalFault::new("run.no-json-form", &[value.type_word()]))?;
                    Some(("application/json", json.to_string()))
                }
                CallBody::Form(fields) => {
                    let mut pairs = Vec::new();
                    for (key, tree) in fields {
                        pairs.push((key.clone(), tree.value(scope)?.written().unwrap_or_default()));
                    }
                    Some(("application/x-www-form-urlencoded", form(&pairs)))
                }
                CallBody::Text(template) => Some(("text/plain; charset=utf-8", template.text(scope)?)),
            };
            Ok((url, headers, body))
        })?;
        let mut jar = call.session.as_ref().and_then(|name| self.sessions.get(name)).cloned().unwrap_or_default();
        let method = Method::from_bytes(call.method.as_bytes()).unwrap_or(Method::GET);
        let mut answer = self.exchange(method, url, &headers, body, &mut jar).await?;
        if call.follow {
            answer = self.follow(answer, &mut jar).await?;
        }
        if let Some(name) = &call.session {
            self.sessions.insert(name.clone(), jar);
        }
        Ok(answer)
    }
}

/// Where `answer` sends a browser on to.
pub(super) fn next_of(answer: &Answer) -> Option<Url> {
    let redirect = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
    let location = answer.header(LOCATION.as_str()).filter(|_| redirect)?;
    answer.url.join(location).ok()
}

/// Whether `url` has the query parameter `name`.
pub(super) fn has_parameter(url: &Url, name: &str) -> bool {
    form_pairs(url.query().unwrap_or_default()).iter().any(|(key, _)| key == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_kept_by_host_port_and_path_and_end_when_told() {
        let app = Url::parse("http://localhost:8080/callback").unwrap();
        let other = Url::parse("http://localhost:2983/idporten/authorize").unwrap();
        let mut jar = Jar::default();
        jar.take(&app, "oekt=abc; Path=/; HttpOnly; SameSite=Lax");
        jar.take(&app, "smal=1; Path=/min-side");
        jar.take(&other, "byteby=x; Path=/idporten");
        assert_eq!(jar.header(&app).as_deref(), Some("oekt=abc"));
        assert_eq!(jar.header(&app.join("/min-side/a").unwrap()).as_deref(), Some("oekt=abc; smal=1"));
        assert_eq!(jar.header(&other).as_deref(), Some("byteby=x"));
        jar.take(&app, "oekt=; Path=/; Max-Age=0");
        assert_eq!(jar.header(&app), None);
    }

    #[test]
    fn a_redirect_is_read_against_the_page_it_came_from() {
        let answer = |status, location: &str| Answer {
            url: Url::parse("http://localhost:8080/a/login").unwrap(),
            said: settle::Answer { status, headers: vec![("location".into(), location.into())], text: String::new() },
        };
        assert_eq!(next_of(&answer(302, "/b?x=1")).unwrap().as_str(), "http://localhost:8080/b?x=1");
        assert_eq!(next_of(&answer(303, "http://localhost:1/c")).unwrap().as_str(), "http://localhost:1/c");
        assert_eq!(next_of(&answer(200, "/b")), None);
    }
}
