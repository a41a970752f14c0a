//! The flow of a message from capabilities to the citizen who opens it (`specs/eformidling.md` §11, §23).

use serde_json::json;

use super::{Verden, digital, print, sbd, urn, uuid};
use crate::town::model::Spraak;
use crate::town::model::tests_town::rolle::{ASTRID, KARI, OLA};
use crate::town::state::Kanal;

#[tokio::test]
async fn a_digital_letter_goes_from_capabilities_to_the_mailbox() {
    let verden = Verden::new();
    let kari = verden.nummer(KARI);
    let offered = verden.get(&format!("/api/capabilities/{kari}?process={}", urn("info"))).await.json();
    assert_eq!(offered["capabilities"][0]["documentTypes"][0]["type"], "digital");

    let created = verden.create(&digital(&kari, 1)).await;
    assert_eq!(created.status, 200);
    assert_eq!(created.note.operation, "eformidling.melding.opprett");
    assert_eq!(created.note.about, [verden.town().key_of(KARI)]);
    assert_eq!(created.note.message, Some(uuid(1)));
    let header = &created.json()["standardBusinessDocumentHeader"];
    assert_eq!(header["sender"][0]["identifier"]["value"], format!("0192:{}", verden.own()));
    assert_eq!(header["sender"][0]["identifier"]["authority"], "iso6523-actorid-upis");
    assert_eq!(header["documentIdentification"]["creationDateAndTime"], "2027-01-04T08:00:00+01:00");
    let scope = &header["businessScope"]["scope"][0];
    assert_eq!(scope["scopeInformation"][0]["expectedResponseDateTime"], "2027-01-05T08:00:00+01:00");

    let statuses = verden.get(&format!("/api/statuses/{}", uuid(1))).await;
    assert_eq!(statuses.headers["content-type"], "application/json;charset=utf-8");
    assert_eq!(
        statuses.json()["content"],
        json!([{
            "id": 1, "convId": 1, "conversationId": uuid(1), "messageId": uuid(1),
            "lastUpdate": "2027-01-04T08:00:00+01:00", "status": "OPPRETTET",
        }])
    );

    assert_eq!(verden.upload(&uuid(1), "brev.txt", "text/plain", "Hei og velkommen").await.status, 200);
    let again = verden.upload(&uuid(1), "brev.txt", "text/plain", "Hei").await;
    assert_eq!((again.status.as_u16(), again.exception()), (400, "DuplicateFilenameException".into()));
    assert_eq!(again.json()["message"], "Filename already exists in message: brev.txt.");
    assert_eq!(verden.upload(&uuid(1), "vedlegg.pdf", "application/octet-stream", "%PDF").await.status, 200);

    let sent = verden.send(&uuid(1)).await;
    assert_eq!((sent.status.as_u16(), sent.body.len()), (200, 0));
    assert_eq!(verden.statuses(&uuid(1)).await, ["OPPRETTET"], "the clock stands still");
    assert_eq!(verden.get(&format!("/api/messages/out/{}", uuid(1))).await.status, 200);
    verden.advance("PT2S").await;
    assert_eq!(verden.statuses(&uuid(1)).await, ["OPPRETTET", "SENDT"]);
    assert_eq!(verden.get(&format!("/api/messages/out/{}", uuid(1))).await.status, 404);
    assert!(verden.brev(KARI).is_empty());
    verden.advance("PT31S").await;
    assert!(verden.statuses(&uuid(1)).await.contains(&"MOTTATT".to_owned()));
    verden.advance("PT45S").await;
    assert_eq!(verden.statuses(&uuid(1)).await, ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"]);

    let brev = verden.brev(KARI);
    assert_eq!(brev.len(), 1);
    assert_eq!((brev[0].kanal, &*brev[0].tittel), (Kanal::Digitalpost, "Tilbud om hjemmebesøk"));
    assert_eq!(brev[0].tekst.as_deref(), Some("Hei og velkommen"));
    assert_eq!(brev[0].spraakkode().map(Spraak::code), Some("nn"));
    assert_eq!(brev[0].fra.to_string(), verden.own());
    assert_eq!(brev[0].at, verden.tid(&uuid(1), "LEVERT"));
    let files: Vec<(&str, &str)> = brev[0].vedlegg.iter().map(|fil| (&*fil.navn, &*fil.mime)).collect();
    assert_eq!(files, [("vedlegg.pdf", "application/pdf")]);
    let bytes = verden.inbound.hall.blobs().get(&brev[0].vedlegg[0].sha256).unwrap();
    assert_eq!(&bytes[..], b"%PDF");
}

#[tokio::test]
async fn the_conversation_is_as_the_contract_writes_it() {
    let verden = Verden::new();
    let kari = verden.nummer(KARI);
    verden.letter(&digital(&kari, 1)).await;
    verden.advance("PT2M").await;
    let conversation = verden.get("/api/conversations/1").await.json();
    let own = verden.own();
    for (member, value) in [
        ("id", json!(1)),
        ("conversationId", json!(uuid(1))),
        ("messageId", json!(uuid(1))),
        ("sender", json!(format!("0192:{own}"))),
        ("senderIdentifier", json!(own)),
        ("receiver", json!(kari)),
        ("receiverIdentifier", json!(kari)),
        ("processIdentifier", json!(urn("info"))),
        ("documentIdentifier", json!("urn:no:difi:digitalpost:xsd:digital::digital")),
        ("messageReference", json!(uuid(1))),
        ("messageTitle", json!("Tilbud om hjemmebesøk")),
        ("finished", json!(true)),
        ("expiry", json!("2027-01-05T08:00:00+01:00")),
        ("direction", json!("OUTGOING")),
        ("serviceIdentifier", json!("DPI")),
    ] {
        assert_eq!(conversation[member], value, "{member}");
    }
    let statuses = conversation["messageStatuses"].as_array().unwrap();
    assert_eq!(statuses.len(), 4);
    assert_eq!(statuses[3]["id"], 4);
    assert!(statuses[3]["description"].as_str().unwrap().starts_with("Kvittering på at digital post"));
    assert!(statuses[3]["rawReceipt"].as_str().unwrap().starts_with("{\"leveringskvittering\""));
    assert!(statuses[3].get("convId").is_none());
    assert_eq!(conversation["lastUpdate"], statuses[3]["lastUpdate"]);
    assert_eq!(verden.get(&format!("/api/conversations/messageId/{}", uuid(1))).await.json(), conversation);
}

#[tokio::test]
async fn paper_to_a_reserved_citizen_lies_in_the_letterbox_days_later_with_its_envelope() {
    let verden = Verden::new();
    verden.letter(&print(&verden.nummer(OLA), 1)).await;
    verden.advance("PT2S").await;
    assert_eq!(verden.statuses(&uuid(1)).await, ["OPPRETTET", "SENDT"]);
    verden.advance("PT29M").await;
    assert_eq!(verden.statuses(&uuid(1)).await.len(), 2, "the printer takes half an hour at least");
    verden.advance("PT62M").await;
    assert_eq!(verden.statuses(&uuid(1)).await, ["OPPRETTET", "SENDT", "LEVERT"]);
    let arrived = || verden.brev(OLA).iter().map(|brev| brev.ankommet).collect::<Vec<_>>();
    assert_eq!(arrived(), [None], "printed, not carried out yet");
    verden.advance("P1D").await;
    assert_eq!(arrived(), [None]);
    verden.advance("P7D").await;
    let brev = verden.brev(OLA);
    let at = brev[0].ankommet.expect("carried out by now");
    assert_eq!(brev[0].kanal, Kanal::Print);
    let days = crate::clock::virkedager_between(verden.tid(&uuid(1), "LEVERT").dato(), at.dato());
    assert!((2..=4).contains(&days), "{days} working days");
    assert!((10..15).contains(&at.local().hour()));
    assert_eq!(brev[0].adresseblokk.as_ref().unwrap().tekst(), "OLA NORDÅS\nLia 7\n9992 NORDVIK\nNorway");
    assert_eq!((&*brev[0].tittel, brev[0].spraakkode().map(Spraak::code)), ("Brev", Some("nb")));
    assert_eq!(verden.statuses(&uuid(1)).await.last().unwrap(), "LEVERT", "paper is never read");
    assert!(verden.town().tid.queue.is_empty(), "nothing is left to do");
}

#[tokio::test]
async fn paper_to_a_home_moved_from_comes_back() {
    let verden = Verden::new();
    let mut sbd = print(&verden.nummer(OLA), 1);
    sbd["print"]["mottaker"] = json!({ "navn": "Ola Nordås", "adresselinje1": "KAIVEGEN 3", "postnummer": "9992",
                                       "poststed": "NORDVIK" });
    verden.letter(&sbd).await;
    verden.advance("P21D").await;
    assert!(verden.brev(OLA).iter().all(|brev| brev.ankommet.is_none()));
    let page = verden.get(&format!("/api/statuses/{}", uuid(1))).await.json();
    let last = &page["content"][3];
    assert_eq!(last["status"], "FEIL");
    assert!(last["description"].as_str().unwrap().ends_with("posten ikke har blitt levert til Mottaker."));
    let after = verden.tid(&uuid(1), "FEIL").millis() - verden.tid(&uuid(1), "LEVERT").millis();
    assert!((3..=13).contains(&(after / 86_400_000)), "{after} ms");
}

#[tokio::test]
async fn opening_is_told_only_to_those_who_asked_and_later_than_it_happened() {
    let verden = Verden::new();
    let kari = verden.nummer(KARI);
    for n in 1..=12 {
        let mut sbd = digital(&kari, n);
        sbd["digital"]["digitalPostInfo"]["aapningskvittering"] = if n % 2 == 0 { json!("true") } else { json!(false) };
        verden.letter(&sbd).await;
    }
    verden.advance("P14D").await;
    let mut opened = 0;
    for brev in verden.brev(KARI) {
        let asked = brev.message_id.0 % 2 == 0;
        let statuses = verden.statuses(&brev.message_id.to_string()).await;
        assert_eq!(statuses.contains(&"LEST".to_owned()), asked && brev.lest.is_some(), "{statuses:?}");
        if asked && let Some(lest) = brev.lest {
            let told = verden.tid(&brev.message_id.to_string(), "LEST").millis() - lest.millis();
            assert!((10 * 60_000..=30 * 60_000).contains(&told), "{told} ms");
            opened += 1;
        }
    }
    assert!(opened > 0, "some of six letters are opened");
}

#[tokio::test]
async fn altinn_delivers_to_citizens_without_a_mailbox() {
    let verden = Verden::new();
    let message = json!({ "tittel": "Tilbud", "sammendrag": "Kort", "innhold": "Vi kommer på besøk" });
    let id = uuid(1);
    assert_eq!(verden.create(&sbd("digital_dpv", "info", &verden.nummer(ASTRID), 1, message)).await.status, 200);
    let untitled = [("content-type", "text/plain"), ("content-disposition", "attachment; filename=a.txt")];
    let untitled = verden.call("PUT", &format!("/api/messages/out/{id}"), &untitled, "x").await;
    assert_eq!(untitled.exception(), "MissingFileTitleException");
    assert_eq!(verden.send(&id).await.status, 200, "attachments are optional");
    verden.advance("PT3S").await;
    assert_eq!(verden.statuses(&id).await, ["OPPRETTET"], "Altinn takes about eight seconds");
    verden.advance("PT80S").await;
    assert_eq!(verden.statuses(&id).await, ["OPPRETTET", "SENDT", "LEVERT"]);
    let brev = verden.brev(ASTRID);
    assert_eq!((brev[0].kanal, brev[0].tekst.as_deref()), (Kanal::Altinn, Some("Kort\n\nVi kommer på besøk")));
}

#[tokio::test]
async fn delivery_waits_for_the_day_of_effect() {
    let verden = Verden::new();
    let mut sbd = digital(&verden.nummer(KARI), 1);
    sbd["digital"]["digitalPostInfo"]["virkningsdato"] = json!("2027-01-05");
    let scope = &mut sbd["standardBusinessDocumentHeader"]["businessScope"]["scope"][0];
    scope["scopeInformation"] = json!([{ "expectedResponseDateTime": "2027-01-09T08:00:00" }]);
    verden.letter(&sbd).await;
    verden.advance("PT15H").await;
    assert!(verden.brev(KARI).is_empty());
    verden.advance("PT2H").await;
    assert_eq!(verden.brev(KARI)[0].at.to_string(), "2027-01-05T00:00:00+01:00");
}

#[tokio::test]
async fn what_is_not_sent_in_time_expires_and_cannot_be_sent_any_more() {
    let verden = Verden::new();
    let mut sbd = digital(&verden.nummer(KARI), 1);
    let scope = &mut sbd["standardBusinessDocumentHeader"]["businessScope"]["scope"][0];
    scope["scopeInformation"] = json!([{ "expectedResponseDateTime": "2027-01-04T08:10:00+01:00" }]);
    verden.create(&sbd).await;
    verden.upload(&uuid(1), "brev.txt", "text/plain", "Hei").await;
    verden.advance("PT10M1S").await;
    let late = verden.send(&uuid(1)).await;
    assert_eq!((late.status.as_u16(), late.exception()), (400, "TimeToLiveException".into()));
    let told = "ExpectedResponseDateTime 2027-01-04T08:10:00+01:00 has been exceeded. Please resend the message";
    assert_eq!(late.json()["message"], told);
    assert_eq!(verden.statuses(&uuid(1)).await, ["OPPRETTET", "LEVETID_UTLOPT"]);
    assert_eq!(verden.send(&uuid(1)).await.exception(), "TimeToLiveException");

    let mut other = digital(&verden.nummer(KARI), 2);
    let scope = &mut other["standardBusinessDocumentHeader"]["businessScope"]["scope"][0];
    scope["scopeInformation"] = json!([{ "expectedResponseDateTime": "2027-01-04T08:20:00+01:00" }]);
    verden.create(&other).await;
    verden.advance("PT11M").await;
    assert_eq!(verden.statuses(&uuid(2)).await, ["OPPRETTET", "LEVETID_UTLOPT"], "found by the job, nobody asked");
    assert_eq!(verden.tid(&uuid(2), "LEVETID_UTLOPT").to_string(), "2027-01-04T08:20:30+01:00");
    let finished = verden.get("/api/conversations?finished=true").await.json();
    assert_eq!(finished["totalElements"], 2);
}

#[tokio::test]
async fn a_mailbox_closed_on_the_way_fails_the_letter() {
    use crate::town::decide::{Cause, KontaktCommand, NyeKontaktdata};
    let verden = Verden::new();
    verden.letter(&digital(&verden.nummer(KARI), 1)).await;
    let close = KontaktCommand::Kontaktendring {
        person: verden.town().key_of(KARI),
        ny: NyeKontaktdata { postkasse: Some(crate::town::model::Postkasse::Ingen), ..NyeKontaktdata::default() },
    };
    let cause = Cause::of("test", &[]);
    verden.inbound.world.command(crate::town::Command::Kontakt(close), cause).await.unwrap();
    verden.advance("PT2M").await;
    assert_eq!(verden.statuses(&uuid(1)).await, ["OPPRETTET", "SENDT", "MOTTATT", "FEIL"]);
    assert!(verden.brev(KARI).is_empty());
}

#[tokio::test]
async fn the_same_calls_give_the_same_town_and_other_receivers_do_not_shift_ids_or_delays() {
    let (alone, among) = (Verden::named("one"), Verden::named("two"));
    let without_ids = |verden: &Verden| {
        let mut sbd = digital(&verden.nummer(KARI), 0);
        let header = &mut sbd["standardBusinessDocumentHeader"];
        header["documentIdentification"].as_object_mut().unwrap().remove("instanceIdentifier");
        header["businessScope"]["scope"][0].as_object_mut().unwrap().remove("instanceIdentifier");
        sbd
    };
    among.letter(&print(&among.nummer(OLA), 9)).await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let (one, two) = (alone.letter(&without_ids(&alone)).await, among.letter(&without_ids(&among)).await);
        assert_eq!(one, two);
        ids.push(one);
    }
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[0].as_bytes()[14], b'4', "a UUID of version 4: {}", ids[0]);
    alone.advance("PT5M").await;
    among.advance("PT5M").await;
    for id in &ids {
        assert_eq!(alone.tid(id, "LEVERT"), among.tid(id, "LEVERT"));
    }
    assert_ne!(alone.tid(&ids[0], "LEVERT"), alone.tid(&ids[1], "LEVERT"));
}
