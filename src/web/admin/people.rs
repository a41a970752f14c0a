//! People by selector or number. What leaves the town follows protection: [`PersonView`] holds no protected home.

use axum::Json;
use axum::extract::Path;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::body::{Fields, Named, Query, unknown};
use super::problem::{Code, Problem};
use crate::base::Foedselsnummer;
use crate::town::Town;
use crate::town::model::PersonKey;
use crate::web::view::PersonView;

/// People in an answer when nothing else is asked for.
const DEFAULT_LIMIT: usize = 100;
/// Most people in an answer.
const MAX_LIMIT: usize = 10_000;

/// Which people, and what about them.
#[derive(Deserialize)]
pub(super) struct Wanted {
    /// A selector; all residents without one.
    r#where: Option<String>,
    limit: Option<usize>,
    /// Names of members with commas between; all without.
    fields: Option<String>,
}

impl Fields for Wanted {
    const LATER: &'static [&'static str] = &["after"];
}

/// People found.
#[derive(Serialize)]
pub(super) struct People {
    people: Vec<Map<String, Value>>,
    /// Whether there are more than `limit`.
    more: bool,
}

/// The one person that `text` names: by identity number.
pub(super) fn one_by(town: &Town, text: &str, place: &str) -> Result<PersonKey, Problem> {
    if text.len() == 11 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return by_number(town, text).map_err(|problem| problem.at(place));
    }
    Err(Problem::not_in_version("choosing people by selector").at(place).hint("give an identity number"))
}

/// The person with number `text`. The number is not repeated in the answer: it may be a real person's.
fn by_number(town: &Town, text: &str) -> Result<PersonKey, Problem> {
    let found = Foedselsnummer::parse(text).ok().and_then(|nummer| town.find(nummer));
    found.map(|id| town.key_of(id)).ok_or_else(|| {
        Problem::new(Code::Nobody, "nobody in this world has that identity number")
            .hint("only synthetic numbers live here: the month is shown with 80 added")
    })
}

/// The members of `view`, all or those named.
fn members(view: &PersonView, fields: Option<&[&str]>) -> Result<Map<String, Value>, Problem> {
    let Ok(Value::Object(mut all)) = serde_json::to_value(view) else {
        return Err(Problem::new(Code::Internal, "a person could not be written"));
    };
    let Some(fields) = fields else { return Ok(all) };
    if let Some(wrong) = fields.iter().find(|field| !all.contains_key(**field)) {
        return Err(unknown(wrong, all.keys().map(String::as_str)).at("?fields"));
    }
    Ok(fields.iter().filter_map(|field| Some(((*field).to_owned(), all.remove(*field)?))).collect())
}

pub(super) async fn list(Named { world, .. }: Named, Query(wanted): Query<Wanted>) -> Result<Json<People>, Problem> {
    let town = world.town();
    let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
    let fields: Option<Vec<&str>> = wanted.fields.as_deref().map(|fields| fields.split(',').map(str::trim).collect());
    let found: Vec<PersonKey> = match wanted.r#where.as_deref() {
        Some(text) => vec![one_by(&town, text, "?where")?],
        None => town.people().filter(|person| person.is_bosatt()).take(limit + 1).map(|person| person.key()).collect(),
    };
    let more = found.len() > limit;
    let views = found.into_iter().take(limit).filter_map(|key| PersonView::of(&town, key));
    let people = views.map(|view| members(&view, fields.as_deref())).collect::<Result<_, _>>()?;
    Ok(Json(People { people, more }))
}

/// Which person, in the path.
#[derive(Deserialize)]
pub(super) struct Who {
    id: String,
}

pub(super) async fn one(Named { world, .. }: Named, Path(who): Path<Who>) -> Result<Json<PersonView>, Problem> {
    let town = world.town();
    let key = by_number(&town, &who.id)?;
    let view = PersonView::of(&town, key);
    view.map(Json).ok_or_else(|| Problem::new(Code::Nobody, "nobody in this world has that identity number"))
}
