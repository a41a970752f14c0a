//! The log of a format is readable for ever: `tests/data/journals/v1.records` was written once, and every later version
//! reads it, writes the same bytes again and comes to the same town.
//!
//! Events have no field names on disk, so a field added in the middle would be read as something else without a word.
//! This is the test that speaks up. New kinds of events go to the end of their enum; nothing else may change.
//!
//! `BYTEBY_BLESS=1` writes the file anew from the shipped scenario and some more commands. That is right only as long as
//! nobody has a log of this format.

use std::collections::BTreeSet;
use std::path::PathBuf;

use byteby::app::{self, Config};
use byteby::base::{Digest, hex, parse_hex};
use byteby::clock::Mode;
use byteby::demo::Sabotage;
use byteby::journal::{FORMAT, LogItem};
use byteby::population::{Spec, generate};
use byteby::scenario::{self, Surroundings, Verdict};
use byteby::town::apply::{FaultEvent, KlientEvent, PostEvent};
use byteby::town::decide::{Command, KlientCommand, KontaktCommand, PostCommand};
use byteby::town::event::{FolkEvent, KontaktEvent, TidEvent};
use byteby::town::{Cause, Event, Town, apply};
use byteby::townhall::{Ledger, TownHall};

use super::scenario_faa_barn::{around, plans};

/// People in the town of the golden log: the shipped scenario's.
const SIZE: u32 = 5000;

fn file(ending: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/journals/v1.{ending}"))
}

/// The kind of an event. A new kind does not compile until it has a name here.
fn kind(event: &Event) -> &'static str {
    match event {
        Event::Folk(FolkEvent::PersonKom { .. }) => "person_kom",
        Event::Folk(FolkEvent::Registrert(_)) => "registrert",
        Event::Folk(FolkEvent::Barnehageplass { .. }) => "barnehageplass",
        Event::Folk(FolkEvent::Holdt { .. }) => "holdt",
        Event::Folk(FolkEvent::Hjem { .. }) => "hjem",
        Event::Folk(FolkEvent::NyHusstand { .. }) => "ny_husstand",
        Event::Folk(FolkEvent::TilHusstand { .. }) => "til_husstand",
        Event::Folk(FolkEvent::UtAvHusstand { .. }) => "ut_av_husstand",
        Event::Folk(FolkEvent::Partner { .. }) => "partner",
        Event::Folk(FolkEvent::Livshendelse(_)) => "livshendelse",
        Event::Folk(FolkEvent::Annullert { .. }) => "annullert",
        Event::Folk(FolkEvent::Identitetsgrunnlag(_)) => "identitetsgrunnlag",
        Event::Folk(FolkEvent::Flyttespor(_)) => "flyttespor",
        Event::Kontakt(KontaktEvent::Endret { .. }) => "kontakt_endret",
        Event::Kontakt(KontaktEvent::Foert { .. }) => "kontakt_foert",
        Event::Kontakt(KontaktEvent::Regler(_)) => "kontaktregler",
        Event::Tid(TidEvent::Naadd(_)) => "naadd",
        Event::Tid(TidEvent::Modus(_)) => "modus",
        Event::Tid(TidEvent::Planlagt(..)) => "planlagt",
        Event::Tid(TidEvent::TattOpp(_)) => "tatt_opp",
        Event::Tid(TidEvent::Takt(_)) => "takt",
        Event::Tid(TidEvent::Liv(_)) => "liv",
        Event::Post(PostEvent::MeldingOpprettet(_)) => "melding_opprettet",
        Event::Post(PostEvent::FilLastetOpp { .. }) => "fil_lastet_opp",
        Event::Post(PostEvent::SendingBestilt { .. }) => "sending_bestilt",
        Event::Post(PostEvent::MeldingOvergitt { .. }) => "melding_overgitt",
        Event::Post(PostEvent::MeldingFjernet { .. }) => "melding_fjernet",
        Event::Post(PostEvent::StatusRegistrert { .. }) => "status_registrert",
        Event::Post(PostEvent::SpoerresIkkeMer { .. }) => "spoerres_ikke_mer",
        Event::Post(PostEvent::SamtaleSlettet { .. }) => "samtale_slettet",
        Event::Post(PostEvent::BrevMottatt { .. }) => "brev_mottatt",
        Event::Post(PostEvent::BrevAapnet { .. }) => "brev_aapnet",
        Event::Post(PostEvent::BrevUnderveis { .. }) => "brev_underveis",
        Event::Klient(KlientEvent::Registrert(_)) => "klient_registrert",
        Event::Klient(KlientEvent::Avviklet { .. }) => "klient_avviklet",
        Event::Klient(KlientEvent::Registrert2 { .. }) => "klient_registrert_2",
        Event::Klient(KlientEvent::UtstederFestet { .. }) => "utsteder_festet",
        Event::Fault(FaultEvent::Set(_)) => "fault_set",
        Event::Fault(FaultEvent::SetFor { .. }) => "fault_set_for",
        Event::Fault(FaultEvent::Healed(_)) => "fault_healed",
        Event::Levering(_) => "levering",
        Event::Eid(event) => event.kind(),
        Event::Hverdag(_) => "hverdag",
        Event::Virksomhet(_) => "virksomhet",
        Event::Uttrekk(_) => "uttrekk",
    }
}

