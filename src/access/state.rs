//! Protocol state of all worlds: one record for each incarnation of a world, beside the town and outside the log.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::hmac;

use super::answers::Answers;
use super::apps::Apps;
use super::automation::Automation;
use super::clocks::{Clocks, Deadline};
use super::control::Control;
use super::grants::{Issued, Mark, RefreshSlot};
use super::keysets::Keysets;
use super::machine_tokens::{MachineToken, OpakeTokens};
use super::open_logins::OpenLogin;
use super::pushed::Pushed;
use super::sessions::{CodeSlot, SsoSession};
use super::shelf::Shelf;
use crate::base::{Seed, keyed_hash};
use crate::keys::{Issuer, KeyRing, encode_url};

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
/// Addresses under which a town's issuers have been read.
const MAX_ORIGINS: usize = 64;
/// Keys with an ordinal of their own; later ones share one.
const MAX_ORDINALS: usize = 50_000;

/// Protocol state of every world of this process. Cheap to clone; all clones are the same.
#[derive(Clone, Default)]
pub struct Access {
    worlds: Arc<Mutex<BTreeMap<u64, Arc<WorldState>>>>,
    opake: OpakeTokens,
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
            .or_insert_with(|| Arc::new(WorldState::new(incarnation, seed, self.opake.clone())))
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
    ordinals: BTreeMap<[u8; 16], u64>,
    shared_ordinal: u64,
    origins: BTreeMap<String, String>,
    pub(super) logins: Shelf<(Issuer, String), Arc<OpenLogin>>,
    pub(super) codes: Shelf<(Issuer, String), CodeSlot>,
    pub(super) sessions: Shelf<(Issuer, String), SsoSession>,
    pub(super) pushed: Shelf<(Issuer, String), Pushed>,
    pub(super) refresh: Shelf<[u8; 32], RefreshSlot>,
    pub(super) issued: Shelf<String, Arc<Issued>>,
    pub(super) revoked: Shelf<Mark, ()>,
    pub(super) verified: Shelf<[u8; 32], Arc<MachineToken>>,
    replays: Shelf<[u8; 16], ()>,
}

