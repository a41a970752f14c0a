//! What the gate knows of a service without asking it: where it is, what it offers, and how it says that it cannot.

use axum::http::StatusCode;
use axum::response::Response;

use crate::base::nearest;
use crate::clock::Instant;
use crate::keys::Issuer;
use crate::observe::Operation;
use crate::town::state::Fault;

/// A mocked service from the outside. Each service declares one.
#[derive(Clone, Copy, Debug)]
pub struct Skin {
    /// Service id (`specs/names.md` §1).
    pub service: &'static str,
    /// Where its paths begin.
    pub mount: &'static str,
    /// Its operations, literal paths before those with variables. Those without a base lie beside the mount.
    pub operations: &'static [Operation],
    /// Whether its operations take an access token.
    pub takes_token: bool,
    /// The service's own answer for a request it cannot serve.
    pub trouble: fn(&Trouble<'_>) -> Response,
}

/// Why a service cannot serve a request, for an answer in its own form.
#[derive(Clone, Copy, Debug)]
pub struct Trouble<'a> {
    /// The status to answer with, 400 to 599.
    pub status: StatusCode,
    /// How long the caller is told to wait, milliseconds.
    pub retry_after_ms: Option<u32>,
    /// The operation, when the path is one's.
    pub operation: &'a str,
    /// Path of the request below the mount.
    pub path: &'a str,
    /// Virtual time.
    pub now: Instant,
    /// Id of the request.
    pub request_id: &'a str,
}

impl Trouble<'_> {
    /// The wait as the standard has it (RFC 9110 §10.2.3): whole seconds, rounded up. Some time when none is given.
    #[must_use]
    pub fn retry_after_seconds(&self, otherwise: u32) -> u32 {
        self.retry_after_ms.map_or(otherwise, |millis| millis.div_ceil(1_000))
    }
}

impl Skin {
    /// Whether the service gives out tokens and keys.
    #[must_use]
    pub fn is_issuer(&self) -> bool {
        self.issuer().is_some()
    }

    /// Whose tokens and keys the service gives out.
    #[must_use]
    pub fn issuer(&self) -> Option<Issuer> {
        [Issuer::Idporten, Issuer::Ansattporten, Issuer::Maskinporten]
            .into_iter()
            .find(|one| one.name() == self.service)
    }

    /// What of `path` lies below this service's mount; the whole path when it is one of its paths elsewhere.
    fn below<'p>(&self, path: &'p str) -> Option<&'p str> {
        let elsewhere = self.operations.iter().filter(|operation| operation.base.is_empty());
        if elsewhere.into_iter().any(|operation| operation.variables(path).is_some()) {
            return Some(path);
        }
        let rest = path.strip_prefix(self.mount)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }

    /// The service of `skins` that `path` belongs to, and the rest of the path.
    #[must_use]
    pub fn of_path<'p>(skins: &'static [Self], path: &'p str) -> Option<(&'static Self, &'p str)> {
        skins.iter().find_map(|skin| Some((skin, skin.below(path)?)))
    }

    /// The operation for `method` and a whole path.
    #[must_use]
    pub fn operation(&self, method: &str, path: &str) -> Option<&'static str> {
        let mut found = self.operations.iter().filter(|operation| operation.takes(method));
        found.find(|operation| operation.variables(path).is_some()).map(|operation| operation.name)
    }

    /// Names a fault or an expectation may use: the services and their operations, each once.
    #[must_use]
    pub fn names(skins: &'static [Self]) -> Vec<&'static str> {
        let mut names = Vec::new();
        for skin in skins {
            let operations = skin.operations.iter().map(|operation| operation.name);
            for name in std::iter::once(skin.service).chain(operations) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    /// The service that `name` is, or is an operation of.
    #[must_use]
    pub fn named(skins: &'static [Self], name: &str) -> Option<&'static Self> {
        skins.iter().find(|skin| skin.service == name || skin.operations.iter().any(|operation| operation.name == name))
    }
}

/// What is wrong with the place of a fault.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PlaceFault {
    /// Neither a service nor an operation.
    #[error("there is no service or operation `{on}`{}", near.map_or_else(String::new, |near| format!("; did you mean `{near}`?")))]
    Unknown {
        /// What was given.
        on: String,
        /// The nearest right name.
        near: Option<&'static str>,
    },
    /// The service takes no access token that could end.
    #[error("`{0}` takes no access token that could end")]
    NoToken(&'static str),
    /// The service gives out neither tokens nor keys.
    #[error("`{0}` gives out neither tokens nor keys")]
    NoIssuer(&'static str),
    /// The operation does not give out what the fault is about.
    #[error("`{0}` does not give out what this fault is about")]
    OtherOperation(String),
}

impl Skin {
    /// Whether `fault` can be set on the service or operation `on`.
    ///
    /// # Errors
    /// A [`PlaceFault`] that says why not.
    pub fn check_place(skins: &'static [Self], on: &str, fault: Fault) -> Result<(), PlaceFault> {
        match Self::named(skins, on) {
            None => Err(PlaceFault::Unknown { on: on.to_owned(), near: nearest(on, Self::names(skins)) }),
            Some(skin) if fault == Fault::TokenExpiry && !skin.takes_token => Err(PlaceFault::NoToken(skin.service)),
            Some(skin) if fault.is_of_issuer() && !skin.is_issuer() => Err(PlaceFault::NoIssuer(skin.service)),
            Some(skin) if on != skin.service && !fault.fits(on) => Err(PlaceFault::OtherOperation(on.to_owned())),
            Some(_) => Ok(()),
        }
    }
}
