//! What an expression can be, as far as that is known before it runs.

use super::words::Kind;
use crate::base::Kjoenn;
use crate::town::model::{
    Gradering, Merke, Organisasjonsform, Postkasse, Rolletype, Sivilstand, Spraak, Virksomhetsmerke,
};

/// A closed list of register codes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kodeverk {
    /// Sex.
    Kjoenn,
    /// Address protection.
    Gradering,
    /// Civil status.
    Sivilstand,
    /// Language of letters.
    Spraak,
    /// Supplier of a digital mailbox.
    Postkasse,
    /// Tags of the minimum cast.
    Merke,
    /// Channel of a message.
    Kanal,
    /// Legal form of an organisation.
    Organisasjonsform,
    /// Role in an organisation.
    Rolletype,
    /// Tags of organisations.
    Virksomhetsmerke,
}

impl Kodeverk {
    /// Every code, in the order of the list.
    #[must_use]
    pub fn codes(self) -> Vec<&'static str> {
        match self {
            Self::Kjoenn => vec![Kjoenn::Kvinne.code(), Kjoenn::Mann.code()],
            Self::Gradering => Gradering::ALL.iter().map(|code| code.code()).collect(),
            Self::Sivilstand => Sivilstand::ALL.iter().map(|code| code.code()).collect(),
            Self::Spraak => Spraak::ALL.iter().map(|code| code.code()).collect(),
            Self::Postkasse => {
                Postkasse::ALL.iter().filter(|code| **code != Postkasse::Ingen).map(|code| code.code()).collect()
            }
            Self::Merke => Merke::ALL.iter().map(|code| code.code()).collect(),
            Self::Kanal => vec!["digitalpost", "print", "altinn"],
            Self::Organisasjonsform => Organisasjonsform::ALL.iter().map(|code| code.code()).collect(),
            Self::Rolletype => Rolletype::ALL.iter().map(|code| code.code()).collect(),
            Self::Virksomhetsmerke => Virksomhetsmerke::ALL.iter().map(|code| code.code()).collect(),
        }
    }
}

/// A document with known keys.
#[derive(PartialEq, Eq, Debug)]
pub struct Shape {
    /// What it is called in sentences.
    pub name: &'static str,
    /// Keys and what they hold.
    pub keys: &'static [(&'static str, fn() -> Ty)],
}

/// The static type of an expression.
#[derive(Clone, PartialEq, Debug)]
pub enum Ty {
    /// Not known before it runs: documents and what is taken out of them.
    Any,
    /// `null` alone.
    Null,
    /// True or false.
    Bool,
    /// 64-bit integer.
    Int,
    /// Text.
    Text,
    /// Text from a closed list.
    Kode(Kodeverk),
    /// A date.
    Dato,
    /// An instant.
    Tid,
    /// A span of virtual time.
    Spenn,
    /// A person, household or organisation.
    Entity(Kind),
    /// A list.
    List(Box<Ty>),
    /// A document with known keys.
    Map(&'static Shape),
}

impl Ty {
    /// A list of `element`.
    #[must_use]
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// The word for it in sentences; the same in both languages, as the words of the expression language are.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Text | Self::Kode(_) => "string",
            Self::Dato => "dato",
            Self::Tid => "tid",
            Self::Spenn => "spenn",
            Self::Entity(kind) => kind.word(),
            Self::List(_) => "list",
            Self::Map(shape) => shape.name,
        }
    }

    /// Whether values of the two can be equal or ordered at all, as far as is known.
    #[must_use]
    pub fn comparable(&self, other: &Self) -> bool {
        let text = |ty: &Self| matches!(ty, Self::Text | Self::Kode(_));
        let time = |ty: &Self| matches!(ty, Self::Dato | Self::Tid);
        match (self, other) {
            (Self::Any | Self::Null, _) | (_, Self::Any | Self::Null) => true,
            (Self::List(_), Self::List(_)) | (Self::Map(_), Self::Map(_)) => true,
            (a, b) if text(a) && text(b) => true,
            (a, b) if time(a) && time(b) => true,
            (a, b) => a == b,
        }
    }

    /// The type that covers both, with the known one where the other says nothing.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Any | Self::Null, known) | (known, Self::Any | Self::Null) => known,
            (Self::List(a), Self::List(b)) => Self::list(a.join(*b)),
            (a, b) if a == b => a,
            (a, b) if a.comparable(&b) && matches!(a, Self::Text | Self::Kode(_)) => Self::Text,
            _ => Self::Any,
        }
    }
}
