//! Faults by kind and fields: the one table that the admin API, the command line, scenarios and the request header read
//! (`specs/experience.md` §10.3, `FaultKind`).
//!
//! A caller has a kind (`latency`) and fields as JSON values; [`read`] makes the [`Fault`] of them, or a [`FaultFault`]
//! that names the nearest right word. Real time is written `150ms`, `2s` or `1m`, so that it cannot be taken for a span
//! of the world's clock.

mod kinds;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use super::state::{ALWAYS, Fault, Krav, TokenFault};
use crate::base::nearest;

pub use kinds::KINDS;

/// Longest real time a fault holds a request, milliseconds: five minutes.
pub const LONGEST_MS: u32 = 300_000;

/// What a field takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultField {
    /// Real time up to [`LONGEST_MS`]: `150ms`, `2s`, `1m`.
    Duration,
    /// A whole number between two bounds, both included.
    Count {
        /// Smallest.
        from: u32,
        /// Largest.
        to: u32,
    },
    /// One word of a closed list.
    Word(&'static [&'static str]),
}

impl FaultField {
    /// The type in words, for messages and lists.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Duration => "real time like 150ms, 2s or 1m, five minutes at most".into(),
            Self::Count { from, to } => format!("a whole number from {from} to {to}"),
            Self::Word(words) => format!("one of {}", words.join(", ")),
        }
    }
}

/// A field of a kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub slag: FaultField,
    /// Whether the fault cannot be made without it.
    pub required: bool,
    /// What it means.
    pub about: &'static str,
}

/// A kind of fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// What the app meets.
    pub about: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
    /// Whether this version carries it out.
    pub offered: bool,
}

impl Kind {
    /// The kind called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// The field called `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// What is wrong with the words of a fault.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FaultFault {
    /// No such kind.
    #[error("there is no fault of kind `{kind}`{}", did_you_mean(*near))]
    UnknownKind {
        /// What was asked for.
        kind: String,
        /// The nearest kind.
        near: Option<&'static str>,
    },
    /// A kind of the list that this version does not carry out.
    #[error("faults of kind `{0}` are not in this version")]
    Later(&'static str),
    /// The kind has no such field.
    #[error("a fault of kind `{kind}` has no field `{field}`{}", did_you_mean(*near))]
    UnknownField {
        /// The kind.
        kind: &'static str,
        /// What was given.
        field: String,
        /// The nearest field.
        near: Option<&'static str>,
    },
    /// A field the kind needs is not there.
    #[error("a fault of kind `{kind}` needs the field `{field}`: {about}")]
    Missing {
        /// The kind.
        kind: &'static str,
        /// The field.
        field: &'static str,
        /// What the field means.
        about: &'static str,
    },
    /// A field has a value it cannot take.
    #[error("the field `{field}` of a fault takes {}", takes.words())]
    Value {
        /// The field.
        field: &'static str,
        /// What it takes.
        takes: FaultField,
    },
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

impl FaultFault {
    /// The nearest right word, when there is one.
    #[must_use]
    pub fn near(&self) -> Option<&'static str> {
        match self {
            Self::UnknownKind { near, .. } | Self::UnknownField { near, .. } => *near,
            _ => None,
        }
    }

    /// The field it is about; `kind` when it is about the kind itself.
    #[must_use]
    pub fn field(&self) -> &str {
        match self {
            Self::UnknownKind { .. } | Self::Later(_) => "kind",
            Self::UnknownField { field, .. } => field,
            Self::Missing { field, .. } | Self::Value { field, .. } => field,
        }
    }
}

/// The fault of kind `kind` with `fields`. A field that is `null` counts as not given.
///
/// # Errors
/// A [`FaultFault`] that says what is wrong with kind or fields.
pub fn read(kind: &str, fields: &BTreeMap<String, Value>) -> Result<Fault, FaultFault> {
    let given = Given { kind: check_kind(kind)?, fields };
    given.check()?;
    Ok(match given.kind.name {
        "latency" => Fault::Latency { delay_ms: given.duration("delay")?.unwrap_or(0) },
        "error" => Fault::Error { status: given.small("status")?.unwrap_or(500) },
        "timeout" => Fault::Timeout { after_ms: given.duration("after")?.unwrap_or(60_000) },
        "reset" => Fault::Reset,
        "slow_body" => Fault::SlowBody { delay_ms: given.duration("delay")?.unwrap_or(0) },
        "truncate" => Fault::Truncate { percent: given.small("percent")?.unwrap_or(50) },
        "throttle" => Fault::Throttle { retry_after_ms: given.duration("retry_after")? },
        "outage" => Fault::Outage {
            retry_after_ms: given.duration("retry_after")?,
            silent: given.word("mode")? == Some("reset"),
        },
        "token_expiry" => Fault::TokenExpiry,
        "wrong_iss" => Fault::Token(TokenFault::WrongIss),
        "wrong_aud" => Fault::Token(TokenFault::WrongAud),
        "wrong_nonce" => Fault::Token(TokenFault::WrongNonce),
        "missing_claim" => {
            let krav = given.word("claim")?.and_then(Krav::from_name).unwrap_or(Krav::Sub);
            Fault::Token(TokenFault::MissingClaim(krav))
        }
        "acr_downgrade" => Fault::Token(TokenFault::AcrDowngrade),
        "expired_token" => Fault::Token(TokenFault::Expired),
        "duplicate_jti" => Fault::Token(TokenFault::DuplicateJti),
        "stale_jwks" => Fault::StaleJwks,
        "html_instead_of_json" => Fault::HtmlInsteadOfJson,
        "gateway" => Fault::Gateway,
        _ => return Err(FaultFault::Later(given.kind.name)),
    })
}

/// The kind called `kind`, when this version carries it out.
///
/// # Errors
/// [`FaultFault::UnknownKind`] with the nearest kind, or [`FaultFault::Later`].
pub fn check_kind(kind: &str) -> Result<&'static Kind, FaultFault> {
    match Kind::find(kind) {
        Some(found) if found.offered => Ok(found),
        Some(found) => Err(FaultFault::Later(found.name)),
        None => {
            let near = nearest(kind, KINDS.iter().map(|kind| kind.name));
            Err(FaultFault::UnknownKind { kind: kind.to_owned(), near })
        }
    }
}

