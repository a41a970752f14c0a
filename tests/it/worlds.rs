//! Worlds through the engine: forks, determinism, and which world a request is for.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use byteby::base::{Kjoenn, Seed};
use byteby::clock::Span;
use byteby::gate::{Selection, Signs, select};
use byteby::journal::{Journal, JournalFault, MemoryJournal, SledJournal};
use byteby::population::Spec;
use byteby::town::Town;
use byteby::town::decide::{Cause, Command, FolkCommand, KontaktCommand};
use byteby::town::model::PersonKey;
use byteby::town::state::Person;
use byteby::townhall::{Blobs, HallError, Limits, MAIN, SETUP, Terms, TownHall, UNNAMED_TTL, World, WorldSpec};

/// A hall over the directory that another one in this process has just left. Its thread lets go of it in a moment.
async fn reopened(directory: &Path) -> TownHall {
    for _ in 0..500 {
        match SledJournal::open(directory) {
            Err(JournalFault::InUse { .. }) => tokio::time::sleep(Duration::from_millis(10)).await,
            store => return TownHall::open(Arc::new(store.unwrap()), Blobs::default()).unwrap(),
        }
    }
    panic!("the directory stays in use");
}

fn hall() -> TownHall {
    let hall = TownHall::open(Arc::new(MemoryJournal::new()), Blobs::default()).expect("an empty hall opens");
    let base = Spec { size: 1500, ..Spec::default() };
    hall.create(&WorldSpec { name: MAIN.into(), base }).expect("a town of 1500");
    hall
}

/// Women who can give birth now, in the population's order.
fn mothers(world: &World) -> Vec<PersonKey> {
    let fits = |person: &Person<'_>| {
        person.is_bosatt()
            && person.kjoenn() == Kjoenn::Kvinne
            && (20..=40).contains(&person.alder())
            && person.barn().is_empty()
    };
    world.town().people().filter(fits).map(|person| person.key()).collect()
}

fn birth(mor: PersonKey) -> (Command, Cause) {
    let command = Command::Folk(FolkCommand::Foedsel { mor, medforelder: None, barn: vec![None] });
    (command, Cause::of("test birth", &[&mor.bytes()]))
}

async fn give_birth(world: &World, mor: PersonKey) {
    let (command, cause) = birth(mor);
    world.command(command, cause).await.expect("a birth");
}

#[tokio::test]
async fn a_fork_sees_what_was_and_neither_sees_what_comes() {
    let hall = hall();
    let main = hall.world(MAIN).unwrap();
    let mothers = mothers(&main);
    give_birth(&main, mothers[0]).await;
    let fork = hall.fork(MAIN, Some("fork")).unwrap();
    assert_eq!(fork.ledger().canonical(), main.ledger().canonical());
    give_birth(&fork, mothers[1]).await;
    give_birth(&main, mothers[2]).await;
    let children = |world: &World, mother: usize| world.town().person_by_key(mothers[mother]).unwrap().barn().len();
    assert_eq!([children(&main, 0), children(&main, 1), children(&main, 2)], [1, 0, 1]);
    assert_eq!([children(&fork, 0), children(&fork, 1), children(&fork, 2)], [1, 1, 0]);
    // The same cause makes the same child in both.
    give_birth(&main, mothers[1]).await;
    let number = |world: &World| world.town().person_by_key(mothers[1]).unwrap().barn()[0].key();
    assert_eq!(number(&main), number(&fork));
}

/// Births of one date share that date's numbers, so they are not independent; reservations are.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn independent_commands_interleaved_give_the_same_canonical_digest() {
    let reserve = |world: World, person: PersonKey| async move {
        let command = Command::Kontakt(KontaktCommand::Reservasjon { person, reservert: true });
        world.command(command, Cause::of("reserve", &[&person.bytes()])).await.expect("a reservation");
    };
    let (one, other) = (hall(), hall());
    let (in_order, interleaved) = (one.world(MAIN).unwrap(), other.world(MAIN).unwrap());
    let people = mothers(&in_order);
    for person in &people {
        reserve(in_order.clone(), *person).await;
    }
    let mut clients = Vec::new();
    for part in people.chunks(people.len().div_ceil(16)).rev() {
        let (world, part) = (interleaved.clone(), part.to_vec());
        clients.push(tokio::spawn(async move {
            for person in part.into_iter().rev() {
                reserve(world.clone(), person).await;
            }
        }));
    }
    for client in clients {
        client.await.expect("a client");
    }
    assert_eq!(in_order.ledger().canonical(), interleaved.ledger().canonical());
    assert_eq!(in_order.ledger().head().seq, interleaved.ledger().head().seq);
    assert_ne!(in_order.ledger().head().hash, interleaved.ledger().head().hash, "the chain keeps the raw order");
}

