//! `byteby doctor`: what may be in the way, and one thing to do about each (`specs/experience.md` §3).

mod container;
mod issuer;

use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use super::args::{Global, ServerArgs};
use super::{ExitCode, Failure, client, settings, trust};
use crate::app::Config;
use crate::clock::{Instant, Mode};
use crate::gate::authority::Authority;
use crate::gate::wall;

/// Seconds of a day.
const DAY: i64 = 24 * 3600;
/// A certificate authority with less time left is worth a word, days.
const SOON: i64 = 30;
/// Free room a data directory should have, MiB.
const ROOM: u64 = 200;
/// The release is not older than this; a machine whose clock says so is wrong. 2026-01-01.
const RELEASED: i64 = 1_767_225_600;

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    pub(super) server: ServerArgs,
    #[command(subcommand)]
    what: Option<DoctorSub>,
}

#[derive(Subcommand, Debug)]
enum DoctorSub {
    /// Log in to a running town from the address an app uses, and say what each hop answers
    Issuer(issuer::IssuerArgs),
}

/// One thing looked at.
#[derive(Debug)]
struct Check {
    name: &'static str,
    says: String,
    /// What to do; nothing when all is well.
    fix: Option<String>,
    /// Whether it keeps a server from working.
    grave: bool,
}

impl Check {
    fn well(name: &'static str, says: impl Into<String>) -> Self {
        Self { name, says: says.into(), fix: None, grave: false }
    }

    fn note(name: &'static str, says: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, says: says.into(), fix: Some(fix.into()), grave: false }
    }

    fn problem(name: &'static str, says: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, says: says.into(), fix: Some(fix.into()), grave: true }
    }
}

pub(super) async fn run(global: &Global, args: &DoctorArgs) -> Result<ExitCode, Failure> {
    if let Some(DoctorSub::Issuer(args)) = &args.what {
        return Ok(tell(global, &issuer::checks(global, args).await?));
    }
    let config = settings::server(global, &args.server, Mode::Running)?;
    let mut checks = vec![port(global, &config).await];
    checks.extend(hosts(&config));
    checks.extend(certificate(&config));
    checks.push(clock());
    checks.extend(disk(&config));
    checks.extend(lock(&config));
    Ok(tell(global, &checks))
}

/// Prints the checks and gives the code they stand for.
fn tell(global: &Global, checks: &[Check]) -> ExitCode {
    let grave = checks.iter().any(|check| check.grave);
    if global.json {
        let rows: Vec<_> = checks
            .iter()
            .map(|check| {
                let state = match (&check.fix, check.grave) {
                    (None, _) => "good",
                    (Some(_), false) => "note",
                    (Some(_), true) => "problem",
                };
                json!({ "check": check.name, "state": state, "says": check.says, "fix": check.fix })
            })
            .collect();
        println!("{:#}", json!({ "checks": rows }));
    } else {
        for check in checks {
            let sign = match (&check.fix, check.grave) {
                (None, _) => "ok  ",
                (Some(_), false) => "note",
                (Some(_), true) => "FAIL",
            };
            println!("{sign}  {:<12} {}", check.name, check.says);
            if let Some(fix) = &check.fix {
                println!("      {:<12} fix: {fix}", "");
            }
        }
    }
    if grave { ExitCode::App } else { ExitCode::Good }
}

