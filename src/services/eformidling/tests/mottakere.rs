//! Who can be reached how: the table of `specs/eformidling.md` §5.3 on people of every kind, and what never leaves.

use serde_json::{Value, json};

use super::{Verden, digital, print, sbd, urn, uuid};
use crate::town::Command;
use crate::town::decide::{Cause, KontaktCommand};
use crate::town::model::PersonId;
use crate::town::model::tests_town::rolle::{ASTRID, EINAR, KARI, LINE, OLA, PIOTR, ROAR, TOM};

/// `process: document type` of each item offered.
async fn offered(verden: &Verden, person: PersonId) -> Vec<String> {
    let answer = verden.get(&format!("/api/capabilities/{}", verden.nummer(person))).await;
    assert_eq!(answer.status, 200);
    let word = |item: &Value| {
        let process = item["process"].as_str().unwrap().rsplit(':').nth(1).unwrap().to_owned();
        format!("{process}: {}", item["documentTypes"][0]["type"].as_str().unwrap())
    };
    answer.json()["capabilities"].as_array().unwrap().iter().map(word).collect()
}

async fn reserve(verden: &Verden, person: PersonId) {
    let command = KontaktCommand::Reservasjon { person: verden.town().key_of(person), reservert: true };
    verden.inbound.world.command(Command::Kontakt(command), Cause::of("test", &[])).await.unwrap();
}

#[tokio::test]
async fn the_table_of_the_registry() {
    let verden = Verden::new();
    for (who, person, items) in [
        ("mailbox", KARI, vec!["info: digital", "vedtak: digital"]),
        ("no mailbox", ASTRID, vec!["info: print", "info: digital_dpv", "vedtak: print", "vedtak: digital_dpv"]),
        ("reserved", OLA, vec!["info: print", "info: digital_dpv", "vedtak: print"]),
        (
            "strictly confidential",
            LINE,
            vec!["info: print", "info: digital_dpv", "vedtak: print", "vedtak: digital_dpv"],
        ),
        ("confidential, expired contact data", PIOTR, vec!["info: digital_dpv"]),
        ("dead", EINAR, vec!["info: digital_dpv"]),
        ("emigrated", TOM, vec!["info: digital_dpv"]),
        ("home unknown", ROAR, vec!["info: digital_dpv", "vedtak: digital_dpv"]),
    ] {
        assert_eq!(offered(&verden, person).await, items, "{who}");
    }
    reserve(&verden, KARI).await;
    assert_eq!(offered(&verden, KARI).await, ["info: digital", "vedtak: print"], "reserved with a mailbox");
}

#[tokio::test]
async fn items_carry_the_addresses_of_their_kind() {
    let verden = Verden::new();
    let path = |person, process| format!("/api/capabilities/{}?process={}", verden.nummer(person), urn(process));
    let paper = verden.get(&path(OLA, "vedtak")).await.json();
    assert_eq!(
        paper,
        json!({ "capabilities": [{
        "process": urn("vedtak"), "serviceIdentifier": "DPI",
        "postAddress": { "name": "OLA NORDÅS", "street": "Lia 7", "postalCode": "9992", "postalArea": "NORDVIK",
                         "country": "Norway" },
        "returnAddress": { "name": "NORDVIK KOMMUNE", "street": "Rådhuset", "postalCode": "9992",
                           "postalArea": "NORDVIK", "country": "Norway" },
        "documentTypes": [{ "type": "print", "standard": "urn:no:difi:digitalpost:xsd:fysisk::print" }],
        "digitalPostAddress": { "supplier": "316000312" },
    }] })
    );
    let mailbox = verden.get(&path(KARI, "info")).await.json();
    let blank = json!({ "name": "", "street": "", "postalCode": "", "postalArea": "", "country": "" });
    let item = &mailbox["capabilities"][0];
    assert_eq!((&item["postAddress"], &item["returnAddress"]), (&blank, &blank));
    assert_eq!(item["digitalPostAddress"]["supplier"], "314099885");
    assert!(item["digitalPostAddress"]["address"].as_str().unwrap().starts_with("kari.nordas#"));
    let altinn = verden.get(&path(ROAR, "vedtak")).await.json();
    assert_eq!(altinn["capabilities"][0]["serviceIdentifier"], "DPV");
    assert!(altinn["capabilities"][0].get("postAddress").is_none());
}

#[tokio::test]
async fn unknown_receivers_are_404_and_organisations_not_modelled() {
    let verden = Verden::new();
    // A number of a valid form that nobody in this town has.
    for id in ["22909195636", "0192:22909195636", "312012340", "tull", "22909195637"] {
        let answer = verden.get(&format!("/api/capabilities/{id}")).await;
        assert_eq!((answer.status.as_u16(), answer.exception()), (404, "IdentifierNotFoundException".into()), "{id}");
        let text = format!("parameters: SRParameter(identifier={id}, process=null, securityLevel=null,");
        assert!(answer.json()["message"].as_str().unwrap().contains(&text), "{id}");
    }
    let real = (0..100).map(|k| format!("010170000{k:02}")).chain((0..100).map(|k| format!("010170001{k:02}")));
    let real = real.into_iter().find(|number| crate::base::looks_real(number)).unwrap();
    let answer = verden.get(&format!("/api/capabilities/{real}")).await;
    assert_eq!(answer.exception(), "IdentifierNotFoundException");
    assert!(answer.headers["byteby-hint"].to_str().unwrap().starts_with("person-unknown-real-shaped"));
    let created = verden.create(&digital(&real, 1)).await;
    assert_eq!(created.exception(), "ReceiverDoesNotAcceptProcessException");
    assert!(created.headers.contains_key("byteby-hint"));
    let process = verden.get(&format!("/api/capabilities/{}?process=x", verden.nummer(KARI))).await;
    assert_eq!(process.status, 404);
    let level = verden.get(&format!("/api/capabilities/{}?securityLevel=x", verden.nummer(KARI))).await;
    assert_eq!(level.exception(), "MethodArgumentTypeMismatchException");
    let organisation = verden.get(&format!("/api/capabilities/{}", verden.own())).await;
    assert_eq!(organisation.status, 501);
    assert_eq!(organisation.headers["content-type"], "application/problem+json");
}

