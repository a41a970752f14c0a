//! Decisions and their events on a town small enough to know by heart.

use std::sync::Arc;

use super::{NyMelding, PostCommand};
use crate::base::sha256;
use crate::clock::{Instant, Span};
use crate::town::decide::TidCommand;
use crate::town::model::PersonId;
use crate::town::model::tests_town::TestTown;
use crate::town::model::tests_town::rolle::{ASTRID, KARI};
use crate::town::state::{Fil, Innhold, Kanal, MeldingsId, Meldingsnoekkel, Prosess, Status, Town};
use crate::town::{Cause, Command, Event, Refusal, apply, decide};

fn town() -> Town {
    Town::new(Arc::new(TestTown::eksempel()))
}

/// Does `command`; every event takes the way through the log's encoding.
fn act(town: &mut Town, command: Command) -> Result<Vec<Event>, Refusal> {
    let events = decide(town, &command, &Cause::of("test", &[]))?;
    for event in &events {
        let bytes = postcard::to_allocvec(event).unwrap();
        let read: Event = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(read, *event);
        apply(town, &read);
    }
    Ok(events)
}

fn post(town: &mut Town, command: PostCommand) -> Result<Vec<Event>, Refusal> {
    act(town, Command::Post(command))
}

fn fil(navn: &str, size: u64) -> Fil {
    Fil {
        navn: navn.into(),
        tittel: None,
        mime: "text/plain".into(),
        sha256: sha256(&[navn.as_bytes()]),
        size,
        tekst: Some("Hei".into()),
    }
}

fn ny(town: &Town, til: PersonId, id: Option<u128>) -> NyMelding {
    let eier = town.base.kommune.orgnr;
    NyMelding {
        eier,
        id: id.map(MeldingsId),
        samtale: id.map(MeldingsId),
        avsender: format!("0192:{eier}").into(),
        fra: eier,
        mottaker: town.person(til).nummer().to_string().into(),
        til: town.key_of(til),
        prosess: Prosess::Info,
        sbd: "{}".into(),
        innhold: Innhold::Digital {
            tittel: "Tilbud".into(),
            virkningsdato: None,
            aapningskvittering: true,
            metadatafiler: vec![("brev.txt".into(), "meta.xml".into())],
        },
        hoveddokument: Some("brev.txt".into()),
        spraak: Some("nb".into()),
        utloeper: None,
        filer: vec![fil("brev.txt", 3), fil("vedlegg.txt", 4)],
    }
}

fn run(town: &mut Town, span: &str) {
    let until = Span::parse(span).unwrap().after(town.now());
    while let Some(key) = town.tid.next().map(|(key, _)| *key).filter(|key| key.at <= until) {
        act(town, Command::Tid(TidCommand::TaOpp(key))).unwrap();
    }
    act(town, Command::Tid(TidCommand::Naa(until))).unwrap();
}

fn noekkel(town: &Town, id: u128) -> Meldingsnoekkel {
    Meldingsnoekkel { eier: town.base.kommune.orgnr, id: MeldingsId(id) }
}

#[test]
fn a_message_made_in_one_go_reaches_the_citizen_and_leaves_nothing_behind() {
    let mut town = town();
    let command = PostCommand::OpprettMelding(Box::new(ny(&town, KARI, Some(7))));
    post(&mut town, command).unwrap();
    let melding = noekkel(&town, 7);
    post(&mut town, PostCommand::SendMelding { melding }).unwrap();
    run(&mut town, "P30D");
    let brev: Vec<_> = town.post.brev_til(town.key_of(KARI)).collect();
    assert_eq!((brev.len(), brev[0].kanal, brev[0].vedlegg.len()), (1, Kanal::Digitalpost, 1));
    assert_eq!(town.post.brev_til(town.key_of(ASTRID)).count(), 0);
    assert_eq!(town.post.brev().count(), 1);
    assert_eq!(town.post.underveis().count(), 0);
    assert!(town.post.utboks.is_empty() && town.tid.queue.is_empty());
    if brev[0].lest.is_some() {
        assert!(town.post.forsendelser.is_empty());
    }
}

