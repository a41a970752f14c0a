//! Log-ins on their way: open login pages, authorization codes and single sign-on sessions (`specs/eid.md` §3.3,
//! §3.11).
//!
//! All of it lies beside the town, belongs to one world, is bounded, and under policy `wall` is over when either clock
//! says so.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::clocks::{Clocks, Deadline, TokenPolicy};
use super::state::WorldState;
use crate::keys::{Issuer, encode_url};
use crate::town::model::PersonKey;

/// Seconds an authorization code lives.
pub const CODE_LEVETID: i64 = 60;
/// Seconds a login page waits for its choice.
const LOGIN_LEVETID: i64 = 30 * 60;
/// Seconds a session lives between two authentication requests.
const SESJON_LEDIG: i64 = 30 * 60;
/// Seconds a session lives from the first authentication.
const SESJON_LEVETID: i64 = 120 * 60;

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
    /// Which clock the tokens follow.
    pub policy: TokenPolicy,
}

/// Who logged in, how and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authentication {
    /// The citizen.
    pub person: PersonKey,
    /// The citizen's identity number.
    pub pid: String,
    /// Level reached.
    pub acr: String,
    /// Methods used.
    pub amr: Vec<String>,
    /// When, in seconds on the clock of the policy.
    pub auth_time: i64,
}

/// What a code stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodeGrant {
    /// The request it answers.
    pub request: Arc<LoginRequest>,
    /// Who logged in.
    pub authentication: Authentication,
    /// Session id for log-out, when the login left a session.
    pub sid: Option<String>,
}

/// A code and whether it has been exchanged.
#[derive(Clone, Debug)]
pub(super) enum CodeSlot {
    Open(Box<CodeGrant>),
    /// Exchanged, with the end of the access token it gave.
    Spent(Deadline),
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
    /// Session id as in tokens and log-out messages; not the value of the cookie.
    pub sid: String,
    /// Who logged in.
    pub authentication: Authentication,
    /// Shared among all clients that take part in single sign-on.
    pub shared: bool,
    /// Clients with an isolated session that have authenticated themselves.
    pub isolated: BTreeSet<String>,
    /// Clients that have got a code in this session.
    pub clients: BTreeSet<String>,
    /// Absolute end.
    end: Deadline,
}

impl SsoSession {
    /// Whether `client_id` may use this session without a new authentication.
    #[must_use]
    pub fn is_usable_by(&self, client_id: &str, isolated: bool) -> bool {
        if isolated { self.isolated.contains(client_id) } else { self.shared }
    }
}

impl WorldState {
    /// Opens a login page for `request` and gives its id.
    pub fn open_login(&self, clocks: Clocks, request: LoginRequest) -> (String, Arc<LoginRequest>) {
        let id = self.draw_text(Issuer::Idporten, "login", &request.client_id, "");
        let request = Arc::new(request);
        let until = clocks.deadline(request.policy, LOGIN_LEVETID);
        self.protocol().logins.put(clocks, id.clone(), request.clone(), until);
        (id, request)
    }

    /// The request behind an open login page.
    #[must_use]
    pub fn login(&self, clocks: Clocks, id: &str) -> Option<Arc<LoginRequest>> {
        self.protocol().logins.get(clocks, &id.to_owned()).cloned()
    }

    /// Closes a login page; only one of several calls gets its request.
    #[must_use]
    pub fn close_login(&self, clocks: Clocks, id: &str) -> Option<Arc<LoginRequest>> {
        self.protocol().logins.take(clocks, &id.to_owned())
    }

    /// Gives a code for `grant`: two parts of 22 letters joined by a dot.
    #[must_use]
    pub fn issue_code(&self, clocks: Clocks, grant: CodeGrant) -> String {
        let id = self.draw(Issuer::Idporten, "code", &grant.request.client_id, &grant.authentication.pid);
        let code = format!("{}.{}", encode_url(&id[..16]), encode_url(&id[16..]));
        let until = clocks.deadline(grant.request.policy, CODE_LEVETID);
        self.protocol().codes.put(clocks, code.clone(), CodeSlot::Open(Box::new(grant)), until);
        code
    }

