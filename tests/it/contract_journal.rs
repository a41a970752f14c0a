//! What every journal promises (`DESIGN` §5), run against each of them, and what the one on disk promises beyond that.

use byteby::base::{Digest, OriginKey, sha256};
use byteby::clock::{DEFAULT_START, Instant};
use byteby::journal::{
    FORMAT, Head, Journal, JournalFault, LogItem, MemoryJournal, SledJournal, Ticket, WorldHeader, WorldId, repair,
};
use byteby::population::Spec;
use byteby::town::event::TidEvent;
use byteby::town::{Cause, Event};

/// Header of a world without a parent.
pub fn header(id: u64, name: &str) -> WorldHeader {
    let (base, base_digest) = (Spec::default().header(), sha256(&[b"columns"]));
    WorldHeader {
        id: WorldId(id),
        name: name.into(),
        base,
        base_digest,
        parent: None,
        format: FORMAT,
        terms: Vec::new(),
    }
}

fn forked(id: u64, parent: u64, at: u64) -> WorldHeader {
    WorldHeader { parent: Some((WorldId(parent), at)), ..header(id, &format!("fork-{id}")) }
}

/// Item `seq`, different in every `world`.
fn item(world: u64, seq: u64) -> LogItem {
    let at = Instant::from_millis(DEFAULT_START.millis() + i64::try_from(seq).unwrap());
    let cause = Cause::of("test", &[&world.to_be_bytes(), &seq.to_be_bytes()]);
    LogItem { seq, at, cause, events: vec![Event::Tid(TidEvent::Naadd(at))] }
}

fn batch_id(name: &str) -> OriginKey {
    OriginKey::of("batch", &[name.as_bytes()])
}

/// Appends the items `from..=to` to `world`, one batch each, and flushes.
fn append(journal: &dyn Journal, world: u64, from: u64, to: u64) -> Ticket {
    let mut last = Ticket(0);
    for seq in from..=to {
        let id = batch_id(&format!("{world}/{seq}"));
        last = journal.submit(WorldId(world), 1, seq - 1, id, &[item(world, seq)]).unwrap();
    }
    journal.durable(last).unwrap();
    last
}

/// A world with items `1..=to`.
fn begin(journal: &dyn Journal, world: u64, to: u64) {
    journal.create(&header(world, &format!("world-{world}"))).unwrap();
    journal.open(WorldId(world), 1).unwrap();
    append(journal, world, 1, to);
}

/// A fork of `parent` after item `at`, with items up to `to`.
fn fork(journal: &dyn Journal, world: u64, parent: u64, at: u64, to: u64) {
    journal.fork(&forked(world, parent, at)).unwrap();
    journal.open(WorldId(world), 1).unwrap();
    append(journal, world, at + 1, to);
}

/// Which world wrote each item: `[(1, 3), (2, 5)]` for items 1 to 3 of world 1 and then 4 and 5 of world 2.
fn written(parts: &[(u64, u64)]) -> Vec<LogItem> {
    let mut items: Vec<LogItem> = Vec::new();
    for (world, to) in parts {
        let from = items.len() as u64 + 1;
        items.extend((from..=*to).map(|seq| item(*world, seq)));
    }
    items
}

fn all(journal: &dyn Journal, world: u64) -> Vec<LogItem> {
    journal.read(WorldId(world), 1, usize::MAX).unwrap()
}

/// Where a log with these items ends.
fn head_of(items: &[LogItem]) -> Head {
    items
        .iter()
        .fold(Head::default(), |head, item| Head { seq: item.seq, hash: LogItem::hash(&item.encode(&head.hash)) })
}

