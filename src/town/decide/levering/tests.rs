//! Subscriptions and deliveries on a town small enough to know by heart; every event takes the way through the log.

use std::sync::Arc;

use super::{LeveringCommand, NyttAbonnement, Utfall};
use crate::clock::{Instant, Span};
use crate::town::decide::tests_melding::melding;
use crate::town::decide::{FolkCommand, PostCommand, TidCommand};
use crate::town::event::TidEvent;
use crate::town::livshendelser;
use crate::town::model::PersonKey;
use crate::town::model::tests_town::TestTown;
use crate::town::model::tests_town::rolle::{KARI, LINE};
use crate::town::state::{
    Appadresse, DeliveryTarget, Due, DueClass, DueKey, Emne, Feilgrunn, FolkDue, Gjentak, Levering, LeveringsId,
    Leveringskilde, MeldingsId, Meldingsfilter, Meldingsnoekkel, Tilstand, Town, Utvalg,
};
use crate::town::{Cause, Command, Event, Refusal, apply, decide};

fn town() -> Town {
    Town::new(Arc::new(TestTown::eksempel()))
}

fn act(town: &mut Town, command: Command) -> Result<Vec<Event>, Refusal> {
    let events = decide(town, &command, &Cause::of("test", &[]))?;
    for event in &events {
        let read: Event = postcard::from_bytes(&postcard::to_allocvec(event).unwrap()).unwrap();
        assert_eq!(read, *event);
        apply(town, &read);
    }
    Ok(events)
}

fn deliver(town: &mut Town, command: LeveringCommand) -> Result<Vec<Event>, Refusal> {
    act(town, Command::Levering(command))
}

fn adresse(text: &str) -> Appadresse {
    Appadresse::parse(text).unwrap()
}

fn meldinger(filter: Meldingsfilter) -> Utvalg {
    Utvalg::Meldinger { bare_meldinger: true, bare_status: true, filter }
}

fn nytt(navn: &str, url: &str) -> NyttAbonnement {
    NyttAbonnement {
        kilde: Leveringskilde::Eformidling,
        navn: navn.into(),
        adresse: adresse(url),
        utvalg: meldinger(Meldingsfilter::default()),
        gjentak: Gjentak::Standard,
    }
}

/// Of every change of the register.
fn registerendringer() -> NyttAbonnement {
    NyttAbonnement {
        kilde: Leveringskilde::Byteby,
        utvalg: Utvalg::Registerendringer,
        ..nytt("app", "http://localhost:3000/")
    }
}

fn subscribe(town: &mut Town, nytt: NyttAbonnement) {
    deliver(town, LeveringCommand::Abonner(Box::new(nytt))).unwrap();
}

fn all(town: &Town) -> Vec<Levering> {
    town.leveringer.alle.values().map(|levering| Levering::clone(levering)).collect()
}

fn last(town: &Town) -> Levering {
    all(town).pop().unwrap()
}

fn outcome(town: &mut Town, id: LeveringsId, utfall: Utfall) -> Vec<Event> {
    let etter = town.leveringer.find(id).unwrap().forsoek;
    deliver(town, LeveringCommand::Utfall { levering: id, etter, utfall }).unwrap()
}

/// Moves the clock to the next due item and takes it up.
fn take_up(town: &mut Town) -> Instant {
    let key = *town.tid.next().unwrap().0;
    act(town, Command::Tid(TidCommand::TaOpp(key))).unwrap();
    key.at
}

fn send_message(town: &mut Town, id: u128) -> Meldingsnoekkel {
    let eier = town.base.kommune.orgnr;
    let ny = melding(town, KARI, id);
    act(town, Command::Post(PostCommand::OpprettMelding(Box::new(ny)))).unwrap();
    let melding = Meldingsnoekkel { eier, id: MeldingsId(id) };
    act(town, Command::Post(PostCommand::SendMelding { melding })).unwrap();
    melding
}

fn statuses(deliveries: &[Levering]) -> Vec<&'static str> {
    deliveries
        .iter()
        .map(|levering| match &levering.emne {
            Emne::Meldingsstatus { status, .. } => status.kode(),
            other => other.word(),
        })
        .collect()
}

