//! Snapshots: a world in a file is the same world, and a file that is not one does no harm.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Output};
use std::sync::Arc;

use byteby::app::{self, Config};
use byteby::base::sha256;
use byteby::clock::{Mode, Span};
use byteby::journal::{
    ExportFault, Exporter, Head, MemoryJournal, SNAPSHOT_FORMAT, SledJournal, Snapshot, SnapshotFault, decode_columns,
    encode_columns, read_export,
};
use byteby::population::{Spec, generate};
use byteby::town::decide::{Cause, Command, FolkCommand, KontaktCommand};
use byteby::town::model::PersonKey;
use byteby::town::state::Person;
use byteby::townhall::{Blobs, HallError, MAIN, TownHall, World, WorldSpec, replay_snapshot};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::DeflateEncoder;

fn hall() -> TownHall {
    TownHall::open(Arc::new(MemoryJournal::new()), Blobs::default()).unwrap()
}

fn town() -> TownHall {
    let hall = hall();
    hall.create(&WorldSpec { name: MAIN.into(), base: Spec { size: 1500, ..Spec::default() } }).unwrap();
    hall
}

/// The `n`-th word of the stream of `seed`.
fn word(seed: u64, n: u64) -> u64 {
    sha256(&[b"snapshot", &seed.to_be_bytes(), &n.to_be_bytes()]).word()
}

/// Makes `count` changes drawn from `seed`; one that the town refuses is none.
async fn change(world: &World, seed: u64, count: u64) {
    let people: Vec<PersonKey> = world.town().people().filter(Person::is_bosatt).map(|person| person.key()).collect();
    for n in 0..count {
        let drawn = word(seed, n);
        let person = people[usize::try_from(drawn >> 8).unwrap() % people.len()];
        let command = match drawn % 5 {
            0 | 1 => Command::Folk(FolkCommand::Foedsel { mor: person, medforelder: None, barn: vec![None] }),
            2 => Command::Kontakt(KontaktCommand::Reservasjon { person, reservert: drawn & 256 == 0 }),
            3 => {
                let later = Span::parse("P3D").unwrap().after(world.town().now());
                world.advance(later).await.unwrap();
                continue;
            }
            _ => {
                let mode = [Mode::Frozen, Mode::Auto][usize::try_from(drawn >> 9).unwrap() % 2];
                world.set_mode(mode).await.unwrap();
                continue;
            }
        };
        let cause = Cause::of("snapshot test", &[&seed.to_be_bytes(), &n.to_be_bytes()]);
        match world.command(command, cause).await {
            Ok(_) | Err(HallError::Refused(_)) => {}
            Err(fault) => panic!("{fault}"),
        }
    }
}

/// What a service would answer about everybody, in words.
fn answers(world: &World) -> Vec<String> {
    let town = world.town();
    let about = |person: Person<'_>| {
        let children: Vec<PersonKey> = person.barn().iter().map(Person::key).collect();
        let (kontakt, navn) = (person.kontakt(), person.navn());
        format!("{:?} {} {} {:?} {children:?} {kontakt:?}", person.key(), person.nummer(), navn.full(), person.alder())
    };
    town.people().map(about).chain([town.now().to_string(), format!("{:?}", town.tid.queue.len())]).collect()
}