#[test]
fn the_town_refuses_what_two_requests_at_once_could_break() {
    let mut town = town();
    let create = PostCommand::OpprettMelding(Box::new(ny(&town, KARI, Some(7))));
    post(&mut town, create.clone()).unwrap();
    let melding = noekkel(&town, 7);
    let stranger = noekkel(&town, 8);
    let upload = |fil: Fil| PostCommand::LastOppFil { melding, fil: Box::new(fil) };
    for (command, code) in [
        (create, "message_exists"),
        (upload(fil("brev.txt", 1)), "duplicate_filename"),
        (upload(fil("stor.txt", 50 << 20)), "files_too_large"),
        (PostCommand::SendMelding { melding: stranger }, "unknown_message"),
        (PostCommand::SlettSamtale { melding: stranger }, "unknown_conversation"),
        (PostCommand::AapneBrev { brev: 1 }, "unknown_letter"),
    ] {
        assert_eq!(post(&mut town, command.clone()).unwrap_err().code, code, "{command:?}");
    }
    assert_eq!(post(&mut town, PostCommand::SlettMelding { melding: stranger }), Ok(Vec::new()));
    post(&mut town, PostCommand::SendMelding { melding }).unwrap();
    assert_eq!(post(&mut town, upload(fil("sent.txt", 1))).unwrap_err().code, "unknown_message");
    assert_eq!(post(&mut town, PostCommand::SendMelding { melding }), Ok(Vec::new()), "it goes once");
    let mut twice = ny(&town, KARI, Some(9));
    twice.filer = vec![fil("a", 1), fil("a", 1)];
    let twice = PostCommand::OpprettMelding(Box::new(twice));
    assert_eq!(post(&mut town, twice).unwrap_err().code, "duplicate_filename");
}

#[test]
fn the_citizen_may_open_a_letter_before_chance_does() {
    let mut town = town();
    let command = PostCommand::OpprettMelding(Box::new(ny(&town, KARI, Some(7))));
    post(&mut town, command).unwrap();
    let melding = noekkel(&town, 7);
    post(&mut town, PostCommand::SendMelding { melding }).unwrap();
    run(&mut town, "PT2M");
    post(&mut town, PostCommand::AapneBrev { brev: 1 }).unwrap();
    let opened = town.post.brev().next().unwrap().lest;
    assert_eq!(opened, Some(town.now()));
    assert_eq!(post(&mut town, PostCommand::AapneBrev { brev: 1 }), Ok(Vec::new()), "once");
    run(&mut town, "P30D");
    assert_eq!(town.post.brev().next().unwrap().lest, opened);
    let samtale = town.post.samtale(melding).unwrap();
    let times = samtale.statuser.iter().filter(|linje| linje.status == Status::Lest).count();
    assert_eq!((times, samtale.spoerres), (1, false));
}

#[test]
fn each_status_is_recorded_once() {
    let mut town = town();
    let command = PostCommand::OpprettMelding(Box::new(ny(&town, KARI, Some(7))));
    post(&mut town, command).unwrap();
    let again = Event::Post(crate::town::apply::PostEvent::StatusRegistrert {
        melding: noekkel(&town, 7),
        status: Status::Opprettet,
        tid: Instant::from_millis(5),
        beskrivelse: Some("igjen".into()),
        kvittering: None,
    });
    apply(&mut town, &again);
    let samtale = town.post.samtale(noekkel(&town, 7)).unwrap();
    assert_eq!(samtale.statuser.len(), 1);
    assert_eq!((samtale.statuser[0].beskrivelse.clone(), samtale.sist_oppdatert), (None, town.now()));
    assert_eq!(town.post.antall_statuser, 1);
}

#[test]
fn ids_of_the_server_go_by_receiver_and_survive_a_fork() {
    let mut town = town();
    let made = |town: &mut Town, til: PersonId| {
        let command = PostCommand::OpprettMelding(Box::new(ny(town, til, None)));
        post(town, command).unwrap();
        town.post.samtaler.get_max().unwrap().1.melding.noekkel.id
    };
    let mut fork = town.clone();
    let first = made(&mut town, KARI);
    let second = made(&mut town, KARI);
    made(&mut fork, ASTRID);
    assert_eq!(made(&mut fork, KARI), first, "who else got mail does not matter");
    assert_eq!(made(&mut fork, KARI), second);
    assert_ne!(first, second);
}
