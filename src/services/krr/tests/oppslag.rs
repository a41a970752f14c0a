//! What look-ups show.

use serde_json::{Value, json};

use super::{ALT, Verden, key};
use crate::clock::Span;
use crate::town::Command;
use crate::town::decide::{FolkCommand, KontaktCommand, NyeKontaktdata, TidCommand};
use crate::town::model::tests_town::rolle;
use crate::town::model::{KontaktFlags, Kontaktregler, Landkode, Personstatus, Spraak};

const KONTAKT: &str = "krr:global/kontaktinformasjon.read";
const POST: &str = "krr:global/digitalpost.read";

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn words<'a>(entry: &'a Value, fields: &[&str]) -> Vec<&'a str> {
    fields.iter().map(|field| entry[*field].as_str().unwrap_or("-")).collect()
}

impl Verden {
    async fn advance(&self, months: i32, days: i32) {
        let at = Span::Calendar { months, days, millis: 0 }.after(self.town().now());
        // What is due on the way first.
        while let Some(due) = self.town().tid.next().map(|(due, _)| *due).filter(|due| due.at <= at) {
            self.command(Command::Tid(TidCommand::TaOpp(due))).await;
        }
        self.command(Command::Tid(TidCommand::Naa(at))).await;
    }
}

#[tokio::test]
async fn a_registered_citizen_has_every_field_in_the_registers_order() {
    let verden = Verden::new().await;
    let kari = verden.entry(rolle::KARI).await;
    assert_eq!(
        keys(&kari),
        [
            "personidentifikator",
            "reservasjon",
            "reservasjon_oppdatert",
            "status",
            "varslingsstatus",
            "kontaktinformasjon",
            "digital_post",
            "sertifikat",
            "spraak",
            "spraak_oppdatert",
        ]
    );
    assert_eq!(
        words(&kari, &["reservasjon", "status", "varslingsstatus", "spraak"]),
        ["NEI", "AKTIV", "KAN_VARSLES", "nb"]
    );
    let contact = &kari["kontaktinformasjon"];
    assert_eq!(
        keys(contact),
        [
            "epostadresse",
            "epostadresse_oppdatert",
            "epostadresse_sist_verifisert",
            "mobiltelefonnummer",
            "mobiltelefonnummer_oppdatert",
            "mobiltelefonnummer_sist_verifisert",
        ]
    );
    let mailbox = &kari["digital_post"];
    assert!(mailbox["postkasseadresse"].as_str().unwrap().starts_with("kari.nordas#9"), "{mailbox}");
    assert_eq!(mailbox["postkasseleverandoeradresse"], "314099885");
    let der = crate::keys::decode_std(kari["sertifikat"].as_str().unwrap()).unwrap();
    let read = crate::keys::Virksomhetssertifikat::read(&[der]).expect("signed by the town's authority");
    assert_eq!(read.orgnr.unwrap().to_string(), "314099885");
    assert!(read.holds(verden.town().now().seconds()));
}

#[tokio::test]
async fn scopes_decide_what_is_seen_but_reservation_always_is() {
    let verden = Verden::new().await;
    let people = [rolle::KARI];
    let contact = verden.entries(&people, KONTAKT).await.remove(0);
    assert!(contact.get("digital_post").is_none() && contact.get("sertifikat").is_none(), "{contact}");
    assert!(contact["kontaktinformasjon"].is_object() && contact["spraak"].is_string());
    let post = verden.entries(&people, POST).await.remove(0);
    assert_eq!(
        keys(&post),
        ["personidentifikator", "reservasjon", "reservasjon_oppdatert", "status", "digital_post", "sertifikat"]
    );
}

