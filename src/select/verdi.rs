//! Values of expressions, as Byteby keeps them between evaluations.

use std::sync::Arc;

use crate::clock::{Dato, Instant, Span};
use crate::town::model::{HusstandId, PersonId};

/// A value. There is no floating point among them: a JSON number that is not whole is text with its exact digits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdi {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Text(Arc<str>),
    /// A date.
    Dato(Dato),
    /// An instant.
    Tid(Instant),
    /// A span of virtual time.
    Spenn(Span),
    /// A person.
    Person(PersonId),
    /// A household.
    Husstand(HusstandId),
    /// An organisation, by its place in the base.
    Virksomhet(u32),
    /// A list.
    List(Arc<[Verdi]>),
    /// A document, keys in the order they came.
    Kart(Kart),
}

/// A document: keys in the order they came.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Kart(Arc<[(Arc<str>, Verdi)]>);

impl Kart {
    /// A document value of `pairs`.
    #[must_use]
    pub fn of<K: Into<Arc<str>>>(pairs: impl IntoIterator<Item = (K, Verdi)>) -> Verdi {
        Verdi::Kart(Self(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect()))
    }

    /// What stands under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Verdi> {
        self.0.iter().find(|(name, _)| **name == *key).map(|(_, value)| value)
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Verdi)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    /// How many keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Verdi {
    /// Text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// The value of a JSON document: whole numbers as `int`, others as text with exactly the digits sent.
    #[must_use]
    pub fn from_json(json: &serde_json::Value) -> Self {
        use serde_json::Value as J;
        match json {
            J::Null => Self::Null,
            J::Bool(value) => Self::Bool(*value),
            J::Number(number) => number.as_i64().map_or_else(|| Self::text(&number.to_string()), Self::Int),
            J::String(text) => Self::text(text),
            J::Array(items) => Self::List(items.iter().map(Self::from_json).collect()),
            J::Object(fields) => Kart::of(fields.iter().map(|(key, value)| (key.as_str(), Self::from_json(value)))),
        }
    }

    /// The value as JSON; `None` when it holds a household or other entity that has no text form. A person stands as
    /// nothing either: a body takes `${p.id}`, never `${p}`.
    #[must_use]
    pub fn to_json(&self) -> Option<serde_json::Value> {
        use serde_json::Value as J;
        Some(match self {
            Self::Null => J::Null,
            Self::Bool(value) => J::Bool(*value),
            Self::Int(number) => J::Number((*number).into()),
            Self::List(items) => J::Array(items.iter().map(Self::to_json).collect::<Option<_>>()?),
            Self::Kart(kart) => J::Object(
                kart.iter()
                    .map(|(key, value)| value.to_json().map(|value| (key.to_owned(), value)))
                    .collect::<Option<_>>()?,
            ),
            other => J::String(other.written()?),
        })
    }

    /// The value as it stands inside a longer text: ISO 8601 for times. `None` for null, entities, lists and documents.
    #[must_use]
    pub fn written(&self) -> Option<String> {
        Some(match self {
            Self::Bool(value) => value.to_string(),
            Self::Int(number) => number.to_string(),
            Self::Text(text) => text.to_string(),
            Self::Dato(dato) => dato.to_string(),
            Self::Tid(tid) => tid.to_string(),
            Self::Spenn(span) => span.to_string(),
            _ => return None,
        })
    }

    /// The instant of a `tid`, or the first instant of a `dato`.
    #[must_use]
    pub fn instant(&self) -> Option<Instant> {
        match self {
            Self::Tid(tid) => Some(*tid),
            Self::Dato(dato) => Some(Instant::midnight(*dato)),
            _ => None,
        }
    }

    /// The date of a `dato`, or of a `tid` in Oslo.
    #[must_use]
    pub fn dato(&self) -> Option<Dato> {
        match self {
            Self::Dato(dato) => Some(*dato),
            Self::Tid(tid) => Some(tid.dato()),
            _ => None,
        }
    }

    /// The people in it: itself, a household's as given by `members`, or those of a list.
    pub fn people(&self, members: &impl Fn(HusstandId) -> Vec<PersonId>) -> Vec<PersonId> {
        match self {
            Self::Person(id) => vec![*id],
            Self::Husstand(id) => members(*id),
            Self::List(items) => items.iter().flat_map(|item| item.people(members)).collect(),
            _ => Vec::new(),
        }
    }

    /// The word for its type in sentences.
    #[must_use]
    pub fn type_word(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Text(_) => "string",
            Self::Dato(_) => "dato",
            Self::Tid(_) => "tid",
            Self::Spenn(_) => "spenn",
            Self::Person(_) => "person",
            Self::Husstand(_) => "husstand",
            Self::Virksomhet(_) => "virksomhet",
            Self::List(_) => "list",
            Self::Kart(_) => "map",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_numbers_are_whole_or_keep_their_digits() {
        let json: serde_json::Value = serde_json::from_str(r#"{"a": 12, "b": 1.50, "c": [null, true]}"#).unwrap();
        let Verdi::Kart(kart) = Verdi::from_json(&json) else { panic!("an object is a document") };
        assert_eq!(kart.get("a"), Some(&Verdi::Int(12)));
        assert!(matches!(kart.get("b"), Some(Verdi::Text(_))));
        assert_eq!(Verdi::from_json(&json).to_json().unwrap()["c"], serde_json::json!([null, true]));
        assert_eq!(Verdi::Person(PersonId(3)).to_json(), None, "a person has no text form");
    }
}
