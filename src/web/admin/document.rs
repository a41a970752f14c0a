//! The admin API described by itself: one OpenAPI 3.1 document, made from the routes (`specs/experience.md` §16).
//!
//! Each route says what is its own with `#[utoipa::path]`. What all have in common is added here once: the problem
//! document as every other answer, path parameters, `Idempotency-Key` on writes, closed request bodies and operation
//! ids. Known addresses and the page `/ui/api` are read from the finished document.

use std::sync::LazyLock;

use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use utoipa::PartialSchema;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Document;
use super::{BASE, LATER, PARTS, Shared};

/// Methods of HTTP as the document spells them.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Path parameters that mean the same everywhere.
const IN_PATH: &[(&str, &str)] = &[("world", "Name of the world.")];

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(openapi))
}

/// This description of the admin API.
#[utoipa::path(get, path = "/openapi.json", tag = "server",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = Object)))]
async fn openapi() -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}

/// The finished document.
pub(in crate::web) fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        let api = PARTS.iter().fold(OpenApiRouter::<Shared>::new(), |api, part| api.merge(part()));
        finished(api.into_openapi())
    });
    &DOCUMENT
}

/// Addresses of the document, behind `BASE`, with their parameters in braces.
pub(super) fn addresses() -> impl Iterator<Item = &'static str> {
    document()["paths"].as_object().into_iter().flat_map(Map::keys).map(String::as_str)
}

/// Methods that the address `path` of the document takes.
pub(super) fn methods(path: &str) -> impl Iterator<Item = &'static str> {
    let item = document()["paths"].get(path);
    METHODS.into_iter().filter(move |method| item.is_some_and(|item| item.get(method).is_some()))
}

/// What the document says about `method` on the address `path`.
pub(super) fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    document()["paths"].get(path)?.get(method.as_str().to_ascii_lowercase())
}

