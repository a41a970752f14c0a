//! The keys of scenario files. The table is data; this reads it, checks a mapping against it, and makes the JSON Schema
//! that editors use out of it.

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value as Json, json};

use super::fault::{LoadFault, Sentence};
use super::node::{Node, Source, Value};
use crate::select::nearest;

const TABLE: &str = include_str!("grammar.tsv");

struct Row {
    context: &'static str,
    key: &'static str,
    ty: &'static str,
    needed: bool,
    now: bool,
}

fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let row = |line: &'static str| {
            let mut cells = line.split('\t');
            let (context, key, ty) = (cells.next()?, cells.next()?, cells.next()?);
            Some(Row { context, key, ty, needed: cells.next()? == "needed", now: cells.next()? == "now" })
        };
        TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect()
    })
}

fn of(context: &str) -> impl Iterator<Item = &'static Row> {
    rows().iter().filter(move |row| row.context == context)
}

/// A fault at `node`.
pub(super) fn wrong(source: &Arc<Source>, node: &Node, key: &'static str, parts: &[&str]) -> LoadFault {
    wrong_at(source, &node.span, key, parts)
}

/// A fault at the bytes `span`.
pub(super) fn wrong_at(
    source: &Arc<Source>,
    span: &std::ops::Range<usize>,
    key: &'static str,
    parts: &[&str],
) -> LoadFault {
    LoadFault::Wrong {
        source: source.clone(),
        span: span.clone(),
        code: "BB1202",
        what: Sentence::new(key, parts),
        near: None,
    }
}

/// A fault with the nearest of `candidates` to `word`.
pub(super) fn with_near<'a>(fault: LoadFault, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> LoadFault {
    match fault {
        LoadFault::Wrong { source, span, code, what, .. } => {
            let near = nearest(word, candidates).map(ToOwned::to_owned);
            LoadFault::Wrong { source, span, code, what, near }
        }
        other => other,
    }
}

/// Checks that `node` is a mapping with only the keys of `context`, all that are needed and none that come later.
pub(super) fn check(source: &Arc<Source>, node: &Node, context: &str) -> Result<(), LoadFault> {
    let Value::Map(pairs) = &node.value else {
        return Err(wrong(source, node, "scn.not-a-map", &[context, node.form()]));
    };
    for (key, value) in pairs {
        match of(context).find(|row| row.key == key.text) {
            Some(row) if !row.now => return Err(wrong_at(source, &key.span, "scn.key-later", &[&key.text])),
            Some(row) => closed_words(source, row, value)?,
            None => {
                let fault = wrong_at(source, &key.span, "scn.unknown-key", &[&key.text, context]);
                return Err(with_near(fault, &key.text, of(context).map(|row| row.key)));
            }
        }
    }
    match of(context).find(|row| row.needed && node.get(row.key).is_none()) {
        Some(row) => Err(wrong_at(source, &(node.span.start..node.span.start), "scn.missing-key", &[context, row.key])),
        None => Ok(()),
    }
}

/// A type `a|b|c`, also inside `one(…)`, allows only these words.
fn closed_words(source: &Arc<Source>, row: &Row, value: &Node) -> Result<(), LoadFault> {
    let ty = row.ty.strip_prefix("one(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(row.ty);
    if !ty.contains('|') && ty != "1" && ty != "barnehage" {
        return Ok(());
    }
    let words: Vec<&str> = ty.split('|').collect();
    for item in value.items() {
        let written = item.written().unwrap_or_else(|| item.form().to_owned());
        if !words.contains(&written.as_str()) {
            let fault = wrong(source, item, "scn.not-in-list", &[&written, row.key, &words.join(", ")]);
            return Err(with_near(fault, &written, words.iter().copied()));
        }
    }
    Ok(())
}

/// The keys of `context` that carry an action or an expectation, in the table's order.
pub(super) fn keys(context: &str) -> Vec<&'static str> {
    of(context).map(|row| row.key).collect()
}

/// JSON Schema of scenario files, from the same table that `lint` checks with.
#[must_use]
pub fn schema() -> Json {
    let mut contexts: Vec<&str> = Vec::new();
    for row in rows() {
        if !contexts.contains(&row.context) {
            contexts.push(row.context);
        }
    }
    let mut definitions = Map::new();
    for context in &contexts {
        definitions.insert((*context).to_owned(), object(context));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "/_byteby/v1/schema/scenario-1.json",
        "title": "Byteby scenario",
        "$ref": "#/$defs/scenario",
        "$defs": definitions,
    })
}

fn object(context: &str) -> Json {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for row in of(context).filter(|row| row.now) {
        properties.insert(row.key.to_owned(), type_schema(row.ty));
        if row.needed {
            required.push(row.key);
        }
    }
    let strict = json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    });
    match context {
        // A cast member may be its selector alone, an event has the fields of its kind.
        "cast" => json!({ "anyOf": [{ "type": "string" }, strict] }),
        _ => strict,
    }
}

fn type_schema(ty: &str) -> Json {
    let inside = |name: &str| ty.strip_prefix(name).and_then(|rest| rest.strip_prefix('(')?.strip_suffix(')'));
    if let Some(item) = inside("list") {
        return json!({ "type": "array", "items": type_schema(item) });
    }
    if let Some(item) = inside("one") {
        return json!({ "anyOf": [type_schema(item), { "type": "array", "items": type_schema(item) }] });
    }
    if let Some(item) = inside("map") {
        return json!({ "type": "object", "additionalProperties": type_schema(item) });
    }
    match ty {
        "1" => json!({ "const": 1 }),
        "int" => json!({ "type": "integer" }),
        "bool" => json!({ "type": "boolean" }),
        "slug" => json!({ "type": "string", "pattern": "^[a-z0-9-]+$" }),
        "name" => json!({ "type": "string", "pattern": "^[a-z][a-z0-9_]*$" }),
        "any" | "match" => json!({}),
        "[event]" => json!({ "type": "object", "required": ["kind"] }),
        ty if ty.starts_with('[') => json!({ "$ref": format!("#/$defs/{}", ty.trim_matches(['[', ']'])) }),
        ty if ty.contains('|') => json!({ "enum": ty.split('|').collect::<Vec<_>>() }),
        _ => json!({ "type": "string" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_context_named_in_the_table_is_described_in_it() {
        let known: std::collections::BTreeSet<_> = rows().iter().map(|row| row.context).collect();
        for row in rows() {
            if let Some(start) = row.ty.find('[') {
                let name = &row.ty[start + 1..row.ty.find(']').unwrap()];
                assert!(known.contains(name) || name == "event", "{name} of {}.{}", row.context, row.key);
            }
        }
        assert!(rows().len() > 150, "the table is read");
    }

    #[test]
    fn the_schema_allows_what_this_version_runs_and_nothing_else() {
        let schema = schema();
        let scenario = &schema["$defs"]["scenario"];
        assert_eq!(scenario["required"], json!(["byteby", "name", "world", "timeline"]));
        assert!(scenario["properties"].get("chaos").is_none(), "what comes later is no key of the schema");
        assert_eq!(schema["$defs"]["message"]["properties"]["channel"]["anyOf"][0]["enum"][1], "print");
    }
}
