//! The admin API as a page, made from its OpenAPI document, and the catalogue of errors (`specs/experience.md` §16,
//! §21).

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::shell::{Caller, Shell, rendered};
use crate::web::admin::document;
use crate::web::{Lang, entries};

/// Operations with one tag.
struct Section {
    name: String,
    operations: Vec<Operation>,
}

/// One method of one address.
struct Operation {
    id: String,
    method: String,
    path: String,
    about: String,
    parameters: Vec<Member>,
    /// Name of the schema of the body.
    body: String,
    answers: Vec<Given>,
}

/// A parameter, or a member of a schema.
struct Member {
    name: String,
    /// Where a parameter stands: path, query, header.
    place: String,
    required: bool,
    kind: Kind,
    about: String,
}

/// What a value can be: words around the name of a schema that has a place on the page.
#[derive(Default)]
struct Kind {
    before: String,
    schema: String,
    after: String,
}

/// An answer.
struct Given {
    status: String,
    about: String,
    kind: Kind,
}

/// A schema and its members.
struct Schema {
    name: String,
    about: String,
    members: Vec<Member>,
}

#[derive(Template)]
#[template(path = "api.html")]
struct Api {
    shell: Shell,
    base: String,
    sections: Vec<Section>,
    schemas: Vec<Schema>,
    later: Vec<(String, String)>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The schema a reference names.
fn referred(schema: &Value) -> Option<String> {
    schema["$ref"].as_str().and_then(|place| place.rsplit('/').next()).map(str::to_owned)
}

fn kind(schema: &Value) -> Kind {
    if let Some(schema) = referred(schema) {
        return Kind { schema, ..Kind::default() };
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(choices) = schema[choice].as_array() {
            let empty = choices.iter().any(|one| one["type"] == "null");
            let other = choices.iter().find(|one| one["type"] != "null").map(kind).unwrap_or_default();
            let after = if empty { format!("{} | null", other.after) } else { other.after };
            return Kind { after, ..other };
        }
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    if types.contains(&"array") {
        let inner = kind(&schema["items"]);
        return Kind { before: format!("[{}", inner.before), after: format!("{}]", inner.after), ..inner };
    }
    let words = match &schema["enum"] {
        Value::Array(words) => words.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "),
        _ if types.is_empty() => "any".to_owned(),
        _ => types.join(" | "),
    };
    Kind { before: words, ..Kind::default() }
}

/// Members of the object that `schema` describes, those of its parts too.
fn members(schema: &Value) -> Vec<Member> {
    let mut found = Vec::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        match referred(part) {
            Some(name) => found.extend(members(&document()["components"]["schemas"][name])),
            None => found.extend(members(part)),
        }
    }
    let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let properties = schema["properties"].as_object().into_iter().flatten();
    found.extend(properties.map(|(name, member)| Member {
        name: name.clone(),
        place: String::new(),
        required: required(name),
        kind: kind(member),
        about: text(&member["description"]),
    }));
    found
}

fn operation(method: &str, path: &str, item: &Value) -> Operation {
    let parameter = |one: &Value| Member {
        name: text(&one["name"]),
        place: text(&one["in"]),
        required: one["required"] == true,
        kind: kind(&one["schema"]),
        about: text(&one["description"]),
    };
    let given = |(status, answer): (&String, &Value)| {
        let media = answer["content"].as_object().and_then(|content| content.iter().next());
        let kind = media.map(|(media, body)| {
            let kind = kind(&body["schema"]);
            if media == "application/json" {
                kind
            } else {
                Kind { before: format!("{media} "), schema: kind.schema, after: String::new() }
            }
        });
        Given { status: status.clone(), about: text(&answer["description"]), kind: kind.unwrap_or_default() }
    };
    // The problem document is every operation's other answer; the page says so once.
    let answers = item["responses"].as_object().into_iter().flatten().filter(|(status, _)| *status != "default");
    Operation {
        id: text(&item["operationId"]),
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        about: text(&item["summary"]),
        parameters: item["parameters"].as_array().into_iter().flatten().map(parameter).collect(),
        body: referred(&item["requestBody"]["content"]["application/json"]["schema"]).unwrap_or_default(),
        answers: answers.map(given).collect(),
    }
}

fn sections() -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for (path, methods) in document()["paths"].as_object().into_iter().flatten() {
        for (method, item) in methods.as_object().into_iter().flatten() {
            let (tag, operation) = (text(&item["tags"][0]), operation(method, path, item));
            match sections.iter_mut().find(|section| section.name == tag) {
                Some(section) => section.operations.push(operation),
                None => sections.push(Section { name: tag, operations: vec![operation] }),
            }
        }
    }
    sections
}

pub(super) async fn api(caller: Caller) -> Response {
    let shell = caller.shell(caller.lang.text("api.title").to_owned(), "api");
    let schemas = document()["components"]["schemas"].as_object().into_iter().flatten();
    let schema = |(name, schema): (&String, &Value)| Schema {
        name: name.clone(),
        about: text(&schema["description"]),
        members: members(schema),
    };
    let later = document()["x-not-in-this-version"].as_array().into_iter().flatten();
    let page = Api {
        base: text(&document()["servers"][0]["url"]),
        sections: sections(),
        schemas: schemas.map(schema).collect(),
        later: later.map(|one| (text(&one["path"]), text(&one["what"]))).collect(),
        shell,
    };
    rendered(StatusCode::OK, caller.lang, &page)
}

/// An error of the catalogue.
struct Line {
    code: &'static str,
    status: String,
    title: &'static str,
    advice: &'static str,
}

#[derive(Template)]
#[template(path = "errors.html")]
struct Errors {
    shell: Shell,
    lines: Vec<Line>,
}

pub(super) async fn errors(caller: Caller) -> Response {
    let lang: Lang = caller.lang;
    let line = |entry: &crate::web::Entry| Line {
        code: entry.code,
        status: entry.status.map_or_else(|| "–".to_owned(), |status| status.to_string()),
        title: entry.title(lang),
        advice: entry.advice(lang),
    };
    let lines = entries().values().map(line).collect();
    let shell = caller.shell(lang.text("errors.title").to_owned(), "api");
    rendered(StatusCode::OK, lang, &Errors { shell, lines })
}
