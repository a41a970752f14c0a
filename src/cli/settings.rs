//! Settings put together: flag, then environment, then project file, then the user's file, then default.

use std::path::PathBuf;

use super::Failure;
use super::args::{ClockMode, Global, ServerArgs, TownArgs};
use super::project::{Project, data_folder};
use super::safety::{SafetyArgs, Switch};
use crate::app::{AdminMode, Config};
use crate::base::Seed;
use crate::clock::{Instant, Mode};
use crate::gate::{Cors, wall};
use crate::web::origin_of;

fn wrong(setting: &str, value: &str, wanted: &str) -> Failure {
    Failure::usage(format!("`{value}` is not a {setting}: {wanted}"))
}

/// Settings of the town alone.
pub(super) fn town(global: &Global, args: &TownArgs) -> Result<Config, Failure> {
    fill_town(Config::default(), args, &Project::find(global)?)
}

/// All settings of a server whose clock moves as `clock` says when nobody says otherwise.
pub(super) fn server(global: &Global, args: &ServerArgs, clock: Mode) -> Result<Config, Failure> {
    let project = Project::find(global)?;
    // A town whose clock runs by itself lives by itself, too (`DESIGN` §6).
    let life = clock == Mode::Running;
    let mut config = fill_town(Config { clock, life, ..Config::default() }, &args.town, &project)?;
    let file = |key: &str| project.text("server", key);
    if let Some(port) = args.port {
        config.port = port;
    } else if let Some(port) = file("port")? {
        config.port = port.parse().map_err(|_| wrong("port", &port, "a number from 0 to 65535"))?;
    }
    if let Some(host) = args.host {
        config.host = host;
    } else if let Some(host) = file("host")? {
        config.host = host.parse().map_err(|_| wrong("host", &host, "an IP address"))?;
    }
    super::record::fill(&mut config, &args.record, &project)?;
    config.data = args.data.clone().or(file("data")?.map(PathBuf::from));
    config.from.clone_from(&args.from);
    if let Some(url) = args.public_url.clone().or(file("public_url")?) {
        config.public_url = Some(origin("public URL", &url)?);
    }
    config.open_clients = args.open_clients || flag("open_clients", file("open_clients")?)?;
    config.apps = project.apps();
    config.allowed_hosts = either(&args.allowed_hosts, project.list("server", "allowed_hosts"));
    if let Some(life) = args.life.map(|life| life == Switch::On) {
        config.life = life;
    } else if let Some(life) = file("life")? {
        config.life = match life.as_str() {
            "on" | "true" => true,
            "off" | "false" => false,
            other => return Err(wrong("life", other, "use on or off")),
        };
    }
    if let Some(mode) = args.clock {
        config.clock = mode_of(mode);
    } else if let Some(mode) = file("clock")? {
        let found = [Mode::Frozen, Mode::Auto, Mode::Running].into_iter().find(|known| known.word() == mode);
        config.clock = found.ok_or_else(|| wrong("clock mode", &mode, "use frozen, auto or running"))?;
    }
    fill_safety(config, global, &args.safety, &project)
}

/// Whether the project file is read again when it changes.
pub(super) fn watches(args: &ServerArgs, project: &Project) -> Result<bool, Failure> {
    Ok(args.watch || flag("watch", project.text("server", "watch")?)?)
}

/// Who gets in and what they are told (`specs/experience.md` §20).
fn fill_safety(mut config: Config, global: &Global, args: &SafetyArgs, project: &Project) -> Result<Config, Failure> {
    let file = |key: &str| project.text("server", key);
    if let Some(port) = args.eformidling_port.clone().or(file("eformidling_port")?) {
        config.eformidling_port = match port.as_str() {
            "off" | "false" => None,
            number => {
                let wanted = "a number from 1 to 65535, or off";
                Some(number.parse().map_err(|_| wrong("port", number, wanted))?)
            }
        };
    }
    let proxies = either(&args.trusted_proxies, project.list("server", "trusted_proxies"));
    config.trusted_proxies =
        proxies.iter().map(|text| text.parse().map_err(Failure::usage)).collect::<Result<_, _>>()?;
    if let Some(word) = args.admin.clone().or(file("admin")?) {
        let found = AdminMode::ALL.into_iter().find(|mode| mode.word() == word);
        config.admin = Some(found.ok_or_else(|| wrong("mode of the admin API", &word, "use local, peers or token"))?);
    }
    config.admin_token = admin_token(global, args.admin_token_file.clone(), project)?;
    let origins = either(&args.admin_origins, project.list("server", "admin_origins"));
    config.admin_origins = origins.iter().map(|text| origin("origin", text)).collect::<Result<_, _>>()?;
    if let Some(word) = args.cors.clone().or(file("cors")?) {
        let found = Cors::ALL.into_iter().find(|mode| mode.word() == word);
        config.cors = found.ok_or_else(|| wrong("CORS mode", &word, "use permissive or faithful"))?;
    }
    if let Some(switch) = args.headers {
        config.headers = switch == Switch::On;
    } else if let Some(word) = file("headers")? {
        config.headers = flag("headers", Some(word))?;
    }
    config.ca_dir = Some(ca_dir(args, project, config.data.as_deref())?).flatten();
    Ok(config)
}

