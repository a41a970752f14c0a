//! `byteby population`: populations as tables, in numbers, as test data of others; their digests and sources.

mod describe;
mod export;
mod generate;
mod progress;

pub(super) use describe::DescribeArgs;
pub(super) use export::ExportArgs;
pub(super) use generate::GenerateArgs;

use serde_json::json;

use super::args::{DigestArgs, Global, PopulationArgs, PopulationSub, TownArgs};
use super::{ExitCode, Failure, settings};
use crate::population::{self, Parts, PopulationError};

pub(super) async fn run(global: &Global, args: PopulationArgs) -> Result<ExitCode, Failure> {
    match args.command {
        PopulationSub::Generate(args) => generate::run(global, &args),
        PopulationSub::Describe(args) => describe::run(global, &args),
        PopulationSub::Export(args) => export::run(global, &args).await,
        PopulationSub::Digest(args) => digest(global, &args),
        PopulationSub::Verify(args) => super::verify::run(global, &args).await,
        PopulationSub::Sources => {
            sources(global);
            Ok(ExitCode::Good)
        }
    }
}

/// The population of the settings, of any size.
fn parts(global: &Global, args: &TownArgs) -> Result<Parts, Failure> {
    let spec = settings::town(global, args)?.spec();
    Parts::plan(&spec).map_err(unmade)
}

fn unmade(error: PopulationError) -> Failure {
    Failure::usage(error.to_string())
}

fn sources(global: &Global) {
    let sources = population::sources_by_doubt();
    if global.json {
        let rows: Vec<_> = sources
            .iter()
            .map(|source| {
                let (name, year) = (source.name, source.year);
                json!({ "confidence": source.confidence, "name": name, "year": year, "source": source.source })
            })
            .collect();
        println!("{:#}", json!(rows));
        return;
    }
    for source in sources {
        println!("{}\t{}\t{}\t{}", source.confidence, source.name, source.year, source.source);
    }
}

fn digest(global: &Global, args: &DigestArgs) -> Result<ExitCode, Failure> {
    let threads = args.threads.unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| Failure::new(ExitCode::Internal, error.to_string()))?;
    let parts = pool.install(|| parts(global, &args.town))?;
    if parts.count() > 1 {
        let mut progress = progress::Progress::on_stderr("parts");
        let made = pool.install(|| population::part_digests(&parts, |done, of| progress.show(done, of)));
        progress.end();
        let digests = made.map_err(unmade)?;
        println!("{}", population::digest_of_parts(&digests));
        if args.tables {
            for (part, digest) in digests.iter().enumerate() {
                println!("{digest}  part {}", part + 1);
            }
        }
        return Ok(ExitCode::Good);
    }
    let base = pool.install(|| parts.make(0)).map_err(unmade)?;
    println!("{}", base.digest);
    if args.tables {
        for (table, digest) in population::column_digests(&base) {
            println!("{digest}  {table}");
        }
    }
    Ok(ExitCode::Good)
}
