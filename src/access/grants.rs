//! What a code leads to and how it is taken back: grants, refresh tokens, and what is remembered of tokens given
//! (`specs/eid.md` §3.7, §3.14, §3.15).
//!
//! Every id that comes of a code begins with the same eight bytes, the mark of its grant. Taking one token back takes
//! them all back, and nothing has to be written down about a token for that.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::clocks::{Clocks, Deadline, TokenPolicy};
use super::codes::CodeGrant;
use super::state::WorldState;
use crate::keys::{Issuer, decode_url, encode_url};
use crate::town::model::PersonKey;

/// The mark of a grant.
pub(super) type Mark = [u8; 8];

/// Header of the compact JWE that a refresh token looks like: `dir` has no key of its own to carry (RFC 7518 §4.5).
const JWE_HEADER: &[u8] = br#"{"enc":"A128CBC-HS256","alg":"dir"}"#;
/// Seconds for which it is remembered that a grant was taken back: longer than any token of it lives.
const TILBAKETRUKKET: i64 = 30 * 86_400;
/// Blocks of 32 bytes behind the id in a refresh token, so that it has more than 700 characters (`specs/eid.md` §2.5).
const JWE_BLOCKS: u8 = 15;

/// What a refresh token stands for.
#[derive(Clone, Debug)]
pub struct RefreshGrant {
    /// What the code stood for.
    pub grant: Arc<CodeGrant>,
    /// Thumbprint of the key it is bound to (RFC 9449 §5), for clients that prove nothing else.
    pub jkt: Option<String>,
    /// When the authorization is over, however often it is refreshed.
    pub end: Deadline,
}

/// A refresh token on its shelf.
#[derive(Clone, Debug)]
pub(super) struct RefreshSlot {
    of: Arc<RefreshGrant>,
    /// How often it has been used.
    uses: u64,
    /// Used under the strict rule: it must not come again.
    spent: bool,
}

/// A refresh token for the client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefreshToken {
    /// The token.
    pub text: String,
    /// Seconds until it is over when nobody uses it.
    pub expires_in: i64,
}

/// What a refresh token was exchanged for.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// What it stood for.
    pub of: Arc<RefreshGrant>,
    /// The next one.
    pub token: RefreshToken,
    /// Id of the access token to be given.
    pub access_token_id: String,
    /// Id of the ID token to be given, if one is.
    pub id_token_id: String,
}

/// Why a refresh token is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefreshFault<E> {
    /// Never given here, or over.
    Unknown,
    /// Its grant was taken back.
    Revoked,
    /// It was used before under the strict rule; now the grant is taken back.
    Spent,
    /// Something about the request does not fit. The token stays good.
    Misfit(E),
}

/// What is remembered of an access token while it lives: what it does not carry itself.
#[derive(Clone, PartialEq, Debug)]
pub struct Issued {
    /// Who gave it.
    pub provider: Issuer,
    /// Language of the log-in.
    pub locale: String,
    /// The citizen.
    pub person: Option<PersonKey>,
    /// The citizen's number, which a pseudonymous token does not carry.
    pub pid: Option<String>,
    /// Its claims, when the token itself says nothing.
    pub claims: Option<Map<String, Value>>,
}

impl WorldState {
    fn mark(&self, code: &str) -> Mark {
        let mac = self.mac("grant", &[code.as_bytes()]);
        std::array::from_fn(|place| mac[place])
    }

    /// An id of the grant with `mark`, bound to this world.
    fn marked(&self, mark: Mark, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut id = self.mac(purpose, parts);
        id[..8].copy_from_slice(&mark);
        self.bind(id)
    }

    /// The id of the access token that `code` is exchanged for. It follows from the code, so that a second use of the code
    /// can take the token back, and it says which world it belongs to.
    #[must_use]
    pub fn access_token_id(&self, code: &str) -> String {
        encode_url(&self.marked(self.mark(code), "access-token", &[code.as_bytes()]))
    }

    /// The id of the ID token that `code` is exchanged for: 11 letters (`specs/eid.md` §2.5).
    #[must_use]
    pub fn id_token_id(&self, code: &str) -> String {
        encode_url(&self.mac("id-token", &[code.as_bytes()])[..8])
    }

    /// Takes back every token of the grant that the token with id `jti` is of; the tokens follow the clock of `policy`.
    pub fn revoke(&self, clocks: Clocks, policy: TokenPolicy, jti: &str) {
        if let Some(mark) = mark_of(jti) {
            self.protocol().revoked.put(clocks, mark, (), clocks.deadline_on(policy, TILBAKETRUKKET));
        }
    }

    /// Takes back every token that came of `code`.
    pub fn revoke_code(&self, clocks: Clocks, policy: TokenPolicy, code: &str) {
        self.revoke(clocks, policy, &self.access_token_id(code));
    }

    /// Whether the token with id `jti`, or another of its grant, was taken back.
    #[must_use]
    pub fn is_revoked(&self, clocks: Clocks, jti: &str) -> bool {
        mark_of(jti).is_some_and(|mark| self.protocol().revoked.get(clocks, &mark).is_some())
    }

