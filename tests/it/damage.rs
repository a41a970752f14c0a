//! A damaged directory: never a panic, never a hole, a sentence about what survived, and a repair that leaves a directory
//! which opens and whose logs are beginnings of what was written (`specs/engineering.md` §4).
//!
//! Each round damages one file of a good directory in one way at one place. `BYTEBY_DAMAGE_ROUNDS` says how many.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use byteby::base::{OriginKey, sha256};
use byteby::clock::{DEFAULT_START, Instant};
use byteby::journal::{FORMAT, Journal, JournalFault, LogItem, Repaired, SledJournal, WorldHeader, WorldId, repair};
use byteby::population::{Spec, generate};
use byteby::town::event::TidEvent;
use byteby::town::model::Base;
use byteby::town::{Cause, Event};
use byteby::townhall::{Blobs, TownHall};

/// Rounds when nobody says otherwise.
const ROUNDS: u64 = 60;

fn base() -> &'static Base {
    static BASE: OnceLock<Base> = OnceLock::new();
    BASE.get_or_init(|| generate(&Spec { size: 1500, ..Spec::default() }).unwrap())
}

fn header(id: u64, parent: Option<(u64, u64)>) -> WorldHeader {
    WorldHeader {
        id: WorldId(id),
        name: format!("world-{id}"),
        base: base().header.clone(),
        base_digest: base().digest,
        parent: parent.map(|(parent, at)| (WorldId(parent), at)),
        format: FORMAT,
        terms: Vec::new(),
    }
}

fn item(world: u64, seq: u64) -> LogItem {
    let at = Instant::from_millis(DEFAULT_START.millis() + i64::try_from(seq).unwrap());
    let cause = Cause::of("test", &[&world.to_be_bytes(), &seq.to_be_bytes()]);
    LogItem { seq, at, cause, events: vec![Event::Tid(TidEvent::Naadd(at)); 1 + usize::try_from(seq % 5).unwrap()] }
}

/// Every live world with the items its log holds.
type Logs = BTreeMap<String, Vec<LogItem>>;

/// Two worlds and a fork of one, written in batches of several items.
fn write(place: &Path) -> Logs {
    let journal = SledJournal::open(place).unwrap();
    journal.keep_columns(base()).unwrap();
    let mut logs = Logs::new();
    let append = |world: u64, from: u64, to: u64| {
        for first in (from..=to).step_by(7) {
            let batch: Vec<LogItem> = (first..=to.min(first + 6)).map(|seq| item(world, seq)).collect();
            let id = OriginKey::of("batch", &[&world.to_be_bytes(), &first.to_be_bytes()]);
            let ticket = journal.submit(WorldId(world), 1, first - 1, id, &batch).unwrap();
            journal.durable(ticket).unwrap();
        }
    };
    for world in [1, 2] {
        journal.create(&header(world, None)).unwrap();
        journal.open(WorldId(world), 1).unwrap();
        append(world, 1, 300);
    }
    journal.fork(&header(3, Some((1, 150)))).unwrap();
    journal.open(WorldId(3), 1).unwrap();
    append(3, 151, 400);
    for world in [1, 2, 3] {
        logs.insert(format!("world-{world}"), journal.read(WorldId(world), 1, usize::MAX).unwrap());
    }
    logs
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// What stands in the one file with this beginning of its name, below `folder`.
fn file_of(folder: &Path, begins: &str) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).ok()?.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found.into_iter().find(|path| path.file_name().unwrap().to_str().unwrap().starts_with(begins))
}

/// A number for `purpose` in `round`, below `most`.
fn draw(round: u64, purpose: &str, most: usize) -> usize {
    let word = sha256(&[b"damage", purpose.as_bytes(), &round.to_be_bytes()]).word();
    usize::try_from(word % most.max(1) as u64).unwrap()
}

/// Ways to damage the bytes of a file; the last takes it away.
const WAYS: [&str; 8] = ["cut", "bit", "bits", "noise", "block", "hole", "garbage", "missing"];
/// Files a fault may hit, as folder and beginning of the name. The log itself most often.
const FILES: [(&str, &str); 8] = [
    ("log", "db"),
    ("log", "db"),
    ("log", "db"),
    ("log", "db"),
    ("log", "conf"),
    ("log", "snap"),
    (".", "heads"),
    ("bases", ""),
];

