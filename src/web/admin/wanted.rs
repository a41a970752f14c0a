//! A wanted request in the body of a call: the words of a scenario's `request` (`specs/experience.md` §10.3 Req), with
//! people by identity number or selector.

use std::sync::Arc;

use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{RefOr, schema::AdditionalProperties};

use super::find::all_by;
use super::problem::{Code, Problem};
use crate::observe::{Distance, RequestEntry};
use crate::scenario::{LoadFault, Wish};
use crate::select::Lang;
use crate::town::Town;
use crate::town::model::PersonKey;

/// A wanted request, ready to be compared.
pub(super) struct Wanted {
    wish: Wish,
    about: Vec<PersonKey>,
}

/// Words a wanted request can have, with what they say.
const WORDS: &[(&str, &str)] = &[
    ("service", "Service id."),
    ("operation", "Operation, `service.ressurs.handling`."),
    ("app", "App."),
    ("as_client", "Client id."),
    ("query", "Match of the query parameters."),
    ("body", "Match of the body."),
    ("status", "Match of the answer's status."),
    ("count", "How many: a number, `>= n`, `<= n`, `n..m` or `none`; at least one without."),
];

impl utoipa::PartialSchema for Wanted {
    fn schema() -> RefOr<Schema> {
        let any = |about: &str| {
            ObjectBuilder::new().schema_type(utoipa::openapi::schema::SchemaType::AnyValue).description(Some(about))
        };
        let people = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("Whom it is about: an identity number or a selector, whose every person counts."));
        let schema = ObjectBuilder::new()
            .description(Some("A wanted request, in the words of a scenario."))
            .property("about", people)
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        WORDS.iter().fold(schema, |schema, (word, about)| schema.property(*word, any(about))).into()
    }
}

impl ToSchema for Wanted {}

impl Wanted {
    /// Reads the body of a call.
    pub(super) async fn read(town: &Arc<Town>, mut body: Map<String, Value>) -> Result<Self, Problem> {
        let mut about = Vec::new();
        let named = match body.remove("about") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(all)) => all,
            Some(one) => vec![one],
        };
        for one in &named {
            let Some(text) = one.as_str() else {
                return Err(Problem::value("/about", "people are named by an identity number or a selector, as text"));
            };
            about.extend(all_by(town, text, "/about").await?);
        }
        let text = Value::Object(body).to_string();
        let wish = Wish::read(&text).map_err(|fault| unreadable(&fault))?;
        Ok(Self { wish, about })
    }

    /// How far an entry is from it.
    pub(super) fn distance(&self, town: &Arc<Town>, entry: &RequestEntry) -> Distance {
        self.wish.distance(town, &self.about, entry)
    }

    /// Whether `count` requests are as many as wanted.
    pub(super) fn is_enough(&self, count: u64) -> bool {
        self.wish.is_enough(count)
    }
}

fn unreadable(fault: &LoadFault) -> Problem {
    let near = match fault {
        LoadFault::Wrong { near, .. } => near.as_deref(),
        LoadFault::Unreadable { .. } => None,
    };
    let words: Vec<&str> = std::iter::once("about").chain(WORDS.iter().map(|(word, _)| *word)).collect();
    Problem::new(Code::WantedRequest, fault.message(Lang::En)).near(near).hint(format!("words: {}", words.join(", ")))
}