    /// Remembers an access token with id `jti` that lives `seconds` on the clock of `policy`.
    pub fn remember_issued(&self, clocks: Clocks, policy: TokenPolicy, seconds: i64, jti: &str, issued: Issued) {
        let until = clocks.deadline_on(policy, seconds);
        self.protocol().issued.put(clocks, jti.to_owned(), Arc::new(issued), until);
    }

    /// What is remembered of the access token with id `jti`.
    #[must_use]
    pub fn issued(&self, clocks: Clocks, jti: &str) -> Option<Arc<Issued>> {
        self.protocol().issued.get(clocks, &jti.to_owned()).cloned()
    }

    /// The first refresh token of the grant that `code` led to; it rests `idle` seconds at most.
    #[must_use]
    pub fn open_refresh(&self, clocks: Clocks, code: &str, of: RefreshGrant, idle: i64) -> RefreshToken {
        let id = self.marked(self.mark(code), "refresh", &[code.as_bytes()]);
        self.put_refresh(clocks, id, Arc::new(of), idle)
    }

    fn put_refresh(&self, clocks: Clocks, id: [u8; 32], of: Arc<RefreshGrant>, idle: i64) -> RefreshToken {
        let until = clocks.deadline(of.grant.request.policy, idle).min(of.end);
        self.protocol().refresh.put(clocks, id, RefreshSlot { of, uses: 0, spent: false }, until);
        RefreshToken { text: self.refresh_text(&id), expires_in: until.seconds_left(clocks) }
    }

    /// Uses a refresh token of `provider`: `strict` kills it, otherwise it lives on beside the next one. `fits` judges the
    /// request. The next token rests `idle` seconds at most.
    ///
    /// # Errors
    /// [`RefreshFault`]. One that was killed and comes again takes the whole grant back.
    pub fn refresh<E>(
        &self,
        clocks: Clocks,
        provider: Issuer,
        text: &str,
        strict: bool,
        fits: impl FnOnce(&RefreshGrant) -> Result<i64, E>,
    ) -> Result<Refreshed, RefreshFault<E>> {
        let id = self.refresh_id(text).ok_or(RefreshFault::Unknown)?;
        let mark: Mark = std::array::from_fn(|place| id[place]);
        // One lock from the look to the mark: of simultaneous uses under the strict rule one wins.
        let (of, use_no, idle) = {
            let mut protocol = self.protocol();
            let revoked = protocol.revoked.get(clocks, &mark).is_some();
            let slot = protocol.refresh.get_mut(clocks, &id).filter(|slot| slot.of.grant.request.provider == provider);
            let slot = slot.ok_or(RefreshFault::Unknown)?;
            if revoked {
                return Err(RefreshFault::Revoked);
            }
            let idle = fits(&slot.of).map_err(RefreshFault::Misfit)?;
            let of = slot.of.clone();
            if slot.spent {
                let until = clocks.deadline_on(of.grant.request.policy, TILBAKETRUKKET);
                protocol.revoked.put(clocks, mark, (), until);
                return Err(RefreshFault::Spent);
            }
            slot.uses += 1;
            slot.spent = strict;
            (of, slot.uses, idle)
        };
        let parts: [&[u8]; 2] = [&id, &use_no.to_be_bytes()];
        Ok(Refreshed {
            token: self.put_refresh(clocks, self.marked(mark, "refresh", &parts), of.clone(), idle),
            access_token_id: encode_url(&self.marked(mark, "access-token", &parts)),
            id_token_id: encode_url(&self.mac("id-token", &parts)[..8]),
            of,
        })
    }

    /// What the refresh token `text` stands for and an id of its grant, without using it.
    #[must_use]
    pub fn refresh_grant(&self, clocks: Clocks, provider: Issuer, text: &str) -> Option<(Arc<RefreshGrant>, String)> {
        let id = self.refresh_id(text)?;
        let of = self.protocol().refresh.get(clocks, &id).map(|slot| slot.of.clone())?;
        (of.grant.request.provider == provider).then(|| (of, encode_url(&id)))
    }

    /// A refresh token as clients see it: five parts joined by dots, the second of them empty.
    fn refresh_text(&self, id: &[u8; 32]) -> String {
        let mut body = id.to_vec();
        for block in 0..JWE_BLOCKS {
            body.extend_from_slice(&self.mac("refresh-body", &[id, &[block]]));
        }
        let (iv, tag) = (self.mac("refresh-iv", &[id]), self.mac("refresh-tag", &[id]));
        let parts = [encode_url(&iv[..16]), encode_url(&body), encode_url(&tag[..16])];
        format!("{}..{}", encode_url(JWE_HEADER), parts.join("."))
    }

    /// The id in a refresh token that this world wrote.
    fn refresh_id(&self, text: &str) -> Option<[u8; 32]> {
        let body = decode_url(text.split('.').nth(3)?)?;
        let id: [u8; 32] = body.get(..32)?.try_into().ok()?;
        (self.refresh_text(&id) == text).then_some(id)
    }
}

