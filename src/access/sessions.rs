//! What log-ins lead to: authorization codes and single sign-on sessions (`specs/eid.md` §3.3, §3.11).
//!
//! All of it lies beside the town, belongs to one world, is bounded, and under policy `wall` is over when either clock
//! says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::clocks::{Clocks, Deadline, TokenPolicy};
use super::state::WorldState;
use crate::keys::{Issuer, encode_url};
use crate::town::model::PersonKey;

/// Seconds an authorization code lives.
pub const CODE_LEVETID: i64 = 60;
/// Seconds a session lives between two authentication requests.
const SESJON_LEDIG: i64 = 30 * 60;
/// Seconds a session lives from the first authentication.
const SESJON_LEVETID: i64 = 120 * 60;
/// Codes a session remembers.
const MAX_SESJONSKODER: usize = 50;

/// How an authorization response travels back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ResponseMode {
    /// In the query of the redirect.
    #[default]
    Query,
    /// In a form that the browser posts.
    FormPost,
    /// As one signed parameter in the query.
    QueryJwt,
    /// As one signed parameter in a posted form.
    FormPostJwt,
}

impl ResponseMode {
    /// The mode called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "query" => Some(Self::Query),
            "form_post" => Some(Self::FormPost),
            "query.jwt" => Some(Self::QueryJwt),
            "form_post.jwt" => Some(Self::FormPostJwt),
            _ => None,
        }
    }
}

/// A checked authorization request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoginRequest {
    /// The service it was sent to.
    pub provider: Issuer,
    /// The issuer as the app knows it; it stands in the response and in the tokens.
    pub issuer: String,
    /// Client.
    pub client_id: String,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// How it goes there.
    pub response_mode: ResponseMode,
    /// Scopes granted, in the order asked for.
    pub scope: Vec<String>,
    /// State to give back.
    pub state: Option<String>,
    /// Nonce for the ID token.
    pub nonce: Option<String>,
    /// Code challenge.
    pub code_challenge: Option<String>,
    /// Levels that would do, empty for the default.
    pub acr_values: Vec<String>,
    /// Language of the pages and of the `locale` claim.
    pub locale: String,
    /// Audience of the access token.
    pub resource: Vec<String>,
    /// The sub-client it is for (`specs/eid.md` §3.10).
    pub onbehalfof: Option<String>,
    /// Whom to act for, as asked and checked (`specs/eid.md` §3.9, §4.2).
    pub authorization_details: Option<String>,
    /// Thumbprint of the key the code is bound to (RFC 9449 §10).
    pub dpop_jkt: Option<String>,
    /// Which clock the tokens follow.
    pub policy: TokenPolicy,
}

impl LoginRequest {
    /// A request of `client_id` to `provider`, known to the client as `issuer`, that asks for nothing yet.
    #[must_use]
    pub fn of(provider: Issuer, issuer: &str, client_id: &str) -> Self {
        Self {
            provider,
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            redirect_uri: String::new(),
            response_mode: ResponseMode::Query,
            scope: Vec::new(),
            state: None,
            nonce: None,
            code_challenge: None,
            acr_values: Vec::new(),
            locale: "nb".to_owned(),
            resource: Vec::new(),
            onbehalfof: None,
            authorization_details: None,
            dpop_jkt: None,
            policy: TokenPolicy::Wall,
        }
    }
}

/// Who logged in, how and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authentication {
    /// The citizen; none for somebody who is not in the population register.
    pub person: Option<PersonKey>,
    /// The citizen's identity number.
    pub pid: Option<String>,
    /// Who it is without one.
    pub other: Option<Arc<Identity>>,
    /// Level reached.
    pub acr: String,
    /// Methods used.
    pub amr: Vec<String>,
    /// When, in seconds on the clock of the policy.
    pub auth_time: i64,
}

