//! What `byteby.toml` registers in the town: clients, scopes and grants (`specs/eid.md` §10.3), and `up --watch`, which
//! reads the file again when it changes (`specs/experience.md` §5).
//!
//! Every entry is the body of a request to the admin API and is sent there, so that a file and a program are held to the
//! same rules and told the same words. Sending an entry again changes nothing, and what is taken out of the file stays
//! registered.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use super::Failure;
use super::args::Global;
use super::project::{Project, unknown};
use super::remote::Admin;
use crate::app::Running;
use crate::gate::AdminAccess;
use crate::townhall::MAIN;

/// Sections whose tables are entries: `[clients.ID]`, `[scopes."NAME"]`. Scopes come first: clients ask for them.
const TABLES: [(&str, &str); 2] = [("scopes", "/eid/scopes/"), ("clients", "/clients/")];
/// The section of lists of entries, and the lists: `[[grants.access]]`.
const GRANTS: &str = "grants";
const LISTS: [(&str, &str); 5] = [
    ("access", "/eid/access"),
    ("delegations", "/eid/delegations"),
    ("systemusers", "/eid/systemusers"),
    ("consents", "/eid/consents"),
    ("representation", "/eid/representation-grants"),
];
/// The section of switches: `[eid]`.
const SWITCHES: (&str, &str) = ("eid", "/eid/settings");
/// Pause between two looks at the files.
const LOOK: Duration = Duration::from_millis(500);

/// The names of the sections.
pub(super) const SECTIONS: [&str; 4] = [TABLES[0].0, TABLES[1].0, GRANTS, SWITCHES.0];

/// One entry, as it is sent.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Entry {
    /// Where it stands: `clients.min-app` in `byteby.toml`.
    place: String,
    /// Behind the address of the world.
    path: String,
    body: Value,
}

/// Reads the section `name` of `file`.
pub(super) fn declared(file: &str, name: &str, section: toml::Value) -> Result<Vec<Entry>, Failure> {
    let place = |key: &str| format!("`{key}` in `{file}`");
    let toml::Value::Table(section) = section else {
        return Err(Failure::usage(format!("{} must be a table", place(name))));
    };
    if name == SWITCHES.0 {
        let entry = Entry { place: place(name), path: SWITCHES.1.into(), body: json(toml::Value::Table(section)) };
        return Ok(vec![entry]);
    }
    let mut entries = Vec::new();
    for (key, value) in section {
        let place = place(&format!("{name}.{key}"));
        if let Some((_, path)) = TABLES.iter().find(|(known, _)| *known == name) {
            if !value.is_table() {
                return Err(Failure::usage(format!("{place} must be a table")));
            }
            entries.push(Entry { place, path: format!("{path}{}", segment(&key)), body: json(value) });
            continue;
        }
        let Some((_, path)) = LISTS.iter().find(|(known, _)| *known == key) else {
            let known = LISTS.map(|(known, _)| known);
            return Err(unknown(file, &format!("{name}.{key}"), &known));
        };
        match value {
            toml::Value::Array(list) if list.iter().all(toml::Value::is_table) => {
                let one = |value| Entry { place: place.clone(), path: (*path).to_owned(), body: json(value) };
                entries.extend(list.into_iter().map(one));
            }
            _ => return Err(Failure::usage(format!("{place} must be a list of tables: [[{name}.{key}]]"))),
        }
    }
    Ok(entries)
}

/// `value` as JSON; dates as texts.
fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(instant) => instant.to_string().into(),
        toml::Value::Array(list) => list.into_iter().map(json).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.into_iter().map(|(key, value)| (key, json(value))).collect::<Map<_, _>>())
        }
    }
}

