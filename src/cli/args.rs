//! The words of the command line. Every setting can be given as a flag, as `BYTEBY_<FLAG>` and in `byteby.toml`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// A virtual Norwegian municipality: citizens, life events and the national APIs around them. Everything is synthetic.
#[derive(Parser, Debug)]
#[command(name = "byteby", disable_version_flag = true, infer_long_args = false, max_term_width = 110)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Sub,
}

/// Flags every command takes.
#[derive(Args, Clone, Debug)]
pub(super) struct Global {
    /// World to work in
    #[arg(long, global = true, value_name = "W", env = "BYTEBY_WORLD", default_value = "main")]
    pub(super) world: String,
    /// A running server to talk to
    #[arg(long, global = true, value_name = "URL", env = "BYTEBY_SERVER")]
    pub(super) server: Option<String>,
    /// Token of the admin API: what a server asks for, and what is sent to one
    #[arg(long, global = true, value_name = "TOKEN", env = "BYTEBY_ADMIN_TOKEN", hide_env_values = true)]
    pub(super) admin_token: Option<String>,
    /// Project file
    #[arg(long, global = true, value_name = "FILE", env = "BYTEBY_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// Language of text for people: failures and reports
    #[arg(long, global = true, value_name = "LANG", env = "BYTEBY_LANG", default_value = "nb")]
    pub(super) lang: Lang,
    /// Print one JSON document
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Say more on stderr (twice for more)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
}

/// Languages for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Lang {
    /// Bokmål
    Nb,
    /// English
    En,
}

#[derive(Subcommand, Debug)]
pub(super) enum Sub {
    /// Run the town in the foreground
    Up(ServerArgs),
    /// Run the town with the sample app and the scenario Få barn, then stay up
    Demo(DemoArgs),
    /// Run scenarios
    Test(TestArgs),
    /// Check scenario files
    Scenario(ScenarioArgs),
    /// Run a command with a town up and its addresses in the environment
    Exec(ExecArgs),
    /// Print settings for an app
    Env(EnvArgs),
    /// List citizens, all or those a selector picks
    People(PeopleArgs),
    /// List organisations, all or those a selector picks
    Orgs(ListArgs),
    /// List households, all or those a selector picks; hidden homes are left out
    Households(ListArgs),
    /// List what is mocked, and by which version of the public contract
    Services(ServicesArgs),
    /// List the operations of the mocked services
    Ops(OpsArgs),
    /// Make and check base towns
    Population(PopulationArgs),
    /// Make one life event happen now, in a running town
    Event(EventArgs),
    /// List, make, fork, reset, drop and compare worlds of a running town
    World(super::world::WorldArgs),
    /// Make the services of a running town fail
    Fault(super::faults::FaultArgs),
    /// Rotate keys, plan log-ins and set switches of the login and token services of a running town
    Eid(super::eid::EidArgs),
    /// Read or move the clock of a running town
    Clock(ClockArgs),
    /// Follow what apps ask, what citizens receive and what is noticed in a running town
    Listen(super::observe::ListenArgs),
    /// List what apps asked the services of a running town
    Requests(super::observe::RequestsArgs),
    /// List the letters citizens of a running town received
    Messages(super::observe::MessagesArgs),
    /// Say why something happened: the chain from an effect to its root
    Why(super::observe::WhyArgs),
    /// Show the settings that count
    Config(super::config::ConfigArgs),
    /// Look for what may be in the way
    Doctor(Box<super::doctor::DoctorArgs>),
    /// Make programs on this machine trust the town's certificates
    Trust(super::trust::TrustArgs),
    /// Read, check, export or repair the event log
    Journal(super::journal::JournalArgs),
    /// Save worlds to files and load them
    Snapshot(super::snapshot::SnapshotArgs),
    /// Print the version
    Version,
}

