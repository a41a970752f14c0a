//! Addresses under which a town's issuers have been read, and the short names of them that browsers carry
//! (`specs/experience.md` §7).

use super::state::WorldState;
use crate::keys::encode_url;

/// Addresses under which a town's issuers have been read.
const MAX_ORIGINS: usize = 64;

impl WorldState {
    /// Remembers that this town's issuers are read below `base_url`, and gives its alias
    /// (`specs/experience.md` §7): a keyed hash, stable for the world.
    pub fn remember_origin(&self, base_url: &str) -> String {
        let alias =
            encode_url(&self.mac("alias", &[base_url.as_bytes()])[..6]).to_ascii_lowercase().replace(['-', '_'], "x");
        let mut protocol = self.protocol();
        if protocol.origins.len() < MAX_ORIGINS || protocol.origins.contains_key(&alias) {
            protocol.origins.insert(alias.clone(), base_url.to_owned());
        }
        alias
    }

    /// The base address behind `alias`.
    #[must_use]
    pub fn origin_of(&self, alias: &str) -> Option<String> {
        self.protocol().origins.get(alias).cloned()
    }

    /// Every base address below which this town's issuers have been read.
    #[must_use]
    pub fn origins(&self) -> Vec<String> {
        self.protocol().origins.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::access::fixture::state;

    #[test]
    fn an_alias_is_short_stable_and_leads_back() {
        let state = state();
        let alias = state.remember_origin("http://byteby:2983");
        assert_eq!(state.origin_of(&alias).as_deref(), Some("http://byteby:2983"));
        assert_eq!(alias, state.remember_origin("http://byteby:2983"));
        assert_ne!(alias, state.remember_origin("http://127.0.0.1:2983"));
        assert!(alias.len() == 8 && alias.bytes().all(|letter| letter.is_ascii_alphanumeric()), "{alias}");
        assert_eq!(state.origin_of("nowhere"), None);
    }
}
