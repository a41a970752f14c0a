//! Matches of a file.

use super::{Read, Reader};
use crate::scenario::grammar::with_near;
use crate::scenario::matching::{Form, Match, Operator};
use crate::scenario::node::{Node, Value};
use crate::select::{Ty, Want};

/// Operators of this version, and those that come later.
const OPERATORS: [&str; 26] = [
    "eq",
    "ne",
    "gt",
    "ge",
    "lt",
    "le",
    "between",
    "one_of",
    "matches",
    "contains",
    "starts",
    "ends",
    "type",
    "exists",
    "length",
    "approx",
    "date",
    "json",
    "each",
    "any",
    "none",
    "unordered",
    "exact",
    "not",
    "all_of",
    "any_of",
];
const LATER: [&str; 2] = ["xpath", "schema"];

impl Reader {
    /// A match: a value, operators, or a pattern of an object or list.
    pub(super) fn matches(&self, node: &Node) -> Read<Match> {
        match &node.value {
            Value::Map(pairs) => {
                let operator = |key: &str| OPERATORS.contains(&key) || key == "that" || LATER.contains(&key);
                let operators = pairs.iter().filter(|(key, _)| operator(&key.text)).count();
                if operators == 0 {
                    return self.fields(node).map(Match::Subset);
                }
                if let Some((key, _)) = pairs.iter().find(|(key, _)| !operator(&key.text)) {
                    let fault = self.wrong_at(&key.span, "scn.mixed-match", &[&key.text]);
                    return Err(with_near(fault, &key.text, OPERATORS));
                }
                if let Some((key, _)) = pairs.iter().find(|(key, _)| LATER.contains(&key.text.as_str())) {
                    return Err(self.wrong_at(&key.span, "scn.key-later", &[&key.text]));
                }
                let operators: Read<Vec<Operator>> =
                    pairs.iter().map(|(key, value)| self.operator(&key.text, value)).collect();
                operators.map(Match::Operators)
            }
            Value::List(items) => items.iter().map(|item| self.matches(item)).collect::<Read<_>>().map(Match::Items),
            _ => self.tree(node).map(Match::Equal),
        }
    }

    fn fields(&self, node: &Node) -> Read<Vec<(String, Match)>> {
        self.each(Some(node), |value| self.matches(value))
    }

    fn list(&self, node: &Node) -> Read<Vec<Match>> {
        node.items().iter().map(|item| self.matches(item)).collect()
    }

    fn operator(&self, name: &str, node: &Node) -> Read<Operator> {
        let inner = || self.matches(node).map(Box::new);
        Ok(match name {
            "eq" => Operator::Eq(self.tree(node)?),
            "ne" => Operator::Ne(self.tree(node)?),
            "gt" => Operator::Gt(self.tree(node)?),
            "ge" => Operator::Ge(self.tree(node)?),
            "lt" => Operator::Lt(self.tree(node)?),
            "le" => Operator::Le(self.tree(node)?),
            "between" => match node.items() {
                [low, high] => Operator::Between(self.tree(low)?, self.tree(high)?),
                _ => return Err(self.wrong(node, "scn.two-values", &["between"])),
            },
            "one_of" => Operator::OneOf(node.items().iter().map(|item| self.tree(item)).collect::<Read<_>>()?),
            "matches" => {
                let text = self.text(node, name)?;
                let pattern =
                    regex::Regex::new(&text).map_err(|_| self.wrong(node, "cel.bad-constant", &["regex", &text]))?;
                Operator::Matches(Box::new(pattern))
            }
            "contains" => Operator::Contains(self.tree(node)?),
            "starts" => Operator::Starts(self.tree(node)?),
            "ends" => Operator::Ends(self.tree(node)?),
            "type" => {
                let word = self.text(node, name)?;
                let found = Form::ALL.iter().find(|(known, _)| *known == word);
                let words = Form::ALL.map(|(word, _)| word);
                Operator::Type(found.map(|(_, form)| *form).ok_or_else(|| {
                    with_near(self.wrong(node, "scn.not-in-list", &[&word, "type", &words.join(", ")]), &word, words)
                })?)
            }
            "exists" => Operator::Exists(self.bool(node, name)?),
            "length" => Operator::Length(inner()?),
            "approx" => {
                let value =
                    node.get("value").ok_or_else(|| self.wrong(node, "scn.missing-key", &["approx", "value"]))?;
                let tolerance = node.get("tolerance").map(|one| self.int(one, "tolerance")).transpose()?;
                Operator::Approx { value: self.tree(value)?, tolerance: tolerance.unwrap_or(0) }
            }
            "date" => {
                let is = node.get("is").ok_or_else(|| self.wrong(node, "scn.missing-key", &["date", "is"]))?;
                let days = node.get("tolerance").map(|one| self.days(one)).transpose()?;
                Operator::Date { is: self.tree(is)?, tolerance_days: days.unwrap_or(0) }
            }
            "json" => Operator::Json(self.fields(node)?),
            "each" => Operator::Each(inner()?),
            "any" => Operator::Any(inner()?),
            "none" => Operator::NoneOf(inner()?),
            "unordered" => Operator::Unordered(self.list(node)?),
            "exact" => Operator::Exact(self.fields(node)?),
            "not" => Operator::Not(inner()?),
            "all_of" => Operator::AllOf(self.list(node)?),
            "any_of" => Operator::AnyOf(self.list(node)?),
            _ => {
                let names = self.names.clone().with_it(Ty::Any);
                Operator::That(self.uttrykk_with(node, &names, Want::Bool)?)
            }
        })
    }

    /// A tolerance in whole days: `P3D`.
    fn days(&self, node: &Node) -> Read<i32> {
        let text = self.text(node, "tolerance")?;
        match crate::clock::Span::parse(&text) {
            Ok(crate::clock::Span::Calendar { months: 0, days, millis: 0 }) => Ok(days),
            _ => Err(self.wrong(node, "scn.not-days", &[&text])),
        }
    }
}
