//! Log-ins that wait behind a page: for somebody to log in, to choose whom to act for, or to consent
//! (`specs/eid.md` §3.3, §3.9, §3.11, §10.1).

use std::sync::Arc;

use serde_json::Value;

use super::authentication::Authentication;
use super::clocks::Clocks;
use super::login_request::LoginRequest;
use super::state::WorldState;
use crate::keys::{Issuer, encode_url};

/// Seconds a page waits for its choice.
const LOGIN_LEVETID: i64 = 30 * 60;

/// A log-in under way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenLogin {
    /// What the app asked for.
    pub request: Arc<LoginRequest>,
    /// Whether the app wants its user asked for consent whatever was consented to before (`prompt=consent`).
    pub consent: bool,
    /// Whether somebody is logged in already, at too low a level.
    pub step_up: bool,
    /// Who has logged in; nobody yet while the login page waits.
    pub passed: Option<Passed>,
}

/// What has been settled since somebody logged in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Passed {
    /// Who, how and when.
    pub authentication: Authentication,
    /// Cookie of the session; none for log-ins that leave none.
    pub session: Option<String>,
    /// Without a page: everything is agreed to (`specs/eid.md` §7.2).
    pub headless: bool,
    /// Whom to act for, named beforehand so that no page has to ask: organisation numbers or an identity number, with
    /// commas between, or `ingen`.
    pub representing: Option<String>,
    /// Whom the person chose to act for, as the tokens say it.
    pub details: Option<Value>,
    /// Whether the person was asked for consent in this log-in.
    pub consented: bool,
}

impl OpenLogin {
    /// A log-in for `request` that nobody has passed.
    #[must_use]
    pub fn of(request: LoginRequest) -> Self {
        Self { request: Arc::new(request), consent: false, step_up: false, passed: None }
    }
}

impl Passed {
    /// A log-in by `authentication` in the session behind the cookie `session`.
    #[must_use]
    pub fn by(authentication: Authentication, session: Option<&str>) -> Self {
        let session = session.map(str::to_owned);
        Self { authentication, session, headless: false, representing: None, details: None, consented: false }
    }
}

impl WorldState {
    /// Opens a page for `open` and gives its id, which says which world it is of.
    #[must_use]
    pub fn open_login(&self, clocks: Clocks, open: OpenLogin) -> String {
        let request = &open.request;
        let id = encode_url(&self.bind(self.draw(request.provider, "login", &request.client_id, "")));
        self.reopen_login(clocks, &id, open);
        id
    }

    /// Opens the next page of the log-in `id`.
    pub fn reopen_login(&self, clocks: Clocks, id: &str, open: OpenLogin) {
        let until = clocks.deadline(open.request.policy, LOGIN_LEVETID);
        let key = (open.request.provider, id.to_owned());
        self.protocol().logins.put(clocks, key, Arc::new(open), until);
    }

    /// Changes the language of a log-in under way.
    pub fn set_locale(&self, clocks: Clocks, provider: Issuer, id: &str, locale: &str) {
        if let Some(open) = self.close_login(clocks, provider, id) {
            let request = LoginRequest { locale: locale.to_owned(), ..(*open.request).clone() };
            self.reopen_login(clocks, id, OpenLogin { request: Arc::new(request), ..(*open).clone() });
        }
    }

    /// The log-in under way with this id.
    #[must_use]
    pub fn login(&self, clocks: Clocks, provider: Issuer, id: &str) -> Option<Arc<OpenLogin>> {
        self.protocol().logins.get(clocks, &(provider, id.to_owned())).cloned()
    }

    /// Takes a log-in away from its page; only one of several calls gets it.
    #[must_use]
    pub fn close_login(&self, clocks: Clocks, provider: Issuer, id: &str) -> Option<Arc<OpenLogin>> {
        self.protocol().logins.take(clocks, &(provider, id.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::fixture::{IDP, at, request, state};

    #[test]
    fn an_open_login_is_closed_once() {
        let state = state();
        let id = state.open_login(at(0), OpenLogin::of(request("app")));
        state.set_locale(at(0), IDP, &id, "nn");
        assert_eq!(state.login(at(0), IDP, &id).unwrap().request.locale, "nn");
        assert!(state.close_login(at(0), IDP, &id).is_some());
        assert!(state.close_login(at(0), IDP, &id).is_none() && state.login(at(0), IDP, &id).is_none());
    }
}
