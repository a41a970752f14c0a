//! Ids that follow from the seed and from what they are for, not from when they were asked for (`specs/eid.md` §2.4, §2.5,
//! §10.8; `specs/core.md` §3).

use std::collections::BTreeMap;

use aws_lc_rs::hmac;

use super::state::WorldState;
use crate::keys::{Issuer, encode_url};

/// Keys with an ordinal of their own; later ones share one.
const MAX_ORDINALS: usize = 50_000;

/// How many ids each key has given.
pub(super) struct Ordinals {
    own: BTreeMap<[u8; 16], u64>,
    shared: u64,
}

impl Default for Ordinals {
    fn default() -> Self {
        // Far above every ordinal of its own, so that no id is given twice.
        Self { own: BTreeMap::new(), shared: 1 << 63 }
    }
}

impl Ordinals {
    fn next(&mut self, key: [u8; 16]) -> u64 {
        if self.own.len() >= MAX_ORDINALS && !self.own.contains_key(&key) {
            self.shared += 1;
            return self.shared;
        }
        let next = self.own.entry(key).or_default();
        *next += 1;
        *next
    }
}

impl WorldState {
    /// HMAC-SHA256 under the town's secret over `purpose` and length-prefixed `parts`.
    pub(super) fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(self.secret());
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }

    /// The next id for `purpose` of `client` about `subject`: 32 bytes that depend on nothing else than the seed, these
    /// words and how often they came before, so that requests of others do not disturb it (`specs/core.md` §3).
    ///
    /// # Panics
    /// Never: a MAC has 32 bytes.
    #[must_use]
    pub fn draw(&self, issuer: Issuer, purpose: &str, client: &str, subject: &str) -> [u8; 32] {
        let parts = [issuer.name().as_bytes(), client.as_bytes(), subject.as_bytes()];
        let key = self.mac(purpose, &parts);
        let ordinal = self.protocol().ordinals.next(key[..16].try_into().expect("sixteen bytes of thirty-two"));
        self.mac("id", &[&key, &ordinal.to_be_bytes()])
    }

    /// An id of 43 letters of base64url.
    #[must_use]
    pub fn draw_text(&self, issuer: Issuer, purpose: &str, client: &str, subject: &str) -> String {
        encode_url(&self.draw(issuer, purpose, client, subject))
    }

    /// The subject identifier of a person towards a client: stable, and different for each client
    /// (`specs/eid.md` §2.4).
    #[must_use]
    pub fn pairwise(&self, issuer: Issuer, client: &str, person: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.mac("sub", &[issuer.name().as_bytes()]));
        let tag = hmac::sign(&key, &[client.as_bytes(), &[0], person.as_bytes()].concat());
        encode_url(tag.as_ref())
    }

    /// An id of 43 letters that says, to whoever knows the secret, which world gave it. Its first half follows from `purpose`
    /// and `parts` alone.
    #[must_use]
    pub fn bound_id(&self, purpose: &str, parts: &[&[u8]]) -> String {
        encode_url(&self.bind(self.mac(purpose, parts)))
    }

    /// `id` with a MAC over its first half and the world's incarnation for its second half: forks share the seed and draw
    /// the same ids, so the world has to stand in them.
    pub(super) fn bind(&self, mut id: [u8; 32]) -> [u8; 32] {
        let tag = self.mac("world", &[&self.incarnation().to_be_bytes(), &id[..16]]);
        id[16..].copy_from_slice(&tag[..16]);
        id
    }

    pub(super) fn is_bound(&self, id: &[u8]) -> bool {
        id.len() == 32 && self.mac("world", &[&self.incarnation().to_be_bytes(), &id[..16]])[..16] == id[16..]
    }

    /// Whether `id` was given by [`WorldState::bound_id`] in this very world.
    #[must_use]
    pub fn is_of_this_world(&self, id: &str) -> bool {
        crate::keys::decode_url(id).is_some_and(|bytes| self.is_bound(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::fixture::state_of;
    use crate::base::Seed;

    #[test]
    fn ids_repeat_between_runs_and_worlds_but_never_within_one() {
        let (first, second) = (state_of(1, Seed(7)), state_of(2, Seed(7)));
        let draw = |state: &WorldState| state.draw_text(Issuer::Idporten, "code", "app", "person");
        let ids: Vec<_> = (0..5).map(|_| draw(&first)).collect();
        assert_eq!(ids, (0..5).map(|_| draw(&second)).collect::<Vec<_>>());
        assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 5);
        assert!(ids.iter().all(|id| id.len() == 43));
        assert_ne!(ids[0], state_of(1, Seed(8)).draw_text(Issuer::Idporten, "code", "app", "person"));
    }

    #[test]
    fn requests_of_others_do_not_disturb_an_id() {
        let (alone, among) = (state_of(1, Seed(7)), state_of(1, Seed(7)));
        let _ = among.draw(Issuer::Idporten, "code", "other app", "person");
        let _ = among.draw(Issuer::Idporten, "code", "app", "other person");
        let _ = among.draw(Issuer::Maskinporten, "code", "app", "person");
        assert_eq!(
            alone.draw(Issuer::Idporten, "code", "app", "person"),
            among.draw(Issuer::Idporten, "code", "app", "person")
        );
    }

    #[test]
    fn a_bound_id_is_known_in_its_own_world_only() {
        let (main, fork) = (state_of(1, Seed(7)), state_of(2, Seed(7)));
        let id = main.bound_id("jti", &[b"code"]);
        assert!(main.is_of_this_world(&id));
        assert!(!fork.is_of_this_world(&id), "a fork shares the seed, not the tokens");
        assert!(!state_of(1, Seed(8)).is_of_this_world(&id));
        assert!(!main.is_of_this_world("short") && !main.is_of_this_world(""));
    }

    #[test]
    fn a_subject_differs_by_client_and_not_by_world() {
        let state = state_of(1, Seed(7));
        let sub = state.pairwise(Issuer::Idporten, "app", "1");
        assert_eq!(sub.len(), 43);
        assert_eq!(sub, state_of(9, Seed(7)).pairwise(Issuer::Idporten, "app", "1"));
        assert_ne!(sub, state.pairwise(Issuer::Idporten, "app 2", "1"));
        assert_ne!(sub, state.pairwise(Issuer::Maskinporten, "app", "1"));
    }
}