#[tokio::test]
async fn the_clock_moves_forward_only_and_a_fork_run_to_t_equals_its_parent() {
    let hall = hall();
    let main = hall.world(MAIN).unwrap();
    let start = main.town().now();
    let later = Span::parse("P1M").unwrap().after(start);
    let fork = hall.fork(MAIN, Some("fork")).unwrap();
    assert_eq!(main.advance(later).await.unwrap().now, later);
    assert_eq!(fork.advance(later).await.unwrap().now, later);
    assert_eq!(main.ledger().canonical(), fork.ledger().canonical());
    assert!(matches!(main.advance(start).await, Err(HallError::Refused(refusal)) if refusal.code == "clock_backwards"));
    assert_eq!(main.town().now(), later);
}

#[tokio::test]
async fn refused_commands_leave_no_trace() {
    let hall = hall();
    let main = hall.world(MAIN).unwrap();
    let before = main.ledger().canonical();
    let man = main.town().people().find(|person| person.kjoenn() == Kjoenn::Mann).unwrap().key();
    let (command, cause) = birth(man);
    assert!(matches!(main.command(command, cause).await, Err(HallError::Refused(_))));
    assert_eq!(main.ledger().canonical(), before);
    assert_eq!(main.ledger().head().seq, 0);
}

#[test]
fn worlds_have_names_people_can_type_and_limits() {
    let hall = hall();
    for name in ["", "Main", "a b", "æ", "../x", &"a".repeat(41)] {
        assert!(matches!(hall.fork(MAIN, Some(name)), Err(HallError::Name(..))), "{name}");
    }
    assert!(matches!(hall.fork(MAIN, Some(MAIN)), Err(HallError::Name(..))));
    assert!(matches!(hall.fork("nowhere", None), Err(HallError::UnknownWorld(_))));
    let fork = hall.fork(MAIN, None).unwrap();
    assert!(fork.name().starts_with("t-"), "{}", fork.name());
    hall.drop_world(fork.name()).unwrap();
    assert!(hall.world(fork.name()).is_none());
}

