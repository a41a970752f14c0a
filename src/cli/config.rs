//! `byteby config show`: the settings that count, and where each came from (`specs/experience.md` §5).

use std::collections::BTreeMap;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Subcommand};
use serde_json::{Map, Value, json};

use super::args::{Global, ServerArgs, TestArgs};
use super::project::{Project, SETTINGS};
use super::{ExitCode, Failure, settings};
use crate::app::Config;
use crate::clock::Mode;

#[derive(Args, Debug)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    pub(super) command: ConfigSub,
}

#[derive(Subcommand, Debug)]
pub(super) enum ConfigSub {
    /// Print the settings that count
    Show(Box<ShowArgs>),
}

#[derive(Args, Debug)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    pub(super) server: ServerArgs,
    /// Say where each comes from
    #[arg(long)]
    pub(super) origin: bool,
}

/// Where what stands on the command line came from, by the name of the setting.
#[derive(Debug, Default)]
pub(super) struct Sources(BTreeMap<String, ValueSource>);

impl Sources {
    /// Reads them off the words of the innermost command.
    pub(super) fn of(matches: &ArgMatches) -> Self {
        let mut innermost = matches;
        while let Some((_, deeper)) = innermost.subcommand() {
            innermost = deeper;
        }
        let ids = innermost.ids().map(|id| id.as_str().to_owned());
        Self(ids.filter_map(|id| innermost.value_source(&id).map(|source| (id, source))).collect())
    }

    /// Whether nobody said anything about `key` here.
    fn is_default(&self, key: &str) -> bool {
        !matches!(self.0.get(key), Some(ValueSource::CommandLine | ValueSource::EnvVariable))
    }
}

/// Fills what flags and variables left open of the global settings from the project file.
///
/// # Errors
/// For a value of the file that does not fit.
pub(super) fn fill_global(global: &mut Global, sources: &Sources) -> Result<(), Failure> {
    if ["world", "server", "lang"].iter().all(|key| !sources.is_default(key)) {
        return Ok(());
    }
    let project = Project::find(global)?;
    if let Some(world) = project.text("cli", "world")?.filter(|_| sources.is_default("world")) {
        global.world = world;
    }
    if let Some(server) = project.text("cli", "server")?.filter(|_| sources.is_default("server")) {
        global.server = Some(server);
    }
    if let Some(lang) = project.text("cli", "lang")?.filter(|_| sources.is_default("lang")) {
        let wrong = |_| Failure::usage(format!("`{lang}` is not a language: use nb or en"));
        global.lang = clap::ValueEnum::from_str(&lang, true).map_err(wrong)?;
    }
    Ok(())
}

/// Fills what flags and variables left open of the settings of a test run from the project file.
///
/// # Errors
/// For a value of the file that does not fit.
pub(super) fn fill_test(global: &Global, args: &mut TestArgs, sources: &Sources) -> Result<(), Failure> {
    let project = Project::find(global)?;
    let seconds = |key: &str| -> Result<Option<u64>, Failure> {
        let Some(text) = project.text("test", key)?.filter(|_| sources.is_default(key)) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| Failure::usage(format!("`{text}` is not a number of seconds for `{key}`")))
    };
    args.timeout = seconds("timeout")?.unwrap_or(args.timeout);
    args.settle_max = seconds("settle_max")?.unwrap_or(args.settle_max);
    if sources.is_default("fail_on") {
        args.fail_on = project.list("test", "fail_on").unwrap_or_default();
    }
    Ok(())
}

pub(super) fn run(global: &Global, args: ConfigArgs, sources: &Sources) -> Result<ExitCode, Failure> {
    let ConfigSub::Show(args) = args.command;
    let project = Project::find(global)?;
    let config = settings::server(global, &args.server, Mode::Running)?;
    let rows = rows(&config, global, &project)?;
    let origin = |section: &str, key: &str| {
        // `memory` alone would say nothing as a flag.
        let flag = if section == "requests" { format!("requests_{key}") } else { key.to_owned() };
        match sources.0.get(&flag) {
            Some(ValueSource::CommandLine) => format!("--{}", flag.replace('_', "-")),
            Some(ValueSource::EnvVariable) => format!("BYTEBY_{}", flag.to_uppercase()),
            _ => project.origin(section, key).map_or_else(|| "default".to_owned(), |path| path.display().to_string()),
        }
    };
    if global.json {
        let mut sections = Map::new();
        for (section, key, value) in rows {
            let shown = if args.origin { json!({ "value": value, "origin": origin(section, key) }) } else { value };
            let table = sections.entry(section).or_insert_with(|| Value::Object(Map::new()));
            if let Some(table) = table.as_object_mut() {
                table.insert(key.to_owned(), shown);
            }
        }
        println!("{:#}", Value::Object(sections));
        return Ok(ExitCode::Good);
    }
    let mut before = "";
    for (section, key, value) in rows {
        if section != before {
            println!("{}[{section}]", if before.is_empty() { "" } else { "\n" });
            before = section;
        }
        let line = if value.is_null() { format!("# {key}: not set") } else { format!("{key} = {value}") };
        if args.origin { println!("{line:<48}  # {}", origin(section, key)) } else { println!("{line}") }
    }
    Ok(ExitCode::Good)
}

/// Every setting with its value, in the order of [`SETTINGS`].
fn rows(
    config: &Config,
    global: &Global,
    project: &Project,
) -> Result<Vec<(&'static str, &'static str, Value)>, Failure> {
    let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let mut rows = Vec::with_capacity(SETTINGS.len());
    for &(section, key) in SETTINGS {
        let value = match (section, key) {
            ("world", "size") => json!(config.size),
            ("world", "seed") => json!(config.seed.to_string()),
            ("world", "date") => json!(config.start.to_string()),
            ("world", "municipality") => json!(config.municipality),
            ("server", "host") => json!(config.host.to_string()),
            ("server", "port") => json!(config.port),
            ("server", "eformidling_port") => config.eformidling_port.map_or_else(|| json!("off"), |port| json!(port)),
            ("server", "data") => json!(path(&config.data)),
            ("server", "clock") => json!(config.clock.word()),
            ("server", "open_clients") => json!(config.open_clients),
            ("server", "public_url") => json!(config.public_url),
            ("server", "allowed_hosts") => json!(config.allowed_hosts),
            ("server", "trusted_proxies") => {
                json!(config.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>())
            }
            ("server", "admin") => json!(config.admin_access().word()),
            // A secret is not printed.
            ("server", "admin_token") => json!(config.admin_token.as_ref().map(|_| "(set)")),
            ("server", "admin_origins") => json!(config.admin_origins),
            ("server", "cors") => json!(config.cors.word()),
            ("server", "headers") => json!(config.headers),
            ("server", "ca_dir") => json!(path(&config.ca_dir)),
            ("server", "real_data") => json!(config.real_data.word()),
            ("requests", "memory") => json!(config.requests.memory),
            ("requests", "bodies") => json!(config.requests.bodies),
            ("cli", "world") => json!(global.world),
            ("cli", "server") => json!(global.server),
            ("cli", "lang") => json!(format!("{:?}", global.lang).to_lowercase()),
            _ => match project.list(section, key) {
                Some(values) => json!(values),
                None => Value::Null,
            },
        };
        rows.push((section, key, value));
    }
    Ok(rows)
}
