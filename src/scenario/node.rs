//! The file as a tree of nodes that know where they stand.
//!
//! Everything that follows (patches of variants, checks, sentences with a caret) works on this tree, so that a wrong word
//! in a patch is shown in the patch and not in a file nobody wrote.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use serde_saphyr::{Location, Spanned};

/// A scenario file: its path and its text.
#[derive(PartialEq, Eq, Debug)]
pub struct Source {
    /// Path as it was given.
    pub path: PathBuf,
    /// All of it.
    pub text: String,
}

/// A place in a file: line and column from 1, counted in letters, and how many letters it covers on that line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// Letters to underline; at least 1.
    pub width: usize,
    /// The line itself.
    pub text: String,
}

impl Source {
    /// The place of the bytes `span`.
    #[must_use]
    pub fn place(&self, span: &Range<usize>) -> Place {
        let start = span.start.min(self.text.len());
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let end = span.end.clamp(start, line_end);
        Place {
            line: self.text[..start].matches('\n').count() + 1,
            column: self.text[line_start..start].chars().count() + 1,
            width: self.text[start..end].trim_end().chars().count().max(1),
            text: self.text[line_start..line_end].to_owned(),
        }
    }

    /// The file's name without its folders.
    #[must_use]
    pub fn file_name(&self) -> String {
        self.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }
}

/// A value of the file and the bytes it stands on.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    pub(super) value: Value,
}

/// A key of a mapping.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Key {
    pub(super) span: Range<usize>,
    pub(super) text: String,
}

/// What a node holds. YAML 1.2 core: `yes`, `no`, `on` and `off` are text.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    /// A number with a point, with exactly the digits written.
    Decimal(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// Why the text is no YAML we take: place and the parser's sentence.
#[derive(Debug)]
pub(super) struct YamlFault {
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) duplicate: bool,
}

fn span_of(location: &Location, text: &str) -> Range<usize> {
    let span = location.span();
    let start = span.byte_offset().and_then(|at| usize::try_from(at).ok()).unwrap_or(0).min(text.len());
    let len = span.byte_len().and_then(|len| usize::try_from(len).ok()).unwrap_or(0);
    start..(start + len).min(text.len())
}

/// Reads `source` into a tree.
pub(super) fn read(source: &Source) -> Result<Node, YamlFault> {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        emit_comments: false,
    };
    let raw: Spanned<Raw> = serde_saphyr::from_str_with_options(&source.text, options).map_err(|error| {
        let span = error.location().map_or(0..0, |location| span_of(&location, &source.text));
        let message = error.without_snippet().to_string();
        YamlFault { span, duplicate: message.contains("duplicate"), message }
    })?;
    Ok(node(raw, &source.text))
}

fn node(raw: Spanned<Raw>, text: &str) -> Node {
    let span = span_of(&raw.referenced, text);
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Bool(value) => Value::Bool(value),
        Raw::Int(value) => Value::Int(value),
        Raw::Decimal => Value::Decimal(text[span_of(&raw.defined, text)].trim().to_owned()),
        Raw::Text(value) => Value::Text(value),
        Raw::List(items) => Value::List(items.into_iter().map(|item| node(item, text)).collect()),
        Raw::Map(pairs) => Value::Map(
            pairs
                .into_iter()
                .map(|(key, value)| {
                    let span = span_of(&key.referenced, text);
                    (Key { span, text: key.value }, node(value, text))
                })
                .collect(),
        ),
    };
    Node { span, value }
}

/// What serde gives before the digits of decimal numbers are looked up in the text.
enum Raw {
    Null,
    Bool(bool),
    Int(i64),
    Decimal,
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(i64::try_from(value).map_or(Raw::Decimal, Raw::Int))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Decimal)
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(pair) = pairs.next_entry()? {
            map.push(pair);
        }
        Ok(Raw::Map(map))
    }
}

