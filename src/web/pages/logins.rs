//! Log-ins as they went: what was asked, which rules were checked, what was given and sent (`specs/eid.md` §10.7).

use std::sync::Arc;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::shell::{Caller, Shell, rendered, sentence};
use crate::observe::{Direction, RequestEntry};
use crate::town::Town;
use crate::web::logins::{Refusal, Said, broken, is_beginning, of_operation, said, steps};

/// Log-ins on the page, newest first.
const SHOWN: usize = 50;
/// Letters of a value that are shown.
const LONGEST: usize = 300;

/// One log-in.
struct Line {
    id: u64,
    link: String,
    at: String,
    service: &'static str,
    client: String,
    about: String,
    outcome: String,
}

#[derive(Template)]
#[template(path = "logins.html")]
struct Logins {
    shell: Shell,
    lines: Vec<Line>,
}

/// A list of names and values.
struct Table {
    title: String,
    open: bool,
    rows: Vec<(String, String)>,
}

/// A rule and what became of it.
struct Checked {
    number: u8,
    text: &'static str,
    state: &'static str,
    broken: bool,
}

/// One exchange of a log-in.
struct Step {
    id: u64,
    heading: String,
    at: String,
    status: String,
    outcome: String,
    /// Key of the label, and what it says.
    facts: Vec<(&'static str, String)>,
    tables: Vec<Table>,
    rules: Vec<Checked>,
    refused: bool,
    /// Refused for a reason that no rule of the list describes.
    unrecognised: bool,
}

#[derive(Template)]
#[template(path = "login_trace.html")]
struct Trace {
    shell: Shell,
    steps: Vec<Step>,
}

/// The record of the world that is asked about.
fn record(caller: &Caller) -> Vec<Arc<RequestEntry>> {
    let world = &caller.inbound.world;
    caller.inbound.observe.since(0, Some(world.incarnation()))
}

/// Names of the people `entry` is about.
fn people(town: &Town, entry: &RequestEntry) -> String {
    let names = entry.note.about.iter().filter_map(|key| town.person_by_key(*key)).map(|person| person.navn().full());
    names.collect::<Vec<_>>().join(", ")
}

/// What came of an exchange, in a few words; empty when there is nothing to say beside the status.
fn outcome(shell: &Shell, entry: &RequestEntry, said: &Said) -> String {
    if let Some((error, _)) = said.refusal(entry) {
        return shell.f("logins.refused", &error);
    }
    let gives = |name: &str| said.answered.iter().any(|(key, _)| key == name);
    if gives("code") {
        shell.t("logins.code").to_owned()
    } else if gives("innlogging") {
        shell.t("logins.page").to_owned()
    } else {
        String::new()
    }
}

pub(super) async fn list(caller: Caller) -> Response {
    let town = caller.inbound.town();
    let shell = caller.shell(caller.lang.text("logins.title").to_owned(), "logins");
    let all = record(&caller);
    let line = |entry: &Arc<RequestEntry>| Line {
        id: entry.id,
        link: shell.link(&format!("/ui/logins/{}", entry.id)),
        at: shell.lang.moment(entry.at),
        service: entry.note.service,
        client: entry.note.client.clone().unwrap_or_default(),
        about: people(&town, entry),
        outcome: outcome(&shell, entry, &said(entry)),
    };
    let lines = all.iter().rev().filter(|entry| is_beginning(entry)).take(SHOWN).map(line).collect();
    rendered(StatusCode::OK, caller.lang, &Logins { lines, shell })
}

pub(super) async fn one(Path(id): Path<String>, caller: Caller) -> Response {
    let all = record(&caller);
    let first = id.parse::<u64>().ok().and_then(|id| all.iter().find(|entry| entry.id == id && is_beginning(entry)));
    let Some(first) = first else {
        return sentence(&caller, StatusCode::NOT_FOUND, "missing.title", "login.missing");
    };
    let town = caller.inbound.town();
    let shell = caller.shell(caller.lang.fill("login.title", &[&first.id.to_string()]), "logins");
    let steps = steps(&all, first).iter().map(|(entry, said)| step(&shell, &town, entry, said)).collect();
    rendered(StatusCode::OK, caller.lang, &Trace { steps, shell })
}

fn step(shell: &Shell, town: &Town, entry: &RequestEntry, said: &Said) -> Step {
    let note = &entry.note;
    let delivery = entry.direction == Direction::Out;
    let mut facts =
        vec![("logins.client", note.client.clone().unwrap_or_default()), ("login.about", people(town, entry))];
    facts.push(("login.leads", entry.location.as_deref().map(short).unwrap_or_default()));
    facts.push(("login.hint", entry.hint.clone().unwrap_or_default()));
    facts.push(("login.fault", note.fault.clone().unwrap_or_default()));
    facts.push(("login.delivery", if delivery { entry.path.clone() } else { String::new() }));
    facts.retain(|(_, value)| !value.is_empty());
    let refusal = said.refusal(entry).filter(|_| !delivery);
    let (rules, unrecognised) = checked(shell, note.operation, refusal.as_ref());
    Step {
        id: entry.id,
        heading: format!("{} {}", entry.method, entry.path),
        at: shell.lang.moment(entry.at),
        status: if entry.status == 0 { "–".to_owned() } else { entry.status.to_string() },
        outcome: outcome(shell, entry, said),
        facts,
        tables: tables(shell, said),
        rules,
        refused: refusal.is_some(),
        unrecognised,
    }
}

/// What is known of the rules of `operation`. An answer that refused nothing broke none of them; a refusal is about one,
/// and says nothing of the others, so they are left out. `true` when something was refused that no rule describes.
fn checked(shell: &Shell, operation: &str, refusal: Option<&(String, String)>) -> (Vec<Checked>, bool) {
    let view = |rule: &crate::web::logins::Rule, broken: bool| Checked {
        number: rule.number,
        text: rule.text(shell.lang),
        state: shell.t(if broken { "login.broken" } else { "login.kept" }),
        broken,
    };
    let all = of_operation(operation);
    match refusal {
        None => (all.into_iter().map(|rule| view(rule, false)).collect(), false),
        Some((error, text)) => {
            let wrong = broken(operation, Refusal { error, text });
            (wrong.into_iter().map(|rule| view(rule, true)).collect(), wrong.is_none() && !all.is_empty())
        }
    }
}

/// `text` cut to what a page can show.
fn short(text: &str) -> String {
    let mut cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

fn tables(shell: &Shell, said: &Said) -> Vec<Table> {
    let pairs = |pairs: &[(String, String)]| pairs.iter().map(|(name, value)| (name.clone(), short(value))).collect();
    let object = |members: &serde_json::Map<String, serde_json::Value>| {
        let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        members.iter().map(|(name, value)| (name.clone(), short(&text(value)))).collect::<Vec<_>>()
    };
    let mut tables = vec![
        Table { title: shell.t("login.asked").to_owned(), open: true, rows: pairs(&said.asked) },
        Table { title: shell.t("login.answered").to_owned(), open: false, rows: pairs(&said.answered) },
    ];
    for token in &said.tokens {
        let name = shell.f("login.token", &token.name);
        let mut add = |part: &str, rows, open| {
            tables.push(Table { title: format!("{name} · {}", shell.t(part)), open, rows });
        };
        add("login.header", object(&token.header), false);
        add("login.claims", object(&token.claims), true);
    }
    tables.retain(|table| !table.rows.is_empty());
    tables
}
