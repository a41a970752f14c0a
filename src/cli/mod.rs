//! The command line: reads it, puts the settings together, runs one command, ends with the exit code that tells a
//! pipeline what went wrong (`specs/experience.md` §4).

mod apps;
mod args;
mod client;
mod clock;
mod config;
mod demo;
mod doctor;
mod eid;
mod env;
mod exec;
mod exit;
mod faults;
mod journal;
mod lists;
mod observe;
mod people;
mod population;
mod project;
mod record;
mod registers;
mod remote;
mod safety;
mod services;
mod settings;
mod snapshot;
mod test;
mod trust;
mod up;
mod verify;
mod world;

use clap::{CommandFactory, FromArgMatches};

use args::{Cli, Sub};
pub use exit::Failure;

use crate::report::ExitCode;

/// Stack of the threads that serve, bytes: the deepest expression that is read (`select::work`) is walked by recursion.
/// Only what is used is ever taken from the machine.
const STACK: usize = 16 << 20;

/// Runs the program.
#[must_use]
pub fn main() -> std::process::ExitCode {
    let read = Cli::command().try_get_matches().and_then(|words| {
        let sources = config::Sources::of(&words);
        Cli::from_arg_matches(&words).map(|cli| (cli, sources))
    });
    let (cli, sources) = match read {
        Ok(read) => read,
        Err(error) => {
            // Help and version are asked for and go to stdout; everything else is a usage error of code 2.
            let _ = error.print();
            let code = if error.use_stderr() { ExitCode::Usage } else { ExitCode::Good };
            return code.code().into();
        }
    };
    start_logging(cli.global.verbose);
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    let threads = threads.enable_all().thread_name("byteby").thread_stack_size(STACK).build();
    let runtime = match threads {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::Internal.code().into();
        }
    };
    match runtime.block_on(run(cli, &sources)) {
        Ok(code) => code.into(),
        Err(failure) => {
            eprintln!("{failure}");
            failure.exit.code().into()
        }
    }
}

fn start_logging(verbose: u8) {
    use tracing_subscriber::EnvFilter;
    let default = match verbose {
        0 => "warn",
        1 => "byteby=info",
        _ => "byteby=debug",
    };
    let filter = EnvFilter::try_from_env("BYTEBY_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let colour = std::env::var_os("NO_COLOR").is_none();
    let logger = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour);
    // A second logger in one process is no reason to stop.
    let _ = logger.try_init();
}

async fn run(cli: Cli, sources: &config::Sources) -> Result<u8, Failure> {
    let mut global = cli.global;
    config::fill_global(&mut global, sources)?;
    let code = match cli.command {
        // A command that was run keeps its own code.
        Sub::Exec(args) => return exec::run(&global, args).await,
        Sub::Up(args) => up::run(&global, &args).await,
        Sub::Demo(args) => demo::run(&global, &args).await,
        Sub::Test(mut args) => {
            config::fill_test(&global, &mut args, sources)?;
            test::run(&global, args).await
        }
        Sub::Scenario(args) => test::scenario(&global, args),
        Sub::Env(args) => env::run(&global, &args),
        Sub::People(args) => people::run(&global, args).await,
        Sub::Orgs(args) => lists::orgs(&global, args).await,
        Sub::Households(args) => lists::households(&global, args).await,
        Sub::Services(args) => Ok(services::services(&global, &args)),
        Sub::Ops(args) => services::ops(&global, &args),
        Sub::Population(args) => population::run(&global, args).await,
        Sub::Event(args) => remote::event(&global, args).await,
        Sub::World(args) => world::run(&global, args).await,
        Sub::Fault(args) => faults::run(&global, args).await,
        Sub::Eid(args) => eid::run(&global, args).await,
        Sub::Clock(args) => clock::run(&global, args).await,
        Sub::Listen(args) => observe::listen(&global, args).await,
        Sub::Requests(args) => observe::requests(&global, args).await,
        Sub::Messages(args) => observe::messages(&global, args).await,
        Sub::Why(args) => observe::why(&global, args).await,
        Sub::Config(args) => config::run(&global, args, sources),
        Sub::Doctor(args) => doctor::run(&global, &args).await,
        Sub::Trust(args) => trust::run(&global, &args),
        Sub::Journal(args) => journal::run(&global, args).await,
        Sub::Snapshot(args) => snapshot::run(&global, args).await,
        Sub::Version => {
            use crate::population::{PACK, SCHEMA};
            println!("byteby {} (pack {PACK}, schema {SCHEMA})", env!("CARGO_PKG_VERSION"));
            Ok(ExitCode::Good)
        }
    };
    code.map(ExitCode::code)
}