/// Whether the port is free, or a town answers there already.
async fn port(global: &Global, config: &Config) -> Check {
    let address = SocketAddr::new(config.host, config.port);
    if let Ok(listener) = TcpListener::bind(address) {
        drop(listener);
        return Check::well("port", format!("{address} is free"));
    }
    let host = if config.host.is_unspecified() { "localhost".to_owned() } else { config.host.to_string() };
    let live = format!("http://{}:{}/_byteby/v1/health/live", bracketed(&host), config.port);
    let answer = match client::http(global) {
        Ok(client) => client.get(live).timeout(Duration::from_secs(2)).send().await.ok(),
        Err(_) => None,
    };
    if answer.is_some_and(|answer| answer.status().is_success()) {
        return Check::well("port", format!("a town answers on {address}"));
    }
    let fix = "stop the other program, or choose another port with --port".to_owned();
    Check::problem("port", format!("{address} cannot be used"), fix)
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

/// Whether the names the documentation uses lead to this machine.
fn hosts(config: &Config) -> Vec<Check> {
    let of = |name: &str| -> Vec<IpAddr> {
        (name, config.port).to_socket_addrs().map(|found| found.map(|addr| addr.ip()).collect()).unwrap_or_default()
    };
    let localhost = of("localhost");
    let mut checks = Vec::new();
    if !localhost.is_empty() && localhost.iter().all(IpAddr::is_loopback) {
        checks.push(Check::well("hosts", "localhost is this machine"));
    } else {
        let fix = "add the line `127.0.0.1 localhost` to the hosts file, or use http://127.0.0.1";
        checks.push(Check::problem("hosts", "localhost is not this machine", fix));
    }
    let below = of("krr.localhost");
    if below.is_empty() || !below.iter().all(IpAddr::is_loopback) {
        let fix = "use the path form, http://localhost/krr/…; browsers know these names by themselves";
        checks.push(Check::note("hosts", "names below localhost do not lead here for every program", fix));
    } else {
        checks.push(Check::well("hosts", "names below localhost lead here"));
    }
    for name in &config.allowed_hosts {
        if of(name).is_empty() {
            let fix = format!("add `127.0.0.1 {name}` to the hosts file, or take it out of allowed_hosts");
            checks.push(Check::note("hosts", format!("`{name}` leads nowhere from this machine"), fix));
        }
    }
    checks
}

/// The authority: there, good, for all names, trusted.
fn certificate(config: &Config) -> Vec<Check> {
    const NAME: &str = "certificate";
    let Some(folder) = &config.ca_dir else {
        let fix = "name a folder with --ca-dir; without one every start makes certificates nobody knows";
        return vec![Check::note(NAME, "there is no place to keep a certificate authority", fix)];
    };
    let authority = match Authority::existing(folder) {
        Ok(Some(authority)) => authority,
        Ok(None) => return vec![Check::well(NAME, "none yet; one is made when the first client speaks TLS")],
        Err(fault) => return vec![Check::problem(NAME, fault.to_string(), trust::fix(folder))],
    };
    let mut checks = Vec::new();
    let days = (authority.until() - wall::now().seconds()) / DAY;
    if days < SOON {
        let says = format!("`{}` ends in {days} days", authority.common_name());
        checks.push(Check::note(NAME, says, "byteby trust --renew, then byteby trust --install"));
    }
    for name in config.allowed_hosts.iter().filter(|name| !authority.covers(name)) {
        let says = format!("the authority may not speak for `{name}`");
        checks.push(Check::note(NAME, says, "byteby trust --renew, then byteby trust --install"));
    }
    checks.push(if trust::is_installed(authority.pem()) {
        Check::well(NAME, format!("`{}` is trusted by the system", authority.common_name()))
    } else {
        let says = format!("`{}` is not in the system's store", authority.common_name());
        Check::note(NAME, says, "byteby trust --install, if apps should speak https to the town")
    });
    checks
}

/// Tokens follow the machine's clock.
fn clock() -> Check {
    let now = wall::now();
    let shown = Instant::from_millis(now.0);
    if now.seconds() > RELEASED {
        return Check::well("clock", format!("this machine says {shown}"));
    }
    let fix = "set the machine's clock: tokens and certificates follow it";
    Check::problem("clock", format!("this machine says {shown}, which is before this release"), fix)
}

/// Whether data can be written, and for how long.
fn disk(config: &Config) -> Vec<Check> {
    let Some(data) = &config.data else { return vec![Check::well("disk", "the town is kept in memory")] };
    let there = data.ancestors().find(|folder| folder.exists()).map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let probe = there.join(".byteby-doctor");
    let written = std::fs::write(&probe, b"x").and_then(|()| std::fs::remove_file(&probe));
    if let Err(error) = written {
        let fix = format!("choose another directory with --data, or make `{}` writable", there.display());
        return vec![Check::problem("disk", format!("`{}` cannot be written: {error}", there.display()), fix)];
    }
    match free_mib(&there) {
        Some(free) if free < ROOM => {
            let says = format!("{free} MiB are free at `{}`", there.display());
            vec![Check::problem("disk", says, "make room, or choose another directory with --data")]
        }
        Some(free) => vec![Check::well("disk", format!("{free} MiB are free at `{}`", there.display()))],
        None => vec![Check::well("disk", format!("`{}` can be written", there.display()))],
    }
}

/// Free room on the file system of `folder`, as `df` says it.
fn free_mib(folder: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pm").arg(folder).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

/// Who holds the data directory. A lock ends with its process, so a file left behind is only a file.
fn lock(config: &Config) -> Option<Check> {
    let file = config.data.as_ref()?.join("lock");
    let held = std::fs::File::open(&file).ok()?;
    match held.try_lock() {
        Ok(()) => Some(Check::well("lock", "nobody holds the data directory")),
        Err(_) => {
            let holder = std::fs::read_to_string(&file).unwrap_or_default();
            let holder = holder.trim();
            let who = if holder.is_empty() { "another process".to_owned() } else { format!("process {holder}") };
            let says = format!("`{}` is held by {who}", file.display());
            Some(Check::problem("lock", says, format!("stop {who}, or choose another directory with --data")))
        }
    }
}
