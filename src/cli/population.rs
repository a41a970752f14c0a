//! `byteby population`: digests and sources of base towns.

use super::args::{DigestArgs, Global, PopulationArgs, PopulationSub};
use super::{ExitCode, Failure, settings};
use crate::population;

pub(super) fn run(global: &Global, args: PopulationArgs) -> Result<ExitCode, Failure> {
    match args.command {
        PopulationSub::Digest(args) => digest(global, &args),
        PopulationSub::Verify(args) => super::verify::run(global, &args),
        PopulationSub::Sources => {
            for source in population::sources() {
                println!("{}\t{}\t{}\t{}", source.confidence, source.name, source.year, source.source);
            }
            Ok(ExitCode::Good)
        }
    }
}

fn digest(global: &Global, args: &DigestArgs) -> Result<ExitCode, Failure> {
    let config = settings::town(global, &args.town)?;
    let threads = args.threads.unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| Failure::new(ExitCode::Internal, error.to_string()))?;
    let base =
        pool.install(|| population::generate(&config.spec())).map_err(|error| Failure::usage(error.to_string()))?;
    println!("{}", base.digest);
    if args.tables {
        for (table, digest) in population::column_digests(&base) {
            println!("{digest}  {table}");
        }
    }
    Ok(ExitCode::Good)
}
