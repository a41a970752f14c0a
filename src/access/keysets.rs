//! Which keys an issuer signs with and publishes, and what becomes of them when they are rotated
//! (`specs/eid.md` §2.1, §10.5).
//!
//! Rotation is protocol state: it lies beside the town, and a fork begins with the first key again. An issuer that
//! was never rotated has no entry here, so that no private key is parsed before somebody signs or reads a key set.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::clocks::{Clocks, Deadline, TokenPolicy};
use super::state::WorldState;
use crate::clock::Instant;
use crate::keys::{Algorithm, GENERATIONS, Issuer, Jws, JwsFault, KeyRing, SigningKey};

/// Seconds a key stays published after it stopped signing: the time clients are told to keep a key set.
const OVERLAPP: i64 = 24 * 60 * 60;

/// What is done with the keys of an issuer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rotation {
    /// The next key is published.
    Announce,
    /// The announced key signs from now on; the one before stays published for the overlap.
    Activate,
    /// Keys that no longer sign are published no longer.
    Retire,
    /// A key nobody announced signs from now on, and no other is published.
    Emergency,
    /// Another key signs under the name of the active one.
    SameKid,
    /// The certificate of the active key ends at this moment.
    CertificateUntil(Instant),
}

/// Why the keys stay as they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RotationFault {
    /// There is an announced key already.
    #[error("a key is announced already: activate it first")]
    AlreadyAnnounced,
    /// No key is announced.
    #[error("no key is announced: announce one first")]
    NothingAnnounced,
    /// No key is on its way out.
    #[error("no key but the active one is published: there is nothing to retire")]
    NothingToRetire,
}

impl RotationFault {
    /// A stable name for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AlreadyAnnounced => "already_announced",
            Self::NothingAnnounced => "nothing_announced",
            Self::NothingToRetire => "nothing_to_retire",
        }
    }
}

/// What a published key is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyUse {
    /// It signs.
    Active,
    /// It will sign.
    Announced,
    /// It has signed, and is published until then.
    Retired(Deadline),
}

/// A key in the key set of an issuer.
#[derive(Clone, Debug)]
pub struct PublishedKey {
    /// The key.
    pub key: Arc<SigningKey>,
    /// What it is for.
    pub state: KeyUse,
}

/// The keys of one issuer after its first rotation.
#[derive(Clone, Debug)]
struct Keyset {
    /// How many keys of the ring have been taken since the first.
    generation: usize,
    active: Arc<SigningKey>,
    announced: Option<Arc<SigningKey>>,
    retired: Vec<(Arc<SigningKey>, Deadline)>,
    /// The key set as it was before the last rotation.
    before: Vec<Arc<SigningKey>>,
}

/// The rotated key sets of one world.
#[derive(Debug, Default)]
pub(super) struct Keysets(Mutex<BTreeMap<Issuer, Keyset>>);

impl Keysets {
    fn held(&self) -> MutexGuard<'_, BTreeMap<Issuer, Keyset>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keyset {
    fn first(ring: KeyRing, issuer: Issuer) -> Self {
        let active = ring.key(issuer).clone();
        Self { generation: 0, active, announced: None, retired: Vec::new(), before: Vec::new() }
    }

    fn published(&self, clocks: Clocks) -> Vec<PublishedKey> {
        let mut keys = vec![PublishedKey { key: self.active.clone(), state: KeyUse::Active }];
        keys.extend(self.announced.iter().map(|key| PublishedKey { key: key.clone(), state: KeyUse::Announced }));
        let retired = self.retired.iter().filter(|(_, until)| !until.is_over(clocks));
        keys.extend(retired.map(|(key, until)| PublishedKey { key: key.clone(), state: KeyUse::Retired(*until) }));
        keys
    }

    /// The next key of the ring. When it is one that is still published as retired, it comes back from there.
    fn next(&mut self, ring: KeyRing, issuer: Issuer) -> Arc<SigningKey> {
        self.generation += 1;
        // Another key may sign under the name of one of the ring; that one's turn is skipped.
        if ring.generation(issuer, self.generation).kid() == self.active.kid() {
            self.generation += 1;
        }
        let next = ring.generation(issuer, self.generation).clone();
        self.retired.retain(|(key, _)| key.kid() != next.kid());
        next
    }

