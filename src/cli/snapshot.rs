//! `byteby snapshot`: worlds to files and back, over a running town or over a data directory nobody uses.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::args::Global;
use super::remote::Admin;
use super::{ExitCode, Failure};
use crate::journal::{SledJournal, Snapshot, SnapshotFault, SnapshotHeader, read_snapshot, write_whole};
use crate::townhall::{Blobs, HallError, Snapshots, TownHall, World, replay_snapshot};

#[derive(Args, Debug)]
pub(super) struct SnapshotArgs {
    #[command(subcommand)]
    command: SnapshotSub,
}

#[derive(Subcommand, Debug)]
enum SnapshotSub {
    /// Save the world `--world` to a file
    Save {
        /// The file [default: WORLD-SEQ-DIGEST.bby]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Read this directory instead of asking a running town
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Make a world out of a file
    Load {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Name of the new world [default: the name it was saved under]
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
        /// Write to this directory instead of asking a running town
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// List the snapshots a running town keeps, or those in a folder
    Ls {
        /// A folder of `.bby` files
        #[arg(value_name = "FOLDER")]
        folder: Option<PathBuf>,
    },
    /// Say what is in a file
    Inspect {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Replay a file from its first item to its last and hold it against its digests
    Verify {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

pub(super) async fn run(global: &Global, args: SnapshotArgs) -> Result<ExitCode, Failure> {
    match args.command {
        SnapshotSub::Save { file, data } => save(global, file, data.as_deref()).await,
        SnapshotSub::Load { file, name, data } => load(global, &file, name, data.as_deref()).await,
        SnapshotSub::Ls { folder } => list(global, folder.as_deref()).await,
        SnapshotSub::Inspect { file } => {
            let bytes = read(&file)?;
            print_header(global, &file, bytes.len(), &opened(&file, &bytes)?.header);
            Ok(ExitCode::Good)
        }
        SnapshotSub::Verify { file } => verify(global, &file),
    }
}

impl From<HallError> for Failure {
    fn from(error: HallError) -> Self {
        match error {
            HallError::Journal(fault) => Self::from(fault),
            HallError::Snapshot(_) | HallError::OtherBase(..) => Self::new(ExitCode::Data, error.to_string()),
            _ => Self::usage(error.to_string()),
        }
    }
}

/// The worlds of a directory that nobody uses.
pub(super) fn hall_of(directory: &Path) -> Result<TownHall, Failure> {
    if !directory.join("log").exists() {
        let message = format!("`{}` is no data directory: there is no log in it", directory.display());
        return Err(Failure::usage(message));
    }
    let journal = SledJournal::open(directory)?;
    let blobs = Blobs::open(Some(directory.join("blobs")));
    let blobs = blobs.map_err(|error| Failure::new(ExitCode::Data, error.to_string()))?;
    Ok(TownHall::open(Arc::new(journal), blobs)?)
}

/// The world `--world` of a hall.
pub(super) fn world_of(hall: &TownHall, global: &Global) -> Result<World, Failure> {
    hall.world(&global.world).ok_or_else(|| {
        let names: Vec<String> = hall.worlds().into_iter().map(|info| info.name).collect();
        Failure::usage(format!("there is no world named `{}`", global.world))
            .with_hint(format!("there are {}", names.join(", ")))
    })
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    read_snapshot(file).map_err(|error| Failure::usage(format!("cannot read `{}`: {error}", file.display())))
}

fn unusable(file: &Path, fault: &SnapshotFault) -> Failure {
    let failure = Failure::new(ExitCode::Data, format!("`{}` cannot be used: {fault}", file.display()));
    match fault {
        SnapshotFault::Foreign(_) => failure.with_hint("use the version of byteby that wrote it"),
        _ => failure.with_hint("take another copy of the file"),
    }
}

fn opened<'a>(file: &Path, bytes: &'a [u8]) -> Result<Snapshot<'a>, Failure> {
    Snapshot::open(bytes).map_err(|fault| unusable(file, &fault))
}

/// The snapshot of the world `--world` as a running town has it now.
pub(super) async fn of_server(global: &Global) -> Result<(String, Vec<u8>), Failure> {
    let kept = Admin::of(global).send(reqwest::Method::POST, "/snapshots", Some(&json!({}))).await?;
    let id = kept["id"].as_str().unwrap_or_default().to_owned();
    let bytes = Admin::of_server(global).download(&format!("/snapshots/{id}")).await?;
    Ok((id, bytes))
}

async fn save(global: &Global, file: Option<PathBuf>, data: Option<&Path>) -> Result<ExitCode, Failure> {
    let (id, bytes) = match data {
        None => of_server(global).await?,
        Some(directory) => {
            let hall = hall_of(directory)?;
            let world = world_of(&hall, global)?;
            let head = world.ledger().head();
            let digest = head.hash.to_string();
            (format!("{}-{}-{}", world.name(), head.seq, &digest[..8]), hall.save(&world)?)
        }
    };
    let file = file.unwrap_or_else(|| PathBuf::from(format!("{id}.bby")));
    let header = opened(&file, &bytes)?.header;
    write_whole(&file, &bytes)
        .map_err(|error| Failure::usage(format!("cannot write `{}`: {error}", file.display())))?;
    print_header(global, &file, bytes.len(), &header);
    Ok(ExitCode::Good)
}

async fn load(global: &Global, file: &Path, name: Option<String>, data: Option<&Path>) -> Result<ExitCode, Failure> {
    let bytes = read(file)?;
    let header = opened(file, &bytes)?.header;
    let name = name.unwrap_or_else(|| header.world.clone());
    if let Some(directory) = data {
        let hall = hall_of(directory)?;
        let world = hall.load(&bytes, &name).map_err(|error| match error {
            HallError::Snapshot(fault) => unusable(file, &fault),
            other => other.into(),
        })?;
        let head = world.ledger().head();
        said(global, &json!({ "world": name, "seq": head.seq, "digest": head.hash.to_string() }));
        return Ok(ExitCode::Good);
    }
    let id = format!("{}-{}", header.seq, header.digest.get(..16).unwrap_or_default());
    debug_assert!(Snapshots::is_name(&id), "a number and hex digits");
    let server = Admin::of_server(global);
    server.upload(&format!("/snapshots/{id}"), bytes).await?;
    let made = server.send(reqwest::Method::POST, "/worlds", Some(&json!({ "name": name, "from": id }))).await?;
    said(global, &json!({ "world": made["name"], "seq": made["seq"], "digest": made["digest"] }));
    Ok(ExitCode::Good)
}

fn said(global: &Global, made: &Value) {
    if global.json {
        println!("{made}");
        return;
    }
    let text = |key: &str| made[key].as_str().unwrap_or_default().to_owned();
    println!("world {} with {} items, digest {}", text("world"), made["seq"], text("digest"));
}

async fn list(global: &Global, folder: Option<&Path>) -> Result<ExitCode, Failure> {
    let Some(folder) = folder else {
        let answer = Admin::of_server(global).send(reqwest::Method::GET, "/snapshots", None).await?;
        if global.json {
            println!("{answer}");
            return Ok(ExitCode::Good);
        }
        for kept in answer["snapshots"].as_array().into_iter().flatten() {
            let text = |key: &str| kept["header"][key].as_str().unwrap_or_default().to_owned();
            let fault = kept["fault"].as_str().unwrap_or_default();
            let id = kept["id"].as_str().unwrap_or_default();
            println!(
                "{id}\t{} bytes\t{}\titem {}\t{}{fault}",
                kept["bytes"],
                text("world"),
                kept["header"]["seq"],
                text("now")
            );
        }
        return Ok(ExitCode::Good);
    };
    let listing = std::fs::read_dir(folder)
        .map_err(|error| Failure::usage(format!("cannot read `{}`: {error}", folder.display())))?;
    let mut files: Vec<PathBuf> = listing.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "bby"));
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let bytes = read(&file)?;
        match Snapshot::open(&bytes) {
            Ok(snapshot) if !global.json => print_header(global, &file, bytes.len(), &snapshot.header),
            Err(fault) if !global.json => println!("{}\tdamaged: {fault}", file.display()),
            found => all.push(json!({
                "file": file.display().to_string(),
                "bytes": bytes.len(),
                "header": found.as_ref().ok().map(|snapshot| &snapshot.header),
                "fault": found.as_ref().err().map(ToString::to_string),
            })),
        }
    }
    if global.json {
        println!("{}", json!({ "snapshots": all }));
    }
    Ok(ExitCode::Good)
}

