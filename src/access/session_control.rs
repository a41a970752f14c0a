//! Sessions seen from beside: listed, and told apart without their cookies (`specs/eid.md` §10.2).

use super::clocks::Clocks;
use super::sessions::SsoSession;
use super::state::WorldState;
use crate::keys::{Issuer, encode_url};

impl WorldState {
    /// The id of the session behind `cookie`: 43 letters that follow from the cookie and do not give it away
    /// (`specs/eid.md` §2.5).
    #[must_use]
    pub fn sid(&self, provider: Issuer, cookie: &str) -> String {
        encode_url(&self.mac("sid", &[provider.name().as_bytes(), cookie.as_bytes()]))
    }

    /// Sessions at `provider` that have not ended, with their cookies, oldest first.
    #[must_use]
    pub fn sessions(&self, clocks: Clocks, provider: Issuer) -> Vec<(String, SsoSession)> {
        let protocol = self.protocol();
        let of_provider = protocol.sessions.iter(clocks).filter(|((of, _), _)| *of == provider);
        of_provider.map(|((_, cookie), session)| (cookie.clone(), session.clone())).collect()
    }
}