/// What somebody does in a world, again and again.
enum Step {
    Birth(PersonKey),
    Reserve(PersonKey),
    Advance(&'static str),
}

/// Some history: births, the clock, reservations.
fn steps(world: &World) -> Vec<Step> {
    let mothers = mothers(world);
    let turn = |turn: usize| match turn % 4 {
        0 | 2 => Step::Birth(mothers[turn]),
        1 => Step::Reserve(mothers[turn + 30]),
        _ => Step::Advance("P20D"),
    };
    (0..24).map(turn).collect()
}

async fn take(world: &World, step: &Step) {
    match step {
        Step::Birth(mother) => give_birth(world, *mother).await,
        Step::Reserve(person) => {
            let command = Command::Kontakt(KontaktCommand::Reservasjon { person: *person, reservert: true });
            world.command(command, Cause::of("reserve", &[&person.bytes()])).await.expect("a reservation");
        }
        Step::Advance(by) => {
            let later = Span::parse(by).unwrap().after(world.town().now());
            world.advance(later).await.expect("the clock moves on");
        }
    }
}

/// Everything there is to see of a town, for comparing two.
fn seen(town: &Town) -> String {
    let mut out = format!("{:?} {:?} {:?}\n", town.tid, town.klienter, town.post);
    for person in town.people() {
        out.push_str(&format!("{:?} {:?} {:?}\n", person.key(), person.entries(), person.kontakt()));
    }
    out
}

#[tokio::test]
async fn a_fork_at_any_item_is_its_parent_as_it_was() {
    let hall = hall();
    let main = hall.world(MAIN).unwrap();
    let mut moments = vec![(0, seen(&main.town()), main.ledger())];
    for step in steps(&main).iter().take(12) {
        take(&main, step).await;
        moments.push((main.ledger().head().seq, seen(&main.town()), main.ledger()));
    }
    let last = main.ledger().head().seq;
    for (seq, town, ledger) in moments {
        let fork = hall.fork_at(MAIN, seq, None).unwrap();
        assert_eq!((fork.ledger().head(), fork.ledger().canonical()), (ledger.head(), ledger.canonical()), "{seq}");
        assert!(seen(&fork.town()) == town, "the town at item {seq} is another");
        let at = fork.town().now();
        assert!(hall.item_at(&main, at).unwrap() >= seq, "{seq}");
        // A fork of the fork, further back than the fork itself began.
        let again = hall.fork_at(fork.name(), seq / 2, None).unwrap();
        let (then, digests) = hall.past(&main, seq / 2).unwrap();
        assert_eq!(again.ledger().head(), digests.head());
        assert!(seen(&again.town()) == seen(&then));
    }
    assert!(matches!(hall.fork_at(MAIN, last + 1, None), Err(HallError::NoSuchItem { seq, .. }) if seq == last + 1));
    assert_eq!(hall.item_at(&main, main.town().now()).unwrap(), last);
    assert_eq!(hall.item_at(&main, Span::parse("P1D").unwrap().before(main.town().base.header.start)).unwrap(), 0);
}

#[tokio::test]
async fn every_item_of_a_log_longer_than_the_first_checkpoints_is_reached() {
    let hall = hall();
    let main = hall.world(MAIN).unwrap();
    let town = main.town();
    let adults = town.people().filter(|person| person.is_bosatt() && person.alder() >= 20);
    let people: Vec<PersonKey> = adults.take(600).map(|person| person.key()).collect();
    let mut digests = vec![main.ledger().canonical()];
    for turn in 0..2_200_usize {
        let person = people[turn % 600];
        let reservert = !main.town().person_by_key(person).unwrap().kontakt().reservert;
        let command = Command::Kontakt(KontaktCommand::Reservasjon { person, reservert });
        main.command(command, Cause::of("turn", &[&turn.to_be_bytes()])).await.expect("a change");
        digests.push(main.ledger().canonical());
    }
    let head = main.ledger().head().seq;
    assert_eq!(head, 2_200);
    for seq in (0..=head).step_by(37).chain([511, 512, 513, 1_024, 2_048, head - 1, head]) {
        let (_, ledger) = hall.past(&main, seq).unwrap();
        assert_eq!(ledger.canonical(), digests[usize::try_from(seq).unwrap()], "{seq}");
        assert_eq!(ledger.head().seq, seq);
    }
    let fork = hall.fork_at(MAIN, 1_500, None).unwrap();
    let (_, ledger) = hall.past(&fork, 700).unwrap();
    assert_eq!(ledger.canonical(), digests[700], "a fork's past is its parent's");
}

#[tokio::test]
async fn a_fork_run_to_t_equals_its_parent_run_to_t_wherever_it_was_forked() {
    let hall = hall();
    let main = hall.world(MAIN).unwrap();
    let steps = steps(&main);
    let mut places = vec![0];
    for step in &steps {
        take(&main, step).await;
        places.push(main.ledger().head().seq);
    }
    for (done, seq) in places.iter().enumerate().step_by(5) {
        let fork = hall.fork_at(MAIN, *seq, None).unwrap();
        for step in &steps[done..] {
            take(&fork, step).await;
        }
        assert_eq!(fork.ledger().head(), main.ledger().head(), "forked at {seq}");
        assert_eq!(fork.ledger().canonical(), main.ledger().canonical(), "forked at {seq}");
        assert!(seen(&fork.town()) == seen(&main.town()), "forked at {seq}");
    }
}

#[tokio::test]
async fn a_reset_leads_back_to_the_fork_under_another_incarnation() {
    for journal in [true, false] {
        let directory = tempfile::tempdir().unwrap();
        let store: Arc<dyn Journal> = if journal {
            Arc::new(MemoryJournal::new())
        } else {
            Arc::new(SledJournal::open(directory.path()).unwrap())
        };
        let hall = TownHall::open(store.clone(), Blobs::default()).unwrap();
        let base = Spec { size: 1500, ..Spec::default() };
        let main = hall.create(&WorldSpec { name: MAIN.into(), base }).unwrap();
        let people = mothers(&main);
        let command = Command::Kontakt(KontaktCommand::Reservasjon { person: people[9], reservert: true });
        main.command(command, Cause::of(SETUP, &[])).await.unwrap();
        let set_up = main.ledger().canonical();
        give_birth(&main, people[0]).await;
        let fork = hall.fork(MAIN, Some("gren")).unwrap();
        let (forked, before) = (fork.ledger().canonical(), fork.incarnation());
        give_birth(&fork, people[1]).await;
        hall.attach("app", "gren").unwrap();

        let fresh = hall.reset("gren").unwrap();
        assert_eq!(fresh.ledger().canonical(), forked);
        assert_ne!(fresh.incarnation(), before);
        assert_eq!(hall.world("gren").unwrap().incarnation(), fresh.incarnation());
        assert_eq!(hall.attached("app"), "gren");
        let (command, cause) = birth(people[2]);
        assert!(matches!(fork.command(command, cause).await, Err(HallError::UnknownWorld(_))), "the old one is over");
        give_birth(&fresh, people[1]).await;
        assert_eq!(fresh.town().person_by_key(people[1]).unwrap().barn().len(), 1);

        // A world without a parent keeps what setting it up added, and nothing else. Forks of it stay what they are.
        let again = hall.reset(MAIN).unwrap();
        assert_eq!((again.ledger().canonical(), again.ledger().head().seq), (set_up, 1));
        give_birth(&again, people[3]).await;
        assert_eq!(hall.past(&fresh, 1).unwrap().1.canonical(), set_up, "its past is there though the parent is gone");
        // The parent of this reset is a world that was dropped; so is the one of the next.
        hall.reset("gren").unwrap();
        assert_eq!(hall.reset("gren").unwrap().ledger().canonical(), forked);
        drop((hall, store, main, again, fork, fresh));
        if !journal {
            let again = reopened(directory.path()).await;
            assert_eq!(again.world("gren").unwrap().ledger().canonical(), forked);
            let main = again.reset(MAIN).unwrap();
            assert_eq!(main.ledger().canonical(), set_up, "what setting up added is known from the log");
        }
    }
}

#[tokio::test]
async fn a_new_name_keeps_the_world_and_its_apps_also_on_disk() {
    let directory = tempfile::tempdir().unwrap();
    {
        let store = Arc::new(SledJournal::open(directory.path()).unwrap());
        let hall = TownHall::open(store, Blobs::default()).unwrap();
        hall.create(&WorldSpec { name: MAIN.into(), base: Spec { size: 1500, ..Spec::default() } }).unwrap();
        let fork = hall.fork(MAIN, Some("gammel")).unwrap();
        hall.attach("app", "gammel").unwrap();
        let renamed = hall.rename("gammel", "ny").unwrap();
        assert_eq!((renamed.name(), renamed.incarnation()), ("ny", fork.incarnation()));
        assert!(hall.world("gammel").is_none());
        assert_eq!(hall.attached("app"), "ny");
        assert!(matches!(hall.rename("ny", MAIN), Err(HallError::Name(..))));
        assert!(matches!(hall.rename(MAIN, "by"), Err(HallError::Name(..))));
        give_birth(&fork, mothers(&fork)[0]).await;
        assert_eq!(renamed.ledger().head().seq, 1, "both handles are one world");
    }
    let hall = reopened(directory.path()).await;
    assert_eq!(hall.world("ny").unwrap().ledger().head().seq, 1);
    assert!(hall.world("gammel").is_none());
}

#[tokio::test]
async fn a_world_nobody_named_goes_when_nobody_uses_it() {
    let hall = hall();
    let (unnamed, used, growing, named) = (
        hall.fork(MAIN, None).unwrap(),
        hall.fork(MAIN, None).unwrap(),
        hall.fork(MAIN, None).unwrap(),
        hall.fork(MAIN, Some("navngitt")).unwrap(),
    );
    assert_eq!(unnamed.terms().ttl, Some(UNNAMED_TTL));
    assert_eq!(named.terms().ttl, None);
    let minutes = |minutes: i64| 1_790_000_000_000 + minutes * 60_000;
    assert!(hall.sweep(minutes(0)).is_empty(), "the first look begins the time");
    used.used(minutes(10));
    give_birth(&growing, mothers(&growing)[0]).await;
    assert!(hall.sweep(minutes(29)).is_empty());
    let gone: Vec<String> = hall.sweep(minutes(31)).iter().map(|world| world.name().to_owned()).collect();
    assert_eq!(gone, [unnamed.name()]);
    assert!(hall.world(unnamed.name()).is_none());
    let gone: Vec<u64> = hall.sweep(minutes(41)).iter().map(World::incarnation).collect();
    assert_eq!(gone, [used.incarnation()]);
    let gone: Vec<u64> = hall.sweep(minutes(59)).iter().map(World::incarnation).collect();
    assert_eq!(gone, [growing.incarnation()], "an item of the log is use too, from when it was seen");
    assert!(hall.sweep(minutes(1_000_000)).is_empty());
    assert!(hall.world(MAIN).is_some() && hall.world("navngitt").is_some());
}

#[tokio::test]
async fn time_to_live_labels_and_limits_outlive_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let terms = |ttl: Option<u64>, eier: &str, events| Terms {
        ttl: ttl.map(Duration::from_mins),
        labels: BTreeMap::from([("eier".to_owned(), eier.to_owned())]),
        limits: Limits { events, requests: 5, deliveries: 7, ..Limits::default() },
    };
    let (unnamed, held) = {
        let hall = reopened(directory.path()).await;
        let base = Spec { size: 1500, ..Spec::default() };
        hall.create(&WorldSpec { name: MAIN.into(), base }).unwrap();
        for (name, changed) in [("liten", terms(Some(5), "kari", 100)), ("eldre", terms(None, "ola", 200))] {
            let fork = hall.fork(MAIN, Some(name)).unwrap();
            hall.set_terms(&fork, terms(Some(1), "noen", 1)).unwrap();
            hall.set_terms(&fork, changed).unwrap();
        }
        let fork = hall.world("eldre").unwrap();
        give_birth(&fork, mothers(&fork)[0]).await;
        // A reset and another name change nothing of them.
        hall.reset("liten").unwrap();
        hall.rename("eldre", "ny").unwrap();
        (hall.fork("ny", None).unwrap().name().to_owned(), fork.memory())
    };
    assert!(held > 1_000);
    // The second time the directory was left without a word about terms.
    for _ in 0..2 {
        let hall = reopened(directory.path()).await;
        let kept = |name: &str| hall.world(name).unwrap().terms();
        assert_eq!(kept("liten"), terms(Some(5), "kari", 100));
        assert_eq!(kept("ny"), terms(None, "ola", 200));
        let held_again = ["ny", unnamed.as_str(), MAIN].map(|name| hall.world(name).unwrap().memory());
        assert_eq!(held_again, [held, 0, 0]);
        assert_eq!(kept(MAIN), Terms { ttl: None, labels: BTreeMap::new(), limits: Limits::default() });
        let child = kept(&unnamed);
        assert_eq!((child.ttl, child.limits.events, child.labels.len()), (Some(UNNAMED_TTL), 200, 0));
    }
    let hall = reopened(directory.path()).await;
    let gone = hall.drop_world("ny").unwrap();
    assert!(matches!(hall.set_terms(&gone, terms(None, "ola", 1)), Err(HallError::UnknownWorld(_))));
}