    fn rotate(&mut self, clocks: Clocks, ring: KeyRing, issuer: Issuer, what: Rotation) -> Result<(), RotationFault> {
        let before = self.published(clocks).into_iter().map(|published| published.key).collect();
        self.retired.retain(|(_, until)| !until.is_over(clocks));
        match what {
            Rotation::Announce if self.announced.is_some() => return Err(RotationFault::AlreadyAnnounced),
            Rotation::Announce => self.announced = Some(self.next(ring, issuer)),
            Rotation::Activate => {
                let next = self.announced.take().ok_or(RotationFault::NothingAnnounced)?;
                let old = std::mem::replace(&mut self.active, next);
                self.retired.push((old, clocks.deadline(TokenPolicy::Wall, OVERLAPP)));
            }
            Rotation::Retire if self.retired.is_empty() => return Err(RotationFault::NothingToRetire),
            Rotation::Retire => self.retired.clear(),
            Rotation::Emergency => {
                self.active = self.next(ring, issuer);
                self.announced = None;
                self.retired.clear();
            }
            Rotation::SameKid => {
                let kid = self.active.kid().to_owned();
                self.active = Arc::new(self.next(ring, issuer).called(&kid));
            }
            Rotation::CertificateUntil(end) => self.active = Arc::new(self.active.certified_until(end)),
        }
        self.before = before;
        Ok(())
    }
}

/// `keys` as a JSON Web Key Set.
fn key_set<'k>(keys: impl Iterator<Item = &'k Arc<SigningKey>>) -> Value {
    json!({ "keys": keys.map(|key| key.jwk()).collect::<Vec<_>>() })
}

impl WorldState {
    /// The key that `issuer` signs with at this moment.
    #[must_use]
    pub fn signing_key(&self, issuer: Issuer) -> Arc<SigningKey> {
        let rotated = self.keysets().held().get(&issuer).map(|keys| keys.active.clone());
        rotated.unwrap_or_else(|| self.ring().key(issuer).clone())
    }

    /// The keys that `issuer` publishes, the active one first: with them its tokens are checked.
    #[must_use]
    pub fn published_keys(&self, clocks: Clocks, issuer: Issuer) -> Vec<PublishedKey> {
        let rotated = self.keysets().held().get(&issuer).map(|keys| keys.published(clocks));
        rotated.unwrap_or_else(|| vec![PublishedKey { key: self.ring().key(issuer).clone(), state: KeyUse::Active }])
    }

    /// The JSON Web Key Set of `issuer`.
    #[must_use]
    pub fn jwks(&self, clocks: Clocks, issuer: Issuer) -> Value {
        key_set(self.published_keys(clocks, issuer).iter().map(|published| &published.key))
    }

    /// The key set of `issuer` as it was before its last rotation; before the first, one that lacks the active key. For the
    /// fault `stale_jwks`.
    #[must_use]
    pub fn stale_jwks(&self, issuer: Issuer) -> Value {
        match self.keysets().held().get(&issuer) {
            Some(keys) => key_set(keys.before.iter()),
            None => key_set(std::iter::once(self.ring().generation(issuer, GENERATIONS - 1))),
        }
    }

    /// Checks the signature of a token of `issuer` with the published key its header names.
    ///
    /// # Errors
    /// [`JwsFault`]; `Signature` also when no published key has that name.
    pub fn check_signature(&self, clocks: Clocks, issuer: Issuer, jws: &Jws<'_>) -> Result<(), JwsFault> {
        let kid = jws.kid().unwrap_or_default();
        let published = self.published_keys(clocks, issuer).into_iter().find(|one| one.key.kid() == kid);
        let published = published.ok_or(JwsFault::Signature)?;
        jws.verify(published.key.public(), &[Algorithm::Rs256])
    }

