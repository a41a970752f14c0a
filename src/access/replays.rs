//! Assertions that have been used (`specs/eid.md` §3.6, §5.2).

use super::clocks::{Clocks, Deadline};
use super::state::WorldState;
use crate::keys::Issuer;

impl WorldState {
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
}

#[cfg(test)]
mod tests {
    use crate::access::fixture::{state, used_once};

    #[test]
    fn an_assertion_is_used_once_until_its_time_is_over() {
        let state = state();
        let used = |now, client: &str, jti: &str| used_once(&state, now, client, jti);
        assert!(used(0, "a", "1"));
        assert!(!used(0, "a", "1"));
        assert!(used(0, "b", "1") && used(0, "a", "2"), "another client or another id is another assertion");
        assert!(!used(119, "a", "1"));
        assert!(used(120, "a", "1"), "by now the assertion itself has expired");
    }

    #[test]
    fn of_many_simultaneous_uses_exactly_one_wins() {
        let state = state();
        let uses = || usize::from(used_once(&state, 0, "a", "1"));
        let wins: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(|| (0..50).map(|_| uses()).sum::<usize>())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(wins, 1);
    }
}
