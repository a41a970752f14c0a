//! Sessions seen from beside: listed with the cookies they are kept under (`specs/eid.md` §10.2).

use super::clocks::Clocks;
use super::sessions::SsoSession;
use super::state::WorldState;
use crate::keys::Issuer;

impl WorldState {
    /// Sessions at `provider` that have not ended, with their cookies, oldest first.
    #[must_use]
    pub fn sessions(&self, clocks: Clocks, provider: Issuer) -> Vec<(String, SsoSession)> {
        let protocol = self.protocol();
        let of_provider = protocol.sessions.iter(clocks).filter(|((of, _), _)| *of == provider);
        of_provider.map(|((_, cookie), session)| (cookie.clone(), session.clone())).collect()
    }
}
