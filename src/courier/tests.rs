//! Deliveries from a small town to apps on free ports: where they go, where they never go, and what is remembered.

mod receiver;
mod refused;
mod world;

use std::collections::BTreeSet;

use axum::http::StatusCode;

use super::{Standing, secret, sign};
use crate::access::{Rendered, Rendering};
use crate::observe::Observe;
use crate::town::decide::LeveringCommand;
use crate::town::state::Gjentak;
use crate::townhall::MAIN;
use receiver::{Receiver, Said};
use world::Verden;

/// Somebody else's subject is not written.
const NOTHING: &[(&str, Rendering)] = &[("eformidling", |_| -> Option<Rendered> { None })];

#[tokio::test]
async fn a_delivery_arrives_signed_recorded_and_is_then_over() {
    let (verden, app) = (Verden::new(), Receiver::start().await);
    verden.declare(MAIN, "app", &app.url).await;
    let id = verden.subscribe(MAIN, "hook", &format!("{}/hook?a=1", app.url), Gjentak::Aldri).await;
    verden.until(MAIN, id, Standing::Delivered).await;
    let [said] = &app.said()[..] else { panic!("one request, not {:?}", app.said()) };
    assert_eq!((said.path.as_str(), said.header("host")), ("/hook?a=1", app.authority()));
    assert_eq!(said.header("content-type"), "application/json");
    assert_eq!(said.header("byteby-delivery"), id.to_string());
    assert_eq!(said.header("byteby-world"), MAIN);
    let (town, levering) = verden.levering(MAIN, id);
    let key = secret(town.base.header.seed, levering.abonnement);
    assert_eq!(said.header("byteby-signature"), sign(&key, id, levering.tid.seconds(), said.body.as_bytes()));
    assert!(!said.body.contains("byteby") && !said.body.contains("Byteby"), "{}", said.body);
    assert_eq!(verden.line(MAIN, id).reason, "the app answered 200");
    // Recorded as going out, with both bodies.
    let entries = verden.observe.since(0, None);
    let [entry] = &entries[..] else { panic!("one entry, not {entries:?}") };
    assert_eq!((entry.note.service, entry.note.operation), ("eformidling", "test.ping"));
    assert_eq!((entry.status, entry.method.as_str(), entry.app.as_deref()), (200, "POST", Some("app")));
    assert_eq!(entry.path, format!("{}/hook", app.origin()));
    assert_eq!((entry.query.as_str(), &*entry.request_body.text()), ("a=1", said.body.as_str()));
    assert_eq!(&*entry.response_body.text(), "takk");
    assert_eq!(verden.hall.deliveries_due(&verden.world(MAIN)), 0);
    // The outcome names the item that made the delivery as what led to it.
    let log = verden.hall.log(&verden.world(MAIN), 1, 100).unwrap();
    let made = log.iter().find(|item| format!("{:?}", item.events).contains("Opprettet { id")).unwrap();
    assert_eq!(log.last().unwrap().cause.parent, Some(made.seq));
}

#[tokio::test]
async fn what_an_app_answers_decides_what_becomes_of_a_delivery() {
    let (verden, app) = (Verden::new(), Receiver::start().await);
    let elsewhere = Receiver::start().await;
    verden.declare(MAIN, "app", &app.url).await;
    verden.declare(MAIN, "elsewhere", &elsewhere.url).await;
    let redirect = |to: &str| Said::redirect(StatusCode::FOUND, to);
    for (answer, words) in [
        (Said::status(StatusCode::INTERNAL_SERVER_ERROR), "the app answered 500"),
        (Said::status(StatusCode::NOT_FOUND), "the app answered 404"),
        (redirect(&elsewhere.url), "the app answered 302, a redirect, and redirects are not followed"),
        (redirect("http://169.254.169.254/latest"), "the app answered 302, a redirect, and redirects are not followed"),
        (redirect("/other"), "the app answered 302, a redirect, and redirects are not followed"),
        (Said::nonsense(), "what came back is not HTTP"),
        (Said::hang_up(), "the connection broke before the answer was complete"),
    ] {
        app.answers(answer);
        let name = format!("hook {words} {}", app.said().len());
        let id = verden.subscribe(MAIN, &name, &format!("{}/hook", app.url), Gjentak::Aldri).await;
        verden.until(MAIN, id, Standing::GivenUp).await;
        assert_eq!(verden.line(MAIN, id).reason, format!("{words}; this subscription is tried once"));
    }
    assert!(elsewhere.said().is_empty(), "a redirect was followed");
    assert!(app.said().iter().all(|said| said.path == "/hook"));
}

