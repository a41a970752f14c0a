//! Checks JSON against schemas of `tests/data`, written from the contracts. It knows the words those schemas use and
//! panics at another, so that nothing is passed over.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Map, Value};

/// A schema that is ready to check with.
pub(crate) struct Skjema {
    root: Value,
    patterns: BTreeMap<String, Regex>,
}

fn collect(schema: &Value, patterns: &mut BTreeMap<String, Regex>) {
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        patterns.insert(pattern.to_owned(), Regex::new(pattern).unwrap());
    }
    match schema {
        Value::Object(fields) => fields.values().for_each(|inner| collect(inner, patterns)),
        Value::Array(items) => items.iter().for_each(|inner| collect(inner, patterns)),
        _ => {}
    }
}

impl Skjema {
    /// `tests/data/<name>.schema.json`.
    pub(crate) fn named(name: &str) -> Self {
        let path = format!("{}/tests/data/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let root: Value = serde_json::from_str(&text).unwrap();
        let mut patterns = BTreeMap::new();
        collect(&root, &mut patterns);
        Self { root, patterns }
    }

    /// Panics with the first thing that is wrong with `value`.
    pub(crate) fn check(&self, value: &Value) {
        if let Some(fault) = self.fault(&self.root, value, "$") {
            panic!("{fault}\n{value:#}");
        }
    }

    fn fault(&self, schema: &Value, value: &Value, at: &str) -> Option<String> {
        let rules = schema.as_object().unwrap();
        rules.iter().find_map(|(word, rule)| self.word(rules, word, rule, value, at))
    }

    fn word(&self, rules: &Map<String, Value>, word: &str, rule: &Value, value: &Value, at: &str) -> Option<String> {
        let size = rule.as_u64().unwrap_or(0);
        let holds = match word {
            "$schema" | "title" => true,
            "type" => match rule.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "integer" => value.is_i64() || value.is_u64(),
                "boolean" => value.is_boolean(),
                other => panic!("the type {other} is not known here"),
            },
            "const" => value == rule,
            "enum" => rule.as_array().unwrap().contains(value),
            "pattern" => value.as_str().is_none_or(|text| self.patterns[rule.as_str().unwrap()].is_match(text)),
            "minimum" => value.as_u64().is_none_or(|number| number >= size),
            "maximum" => value.as_u64().is_none_or(|number| number <= size),
            "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= size),
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= size),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= size),
            "required" => rule.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some()),
            "additionalProperties" => {
                let known = rules["properties"].as_object().unwrap();
                *rule == Value::Bool(false)
                    && value.as_object().is_none_or(|own| own.keys().all(|key| known.contains_key(key)))
            }
            "properties" => {
                let inner = rule.as_object().unwrap().iter();
                return inner
                    .filter_map(|(name, schema)| Some((name, schema, value.get(name)?)))
                    .find_map(|(name, schema, inner)| self.fault(schema, inner, &format!("{at}.{name}")));
            }
            "items" => {
                let items = value.as_array().into_iter().flatten().enumerate();
                return items.into_iter().find_map(|(place, item)| self.fault(rule, item, &format!("{at}[{place}]")));
            }
            "oneOf" => {
                let fits = rule.as_array().unwrap().iter().filter(|one| self.fault(one, value, at).is_none());
                fits.count() == 1
            }
            other => panic!("the word {other} is not known here"),
        };
        (!holds).then(|| format!("{at}: {word} {rule} does not hold of {value}"))
    }
}

#[test]
fn a_document_that_breaks_its_schema_is_told_apart() {
    let schema = Skjema::named("skatt/summert-v2");
    let good = serde_json::json!({"personidentifikator": "12345678901", "inntektsaar": "2025",
        "grunnlag": [{"tekniskNavn": "utbytteFraAksje", "beloep": 7, "kategori": "inntekt"}], "skjermet": false,
        "skatteoppgjoersdato": "2026-04-09", "stadie": "oppgjoer", "ajourholdstidspunkt": "2026-04-09T05:31:02.120Z"});
    schema.check(&good);
    let changes: [(&str, fn(&mut Value)); 8] = [
        ("another field", |doc| doc["noe"] = true.into()),
        ("null", |doc| doc["skatteoppgjoersdato"] = Value::Null),
        ("an empty list", |doc| doc["grunnlag"] = serde_json::json!([])),
        ("a list of categories", |doc| doc["grunnlag"][0]["kategori"] = serde_json::json!(["inntekt"])),
        ("text for an amount", |doc| doc["grunnlag"][0]["beloep"] = "7".into()),
        ("a number for a year", |doc| doc["inntektsaar"] = 2025.into()),
        ("local time", |doc| doc["ajourholdstidspunkt"] = "2026-04-09T07:31:02.120+02:00".into()),
        ("no stage", |doc| {
            doc.as_object_mut().unwrap().shift_remove("stadie");
        }),
    ];
    for (what, change) in changes {
        let mut bad = good.clone();
        change(&mut bad);
        assert!(schema.fault(&schema.root, &bad, "$").is_some(), "{what}");
    }
}