fn appended_items_are_read_back_in_order_and_in_part(journal: &dyn Journal) {
    begin(journal, 1, 20);
    assert_eq!(all(journal, 1), written(&[(1, 20)]));
    assert_eq!(journal.open(WorldId(1), 1).unwrap(), head_of(&written(&[(1, 20)])));
    assert_eq!(journal.read(WorldId(1), 18, 2).unwrap(), written(&[(1, 20)])[17..19]);
    assert_eq!(journal.read(WorldId(1), 18, 9).unwrap(), written(&[(1, 20)])[17..]);
    assert_eq!(journal.read(WorldId(1), 21, 9).unwrap(), []);
    assert_eq!(journal.read(WorldId(1), 1, 0).unwrap(), []);
}

fn a_batch_of_many_items_is_one_append(journal: &dyn Journal) {
    begin(journal, 1, 2);
    let batch: Vec<LogItem> = (3..=50).map(|seq| item(1, seq)).collect();
    let ticket = journal.submit(WorldId(1), 1, 2, batch_id("many"), &batch).unwrap();
    journal.durable(ticket).unwrap();
    assert_eq!(all(journal, 1), written(&[(1, 50)]));
}

fn an_append_behind_another_item_than_the_last_is_a_conflict(journal: &dyn Journal) {
    begin(journal, 1, 5);
    for expected in [0, 4, 6] {
        let fault = journal.submit(WorldId(1), 1, expected, batch_id("late"), &[item(1, expected + 1)]).unwrap_err();
        assert!(matches!(fault, JournalFault::Conflict { expected: e, found: 5 } if e == expected), "{fault}");
    }
    let fault = journal.submit(WorldId(1), 1, 5, batch_id("hole"), &[item(1, 6), item(1, 8)]).unwrap_err();
    assert!(matches!(fault, JournalFault::Numbering { due: 7, found: 8 }), "{fault}");
    assert_eq!(all(journal, 1), written(&[(1, 5)]));
}

fn the_same_batch_again_is_the_same_ticket_and_nothing_more(journal: &dyn Journal) {
    begin(journal, 1, 5);
    let first = journal.submit(WorldId(1), 1, 5, batch_id("six"), &[item(1, 6)]).unwrap();
    append(journal, 1, 7, 9);
    let again = journal.submit(WorldId(1), 1, 5, batch_id("six"), &[item(1, 6)]).unwrap();
    assert_eq!(first, again);
    journal.durable(again).unwrap();
    assert_eq!(all(journal, 1), written(&[(1, 9)]));
}

fn an_older_owner_is_fenced_out(journal: &dyn Journal) {
    begin(journal, 1, 3);
    journal.open(WorldId(1), 7).unwrap();
    assert!(matches!(journal.open(WorldId(1), 6), Err(JournalFault::Fenced)));
    assert!(matches!(journal.submit(WorldId(1), 6, 3, batch_id("old"), &[item(1, 4)]), Err(JournalFault::Fenced)));
    assert!(journal.submit(WorldId(1), 7, 3, batch_id("new"), &[item(1, 4)]).is_ok());
}

fn a_fork_shares_what_its_parent_had_and_neither_sees_the_others_later_items(journal: &dyn Journal) {
    begin(journal, 1, 6);
    fork(journal, 2, 1, 4, 9);
    append(journal, 1, 7, 8);
    assert_eq!(all(journal, 1), written(&[(1, 8)]));
    assert_eq!(all(journal, 2), written(&[(1, 4), (2, 9)]));
    assert_eq!(journal.open(WorldId(2), 1).unwrap(), head_of(&written(&[(1, 4), (2, 9)])));
    let fault = journal.fork(&forked(3, 1, 9)).unwrap_err();
    assert!(matches!(fault, JournalFault::Conflict { expected: 9, found: 8 }), "{fault}");
}

fn a_fork_of_a_fork_is_read_across_all_of_them(journal: &dyn Journal) {
    begin(journal, 1, 6);
    fork(journal, 2, 1, 4, 9);
    fork(journal, 3, 2, 7, 12);
    fork(journal, 4, 3, 2, 3); // below the fork point of both its ancestors
    fork(journal, 5, 3, 7, 7); // exactly where its parent began, without items of its own
    assert_eq!(all(journal, 3), written(&[(1, 4), (2, 7), (3, 12)]));
    assert_eq!(all(journal, 4), written(&[(1, 2), (4, 3)]));
    assert_eq!(all(journal, 5), written(&[(1, 4), (2, 7)]));
    assert_eq!(journal.read(WorldId(3), 4, 5).unwrap(), written(&[(1, 4), (2, 7), (3, 12)])[3..8]);
    assert_eq!(journal.open(WorldId(4), 1).unwrap(), head_of(&written(&[(1, 2), (4, 3)])));
}

