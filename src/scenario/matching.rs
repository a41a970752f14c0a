//! Matches: what a value should look like (`specs/experience.md` §10.6).

use super::template::Tree;
use crate::base::{Foedselsnummer, Orgnummer};
use crate::clock::Instant;
use crate::observe::Difference;
use crate::select::{EvalFault, Scope, Uttrykk, Verdi};

/// A compiled match.
#[derive(Debug)]
pub(super) enum Match {
    /// Equal to this.
    Equal(Tree),
    /// All of these hold.
    Operators(Vec<Operator>),
    /// An object with at least these fields.
    Subset(Vec<(String, Match)>),
    /// A list of the same length, item by item.
    Items(Vec<Match>),
}

#[derive(Debug)]
pub(super) enum Operator {
    Eq(Tree),
    Ne(Tree),
    Gt(Tree),
    Ge(Tree),
    Lt(Tree),
    Le(Tree),
    Between(Tree, Tree),
    OneOf(Vec<Tree>),
    Matches(Box<regex::Regex>),
    Contains(Tree),
    Starts(Tree),
    Ends(Tree),
    Type(Form),
    Exists(bool),
    Length(Box<Match>),
    Approx { value: Tree, tolerance: i64 },
    Date { is: Tree, tolerance_days: i32 },
    Json(Vec<(String, Match)>),
    Each(Box<Match>),
    Any(Box<Match>),
    NoneOf(Box<Match>),
    Unordered(Vec<Match>),
    Exact(Vec<(String, Match)>),
    Not(Box<Match>),
    AllOf(Vec<Match>),
    AnyOf(Vec<Match>),
    That(Uttrykk),
}

/// Forms `type` knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    Text,
    Int,
    Number,
    Bool,
    Date,
    Uuid,
    NationalId,
    Orgno,
    Null,
}

impl Form {
    pub(super) const ALL: [(&'static str, Self); 9] = [
        ("text", Self::Text),
        ("int", Self::Int),
        ("number", Self::Number),
        ("bool", Self::Bool),
        ("date", Self::Date),
        ("uuid", Self::Uuid),
        ("national_id", Self::NationalId),
        ("orgno", Self::Orgno),
        ("null", Self::Null),
    ];

    fn holds(self, value: &Verdi) -> bool {
        let text = match value {
            Verdi::Text(text) => Some(&**text),
            _ => None,
        };
        let decimal = |text: &str| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        };
        let uuid = |text: &str| {
            text.len() == 36
                && text.bytes().enumerate().all(|(at, byte)| {
                    if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() }
                })
        };
        match self {
            Self::Text => text.is_some(),
            Self::Int => matches!(value, Verdi::Int(_)),
            Self::Number => matches!(value, Verdi::Int(_)) || text.is_some_and(decimal),
            Self::Bool => matches!(value, Verdi::Bool(_)),
            Self::Date => {
                matches!(value, Verdi::Dato(_)) || text.is_some_and(|text| text.parse::<jiff::civil::Date>().is_ok())
            }
            Self::Uuid => text.is_some_and(uuid),
            // A real person's number in an address is at least as bad as a synthetic one.
            Self::NationalId => {
                text.is_some_and(|text| Foedselsnummer::parse(text).is_ok() || crate::base::looks_real(text))
            }
            Self::Orgno => text.is_some_and(|text| Orgnummer::parse(text).is_ok()),
            Self::Null => *value == Verdi::Null,
        }
    }
}

