//! `byteby people`: citizens of a base town picked by a selector.

use serde_json::json;

use super::args::{Global, ListFormat, PeopleArgs};
use super::lists::{listing, selector, town};
use super::test::language;
use super::{ExitCode, Failure};
use crate::select::{Kind, Pick, Scope, Verdi};
use crate::town::model::Merke;
use crate::town::state::Person;

pub(super) async fn run(global: &Global, args: PeopleArgs) -> Result<ExitCode, Failure> {
    let lang = language(global.lang);
    // Compiled before the town is made: a wrong word should not cost the making.
    let selector = selector(&args.selector, Kind::Person, lang)?;
    let town = town(global, &args.town).await?;
    let found = selector
        .find_in(&Scope::outside(&town), &Pick::All(None))
        .map_err(|fault| Failure::new(ExitCode::Nobody, fault.message(lang)))?;
    let people: Vec<Person<'_>> = found
        .iter()
        .filter_map(|value| match value {
            Verdi::Person(id) => Some(town.person(*id)),
            _ => None,
        })
        .take(args.limit.unwrap_or(usize::MAX))
        .collect();
    let format = if global.json { ListFormat::Json } else { args.format };
    match &args.out {
        None if format == ListFormat::Parquet => {
            return Err(Failure::usage("parquet needs a file").with_hint("add --out people.parquet"));
        }
        Some(path) if format == ListFormat::Parquet => write_parquet(&people, path)?,
        Some(path) => std::fs::write(path, written(&people, format))
            .map_err(|error| Failure::usage(format!("cannot write `{}`: {error}", path.display())))?,
        None => print!("{}", written(&people, format)),
    }
    if people.is_empty() {
        return Err(Failure::new(ExitCode::Nobody, format!("nobody matches `{}`", args.selector)));
    }
    Ok(ExitCode::Good)
}

#[cfg(feature = "analyse")]
fn write_parquet(people: &[Person<'_>], out: &std::path::Path) -> Result<(), Failure> {
    crate::report::frames::people_parquet(people, out).map_err(|fault| Failure::usage(fault.to_string()))
}

#[cfg(not(feature = "analyse"))]
fn write_parquet(_people: &[Person<'_>], _out: &std::path::Path) -> Result<(), Failure> {
    Err(Failure::usage("this build writes no Parquet")
        .with_hint("build with `--features analyse`, or use --format csv"))
}

/// What a list shows of a person. No address stands here, so that none can slip out.
const COLUMNS: &[&str] = &["id", "navn", "alder", "kjoenn", "status", "sivilstand", "adressebeskyttelse", "merker"];

fn written(people: &[Person<'_>], format: ListFormat) -> String {
    let row = |person: &Person<'_>| {
        vec![
            json!(person.nummer().to_string()),
            json!(person.navn().full()),
            json!(person.alder()),
            json!(person.kjoenn().code()),
            json!(person.status().code()),
            json!(person.sivilstand().0.code()),
            json!(person.gradering().code()),
            json!(person.merker().into_iter().map(Merke::code).collect::<Vec<_>>()),
        ]
    };
    listing(COLUMNS, people.iter().map(row).collect(), format)
}
