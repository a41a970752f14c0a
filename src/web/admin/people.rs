//! People by selector or number, and what a test may set about one. What leaves the town follows protection:
//! [`PersonView`] holds no hidden home, and no selector sees one.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Path;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Body, Fields, Named, Query};
use super::find::{by_number, is_number, places};
use super::problem::{Code, Problem};
use super::rows::{Column, Format, Rows, fields, page, row};
use crate::select::Kind;
use crate::town::livshendelser;
use crate::town::model::PersonId;
use crate::town::state::Person;
use crate::town::{Cause, Town};
use crate::web::view::PersonView;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one, change))
}

/// What stands in comma-separated values about people, and every member there is.
const COLUMNS: &[Column] = &[
    Column("id", "/id"),
    Column("navn", "/navn"),
    Column("fornavn", "/fornavn"),
    Column("mellomnavn", "/mellomnavn"),
    Column("etternavn", "/etternavn"),
    Column("foedselsdato", "/foedselsdato"),
    Column("alder", "/alder"),
    Column("kjoenn", "/kjoenn"),
    Column("personstatus", "/personstatus"),
    Column("sivilstand", "/sivilstand"),
    Column("adressebeskyttelse", "/adressebeskyttelse"),
    Column("adresse", "/adresse/linje"),
    Column("postnummer", "/adresse/postnummer"),
    Column("poststed", "/adresse/poststed"),
    Column("postadresse", "/postadresse/linje"),
    Column("postadresse_postnummer", "/postadresse/postnummer"),
    Column("postadresse_poststed", "/postadresse/poststed"),
    Column("ektefelle", "/ektefelle"),
    Column("foreldre", "/foreldre"),
    Column("barn", "/barn"),
    Column("husstand", "/husstand"),
    Column("epost", "/kontakt/epost"),
    Column("mobil", "/kontakt/mobil"),
    Column("reservert", "/kontakt/reservert"),
    Column("postkasse", "/kontakt/postkasse"),
    Column("spraak", "/kontakt/spraak"),
    Column("barnehage", "/barnehage"),
    Column("merker", "/merker"),
];

/// Which people, and what about them.
#[derive(Deserialize, IntoParams)]
pub(super) struct Wanted {
    /// A selector, or an identity number; all residents without one.
    r#where: Option<String>,
    /// Those behind the person with this identity number, in the order of the population.
    after: Option<String>,
    /// At most so many: 100 when nothing is said, never more than 10 000.
    limit: Option<usize>,
    /// Names of members with commas between; all without.
    fields: Option<String>,
}

impl Fields for Wanted {}

/// People found.
#[derive(Serialize, ToSchema)]
#[schema(as = People)]
#[allow(dead_code, reason = "describes the answer; the answer itself holds only the members asked for")]
struct PeopleFound {
    /// Members asked for; see `Person`.
    #[schema(value_type = Vec<Object>)]
    people: Vec<Map<String, Value>>,
    /// Whether there are more.
    more: bool,
    /// What to give as `after` for them.
    next: Option<String>,
}

/// People that a selector finds, in the order of the population.
#[utoipa::path(get, path = "/worlds/{world}/people", tag = "town",
    responses((status = 200, content((PeopleFound = "application/json"), (String = "text/csv"),
        (String = "application/x-ndjson")))))]
pub(super) async fn list(
    Named { world, .. }: Named,
    Query(wanted): Query<Wanted>,
    form: Format,
) -> Result<Response, Problem> {
    let town = world.town();
    let fields = fields(wanted.fields.as_deref(), COLUMNS)?;
    let number = |text: &str| by_number(&town, text).map(|key| town.id_of(key).map_or(0, |id| id.0));
    let after = wanted.after.as_deref().map(number).transpose().map_err(|problem| problem.at("?after"))?;
    let (found, more) = match wanted.r#where.as_deref() {
        Some(text) if is_number(text) => page(std::iter::once(number(text)?), after, wanted.limit),
        Some(text) => page(places(&town, text, Kind::Person).await?.into_iter(), after, wanted.limit),
        None => page(town.people().filter(Person::is_bosatt).map(|person| person.id.0), after, wanted.limit),
    };
    let number_of = |id: &u32| town.person(PersonId(*id)).nummer().to_string();
    let next = found.last().filter(|_| more).map(number_of);
    let views = found.iter().filter_map(|id| PersonView::of(&town, town.key_of(PersonId(*id))));
    let rows = views.map(|view| row(&view, fields.as_deref())).collect::<Result<_, _>>()?;
    Ok(Rows { name: "people", columns: COLUMNS, rows, next }.answer(form, fields.as_deref()))
}