/// A name as one part of a path: everything that could mean something there is written with a percent sign.
fn segment(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Registers what the project file says in the town's main world. Gives how many entries there were.
///
/// # Errors
/// The first entry that is refused, with the words of the admin API; those before it are registered.
pub(super) async fn enter(global: &Global, project: &Project, running: &Running) -> Result<usize, Failure> {
    let mut entries = project.entries();
    // Scopes before clients, clients before what is granted to them.
    entries.sort_by_key(|entry| {
        let rank = |path: &str| entry.path.starts_with(path);
        [rank(TABLES[0].1), rank(TABLES[1].1)].iter().position(|first| *first).unwrap_or(2)
    });
    if entries.is_empty() {
        return Ok(0);
    }
    let admin_token = match &running.admin {
        AdminAccess::Token(token) => Some(token.clone()),
        AdminAccess::Local | AdminAccess::Peers => global.admin_token.clone(),
    };
    let own = Global { world: MAIN.into(), server: Some(running.base_url()), admin_token, ..global.clone() };
    let admin = Admin::of(&own);
    for Entry { place, path, body } in &entries {
        admin.send(reqwest::Method::PUT, path, Some(body)).await.map_err(|failure| failure.before(place))?;
    }
    Ok(entries.len())
}

/// When the files were last written, and how long they are.
type Seen = Vec<Option<(SystemTime, u64)>>;

fn seen(paths: &[PathBuf]) -> Seen {
    let of = |path: &PathBuf| {
        let meta = std::fs::metadata(path).ok()?;
        Some((meta.modified().ok()?, meta.len()))
    };
    paths.iter().map(of).collect()
}

/// Reads the project file again whenever it changes: its apps, clients, scopes and grants count at once, its other
/// settings at the next start. A file that cannot be read, or is refused, is told of, and what was read before stays.
/// Never returns.
pub(super) async fn watch(global: &Global, mut project: Project, running: &Running) {
    let paths = project.paths();
    if paths.is_empty() {
        eprintln!("nothing to watch: there is no byteby.toml here or above");
        return std::future::pending().await;
    }
    let mut before = seen(&paths);
    loop {
        tokio::time::sleep(LOOK).await;
        let now = seen(&paths);
        if now == before {
            continue;
        }
        before = now;
        let read = match Project::find(global) {
            Ok(read) => read,
            Err(failure) => {
                eprintln!("{failure}\n  what was read before stays");
                continue;
            }
        };
        running.access.apps.declare(read.apps());
        match enter(global, &read, running).await {
            Ok(count) => {
                let later =
                    if read.has_settings_of(&project) { "" } else { "; other settings count at the next start" };
                eprintln!("byteby.toml was read again: {count} clients, scopes and grants{later}");
            }
            Err(failure) => eprintln!("{failure}\n  entries before it are registered, the others are as they were"),
        }
        project = read;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str, name: &str) -> Result<Vec<Entry>, Failure> {
        let mut file: toml::Table = toml::from_str(text).unwrap();
        declared("byteby.toml", name, file.remove(name).unwrap())
    }

    #[test]
    fn entries_are_the_requests_they_stand_for() {
        let text = "[clients.min-app]\nintegration_type = \"idporten\"\nredirect_uris = [\"https://a.example/cb\"]\n\
                    [scopes.\"a:b/c d\"]\ndescription = \"x\"\nat_max_age = 30\n\
                    [[grants.access]]\nscope = \"a:b\"\nconsumer_orgno = \"310000019\"\n\
                    [eid]\nstrict_refresh = true\npropagation_delay = 120\n";
        for (name, path, body) in [
            (
                "clients",
                "/clients/min-app",
                json!({"integration_type": "idporten", "redirect_uris": ["https://a.example/cb"]}),
            ),
            ("scopes", "/eid/scopes/a:b%2Fc%20d", json!({"description": "x", "at_max_age": 30})),
            ("grants", "/eid/access", json!({"scope": "a:b", "consumer_orgno": "310000019"})),
            ("eid", "/eid/settings", json!({"strict_refresh": true, "propagation_delay": 120})),
        ] {
            let entries = read(text, name).unwrap();
            assert_eq!(entries.iter().map(|one| (one.path.as_str(), &one.body)).collect::<Vec<_>>(), [(path, &body)]);
        }
    }

    #[test]
    fn what_is_no_entry_is_named() {
        for (text, name, says) in [
            ("clients = 1\n", "clients", "`clients` in `byteby.toml` must be a table"),
            ("[clients]\nx = 1\n", "clients", "`clients.x` in `byteby.toml` must be a table"),
            ("[grants]\nacces = []\n", "grants", "grants.acces"),
            ("[grants]\naccess = [1]\n", "grants", "[[grants.access]]"),
        ] {
            let failure = read(text, name).unwrap_err().to_string();
            assert!(failure.contains(says), "{failure}");
        }
    }
}
