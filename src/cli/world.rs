//! `byteby world`: the worlds of a running town.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::args::Global;
use super::remote::Admin;
use super::{ExitCode, Failure};

#[derive(Args, Debug)]
pub(super) struct WorldArgs {
    #[command(subcommand)]
    command: WorldSub,
}

#[derive(Subcommand, Debug)]
enum WorldSub {
    /// List the worlds
    Ls,
    /// Make a world from inputs
    New(NewArgs),
    /// Fork a world, as it is or as it was
    Fork {
        /// The world, `W`; behind log item SEQ, `W@SEQ`; or at a virtual instant, `W@2027-02-01T12:00` [default: --world]
        #[arg(long, value_name = "W[@SEQ]")]
        from: Option<String>,
        /// Name of the fork; one of its own when not given
        name: Option<String>,
    },
    /// Lead a world back to where it was forked or made
    Reset {
        /// The world [default: --world]
        name: Option<String>,
    },
    /// Drop a world
    Rm {
        /// The world
        name: String,
    },
    /// Say how two worlds differ
    Diff {
        /// The first world
        a: String,
        /// The second world
        b: String,
    },
    /// Show which world was forked from which
    Tree,
}

#[derive(Args, Debug)]
struct NewArgs {
    /// Its name; one of its own when not given
    name: Option<String>,
    #[command(flatten)]
    town: super::args::TownArgs,
    /// How long it is kept without use, for example PT30M
    #[arg(long, value_name = "SPAN")]
    ttl: Option<String>,
    /// A word about it, repeatable
    #[arg(long = "label", value_name = "K=V")]
    labels: Vec<String>,
}

pub(super) async fn run(global: &Global, args: WorldArgs) -> Result<ExitCode, Failure> {
    let admin = Admin::of_server(global);
    let (method, path, body) = match &args.command {
        WorldSub::Ls | WorldSub::Tree => (Method::GET, "/worlds".to_owned(), None),
        WorldSub::New(new) => (Method::POST, "/worlds".to_owned(), Some(new_world(new)?)),
        WorldSub::Fork { from, name } => {
            let (world, at) = fork_point(from.as_deref().unwrap_or(&global.world))?;
            (Method::POST, format!("/worlds/{world}/fork"), Some(without_null(json!({ "name": name, "at": at }))))
        }
        WorldSub::Reset { name } => {
            let name = name.as_deref().unwrap_or(&global.world);
            (Method::POST, format!("/worlds/{name}/reset"), Some(json!({})))
        }
        WorldSub::Rm { name } => (Method::DELETE, format!("/worlds/{name}"), None),
        WorldSub::Diff { a, b } => (Method::GET, format!("/worlds/{a}/diff?with={b}"), None),
    };
    let answer = admin.send(method, &path, body.as_ref()).await?;
    match &args.command {
        WorldSub::Rm { .. } => {}
        _ if global.json => println!("{answer:#}"),
        WorldSub::Ls => listed(&answer),
        WorldSub::Tree => tree(&answer),
        WorldSub::Diff { .. } => told(&answer),
        WorldSub::New(_) | WorldSub::Fork { .. } | WorldSub::Reset { .. } => println!("{}", text(&answer, "name")),
    }
    Ok(ExitCode::Good)
}

fn new_world(new: &NewArgs) -> Result<Value, Failure> {
    let mut labels = Map::new();
    for label in &new.labels {
        let (key, value) = label
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("`{label}` is not a label: write name=value")))?;
        labels.insert(key.to_owned(), value.into());
    }
    let size = new.town.size.as_deref().map(|size| size.replace(['_', ' '], "").parse::<u32>());
    let size = size.transpose().map_err(|_| Failure::usage("--size is a whole number of people"))?;
    // Seeds that are numbers are sent as text too: the server reads both.
    let town = &new.town;
    Ok(without_null(json!({ "name": new.name, "size": size, "seed": town.seed, "date": town.date,
        "municipality": town.municipality, "ttl": new.ttl,
        "labels": if labels.is_empty() { Value::Null } else { Value::Object(labels) } })))
}

fn without_null(value: Value) -> Value {
    match value {
        Value::Object(object) => object.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>().into(),
        other => other,
    }
}

/// `W`, `W@SEQ` or `W@INSTANT`.
fn fork_point(text: &str) -> Result<(&str, Option<Value>), Failure> {
    match text.split_once('@') {
        None => Ok((text, None)),
        Some((world, at)) if !world.is_empty() && !at.is_empty() => {
            Ok((world, Some(at.parse::<u64>().map_or_else(|_| Value::from(at), Value::from))))
        }
        Some(_) => Err(Failure::usage(format!("`{text}` is not a place in a world: write main@418"))),
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

fn number(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_u64).map_or_else(String::new, |number| number.to_string())
}

fn worlds(answer: &Value) -> &[Value] {
    answer.get("worlds").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn listed(answer: &Value) {
    println!("{:<24} {:>8}  {:<20} {:<18} {:<8} labels", "name", "items", "now", "forked from", "ttl");
    for world in worlds(answer) {
        let labels = world.get("labels").and_then(Value::as_object).into_iter().flatten();
        let labels: Vec<String> =
            labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or(""))).collect();
        let row = format!(
            "{:<24} {:>8}  {:<20} {:<18} {:<8} {}",
            text(world, "name"),
            number(world, "seq"),
            text(world, "now"),
            origin(world),
            text(world, "ttl"),
            labels.join(" "),
        );
        println!("{}", row.trim_end());
    }
}

/// Where a world was forked: `main@7`; `@7` when the parent is gone.
fn origin(world: &Value) -> String {
    match world.get("forked_at").and_then(Value::as_u64) {
        Some(at) => format!("{}@{at}", text(world, "parent")),
        None => String::new(),
    }
}

/// Each world below the one it was forked from; those whose parent is gone stand at the edge.
fn tree(answer: &Value) {
    fn branch(worlds: &[Value], parent: &str, depth: usize) {
        for world in worlds.iter().filter(|world| text(world, "parent") == parent) {
            let name = text(world, "name");
            let at = origin(world);
            println!("{}{name}{}", "  ".repeat(depth), if at.is_empty() { at } else { format!("  ({at})") });
            branch(worlds, name, depth + 1);
        }
    }
    branch(worlds(answer), "", 0);
}

fn told(answer: &Value) {
    let differences = answer.get("differences").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for difference in differences {
        println!("{}", text(difference, "text"));
    }
    let (a, b) = (text(answer, "a"), text(answer, "b"));
    let place = format!(
        "# {a} +{} · {b} +{} · @{}",
        number(answer, "items_a"),
        number(answer, "items_b"),
        number(answer, "common")
    );
    let same = answer.get("same").and_then(Value::as_bool).unwrap_or(false);
    println!("{place} · {}", if same { "=" } else { "≠" });
}
