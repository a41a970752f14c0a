//! `byteby journal`: the event log of a data directory, or of a running town, or in an exported text.

use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::args::Global;
use super::remote::Admin;
use super::snapshot::{hall_of, of_server, world_of};
use super::{ExitCode, Failure};
use crate::base::Digest;
use crate::journal::{Exporter, Head, LogItem, MemoryJournal, Repaired, read_export, repair};
use crate::townhall::{Blobs, TownHall, World};

/// Items asked for at once.
const PART: usize = 1_000;

#[derive(Args, Debug)]
pub(super) struct JournalArgs {
    #[command(subcommand)]
    command: JournalSub,
}

/// Where a log is and which part of it is wanted.
#[derive(Args, Debug)]
struct Part {
    /// Read this directory instead of asking a running town
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Only items behind this one
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    since: u64,
}

#[derive(Subcommand, Debug)]
enum JournalSub {
    /// Print the log, one line per item
    Show(Part),
    /// Write the log as NDJSON: every item with all its events and its hash
    Export {
        #[command(flatten)]
        part: Part,
        /// The file [default: standard output]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Check every item, hash, base and blob of all worlds of a directory, of the world of a running town, or of an
    /// exported text
    Verify {
        /// An exported text
        #[arg(value_name = "FILE", conflicts_with = "data")]
        file: Option<PathBuf>,
        /// Check this directory instead of asking a running town
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Keep the good part of a damaged directory and move the rest aside
    Repair {
        /// The directory
        #[arg(long, value_name = "DIR", env = "BYTEBY_DATA")]
        data: PathBuf,
    },
}

pub(super) async fn run(global: &Global, args: JournalArgs) -> Result<ExitCode, Failure> {
    match args.command {
        JournalSub::Show(part) => show(global, &part).await,
        JournalSub::Export { part, out } => export(global, &part, out.as_deref()).await,
        JournalSub::Verify { file: Some(file), .. } => verify_text(global, &file),
        JournalSub::Verify { data: Some(data), .. } => verify_directory(global, &data),
        JournalSub::Verify { .. } => {
            let (hall, world) = found(global, None).await?;
            let checked = checked(&hall, &world)?;
            report(global, &[checked]);
            Ok(ExitCode::Good)
        }
        JournalSub::Repair { data } => mend(global, &data),
    }
}

/// The world `--world` in a directory, or carried over from a running town with everything it stands on.
async fn found(global: &Global, data: Option<&Path>) -> Result<(TownHall, World), Failure> {
    if let Some(directory) = data {
        let hall = hall_of(directory)?;
        let world = world_of(&hall, global)?;
        return Ok((hall, world));
    }
    let (_, file) = of_server(global).await?;
    let hall = TownHall::open(std::sync::Arc::new(MemoryJournal::new()), Blobs::default())?;
    let world = hall.load(&file, &global.world)?;
    Ok((hall, world))
}

/// Shows `look` every item of `world`, with the head it makes.
fn each_item(
    hall: &TownHall,
    world: &World,
    mut look: impl FnMut(&LogItem, Head) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut head = Head::default();
    loop {
        let items = hall.log(world, head.seq + 1, PART)?;
        if items.is_empty() {
            return Ok(());
        }
        for item in &items {
            head = head.before(item)?;
            look(item, head)?;
        }
    }
}

fn gone(error: &std::io::Error) -> Failure {
    Failure::new(ExitCode::Usage, format!("the output takes nothing more: {error}"))
}

async fn show(global: &Global, part: &Part) -> Result<ExitCode, Failure> {
    let mut out = std::io::stdout().lock();
    let mut line = |text: String| writeln!(out, "{text}").map_err(|error| gone(&error));
    if part.data.is_some() {
        let (hall, world) = found(global, part.data.as_deref()).await?;
        each_item(&hall, &world, |item, _| {
            if item.seq <= part.since {
                return Ok(());
            }
            let kinds: Vec<String> = item.events.iter().map(kind).collect();
            if global.json {
                let (at, what) = (item.at.to_string(), &item.cause.what);
                return line(json!({ "seq": item.seq, "at": at, "cause": what, "events": kinds }).to_string());
            }
            line(format!("{:>8}  {}  {}  [{}]", item.seq, item.at, kinds.join(", "), item.cause.what))
        })?;
        return Ok(ExitCode::Good);
    }
    let admin = Admin::of(global);
    let mut since = part.since;
    loop {
        let answer = admin.send(reqwest::Method::GET, &format!("/events?since={since}&limit={PART}"), None).await?;
        let items = answer["items"].as_array().cloned().unwrap_or_default();
        if items.is_empty() {
            return Ok(ExitCode::Good);
        }
        for item in &items {
            if global.json {
                line(item.to_string())?;
                continue;
            }
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let kinds: Vec<String> = item["events"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|event| {
                    let about: Vec<String> = event["about"].as_array().into_iter().flatten().map(text).collect();
                    let about = if about.is_empty() { String::new() } else { format!(" {}", about.join(" ")) };
                    format!("{}.{}{about}", text(&event["register"]), text(&event["kind"]))
                })
                .collect();
            let (at, what) = (text(&item["at"]), text(&item["cause"]["what"]));
            line(format!("{:>8}  {at}  {}  [{what}]", item["seq"], kinds.join(", ")))?;
        }
        since = answer["next"].as_u64().unwrap_or(u64::MAX);
    }
}

/// Register and kind of an event as its encoding names them: `Folk.Registrert`.
fn kind(event: &crate::town::Event) -> String {
    let mut names = Vec::new();
    let mut value = serde_json::to_value(event).unwrap_or_default();
    while names.len() < 2 {
        value = match value {
            Value::Object(object) => match object.into_iter().next() {
                Some((name, inner)) => {
                    names.push(name);
                    inner
                }
                None => break,
            },
            Value::String(name) => {
                names.push(name);
                break;
            }
            _ => break,
        };
    }
    names.join(".")
}

async fn export(global: &Global, part: &Part, out: Option<&Path>) -> Result<ExitCode, Failure> {
    let (hall, world) = found(global, part.data.as_deref()).await?;
    let head = world.ledger().head();
    if part.since > head.seq {
        return Err(Failure::usage(format!("the log ends at item {}, there is none behind {}", head.seq, part.since)));
    }
    let mut text = Vec::new();
    let mut exporter = None;
    let failed = |error: std::io::Error| gone(&error);
    if part.since == 0 {
        exporter = Some(Exporter::begin(&mut text, world.header(), Head::default()).map_err(failed)?);
    }
    let mut begun = None;
    each_item(&hall, &world, |item, head| {
        match &mut exporter {
            Some(exporter) => exporter.item(item).map_err(failed)?,
            None if item.seq == part.since => begun = Some(head),
            None => {}
        }
        Ok(())
    })?;
    if let Some(after) = begun {
        let mut exporter = Exporter::begin(&mut text, world.header(), after).map_err(failed)?;
        each_item(
            &hall,
            &world,
            |item, _| {
                if item.seq > after.seq { exporter.item(item).map_err(failed) } else { Ok(()) }
            },
        )?;
        exporter.end().map_err(failed)?;
    } else if let Some(exporter) = exporter {
        exporter.end().map_err(failed)?;
    }
    match out {
        None => std::io::stdout().lock().write_all(&text).map_err(failed)?,
        Some(file) => crate::journal::write_whole(file, &text)
            .map_err(|error| Failure::usage(format!("cannot write `{}`: {error}", file.display())))?,
    }
    Ok(ExitCode::Good)
}

/// What a check found of one world.
struct Checked {
    world: String,
    head: Head,
    canonical: Digest,
    base: Digest,
    blobs: usize,
}

fn checked(hall: &TownHall, world: &World) -> Result<Checked, Failure> {
    let mut blobs: Vec<Digest> = Vec::new();
    let mut end = Head::default();
    each_item(hall, world, |item, head| {
        blobs.extend(item.events.iter().flat_map(crate::town::Event::blobs));
        end = head;
        Ok(())
    })?;
    blobs.sort_unstable();
    blobs.dedup();
    if let Some(lost) = blobs.iter().find(|digest| hall.blobs().get(digest).is_none()) {
        let message = format!("the log of world `{}` is whole, but the file {lost} that it names is not", world.name());
        return Err(Failure::new(ExitCode::Data, message).with_hint("put it back below `blobs` from a copy"));
    }
    let ledger = world.ledger();
    let base = world.header().base_digest;
    Ok(Checked { world: world.name().to_owned(), head: end, canonical: ledger.canonical(), base, blobs: blobs.len() })
}

fn report(global: &Global, checked: &[Checked]) {
    if global.json {
        let worlds: Vec<Value> = checked
            .iter()
            .map(|found| {
                json!({
                    "world": found.world,
                    "seq": found.head.seq,
                    "digest": found.head.hash.to_string(),
                    "canonical": found.canonical.to_string(),
                    "base": found.base.to_string(),
                    "blobs": found.blobs,
                })
            })
            .collect();
        println!("{}", json!({ "whole": true, "worlds": worlds }));
        return;
    }
    for found in checked {
        println!(
            "whole: world {}, {} items to digest {}, {} blobs",
            found.world, found.head.seq, found.head.hash, found.blobs
        );
    }
}

fn verify_directory(global: &Global, directory: &Path) -> Result<ExitCode, Failure> {
    // Opening checks every record, every fork and how far each log once reached, and replays all worlds on their bases.
    let hall = hall_of(directory)?;
    let mut all = Vec::new();
    for info in hall.worlds() {
        if let Some(world) = hall.world(&info.name) {
            all.push(checked(&hall, &world)?);
        }
    }
    report(global, &all);
    Ok(ExitCode::Good)
}

fn verify_text(global: &Global, path: &Path) -> Result<ExitCode, Failure> {
    let shown = path.display();
    let file = std::fs::File::open(path).map_err(|error| Failure::usage(format!("cannot read `{shown}`: {error}")))?;
    let read = read_export(BufReader::new(file))
        .map_err(|fault| Failure::new(ExitCode::Data, format!("`{shown}` is damaged: {fault}")))?;
    if global.json {
        let digest = read.head.hash.to_string();
        println!(
            "{}",
            json!({ "whole": true, "world": read.world, "after": read.after.seq, "seq": read.head.seq, "digest": digest })
        );
    } else {
        println!(
            "whole: world {}, items {} to {}, digest {}",
            read.world,
            read.after.seq + 1,
            read.head.seq,
            read.head.hash
        );
    }
    Ok(ExitCode::Good)
}

fn mend(global: &Global, directory: &Path) -> Result<ExitCode, Failure> {
    if !directory.is_dir() {
        return Err(Failure::usage(format!("there is no directory `{}`", directory.display())));
    }
    let repaired = repair(directory)?;
    if global.json {
        println!("{}", repair_json(&repaired));
    } else {
        print_repair(&repaired);
    }
    // Without its base a world cannot be opened, so the directory is not in order yet.
    Ok(if repaired.bases_lost.is_empty() { ExitCode::Good } else { ExitCode::Data })
}

fn repair_json(repaired: &Repaired) -> Value {
    let worlds = |list: &[(String, u64)]| -> Vec<Value> {
        list.iter().map(|(world, seq)| json!({ "world": world, "seq": seq })).collect()
    };
    let lost: Vec<Value> = repaired.lost.iter().map(|(world, what)| json!({ "world": world, "what": what })).collect();
    let bases: Vec<Value> =
        repaired.bases_lost.iter().map(|(file, what)| json!({ "file": file, "what": what })).collect();
    json!({
        "nothing_wrong": repaired.is_nothing(),
        "kept": worlds(&repaired.kept),
        "lost": lost,
        "aside": repaired.aside,
        "remade": repaired.remade,
        "bases_lost": bases,
    })
}

fn print_repair(repaired: &Repaired) {
    if repaired.is_nothing() {
        println!("nothing is wrong: {} worlds, all whole", repaired.kept.len());
        return;
    }
    for (world, what) in &repaired.lost {
        match world.as_str() {
            "*" => println!("lost    {what}"),
            world => println!("lost    in `{world}`: {what}"),
        }
    }
    for (world, seq) in &repaired.kept {
        println!("kept    `{world}` to item {seq}");
    }
    for file in &repaired.aside {
        println!("aside   {}", file.display());
    }
    for file in &repaired.remade {
        println!("remade  {}", file.display());
    }
    for (file, what) in &repaired.bases_lost {
        println!(
            "missing {}: {what}; this program makes other columns, so put back a copy of that file",
            file.display()
        );
    }
}