#[tokio::test]
async fn a_base_is_shared_while_it_is_used_and_goes_with_the_last_world_on_it() {
    let hall = hall();
    let spec = |name: &str, seed| WorldSpec {
        name: name.into(),
        base: Spec { size: 1500, seed: Seed(seed), ..Spec::default() },
    };
    let (one, other) = (hall.create(&spec("en", 7)).unwrap(), hall.create(&spec("to", 7)).unwrap());
    assert!(Arc::ptr_eq(&one.town().base, &other.town().base), "made once");
    let fork = hall.fork("en", None).unwrap();
    assert_eq!(hall.bases(), 2);
    let held = Arc::downgrade(&one.town().base);
    drop((one, other));
    for name in ["en", "to"] {
        hall.drop_world(name).unwrap();
    }
    assert_eq!(hall.bases(), 2, "a fork still uses it");
    hall.drop_world(fork.name()).unwrap();
    drop(fork);
    assert!(held.upgrade().is_none(), "nobody uses the columns any more");
    assert_eq!(hall.bases(), 1);
}

#[tokio::test]
async fn limits_have_names() {
    let hall = hall();
    let fork = hall.fork(MAIN, Some("liten")).unwrap();
    let mut terms = fork.terms();
    (terms.limits.events, terms.limits.requests) = (2, 3);
    hall.set_terms(&fork, terms).unwrap();
    let mothers = mothers(&fork);
    for mother in &mothers[..2] {
        assert!(fork.has_room().is_ok());
        give_birth(&fork, *mother).await;
    }
    let (command, cause) = birth(mothers[2]);
    let refused = fork.command(command, cause).await;
    assert!(matches!(refused, Err(HallError::Limit { name: "events", limit: 2, .. })), "{refused:?}");
    assert!(fork.has_room().is_err());
    assert_eq!(fork.ledger().head().seq, 2);
    assert_eq!((0..5).filter(|_| fork.admit(1_000).is_ok()).count(), 3);
    let mut terms = fork.terms();
    (terms.limits.events, terms.limits.memory) = (99, fork.memory());
    hall.set_terms(&fork, terms.clone()).unwrap();
    let (command, cause) = birth(mothers[2]);
    let refused = fork.command(command, cause).await;
    assert!(matches!(refused, Err(HallError::Limit { name: "memory", .. })), "{refused:?}");
    assert!(matches!(fork.has_room(), Err(HallError::Limit { name: "memory", .. })));
    terms.limits.memory += 1;
    hall.set_terms(&fork, terms).unwrap();
    assert!(fork.has_room().is_ok());
    let child = hall.fork("liten", None).unwrap();
    assert_eq!((child.memory(), hall.world(MAIN).unwrap().memory()), (0, 0), "what a world began with is not its own");
    assert_eq!(child.terms().limits, fork.terms().limits, "a fork has its parent's limits");
    give_birth(&child, mothers[2]).await;
    hall.set_limits(Limits { worlds: 3, ..hall.limits() });
    assert!(matches!(hall.fork(MAIN, None), Err(HallError::TooManyWorlds(3))));
}

