//! The clock's movements on a small town with letters on their way.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::tests_letters::letter;
use super::super::{Blobs, MAIN, TownHall};
use super::*;
use crate::base::{Digest, OriginKey};
use crate::clock::{Mode, Span};
use crate::journal::MemoryJournal;
use crate::town::model::tests_town::TestTown;
use crate::town::model::tests_town::rolle::{ASTRID, KARI, OLA};
use crate::town::state::{Due, DueClass, MeldingsId, Meldingsnoekkel, PostDue, Poststeg, Tid};

fn hall() -> (TownHall, World) {
    let hall = TownHall::open(Arc::new(MemoryJournal::default()), Blobs::default()).unwrap();
    let main = hall.create_on(TestTown::eksempel(), MAIN);
    (hall, main)
}

async fn with_letters(count: u128) -> (TownHall, World) {
    let (hall, main) = hall();
    for id in 1..=count {
        letter(&main, [KARI, OLA, ASTRID][usize::try_from(id % 3).unwrap()], id).await;
    }
    (hall, main)
}

fn after(world: &World, span: &str) -> Instant {
    Span::parse(span).unwrap().after(world.town().now())
}

/// What a month without anybody in the way comes to.
async fn straight(hall: &TownHall, main: &World) -> (Advance, Digest) {
    let fork = hall.fork(MAIN, None).unwrap();
    let done = fork.advance(after(main, "P1M")).await.unwrap();
    (done, fork.ledger().canonical())
}

#[tokio::test]
async fn every_item_is_run_in_order_and_one_word_is_said_at_the_end() {
    let (hall, main) = with_letters(5).await;
    let before = main.ledger().head().seq;
    let to = after(&main, "P1M");
    let done = main.advance(to).await.unwrap();
    assert!(done.items >= 5 && done.pending == 0 && !done.cancelled, "{done:?}");
    let log = hall.log(&main, before + 1, usize::MAX).unwrap();
    assert_eq!(log.len() as u64, done.items + 1);
    assert!(log.is_sorted_by_key(|item| item.at));
    assert_eq!(log.last().map(|item| item.at), Some(to));
    // Standing there already is nothing to write down.
    let seq = main.ledger().head().seq;
    assert_eq!(main.advance(to).await.unwrap().items, 0);
    assert_eq!(main.ledger().head().seq, seq);
}

#[tokio::test]
async fn backwards_is_refused_before_anything_is_run() {
    let (_, main) = with_letters(1).await;
    let back = main.town().now().plus_millis(-1);
    let refused = main.advance(back).await.unwrap_err();
    assert!(matches!(refused, HallError::Refused(refusal) if refusal.code == "clock_backwards"));
    assert!(!main.is_advancing());
}

#[tokio::test]
async fn called_off_it_stops_between_items_and_can_go_on() {
    let (hall, main) = with_letters(100).await;
    let (whole, digest) = straight(&hall, &main).await;
    let to = after(&main, "P1M");
    let mut watch = main.watch();
    let (first, called_off) = tokio::join!(main.advance(to), async {
        watch.changed().await.unwrap();
        main.cancel_advance()
    });
    let first = first.unwrap();
    assert!(called_off && first.cancelled, "{first:?}");
    let under_way = first.items.is_multiple_of(SLICE as u64) && first.items < whole.items;
    assert!(under_way, "whole slices, none after the word: {}", first.items);
    assert!(first.now < to && first.pending > 0);
    assert!(!main.cancel_advance(), "nothing is under way");
    let second = main.advance(to).await.unwrap();
    assert_eq!(first.items + second.items, whole.items);
    assert_eq!(main.ledger().canonical(), digest);
}

#[tokio::test]
async fn a_caller_who_is_gone_leaves_a_whole_log_and_a_free_clock() {
    let (hall, main) = with_letters(100).await;
    let (_, digest) = straight(&hall, &main).await;
    let to = after(&main, "P1M");
    let mut watch = main.watch();
    tokio::select! {
        biased;
        () = async { watch.changed().await.unwrap() } => {}
        _ = main.advance(to) => panic!("the first slice is published before the last is run"),
    }
    assert!(!main.is_advancing() && main.town().now() < to);
    let head = main.ledger().head();
    let (town, ledger) = hall.past(&main, head.seq).unwrap();
    assert_eq!((town.now(), ledger.head()), (main.town().now(), head));
    main.advance(to).await.unwrap();
    assert_eq!(main.ledger().canonical(), digest);
}

#[tokio::test]
async fn of_two_who_ask_one_is_refused_and_the_clocks_own_movement_gives_way() {
    let (_, main) = with_letters(3).await;
    let turn = main.take_clock().await.unwrap();
    assert!(main.is_advancing());
    let refused = main.advance(after(&main, "P1D")).await.unwrap_err();
    assert!(matches!(refused, HallError::ClockBusy(name) if name == MAIN));
    assert!(main.try_clock().is_none());
    drop(turn);
    let own = main.try_clock().expect("nobody moves it");
    assert!(main.try_clock().is_none() && !own.is_cancelled());
    let (asked, ()) = tokio::join!(main.take_clock(), async {
        assert!(own.is_cancelled(), "somebody asks");
        assert_eq!(own.slice(after(&main, "P1M")).await.unwrap().items.len(), 0);
        drop(own);
    });
    drop(asked.unwrap());
    assert!(!main.is_advancing() && main.try_clock().is_some());
}