impl Authentication {
    /// A citizen's.
    #[must_use]
    pub fn of_citizen(person: PersonKey, pid: &str, acr: &str, amr: &[&str], auth_time: i64) -> Self {
        let amr = amr.iter().map(|&method| method.to_owned()).collect();
        Self { person: Some(person), pid: Some(pid.to_owned()), other: None, acr: acr.to_owned(), amr, auth_time }
    }

    /// What tells this person from others: the number, or what there is instead (`specs/eid.md` §2.4).
    #[must_use]
    pub fn subject(&self) -> &str {
        match (&self.pid, self.other.as_deref()) {
            (Some(pid), _) => pid,
            (None, Some(Identity::European { identifier, .. })) => identifier,
            (None, Some(Identity::Email(address) | Identity::WorkAccount { email: address, .. })) => address,
            (None, None) => "",
        }
    }
}

/// Somebody without a Norwegian number (`specs/eid.md` §3.8).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Identity {
    /// By an eID of another country.
    European {
        /// `XX/NO/…`: the country of the eID, the one it is shown to, and the number there.
        identifier: String,
        /// Given name.
        given_name: String,
        /// Family name.
        family_name: String,
        /// Date of birth, `YYYY-MM-DD`.
        birthdate: String,
    },
    /// By an e-mail address alone.
    Email(String),
    /// By a work account (`specs/eid.md` §4.1).
    WorkAccount {
        /// Its address.
        email: String,
        /// Ids of its groups, at most twenty.
        groups: Vec<String>,
        /// Given name.
        given_name: String,
        /// Family name.
        family_name: String,
    },
}

/// What a code stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodeGrant {
    /// The request it answers.
    pub request: Arc<LoginRequest>,
    /// Who logged in.
    pub authentication: Authentication,
    /// The session, for clients that are told of its end (`specs/eid.md` §3.8).
    pub sid: Option<String>,
    /// Whom the person chose to act for, as it stands in the tokens (`specs/eid.md` §3.9, §4.2).
    pub details: Option<Value>,
}

impl CodeGrant {
    /// A grant to `authentication` for `request`, with no session named and nobody represented.
    #[must_use]
    pub fn of(request: impl Into<Arc<LoginRequest>>, authentication: Authentication) -> Self {
        Self { request: request.into(), authentication, sid: None, details: None }
    }
}

/// A code and whether it has been exchanged.
#[derive(Clone, Debug)]
pub(super) enum CodeSlot {
    Open(Box<CodeGrant>),
    /// Exchanged; the clock its tokens follow.
    Spent(TokenPolicy),
}

