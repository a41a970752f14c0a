//! Checks JSON against the schemas below `tests/data`, written from the contracts. Knows the words those schemas use; a
//! schema with another word fails, so that nothing is passed over.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

/// A schema that is ready to check with.
pub(crate) struct Skjema {
    root: Value,
    patterns: BTreeMap<String, Regex>,
}

fn collect(schema: &Value, patterns: &mut BTreeMap<String, Regex>) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::String(pattern)) = object.get("pattern") {
                patterns.insert(pattern.clone(), Regex::new(pattern).expect("a pattern"));
            }
            object.values().for_each(|value| collect(value, patterns));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, patterns)),
        _ => {}
    }
}

impl Skjema {
    /// The schema `tests/data/{name}.schema.json`.
    pub(crate) fn named(name: &str) -> Self {
        let path = format!("{}/tests/data/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let root: Value = serde_json::from_str(&text).expect("a schema is JSON");
        let mut patterns = BTreeMap::new();
        collect(&root, &mut patterns);
        Self { root, patterns }
    }

    /// The first thing that is wrong with `value`, and where.
    pub(crate) fn fault(&self, value: &Value) -> Option<String> {
        self.check(&self.root, value, "$").err()
    }

    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let rules = schema.as_object().expect("a schema is an object");
        for (word, rule) in rules {
            let holds = match word.as_str() {
                "$schema" | "$defs" | "title" => true,
                "$ref" => {
                    let name = rule.as_str().and_then(|path| path.strip_prefix("#/$defs/")).expect("a local reference");
                    self.check(&self.root["$defs"][name], value, at)?;
                    true
                }
                "type" => is_of_type(value, rule.as_str().expect("a type")),
                "const" => value == rule,
                "enum" => rule.as_array().expect("values").contains(value),
                "pattern" => {
                    value.as_str().is_none_or(|text| self.patterns[rule.as_str().expect("one")].is_match(text))
                }
                "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= number(rule)),
                "maxLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 <= number(rule)),
                "minimum" => value.as_u64().is_some_and(|value| value >= number(rule)),
                "maximum" => value.as_u64().is_some_and(|value| value <= number(rule)),
                "minItems" => value.as_array().is_none_or(|list| list.len() as u64 >= number(rule)),
                "maxItems" => value.as_array().is_none_or(|list| list.len() as u64 <= number(rule)),
                "minProperties" => value.as_object().is_none_or(|object| object.len() as u64 >= number(rule)),
                "required" => {
                    rule.as_array().expect("names").iter().all(|name| value.get(name.as_str().expect("one")).is_some())
                }
                "additionalProperties" => {
                    assert_eq!(rule, &Value::Bool(false), "nothing else is meant");
                    let known = &rules["properties"];
                    value.as_object().is_none_or(|object| object.keys().all(|key| known.get(key).is_some()))
                }
                "properties" => {
                    for (key, inner) in value.as_object().into_iter().flatten() {
                        if let Some(schema) = rule.get(key) {
                            self.check(schema, inner, &format!("{at}.{key}"))?;
                        }
                    }
                    true
                }
                "items" => {
                    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{at}[{place}]"))?;
                    }
                    true
                }
                "oneOf" => {
                    let fits = |one: &&Value| self.check(one, value, at).is_ok();
                    rule.as_array().expect("schemas").iter().filter(fits).count() == 1
                }
                other => panic!("the schema has the word `{other}`, which is not checked here"),
            };
            if !holds {
                return Err(format!("{at}: {word} {rule} does not hold of {value}"));
            }
        }
        Ok(())
    }
}

fn number(rule: &Value) -> u64 {
    rule.as_u64().expect("a number")
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        other => panic!("the schema has the type `{other}`, which is not checked here"),
    }
}

#[test]
fn a_body_that_breaks_its_schema_is_told_apart() {
    let schema = Skjema::named("krr/personer");
    let good = serde_json::json!({"personer": [{"personidentifikator": "22909195636", "reservasjon": "NEI",
        "status": "IKKE_REGISTRERT"}]});
    assert_eq!(schema.fault(&good), None);
    let changes: [(&str, fn(&mut Value)); 5] = [
        ("another field", |body| body["personer"][0]["noe"] = true.into()),
        ("null", |body| body["personer"][0]["status"] = Value::Null),
        ("another word", |body| body["personer"][0]["status"] = "borte".into()),
        ("a field missing", |body| {
            body["personer"][0].as_object_mut().expect("an entry").shift_remove("reservasjon");
        }),
        ("another form", |body| body["personer"][0]["personidentifikator"] = "2290919563".into()),
    ];
    for (what, change) in changes {
        let mut bad = good.clone();
        change(&mut bad);
        assert!(schema.fault(&bad).is_some(), "{what}");
    }
}