#[tokio::test]
async fn nobody_there_is_tried_again_on_the_virtual_clock_only() {
    let verden = Verden::new();
    let app = Receiver::start().await;
    app.answers(Said::status(StatusCode::SERVICE_UNAVAILABLE));
    verden.declare(MAIN, "app", &app.url).await;
    let id = verden.subscribe(MAIN, "hook", &app.url, Gjentak::Dokumentert).await;
    verden.until(MAIN, id, Standing::Failed).await;
    let reason = verden.line(MAIN, id).reason;
    assert_eq!(reason, "the app answered 503; the next attempt is due at 2027-01-04T08:01:00+01:00");
    assert_eq!(app.said().len(), 1, "the clock stands still, so nothing more is sent");
    assert_eq!(
        verden.hall.deliveries_due(&verden.world(MAIN)),
        0,
        "a retry to come does not keep the town from settling"
    );
    verden.advance(MAIN, "PT1M").await;
    verden.until_attempts(MAIN, id, 2).await;
    verden.until(MAIN, id, Standing::Failed).await;
    app.answers(Said::ok());
    verden.advance(MAIN, "PT5M").await;
    verden.until(MAIN, id, Standing::Delivered).await;
    let said = app.said();
    assert_eq!(said.len(), 3);
    assert!(said.windows(2).all(|pair| pair[0].same_as(&pair[1])), "each attempt is the same to the byte");
    // With nobody listening at all, until the last attempt.
    let gone = app.stop().await;
    let id = verden.subscribe(MAIN, "gone", &gone, Gjentak::Dokumentert).await;
    for (place, wait) in ["PT1M", "PT4M"].into_iter().enumerate() {
        verden.until_attempts(MAIN, id, u32::try_from(place).unwrap() + 1).await;
        verden.advance(MAIN, wait).await;
    }
    verden.advance(MAIN, "PT1M").await;
    verden.until(MAIN, id, Standing::GivenUp).await;
    assert_eq!(verden.line(MAIN, id).reason, "nobody listens at the address; that was attempt 3 and the last");
}

#[tokio::test]
async fn sent_once_more_it_is_the_same_to_the_byte_whatever_has_happened_since() {
    let (verden, app) = (Verden::new(), Receiver::start().await);
    verden.declare(MAIN, "app", &app.url).await;
    let id = verden.subscribe(MAIN, "hook", &app.url, Gjentak::Aldri).await;
    verden.until(MAIN, id, Standing::Delivered).await;
    verden.advance(MAIN, "P40D").await;
    verden.deliver(MAIN, LeveringCommand::Gjenta { levering: id, signer: false }).await;
    verden.until_attempts(MAIN, id, 2).await;
    let said = app.said();
    assert!(said[0].same_as(&said[1]), "{said:?}");
    verden.deliver(MAIN, LeveringCommand::Gjenta { levering: id, signer: true }).await;
    verden.until_attempts(MAIN, id, 3).await;
    let said = app.said();
    assert_eq!(said[0].body, said[2].body);
    assert_ne!(said[0].header("byteby-signature"), said[2].header("byteby-signature"), "signed again");
    assert_eq!(said[0].header("byteby-delivery"), said[2].header("byteby-delivery"));
}

#[tokio::test]
async fn a_fork_is_held_until_somebody_attaches_the_app_to_it() {
    let (verden, app) = (Verden::new(), Receiver::start().await);
    verden.declare(MAIN, "app", &app.url).await;
    let ping = verden.subscribe(MAIN, "hook", &app.url, Gjentak::Standard).await;
    verden.until(MAIN, ping, Standing::Delivered).await;
    verden.hall.fork(MAIN, Some("gren")).unwrap();
    let held = verden.told(&["gren"], 7).await;
    verden.quiet().await;
    let line = verden.line("gren", held);
    assert_eq!(line.standing, Standing::Held);
    let origin = app.origin();
    let words = format!(
        "the app at {origin} is attached to world `main`, not to `gren`; attach it with PUT /worlds/gren/attach"
    );
    assert_eq!(line.reason, words);
    assert_eq!(
        verden.hall.deliveries_due(&verden.world("gren")),
        0,
        "what is held does not keep the town from settling"
    );
    assert_eq!(app.said().len(), 1);
    // A retry planned before the fork falls due there too, and is held.
    verden.hall.attach("app", "gren").unwrap();
    verden.until("gren", held, Standing::Delivered).await;
    assert_eq!(app.said()[1].header("byteby-world"), "gren");
    // Now the default world is the one that is held, under the same id.
    let same = verden.told(&[MAIN], 7).await;
    assert_eq!(same, held, "the same subject has the same id in both");
    verden.quiet().await;
    assert_eq!(verden.line(MAIN, same).standing, Standing::Held);
    verden.hall.drop_world("gren").unwrap();
    verden.until(MAIN, same, Standing::Delivered).await;
    assert_eq!(app.said().len(), 3);
}