/// What makes a town.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct TownArgs {
    /// How many residents [default: 5000]
    #[arg(long, value_name = "N", env = "BYTEBY_SIZE")]
    pub(super) size: Option<String>,
    /// Seed: a number is itself, any other text its hash [default: 1814]
    #[arg(long, value_name = "S", env = "BYTEBY_SEED")]
    pub(super) seed: Option<String>,
    /// First day or instant, or `today` [default: 2027-01-04T08:00]
    #[arg(long, value_name = "D", env = "BYTEBY_DATE")]
    pub(super) date: Option<String>,
    /// Municipality profile [default: fjordkommune]
    #[arg(long, value_name = "P", env = "BYTEBY_MUNICIPALITY")]
    pub(super) municipality: Option<String>,
}

/// How a server runs.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct ServerArgs {
    #[command(flatten)]
    pub(super) town: TownArgs,
    /// Port for everything; 0 picks a free one [default: 2983]
    #[arg(long, value_name = "PORT", env = "BYTEBY_PORT")]
    pub(super) port: Option<u16>,
    /// Address to bind [default: 127.0.0.1]
    #[arg(long, value_name = "IP", env = "BYTEBY_HOST")]
    pub(super) host: Option<IpAddr>,
    /// Keep the town's log in this directory
    #[arg(long, value_name = "DIR", env = "BYTEBY_DATA")]
    pub(super) data: Option<PathBuf>,
    /// Begin with the world in this snapshot instead of a generated one
    #[arg(long, value_name = "SNAPSHOT", env = "BYTEBY_FROM")]
    pub(super) from: Option<PathBuf>,
    /// How the clock moves [default: running for up and demo, frozen for exec]
    #[arg(long, value_name = "MODE", env = "BYTEBY_CLOCK")]
    pub(super) clock: Option<ClockMode>,
    /// Whether people are born, move, marry and die by themselves [default: on for up and demo, off for exec]
    #[arg(long, value_name = "SWITCH", env = "BYTEBY_LIFE")]
    pub(super) life: Option<super::safety::Switch>,
    /// Accept any client id with a loopback redirect address
    #[arg(long, env = "BYTEBY_OPEN_CLIENTS")]
    pub(super) open_clients: bool,
    /// Read byteby.toml again when it changes: its apps, clients, scopes and grants count at once
    #[arg(long, env = "BYTEBY_WATCH")]
    pub(super) watch: bool,
    /// Origin a browser uses
    #[arg(long, value_name = "URL", env = "BYTEBY_PUBLIC_URL")]
    pub(super) public_url: Option<String>,
    /// Further host names to answer for
    #[arg(long, value_name = "NAME", env = "BYTEBY_ALLOWED_HOSTS", value_delimiter = ',')]
    pub(super) allowed_hosts: Vec<String>,
    #[command(flatten)]
    pub(super) record: super::record::RecordArgs,
    #[command(flatten)]
    pub(super) safety: super::safety::SafetyArgs,
}

/// How a clock moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum ClockMode {
    /// Moves only when told
    Frozen,
    /// Moves to the next due item whenever the app is quiet
    Auto,
    /// Moves at the pace of real time
    Running,
}

#[derive(Args, Debug)]
pub(super) struct DemoArgs {
    #[command(flatten)]
    pub(super) server: ServerArgs,
    /// End with the scenario's exit code instead of staying up
    #[arg(long)]
    pub(super) check: bool,
    /// Do not open a browser. The demo never does by itself; the flag is here for scripts that say it anyway
    #[arg(long)]
    pub(super) no_open: bool,
}

