//! `byteby doctor issuer --from-container IMAGE`: the same hops, walked inside a container of the app's own image, where
//! its names and its network are (`specs/experience.md` §7).
//!
//! This very program goes along, mounted read-only, so the image needs nothing of its own but a C library that runs it.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use super::Check;
use super::issuer::IssuerArgs;
use crate::cli::args::Global;
use crate::cli::{ExitCode, Failure};

/// Programs that run containers, the first that is installed.
const ENGINES: [&str; 2] = ["docker", "podman"];
/// How a container calls the machine it runs on.
const HOST: &str = "host.docker.internal";
/// Where the program lies in the container.
const INSIDE: &str = "/byteby";

/// Walks the hops in a container of `image`. `pid` is a citizen who logs in: the admin API may not be open to a container.
pub(super) async fn checks(global: &Global, args: &IssuerArgs, image: &str, pid: &str) -> Result<Vec<Check>, Failure> {
    let Some(engine) = ENGINES.into_iter().find_map(found) else {
        let fix =
            "install docker or podman; or copy byteby into the container and run `byteby doctor issuer --at …` there";
        return Ok(vec![Check::problem(
            "container",
            "no container engine: neither docker nor podman is installed",
            fix,
        )]);
    };
    let internal = |what: &str| Failure::new(ExitCode::Internal, what.to_owned());
    let own = std::env::current_exe().map_err(|error| internal(&format!("this program has no path: {error}")))?;
    let shown = engine.display().to_string();
    let mut command = Command::new(engine);
    command.args(["run", "--rm", "--add-host", &format!("{HOST}:host-gateway")]);
    command.args(["--volume", &format!("{}:{INSIDE}:ro", own.display()), "--entrypoint", INSIDE]);
    if let Some(network) = &args.network {
        command.args(["--network", network]);
    }
    command.arg(image).args(["doctor", "issuer", "--json", "--world", &global.world, "--pid", pid]);
    command.args(["--client", &args.client, "--employee-client", &args.employee_client]);
    for origin in origins(global, args) {
        command.args(["--at", &origin]);
    }
    let ended = tokio::task::spawn_blocking(move || command.output()).await;
    match ended.map_err(|_| internal("the container engine was not waited for"))? {
        Ok(output) => Ok(read(&shown, image, &output)),
        Err(error) => {
            let says = format!("`{shown}` cannot be run: {error}");
            Ok(vec![Check::problem("container", says, "see that the engine runs, and that you may use it")])
        }
    }
}

/// Addresses to try inside: those named, else this machine as containers call it.
fn origins(global: &Global, args: &IssuerArgs) -> Vec<String> {
    if !args.at.is_empty() {
        return args.at.clone();
    }
    let server = global.server.as_deref().unwrap_or("http://localhost:2983");
    let (scheme, rest) = server.split_once("://").unwrap_or(("http", server));
    let authority = rest.split('/').next().unwrap_or_default();
    let port = authority.rsplit_once(':').map(|(_, port)| port).filter(|port| port.parse::<u16>().is_ok());
    vec![port.map_or_else(|| format!("{scheme}://{HOST}"), |port| format!("{scheme}://{HOST}:{port}"))]
}

/// The program `name` among those the path names.
fn found(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// What the hops inside said.
fn read(engine: &str, image: &str, output: &Output) -> Vec<Check> {
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let Some(rows) = document["checks"].as_array() else {
        let errors = String::from_utf8_lossy(&output.stderr);
        let why = errors.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim().to_owned();
        let fix = format!("is `{image}` here, does it have the C library of this machine, is the network right?");
        return vec![Check::problem("container", format!("`{engine} run {image}` did not get there: {why}"), fix)];
    };
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let inside = rows.iter().map(|row| {
        let name = ["idporten", "ansattporten", "maskinporten"].into_iter().find(|name| row["check"] == *name);
        let name = name.unwrap_or("container");
        let says = format!("inside {image}: {}", text(row, "says"));
        match row["state"].as_str() {
            Some("good") => Check::well(name, says),
            Some("note") => Check::note(name, says, text(row, "fix")),
            _ => Check::problem(name, says, text(row, "fix")),
        }
    });
    let first = Check::well("container", format!("`{engine}` runs {image}, with this program inside"));
    std::iter::once(first).chain(inside).collect()
}