fn a_dropped_world_is_gone_but_what_its_forks_share_stays(journal: &dyn Journal) {
    begin(journal, 1, 6);
    fork(journal, 2, 1, 4, 9);
    fork(journal, 3, 2, 7, 8);
    for gone in [1, 2] {
        journal.drop_world(WorldId(gone)).unwrap();
        assert!(matches!(journal.read(WorldId(gone), 1, 9), Err(JournalFault::UnknownWorld(_))));
        assert!(matches!(journal.open(WorldId(gone), 1), Err(JournalFault::UnknownWorld(_))));
        assert!(matches!(journal.drop_world(WorldId(gone)), Err(JournalFault::UnknownWorld(_))));
        assert!(matches!(journal.fork(&forked(9, gone, 2)), Err(JournalFault::UnknownWorld(_))));
    }
    assert_eq!(all(journal, 3), written(&[(1, 4), (2, 7), (3, 8)]));
    append(journal, 3, 9, 10);
    assert_eq!(journal.worlds().unwrap(), [forked(3, 2, 7)]);
    journal.drop_world(WorldId(3)).unwrap();
    assert_eq!(journal.worlds().unwrap(), []);
}

fn a_storage_id_is_never_used_twice(journal: &dyn Journal) {
    assert_eq!(journal.next_world().unwrap(), WorldId(1));
    begin(journal, 1, 1);
    begin(journal, 4, 1);
    assert!(matches!(journal.create(&header(4, "other")), Err(JournalFault::Taken(WorldId(4)))));
    // Of two worlds that begin at once, the later id may come first; what was left out comes once.
    journal.create(&header(2, "late")).unwrap();
    assert!(matches!(journal.create(&header(2, "other")), Err(JournalFault::Taken(WorldId(2)))));
    journal.drop_world(WorldId(4)).unwrap();
    assert_eq!(journal.next_world().unwrap(), WorldId(5));
}

fn checkpoints_are_found_by_their_item_also_in_a_parent_and_thinned_out(journal: &dyn Journal) {
    begin(journal, 1, 30);
    let bytes = |seq: u64| vec![u8::try_from(seq).unwrap(); 100];
    let digest = |seq: u64| sha256(&[&bytes(seq)]);
    for seq in [10, 20] {
        journal.checkpoint(WorldId(1), seq, digest(seq), &bytes(seq)).unwrap();
    }
    let latest = |world, seq| journal.latest_checkpoint(WorldId(world), seq).unwrap();
    let known = |seq: u64| -> Option<(u64, Digest, Vec<u8>)> { Some((seq, digest(seq), bytes(seq))) };
    assert_eq!((latest(1, 9), latest(1, 10), latest(1, 99)), (None, known(10), known(20)));
    fork(journal, 2, 1, 15, 16);
    assert_eq!(latest(2, 99), known(10), "a checkpoint behind the fork point is another world's");
    for seq in 21..=28 {
        journal.checkpoint(WorldId(1), seq, digest(seq), &bytes(seq)).unwrap();
    }
    let kept: Vec<u64> = (1..=30).filter(|seq| latest(1, *seq).is_some_and(|(found, ..)| found == *seq)).collect();
    assert_eq!(kept, [10, 21, 23, 25, 27, 28]);
}