#[derive(Args, Debug)]
pub(super) struct TestArgs {
    /// Scenario files, or folders with `*.byteby.yaml` files
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Where an app is, in place of what the file says
    #[arg(long = "app", value_name = "NAME=URL")]
    pub(super) apps: Vec<String>,
    /// Only this variant, or one whose id, variant or title is this text
    #[arg(long, value_name = "ID", visible_alias = "variant")]
    pub(super) only: Option<String>,
    /// Only scenarios with this tag
    #[arg(long, value_name = "TAG")]
    pub(super) tag: Option<String>,
    /// Seed in place of the file's
    #[arg(long, value_name = "S")]
    pub(super) seed: Option<String>,
    /// Port of the town, for apps with fixed addresses [default: a free one; 2983 when an app is given by url]
    #[arg(long, value_name = "PORT", env = "BYTEBY_PORT")]
    pub(super) port: Option<u16>,
    /// Write a report: `junit=FILE` or `json=FILE`
    #[arg(long = "report", value_name = "KIND=PATH")]
    pub(super) reports: Vec<String>,
    /// Findings that fail a run, comma-separated
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(super) fail_on: Vec<String>,
    /// Real-time limit of one scenario, seconds
    #[arg(long, value_name = "SECONDS", env = "BYTEBY_TIMEOUT", default_value_t = 120)]
    pub(super) timeout: u64,
    /// Real-time limit of one settle, seconds
    #[arg(long, value_name = "SECONDS", env = "BYTEBY_SETTLE_MAX", default_value_t = 10)]
    pub(super) settle_max: u64,
    /// Print what would run
    #[arg(long)]
    pub(super) list: bool,
    #[command(flatten)]
    pub(super) real_data: super::record::RealDataArgs,
}

#[derive(Args, Debug)]
pub(super) struct ScenarioArgs {
    #[command(subcommand)]
    pub(super) command: ScenarioSub,
}

#[derive(Subcommand, Debug)]
pub(super) enum ScenarioSub {
    /// Read scenario files and say what is wrong with them
    Lint {
        /// Scenario files or folders
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Print the JSON Schema of scenario files
    Schema,
}

#[derive(Args, Debug)]
pub(super) struct ExecArgs {
    #[command(flatten)]
    pub(super) server: ServerArgs,
    /// The command and its arguments, behind `--`
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(super) command: Vec<String>,
}

#[derive(Args, Debug)]
pub(super) struct EnvArgs {
    /// Form to print in
    #[arg(long, value_name = "FORM", default_value = "dotenv")]
    pub(super) format: EnvFormat,
    /// Port the town listens on
    #[arg(long, value_name = "PORT", env = "BYTEBY_PORT", default_value_t = 2983)]
    pub(super) port: u16,
}

/// Forms of settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum EnvFormat {
    /// KEY=value
    Dotenv,
    /// export KEY='value'
    Shell,
    /// One JSON object
    Json,
    /// An `environment:` block
    Compose,
    /// An `env:` block
    Github,
    /// A list of name and value
    K8s,
}

#[derive(Args, Debug)]
pub(super) struct PeopleArgs {
    #[command(flatten)]
    pub(super) town: TownArgs,
    /// CEL selector, for example `bosatt && alder >= 90`
    #[arg(long = "where", value_name = "EXPR", default_value = "bosatt")]
    pub(super) selector: String,
    /// Form to print in
    #[arg(long, value_name = "FORM", default_value = "table")]
    pub(super) format: ListFormat,
    /// At most this many
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<usize>,
    /// File to write to; needed for parquet
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct ListArgs {
    #[command(flatten)]
    pub(super) town: TownArgs,
    /// CEL selector
    #[arg(long = "where", value_name = "EXPR", default_value = "true")]
    pub(super) selector: String,
    /// Form to print in
    #[arg(long, value_name = "FORM", default_value = "table")]
    pub(super) format: ListFormat,
    /// At most this many
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<usize>,
}

#[derive(Args, Debug)]
pub(super) struct ServicesArgs {
    /// Show how much of each contract is offered, and what differs
    #[arg(long)]
    pub(super) coverage: bool,
}

#[derive(Args, Debug)]
pub(super) struct OpsArgs {
    /// Only of this service
    #[arg(long, value_name = "SERVICE")]
    pub(super) service: Option<String>,
}

/// Forms of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum ListFormat {
    /// Columns for people
    Table,
    /// Comma-separated values
    Csv,
    /// One JSON object a line
    Ndjson,
    /// One JSON array
    Json,
    /// Parquet, in builds with the feature `analyse`
    Parquet,
}