#[tokio::test]
async fn commands_of_others_find_their_way_between_items() {
    let (_, main) = with_letters(200).await;
    let to = after(&main, "P1M");
    let before = main.town().klienter.alle.len();
    let mut watch = main.watch();
    let (done, at) = tokio::join!(main.advance(to), async {
        watch.changed().await.unwrap();
        let committed = main.set_rate(2000).await.unwrap();
        committed.town.now()
    });
    assert!(!done.unwrap().cancelled);
    assert!(at < to, "the command was answered on the way, at {at}");
    assert_eq!(main.town().klienter.alle.len(), before);
    assert_eq!(main.town().tid.takt, 2000);
}

#[tokio::test]
async fn a_watcher_sees_the_newest_item_and_the_end() {
    let (hall, main) = hall();
    let mut watch = main.watch();
    main.set_mode(Mode::Auto).await.unwrap();
    let seq = main.ledger().head().seq;
    assert_eq!(*watch.wait_for(|moment| moment.seq == seq).await.unwrap(), super::super::Moment { seq, ended: false });
    let fork = hall.fork(MAIN, Some("gren")).unwrap();
    let of_fork = fork.watch();
    assert_eq!(of_fork.borrow().seq, seq);
    hall.drop_world("gren").unwrap();
    assert!(of_fork.borrow().ended && !watch.borrow().ended);
    hall.close();
    assert!(watch.borrow().ended);
}

#[tokio::test]
async fn who_still_asks_a_world_that_was_dropped_or_begun_anew_is_told_that_it_is_not_there() {
    let (hall, _) = hall();
    let is_gone = async |world: &World| {
        let answer = world.set_rate(500).await.map(drop);
        matches!(answer, Err(HallError::UnknownWorld(name)) if name == "gren")
    };
    let first = hall.fork(MAIN, Some("gren")).unwrap();
    hall.drop_world("gren").unwrap();
    assert!(is_gone(&first).await);
    let second = hall.fork(MAIN, Some("gren")).unwrap();
    let third = hall.reset("gren").unwrap();
    assert!(is_gone(&second).await && !is_gone(&third).await);
}

#[tokio::test]
async fn rates_are_facts_of_the_town_within_bounds() {
    let (_, main) = hall();
    assert_eq!(main.town().tid.takt, 1000);
    main.set_rate(500).await.unwrap();
    let seq = main.ledger().head().seq;
    main.set_rate(500).await.unwrap();
    assert_eq!((main.town().tid.takt, main.ledger().head().seq), (500, seq), "the same again is no item");
    for wrong in [0, 100_000_001] {
        let refused = main.set_rate(wrong).await.unwrap_err();
        assert!(matches!(refused, HallError::Refused(refusal) if refusal.code == "clock_rate"), "{wrong}");
    }
}

#[test]
fn an_automatic_clock_never_follows_background_life() {
    let key = |at: i64, class| DueKey {
        at: Instant::from_millis(at),
        class,
        kind: 0,
        origin: OriginKey::of("test", &[&at.to_be_bytes()]),
        ordinal: 0,
    };
    let (_, main) = hall();
    let melding = Meldingsnoekkel { eier: main.town().base.kommune.orgnr, id: MeldingsId(1) };
    let due = Due::Post(PostDue { melding, steg: Poststeg::Overgi });
    let mut tid = Tid::new(Instant::from_millis(0));
    tid.queue.insert(key(1, DueClass::Drawn), due.clone());
    assert_eq!(tid.next_scripted(), None);
    tid.queue.insert(key(3, DueClass::Scripted), due.clone());
    tid.queue.insert(key(2, DueClass::Scripted), due);
    assert_eq!(tid.next_scripted().map(|key| key.at.millis()), Some(2));
    assert_eq!(tid.next().map(|(key, _)| key.at.millis()), Some(1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The items and the end are the same, however often somebody stops on the way.
    #[test]
    fn in_one_go_or_many_the_canonical_digest_is_the_same(
        letters in 1u128..8,
        stops in proptest::collection::vec(0i64..40 * 24, 0..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (hall, main) = with_letters(letters).await;
            let start = main.town().now();
            let end = start.plus_millis(40 * 24 * 3_600_000);
            let (one, many) = (hall.fork(MAIN, None).unwrap(), hall.fork(MAIN, None).unwrap());
            let whole = one.advance(end).await.unwrap();
            let mut stops: Vec<Instant> = stops.iter().map(|hours| start.plus_millis(hours * 3_600_000)).collect();
            stops.sort_unstable();
            let mut items = 0;
            for stop in stops.into_iter().chain([end]) {
                items += many.advance(stop).await.unwrap().items;
            }
            prop_assert_eq!(items, whole.items);
            prop_assert_eq!(many.ledger().canonical(), one.ledger().canonical());
            // And it says where the clock stands.
            many.advance(end.plus_millis(1)).await.unwrap();
            prop_assert_ne!(many.ledger().canonical(), one.ledger().canonical());
            Ok(())
        })?;
    }
}