fn a_whole_log_is_taken_in_at_once_and_is_a_log_like_any_other(journal: &dyn Journal) {
    let items = written(&[(1, 2_500)]);
    let head = journal.restore(&header(1, "restored"), &mut items.clone().into_iter()).unwrap();
    assert_eq!(head, head_of(&items));
    assert_eq!(journal.open(WorldId(1), 1).unwrap(), head);
    assert_eq!(all(journal, 1), items);
    append(journal, 1, 2_501, 2_503);
    fork(journal, 2, 1, 2_000, 2_002);
    assert_eq!(all(journal, 2), written(&[(1, 2_000), (2, 2_002)]));
    let fault = journal.restore(&header(1, "again"), &mut items.clone().into_iter()).unwrap_err();
    assert!(matches!(fault, JournalFault::Taken(WorldId(1))), "{fault}");
    let hole = [item(3, 1), item(3, 3)];
    let fault = journal.restore(&header(3, "hole"), &mut hole.into_iter()).unwrap_err();
    assert!(matches!(fault, JournalFault::Numbering { due: 2, found: 3 }), "{fault}");
    assert!(journal.read(WorldId(3), 1, 9).is_err(), "nothing of it is there");
    assert_eq!(journal.restore(&header(4, "empty"), &mut std::iter::empty()).unwrap(), Head::default());
}

fn terms_are_kept_with_the_header_and_change_no_log(journal: &dyn Journal) {
    begin(journal, 1, 4);
    let child = WorldHeader { terms: b"from the start".to_vec(), ..forked(2, 1, 3) };
    journal.fork(&child).unwrap();
    let terms = |journal: &dyn Journal| journal.worlds().unwrap().into_iter().map(|header| header.terms).collect();
    let kept: Vec<Vec<u8>> = terms(journal);
    assert_eq!(kept, [b"".to_vec(), b"from the start".to_vec()]);
    journal.set_terms(WorldId(1), b"later").unwrap();
    journal.rename(WorldId(1), "another").unwrap();
    journal.set_terms(WorldId(2), b"").unwrap();
    let kept: Vec<Vec<u8>> = terms(journal);
    assert_eq!(kept, [b"later".to_vec(), b"".to_vec()]);
    assert_eq!(all(journal, 1), written(&[(1, 4)]));
    journal.drop_world(WorldId(2)).unwrap();
    assert!(matches!(journal.set_terms(WorldId(2), b"x"), Err(JournalFault::UnknownWorld(_))));
}

fn an_unknown_world_is_named(journal: &dyn Journal) {
    let fault = journal.open(WorldId(12), 1).unwrap_err();
    assert_eq!(fault.to_string(), "there is no world with storage id 12");
    assert!(matches!(journal.fork(&forked(13, 12, 0)), Err(JournalFault::UnknownWorld(WorldId(12)))));
}

/// Runs every promise against every journal.
macro_rules! contract {
    ($($promise:ident)*) => {
        mod memory {
            $(#[test] fn $promise() { super::$promise(&super::MemoryJournal::new()); })*
        }
        mod sled {
            $(#[test] fn $promise() {
                let place = tempfile::tempdir().unwrap();
                super::$promise(&super::SledJournal::open(place.path()).unwrap());
            })*
        }
    };
}

contract! {
    appended_items_are_read_back_in_order_and_in_part
    a_batch_of_many_items_is_one_append
    an_append_behind_another_item_than_the_last_is_a_conflict
    the_same_batch_again_is_the_same_ticket_and_nothing_more
    an_older_owner_is_fenced_out
    a_fork_shares_what_its_parent_had_and_neither_sees_the_others_later_items
    a_fork_of_a_fork_is_read_across_all_of_them
    a_dropped_world_is_gone_but_what_its_forks_share_stays
    a_storage_id_is_never_used_twice
    checkpoints_are_found_by_their_item_also_in_a_parent_and_thinned_out
    a_whole_log_is_taken_in_at_once_and_is_a_log_like_any_other
    terms_are_kept_with_the_header_and_change_no_log
    an_unknown_world_is_named
}

/// Beyond the contract: what only a store on disk can promise.
mod on_disk {
    use std::path::{Path, PathBuf};

    use super::*;

