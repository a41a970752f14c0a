//! Channels, languages, addresses, and letters that broke off half-way.

use super::*;
use crate::demo::Sabotage;
use crate::demo::pdf;
use crate::demo::stand_ins::Trouble;

fn reserve(app: &Running, id: &str) {
    app.town.town().krr.get_mut(id).unwrap()["reservasjon"] = json!("JA");
}

/// Takes the home away and gives an open post box instead, as the register does.
fn protect(document: &mut Value) {
    document.as_object_mut().unwrap().remove("bostedsadresse");
    document["adressebeskyttelse"] = json!([{ "erGjeldende": true, "graderingsnivaa": "strengtFortrolig" }]);
    document["postadresse"] = json!([{ "erGjeldende": true, "adressegradering": "ugradert", "postboksadresse": {
        "postboks": "8023", "poststed": { "poststedsnavn": "OSLO", "postnummer": "0030" } } }]);
}

async fn birth(app: &Running, responsible: &[&str]) {
    app.town.birth(&[(&barn(0), newborn(&barn(0), "NORA*PIKE"))], responsible);
    assert_eq!(app.poke().await, json!({ "ferdig": true }));
}

#[tokio::test]
async fn the_reserved_get_paper_with_or_without_a_mailbox() {
    for mailbox in [true, false] {
        let app = Running::start(BIRTH, |_| {}).await;
        reserve(&app, &mor());
        if !mailbox {
            app.town.town().krr.get_mut(&mor()).unwrap().as_object_mut().unwrap().remove("digital_post");
        }
        birth(&app, &[&mor(), &far()]).await;
        assert_eq!(app.letters(), [("print".into(), mor(), OFFER.into())]);
        let town = app.town.town();
        let letter = &town.sent[0];
        assert_eq!(letter.files[0].mime, "application/pdf");
        assert!(letter.text().contains("hjemmebesøk") && letter.text().contains("NORA*PIKE BAKKEN"));
        assert_eq!(letter.business()["mottaker"], Value::Null, "the counterpart fills in the registered address");
    }
}

#[tokio::test]
async fn the_bug_of_trusting_capabilities_reaches_the_reserved_digitally() {
    for (mailbox, kind) in [(true, "digital"), (false, "digital_dpv")] {
        let app = Running::start(BIRTH, |config| config.sabotage = Sabotage::DigitalToReserved).await;
        reserve(&app, &mor());
        if !mailbox {
            app.town.town().krr.get_mut(&mor()).unwrap().as_object_mut().unwrap().remove("digital_post");
        }
        birth(&app, &[&mor()]).await;
        assert_eq!(app.letters()[0].0, kind);
    }
}

#[tokio::test]
async fn the_unregistered_get_paper() {
    let app = Running::start(BIRTH, |_| {}).await;
    app.town.town().krr.remove(&mor());
    birth(&app, &[&mor()]).await;
    assert_eq!(app.letters(), [("print".into(), mor(), OFFER.into())]);
}

#[tokio::test]
async fn the_letter_is_in_the_citizens_language() {
    for (code, used, title) in [
        ("nn", "nn", "Tilbod om heimebesøk frå helsestasjonen"),
        ("en", "en", "Offer of a home visit from the child health centre"),
        ("se", "nb", OFFER),
    ] {
        let app = Running::start(BIRTH, |_| {}).await;
        app.town.town().krr.get_mut(&mor()).unwrap()["spraak"] = json!(code);
        birth(&app, &[&mor()]).await;
        let town = app.town.town();
        assert_eq!(town.sent[0].business()["spraak"], used);
        assert_eq!(town.sent[0].business()["tittel"], title);
        assert!(town.sent[0].text().contains("hjemmebesøk"), "the word to search for, in every language");
    }
}

#[tokio::test]
async fn a_strictly_confidential_street_is_nowhere() {
    for mailbox in [true, false] {
        let app = Running::start(BIRTH, |_| {}).await;
        protect(app.town.town().people.get_mut(&mor()).unwrap());
        if !mailbox {
            app.town.town().krr.remove(&mor());
        }
        let mut child = newborn(&barn(0), "NORA*PIKE");
        protect(&mut child);
        app.town.birth(&[(&barn(0), child)], &[&mor(), &nabo()]);
        assert_eq!(app.poke().await, json!({ "ferdig": true }));
        let kind = if mailbox { "digital" } else { "print" };
        assert_eq!(app.letters(), [(kind.into(), mor(), OFFER.into())], "the other parent is not told");
        let town = app.town.town();
        let letter = &town.sent[0];
        assert!(letter.text().contains("hjemmebesøk"));
        assert!(!letter.text().contains("Fjordgata") && !letter.sbd.to_string().contains("Fjordgata"));
        if !mailbox {
            let to = &letter.business()["mottaker"];
            assert_eq!((&to["adresselinje1"], &to["postnummer"]), (&json!("Postboks 8023"), &json!("0030")));
            assert_eq!(to["navn"], "NORA BAKKEN");
        }
    }
}

