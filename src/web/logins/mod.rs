//! A log-in as the record of requests has it: which exchanges belong to it, and what each said (`specs/eid.md` §10.7).
//!
//! Nothing is kept for this beside the record. Exchanges are joined by what they hand each other: the id of the login
//! page, the pushed request, the code, the refresh token, the ids of tokens and of the session.

mod rules;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

pub(super) use rules::{Refusal, Rule, broken, of_operation};

use crate::access::Params;
use crate::keys::decode_url;
use crate::observe::RequestEntry;

/// Services people log in at.
const SERVICES: [&str; 2] = ["idporten", "ansattporten"];
/// Parts of a request or answer that hand an exchange on, by name.
const HANDED: [&str; 5] = ["innlogging", "request_uri", "code", "refresh_token", "sid"];
/// Most exchanges that are shown of one log-in.
const MAX_STEPS: usize = 200;

/// Whether `entry` begins a log-in: an authorization request.
pub(super) fn is_beginning(entry: &RequestEntry) -> bool {
    let at_login_service = SERVICES.contains(&entry.note.service);
    at_login_service && entry.note.operation.ends_with(".innlogging") && entry.path.ends_with("/authorize")
}

/// A token that was shown or given.
pub(super) struct Token {
    /// What it stood under: `id_token`, `client_assertion` …
    pub(super) name: String,
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
}

/// What an exchange asked and was answered, taken apart.
#[derive(Default)]
pub(super) struct Said {
    /// Parameters of query and form, in order.
    pub(super) asked: Vec<(String, String)>,
    /// Parts of the answer: parameters of the address it leads to, or members of its body.
    pub(super) answered: Vec<(String, String)>,
    pub(super) tokens: Vec<Token>,
}

impl Said {
    fn get(&self, name: &str) -> Option<&str> {
        self.answered.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The refusal in the answer of `entry`; `None` when nothing was refused.
    pub(super) fn refusal(&self, entry: &RequestEntry) -> Option<(String, String)> {
        let text = format!(
            "{} {}",
            self.get("error_description").unwrap_or_default(),
            entry.hint.as_deref().unwrap_or_default()
        );
        let error = match (self.get("error"), entry.status) {
            (Some(error), _) => error.to_owned(),
            (None, 400) => "page".to_owned(),
            (None, status @ 401..) => status.to_string(),
            _ => return None,
        };
        Some((error, text.trim().to_owned()))
    }
}

/// `text` as a token, cut behind its claims as the record keeps it.
fn token(name: &str, text: &str) -> Option<Token> {
    let mut parts = text.split('.');
    let mut object = || -> Option<Map<String, Value>> { serde_json::from_slice(&decode_url(parts.next()?)?).ok() };
    let (header, claims) = (object()?, object()?);
    Some(Token { name: name.to_owned(), header, claims })
}

/// The text of a plain JSON value.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Takes `entry` apart.
pub(super) fn said(entry: &RequestEntry) -> Said {
    let mut said = Said::default();
    let form = entry
        .headers
        .iter()
        .any(|(name, value)| name == "content-type" && value.starts_with("application/x-www-form-urlencoded"));
    let body = if form { entry.request_body.text().into_owned() } else { String::new() };
    for text in [entry.query.as_str(), body.as_str()] {
        said.asked.extend(Params::parse(text.as_bytes()).unwrap_or_default().pairs().map(owned));
    }
    if let Some(location) = &entry.location {
        let query = location.split_once('?').map_or("", |(_, query)| query);
        said.answered.extend(Params::parse(query.as_bytes()).unwrap_or_default().pairs().map(owned));
    }
    let answer = entry.response_body.text();
    match serde_json::from_str::<Value>(&answer) {
        Ok(Value::Object(members)) => {
            said.answered.extend(members.iter().map(|(name, value)| (name.clone(), plain(value))));
        }
        // Hidden fields of a login page, or of a form that the browser posts on.
        _ => said.answered.extend(
            HANDED
                .iter()
                .chain(&["error", "error_description", "state", "iss", "response"])
                .filter_map(|name| hidden(&answer, name).map(|value| ((*name).to_owned(), value.to_owned()))),
        ),
    }
    let mut tokens: Vec<Token> =
        said.asked.iter().chain(&said.answered).filter_map(|(name, value)| token(name, value)).collect();
    tokens.extend(entry.token.as_deref().and_then(|text| token("Authorization", text)));
    // What a signed response carries is answered too.
    let packed = tokens.iter().find(|token| token.name == "response").map(|token| token.claims.clone());
    said.answered.extend(packed.unwrap_or_default().iter().map(|(name, value)| (name.clone(), plain(value))));
    said.tokens = tokens;
    said
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// The value of the hidden field `name` of a page.
fn hidden<'p>(page: &'p str, name: &str) -> Option<&'p str> {
    let start = format!("name=\"{name}\" value=\"");
    page.split_once(&start)?.1.split('"').next()
}

