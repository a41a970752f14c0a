//! People by selector or number. What leaves the town follows protection: [`PersonView`] holds no protected home.

use std::sync::Arc;

use axum::Json;
use axum::extract::Path;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Fields, Named, Query, unknown};
use super::problem::{Code, Problem};
use crate::base::Foedselsnummer;
use crate::select::{Kind, Lang, Pick, Scope, Selector, Verdi};
use crate::town::Town;
use crate::town::model::PersonKey;
use crate::town::state::Person;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one))
}
use crate::web::view::PersonView;

/// People in an answer when nothing else is asked for.
const DEFAULT_LIMIT: usize = 100;
/// Most people in an answer.
const MAX_LIMIT: usize = 10_000;

/// Which people, and what about them.
#[derive(Deserialize, IntoParams)]
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
#[derive(Serialize, ToSchema)]
pub(super) struct People {
    #[schema(value_type = Vec<Object>)]
    people: Vec<Map<String, Value>>,
    /// Whether there are more than `limit`.
    more: bool,
}

/// The one person that `text` names: by identity number, or the first that a selector finds in the population's own
/// order.
pub(super) async fn one_by(town: &Arc<Town>, text: &str, place: &str) -> Result<PersonKey, Problem> {
    if is_number(text) {
        return by_number(town, text).map_err(|problem| Problem { code: Code::Nobody, ..problem }.at(place));
    }
    let found = select(town, text, place, Pick::First).await?;
    found.first().copied().ok_or_else(|| Problem::new(Code::Nobody, "the selector finds nobody").at(place))
}

/// Everybody that `text` names: one by identity number, or all that a selector finds.
pub(super) async fn all_by(town: &Arc<Town>, text: &str, place: &str) -> Result<Vec<PersonKey>, Problem> {
    if is_number(text) {
        return by_number(town, text).map(|key| vec![key]).map_err(|problem| problem.at(place));
    }
    select(town, text, place, Pick::All(None)).await
}

fn is_number(text: &str) -> bool {
    text.len() == 11 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// People that the selector `text` finds; a problem with the reason when there are none.
async fn select(town: &Arc<Town>, text: &str, place: &str, pick: Pick) -> Result<Vec<PersonKey>, Problem> {
    let (town, owned, at) = (town.clone(), text.to_owned(), place.to_owned());
    // A selector over a large town is a tenth of a second of computation.
    let found = tokio::task::spawn_blocking(move || {
        let selector = Selector::compile(&owned, Kind::Person).map_err(|fault| {
            let column = owned.get(..fault.span.start).map_or(0, |before| before.chars().count()) + 1;
            let near = fault.near.clone();
            Problem::new(Code::Selector, format!("{} (column {column})", fault.message(Lang::En)))
                .near(near.as_deref())
                .at(at.clone())
        })?;
        let run =
            |fault: crate::select::EvalFault| Problem::new(Code::SelectorRun, fault.message(Lang::En)).at(at.clone());
        let found = selector.find(&town, &pick).map_err(run)?;
        if found.is_empty() {
            return Err(nobody(&selector, &town, &owned).at(at.clone()));
        }
        let key = |value: &Verdi| match value {
            Verdi::Person(id) => Some(town.key_of(*id)),
            _ => None,
        };
        Ok(found.iter().filter_map(key).collect())
    });
    found.await.map_err(|panic| Problem::new(Code::Internal, panic.to_string()))?
}

/// Why `selector` finds nobody: the clause that removed the last candidates, and the nearest one that would not.
fn nobody(selector: &Selector, town: &Arc<Town>, text: &str) -> Problem {
    let problem = Problem::new(Code::Nobody, "the selector finds nobody");
    let Ok(Some(diagnosis)) = selector.diagnose(&Scope::of(town)) else { return problem };
    let clause = text.get(diagnosis.clause.clone()).unwrap_or("");
    let detail = format!("the selector finds nobody: `{clause}` removed the last {}", diagnosis.removed);
    let problem = Problem { detail, ..problem };
    match diagnosis.relaxed {
        Some(relaxed) => problem
            .hint(format!("`{}` would let {} through", relaxed.clause, relaxed.passes))
            .near(Some(&relaxed.selector)),
        None => problem,
    }
}

/// The person with number `text`. The number is not repeated in the answer: it may be a real person's.
pub(super) fn by_number(town: &Town, text: &str) -> Result<PersonKey, Problem> {
    let found = Foedselsnummer::parse(text).ok().and_then(|nummer| town.find(nummer));
    found.map(|id| town.key_of(id)).ok_or_else(|| {
        Problem::new(Code::UnknownPerson, "nobody in this world has that identity number")
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

/// People that a selector finds, in the order of the population.
#[utoipa::path(get, path = "/worlds/{world}/people", tag = "town", responses((status = 200, body = People)))]
pub(super) async fn list(Named { world, .. }: Named, Query(wanted): Query<Wanted>) -> Result<Json<People>, Problem> {
    let town = world.town();
    let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
    let fields: Option<Vec<&str>> = wanted.fields.as_deref().map(|fields| fields.split(',').map(str::trim).collect());
    let found: Vec<PersonKey> = match wanted.r#where.as_deref() {
        Some(text) if is_number(text) => vec![by_number(&town, text)?],
        Some(text) => match select(&town, text, "?where", Pick::All(None)).await {
            // A list of nobody is an answer, not a problem.
            Err(problem) if problem.code == Code::Nobody => Vec::new(),
            found => found?,
        },
        None => town.people().filter(Person::is_bosatt).take(limit + 1).map(|person| person.key()).collect(),
    };
    let more = found.len() > limit;
    let views = found.into_iter().take(limit).filter_map(|key| PersonView::of(&town, key));
    let people = views.map(|view| members(&view, fields.as_deref())).collect::<Result<_, _>>()?;
    Ok(Json(People { people, more }))
}

/// Which person, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Who {
    id: String,
}

/// One person as all registers together show them.
#[utoipa::path(get, path = "/worlds/{world}/people/{id}", tag = "town", responses((status = 200, body = PersonView)))]
pub(super) async fn one(Named { world, .. }: Named, Path(who): Path<Who>) -> Result<Json<PersonView>, Problem> {
    let town = world.town();
    let key = by_number(&town, &who.id)?;
    let view = PersonView::of(&town, key);
    view.map(Json).ok_or_else(|| Problem::new(Code::UnknownPerson, "nobody in this world has that identity number"))
}