#[tokio::test]
async fn digital_post_to_a_reserved_citizen_is_refused_for_decisions_and_delivered_for_information() {
    let verden = Verden::new();
    reserve(&verden, KARI).await;
    let kari = verden.nummer(KARI);
    let mut decision = digital(&kari, 1);
    decision["standardBusinessDocumentHeader"]["businessScope"]["scope"][0]["identifier"] = json!(urn("vedtak"));
    let refused = verden.create(&decision).await;
    assert_eq!((refused.status.as_u16(), refused.exception()), (400, "ReceiverDoesNotAcceptProcessException".into()));
    assert_eq!(refused.note.about, [verden.town().key_of(KARI)], "the attempt is on record");
    let body = refused.json();
    assert_eq!(body["message"], format!("Receiver do not accept the document process {}", urn("vedtak")));
    assert!(body["description"].as_str().unwrap().contains("does not take this document type"));
    verden.letter(&digital(&kari, 2)).await;
    verden.advance("PT2M").await;
    assert_eq!(verden.brev(KARI).len(), 1, "the original does not look at reservation for information");
}

#[tokio::test]
async fn no_home_of_a_protected_citizen_leaves_and_a_leak_by_the_sender_shows_on_the_envelope() {
    let verden = Verden::new();
    let line = verden.nummer(LINE);
    let street = "Kaivegen 14B";
    let offered = verden.get(&format!("/api/capabilities/{line}")).await;
    assert!(!String::from_utf8_lossy(&offered.body).contains("Kaivegen"));
    let post_address = &offered.json()["capabilities"][0]["postAddress"];
    assert!(post_address["street"].as_str().unwrap().starts_with("Postboks "), "{post_address}");
    let created = verden.create(&print(&line, 1)).await;
    assert!(!String::from_utf8_lossy(&created.body).contains("Kaivegen"));
    verden.upload(&uuid(1), "brev.txt", "text/plain", "Hei").await;
    verden.send(&uuid(1)).await;

    let mut leak = print(&line, 2);
    leak["print"]["mottaker"] =
        json!({ "navn": "Line Skog", "adresselinje1": street, "postnummer": "9992", "poststed": "NORDVIK" });
    verden.letter(&leak).await;
    verden.advance("P10D").await;
    let blocks: Vec<String> =
        verden.brev(LINE).iter().map(|brev| brev.adresseblokk.as_ref().unwrap().tekst()).collect();
    assert_eq!(blocks.len(), 2, "both reach her");
    assert_eq!(blocks.iter().filter(|block| block.contains(street)).count(), 1, "{blocks:?}");
}

#[tokio::test]
async fn people_without_an_open_address_get_paper_only_from_a_sender_who_has_one() {
    let verden = Verden::new();
    for person in [ROAR, PIOTR] {
        let nummer = verden.nummer(person);
        let refused = verden.create(&print(&nummer, person.0)).await;
        assert_eq!(refused.exception(), "ReceiverDoesNotAcceptProcessException");
        let own = json!({ "navn": "X", "adresselinje1": "c/o Nord", "postnummer": "9992", "poststed": "NORDVIK" });
        let mut given = print(&nummer, person.0);
        given["print"]["mottaker"] = own;
        assert_eq!(verden.create(&given).await.status, 200);
    }
}

#[tokio::test]
async fn senders_on_behalf_of_others_are_rewritten() {
    let verden = Verden::new();
    let (own, part) = (verden.own(), "312012359");
    for (n, given, written) in [
        (1, format!("0192:{own}"), format!("0192:{own}")),
        (2, own.clone(), format!("0192:{own}")),
        (3, format!("0192:{part}"), format!("0192:{own}:{part}")),
        (4, format!("0192:{own}:{part}"), format!("0192:{own}:{part}")),
    ] {
        let mut sbd = digital(&verden.nummer(KARI), n);
        let sender = json!([{ "identifier": { "value": given } }]);
        sbd["standardBusinessDocumentHeader"]["sender"] = sender;
        let created = verden.create(&sbd).await.json();
        let sender = &created["standardBusinessDocumentHeader"]["sender"][0]["identifier"];
        assert_eq!((&sender["value"], &sender["authority"]), (&json!(written), &json!("iso6523-actorid-upis")));
    }
    let conversation = verden.get("/api/conversations/3").await.json();
    assert_eq!(conversation["senderIdentifier"], part);
    let person = sbd("digital", "info", &verden.nummer(KARI), 5, json!({}));
    let mut person = person;
    person["standardBusinessDocumentHeader"]["sender"] = json!([{ "identifier": { "value": verden.nummer(OLA) } }]);
    assert_eq!(verden.create(&person).await.exception(), "ConstraintViolationException");
}
