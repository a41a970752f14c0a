//! Casting: names for people, households and organisations that selectors find, as a scenario's `cast` does
//! (`specs/experience.md` §10.3).

use axum::Json;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Body, Fields, Named, strict};
use super::eid::visit;
use super::find::entities;
use super::places::{Business, Household, business};
use super::problem::{Code, Problem};
use crate::base::nearest;
use crate::select::{Kind, Pick, Verdi};
use crate::town::decide::FolkCommand;
use crate::town::model::{HusstandId, PersonKey};
use crate::town::{Cause, Command, Town};
use crate::web::view::PersonView;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(fill))
}

/// Whom a test needs.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewCast)]
pub(super) struct Wanted {
    /// A name for each: letters, digits and underscores.
    #[schema(value_type = std::collections::BTreeMap<String, Member>)]
    cast: Map<String, Value>,
    /// Kept from chance from now on, so that nobody dies by chance before the test; false when not given.
    hold: Option<bool>,
}

impl Fields for Wanted {}

/// One of the cast.
#[derive(Deserialize, ToSchema)]
#[schema(as = CastMember)]
struct Member {
    /// `person`, `husstand` or `virksomhet`; `person` when not given.
    is: Option<String>,
    /// A selector.
    r#where: String,
    /// `first`, `last`, `any` (by the town's seed) or `all`; `first` when not given.
    pick: Option<String>,
}

impl Fields for Member {
    const LATER: &'static [&'static str] = &["with", "make", "about"];
}

/// Who was found.
#[derive(Serialize, ToSchema)]
pub(super) struct Cast {
    /// A person, household or organisation for each name; a list of them for `all`.
    #[schema(value_type = Object)]
    cast: Map<String, Value>,
    /// Whether they are kept from chance.
    held: bool,
}

const PICKS: [&str; 4] = ["first", "last", "any", "all"];

fn pick(place: &str, word: Option<&str>) -> Result<Pick, Problem> {
    match word.unwrap_or("first") {
        "first" => Ok(Pick::First),
        "last" => Ok(Pick::Last),
        "any" => Ok(Pick::Any),
        "all" => Ok(Pick::All(None)),
        other => {
            let detail = format!("`{other}` is none of {}", PICKS.join(", "));
            Err(Problem::value(&format!("{place}/pick"), detail).near(nearest(other, PICKS)))
        }
    }
}

fn kind(place: &str, word: Option<&str>) -> Result<Kind, Problem> {
    let word = word.unwrap_or("person");
    Kind::parse(word).ok_or_else(|| {
        let words = Kind::ALL.map(Kind::word);
        let detail = format!("`{word}` is none of {}", words.join(", "));
        Problem::value(&format!("{place}/is"), detail).near(nearest(word, words))
    })
}

/// What is shown of `found`, and the people in it.
fn shown(town: &Town, found: &Verdi, people: &mut Vec<PersonKey>) -> Option<Value> {
    match found {
        Verdi::Person(id) => {
            people.push(town.key_of(*id));
            serde_json::to_value(PersonView::of(town, town.key_of(*id))?).ok()
        }
        Verdi::Husstand(id) => {
            people.extend(town.medlemmer_of(*id).iter().map(|member| town.key_of(member.id)));
            serde_json::to_value(Household::of(town, HusstandId(id.0))).ok()
        }
        Verdi::Virksomhet(place) => serde_json::to_value::<Business>(business(town, *place)?).ok(),
        _ => None,
    }
}

/// Finds citizens, households and organisations for a test.
#[utoipa::path(post, path = "/worlds/{world}/cast", tag = "town", request_body = Wanted,
    responses((status = 200, body = Cast)))]
pub(super) async fn fill(Named { world, inbound }: Named, Body(wanted): Body<Wanted>) -> Result<Json<Cast>, Problem> {
    if wanted.cast.is_empty() {
        return Err(Problem::new(Code::MissingField, "whom? give at least one name under `cast`").at("/cast"));
    }
    let town = world.town();
    let (mut cast, mut people) = (Map::new(), Vec::new());
    for (name, member) in wanted.cast {
        let place = format!("/cast/{name}");
        let Value::Object(member) = member else {
            return Err(Problem::value(&place, "each of the cast is an object with `where`"));
        };
        let member: Member = strict(member).map_err(|problem| problem.under(&place))?;
        let kind = kind(&place, member.is.as_deref())?;
        let pick = pick(&place, member.pick.as_deref())?;
        let all = matches!(pick, Pick::All(_));
        let found = entities(&town, &member.r#where, kind, &format!("{place}/where"), pick).await?;
        if let ([Verdi::Person(id)], false) = (found.as_slice(), all) {
            // The login services know them by these names too.
            let _ = visit(&inbound, &world).state.name_person(&name, town.key_of(*id));
        }
        let mut views = found.iter().filter_map(|one| shown(&town, one, &mut people)).collect::<Vec<_>>();
        let value = if all { Value::Array(views) } else { views.pop().unwrap_or(Value::Null) };
        cast.insert(name, value);
    }
    let held = wanted.hold == Some(true) && !people.is_empty();
    if held {
        people.sort_unstable();
        people.dedup();
        let bytes: Vec<[u8; 17]> = people.iter().map(|key| key.bytes()).collect();
        let parts: Vec<&[u8]> = bytes.iter().map(<[u8; 17]>::as_slice).collect();
        let cause = Cause::of("admin cast", &parts);
        world.command(Command::Folk(FolkCommand::Hold { personer: people, holdt: true }), cause).await?;
    }
    Ok(Json(Cast { cast, held }))
}
