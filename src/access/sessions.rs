//! Single sign-on sessions (`specs/eid.md` §3.11): begun by a log-in, kept alive by authentication requests, ended, and
//! seen from beside with the cookies they are kept under (§10.2).
//!
//! All of it lies beside the town, belongs to one world, is bounded, and under policy `wall` is over when either clock
//! says so.

use std::collections::{BTreeMap, BTreeSet};

use super::authentication::Authentication;
use super::clocks::{Clocks, Deadline, TokenPolicy};
use super::login_request::LoginRequest;
use super::state::WorldState;
use crate::keys::{Issuer, encode_url};

/// Seconds a session lives between two authentication requests.
const SESJON_LEDIG: i64 = 30 * 60;
/// Seconds a session lives from the first authentication.
const SESJON_LEVETID: i64 = 120 * 60;
/// Codes a session remembers.
const MAX_SESJONSKODER: usize = 50;

/// A single sign-on session of one browser.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SsoSession {
    /// Who logged in.
    pub authentication: Authentication,
    /// Shared among all clients that take part in single sign-on.
    pub shared: bool,
    /// Clients with an isolated session that have authenticated themselves.
    pub isolated: BTreeSet<String>,
    /// What tokens call it (`specs/eid.md` §2.5). Never the cookie, which is a secret of the browser's.
    pub sid: String,
    /// Clients that were given a code in it, with the issuer as they know it: they are told of its end.
    pub clients: BTreeMap<String, String>,
    /// What was consented to, by client.
    consents: BTreeSet<(String, String)>,
    /// Codes given in this session for nothing but `openid` and `profile`: their tokens end when the session is ended.
    codes: Vec<(String, TokenPolicy)>,
    /// Absolute end.
    end: Deadline,
}

impl SsoSession {
    /// Whether `client_id` may use this session without a new authentication.
    #[must_use]
    pub fn is_usable_by(&self, client_id: &str, isolated: bool) -> bool {
        if isolated { self.isolated.contains(client_id) } else { self.shared }
    }

    /// Whether it was consented to that `client_id` gets `scope`.
    #[must_use]
    pub fn has_consent(&self, client_id: &str, scope: &str) -> bool {
        self.consents.iter().any(|(client, known)| client == client_id && known == scope)
    }
}

impl WorldState {
    /// Begins a session after an authentication, and gives the value of its cookie. The session `before` in the same browser
    /// lives on in it when it is the same citizen's: it keeps its clients and its absolute end.
    #[must_use]
    pub fn begin_session(
        &self,
        clocks: Clocks,
        request: &LoginRequest,
        authentication: &Authentication,
        isolated: bool,
        before: Option<&str>,
    ) -> String {
        let value = self.draw_text(request.provider, "session", &request.client_id, authentication.subject());
        let sid = encode_url(&self.mac("sid", &[request.provider.name().as_bytes(), value.as_bytes()]));
        let mut protocol = self.protocol();
        let before = before.and_then(|cookie| protocol.sessions.take(clocks, &(request.provider, cookie.to_owned())));
        let mut session = before
            .filter(|session| session.authentication.subject() == authentication.subject())
            .unwrap_or_else(|| {
                let end = clocks.deadline(request.policy, SESJON_LEVETID);
                SsoSession {
                    authentication: authentication.clone(),
                    shared: false,
                    isolated: BTreeSet::new(),
                    sid,
                    clients: BTreeMap::new(),
                    consents: BTreeSet::new(),
                    codes: Vec::new(),
                    end,
                }
            });
        session.authentication = authentication.clone();
        session.shared |= !isolated;
        session.isolated.extend(isolated.then(|| request.client_id.clone()));
        let until = clocks.deadline(request.policy, SESJON_LEDIG).min(session.end);
        protocol.sessions.put(clocks, (request.provider, value.clone()), session, until);
        value
    }

    /// The session behind `cookie`, while it lasts. Looking at it does not keep it alive.
    #[must_use]
    pub fn session(&self, clocks: Clocks, provider: Issuer, cookie: &str) -> Option<SsoSession> {
        self.protocol().sessions.get(clocks, &(provider, cookie.to_owned())).cloned()
    }

    /// Remembers that the citizen of the session behind `cookie` consented to `scopes` for `client_id`.
    pub fn remember_consent(&self, clocks: Clocks, provider: Issuer, cookie: &str, client_id: &str, scopes: &[String]) {
        let mut protocol = self.protocol();
        if let Some(session) = protocol.sessions.get_mut(clocks, &(provider, cookie.to_owned())) {
            session.consents.extend(scopes.iter().map(|scope| (client_id.to_owned(), scope.clone())));
        }
    }

    /// Keeps the session behind `cookie` alive after an authentication request, and writes down the `code` it led to.
    pub fn touch_session(&self, clocks: Clocks, cookie: &str, request: &LoginRequest, code: &str) {
        let mut protocol = self.protocol();
        if let Some(mut session) = protocol.sessions.take(clocks, &(request.provider, cookie.to_owned())) {
            if request.scope.iter().all(|scope| matches!(scope.as_str(), "openid" | "profile")) {
                session.codes.push((code.to_owned(), request.policy));
                let surplus = session.codes.len().saturating_sub(MAX_SESJONSKODER);
                session.codes.drain(..surplus);
            }
            session.clients.insert(request.client_id.clone(), request.issuer.clone());
            let until = clocks.deadline(request.policy, SESJON_LEDIG).min(session.end);
            protocol.sessions.put(clocks, (request.provider, cookie.to_owned()), session, until);
        }
    }