    /// A journal with a parent, a fork of it, and a world that was dropped while shared.
    fn town_of_worlds(journal: &dyn Journal) {
        begin(journal, 1, 40);
        begin(journal, 2, 5);
        fork(journal, 3, 1, 25, 60);
        fork(journal, 4, 2, 3, 8);
        journal.drop_world(WorldId(2)).unwrap();
        begin(journal, 5, 1);
        journal.drop_world(WorldId(5)).unwrap();
    }

    #[test]
    fn everything_is_there_after_reopening() {
        let place = tempfile::tempdir().unwrap();
        town_of_worlds(&SledJournal::open(place.path()).unwrap());
        for _ in 0..2 {
            let journal = SledJournal::open(place.path()).unwrap();
            assert_eq!(journal.worlds().unwrap(), [header(1, "world-1"), forked(3, 1, 25), forked(4, 2, 3)]);
            assert_eq!(all(&journal, 1), written(&[(1, 40)]));
            assert_eq!(all(&journal, 3), written(&[(1, 25), (3, 60)]));
            assert_eq!(all(&journal, 4), written(&[(2, 3), (4, 8)]));
            assert_eq!(journal.open(WorldId(3), 1).unwrap(), head_of(&written(&[(1, 25), (3, 60)])));
            assert_eq!(journal.next_world().unwrap(), WorldId(6), "the id of a dropped world is not used again");
            assert!(matches!(journal.open(WorldId(1), 0), Err(JournalFault::Fenced)), "the epoch is kept");
        }
        let journal = SledJournal::open(place.path()).unwrap();
        append(&journal, 3, 61, 62);
        journal.drop_world(WorldId(1)).unwrap();
        journal.drop_world(WorldId(3)).unwrap();
        drop(journal);
        let journal = SledJournal::open(place.path()).unwrap();
        assert_eq!(journal.worlds().unwrap(), [forked(4, 2, 3)], "dropping a world is not damage");
    }

    #[test]
    fn a_directory_in_use_is_refused_and_its_holder_named() {
        let place = tempfile::tempdir().unwrap();
        let held = SledJournal::open(place.path()).unwrap();
        let fault = SledJournal::open(place.path()).unwrap_err();
        let expected = format!("is in use by process {}", std::process::id());
        assert!(fault.to_string().contains(&expected), "{fault}");
        assert!(matches!(fault, JournalFault::InUse { .. }));
        drop(held);
        assert!(SledJournal::open(place.path()).is_ok());
    }

    /// A copy of the log of a journal that is not open.
    fn copy(from: &Path) -> tempfile::TempDir {
        let place = tempfile::tempdir().unwrap();
        std::fs::copy(from.join("heads"), place.path().join("heads")).unwrap();
        let mut waiting = vec![PathBuf::from("log")];
        while let Some(folder) = waiting.pop() {
            std::fs::create_dir_all(place.path().join(&folder)).unwrap();
            for file in std::fs::read_dir(from.join(&folder)).unwrap() {
                let name = folder.join(file.unwrap().file_name());
                if from.join(&name).is_dir() {
                    waiting.push(name);
                } else {
                    std::fs::copy(from.join(&name), place.path().join(&name)).unwrap();
                }
            }
        }
        place
    }

    /// Opens a damaged journal: a fault that says so, or everything that was ever in it.
    fn a_fault_or_everything(place: &Path, how: &str) -> bool {
        match SledJournal::open(place) {
            Ok(journal) => {
                assert_eq!(all(&journal, 1), written(&[(1, 40)]), "{how}");
                assert_eq!(all(&journal, 3), written(&[(1, 25), (3, 60)]), "{how}");
                assert_eq!(all(&journal, 4), written(&[(2, 3), (4, 8)]), "{how}");
                false
            }
            Err(JournalFault::Damaged { .. } | JournalFault::Unreadable { .. } | JournalFault::Foreign { .. }) => true,
            Err(fault) => panic!("{how}: {fault}"),
        }
    }