#[tokio::test]
async fn an_app_that_has_the_town_to_itself_gets_what_its_world_sends() {
    let (verden, app) = (Verden::new(), Receiver::start().await);
    verden.hall.fork(MAIN, Some("gren")).unwrap();
    verden.declare("gren", "app", &app.url).await;
    let id = verden.subscribe("gren", "hook", &app.url, Gjentak::Aldri).await;
    verden.quiet().await;
    assert_eq!(verden.line("gren", id).standing, Standing::Held);
    verden.hall.attach("*", "gren").unwrap();
    verden.until("gren", id, Standing::Delivered).await;
    // Attached by its own address, it follows that and not everybody.
    verden.hall.attach(&format!("{}/", app.url), MAIN).unwrap();
    let next = verden.told(&["gren"], 3).await;
    verden.quiet().await;
    assert_eq!(verden.line("gren", next).standing, Standing::Held);
}

#[tokio::test]
async fn a_subscription_is_served_in_order_and_does_not_wait_for_others() {
    let (verden, slow, quick) = (Verden::new(), Receiver::start().await, Receiver::start().await);
    slow.answers(Said::wait());
    verden.declare(MAIN, "slow", &slow.url).await;
    verden.declare(MAIN, "quick", &quick.url).await;
    let first = verden.subscribe(MAIN, "slow", &slow.url, Gjentak::Aldri).await;
    verden.until(MAIN, first, Standing::Sent).await;
    slow.until_said(1).await;
    assert_eq!(verden.hall.deliveries_due(&verden.world(MAIN)), 1);
    let last = verden.subscribe(MAIN, "quick", &quick.url, Gjentak::Aldri).await;
    for message in 0..5 {
        verden.told(&[MAIN], message).await;
    }
    verden.until(MAIN, last, Standing::Delivered).await;
    quick.until_said(6).await;
    assert_eq!(slow.said().len(), 1, "one at a time");
    slow.answers(Said::ok());
    slow.let_go();
    slow.until_said(6).await;
    for app in [&slow, &quick] {
        let numbers: Vec<u64> = app.said().iter().map(|said| verden.levering(MAIN, said.id()).1.nummer).collect();
        assert!(numbers.is_sorted(), "{numbers:?}");
        assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), 6, "each once");
    }
}

#[tokio::test]
async fn a_service_that_cannot_write_it_gives_up_and_says_so() {
    let (verden, app) = (Verden::with(NOTHING, Observe::default()), Receiver::start().await);
    verden.declare(MAIN, "app", &app.url).await;
    let id = verden.subscribe(MAIN, "hook", &app.url, Gjentak::Standard).await;
    verden.until(MAIN, id, Standing::GivenUp).await;
    assert_eq!(verden.line(MAIN, id).reason, "this town does not know how this service writes such a delivery");
    assert!(app.said().is_empty());
}

#[tokio::test]
async fn an_answer_without_end_is_cut_and_still_an_answer() {
    let (verden, app) = (Verden::new(), Receiver::start().await);
    app.answers(Said::long(4 << 20));
    verden.declare(MAIN, "app", &app.url).await;
    let id = verden.subscribe(MAIN, "hook", &app.url, Gjentak::Aldri).await;
    verden.until(MAIN, id, Standing::Delivered).await;
    let entries = verden.observe.since(0, None);
    assert_eq!(entries[0].response_body.len, 64 << 10);
}

#[test]
fn the_words_of_the_log_are_distinct() {
    use Standing::{Delivered, Failed, GivenUp, Held, Sent, Waiting};
    let words: BTreeSet<&str> = [Held, Waiting, Sent, Delivered, Failed, GivenUp].map(Standing::word).into();
    assert_eq!(words.len(), 6);
}
