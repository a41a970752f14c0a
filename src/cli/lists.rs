//! Lists of a base town, and the forms every list is printed in.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::args::{Global, ListArgs, ListFormat, TownArgs};
use super::test::language;
use super::{ExitCode, Failure, settings};
use crate::population;
use crate::select::{Kind, Lang, Pick, Scope, Selector, Verdi};
use crate::town::Town;
use crate::town::model::{HusstandId, VirksomhetId};
use crate::town::state::Person;

/// The selector `text`, or a failure with a caret under what is wrong.
pub(super) fn selector(text: &str, kind: Kind, lang: Lang) -> Result<Selector, Failure> {
    Selector::compile(text, kind).map_err(|fault| {
        let column = text.get(..fault.span.start).map_or(0, |before| before.chars().count());
        Failure::usage(format!("{}\n  {text}\n  {}^", fault.message(lang), " ".repeat(column)))
    })
}

/// The base town of the settings.
pub(super) async fn town(global: &Global, args: &TownArgs) -> Result<Arc<Town>, Failure> {
    let spec = settings::town(global, args)?.spec();
    let base = tokio::task::spawn_blocking(move || population::generate(&spec))
        .await
        .map_err(|panic| Failure::new(ExitCode::Internal, panic.to_string()))?
        .map_err(|error| Failure::usage(error.to_string()))?;
    Ok(Arc::new(Town::new(Arc::new(base))))
}

/// Rows of `columns` in `format`.
pub(super) fn listing(columns: &[&str], rows: Vec<Vec<Value>>, format: ListFormat) -> String {
    let object = |row: Vec<Value>| -> Value {
        Value::Object(columns.iter().map(|column| (*column).to_owned()).zip(row).collect::<Map<_, _>>())
    };
    match format {
        ListFormat::Table | ListFormat::Parquet => table(columns, &rows),
        ListFormat::Csv => {
            let mut out = columns.join(",") + "\n";
            for row in &rows {
                out.push_str(&row.iter().map(|cell| quoted(&plain(cell))).collect::<Vec<_>>().join(","));
                out.push('\n');
            }
            out
        }
        ListFormat::Ndjson => rows.into_iter().fold(String::new(), |out, row| out + &object(row).to_string() + "\n"),
        ListFormat::Json => format!("{:#}\n", Value::Array(rows.into_iter().map(object).collect())),
    }
}

/// A value in one cell: lists with spaces between.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// A field of comma-separated values (RFC 4180).
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}

fn table(columns: &[&str], rows: &[Vec<Value>]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(plain).collect()).collect();
    let head: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    let all = || std::iter::once(&head).chain(&rows);
    let width = |place: usize| all().map(|row| row[place].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    all()
        .map(|row| {
            let padded: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            padded.join("  ").trim_end().to_owned() + "\n"
        })
        .collect()
}

pub(super) async fn orgs(global: &Global, args: ListArgs) -> Result<ExitCode, Failure> {
    const COLUMNS: &[&str] = &["orgnr", "navn", "organisasjonsform", "naeringskode", "ansatte", "kapasitet"];
    let row = |town: &Town, found: &Verdi| match found {
        Verdi::Virksomhet(place) => {
            let id = VirksomhetId(*place);
            let unit = (id.index() < town.virksomhet_count()).then(|| town.virksomhet(id))?;
            Some(vec![
                json!(unit.orgnr.to_string()),
                json!(town.enhetsnavn(id)),
                json!(unit.form.code()),
                json!(unit.naeringskode_tekst()),
                json!(unit.ansatte),
                json!(unit.kapasitet),
            ])
        }
        _ => None,
    };
    list(global, &args, Kind::Virksomhet, COLUMNS, row).await
}

pub(super) async fn households(global: &Global, args: ListArgs) -> Result<ExitCode, Failure> {
    let row = |town: &Town, found: &Verdi| match found {
        Verdi::Husstand(HusstandId(id)) => {
            let members = town.medlemmer_of(HusstandId(*id));
            let people: Vec<String> = members.iter().map(|member| member.nummer().to_string()).collect();
            let adults = members.iter().filter(|member: &&Person<'_>| member.alder() >= 18).count();
            Some(vec![json!(format!("h{id}")), json!(adults), json!(members.len() - adults), json!(people)])
        }
        _ => None,
    };
    list(global, &args, Kind::Husstand, &["id", "voksne", "barn", "medlemmer"], row).await
}

async fn list(
    global: &Global,
    args: &ListArgs,
    kind: Kind,
    columns: &[&str],
    row: impl Fn(&Town, &Verdi) -> Option<Vec<Value>>,
) -> Result<ExitCode, Failure> {
    let lang = language(global.lang);
    let selector = selector(&args.selector, kind, lang)?;
    let format = if global.json { ListFormat::Json } else { args.format };
    if format == ListFormat::Parquet {
        return Err(Failure::usage("only people are written as Parquet").with_hint("use --format csv"));
    }
    let town = town(global, &args.town).await?;
    let found = selector
        .find_in(&Scope::outside(&town), &Pick::All(None))
        .map_err(|fault| Failure::new(ExitCode::Nobody, fault.message(lang)))?;
    let rows: Vec<Vec<Value>> =
        found.iter().filter_map(|one| row(&town, one)).take(args.limit.unwrap_or(usize::MAX)).collect();
    let empty = rows.is_empty();
    print!("{}", listing(columns, rows, format));
    if empty {
        return Err(Failure::new(ExitCode::Nobody, format!("nothing matches `{}`", args.selector)));
    }
    Ok(ExitCode::Good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_a_table_values_lines_or_one_array() {
        let rows = || vec![vec![json!("1"), json!("Å, B")], vec![json!("22"), json!(["x", "y"])]];
        let columns = ["id", "navn"];
        assert_eq!(listing(&columns, rows(), ListFormat::Table), "id  navn\n1   Å, B\n22  x y\n");
        assert_eq!(listing(&columns, rows(), ListFormat::Csv), "id,navn\n1,\"Å, B\"\n22,x y\n");
        let lines = listing(&columns, rows(), ListFormat::Ndjson);
        assert_eq!(lines, "{\"id\":\"1\",\"navn\":\"Å, B\"}\n{\"id\":\"22\",\"navn\":[\"x\",\"y\"]}\n");
        let array: Value = serde_json::from_str(&listing(&columns, rows(), ListFormat::Json)).unwrap();
        assert_eq!(array[1]["navn"], json!(["x", "y"]));
    }
}
