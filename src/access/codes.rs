//! Authorization codes: given after a log-in, exchanged once (`specs/eid.md` §3.3, §9 rows 29 and 30).

use std::sync::Arc;

use serde_json::Value;

use super::authentication::Authentication;
use super::clocks::{Clocks, Deadline, TokenPolicy};
use super::login_request::LoginRequest;
use super::state::WorldState;
use crate::keys::{Issuer, encode_url};

/// Seconds an authorization code lives.
pub const CODE_LEVETID: i64 = 60;

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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::fixture::{IDP, at, citizen, request, state, world_at};

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
}