    #[test]
    fn a_damaged_file_is_reported_or_harmless_but_never_a_hole_or_a_panic() {
        let good = tempfile::tempdir().unwrap();
        town_of_worlds(&SledJournal::open(good.path()).unwrap());
        let used = std::fs::read(good.path().join("log/db")).unwrap();
        let end = used.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        let rounds: u64 = std::env::var("BYTEBY_DAMAGE_ROUNDS").map_or(24, |text| text.parse().unwrap());
        let mut reported = 0;
        for round in 0..rounds {
            let place = copy(good.path());
            let path = place.path().join("log/db");
            let mut bytes = used.clone();
            let word = |purpose: &str| sha256(&[purpose.as_bytes(), &round.to_be_bytes()]).word();
            let at = usize::try_from(word("at")).unwrap() % end;
            let how = match round % 3 {
                0 => {
                    bytes.truncate(at);
                    format!("round {round}: cut off at byte {at} of {end}")
                }
                1 => {
                    bytes[at] ^= 1 << (word("bit") % 8);
                    format!("round {round}: one bit of byte {at}")
                }
                _ => {
                    let upto = (at + 64).min(end);
                    let noise = [sha256(&[b"one", &round.to_be_bytes()]).0, sha256(&[b"two", &round.to_be_bytes()]).0];
                    bytes[at..upto].copy_from_slice(&noise.concat()[..upto - at]);
                    format!("round {round}: 64 bytes from {at} on")
                }
            };
            std::fs::write(&path, &bytes).unwrap();
            reported += u64::from(a_fault_or_everything(place.path(), &how));
        }
        assert!(reported > 0, "no damage was noticed in {rounds} rounds");
    }

    /// Changes the stored log directly, as a fault would.
    fn meddle(place: &Path, change: impl FnOnce(&::sled::Db)) {
        let log = ::sled::open(place.join("log")).unwrap();
        change(&log);
        log.flush().unwrap();
    }