#[tokio::test]
async fn a_world_in_a_file_is_the_same_world() {
    let cases: u64 = std::env::var("BYTEBY_SNAPSHOT_CASES").map_or(6, |text| text.parse().unwrap());
    let (hall, elsewhere) = (town(), hall());
    for seed in 0..cases {
        let name = format!("w-{seed}");
        let mut world = hall.fork(MAIN, Some(&name)).unwrap();
        change(&world, seed, word(seed, 1 << 40) % 40).await;
        if seed % 2 == 1 {
            // A fork of a fork carries the log of all its ancestors.
            world = hall.fork(&name, Some(&format!("{name}-f"))).unwrap();
            change(&world, seed + 1000, 10).await;
        }
        let file = hall.save(&world).unwrap();
        assert_eq!(file, hall.save(&world).unwrap(), "the same moment is the same file");
        let again = elsewhere.load(&file, &name).unwrap();
        let (was, is) = (world.ledger(), again.ledger());
        assert_eq!((was.head(), was.canonical()), (is.head(), is.canonical()), "seed {seed}");
        assert_eq!(answers(&world), answers(&again), "seed {seed}");
        let third = elsewhere.save(&again).unwrap();
        let third = Snapshot::open(&third).unwrap();
        assert_eq!((third.head, third.canonical), (is.head(), is.canonical()), "a snapshot of a snapshot");
        // The copy goes on as the original does, and a reset leads back to the file.
        for world in [&world, &again] {
            change(world, seed + 2000, 10).await;
        }
        assert_eq!(world.ledger().canonical(), again.ledger().canonical(), "seed {seed}");
        let back = elsewhere.reset(&name).unwrap();
        assert_eq!(back.ledger().head(), was.head());
    }
    assert_eq!(elsewhere.bases(), 1, "worlds from snapshots of one base share it");
}

#[tokio::test]
async fn files_that_a_log_names_travel_along_and_names_are_checked() {
    let hall = town();
    let main = hall.world(MAIN).unwrap();
    let file = hall.save(&main).unwrap();
    let elsewhere = self::hall();
    elsewhere.load(&file, MAIN).unwrap();
    assert!(matches!(elsewhere.load(&file, MAIN), Err(HallError::Name(..))));
    assert!(matches!(elsewhere.load(&file, "Main"), Err(HallError::Name(..))));
    assert!(matches!(elsewhere.load(b"", "x"), Err(HallError::Snapshot(SnapshotFault::Cut))));
    assert_eq!(elsewhere.worlds().len(), 1);
    assert!(elsewhere.load(&file, "x").is_ok(), "a name is free again after a failure");
}

/// Opens a file the way `load` does, without keeping anything.
fn use_up(file: &[u8]) -> Result<(), SnapshotFault> {
    let snapshot = Snapshot::open(file)?;
    let base = Arc::new(snapshot.base()?);
    replay_snapshot(&snapshot, base, |_, _, _| {})?;
    snapshot.blobs()?;
    Ok(())
}

fn sealed(mut body: Vec<u8>) -> Vec<u8> {
    let check = sha256(&[&body]);
    body.extend_from_slice(&check.0);
    body
}

/// The parts of a snapshot: header, columns, log, blobs.
fn parts(file: &[u8]) -> [Vec<u8>; 4] {
    let mut rest = &file[5..file.len() - 32];
    let mut next = |width: usize| {
        let length = rest[..width].iter().fold(0usize, |number, byte| number << 8 | usize::from(*byte));
        let part = rest[width..width + length].to_vec();
        rest = &rest[width + length..];
        part
    };
    [next(4), next(8), next(8), next(8)]
}

fn joined(parts: &[Vec<u8>; 4]) -> Vec<u8> {
    let mut out = vec![b'B', b'B', b'Y', 0x1a, SNAPSHOT_FORMAT];
    out.extend_from_slice(&u32::try_from(parts[0].len()).unwrap().to_be_bytes());
    out.extend_from_slice(&parts[0]);
    for part in &parts[1..] {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part);
    }
    sealed(out)
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut deflater = DeflateEncoder::new(Vec::new(), Compression::fast());
    deflater.write_all(bytes).unwrap();
    deflater.finish().unwrap()
}

/// The same with a log that is packed from `bytes`.
fn with_log(parts: &[Vec<u8>; 4], bytes: &[u8]) -> Vec<u8> {
    let mut log = vec![1];
    log.extend(deflated(bytes));
    joined(&[parts[0].clone(), parts[1].clone(), log, parts[3].clone()])
}