#[test]
fn a_subscriber_is_pinged_and_told_of_every_status_once_in_order() {
    let mut town = town();
    subscribe(&mut town, nytt("hook", "http://localhost:3000/hook"));
    send_message(&mut town, 1);
    while town.tid.next().is_some() {
        take_up(&mut town);
    }
    let deliveries = all(&town);
    let recorded: Vec<_> = town.post.samtaler.values().flat_map(|samtale| samtale.statuser.clone()).collect();
    let mut expected = vec!["ping"];
    expected.extend(recorded.iter().map(|linje| linje.status.kode()));
    assert_eq!(statuses(&deliveries), expected);
    assert_eq!(expected[..4], ["ping", "OPPRETTET", "SENDT", "LEVERT"]);
    for (levering, linje) in deliveries[1..].iter().zip(&recorded) {
        assert_eq!(levering.tid, linje.tid, "{linje:?}");
        assert_eq!(levering.tilstand, Tilstand::Venter);
    }
    let waiting: Vec<u64> = town.leveringer.ventende.iter().map(|(_, nummer)| *nummer).collect();
    assert_eq!(waiting, (1..=deliveries.len() as u64).collect::<Vec<_>>());
    assert_eq!(town.leveringer.foerste_ventende().map(|levering| levering.nummer).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_filter_lets_through_what_it_names() {
    let only = |statuser: &[&str], tjenester: &[&str], retninger: &[&str]| {
        let words = |list: &[&str]| list.iter().map(|word| Arc::from(*word)).collect();
        Meldingsfilter {
            tekst: None,
            statuser: words(statuser),
            tjenester: words(tjenester),
            retninger: words(retninger),
        }
    };
    for (filter, expected) in [
        (only(&[], &[], &[]), vec!["ping", "OPPRETTET"]),
        (only(&["OPPRETTET", "LEST"], &[], &[]), vec!["ping", "OPPRETTET"]),
        (only(&["LEST"], &[], &[]), vec!["ping"]),
        (only(&[], &["DPV"], &["OUTGOING"]), vec!["ping", "OPPRETTET"]),
        (only(&[], &["DPI"], &[]), vec!["ping"]),
        (only(&[], &[], &["INCOMING"]), vec!["ping"]),
    ] {
        let mut town = town();
        subscribe(&mut town, NyttAbonnement { utvalg: meldinger(filter.clone()), ..nytt("hook", "http://a.example/") });
        send_message(&mut town, 1);
        assert_eq!(statuses(&all(&town)), expected, "{filter:?}");
    }
}

#[test]
fn ids_are_of_subscription_subject_and_ordinal_and_the_same_in_a_fork() {
    let mut main = town();
    subscribe(&mut main, nytt("a", "http://localhost:3000/a"));
    subscribe(&mut main, nytt("b", "http://localhost:3000/b"));
    let mut fork = main.clone();
    // The fork does something else first: positions differ, names do not.
    send_message(&mut fork, 2);
    send_message(&mut main, 1);
    send_message(&mut fork, 1);
    let about = |town: &Town, id: u128| -> Vec<LeveringsId> {
        let of = |levering: &&Levering| matches!(levering.emne, Emne::Meldingsstatus { melding, .. } if melding.id == MeldingsId(id));
        all(town).iter().filter(of).map(|levering| levering.id).collect()
    };
    assert_eq!(about(&main, 1), about(&fork, 1));
    let mut ids: Vec<LeveringsId> = all(&fork).iter().map(|levering| levering.id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "every delivery has an id of its own");
    assert_eq!(ids.iter().filter_map(|id| LeveringsId::parse(&id.to_string())).collect::<Vec<_>>(), ids);
    // On another port of this machine the same subscription has the same name.
    let mut elsewhere = town();
    subscribe(&mut elsewhere, nytt("a", "http://localhost:4711/a"));
    assert_eq!(last(&elsewhere).id, all(&main)[0].id);
    // Made again after it was deleted, it is another one.
    let noekkel = last(&elsewhere).abonnement;
    deliver(&mut elsewhere, LeveringCommand::SlettAbonnement { noekkel }).unwrap();
    subscribe(&mut elsewhere, nytt("a", "http://localhost:4711/a"));
    assert_ne!(last(&elsewhere).abonnement, noekkel);
    assert_eq!(elsewhere.leveringer.av(Leveringskilde::Eformidling).map(|one| one.nummer).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_failed_delivery_is_tried_again_as_the_table_says_and_then_given_up() {
    for policy in Gjentak::ALL {
        let mut town = town();
        subscribe(&mut town, NyttAbonnement { gjentak: policy, ..nytt("hook", "http://localhost:3000/") });
        let id = last(&town).id;
        let mut waits = Vec::new();
        loop {
            let (before, later) = (town.now(), town.now().plus_millis(700));
            // The app takes its time; the next attempt does not depend on it.
            act(&mut town, Command::Tid(TidCommand::Naa(later))).unwrap();
            outcome(&mut town, id, Utfall::Feilet(Feilgrunn::Svar(500)));
            let after = last(&town);
            assert_eq!(after.forsoek as usize, waits.len() + 1);
            assert!(town.leveringer.ventende.is_empty(), "it does not wait while the clock stands before its time");
            match after.tilstand {
                Tilstand::Feilet { grunn, neste } => {
                    assert_eq!(grunn, Feilgrunn::Svar(500));
                    assert_eq!(take_up(&mut town), neste);
                    waits.push(neste.millis() - before.millis());
                }
                Tilstand::Oppgitt { grunn } => break assert_eq!(grunn, Feilgrunn::Svar(500)),
                other => panic!("{other:?}"),
            }
            assert_eq!(last(&town).tilstand, Tilstand::Venter);
        }
        assert_eq!(waits, policy.ventetider(), "{policy:?}");
        assert!(town.tid.queue.is_empty());
    }
    let minutes = |policy: Gjentak| policy.ventetider().iter().map(|wait| wait / 1000).collect::<Vec<_>>();
    assert_eq!(minutes(Gjentak::Aldri), [0; 0]);
    assert_eq!(minutes(Gjentak::Dokumentert), [60, 300]);
    assert_eq!(minutes(Gjentak::Standard), [10, 60, 300, 1_800, 7_200, 21_600, 86_400]);
}

#[test]
fn reasons_that_no_waiting_mends_are_final() {
    for grunn in [Feilgrunn::ForbudtAdresse, Feilgrunn::PrivatAdresse, Feilgrunn::IkkeModellert] {
        let mut town = town();
        subscribe(&mut town, nytt("hook", "http://localhost:3000/"));
        let id = last(&town).id;
        outcome(&mut town, id, Utfall::Feilet(grunn));
        assert_eq!(last(&town).tilstand, Tilstand::Oppgitt { grunn });
    }
}

#[test]
fn an_outcome_that_comes_late_or_twice_changes_nothing() {
    let mut town = town();
    subscribe(&mut town, nytt("hook", "http://localhost:3000/"));
    let id = last(&town).id;
    assert_eq!(outcome(&mut town, id, Utfall::Levert(204)).len(), 1);
    for etter in [0, 1] {
        for utfall in [Utfall::Levert(200), Utfall::Feilet(Feilgrunn::Brutt)] {
            let late = deliver(&mut town, LeveringCommand::Utfall { levering: id, etter, utfall }).unwrap();
            assert!(late.is_empty(), "{etter} {utfall:?}");
        }
    }
    assert_eq!((last(&town).tilstand, last(&town).forsoek), (Tilstand::Levert { svar: 204 }, 1));
    let other = LeveringsId::of(last(&town).abonnement, &Emne::Ping, 9);
    let unknown = LeveringCommand::Utfall { levering: other, etter: 0, utfall: Utfall::Levert(200) };
    assert!(deliver(&mut town, unknown).unwrap().is_empty());
}

#[test]
fn sent_once_more_it_waits_again_with_its_schedule_from_the_start() {
    let mut town = town();
    subscribe(&mut town, nytt("hook", "http://localhost:3000/"));
    let before = last(&town);
    assert!(deliver(&mut town, LeveringCommand::Gjenta { levering: before.id, signer: false }).unwrap().is_empty());
    outcome(&mut town, before.id, Utfall::Feilet(Feilgrunn::IkkeTilkoblet));
    // While a retry is planned: that one is taken out of the queue.
    deliver(&mut town, LeveringCommand::Gjenta { levering: before.id, signer: false }).unwrap();
    assert!(town.tid.queue.is_empty());
    assert_eq!((last(&town).tilstand, last(&town).paa_rad, last(&town).forsoek), (Tilstand::Venter, 0, 1));
    outcome(&mut town, before.id, Utfall::Levert(200));
    let later = Span::parse("P1D").unwrap().after(town.now());
    act(&mut town, Command::Tid(TidCommand::Naa(later))).unwrap();
    deliver(&mut town, LeveringCommand::Gjenta { levering: before.id, signer: false }).unwrap();
    assert_eq!((last(&town).signert, last(&town).tid), (before.signert, before.tid), "to the byte as before");
    outcome(&mut town, before.id, Utfall::Levert(200));
    deliver(&mut town, LeveringCommand::Gjenta { levering: before.id, signer: true }).unwrap();
    assert_eq!((last(&town).signert, last(&town).tid), (later, before.tid), "signed again");
    let unknown = LeveringsId::of(before.abonnement, &Emne::Ping, 9);
    let refused = deliver(&mut town, LeveringCommand::Gjenta { levering: unknown, signer: false }).unwrap_err();
    assert_eq!(refused.code, "unknown_delivery");
}

#[test]
fn deleting_a_subscription_gives_up_what_was_not_taken_and_leaves_nothing_due() {
    let mut town = town();
    subscribe(&mut town, nytt("hook", "http://localhost:3000/"));
    let (id, noekkel) = (last(&town).id, last(&town).abonnement);
    outcome(&mut town, id, Utfall::Feilet(Feilgrunn::Tidsavbrudd));
    send_message(&mut town, 1);
    deliver(&mut town, LeveringCommand::SlettAlle { kilde: Leveringskilde::Eformidling }).unwrap();
    assert!(town.leveringer.abonnementer.is_empty() && town.leveringer.ventende.is_empty());
    let given_up = Tilstand::Oppgitt { grunn: Feilgrunn::AbonnementSlettet };
    assert!(all(&town).iter().all(|levering| levering.tilstand == given_up));
    assert!(town.tid.queue.iter().all(|(key, _)| key.kind != 300), "no retry is left in the queue");
    let refused = deliver(&mut town, LeveringCommand::Gjenta { levering: id, signer: false }).unwrap_err();
    assert_eq!(refused.code, "subscription_gone");
    let refused = deliver(&mut town, LeveringCommand::SlettAbonnement { noekkel }).unwrap_err();
    assert_eq!(refused.code, "unknown_subscription");
}

#[test]
fn a_subscription_moves_with_a_ping_and_its_name_and_address_stay_its_own() {
    let mut town = town();
    subscribe(&mut town, nytt("a", "http://localhost:3000/a"));
    subscribe(&mut town, nytt("b", "http://localhost:3000/b"));
    let noekkel = all(&town)[0].abonnement;
    let change = |nytt| LeveringCommand::EndreAbonnement { noekkel, nytt: Box::new(nytt) };
    let refused = deliver(&mut town, change(nytt("b", "http://localhost:3000/b"))).unwrap_err();
    assert_eq!(refused.code, "subscription_exists");
    assert!(deliver(&mut town, change(nytt("a", "http://localhost:3000/a"))).unwrap().is_empty());
    assert_eq!(deliver(&mut town, change(nytt("c", "http://localhost:3000/a"))).unwrap().len(), 1, "a name is no move");
    assert_eq!(deliver(&mut town, change(nytt("c", "http://localhost:3000/c"))).unwrap().len(), 2, "a move is pinged");
    let after = town.leveringer.abonnementer.get(&noekkel).unwrap();
    assert_eq!((after.nummer, &*after.navn, after.adresse.path().as_str()), (1, "c", "/c"));
    let again = deliver(&mut town, LeveringCommand::Abonner(Box::new(nytt("b", "http://localhost:3000/b"))));
    assert_eq!(again.unwrap_err().code, "subscription_exists");
    let bad = deliver(&mut town, LeveringCommand::Abonner(Box::new(nytt(" ", "http://localhost:3000/b"))));
    assert_eq!(bad.unwrap_err().code, "bad_name");
}

#[test]
fn register_changes_are_told_with_the_number_of_then() {
    let mut town = town();
    subscribe(&mut town, registerendringer());
    assert!(all(&town).is_empty(), "only the integration point pings");
    let mor = town.key_of(LINE);
    let birth = FolkCommand::Foedsel { mor, medforelder: None, barn: vec![None] };
    act(&mut town, Command::Folk(birth)).unwrap();
    let told = all(&town);
    assert_eq!(told.len(), town.folk.feed_len, "one for every entry of the feed");
    for levering in &told {
        let Emne::Registerendring { person, nummer, .. } = &levering.emne else { panic!("{levering:?}") };
        assert_eq!(*nummer, town.person_by_key(*person).unwrap().nummer());
    }
    assert!(
        told.iter().any(|it| matches!(&it.emne, Emne::Registerendring { person, .. } if *person != mor)),
        "the child"
    );
}

#[test]
fn a_name_that_is_chosen_later_is_told_once() {
    let mut town = town();
    subscribe(&mut town, registerendringer());
    let birth = FolkCommand::Foedsel { mor: town.key_of(LINE), medforelder: None, barn: vec![None] };
    let born = act(&mut town, Command::Folk(birth)).unwrap();
    let [barn @ PersonKey::World(origin)] = livshendelser::newcomers(&born)[..] else { panic!("one child") };
    let due = FolkDue::Navnevalg { barn };
    let at = town.now().plus_millis(86_400_000);
    let key = DueKey { at, class: DueClass::Drawn, kind: due.kind(), origin, ordinal: 0 };
    apply(&mut town, &Event::Tid(TidEvent::Planlagt(key, Due::Folk(due))));
    let before = town.folk.feed_len;
    assert_eq!(take_up(&mut town), at);
    assert!(town.folk.feed_len > before, "the child has a name");
    assert_eq!(all(&town).len(), town.folk.feed_len, "one for every entry of the feed");
}

#[test]
fn apps_are_declared_changed_and_taken_back() {
    let mut town = town();
    let app = |url: &str, privat| DeliveryTarget { navn: "barnehage".into(), url: adresse(url), privat };
    let declare = |app| LeveringCommand::ErklaerApp(app);
    assert_eq!(deliver(&mut town, declare(app("http://localhost:8080", false))).unwrap().len(), 1);
    assert!(deliver(&mut town, declare(app("http://localhost:8080", false))).unwrap().is_empty());
    assert!(town.leveringer.app_paa("http://localhost:8080").is_some());
    deliver(&mut town, declare(app("http://localhost:9090/base", true))).unwrap();
    assert!(town.leveringer.app_paa("http://localhost:8080").is_none());
    assert!(town.leveringer.app_paa("http://localhost:9090").unwrap().privat);
    deliver(&mut town, LeveringCommand::FjernApp { navn: "barnehage".into() }).unwrap();
    assert!(town.leveringer.apper.is_empty());
    let gone = deliver(&mut town, LeveringCommand::FjernApp { navn: "barnehage".into() }).unwrap_err();
    assert_eq!(gone.code, "unknown_app");
}

#[test]
fn ports_of_this_machine_are_no_part_of_the_canonical_events() {
    let events = |port: u16| {
        let mut town = town();
        let app = DeliveryTarget { navn: "a".into(), url: adresse(&format!("http://localhost:{port}")), privat: false };
        let mut events = deliver(&mut town, LeveringCommand::ErklaerApp(app)).unwrap();
        let nytt = nytt("a", &format!("http://localhost:{port}/hook"));
        events.extend(deliver(&mut town, LeveringCommand::Abonner(Box::new(nytt))).unwrap());
        events.iter().map(|event| postcard::to_allocvec(event.canonical().as_ref()).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(events(40_001), events(40_002));
}

#[test]
fn a_retry_in_the_queue_of_a_delivery_that_went_on_does_nothing() {
    let mut town = town();
    subscribe(&mut town, nytt("hook", "http://localhost:3000/"));
    let id = last(&town).id;
    let events = outcome(&mut town, id, Utfall::Feilet(Feilgrunn::Brutt));
    let Some(Event::Tid(TidEvent::Planlagt(key, due))) = events.last().cloned() else { panic!("{events:?}") };
    deliver(&mut town, LeveringCommand::Gjenta { levering: id, signer: false }).unwrap();
    outcome(&mut town, id, Utfall::Levert(200));
    apply(&mut town, &Event::Tid(TidEvent::Planlagt(key, due)));
    act(&mut town, Command::Tid(TidCommand::TaOpp(key))).unwrap();
    assert_eq!(last(&town).tilstand, Tilstand::Levert { svar: 200 });
}
