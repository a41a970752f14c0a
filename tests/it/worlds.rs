//! Worlds through the engine: forks, determinism, and which world a request is for.

use std::sync::Arc;

use byteby::base::Kjoenn;
use byteby::clock::Span;
use byteby::gate::{Selection, Signs, select};
use byteby::journal::MemoryJournal;
use byteby::population::Spec;
use byteby::town::decide::{Cause, Command, FolkCommand, KontaktCommand};
use byteby::town::model::PersonKey;
use byteby::town::state::Person;
use byteby::townhall::{Blobs, HallError, MAIN, TownHall, World, WorldSpec};

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
