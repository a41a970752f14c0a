//! Protocol state of all worlds: one record for each incarnation of a world, beside the town and outside the log.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::hmac;

use super::answers::Answers;
use super::apps::Apps;
use super::automation::Automation;
use super::client_keys::ClientKeys;
use super::codes::CodeSlot;
use super::control::Control;
use super::grants::{Issued, Mark, RefreshSlot};
use super::ids::Ordinals;
use super::keysets::Keysets;
use super::machine_tokens::{MachineToken, OpakeTokens};
use super::minprofil::Oekt;
use super::open_logins::OpenLogin;
use super::pushed::Pushed;
use super::sessions::SsoSession;
use super::shelf::Shelf;
use crate::base::{Seed, keyed_hash};
use crate::keys::{Issuer, KeyRing};

/// Log-in pages that wait for a choice.
const MAX_LOGINS: usize = 10_000;
/// Authorization codes not yet, or just, exchanged.
const MAX_CODES: usize = 20_000;
/// Authorization requests sent ahead; each as long as a body may be, for two minutes at most.
const MAX_PUSHED: usize = 4_000;
/// Single sign-on sessions.
const MAX_SESSIONS: usize = 10_000;
/// Assertions remembered until they expire. Two minutes at a rate no laptop reaches.
const MAX_REPLAYS: usize = 250_000;
/// Grants taken back before their time.
const MAX_REVOKED: usize = 10_000;
/// Machine tokens whose signature need not be checked again.
const MAX_VERIFIED: usize = 4_000;

/// Things asked for that are still to come.
const MAX_VENTINGER: usize = 10_000;

/// Protocol state of every world of this process. Cheap to clone; all clones are the same.
#[derive(Clone, Default)]
pub struct Access {
    worlds: Arc<Mutex<BTreeMap<u64, Arc<WorldState>>>>,
    opake: OpakeTokens,
    client_keys: ClientKeys,
    /// Apps the server knows.
    pub apps: Apps,
    /// Answers that can be given again.
    pub answers: Answers,
    /// What requests ask of the server itself.
    pub control: Control,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Access({} worlds)", held(&self.worlds).len())
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Access {
    /// No state yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The state of the world with `incarnation`, whose town was made from `seed`; empty when first asked for.
    #[must_use]
    pub fn of_world(&self, incarnation: u64, seed: Seed) -> Arc<WorldState> {
        let mut worlds = held(&self.worlds);
        worlds
            .entry(incarnation)
            .or_insert_with(|| {
                Arc::new(WorldState::new(incarnation, seed, self.opake.clone(), self.client_keys.clone()))
            })
            .clone()
    }

    /// Incarnation of the world in which `flow`, the id of a login page or an authorization code, was given; `None` when
    /// it is neither. Whether it is still good is for that world to say.
    #[must_use]
    pub fn world_of(&self, flow: &str) -> Option<u64> {
        let bytes = match flow.split_once('.') {
            Some((first, second)) => [crate::keys::decode_url(first)?, crate::keys::decode_url(second)?].concat(),
            None => crate::keys::decode_url(flow)?,
        };
        // Only worlds in which somebody has logged in have state, and a MAC takes a microsecond.
        held(&self.worlds).values().find(|state| state.is_bound(&bytes)).map(|state| state.incarnation)
    }

    /// Forgets the state of a world that is gone.
    pub fn forget(&self, incarnation: u64) {
        held(&self.worlds).remove(&incarnation);
    }

    /// Forgets every world but those `alive`.
    pub fn retain(&self, alive: impl Fn(u64) -> bool) {
        held(&self.worlds).retain(|&incarnation, _| alive(incarnation));
    }

    /// How many worlds have state.
    #[must_use]
    pub fn len(&self) -> usize {
        held(&self.worlds).len()
    }

    /// Whether no world has state.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What the login and token services remember of one world.
pub struct WorldState {
    incarnation: u64,
    ring: KeyRing,
    keysets: Keysets,
    automation: Automation,
    opake: OpakeTokens,
    client_keys: ClientKeys,
    secret: hmac::Key,
    protocol: Mutex<Protocol>,
}

impl std::fmt::Debug for WorldState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WorldState({})", self.incarnation)
    }
}