#[derive(Args, Debug)]
pub(super) struct PopulationArgs {
    #[command(subcommand)]
    pub(super) command: PopulationSub,
}

#[derive(Subcommand, Debug)]
pub(super) enum PopulationSub {
    /// Write a population as tables; above a million people too
    Generate(super::population::GenerateArgs),
    /// Say who lives in a population, in numbers
    Describe(super::population::DescribeArgs),
    /// Write a town's people as test data for others: Altinn's local test platform, or a Tenor answer
    Export(super::population::ExportArgs),
    /// Print the SHA-256 of a population
    Digest(DigestArgs),
    /// Check a base town against the rules and the shares it is calibrated to
    Verify(VerifyArgs),
    /// List the data files with source, year and confidence, the estimates (D) first
    Sources,
}

#[derive(Args, Debug)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    pub(super) town: TownArgs,
    /// Check the towns of N seeds, from 1 on, and show the worst of each table
    #[arg(long, value_name = "N")]
    pub(super) seeds: Option<u64>,
    /// The first of the seeds
    #[arg(long, value_name = "S", default_value_t = 1, requires = "seeds")]
    pub(super) first: u64,
    /// Check the rules alone: the limits of the tables are those of the worst of seeds 1 to 20
    #[arg(long)]
    pub(super) rules_only: bool,
    /// Let the town live first, for example P10Y, and check what it has become
    #[arg(long, value_name = "DURATION")]
    pub(super) after: Option<String>,
    /// Write a page with the age pyramid and the worst tables
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct DigestArgs {
    #[command(flatten)]
    pub(super) town: TownArgs,
    /// Threads to make it with; the digest is the same for any number
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<usize>,
    /// Print the digest of every column too; of every part, of a population made in parts
    #[arg(long)]
    pub(super) tables: bool,
}

#[derive(Args, Debug)]
pub(super) struct EventArgs {
    /// Kind of life event, for example `foedsel`
    #[arg(value_name = "KIND", required_unless_present = "list")]
    pub(super) kind: Option<String>,
    /// Whom it is of: an identity number or a CEL selector, whose first citizen is taken; of a correction or an annulment
    /// also the earlier event, `#42` for log item 42
    #[arg(long, value_name = "SELECTOR", required_unless_present = "list")]
    pub(super) of: Option<String>,
    /// Field of the event, repeatable
    #[arg(long = "field", value_name = "K=V")]
    pub(super) fields: Vec<String>,
    /// List the kinds with their fields
    #[arg(long)]
    pub(super) list: bool,
}

#[derive(Args, Debug)]
pub(super) struct ClockArgs {
    #[command(subcommand)]
    pub(super) command: ClockSub,
}

#[derive(Subcommand, Debug)]
pub(super) enum ClockSub {
    /// Print the virtual time
    Get,
    /// Move to an instant, running what falls due
    Set {
        /// Instant or date
        to: String,
    },
    /// Move by a span (`P3M`, `PT36H`, `2 virkedager`) or to the next due item
    Advance {
        /// How far
        #[arg(required_unless_present = "to", conflicts_with = "to")]
        by: Option<String>,
        /// An instant, or `next-event`
        #[arg(long)]
        to: Option<String>,
        /// Wait for the apps after everything they can notice; this is the default
        #[arg(long, overrides_with = "no_settle")]
        settle: bool,
        /// Do not wait for the apps
        #[arg(long)]
        no_settle: bool,
    },
    /// Stop the clock
    Freeze,
    /// Let the clock run with real time
    Run {
        /// How fast: 1 is real time, 60 a virtual hour each minute, 0.5 half as fast
        #[arg(long, value_name = "FACTOR")]
        rate: Option<String>,
    },
    /// Let the clock go on to the next due item whenever the apps are settled
    Auto,
    /// Call off an `advance` that is under way, at its next item
    Cancel,
}