/// Why a code cannot be exchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeFault {
    /// Never given, or its time is over.
    Unknown,
    /// Exchanged before; the tokens it gave have now been taken back.
    Spent,
    /// Something about the request does not fit the code. The code stays good.
    Mismatch(&'static str),
}

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
    /// Gives a code for `grant`: two parts of 22 letters joined by a dot, which say which world it is of.
    #[must_use]
    pub fn issue_code(&self, clocks: Clocks, grant: CodeGrant) -> String {
        let id = self.bind(self.draw(
            grant.request.provider,
            "code",
            &grant.request.client_id,
            grant.authentication.subject(),
        ));
        let code = format!("{}.{}", encode_url(&id[..16]), encode_url(&id[16..]));
        let until = clocks.deadline(grant.request.policy, CODE_LEVETID);
        self.protocol().codes.put(
            clocks,
            (grant.request.provider, code.clone()),
            CodeSlot::Open(Box::new(grant)),
            until,
        );
        code
    }

    /// Exchanges `code` once. `fits` says what does not fit, or until when the tokens to come will live.
    ///
    /// # Errors
    /// [`CodeFault`]. A code that comes again takes the tokens of its first use back; one that does not fit stays good.
    pub fn redeem_code(
        &self,
        clocks: Clocks,
        provider: Issuer,
        code: &str,
        fits: impl FnOnce(&CodeGrant) -> Result<Deadline, &'static str>,
    ) -> Result<CodeGrant, CodeFault> {
        let key = (provider, code.to_owned());
        // One lock from the look to the mark: of any number of simultaneous exchanges one wins.
        let mut protocol = self.protocol();
        let (grant, until) = match protocol.codes.get(clocks, &key) {
            None => return Err(CodeFault::Unknown),
            Some(CodeSlot::Open(grant)) => (grant.clone(), fits(grant).map_err(CodeFault::Mismatch)?),
            Some(&CodeSlot::Spent(policy)) => {
                drop(protocol);
                self.revoke_code(clocks, policy, code);
                return Err(CodeFault::Spent);
            }
        };
        protocol.codes.put(clocks, key, CodeSlot::Spent(grant.request.policy), until);
        Ok(*grant)
    }

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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::OpenLogin;
    use crate::access::fixture::{at, state, world_at};

    const IDP: Issuer = Issuer::Idporten;

    fn request(client: &str) -> LoginRequest {
        let scope = vec!["openid".into()];
        LoginRequest { scope, ..LoginRequest::of(IDP, "http://localhost/idporten", client) }
    }

    fn citizen(pid: &str) -> Authentication {
        Authentication::of_citizen(PersonKey::Base(0), pid, "idporten-loa-high", &["TestID"], 0)
    }

    fn grant() -> CodeGrant {
        CodeGrant::of(request("app"), citizen("1"))
    }

    #[allow(clippy::unnecessary_wraps, reason = "the shape that an exchange asks for")]
    fn fits(_: &CodeGrant) -> Result<Deadline, &'static str> {
        Ok(at(0).deadline_on(TokenPolicy::Wall, 120))
    }

    #[test]
    fn a_code_is_good_for_sixty_seconds_on_either_clock() {
        for (clocks, good) in [(at(59), true), (at(60), false), (world_at(59), true), (world_at(60), false)] {
            let state = state();
            let code = state.issue_code(at(0), grant());
            let parts: Vec<_> = code.split('.').map(str::len).collect();
            assert_eq!(parts, [22, 22]);
            assert_eq!(state.redeem_code(clocks, IDP, &code, fits).is_ok(), good, "{clocks:?}");
        }
    }

    #[test]
    fn a_code_that_comes_again_takes_its_token_back_and_a_misfit_leaves_it_good() {
        let state = state();
        let code = state.issue_code(at(0), grant());
        assert_eq!(state.redeem_code(at(0), IDP, &code, |_| Err("no")), Err(CodeFault::Mismatch("no")));
        assert!(state.redeem_code(at(0), IDP, &code, fits).is_ok());
        let jti = state.access_token_id(&code);
        assert!(!state.is_revoked(at(0), &jti));
        assert_eq!(state.redeem_code(at(1), IDP, &code, fits), Err(CodeFault::Spent));
        assert!(state.is_revoked(at(1), &jti) && state.is_revoked(at(119), &jti));
        assert_eq!(state.redeem_code(at(1), IDP, "never given", fits), Err(CodeFault::Unknown));
    }

    #[test]
    fn of_many_simultaneous_exchanges_exactly_one_wins() {
        let state = state();
        let code = state.issue_code(at(0), grant());
        let won = || usize::from(state.redeem_code(at(0), IDP, &code, fits).is_ok());
        let wins: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..10).map(|_| scope.spawn(|| (0..5).map(|_| won()).sum::<usize>())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(wins, 1);
    }

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
        let login_only = state.issue_code(at(0), grant());
        state.touch_session(at(0), &cookie, &request("app"), &login_only);
        let more = LoginRequest { scope: vec!["openid".into(), "a:b".into()], ..request("app") };
        let with_api = state.issue_code(at(0), grant());
        state.touch_session(at(0), &cookie, &more, &with_api);
        assert!(state.end_session(at(0), IDP, &cookie));
        assert!(state.is_revoked(at(0), &state.access_token_id(&login_only)));
        assert!(!state.is_revoked(at(0), &state.access_token_id(&with_api)));
        assert!(!state.end_session(at(0), IDP, &cookie));
    }

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