#[tokio::test]
async fn a_file_that_was_cut_or_changed_is_refused_and_one_made_with_malice_does_no_harm() {
    let hall = town();
    let main = hall.world(MAIN).unwrap();
    change(&main, 5, 30).await;
    let good = hall.save(&main).unwrap();
    use_up(&good).unwrap();
    let rounds: u64 = std::env::var("BYTEBY_DAMAGE_ROUNDS").map_or(60, |text| text.parse().unwrap());
    let at = |round: u64, most: usize| usize::try_from(word(round, 7)).unwrap() % most;
    for round in 0..rounds {
        let at = at(round, good.len());
        assert!(use_up(&good[..at]).is_err(), "cut at {at}");
        let mut bad = good.clone();
        bad[at] ^= 1 << (round % 8);
        assert!(use_up(&bad).is_err(), "bit of byte {at}");
        // The same change by somebody who knows how to make the checksum: refused, or the very same town.
        let mut bad = good[..good.len() - 32].to_vec();
        bad[at % (good.len() - 32)] ^= 1 << (round % 8);
        let outcome = std::panic::catch_unwind(|| use_up(&sealed(bad)));
        assert!(outcome.is_ok(), "a panic after a change of byte {at}");
    }
    let parts = parts(&good);
    assert_eq!(joined(&parts), good);
    let fault = |file: Vec<u8>| use_up(&file).unwrap_err().to_string();
    // A bomb: a record of sixteen megabytes out of a few kilobytes.
    let mut bomb = (16u32 << 20).to_be_bytes().to_vec();
    bomb.resize(bomb.len() + (16 << 20), 0);
    let said = fault(with_log(&parts, &bomb));
    assert_eq!(said, "its log grows beyond all measure");
    for (log, says) in [
        (&b"\xff\xff\xff\xff"[..], "item 1 is larger than an item may be"),
        (&b"\x00\x00\x00\x09abc"[..], "its log is cut off"),
        (&b"\x00\x00\x00\x03abc"[..], "its log is good up to item 0, then: the record is cut off"),
    ] {
        assert_eq!(fault(with_log(&parts, log)), says);
    }
    assert!(fault(with_log(&parts, b"")).starts_with("its log ends at item 0"), "{}", fault(with_log(&parts, b"")));
    let mut unknown = parts.clone();
    unknown[2][0] = 7;
    assert!(fault(joined(&unknown)).contains("packed in a way"));
    let mut header = parts.clone();
    header[0] = b"{\"format\":1}".to_vec();
    assert!(fault(joined(&header)).contains("its header cannot be read"));
    let mut renamed = parts.clone();
    let text = String::from_utf8(renamed[0].clone()).unwrap();
    let canonical = Snapshot::open(&good).unwrap().header.canonical;
    renamed[0] = text.replace(&canonical, &"0".repeat(64)).into_bytes();
    assert!(fault(joined(&renamed)).contains("replays to the digest"), "{}", fault(joined(&renamed)));
    let mut absurd = good[..good.len() - 32].to_vec();
    absurd[5..9].copy_from_slice(&[0xff; 4]);
    assert!(fault(sealed(absurd)).contains("larger than a header may be"));
    let mut foreign = good.clone();
    foreign[4] = 9;
    assert_eq!(fault(foreign), "it has snapshot format 9, this program reads format 1");
}

#[test]
fn columns_of_a_stranger_are_looked_at_before_anybody_stands_on_them() {
    let base = generate(&Spec { size: 1500, ..Spec::default() }).unwrap();
    let good = encode_columns(&base);
    println!("{} bytes for {} people", good.len(), base.person_count());
    let again = decode_columns(&good).unwrap();
    assert_eq!(encode_columns(&again), good);
    assert_eq!(
        (again.digest, again.barn, again.barn_start, again.by_nummer),
        (base.digest, base.barn, base.barn_start, base.by_nummer)
    );
    let inflate = |file: &[u8]| {
        let mut content = Vec::new();
        std::io::copy(&mut flate2::read::DeflateDecoder::new(&file[37..file.len() - 32]), &mut content).unwrap();
        content
    };
    let packed = |content: &[u8]| {
        let mut body = good[..37].to_vec();
        body.extend(deflated(content));
        sealed(body)
    };
    let content = inflate(&good);
    assert!(decode_columns(&packed(&content)).is_ok());
    let rounds: u64 = std::env::var("BYTEBY_DAMAGE_ROUNDS").map_or(60, |text| text.parse().unwrap());
    for round in 0..rounds {
        let mut bad = content.clone();
        let at = usize::try_from(word(round, 8)).unwrap() % bad.len();
        bad[at] ^= 1 << (round % 8);
        assert!(decode_columns(&packed(&bad)).is_err(), "the digest does not see byte {at}");
    }
    let mut absurd = content.clone();
    absurd[..8].fill(0xff);
    assert!(decode_columns(&packed(&absurd)).unwrap_err().to_string().contains("beyond all measure"));
    let mut bomb = (200u64 << 20).to_be_bytes().to_vec();
    bomb.resize(20 << 20, 0);
    assert!(decode_columns(&packed(&bomb)).unwrap_err().to_string().contains("beyond all measure"));
}