/// What an exchange has in common with others of its log-in.
fn keys(said: &Said) -> BTreeSet<String> {
    let handed = said
        .asked
        .iter()
        .chain(&said.answered)
        .filter(|(name, value)| HANDED.contains(&name.as_str()) && !value.is_empty());
    let mut keys: BTreeSet<String> = handed.map(|(name, value)| format!("{name} {value}")).collect();
    for token in &said.tokens {
        // The id of a client's own assertion hands nothing on.
        let ours = !matches!(token.name.as_str(), "client_assertion" | "request");
        for name in ["jti", "sid"] {
            let id = token.claims.get(name).and_then(Value::as_str).filter(|_| ours);
            keys.extend(id.map(|id| format!("{name} {id}")));
        }
    }
    keys
}

/// The exchanges of the log-in that `first` began, in order, each taken apart. `all` is the record of its world.
pub(super) fn steps(all: &[Arc<RequestEntry>], first: &RequestEntry) -> Vec<(Arc<RequestEntry>, Said)> {
    let of_service = |entry: &&Arc<RequestEntry>| {
        entry.note.service == first.note.service || entry.note.service.is_empty() || entry.direction != first.direction
    };
    let mut rest: Vec<(Arc<RequestEntry>, Said, BTreeSet<String>)> = all
        .iter()
        .filter(of_service)
        .map(|entry| {
            let said = said(entry);
            let keys = keys(&said);
            (entry.clone(), said, keys)
        })
        .collect();
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut found = Vec::new();
    loop {
        let joins = |entry: &RequestEntry, keys: &BTreeSet<String>| {
            entry.id == first.id || !is_beginning(entry) && !keys.is_disjoint(&known)
        };
        let (more, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(entry, _, keys)| joins(entry, keys));
        rest = others;
        if more.is_empty() || found.len() >= MAX_STEPS {
            break;
        }
        for (entry, said, keys) in more {
            known.extend(keys);
            found.push((entry, said));
        }
    }
    found.sort_by_key(|(entry, _)| entry.id);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::client_key;
    use crate::observe::{Body, Note};

    fn entry(id: u64, operation: &'static str, path: &str, query: &str) -> RequestEntry {
        RequestEntry {
            id,
            note: Note { service: "idporten", operation, ..Note::default() },
            path: path.to_owned(),
            query: query.to_owned(),
            ..RequestEntry::default()
        }
    }

    fn form(body: &str) -> (Body, Vec<(String, String)>) {
        let headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        (Body::bounded(&body.to_owned().into(), 10_000), headers)
    }

    #[test]
    fn exchanges_are_joined_by_what_they_hand_each_other() {
        let claims = serde_json::json!({"jti": "token-1"});
        let token = client_key().sign(None, claims.as_object().unwrap());
        let shown = token.rsplit_once('.').unwrap().0.to_owned() + ".";
        let start = entry(1, "idporten.innlogging", "/idporten/authorize", "client_id=a");
        let page = "<input name=\"innlogging\" value=\"side-1\">";
        let start = RequestEntry { response_body: Body::bounded(&page.into(), 10_000), ..start };
        let (request_body, headers) = form("innlogging=side-1&pid=1");
        let choice = RequestEntry {
            request_body,
            headers: headers.clone(),
            location: Some("https://app.example/cb?code=kode-1&state=s".into()),
            ..entry(3, "idporten.innlogging", "/idporten/login", "")
        };
        let other = entry(2, "idporten.innlogging", "/idporten/authorize", "client_id=a");
        let other = RequestEntry { location: Some("https://app.example/cb?code=kode-2&state=s".into()), ..other };
        let (request_body, _) = form("grant_type=authorization_code&code=kode-1");
        let body = serde_json::json!({"access_token": shown, "token_type": "Bearer"}).to_string();
        let exchange = RequestEntry {
            request_body,
            headers,
            response_body: Body::bounded(&body.into(), 10_000),
            ..entry(4, "idporten.token", "/idporten/token", "")
        };
        let info = RequestEntry { token: Some(shown), ..entry(6, "idporten.userinfo", "/idporten/userinfo", "") };
        let all: Vec<Arc<RequestEntry>> = [start, other, choice, exchange, info].map(Arc::new).to_vec();
        let ids = |first: usize| -> Vec<u64> { steps(&all, &all[first]).iter().map(|(entry, _)| entry.id).collect() };
        assert_eq!(ids(0), [1, 3, 4, 6]);
        assert_eq!(ids(1), [2], "another log-in of the same app is another one");
        let said = &steps(&all, &all[0])[2].1;
        assert_eq!(said.tokens[0].claims["jti"], "token-1");
    }

    #[test]
    fn a_refusal_is_read_from_address_body_and_page() {
        let redirect = RequestEntry {
            status: 302,
            location: Some("https://app.example/cb?error=invalid_scope&error_description=Nei".into()),
            hint: Some("se her".into()),
            ..entry(1, "idporten.innlogging", "/idporten/authorize", "")
        };
        assert_eq!(said(&redirect).refusal(&redirect), Some(("invalid_scope".into(), "Nei se her".into())));
        let page = RequestEntry { status: 400, ..entry(1, "idporten.innlogging", "/idporten/authorize", "") };
        assert_eq!(said(&page).refusal(&page).map(|(error, _)| error), Some("page".into()));
        let good = RequestEntry { status: 302, ..entry(1, "idporten.innlogging", "/idporten/authorize", "") };
        assert_eq!(said(&good).refusal(&good), None);
    }
}