    /// Ends the session behind `cookie` and takes back the tokens that were for nothing but `openid` and `profile`
    /// (`specs/eid.md` §3.12); `false` when there was no session any more.
    #[must_use]
    pub fn end_session(&self, clocks: Clocks, provider: Issuer, cookie: &str) -> bool {
        self.take_session(clocks, provider, cookie).is_some()
    }

    /// As [`WorldState::end_session`], and gives what ended.
    #[must_use]
    pub fn take_session(&self, clocks: Clocks, provider: Issuer, cookie: &str) -> Option<SsoSession> {
        let session = self.protocol().sessions.take(clocks, &(provider, cookie.to_owned()))?;
        for (code, policy) in &session.codes {
            self.revoke_code(clocks, *policy, code);
        }
        Some(session)
    }

    /// Sessions at `provider` that have not ended, with their cookies, oldest first.
    #[must_use]
    pub fn sessions(&self, clocks: Clocks, provider: Issuer) -> Vec<(String, SsoSession)> {
        let protocol = self.protocol();
        let of_provider = protocol.sessions.iter(clocks).filter(|((of, _), _)| *of == provider);
        of_provider.map(|((_, cookie), session)| (cookie.clone(), session.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::CodeGrant;
    use crate::access::fixture::{IDP, at, citizen, request, state, world_at};

    #[test]
    fn a_session_ends_after_half_an_hour_of_rest_and_after_two_hours_anyway() {
        let state = state();
        let minutes = |minutes: i64| at(minutes * 60);
        let cookie = state.begin_session(at(0), &request("app"), &citizen("1"), false, None);
        assert!(
            state.session(minutes(29), IDP, &cookie).is_some() && state.session(minutes(30), IDP, &cookie).is_none()
        );
        for minute in [25, 50, 75, 100] {
            state.touch_session(minutes(minute), &cookie, &request("app"), "code");
        }
        assert!(state.session(minutes(119), IDP, &cookie).is_some());
        assert!(state.session(minutes(120), IDP, &cookie).is_none(), "used all the time, and still over");
        let cookie = state.begin_session(at(0), &request("app"), &citizen("1"), false, None);
        assert!(state.session(world_at(30 * 60), IDP, &cookie).is_none(), "the world's clock ends it too");
    }

    #[test]
    fn logging_in_again_does_not_begin_the_two_hours_anew() {
        let state = state();
        let minutes = |minutes: i64| at(minutes * 60);
        let mut cookie = state.begin_session(at(0), &request("app"), &citizen("1"), false, None);
        for minute in [29, 58, 87, 116] {
            cookie = state.begin_session(minutes(minute), &request("app"), &citizen("1"), false, Some(&cookie));
        }
        assert!(state.session(minutes(119), IDP, &cookie).is_some());
        assert!(state.session(minutes(120), IDP, &cookie).is_none(), "two hours from the first log-in");
        let later = state.begin_session(minutes(116), &request("app"), &citizen("2"), false, Some(&cookie));
        assert!(state.session(minutes(130), IDP, &later).is_some(), "another citizen's are another session's");
    }

    #[test]
    fn isolated_and_shared_clients_do_not_use_each_other_s_log_in() {
        let state = state();
        let cookie = state.begin_session(at(0), &request("alone"), &citizen("1"), true, None);
        let session = state.session(at(0), IDP, &cookie).unwrap();
        assert!(session.is_usable_by("alone", true));
        assert!(!session.is_usable_by("other", true) && !session.is_usable_by("app", false));
        let both = state.begin_session(at(60), &request("app"), &citizen("1"), false, Some(&cookie));
        assert!(state.session(at(60), IDP, &cookie).is_none(), "one browser, one session");
        let session = state.session(at(60), IDP, &both).unwrap();
        assert!(session.is_usable_by("alone", true) && session.is_usable_by("app", false));
        let other = state.begin_session(at(60), &request("app"), &citizen("2"), false, Some(&both));
        assert!(
            !state.session(at(60), IDP, &other).unwrap().is_usable_by("alone", true),
            "another citizen begins anew"
        );
    }

    #[test]
    fn ending_a_session_takes_back_what_was_for_login_only() {
        let state = state();
        let cookie = state.begin_session(at(0), &request("app"), &citizen("1"), false, None);
        let login_only = state.issue_code(at(0), CodeGrant::of(request("app"), citizen("1")));
        state.touch_session(at(0), &cookie, &request("app"), &login_only);
        let more = LoginRequest { scope: vec!["openid".into(), "a:b".into()], ..request("app") };
        let with_api = state.issue_code(at(0), CodeGrant::of(request("app"), citizen("1")));
        state.touch_session(at(0), &cookie, &more, &with_api);
        assert!(state.end_session(at(0), IDP, &cookie));
        assert!(state.is_revoked(at(0), &state.access_token_id(&login_only)));
        assert!(!state.is_revoked(at(0), &state.access_token_id(&with_api)));
        assert!(!state.end_session(at(0), IDP, &cookie));
    }
}