#[tokio::test]
async fn an_exported_log_is_read_back_and_every_change_to_it_is_seen() {
    let hall = town();
    let main = hall.world(MAIN).unwrap();
    change(&main, 9, 30).await;
    let items = hall.log(&main, 1, usize::MAX).unwrap();
    let mut text = Vec::new();
    let mut exporter = Exporter::begin(&mut text, main.header(), Head::default()).unwrap();
    items.iter().for_each(|item| exporter.item(item).unwrap());
    assert_eq!(exporter.end().unwrap(), main.ledger().head());
    let read = read_export(text.as_slice()).unwrap();
    assert_eq!((read.items, read.head), (items.clone(), main.ledger().head()));
    let lines: Vec<&str> = std::str::from_utf8(&text).unwrap().lines().collect();
    assert_eq!(lines.len(), items.len() + 2);
    let without = |skipped: usize| {
        let kept: Vec<&str> =
            lines.iter().enumerate().filter(|(at, _)| *at != skipped).map(|(_, line)| *line).collect();
        read_export(kept.join("\n").as_bytes())
    };
    assert_eq!(without(0), Err(ExportFault::First));
    for skipped in 1..lines.len() {
        assert!(matches!(without(skipped), Err(ExportFault::Line { .. })), "line {skipped} may be missing");
    }
    let changed =
        String::from_utf8(text.clone()).unwrap().replacen("\"kvinne\"", "\"mann\"", 1).replacen("Mann", "Kvinne", 1);
    assert!(changed.as_bytes() == text || read_export(changed.as_bytes()).is_err());
    let cut = &text[..text.len() * 2 / 3];
    assert!(matches!(read_export(cut), Err(ExportFault::Line { .. })));
}

