//! The program in a process of its own, started on the town with marks.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::Arc;
use std::time::Duration;

use byteby::journal::{MemoryJournal, Snapshot, encode_columns, write_snapshot};
use byteby::population::Spec;
use byteby::town::decide::{Cause, Command, EidCommand};
use byteby::town::model::Base;
use byteby::town::state::Tilgang;
use byteby::townhall::{Blobs, MAIN, TownHall, WorldSpec};

use super::sweep::scopes;
use crate::registers::register_machine_with;

/// The file of a world on `base` that has the client `maskin`.
pub(super) async fn snapshot_of(base: &Base) -> Vec<u8> {
    let hall = || TownHall::open(Arc::new(MemoryJournal::new()), Blobs::default()).unwrap();
    let first = hall();
    let plain = first.create(&WorldSpec { name: MAIN.into(), base: Spec { size: 1500, ..Spec::default() } }).unwrap();
    let file = first.save(&plain).unwrap();
    let mut header = Snapshot::open(&file).unwrap().header;
    header.base_digest = base.digest.to_string();
    let none = std::iter::empty::<Result<byteby::journal::LogItem, std::convert::Infallible>>();
    let file = write_snapshot(&header, &encode_columns(base), none, &[] as &[Vec<u8>]).unwrap();
    let second = hall();
    let world = second.load(&file, MAIN).unwrap();
    register_machine_with(&world, &scopes()).await;
    let konsument = base.kommune.orgnr;
    for scope in scopes() {
        let town = world.town();
        if !town.har_tilgang(&town.scope(scope).unwrap(), konsument) {
            let command = EidCommand::Tilgang { scope: scope.to_owned(), konsument, tilstand: Tilgang::Approved };
            world.command(Command::Eid(command), Cause::of("test access", &[scope.as_bytes()])).await.unwrap();
        }
    }
    second.save(&world).unwrap()
}

/// The program in a process of its own, with all it says.
pub(super) struct Server {
    child: Child,
    pub(super) base: String,
    /// What it prints and what it logs, in full.
    pub(super) says: [PathBuf; 2],
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub(super) fn start(dir: &Path, file: &Path) -> Self {
        let (said, log) = (dir.join("said"), dir.join("log"));
        let to = |path: &Path| std::fs::File::create(path).unwrap();
        let child = std::process::Command::new(env!("CARGO_BIN_EXE_byteby"))
            .args(["up", "--port", "0", "--clock", "frozen", "--life", "off", "--open-clients", "--from"])
            .arg(file)
            .current_dir(dir)
            .env("NO_COLOR", "1")
            .env("BYTEBY_LOG", "trace")
            .stdout(to(&said))
            .stderr(to(&log))
            .spawn()
            .expect("the program runs");
        let port = |text: String| {
            let rest = &text[text.find("http://localhost:")? + "http://localhost:".len()..];
            let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
            rest.contains('\n').then_some(port)
        };
        let limit = std::time::Instant::now() + Duration::from_mins(2);
        let base = loop {
            if let Some(port) = port(std::fs::read_to_string(&said).unwrap()) {
                break format!("http://localhost:{port}");
            }
            assert!(std::time::Instant::now() < limit, "it never says where it listens");
            std::thread::sleep(Duration::from_millis(20));
        };
        Self { child, base, says: [said, log] }
    }
}
