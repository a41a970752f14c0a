//! `byteby population generate`: a population, or a share of it, as tables.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::super::args::{Global, TownArgs};
use super::super::{ExitCode, Failure};
use super::progress::Progress;
use super::{parts, unmade};
use crate::population::Parts;
use crate::population::export::{self, ExportFault, Form, Share, TABLES, Table, TextFiles, write_share};

#[derive(Args, Debug)]
pub(crate) struct GenerateArgs {
    #[command(flatten)]
    pub(super) town: TownArgs,
    /// Folder of the tables; files of the same names are written over
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Form of the tables [default: parquet in builds with the feature `analyse`, csv in others]
    #[arg(long, value_name = "FORM")]
    pub(super) format: Option<TableFormat>,
    /// Only share I of N: the N shares together are the whole, and can be made anywhere in any order
    #[arg(long, value_name = "I/N", default_value = "1/1")]
    pub(super) partition: String,
    /// Only these tables [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(super) tables: Vec<String>,
}

/// Forms of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum TableFormat {
    /// Columns with types, compressed
    Parquet,
    /// Comma-separated values
    Csv,
    /// One JSON object a line
    Ndjson,
}

impl TableFormat {
    fn word(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

/// The most shares a population is cut into: their number has five digits in the names of the files.
const MOST_SHARES: usize = 10_000;

pub(super) fn run(global: &Global, args: &GenerateArgs) -> Result<ExitCode, Failure> {
    let share = share(&args.partition)?;
    let tables = tables(&args.tables)?;
    let default = if cfg!(feature = "analyse") { TableFormat::Parquet } else { TableFormat::Csv };
    let format = args.format.unwrap_or(default);
    if format == TableFormat::Parquet && !cfg!(feature = "analyse") {
        return Err(Failure::usage("this build writes no Parquet")
            .with_hint("build with `--features analyse`, or use --format csv"));
    }
    let parts = parts(global, &args.town)?;
    std::fs::create_dir_all(&args.out).map_err(|error| unwritten(&args.out, &error))?;
    let mut progress = Progress::on_stderr("parts");
    let written = write(&parts, share, &tables, format, &args.out, |done, of| progress.show(done, of));
    progress.end();
    let written = written.map_err(|fault| match fault {
        ExportFault::Population(error) => unmade(error),
        ExportFault::File(error) => unwritten(&args.out, &error),
    })?;
    let manifest = export::manifest(&parts, share, &tables, &written, format.word());
    let sheet = share.file(&args.out, "population", "json");
    std::fs::write(&sheet, format!("{manifest:#}\n")).map_err(|error| unwritten(&sheet, &error))?;
    if global.json {
        println!("{manifest:#}");
    } else {
        for (table, rows) in tables.iter().zip(&written) {
            println!("{rows:>12}  {}", share.file(&args.out, table.name, format.word()).display());
        }
    }
    Ok(ExitCode::Good)
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("cannot write `{}`: {error}", path.display()))
}

fn write(
    parts: &Parts,
    share: Share,
    tables: &[&'static Table],
    format: TableFormat,
    dir: &Path,
    done: impl FnMut(usize, usize),
) -> Result<Vec<u64>, ExportFault> {
    let text = |form| TextFiles::create(dir, share, tables, form);
    match format {
        TableFormat::Csv => write_share(parts, share, tables, text(Form::Csv)?, done),
        TableFormat::Ndjson => write_share(parts, share, tables, text(Form::Ndjson)?, done),
        #[cfg(feature = "analyse")]
        TableFormat::Parquet => {
            let files = crate::report::frames::ParquetFiles::create(dir, share, tables)?;
            write_share(parts, share, tables, files, done)
        }
        #[cfg(not(feature = "analyse"))]
        TableFormat::Parquet => unreachable!("refused before anything is written"),
    }
}

/// The share written as `i/n`, counted from 1.
fn share(text: &str) -> Result<Share, Failure> {
    let wrong = |why: &str| {
        Err(Failure::usage(format!("`{text}` is not a share of a population: {why}"))
            .with_hint("write --partition 2/8 for the second of eight shares"))
    };
    let numbers = text.split_once('/').map(|(index, of)| (index.parse::<usize>(), of.parse::<usize>()));
    let Some((Ok(index), Ok(of))) = numbers else {
        return wrong("it is two whole numbers with a slash between");
    };
    if !(1..=MOST_SHARES).contains(&of) {
        return wrong("there are between 1 and 10 000 shares");
    }
    if !(1..=of).contains(&index) {
        return wrong("shares are counted from 1 to their number");
    }
    Ok(Share { index: index - 1, of })
}

/// The tables called `names`, in the order of [`TABLES`]; all when none is named.
fn tables(names: &[String]) -> Result<Vec<&'static Table>, Failure> {
    if let Some(unknown) = names.iter().find(|name| export::table(name).is_none()) {
        let known: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        return Err(Failure::usage(format!("there is no table `{unknown}`; there are {}", known.join(", "))));
    }
    let wanted = |table: &&Table| names.is_empty() || names.iter().any(|name| name == table.name);
    Ok(TABLES.iter().filter(wanted).collect())
}
