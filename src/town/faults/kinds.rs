//! The table of fault kinds.

use super::{FaultField, Field, Kind};
use crate::town::state::Krav;

const fn field(name: &'static str, slag: FaultField, required: bool, about: &'static str) -> Field {
    Field { name, slag, required, about }
}

const fn offered(name: &'static str, about: &'static str, fields: &'static [Field]) -> Kind {
    Kind { name, about, fields, offered: true }
}

const fn later(name: &'static str, about: &'static str) -> Kind {
    Kind { name, about, fields: &[], offered: false }
}

const RETRY_AFTER: Field = field("retry_after", FaultField::Duration, false, "how long the client is told to wait");

/// Every kind of `specs/experience.md` §10.3, and those of `specs/eid.md` §10.6 and `specs/folkeregister.md` §4 that are not
/// among them by another name.
pub const KINDS: &[Kind] = &[
    offered(
        "latency",
        "the service does its work at once, its answer leaves late",
        &[field("delay", FaultField::Duration, true, "how late the answer leaves")],
    ),
    offered(
        "error",
        "an error in the service's own form, and nothing is done",
        &[field("status", FaultField::Count { from: 400, to: 599 }, true, "the HTTP status")],
    ),
    offered(
        "timeout",
        "nothing is done and nothing comes, until the client gives up or the connection is closed",
        &[field("after", FaultField::Duration, false, "when the connection is closed, 60s when not given")],
    ),
    offered("reset", "nothing is done, and the connection is reset without an answer", &[]),
    offered(
        "slow_body",
        "the answer comes in small pieces",
        &[field("delay", FaultField::Duration, true, "how long from the first piece to the last")],
    ),
    offered(
        "truncate",
        "the connection is closed in the middle of the answer",
        &[field(
            "percent",
            FaultField::Count { from: 0, to: 99 },
            false,
            "how much of the body comes through, 50 when not given",
        )],
    ),
    offered("throttle", "429 with the service's own headers, and nothing is done", &[RETRY_AFTER]),
    offered(
        "outage",
        "503 in the service's own form, or no answer at all, and nothing is done",
        &[
            RETRY_AFTER,
            field(
                "mode",
                FaultField::Word(&["answer", "reset"]),
                false,
                "`answer` with 503, or `reset` the connection",
            ),
        ],
    ),
    offered("token_expiry", "the access token of the request has ended; for services that take one", &[]),
    offered("wrong_iss", "the tokens given name another issuer", &[]),
    offered("wrong_aud", "the tokens given are for somebody else", &[]),
    offered("wrong_nonce", "the ID token has another nonce than was sent", &[]),
    offered(
        "missing_claim",
        "a claim is missing in the tokens given",
        &[field("claim", FaultField::Word(Krav::NAVN), true, "the claim")],
    ),
    offered("acr_downgrade", "the tokens given name a level lower than was reached", &[]),
    offered("expired_token", "the tokens given have expired already", &[]),
    offered("duplicate_jti", "the tokens given all have the same id", &[]),
    offered("stale_jwks", "the key set lacks the key that signs", &[]),
    offered("html_instead_of_json", "a page comes where a document should", &[]),
    offered("gateway", "the firewall in front refuses addresses with script-like characters: 403 with a page", &[]),
    later("stale", "an answer of some time ago"),
    later("duplicate", "an item of a feed or a delivery comes twice"),
    later("reorder", "items of a feed or deliveries come out of order"),
    later("late", "an item of a feed or a delivery comes later than it should"),
    later("drop", "an item of a feed or a delivery never comes"),
    later("schema_drift", "an answer with a field that is new, gone or of another type"),
    later("clock_skew", "the service's clock is wrong"),
];