/// Kinds the golden log must hold.
const PRESENT: &[&str] = &[
    "brev_aapnet",
    "brev_mottatt",
    "klient_avviklet",
    "klient_registrert",
    "kontakt_endret",
    "melding_opprettet",
    "melding_overgitt",
    "modus",
    "naadd",
    "person_kom",
    "planlagt",
    "registrert",
    "samtale_slettet",
    "sending_bestilt",
    "status_registrert",
    "tatt_opp",
];

/// The scenario *Få barn* on its world, and what it does not do by itself.
async fn written_today() -> Vec<LogItem> {
    let running = app::start(Config { size: 1500, ..Config::on_free_port() }).await.expect("the server starts");
    let plan = &plans()[0];
    let around = Surroundings { keep: true, ..around(&running, Sabotage::None) };
    let outcome = scenario::run(plan, &around).await;
    assert_eq!(outcome.verdict, Verdict::Passed);
    let items = more(&running.hall, &outcome.world).await;
    running.stop().await;
    items
}

async fn more(hall: &TownHall, name: &str) -> Vec<LogItem> {
    let world = hall.world(name).expect("the world was kept");
    let town = world.town();
    let cause = |what: &str| Cause::of("golden", &[what.as_bytes()]).after(1);
    let someone = town.people().find(|person| person.is_bosatt() && person.kontakt().kan_varsles()).expect("somebody");
    let reserve = KontaktCommand::Reservasjon { person: someone.key(), reservert: true };
    world.command(Command::Kontakt(reserve), cause("reserve")).await.expect("a reservation");
    let klient = town.klienter.alle.values().next().expect("the sample app is registered");
    let retire = KlientCommand::Avvikle { tjeneste: klient.tjeneste, client_id: klient.client_id.clone() };
    world.command(Command::Klient(retire), cause("retire")).await.expect("the client is there");
    let (letter, brev) = town.post.brev_av.iter().next_back().map(|(key, brev)| (*key, *brev)).expect("a letter came");
    let open = PostCommand::AapneBrev { brev };
    world.command(Command::Post(open), cause("open")).await.expect("a letter");
    let forget = PostCommand::SlettSamtale { melding: letter };
    world.command(Command::Post(forget), cause("forget")).await.expect("a conversation");
    world.set_mode(Mode::Auto).await.expect("another mode");
    hall.log(&world, 1, usize::MAX).expect("a log in memory")
}

/// The golden log as bytes of records, and as lines for people with the digests at the end.
fn forms(items: &[LogItem]) -> (String, String) {
    let (mut records, mut lines, mut ledger) = (String::new(), String::new(), Ledger::default());
    for item in items {
        records += &(hex(&item.encode(&ledger.head().hash)) + "\n");
        ledger.book(item);
        lines += &format!("{item:?}\n");
    }
    let (head, canonical) = (ledger.head(), ledger.canonical());
    lines += &format!("head {} {}\ncanonical {canonical}\n", head.seq, head.hash);
    (records, lines)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_format_is_read_written_and_replayed_as_on_its_first_day() {
    if std::env::var_os("BYTEBY_BLESS").is_some() {
        let (records, lines) = forms(&written_today().await);
        std::fs::write(file("records"), records).expect("the file can be written");
        std::fs::write(file("txt"), lines).expect("the file can be written");
    }
    let read = |ending: &str| std::fs::read_to_string(file(ending)).expect("the golden log is part of the repository");
    let (records, lines) = (read("records"), read("txt"));
    let mut before = Digest::default();
    let mut items = Vec::new();
    for (due, line) in (1..).zip(records.lines()) {
        let bytes = parse_hex(line).expect("lines of hex digits");
        assert_eq!(bytes[0], FORMAT);
        items.push(LogItem::decode(&bytes, due, &before).unwrap_or_else(|fault| panic!("item {due}: {fault}")));
        before = LogItem::hash(&bytes);
    }
    let (records_again, lines_again) = forms(&items);
    for ((number, now), then) in (1..).zip(lines_again.lines()).zip(lines.lines()) {
        assert_eq!(now, then, "item {number} is read as something else");
    }
    assert_eq!(lines_again.len(), lines.len());
    assert!(records_again == records, "what was read is written with other bytes");

    let kinds: BTreeSet<&str> = items.iter().flat_map(|item| &item.events).map(kind).collect();
    for kind in PRESENT {
        assert!(kinds.contains(kind), "no event of kind {kind} in the golden log, only {kinds:?}");
    }
    let mut town = Town::new(std::sync::Arc::new(generate(&Spec { size: SIZE, ..Spec::default() }).unwrap()));
    let before = town.person_count();
    items.iter().flat_map(|item| &item.events).for_each(|event| apply(&mut town, event));
    assert_eq!(Some(town.now()), items.last().map(|item| item.at));
    assert!(town.person_count() > before, "a child was born in the log");
}
