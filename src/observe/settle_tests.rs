//! The bookkeeping of settling, rule by rule, on requests made up for it.

use std::sync::Arc;

use super::*;
use crate::clock::DEFAULT_START;
use crate::observe::{Note, Observe};

const FEED: &str = "folkeregisteret.hendelser.les";

/// A request of incarnation 1.
fn entry(note: Note) -> RequestEntry {
    RequestEntry {
        world: "main".into(),
        incarnation: 1,
        at: DEFAULT_START,
        note,
        method: "GET".into(),
        path: "/x".into(),
        status: 200,
        ..RequestEntry::default()
    }
}

fn about(person: u32) -> Note {
    Note { operation: "krr.person.hent", about: vec![PersonKey::Base(person)], ..Note::default() }
}

/// A read of the feed from `from` that gave items up to `to`, of a feed that ends at `end`.
fn read(from: u64, to: u64, end: u64) -> RequestEntry {
    entry(Note { operation: FEED, feed_read: Some((from, to)), feed_end: Some(end), ..Note::default() })
}

#[test]
fn what_cannot_be_work_is_noise_and_nothing_else() {
    let at = |path: &str| RequestEntry { path: path.into(), ..entry(about(1)) };
    let of = |operation, status| RequestEntry { status, ..entry(Note { operation, ..Note::default() }) };
    for (what, entry, noise) in [
        ("an empty page", read(8, 7, 7), true),
        ("a page with items", read(7, 7, 7), false),
        ("a look-up", entry(about(1)), false),
        ("discovery", at("/idporten/.well-known/openid-configuration"), true),
        ("keys", at("/idporten/jwks"), true),
        ("a key", at("/maskinporten/jwk"), true),
        ("an empty peek", of("eformidling.status.kikk", 204), true),
        ("a peek with something", of("eformidling.status.kikk", 200), false),
        ("health", of("eformidling.drift.helse", 200), true),
        ("a page of its own", of("", 404), true),
        ("a token", of("maskinporten.token.utsted", 200), false),
    ] {
        assert_eq!(is_noise(&entry), noise, "{what}");
    }
}

#[test]
fn only_what_may_be_work_counts_and_only_in_its_world() {
    let observe = Observe::default();
    observe.record(read(8, 7, 7));
    assert_eq!(observe.settle.work(1), 0);
    observe.record(entry(about(1)));
    observe.record(RequestEntry { incarnation: 2, ..entry(about(1)) });
    assert_eq!((observe.settle.work(1), observe.settle.work(2)), (1, 1));
}

#[test]
fn a_poller_acknowledges_by_asking_above_and_not_by_being_sent_the_page() {
    let observe = Observe::default();
    let above = |app: &str, number| observe.settle.asked_above(1, app, FEED, number);
    assert!(!above("a", 0), "nobody has asked");
    observe.record(read(7, 7, 7));
    assert!(!above("a", 7), "the page with item 7 was sent");
    observe.record(RequestEntry { app: Some("b".into()), ..read(8, 7, 7) });
    assert!(above("b", 7));
    assert!(!above("a", 7), "another app asked");
    assert!(!observe.settle.asked_above(1, "b", "other.feed", 0));
    assert!(!observe.settle.asked_above(2, "b", FEED, 0), "another world");
    observe.record(read(8, 7, 7));
    assert!(above("a", 7), "a read without a name counts for every app");
    let mut by_client = RequestEntry { app: Some("maskin".into()), ..read(9, 8, 8) };
    by_client.note.client = Some("maskin".into());
    observe.record(by_client);
    assert!(above("a", 8), "a client id is no name of an app");
}

#[test]
fn a_pointer_beyond_the_end_is_one_finding_and_no_acknowledgement() {
    let observe = Observe::default();
    observe.record(read(8, 7, 7));
    assert_eq!(observe.findings.last(), 0, "a poller at the end asks for the next number");
    for from in [12, 12, 13] {
        observe.record(read(from, from - 1, 7));
    }
    let findings = observe.findings.since(0, Some(1));
    assert_eq!(findings.iter().map(|finding| finding.kind).collect::<Vec<_>>(), ["pointer-beyond-end"; 2]);
    assert_eq!(findings[0].request, Some(2));
    assert!(findings[0].detail.contains("from 12") && findings[0].detail.contains("ends at 7"), "{findings:?}");
    assert!(!observe.settle.asked_above(1, "a", FEED, 10), "it never saw item 8");
}