    fn key(world: u64, seq: u64) -> [u8; 16] {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&world.to_be_bytes());
        key[8..].copy_from_slice(&seq.to_be_bytes());
        key
    }

    /// Every kind of damage to what is stored, with the sentence it must end in.
    #[test]
    fn each_kind_of_damage_is_named_with_what_survives() {
        let good = tempfile::tempdir().unwrap();
        town_of_worlds(&SledJournal::open(good.path()).unwrap());
        let check = |change: &dyn Fn(&::sled::Db), expected: &str| {
            let place = copy(good.path());
            meddle(place.path(), change);
            let fault = SledJournal::open(place.path()).unwrap_err();
            assert_eq!(fault.to_string(), expected);
        };
        check(
            &|log| drop(log.remove(key(1, 30))),
            "the log of world `world-1` is damaged after item 29: item 30 is missing, item 31 follows; \
             good are `world-1` up to item 29, `fork-3` whole, to item 60, `fork-4` whole, to item 8",
        );
        check(
            &|log| drop(log.remove(key(1, 20))),
            "the log of world `world-1` is damaged after item 19: item 20 is missing, item 21 follows; \
             good are `world-1` up to item 19, `fork-3` up to item 19, `fork-4` whole, to item 8",
        );
        check(
            &|log| {
                let mut record = log.get(key(3, 50)).unwrap().unwrap().to_vec();
                record[60] ^= 1;
                log.insert(key(3, 50), record).unwrap();
            },
            "the log of world `fork-3` is damaged after item 49: item 50: the checksum does not fit; \
             good are `world-1` whole, to item 40, `fork-3` up to item 49, `fork-4` whole, to item 8",
        );
        check(
            &|log| drop(log.insert(key(3, 50), item(1, 50).encode(&sha256(&[b"other"])))),
            "the log of world `fork-3` is damaged after item 49: item 50: the record does not follow the one before it; \
             good are `world-1` whole, to item 40, `fork-3` up to item 49, `fork-4` whole, to item 8",
        );
        check(
            &|log| drop(log.remove(key(3, 60))),
            "the log of world `fork-3` is damaged after item 59: item 60 is missing, the log once reached item 60; \
             good are `world-1` whole, to item 40, `fork-3` up to item 59, `fork-4` whole, to item 8",
        );
        check(
            &|log| drop(log.remove(key(4, 0))),
            "the log of world `fork-4` is damaged after item 0: its header is missing; \
             good are `world-1` whole, to item 40, `fork-3` whole, to item 60",
        );
        check(
            &|log| drop(log.remove(key(2, 0))),
            "the log of world `fork-4` is damaged after item 0: the world it was forked from (storage id 2) is missing; \
             good are `world-1` whole, to item 40, `fork-3` whole, to item 60, `fork-4` up to item 0",
        );
        check(
            &|log| {
                let mut foreign = log.get(key(1, 0)).unwrap().unwrap().to_vec();
                foreign[0] = 9;
                let end = foreign.len() - 4;
                let check = crc32c::crc32c(&foreign[..end]).to_be_bytes();
                foreign[end..].copy_from_slice(&check);
                log.insert(key(1, 0), foreign).unwrap();
            },
            "the world with storage id 1 has format 9, this program reads format 1",
        );
    }

    #[test]
    fn a_log_that_cannot_be_opened_or_is_garbage_is_reported_in_one_line() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("log"), b"a file where a directory should be").unwrap();
        let fault = SledJournal::open(place.path()).unwrap_err();
        assert!(matches!(fault, JournalFault::Unreadable { .. }), "{fault}");
        assert_eq!(fault.to_string().lines().count(), 1);

        // sled takes a file of garbage for an empty store; the marks know better, also after a process that was killed.
        let place = tempfile::tempdir().unwrap();
        let journal = SledJournal::open(place.path()).unwrap();
        begin(&journal, 1, 5);
        let killed = copy(place.path());
        std::fs::write(killed.path().join("log/db"), vec![0x5a; 3_000_000]).unwrap();
        let fault = SledJournal::open(killed.path()).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "the log of world `world-1` is damaged after item 0: it is missing; no world is good"
        );
    }

    #[test]
    fn repair_keeps_the_good_part_and_moves_the_rest_aside() {
        let place = tempfile::tempdir().unwrap();
        {
            let journal = SledJournal::open(place.path()).unwrap();
            town_of_worlds(&journal);
            journal.set_terms(WorldId(3), b"kept for ever").unwrap();
        }
        meddle(place.path(), |log| drop(log.remove(key(1, 20))));
        assert!(SledJournal::open(place.path()).is_err());
        let repaired = repair(place.path()).unwrap();
        let kept = [("world-1", 19), ("fork-3", 19), ("fork-4", 8)];
        assert_eq!(repaired.kept, kept.map(|(name, last)| (name.to_owned(), last)));
        let lost: Vec<&str> = repaired.lost.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(lost, ["world-1", "fork-3"]);
        assert!(repaired.aside[0].join("db").exists());
        for _ in 0..2 {
            let journal = SledJournal::open(place.path()).unwrap();
            assert_eq!(all(&journal, 1), written(&[(1, 19)]));
            assert_eq!(all(&journal, 3), written(&[(1, 19)]));
            assert_eq!(journal.worlds().unwrap()[1].terms, b"kept for ever");
            assert_eq!(all(&journal, 4), written(&[(2, 3), (4, 8)]));
            assert_eq!(journal.next_world().unwrap(), WorldId(6));
        }
        append(&SledJournal::open(place.path()).unwrap(), 3, 20, 25);
    }

    #[test]
    fn repair_of_what_cannot_be_read_leaves_an_empty_journal() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("log"), b"a file where a directory should be").unwrap();
        let repaired = repair(place.path()).unwrap();
        assert_eq!((repaired.kept.len(), repaired.lost.len()), (0, 1));
        assert_eq!(SledJournal::open(place.path()).unwrap().worlds().unwrap(), []);
    }
}
