//! What a connection has shown before. A client sends the same `Authorization` with every request it makes, and a token
//! is longer than the rest of the request: it is read once.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderValue;

use super::client;
use crate::observe::{Tripwire, token_of};

/// Remembers the credentials of one connection. Travels with each of its requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Familiar(Arc<Mutex<Option<Credentials>>>);

/// What an `Authorization` header without a number of a real person's kind says. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Credentials(Arc<Reading>);

#[derive(Debug)]
struct Reading {
    value: HeaderValue,
    #[expect(
        clippy::option_option,
        reason = "no credentials, credentials that name nobody, and a name are three answers"
    )]
    named: Option<Option<String>>,
    token: Option<String>,
}

impl Credentials {
    /// Reads `value`; `None` when there is a number in it that has to be swapped.
    fn of(tripwire: &Tripwire, value: &HeaderValue) -> Option<Self> {
        let text = value.to_str().ok()?;
        let decoded = client::credentials(text);
        if !tripwire.is_clean(decoded.as_deref().unwrap_or(text.as_bytes())) {
            return None;
        }
        let token = token_of(text).map(str::to_owned);
        Some(Self(Arc::new(Reading { value: value.clone(), named: client::of_credentials(text), token })))
    }

    /// The client they name; the outer `None` when they are of a kind that names nobody.
    #[expect(
        clippy::option_option,
        reason = "no credentials, credentials that name nobody, and a name are three answers"
    )]
    pub(super) fn named(&self) -> Option<Option<&str>> {
        self.0.named.as_ref().map(Option::as_deref)
    }

    /// Header and claims of the token they show.
    pub(super) fn token(&self) -> Option<&str> {
        self.0.token.as_deref()
    }
}

impl Familiar {
    /// What `value` says, read now or remembered; `None` when there is a number in it that has to be swapped.
    pub(super) fn read(&self, tripwire: &Tripwire, value: &HeaderValue) -> Option<Credentials> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = last.as_ref().filter(|known| known.0.value == *value) {
            return Some(known.clone());
        }
        // Nothing of what is to be swapped stays behind.
        *last = Credentials::of(tripwire, value);
        last.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::looks_real;
    use crate::keys::encode_url;

    fn bearer(claims: &str) -> HeaderValue {
        let part = |text: &str| encode_url(text.as_bytes());
        format!("Bearer {}.{}.{}", part(r#"{"kid":"k"}"#), part(claims), part("sig")).parse().unwrap()
    }

    #[test]
    fn what_comes_again_is_known_and_what_is_new_is_read() {
        let (familiar, tripwire) = (Familiar::default(), Tripwire::default());
        let read = |value: &HeaderValue| familiar.read(&tripwire, value);
        let [one, other] = ["one", "other"].map(|name| bearer(&format!(r#"{{"client_id":"{name}"}}"#)));
        for (value, name) in [(&one, "one"), (&one, "one"), (&other, "other"), (&one, "one")] {
            let known = read(value).unwrap();
            assert_eq!(known.named(), Some(Some(name)));
            let token = known.token().unwrap();
            assert!(value.to_str().unwrap()[7..].starts_with(token) && token.ends_with('.'), "{token}");
        }
        assert!(Arc::ptr_eq(&read(&one).unwrap().0, &read(&one).unwrap().0), "read once");
        assert_eq!(read(&HeaderValue::from_static("Bearer opaque")).unwrap().named(), Some(None));
        let nobody = read(&HeaderValue::from_static("Digest x")).unwrap();
        assert_eq!((nobody.named(), nobody.token()), (None, None));
    }

    #[test]
    fn numbers_of_real_people_are_never_remembered() {
        let number = (0..100_000_u64).map(|tail| format!("010190{tail:05}")).find(|text| looks_real(text)).unwrap();
        let (familiar, tripwire) = (Familiar::default(), Tripwire::default());
        let basic = |user: &str| {
            use base64::Engine;
            let credentials = base64::engine::general_purpose::STANDARD.encode(format!("{user}:x"));
            format!("Basic {credentials}").parse::<HeaderValue>().unwrap()
        };
        assert_eq!(familiar.read(&tripwire, &basic("user")).unwrap().named(), Some(Some("user")));
        for value in [bearer(&format!(r#"{{"pid":"{number}"}}"#)), basic(&number), number.parse().unwrap()] {
            assert!(familiar.read(&tripwire, &value).is_none());
            assert!(familiar.0.lock().unwrap().is_none());
        }
    }
}