/// Damages one file and says how.
fn damage(place: &Path, round: u64) -> Option<String> {
    let (folder, begins) = FILES[draw(round, "file", FILES.len())];
    let way = WAYS[usize::try_from(round).unwrap() % WAYS.len()];
    let path = file_of(&place.join(folder), begins)?;
    let mut bytes = std::fs::read(&path).unwrap();
    // sled writes ahead into a file of zeros: what counts is before them.
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(1, |last| last + 1);
    let at = draw(round, "at", end);
    let noise = |length: usize| -> Vec<u8> {
        (0..length.div_ceil(32))
            .flat_map(|part| sha256(&[&round.to_be_bytes(), &part.to_be_bytes()]).0)
            .take(length)
            .collect()
    };
    match way {
        "cut" => bytes.truncate(at),
        "bit" => bytes[at] ^= 1 << draw(round, "bit", 8),
        "bits" => (0..20).for_each(|n| bytes[draw(round, &format!("at{n}"), end)] ^= 1 << (n % 8)),
        "noise" => {
            let upto = (at + 64).min(end);
            bytes.splice(at..upto, noise(upto - at));
        }
        "block" => {
            let from = draw(round, "from", end) & !4095;
            let at = at & !4095;
            let length = 4096.min(bytes.len() - at).min(bytes.len() - from);
            bytes.copy_within(from..from + length, at);
        }
        "hole" => {
            let (from, upto) = (at & !511, ((at & !511) + 4096).min(bytes.len()));
            bytes[from..upto].fill(0);
        }
        "garbage" => bytes = noise(bytes.len().min(200_000)),
        _ => {
            std::fs::remove_file(&path).unwrap();
            return Some(format!("round {round}: {} missing", path.display()));
        }
    }
    std::fs::write(&path, bytes).unwrap();
    Some(format!("round {round}: {way} at byte {at} of {end} of {}", path.display()))
}

/// Opens everything a server would open.
fn open(place: &Path) -> Result<SledJournal, JournalFault> {
    let journal = once_free(|| SledJournal::open(place))?;
    for header in journal.worlds()? {
        let base = journal.columns(&header.base_digest)?;
        assert!(base.is_none_or(|base| base.digest == header.base_digest));
    }
    Ok(journal)
}

fn logs(journal: &SledJournal) -> Logs {
    let read = |header: WorldHeader| (header.name.clone(), journal.read(header.id, 1, usize::MAX).unwrap());
    journal.worlds().unwrap().into_iter().map(read).collect()
}

/// Does `act` once nobody holds the directory: the commit thread of a hall that is gone may do so for a moment, and a
/// process that another test starts has a copy of the lock until it has become another program.
fn once_free<T>(act: impl Fn() -> Result<T, JournalFault>) -> Result<T, JournalFault> {
    for _ in 0..500 {
        match act() {
            Err(JournalFault::InUse { .. }) => std::thread::park_timeout(std::time::Duration::from_millis(10)),
            done => return done,
        }
    }
    panic!("the directory is still in use");
}

fn is_told(fault: &JournalFault) -> bool {
    let text = fault.to_string();
    let known = matches!(
        fault,
        JournalFault::Damaged { .. }
            | JournalFault::Unreadable { .. }
            | JournalFault::Foreign { .. }
            | JournalFault::Marks { .. }
            | JournalFault::Columns { .. }
    );
    known && text.lines().count() == 1 && text.len() < 1_000
}

/// Holds a repaired directory against what was written; gives the share of items that is still there, in per mille.
fn hold_against(place: &Path, repaired: &Repaired, written: &Logs, how: &str) -> usize {
    let journal = open(place).unwrap_or_else(|fault| panic!("{how}: not repaired: {fault}"));
    let left = logs(&journal);
    drop(journal);
    for (name, items) in &left {
        let all = &written[name];
        assert!(items.len() <= all.len() && *items == all[..items.len()], "{how}: `{name}` is no beginning of its log");
        let said = repaired.kept.iter().find(|(kept, _)| kept == name).map(|(_, seq)| *seq);
        assert_eq!(said, Some(items.len() as u64), "{how}: `{name}` has other items than the report says");
    }
    let again = once_free(|| repair(place)).unwrap_or_else(|fault| panic!("{how}: a second repair: {fault}"));
    assert!(again.is_nothing(), "{how}: a second repair finds something: {again:?}");
    // With its base and its log whole, the town itself opens.
    let journal = Arc::new(once_free(|| SledJournal::open(place)).unwrap());
    let hall = TownHall::open(journal, Blobs::default()).unwrap_or_else(|fault| panic!("{how}: no town: {fault}"));
    assert_eq!(hall.worlds().len(), left.len());
    drop(hall);
    let count = |logs: &Logs| logs.values().map(Vec::len).sum::<usize>();
    count(&left) * 1000 / count(written)
}