/// Which person, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Who {
    /// Identity number.
    id: String,
}

fn shown(town: &Town, id: &str) -> Result<PersonView, Problem> {
    let key = by_number(town, id)?;
    let view = PersonView::of(town, key);
    view.ok_or_else(|| Problem::new(Code::UnknownPerson, "nobody in this world has that identity number"))
}

/// One person as all registers together show them.
#[utoipa::path(get, path = "/worlds/{world}/people/{id}", tag = "town",
    responses((status = 200, body = PersonView)))]
pub(super) async fn one(Named { world, .. }: Named, Path(who): Path<Who>) -> Result<Json<PersonView>, Problem> {
    shown(&world.town(), &who.id).map(Json)
}

/// What is to be different about a person. Each member is a life event that happens now.
#[derive(Deserialize, ToSchema)]
#[schema(as = PersonChange)]
pub(super) struct Change {
    /// Reserved against digital communication (the life event `reservasjon`).
    reservert: Option<bool>,
    /// Language for letters: `nb`, `nn`, `en` or `se` (`kontaktendring`).
    spraak: Option<String>,
    /// Supplier of the digital mailbox: `ingen`, `digipost` or `e-boks` (`kontaktendring`).
    postkasse: Option<String>,
}

impl Fields for Change {
    const LATER: &'static [&'static str] = &[
        "navn",
        "fornavn",
        "mellomnavn",
        "etternavn",
        "foedselsdato",
        "kjoenn",
        "personstatus",
        "sivilstand",
        "adressebeskyttelse",
        "adresse",
        "postadresse",
        "ektefelle",
        "epost",
        "mobil",
        "barnehage",
        "merker",
    ];
}

/// Changes what a test may set about a person.
#[utoipa::path(patch, path = "/worlds/{world}/people/{id}", tag = "town", request_body = Change,
    responses((status = 200, body = PersonView)))]
pub(super) async fn change(
    Named { world, .. }: Named,
    Path(who): Path<Who>,
    Body(wanted): Body<Change>,
) -> Result<Json<PersonView>, Problem> {
    let town = world.town();
    let key = by_number(&town, &who.id)?;
    let mut contact = BTreeMap::new();
    contact.extend(wanted.spraak.map(|word| ("spraak".to_owned(), Value::String(word))));
    contact.extend(wanted.postkasse.map(|word| ("postkasse".to_owned(), Value::String(word))));
    let reserve = wanted.reservert.map(|value| BTreeMap::from([("reservert".to_owned(), Value::Bool(value))]));
    let events = [("reservasjon", reserve), ("kontaktendring", (!contact.is_empty()).then_some(contact))];
    let mut commands = Vec::new();
    for (kind, fields) in events {
        if let Some(fields) = fields {
            // All are read before any happens, so that a wrong word changes nothing.
            commands.push((kind, livshendelser::command(kind, key, &fields, &town)?));
        }
    }
    if commands.is_empty() {
        let detail = "nothing is asked for: give `reservert`, `spraak` or `postkasse`";
        return Err(Problem::new(Code::MissingField, detail));
    }
    for (kind, command) in commands {
        let now = world.town().now().millis().to_be_bytes();
        let written = format!("{command:?}");
        let origin = Cause::of(&format!("admin event {kind}"), &[&key.bytes(), written.as_bytes(), &now]);
        world.command(command, origin).await?;
    }
    shown(&world.town(), &who.id).map(Json)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::town::model::tests_town::{TestTown, rolle};

    #[test]
    fn the_columns_are_the_members_of_a_person() {
        let town = Town::new(std::sync::Arc::new(TestTown::eksempel()));
        let view = PersonView::of(&town, town.key_of(rolle::KARI)).unwrap();
        let members: BTreeSet<String> = row(&view, None).unwrap().keys().cloned().collect();
        let columns: BTreeSet<String> =
            COLUMNS.iter().filter_map(|column| column.1.split('/').nth(1)).map(str::to_owned).collect();
        assert_eq!(members, columns);
    }
}
