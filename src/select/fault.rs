//! What can be wrong with an expression: before it runs, and while it runs.

use std::ops::Range;

use super::say::{Lang, say};

/// A fault found before anything runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SelectFault {
    /// The bytes of the expression it is about.
    pub span: Range<usize>,
    /// `BB13..`: the code of `specs/experience.md` §21.
    pub code: &'static str,
    /// Key of the sentence.
    pub key: &'static str,
    /// What fills its places.
    pub parts: Vec<String>,
    /// The nearest right word.
    pub near: Option<String>,
}

impl SelectFault {
    /// The sentence, with the nearest right word after it when there is one.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let parts: Vec<&str> = self.parts.iter().map(String::as_str).collect();
        let mut text = say(lang, self.key, &parts);
        if let Some(near) = &self.near {
            text.push_str(&say(lang, "cel.near", &[near]));
        }
        text
    }
}

impl std::fmt::Display for SelectFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for SelectFault {}

/// A fault met while an expression runs: never the same as *false*.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EvalFault {
    /// Key of the sentence.
    pub key: &'static str,
    /// What fills its places.
    pub parts: Vec<String>,
}

impl EvalFault {
    /// A fault with the sentence `key`.
    #[must_use]
    pub fn new(key: &'static str, parts: &[&str]) -> Self {
        Self { key, parts: parts.iter().map(|part| (*part).to_owned()).collect() }
    }

    /// The sentence.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let parts: Vec<&str> = self.parts.iter().map(String::as_str).collect();
        say(lang, self.key, &parts)
    }
}

impl std::fmt::Display for EvalFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for EvalFault {}

impl From<cel::ExecutionError> for EvalFault {
    fn from(error: cel::ExecutionError) -> Self {
        use cel::ExecutionError as E;
        match error {
            E::NoSuchKey(key) => Self::new("cel.run-no-key", &[&key]),
            E::NoSuchOverload(overload) => {
                let types = overload.argument_types().iter().map(|name| name.replace("null_type", "null"));
                let types: Vec<String> = types.collect();
                let operator = overload.function().replace('_', " ");
                Self::new("cel.run-no-overload", &[operator.trim(), &types.join(", ")])
            }
            E::UndeclaredReference(name) => Self::new("cel.run-unbound", &[&name]),
            E::IndexOutOfBounds(index) => Self::new("cel.run-index", &[&number(&index)]),
            E::DivisionByZero(_) | E::RemainderByZero(_) => Self::new("cel.run-zero", &[]),
            E::Overflow(..) => Self::new("cel.run-overflow", &[]),
            E::FunctionError { function, message } => Self::new("cel.run-function", &[&function, &message]),
            E::UnsupportedBinaryOperator(operator, ..) => Self::new("cel.run-operator", &[operator]),
            other => Self::new("cel.run-other", &[&other.to_string()]),
        }
    }
}

fn number(value: &cel::Value) -> String {
    match value {
        cel::Value::Int(number) => number.to_string(),
        _ => "?".to_owned(),
    }
}