impl WorldState {
    fn new(incarnation: u64, seed: Seed, opake: OpakeTokens) -> Self {
        let secret = keyed_hash("access/secret", &[&seed.0.to_be_bytes()]);
        Self {
            incarnation,
            opake,
            ring: KeyRing::for_seed(seed),
            keysets: Keysets::default(),
            automation: Automation::default(),
            secret: hmac::Key::new(hmac::HMAC_SHA256, &secret.0),
            protocol: Mutex::new(Protocol {
                ordinals: BTreeMap::new(),
                // Far above every ordinal of its own, so that no id is given twice.
                shared_ordinal: 1 << 63,
                origins: BTreeMap::new(),
                logins: Shelf::new(MAX_LOGINS),
                codes: Shelf::new(MAX_CODES),
                sessions: Shelf::new(MAX_SESSIONS),
                pushed: Shelf::new(MAX_PUSHED),
                refresh: Shelf::new(MAX_CODES),
                issued: Shelf::new(MAX_CODES),
                revoked: Shelf::new(MAX_REVOKED),
                verified: Shelf::new(MAX_VERIFIED),
                replays: Shelf::new(MAX_REPLAYS),
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

    /// Opaque tokens of machines.
    pub(super) fn opake(&self) -> &OpakeTokens {
        &self.opake
    }

    pub(super) fn protocol(&self) -> MutexGuard<'_, Protocol> {
        held(&self.protocol)
    }

    /// HMAC-SHA256 under the town's secret over `purpose` and length-prefixed `parts`.
    pub(super) fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.secret);
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
        let ordinal = self.protocol().next_ordinal(key[..16].try_into().expect("sixteen bytes of thirty-two"));
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
        let tag = self.mac("world", &[&self.incarnation.to_be_bytes(), &id[..16]]);
        id[16..].copy_from_slice(&tag[..16]);
        id
    }

    fn is_bound(&self, id: &[u8]) -> bool {
        id.len() == 32 && self.mac("world", &[&self.incarnation.to_be_bytes(), &id[..16]])[..16] == id[16..]
    }

    /// Whether `id` was given by [`WorldState::bound_id`] in this very world.
    #[must_use]
    pub fn is_of_this_world(&self, id: &str) -> bool {
        crate::keys::decode_url(id).is_some_and(|bytes| self.is_bound(&bytes))
    }

    /// Remembers until `until` that an assertion of a client was used; `false` when it was remembered already. One of any
    /// number of simultaneous calls gets `true`.
    ///
    /// # Panics
    /// Never: a MAC has 32 bytes.
    #[must_use]
    pub fn use_once(&self, clocks: Clocks, until: Deadline, whose: (Issuer, &str), assertion: &str) -> bool {
        let mac = self.mac("replay", &[whose.0.name().as_bytes(), whose.1.as_bytes(), assertion.as_bytes()]);
        let key: [u8; 16] = mac[..16].try_into().expect("sixteen bytes of thirty-two");
        let mut protocol = self.protocol();
        if protocol.replays.get(clocks, &key).is_some() {
            return false;
        }
        protocol.replays.put(clocks, key, (), until);
        true
    }

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

impl Protocol {
    fn next_ordinal(&mut self, key: [u8; 16]) -> u64 {
        if self.ordinals.len() >= MAX_ORDINALS && !self.ordinals.contains_key(&key) {
            self.shared_ordinal += 1;
            return self.shared_ordinal;
        }
        let next = self.ordinals.entry(key).or_default();
        *next += 1;
        *next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::TokenPolicy;
    use crate::access::fixture::at;

    fn world_state(incarnation: u64, seed: Seed) -> WorldState {
        WorldState::new(incarnation, seed, OpakeTokens::default())
    }

    fn once(state: &WorldState, now: i64, client: &str, jti: &str) -> bool {
        let until = at(0).deadline_on(TokenPolicy::Wall, 120);
        state.use_once(at(now), until, (Issuer::Maskinporten, client), jti)
    }

    #[test]
    fn ids_repeat_between_runs_and_worlds_but_never_within_one() {
        let (first, second) = (world_state(1, Seed(7)), world_state(2, Seed(7)));
        let draw = |state: &WorldState| state.draw_text(Issuer::Idporten, "code", "app", "person");
        let ids: Vec<_> = (0..5).map(|_| draw(&first)).collect();
        assert_eq!(ids, (0..5).map(|_| draw(&second)).collect::<Vec<_>>());
        assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 5);
        assert!(ids.iter().all(|id| id.len() == 43));
        assert_ne!(ids[0], world_state(1, Seed(8)).draw_text(Issuer::Idporten, "code", "app", "person"));
    }

    #[test]
    fn requests_of_others_do_not_disturb_an_id() {
        let (alone, among) = (world_state(1, Seed(7)), world_state(1, Seed(7)));
        let _ = among.draw(Issuer::Idporten, "code", "other app", "person");
        let _ = among.draw(Issuer::Idporten, "code", "app", "other person");
        let _ = among.draw(Issuer::Maskinporten, "code", "app", "person");
        assert_eq!(
            alone.draw(Issuer::Idporten, "code", "app", "person"),
            among.draw(Issuer::Idporten, "code", "app", "person")
        );
    }

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
    fn a_bound_id_is_known_in_its_own_world_only() {
        let (main, fork) = (world_state(1, Seed(7)), world_state(2, Seed(7)));
        let id = main.bound_id("jti", &[b"code"]);
        assert!(main.is_of_this_world(&id));
        assert!(!fork.is_of_this_world(&id), "a fork shares the seed, not the tokens");
        assert!(!world_state(1, Seed(8)).is_of_this_world(&id));
        assert!(!main.is_of_this_world("short") && !main.is_of_this_world(""));
    }

    #[test]
    fn a_subject_differs_by_client_and_not_by_world() {
        let state = world_state(1, Seed(7));
        let sub = state.pairwise(Issuer::Idporten, "app", "1");
        assert_eq!(sub.len(), 43);
        assert_eq!(sub, world_state(9, Seed(7)).pairwise(Issuer::Idporten, "app", "1"));
        assert_ne!(sub, state.pairwise(Issuer::Idporten, "app 2", "1"));
        assert_ne!(sub, state.pairwise(Issuer::Maskinporten, "app", "1"));
    }

    #[test]
    fn an_assertion_is_used_once_until_its_time_is_over() {
        let state = world_state(1, Seed(7));
        let used = |now, client: &str, jti: &str| once(&state, now, client, jti);
        assert!(used(0, "a", "1"));
        assert!(!used(0, "a", "1"));
        assert!(used(0, "b", "1") && used(0, "a", "2"), "another client or another id is another assertion");
        assert!(!used(119, "a", "1"));
        assert!(used(120, "a", "1"), "by now the assertion itself has expired");
    }

    #[test]
    fn of_many_simultaneous_uses_exactly_one_wins() {
        let state = world_state(1, Seed(7));
        let uses = || usize::from(once(&state, 0, "a", "1"));
        let wins: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(|| (0..50).map(|_| uses()).sum::<usize>())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(wins, 1);
    }

    #[test]
    fn an_alias_is_short_stable_and_leads_back() {
        let state = world_state(1, Seed(7));
        let alias = state.remember_origin("http://byteby:2983");
        assert_eq!(state.origin_of(&alias).as_deref(), Some("http://byteby:2983"));
        assert_eq!(alias, state.remember_origin("http://byteby:2983"));
        assert_ne!(alias, state.remember_origin("http://127.0.0.1:2983"));
        assert!(alias.len() == 8 && alias.bytes().all(|letter| letter.is_ascii_alphanumeric()), "{alias}");
        assert_eq!(state.origin_of("nowhere"), None);
    }

    #[test]
    fn worlds_have_state_of_their_own_until_forgotten() {
        let access = Access::new();
        let state = access.of_world(1, Seed(7));
        assert!(once(&state, 0, "a", "1"));
        assert!(!once(&access.of_world(1, Seed(7)), 0, "a", "1"));
        assert!(once(&access.of_world(2, Seed(7)), 0, "a", "1"));
        access.forget(1);
        assert!(once(&access.of_world(1, Seed(7)), 0, "a", "1"));
        access.retain(|incarnation| incarnation == 2);
        assert_eq!(access.len(), 1);
    }
}