    /// Does `what` with the keys of `issuer`.
    ///
    /// # Errors
    /// [`RotationFault`], and then nothing has changed.
    pub fn rotate_keys(&self, clocks: Clocks, issuer: Issuer, what: Rotation) -> Result<(), RotationFault> {
        let mut all = self.keysets().held();
        let mut keys = all.get(&issuer).cloned().unwrap_or_else(|| Keyset::first(self.ring(), issuer));
        keys.rotate(clocks, self.ring(), issuer, what)?;
        all.insert(issuer, keys);
        drop(all);
        // A token whose key is gone must not pass because it passed before.
        self.forget_verified();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::fixture::{at, state, world_at};

    const ISSUER: Issuer = Issuer::Idporten;

    fn kids(state: &WorldState, clocks: Clocks) -> Vec<String> {
        let set = state.jwks(clocks, ISSUER);
        set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }

    fn rotate(state: &WorldState, what: Rotation) {
        state.rotate_keys(at(0), ISSUER, what).unwrap();
    }

    #[test]
    fn a_key_is_announced_signs_and_leaves() {
        let state = state();
        let ring = state.ring();
        let kid = |generation| ring.generation(ISSUER, generation).kid().to_owned();
        assert_eq!(kids(&state, at(0)), [kid(0)]);
        rotate(&state, Rotation::Announce);
        assert_eq!((kids(&state, at(0)), state.signing_key(ISSUER).kid()), (vec![kid(0), kid(1)], kid(0).as_str()));
        rotate(&state, Rotation::Activate);
        assert_eq!((kids(&state, at(0)), state.signing_key(ISSUER).kid()), (vec![kid(1), kid(0)], kid(1).as_str()));
        rotate(&state, Rotation::Retire);
        assert_eq!(kids(&state, at(0)), [kid(1)]);
        assert_eq!(state.published_keys(at(0), Issuer::Maskinporten).len(), 1, "another issuer keeps its key");
        assert_eq!(
            state.signing_key(Issuer::Maskinporten).kid(),
            ring.key(Issuer::Maskinporten).kid(),
            "issuers are rotated one by one"
        );
    }

    #[test]
    fn a_retired_key_stays_for_a_day_of_either_clock() {
        for (clocks, there) in [(at(86_399), 2), (at(86_400), 1), (world_at(86_399), 2), (world_at(86_400), 1)] {
            let state = state();
            rotate(&state, Rotation::Announce);
            rotate(&state, Rotation::Activate);
            assert_eq!(kids(&state, clocks).len(), there, "{clocks:?}");
        }
    }

    #[test]
    fn what_cannot_be_done_is_refused_and_changes_nothing() {
        let state = state();
        let fault = |what| state.rotate_keys(at(0), ISSUER, what).unwrap_err();
        assert_eq!(fault(Rotation::Activate), RotationFault::NothingAnnounced);
        assert_eq!(fault(Rotation::Retire), RotationFault::NothingToRetire);
        rotate(&state, Rotation::Announce);
        let before = kids(&state, at(0));
        assert_eq!(fault(Rotation::Announce), RotationFault::AlreadyAnnounced);
        assert_eq!(kids(&state, at(0)), before);
    }

    #[test]
    fn in_an_emergency_only_the_new_key_is_left() {
        let state = state();
        rotate(&state, Rotation::Announce);
        let old = state.signing_key(ISSUER);
        let token = old.sign(None, &serde_json::Map::new());
        rotate(&state, Rotation::Emergency);
        assert_eq!(kids(&state, at(0)), [state.signing_key(ISSUER).kid()]);
        assert_ne!(state.signing_key(ISSUER).kid(), old.kid());
        let jws = Jws::parse(&token).unwrap();
        assert_eq!(state.check_signature(at(0), ISSUER, &jws), Err(JwsFault::Signature));
        // Nor one that was still published since an ordinary change.
        rotate(&state, Rotation::Announce);
        rotate(&state, Rotation::Activate);
        assert_eq!(kids(&state, at(0)).len(), 2);
        rotate(&state, Rotation::Emergency);
        assert_eq!(kids(&state, at(0)), [state.signing_key(ISSUER).kid()]);
    }

    #[test]
    fn another_key_under_the_same_name_verifies_its_own_tokens_only() {
        let state = state();
        let old = state.signing_key(ISSUER);
        rotate(&state, Rotation::SameKid);
        let new = state.signing_key(ISSUER);
        assert_eq!((old.kid(), kids(&state, at(0))), (new.kid(), vec![new.kid().to_owned()]));
        for (key, fits) in [(&old, false), (&new, true)] {
            let token = key.sign(None, &serde_json::Map::new());
            let jws = Jws::parse(&token).unwrap();
            assert_eq!(state.check_signature(at(0), ISSUER, &jws).is_ok(), fits);
        }
    }

    #[test]
    fn a_certificate_that_ends_soon_is_of_the_same_key() {
        let state = state();
        let before = state.jwks(at(0), ISSUER)["keys"][0].clone();
        rotate(&state, Rotation::CertificateUntil(Instant::from_millis(1_800_000_000_000)));
        let after = state.jwks(at(0), ISSUER)["keys"][0].clone();
        assert_eq!((&before["kid"], &before["n"]), (&after["kid"], &after["n"]));
        assert_ne!(before["x5c"], after["x5c"]);
    }

    #[test]
    fn a_stale_key_set_lacks_the_key_that_signs() {
        let state = state();
        let stale = |state: &WorldState| {
            let set = state.stale_jwks(ISSUER);
            set["keys"].as_array().unwrap().iter().any(|key| key["kid"] == state.signing_key(ISSUER).kid())
        };
        assert!(!stale(&state));
        rotate(&state, Rotation::Emergency);
        assert!(!stale(&state));
    }

    #[test]
    fn keys_come_again_after_all_have_been_used_and_none_is_published_twice() {
        let state = state();
        for _ in 0..3 * GENERATIONS {
            rotate(&state, Rotation::Announce);
            rotate(&state, Rotation::Activate);
            let kids = kids(&state, at(0));
            assert_eq!(kids.iter().collect::<std::collections::BTreeSet<_>>().len(), kids.len());
            assert!(kids.len() <= GENERATIONS);
        }
    }
}