impl Node {
    /// What stands under `key`.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.pairs().iter().find(|(name, _)| name.text == key).map(|(_, value)| value)
    }

    /// The pairs of a mapping; none for anything else.
    pub(super) fn pairs(&self) -> &[(Key, Self)] {
        match &self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// The items of a list; a single thing counts as a list of one.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A scalar as it was written, whatever its type.
    pub(super) fn written(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) | Value::Decimal(text) => Some(text.clone()),
            Value::Int(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// The word for its form in sentences.
    pub(super) fn form(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Decimal(_) => "decimal",
            Value::Text(_) => "text",
            Value::List(_) => "list",
            Value::Map(_) => "map",
        }
    }

    /// Where the bytes `inside` of this node's text stand in the file. Quotes, escapes and folded lines lie between the
    /// text as written and as read, so letters are followed one by one.
    pub(super) fn inside(&self, source: &Source, inside: &Range<usize>) -> Range<usize> {
        let Some(text) = self.text() else { return self.span.clone() };
        let raw = &source.text[self.span.clone()];
        let mut at = if raw.starts_with(['|', '>']) { raw.find('\n').unwrap_or(0) } else { 0 };
        let (mut start, mut end) = (None, self.span.start + at);
        for (place, letter) in text.char_indices() {
            if place >= inside.end && start.is_some() {
                break;
            }
            if letter.is_whitespace() {
                continue;
            }
            let Some(found) = raw[at..].find(letter) else { return self.span.clone() };
            at += found;
            if place >= inside.start && start.is_none() {
                start = Some(self.span.start + at);
            }
            at += letter.len_utf8();
            end = self.span.start + at;
        }
        start.map_or(end..end, |start| start..end)
    }
}

/// Reads the file at `path`.
pub(super) fn open(path: &Path) -> std::io::Result<Arc<Source>> {
    let text = std::fs::read_to_string(path)?;
    Ok(Arc::new(Source { path: path.to_owned(), text }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source { path: "x.byteby.yaml".into(), text: text.to_owned() }
    }

    #[test]
    fn values_keep_their_form_and_their_place() {
        let source = source("a: 1.50\nb: yes\nc: \"2\"\nd: [1, ~, true]\ne: 2027-02-10\næ: { f: blå }\n");
        let root = read(&source).unwrap();
        assert_eq!(root.get("a").unwrap().value, Value::Decimal("1.50".into()));
        assert_eq!(root.get("b").unwrap().text(), Some("yes"));
        assert_eq!(root.get("c").unwrap().text(), Some("2"));
        let list: Vec<_> = root.get("d").unwrap().items().iter().map(Node::form).collect();
        assert_eq!(list, ["int", "null", "bool"]);
        assert_eq!(root.get("e").unwrap().text(), Some("2027-02-10"));
        let inner = root.get("æ").unwrap().get("f").unwrap();
        let place = source.place(&inner.span);
        assert_eq!((place.line, place.column, place.width), (6, 9, 3));
        let (key, _) = &root.pairs()[5];
        assert_eq!(source.text[key.span.clone()].trim(), "æ");
    }

    #[test]
    fn places_inside_expressions_are_found_through_quotes_and_folds() {
        let source = source("a: \"bosatt && aldr >= 3\"\nb: >-\n  bosatt && x == 'blå'\n  && aldr >= 4\nc: aldr > 3\n");
        let root = read(&source).unwrap();
        for key in ["a", "b", "c"] {
            let node = root.get(key).unwrap();
            let at = node.text().unwrap().find("aldr").unwrap();
            let found = node.inside(&source, &(at..at + 4));
            assert_eq!(&source.text[found], "aldr", "{key}");
        }
        assert_eq!(source.place(&root.get("b").unwrap().inside(&source, &(28..32))).line, 4);
    }

    #[test]
    fn what_is_no_yaml_we_take_is_refused_with_its_place() {
        for (text, line, duplicate) in
            [("a: 1\na: 2\n", 2, true), ("a: [1\n", 1, false), ("a: &x {b: 1}\nc: { <<: *x }\n", 2, false)]
        {
            let source = source(text);
            let fault = read(&source).unwrap_err();
            assert_eq!(fault.duplicate, duplicate, "{text}: {}", fault.message);
            assert!(source.place(&fault.span).line >= line, "{text}: {:?}", source.place(&fault.span));
        }
    }
}