/// A share from 0 to 1 with at most six decimals, as parts per million; `None` for anything else.
#[must_use]
pub fn share(text: &str) -> Option<u32> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > 6 {
        return None;
    }
    let parts: u32 = format!("{decimals:0<6}").parse().ok()?;
    let share = whole.parse::<u32>().ok()?.checked_mul(ALWAYS)?.checked_add(parts)?;
    (share <= ALWAYS).then_some(share)
}

/// A share as [`share`] reads it.
#[must_use]
pub fn share_text(share: u32) -> String {
    if share.is_multiple_of(ALWAYS) {
        return (share / ALWAYS).to_string();
    }
    format!("0.{share:06}").trim_end_matches('0').to_owned()
}

/// Real time in milliseconds: `150ms`, `2s` or `1m`; `None` for anything else and for more than [`LONGEST_MS`].
#[must_use]
pub fn duration(text: &str) -> Option<u32> {
    let unit = text.find(|letter: char| !letter.is_ascii_digit())?;
    let number: u32 = text[..unit].parse().ok()?;
    let millis = match &text[unit..] {
        "ms" => Some(number),
        "s" => number.checked_mul(1_000),
        "m" => number.checked_mul(60_000),
        _ => None,
    };
    millis.filter(|millis| *millis <= LONGEST_MS)
}

/// Milliseconds as [`duration`] reads them.
#[must_use]
pub fn duration_text(millis: u32) -> String {
    if millis.is_multiple_of(1_000) { format!("{}s", millis / 1_000) } else { format!("{millis}ms") }
}

