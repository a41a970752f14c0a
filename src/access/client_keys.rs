//! Registered keys of clients, read once: reading a JSON Web Key and putting the key together costs about as much as all
//! else a token endpoint does beside signing.
//!
//! What is kept is found by the whole text of the registration, so nothing has to be dropped for an answer to be right: a
//! key that is registered anew, in whatever world and under whatever name, is another text.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::state::WorldState;
use crate::keys::{JwkFault, PublicKey, parse_jwk};

/// Keys kept, over all worlds of a process.
const MOST: usize = 1_000;
/// Longest registration kept, bytes: an RSA key of 8192 bits has 1 400. What is longer is read every time.
const LONGEST: usize = 8 << 10;

#[derive(Debug, Default)]
struct Held {
    keys: BTreeMap<Arc<str>, Arc<PublicKey>>,
    order: VecDeque<Arc<str>>,
}

/// Keys that have been read. Cheap to clone; all clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct ClientKeys(Arc<Mutex<Held>>);

impl ClientKeys {
    fn of(&self, jwk: &str) -> Result<Arc<PublicKey>, JwkFault> {
        let held = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = held().keys.get(jwk) {
            return Ok(key.clone());
        }
        let key = Arc::new(parse_jwk(jwk)?);
        if jwk.len() <= LONGEST {
            let (mut held, text) = (held(), Arc::<str>::from(jwk));
            if held.keys.insert(text.clone(), key.clone()).is_none() {
                held.order.push_back(text);
            }
            if held.order.len() > MOST
                && let Some(oldest) = held.order.pop_front()
            {
                held.keys.remove(&oldest);
            }
        }
        Ok(key)
    }
}

impl WorldState {
    /// The key that a client registered as `jwk`.
    ///
    /// # Errors
    /// [`JwkFault`] when it is none.
    pub fn registered_key(&self, jwk: &str) -> Result<Arc<PublicKey>, JwkFault> {
        self.client_keys().of(jwk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Seed;
    use crate::keys::client_key;

    fn jwk(kid: usize) -> String {
        client_key().public().clone().named(&kid.to_string()).to_jwk().to_string()
    }

    #[test]
    fn a_registration_is_read_once_in_all_worlds_and_another_text_is_another_key() {
        let access = crate::access::Access::new();
        let (main, fork) = (access.of_world(1, Seed(7)), access.of_world(2, Seed(7)));
        let first = main.registered_key(&jwk(1)).unwrap();
        assert!(Arc::ptr_eq(&first, &main.registered_key(&jwk(1)).unwrap()));
        assert!(Arc::ptr_eq(&first, &fork.registered_key(&jwk(1)).unwrap()));
        let second = main.registered_key(&jwk(2)).unwrap();
        assert_eq!((first.kid.as_deref(), second.kid.as_deref()), (Some("1"), Some("2")));
        assert_eq!(main.registered_key("{}").unwrap_err(), JwkFault::Member("kty"));
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many_and_what_is_long_is_not_kept() {
        let keys = ClientKeys::default();
        let first = keys.of(&jwk(0)).unwrap();
        for kid in 1..MOST {
            keys.of(&jwk(kid)).unwrap();
        }
        assert!(Arc::ptr_eq(&first, &keys.of(&jwk(0)).unwrap()));
        keys.of(&jwk(MOST)).unwrap();
        let held = |keys: &ClientKeys| {
            let held = keys.0.lock().unwrap();
            (held.keys.len(), held.order.len())
        };
        assert_eq!(held(&keys), (MOST, MOST));
        assert!(!Arc::ptr_eq(&first, &keys.of(&jwk(0)).unwrap()));
        let spaced = |length: usize| format!("{}{}", jwk(1), " ".repeat(length - jwk(1).len()));
        let keys = ClientKeys::default();
        for (length, kept) in [(LONGEST, 1), (LONGEST + 1, 1)] {
            keys.of(&spaced(length)).unwrap();
            assert_eq!(held(&keys), (kept, kept), "{length}");
        }
    }
}
