//! Settings put together: flag, then environment, then project file, then default.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Failure;
use super::args::{ClockMode, Global, ServerArgs, TownArgs};
use crate::access::App;
use crate::app::Config;
use crate::base::{Seed, nearest};
use crate::clock::{Instant, Mode};
use crate::gate::wall;

/// What `byteby.toml` may say. Unknown keys are errors with the nearest right one.
#[derive(Debug, Default)]
struct Project {
    world: BTreeMap<String, toml::Value>,
    server: BTreeMap<String, toml::Value>,
    apps: Vec<App>,
}

#[derive(Deserialize)]
struct Raw(BTreeMap<String, toml::Value>);

const SECTIONS: [&str; 3] = ["world", "server", "apps"];
const WORLD_KEYS: [&str; 4] = ["size", "seed", "date", "municipality"];
const SERVER_KEYS: [&str; 7] = ["host", "port", "public_url", "allowed_hosts", "data", "clock", "open_clients"];

impl Project {
    /// The project file named by flag, or the nearest `byteby.toml` above the working directory.
    fn find(global: &Global) -> Result<Self, Failure> {
        let path = match &global.config {
            Some(path) => Some(path.clone()),
            None => upward(),
        };
        path.map_or_else(|| Ok(Self::default()), |path| Self::read(&path))
    }

    fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let text =
            std::fs::read_to_string(path).map_err(|error| Failure::usage(format!("cannot read `{shown}`: {error}")))?;
        let Raw(sections) = toml::from_str(&text)
            .map_err(|error| Failure::usage(format!("`{shown}` is not TOML: {}", error.message())))?;
        let mut project = Self::default();
        for (name, value) in sections {
            if name == "apps" {
                project.apps = super::apps::declared(&shown.to_string(), value)?;
                continue;
            }
            let known: &[&str] = match name.as_str() {
                "world" => &WORLD_KEYS,
                "server" => &SERVER_KEYS,
                _ => return Err(unknown(&shown.to_string(), &name, &SECTIONS)),
            };
            let toml::Value::Table(table) = value else {
                return Err(Failure::usage(format!("`{name}` in `{shown}` must be a table")));
            };
            if let Some((key, _)) = table.iter().find(|(key, _)| !known.contains(&key.as_str())) {
                return Err(unknown(&shown.to_string(), &format!("{name}.{key}"), known));
            }
            let section = if name == "world" { &mut project.world } else { &mut project.server };
            section.extend(table);
        }
        Ok(project)
    }
}

fn upward() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().map(|folder| folder.join("byteby.toml")).find(|path| path.is_file())
}

pub(super) fn unknown(file: &str, key: &str, known: &[&str]) -> Failure {
    let last = key.rsplit('.').next().unwrap_or(key);
    let failure = Failure::usage(format!("`{file}` has no setting `{key}`"));
    match nearest(last, known.iter().copied()) {
        Some(near) => failure.with_hint(format!("did you mean `{near}`?")),
        None => failure.with_hint(format!("known here: {}", known.join(", "))),
    }
}

fn wrong(setting: &str, value: &str, wanted: &str) -> Failure {
    Failure::usage(format!("`{value}` is not a {setting}: {wanted}"))
}

/// Settings of the town alone.
pub(super) fn town(global: &Global, args: &TownArgs) -> Result<Config, Failure> {
    let project = Project::find(global)?;
    fill_town(Config::default(), args, &project)
}

/// All settings of a server whose clock moves as `clock` says when nobody says otherwise.
pub(super) fn server(global: &Global, args: &ServerArgs, clock: Mode) -> Result<Config, Failure> {
    let project = Project::find(global)?;
    let mut config = fill_town(Config { clock, ..Config::default() }, &args.town, &project)?;
    let file = |key: &str| project.server.get(key).map(text);
    let read = |key: &'static str, wanted: &'static str| move |value: String| wrong(key, &value, wanted);
    if let Some(port) = args.port {
        config.port = port;
    } else if let Some(port) = file("port") {
        config.port = port.parse().map_err(|_| read("port", "a number from 0 to 65535")(port))?;
    }
    if let Some(host) = args.host {
        config.host = host;
    } else if let Some(host) = file("host") {
        config.host = host.parse().map_err(|_| read("host", "an IP address")(host))?;
    }
    config.data = args.data.clone().or_else(|| file("data").map(PathBuf::from));
    config.public_url =
        args.public_url.clone().or_else(|| file("public_url")).map(|url| url.trim_end_matches('/').to_owned());
    config.open_clients = args.open_clients || file("open_clients").as_deref() == Some("true");
    config.apps.clone_from(&project.apps);
    config.allowed_hosts.clone_from(&args.allowed_hosts);
    if let Some(toml::Value::Array(hosts)) = project.server.get("allowed_hosts") {
        config.allowed_hosts.extend(hosts.iter().map(text));
    }
    if let Some(mode) = args.clock {
        config.clock = mode_of(mode);
    } else if let Some(mode) = file("clock") {
        let found = [Mode::Frozen, Mode::Auto, Mode::Running].into_iter().find(|known| known.word() == mode);
        config.clock = found.ok_or_else(|| wrong("clock mode", &mode, "use frozen, auto or running"))?;
    }
    Ok(config)
}

fn mode_of(mode: ClockMode) -> Mode {
    match mode {
        ClockMode::Frozen => Mode::Frozen,
        ClockMode::Auto => Mode::Auto,
        ClockMode::Running => Mode::Running,
    }
}

fn fill_town(mut config: Config, args: &TownArgs, project: &Project) -> Result<Config, Failure> {
    let file = |key: &str| project.world.get(key).map(text);
    if let Some(size) = args.size.clone().or_else(|| file("size")) {
        let digits: String = size.chars().filter(|letter| !matches!(letter, ' ' | '_')).collect();
        config.size =
            digits.parse().map_err(|_| wrong("size", &size, "give a whole number of residents, 1500 or more"))?;
    }
    if let Some(seed) = args.seed.clone().or_else(|| file("seed")) {
        config.seed = Seed::parse(&seed);
    }
    if let Some(date) = args.date.clone().or_else(|| file("date")) {
        config.start = if date == "today" {
            let today = Instant::from_millis(wall::now().0).dato();
            let start = Instant::from_local(today.at(8, 0, 0, 0));
            eprintln!("date is today: {start}; pin it with --date {today}T08:00");
            start
        } else {
            Instant::parse(&date).ok_or_else(|| wrong("date", &date, "write 2027-01-04 or 2027-01-04T08:00"))?
        };
    }
    if let Some(municipality) = args.municipality.clone().or_else(|| file("municipality")) {
        config.municipality = municipality;
    }
    Ok(config)
}

/// A setting of the file as the text a flag would have.
fn text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Boolean(flag) => flag.to_string(),
        toml::Value::Datetime(instant) => instant.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Array(_) | toml::Value::Table(_) => String::new(),
    }
}
