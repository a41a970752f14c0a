//! The sheet beside the tables: what made them and what is in them.

use serde_json::{Value, json};

use super::{Kind, Share, Table};
use crate::population::{PACK, Parts, kommune};

/// Says that nothing here is about anybody.
const ABOUT: &str = "Everybody and everything here is made up. These people do not exist, and none of the numbers, \
                     addresses and names belongs to anybody.";

/// What `population.json` beside the tables says: the inputs that make the same bytes again, which share this is, and
/// every table with its fields and how many rows of it were `written`. No clock and no machine stands in it.
#[must_use]
pub fn manifest(parts: &Parts, share: Share, tables: &[&'static Table], written: &[u64], format: &str) -> Value {
    let spec = parts.spec();
    let kommune =
        kommune(spec).map(|(nummer, navn)| json!({ "profile": spec.profile, "nummer": nummer, "navn": navn }));
    let tables: Vec<Value> = tables
        .iter()
        .zip(written)
        .map(|(table, rows)| {
            let fields: Vec<Value> =
                table.fields.iter().map(|field| json!({ "name": field.name, "type": type_of(field.kind) })).collect();
            json!({ "name": table.name, "row": table.row, "rows": rows, "fields": fields })
        })
        .collect();
    json!({
        "about": ABOUT,
        "inputs": {
            // As text: not every reader keeps 64 bits.
            "seed": spec.seed.to_string(),
            "size": spec.size,
            "date": spec.start.to_string(),
            "municipality": kommune,
            "pack": PACK,
            "schema": spec.schema,
        },
        "made_in_parts": parts.count(),
        "share": { "number": share.index + 1, "of": share.of },
        "format": format,
        "tables": tables,
    })
}

fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "integer",
        Kind::Text => "text",
        Kind::Date => "date",
        Kind::Bool => "boolean",
    }
}