fn print_header(global: &Global, file: &Path, bytes: usize, header: &SnapshotHeader) {
    if global.json {
        println!("{}", json!({ "file": file.display().to_string(), "bytes": bytes, "header": header }));
        return;
    }
    println!("{}  {bytes} bytes, format {}, written by byteby {}", file.display(), header.format, header.engine);
    println!(
        "  town    {} people, seed {}, from {}, {} (pack {}, schema {})",
        header.size, header.seed, header.date, header.municipality, header.pack, header.schema
    );
    println!("  world   {}, now {}, {} items, {} blobs", header.world, header.now, header.seq, header.blobs);
    if let Some(parent) = &header.parent {
        println!("  forked  behind item {} with digest {}", parent.seq, parent.digest);
    }
    println!("  base    {}", header.base_digest);
    println!("  digest  {}", header.digest);
    println!("  sum     {}", header.canonical);
}

fn verify(global: &Global, file: &Path) -> Result<ExitCode, Failure> {
    let bytes = read(file)?;
    let snapshot = opened(file, &bytes)?;
    let wrong = |fault: SnapshotFault| unusable(file, &fault);
    let base = snapshot.base().map_err(wrong)?;
    replay_snapshot(&snapshot, Arc::new(base), |_, _, _| {}).map_err(wrong)?;
    let blobs = snapshot.blobs().map_err(wrong)?;
    if global.json {
        println!("{}", json!({ "file": file.display().to_string(), "whole": true, "header": snapshot.header }));
    } else {
        let header = &snapshot.header;
        println!(
            "whole: base {}, {} items to digest {}, {} blobs",
            header.base_digest,
            header.seq,
            header.digest,
            blobs.len()
        );
    }
    Ok(ExitCode::Good)
}