    /// Exchanges `code` once. `fits` says what does not fit, or until when the access token to come will live.
    ///
    /// # Errors
    /// [`CodeFault`]. A code that comes again takes the tokens of its first use back; one that does not fit stays good.
    pub fn redeem_code(
        &self,
        clocks: Clocks,
        code: &str,
        fits: impl FnOnce(&CodeGrant) -> Result<Deadline, &'static str>,
    ) -> Result<CodeGrant, CodeFault> {
        let key = code.to_owned();
        // One lock from the look to the mark: of any number of simultaneous exchanges one wins.
        let mut protocol = self.protocol();
        let (grant, until) = match protocol.codes.get(clocks, &key) {
            None => return Err(CodeFault::Unknown),
            Some(CodeSlot::Open(grant)) => (grant.clone(), fits(grant).map_err(CodeFault::Mismatch)?),
            Some(CodeSlot::Spent(until)) => {
                let until = *until;
                protocol.revoked.put(clocks, self.access_token_id(code), (), until);
                return Err(CodeFault::Spent);
            }
        };
        protocol.codes.put(clocks, key, CodeSlot::Spent(until), until);
        Ok(*grant)
    }

    /// The id of the access token that `code` is exchanged for. It follows from the code, so that a second use of the code
    /// can take the token back, and it says which world it belongs to.
    #[must_use]
    pub fn access_token_id(&self, code: &str) -> String {
        self.bound_id("access-token", &[code.as_bytes()])
    }

    /// The id of the ID token that `code` is exchanged for: 11 letters (`specs/eid.md` §2.5).
    #[must_use]
    pub fn id_token_id(&self, code: &str) -> String {
        encode_url(&self.mac("id-token", &[code.as_bytes()])[..8])
    }

    /// Begins a session or renews the one behind `cookie` after an authentication. Gives the value of the cookie and the
    /// session id.
    pub fn begin_session(
        &self,
        clocks: Clocks,
        request: &LoginRequest,
        authentication: &Authentication,
        isolated: bool,
    ) -> (String, String) {
        let value = self.draw_text(Issuer::Idporten, "session", &request.client_id, &authentication.pid);
        let sid = self.draw_text(Issuer::Idporten, "sid", &request.client_id, &authentication.pid);
        let client = request.client_id.clone();
        let session = SsoSession {
            sid: sid.clone(),
            authentication: authentication.clone(),
            shared: !isolated,
            isolated: isolated.then(|| client.clone()).into_iter().collect(),
            clients: BTreeSet::from([client]),
            end: clocks.deadline(request.policy, SESJON_LEVETID),
        };
        let until = clocks.deadline(request.policy, SESJON_LEDIG).min(session.end);
        self.protocol().sessions.put(clocks, value.clone(), session, until);
        (value, sid)
    }

    /// The session behind `cookie`, while it lasts. Looking at it does not keep it alive.
    #[must_use]
    pub fn session(&self, clocks: Clocks, cookie: &str) -> Option<SsoSession> {
        self.protocol().sessions.get(clocks, &cookie.to_owned()).cloned()
    }

    /// Keeps the session behind `cookie` alive after an authentication request of `request`'s client, and writes down that
    /// the client took part.
    pub fn touch_session(&self, clocks: Clocks, cookie: &str, request: &LoginRequest) {
        let mut protocol = self.protocol();
        if let Some(mut session) = protocol.sessions.take(clocks, &cookie.to_owned()) {
            session.clients.insert(request.client_id.clone());
            let until = clocks.deadline(request.policy, SESJON_LEDIG).min(session.end);
            protocol.sessions.put(clocks, cookie.to_owned(), session, until);
        }
    }

    /// Ends the session behind `cookie`; `None` when there was none any more.
    #[must_use]
    pub fn end_session(&self, clocks: Clocks, cookie: &str) -> Option<SsoSession> {
        self.protocol().sessions.take(clocks, &cookie.to_owned())
    }
}
