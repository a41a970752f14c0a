//! Sub-state of fault rules: what is to go wrong with a mocked service, and for how long
//! (`specs/experience.md` §10.3, `Fault`). How often a rule has struck is protocol state and lies beside the town.

use std::sync::Arc;

use imbl::OrdMap;

use crate::clock::Instant;
use crate::town::model::PersonKey;

/// One whole, in the unit of [`FaultRule::p`].
pub const ALWAYS: u32 = 1_000_000;

/// What goes wrong. The order is part of the log encoding: append only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Fault {
    /// The answer leaves late.
    Latency {
        /// Real milliseconds.
        delay_ms: u32,
    },
    /// The service answers with an error in its own form and does nothing.
    Error {
        /// HTTP status, 400 to 599.
        status: u16,
    },
    /// The service is never reached: nothing comes until the client gives up, or the connection is closed.
    Timeout {
        /// Real milliseconds until the connection is closed.
        after_ms: u32,
    },
    /// The connection is reset without an answer, and the service does nothing.
    Reset,
    /// The answer comes in small pieces.
    SlowBody {
        /// Real milliseconds from the first piece to the last.
        delay_ms: u32,
    },
    /// The connection is closed in the middle of the answer.
    Truncate {
        /// Share of the body that comes through, in per cent, 0 to 99.
        percent: u8,
    },
    /// 429 with the service's own headers.
    Throttle {
        /// Real milliseconds the client is told to wait; what the service usually says when `None`.
        retry_after_ms: Option<u32>,
    },
    /// The service is down for maintenance.
    Outage {
        /// Real milliseconds the client is told to wait; nothing is said when `None`.
        retry_after_ms: Option<u32>,
        /// Nobody answers at all: connections are reset instead of answered with 503.
        silent: bool,
    },
    /// The access token of the request has ended.
    TokenExpiry,
    /// The tokens of the answer are not as they should be (`specs/eid.md` §10.6).
    Token(TokenFault),
    /// The key set of the answer lacks the key that signs.
    StaleJwks,
    /// The answer is a page where a document should be.
    HtmlInsteadOfJson,
    /// The firewall in front of the service refuses addresses with script-like or illegal characters, and no others
    /// (`specs/folkeregister.md` §4).
    Gateway,
}

/// What is wrong with a token that is given, signed with the right key all the same. The order is part of the log
/// encoding: append only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum TokenFault {
    /// `iss` is another issuer.
    WrongIss,
    /// `aud` is somebody else.
    WrongAud,
    /// `nonce` is not the one sent.
    WrongNonce,
    /// A claim is missing.
    MissingClaim(Krav),
    /// `acr` is one level lower than was reached.
    AcrDowngrade,
    /// The token has expired already.
    Expired,
    /// `jti` is that of every other token this strikes.
    DuplicateJti,
}

/// A claim that can be missing. The order is part of the log encoding: append only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Krav {
    /// `iss`.
    Iss,
    /// `sub`.
    Sub,
    /// `aud`.
    Aud,
    /// `exp`.
    Exp,
    /// `iat`.
    Iat,
    /// `jti`.
    Jti,
    /// `nonce`.
    Nonce,
    /// `pid`.
    Pid,
    /// `acr`.
    Acr,
    /// `amr`.
    Amr,
    /// `auth_time`.
    AuthTime,
    /// `sid`.
    Sid,
    /// `scope`.
    Scope,
    /// `client_id`.
    ClientId,
    /// `consumer`.
    Consumer,
}

impl Krav {
    /// All of them, by name in the order of the encoding.
    pub const NAVN: &'static [&'static str] = &[
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "jti",
        "nonce",
        "pid",
        "acr",
        "amr",
        "auth_time",
        "sid",
        "scope",
        "client_id",
        "consumer",
    ];
    const ALLE: [Self; 15] = [
        Self::Iss,
        Self::Sub,
        Self::Aud,
        Self::Exp,
        Self::Iat,
        Self::Jti,
        Self::Nonce,
        Self::Pid,
        Self::Acr,
        Self::Amr,
        Self::AuthTime,
        Self::Sid,
        Self::Scope,
        Self::ClientId,
        Self::Consumer,
    ];

    /// Its name in a token.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAVN[self as usize]
    }

    /// The claim called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALLE.into_iter().find(|krav| krav.name() == name)
    }
}

impl Fault {
    /// Whether an answer of `operation` can be struck: tokens are given by operations called `….token`, signed authorization
    /// responses by `….innlogging`, key sets by `….jwks` and `….jwk`; everything else strikes anywhere.
    #[must_use]
    pub fn fits(self, operation: &str) -> bool {
        self.fits_service(operation) || matches!(self, Self::Token(_)) && operation.ends_with(".innlogging")
    }

    /// Whether an answer of `operation` can be struck by a rule on its whole service. Few authorization responses are
    /// signed, so a rule about tokens strikes them only when it names that operation.
    #[must_use]
    pub fn fits_service(self, operation: &str) -> bool {
        match self {
            Self::Token(_) => operation.ends_with(".token"),
            Self::StaleJwks => operation.ends_with(".jwks") || operation.ends_with(".jwk"),
            _ => true,
        }
    }

    /// What is wrong with tokens, when it is about them.
    #[must_use]
    pub fn of_token(self) -> Option<TokenFault> {
        match self {
            Self::Token(fault) => Some(fault),
            _ => None,
        }
    }

    /// Whether it is about what an issuer gives out.
    #[must_use]
    pub fn is_of_issuer(self) -> bool {
        matches!(self, Self::Token(_) | Self::StaleJwks)
    }
}

/// A rule: where, what, how often and how long.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct FaultRule {
    /// Its name, a slug.
    pub name: String,
    /// A service id or the name of an operation (`specs/names.md` §1).
    pub on: String,
    /// What goes wrong.
    pub fault: Fault,
    /// How often, in parts per million of the requests it is for.
    pub p: u32,
    /// When it was set.
    pub from: Instant,
    /// The first instant at which it is over; until healed when `None`.
    pub until: Option<Instant>,
    /// How many times it strikes at most, in each world by itself.
    pub count: Option<u32>,
    /// Only requests that name this person.
    pub about: Option<PersonKey>,
    /// Only requests that name this client. Not part of this encoding, which older logs have: an event of its own carries it.
    #[serde(skip)]
    pub client_id: Option<String>,
}

impl FaultRule {
    /// Whether the rule holds at `now`. A rule's end is looked up, not run: it needs no item in the queue, so a fork and
    /// a replay end it at the same instant however they came there.
    #[must_use]
    pub fn holds(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// A rule that has been set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetRule {
    /// How many rules this world had set before: tells a rule from an earlier one of the same name.
    pub serial: u64,
    /// The rule.
    pub rule: Arc<FaultRule>,
}

/// The fault rules of a world.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Rules by name, also those whose time is over.
    pub rules: OrdMap<String, SetRule>,
    /// Rules ever set.
    pub set: u64,
}

impl Faults {
    /// Rules that hold at `now`, by name.
    pub fn holding(&self, now: Instant) -> impl Iterator<Item = &SetRule> {
        self.rules.values().filter(move |set| set.rule.holds(now))
    }
}
