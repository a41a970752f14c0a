//! What a caller must ask for more than once before it is there.

use super::clocks::{Clocks, Deadline};
use super::state::WorldState;

impl WorldState {
    /// Whether `what` is still to come: so it is the first `times` times it is asked for, and then no more until `until`.
    #[must_use]
    pub fn is_awaited(&self, clocks: Clocks, until: Deadline, what: &str, times: u8) -> bool {
        let what = what.to_owned();
        let mut protocol = self.protocol();
        match protocol.ventinger.get_mut(clocks, &what) {
            Some(asked) if *asked >= times => false,
            Some(asked) => {
                *asked += 1;
                true
            }
            None if times == 0 => false,
            None => {
                protocol.ventinger.put(clocks, what, 1, until);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::access::fixture::state;
    use crate::access::{Clocks, TokenPolicy};
    use crate::clock::Instant;

    #[test]
    fn a_thing_comes_after_it_was_asked_for_so_many_times() {
        let state = state();
        let at = |seconds: i64| Clocks { wall_ms: 0, world: Instant::from_millis(seconds * 1_000) };
        let until = at(0).deadline(TokenPolicy::Virtual, 100);
        let ask = |seconds, what: &str, times| state.is_awaited(at(seconds), until, what, times);
        assert_eq!([0, 1, 2, 3].map(|_| ask(0, "a", 2)), [true, true, false, false]);
        assert!(ask(0, "b", 1) && !ask(99, "b", 1), "each for itself");
        assert!(!ask(0, "c", 0));
        assert!(ask(100, "a", 2), "by then it is another");
    }
}