#[test]
fn every_fault_ends_in_a_sentence_and_a_repair_that_keeps_a_beginning() {
    let good = tempfile::tempdir().unwrap();
    let written = write(good.path());
    let rounds: u64 = std::env::var("BYTEBY_DAMAGE_ROUNDS").map_or(ROUNDS, |text| text.parse().unwrap());
    let (mut told, mut harmless, mut kept) = (0u64, 0u64, Vec::new());
    let mut by_kind: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    for round in 0..rounds {
        let place = tempfile::tempdir().unwrap();
        copy(good.path(), place.path());
        let Some(how) = damage(place.path(), round) else { continue };
        let kind = match open(place.path()) {
            Ok(journal) => {
                assert_eq!(logs(&journal), written, "{how}: served, but not what was written");
                harmless += 1;
                continue;
            }
            Err(fault) => {
                assert!(is_told(&fault), "{how}: {fault}");
                told += 1;
                match fault {
                    JournalFault::Damaged { .. } => "damaged",
                    JournalFault::Unreadable { .. } => "unreadable",
                    JournalFault::Marks { .. } => "marks",
                    _ => "columns",
                }
            }
        };
        let repaired = once_free(|| repair(place.path())).unwrap_or_else(|fault| panic!("{how}: {fault}"));
        assert!(!repaired.is_nothing(), "{how}: refused, but nothing was found to repair");
        assert!(repaired.aside.iter().all(|path| path.exists()), "{how}: {repaired:?}");
        let share = hold_against(place.path(), &repaired, &written, &how);
        let sum = by_kind.entry(kind).or_default();
        *sum = (sum.0 + 1, sum.1 + share);
        kept.push(share);
    }
    for (kind, (count, sum)) in &by_kind {
        println!("{kind}: {count} times, {} per mille of the items kept", sum / usize::try_from(*count).unwrap());
    }
    println!("{rounds} faults: {told} told, {harmless} harmless, 0 panics, 0 holes");
    assert!(told > rounds / 4, "only {told} of {rounds} faults were noticed");
}

#[test]
fn a_whole_directory_is_left_as_it_is() {
    let place = tempfile::tempdir().unwrap();
    let written = write(place.path());
    let repaired = once_free(|| repair(place.path())).unwrap();
    assert!(repaired.is_nothing(), "{repaired:?}");
    assert_eq!(repaired.kept.len(), 3);
    assert_eq!(logs(&once_free(|| SledJournal::open(place.path())).unwrap()), written);
    assert!(file_of(place.path(), "log.damaged").is_none());
}

#[test]
fn a_foreign_version_is_refused_and_not_repaired() {
    let place = tempfile::tempdir().unwrap();
    write(place.path());
    {
        let log = ::sled::open(place.path().join("log")).unwrap();
        let mut key = [0u8; 16];
        key[7] = 2;
        let mut foreign = log.get(key).unwrap().unwrap().to_vec();
        foreign[0] = 9;
        let end = foreign.len() - 4;
        let check = crc32c::crc32c(&foreign[..end]).to_be_bytes();
        foreign[end..].copy_from_slice(&check);
        log.insert(key, foreign).unwrap();
        log.flush().unwrap();
    }
    assert!(matches!(open(place.path()), Err(JournalFault::Foreign { found: 9, .. })));
    assert!(matches!(repair(place.path()), Err(JournalFault::Foreign { found: 9, .. })));
    assert!(file_of(place.path(), "log.damaged").is_none(), "what another version wrote is not touched");
}

#[test]
fn stored_columns_are_used_and_a_damaged_file_says_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    write(place.path());
    let file = file_of(&place.path().join("bases"), "").unwrap();
    let whole = std::fs::read(&file).unwrap();
    println!("{} bytes for {} people", whole.len(), base().person_count());

    // Columns that this generator does not make: the world is what its columns say.
    let other = generate(&Spec { size: 1500, seed: byteby::base::Seed(7), ..Spec::default() }).unwrap();
    let strange = WorldHeader {
        // The header names inputs, but the columns under its digest are others.
        base_digest: other.digest,
        ..header(9, None)
    };
    {
        let journal = once_free(|| SledJournal::open(place.path())).unwrap();
        journal.keep_columns(&other).unwrap();
        journal.create(&strange).unwrap();
        let hall = TownHall::open(Arc::new(journal), Blobs::default()).unwrap();
        assert_eq!(hall.world("world-9").unwrap().town().base.digest, other.digest);
    }

    let mut bad = whole.clone();
    bad[whole.len() / 2] ^= 1;
    std::fs::write(&file, &bad).unwrap();
    let fault = open(place.path()).unwrap_err();
    assert!(fault.to_string().contains(file.to_str().unwrap()), "{fault}");
    assert!(fault.to_string().ends_with("its checksum does not fit"), "{fault}");
    let repaired = once_free(|| repair(place.path())).unwrap();
    assert_eq!(repaired.remade, std::slice::from_ref(&file));
    assert_eq!(std::fs::read(&file).unwrap(), whole, "made again, byte for byte");
    assert_eq!(std::fs::read(&repaired.aside[0]).unwrap(), bad);

    // Nobody makes the strange columns again.
    let lost = place.path().join(format!("bases/{}.columns", other.digest));
    std::fs::remove_file(&lost).unwrap();
    let repaired = once_free(|| repair(place.path())).unwrap();
    assert_eq!(repaired.bases_lost, [(lost, "they are missing".to_owned())]);
}