fn finished(api: OpenApi) -> Value {
    let mut document = serde_json::to_value(api).expect("a document of plain text, numbers and lists");
    document["info"] = json!({
        "title": "Byteby admin API",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Worlds, clock, life events, people and everything Byteby has seen. Errors are problem \
                        documents with stable codes; unknown fields are errors; lists page with `after` and `limit`.",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    });
    document["servers"] = json!([{"url": BASE}]);
    let later: Vec<Value> = LATER.iter().map(|(what, path)| json!({"path": path, "what": what})).collect();
    document["x-not-in-this-version"] = Value::Array(later);
    let mut bodies = Vec::new();
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                operation["operationId"] = Value::String(operation_id(method, path));
                complete(operation, method, path);
                let body = operation.pointer("/requestBody/content/application~1json/schema/$ref");
                bodies.extend(body.and_then(Value::as_str).map(str::to_owned));
            }
        }
    }
    let schemas = &mut document["components"]["schemas"];
    for body in bodies {
        let name = body.rsplit('/').next().unwrap_or_default();
        if let Some(Value::Object(schema)) = schemas.get_mut(name) {
            schema.entry("additionalProperties").or_insert(Value::Bool(false));
        }
    }
    schemas["Problem"] = serde_json::to_value(Document::schema()).expect("a schema of plain text");
    document["components"]["responses"] = json!({"Problem": {
        "description": "What went wrong and what to do about it.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }});
    document
}

/// What every operation has, unless the route says otherwise.
fn complete(operation: &mut Value, method: &str, path: &str) {
    operation["responses"]["default"] = json!({"$ref": "#/components/responses/Problem"});
    let Some(operation) = operation.as_object_mut() else { return };
    let Value::Array(parameters) = operation.entry("parameters").or_insert_with(|| json!([])) else { return };
    let has = |parameters: &[Value], name: &str| parameters.iter().any(|one| one["name"] == name);
    for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        if !has(parameters, name) {
            let about = IN_PATH.iter().find(|(known, _)| *known == name).map_or("", |(_, about)| about);
            parameters.push(json!({
                "name": name, "in": "path", "required": true, "description": about, "schema": {"type": "string"},
            }));
        }
    }
    if method != "get" && !has(parameters, "Idempotency-Key") {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "The same key with the same body gives the first answer again.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        }));
    }
    if parameters.is_empty() {
        operation.remove("parameters");
    }
    if matches!(method, "post" | "put" | "patch") {
        // Writes state their type even when they say nothing else.
        let nothing = json!({"x-nothing": true, "content": {"application/json": {
            "schema": {"type": "object", "additionalProperties": false},
        }}});
        operation.entry("requestBody").or_insert(nothing)["required"] = Value::Bool(true);
    } else if method == "delete" {
        operation.entry("requestBody").or_insert_with(|| json!({"x-nothing": true, "content": {}}));
    }
}

/// `get` and `/worlds/{world}/clock` become `get_worlds_world_clock`.
fn operation_id(method: &str, path: &str) -> String {
    let words: Vec<&str> = path.split(['/', '{', '}', '-', '.']).filter(|word| !word.is_empty()).collect();
    format!("{method}_{}", words.join("_"))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn no_two_parts_give_one_name_to_different_schemas() {
        let mut seen: BTreeMap<String, Value> = BTreeMap::new();
        for part in PARTS {
            let components = part().into_openapi().components.unwrap_or_default();
            for (name, schema) in components.schemas {
                let schema = serde_json::to_value(schema).unwrap();
                let before = seen.entry(name.clone()).or_insert_with(|| schema.clone());
                assert_eq!(*before, schema, "two schemas are called {name}: give one `#[schema(as = …)]`");
            }
        }
    }

    #[test]
    fn operations_have_one_id_each_a_summary_a_tag_and_the_problem_document() {
        let mut ids = BTreeSet::new();
        for (path, item) in document()["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let place = format!("{method} {path}");
                assert!(METHODS.contains(&method.as_str()), "{place}");
                assert!(ids.insert(operation["operationId"].to_string()), "{place}");
                assert!(
                    operation["summary"].as_str().is_some_and(|text| text.ends_with('.')),
                    "{place}: no doc comment"
                );
                assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{place}");
                assert!(operation["responses"]["default"].is_object(), "{place}");
                let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
                let in_path = parameters.iter().filter(|one| one["in"] == "path").count();
                assert_eq!(in_path, path.matches('{').count(), "{place}: a parameter of the path is not described");
            }
        }
    }

    /// A route whose query is not described would be closed to every query.
    #[test]
    fn every_query_that_is_read_is_described() {
        let mut paths = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/admin")];
        let mut handlers = 0;
        while let Some(path) = paths.pop() {
            if path.is_dir() {
                paths.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            // What is looked for stands in this test too.
            if path.ends_with("document.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for handler in text.split("#[utoipa::path(").skip(1) {
                let signature = handler.split("async fn ").nth(1).and_then(|rest| rest.split(" {\n").next());
                let reads = signature.is_some_and(|signature| signature.contains(": Query<"));
                if reads {
                    let attribute = handler.split("async fn ").next().unwrap();
                    assert!(attribute.contains("params("), "{}: {}", path.display(), signature.unwrap());
                    handlers += 1;
                }
            }
        }
        assert!(handlers > 8, "{handlers}");
        let people = operation(&Method::GET, "/worlds/{world}/people").unwrap();
        let in_query = people["parameters"].as_array().unwrap().iter().filter(|one| one["in"] == "query");
        let names: Vec<&str> = in_query.map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["where", "after", "limit", "fields"]);
    }

    #[test]
    fn every_reference_of_the_document_leads_somewhere() {
        fn walk(value: &Value, found: &mut BTreeSet<String>) {
            match value {
                Value::Object(object) => {
                    found.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
                    object.values().for_each(|value| walk(value, found));
                }
                Value::Array(list) => list.iter().for_each(|value| walk(value, found)),
                _ => {}
            }
        }
        let mut found = BTreeSet::new();
        walk(document(), &mut found);
        assert!(found.len() > 20, "{found:?}");
        for reference in found {
            let place = reference.strip_prefix('#').unwrap();
            assert!(document().pointer(place).is_some(), "{reference}");
        }
    }
}