#[tokio::test]
async fn reserved_expired_deleted_and_missing_people() {
    let change = |base: &mut crate::town::model::Base| {
        base.personer.status[rolle::ASTRID.index()] = Personstatus::Doed;
    };
    let verden = Verden::with(change).await;
    let ola = verden.entry(rolle::OLA).await;
    assert_eq!(words(&ola, &["reservasjon", "status", "varslingsstatus"]), ["JA", "AKTIV", "KAN_IKKE_VARSLES"]);
    assert!(ola["reservasjonstidspunkt"].is_string() && ola["kontaktinformasjon"].is_object());
    let piotr = verden.entry(rolle::PIOTR).await;
    assert_eq!(words(&piotr, &["status", "varslingsstatus"]), ["AKTIV", "KAN_IKKE_VARSLES"]);
    assert!(piotr["kontaktinformasjon"]["epostadresse"].is_string(), "expired data is returned with its dates");
    let nora = verden.entry(rolle::NORA).await;
    assert_eq!(
        nora,
        json!({"personidentifikator": verden.number(rolle::NORA), "reservasjon": "NEI", "status": "IKKE_REGISTRERT",
            "varslingsstatus": "KAN_IKKE_VARSLES"})
    );
    let astrid = verden.entry(rolle::ASTRID).await;
    assert_eq!(
        keys(&astrid),
        ["personidentifikator", "reservasjon", "reservasjon_oppdatert", "status", "varslingsstatus"]
    );
    assert_eq!(words(&astrid, &["status", "varslingsstatus"]), ["SLETTET", "KAN_IKKE_VARSLES"]);
}

#[tokio::test]
async fn version_two_leaves_out_who_is_not_registered_unless_asked() {
    let verden = Verden::new().await;
    let (kari, nora) = (verden.number(rolle::KARI), verden.number(rolle::NORA));
    let asked = json!([nora, kari, "22909195637", "12345", kari]);
    for (path, extra, expected) in [
        ("/v2/personer", json!(false), vec![kari.as_str()]),
        ("/v2/personer", json!(true), vec![&nora, &kari, "22909195637", "12345"]),
        ("/v1/personer", json!(false), vec![&nora, &kari, "22909195637", "12345"]),
    ] {
        let body = json!({"personidentifikatorer": asked, "inkluderIkkeRegistrerte": extra});
        let bearer = format!("Bearer {}", verden.token(ALT));
        let answer = verden.send("POST", path, &[("authorization", &bearer)], &body.to_string()).await;
        let rows = answer.json()["personer"].as_array().unwrap().clone();
        let got: Vec<&str> = rows.iter().map(|row| row["personidentifikator"].as_str().unwrap()).collect();
        assert_eq!(got, expected, "{path} {extra}");
    }
}

#[tokio::test]
async fn each_channel_is_judged_by_its_own_dates() {
    let verden = Verden::new().await;
    let person = key(rolle::PIOTR);
    let epost = Some(Some("piotr@ny.example".to_owned()));
    let ny = NyeKontaktdata { epost, ..NyeKontaktdata::default() };
    // Whoever changes one thing is asked about the rest.
    verden.kontakt(KontaktCommand::Kontaktendring { person, ny }).await;
    let piotr = verden.entry(rolle::PIOTR).await;
    let contact = &piotr["kontaktinformasjon"];
    assert_eq!(piotr["varslingsstatus"], "KAN_VARSLES");
    assert_eq!(
        words(contact, &["epostadresse", "epostadresse_oppdatert", "mobiltelefonnummer_sist_verifisert"]),
        ["piotr@ny.example", "2027-01-04T08:00:00+01", "2027-01-04T08:00:00+01"]
    );
    assert_ne!(contact["mobiltelefonnummer_oppdatert"], "2027-01-04T08:00:00+01");
    let ny = NyeKontaktdata { utloept: true, ..NyeKontaktdata::default() };
    verden.kontakt(KontaktCommand::Kontaktendring { person, ny }).await;
    assert_eq!(verden.entry(rolle::PIOTR).await["varslingsstatus"], "KAN_IKKE_VARSLES");
    let regler = Kontaktregler { skjul_utloept: true, ..Kontaktregler::default() };
    verden.kontakt(KontaktCommand::Regler(regler)).await;
    assert!(verden.entry(rolle::PIOTR).await.get("kontaktinformasjon").is_none(), "the switch hides it");
    let mobil = Some(Some("+4749123456".to_owned()));
    verden.kontakt(KontaktCommand::Kontaktendring { person, ny: NyeKontaktdata { mobil, ..Default::default() } }).await;
    assert_eq!(verden.entry(rolle::PIOTR).await["kontaktinformasjon"]["mobiltelefonnummer"], "+4749123456");
}

