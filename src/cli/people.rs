//! `byteby people`: citizens of a base town picked by a selector.

use std::sync::Arc;

use serde_json::json;

use super::args::{Global, Lang, ListFormat, PeopleArgs};
use super::{ExitCode, Failure, settings};
use crate::population;
use crate::select::{self, Kind, Pick, Scope, Selector, Verdi};
use crate::town::Town;
use crate::town::model::Merke;
use crate::town::state::Person;

pub(super) async fn run(global: &Global, args: PeopleArgs) -> Result<ExitCode, Failure> {
    let config = settings::town(global, &args.town)?;
    let lang = match global.lang {
        Lang::Nb => select::Lang::Nb,
        Lang::En => select::Lang::En,
    };
    // Compiled before the town is made: a wrong word should not cost the making.
    let selector = Selector::compile(&args.selector, Kind::Person)
        .map_err(|fault| selector_fault(&args.selector, fault.span.start, &fault.message(lang)))?;
    let spec = config.spec();
    let base = tokio::task::spawn_blocking(move || population::generate(&spec))
        .await
        .map_err(|panic| Failure::new(ExitCode::Internal, panic.to_string()))?
        .map_err(|error| Failure::usage(error.to_string()))?;
    let town = Arc::new(Town::new(Arc::new(base)));
    let found =
        selector.find_in(&Scope::outside(&town), &Pick::All(None)).map_err(|fault| Failure::new(ExitCode::Nobody, fault.message(lang)))?;
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

fn selector_fault(text: &str, offset: usize, message: &str) -> Failure {
    let column = text.get(..offset).map_or(0, |before| before.chars().count());
    Failure::usage(format!("{message}\n  {text}\n  {}^", " ".repeat(column)))
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
const COLUMNS: [&str; 8] = ["id", "navn", "alder", "kjoenn", "status", "sivilstand", "adressebeskyttelse", "merker"];

fn fields(person: &Person<'_>) -> [String; 8] {
    [
        person.nummer().to_string(),
        person.navn().full(),
        person.alder().to_string(),
        person.kjoenn().code().to_owned(),
        person.status().code().to_owned(),
        person.sivilstand().0.code().to_owned(),
        person.gradering().code().to_owned(),
        person.merker().into_iter().map(Merke::code).collect::<Vec<_>>().join(" "),
    ]
}

fn written(people: &[Person<'_>], format: ListFormat) -> String {
    let object = |person: &Person<'_>| {
        json!({
            "id": person.nummer().to_string(),
            "navn": person.navn().full(),
            "alder": person.alder(),
            "kjoenn": person.kjoenn().code(),
            "status": person.status().code(),
            "sivilstand": person.sivilstand().0.code(),
            "adressebeskyttelse": person.gradering().code(),
            "merker": person.merker().into_iter().map(Merke::code).collect::<Vec<_>>(),
        })
    };
    match format {
        ListFormat::Table | ListFormat::Parquet => table(people),
        ListFormat::Csv => {
            let mut out = COLUMNS.join(",") + "\n";
            for person in people {
                out.push_str(&fields(person).map(|field| quoted(&field)).join(","));
                out.push('\n');
            }
            out
        }
        ListFormat::Ndjson => people.iter().fold(String::new(), |out, person| out + &object(person).to_string() + "\n"),
        ListFormat::Json => format!("{:#}\n", serde_json::Value::Array(people.iter().map(object).collect())),
    }
}

/// A field of comma-separated values (RFC 4180).
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}

fn table(people: &[Person<'_>]) -> String {
    let rows: Vec<[String; 8]> = people.iter().map(fields).collect();
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).chain([COLUMNS[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..COLUMNS.len()).map(width).collect();
    let line = |cells: [&str; 8]| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        padded.join("  ").trim_end().to_owned() + "\n"
    };
    let mut out = line(COLUMNS);
    for row in &rows {
        out.push_str(&line(row.each_ref().map(String::as_str)));
    }
    out
}
