//! `byteby up`: the town in the foreground, and what a person needs to know next.

use super::args::{Global, ServerArgs};
use super::project::Project;
use super::{ExitCode, Failure, registers, settings};
use crate::app::{self, Config, Running};
use crate::base::Kjoenn;
use crate::clock::{Instant, Mode};
use crate::gate::AdminAccess;
use crate::town::Town;
use crate::town::model::Gradering;
use crate::town::state::Person;

/// Citizens shown at start-up.
const SHOWN: usize = 2;

pub(super) async fn run(global: &Global, args: &ServerArgs) -> Result<ExitCode, Failure> {
    let config = settings::server(global, args, Mode::Running)?;
    let since = crate::gate::wall::now();
    let running = app::start(config.clone()).await?;
    let project = Project::find(global)?;
    registers::enter(global, &project, &running).await?;
    let ready_ms = crate::gate::wall::now().0 - since.0;
    if global.json {
        println!("{}", summary(&running, &config));
    } else {
        println!("{}", greeting(&config, &running, ready_ms));
        println!("  Next      byteby env        point your own app here");
        println!("            byteby event foedsel --of \"bosatt && kjoenn == 'kvinne' && alder == 30\"");
        println!("Listening on {}", running.base_url());
    }
    let code = if settings::watches(args, &project)? {
        tokio::select! {
            code = wait_for_end(&running) => code,
            () = registers::watch(global, project, &running) => ExitCode::Good,
        }
    } else {
        wait_for_end(&running).await
    };
    running.stop().await;
    Ok(code)
}

/// Returns when the process is told to end, by a signal or by a request to the admin API, or when real data ends it.
pub(super) async fn wait_for_end(running: &Running) -> ExitCode {
    tokio::select! {
        () = signalled() => ExitCode::Good,
        () = running.access.control.stopped() => ExitCode::Good,
        code = super::record::ended_by_real_data(running) => code,
    }
}

async fn signalled() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// The token of the admin API, when this start made it: one that was given is known to whoever gave it.
fn made_token<'a>(running: &'a Running, config: &Config) -> Option<&'a str> {
    match &running.admin {
        AdminAccess::Token(token) if config.admin_token.is_none() => Some(token),
        _ => None,
    }
}

fn summary(running: &Running, config: &Config) -> serde_json::Value {
    let town = running.main().town();
    serde_json::json!({
        "url": running.base_url(),
        "port": running.addr.port(),
        "admin": running.admin.word(),
        "admin_token": made_token(running, config),
        "eformidling_port": running.eformidling_port,
        "world": "main",
        "size": town.base.header.size,
        "seed": town.base.header.seed.to_string(),
        "now": town.now().to_string(),
        "clock": town.tid.mode.word(),
        "digest": town.base.digest.to_string(),
    })
}

/// The first lines a person sees (`specs/experience.md` §3).
pub(super) fn greeting(config: &Config, running: &Running, ready_ms: i64) -> String {
    let town = running.main().town();
    let mut out = format!(
        "  Byteby {}  ·  world main  ·  {} people  ·  seed {}  ·  {} ({})  ready in {ready_ms} ms\n",
        env!("CARGO_PKG_VERSION"),
        grouped(town.base.header.size),
        town.base.header.seed,
        day(town.now()),
        town.tid.mode.word(),
    );
    out.push_str(&format!("  Open      {}   everybody and everything here is synthetic\n", running.base_url()));
    let people: Vec<String> = suggestions(&town).iter().map(described).collect();
    if !people.is_empty() {
        out.push_str(&format!("  Log in as {}\n", people.join("   ")));
    }
    if let Some(port) = running.eformidling_port {
        out.push_str(&format!("  Port {port}  the Integrasjonspunkt alone, for clients that default to it\n"));
    }
    if config.open_clients {
        out.push_str(
            "  Clients   open: any client id may log in and return to this machine; Byteby-Hint says what the strict policy,\n            \
             which is the default, would have refused\n",
        );
    }
    if town.base.header != config.spec().header() {
        out.push_str(
            "  Note      the data directory holds this town already; size, seed, date and municipality are its own\n",
        );
    }
    if !config.host.is_loopback() {
        out.push_str("  Warning   other machines can reach this town\n");
    }
    if let Some(token) = made_token(running, config) {
        out.push_str(&format!(
            "  Token     {token}   for the pages and the admin API; set your own with BYTEBY_ADMIN_TOKEN\n"
        ));
    }
    out.trim_end().to_owned()
}

/// Monday-to-Sunday form of an instant, as in `Mon 4 Jan 2027 08:00`.
fn day(instant: Instant) -> String {
    instant.local().strftime("%a %-d %b %Y %H:%M").to_string()
}

/// A number with thin groups of three digits.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// A parent of two and somebody older who lives alone: people whose story is told in a word.
fn suggestions(town: &Town) -> Vec<Person<'_>> {
    let open = |person: &Person<'_>| person.is_bosatt() && person.gradering() == Gradering::Ugradert;
    let parent = town.people().find(|person| {
        open(person)
            && person.kjoenn() == Kjoenn::Kvinne
            && person.barn().len() == 2
            && (25..45).contains(&person.alder())
    });
    let alone =
        town.people().find(|person| open(person) && person.alder() >= 67 && person.husstand_medlemmer().len() == 1);
    parent.into_iter().chain(alone).take(SHOWN).collect()
}

fn described(person: &Person<'_>) -> String {
    let children = person.barn().len();
    let story = match (children, person.husstand_medlemmer().len()) {
        (_, 1) => "lives alone".to_owned(),
        (1, _) => "one child".to_owned(),
        (2, _) => "two children".to_owned(),
        (many, _) => format!("{many} children"),
    };
    format!("{} {} ({}, {story})", person.navn().full(), person.nummer(), person.alder())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        for (number, text) in [(5, "5"), (1500, "1 500"), (100_000, "100 000"), (1_000_000, "1 000 000")] {
            assert_eq!(grouped(number), text);
        }
    }
}
