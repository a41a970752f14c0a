//! The documents every expression of a scenario can see, and their keys (`specs/experience.md` §10.5).

use crate::select::{Kind, Kodeverk, Shape, Ty};

/// `world`.
pub(super) static WORLD: Shape = Shape {
    name: "world",
    keys: &[
        ("seed", || Ty::Text),
        ("size", || Ty::Int),
        ("date", || Ty::Tid),
        ("municipality", || Ty::Text),
        ("name", || Ty::Text),
    ],
};

/// `clock`.
pub(super) static CLOCK: Shape = Shape { name: "clock", keys: &[("now", || Ty::Tid), ("date", || Ty::Dato)] };

/// `app`, when there is one.
pub(super) static APP: Shape = Shape { name: "app", keys: &[("url", || Ty::Text)] };

/// An item of `messages`.
pub(super) static MESSAGE: Shape = Shape {
    name: "message",
    keys: &[
        ("id", || Ty::Int),
        ("at", || Ty::Tid),
        ("channel", || Ty::Kode(Kodeverk::Kanal)),
        ("to", || Ty::Entity(Kind::Person)),
        ("from", || Ty::Text),
        ("kind", || Ty::Text),
        ("subject", || Ty::Text),
        ("text", || Ty::Text),
        ("envelope", || Ty::Text),
        ("attachments", || Ty::list(Ty::Map(&ATTACHMENT))),
        ("language", || Ty::Kode(Kodeverk::Spraak)),
        ("delivered", || Ty::Bool),
        ("read", || Ty::Bool),
        ("about", || Ty::list(Ty::Entity(Kind::Person))),
    ],
};

/// An item of a message's `attachments`.
pub(super) static ATTACHMENT: Shape =
    Shape { name: "attachment", keys: &[("name", || Ty::Text), ("type", || Ty::Text), ("text", || Ty::Text)] };

/// An item of `requests`.
pub(super) static REQUEST: Shape = Shape {
    name: "request",
    keys: &[
        ("id", || Ty::Int),
        ("at", || Ty::Tid),
        ("service", || Ty::Text),
        ("operation", || Ty::Text),
        ("app", || Ty::Text),
        ("as_client", || Ty::Text),
        ("about", || Ty::list(Ty::Entity(Kind::Person))),
        ("method", || Ty::Text),
        ("path", || Ty::Text),
        ("query", || Ty::Any),
        ("status", || Ty::Int),
        ("body", || Ty::Any),
    ],
};

/// The answer to a call.
pub(super) use crate::settle::ANSWER;