fn byteby(folder: &Path, arguments: &[&str]) -> Output {
    Process::new(env!("CARGO_BIN_EXE_byteby"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .expect("the program runs")
}

/// Runs the program; its code and what it printed on both.
fn told(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = byteby(folder, arguments);
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(!text.contains("panicked"), "{arguments:?}: {text}");
    (output.status.code().unwrap(), text)
}

fn said(folder: &Path, arguments: &[&str]) -> String {
    let (code, text) = told(folder, arguments);
    assert_eq!(code, 0, "{arguments:?}: {text}");
    text
}

/// Flips a bit in the middle of a file.
fn spoil(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_is_carried_from_one_server_to_another() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_owned();
    let running = app::start(Config { size: 1500, ..Config::on_free_port() }).await.unwrap();
    change(&running.main(), 3, 12).await;
    running.main().set_mode(Mode::Frozen).await.unwrap();
    let digest = running.main().ledger().head().hash.to_string();
    let server = running.base_url();
    let on_server = |server: &str, arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(["--server", server]);
        let (folder, all): (PathBuf, Vec<String>) = (folder.clone(), all.into_iter().map(str::to_owned).collect());
        async move {
            tokio::task::spawn_blocking(move || {
                let all: Vec<&str> = all.iter().map(String::as_str).collect();
                told(&folder, &all)
            })
            .await
            .unwrap()
        }
    };
    let (code, text) = on_server(&server, &["snapshot", "save", "by.bby"]).await;
    assert!(code == 0 && text.contains(&digest), "{code} {text}");
    let (code, text) = on_server(&server, &["snapshot", "ls"]).await;
    assert!(code == 0 && text.contains("main-"), "{code} {text}");
    let (code, text) = on_server(&server, &["snapshot", "load", "by.bby", "--as", "kopi"]).await;
    assert!(code == 0 && text.contains(&digest), "{code} {text}");
    assert_eq!(running.hall.world("kopi").unwrap().ledger().canonical(), running.main().ledger().canonical());
    for arguments in [&["journal", "show"][..], &["journal", "verify"], &["journal", "export", "--out", "log.ndjson"]] {
        let (code, text) = on_server(&server, arguments).await;
        assert_eq!(code, 0, "{arguments:?}: {text}");
    }
    let read = read_export(std::fs::read(folder.join("log.ndjson")).unwrap().as_slice()).unwrap();
    assert_eq!(read.head, running.main().ledger().head());
    running.stop().await;

    assert!(said(&folder, &["snapshot", "inspect", "by.bby"]).contains(&digest));
    assert!(said(&folder, &["snapshot", "verify", "by.bby"]).starts_with("whole: "));
    assert!(said(&folder, &["snapshot", "ls", "."]).contains("by.bby"));
    assert!(said(&folder, &["journal", "verify", "log.ndjson"]).starts_with("whole: "));

    let from = Config { from: Some(folder.join("by.bby")), ..Config::on_free_port() };
    let second = app::start(from).await.unwrap();
    assert_eq!(second.main().ledger().head().hash.to_string(), digest);
    second.stop().await;

    spoil(&folder.join("by.bby"));
    let (code, text) = told(&folder, &["snapshot", "verify", "by.bby"]);
    assert_eq!(code, 7, "{text}");
    assert!(text.contains("checksum") && text.contains("hint: "), "{text}");
    let (code, text) = told(&folder, &["up", "--port", "0", "--from", "by.bby"]);
    assert_eq!(code, 7, "{text}");
    let third = app::start(Config { size: 1500, ..Config::on_free_port() }).await.unwrap();
    let (code, text) = on_server(&third.base_url(), &["snapshot", "load", "by.bby"]).await;
    assert_eq!(code, 7, "{text}");
    assert_eq!(third.hall.worlds().len(), 1);
    // The same on the wire: refused with its code, and nothing is kept.
    let put = reqwest::Client::new().put(format!("{}/_byteby/v1/snapshots/x", third.base_url()));
    let put =
        put.header("content-type", "application/octet-stream").body(std::fs::read(folder.join("by.bby")).unwrap());
    let answer = put.send().await.unwrap();
    assert_eq!(answer.status(), 422);
    assert!(answer.text().await.unwrap().contains("BB1822"));
    assert_eq!(third.hall.snapshots().list().unwrap(), []);
    // A snapshot may be larger than any other body.
    let large = reqwest::Client::new().put(format!("{}/_byteby/v1/snapshots/x", third.base_url()));
    let large = large.header("content-type", "application/octet-stream").body(vec![0u8; 11 << 20]);
    assert_eq!(large.send().await.unwrap().status(), 422);
    third.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_is_read_checked_saved_from_and_repaired_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = folder.join("data");
    let config = Config { size: 1500, data: Some(data.clone()), ..Config::on_free_port() };
    let running = app::start(config.clone()).await.unwrap();
    let main = running.main();
    change(&main, 4, 20).await;
    main.set_mode(Mode::Frozen).await.unwrap();
    running.hall.blobs().put(&Bytes::from_static(b"a letter")).unwrap();
    let (digest, seq) = (main.ledger().head().hash.to_string(), main.ledger().head().seq);
    drop(main);
    // While a server has the directory, nobody else may; the sentence says who and what to do.
    let (code, text) = told(folder, &["journal", "verify", "--data", "data"]);
    assert!(code == 7 && text.contains("in use by process") && text.contains("hint: "), "{code} {text}");
    running.stop().await;
    // The commit thread lets the directory go when the last world is gone.
    let free = || told(folder, &["journal", "verify", "--data", "data"]);
    let mut tries = 0;
    let whole = loop {
        let (code, text) = free();
        tries += 1;
        if code == 0 || tries == 100 {
            break text;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert!(whole.contains(&digest), "{whole}");
    let shown = said(folder, &["journal", "show", "--data", "data"]);
    assert_eq!(shown.lines().count() as u64, seq);
    let since = (seq - 3).to_string();
    assert_eq!(said(folder, &["journal", "show", "--data", "data", "--since", &since]).lines().count(), 3);
    let tail = said(folder, &["journal", "export", "--data", "data", "--since", &since]);
    let read = read_export(tail.as_bytes()).unwrap();
    assert_eq!((read.items.len(), read.head.seq, read.after.seq), (3, seq, seq - 3));
    assert!(said(folder, &["journal", "repair", "--data", "data"]).starts_with("nothing is wrong"));
    said(folder, &["snapshot", "save", "by.bby", "--data", "data"]);
    said(folder, &["snapshot", "load", "by.bby", "--data", "data", "--as", "kopi"]);
    assert!(said(folder, &["journal", "verify", "--data", "data"]).contains("kopi"));
    // A town is there: it is not overwritten by another.
    let (code, text) = told(folder, &["up", "--port", "0", "--data", "data", "--from", "by.bby"]);
    assert!(code == 2 && text.contains("holds a town already"), "{code} {text}");

    spoil(&std::fs::read_dir(data.join("bases")).unwrap().next().unwrap().unwrap().path());
    let (code, text) = told(folder, &["up", "--port", "0", "--data", "data"]);
    assert!(code == 7 && text.contains("journal repair"), "{code} {text}");
    assert!(said(folder, &["journal", "repair", "--data", "data"]).contains("remade"));
    std::fs::write(data.join("heads"), "garbage").unwrap();
    let (code, text) = told(folder, &["journal", "verify", "--data", "data"]);
    assert!(code == 7 && text.contains("hint: "), "{code} {text}");
    assert!(said(folder, &["journal", "repair", "--data", "data"]).contains("heads"));
    assert!(said(folder, &["journal", "repair", "--data", "data"]).starts_with("nothing is wrong"));
    let again = app::start(config).await.unwrap();
    assert_eq!(again.main().ledger().head().hash.to_string(), digest);
    assert_eq!(again.hall.world("kopi").unwrap().ledger().head().hash.to_string(), digest);
    again.stop().await;
    let (code, text) = told(folder, &["journal", "repair", "--data", "nowhere"]);
    assert!(code == 2 && text.contains("nowhere"), "{code} {text}");
}

/// A snapshot of the first format, written once. Every later version loads it and comes to the digests in its header.
///
/// `BYTEBY_BLESS=1` writes it anew; that is right only as long as nobody has a file of this format.
#[tokio::test]
async fn a_snapshot_of_the_first_format_is_loaded_as_on_its_first_day() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/journals/v1.bby");
    if std::env::var_os("BYTEBY_BLESS").is_some() {
        let hall = town();
        let main = hall.world(MAIN).unwrap();
        change(&main, 1, 60).await;
        std::fs::write(&path, hall.save(&main).unwrap()).unwrap();
    }
    let file = std::fs::read(&path).expect("the golden snapshot is part of the repository");
    let header = Snapshot::open(&file).unwrap().header;
    let world = hall().load(&file, "golden").unwrap();
    assert_eq!(header.seq, world.ledger().head().seq);
    let town = world.town();
    assert_eq!((town.base.header.size, town.base.header.schema), (1500, byteby::population::SCHEMA));
    assert!(town.person_count() > town.base.person_count(), "children were born in it");
    let kept = SledJournal::open(tempfile::tempdir().unwrap().path()).map(Arc::new).unwrap();
    let on_disk = TownHall::open(kept, Blobs::default()).unwrap();
    assert_eq!(on_disk.load(&file, "golden").unwrap().ledger().canonical(), world.ledger().canonical());
}