/// A value for people: short, with quotes around text.
#[must_use]
pub(super) fn shown(value: &Verdi) -> String {
    const LONGEST: usize = 120;
    let text = match value {
        Verdi::Text(text) => format!("\"{text}\""),
        Verdi::Null => "null".to_owned(),
        Verdi::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Verdi::Kart(kart) => {
            let pairs: Vec<String> = kart.iter().map(|(key, value)| format!("{key}: {}", shown(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        other => other.written().unwrap_or_else(|| other.type_word().to_owned()),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

/// Whether two values are the same to a file, where dates and instants stand as text.
fn same(wanted: &Verdi, got: &Verdi) -> bool {
    if wanted == got {
        return true;
    }
    match (wanted, got) {
        (Verdi::Dato(_) | Verdi::Tid(_), Verdi::Text(text)) => wanted.written().as_deref() == Some(text),
        (Verdi::Text(text), Verdi::Dato(_) | Verdi::Tid(_)) => got.written().as_deref() == Some(text),
        (Verdi::List(a), Verdi::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b)),
        _ => false,
    }
}

/// The order of two values: numbers (decimal text too) or times.
fn order(a: &Verdi, b: &Verdi) -> Option<std::cmp::Ordering> {
    if let (Some(a), Some(b)) = (scaled(a), scaled(b)) {
        return Some(a.cmp(&b));
    }
    let time = |value: &Verdi| match value {
        Verdi::Text(text) => Instant::parse(text),
        other => other.instant(),
    };
    Some(time(a)?.cmp(&time(b)?))
}

/// A number as millionths, exactly.
fn scaled(value: &Verdi) -> Option<i128> {
    let text = match value {
        Verdi::Int(number) => return Some(i128::from(*number) * 1_000_000),
        Verdi::Text(text) => text,
        _ => return None,
    };
    let (sign, digits) = text.strip_prefix('-').map_or((1, &**text), |rest| (-1, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let good = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 6 || !good(whole) || !good(part) {
        return None;
    }
    Some(sign * (whole.parse::<i128>().ok()? * 1_000_000 + format!("{part:0<6}").parse::<i128>().ok()?))
}

fn text_of(value: &Verdi) -> Option<String> {
    value.written()
}

impl Match {
    /// What differs, empty when nothing does.
    pub(super) fn differences(
        &self,
        value: Option<&Verdi>,
        field: &str,
        scope: &Scope<'_>,
    ) -> Result<Vec<Difference>, EvalFault> {
        let differs = |wanted: String| {
            let got = value.map_or_else(|| "–".to_owned(), shown);
            vec![Difference { field: field.to_owned(), wanted, got }]
        };
        match self {
            Self::Equal(tree) => {
                let wanted = tree.value(scope)?;
                Ok(if value.is_some_and(|value| same(&wanted, value)) { Vec::new() } else { differs(shown(&wanted)) })
            }
            Self::Operators(operators) => {
                for operator in operators {
                    if !operator.holds(value, scope)? {
                        return Ok(differs(operator.shown(scope)));
                    }
                }
                Ok(Vec::new())
            }
            Self::Subset(fields) => match value {
                Some(Verdi::Kart(kart)) => {
                    let mut all = Vec::new();
                    for (key, wanted) in fields {
                        let path = if field.is_empty() { key.clone() } else { format!("{field}.{key}") };
                        all.extend(wanted.differences(kart.get(key), &path, scope)?);
                    }
                    Ok(all)
                }
                _ => Ok(differs("{…}".to_owned())),
            },
            Self::Items(wanted) => match value {
                Some(Verdi::List(items)) if items.len() == wanted.len() => {
                    let mut all = Vec::new();
                    for (place, (wanted, item)) in wanted.iter().zip(items.iter()).enumerate() {
                        all.extend(wanted.differences(Some(item), &format!("{field}[{place}]"), scope)?);
                    }
                    Ok(all)
                }
                _ => Ok(differs(format!("[…] ({})", wanted.len()))),
            },
        }
    }

    /// Whether `value` is as wanted.
    pub(super) fn holds(&self, value: Option<&Verdi>, scope: &Scope<'_>) -> Result<bool, EvalFault> {
        self.differences(value, "", scope).map(|all| all.is_empty())
    }
}

/// The parts of a list, or the values of a document.
fn parts(value: &Verdi) -> Vec<&Verdi> {
    match value {
        Verdi::List(items) => items.iter().collect(),
        Verdi::Kart(kart) => kart.iter().map(|(_, value)| value).collect(),
        other => vec![other],
    }
}

impl Operator {
    fn holds(&self, value: Option<&Verdi>, scope: &Scope<'_>) -> Result<bool, EvalFault> {
        use std::cmp::Ordering as O;
        if let Self::Exists(wanted) = self {
            return Ok(value.is_some() == *wanted);
        }
        if let Self::Not(inner) = self {
            return inner.holds(value, scope).map(|holds| !holds);
        }
        let Some(value) = value else { return Ok(false) };
        let ordered = |tree: &Tree, allowed: &[O]| -> Result<bool, EvalFault> {
            Ok(order(value, &tree.value(scope)?).is_some_and(|order| allowed.contains(&order)))
        };
        let text_with = |tree: &Tree, test: fn(&str, &str) -> bool| -> Result<bool, EvalFault> {
            let wanted = tree.value(scope)?;
            Ok(match (text_of(value), text_of(&wanted)) {
                (Some(text), Some(part)) => test(&text, &part),
                _ => false,
            })
        };
        match self {
            Self::Eq(tree) => Ok(same(&tree.value(scope)?, value)),
            Self::Ne(tree) => Ok(!same(&tree.value(scope)?, value)),
            Self::Gt(tree) => ordered(tree, &[O::Greater]),
            Self::Ge(tree) => ordered(tree, &[O::Greater, O::Equal]),
            Self::Lt(tree) => ordered(tree, &[O::Less]),
            Self::Le(tree) => ordered(tree, &[O::Less, O::Equal]),
            Self::Between(low, high) => {
                Ok(ordered(low, &[O::Greater, O::Equal])? && ordered(high, &[O::Less, O::Equal])?)
            }
            Self::OneOf(trees) => any(trees, |tree| Ok(same(&tree.value(scope)?, value))),
            Self::Matches(pattern) => Ok(text_of(value).is_some_and(|text| pattern.is_match(&text))),
            Self::Contains(tree) => match value {
                Verdi::List(items) => {
                    let wanted = tree.value(scope)?;
                    Ok(items.iter().any(|item| same(&wanted, item)))
                }
                _ => text_with(tree, |text, part| text.contains(part)),
            },
            Self::Starts(tree) => text_with(tree, |text, part| text.starts_with(part)),
            Self::Ends(tree) => text_with(tree, |text, part| text.ends_with(part)),
            Self::Type(form) => Ok(form.holds(value)),
            Self::Length(inner) => {
                let length = match value {
                    Verdi::Text(text) => text.chars().count(),
                    Verdi::List(items) => items.len(),
                    Verdi::Kart(kart) => kart.len(),
                    _ => return Ok(false),
                };
                inner.holds(Some(&Verdi::Int(i64::try_from(length).unwrap_or(i64::MAX))), scope)
            }
            Self::Approx { value: wanted, tolerance } => Ok(match (scaled(&wanted.value(scope)?), scaled(value)) {
                (Some(wanted), Some(got)) => (wanted - got).abs() <= i128::from(*tolerance) * 1_000_000,
                _ => false,
            }),
            Self::Date { is, tolerance_days } => {
                let day = |value: &Verdi| match value {
                    Verdi::Text(text) => Instant::parse(text).map(Instant::dato),
                    other => other.dato(),
                };
                Ok(match (day(&is.value(scope)?), day(value)) {
                    (Some(wanted), Some(got)) => {
                        let apart = |dato| crate::town::model::DayNo::of(dato).0;
                        (apart(wanted) - apart(got)).abs() <= *tolerance_days
                    }
                    _ => false,
                })
            }
            Self::Json(paths) => {
                let text = text_of(value).unwrap_or_default();
                let document = match value {
                    Verdi::Text(_) => serde_json::from_str(&text).ok(),
                    other => other.to_json(),
                };
                let Some(document) = document else { return Ok(false) };
                all(paths, |(path, inner)| {
                    use jsonpath_rust::JsonPath;
                    let found = document.query(path).unwrap_or_default();
                    inner.holds(found.first().map(|found| Verdi::from_json(found)).as_ref(), scope)
                })
            }
            Self::Each(inner) => all(&parts(value), |part| inner.holds(Some(part), scope)),
            Self::Any(inner) => any(&parts(value), |part| inner.holds(Some(part), scope)),
            Self::NoneOf(inner) => any(&parts(value), |part| inner.holds(Some(part), scope)).map(|found| !found),
            Self::Unordered(wanted) => unordered(wanted, value, scope),
            Self::Exact(fields) => match value {
                Verdi::Kart(kart) => {
                    Ok(kart.len() == fields.len() && all(fields, |(key, inner)| inner.holds(kart.get(key), scope))?)
                }
                _ => Ok(false),
            },
            Self::AllOf(inner) => all(inner, |one| one.holds(Some(value), scope)),
            Self::AnyOf(inner) => any(inner, |one| one.holds(Some(value), scope)),
            Self::That(uttrykk) => uttrykk.holds(&Scope {
                town: scope.town,
                it: Some(value.clone()),
                view: scope.view,
                lookup: scope.lookup,
            }),
            Self::Exists(_) | Self::Not(_) => unreachable!("answered above, before a value was needed"),
        }
    }

    /// What it wants, for people.
    fn shown(&self, scope: &Scope<'_>) -> String {
        let value = |tree: &Tree| tree.value(scope).map_or_else(|_| "?".to_owned(), |value| shown(&value));
        let list = |trees: &[Tree]| trees.iter().map(value).collect::<Vec<_>>().join(", ");
        match self {
            Self::Eq(tree) => value(tree),
            Self::Ne(tree) => format!("≠ {}", value(tree)),
            Self::Gt(tree) => format!("> {}", value(tree)),
            Self::Ge(tree) => format!("≥ {}", value(tree)),
            Self::Lt(tree) => format!("< {}", value(tree)),
            Self::Le(tree) => format!("≤ {}", value(tree)),
            Self::Between(low, high) => format!("{} – {}", value(low), value(high)),
            Self::OneOf(trees) => format!("one_of [{}]", list(trees)),
            Self::Matches(pattern) => format!("matches {}", pattern.as_str()),
            Self::Contains(tree) => format!("contains {}", value(tree)),
            Self::Starts(tree) => format!("starts {}", value(tree)),
            Self::Ends(tree) => format!("ends {}", value(tree)),
            Self::Type(form) => {
                format!("type {}", Form::ALL.iter().find(|(_, known)| known == form).map_or("", |(word, _)| word))
            }
            Self::Exists(wanted) => format!("exists {wanted}"),
            Self::Approx { value: wanted, tolerance } => format!("{} ± {tolerance}", value(wanted)),
            Self::Date { is, tolerance_days } => format!("{} ± {tolerance_days} d", value(is)),
            Self::That(uttrykk) => format!("that {}", uttrykk.text()),
            Self::Length(_) => "length".to_owned(),
            Self::Json(_) => "json".to_owned(),
            Self::Each(_) => "each".to_owned(),
            Self::Any(_) => "any".to_owned(),
            Self::NoneOf(_) => "none".to_owned(),
            Self::Unordered(_) => "unordered".to_owned(),
            Self::Exact(_) => "exact".to_owned(),
            Self::Not(_) => "not".to_owned(),
            Self::AllOf(_) => "all_of".to_owned(),
            Self::AnyOf(_) => "any_of".to_owned(),
        }
    }
}

fn all<T>(items: &[T], test: impl Fn(&T) -> Result<bool, EvalFault>) -> Result<bool, EvalFault> {
    for item in items {
        if !test(item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn any<T>(items: &[T], test: impl Fn(&T) -> Result<bool, EvalFault>) -> Result<bool, EvalFault> {
    for item in items {
        if test(item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Each wanted item finds one of its own; the first that fits is taken.
fn unordered(wanted: &[Match], value: &Verdi, scope: &Scope<'_>) -> Result<bool, EvalFault> {
    let Verdi::List(items) = value else { return Ok(false) };
    let mut left: Vec<&Verdi> = items.iter().collect();
    if left.len() != wanted.len() {
        return Ok(false);
    }
    for one in wanted {
        let mut found = None;
        for (place, item) in left.iter().enumerate() {
            if one.holds(Some(item), scope)? {
                found = Some(place);
                break;
            }
        }
        match found {
            Some(place) => {
                left.remove(place);
            }
            None => return Ok(false),
        }
    }
    Ok(true)
}
