//! Authorization requests sent ahead (RFC 9126, `specs/eid.md` §3.5).

use super::clocks::{Clocks, TokenPolicy};
use super::state::WorldState;
use crate::keys::{Issuer, encode_url};

/// Seconds a pushed request waits for the browser.
pub const PUSHED_LEVETID: i64 = 120;

/// Why a pushed request is not to be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PushedFault {
    /// Never sent here, used, or over.
    Unknown,
    /// Another client sent it.
    OtherClient,
}

/// A request as it was sent.
#[derive(Clone, Debug)]
pub(super) struct Pushed {
    client_id: String,
    form: Vec<u8>,
}

impl WorldState {
    /// Keeps the form of an authorization request of `client_id`, and gives the name it is fetched by: 43 letters that say
    /// which world it is of.
    #[must_use]
    pub fn push_request(
        &self,
        clocks: Clocks,
        provider: Issuer,
        policy: TokenPolicy,
        client_id: &str,
        form: &[u8],
    ) -> String {
        let name = encode_url(&self.bind(self.draw(provider, "par", client_id, "")));
        let pushed = Pushed { client_id: client_id.to_owned(), form: form.to_vec() };
        let until = clocks.deadline(policy, PUSHED_LEVETID);
        self.protocol().pushed.put(clocks, (provider, name.clone()), pushed, until);
        name
    }

    /// Takes the form behind `name`: once, and only the client that sent it.
    ///
    /// # Errors
    /// [`PushedFault`]; another client's attempt leaves it where it is.
    pub fn take_pushed(
        &self,
        clocks: Clocks,
        provider: Issuer,
        name: &str,
        client_id: &str,
    ) -> Result<Vec<u8>, PushedFault> {
        let key = (provider, name.to_owned());
        let mut protocol = self.protocol();
        match protocol.pushed.get(clocks, &key) {
            None => Err(PushedFault::Unknown),
            Some(pushed) if pushed.client_id != client_id => Err(PushedFault::OtherClient),
            Some(_) => protocol.pushed.take(clocks, &key).map(|pushed| pushed.form).ok_or(PushedFault::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Access;
    use crate::base::Seed;
    use crate::clock::Instant;

    #[test]
    fn a_pushed_request_is_fetched_once_in_time_by_its_own_client() {
        let at = |wall: i64, world: i64| Clocks { wall_ms: wall * 1000, world: Instant::from_millis(world * 1000) };
        let access = Access::new();
        let state = access.of_world(1, Seed(7));
        let push = || state.push_request(at(0, 0), Issuer::Idporten, TokenPolicy::Wall, "app", b"scope=openid");
        let take = |clocks, issuer, name: &str, client| state.take_pushed(clocks, issuer, name, client);
        for (clocks, good) in [(at(119, 0), true), (at(120, 0), false), (at(0, 119), true), (at(0, 120), false)] {
            let name = push();
            assert_eq!((name.len(), access.world_of(&name)), (43, Some(1)));
            assert_eq!(take(clocks, Issuer::Idporten, &name, "app").is_ok(), good, "{clocks:?}");
        }
        let name = push();
        let now = at(1, 1);
        assert_eq!(take(now, Issuer::Idporten, &name, "other"), Err(PushedFault::OtherClient));
        assert_eq!(take(now, Issuer::Ansattporten, &name, "app"), Err(PushedFault::Unknown));
        assert_eq!(take(now, Issuer::Idporten, &name, "app"), Ok(b"scope=openid".to_vec()));
        assert_eq!(take(now, Issuer::Idporten, &name, "app"), Err(PushedFault::Unknown), "once");
    }
}