/// Folder of this machine's certificate authority: the one named, else among the user's own files, else in the data
/// directory; none on a machine without any of them.
pub(super) fn ca_dir(
    args: &SafetyArgs,
    project: &Project,
    data: Option<&std::path::Path>,
) -> Result<Option<PathBuf>, Failure> {
    let named = args.ca_dir.clone().or(project.text("server", "ca_dir")?.map(PathBuf::from));
    Ok(named.or_else(|| Some(data_folder()?.join("tls"))).or_else(|| Some(data?.join("tls"))))
}

/// The token of the admin API, from a flag, a variable, a file named by either, or the project file.
pub(super) fn admin_token(
    global: &Global,
    named_file: Option<PathBuf>,
    project: &Project,
) -> Result<Option<String>, Failure> {
    let empty = || Failure::usage("the token of the admin API is empty").with_hint("leave it out and one is made");
    if let Some(token) = global.admin_token.clone() {
        return if token.trim().is_empty() { Err(empty()) } else { Ok(Some(token.trim().to_owned())) };
    }
    let path = named_file.or(project.text("server", "admin_token_file")?.map(PathBuf::from));
    let token = match path {
        Some(path) => {
            let text = std::fs::read_to_string(&path);
            Some(text.map_err(|error| Failure::usage(format!("cannot read `{}`: {error}", path.display())))?)
        }
        None => project.text("server", "admin_token")?,
    };
    match token.map(|token| token.trim().to_owned()) {
        Some(token) if token.is_empty() => Err(empty()),
        token => Ok(token),
    }
}

fn origin(what: &str, text: &str) -> Result<String, Failure> {
    origin_of(text).ok_or_else(|| wrong(what, text, "write scheme, host and port: http://localhost:8080"))
}

/// What flags say; what the file says when they say nothing.
fn either(flags: &[String], file: Option<Vec<String>>) -> Vec<String> {
    if flags.is_empty() { file.unwrap_or_default() } else { flags.to_vec() }
}

/// A switch of a file.
fn flag(key: &str, text: Option<String>) -> Result<bool, Failure> {
    match text.as_deref() {
        None | Some("false" | "off") => Ok(false),
        Some("true" | "on") => Ok(true),
        Some(other) => Err(wrong(key, other, "use true or false")),
    }
}

fn mode_of(mode: ClockMode) -> Mode {
    match mode {
        ClockMode::Frozen => Mode::Frozen,
        ClockMode::Auto => Mode::Auto,
        ClockMode::Running => Mode::Running,
    }
}

fn fill_town(mut config: Config, args: &TownArgs, project: &Project) -> Result<Config, Failure> {
    let file = |key: &str| project.text("world", key);
    if let Some(size) = args.size.clone().or(file("size")?) {
        let digits: String = size.chars().filter(|letter| !matches!(letter, ' ' | '_')).collect();
        config.size =
            digits.parse().map_err(|_| wrong("size", &size, "give a whole number of residents, 1500 or more"))?;
    }
    if let Some(seed) = args.seed.clone().or(file("seed")?) {
        config.seed = Seed::parse(&seed);
    }
    if let Some(date) = args.date.clone().or(file("date")?) {
        config.start = if date == "today" {
            let today = Instant::from_millis(wall::now().0).dato();
            let start = Instant::from_local(today.at(8, 0, 0, 0));
            eprintln!("date is today: {start}; pin it with --date {today}T08:00");
            start
        } else {
            Instant::parse(&date).ok_or_else(|| wrong("date", &date, "write 2027-01-04 or 2027-01-04T08:00"))?
        };
    }
    if let Some(municipality) = args.municipality.clone().or(file("municipality")?) {
        config.municipality = municipality;
    }
    Ok(config)
}