#[test]
fn a_feed_is_overdue_after_two_of_the_apps_own_intervals() {
    let reads = |walls: &[i64]| {
        let observe = Observe::default();
        for wall_ms in walls {
            observe.record(RequestEntry { wall_ms: *wall_ms, ..read(8, 7, 7) });
        }
        observe
    };
    for (walls, began, now, overdue) in [
        (&[][..], 0, 1_000_000, false),
        (&[0][..], 0, 1_000_000, false),
        (&[0, 10_000][..], 10_000, 30_000, false),
        (&[0, 10_000][..], 10_000, 30_001, true),
        // Pages of one round lie close together: an interval is at least two seconds.
        (&[0, 10][..], 10, 4_010, false),
        (&[0, 10][..], 10, 4_011, true),
        // What counts is the time since the wait began.
        (&[0, 10_000][..], 25_000, 45_000, false),
    ] {
        let observe = reads(walls);
        assert_eq!(observe.settle.is_overdue(1, "a", FEED, began, now), overdue, "{walls:?} {began} {now}");
    }
}

#[test]
fn an_app_may_say_that_it_is_idle_and_how_far_it_has_followed_the_clock() {
    let settle = Settle::default();
    assert!(!settle.said_idle(1, "a", 5));
    settle.say_idle(1, Some("a"), 4);
    assert!(!settle.said_idle(1, "a", 5), "that was before item 5");
    settle.say_idle(1, Some("a"), 5);
    assert!(settle.said_idle(1, "a", 5) && !settle.said_idle(1, "b", 5));
    settle.say_idle(1, None, 6);
    assert!(settle.said_idle(1, "b", 6), "without a name it counts for all");
    assert!(settle.behind(1, 9).is_empty(), "nobody follows the clock");
    settle.ack_clock(1, "a", 7);
    settle.ack_clock(1, "a", 3);
    assert_eq!(settle.behind(1, 9), [("a".to_owned(), 7)]);
    assert!(settle.behind(1, 7).is_empty());
}

#[test]
fn a_late_request_is_known_by_its_trace_its_message_or_its_person() {
    let traced = |trace: &str, note| RequestEntry { trace: Some(trace.into()), ..entry(note) };
    let message =
        |id: &str| entry(Note { operation: "eformidling.melding.hent", message: Some(id.into()), ..Note::default() });
    let settle = Settle::default();
    settle.touched(1, [PersonKey::Base(1)]);
    let past = [traced("t1", about(2)), message("m1"), RequestEntry { trace: Some("poll".into()), ..read(7, 7, 7) }];
    settle.close(1, &past.map(|entry| Arc::new(RequestEntry { id: 4, ..entry })));
    assert_eq!(settle.closed(1), 4);
    for (what, entry, at_once, later) in [
        ("the person an item was about", entry(about(1)), Some(Belongs::Person), None),
        ("a person asked about before", entry(about(2)), Some(Belongs::Person), None),
        ("somebody new", entry(about(3)), None, None),
        ("the message", message("m1"), Some(Belongs::Message), None),
        ("a new message", message("m2"), None, None),
        ("the trace", traced("t1", about(3)), Some(Belongs::Trace), Some(Belongs::Trace)),
        ("a new trace", traced("t2", about(3)), None, None),
        ("a poller's only trace", traced("poll", about(3)), None, None),
        ("noise about the person", read(8, 7, 7), None, None),
    ] {
        assert_eq!(settle.belongs(1, &entry, true), at_once, "{what}, nothing new since");
        assert_eq!(settle.belongs(1, &entry, false), later, "{what}, later");
    }
    assert!(settle.is_watched(1, &[PersonKey::Base(9), PersonKey::Base(2)]));
    assert!(!settle.is_watched(1, &[PersonKey::Base(1)]), "nobody asked about them");
    settle.forget(1);
    assert_eq!(settle.belongs(1, &entry(about(1)), true), None);
}

#[test]
fn books_are_bounded_and_the_one_in_use_stays() {
    let settle = Settle::default();
    for incarnation in 1..=2 * WORLDS as u64 {
        settle.say_idle(incarnation, None, 1);
        settle.say_idle(1, None, 1);
    }
    assert!(settle.held().books.len() <= WORLDS);
    assert!(settle.said_idle(1, "a", 1) && !settle.said_idle(2, "a", 1));
    for caller in 0..2 * CALLERS {
        settle.ack_clock(1, &caller.to_string(), 1);
    }
    assert!(settle.behind(1, 2).len() <= CALLERS);
}