fn mark_of(jti: &str) -> Option<Mark> {
    decode_url(jti)?.get(..8)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::fixture::{at, state, world_at};
    use crate::access::{Access, Authentication, LoginRequest};
    use crate::base::Seed;

    const IDP: Issuer = Issuer::Idporten;

    fn open(state: &WorldState, code: &str) -> RefreshToken {
        let who = Authentication::of_citizen(PersonKey::Base(0), "1", "idporten-loa-high", &["TestID"], 0);
        let grant = Arc::new(CodeGrant::of(LoginRequest::of(IDP, "http://localhost/idporten", "app"), who));
        let of = RefreshGrant { grant, jkt: None, end: at(0).deadline(TokenPolicy::Wall, 1_000) };
        state.open_refresh(at(0), code, of, 600)
    }

    #[allow(clippy::unnecessary_wraps, reason = "the shape that a refresh asks for")]
    fn fits(_: &RefreshGrant) -> Result<i64, &'static str> {
        Ok(600)
    }

    #[test]
    fn a_refresh_token_is_long_looks_like_a_jwe_and_says_nothing() {
        let token = open(&state(), "code").text;
        assert!(token.len() >= 700, "{}", token.len());
        let parts: Vec<&str> = token.split('.').collect();
        assert_eq!((parts.len(), parts[1], decode_url(parts[0]).unwrap().as_slice()), (5, "", JWE_HEADER));
        assert_eq!(decode_url(parts[3]).unwrap().len() % 16, 0, "whole blocks of the cipher");
        assert_eq!(token, open(&state(), "code").text, "the same seed, the same token");
        assert_ne!(token, open(&state(), "other").text);
    }

    #[test]
    fn idle_and_absolute_end_on_either_clock() {
        for (clocks, good) in [(at(599), true), (at(600), false), (world_at(599), true), (world_at(600), false)] {
            let state = state();
            let token = open(&state, "code").text;
            assert_eq!(state.refresh(clocks, IDP, &token, false, fits).is_ok(), good, "{clocks:?}");
        }
        let state = state();
        let second = state.refresh(at(500), IDP, &open(&state, "code").text, false, fits).unwrap();
        assert_eq!(second.token.expires_in, 500, "the authorization ends before the token rests too long");
        assert!(state.refresh(at(999), IDP, &second.token.text, false, fits).is_ok());
        assert!(state.refresh(at(1_000), IDP, &second.token.text, false, fits).is_err());
    }

    #[test]
    fn an_old_token_stays_good_unless_the_rule_is_strict() {
        let state = state();
        let first = open(&state, "code").text;
        let lenient: Vec<_> = (0..3).map(|_| state.refresh(at(1), IDP, &first, false, fits).unwrap()).collect();
        let texts: std::collections::BTreeSet<_> = lenient.iter().map(|one| one.token.text.clone()).collect();
        assert_eq!(texts.len(), 3, "a new one each time");
        let strict = state.refresh(at(2), IDP, &first, true, fits).unwrap();
        assert!(!state.is_revoked(at(2), &strict.access_token_id));
        assert_eq!(state.refresh(at(3), IDP, &first, true, fits).unwrap_err(), RefreshFault::Spent);
        for id in [&strict.access_token_id, &lenient[0].access_token_id, &state.access_token_id("code")] {
            assert!(state.is_revoked(at(3), id), "the whole grant");
        }
        assert_eq!(state.refresh(at(4), IDP, &strict.token.text, true, fits).unwrap_err(), RefreshFault::Revoked);
        assert!(!state.is_revoked(at(3), &state.access_token_id("other")));
    }

    #[test]
    fn a_misfit_and_a_foreign_token_leave_everything_as_it_was() {
        let state = state();
        let token = open(&state, "code").text;
        let misfit = state.refresh(at(1), IDP, &token, true, |_| Err("no")).unwrap_err();
        assert_eq!(misfit, RefreshFault::Misfit("no"));
        let foreign = state.refresh(at(1), Issuer::Ansattporten, &token, true, fits).unwrap_err();
        assert_eq!(foreign, RefreshFault::Unknown);
        let fork = Access::new().of_world(2, Seed(7));
        assert_eq!(fork.refresh(at(1), IDP, &token, true, fits).unwrap_err(), RefreshFault::Unknown);
        for text in ["", "....", "a.b.c.d.e", &token[..token.len() - 1], &format!("{token}.x")] {
            assert_eq!(state.refresh(at(1), IDP, text, true, fits).unwrap_err(), RefreshFault::Unknown, "{text}");
        }
        assert!(state.refresh(at(1), IDP, &token, true, fits).is_ok());
    }

    #[test]
    fn of_many_simultaneous_strict_refreshes_one_wins_and_the_grant_is_over() {
        let state = state();
        let token = open(&state, "code").text;
        let won = || usize::from(state.refresh(at(0), IDP, &token, true, fits).is_ok());
        let wins: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..10).map(|_| scope.spawn(|| (0..5).map(|_| won()).sum::<usize>())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(wins, 1);
        assert!(state.is_revoked(at(0), &state.access_token_id("code")));
    }
}