/// The parts that change.
pub(super) struct Protocol {
    pub(super) ordinals: Ordinals,
    pub(super) origins: BTreeMap<String, String>,
    pub(super) logins: Shelf<(Issuer, String), Arc<OpenLogin>>,
    pub(super) codes: Shelf<(Issuer, String), CodeSlot>,
    pub(super) sessions: Shelf<(Issuer, String), SsoSession>,
    pub(super) minprofil: Shelf<String, Oekt>,
    pub(super) pushed: Shelf<(Issuer, String), Pushed>,
    pub(super) refresh: Shelf<[u8; 32], RefreshSlot>,
    pub(super) issued: Shelf<String, Arc<Issued>>,
    pub(super) revoked: Shelf<Mark, ()>,
    pub(super) verified: Shelf<[u8; 32], Arc<MachineToken>>,
    pub(super) replays: Shelf<[u8; 16], ()>,
    pub(super) ventinger: Shelf<String, u8>,
}

impl WorldState {
    fn new(incarnation: u64, seed: Seed, opake: OpakeTokens, client_keys: ClientKeys) -> Self {
        let secret = keyed_hash("access/secret", &[&seed.0.to_be_bytes()]);
        Self {
            incarnation,
            opake,
            client_keys,
            ring: KeyRing::for_seed(seed),
            keysets: Keysets::default(),
            automation: Automation::default(),
            secret: hmac::Key::new(hmac::HMAC_SHA256, &secret.0),
            protocol: Mutex::new(Protocol {
                ordinals: Ordinals::default(),
                origins: BTreeMap::new(),
                logins: Shelf::new(MAX_LOGINS),
                codes: Shelf::new(MAX_CODES),
                sessions: Shelf::new(MAX_SESSIONS),
                minprofil: Shelf::new(MAX_SESSIONS),
                pushed: Shelf::new(MAX_PUSHED),
                refresh: Shelf::new(MAX_CODES),
                issued: Shelf::new(MAX_CODES),
                revoked: Shelf::new(MAX_REVOKED),
                verified: Shelf::new(MAX_VERIFIED),
                replays: Shelf::new(MAX_REPLAYS),
                ventinger: Shelf::new(MAX_VENTINGER),
            }),
        }
    }

    /// The keys of the ring that this world's town uses. Worlds of one seed share them; which of them signs at the moment,
    /// [`WorldState::signing_key`] says.
    #[must_use]
    pub fn ring(&self) -> KeyRing {
        self.ring
    }

    pub(super) fn automation(&self) -> &Automation {
        &self.automation
    }

    pub(super) fn keysets(&self) -> &Keysets {
        &self.keysets
    }

    /// Forgets which tokens have been checked already.
    pub(super) fn forget_verified(&self) {
        self.protocol().verified = Shelf::new(MAX_VERIFIED);
    }

    /// Registered keys that have been read.
    pub(super) fn client_keys(&self) -> &ClientKeys {
        &self.client_keys
    }

    /// Opaque tokens of machines.
    pub(super) fn opake(&self) -> &OpakeTokens {
        &self.opake
    }

    pub(super) fn protocol(&self) -> MutexGuard<'_, Protocol> {
        held(&self.protocol)
    }

    /// The secret that every world of one seed shares.
    pub(super) fn secret(&self) -> &hmac::Key {
        &self.secret
    }

    /// Which incarnation of a world this is.
    pub(super) fn incarnation(&self) -> u64 {
        self.incarnation
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::fixture::used_once;
    use crate::keys::encode_url;

    #[test]
    fn a_login_and_a_code_say_which_world_gave_them() {
        let access = Access::new();
        let (main, fork) = (access.of_world(1, Seed(7)), access.of_world(2, Seed(7)));
        let id = main.bind([9; 32]);
        let code = format!("{}.{}", encode_url(&id[..16]), encode_url(&id[16..]));
        assert_eq!([access.world_of(&code), access.world_of(&encode_url(&id))], [Some(1), Some(1)]);
        assert_eq!(access.world_of(&encode_url(&fork.bind([9; 32]))), Some(2));
        for other in ["", ".", "a.b", "not base64url!", &encode_url(&[9; 32])] {
            assert_eq!(access.world_of(other), None, "{other}");
        }
        access.forget(1);
        assert_eq!(access.world_of(&code), None);
    }

    #[test]
    fn worlds_have_state_of_their_own_until_forgotten() {
        let access = Access::new();
        let state = access.of_world(1, Seed(7));
        assert!(used_once(&state, 0, "a", "1"));
        assert!(!used_once(&access.of_world(1, Seed(7)), 0, "a", "1"));
        assert!(used_once(&access.of_world(2, Seed(7)), 0, "a", "1"));
        access.forget(1);
        assert!(used_once(&access.of_world(1, Seed(7)), 0, "a", "1"));
        access.retain(|incarnation| incarnation == 2);
        assert_eq!(access.len(), 1);
    }
}