#[tokio::test]
async fn eighteen_months_pass_on_the_towns_clock() {
    let verden = Verden::new().await;
    let person = key(rolle::PIOTR);
    let ny = NyeKontaktdata { utloept: true, spraak: Some(Spraak::En), ..NyeKontaktdata::default() };
    verden.kontakt(KontaktCommand::Kontaktendring { person, ny }).await;
    let fresh = verden.entry(rolle::KARI).await["kontaktinformasjon"].clone();
    verden.advance(17, 0).await;
    let kari = verden.entry(rolle::KARI).await;
    assert_eq!(kari["varslingsstatus"], "KAN_VARSLES", "who logs in now and then confirms");
    let confirmed = |contact: &Value| contact["epostadresse_sist_verifisert"].as_str().unwrap().to_owned();
    assert!(confirmed(&kari["kontaktinformasjon"]) > confirmed(&fresh));
    assert_eq!(kari["kontaktinformasjon"]["epostadresse_oppdatert"], fresh["epostadresse_oppdatert"]);
}

#[tokio::test]
async fn an_address_two_people_share_is_marked_at_both() {
    let change = |base: &mut crate::town::model::Base| {
        base.personer.kontakt[rolle::OLA.index()].0 |= KontaktFlags::DELT_EPOST;
    };
    let verden = Verden::with(change).await;
    let [kari, ola] = [verden.entry(rolle::KARI).await, verden.entry(rolle::OLA).await];
    for one in [&kari, &ola] {
        assert_eq!(one["kontaktinformasjon"]["epostadresse_duplisert"], "JA");
        assert!(one["kontaktinformasjon"].get("mobiltelefonnummer_duplisert").is_none());
    }
    assert_eq!(kari["kontaktinformasjon"]["epostadresse"], ola["kontaktinformasjon"]["epostadresse"]);
    let epost = Some(Some("kari@ny.example".to_owned()));
    let ny = NyeKontaktdata { epost, ..NyeKontaktdata::default() };
    verden.kontakt(KontaktCommand::Kontaktendring { person: key(rolle::KARI), ny }).await;
    assert!(verden.entry(rolle::OLA).await["kontaktinformasjon"].get("epostadresse_duplisert").is_none());
    let mobil = verden.town().person(rolle::OLA).kontakt().mobil;
    let ny = NyeKontaktdata { mobil: Some(mobil), ..NyeKontaktdata::default() };
    verden.kontakt(KontaktCommand::Kontaktendring { person: key(rolle::KARI), ny }).await;
    assert_eq!(verden.entry(rolle::OLA).await["kontaktinformasjon"]["mobiltelefonnummer_duplisert"], "JA");
}

#[tokio::test]
async fn a_reservation_shows_at_once_with_its_time() {
    let verden = Verden::new().await;
    verden.kontakt(KontaktCommand::Reservasjon { person: key(rolle::KARI), reservert: true }).await;
    let kari = verden.entry(rolle::KARI).await;
    assert_eq!(
        words(&kari, &["reservasjon", "reservasjonstidspunkt", "varslingsstatus"]),
        ["JA", "2027-01-04T08:00:00+01", "KAN_IKKE_VARSLES"]
    );
    verden.kontakt(KontaktCommand::Reservasjon { person: key(rolle::KARI), reservert: false }).await;
    let kari = verden.entry(rolle::KARI).await;
    assert!(kari.get("reservasjonstidspunkt").is_none() && kari["varslingsstatus"] == "KAN_VARSLES");
    assert_eq!(kari["reservasjon_oppdatert"], "2027-01-04T08:00:00+01");
}

#[tokio::test]
async fn death_and_emigration_take_the_entry_out_at_once_or_after_the_delay() {
    for (delay, then) in [(0, "SLETTET"), (30, "AKTIV")] {
        let verden = Verden::new().await;
        let regler = Kontaktregler { slettes_etter_dager: delay, ..Kontaktregler::default() };
        if delay > 0 {
            verden.kontakt(KontaktCommand::Regler(regler)).await;
        }
        verden.command(Command::Folk(FolkCommand::Doedsfall { person: key(rolle::KARI) })).await;
        let land = Some(Landkode(*b"SWE"));
        let leave = FolkCommand::Utflytting { person: key(rolle::PIOTR), land, hele_husstanden: true };
        verden.command(Command::Folk(leave)).await;
        for person in [rolle::KARI, rolle::PIOTR] {
            assert_eq!(verden.entry(person).await["status"], then, "after {delay} days");
        }
        verden.advance(0, 30).await;
        for person in [rolle::KARI, rolle::PIOTR] {
            let entry = verden.entry(person).await;
            assert_eq!(entry["status"], "SLETTET", "after {delay} days");
            assert!(entry.get("kontaktinformasjon").is_none() && entry.get("digital_post").is_none(), "{entry}");
        }
    }
}
