//! `byteby population export`: a town's people as test data in the form another system reads.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::super::args::{Global, TownArgs};
use super::super::lists::{selector, town};
use super::super::test::language;
use super::super::{ExitCode, Failure};
use crate::population::export::{altinn, tenor};
use crate::select::{Kind, Pick, Scope, Verdi};
use crate::town::model::PersonId;

#[derive(Args, Debug)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(super) town: TownArgs,
    /// Whose form
    #[arg(long = "as", value_name = "SYSTEM")]
    pub(super) system: System,
    /// Folder to write to
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// CEL selector of the people [default: `bosatt && alder >= 18` for altinn, whose users log in; `bosatt` for tenor]
    #[arg(long = "where", value_name = "EXPR")]
    pub(super) selector: Option<String>,
    /// At most this many people
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<usize>,
}

/// Systems whose test data is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum System {
    /// Altinn's local test platform: testData.json for an app, and the folder testdata
    Altinn,
    /// An answer of the national test-data search
    Tenor,
}

pub(super) async fn run(global: &Global, args: &ExportArgs) -> Result<ExitCode, Failure> {
    let lang = language(global.lang);
    let default = match args.system {
        System::Altinn => "bosatt && alder >= 18",
        System::Tenor => "bosatt",
    };
    let wanted = args.selector.as_deref().unwrap_or(default);
    let selector = selector(wanted, Kind::Person, lang)?;
    let town = town(global, &args.town).await?;
    let found = selector
        .find_in(&Scope::outside(&town), &Pick::All(None))
        .map_err(|fault| Failure::new(ExitCode::Nobody, fault.message(lang)))?;
    let people: Vec<PersonId> = found
        .iter()
        .filter_map(|value| match value {
            Verdi::Person(id) => Some(*id),
            _ => None,
        })
        .take(args.limit.unwrap_or(usize::MAX))
        .collect();
    if people.is_empty() {
        return Err(Failure::new(ExitCode::Nobody, format!("nobody matches `{wanted}`")));
    }
    let files = match args.system {
        System::Altinn => altinn(&town, &people),
        System::Tenor => [("tenor.json".to_owned(), tenor(&town, &people))].into(),
    };
    for (path, content) in &files {
        let path = args.out.join(path);
        write(&path, content).map_err(|error| Failure::usage(format!("cannot write `{}`: {error}", path.display())))?;
    }
    println!("{} people in {} files below {}", people.len(), files.len(), args.out.display());
    Ok(ExitCode::Good)
}

fn write(path: &Path, content: &Value) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, format!("{content:#}\n"))
}