impl Fault {
    /// The name of its kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::Error { .. } => "error",
            Self::Timeout { .. } => "timeout",
            Self::Reset => "reset",
            Self::SlowBody { .. } => "slow_body",
            Self::Truncate { .. } => "truncate",
            Self::Throttle { .. } => "throttle",
            Self::Outage { .. } => "outage",
            Self::TokenExpiry => "token_expiry",
            Self::Token(TokenFault::WrongIss) => "wrong_iss",
            Self::Token(TokenFault::WrongAud) => "wrong_aud",
            Self::Token(TokenFault::WrongNonce) => "wrong_nonce",
            Self::Token(TokenFault::MissingClaim(_)) => "missing_claim",
            Self::Token(TokenFault::AcrDowngrade) => "acr_downgrade",
            Self::Token(TokenFault::Expired) => "expired_token",
            Self::Token(TokenFault::DuplicateJti) => "duplicate_jti",
            Self::StaleJwks => "stale_jwks",
            Self::HtmlInsteadOfJson => "html_instead_of_json",
            Self::Gateway => "gateway",
        }
    }

    /// Its fields as [`read`] takes them, without those left to the service.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, Value)> {
        let time = |millis: u32| Value::from(duration_text(millis));
        let wait = |millis: Option<u32>| millis.map(|millis| ("retry_after", time(millis)));
        match *self {
            Self::Latency { delay_ms } | Self::SlowBody { delay_ms } => vec![("delay", time(delay_ms))],
            Self::Error { status } => vec![("status", status.into())],
            Self::Timeout { after_ms } => vec![("after", time(after_ms))],
            Self::Truncate { percent } => vec![("percent", percent.into())],
            Self::Throttle { retry_after_ms } => wait(retry_after_ms).into_iter().collect(),
            Self::Outage { retry_after_ms, silent } => {
                let mode = silent.then(|| ("mode", Value::from("reset")));
                wait(retry_after_ms).into_iter().chain(mode).collect()
            }
            Self::Token(TokenFault::MissingClaim(krav)) => vec![("claim", krav.name().into())],
            Self::Reset
            | Self::TokenExpiry
            | Self::Token(_)
            | Self::StaleJwks
            | Self::HtmlInsteadOfJson
            | Self::Gateway => Vec::new(),
        }
    }
}

/// Fields of a kind, on their way to a fault.
struct Given<'a> {
    kind: &'static Kind,
    fields: &'a BTreeMap<String, Value>,
}

impl Given<'_> {
    fn check(&self) -> Result<(), FaultFault> {
        let kind = self.kind;
        if let Some(field) = self.fields.keys().find(|name| kind.field(name).is_none()) {
            let near = nearest(field, kind.fields.iter().map(|field| field.name));
            return Err(FaultFault::UnknownField { kind: kind.name, field: field.clone(), near });
        }
        match kind.fields.iter().find(|field| field.required && self.value(field.name).is_none()) {
            Some(field) => Err(FaultFault::Missing { kind: kind.name, field: field.name, about: field.about }),
            None => Ok(()),
        }
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    fn read<T>(&self, name: &str, read: impl Fn(&Value, FaultField) -> Option<T>) -> Result<Option<T>, FaultFault> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let field = self.kind.field(name).expect("checked fields are fields of the kind");
        read(value, field.slag).map(Some).ok_or(FaultFault::Value { field: field.name, takes: field.slag })
    }

    fn duration(&self, name: &str) -> Result<Option<u32>, FaultFault> {
        self.read(name, |value, _| duration(value.as_str()?))
    }

    /// A whole number in its bounds; headers and command lines write it as text.
    fn small<T: TryFrom<u64>>(&self, name: &str) -> Result<Option<T>, FaultFault> {
        self.read(name, |value, takes| {
            let FaultField::Count { from, to } = takes else { return None };
            let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
            (u64::from(from)..=u64::from(to)).contains(&number).then(|| T::try_from(number).ok())?
        })
    }

    fn word(&self, name: &str) -> Result<Option<&'static str>, FaultFault> {
        self.read(name, |value, takes| {
            let FaultField::Word(words) = takes else { return None };
            words.iter().copied().find(|word| Some(*word) == value.as_str())
        })
    }
}