#[tokio::test]
async fn the_bug_of_an_old_address_book_gives_the_street_away() {
    for mailbox in [true, false] {
        let app = Running::start(BIRTH, |config| {
            config.sabotage = Sabotage::PrintStreet;
            config.stale_addresses.insert(mor(), "Fjordgata 14".into());
        })
        .await;
        protect(app.town.town().people.get_mut(&mor()).unwrap());
        if !mailbox {
            app.town.town().krr.remove(&mor());
        }
        birth(&app, &[&mor()]).await;
        let town = app.town.town();
        assert!(town.sent[0].text().contains("Fjordgata"));
        assert_eq!(town.sent[0].sbd.to_string().contains("Fjordgata"), !mailbox);
    }
}

#[tokio::test]
async fn nobody_is_reached_when_there_is_no_way() {
    let app = Running::start(BIRTH, |_| {}).await;
    reserve(&app, &mor());
    app.town.town().people.get_mut(&mor()).unwrap().as_object_mut().unwrap().remove("bostedsadresse");
    birth(&app, &[&mor()]).await;
    assert_eq!(app.letters(), [], "left to a human");
}

#[tokio::test]
async fn a_letter_that_broke_off_is_finished_and_never_sent_twice() {
    let out = "/eformidling/api/messages/out";
    for (on, carried_out) in [
        (format!("POST {out}"), true),
        (format!("PUT {out}/"), false),
        (format!("PUT {out}/"), true),
        (format!("POST {out}/"), false),
        (format!("POST {out}/"), true),
    ] {
        let app = Running::start(BIRTH, |_| {}).await;
        app.town.birth(&[(&barn(0), newborn(&barn(0), "NORA*PIKE"))], &[&mor(), &nabo()]);
        app.town.town().troubles.push(Trouble { on: on.clone(), status: 502, carried_out });
        assert_eq!(app.poke().await["ferdig"], false, "{on} {carried_out}");
        assert_eq!(app.poke().await["ferdig"], true, "{on} {carried_out}");
        assert_eq!(app.letters().len(), 2, "{on} {carried_out}: both parents, once each");
        assert!(app.town.town().sent.iter().all(|letter| letter.files.len() == 1), "{on} {carried_out}");
    }
}

#[test]
fn the_pdf_is_well_formed_and_carries_its_text() {
    let text = format!("Čuđi (Ŋ) \\ ærlig øl på Å – ja\n\n{}", "et langt avsnitt ".repeat(400));
    let file = pdf::write("Vedtak (om plass)", &text);
    assert_eq!(file, pdf::write("Vedtak (om plass)", &text), "the same bytes every time");
    let latin: String = file.iter().map(|byte| char::from(*byte)).collect();
    let start: usize = latin.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
    assert!(latin[char_index(&latin, start)..].starts_with("xref\n"));
    let table = latin[char_index(&latin, start)..].lines().skip(3);
    let offsets: Vec<usize> = table.take_while(|l| l.ends_with(" n ")).map(|l| l[..10].parse().unwrap()).collect();
    assert!(offsets.len() >= 8, "more than one page");
    for (number, offset) in (1..).zip(offsets) {
        assert!(file[offset..].starts_with(format!("{number} 0 obj\n").as_bytes()), "object {number}");
    }
    for stream in latin.split("<< /Length ").skip(1) {
        let length: usize = stream.split(' ').next().unwrap().parse().unwrap();
        let body = stream.split_once("stream\n").unwrap().1.split("\nendstream").next().unwrap();
        assert_eq!(body.chars().count(), length);
    }
    assert!(latin.contains("(\u{81}u\u{90}i \\(\u{9d}\\) \\\\ \u{e6}rlig"));
    assert!(latin.contains("144 /dcroat"), "the code of đ has its glyph name in the font's encoding");
}

fn char_index(latin: &str, byte: usize) -> usize {
    latin.char_indices().nth(byte).unwrap().0
}