/// What a request carries × attachment → where it goes.
#[test]
fn explicit_signs_come_first_and_must_agree_then_attachment_then_main() {
    let hall = hall();
    for name in ["a", "b"] {
        hall.fork(MAIN, Some(name)).unwrap();
    }
    hall.attach("app", "a").unwrap();
    let world = |name: &str| Selection::World(name.to_owned());
    let signs = |path, header, baggage, client| Signs { path, header, baggage, client, ..Signs::default() };
    for (case, expected) in [
        (signs(None, None, None, None), world(MAIN)),
        (signs(None, None, None, Some("stranger")), world(MAIN)),
        (signs(None, None, None, Some("app")), world("a")),
        (signs(Some("b"), None, None, Some("app")), world("b")),
        (signs(None, Some("b"), None, Some("app")), world("b")),
        (signs(None, None, Some("b"), None), world("b")),
        (signs(Some("b"), Some("b"), Some("b"), None), world("b")),
        (signs(Some("a"), Some("b"), None, None), Selection::Disagree("a".into(), "b".into())),
        (signs(None, Some("a"), Some("b"), None), Selection::Disagree("a".into(), "b".into())),
        (signs(Some(MAIN), None, None, Some("app")), world(MAIN)),
        (Signs { flow: Some("b"), ..signs(None, None, None, Some("app")) }, world("b")),
        (Signs { flow: Some("b"), ..signs(Some("a"), None, None, None) }, world("a")),
    ] {
        assert_eq!(select(&hall, &case), expected, "{case:?}");
    }
    assert!(hall.attach("app", "nowhere").is_err());
    // An app that has the town to itself takes every request without a sign of its own.
    hall.attach("*", "b").unwrap();
    assert_eq!(select(&hall, &Signs::default()), world("b"));
    assert_eq!(select(&hall, &signs(None, None, None, Some("app"))), world("a"));
    hall.drop_world("b").unwrap();
    assert_eq!(select(&hall, &Signs::default()), world(MAIN));
}
